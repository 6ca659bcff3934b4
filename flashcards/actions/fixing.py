"""`fix`: writes what is missing into decks and collection.yaml, and no other byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from flashcards.collection.declarations import declaration, undeclared_places, undeclared_uses
from flashcards.collection.editing import (
    end_of,
    end_of_entries,
    end_of_line,
    free_ids,
    ids_in_use,
    indentation,
    insert,
    is_flow,
)
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.model import Collection, Deck
from flashcards.collection.shapes import is_blank
from flashcards.diagnostics import Source
from flashcards.languages import yaml


def add_missing_ids(
    collection: Collection,
    decks: Sequence[Deck],
    reserved: Iterable[str] = (),
    built: AbstractSet[str] = frozenset(),
) -> list[tuple[Deck, list[str]]]:
    """Write an id into every note of `decks` that has none. Returns the new ids by deck; decks without any
    are left out.

    `reserved` are ids that no note may get, beside those that notes have: a note that is gone may have had
    them. `built` are ids that are in a package already: a note whose id, derived from its front, is among
    them gets that one, or whoever has studied it would get it a second time; no other note gets any of them.
    """
    taken = {*reserved, *ids_in_use(collection)}
    done = []
    for deck in decks:
        path, origin = deck.file
        notes = [note for note in deck.notes if note.derived_id and note.origin is not None]
        new = free_ids(deck, {*taken, *built})
        ids: list[str] = []
        for note in notes:
            is_built = note.id in built and note.id not in taken
            ids.append(note.id if is_built else next(new))
            taken.add(ids[-1])
        if notes:
            nodes = [note.origin.node for note in notes if note.origin is not None]
            insert(
                path, origin.source, [_id_edit(origin.source, *pair) for pair in zip(nodes, ids, strict=True)]
            )
            done.append((deck, ids))
    return done


def _id_edit(source: Source, note: yaml.Mapping, note_id: str) -> tuple[int, str]:
    """Return where to write a note's id, and what."""
    if "id" not in note.entries:
        if is_flow(source, note):
            return note.start + 1, f"id: {note_id}, "
        return note.start, f"id: {note_id}\n{indentation(source, note)}"
    entry = note.entries["id"]  # with nothing behind it
    style = entry.value.style if isinstance(entry.value, yaml.Scalar) else None
    if style in ("'", '"'):
        return entry.value.start + 1, note_id
    if style is not None:
        return entry.value.end, f"\n{indentation(source, note)}  {note_id}"
    colon = re.compile(r"\s*:").match(source.text, entry.end)
    return (
        (colon.end(), f" {note_id}") if colon else (entry.end, f": {note_id}")
    )  # in braces, `id` may stand alone


def declare_keys(collection: Collection, decks: Iterable[Deck]) -> list[str]:
    """Declare in collection.yaml the keys that `decks` use and that it does not declare: those that version
    0.9 knew. Returns their names.

    Raises `EditError` if the file is no longer as it was read, or has no place for them."""
    origin = collection.origin
    if origin is None:
        return []
    places = undeclared_places(collection.keys, decks)
    uses = undeclared_uses(collection.keys, places, collection.rules, origin)
    if uses:
        lines = [declaration(key) for key, _ in uses.values()]
        path = collection.folder / COLLECTION_FILE
        insert(path, origin.source, [_declaration_edit(origin.source, origin.node, lines)])
    return list(uses)


def _declaration_edit(source: Source, settings: yaml.Mapping, lines: Sequence[str]) -> tuple[int, str]:
    """Return where to write declarations, and what: behind those that are there, or below a new `keys:`."""
    entry = settings.entries.get("keys")
    if entry is None:
        if is_flow(source, settings):
            return end_of_entries(source, settings), f", keys: {{{', '.join(lines)}}}"
        below = "".join(f"\n  {line}" for line in lines)
        return end_of_line(source, end_of(source, settings)), f"\n\nkeys:{below}"
    keys = entry.value
    if isinstance(keys, yaml.Mapping) and is_flow(source, keys):
        comma = ", " if keys.entries else ""
        return end_of_entries(source, keys), comma + ", ".join(lines)
    if isinstance(keys, yaml.Mapping):
        indent = indentation(source, keys)
        return end_of_line(source, end_of(source, keys)), "".join(f"\n{indent}{line}" for line in lines)
    assert is_blank(keys)  # anything else is an error, with which nothing is fixed
    return end_of_line(source, entry.end), "".join(f"\n  {line}" for line in lines)
