"""The pure functions of the ledger, which keep what learners have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Folder

import flashcards
from flashcards.cards.fields import field_html
from flashcards.cards.templates import card_ordinals, looks_of
from flashcards.collection.model import Note
from flashcards.ledger.cards import cards_of, cloze_answers, moved_answers
from flashcards.ledger.hashes import note_hashes, type_hashes
from flashcards.ledger.lock import (
    DamagedLockError,
    Lock,
    LockedNote,
    LockedType,
    Stamp,
    dump_lock,
    latest,
    parse_lock,
)
from flashcards.resources import bundled

# ------------------------------------------------------------------------------------------- what was released for ever

OLD = Path(__file__).parent / "data/lock-0.9.0.json"
# Notes and note types that a later release of the shipped decks changed on purpose; their old hashes are history
CHANGED_SINCE: frozenset[str] = frozenset()


def test_the_released_notes_keep_their_hashes_and_times() -> None:
    """A note whose hash moves without a change of its text is touched in every learner's collection."""
    released = parse_lock(OLD.read_text())
    collection = flashcards.load(bundled("decks")).raise_for_errors()
    now = parse_lock((bundled("decks") / "flashcards.lock").read_text())
    hashes = {**note_hashes(collection), **type_hashes(collection, looks_of(collection))}
    assert len(released.notes) == 545
    for key, row in {**released.notes, **released.types}.items():
        if key not in CHANGED_SINCE:
            assert hashes[key] == row.stamp.hash, key
            assert {**now.notes, **now.types}[key].stamp == row.stamp, key
    assert now.notes.keys() >= released.notes.keys()


# ---------------------------------------------------------------------------------------------------------------- cards


@pytest.fixture
def note(folder: Folder):
    """`note(yaml)` returns the note of a deck that consists of it."""

    def make(text: str) -> Note:
        folder.deck(text)
        ((_, made),) = flashcards.load(Path("decks")).collection.notes()
        return made

    return make


def cloze(note, text: str) -> Note:
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
def test_cards_of_a_cloze_note_are_those_that_the_package_holds(note, text: str, ordinals: list[int]) -> None:
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


def test_cards_of_other_kinds_have_no_answers_and_a_retired_note_keeps_its_own(note) -> None:
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
def test_an_answer_is_known_by_its_words(note, one: str, other: str, same: bool) -> None:
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
