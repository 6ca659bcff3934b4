"""What changed since the last release, and the time each note gets: times that only ever grow (`flashcards.lock`, drafts).

Anki updates a note only if the package's time is newer, and an update replaces the learner's own tags and edits. So each
note carries the time its content last changed. Pure functions: files and the clock belong to `releasing` and `building`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from flashcards.collection import media
from flashcards.collection.model import Choice, Collection, Note, Table, Value
from flashcards.collection.notetypes import Look, NoteType
from flashcards.diagnostics import Diagnostic, FlashcardsError, Source, Span, error

LOCK_FILE = "flashcards.lock"
DRAFTS_FILE = ".flashcards/drafts.json"
_VERSION = 1
_DAY = 86_400


class LedgerError(FlashcardsError):
    """The lock file, the clock or the history does not allow what was asked."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The content of a note or note type, as a hash, and the time (seconds since 1970, UTC) it got."""

    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class LockedNote:
    kind: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class LockedType:
    stamp: Stamp
    fields: tuple[int, ...]  # ids in order: adding, removing or moving one makes Anki fork the note type
    cards: tuple[int, ...]
    cloze: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """The state of the last release."""

    notes: Mapping[str, LockedNote] = field(default_factory=dict)
    types: Mapping[str, LockedType] = field(default_factory=dict)
    decks: Mapping[str, str] = field(default_factory=dict)  # deck key → name in Anki


@dataclass(frozen=True, slots=True)
class Drafts:
    """What this machine built since the last release, so that an unchanged draft keeps its time."""

    notes: Mapping[str, Stamp] = field(default_factory=dict)
    types: Mapping[str, Stamp] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """The time of every note (by id) and note type (by kind) in a build; `drafts` are the ids not in the lock as they are."""

    notes: Mapping[str, int]
    types: Mapping[str, int]
    drafts: tuple[str, ...] = ()
    draft_types: tuple[str, ...] = ()

    @property
    def newest(self) -> int:
        return max([*self.notes.values(), *self.types.values()], default=0)


# ------------------------------------------------------------------------------------------------------------------ hash


def note_hash(note: Note, collection: Collection) -> str:
    """Return the hash of what a learner gets of a note: its parsed values, not the HTML, so that a new version of a
    renderer does not touch every learner's notes. The id is not in it: a note that was only renamed is recognised."""
    content: list[Any] = [
        note.type.kind,
        note.type.render,
        {key: _plain(value) for key, value in note.fields.items()},
        list(note.tags),
        [[c.reference.short, c.reference.url, c.place] for c in note.citations],
        [media.digest(collection.media[name]) for name in media.used_by(note, collection)],
    ]
    if note.retired is not None:
        content.append(note.retired)
    return _hash(content)


def type_hash(note_type: NoteType, look: Look, short_title: str) -> str:
    """Return the hash of a note type as Anki gets it."""
    fields = [[field.id, field.name] for field in note_type.all_fields]
    cards = [[card.id, card.name, card.front, card.back] for card in look.cards]
    return _hash([note_type.name(short_title), fields, cards, look.css])


def _plain(value: Value) -> Any:
    if isinstance(value, Table):
        return [list(value.columns), *map(list, value.rows)]
    if isinstance(value, str):
        return value
    return [{"right": v.text} if isinstance(v, Choice) and v.right else v.text if isinstance(v, Choice) else v for v in value]


_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _hash(content: Any) -> str:
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()[:16]


# ------------------------------------------------------------------------------------------------------------ lock file


def dump_lock(lock: Lock, collection_id: str) -> str:
    """Write a lock as JSON with one line a note, sorted, so that versions merge line by line."""

    def block(name: str, rows: Iterable[tuple[str, Any]]) -> str:
        lines = [
            f"    {json.dumps(key, ensure_ascii=False)}: {json.dumps(row, ensure_ascii=False)}" for key, row in sorted(rows)
        ]
        return f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }"

    types = (
        (kind, {"hash": t.stamp.hash, "time": t.stamp.time, "fields": t.fields, "cards": t.cards, "cloze": t.cloze})
        for kind, t in lock.types.items()
    )
    notes = ((key, {"kind": n.kind, "hash": n.stamp.hash, "time": n.stamp.time}) for key, n in lock.notes.items())
    parts = [f'  "version": {_VERSION}', f'  "collection": {json.dumps(collection_id)}']
    parts += [block("decks", lock.decks.items()), block("note_types", types), block("notes", notes)]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def parse_lock(text: str, name: str = LOCK_FILE) -> Lock:
    """Read a lock back. Raises `LedgerError` if it is not one: a merge conflict, a newer format, a damaged file."""
    if "<<<<<<<" in text:
        raise LedgerError(
            f"{name} has a merge conflict. Take either side (`git checkout --theirs {name}`), then run `flashcards release`: "
            "it gives every note a later time than both sides."
        )
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            raise LedgerError(
                f"{name} has format {data['version']}; this version of flashcards reads {_VERSION}. Update flashcards."
            )
        return Lock(
            {key: LockedNote(n["kind"], Stamp(n["hash"], int(n["time"]))) for key, n in data["notes"].items()},
            {
                kind: LockedType(Stamp(t["hash"], int(t["time"])), tuple(t["fields"]), tuple(t["cards"]), bool(t["cloze"]))
                for kind, t in data["note_types"].items()
            },
            dict(data["decks"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise LedgerError(f"{name} is damaged ({problem!r}). Restore it: `git checkout {name}`.") from None


def dump_drafts(drafts: Drafts) -> str:
    data = {
        name: {key: [stamp.hash, stamp.time] for key, stamp in sorted(stamps.items())}
        for name, stamps in (("notes", drafts.notes), ("types", drafts.types))
    }
    return json.dumps(data, ensure_ascii=False) + "\n"  # no `indent`: json would take its slow encoder


def parse_drafts(text: str) -> Drafts:
    """Read drafts back. A damaged file counts as none: drafts then get a new, later time, which loses nothing."""
    try:
        data = json.loads(text)
        notes, types = ({k: Stamp(str(h), int(t)) for k, (h, t) in data[name].items()} for name in ("notes", "types"))
        return Drafts(notes, types)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Drafts()


def latest(locks: Iterable[Lock]) -> Lock:
    """Return for every note and type its entry with the latest time in any of `locks`; of equals the first."""
    notes: dict[str, LockedNote] = {}
    types: dict[str, LockedType] = {}
    decks: dict[str, str] = {}
    for lock in locks:
        for key, note in lock.notes.items():
            if key not in notes or notes[key].stamp.time < note.stamp.time:
                notes[key] = note
        for kind, locked in lock.types.items():
            if kind not in types or types[kind].stamp.time < locked.stamp.time:
                types[kind] = locked
        decks = {**lock.decks, **decks}
    return Lock(notes, types, decks)


# ------------------------------------------------------------------------------------------------------------- compare


def compare(collection: Collection, lock: Lock | None, lock_source: Source) -> list[Diagnostic]:
    """Report what the last release forbids: vanished ids, changed kinds and field ids, renamed decks, a lost lock."""
    if lock is None:
        if not collection.released:
            return []
        place = Span(lock_source, 0, 0)
        hint = "restore it with git, or `flashcards release --adopt OLD.apkg` reads it back from the last package"
        return [error("lost-lock", f"the collection is released but has no {LOCK_FILE}", place, hint=hint)]
    problems = []
    notes = {note.id: note for _, note in collection.notes()}
    for note_id, locked in lock.notes.items():
        note = notes.get(note_id)
        if note is None:
            problems.append(_vanished(note_id, locked, collection, lock, notes, lock_source))
        elif note.type.kind != locked.kind:
            message = f"`{note_id}` was released as `{locked.kind}` and is now `{note.type.kind}`"
            way_out = f"keep `kind: {locked.kind}`, or retire it and give the new note a new id"
            hint = f"learners' notes cannot change their type: {way_out}"
            problems.append(error("kind-changed", message, note.origin.span("id"), hint=hint, note=note_id))
    for deck in collection.decks:
        name = lock.decks.get(deck.key)
        if name is not None and name != deck.name:
            message = f"this deck was released as `{name}` and is now `{deck.name}`"
            hint = "cards that learners have never follow a rename: restore the title"
            at = deck.source.text.find("title:")
            problems.append(error("deck-renamed", message, Span(deck.source, at, at + 5), hint=hint))
    for key in lock.decks.keys() - {deck.key for deck in collection.decks}:
        if lock.decks[key] not in {deck.name for deck in collection.decks}:
            hint = f"restore `{key}.yaml`; a deck whose notes are all retired stays as a file"
            problems.append(
                error(
                    "deck-vanished",
                    f"the deck `{lock.decks[key]}` was released and is gone",
                    _in_lock(lock_source, key),
                    hint=hint,
                )
            )
    for kind, locked_type in lock.types.items():
        note_type = collection.note_types.get(kind)
        if note_type is not None and (shape := _shape(note_type)) != (locked_type.fields, locked_type.cards, locked_type.cloze):
            message = f"the fields or cards of note type `{kind}` are not those that were released"
            released = f"released: fields {list(locked_type.fields)}, cards {list(locked_type.cards)}"
            now = f"now {list(shape[0])}, {list(shape[1])}"
            hint = f"{released}; {now}. A rename keeps its id; a new field takes the place of a spare one"
            problems.append(error("note-type-frozen", message, _in_lock(lock_source, kind), hint=hint))
    return problems


def _shape(note_type: NoteType) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    return tuple(f.id for f in note_type.all_fields), tuple(c.id for c in note_type.cards), note_type.cloze_field is not None


def _in_lock(lock_source: Source, key: str) -> Span:
    quoted = json.dumps(key, ensure_ascii=False)
    at = max(lock_source.text.find(f"    {quoted}: "), 0)
    return Span(lock_source, at + 4, at + 4 + len(quoted))


def _vanished(
    note_id: str, locked: LockedNote, collection: Collection, lock: Lock, notes: Mapping[str, Note], lock_source: Source
) -> Diagnostic:
    new = {key: note for key, note in notes.items() if key not in lock.notes}
    same = next(
        (
            key
            for key, note in new.items()
            if note.type.kind == locked.kind and note_hash(note, collection) == locked.stamp.hash
        ),
        None,
    )
    nearest = same or next(iter(get_close_matches(note_id, new, n=1)), None)
    renamed = ""
    if nearest is not None:
        span = new[nearest].origin.span("id")
        place = f"{span.source.path}:{span.source.position(span.start).line}"
        renamed = f"if `{nearest}` at {place} is this note, give it back its id; else "
    hint = f"{renamed}restore it with a `retired:` line: `flashcards retire {note_id} --reason …` writes both"
    return error(
        "vanished-note", f"note `{note_id}` was released and is gone", _in_lock(lock_source, note_id), hint=hint, note=note_id
    )


# --------------------------------------------------------------------------------------------------------------- times


def build_times(
    collection: Collection, looks: Mapping[str, Look], lock: Lock | None, drafts: Drafts, now: int
) -> tuple[Times, Drafts]:
    """Return the time of everything in a build at `now`, and the drafts to remember.

    What is as it was released keeps its time. What differs is a draft: max(now, locked + 1, last draft + 1), kept until
    it changes again. A draft that went back to the released text is still a draft: this machine has built a later time.
    """
    lock = lock or Lock()
    note_times: dict[str, int] = {}
    kept: dict[str, Stamp] = {}
    for _, note in collection.notes():
        locked = lock.notes.get(note.id)
        stamp, is_draft = _stamp(note_hash(note, collection), locked.stamp if locked else None, drafts.notes.get(note.id), now)
        note_times[note.id] = stamp.time
        if is_draft:
            kept[note.id] = stamp
    type_times: dict[str, int] = {}
    kept_types: dict[str, Stamp] = {}
    for kind, look in looks.items():
        locked_type = lock.types.get(kind)
        new = type_hash(collection.note_types[kind], look, collection.short_title)
        stamp, is_draft = _stamp(new, locked_type.stamp if locked_type else None, drafts.types.get(kind), now)
        type_times[kind] = stamp.time
        if is_draft:
            kept_types[kind] = stamp
    return Times(note_times, type_times, tuple(kept), tuple(kept_types)), Drafts(kept, kept_types)


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


# ------------------------------------------------------------------------------------------------------------- release


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release would do; `lock` is what it would write."""

    lock: Lock
    new: tuple[str, ...]
    updated: tuple[str, ...]  # a learner's own tags and edits on these are replaced
    retired: tuple[str, ...]  # of `updated` and `new`, those that retire now
    restyled: tuple[str, ...]  # note types whose look changes
    released_before: int  # notes in the lock


def plan_release(
    collection: Collection,
    looks: Mapping[str, Look],
    lock: Lock | None,
    past: Iterable[Lock],
    drafts: Drafts,
    now: int,
    allow_future: bool = False,
) -> Plan:
    """Work out a release at `now`. `past` are earlier versions of the lock (git knows them): a time that one of them gave
    away is never given again, so that a revert or a merge still reaches those who have the later text.

    Raises `LedgerError` for a note without an id, or a new time more than a day ahead of the clock.
    """
    lock = lock or Lock()
    base = latest([lock, *past])
    notes: dict[str, LockedNote] = {}
    new: list[str] = []
    updated: list[str] = []
    retired: list[str] = []
    for _, note in collection.notes():
        if note.derived_id:
            span = note.origin.span()
            place = f"{span.source.path}:{span.source.position(span.start).line}"
            raise LedgerError(f"{place}: a note has no id, and a release is for ever. `flashcards fix` writes ids.")
        before = base.notes.get(note.id)
        found = note_hash(note, collection)
        if before is not None and before.stamp.hash == found:
            notes[note.id] = LockedNote(note.type.kind, before.stamp)
            continue
        time = later_time(now, before.stamp if before else None, drafts.notes.get(note.id))
        notes[note.id] = LockedNote(note.type.kind, Stamp(found, time))
        (new if before is None else updated).append(note.id)
        if note.retired is not None:
            retired.append(note.id)
    types: dict[str, LockedType] = {}
    restyled = []
    for kind, look in looks.items():
        note_type = collection.note_types[kind]
        before_type = base.types.get(kind)
        found = type_hash(note_type, look, collection.short_title)
        if before_type is not None and before_type.stamp.hash == found:
            types[kind] = LockedType(before_type.stamp, *_shape(note_type))
            continue
        time = later_time(now, before_type.stamp if before_type else None, drafts.types.get(kind))
        types[kind] = LockedType(Stamp(found, time), *_shape(note_type))
        if before_type is not None:
            restyled.append(kind)
    times = {**{k: n.stamp.time for k, n in notes.items()}, **{k: t.stamp.time for k, t in types.items()}}
    ahead = [key for key, time in times.items() if time > now + _DAY]
    if ahead and not allow_future:
        raise LedgerError(
            f"the time of `{ahead[0]}` would lie more than a day ahead of this machine's clock"
            f"{f' (and {len(ahead) - 1} more)' if len(ahead) > 1 else ''}. Set the clock right; if it is, a wrong clock "
            f"wrote {LOCK_FILE}: restore it from before, unless that release was published (then `--allow-future`)."
        )
    decks = {deck.key: deck.name for deck in collection.decks}
    return Plan(Lock(notes, types, decks), tuple(new), tuple(updated), tuple(retired), tuple(restyled), len(lock.notes))


def check_since(lock: Lock, published: Lock) -> list[str]:
    """Return a sentence for each time in `lock` that learners of the release `published` would never receive."""
    faults = []
    for key, before in published.notes.items():
        now = lock.notes.get(key)
        if now is None:
            faults.append(f"note `{key}` is gone from the lock")
        elif now.stamp.time < before.stamp.time:
            faults.append(f"the time of `{key}` went back from {before.stamp.time} to {now.stamp.time}")
        elif now.stamp.hash != before.stamp.hash and now.stamp.time == before.stamp.time:
            faults.append(f"`{key}` changed but kept its time {now.stamp.time}")
    for kind, before_type in published.types.items():
        now_type = lock.types.get(kind)
        if now_type is None:
            continue
        if now_type.stamp.time < before_type.stamp.time:
            faults.append(f"the time of note type `{kind}` went back from {before_type.stamp.time} to {now_type.stamp.time}")
        if (now_type.fields, now_type.cards, now_type.cloze) != (before_type.fields, before_type.cards, before_type.cloze):
            faults.append(f"the field or card ids of note type `{kind}` changed")
    return faults
