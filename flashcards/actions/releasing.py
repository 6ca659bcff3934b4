"""`release`: works out what learners are about to get, with all that git remembers, and writes
`flashcards.lock`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flashcards import git
from flashcards.cards.templates import looks_of
from flashcards.collection.loader import Loaded
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.model import Collection
from flashcards.files import write_atomically
from flashcards.ledger.hashes import note_hashes, type_hashes
from flashcards.ledger.lock import LOCK_FILE, Drafts, LedgerError, Lock, dump_lock, parse_lock
from flashcards.ledger.release import Plan, check_since, plan_release
from flashcards.ledger.store import read_drafts, read_lock, refuse_installed
from flashcards.ledger.times import build_times


def plan(loaded: Loaded, *, now: int, since: str | None = None, allow_future: bool = False) -> Plan:
    """Work out what a release at `now` (seconds since 1970) would do, without writing anything.

    Every version of the lock that git knows is taken into account, on any branch, and that of `since` if
    given. Raises `InvalidCollection` or `LedgerError`."""
    collection = loaded.raise_for_errors()
    lock, _ = read_lock(collection)
    past = list(_past_locks(collection))
    if since is not None:
        past.append(_lock_at(collection, since))
    return plan_release(
        collection, looks_of(collection), lock, past, read_drafts(collection), now, allow_future
    )


def write(collection: Collection, planned: Plan) -> list[Path]:
    """Write the lock, and `released: true` on the first release. Returns the files that changed.

    Raises `LedgerError` for the decks inside an installed package, OSError if a file cannot be written.
    """
    refuse_installed(collection)
    path = collection.folder / LOCK_FILE
    new = dump_lock(planned.lock, collection.id).encode()
    changed = []
    if not path.is_file() or path.read_bytes() != new:
        write_atomically(path, new)
        changed.append(path)
    if not collection.released:
        settings = collection.folder / COLLECTION_FILE
        data = settings.read_bytes()
        newline = b"\r\n" if b"\r\n" in data else b"\n"
        data = re.sub(rb"(?m)^released:.*\r?\n?", b"", data)
        write_atomically(settings, data.rstrip() + newline + b"released: true" + newline)
        changed.append(settings)
    return changed


def check(loaded: Loaded, *, now: int, since: str | None = None) -> list[str]:
    """Return what stands between this state and a release that loses nothing: notes not in the lock as they
    are, and, with `since` (a git revision), times that learners of that release would never receive. Raises
    as `plan` does."""
    collection = loaded.raise_for_errors()
    lock, _ = read_lock(collection)
    if lock is None:
        return [f"there is no {LOCK_FILE}: `flashcards release` writes it"]
    faults = []
    looks = looks_of(collection)
    times, _ = build_times(note_hashes(collection), type_hashes(collection, looks), lock, Drafts(), now)
    if times.drafts or times.draft_types:
        names = [f"`{name}`" for name in (*times.drafts, *times.draft_types)]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        faults.append(f"changed since the release: {', '.join(names[:3])}{more}")
    if since is not None:
        faults += check_since(lock, _lock_at(collection, since))
    return faults


def _lock_at(collection: Collection, revision: str) -> Lock:
    found = git.at(collection.folder, revision, LOCK_FILE)
    if found is None:
        raise LedgerError(
            f"git has no {LOCK_FILE} at `{revision}`. Fetch the tag (`git fetch --tags`), or name another."
        )
    return parse_lock(found, f"{revision}:{LOCK_FILE}")


def _past_locks(collection: Collection) -> Iterator[Lock]:
    for text in git.versions(collection.folder, LOCK_FILE):
        try:
            yield parse_lock(text)
        except LedgerError:
            continue  # a conflict that was committed once; its two sides are in the history too
