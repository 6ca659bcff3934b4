"""Compares a collection with its lock: what the last release forbids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches

from flashcards.collection.model import Collection, Note
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import Diagnostic, Source, Span, error
from flashcards.ledger.hashes import note_hash
from flashcards.ledger.lock import LOCK_FILE, Lock, LockedNote, LockedType, shape_of


def compare(collection: Collection, lock: Lock | None, lock_source: Source) -> list[Diagnostic]:
    """Report what the last release forbids: a changed collection id, vanished ids, changed kinds and field
    ids, renamed decks, a lost lock."""
    if lock is None:
        if not collection.released:
            return []
        place = Span(lock_source, 0, 0)
        hint = (
            "restore it with git, or `flashcards release --adopt OLD.apkg` reads it back "
            "from the last package"
        )
        return [error("lost-lock", f"the collection is released but has no {LOCK_FILE}", place, hint=hint)]
    if lock.collection != collection.id:  # nothing in the lock is about these notes
        return [_foreign_lock(collection, lock)]
    problems = []
    notes = {note.id: note for _, note in collection.notes()}
    for note_id, locked in lock.notes.items():
        note = notes.get(note_id)
        if note is None:
            problems.append(_vanished(note_id, locked, collection, lock, notes, lock_source))
        elif note.type.kind != locked.kind:
            problems.append(_kind_changed(note, locked))
    for deck in collection.decks:
        name = lock.decks.get(deck.key)
        if name is not None and name != deck.name:
            message = f"this deck was released as `{name}` and is now `{deck.name}`"
            hint = "cards that learners have never follow a rename: restore the title"
            problems.append(error("deck-renamed", message, deck.key_span("title"), hint=hint))
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
        if note_type is not None and shape_of(note_type) != locked_type.shape:
            problems.append(_type_changed(note_type, locked_type, _in_lock(lock_source, kind)))
    return problems


def is_as_released(
    collection: Collection, lock: Lock | None, kinds: Mapping[str, str], decks: Mapping[str, str]
) -> bool:
    """Tell whether `compare` would find nothing, without looking at the notes themselves.

    `kinds` holds the kind of every note by its id, `decks` the name of every deck by its key; nothing but
    settings and note types of `collection` is used."""
    if lock is None:
        return not collection.released
    note_types = collection.note_types
    return (
        lock.collection == collection.id
        and all(kinds.get(note_id) == locked.kind for note_id, locked in lock.notes.items())
        and all(decks.get(key) == name for key, name in lock.decks.items())
        and all(
            kind not in note_types or shape_of(note_types[kind]) == locked.shape
            for kind, locked in lock.types.items()
        )
    )


def compare_with_past(collection: Collection, lock: Lock | None, released: Lock) -> list[Diagnostic]:
    """Report what earlier releases forbid and the lock no longer tells, because a revert or a merge took them
    out of it: changed kinds and field ids. `released` is the latest row of each note and type of all times.

    What the lock itself holds, `compare` reports."""
    lock = lock or Lock()
    problems = [
        _kind_changed(note, before)
        for _, note in collection.notes()
        if note.id not in lock.notes
        and (before := released.notes.get(note.id)) is not None
        and before.kind != note.type.kind
    ]
    for kind, before_type in released.types.items():
        note_type = collection.note_types.get(kind)
        if kind not in lock.types and note_type is not None and shape_of(note_type) != before_type.shape:
            file = Span(Source(str(note_type.folder / "notetype.yaml"), ""), 0, 0)
            problems.append(_type_changed(note_type, before_type, file))
    return problems


def _kind_changed(note: Note, before: LockedNote) -> Diagnostic:
    message = f"`{note.id}` was released as `{before.kind}` and is now `{note.type.kind}`"
    way_out = f"keep `kind: {before.kind}`, or retire it and give the new note a new id"
    hint = f"learners' notes cannot change their type: {way_out}"
    return error("kind-changed", message, note.span("id"), hint=hint, note=note.id)


def _type_changed(note_type: NoteType, before: LockedType, place: Span) -> Diagnostic:
    fields, cards, _ = shape_of(note_type)
    message = f"the fields or cards of note type `{note_type.kind}` are not those that were released"
    released = f"released: fields {list(before.fields)}, cards {list(before.cards)}"
    hint = (
        f"{released}; now {list(fields)}, {list(cards)}. "
        "A rename keeps its id; a new field takes the place of a spare one"
    )
    return error("note-type-frozen", message, place, hint=hint)


def _foreign_lock(collection: Collection, lock: Lock) -> Diagnostic:
    message = (
        f"this was released as the collection `{lock.collection}` and is now `{collection.id}`: "
        "every learner would get every note a second time"
    )
    hint = (
        f"write `id: {lock.collection}` again; or, if this is a copy that goes its own way, "
        "`flashcards release --fork` begins a lock of its own"
    )
    place = collection.origin.span("id") if collection.origin is not None else None
    return error("collection-id-changed", message, place, hint=hint)


def _in_lock(lock_source: Source, key: str) -> Span:
    quoted = json.dumps(key, ensure_ascii=False)
    at = max(lock_source.text.find(f"    {quoted}: "), 0)
    return Span(lock_source, at + 4, at + 4 + len(quoted))


def _vanished(
    note_id: str,
    locked: LockedNote,
    collection: Collection,
    lock: Lock,
    notes: Mapping[str, Note],
    lock_source: Source,
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
        span = new[nearest].span("id")
        place = f" at {span.place}" if span else ""
        renamed = f"if `{nearest}`{place} is this note, give it back its id; else "
    hint = f"{renamed}restore it with a `retired:` line: `flashcards retire {note_id} --reason …` writes both"
    return error(
        "vanished-note",
        f"note `{note_id}` was released and is gone",
        _in_lock(lock_source, note_id),
        hint=hint,
        note=note_id,
    )
