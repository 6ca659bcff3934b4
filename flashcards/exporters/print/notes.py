"""A note as Typst data, which templates lay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flashcards.collection.model import Choice, Note, Table, Value, shuffled
from flashcards.collection.notetypes import Field
from flashcards.languages import markup, scripts
from flashcards.languages.markup import Typst, typst_string


def type_module(kind: str) -> Typst:
    return Typst(f"type-{kind}")


def note_typst(note: Note, pictures: Mapping[str, str], *, right_to_left: bool = False) -> str:
    """Return a note as a Typst dictionary: its own and the common fields by key, `none` where not filled.

    `right_to_left` tells how the document's language runs; a text that runs the other way says so itself.
    A cloze note also has `blanks`: its text with a blank in place of each deletion.
    """
    parts = [f"id: {typst_string(note.id)}", f"tags: {_array(map(typst_string, note.tags))}"]
    sources = (", ".join(filter(None, [c.reference.short, c.place])) for c in note.citations)
    parts.append(f"sources: {_array(map(typst_string, sources))}")
    for field in note.type.all_fields:
        value = note.fields.get(field.key)
        if field.key == note.type.cloze_field and isinstance(value, str):
            text = note.documents.of(value, clozes=True)
            for key, shown in ((field.key, text), ("blanks", markup.blanked(text))):
                content = markup.to_typst(shown, pictures).source
                parts.append(f"{key}: {_directed(content, text.root, right_to_left)}")
        elif field.key not in ("id", "sources"):
            parts.append(
                f"{field.key}: "
                f"{'none' if value is None else _value_typst(note, field, value, pictures, right_to_left)}"
            )
    return f"({', '.join(parts)})"


def _directed(content: str, text: markup.Element, right_to_left: bool) -> str:
    """Return Typst content of a text, with its direction if it is not that of the document."""
    runs = scripts.is_right_to_left(_words(text))
    return content if runs in (None, right_to_left) else f"md.directed({'rtl' if runs else 'ltr'}, {content})"


def _words(element: markup.Element) -> str:
    """Return a text without formulas and code, whose letters say nothing of its direction."""
    if element.name in ("maths", "code", "code_block"):
        return ""
    return "".join(child if isinstance(child, str) else _words(child) for child in element.children)


def _value_typst(
    note: Note, field: Field, value: Value, pictures: Mapping[str, str], right_to_left: bool
) -> str:
    def content(text: str) -> str:
        document = note.documents.of(text)
        return _directed(markup.to_typst(document, pictures).source, document.root, right_to_left)

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
