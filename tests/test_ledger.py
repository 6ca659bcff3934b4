"""The pure functions of the ledger, which keep what learners have, and of the actions that use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from conftest import Folder
from people import rewrite
from test_notetypes import KINDS

import flashcards
from flashcards.actions import adopting, fixing, releasing, retiring
from flashcards.cards.fields import field_html
from flashcards.cards.templates import card_ordinals, looks_of
from flashcards.collection import identity
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Choice, Citation, Collection, Deck, Note, Reference, Table
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import Source, error
from flashcards.importers.apkg import PackageNote
from flashcards.languages import yaml
from flashcards.ledger import store
from flashcards.ledger.cards import cards_of, cloze_answers, moved_answers
from flashcards.ledger.comparison import NoteState, compare, compare_with_past, is_as_released
from flashcards.ledger.hashes import Hashes, note_hash, note_hashes, type_hash, type_hashes
from flashcards.ledger.lock import (
    AMBIGUOUS,
    DRAFTS_FILE,
    UNKNOWN,
    DamagedLockError,
    Drafts,
    LedgerError,
    Lock,
    LockedNote,
    LockedType,
    Stamp,
    dump_drafts,
    dump_lock,
    latest,
    parse_drafts,
    parse_lock,
    shape_of,
)
from flashcards.ledger.release import Plan, check_since, plan_release
from flashcards.ledger.store import (
    read_drafts,
    read_lock,
    refuse_foreign,
    refuse_installed,
    released_ids,
    write_drafts,
)
from flashcards.ledger.times import build_times, later_time
from flashcards.reporting import some
from flashcards.resources import bundled

# ------------------------------------------------------------------------------------------- what was released for ever

OLD = Path(__file__).parent / "data/lock-0.9.0.json"
# Notes and note types that a later release of the shipped decks changed on purpose; their old hashes are history
CHANGED_SINCE = frozenset(KINDS)  # texts on cards run in the direction of their own letters


def test_the_released_notes_keep_their_hashes_and_times() -> None:
    """A note whose hash moves without a change of its text is touched in every learner's collection."""
    released = parse_lock(OLD.read_text())
    collection = flashcards.load(bundled("decks")).raise_for_errors()
    now = parse_lock((bundled("decks") / "flashcards.lock").read_text())
    hashes = {**note_hashes(collection), **type_hashes(collection, looks_of(collection))}
    assert len(released.notes) == 545
    stamps, stamps_now = (
        {key: row.stamp for rows in (lock.notes, lock.types) for key, row in rows.items()}
        for lock in (released, now)
    )
    for key, stamp in stamps.items():
        if key not in CHANGED_SINCE:
            assert hashes[key] == stamp.hash, key
            assert stamps_now[key] == stamp, key
    assert now.notes.keys() >= released.notes.keys()


# ---------------------------------------------------------------------------------------------------------------- cards


@pytest.fixture
def note(folder: Folder) -> Callable[[str], Note]:
    """`note(yaml)` returns the note of a deck that consists of it."""

    def make(text: str) -> Note:
        folder.deck(text)
        ((_, made),) = flashcards.load(Path("decks")).collection.notes()
        return made

    return make


def cloze(note: Callable[[str], Note], text: str) -> Note:
    return note(f"- id: A1\n  cloze: {json.dumps(text)}\n")


@pytest.mark.parametrize(
    ("text", "ordinals"),
    [
        ("{{c1::a}}", [0]),
        ("{{c2::a}} {{c1::b}} {{c2::c}}", [0, 1]),
        ("{{c1::a {{c2::b}} c}}", [0, 1]),
        ("{{c1,3::a}}", [0, 2]),
        ("{{c0::a}} {{c1::b}}", [0]),
        ("{{c500::a}} {{c501::b}} {{c9999::c}}", [499]),
        ("$\\frac{{{c1::a}}}{b}$ and `{{c2::code}}`", [0, 1]),
        ("{{c1::![a dot](dot.png)}}", [0]),
    ],
)
def test_cards_of_a_cloze_note_are_those_that_the_package_holds(
    note: Callable[[str], Note], text: str, ordinals: list[int]
) -> None:
    made = cloze(note, text)
    assert list(cloze_answers(made)) == ordinals
    collection = flashcards.load(Path("decks")).collection
    look = looks_of(collection)["cloze"]
    assert card_ordinals(made.type, look, field_html(made, {})) == ordinals
    assert list(cards_of(made, look)) == ordinals


def test_every_cloze_of_the_shipped_decks_has_the_cards_that_the_package_holds() -> None:
    collection = flashcards.load(bundled("decks")).collection
    looks = looks_of(collection)
    clozes = [n for _, n in collection.notes() if n.type.cloze_field is not None]
    assert len(clozes) > 20
    for each in clozes:
        assert list(cloze_answers(each)) == card_ordinals(each.type, looks["cloze"], field_html(each, {}))


def test_cards_of_other_kinds_have_no_answers_and_a_retired_note_keeps_its_own(
    note: Callable[[str], Note],
) -> None:
    made = note("- {id: A1, kind: reversed, front: a, back: b, retired: old}")
    look = looks_of(flashcards.load(Path("decks")).collection)["reversed"]
    assert cards_of(made, look) == {0: "", 1: ""}
    assert cloze_answers(made) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{{c1::a b}}", "{{c1::a  b}}", True),
        ("{{c1::a b}}", "{{c1::**a** b::hint}}", True),
        ("before {{c1::a}}", "{{c1::a}} behind", True),
        ("{{c1::a}} {{c1::b}}", "{{c1::b}} {{c1::a}}", False),
        ("{{c1::a}} {{c1::b}}", "{{c1::ab}}", False),
        ("{{c1::a}}", "{{c1::b}}", False),
        ("{{c1::![x](p.png)}}", "{{c1::![x](q.png)}}", False),
        ("{{c1::x {{c2::y}}}}", "{{c1::x {{c3::y}}}}", True),
    ],
)
def test_an_answer_is_known_by_its_words(
    note: Callable[[str], Note], one: str, other: str, same: bool
) -> None:
    first, second = cloze_answers(cloze(note, one))[0], cloze_answers(cloze(note, other))[0]
    assert (first == second) == same
    assert len(first) == 8


@pytest.mark.parametrize(
    ("now", "moved"),
    [
        ({0: "a", 1: "b", 2: "c"}, {}),
        ({0: "b", 1: "a", 2: "c"}, {0: 1, 1: 0}),
        ({0: "b", 1: "c", 2: "a"}, {0: 1, 1: 2, 2: 0}),
        ({0: "x", 1: "a", 2: "b"}, {1: 0, 2: 1}),  # a new answer before the others
        ({0: "b", 1: "c"}, {0: 1, 1: 2}),  # the first one taken out
        ({0: "x", 1: "b", 2: "c"}, {}),  # reworded
        ({0: "a", 1: "a", 2: "c"}, {}),  # the same again
        ({0: "a", 1: "b", 2: "c", 3: "c"}, {}),
        ({0: "a", 1: "b", 2: "x", 3: "c"}, {}),  # nobody has a card 3
    ],
)
def test_answers_that_moved(now: dict[int, str], moved: dict[int, int]) -> None:
    assert moved_answers({0: "a", 1: "b", 2: "c"}, now) == moved


def test_unknown_answers_never_move() -> None:
    assert moved_answers({0: "", 1: ""}, {0: "a", 1: ""}) == {}


# ------------------------------------------------------------------------------------------------------------- the lock

LOCK = Lock(
    {
        "A1": LockedNote("basic", Stamp("aaaa", 10), {0: ""}),
        "Ä2": LockedNote("cloze", Stamp("bbbb", 11), {0: "x", 2: "y"}),
        "A3": LockedNote("basic", Stamp("cccc", 12), {}),
        "A4": LockedNote("basic", Stamp("dddd", 13)),
    },
    {"basic": LockedType(Stamp("eeee", 14), (101, 901), (201,), False)},
    {"01-deck": "Test::01 Deck"},
    "test",
)
LOCK_TEXT = """\
{
  "version": 1,
  "collection": "test",
  "decks": {
    "01-deck": "Test::01 Deck"
  },
  "note_types": {
    "basic": {"hash": "eeee", "time": 14, "fields": [101, 901], "cards": [201], "cloze": false}
  },
  "notes": {
    "A1": {"kind": "basic", "hash": "aaaa", "time": 10, "cards": [0]},
    "A3": {"kind": "basic", "hash": "cccc", "time": 12, "cards": []},
    "A4": {"kind": "basic", "hash": "dddd", "time": 13},
    "Ä2": {"kind": "cloze", "hash": "bbbb", "time": 11, "cards": [0, 2], "answers": ["x", "y"]}
  }
}
"""


def test_a_lock_is_one_line_a_note_and_is_read_back() -> None:
    assert dump_lock(LOCK) == LOCK_TEXT
    assert parse_lock(LOCK_TEXT) == LOCK


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"cards": [0, 2]', '"cards": [0]'),
        ('"cards": [0, 2]', '"cards": 0'),
        ('"cards": [0, 2]', '"cards": ["c1", "c2"]'),
        ('"time": 11', '"time": "never"'),
        ('"collection": "test",', ""),
        ('"version": 1', '"version": 1, "x"'),
    ],
)
def test_a_damaged_lock_is_refused(old: str, new: str) -> None:
    assert LOCK_TEXT.count(old) == 1
    with pytest.raises(
        DamagedLockError, match=r"flashcards.lock is damaged .* `git checkout flashcards.lock`"
    ):
        parse_lock(LOCK_TEXT.replace(old, new))


def test_the_latest_row_has_the_cards_of_all() -> None:
    def row(time: int, *cards: str, kind: str = "cloze") -> LockedNote:
        return LockedNote(kind, Stamp(f"hash {time}", time), dict(enumerate(cards)))

    def merged(*rows: LockedNote) -> LockedNote:
        return latest(Lock({"A1": each}) for each in rows).notes["A1"]

    of_all = merged(row(1, "a", "b"), row(3, "c"), row(2, "d", "e", "f"))
    assert of_all.stamp == Stamp("hash 3", 3)
    assert of_all.cards is not None
    assert list(of_all.cards) == [0, 1, 2]
    assert of_all.cards[0] == "c"
    assert merged(row(2, "a"), LockedNote("cloze", Stamp("x", 3))).cards == {0: "a"}
    assert merged(LockedNote("cloze", Stamp("x", 1)), LockedNote("cloze", Stamp("y", 2))).cards is None
    assert merged(row(1, "a", "b"), row(2, "c", kind="basic")).cards == {0: "c"}


# ---------------------------------------------------------------------------------- a collection, and what was released


TYPES = flashcards.note_types()


def basic(note_id: str, back: str = "b", **values: Any) -> Note:
    return Note(note_id, TYPES["basic"], {"front": f"What is {note_id}?", "back": back}, **values)


def gaps(note_id: str, text: str, **values: Any) -> Note:
    return Note(note_id, TYPES["cloze"], {"cloze": text}, **values)


def deck(key: str, *notes: Note, name: str = "") -> Deck:
    return Deck(key, key, notes, name or f"Test::{key}")


def made(*decks: Deck, **values: Any) -> Collection:
    given = {"id": "test", "title": "Test", "created": date(2026, 1, 1), "note_types": TYPES, **values}
    return Collection(decks=decks, **given)


def hashes_of(collection: Collection) -> Hashes:
    return Hashes(note_hashes(collection), type_hashes(collection, looks_of(collection)))


def plan(
    collection: Collection,
    lock: Lock | None = None,
    now: int = 100,
    *,
    past: Iterable[Lock] = (),
    **others: Any,
) -> Plan:
    looks = looks_of(collection)
    cards = {note.id: cards_of(note, looks[note.type.kind]) for _, note in collection.notes()}
    released = latest([*([lock] if lock else []), *past])
    drafts = others.pop("drafts", Drafts())
    return plan_release(collection, hashes_of(collection), cards, lock, released, drafts, now, **others)


FIRST = made(deck("one", basic("A1"), gaps("A2", "{{c1::x}} {{c2::y}}")), deck("two", basic("B1")))
LOCKED = plan(FIRST).lock


def test_a_first_release_has_a_row_for_everything_at_its_own_time() -> None:
    planned = plan(FIRST)
    assert (planned.new, planned.updated, planned.retired) == (("A1", "A2", "B1"), (), ())
    assert (planned.restyled, planned.released_before, planned.gone, planned.moved) == ((), 0, (), ())
    lock = planned.lock
    assert (lock.collection, lock.decks) == ("test", {"one": "Test::one", "two": "Test::two"})
    assert {key: (row.kind, row.deck, list(row.cards or {})) for key, row in lock.notes.items()} == {
        "A1": ("basic", "one", [0]),
        "A2": ("cloze", "one", [0, 1]),
        "B1": ("basic", "two", [0]),
    }
    assert {row.stamp.time for rows in (lock.notes, lock.types) for row in rows.values()} == {100}
    assert {key: row.stamp.hash for key, row in lock.notes.items()} == hashes_of(FIRST).notes
    assert {kind: row.shape for kind, row in lock.types.items()} == {
        kind: shape_of(TYPES[kind]) for kind in ("basic", "cloze")
    }


def test_a_release_of_the_same_is_the_same_at_any_clock() -> None:
    for now in (50, 100, 200):
        again = plan(FIRST, LOCKED, now)
        assert again.lock == LOCKED
        assert (again.new, again.updated, again.restyled, again.released_before) == ((), (), (), 3)


def test_only_what_changed_gets_a_later_time() -> None:
    changed = made(deck("one", basic("A1", "c"), gaps("A2", "{{c1::x}} {{c2::y}}")), deck("two", basic("B1")))
    planned = plan(changed, LOCKED, 200)
    assert (planned.new, planned.updated) == ((), ("A1",))
    assert [planned.lock.notes[key].stamp.time for key in ("A1", "A2", "B1")] == [200, 100, 100]
    assert planned.lock.types == LOCKED.types
    assert plan(changed, LOCKED, 7).lock.notes["A1"].stamp.time == 101  # with the clock behind


def test_a_look_that_changed_gets_a_later_time_and_touches_no_note() -> None:
    renamed = replace(FIRST, short_title="Cards")
    planned = plan(renamed, LOCKED, 200)
    assert (planned.updated, planned.restyled) == ((), ("basic", "cloze"))
    assert [planned.lock.types[kind].stamp.time for kind in ("basic", "cloze")] == [200, 200]
    assert plan(renamed, LOCKED, 7).lock.types["basic"].stamp.time == 101


def test_a_note_that_is_retired_or_moved_is_counted() -> None:
    retired = made(
        deck("one", gaps("A2", "{{c1::x}} {{c2::y}}", retired="old"), basic("C1", retired="never in study")),
        deck("two", basic("A1"), basic("B1", retired="old")),
    )
    planned = plan(retired, LOCKED, 200)
    assert (planned.new, planned.updated) == (("C1",), ("A2", "B1"))
    assert planned.retired == ("A2", "C1", "B1")
    assert planned.moved == ("A1",)
    moved_and_retired = made(
        deck("one", gaps("A2", "{{c1::x}} {{c2::y}}")), deck("two", basic("A1", retired=""))
    )
    assert plan(moved_and_retired, LOCKED, 200).moved == ()


def test_a_time_that_any_release_gave_away_is_never_given_again() -> None:
    """The lock was reverted to the first release; those who have the second one get the first text again."""
    second = plan(made(deck("one", basic("A1", "c")), deck("two", basic("B1"))), LOCKED, 200).lock
    planned = plan(FIRST, LOCKED, 150, past=[second])
    assert planned.updated == ("A1",)
    assert planned.lock.notes["A1"].stamp.time == 201
    assert planned.lock.notes["B1"].stamp.time == 100


def test_a_note_of_an_earlier_release_that_is_nowhere_now_is_named() -> None:
    other = plan(made(deck("one", basic("A1"), basic("Z1"), basic("B1"))), now=90).lock
    without = made(deck("two", basic("B1")))
    lock = plan(without).lock
    assert plan(without, lock, past=[other]).gone == ("A1", "Z1")
    assert plan(made(deck("two", basic("B1"), basic("Z1"))), lock, past=[other]).gone == ("A1",)


def test_a_release_refuses_a_note_without_an_id() -> None:
    with pytest.raises(LedgerError, match=r"begins “What is A1\?”: a note has no id"):
        plan(made(deck("one", basic("A1", derived_id=True))))


DAY = 86_400


def test_a_release_refuses_a_time_more_than_a_day_ahead() -> None:
    ahead = plan(FIRST, now=100 + DAY).lock
    changed = made(deck("one", basic("A1", "c"), gaps("A2", "{{c1::x}}"), basic("B1")))
    assert plan(FIRST, ahead).lock == ahead  # exactly a day is no fault
    with pytest.raises(LedgerError, match=r"time of `A1` would lie more than a day .* \(and 1 more\)"):
        plan(changed, ahead)
    assert plan(changed, ahead, allow_future=True).lock.notes["A1"].stamp.time == 101 + DAY


def test_a_draft_that_is_later_than_the_release_counts() -> None:
    hashes = hashes_of(FIRST).notes
    taken_back = Drafts({"A1": Stamp("other", 150)})
    planned = plan(FIRST, LOCKED, 120, drafts=taken_back)
    assert planned.updated == ("A1",)
    assert planned.lock.notes["A1"].stamp == Stamp(hashes["A1"], 151)
    released = Drafts({"A1": Stamp("other", 100)})
    assert plan(FIRST, LOCKED, 120, drafts=released).updated == ()
    first = plan(FIRST, now=120, drafts=Drafts({"A1": Stamp(hashes["A1"], 150)}, {"basic": Stamp("x", 160)}))
    assert (first.lock.notes["A1"].stamp.time, first.lock.notes["B1"].stamp.time) == (151, 120)
    assert first.lock.types["basic"].stamp.time == 161


def test_drafts_of_a_clock_ahead_are_forgotten_and_named() -> None:
    drafts = Drafts(
        {"A1": Stamp("x", 100 + DAY + 1), "B1": Stamp("y", 99 + DAY), "A2": Stamp("x", 100 + DAY)},
        {"basic": Stamp("z", 10**9)},
        "test",
    )
    planned = plan(FIRST, LOCKED, drafts=drafts)
    assert planned.forgotten == ("A1", "A2", "basic")
    assert planned.drafts == Drafts({"B1": Stamp("y", 99 + DAY)}, {}, "test")
    assert planned.updated == ("B1",)
    kept = plan(FIRST, LOCKED, drafts=drafts, allow_future=True)
    assert (kept.forgotten, kept.drafts, kept.updated) == ((), drafts, ("A1", "A2", "B1"))


# ---------------------------------------------------------------------------------------- since an earlier release


def since(**changes: Any) -> list[str]:
    """Return what is wrong with a lock that has these rows in the place of those that were published."""
    notes, types = {**LOCKED.notes, **changes.pop("notes", {})}, {**LOCKED.types, **changes.pop("types", {})}
    notes = {key: row for key, row in notes.items() if row is not None}
    types = {kind: row for kind, row in types.items() if row is not None}
    return check_since(Lock(notes, types), LOCKED)


def note_row(key: str, **changes: Any) -> dict[str, LockedNote]:
    return {key: replace(LOCKED.notes[key], **changes)}


def type_row(kind: str, **changes: Any) -> dict[str, LockedType]:
    return {kind: replace(LOCKED.types[kind], **changes)}


@pytest.mark.parametrize(
    ("notes", "types", "faults"),
    [
        ({}, {}, []),
        (note_row("A1", stamp=Stamp("new", 101)), {}, []),
        (note_row("A1", stamp=Stamp("new", 100)), {}, ["`A1` changed but kept its time 100"]),
        (note_row("A1", stamp=Stamp("new", 99)), {}, ["the time of `A1` went back from 100 to 99"]),
        ({"A1": None}, {}, ["note `A1` is gone from the lock"]),
        (note_row("A1", kind="cloze"), {}, ["`A1` was released as `basic` and is now `cloze`"]),
        (note_row("A2", cards={0: "x"}), {}, ["`A2` has no card 2 any more"]),
        (note_row("A2", cards={0: "x", 1: "y", 2: "z"}), {}, []),
        (note_row("A2", cards=None), {}, []),
        ({}, {"basic": None}, []),
        ({}, type_row("basic", stamp=Stamp("new", 99)), ["the time of note type `basic` went back from 100 to 99"]),
        ({}, type_row("basic", stamp=Stamp("new", 101)), []),
        ({}, type_row("basic", fields=(1,)), ["the field or card ids of note type `basic` changed"]),
        ({}, type_row("basic", cards=(1,)), ["the field or card ids of note type `basic` changed"]),
        ({}, type_row("basic", cloze=True), ["the field or card ids of note type `basic` changed"]),
    ],
)  # fmt: skip
def test_what_learners_of_an_earlier_release_would_never_receive(
    notes: dict[str, Any], types: dict[str, Any], faults: list[str]
) -> None:
    assert since(notes=notes, types=types) == faults


# ------------------------------------------------------------------------------------------ what the lock forbids


def other_fields(kind: str) -> dict[str, NoteType]:
    fields = TYPES[kind].fields
    return {**TYPES, kind: replace(TYPES[kind], fields=(*fields[:-1], replace(fields[-1], id=199)))}


A2 = gaps("A2", "{{c1::x}} {{c2::y}}")
TWO = deck("two", basic("B1"))


@pytest.mark.parametrize(
    ("now", "rules"),
    [
        (FIRST, []),
        (made(deck("one", basic("A1", "changed"), A2, basic("C1")), TWO, deck("three")), []),
        (made(deck("one", basic("A1", retired="old"), A2), TWO), []),
        (made(deck("one", A2), TWO), ["vanished-note"]),
        (made(deck("one", gaps("A1", "{{c1::x}}"), A2), TWO), ["kind-changed"]),
        (made(deck("one", basic("A1"), gaps("A2", "{{c1::x}}")), TWO), ["card-vanished"]),
        (made(deck("one", basic("A1"), gaps("A2", "{{c1::y}} {{c2::x}}")), TWO), ["cloze-renumbered"]),
        (made(deck("one", basic("A1"), gaps("A2", "{{c1::z}} {{c2::y}} {{c3::x}}")), TWO), []),
        (made(deck("one", A2), deck("two", basic("B1"), basic("A1"))), ["note-moved"]),
        (made(deck("one", A2), deck("two", basic("B1"), basic("A1", retired="old"))), []),
        (made(deck("one", basic("A1"), A2, name="Test::1"), TWO), ["deck-renamed"]),
        (made(deck("one", basic("A1"), A2, basic("B1"))), ["deck-vanished"]),
        (made(deck("other", basic("A1"), A2, name="Test::one"), TWO), []),
        (replace(FIRST, note_types=other_fields("basic")), ["note-type-frozen"]),
        (replace(FIRST, note_types=other_fields("choice")), []),
        (replace(FIRST, id="other"), ["collection-id-changed"]),
    ],
)  # fmt: skip
def test_what_the_last_release_forbids(now: Collection, rules: list[str]) -> None:
    """And the way of the cache, which sees no notes, finds a fault in the same collections."""
    source = Source("flashcards.lock", dump_lock(LOCKED))
    assert [finding.rule for finding in compare(now, LOCKED, source)] == rules
    states = {
        note.id: NoteState(note.type.kind, cloze_answers(note), None if note.retired else deck.name)
        for deck, note in now.notes()
    }
    is_clean = is_as_released(now, LOCKED, states, {deck.key: deck.name for deck in now.decks})
    if now.decks[0].key == "other":  # a deck's file was renamed: left to the exact way
        assert not is_clean
    else:
        assert is_clean == (not rules)


@pytest.mark.parametrize("released", [True, False])
def test_a_lost_lock_is_missed_once_there_was_a_release(released: bool) -> None:
    now = replace(FIRST, released=released)
    found = [finding.rule for finding in compare(now, None, Source("flashcards.lock", ""))]
    assert found == ["lost-lock"] * released
    assert is_as_released(now, None, {}, {}) != released


def test_a_vanished_note_is_looked_for_under_another_id() -> None:
    def hint(*notes: Note) -> str | None:
        text = Source("flashcards.lock", dump_lock(LOCKED))
        (finding,) = compare(made(deck("one", A2, *notes), TWO), LOCKED, text)
        assert text.text[finding.span.start : finding.span.end] == '"A1"'
        return finding.hint

    same_text = Note("Z9", TYPES["basic"], {"front": "What is A1?", "back": "b"})
    assert "`Z9` is this note" in hint(basic("A11"), same_text)
    assert "`A11` is this note" in hint(basic("A11"), basic("Z9"))
    assert hint(basic("Z9")).startswith("restore it with a `retired:` line: `flashcards retire A1 ")


def test_earlier_releases_forbid_what_the_lock_no_longer_tells() -> None:
    def past(now: Collection, lock: Lock | None, *, cards: dict[str, list[int]] | None = None) -> list[str]:
        own = {note.id: [0, 1] for _, note in now.notes()}
        return [f.rule for f in compare_with_past(now, lock, LOCKED, {**own, **(cards or {})})]

    kind = made(deck("one", gaps("A1", "{{c1::x}}"), A2), TWO)
    assert past(FIRST, None) == []
    assert past(kind, None) == ["kind-changed"]
    assert past(kind, LOCKED) == []  # `compare` has said it
    assert past(FIRST, LOCKED, cards={"A2": [0]}) == ["card-vanished"]
    assert past(FIRST, LOCKED, cards={"A1": []}) == ["card-vanished"]
    assert past(kind, None, cards={"A1": []}) == ["kind-changed"]  # other cards are meant
    frozen = replace(FIRST, note_types=other_fields("basic"))
    assert past(frozen, None) == ["note-type-frozen"]
    assert past(frozen, LOCKED) == []


def test_the_deck_that_a_note_left() -> None:
    assert LOCKED.deck_left("A1", "Test::two") == "Test::one"
    assert LOCKED.deck_left("A1", "Test::one") is None
    assert LOCKED.deck_left("C1", "Test::one") is None
    assert Lock({"A1": LockedNote("basic", Stamp("", 1))}, {}, LOCKED.decks).deck_left("A1", "other") is None


# ------------------------------------------------------------------------------------------- times and drafts

LOCK_OF_TIMES = Lock(
    {"A": LockedNote("basic", Stamp("a", 100))}, {"t": LockedType(Stamp("t", 100), (), (), False)}
)


@pytest.mark.parametrize(
    ("found", "draft", "now", "stamp", "is_draft"),
    [
        ("a", None, 500, Stamp("a", 100), False),
        ("a", None, 5, Stamp("a", 100), False),
        ("b", None, 500, Stamp("b", 500), True),
        ("b", None, 5, Stamp("b", 101), True),
        ("b", None, 100, Stamp("b", 101), True),
        ("b", Stamp("b", 200), 500, Stamp("b", 200), True),  # the same draft
        ("c", Stamp("b", 200), 500, Stamp("c", 500), True),
        ("c", Stamp("b", 200), 200, Stamp("c", 201), True),
        ("a", Stamp("b", 200), 5, Stamp("a", 201), True),  # taken back
        ("a", Stamp("b", 100), 5, Stamp("a", 100), False),  # released since
        ("a", Stamp("b", 99), 5, Stamp("a", 100), False),
        ("b", Stamp("b", 100), 5, Stamp("b", 101), True),
    ],
)
def test_times_of_a_build_only_grow(
    found: str, draft: Stamp | None, now: int, stamp: Stamp, is_draft: bool
) -> None:
    """The same holds for note types."""
    own = {"A": draft} if draft else {}
    times, kept = build_times({"A": found}, {}, LOCK_OF_TIMES, Drafts(own), now)
    assert (times.notes, times.drafts) == ({"A": stamp.time}, ("A",) if is_draft else ())
    assert kept.notes == ({"A": stamp} if is_draft else own)
    lock = Lock({}, {"t": LockedType(Stamp("a", 100), (), (), False)})
    own = {"t": draft} if draft else {}
    times, kept = build_times({}, {"t": found}, lock, Drafts({}, own), now)
    assert (times.types, times.draft_types) == ({"t": stamp.time}, ("t",) if is_draft else ())
    assert kept.types == ({"t": stamp} if is_draft else own)


def test_a_note_that_was_never_released_gets_the_time_of_its_build() -> None:
    times, kept = build_times({"A": "a"}, {"t": "t"}, None, Drafts(), 500)
    assert (times.notes, times.types, times.drafts, times.draft_types) == (
        {"A": 500},
        {"t": 500},
        ("A",),
        ("t",),
    )
    assert build_times({"A": "a"}, {"t": "t"}, None, kept, 900) == (times, kept)


def test_drafts_are_remembered_for_ever() -> None:
    """Also of what is gone, or was released since: the note may come back, and the release may be on another
    branch."""
    drafts = Drafts({"A": Stamp("x", 150), "B": Stamp("y", 60)}, {"t": Stamp("x", 150), "u": Stamp("y", 60)})
    for lock in (LOCK_OF_TIMES, None):
        times, kept = build_times({}, {}, lock, drafts, 500)
        assert kept == drafts
        assert (times.drafts, times.draft_types) == ((), ())
    old = Drafts({"A": Stamp("x", 50)}, {"t": Stamp("x", 50)})
    times, kept = build_times({"A": "a"}, {"t": "t"}, LOCK_OF_TIMES, old, 500)
    assert (times.drafts, times.draft_types, kept) == ((), (), old)


def test_the_later_time_is_behind_all_others() -> None:
    assert later_time(5) == 5
    assert later_time(5, None, Stamp("", 4)) == 5
    assert later_time(5, Stamp("", 5), None, Stamp("", 9)) == 10


def test_drafts_are_read_back_and_a_damaged_file_is_none() -> None:
    drafts = Drafts({"Ä": Stamp("a", 1)}, {"t": Stamp("b", 2)}, "test")
    assert parse_drafts(dump_drafts(drafts)) == drafts
    before_1_0 = '{"notes": {"A": ["a", 1]}, "types": {}}'
    assert parse_drafts(before_1_0) == Drafts({"A": Stamp("a", 1)})
    for damaged in ("", "{", "[]", '{"notes": {}}', '{"notes": {"A": ["a", -1]}, "types": {}}', "[" * 99_999):
        assert parse_drafts(damaged) == Drafts()


@pytest.mark.parametrize(("old", "new"), [("10,", "-1,"), ("10,", "1e999,"), ("10,", "253402300800,")])
def test_a_time_that_anki_could_not_hold_is_damage(old: str, new: str) -> None:
    with pytest.raises(DamagedLockError, match="damaged"):
        parse_lock(LOCK_TEXT.replace(f'"time": {old}', f'"time": {new}'))


def test_a_lock_of_a_later_version_and_one_in_conflict_are_told_apart_from_damage() -> None:
    with pytest.raises(LedgerError, match="format 2; this version of flashcards reads 1") as found:
        parse_lock(LOCK_TEXT.replace('"version": 1', '"version": 2'))
    assert not isinstance(found.value, DamagedLockError)
    conflict = LOCK_TEXT.replace("{\n", "<<<<<<< HEAD\n{\n", 1)
    with pytest.raises(DamagedLockError, match=r"v1:x has a merge conflict.*[(]`git checkout --theirs v1:x`"):
        parse_lock(conflict, "v1:x")


def test_the_latest_row_is_that_of_the_latest_time() -> None:
    def merged(*stamps: Stamp) -> Stamp:
        locks = [Lock({"A": LockedNote("basic", s)}, {"t": LockedType(s, (), (), False)}) for s in stamps]
        found = latest(locks)
        assert found.notes["A"].stamp == found.types["t"].stamp
        return found.notes["A"].stamp

    early, late, rival = Stamp("a", 1), Stamp("b", 2), Stamp("c", 2)
    assert merged(early, late) == merged(late, early) == late
    assert merged(late, Stamp("b", 2)) == late
    assert merged(late, rival) == merged(rival, early, late) == Stamp(AMBIGUOUS, 2)
    unknown = Stamp(UNKNOWN, 2)
    assert merged(late, unknown) == merged(unknown, late) == late
    assert merged(Stamp(UNKNOWN, 3), late) == Stamp(UNKNOWN, 3)


def test_names_of_decks_are_those_of_the_first_lock_that_tells_them() -> None:
    found = latest([Lock(decks={"one": "New"}), Lock(decks={"one": "Old", "two": "Two"})])
    assert found.decks == {"one": "New", "two": "Two"}


# ------------------------------------------------------------------------------------------------------- hashes

REFERENCE = Reference("ml", "Rules", "Rules 2020", url="https://example.org/rules")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "dot.png"
    path.write_bytes(b"red")
    return path


def test_a_hash_moves_with_all_that_a_learner_gets(picture: Path) -> None:
    one = basic("A1", "![a dot](dot.png)", tags=("hard",), citations=(Citation(REFERENCE, "rule 3"),))
    base = made(deck("one", one), media={"dot.png": picture})

    def changed(**values: Any) -> str:
        return note_hash(replace(one, **values), base)

    hashes = [
        note_hash(one, base),
        changed(fields={**one.fields, "back": "![the dot](dot.png)"}),
        changed(fields={**one.fields, "why": "Because."}),
        changed(tags=()),
        changed(tags=("easy",)),
        changed(citations=()),
        changed(citations=(Citation(REFERENCE, "rule 4"),)),
        changed(citations=(Citation(replace(REFERENCE, short="Rules 2021"), "rule 3"),)),
        changed(citations=(Citation(replace(REFERENCE, url="https://example.org"), "rule 3"),)),
        changed(type=replace(TYPES["basic"], revision=TYPES["basic"].revision + 1)),
        changed(type=replace(TYPES["basic"], kind="other")),
        changed(retired="old"),
        changed(retired=""),
    ]
    picture.write_bytes(b"blue")
    hashes.append(note_hash(one, base))
    assert len(set(hashes)) == len(hashes)


def test_a_hash_does_not_move_with_what_no_learner_gets(picture: Path) -> None:
    one = basic("A1", citations=(Citation(REFERENCE),))
    base = made(deck("one", one))
    for same in (
        replace(one, id="Z9"),
        replace(one, labels={"level": ("senior",)}, ignore={"list-all": "it is a set"}),
        replace(one, citations=(Citation(replace(REFERENCE, title="Other", year="2021", authors="A")),)),
    ):
        assert note_hash(same, base) == note_hash(one, base)
    assert note_hash(
        one, made(deck("two", one), title="Other", id="o", media={"x.png": picture})
    ) == note_hash(one, base)


def test_options_hash_by_their_text_and_the_right_one() -> None:
    def options(*given: Choice) -> str:
        one = Note("A1", TYPES["choice"], {"front": "Which?", "options": given, "reason": "It is."})
        return note_hash(one, made(deck("one", one)))

    right, left = Choice("a", right=True), Choice("b")
    assert (
        len({options(right, left), options(left, right), options(Choice("a"), replace(left, right=True))})
        == 3
    )


def test_a_table_hashes_by_its_cells_in_order() -> None:
    def table(columns: tuple[str, ...], *rows: tuple[str, ...]) -> str:
        one = Note("A1", TYPES["compare"], {"front": "How?", "table": Table(columns, rows)})
        return note_hash(one, made(deck("one", one)))

    assert len({table(("", "x", "y"), ("a", "1", "2")), table(("", "y", "x"), ("a", "1", "2")),
                table(("", "x", "y"), ("a", "2", "1"))}) == 3  # fmt: skip


def test_a_note_type_hashes_by_all_that_anki_gets_of_it() -> None:
    kind, look = TYPES["basic"], looks_of(FIRST)["basic"]
    card = look.cards[0]
    fields = kind.fields
    variants = [
        (kind, look, "Test"),
        (kind, look, "Other"),
        (replace(kind, label="Other"), look, "Test"),
        (replace(kind, fields=(replace(fields[0], name="Other"), *fields[1:])), look, "Test"),
        (replace(kind, fields=(replace(fields[0], id=199), *fields[1:])), look, "Test"),
        (kind, look._replace(css=look.css + " "), "Test"),
        *(
            (kind, look._replace(cards=(other,)), "Test")
            for other in (
                card._replace(name="Other"),
                card._replace(id=299),
                card._replace(front="x"),
                card._replace(back="x"),
            )
        ),
    ]
    assert len({type_hash(*variant) for variant in variants}) == len(variants)
    assert type_hash(replace(kind, revision=9), look, "Test") == type_hash(kind, look, "Test")


# ---------------------------------------------------------------------------------------------- the files on disk


def on_disk(folder: Folder, **values: Any) -> Collection:
    return made(deck("one", basic("A1")), path=folder.path, **values)


def test_what_this_machine_built_is_read_back_for_this_collection_alone(folder: Folder) -> None:
    here = on_disk(folder)
    path = folder.path / DRAFTS_FILE
    write_drafts(here, Drafts())
    assert not path.exists()  # nothing to remember
    drafts = Drafts({"A1": Stamp("a", 1)})
    write_drafts(here, drafts)
    assert read_drafts(here) == replace(drafts, collection="test")
    assert read_drafts(replace(here, id="other")) == Drafts()
    folder.write(DRAFTS_FILE, '{"notes": {"A1": ["a", 1]}, "types": {}}')  # 0.9 did not say whose
    assert read_drafts(replace(here, id="other")) == drafts
    write_drafts(here, Drafts())
    assert read_drafts(here) == Drafts({}, {}, "test")
    nowhere = replace(here, path=None)
    write_drafts(nowhere, drafts)
    assert read_drafts(nowhere) == Drafts()


def test_the_lock_on_disk(folder: Folder) -> None:
    here = on_disk(folder)
    assert read_lock(here)[0] is None
    assert list(released_ids(here)) == []
    folder.write("flashcards.lock", dump_lock(LOCKED))
    lock, source = read_lock(here)
    assert lock == LOCKED
    assert (source.path, source.text) == (str(folder.path / "flashcards.lock"), dump_lock(LOCKED))
    assert list(released_ids(here)) == ["A1", "A2", "B1"]
    assert read_lock(replace(here, path=None))[0] is None
    (folder.path / "flashcards.lock").unlink()
    (folder.path / "flashcards.lock").mkdir()
    with pytest.raises(LedgerError, match=r"cannot read .*flashcards.lock"):
        read_lock(here)


def test_nothing_is_built_or_released_by_the_lock_of_another_collection() -> None:
    refuse_foreign(None, FIRST)
    refuse_foreign(LOCKED, FIRST)
    with pytest.raises(LedgerError, match="that of the collection `test`, and this one's id is `other`"):
        refuse_foreign(LOCKED, replace(FIRST, id="other"))


def test_nothing_is_written_into_an_installed_package(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = on_disk(folder)
    refuse_installed(here)
    monkeypatch.setattr(store, "is_installed", lambda path: path == here.folder)
    with pytest.raises(LedgerError, match="decks` is part of the installed package"):
        refuse_installed(here)


# -------------------------------------------------------------------------------------- releasing and adopting


def test_names_are_cut_after_three() -> None:
    assert some(["a"]) == "`a`"
    assert some(["a", "b", "c"]) == "`a`, `b`, `c`"
    assert some(["a", "b", "c", "d", "e"]) == "`a`, `b`, `c` and 2 more"


def test_a_fork_leaves_out_what_it_is_the_way_out_of() -> None:
    findings = tuple(error(rule, "x", None) for rule in ("collection-id-changed", "lost-lock", "bad-id"))
    left = releasing.as_fork(Loaded(FIRST, findings, frozenset()))
    assert [finding.rule for finding in left.diagnostics] == ["bad-id"]


def test_decks_that_a_copy_shares_with_its_original(folder: Folder) -> None:
    folder.write("flashcards.lock", dump_lock(replace(LOCKED, decks={"one": "test::ONE", "x": "X"})))

    def shared(**values: Any) -> tuple[str, list[str]]:
        return releasing.shared_decks(Loaded(on_disk(folder, **values), (), frozenset()))

    assert shared(id="mine") == ("test", ["Test::one"])
    assert shared(id="test") == ("", [])
    (folder.path / "flashcards.lock").unlink()
    assert shared(id="mine") == ("", [])


def test_the_cards_of_a_note_that_is_as_released_are_taken_from_the_lock() -> None:
    looks, hashes = looks_of(FIRST), hashes_of(FIRST)
    told = replace(LOCKED, notes={**LOCKED.notes, **note_row("A1", cards={0: "", 5: ""})})
    assert releasing._all_cards(FIRST, looks, told, hashes)["A1"] == {0: "", 5: ""}
    for other in (
        replace(told, notes={**told.notes, "A1": replace(told.notes["A1"], stamp=Stamp("other", 100))}),
        replace(told, types={**told.types, **type_row("basic", stamp=Stamp("other", 100))}),
        replace(told, notes={**told.notes, **note_row("A1", cards=None)}),
        None,
    ):
        assert releasing._all_cards(FIRST, looks, other, hashes)["A1"] == {0: ""}


def test_the_first_release_marks_the_collection_and_no_later_one_does(folder: Folder) -> None:
    folder.write("collection.yaml", b"id: test\r\nreleased: false\r\ntitle: T\r\n")
    here, planned = on_disk(folder), plan(on_disk(folder))
    lock, settings = folder.path / "flashcards.lock", folder.path / "collection.yaml"
    assert releasing.write(here, planned) == [lock, settings]
    assert settings.read_bytes() == b"id: test\r\ntitle: T\r\nreleased: true\r\n"
    assert parse_lock(lock.read_text()) == planned.lock
    assert releasing.write(replace(here, released=True), planned) == []


MODEL: dict[str, Any] = {
    "name": "Test Basic", "css": "", "mod": 100, "type": 0,
    "flds": [{"name": f.name, "id": f.id} for f in TYPES["basic"].all_fields],
    "tmpls": [],
}  # fmt: skip


def test_fields_of_a_package_are_known_by_their_ids_and_else_by_their_places() -> None:
    kind = TYPES["basic"]
    keys = [field.key for field in kind.all_fields]
    row = PackageNote("guid", 1, 100, [], [f"text of {key}" for key in keys], {})
    by_key = {key: f"text of {key}" for key in keys}
    assert adopting._values(kind, MODEL, row) == by_key
    swapped = {**MODEL, "flds": [MODEL["flds"][1], MODEL["flds"][0], *MODEL["flds"][2:]]}
    assert adopting._values(kind, swapped, row) == {
        **by_key,
        "front": "text of back",
        "back": "text of front",
    }
    without = {**MODEL, "flds": [{"name": f["name"]} for f in MODEL["flds"]]}
    assert adopting._values(kind, without, row) == by_key
    less = {**MODEL, "flds": MODEL["flds"][:-1]}
    short = row._replace(fields=row.fields[:-1])
    assert adopting._values(kind, less, short) == {**by_key, keys[-1]: ""}
    assert adopting._ids([{"id": 7}, {"id": None}, {}, {}], kind.fields) == (7, kind.fields[1].id, 0, 0)


def model_of(kind: str, **changes: Any) -> dict[str, Any]:
    """Return a note type as a package of ours has it."""
    note_type, look = TYPES[kind], looks_of(FIRST)[kind]
    model = {
        "name": note_type.name("Test"), "css": look.css, "mod": 100, "type": int(kind == "cloze"),
        "flds": [{"name": f.name, "id": f.id} for f in note_type.all_fields],
        "tmpls": [{"name": c.name, "id": c.id, "qfmt": c.front, "afmt": c.back} for c in look.cards],
    }  # fmt: skip
    return {**model, **changes}


def test_a_note_type_of_a_package_is_as_ours_or_unknown() -> None:
    def adopted(kind: str = "basic", **changes: Any) -> LockedType:
        return adopting._locked_type(TYPES[kind], looks_of(FIRST)[kind], model_of(kind, **changes), "Test")

    assert adopted() == LOCKED.types["basic"]
    assert adopted("cloze") == LOCKED.types["cloze"]
    flds, tmpls = model_of("basic")["flds"], model_of("basic")["tmpls"]
    renamed = [{**flds[0], "name": "Other"}, *flds[1:]]
    for changes in (
        {"css": "x"},
        {"name": "x"},
        {"flds": renamed},
        {"tmpls": [{**tmpls[0], "qfmt": "x"}]},
        {"tmpls": [{**tmpls[0], "afmt": "x"}]},
        {"tmpls": [{**tmpls[0], "name": "x"}]},
    ):
        assert adopted(**changes) == replace(LOCKED.types["basic"], stamp=Stamp(UNKNOWN, 100))
    assert adopted(flds=[{**flds[0], "id": 199}, *flds[1:]]).fields[0] == 199
    assert adopted(mod=7).stamp.time == 7


def test_decks_of_a_package_are_known_by_name_and_else_by_their_notes() -> None:
    now = made(
        deck("one", basic("A1"), basic("A2")), deck("two", basic("B1"), basic("B2"), basic("B3")), deck("new")
    )
    names = {"A1": "Test::one", "A2": "Test::two", "B1": "Old", "B2": "Old", "B3": "Test::one"}
    assert adopting._released_decks(now, names) == {"one": "Test::one", "two": "Test::two"}
    names["A2"] = "Test::one"
    assert adopting._released_decks(now, names) == {"one": "Test::one", "two": "Old"}
    assert adopting._released_decks(now, {"B1": "Test::one"}) == {"one": "Test::one"}


def adopt(package: Path, now: Collection = FIRST) -> tuple[Lock, int]:
    """Adopt a package; how its notes are shown is a test of its own."""
    lock, differing = adopted(package, now)
    return replace(lock, notes={key: replace(row, shown=None) for key, row in lock.notes.items()}), differing


def adopted(package: Path, now: Collection = FIRST) -> tuple[Lock, int]:
    return adopting.adopt(Loaded(now, (error("lost-lock", "x", None),), frozenset()), package)


def test_a_package_tells_how_its_notes_are_shown(package: Callable[..., Path]) -> None:
    shown = releasing._shown(FIRST)
    assert {key: row.shown for key, row in adopted(package())[0].notes.items()} == shown
    other = adopted(package(f"update notes set flds = replace(flds, 'x', 'z') where {OF_A2}"))[0].notes
    assert other["A1"].shown == shown["A1"]
    assert other["A2"].shown not in (shown["A2"], None)


def test_a_note_that_is_shown_otherwise_is_named_and_keeps_its_time() -> None:
    first = {"A1": "old", "A2": "old", "B1": "old"}
    lock = plan(FIRST, now=100, shown=first).lock
    second = plan(FIRST, lock, now=200, shown={**first, "A2": "new"})
    assert (second.mended, second.updated) == (("A2",), ())
    assert second.lock == lock  # it is named until it is sent again
    third = plan(FIRST, lock, now=200, shown={**first, "A2": "new"}, resend={"A2"})
    assert (third.mended, third.updated) == ((), ("A2",))
    assert third.lock.notes["A2"].stamp == Stamp(lock.notes["A2"].stamp.hash, 200)
    assert third.lock.notes["A2"].shown == "new"
    assert third.lock.notes["A1"] == lock.notes["A1"]
    unknown = replace(lock, notes={key: replace(row, shown=None) for key, row in lock.notes.items()})
    fourth = plan(FIRST, unknown, now=200, shown=first)  # a lock of version 0.9
    assert (fourth.mended, fourth.updated, fourth.lock) == ((), (), lock)


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """`package(sql)` returns the package of the first release, with its database changed."""
    original = tmp_path / "original.apkg"
    original.write_bytes(flashcards.package_bytes(FIRST, now=100))

    def changed(sql: str = "select 1") -> Path:
        rewrite(original, tmp_path / "changed.apkg", sql)
        return tmp_path / "changed.apkg"

    return changed


def test_a_package_tells_all_that_its_lock_did(package: Callable[..., Path]) -> None:
    assert adopt(package()) == (LOCKED, 0)


OF_A2 = f"guid = '{identity.guid('test', 'A2')}'"


def test_a_note_that_differs_from_the_package_has_an_unknown_text(package: Callable[..., Path]) -> None:
    unknown = note_row("A2", stamp=Stamp(UNKNOWN, 100), cards={0: "", 1: ""})
    for sql in ("tags = ' hard '", "flds = replace(flds, 'x', 'z')"):
        assert adopt(package(f"update notes set {sql} where {OF_A2}")) == (
            replace(LOCKED, notes={**LOCKED.notes, **unknown}),
            1,
        )
    without = made(deck("one", basic("A1")), TWO)
    assert adopt(package(), without)[0].notes["A2"] == replace(unknown["A2"], deck="one")
    assert adopt(package(f"update notes set mod = 7 where {OF_A2}"))[0].notes["A2"].stamp.time == 7


def test_a_note_is_in_the_deck_of_its_first_card(package: Callable[..., Path]) -> None:
    number = identity.numeric_id("deck", "test", "two")
    second = f"ord = 1 and nid = (select id from notes where {OF_A2})"
    assert adopt(package(f"update cards set did = {number} where {second}"))[0].notes["A2"].deck == "one"
    first = second.replace("ord = 1", "ord = 0")
    assert adopt(package(f"update cards set did = {number} where {first}"))[0].notes["A2"].deck == "two"
    gone = adopt(package(f"delete from cards where nid = (select id from notes where {OF_A2})"))[0].notes[
        "A2"
    ]
    assert gone.deck is None


def test_a_package_of_another_collection_is_refused(package: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="note `A2` has a GUID that this collection would not give it"):
        adopt(package(f"update notes set guid = 'other' where {OF_A2}"))
    with pytest.raises(LedgerError, match="was not built from the collection `other`"):
        adopt(package(), replace(FIRST, id="other"))
    (tmp_path / "broken.apkg").write_bytes(b"PK")
    with pytest.raises(LedgerError, match="cannot be read as an Anki package of ours"):
        adopt(tmp_path / "broken.apkg")


def test_cards_of_an_unchanged_lock_of_0_9_are_asked_of_nobody() -> None:
    """This collection has no folder in which git could be asked."""
    old = Lock({key: replace(row, cards=None) for key, row in LOCKED.notes.items()}, LOCKED.types)
    assert releasing._with_old_cards(FIRST, old, hashes_of(FIRST)) == old


# ------------------------------------------------------------------------------------------ retiring and fixing


def parsed(text: str) -> tuple[Source, yaml.Mapping]:
    source = Source("01-deck.yaml", text)
    root, problems = yaml.parse(source)
    assert problems == []
    assert isinstance(root, yaml.Mapping)
    return source, root


def only_note(deck: yaml.Mapping) -> yaml.Mapping:
    notes = deck.entries["notes"].value
    assert isinstance(notes, yaml.Sequence)
    (note,) = notes.items
    assert isinstance(note, yaml.Mapping)
    return note


def test_a_note_moves_to_another_indentation() -> None:
    text = "a: |\n    x\n      y\n\n  b: z\n"
    assert retiring._shifted(text, "  ", "      ") == "a: |\n        x\n          y\n\n      b: z\n"
    assert retiring._shifted(text, "  ", "") == "a: |\n  x\n    y\n\nb: z\n"


def test_names_for_decks_of_retired_notes_never_end() -> None:
    assert list(islice(retiring._own_names("07-old", "Old", is_free=True), 4)) == [
        ("07-old", "Old"),
        ("07-old-retired", "Old (retired)"),
        ("07-old-retired-2", "Old (retired 2)"),
        ("07-old-retired-3", "Old (retired 3)"),
    ]
    assert next(retiring._own_names("07-old", "Old", is_free=False)) == ("07-old-retired", "Old (retired)")


@pytest.mark.parametrize(
    ("head", "alike"),
    [
        ("", True),
        ("description: other\n", True),
        ("tags: []\n", True),
        ("defaults: {back: own key of the note}\n", True),
        ("tags: [hard]\n", False),
        ("defaults: {level: senior}\n", False),
    ],
)
def test_a_note_reads_alike_in_a_deck_of_the_same_tags_and_defaults(head: str, alike: bool) -> None:
    notes = "notes:\n  - {id: A1, back: b}\n"
    source, old = parsed(f"title: D\n{notes}")
    note = only_note(old)
    _, now = parsed(f"title: E\n{head}{notes}")
    assert retiring._reads_alike(retiring._OldNote("x", source, old, note), now) == alike


@pytest.mark.parametrize(
    ("note", "edited"),
    [
        ("- front: q\n  back: b", "- id: NEW\n  front: q\n  back: b"),
        ("- {front: q}", "- {id: NEW, front: q}"),
        ("- id:\n  front: q", "- id: NEW\n  front: q"),
        ("- id: ''\n  front: q", "- id: 'NEW'\n  front: q"),
        ('- {id: "", front: q}', '- {id: "NEW", front: q}'),
        ("- {id, front: q}", "- {id: NEW, front: q}"),
        ("- id: |\n  front: q", "- id: |\n    NEW\n  front: q"),
    ],
)
def test_where_an_id_is_written(note: str, edited: str) -> None:
    source, root = parsed(f"notes:\n{note}\n")
    node = only_note(root)
    at, written = fixing._id_edit(source, node, "NEW")
    assert source.text[:at] + written + source.text[at:] == f"notes:\n{edited}\n"
