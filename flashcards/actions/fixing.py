"""`fix`: writes what is missing into decks, and no other byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from flashcards.collection.editing import free_ids, ids_in_use, indentation, insert, is_flow
from flashcards.collection.model import Collection, Deck
from flashcards.diagnostics import Source
from flashcards.languages import yaml


def add_missing_ids(
    collection: Collection, decks: Sequence[Deck], reserved: Iterable[str] = ()
) -> list[tuple[Deck, list[str]]]:
    """Write an id into every note of `decks` that has none. Returns the new ids by deck; decks without any
    are left out.

    `reserved` are ids that no note may get, beside those that notes have: a note that is gone may have had
    them."""
    taken = {*reserved, *ids_in_use(collection)}
    done = []
    for deck in decks:
        path, origin = deck.file
        notes = [note.origin.node for note in deck.notes if note.derived_id and note.origin is not None]
        ids = list(islice(free_ids(deck, taken), len(notes)))
        if notes:
            insert(
                path, origin.source, [_id_edit(origin.source, *pair) for pair in zip(notes, ids, strict=True)]
            )
            taken.update(ids)
            done.append((deck, ids))
    return done


def _id_edit(text: Source, note: yaml.Mapping, note_id: str) -> tuple[int, str]:
    """Return where to write a note's id, and what."""
    if "id" not in note.entries:
        if is_flow(text, note):
            return note.start + 1, f"id: {note_id}, "
        return note.start, f"id: {note_id}\n{indentation(text, note)}"
    entry = note.entries["id"]  # with nothing behind it
    style = entry.value.style if isinstance(entry.value, yaml.Scalar) else None
    if style in ("'", '"'):
        return entry.value.start + 1, note_id
    if style is not None:
        return entry.value.end, f"\n{indentation(text, note)}  {note_id}"
    colon = re.compile(r"\s*:").match(text.text, entry.end)
    return (
        (colon.end(), f" {note_id}") if colon else (entry.end, f": {note_id}")
    )  # in braces, `id` may stand alone
