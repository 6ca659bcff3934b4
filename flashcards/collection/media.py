"""A collection's pictures and sounds: which ones a note uses, and the content-hashed names that they get in
outputs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from flashcards.collection.model import Collection, Note
from flashcards.collection.texts import texts_of
from flashcards.files import read_regular

MAX_BYTES = 100 * 1024 * 1024  # of one file; AnkiWeb takes no larger one
MUCH_BYTES = 1_000_000  # of one file; a picture as large as a screen has some 300 kB


def used_by(note: Note, collection: Collection) -> list[str]:
    """Return the names of the collection's files that a note's text refers to, in order, each once."""
    if not collection.media:
        return []
    names: dict[str, None] = {}
    for text in texts_of(note):
        if text.field.kind != "text":
            names.update(dict.fromkeys(element.attrs["url"] for element in text.elements("image")))
    return [name for name in names if name in collection.media]


def digest(path: Path) -> str:
    """Return SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(read(path)).hexdigest()


def read(path: Path) -> bytes:
    """Return a file's bytes. Raises OSError, also if it is no regular file or larger than Anki takes."""
    return read_regular(path, MAX_BYTES)


def published_names(collection: Collection, notes: Iterable[Note]) -> dict[str, str]:
    """Return file name → name in outputs for all media of `notes` that exist."""
    names = {name for note in notes for name in used_by(note, collection)}
    return {name: published_name(collection.media[name]) for name in sorted(names)}


def published_name(path: Path) -> str:
    """Return a file's name in outputs.

    It holds a hash of the bytes, so that a changed picture is a new file to Anki, which never replaces one.
    It is plain ASCII, does not begin with `_` (Anki keeps the first version of such a file for ever) and
    stays under 120 bytes."""
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", path.stem).strip("-.")[:80] or "media"
    suffix = re.sub(r"[^a-z0-9.]+", "", path.suffix.lower())[:16]
    return f"{stem}-{digest(path)[:12]}{suffix}"
