"""What a note asks and what its learner must recall, as plain text."""

from __future__ import annotations

from flashcards.collection.model import Choice, Note, Table, Value
from flashcards.collection.notetypes import NoteType


def plain(note: Note, text: str, *, clozes: bool = False) -> str:
    """Return one of a note's texts without markup; a formula counts as one word."""
    return note.documents.plain(text, clozes=clozes)


def question(note: Note) -> str:
    """Return what is asked, as plain text: the fields before the answer, so a scenario's setting too."""
    parts: list[str] = []
    for field in note.type.fields:
        if field.answer and parts:
            break
        if text := note.text(field.key):
            parts.append(plain(note, text, clozes=field.key == note.type.cloze_field))
    return " ".join(parts)


def answer(note: Note) -> str:
    """Return everything that the learner must recall, as plain text: the fields marked `answer`."""
    parts: list[str] = []
    for field in note.type.fields:
        if field.answer and field.key in note.fields:
            parts += [
                plain(note, text, clozes=field.key == note.type.cloze_field)
                for text in pieces(note.fields[field.key])
            ]
    return " ".join(parts)


def answer_key(note_type: NoteType) -> str:
    """Return the key under which the answer is written: where a finding about it points."""
    return next(
        (field.right_of or field.key for field in note_type.fields if field.answer), note_type.fields[0].key
    )


def pieces(value: Value) -> list[str]:
    """Return the texts of a value of any kind; a table's head is part of the question."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Table):
        return [cell for row in value.rows for cell in row[1:]]
    return [item.text if isinstance(item, Choice) else item for item in value]
