"""Reads times and ids back from a published package, for a collection whose `flashcards.lock` is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flashcards.cards.templates import Look, looks_of
from flashcards.collection import identity, media
from flashcards.collection.loader import Loaded
from flashcards.collection.notetypes import NoteType
from flashcards.importers.apkg import read_package
from flashcards.ledger.hashes import note_hash, type_hash
from flashcards.ledger.lock import UNKNOWN, LedgerError, Lock, LockedNote, LockedType, Stamp


def adopt(loaded: Loaded, package: Path) -> tuple[Lock, int]:
    """Read times and ids back from the last published package, for a collection whose lock is lost.

    Returns the lock, and how many notes differ from the package: those get a hash that matches nothing, so
    that the next release gives them a new time. Raises `LedgerError` if the package is not one of this
    collection."""
    from flashcards.cards.fields import field_html, note_tags

    # the lock being lost is what adoption is for; every other error stands
    others = tuple(finding for finding in loaded.diagnostics if finding.rule != "lost-lock")
    collection = replace(loaded, diagnostics=others).raise_for_errors()
    rows, models, decks = read_package(package)
    notes = {note.id: note for _, note in collection.notes()}
    names = media.published_names(collection, notes.values())
    locked: dict[str, LockedNote] = {}
    kinds = {identity.numeric_id("notetype", collection.id, kind): kind for kind in collection.note_types}
    for guid, model_id, time, tags, fields in rows:
        kind = kinds.get(model_id)
        if kind is None:
            raise LedgerError(
                f"{package} was not built from the collection `{collection.id}`: it has note "
                "types of another one."
            )
        values = dict(
            zip((field["name"] for field in models[str(model_id)]["flds"]), fields.split("\x1f"), strict=True)
        )
        note_id = values["Id"]
        if identity.guid(collection.id, note_id) != guid:
            raise LedgerError(
                f"{package}: note `{note_id}` has a GUID that this collection would not give it."
            )
        note = notes.get(note_id)
        same = note is not None and field_html(note, names) == values and note_tags(note) == tags.split()
        locked[note_id] = LockedNote(
            kind, Stamp(note_hash(note, collection) if note and same else UNKNOWN, time)
        )
    looks = looks_of(collection)
    types = {
        kind: _locked_type(collection.note_types[kind], looks.get(kind), model, collection.short_title)
        for model in models.values()
        if (kind := kinds.get(int(model["id"])))
    }
    by_name = {deck["name"] for deck in decks.values()}
    differing = sum(note.stamp.hash == UNKNOWN for note in locked.values())
    return Lock(
        locked,
        types,
        {deck.key: deck.name for deck in collection.decks if deck.name in by_name},
        collection.id,
    ), differing


def _locked_type(
    note_type: NoteType, look: Look | None, model: dict[str, Any], short_title: str
) -> LockedType:
    cards = [(card["name"], card["id"], card["qfmt"], card["afmt"]) for card in model["tmpls"]]
    same = look is not None and (model["css"], cards) == (
        look.css,
        [(c.name, c.id, c.front, c.back) for c in look.cards],
    )
    found = type_hash(note_type, look, short_title) if look and same else UNKNOWN
    fields, templates = (tuple(part["id"] for part in model[name]) for name in ("flds", "tmpls"))
    return LockedType(Stamp(found, model["mod"]), fields, templates, model["type"] == 1)
