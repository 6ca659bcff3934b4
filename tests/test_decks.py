"""The shipped decks: nothing to report, and no sentence of the page that inspired them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import flashcards
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
    """Return the ids of notes that share a run of eight words with the source, in one field or across their fields."""
    found = []
    for deck, note in shipped.raise_for_errors().notes():
        texts = [text for _, text, _ in note.texts()]
        if any(run in source_runs for text in [*texts, " ".join(texts), deck.description] for run in runs_of_eight(text)):
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
    for _, note in shipped.raise_for_errors().notes():
        assert note.citations, note.id
        assert note.labels.get("provenance"), note.id
        assert note.labels["provenance"] != ("seed",) or note.labels.get("seed_refs"), note.id
        assert ("synthesis" in note.tags) == (note.labels["provenance"] == ("synthesis",)), note.id


def coverage_list() -> dict[str, str]:
    """Return item → class (E, U or C) of the coverage list."""
    rows = re.findall(r"^(S\d+): \{class: ([EUC])", (bundled("decks") / "coverage.yaml").read_text(), re.MULTILINE)
    assert len(rows) == 112
    return dict(rows)


def test_every_essential_item_of_the_coverage_list_is_taught(shipped: flashcards.Loaded) -> None:
    items = coverage_list()
    taught = {item for _, note in shipped.raise_for_errors().notes() for item in note.labels.get("seed_refs", ())}
    assert {item for item, kind in items.items() if kind == "E"} - taught == set()
    assert {item for item, kind in items.items() if kind == "C"} & taught == set()
    assert taught <= items.keys()
