"""Hashes of what a learner gets: of a note's content and of a note type's look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flashcards.cards.templates import Look
from flashcards.collection import media
from flashcards.collection.model import Choice, Collection, Note, Table, Value
from flashcards.collection.notetypes import NoteType


def note_hash(note: Note, collection: Collection) -> str:
    """Return the hash of what a learner gets of a note: its parsed values, not the HTML, so that a new
    version of a renderer does not touch every learner's notes. The id is not in it: a note that was only
    renamed is recognised."""
    content: list[Any] = [
        note.type.kind,
        note.type.revision,
        {key: _plain(value) for key, value in note.fields.items()},
        list(note.tags),
        [[c.reference.short, c.reference.url, c.place] for c in note.citations],
        [media.digest(collection.media[name]) for name in media.used_by(note, collection)],
    ]
    if note.retired is not None:
        content.append(note.retired)
    return _hash(content)


def shown_hash(html: str) -> str:
    """Return a short hash of a note's fields as a package holds them, HTML joined by U+001F. It says which
    notes a new version of a renderer shows otherwise, and decides nothing."""
    return hashlib.sha256(html.encode()).hexdigest()[:8]


def type_hash(note_type: NoteType, look: Look, short_title: str) -> str:
    """Return the hash of a note type as Anki gets it."""
    fields = [[field.id, field.name] for field in note_type.all_fields]
    cards = [[card.id, card.name, card.front, card.back] for card in look.cards]
    return _hash([note_type.name(short_title), fields, cards, look.css])


class Hashes(NamedTuple):
    """The hashes of a whole collection: of notes by id, of the note types that they use by kind."""

    notes: Mapping[str, str]
    types: Mapping[str, str]


def note_hashes(collection: Collection) -> dict[str, str]:
    """Return the hash of every note by its id, in study order."""
    return {note.id: note_hash(note, collection) for _, note in collection.notes()}


def type_hashes(collection: Collection, looks: Mapping[str, Look]) -> dict[str, str]:
    """Return the hash of every note type in `looks` by its kind."""
    return {
        kind: type_hash(collection.note_types[kind], look, collection.short_title)
        for kind, look in looks.items()
    }


def _plain(value: Value) -> Any:
    if isinstance(value, Table):
        return [list(value.columns), *map(list, value.rows)]
    if isinstance(value, str):
        return value
    return [
        {"right": v.text} if isinstance(v, Choice) and v.right else v.text if isinstance(v, Choice) else v
        for v in value
    ]


_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _hash(content: Any) -> str:
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()[:16]
