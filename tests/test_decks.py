"""The shipped decks: nothing to report, and no sentence of the page that inspired them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import flashcards
from flashcards.actions import statistics
from flashcards.collection.texts import texts_of
from flashcards.diagnostics import Source
from flashcards.languages import yaml as yaml_source
from flashcards.resources import bundled

# The source page as hashed runs of eight words: its text does not belong here
SOURCE_RUNS = frozenset((Path(__file__).parent / "data/source_page_8grams.txt").read_text().split())


@pytest.fixture(scope="module")
def shipped() -> flashcards.Loaded:
    return flashcards.check(bundled("decks"))


def test_nothing_to_report(shipped: flashcards.Loaded) -> None:
    assert shipped.diagnostics == ()


def runs_of_eight(text: str) -> Iterator[str]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    for i in range(len(words) - 7):
        yield hashlib.sha256(" ".join(words[i : i + 8]).encode()).hexdigest()[:16]


def copied_runs(shipped: flashcards.Loaded, source_runs: frozenset[str]) -> list[str]:
    """Return the ids of notes that share a run of eight words with the source, in one field or across their
    fields."""
    found = []
    for deck, note in shipped.raise_for_errors().notes():
        texts = [text.source for text in texts_of(note) if not text.is_head]
        if any(
            run in source_runs
            for text in [*texts, " ".join(texts), deck.description]
            for run in runs_of_eight(text)
        ):
            found.append(note.id)
    return found


def test_no_run_of_eight_words_is_the_source_pages(shipped: flashcards.Loaded) -> None:
    assert len(SOURCE_RUNS) > 1000
    assert copied_runs(shipped, SOURCE_RUNS) == []


def test_a_copied_run_would_be_found(shipped: flashcards.Loaded) -> None:
    note = next(note for _, note in shipped.raise_for_errors().notes() if note.id == "PF01")
    run = list(runs_of_eight(note.text("fault")))[-1]
    assert copied_runs(shipped, frozenset({run})) == ["PF01"]


def test_every_note_has_a_source_and_says_where_it_comes_from(shipped: flashcards.Loaded) -> None:
    notes = [note for _, note in shipped.raise_for_errors().notes()]
    said = {note.id: note.labels.get("provenance", ()) for note in notes}
    assert set(said.values()) == {("seed",), ("literature",), ("synthesis",)}
    assert [note.id for note in notes if not note.citations] == []
    seeds = [note for note in notes if said[note.id] == ("seed",)]
    assert [note.id for note in seeds if not note.labels.get("seed_refs")] == []
    own = [note.id for note in notes if said[note.id] == ("synthesis",)]
    assert own == [note.id for note in notes if "synthesis" in note.tags]


def coverage_list() -> dict[str, str]:
    """Return item → class (E, U or C) of the coverage list."""
    rows = re.findall(
        r"^(S\d+): \{class: ([EUC])", (bundled("decks") / "coverage.yaml").read_text(), re.MULTILINE
    )
    assert len(rows) == 112
    return dict(rows)


def test_every_essential_item_of_the_coverage_list_is_taught(shipped: flashcards.Loaded) -> None:
    items = coverage_list()
    taught = {
        item
        for _, note in shipped.raise_for_errors().notes()
        if note.retired is None
        for item in note.labels.get("seed_refs", ())
    }
    assert {item for item, kind in items.items() if kind == "E"} - taught == set()
    assert {item for item, kind in items.items() if kind == "C"} & taught == set()
    assert taught <= items.keys()


# ------------------------------------------------------------------------------------------------------ what was asked of them


def test_the_decks_keep_to_their_plan(shipped: flashcards.Loaded) -> None:
    collection = shipped.raise_for_errors()
    *_, total = statistics.by_deck(collection, shipped.selected)
    assert total.notes >= 430
    assert (total.answer.mean <= 28, total.answer.p95 <= 55, total.why.mean <= 25) == (True, True, True)
    assert total.discrimination >= 1 / 3
    assert total.ignores <= total.notes / 50
    labels = [note.labels for _, note in collection.notes() if note.retired is None]
    own_and_essential = [
        each for each in labels if (each["priority"], each["provenance"]) == (("P1",), ("synthesis",))
    ]
    assert len(own_and_essential) <= 25


def evidence() -> list[dict[str, str]]:
    """Return the lines of verified.yaml: what was opened to check which note."""
    source = Source("verified.yaml", (bundled("decks") / "verified.yaml").read_text(encoding="utf-8"))
    root, problems = yaml_source.parse(source)
    assert problems == []
    assert isinstance(root, yaml_source.Sequence)
    lines = []
    for item in root.items:
        assert isinstance(item, yaml_source.Mapping)
        lines.append(
            {
                key: entry.value.text
                for key, entry in item.entries.items()
                if isinstance(entry.value, yaml_source.Scalar)
            }
        )
    return lines


def test_evidence_says_what_was_opened_where_and_when(shipped: flashcards.Loaded) -> None:
    notes = {note.id: note for _, note in shipped.raise_for_errors().notes()}
    for line in evidence():
        assert list(line) == ["note", "source", "where", "opened", "date"]
        assert line["source"] in {citation.reference.key for citation in notes[line["note"]].citations}, line
        assert line["where"]
        assert line["opened"]
        assert date.fromisoformat(line["date"]) <= date.today()


def test_every_essential_note_was_checked(shipped: flashcards.Loaded) -> None:
    """By computing it, by the page that inspired the decks, or by opening a source."""
    checked = {line["note"] for line in evidence()}
    for _, note in shipped.raise_for_errors().notes():
        if note.labels["priority"] == ("P1",) and note.retired is None:
            assert note.sums or note.labels["provenance"] == ("seed",) or note.id in checked, note.id
