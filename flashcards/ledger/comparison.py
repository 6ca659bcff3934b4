"""Compares a collection with its lock: what the last release forbids, and what learners would be surprised
by."""

from __future__ import annotations

import json
from collections.abc import Collection as Container
from collections.abc import Mapping
from typing import NamedTuple

from flashcards.collection.editing import scalar
from flashcards.collection.model import Collection, Deck, Note
from flashcards.collection.names import live_markup
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import Diagnostic, Source, Span, error, nearest, warning
from flashcards.ledger.cards import cloze_answers, moved_answers
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
    names = {deck.name for deck in collection.decks}
    new = {key: note for key, note in notes.items() if key not in lock.notes}
    by_content: dict[tuple[str, str], str] = {}  # the ids of new notes by kind and hash
    if not lock.notes.keys() <= notes.keys():
        for key, added in new.items():
            by_content.setdefault((added.type.kind, note_hash(added, collection)), key)
    for note_id, locked in lock.notes.items():
        note = notes.get(note_id)
        if note is None:
            problems.append(_vanished(note_id, locked, new, by_content, lock_source))
        elif note.type.kind != locked.kind:
            problems.append(_kind_changed(note, locked))
        elif note.type.cloze_field is not None and locked.cards is not None:
            answers = cloze_answers(note)
            problems += [_card_vanished(note, card) for card in locked.cards if card not in answers]
            if moved := moved_answers(locked.cards, answers):
                problems.append(_renumbered(note, moved))
    for deck, note in collection.notes():
        left = lock.deck_left(note.id, deck.name)
        if left in names and note.retired is None:  # else the deck itself was renamed or is gone
            problems.append(_moved(note, left, deck))
    for deck in collection.decks:
        name = lock.decks.get(deck.key)
        if name is not None and name != deck.name:
            message = f"this deck was released as `{name}` and is now `{deck.name}`"
            if live_markup(name) is not None:  # no name may be like this any more
                hint = "cards that learners have stay in the old deck, and new ones come into the new one"
                problems.append(warning("deck-renamed", message, deck.key_span("title"), hint=hint))
                continue
            hint = (
                "cards that learners have never follow a rename: restore it, or keep the name in Anki "
                f"with the line `name: {scalar(name)}`"
            )
            problems.append(error("deck-renamed", message, deck.key_span("title"), hint=hint))
    for key in sorted(lock.decks.keys() - {deck.key for deck in collection.decks}):
        if lock.decks[key] not in names:
            problems.append(_vanished_deck(key, lock, collection, _in_lock(lock_source, "decks", key)))
    for kind, locked_type in lock.types.items():
        note_type = collection.note_types.get(kind)
        if note_type is not None and shape_of(note_type) != locked_type.shape:
            problems.append(_type_changed(note_type, locked_type, _in_lock(lock_source, "note_types", kind)))
    return problems


class NoteState(NamedTuple):
    """What is compared of a note."""

    kind: str
    answers: Mapping[int, str]  # as `cloze_answers` returns them
    deck: str | None  # its name in Anki; None if the note is retired


def is_as_released(
    collection: Collection, lock: Lock | None, notes: Mapping[str, NoteState], decks: Mapping[str, str]
) -> bool:
    """Tell whether `compare` would find nothing, without looking at the notes themselves.

    `notes` holds the state of every note by its id, `decks` the name of every deck by its key; nothing but
    settings and note types of `collection` is used."""
    if lock is None:
        return not collection.released
    note_types = collection.note_types
    return (
        lock.collection == collection.id
        and all(
            (note := notes.get(note_id)) is not None
            and note.kind == locked.kind
            and (note_types[note.kind].cloze_field is None or _has_its_cards(locked, note.answers))
            and (note.deck is None or lock.deck_left(note_id, note.deck) is None)
            for note_id, locked in lock.notes.items()
        )
        and all(decks.get(key) == name for key, name in lock.decks.items())
        and all(
            kind not in note_types or shape_of(note_types[kind]) == locked.shape
            for kind, locked in lock.types.items()
        )
    )


def _has_its_cards(locked: LockedNote, answers: Mapping[int, str]) -> bool:
    before = locked.cards or {}
    return before.keys() <= answers.keys() and not moved_answers(before, answers)


def compare_with_past(
    collection: Collection, lock: Lock | None, released: Lock, cards: Mapping[str, Container[int]]
) -> list[Diagnostic]:
    """Report what earlier releases forbid and `compare` cannot see. That is what the lock no longer tells,
    because a revert or a merge took it out (kinds, field ids and cloze numbers), and cards that only the
    templates tell of. `released` is the latest row of each note and type of all times; `cards` holds the
    ordinals of every note's cards by its id."""
    lock = lock or Lock()
    problems = [
        _kind_changed(note, before)
        for _, note in collection.notes()
        if note.id not in lock.notes
        and (before := released.notes.get(note.id)) is not None
        and before.kind != note.type.kind
    ]
    for _, note in collection.notes():
        row = released.notes.get(note.id)
        if row is not None and row.kind == note.type.kind:
            problems += [_card_vanished(note, card) for card in row.cards or {} if card not in cards[note.id]]
    for kind, before_type in released.types.items():
        note_type = collection.note_types.get(kind)
        if kind not in lock.types and note_type is not None and shape_of(note_type) != before_type.shape:
            file = Span(Source(str(note_type.folder / "notetype.yaml"), ""), 0, 0)
            problems.append(_type_changed(note_type, before_type, file))
    return problems


def _moved(note: Note, before: str | None, deck: Deck) -> Diagnostic:
    message = f"`{note.id}` was released in the deck `{before}` and is now in `{deck.name}`"
    hint = "learners who have it keep its cards where they are; only newcomers get them here"
    return warning("note-moved", message, note.span("id"), hint=hint, note=note.id)


def _vanished_deck(key: str, lock: Lock, collection: Collection, place: Span) -> Diagnostic:
    name = lock.decks[key]
    new = [deck for deck in collection.decks if deck.key not in lock.decks]
    held = {note_id for note_id, row in lock.notes.items() if row.deck == key}
    heirs = [deck for deck in new if any(note.id in held for note in deck.notes)]
    near = nearest(key, [deck.key for deck in new])
    heir = heirs[0].key if heirs else near
    renamed = f"if `{heir}.yaml` is this deck, write `name: {scalar(name)}` into it; else " if heir else ""
    hint = f"{renamed}restore `{key}.yaml`; a deck whose notes are all retired stays as a file"
    return error("deck-vanished", f"the deck `{name}` was released and is gone", place, hint=hint)


def _kind_changed(note: Note, before: LockedNote) -> Diagnostic:
    message = f"`{note.id}` was released as `{before.kind}` and is now `{note.type.kind}`"
    way_out = f"keep `kind: {before.kind}`, or retire it and give the new note a new id"
    hint = f"learners' notes cannot change their type: {way_out}"
    return error("kind-changed", message, note.span("id"), hint=hint, note=note.id)


def _card_vanished(note: Note, ordinal: int) -> Diagnostic:
    if note.type.cloze_field is not None:
        gone = f"`c{ordinal + 1}`"
        keep = f"keep a deletion with this number: `{{{{c{ordinal + 1}::…}}}}`"
        key = note.type.cloze_field
    else:
        gone = f"the card `{note.type.cards[ordinal].name}`"
        keep = "fill again what its front shows"
        key = "id"
    message = f"{gone} of `{note.id}` was released and is gone: who has this card is shown an error on it"
    hint = (
        f"{keep}. If the note is to be another one, put its old text back, retire it "
        f"(`flashcards retire {note.id}`) and write a new note"
    )
    return error("card-vanished", message, note.span(key), hint=hint, note=note.id)


def _renumbered(note: Note, moved: Mapping[int, int]) -> Diagnostic:
    what = ", ".join(f"`c{now + 1}` asks for what was `c{before + 1}`" for now, before in moved.items())
    message = f"{what} when `{note.id}` was released: learners' reviews stay with the number"
    hint = "give each answer the number that it had; a new answer gets a new number"
    return warning("cloze-renumbered", message, note.span(note.type.cloze_field), hint=hint, note=note.id)


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


def _in_lock(lock_source: Source, section: str, key: str) -> Span:
    """Return the place of a key in one of the lock's sections; a note may be called like a deck or a kind."""
    quoted = json.dumps(key, ensure_ascii=False)
    begin = max(lock_source.text.find(f'\n  "{section}": '), 0)
    at = max(lock_source.text.find(f"\n    {quoted}: ", begin) + 1, 0)
    return Span(lock_source, at + 4, at + 4 + len(quoted))


_MOST_COMPARED = 200  # new ids with which each that is gone is compared


def _vanished(
    note_id: str,
    locked: LockedNote,
    new: Mapping[str, Note],
    by_content: Mapping[tuple[str, str], str],
    lock_source: Source,
) -> Diagnostic:
    meant = by_content.get((locked.kind, locked.stamp.hash))
    if meant is None and len(new) <= _MOST_COMPARED:
        meant = nearest(note_id, new)
    renamed = ""
    if meant is not None:
        span = new[meant].span("id")
        place = f" at {span.place}" if span else ""
        renamed = f"if `{meant}`{place} is this note, give it back its id; else "
    hint = f"{renamed}restore it with a `retired:` line: `flashcards retire {note_id} --reason …` writes both"
    return error(
        "vanished-note",
        f"note `{note_id}` was released and is gone",
        _in_lock(lock_source, "notes", note_id),
        hint=hint,
        note=note_id,
    )
