"""The time of each note in a build: times only ever grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flashcards.ledger.lock import Drafts, Lock, Stamp


class Times(NamedTuple):
    """The time of every note (by id) and note type (by kind) in a build; `drafts` are the ids not in the lock
    as they are."""

    notes: Mapping[str, int]
    types: Mapping[str, int]
    drafts: tuple[str, ...] = ()
    draft_types: tuple[str, ...] = ()


def build_times(
    notes: Mapping[str, str], types: Mapping[str, str], lock: Lock | None, drafts: Drafts, now: int
) -> tuple[Times, Drafts]:
    """Return the time of everything in a build at `now`, and the drafts to remember. `notes` holds the hash
    of each note by its id, `types` that of each note type by its kind.

    What is as it was released keeps its time. What differs is a draft: max(now, locked + 1, last draft + 1),
    kept until it changes again. A draft that went back to the released text is still a draft: this machine
    has built a later time. No draft is ever left out of what is remembered: its note may be gone for now, and
    what was released since may be on another branch."""
    lock = lock or Lock()
    note_times: dict[str, int] = {}
    kept: dict[str, Stamp] = {}
    for note_id, found in notes.items():
        locked = lock.notes.get(note_id)
        stamp, is_draft = _stamp(found, locked.stamp if locked else None, drafts.notes.get(note_id), now)
        note_times[note_id] = stamp.time
        if is_draft:
            kept[note_id] = stamp
    type_times: dict[str, int] = {}
    kept_types: dict[str, Stamp] = {}
    for kind, found in types.items():
        locked_type = lock.types.get(kind)
        stamp, is_draft = _stamp(
            found, locked_type.stamp if locked_type else None, drafts.types.get(kind), now
        )
        type_times[kind] = stamp.time
        if is_draft:
            kept_types[kind] = stamp
    times = Times(note_times, type_times, tuple(kept), tuple(kept_types))
    return times, Drafts({**drafts.notes, **kept}, {**drafts.types, **kept_types})


def _stamp(new: str, locked: Stamp | None, draft: Stamp | None, now: int) -> tuple[Stamp, bool]:
    if draft is not None and locked is not None and draft.time <= locked.time:
        draft = None  # released since
    if draft is not None and draft.hash == new:
        return draft, True
    if draft is None and locked is not None and locked.hash == new:
        return locked, False
    return Stamp(new, later_time(now, locked, draft)), True


def later_time(now: int, *before: Stamp | None) -> int:
    """Return `now`, or the second after the latest stamp if the clock is behind it."""
    return max([now, *(stamp.time + 1 for stamp in before if stamp is not None)])
