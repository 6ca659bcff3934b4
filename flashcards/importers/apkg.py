"""Reads an Anki package."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flashcards.ledger.lock import LedgerError


class PackageNote(NamedTuple):
    """A note as a package holds it."""

    guid: str
    type_id: int
    time: int  # when it was changed last, in seconds since 1970
    tags: Sequence[str]
    fields: Sequence[str]  # HTML
    cards: Mapping[int, str]  # name of the deck by ordinal


class Package(NamedTuple):
    """What a package holds."""

    notes: Sequence[PackageNote]
    types: Mapping[int, Mapping[str, Any]]  # by id, as Anki's schema 11 has them
    decks: frozenset[str]  # names


def read_package(package: Path) -> Package:
    """Read a package of schema 11, as ours are. Raises `LedgerError` if it is none."""
    try:
        with zipfile.ZipFile(package) as archive, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "collection.anki2"
            path.write_bytes(archive.read("collection.anki2"))
            connection = sqlite3.connect(path)
            try:
                return _read(connection)
            finally:
                connection.close()
    except (OSError, KeyError, TypeError, zipfile.BadZipFile, sqlite3.Error, ValueError) as problem:
        raise LedgerError(f"{package} cannot be read as an Anki package of ours: {problem}") from None


def _read(connection: sqlite3.Connection) -> Package:
    row = connection.execute("SELECT models, decks FROM col").fetchone()
    models, decks = map(json.loads, row)
    cards: dict[int, dict[int, str]] = {}
    for note, ordinal, deck in connection.execute("SELECT nid, ord, did FROM cards"):
        cards.setdefault(note, {})[ordinal] = decks[str(deck)]["name"]
    notes = [
        PackageNote(guid, type_id, time, tags.split(), fields.split("\x1f"), cards.get(note, {}))
        for note, guid, type_id, time, tags, fields in connection.execute(
            "SELECT id, guid, mid, mod, tags, flds FROM notes"
        )
    ]
    types = {int(key): model for key, model in models.items()}
    return Package(notes, types, frozenset(deck["name"] for deck in decks.values()))
