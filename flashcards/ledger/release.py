"""Works out what a release changes."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from flashcards.collection.model import Collection
from flashcards.ledger.hashes import Hashes
from flashcards.ledger.lock import (
    LOCK_FILE,
    Drafts,
    LedgerError,
    Lock,
    LockedNote,
    LockedType,
    Stamp,
    shape_of,
)
from flashcards.ledger.times import later_time

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release would do; `lock` and `drafts` are what it would write."""

    lock: Lock
    new: tuple[str, ...]
    updated: tuple[str, ...]  # a learner's own tags and edits on these are replaced
    retired: tuple[str, ...]  # of `updated` and `new`, those that retire now
    restyled: tuple[str, ...]  # note types whose look changes
    released_before: int  # notes in the lock
    gone: tuple[str, ...] = ()  # of earlier releases, neither in the lock nor in a deck
    drafts: Drafts = field(default_factory=Drafts)
    moved: tuple[str, ...] = ()  # to another deck: learners keep their cards where they are
    forgotten: tuple[str, ...] = ()  # drafts that were built with the clock ahead, which count no more
    # shown otherwise than learners have them, though their content did not change: only `resend` gives them a
    # later time
    mended: tuple[str, ...] = ()


def plan_release(
    collection: Collection,
    hashes: Hashes,
    cards: Mapping[str, Mapping[int, str]],
    lock: Lock | None,
    released: Lock,
    drafts: Drafts,
    now: int,
    allow_future: bool = False,
    shown: Mapping[str, str] | None = None,
    resend: AbstractSet[str] = frozenset(),
) -> Plan:
    """Work out a release at `now`.

    `hashes` and `cards` (by note id, as `cards_of` returns them) are those of the present notes. `released`
    holds the latest row of each note and type of the lock and of all its earlier versions (git knows them): a
    time that one of them gave away is never given again, so that a revert or a merge still reaches those who
    have the later text. All locks must be this collection's.

    A draft that was built later than the last release and then taken back gets a later time too: whoever
    imported it would keep its text else. One that was built with the clock more than a day ahead is
    forgotten, or all learners would get its time.

    `shown` holds the `shown_hash` of the present notes by id. A note whose content is as it was keeps its
    time however it is shown, unless its id is in `resend`.

    Raises `LedgerError` for a note without an id, or a new time more than a day ahead of the clock.
    """
    lock = lock or Lock()
    drafts, forgotten = (drafts, ()) if allow_future else _without_future(drafts, now + _DAY)
    notes: dict[str, LockedNote] = {}
    new: list[str] = []
    updated: list[str] = []
    retired: list[str] = []
    moved: list[str] = []
    mended: list[str] = []
    for deck, note in collection.notes():
        if note.derived_id:
            span = note.span()
            place = span.place if span else f"a note that begins “{note.front[:40]}”"
            raise LedgerError(
                f"{place}: a note has no id, and a release is for ever. `flashcards fix` writes ids."
            )
        before = released.notes.get(note.id)
        draft = drafts.notes.get(note.id)
        stamp = _released(hashes.notes[note.id], before, draft, now)
        if before is not None and stamp == before.stamp and note.id in resend:
            stamp = Stamp(stamp.hash, later_time(now, before.stamp, draft))
        shown_now = (shown or {}).get(note.id)
        learners_have = shown_now
        if before is not None and stamp == before.stamp and before.shown is not None:
            learners_have = before.shown
            if shown_now not in (None, before.shown):
                mended.append(note.id)
        notes[note.id] = LockedNote(note.type.kind, stamp, cards[note.id], deck.key, learners_have)
        if note.retired is None and lock.deck_left(note.id, deck.name) is not None:
            moved.append(note.id)
        if before is not None and stamp == before.stamp:
            continue
        (new if before is None else updated).append(note.id)
        if note.retired is not None:
            retired.append(note.id)
    types: dict[str, LockedType] = {}
    restyled = []
    for kind, found in hashes.types.items():
        note_type = collection.note_types[kind]
        before_type = released.types.get(kind)
        stamp = _released(found, before_type, drafts.types.get(kind), now)
        types[kind] = LockedType(stamp, *shape_of(note_type))
        if before_type is not None and stamp != before_type.stamp:
            restyled.append(kind)
    times = {**{k: n.stamp.time for k, n in notes.items()}, **{k: t.stamp.time for k, t in types.items()}}
    ahead = [key for key, time in times.items() if time > now + _DAY]
    if ahead and not allow_future:
        lock_file = collection.path / LOCK_FILE if collection.path is not None else LOCK_FILE
        raise LedgerError(
            f"the time of `{ahead[0]}` would lie more than a day ahead of this machine's clock"
            f"{f' (and {len(ahead) - 1} more)' if len(ahead) > 1 else ''}. Set the clock right. "
            "If it is, an earlier release was made with a wrong one. If that was published, go on with "
            "`flashcards release --allow-future`; else take it back: `git reset` to the commit before it if "
            f"it is committed, then `git checkout {lock_file}`."
        )
    decks = {deck.key: deck.name for deck in collection.decks}
    return Plan(
        Lock(notes, types, decks, collection.id),
        tuple(new),
        tuple(updated),
        tuple(retired),
        tuple(restyled),
        len(lock.notes),
        tuple(key for key in released.notes if key not in lock.notes and key not in notes),
        drafts,
        tuple(moved),
        forgotten,
        tuple(mended),
    )


def _released(found: str, before: LockedNote | LockedType | None, draft: Stamp | None, now: int) -> Stamp:
    """Return the stamp of a note or note type in the new lock: that which it had if it is unchanged and
    nobody can have a later draft of it."""
    if before is None:
        return Stamp(found, later_time(now, draft))
    if before.stamp.hash == found and (draft is None or draft.time <= before.stamp.time):
        return before.stamp
    return Stamp(found, later_time(now, before.stamp, draft))


def _without_future(drafts: Drafts, limit: int) -> tuple[Drafts, tuple[str, ...]]:
    """Leave out the drafts after which a later time would be behind `limit`; return their names too."""
    parts = (drafts.notes, drafts.types)
    notes, types = ({key: s for key, s in part.items() if s.time < limit} for part in parts)
    forgotten = [key for part in parts for key, stamp in part.items() if stamp.time >= limit]
    return replace(drafts, notes=notes, types=types), tuple(forgotten)


def check_since(lock: Lock, published: Lock) -> list[str]:
    """Return a sentence for each time in `lock` that learners of the release `published` would never
    receive."""
    faults = []
    for key, before in published.notes.items():
        now = lock.notes.get(key)
        if now is None:
            faults.append(f"note `{key}` is gone from the lock")
        elif now.stamp.time < before.stamp.time:
            faults.append(f"the time of `{key}` went back from {before.stamp.time} to {now.stamp.time}")
        elif now.stamp.hash != before.stamp.hash and now.stamp.time == before.stamp.time:
            faults.append(f"`{key}` changed but kept its time {now.stamp.time}")
        if now is not None and now.kind != before.kind:
            faults.append(f"`{key}` was released as `{before.kind}` and is now `{now.kind}`")
        elif now is not None and now.cards is not None and (gone := (before.cards or {}).keys() - now.cards):
            numbers = ", ".join(str(ordinal + 1) for ordinal in sorted(gone))
            faults.append(f"`{key}` has no card {numbers} any more")
    for kind, before_type in published.types.items():
        now_type = lock.types.get(kind)
        if now_type is None:
            continue
        if now_type.stamp.time < before_type.stamp.time:
            faults.append(
                f"the time of note type `{kind}` went back from {before_type.stamp.time} to "
                f"{now_type.stamp.time}"
            )
        if now_type.shape != before_type.shape:
            faults.append(f"the field or card ids of note type `{kind}` changed")
    return faults
