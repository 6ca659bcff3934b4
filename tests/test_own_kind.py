"""A note type of a collection's own is one new folder: it appears in the checks, the schema, Anki and
print."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Folder
from jsonschema import Draft7Validator
from people import Learner
from pypdf import PdfReader

import flashcards
from flashcards import reporting
from flashcards.actions import explaining
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
    (page,) = PdfReader(tmp_path / "out/cheat-sheets.pdf").pages
    assert "The early bird … … catches the worm." in page.extract_text().replace("\n", " ")


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
    built = flashcards.build(proverbs.check(), tmp_path / "out", now=1, to=["pdf"])
    assert built.failures == []
    (page,) = PdfReader(tmp_path / "out/cheat-sheets.pdf").pages
    assert "The early bird" in page.extract_text()
