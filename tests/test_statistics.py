"""`flashcards.statistics` and the command that prints it."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, Folder

from flashcards.actions import building, coverage, statistics
from flashcards.actions.coverage import Item
from flashcards.actions.statistics import Length, Statistics
from flashcards.cli import main
from flashcards.collection import loader
from flashcards.diagnostics import FlashcardsError
from flashcards.resources import bundled

METRICS = """
    title: Metrics
    defaults: {priority: P1, level: all, provenance: literature}
    notes:
      - {id: A1, front: What is recall?, back: The share of positives found., why: It counts misses., sources: [rules-ml]}
      - {id: A2, cloze: "{{c1::Recall}} and {{c2::precision}} trade off.", level: [mid, senior], seed_refs: [S1, S2]}
      - id: A3
        kind: compare
        front: How do they differ?
        table: [{Of: suffers from, Precision: false alarms, Recall: misses}]
        ignore: {compare-shape: one row says it}
        seed_refs: [S1]
      - {id: A4, front: What was it?, back: An old note with a long answer., retired: replaced by A1, seed_refs: [S3]}
"""
TERMS = "- {id: B1, kind: reversed, front: recall, back: found over all}"
COVERAGE = """
    # what a source teaches
    S1: {class: E, item: Two numbers}
    S2: {class: U, item: They trade off}
    S3: {class: E, item: What was}
    S4: {class: C, item: A login}
"""


KEYS = """\
keys:
  provenance: {values: [literature, synthesis], help: where the statement comes from}
  seed_refs: {shape: words, covers: true, help: items of the coverage list that it teaches}
"""


@pytest.fixture
def filled(folder: Folder) -> Folder:
    folder.write("collection.yaml", COLLECTION + KEYS)
    folder.write("sources.yaml", "rules-ml: {title: Rules of Machine Learning}\n")
    folder.write("01-metrics.yaml", METRICS)
    folder.deck(TERMS, "02-terms.yaml")
    folder.write("coverage.yaml", COVERAGE)
    return folder


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["stats", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_counts_what_is_studied(filled: Folder) -> None:
    collection = loader.load(filled.path).raise_for_errors()
    metrics, terms, everything = statistics.by_deck(collection, {"01-metrics", "02-terms"})
    assert metrics == Statistics(
        name="01-metrics", notes=3, cards=4,
        kinds={"basic": 1, "cloze": 1, "compare": 1}, priorities={"P1": 3}, levels={"all": 2, "mid": 1, "senior": 1},
        keys={"provenance": {"literature": 3}},
        answer=Length(4.3, 5), why=Length(3.0, 3), discrimination=0.333, sourced=0.333, ignores=1,
    )  # fmt: skip
    assert (terms.cards, terms.priorities, terms.why) == (2, {"none": 1}, Length(0.0, 0))
    assert (everything.name, everything.notes, everything.cards) == ("all", 4, 6)


def test_length_is_that_of_95_in_100(folder: Folder) -> None:
    lengths = [1] * 18 + [7, 30]
    folder.deck("\n".join(f"- {{id: A{i}, front: Q{i}?, back: {'w ' * n}}}" for i, n in enumerate(lengths)))
    *_, total = statistics.by_deck(loader.load(folder.path).raise_for_errors(), {"01-deck"})
    assert total.answer == Length(2.8, 7)


def test_an_empty_deck_has_no_lengths(folder: Folder) -> None:
    folder.write("01-deck.yaml", "title: Deck\nnotes: []\n")
    *_, total = statistics.by_deck(loader.load(folder.path).raise_for_errors(), {"01-deck"})
    assert (total.notes, total.answer, total.sourced) == (0, Length(0.0, 0), 0.0)


def test_cards_are_as_many_as_in_the_package(tmp_path: Path) -> None:
    loaded = loader.load(bundled("decks"))
    *_, total = statistics.by_deck(loaded.raise_for_errors(), loaded.selected)
    (written,) = building.build(loaded, tmp_path, now=1_800_000_000, to=["apkg"]).written
    assert written.contents.startswith(f"{total.notes:,} notes, {total.cards:,} cards, ")


def test_the_command_prints_a_table_and_counts(filled: Folder) -> None:
    assert run("decks") == dedent("""\
        deck        notes  cards  answer  95%  why  95%  apart  sourced  ignores
        01-metrics      3      4     4.3    5  3.0    3    33%      33%        1
        02-terms        1      2     3.0    3  0.0    0     0%       0%        0
        all             4      6     4.0    5  3.0    3    25%      25%        1

        kinds       basic 1, cloze 1, compare 1, reversed 1
        priorities  P1 3, none 1
        levels      all 2, mid 1, none 1, senior 1
        provenance  literature 3, none 1
    """)


def test_the_command_counts_only_the_decks_that_it_is_given(filled: Folder) -> None:
    found = json.loads(run("decks/02-terms.yaml", "--output-format", "json"))
    assert [(each["name"], each["notes"], each["answer"]) for each in found] == [
        ("02-terms", 1, {"mean": 3.0, "p95": 3}),
        ("all", 1, {"mean": 3.0, "p95": 3}),
    ]


def test_only_declared_keys_with_values_are_counted(folder: Folder) -> None:
    folder.write("01-metrics.yaml", METRICS.replace(", sources: [rules-ml]", ""))
    (_, total) = statistics.by_deck(loader.load(folder.path).raise_for_errors(), {"01-metrics"})
    assert total.keys == {}
    declared = "keys: {provenance: {values: [literature], help: h}, seed_refs: {shape: words, help: h}}\n"
    folder.write("collection.yaml", COLLECTION + declared)
    (_, total) = statistics.by_deck(loader.load(folder.path).raise_for_errors(), {"01-metrics"})
    assert total.keys == {"provenance": {"literature": 3}}


# ----------------------------------------------------------------------------------------------------------------- coverage


def test_coverage_names_the_notes_that_teach_an_item(filled: Folder) -> None:
    filled.write("01-metrics.yaml", METRICS.replace(", seed_refs: [S3]", ""))
    assert coverage.coverage(loader.load(filled.path).raise_for_errors()) == (
        Item("S1", "E", "Two numbers", ("A2", "A3")),
        Item("S2", "U", "They trade off", ("A2",)),
        Item("S3", "E", "What was", ()),
        Item("S4", "C", "A login", ()),
    )


def test_the_command_says_what_is_missing(filled: Folder) -> None:
    # S3 is taught by a retired note alone
    assert run("decks", "--coverage") == dedent("""\
        S1    E  Two numbers
                 A2, A3
        S2    U  They trade off
                 A2
        S3    E  What was
                 missing
        S4    C  A login
                 left out on purpose

        2 of 3 items are taught; missing: S3
    """)
    assert [each["missing"] for each in json.loads(run("decks", "--coverage", "--output-format", "json"))] == [
        False, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "decks has no coverage.yaml, the list of what its decks should teach"),
        ("S1: {class: E, item: a}\n", "A2 teaches `S2`, which is not in decks/coverage.yaml"),
        (
            "S1: {class: X, item: a}\n",
            "decks/coverage.yaml:1: `S1` is no item: it needs `class: E`, `U` or `C`, and `item:`",
        ),
        ("S1: [E]\n", "decks/coverage.yaml:1: `S1` is no item: it needs `class: E`, `U` or `C`, and `item:`"),
        ("S1: {class: E", "decks/coverage.yaml:1: `{` is never closed"),
    ],
)
def test_a_list_that_cannot_be_used_is_an_error(filled: Folder, text: str | None, message: str) -> None:
    (filled.path / "coverage.yaml").unlink()
    if text is not None:
        filled.write("coverage.yaml", text)
    with pytest.raises(FlashcardsError) as caught:
        coverage.coverage(loader.load(Path("decks")).raise_for_errors())
    assert str(caught.value) == message


def test_coverage_needs_a_key_that_covers(folder: Folder) -> None:
    folder.write("coverage.yaml", COVERAGE)
    folder.write("collection.yaml", COLLECTION + "keys: {seed_refs: {shape: words, help: h}}\n")
    folder.deck("- {id: A1, front: q, back: a, seed_refs: [S1]}")
    with pytest.raises(FlashcardsError, match="declare one below `keys:` in collection"):
        coverage.coverage(loader.load(folder.path).raise_for_errors())
    declared = "keys: {teaches: {covers: true, help: h}, repeats: {shape: words, covers: true, help: h}}\n"
    folder.write("collection.yaml", COLLECTION + declared)
    folder.deck("- {id: A1, front: q, back: a, teaches: S1, repeats: [S1, S2]}")
    items = coverage.coverage(loader.load(folder.path).raise_for_errors())
    assert [item.notes for item in items] == [("A1",), ("A1",), (), ()]


def test_coverage_works_where_the_key_of_version_0_9_is_not_declared(folder: Folder) -> None:
    folder.write("coverage.yaml", COVERAGE)
    folder.deck("- {id: A1, front: q, back: a, seed_refs: [S1]}")
    items = coverage.coverage(loader.load(folder.path).raise_for_errors())
    assert [item.notes for item in items] == [("A1",), (), (), ()]


def test_every_item_of_the_shipped_coverage_list_is_taught() -> None:
    items = coverage.coverage(loader.load(bundled("decks")).raise_for_errors())
    assert [item.key for item in items if item.is_missing] == []
    assert [item.key for item in items if item.rank == "C" and item.notes] == []
