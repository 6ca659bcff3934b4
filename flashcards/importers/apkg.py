"""Reads an Anki package."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from flashcards.ledger.lock import LedgerError


def read_package(
    package: Path,
) -> tuple[list[tuple[str, int, int, str, str]], dict[str, dict[str, Any]], dict[str, dict[str, str]]]:
    try:
        with zipfile.ZipFile(package) as archive, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "collection.anki2"
            path.write_bytes(archive.read("collection.anki2"))
            connection = sqlite3.connect(path)
            try:
                rows = connection.execute("SELECT guid, mid, mod, tags, flds FROM notes").fetchall()
                models, decks = connection.execute("SELECT models, decks FROM col").fetchone()
            finally:
                connection.close()
            return rows, json.loads(models), json.loads(decks)
    except (OSError, KeyError, zipfile.BadZipFile, sqlite3.Error, ValueError) as problem:
        raise LedgerError(f"{package} cannot be read as an Anki package of ours: {problem}") from None
