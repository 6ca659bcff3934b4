"""Reads times and ids back from a published package, for a collection whose `flashcards.lock` is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flashcards.cards.fields import field_html, note_tags
from flashcards.cards.templates import Look, looks_of
from flashcards.collection import identity, media
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Collection
from flashcards.collection.notetypes import CardTemplate, Field, NoteType
from flashcards.importers.apkg import PackageNote, read_package
from flashcards.ledger.cards import cards_of
from flashcards.ledger.hashes import note_hash, shown_hash, type_hash
from flashcards.ledger.lock import LOCK_FILE, UNKNOWN, LedgerError, Lock, LockedNote, LockedType, Stamp
from flashcards.ledger.store import read_lock


def adopt(loaded: Loaded, package: Path) -> tuple[Lock, int]:
    """Read times and ids back from the last published package, for a collection whose lock is lost.

    Returns the lock, and how many notes differ from the package: those get a hash that matches nothing, so
    that the next release gives them a new time. Raises `LedgerError` if the lock is not lost, or the package
    is not one of this collection."""
    # the lock being lost is what adoption is for; every other error stands
    others = tuple(finding for finding in loaded.diagnostics if finding.rule != "lost-lock")
    collection = replace(loaded, diagnostics=others).raise_for_errors()
    if read_lock(collection)[0] is not None:
        raise LedgerError(
            f"{collection.folder / LOCK_FILE} is there, and knows more than a package. "
            "`--adopt` is for one that is lost."
        )
    content = read_package(package)
    looks = looks_of(collection)
    notes = {note.id: note for _, note in collection.notes()}
    names = media.published_names(collection, notes.values())
    locked: dict[str, LockedNote] = {}
    deck_names: dict[str, str] = {}  # by note id; a retired note has no card, and so no deck
    kinds = {identity.numeric_id("notetype", collection.id, kind): kind for kind in collection.note_types}
    for row in content.notes:
        kind = kinds.get(row.type_id)
        if kind is None:
            raise LedgerError(
                f"{package} was not built from the collection `{collection.id}`: it has note "
                "types of another one."
            )
        values = _values(collection.note_types[kind], content.types[row.type_id], row)
        note_id = values["id"]
        if identity.guid(collection.id, note_id) != row.guid:
            raise LedgerError(
                f"{package}: note `{note_id}` has a GUID that this collection would not give it."
            )
        if row.cards:
            deck_names[note_id] = row.cards[min(row.cards)]
        note, shown = notes.get(note_id), shown_hash("\x1f".join(values.values()))
        if (
            note is not None
            and note.type.kind == kind
            and list(field_html(note, names).values()) == list(values.values())
            and note_tags(note) == row.tags
        ):
            stamp = Stamp(note_hash(note, collection), row.time)
            locked[note_id] = LockedNote(kind, stamp, cards_of(note, looks[kind]), shown=shown)
        else:
            cards = dict.fromkeys(sorted(row.cards), "") if row.cards else None
            locked[note_id] = LockedNote(kind, Stamp(UNKNOWN, row.time), cards, shown=shown)
    types = {
        kind: _locked_type(collection.note_types[kind], looks.get(kind), model, collection.short_title)
        for type_id, model in content.types.items()
        if (kind := kinds.get(type_id))
    }
    differing = sum(note.stamp.hash == UNKNOWN for note in locked.values())
    decks = _released_decks(collection, deck_names)
    keys = {name: key for key, name in decks.items()}
    locked = {i: replace(row, deck=keys.get(deck_names.get(i, ""))) for i, row in locked.items()}
    return Lock(locked, types, decks, collection.id), differing


def _released_decks(collection: Collection, deck_names: Mapping[str, str]) -> dict[str, str]:
    """Return the names under which decks were released, by their keys: a deck that has another name now is
    known by its notes."""
    released = set(deck_names.values())
    decks = {deck.key: deck.name for deck in collection.decks if deck.name in released}
    for deck in collection.decks:
        if deck.key not in decks:
            former = Counter(deck_names[note.id] for note in deck.notes if note.id in deck_names)
            for name, _ in former.most_common():
                if name not in decks.values():
                    decks[deck.key] = name
                    break
    return {deck.key: decks[deck.key] for deck in collection.decks if deck.key in decks}


def _values(note_type: NoteType, model: Mapping[str, Any], row: PackageNote) -> dict[str, str]:
    """Return a package's note by the keys of our fields, in their order. A field is known by its id, since
    its name may have changed; by its place if the package tells no ids."""
    ids = _ids(model["flds"], note_type.all_fields)
    by_id = dict(zip(ids, row.fields, strict=True))
    return {field.key: by_id.get(field.id, "") for field in note_type.all_fields}


def _locked_type(
    note_type: NoteType, look: Look | None, model: Mapping[str, Any], short_title: str
) -> LockedType:
    field_ids = _ids(model["flds"], note_type.all_fields)
    fields = [(number, field["name"]) for number, field in zip(field_ids, model["flds"], strict=True)]
    card_ids = _ids(model["tmpls"], note_type.cards)
    cards = [
        (card["name"], number, card["qfmt"], card["afmt"])
        for number, card in zip(card_ids, model["tmpls"], strict=True)
    ]
    same = look is not None and (model["name"], model["css"], fields, cards) == (
        note_type.name(short_title),
        look.css,
        [(field.id, field.name) for field in note_type.all_fields],
        [(c.name, c.id, c.front, c.back) for c in look.cards],
    )
    found = type_hash(note_type, look, short_title) if look and same else UNKNOWN
    return LockedType(Stamp(found, model["mod"]), field_ids, card_ids, model["type"] == 1)


def _ids(
    parts: Sequence[Mapping[str, Any]], ours: Sequence[Field] | Sequence[CardTemplate]
) -> tuple[int, ...]:
    """Return the ids of a package's fields or card templates: ours by place if the package tells none."""
    return tuple(
        part.get("id") or (ours[place].id if place < len(ours) else 0) for place, part in enumerate(parts)
    )
