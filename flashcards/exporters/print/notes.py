"""A note as Typst data, which templates lay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flashcards.collection.model import Choice, Note, Table, Value, shuffled
from flashcards.collection.notetypes import Field
from flashcards.languages import markup
from flashcards.languages.markup import Typst, typst_string


def type_module(kind: str) -> Typst:
    return Typst(f"type-{kind}")


def note_typst(note: Note, pictures: Mapping[str, str]) -> str:
    """Return a note as a Typst dictionary: its own and the common fields by key, `none` where not filled.

    A cloze note also has `blanks`: its text with a blank in place of each deletion.
    """
    parts = [f"id: {typst_string(note.id)}", f"tags: {_array(map(typst_string, note.tags))}"]
    sources = (", ".join(filter(None, [c.reference.short, c.place])) for c in note.citations)
    parts.append(f"sources: {_array(map(typst_string, sources))}")
    for field in note.type.all_fields:
        value = note.fields.get(field.key)
        if field.key == note.type.cloze_field and isinstance(value, str):
            text = note.documents.of(value, clozes=True)
            parts.append(f"{field.key}: {markup.to_typst(text, pictures).source}")
            parts.append(f"blanks: {markup.to_typst(markup.blanked(text), pictures).source}")
        elif field.key not in ("id", "sources"):
            parts.append(
                f"{field.key}: {'none' if value is None else _value_typst(note, field, value, pictures)}"
            )
    return f"({', '.join(parts)})"


def _value_typst(note: Note, field: Field, value: Value, pictures: Mapping[str, str]) -> str:
    def content(text: str) -> str:
        return markup.to_typst(note.documents.of(text), pictures).source

    if isinstance(value, str):
        if field.kind == "text":
            return markup.plain_typst(value).source
        return content(value)
    if isinstance(value, Table):
        rows = _array(_array(map(content, row)) for row in value.rows)
        return f"(columns: {_array(map(content, value.columns))}, rows: {rows})"
    items = []
    for item in shuffled(note.id, value):
        if isinstance(item, Choice):
            items.append(f"(text: {content(item.text)}, right: {'true' if item.right else 'false'})")
        else:
            items.append(content(item))
    return _array(items)


def _array(items: Iterable[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"
