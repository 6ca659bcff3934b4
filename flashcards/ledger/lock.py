"""What changed since the last release, and the time each note gets: times that only ever grow
(`flashcards.lock`, drafts).

Anki updates a note only if the package's time is newer, and an update replaces the learner's own tags and
edits. So each note carries the time its content last changed. Pure functions: files and the clock belong to
`releasing` and `building`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import FlashcardsError

LOCK_FILE = "flashcards.lock"
DRAFTS_FILE = ".flashcards/drafts.json"
_VERSION = 1
# Instead of a hash, and equal to none:
UNKNOWN = "unknown"  # read back from a package whose text is another one than the present
AMBIGUOUS = "ambiguous"  # two contents of the same time


class LedgerError(FlashcardsError):
    """The lock file, the clock or the history does not allow what was asked."""


class DamagedLockError(LedgerError):
    """The lock file is not a lock, as in a merge conflict."""


class Stamp(NamedTuple):
    """The content of a note or note type, as a hash, and the time (seconds since 1970, UTC) it got."""

    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class LockedNote:
    kind: str
    stamp: Stamp
    # by ordinal, each with the hash of its answer (empty if it is no cloze); None if the lock does not tell
    cards: Mapping[int, str] | None = None
    deck: str | None = None  # its key; None if the lock does not tell
    shown: str | None = None  # the `shown_hash` of what learners have; None if the lock does not tell


@dataclass(frozen=True, slots=True)
class LockedType:
    stamp: Stamp
    fields: tuple[int, ...]  # ids in order: adding, removing or moving one makes Anki fork the note type
    cards: tuple[int, ...]
    cloze: bool

    @property
    def shape(self) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
        """What `shape_of` was of the note type when it was released."""
        return self.fields, self.cards, self.cloze


@dataclass(frozen=True, slots=True)
class Lock:
    """The state of the last release."""

    notes: Mapping[str, LockedNote] = field(default_factory=dict)
    types: Mapping[str, LockedType] = field(default_factory=dict)
    decks: Mapping[str, str] = field(default_factory=dict)  # deck key → name in Anki
    collection: str = ""  # its id: the lock says nothing about the notes of any other

    def deck_left(self, note_id: str, deck_name: str) -> str | None:
        """Return the name in Anki of the deck in which a note was released, None if it is this one, or if the
        lock does not tell."""
        row = self.notes.get(note_id)
        name = self.decks.get(row.deck) if row is not None and row.deck is not None else None
        return name if name != deck_name else None


@dataclass(frozen=True, slots=True)
class Drafts:
    """What this machine built since the last release, so that an unchanged draft keeps its time."""

    notes: Mapping[str, Stamp] = field(default_factory=dict)
    types: Mapping[str, Stamp] = field(default_factory=dict)
    collection: str = ""


def dump_lock(lock: Lock) -> str:
    """Write a lock as JSON with one line a note, sorted, so that versions merge line by line."""

    def block(name: str, rows: Iterable[tuple[str, Any]]) -> str:
        lines = [
            f"    {json.dumps(key, ensure_ascii=False)}: {json.dumps(row, ensure_ascii=False)}"
            for key, row in sorted(rows)
        ]
        return f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }"

    types = (
        (
            kind,
            {
                "hash": t.stamp.hash,
                "time": t.stamp.time,
                "fields": t.fields,
                "cards": t.cards,
                "cloze": t.cloze,
            },
        )
        for kind, t in lock.types.items()
    )
    notes = ((key, _row(note)) for key, note in lock.notes.items())
    parts = [f'  "version": {_VERSION}', f'  "collection": {json.dumps(lock.collection)}']
    parts += [block("decks", lock.decks.items()), block("note_types", types), block("notes", notes)]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _row(note: LockedNote) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": note.kind, "hash": note.stamp.hash, "time": note.stamp.time}
    if note.cards is not None:
        row["cards"] = list(note.cards)
        if any(note.cards.values()):
            row["answers"] = list(note.cards.values())
    if note.deck is not None:
        row["deck"] = note.deck
    if note.shown is not None:
        row["shown"] = note.shown
    return row


def _text(value: object) -> str:
    """Return a text that was read. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _stamp(hash_: object, time: Any) -> Stamp:
    """Return a stamp that was read. Raises ValueError for a time that Anki could not hold."""
    seconds = int(time)
    if not 0 <= seconds < _LATEST:
        raise ValueError(f"{seconds} is no time")
    return Stamp(_text(hash_), seconds)


_LATEST = 253_402_300_800  # the year 10,000, in seconds since 1970


def _cards(row: Mapping[str, Any]) -> dict[int, str] | None:
    """Return the cards of a note's row; version 0.9 wrote none."""
    if "cards" not in row:
        return None
    cards = [int(ordinal) for ordinal in row["cards"]]
    answers = [str(answer) for answer in row.get("answers", [""] * len(cards))]
    return dict(zip(cards, answers, strict=True))


def parse_lock(text: str, name: str = LOCK_FILE) -> Lock:
    """Read a lock back. Raises `DamagedLockError` if it is not one, as in a merge conflict, and `LedgerError`
    if it has a newer format."""
    if "<<<<<<<" in text:
        raise DamagedLockError(
            f"{name} has a merge conflict. Take either side (`git checkout --theirs {name}`), "
            "then run `flashcards release`: "
            "it gives every note a later time than both sides."
        )
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            raise LedgerError(
                f"{name} has format {data['version']}; this version of flashcards reads "
                f"{_VERSION}. Update flashcards."
            )
        return Lock(
            {
                key: LockedNote(
                    _text(n["kind"]),
                    _stamp(n["hash"], n["time"]),
                    _cards(n),
                    _text(n["deck"]) if "deck" in n else None,
                    _text(n["shown"]) if "shown" in n else None,
                )
                for key, n in data["notes"].items()
            },
            {
                kind: LockedType(
                    _stamp(t["hash"], t["time"]),
                    tuple(map(int, t["fields"])),
                    tuple(map(int, t["cards"])),
                    bool(t["cloze"]),
                )
                for kind, t in data["note_types"].items()
            },
            {key: _text(name) for key, name in data["decks"].items()},
            str(data["collection"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        raise DamagedLockError(
            f"{name} is damaged ({problem!r}). Restore it: `git checkout {name}`; or, where there is no git, "
            "delete it, and run `flashcards release --adopt OLD.apkg` with the last package."
        ) from None


def dump_drafts(drafts: Drafts) -> str:
    data: dict[str, Any] = {
        name: {key: [stamp.hash, stamp.time] for key, stamp in sorted(stamps.items())}
        for name, stamps in (("notes", drafts.notes), ("types", drafts.types))
    }
    data["collection"] = drafts.collection
    return json.dumps(data, ensure_ascii=False) + "\n"  # no `indent`: json would take its slow encoder


def parse_drafts(text: str) -> Drafts:
    """Read drafts back. A damaged file counts as none: drafts then get a new, later time, which loses
    nothing."""
    try:
        data = json.loads(text)
        notes, types = ({k: _stamp(h, t) for k, (h, t) in data[name].items()} for name in ("notes", "types"))
        return Drafts(notes, types, str(data.get("collection", "")))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return Drafts()


def latest(locks: Iterable[Lock]) -> Lock:
    """Return for every note and type its row with the latest time in any of `locks`, a note with the cards of
    all its rows. Two contents of one time (two branches, both with a clock that was behind) become one that
    is unknown: the next release gives it a later time, which reaches those who have either."""
    notes: dict[str, LockedNote] = {}
    types: dict[str, LockedType] = {}
    decks: dict[str, str] = {}
    for lock in locks:
        for key, note in lock.notes.items():
            known = notes.get(key)
            notes[key] = note if known is None else _with_cards(_later(known, note), known, note)
        for kind, note_type in lock.types.items():
            known_type = types.get(kind)
            types[kind] = note_type if known_type is None else _later(known_type, note_type)
        decks = {**lock.decks, **decks}
    return Lock(notes, types, decks)


def _with_cards(latest: LockedNote, *rows: LockedNote) -> LockedNote:
    """Add the cards that any of `rows` had: a learner of that release has them for ever."""
    cards = dict(latest.cards or {})
    for row in rows:
        if row.kind == latest.kind:
            cards = {**(row.cards or {}), **cards}
    known = any(row.cards is not None for row in rows)
    return replace(latest, cards=dict(sorted(cards.items())) if known else None)


_Row = TypeVar("_Row", LockedNote, LockedType)


def _later(known: _Row, other: _Row) -> _Row:
    if known.stamp.time != other.stamp.time:
        return known if known.stamp.time > other.stamp.time else other
    if known.stamp.hash == other.stamp.hash or other.stamp.hash == UNKNOWN:
        return known
    if known.stamp.hash == UNKNOWN:
        return other
    return replace(known, stamp=Stamp(AMBIGUOUS, known.stamp.time))


def shape_of(note_type: NoteType) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """Return what Anki compares of a note type: ids of fields and of card templates, and whether it is a
    cloze type."""
    return (
        tuple(f.id for f in note_type.all_fields),
        tuple(c.id for c in note_type.cards),
        note_type.cloze_field is not None,
    )
