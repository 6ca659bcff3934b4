"""A note type of a collection's own is one new folder: it appears in the checks, the schema, Anki and
print."""

from __future__ import annotations

from pathlib import Path

import pdf
import pytest
from conftest import COLLECTION, Folder
from jsonschema import Draft7Validator
from people import Learner

import flashcards
from flashcards import reporting
from flashcards.actions import explaining, statistics
from flashcards.collection.schema import deck_schema

FILES = {
    "notetype.yaml": """\
        label: Proverb
        fields:
          - {key: proverb, name: Proverb, id: 101, kind: markdown, required: true, help: its first half}
          - {key: rest, name: Rest, id: 102, kind: markdown, required: true, answer: true, help: how it goes on}
          - {key: kin, name: Kin, id: 103, kind: list, help: others that say the same}
        cards:
          - {name: Go on, id: 201, front: front.html, back: back.html}
        """,
    "front.html": """\
        [% extends "_layout/front.html" %]
        [% block question %]{{Proverb}} …[% endblock %]
        """,
    "back.html": """\
        [% extends "_layout/back.html" %]
        [% block question %]{{Proverb}} …[% endblock %]
        [% block answer %]… {{Rest}}{{Kin}}[% endblock %]
        """,
    "print.typ": """\
        #import "../_layout/common.typ" as common
        #let front(n) = [#n.proverb …]
        #let back(n) = [… #n.rest]
        #let entry(n) = common.entry(front(n), back(n))
        """,
}


@pytest.fixture
def proverbs(folder: Folder) -> Folder:
    for name, text in FILES.items():
        folder.write(f"templates/notetypes/proverb/{name}", text)
    folder.deck(
        """
        - id: early
          kind: proverb
          proverb: The *early* bird
          rest: catches the worm.
          kin: [First come first served]
        """
    )
    return folder


def test_it_is_checked(proverbs: Folder) -> None:
    assert proverbs.check().diagnostics == ()
    proverbs.deck(
        """
        - id: early
          kind: proverb
          proverb: The early bird
          rset: catches the worm.
        """
    )
    assert (
        reporting.concise(proverbs.check().diagnostics)
        == "decks/01-deck.yaml:6:5: unknown-field: unknown field `rset`"
    )


def test_it_is_in_the_schema_and_explained(proverbs: Folder) -> None:
    note_types = proverbs.check().raise_for_errors().note_types
    validator = Draft7Validator(deck_schema(note_types))
    note = {
        "id": "early",
        "kind": "proverb",
        "proverb": "The early bird",
        "rest": "catches the worm.",
        "kin": ["First come"],
    }
    assert validator.is_valid({"title": "Deck", "notes": [note]})
    assert not validator.is_valid({"title": "Deck", "notes": [{**note, "rset": "catches the worm."}]})
    assert "how it goes on" in explaining.kind_page(note_types["proverb"])


def test_it_is_in_anki_and_on_paper(proverbs: Folder, tmp_path: Path) -> None:
    built = flashcards.build(proverbs.check(), tmp_path / "out", now=1)
    assert built.failures == []
    learner = Learner(tmp_path)
    learner.imports(built.written[0].path)
    assert learner.note_types() == ["Test Proverb"]
    assert "<em>early</em>" in learner.question("early")
    assert "<li>First come first served</li>" in learner.answer("early")
    assert learner.check_database() == ""
    learner.close()
    text = pdf.read(tmp_path / "out/cheat-sheets.pdf").text
    assert "The early bird … … catches the worm." in text.replace("\n", " ")


def test_a_shipped_one_can_be_replaced(proverbs: Folder, tmp_path: Path) -> None:
    for name, text in FILES.items():
        proverbs.write(f"templates/notetypes/basic/{name}", text.replace("label: Proverb", "label: Basic"))
    proverbs.deck("- {id: early, proverb: The early bird, rest: catches the worm.}")
    assert proverbs.check().diagnostics == ()


def test_an_entry_may_be_a_lead_alone(proverbs: Folder, tmp_path: Path) -> None:
    entry = '#import "../_layout/common.typ" as common\n#let front(n) = n.proverb\n#let back(n) = n.rest\n'
    proverbs.write(
        "templates/notetypes/proverb/print.typ", f"{entry}#let entry(n) = common.entry(n.proverb, none)\n"
    )
    built = flashcards.build(proverbs.check(), tmp_path / "out", now=1, to=["cheat-sheets"])
    assert built.failures == []
    assert "The early bird" in pdf.read(tmp_path / "out/cheat-sheets.pdf").text


# ------------------------------------------------------------------------------------------ rules about its content

OBJECTION = """\
label: Objection
fields:
  - {key: heard, name: Heard, id: 101, required: true, help: what the customer says}
  - {key: flaw, name: Flaw, id: 102, required: true, answer: true}
  - {key: replies, name: Replies, id: 103, kind: list, required: true, answer: true}
  - {key: opening, name: Opening, id: 104}
  - {key: price, name: Price, id: 105, answer: true}
"""
CARDS = "cards:\n  - {name: Objection, id: 201, front: front.html, back: back.html}\n"
RULES = """\
checks: {front-length: 4, answer-length: 6, yes-no-question: on, list-all: 3, not-a-question: on, answer-leak: on,
  number-not-recomputed: on, note-shape: on, choice-without-reason: on}
"""


def found(folder: Folder, recall: str, note: str) -> list[str]:
    """Return what the rules find in a note of a kind with this `recall:` line, or without one if it is
    empty."""
    folder.write("collection.yaml", COLLECTION + RULES)
    folder.write("templates/notetypes/objection/notetype.yaml", OBJECTION + recall + CARDS)
    for side in ("front", "back"):
        folder.write(f"templates/notetypes/objection/{side}.html", "{{Heard}}{{Flaw}}{{Replies}}{{Price}}")
    folder.deck(f"- {{id: A1, kind: objection, {note}}}")
    return [f"{d.rule}: {d.message}" for d in folder.check().diagnostics]


GOOD = "heard: “Too dear?”, flaw: '**Sticker shock.** x', replies: ['It saves time, so it pays'], opening: Asks back."


@pytest.mark.parametrize(
    ("recall", "note", "finding"),
    [
        ("asks: true", "heard: Too dear, flaw: b, replies: [c]", "not-a-question: the front asks nothing"),
        ("free_answer: true", "heard: Is it dear?, flaw: b, replies: [c]", "yes-no-question: yes or no answers this"),
        (
            "free_answer: true", "heard: Name all prices., flaw: 'a, b, c, d', replies: [c]",
            "list-all: this asks for a list of about 4; the limit is 3",
        ),
        (
            "hidden_answer: true", "heard: Why recall curves?, flaw: Recall curves., replies: [so]",
            "answer-leak: the front has words of the answer: recall curv",
        ),
        ("computed: true", "heard: What?, flaw: b, replies: [c]", "number-not-recomputed: nothing recomputes the result"),
        ("front_words: 0.5", "heard: Why so dear?, flaw: b, replies: [c]", "front-length: the front has 3 words; the limit is 2"),
        ("answer_words: 0.5", "heard: Why?, flaw: b c, replies: [d e]", "answer-length: the answer has 4 words; the limit is 3"),
        ("quoted: heard", "heard: Too dear., flaw: b, replies: [c]", "note-shape: `heard` is no quotation"),
        ("named: flaw", "heard: Why?, flaw: b, replies: [c]", "note-shape: `flaw` does not begin with a name"),
        (
            "quoted: heard, named: flaw", "heard: “It is a shock.”, flaw: '**Sticker shock.**', replies: [c]",
            "note-shape: `heard` has the words of the name, `Sticker shock.`",
        ),
        (
            "points: {field: replies, least: 2}", "heard: Why?, flaw: b, replies: [c]",
            "note-shape: `replies` needs 2 to 99 points and has 1",
        ),
        (
            "points: {field: replies, reasons: true}", "heard: Why?, flaw: b, replies: [so it is, Saves time]",
            "note-shape: no reason in `Saves time`",
        ),
        (
            "starts_with_verb: opening", "heard: Why?, flaw: b, replies: [c], opening: A question.",
            "note-shape: `opening` does not begin with a verb",
        ),
    ],
)  # fmt: skip
def test_rules_read_its_recall(folder: Folder, recall: str, note: str, finding: str) -> None:
    assert found(folder, f"recall: {{{recall}}}\n", note) == [finding]
    assert found(folder, "", note) == []  # as in version 0.9, which knew no `recall:`


def test_a_note_that_keeps_to_its_recall_has_no_finding(folder: Folder) -> None:
    recall = (
        "recall: {asks: true, free_answer: true, hidden_answer: true, tells_apart: true, answer_words: 3, "
        "quoted: heard, named: flaw, starts_with_verb: opening, points: {field: replies, reasons: true}}\n"
    )
    assert found(folder, recall, GOOD) == []
    loaded = folder.check()
    (_, total) = statistics.by_deck(loaded.raise_for_errors(), loaded.selected)
    assert total.discrimination == 1
    page = explaining.kind_page(loaded.raise_for_errors().note_types["objection"])
    assert "  points: 1 to 99 in replies, with reasons " in page


def test_the_reason_of_a_choice_is_the_field_that_recall_names(folder: Folder) -> None:
    for name, text in {"front.html": "{{Ask}}", "back.html": "{{Options}}{{Because}}"}.items():
        folder.write(f"templates/notetypes/quiz/{name}", text)
    folder.write("collection.yaml", COLLECTION + RULES)
    folder.deck("- {id: A1, kind: quiz, ask: Which?, options: [a, right: b, c, d], because: It is.}")
    fields = (
        "label: Quiz\nfields:\n  - {key: ask, name: Ask, id: 101, required: true}\n"
        "  - {key: options, name: Options, id: 102, kind: choices, required: true}\n"
        "  - {key: because, name: Because, id: 103}\n"
    )
    for recall, findings in (
        ("", []),
        ("recall: {reason: because}\n", [("choice-without-reason", "It is.")]),
    ):
        folder.write("templates/notetypes/quiz/notetype.yaml", fields + recall + CARDS)
        found = folder.check().diagnostics
        assert [(d.rule, d.span.text if d.span else "") for d in found] == findings
