"""The ledger's two files on disk: `flashcards.lock` and this machine's drafts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flashcards.collection.model import Collection
from flashcards.diagnostics import Source
from flashcards.files import write_atomically
from flashcards.ledger.lock import (
    DRAFTS_FILE,
    LOCK_FILE,
    Drafts,
    LedgerError,
    Lock,
    dump_drafts,
    parse_drafts,
    parse_lock,
)
from flashcards.resources import is_installed, read_own

_MAX_BYTES = 100_000_000  # some 700,000 notes


def read_lock(collection: Collection) -> tuple[Lock | None, Source]:
    """Return the lock (None if there is none) and its text. Raises `LedgerError` if it cannot be read."""
    if collection.path is None:  # made in Python
        return None, Source(LOCK_FILE, "")
    path = collection.path / LOCK_FILE
    text = _text(path, collection)
    return parse_lock(text, str(path)) if text else None, Source(str(path), text)


def read_drafts(collection: Collection) -> Drafts:
    """Return what this machine built since the last release; nothing if it has built nothing."""
    if collection.path is None:
        return Drafts()
    path = collection.path / DRAFTS_FILE
    drafts = parse_drafts(_text(path, collection))
    # 0.9 did not write whose drafts they are
    return drafts if drafts.collection in ("", collection.id) else Drafts()


def _text(path: Path, collection: Collection) -> str:
    """Return the text of a file of the ledger, empty if there is none. Raises `LedgerError` if it cannot be
    read."""
    try:
        return read_own(path, collection.folder, _MAX_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as problem:
        raise LedgerError(f"cannot read {path}: {problem.strerror}") from None


def write_drafts(collection: Collection, drafts: Drafts) -> None:
    """Remember what this machine has built. A collection made in Python has no place for it. Raises
    OSError."""
    if collection.path is None:
        return
    path = collection.path / DRAFTS_FILE
    new = dump_drafts(replace(drafts, collection=collection.id)).encode()
    if path.read_bytes() != new if path.is_file() else drafts.notes or drafts.types:
        write_atomically(path, new)


def refuse_foreign(lock: Lock | None, collection: Collection) -> None:
    """Raise `LedgerError` if the lock is that of another collection: no time in it is about these notes."""
    if lock is not None and lock.collection != collection.id:
        raise LedgerError(
            f"{LOCK_FILE} is that of the collection `{lock.collection}`, and this one's id is "
            f"`{collection.id}`: `flashcards explain collection-id-changed`"
        )


def refuse_installed(collection: Collection) -> None:
    """Raise `LedgerError` for the decks inside an installed package."""
    if is_installed(collection.folder):
        raise LedgerError(
            f"`{collection.path}` is part of the installed package. Work in a clone, or in "
            "your own collection."
        )


def released_ids(collection: Collection) -> Iterable[str]:
    """Return the ids that learners may have: none is ever given to another note."""
    lock, _ = read_lock(collection)
    return lock.notes if lock else ()
