from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator

import pytest
from anki.collection import Collection
from anki.decks import DeckId
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flashcards.languages import cloze
from flashcards.languages.cloze import Deletion


@pytest.fixture(scope="module")
def anki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[int]]]:
    """`anki(text)` adds a Cloze note to a real Anki collection and returns the ordinals of its cards."""
    collection = Collection(str(tmp_path_factory.mktemp("anki") / "collection.anki2"))
    note_type = collection.models.by_name("Cloze")

    def ordinals(text: str) -> list[int]:
        note = collection.new_note(note_type)
        note["Text"] = text
        if not note.cloze_numbers_in_fields():
            return []  # Anki's editor still adds an empty first card, to have somewhere to say that it is empty
        collection.add_note(note, DeckId(1))
        found = {card.ord for card in note.cards()}
        collection.remove_notes([note.id])
        return sorted(found)

    yield ordinals
    collection.close()


def nested(depth: int, closed: int) -> str:
    return "".join(f"{{{{c{number}::" for number in range(1, depth + 1)) + "x" + "}}" * closed


TEXTS = {
    "": [],
    "no deletion": [],
    "{{c1::a}}": [0],
    "{{c2::a}} and {{c1::b}} and {{c2::c}}": [0, 1],
    "{{c1::a::hint}}": [0],
    "{{c1::a::b::c}}": [0],
    "{{c1::}}": [0],
    "{{c1::::}}": [0],
    "{{c1:::a}}": [0],
    "{{c1::a\n\nb}}": [0],
    "{{c1::<b>a}}</b>": [0],
    "<!-- {{c1::a}} -->": [0],
    r"\({{c1::a}}\)": [0],
    "{{{c1::a}}}": [0],
    "{{{{c1::a}}}}": [0],
    "{{c1::a}b}}": [0],
    # nested
    "{{c1::a {{c2::b}} c}}": [0, 1],
    "{{c1::a::hint {{c2::b}}}}": [0, 1],
    "{{c3::{{c2::{{c1::a}}}}}}": [0, 1, 2],
    nested(depth=10, closed=10): list(range(10)),
    nested(depth=11, closed=11): list(range(10)),
    nested(depth=12, closed=10): list(range(10)),
    nested(depth=11, closed=9): [],
    # several numbers
    "{{c1,2::a}}": [0, 1],
    "{{c3,1,2,3::a}}": [0, 1, 2],
    "{{c1,::a}}": [0],
    "{{c,2::a}}": [1],
    "{{c1,,2::a}}": [0, 1],
    "{{c,::a}}": [],
    "{{c1, 2::a}}": [],
    # numbers
    "{{c0::a}}": [],
    "{{c00::a}}": [],
    "{{c0,1::a}}": [0],
    "{{c0::a {{c2::b}} c}}": [1],
    "{{c01::a}}": [0],
    "{{c000000001::a}}": [0],
    "{{c500::a}}": [499],
    "{{c501::a}}": [499],
    "{{c501::a}} {{c499::b}}": [498, 499],
    "{{c65535::a}}": [499],
    "{{c65536::a}}": [],
    "{{c1,65536::a}}": [0],
    "{{c99999999999999999999::a}}": [],
    "{{c" + "9" * 5000 + "::a}}": [],
    # no deletions
    "{{c1:a}}": [],
    "{{c::a}}": [],
    "{{C1::a}}": [],
    "{{c 1::a}}": [],
    "{{c-1::a}}": [],
    "{{c+1::a}}": [],
    "{{c١::a}}": [],
    "{{c²::a}}": [],
    "{ {c1::a}}": [],
    "&#123;&#123;c1::a}}": [],
    "{&#123;c1::a}}": [],
    "{{c1:&#58;a}}": [],
    # not closed: Anki drops everything from the first mark on
    "{{c1::a": [],
    "{{c1::a}": [],
    "a}}": [],
    "{{c1::a {{c2::b}}": [],
    "{{c3::a}} {{c1::b {{c2::c}} d": [2],
    "{{c1::a}} b}} {{c2::c}}": [0, 1],
    # what is no opening mark lets the next closing mark close the one before it
    "{{c1::a {{c::b}} {{c2::c}}": [0, 1],
    "{{c1::a {{c65536::b}} {{c2::c}}": [0, 1],
    "{{c1::a {{c0::b}} {{c2::c}}": [],
}  # fmt: skip


@pytest.mark.parametrize(("text", "cards"), TEXTS.items(), ids=lambda value: ascii(value)[:30])
def test_ordinals_are_those_of_the_real_anki(
    anki: Callable[[str], list[int]], text: str, cards: list[int]
) -> None:
    assert (cloze.ordinals(text), anki(text)) == (cards, cards)


PIECES = [
    "{{c1::", "{{c2::", "{{c1,3::", "{{c,4::", "{{c0::", "{{c70000::", "{{c,::", "{{c501::", "{{c", "{{", "{",
    "}}", "}}", "}}", "}", "::", ":", "a", " ", "1", "é", "\n",
]  # fmt: skip


@given(text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@example(text="{{c1::" * 11 + "}}" * 10 + "{{c2::}}")
@settings(max_examples=200)
def test_any_text_makes_the_cards_that_the_real_anki_makes(
    anki: Callable[[str], list[int]], text: str
) -> None:
    assert cloze.ordinals(text) == anki(text)


def test_a_deletion_has_numbers_and_places() -> None:
    text = "The {{c2,1::answer {{c3::in::x}} it::a hint}} is"

    outer, inner = cloze.parse(text).deletions

    assert outer == Deletion((2, 1), start=4, inner=12, hint=35, end=45, depth=0)
    assert (text[outer.inner : outer.hint], text[outer.hint : outer.end]) == (
        "answer {{c3::in::x}} it",
        "::a hint}}",
    )
    assert (inner.numbers, inner.depth) == ((3,), 1)
    assert (text[inner.inner : inner.hint], text[inner.hint : inner.end]) == ("in", "::x}}")


def test_without_a_hint_its_place_is_the_closing_mark() -> None:
    (deletion,) = cloze.parse("{{c1::a}}").deletions
    assert deletion == Deletion((1,), start=0, inner=6, hint=7, end=9, depth=0)


def test_marks_without_a_partner_are_told() -> None:
    parsed = cloze.parse("a}} {{c1::b}} {{c2::c {{c3::d")

    assert [deletion.numbers for deletion in parsed.deletions] == [(1,)]
    assert parsed.unopened == (1,)
    assert parsed.unclosed == (14, 22)


def test_marks_in_an_opaque_stretch_are_text() -> None:
    text = "{{c1::`a::b}}`::hint}} `}}` {{c2::x}}"

    parsed = cloze.parse(text, [(6, 14), (23, 27)])  # the code

    assert [(text[d.inner : d.hint], text[d.hint : d.end]) for d in parsed.deletions] == [
        ("`a::b}}`", "::hint}}"),
        ("x", "}}"),
    ]
    assert parsed.unopened == ()


def test_no_escaped_sign_in_an_answer_is_a_finding(report: Callable[[str], str]) -> None:
    signs = sorted(set(string.punctuation) - {"(", "["})  # `\(` and `\[` begin maths
    answers = [f"{number}\\{sign}" for number, sign in enumerate(signs)]
    answers += [r"\$5", r"\$5 to \$6", r"\`a\`", r"\\$x$", r"\{a\}", r"C:\\"]
    notes = [{"id": f"N{i}", "cloze": f"Here {{{{c1::{a}}}}} is {i}"} for i, a in enumerate(answers)]
    assert report(f"title: Deck\nnotes: {json.dumps(notes)}\n") == ""
