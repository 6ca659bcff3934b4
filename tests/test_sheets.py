"""Cheat sheets, read back from the PDF: each note once, inside its column, large enough, nothing torn or left
alone."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import pdf
import pytest
from conftest import Folder

import flashcards
from flashcards import Deck, Loaded
from flashcards.actions.building import Built
from flashcards.exporters.job import PrintOptions
from flashcards.resources import bundled

SHEETS = Path("out/cheat-sheets.pdf")
SENTENCE = "The model serves features online, and drift is measured by the population stability index."


def build(loaded: Loaded, out: Path = Path("out"), **options: Any) -> Built:
    return flashcards.build(
        loaded, out, now=1_800_000_000, to=["cheat-sheets"], printing=PrintOptions(**options)
    )


@dataclass(frozen=True)
class Line:
    """A line in a column; places in millimetres from the page's top."""

    text: str
    size: float
    bottom: float
    fonts: frozenset[str]


@dataclass(frozen=True)
class Page:
    left: list[Line]
    right: list[Line]
    foot: str
    sizes: list[
        float
    ]  # of the letters in the text's own font: formulas have smaller scripts, code its own size
    colours: frozenset[tuple[float, ...]]

    @property
    def columns(self) -> list[list[Line]]:
        return [column for column in (self.left, self.right) if column]


def read(path: Path = SHEETS) -> list[Page]:
    """Read a sheet's pages, and look that all text is inside its column."""
    return [_read(page) for page in pdf.read(path).pages]


def _read(page: pdf.Page) -> Page:
    middle, foot = page.width / 2, page.height - 16
    # a deck's title and, in a size of its own, its description
    heads = [letter.bottom for letter in page.letters if letter.size > 15 or round(letter.size, 2) == 10]
    top = max(heads, default=0) + 0.4
    left, right = (
        [_line(line, *inner) for line in page.text_lines(pdf.Box(x0, top, x1, foot))]
        for x0, x1, inner in (
            (0, middle, (14, middle - 4)),
            (middle, page.width, (middle + 4, page.width - 14)),
        )
    )
    below = page.text_lines(pdf.Box(0, page.height - 14, page.width, page.height))
    return Page(
        left,
        right,
        "\n".join(line.text for line in below),
        [letter.size for letter in page.letters if "LibertinusSerif" in letter.font],
        frozenset(letter.colour for letter in page.letters),
    )


def _line(line: pdf.Run, x0: float, x1: float) -> Line:
    letters = [letter for letter in line.letters if letter.is_visible]
    # hyphens and points may hang in the margin, so that the edge looks straight
    outside = [c.text for c in letters if c.text.isalnum() and (c.x0 < x0 - 0.2 or c.x1 > x1 + _lean(c))]
    assert not outside, f"{''.join(outside)} of {line.text!r} is not inside its column"
    fonts = frozenset(letter.font for letter in letters)
    return Line(line.text, max(letter.size for letter in letters), line.bottom, fonts)


def _lean(letter: pdf.Letter) -> float:
    """Return how far the ink of a letter may go beyond the place that it takes, in millimetres."""
    return 0.9 if letter.text == "f" or "Italic" in letter.font else 0.2


def text_of(path: Path = SHEETS) -> str:
    return pdf.read(path).text


def words_of(path: Path = SHEETS) -> list[str]:
    text = re.sub(r"[\u200b\u00ad]|-\r?\n|\ufffe\r?\n?", "", text_of(path))
    return re.findall(r"\w+", text)


# ----------------------------------------------------------------------------------------------------- the shipped decks


# US Letter differs from A4 in its measures alone: three decks, with rubrics, pitfalls and formulas, show that
ON_LETTER = ("02-rubric", "06-pitfalls", "10-model-design")


@dataclass(frozen=True)
class Shipped:
    decks: list[Deck]
    out: Path
    sheets: dict[str, list[Page]]  # by deck

    def pages(self) -> Iterator[Page]:
        for pages in self.sheets.values():
            yield from pages


@pytest.fixture(scope="module", params=[pytest.param("a4", marks=pytest.mark.slow), "us-letter"])
def shipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(bundled("decks"), folder / "decks", ignore=shutil.ignore_patterns(".flashcards"))
    names = [f"{key}.yaml" for key in ON_LETTER] if request.param == "us-letter" else [""]
    loaded = flashcards.load(*(folder / "decks" / name for name in names))
    built = build(loaded, folder / "out", paper=request.param)
    assert (built.failures, built.diagnostics) == ([], [])  # a finding would say that a sheet is not PDF/UA-1
    decks = [deck for deck in loaded.raise_for_errors().decks if deck.key in loaded.selected]
    assert len(decks) == (3 if request.param == "us-letter" else 18)
    sheets = {deck.key: read(folder / "out/cheat-sheets" / f"{deck.key}.pdf") for deck in decks}
    return Shipped(decks, folder / "out", sheets)


def test_all_text_is_large_enough(shipped: Shipped) -> None:
    for name, pages in shipped.sheets.items():
        assert all(page.columns for page in pages), name
        sizes = [size for page in pages for size in page.sizes]
        assert min(sizes) > 8.99, name
        assert 9.4 < median(sizes) < 9.6, name


def test_lines_are_of_a_length_that_the_eye_follows(shipped: Shipped) -> None:
    """45 to 75 letters; the longer half of all lines are the full ones."""
    lengths = sorted(
        len(line.text)
        for page in shipped.pages()
        for column in page.columns
        for line in column
        if line.size < 9.6
    )
    full = lengths[len(lengths) // 2 :]
    assert 50 < mean(full) < 65
    assert max(full) <= 75


def test_no_heading_is_last_in_a_column(shipped: Shipped) -> None:
    for name, pages in shipped.sheets.items():
        for column in (column for page in pages for column in page.columns):
            assert column[-1].size < 10.9, (name, column[-1].text)


def test_no_answer_is_torn_from_its_question(shipped: Shipped) -> None:
    """No column ends with a line that is all bold, as questions are; only the result of an estimate may be
    bold to its end."""
    for name, pages in shipped.sheets.items():
        for column in (column for page in pages for column in page.columns):
            is_bold = all("Bold" in font for font in column[-1].fonts)
            assert not is_bold or column[-1].text.startswith("Result"), (name, column[-1].text)


def test_the_columns_of_the_last_page_are_level(shipped: Shipped) -> None:
    highest = 90  # mm, of an entry with a table, or the last note with the sources
    for name, pages in shipped.sheets.items():
        left, right = pages[-1].left, pages[-1].right
        assert left[-1].bottom - (right[-1].bottom if right else 0) < highest, name
        assert not right or right[-1].bottom - left[-1].bottom < highest, name


def test_every_colour_is_legible_in_grey(shipped: Shipped) -> None:
    """Text has a contrast of at least 4.5 to 1 with white paper (WCAG 2.1, 1.4.3), computed from its
    luminance alone."""
    colours = frozenset[tuple[float, ...]]().union(*(page.colours for page in shipped.pages()))
    assert len(colours) > 2
    for colour in colours:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5, colour


def test_every_note_is_printed_once(shipped: Shipped) -> None:
    for deck in shipped.decks:
        printed = "".join(words_of(shipped.out / "cheat-sheets" / f"{deck.key}.pdf"))
        for note in deck.notes:
            # the first words of what a note says first, without what Markdown makes of them
            plain = re.sub(r"\{\{c\d+::|(?:::[^{}]*)?\}\}", "", note.front)
            lead = re.findall(r"\w+", re.split(r"[$`\[]", plain)[0])[:15]
            assert len(lead) < 3 or printed.count("".join(lead)) == 1, (note.id, lead)


def test_sheets_are_tagged_and_have_title_language_and_bookmarks(shipped: Shipped) -> None:
    combined = pdf.read(shipped.out / "cheat-sheets.pdf")
    assert [title for level, title in combined.bookmarks if level == 0] == [
        deck.title for deck in shipped.decks
    ]
    for deck in shipped.decks:
        sheet = pdf.read(shipped.out / "cheat-sheets" / f"{deck.key}.pdf")
        assert (sheet.title, sheet.language, sheet.tagged) == (deck.title, "en", True)
        groups = list(dict.fromkeys("".join(note.labels.get("group", ())) for note in deck.notes))
        sections = [*filter(None, groups), "Sources"]
        assert sheet.bookmarks == [(0, deck.title), *((1, section) for section in sections)]


def test_the_foot_names_title_date_sources_and_page(shipped: Shipped) -> None:
    for deck in shipped.decks:
        pages = shipped.sheets[deck.key]
        for number, page in enumerate(pages, 1):
            place = rf"{number} of {len(pages)}"
            found = re.fullmatch(
                rf"{re.escape(deck.title)} 20\d\d-\d\d-\d\d, sources on page (\d+) {place}", page.foot
            )
            assert found, page.foot
            named = int(found[1])  # long ones go on, and stand on two pages
            around = [
                line.text
                for each in pages[named - 2 if named > 1 else 0 : named]
                for column in each.columns
                for line in column
            ]
            assert "Sources" in around


# ------------------------------------------------------------------------------------------------------------- own notes


def test_every_kind_has_its_own_form_on_paper(deck: Callable[..., Loaded]) -> None:
    build(
        deck(
            """
            - {id: A, front: What is recall?, back: Found of all., why: It counts misses.}
            - {id: B, kind: reversed, front: precision, back: right of found}
            - {id: C, cloze: "Recall counts {{c1::misses::what}}, precision {{c2::false alarms}}."}
            - {id: D, kind: choice, front: Which one?, options: [one, right: two, three], reason: Because.}
            - {id: E, kind: scenario, setting: Late., probe: “Why?”, checkpoints: [Says so because a, Asks because b]}
            - {id: F, kind: rubric, front: Framing?, area: framing, signal: States a goal., red_flag: Guesses.}
            - {id: G, kind: pitfall, says: “Accuracy is 99%.”, fault: "**Base rate.** It is rare.", fix: Use recall.}
            - {id: H, kind: compare, front: How do they differ?, table: [{Term: a, Means: x}, {Term: b, Means: y}]}
            - {id: I, kind: formula, front: Precision?, formula: $$p = t$$, symbols: [$t$ true], caveat: Needs data.}
            - {id: J, kind: estimate, front: How many?, steps: [2 a day, 10 days], result: "20"}
            """
        )
    )
    options = re.search(r"A\..*?(?=Because)", " ".join(text_of().split()))
    assert options
    assert sorted(re.findall(r"[A-C]\. (\w+)", options[0])) == ["one", "three", "two"]
    text = " ".join(text_of().split()).replace(options[0], "OPTIONS ")
    for shown in (
        "What is recall? Found of all. Why: It counts misses.",
        "precision right of found",
        "Recall counts misses, precision false alarms.",
        "Which one? OPTIONS Because.",
        "Late. “Why?” ☐ Says so because a ☐ Asks because b",
        "Framing? States a goal. Red flag Guesses.",
        "“Accuracy is 99%.” Base rate. It is rare. Fix Use recall.",
        "How do they differ? Term Means a x b y",
        "true. Caveat Needs data.",
        "How many? 1. 2 a day 2. 10 days Result 20",
    ):
        assert shown in text
    (page,) = pdf.read(SHEETS).pages
    clozes = [word for word in page.words() if word.text in ("misses,", "false", "alarms.")]
    underlined = [line for line in page.lines if line.width < 60]
    under = [any(0 < line.top - word.bottom + 1.4 < 1.4 for line in underlined) for word in clozes]
    assert under == [True, True, True]


def test_sections_follow_the_notes_and_begin_with_their_first(deck: Callable[..., Loaded]) -> None:
    build(
        deck(
            """
            - {id: A, front: alpha, back: one}
            - {id: B, front: beta, back: two, group: Second}
            - {id: C, front: gamma, back: three, group: First}
            - {id: D, front: delta, back: four, group: Second}
            """
        )
    )
    lines = [line.text for page in read() for column in page.columns for line in column]
    assert lines == ["alpha one", "Second", "beta two", "delta four", "First", "gamma three"]


def test_retired_notes_are_never_printed(deck: Callable[..., Loaded]) -> None:
    build(deck("- {id: A, front: a, back: b}\n- {id: R, front: old, back: gone, retired: wrong}"))
    assert "gone" not in text_of()


@pytest.mark.parametrize("count", range(1, 40, 3))
def test_columns_are_level_for_any_number_of_notes(deck: Callable[..., Loaded], count: int) -> None:
    notes = "\n".join(f"- {{id: A{i}, front: Why {i}?, back: '{SENTENCE} {SENTENCE}'}}" for i in range(count))
    build(deck(notes))
    last = read()[-1]
    height = 22  # mm, of an entry
    assert abs(last.left[-1].bottom - last.right[-1].bottom) < height if last.right else count == 1
    assert Counter(words_of())["Why"] == count


def test_the_same_notes_give_the_same_bytes(deck: Callable[..., Loaded]) -> None:
    loaded = deck("\n".join(f"- {{id: A{i}, front: Why {i}?, back: '{SENTENCE}'}}" for i in range(30)))
    build(loaded)
    first = SHEETS.read_bytes()
    SHEETS.unlink()
    build(loaded)
    assert SHEETS.read_bytes() == first


HOSTILE = {
    "word": f"    {'x' * 300} {'WORD' * 75} https://example.org/{'path/' * 60}\n",
    "rows": "    | row | says |\n    | --- | --- |\n"
    + "".join(f"    | {i} | {SENTENCE} |\n" for i in range(30)),
    "columns": "    "
    + "| wide " * 9
    + "|\n    "
    + "| --- " * 9
    + "|\n"
    + ("    " + "| population " * 9 + "|\n") * 5,
    "right to left": "    مرحبا بالعالم and שלום עולם\n",
    "emoji": "    a 😀 b\n",
    "long formula": "    $$" + " + ".join(f"x_{{{i}}}^2" for i in range(60)) + "$$\n",
    "long code": "    ```python\n    " + "value = " + "call(" * 40 + ")" * 40 + "\n    ```\n",
    "list in list": "".join("    " + "  " * depth + f"- level {depth}\n" for depth in range(12)),
    "long": "    " + " ".join([SENTENCE] * 120) + "\n",
}


def test_a_hostile_deck_prints_or_says_which_note_cannot(folder: Folder) -> None:
    notes = "".join(
        f"- id: {key.replace(' ', '-')}\n  front: What {i}?\n  back: |\n{text}"
        for i, (key, text) in enumerate(HOSTILE.items())
    )
    folder.deck(notes)
    built = build(folder.check())
    assert built.failures == []
    assert {finding.note for finding in built.diagnostics} == {"emoji"}  # a letter that no font has
    assert {finding.rule for finding in built.diagnostics} == {"print-accessibility"}
    assert len(read()) == 3  # nothing leaves its column
    printed = "".join(words_of())
    assert "x" * 300 + "WORD" * 75 in printed
    assert printed.count("Themodelservesfeatures") == 150
    assert printed.count("call") == 40
    assert all(f"level{depth}" in printed for depth in range(12))


@pytest.mark.slow
def test_two_thousand_notes_print_each_once(folder: Folder) -> None:
    folder.deck(
        "".join(f"- {{id: N{i}, front: Why q{i}q?, back: '{SENTENCE} a{i}a'}}\n" for i in range(2000))
    )
    built = flashcards.build(folder.check(), Path("out"), now=1_800_000_000, to=["cheat-sheets", "cards"])
    assert (built.failures, built.diagnostics) == ([], [])
    printed = Counter(words_of())
    assert all(printed[f"q{i}q"] == printed[f"a{i}a"] == 1 for i in range(2000))
    printed = Counter(words_of(Path("out/cards.pdf")))
    assert all(printed[f"q{i}q"] == printed[f"a{i}a"] == 1 for i in range(2000))


def test_sources_never_fill_a_page_alone(folder: Folder) -> None:
    folder.write(
        "sources.yaml", "".join(f"k{i}: {{title: T{i}, short: Source number {i}}}\n" for i in range(3))
    )
    answer = "An answer in some words that fill lines. " * 4
    alone = 0
    for notes in range(50, 58):
        folder.deck(
            "".join(
                f"- {{id: A{i}, front: Question number {i} about something long enough?, "
                f"back: {answer}, sources: [k{i % 3}]}}\n"
                for i in range(notes)
            )
        )
        flashcards.build(folder.check(), Path("out"), now=1_800_000_000, to=["cheat-sheets"])
        *_, last = pdf.read(Path("out/cheat-sheets.pdf")).texts
        assert "Sources" in last
        assert f"Question number {notes - 1} " in last
        alone += last.count("Question") == 1
    assert alone, "else no number of notes would have sources alone on a page"
