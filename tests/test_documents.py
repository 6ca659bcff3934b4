"""The documents that come with flashcards, read back from the PDF: one page, all of it legible, true to the
notes they name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from statistics import median

import jinja2
import pdf
import pytest

import flashcards
from flashcards import Loaded
from flashcards.actions.building import Built
from flashcards.exporters.job import PrintOptions
from flashcards.exporters.print.typesetting import PrintError
from flashcards.resources import bundled

SIZES = {"a4": (210, 297), "us-letter": (215.9, 279.4)}
TITLES = {
    "interview-sheet": "The one page before an interview",
    "score-sheet": "Score sheet of a mock interview",
}


def build(loaded: Loaded, out: Path, name: str, paper: str = "a4") -> Built:
    return flashcards.build(loaded, out, now=1_800_000_000, to=[name], printing=PrintOptions(paper))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    decks = tmp_path_factory.mktemp("shipped") / "decks"
    shutil.copytree(bundled("decks"), decks, ignore=shutil.ignore_patterns(".flashcards"))
    return flashcards.check(decks)


@pytest.fixture(scope="module", params=[(name, paper) for name in TITLES for paper in SIZES], ids="-".join)
def printed(
    request: pytest.FixtureRequest, shipped: Loaded, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str, Path]:
    """The name of a document, its paper, and its PDF."""
    name, paper = request.param
    built = build(shipped, tmp_path_factory.mktemp(name), name, paper)
    assert (built.failures, built.diagnostics) == ([], [])  # a finding would say that it is not PDF/UA-1
    return name, paper, built.written[0].path


@pytest.fixture
def page(printed: tuple[str, str, Path]) -> pdf.Page:
    return pdf.read(printed[2]).pages[0]


def codes(text: str) -> set[str]:
    """Return the ids of notes in a text."""
    return set(re.findall(r"\b[A-Z]{2}\d\d\b", text))


def test_one_page_tagged_with_title_and_language(printed: tuple[str, str, Path]) -> None:
    name, paper, path = printed
    sheet = pdf.read(path)
    assert sheet.sizes == [pytest.approx(SIZES[paper], abs=0.01)]
    assert (sheet.tagged, sheet.language, sheet.title) == (True, "en", TITLES[name])


def test_all_text_is_on_the_page_and_none_on_other_text(page: pdf.Page) -> None:
    edge = 7  # mm; nearer to it, printers leave out what they cannot reach
    outside = [
        letter.text
        for letter in page.visible
        if letter.x0 < edge
        or letter.x1 > page.width - edge
        or letter.top < edge
        or letter.bottom > page.height - edge
    ]
    assert outside == []
    assert [
        (one.text, other.text) for one, other in combinations(page.words(gap=0.5), 2) if _overlap(one, other)
    ] == []


def _overlap(one: pdf.Run, other: pdf.Run) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > 0.2 and down > 0.7  # boxes of lines are as high as the font and touch


def test_text_is_large_enough(printed: tuple[str, str, Path], page: pdf.Page) -> None:
    sizes = sorted(round(letter.size, 2) for letter in page.visible)
    small = "".join(letter.text for letter in page.visible if letter.size < 8.99)
    if printed[0] == "interview-sheet":
        assert (small, median(sizes) >= 10) == ("", True)  # at arm's length
    else:
        assert sizes[0] == 8.5
        assert small.startswith("Solvesatonce;")  # the anchors of the scores and nothing else
        assert small.endswith("challenge,recoverswell")


@pytest.mark.parametrize(
    "printed", [("interview-sheet", paper) for paper in SIZES], ids="-".join, indirect=True
)
def test_the_page_before_an_interview_is_read_in_two_minutes(page: pdf.Page) -> None:
    """At 175 words a minute, as one reads to remember; and it is no shorter than a page that is worth it."""
    words = [word for word in page.words() if re.search(r"\w", word.text)]
    assert 250 < len(words) <= 2 * 175


def test_notes_that_are_named_exist(printed: tuple[str, str, Path], page: pdf.Page, shipped: Loaded) -> None:
    named = codes(page.text)
    assert len(named) > 10
    assert named <= {note.id for _, note in shipped.raise_for_errors().notes() if note.retired is None}


def test_clock_and_pitfalls_come_from_the_notes(shipped: Loaded, tmp_path: Path) -> None:
    decks = tmp_path / "decks"
    shutil.copytree(shipped.raise_for_errors().path, decks)
    for deck, old, new in (
        ("04-delivery-framework", "high-level design {{c2::3}}", "high-level design {{c2::5}}"),
        ("06-pitfalls", "**Model before problem.**", "**Cart before horse.**"),
        ("02-rubric", "{{c3::model design}}", "{{c3::model building}}"),
    ):
        path = decks / f"{deck}.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
    loaded = flashcards.load(decks)
    texts = {name: pdf.read(build(loaded, tmp_path, name).written[0].path).text for name in TITLES}
    for text in texts.values():
        assert "Cart before horse" in text
        assert "Model before problem" not in text
    clock = texts["interview-sheet"].partition("Six steps, 47 minutes")[2].partition("Frame")[0]
    assert " ".join(re.findall(r"^\d+", clock, re.MULTILINE)) == "0 6 6 5 11 10 21 10 31 7 38 9 47"
    assert "Model building" in texts["score-sheet"]


def test_a_note_that_is_missing_is_named(deck: Callable[..., Loaded], tmp_path: Path) -> None:
    built = build(deck("- {id: A1, front: Why?, back: Because.}"), tmp_path, "interview-sheet")
    [(name, problem)] = built.failures
    assert isinstance(problem, PrintError)
    assert (name, str(problem), built.written) == (
        "interview-sheet",
        "interview-sheet: there is no note `DF01`",
        [],
    )


@pytest.mark.parametrize(
    "template", sorted(bundled("templates").joinpath("print").glob("*.typ")), ids=lambda path: path.stem
)
def test_templates_keep_to_what_tells_text_from_typst(template: Path) -> None:
    """Macros, calls, set blocks and `self` would hand on as a text what has been made Typst already, or the
    reverse."""
    syntax = jinja2.Environment(
        variable_start_string="<<", variable_end_string=">>", block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
    )  # fmt: skip
    tree = syntax.parse(template.read_text(encoding="utf-8"))
    nodes = jinja2.nodes
    assert not list(tree.find_all((nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.FilterBlock)))
    assert "self" not in {name.name for name in tree.find_all(nodes.Name)}
