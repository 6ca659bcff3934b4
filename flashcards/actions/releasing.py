"""`release`: works out what learners are about to get, with all that git remembers, and writes
`flashcards.lock`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import normalize

from flashcards import git
from flashcards.actions.committed import read_committed
from flashcards.cards.fields import field_html
from flashcards.cards.templates import Look, looks_of
from flashcards.collection import media
from flashcards.collection.loader import Loaded
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.model import Collection
from flashcards.diagnostics import InvalidCollection, did_you_mean
from flashcards.files import write_atomically
from flashcards.ledger.cards import cards_of, cloze_answers
from flashcards.ledger.comparison import compare_with_past
from flashcards.ledger.hashes import Hashes, note_hash, note_hashes, shown_hash, type_hashes
from flashcards.ledger.lock import (
    LOCK_FILE,
    DamagedLockError,
    LedgerError,
    Lock,
    dump_lock,
    latest,
    parse_lock,
)
from flashcards.ledger.release import Plan, check_since, plan_release
from flashcards.ledger.store import read_drafts, read_lock, refuse_foreign, refuse_installed, write_drafts
from flashcards.ledger.times import build_times
from flashcards.reporting import some


def plan(
    loaded: Loaded,
    *,
    now: int,
    since: str | None = None,
    allow_future: bool = False,
    fork: bool = False,
    resend: Sequence[str] = (),
) -> Plan:
    """Work out what a release at `now` (seconds since 1970) would do, without writing anything.

    Every version of the lock counts that leads to HEAD, to a tag, or to what is being merged, and that of
    `since` if given. With `fork` it is the first release of a copy of another collection, under an id of its
    own. `resend` names notes that get a later time although their content did not change, so that learners
    get what a new version of flashcards shows otherwise. Raises `InvalidCollection` or `LedgerError`."""
    if fork:
        loaded = as_fork(loaded)
    collection = loaded.raise_for_errors()
    lock, _ = read_lock(collection)
    if fork:
        _refuse_second_fork(collection, lock)
        lock = None
    refuse_foreign(lock, collection)
    locks = chain([lock] if lock else [], (past for _, past in past_locks(collection)))
    if since is not None:
        locks = chain(locks, [_lock_at(collection, since)])
    released = latest(locks)  # which holds one of them at a time
    looks = looks_of(collection)
    hashes = Hashes(note_hashes(collection), type_hashes(collection, looks))
    released = _with_old_cards(collection, released, hashes)
    cards = _all_cards(collection, looks, lock, hashes)
    if forbidden := compare_with_past(collection, lock, released, cards):
        raise InvalidCollection([*loaded.diagnostics, *forbidden])
    drafts = read_drafts(collection)
    ids = {note.id for _, note in collection.notes()}
    for note_id in resend:
        if note_id not in ids:
            raise LedgerError(
                f"there is no note `{note_id}` to resend. {did_you_mean(note_id, ids) or ''}".rstrip()
            )
    shown = _shown(collection)
    return plan_release(
        collection, hashes, cards, lock, released, drafts, now, allow_future, shown, frozenset(resend)
    )


def _shown(collection: Collection) -> dict[str, str]:
    """Return the `shown_hash` of every note by its id."""
    names = media.published_names(collection, (note for _, note in collection.notes()))
    return {
        note.id: shown_hash("\x1f".join(field_html(note, names).values())) for _, note in collection.notes()
    }


def _all_cards(
    collection: Collection, looks: Mapping[str, Look], lock: Lock | None, hashes: Hashes
) -> dict[str, Mapping[int, str]]:
    """Return the cards of every note by its id. Of a note that is as it was released, as its type is, the
    lock knows them."""
    lock = lock or Lock()
    same = {kind for kind, row in lock.types.items() if hashes.types.get(kind) == row.stamp.hash}
    cards: dict[str, Mapping[int, str]] = {}
    for _, note in collection.notes():
        row = lock.notes.get(note.id)
        known = row is not None and row.stamp.hash == hashes.notes[note.id] and note.type.kind in same
        if known and row is not None and row.cards is not None:
            cards[note.id] = row.cards
        else:
            cards[note.id] = cards_of(note, looks[note.type.kind])
    return cards


def _with_old_cards(collection: Collection, released: Lock, hashes: Hashes) -> Lock:
    """Add the cards of cloze notes that have changed since a release of version 0.9, whose locks do not tell
    them: from the decks as they were committed with that lock."""
    rows = {
        note.id: row
        for _, note in collection.notes()
        if (row := released.notes.get(note.id)) is not None
        and row.cards is None
        and row.kind == note.type.kind
        and note.type.cloze_field is not None
        and row.stamp.hash != hashes.notes[note.id]
    }
    if not rows:
        return released
    releases: dict[git.Version, list[str]] = {}
    for version, lock in past_locks(collection):
        for note_id, row in rows.items():
            if note_id in lock.notes and lock.notes[note_id].stamp == row.stamp:
                releases.setdefault(version, []).append(note_id)
    known = dict(released.notes)
    for version, ids in releases.items():  # newest first: the oldest lock with this row has the last word
        for note_id, answers in _committed_answers(collection, version, {i: rows[i].stamp.hash for i in ids}):
            known[note_id] = replace(rows[note_id], cards=answers)
    return replace(released, notes=known)


def _committed_answers(
    collection: Collection, version: git.Version, hashes: Mapping[str, str]
) -> Iterator[tuple[str, dict[int, str]]]:
    """Yield id and cloze answers of notes as they were committed with a lock, if their text is still the
    released one."""
    with TemporaryDirectory() as folder:
        place = str(Path(version.path).parent)
        try:
            old = read_committed(collection.folder, version.revision, place, Path(folder))
        except git.GitError:
            return
        if old is None:
            return
        for _, note in old.notes():
            if note.id in hashes and note_hash(note, old) == hashes[note.id]:
                yield note.id, cloze_answers(note)


def write(collection: Collection, planned: Plan) -> list[Path]:
    """Write the lock, and `released: true` on the first release. Returns the files that changed.

    Raises `LedgerError` for the decks inside an installed package, OSError if a file cannot be written.
    """
    refuse_installed(collection)
    path = collection.folder / LOCK_FILE
    new = dump_lock(planned.lock).encode()
    changed = []
    if not path.is_file() or path.read_bytes() != new:
        write_atomically(path, new)
        changed.append(path)
    write_drafts(collection, planned.drafts)
    if not collection.released:
        settings = collection.folder / COLLECTION_FILE
        data = settings.read_bytes()
        newline = b"\r\n" if b"\r\n" in data else b"\n"
        data = re.sub(rb"(?m)^released:.*\r?\n?", b"", data)
        write_atomically(settings, data.rstrip() + newline + b"released: true" + newline)
        changed.append(settings)
    return changed


def as_fork(loaded: Loaded) -> Loaded:
    """Leave out the findings that a fork is the way out of; every other error stands."""
    ways_out = ("collection-id-changed", "lost-lock")
    return replace(loaded, diagnostics=tuple(d for d in loaded.diagnostics if d.rule not in ways_out))


def shared_decks(loaded: Loaded) -> tuple[str, list[str]]:
    """Return the id of the collection that this one is a copy of, and the deck names that both have: Anki
    tells decks apart by name alone, so learners of both would find the cards of both in them. The id is empty
    if the original's lock is not there."""
    collection = as_fork(loaded).raise_for_errors()
    lock, _ = read_lock(collection)
    if lock is None or lock.collection == collection.id:
        return "", []
    originals = {normalize("NFC", name).casefold() for name in lock.decks.values()}
    names = [deck.name for deck in collection.decks if normalize("NFC", deck.name).casefold() in originals]
    return lock.collection, names


def _refuse_second_fork(collection: Collection, lock: Lock | None) -> None:
    """Raise `LedgerError` if there was a release under this id: its times must not be forgotten."""
    if lock is not None and lock.collection == collection.id:
        raise LedgerError(
            f"{LOCK_FILE} is that of `{collection.id}` already: `flashcards release` goes on with it."
        )
    for version, _ in past_locks(collection):
        raise LedgerError(
            f"`{collection.id}` was released before, and git has its lock: bring it back with "
            f"`git checkout {version.revision[:12]} -- {collection.folder / LOCK_FILE}`, then run "
            "`flashcards release`."
        )


def check(loaded: Loaded, *, now: int, since: str | None = None) -> list[str]:
    """Return what stands between this state and a release that loses nothing: notes not in the lock as they
    are, and, with `since` (a git revision), times that learners of that release would never receive. Raises
    as `plan` does."""
    collection = loaded.raise_for_errors()
    lock, _ = read_lock(collection)
    refuse_foreign(lock, collection)
    if lock is None:
        return [f"there is no {LOCK_FILE}: `flashcards release` writes it"]
    faults = []
    looks = looks_of(collection)
    notes, types = note_hashes(collection), type_hashes(collection, looks)
    times, _ = build_times(notes, types, lock, read_drafts(collection), now)
    drafts = [*times.drafts, *times.draft_types]
    taken_back = [k for k in times.drafts if k in lock.notes and lock.notes[k].stamp.hash == notes[k]]
    taken_back += [k for k in times.draft_types if k in lock.types and lock.types[k].stamp.hash == types[k]]
    for what, keys in (
        ("changed since the release", [key for key in drafts if key not in taken_back]),
        ("built as a draft since the release, and taken back", taken_back),
    ):
        if keys:
            faults.append(f"{what}: {some(keys)}")
    if since is not None:
        faults += check_since(lock, _lock_at(collection, since))
    return faults


def _lock_at(collection: Collection, revision: str) -> Lock:
    try:
        found = git.at(collection.folder, revision, LOCK_FILE)
    except git.GitError as problem:
        raise LedgerError(f"{collection.folder / LOCK_FILE}: {problem}") from None
    if found is None:
        raise LedgerError(
            f"git has no {LOCK_FILE} at `{revision}`. Fetch the tag (`git fetch --tags`), or name another."
        )
    lock = parse_lock(found, f"{revision}:{LOCK_FILE}")
    if lock.collection != collection.id:
        raise LedgerError(
            f"`{revision}` is a release of the collection `{lock.collection}`, and this one's id is "
            f"`{collection.id}`. Name a release of this collection."
        )
    return lock


def past_locks(collection: Collection) -> Iterator[tuple[git.Version, Lock]]:
    """Yield this collection's locks of the past, one at a time. Raises `LedgerError` if git cannot tell."""
    try:
        for version in git.history(collection.folder, LOCK_FILE):
            try:
                lock = parse_lock(version.text, f"{version.revision[:12]}:{version.path}")
            except DamagedLockError:
                continue  # a conflict that was committed once; its two sides are in the history too
            if lock.collection == collection.id:
                yield version, lock
    except git.GitError as problem:
        raise LedgerError(f"{collection.folder / LOCK_FILE}: {problem}") from None
