"""A note's fields and tags as Anki gets them: its texts as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from flashcards.collection.model import Choice, Note, Table, Value, shuffled
from flashcards.collection.notetypes import Field
from flashcards.languages import markup


def field_html(note: Note, media_names: Mapping[str, str]) -> dict[str, str]:
    """Return a note's fields by Anki name, as HTML, in the note type's order."""
    html = {}
    for field in note.type.all_fields:
        value = note.fields.get(field.key)
        html[field.name] = "" if value is None else _value_html(note, field, value, media_names)
    html["Id"] = note.id
    html["Sources"] = _sources_html(note)
    if note.retired is not None:
        reason = note.documents.html(note.retired)
        html["Extra"] = f'<p class="retired"><strong>Retired.</strong> {reason}</p>{html["Extra"]}'
    return {name: markup.defused_end(text) for name, text in html.items()}


def note_tags(note: Note) -> list[str]:
    """Return a note's tags as Anki gets them."""
    return sorted({*note.tags, "retired"}) if note.retired is not None else list(note.tags)


def _value_html(note: Note, field: Field, value: Value, media_names: Mapping[str, str]) -> str:
    def inline(text: str) -> str:
        return note.documents.html(text, media_names)

    if isinstance(value, str):
        if field.kind == "text":
            return markup.to_html(markup.Document(markup.Element("document", [value])))
        return note.documents.html(value, media_names, clozes=field.key == note.type.cloze_field)
    if isinstance(value, Table):
        head = "".join(f"<th>{inline(c)}</th>" for c in value.columns)
        rows = (
            "".join(f"<td>{inline(c)}</td>" if i else f"<th>{inline(c)}</th>" for i, c in enumerate(r))
            for r in value.rows
        )
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    items = []
    for item in shuffled(note.id, value):
        if isinstance(item, Choice):
            items.append(
                f'<li class="right">{inline(item.text)}</li>'
                if item.right
                else f"<li>{inline(item.text)}</li>"
            )
        else:
            items.append(f"<li>{inline(item)}</li>")
    tag = "ol" if field.kind == "choices" else "ul"
    return f"<{tag}>{''.join(items)}</{tag}>"


def _sources_html(note: Note) -> str:
    def plain(text: str) -> str:
        return markup.to_html(markup.Document(markup.Element("document", [text])))

    parts = []
    for citation in note.citations:
        reference = citation.reference
        label = plain(", ".join(filter(None, [reference.short, citation.place])))
        parts.append(
            f'<a href="{plain(reference.url).replace(chr(34), "&quot;")}">{label}</a>'
            if reference.url
            else label
        )
    return " · ".join(parts)
