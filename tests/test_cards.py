"""Cut-out cards, read back from the PDF: who is where, do backs lie behind their fronts, is all text in its
box."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdf
import pytest
from conftest import COLLECTION, Folder

import flashcards
from flashcards import Loaded, Severity
from flashcards.actions.building import Built
from flashcards.exporters.job import PrintOptions
from flashcards.exporters.print import cards
from flashcards.resources import bundled

CARDS = Path("out/cards.pdf")
SENTENCE = "The model serves features online, and drift is measured by the population stability index."


def build(loaded: Loaded, *to: str, **options: Any) -> Built:
    return flashcards.build(
        loaded, Path("out"), now=1_800_000_000, to=to or ["cards"], printing=PrintOptions(**options)
    )


@dataclass(frozen=True)
class Side:
    """One side of a card as it is in a PDF; places are in millimetres from the page's top left corner."""

    id: str
    number: str  # 1/2, or empty
    text: str
    center: tuple[float, float]  # of the card, from the crop marks
    corner: tuple[float, float]  # where the id ends


def pages(path: Path = CARDS) -> list[list[Side]]:
    """Return the sides on each page in reading order, after looking that all text is inside a card and large
    enough."""
    return [list(_sides(page)) for page in pdf.read(path).pages]


def _sides(page: pdf.Page) -> Iterator[Side]:
    marks = [line for line in page.lines if round(max(line.width, line.height), 1) == 5]
    left, right = min(m.x1 for m in marks) + 1.5, max(m.x0 for m in marks) - 1.5
    top, bottom = min(m.bottom for m in marks) + 1.5, max(m.top for m in marks) - 1.5
    for mark in marks:
        assert mark.x1 < left or mark.x0 > right or mark.bottom < top or mark.top > bottom, (
            "a crop mark on a card"
        )
    width, height = (right - left) / 2, (bottom - top) / 4
    cells: dict[tuple[int, int], list[pdf.Letter]] = {}
    for letter in page.visible:
        cell = int((letter.top - top) // height), int((letter.x0 - left) // width)
        cells.setdefault(cell, []).append(letter)
    for (row, column), letters in sorted(cells.items()):
        assert row in range(4) and column in range(2)
        x, y = left + column * width, top + row * height
        inner = (x + 6, x + width - 6, y + height - 3)
        outside = [c.text for c in letters if c.x0 < inner[0] or c.x1 > inner[1] or c.bottom > inner[2]]
        assert not outside, f"{''.join(outside)} is not inside its card"
        assert min(c.size for c in letters if "Libertinus" in c.font) > 6.99
        last = max(letters, key=lambda c: (round(c.bottom, 1), c.x1))
        lines = page.text_lines(pdf.Box(x, y, x + width, y + height))
        *text, corner = (line.text for line in lines)
        found = re.search(r"(\S+?)(?: · (\d/\d))?$", corner)
        assert found
        center = (x + width / 2, y + height / 2)
        yield Side(found[1], found[2] or "", "\n".join(text), center, (last.x1, last.bottom))


def words(sides: list[Side]) -> list[str]:
    return " ".join(side.text for side in sides).split()


@pytest.fixture
def eleven(folder: Folder) -> Loaded:
    """A full sheet and one with three cards."""
    folder.deck("".join(f"- {{id: A{i}, front: What is {i}?, back: This is {i}.}}\n" for i in range(1, 12)))
    return folder.check()


# ---------------------------------------------------------------------------------------------------------------- sheets


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
@pytest.mark.parametrize("back_offset", [(0.0, 0.0), (1.5, -0.5)])
@pytest.mark.parametrize("flip", ["long", "short"])
def test_backs_lie_behind_their_fronts(
    eleven: Loaded, paper: str, back_offset: tuple[float, float], flip: str
) -> None:
    build(eleven, paper=paper, flip=flip, back_offset=back_offset)
    sheets = pages()
    assert [len(page) for page in sheets] == [8, 8, 3, 3]
    assert [side.id for side in sheets[0] + sheets[2]] == [f"A{i}" for i in range(1, 12)]
    width, height = {"a4": (210, 297), "us-letter": (215.9, 279.4)}[paper]
    for fronts, backs in ((sheets[0], sheets[1]), (sheets[2], sheets[3])):
        behind = {side.id: side for side in backs}
        for front in fronts:
            back = behind.pop(front.id)
            assert (front.text, back.text) == (f"What is {front.id[1:]}?", f"This is {front.id[1:]}.")
            (x, y), (right, down) = front.center, back_offset
            mirrored = (width - x + right, y + down) if flip == "long" else (x + right, height - y + down)
            assert back.center == pytest.approx(mirrored, abs=0.05)
            # the ids, not only the marks: each is at the same place in its card
            own = [
                (side.corner[0] - side.center[0], side.corner[1] - side.center[1]) for side in (front, back)
            ]
            assert own[0] == pytest.approx(own[1], abs=0.05)
        assert not behind


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_folded_cards_have_their_back_at_the_right_of_the_front(eleven: Loaded, paper: str) -> None:
    build(eleven, paper=paper, fold=True)
    sheets = pages()
    assert [len(page) for page in sheets] == [8, 8, 6]
    middle = {"a4": 210, "us-letter": 215.9}[paper] / 2
    for page in sheets:
        for front, back in zip(page[::2], page[1::2], strict=True):
            assert (front.id, front.text, back.text) == (
                back.id,
                f"What is {front.id[1:]}?",
                f"This is {front.id[1:]}.",
            )
            assert back.center == pytest.approx((2 * middle - front.center[0], front.center[1]), abs=0.05)
    dashes = [line for line in pdf.read(CARDS).pages[0].lines if line.dashed]
    assert [line.x0 for line in dashes] == [pytest.approx(middle, abs=0.01)]


def test_the_shipped_decks_are_on_cards_each_note_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundled("decks"), "decks", ignore=shutil.ignore_patterns(".flashcards"))
    loaded = flashcards.load(
        "decks/01-interview-types.yaml", "decks/02-rubric.yaml", "decks/06-pitfalls.yaml"
    )
    built = build(loaded)
    assert (built.failures, built.diagnostics) == ([], [])
    sheets = pages()
    decks = [deck for deck in loaded.raise_for_errors().decks if deck.key in loaded.selected]
    selected = [note.id for deck in decks for note in deck.notes if note.retired is None]
    assert [side.id for page in sheets[::2] for side in page] == selected
    assert Counter(side.id for page in sheets[1::2] for side in page) == Counter(selected)


def test_retired_notes_are_never_printed(deck: Callable[..., Loaded]) -> None:
    build(deck("- {id: A, front: a, back: b}\n- {id: R, front: old, back: gone, retired: wrong}"))
    assert [[side.id for side in page] for page in pages()] == [["A"], ["A"]]
    CARDS.unlink()
    assert build(deck("- {id: R, front: old, back: gone, retired: wrong}")).written == []


def test_cards_are_written_only_when_asked_for(eleven: Loaded) -> None:
    flashcards.build(eleven, Path("out"), now=1)
    assert not CARDS.exists()


def test_the_same_notes_give_the_same_bytes(eleven: Loaded) -> None:
    build(eleven)
    first = CARDS.read_bytes()
    CARDS.unlink()
    build(eleven)
    assert CARDS.read_bytes() == first


def test_the_pdf_is_tagged_and_has_title_language_and_bookmarks(folder: Folder) -> None:
    folder.write("collection.yaml", (folder.path / "collection.yaml").read_text() + "language: de\n")
    folder.deck(
        "title: Erstes\nnotes:\n  - {id: A, front: a, back: b}\n  - {id: B, front: b, back: b}\n",
        "01-eins.yaml",
    )
    folder.deck("title: Zweites\nnotes:\n  - {id: C, front: c, back: b}\n", "02-zwei.yaml")
    assert build(folder.check()).diagnostics == []
    printed = pdf.read(CARDS)
    assert (printed.title, printed.author) == ("Test Collection: cards", "Test Collection")
    assert (printed.language, printed.tagged) == ("de", True)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in printed.content
    assert printed.bookmarks == [(0, "Erstes"), (0, "Zweites")]


# --------------------------------------------------------------------------------------------------------------- content


def test_the_front_of_a_cloze_has_blanks_and_hints_in_place_of_all_answers(
    deck: Callable[..., Loaded],
) -> None:
    build(
        deck(
            r"""
            - id: C
              cloze: >-
                An {{c1::answer}}, a {{c2::hinted::kind}} one, `f({{c1::argument}})`, **{{c3::bold {{c4::nested}}}}**
                and $x = {{c1::z}} + 1$.
            """
        )
    )
    ((front,), (back,)) = pages()
    assert front.text.replace("\n", " ").startswith("An _______, a kind one, f(____), _______ and 𝑥 =")
    assert not re.search("answer|hinted|argument|nested|bold|𝑧", front.text)
    shown = back.text.replace("\n", " ")
    assert all(answer in shown for answer in ("answer", "hinted", "f(argument)", "bold nested", "𝑧"))


def test_a_note_with_several_cards_is_one_card_of_paper(deck: Callable[..., Loaded]) -> None:
    build(
        deck(
            "- {id: R, kind: reversed, front: recall, back: found of all}\n- {id: C, cloze: 'a {{c1::b}} {{c2::c}}'}"
        )
    )
    assert [[side.id for side in page] for page in pages()] == [["R", "C"], ["C", "R"]]


def test_why_stands_below_every_answer(deck: Callable[..., Loaded]) -> None:
    build(deck("- {id: A, front: a, back: b, why: because}\n- {id: B, front: b, back: c}"))
    _, backs = pages()
    assert [side.text for side in backs] == ["c", "b\nWhy: because"]


# ------------------------------------------------------------------------------------------------------------------- fit


def test_letters_shrink_before_a_card_is_divided(deck: Callable[..., Loaded]) -> None:
    notes = "\n".join(
        f"- {{id: A{n}, front: What {n}?, back: '{' '.join([SENTENCE] * n)}'}}" for n in (1, 8, 9)
    )
    assert build(deck(notes)).diagnostics == []
    sizes = {letter.size for letter in pdf.read(CARDS).pages[1].letters if letter.size > 7}
    assert len({round(size, 1) for size in sizes}) > 2
    assert min(sizes) >= 7.4


OVERFLOW = f"""
- id: LONG
  front: Why?
  back: {" ".join(f"{i}: {SENTENCE}" for i in range(30))}
- {{id: SHORT, front: a, back: b}}
""".replace(": The", " The")


def test_what_is_too_long_goes_on_and_is_named(deck: Callable[..., Loaded]) -> None:
    built = build(deck(OVERFLOW))
    (finding,) = built.diagnostics
    assert (finding.rule, finding.severity, finding.note) == ("print-overflow", Severity.WARNING, "LONG")
    assert finding.message == "`LONG` is too long for a card and goes on: it takes 3"
    assert finding.span is not None
    assert (finding.span.source.path, finding.span.source.position(finding.span.start).line) == (
        "decks/01-deck.yaml",
        3,
    )
    fronts, backs = pages()
    assert [(side.id, side.number, side.text) for side in fronts[:3]] == [
        ("LONG", f"{k}/3", "Why?") for k in (1, 2, 3)
    ]
    parts = sorted((side for side in backs if side.id == "LONG"), key=lambda side: side.number)
    assert words(parts) == " ".join(f"{i} {SENTENCE}" for i in range(30)).split()
    assert [side.id for side in fronts] == ["LONG", "LONG", "LONG", "SHORT"]


def test_strict_makes_it_an_error_that_withholds_nothing(deck: Callable[..., Loaded]) -> None:
    built = build(deck(OVERFLOW), "apkg", "cards", strict=True)
    assert [finding.severity for finding in built.diagnostics] == [Severity.ERROR]
    assert [written.path.name for written in built.written] == ["test-collection.apkg", "cards.pdf"]
    assert built.failures == []


def lines(count: int, line: str = "{i} {sentence}") -> str:
    return "".join(f"    {line.format(i=i, sentence=SENTENCE)}\n" for i in range(count))


DIVIDED = {
    "list": lines(20, "- {i} {sentence}"),
    "steps": lines(20, "{i}. {sentence}"),
    "nested list": lines(8, "- {i} {sentence}\n      - {i} {sentence}\n        1. {i}"),
    "deep list": "".join(f"    {'  ' * i}- {i} {' '.join([SENTENCE] * 4)}\n" for i in range(7)),
    "quotation": "    > " + " ".join([SENTENCE] * 20) + "\n",
    "table": "    | row | says |\n    | --- | --- |\n" + lines(30, "| {i} | {sentence} |"),
    "table of 9 columns": "    "
    + "| wide " * 9
    + "|\n    "
    + "| --- " * 9
    + "|\n"
    + lines(12, "| {i} population " * 9 + "|"),
    "code": "    ```python\n" + lines(60, "def f{i}(x): return x  # {i}") + "    ```\n",
    "paragraphs": lines(12, "{i} {sentence}\n"),
    "emphasis": "    **" + " ".join([SENTENCE] * 20) + "**\n",
    "link": "    [" + " ".join([SENTENCE] * 20) + "](https://example.org)\n",
}


@pytest.mark.parametrize("kind", DIVIDED)
def test_every_kind_of_text_can_be_divided_and_loses_nothing(deck: Callable[..., Loaded], kind: str) -> None:
    loaded = deck(f"- id: A\n  front: What?\n  back: |\n{DIVIDED[kind]}")
    assert loaded.diagnostics == ()
    built = build(loaded)
    assert [(finding.rule, finding.severity) for finding in built.diagnostics] == [
        ("print-overflow", Severity.WARNING)
    ]
    parts = sorted((side for page in pages()[1::2] for side in page), key=lambda side: side.number)
    assert len(parts) > 1
    source = re.sub(r"[|>*#`\[\]]|\(https.*?\)|^\s*-\s|---|python$", " ", DIVIDED[kind], flags=re.MULTILINE)
    printed = "\n".join(part.text for part in parts)
    expected, found = (
        Counter(re.findall(r"[a-z]{2,}", text.replace("-\n", ""))) for text in (source, printed)
    )
    for header in ("row", "says", "wide"):  # on every part
        expected[header] *= len(parts)
    if "table" in kind:  # what stands beside each other in columns is not read in order
        expected, found = (Counter("".join(counter.elements())) for counter in (expected, found))
    assert found == expected


def test_many_notes_are_set_in_batches_which_are_joined(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [f"- {{id: N{i}, front: What is {i}?, back: '{i} is $x^{i}$'}}\n" for i in range(1, 31)]
    notes[3] = f"- {{id: N4, front: Long, back: '{' '.join([SENTENCE] * 25)}'}}\n"
    folder.deck("".join(notes[:20]), "01-a.yaml")
    folder.deck("".join(notes[20:]), "02-b.yaml")
    loaded = folder.check()
    at_once = build(loaded)
    expected, document = pages(), pdf.read(CARDS)
    monkeypatch.setattr(cards, "_BATCH", 100)
    in_batches = build(loaded)
    joined = pdf.read(CARDS)
    assert pages() == expected
    assert [side.number for side in expected[0]][3:5] == ["1/2", "2/2"]
    assert all(len(page) == 8 for page in expected[:-2])
    assert joined.bookmarks == document.bookmarks
    assert (joined.title, joined.author, joined.language) == (
        document.title,
        document.author,
        document.language,
    )
    assert [len(page) for page in pdf.tags(joined.content)] == [
        len(page) for page in pdf.tags(document.content)
    ]
    assert b"pdfuaid:part" in joined.content
    assert in_batches.diagnostics == at_once.diagnostics
    assert [w.contents for w in in_batches.written] == [w.contents for w in at_once.written]


def test_a_table_without_rows_at_a_cards_end_stops_no_cards(folder: Folder) -> None:
    notes = []
    for count in range(10, 30):  # some of these fill a card but for less than the table needs
        lines = [*(f"- item {i}" for i in range(count)), "", f"| a head alone {SENTENCE} |", "|---|"]
        text = "".join(f"    {line}\n" for line in lines)
        notes.append(f"- id: A{count}\n  front: note {count}\n  back: |\n{text}")
    folder.deck("".join(notes))
    assert build(folder.check()).failures == []
    assert pdf.read(CARDS).text.count("a head alone") == len(notes)


def test_a_letter_that_no_font_has_is_named_also_in_a_batch(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "_BATCH", 10)
    folder.deck("".join(f"- {{id: N{i}, front: What is {i}?, back: 漢}}\n" for i in range(1, 20)))
    findings = build(folder.check()).diagnostics
    assert [finding.note for finding in findings] == ["N1", "N9", "N17"]


def test_a_paragraph_that_fits_a_card_is_not_torn(deck: Callable[..., Loaded]) -> None:
    paragraph = " ".join([SENTENCE] * 4)
    four = "\n\n".join([f"    {paragraph}"] * 4)
    build(deck(f"- id: A\n  front: What?\n  back: |\n{four}\n"))
    parts = [side for page in pages()[1::2] for side in page]
    assert len(parts) > 1
    for part in parts:
        assert len(words([part])) % len(paragraph.split()) == 0


def test_numbers_go_on_where_a_list_is_divided(deck: Callable[..., Loaded]) -> None:
    build(deck(f"- id: A\n  front: What?\n  back: |\n{DIVIDED['steps'].replace('0. ', '1. ', 1)}"))
    parts = sorted((side for page in pages()[1::2] for side in page), key=lambda side: side.number)
    numbers = [int(n) for part in parts for n in re.findall(r"^(\d+)\.", part.text, re.MULTILINE)]
    assert numbers == list(range(1, 21))


def test_a_front_that_is_too_long_goes_on_before_the_whole_answer(deck: Callable[..., Loaded]) -> None:
    build(deck(f"- {{id: A, front: '{' '.join([SENTENCE] * 15)}', back: b}}"))
    fronts, backs = pages()
    assert [side.number for side in fronts] == ["1/2", "2/2"]
    assert words(fronts) == " ".join([SENTENCE] * 15).split()
    assert [side.text for side in backs] == ["b", "b"]


WHOLE = {
    "row": f"    | a | b |\n    | --- | --- |\n    | {' '.join([SENTENCE] * 12)} | {' '.join([SENTENCE] * 12)} |\n",
    "formula": "    $$\\begin{pmatrix}" + " \\\\ ".join(map(str, range(30))) + "\\end{pmatrix}$$\n",
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_cannot_be_divided_is_left_out_and_named(deck: Callable[..., Loaded], kind: str) -> None:
    built = build(
        deck(f"- id: BIG\n  front: What?\n  back: |\n{WHOLE[kind]}\n- {{id: A, front: a, back: b}}")
    )
    (finding,) = built.diagnostics
    assert (finding.rule, finding.severity, finding.note) == ("print-overflow", Severity.ERROR, "BIG")
    assert finding.message.startswith("`BIG` is not printed: ")
    assert [[side.id for side in page] for page in pages()] == [["A"], ["A"]]
    assert [written.contents for written in built.written] == ["1 note on 1 sheet"]


def test_nothing_is_written_if_nothing_can_be_printed(deck: Callable[..., Loaded]) -> None:
    built = build(deck(f"- id: BIG\n  front: What?\n  back: |\n{WHOLE['formula']}"))
    assert (built.written, [finding.note for finding in built.diagnostics]) == ([], ["BIG"])


def test_what_a_note_types_own_template_adds_is_seen_in_the_layout(folder: Folder) -> None:
    """No estimate from the note's fields can know of it."""
    shutil.copytree(bundled("templates") / "notetypes/basic", folder.path / "templates/notetypes/basic")
    template = "#let front(n) = n.front\n#let back(n) = n.back + parbreak() + lorem(400)\n"
    folder.write("templates/notetypes/basic/print.typ", template)
    folder.deck("- {id: A, front: a, back: b}")
    built = build(folder.check())
    assert [finding.message for finding in built.diagnostics] == [
        "`A` is too long for a card and goes on: it takes 3"
    ]
    assert [[side.number for side in page] for page in pages()] == [
        ["1/3", "2/3", "3/3"],
        ["2/3", "1/3", "3/3"],
    ]


HOSTILE = {
    "word": f"{'x' * 300} {'y' * 300}",
    "path": "/".join(["abcdefghijk"] * 40),
    "code": f"`{'a' * 300}`",
    "code block": f"```\n{'w' * 300}\n```",
    "9 columns": f"{'| column1 ' * 9}|\n{'| --- ' * 9}|\n{'| population ' * 9}|\n",
    "5 columns of long words": f"{'| a ' * 5}|\n{'| --- ' * 5}|\n{('| ' + 'x' * 24 + ' ') * 5}|\n",
    "wide formula": "$$" + " + ".join(rf"\frac{{a_{{{i}}}}}{{b_{{{i}}}}}" for i in range(40)) + "$$",
    "wide fraction": r"$\frac{" + " + ".join(f"x_{{{i}}}" for i in range(40)) + "}{2}$ in text",
    "right to left": "مرحبا بالعالم and עברית",
    "emoji": "a 😀 b",
    "headings": f"# a\n\n### b\n\n{SENTENCE}",
    "nothing but a rule": "---",
    "link": f"<https://example.org/{'a' * 200}>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_notes_stay_in_their_box(folder: Folder, kind: str) -> None:
    text = "".join(f"    {line}\n" for line in HOSTILE[kind].splitlines())
    folder.deck(f"- id: FRONT\n  front: |\n{text}  back: b\n- id: BACK\n  front: a\n  back: |\n{text}")
    built = build(folder.check())
    assert built.failures == []
    assert [[side.id for side in page] for page in pages()] == [["FRONT", "BACK"], ["BACK", "FRONT"]]


def test_a_table_with_only_a_head_behind_a_long_list_is_printed(folder: Folder) -> None:
    text = "".join(
        f"    {line}\n"
        for line in [*(f"- item {i}" for i in range(40)), "", f"| a head alone {SENTENCE} |", "|---|"]
    )
    folder.deck(f"- id: A\n  front: a\n  back: |\n{text}")
    assert build(folder.check()).failures == []
    assert "a head alone" in pdf.read(CARDS).text


def test_a_letter_that_no_font_has_is_named_with_its_place(folder: Folder) -> None:
    folder.deck(
        """
        - {id: A, front: a, back: b}
        - {id: B, front: fine, back: 'a smile 😀 and 漢'}
        - {id: C, front: 😀, back: c}
        """
    )
    findings = build(folder.check(), "cheat-sheets", "cards").diagnostics
    assert {finding.rule for finding in findings} == {"print-accessibility"}
    spans = [(finding.note, finding.span) for finding in findings if finding.span]
    places = {(note, *span.source.position(span.start), span.text) for note, span in spans}
    assert places == {("B", 4, 41, "😀"), ("B", 4, 47, "漢")}
    assert findings[-2].message == "no font of the printed sheets has `😀`: cards.pdf shows boxes"


EIGHT = ["name", "epsilon", "latency", "storage", "replicas", "version", "default", "comment"]
VALUES = ["gateway", "1,000,000", "250 ms", "99.99 %", "a few words", "3.11.4", "enabled", "optional"]


@pytest.mark.parametrize(
    "more", [[], [("status", "active")], [("x", "`model.fit`"), ("y", "**12,345,678**")]]
)
def test_columns_of_a_wide_table_stand_apart(folder: Folder, more: list[tuple[str, str]]) -> None:
    rows = [[*EIGHT, *(head for head, _ in more)], [*VALUES, *(value for _, value in more)]]
    head, row = (" | ".join(cells) for cells in rows)
    folder.deck(
        f"- id: A\n  front: q\n  back: |\n    | {head} |\n    |{'---|' * len(rows[0])}\n    | {row} |\n"
    )
    built = build(folder.check(), "cards", "cheat-sheets")
    assert built.diagnostics == []
    for path in (CARDS, Path("out/cheat-sheets.pdf")):
        for page in pdf.read(path).pages:
            letters = sorted(page.visible, key=lambda letter: (round(letter.bottom), letter.x0))
            for a, b in pairwise(letters):
                assert round(a.bottom) != round(b.bottom) or b.x0 - a.x1 > -0.3, (a.text, b.text)


def test_code_shrinks_before_its_lines_are_broken(deck: Callable[..., Loaded]) -> None:
    line = "return the_first_of_all_arguments + the_second_of_them_too"
    built = build(deck(f"- id: A\n  front: q\n  back: |\n    ```\n    {line}\n    x\n    ```\n"))
    assert built.diagnostics == []
    (back,) = pages()[1]
    assert back.text.replace("\u200b", "").splitlines() == [line, "x"]


def test_lines_of_a_formula_that_is_broken_stand_apart(deck: Callable[..., Loaded]) -> None:
    formula = r"\frac{1}{N}\sum_{i=1}^{N}\left[y_i \log \sigma(w^\top x_i + b)\right] + "
    build(deck(f"- id: A\n  front: q\n  back: |\n    $$L = {formula * 4} c$$\n"))
    _, page = pdf.read(CARDS).pages
    rows = sorted({round(letter.bottom, 1) for letter in page.visible if letter.text == "+"})
    assert len(rows) > 1
    assert min(b - a for a, b in pairwise(rows)) > 6


HEBREW = "- {id: HE, front: מהי בירת צרפת?, back: 'פריז, עיר האורות.'}\n- {id: EN, front: Where?, back: 'Here, in $x$.'}\n"


@pytest.mark.parametrize("language", ["he", "en"])
def test_each_text_stands_at_the_side_where_its_language_begins(folder: Folder, language: str) -> None:
    folder.write("collection.yaml", f"{COLLECTION}language: {language}\n")
    folder.deck(HEBREW)
    assert build(folder.check()).diagnostics == []
    fronts, backs = pdf.read(CARDS).pages
    for page, places in ((fronts, {"HE": 0, "EN": 1}), (backs, {"EN": 0, "HE": 1})):
        for note, column in places.items():
            cell = [
                letter for letter in page.visible
                if column * 105 <= letter.x0 < (column + 1) * 105 and letter.bottom < 79
            ]  # fmt: skip
            corners = {text: [c for c in cell if c.text == text and c.size < 7.5] for text in (note[0], "D")}
            text = [letter for letter in cell if letter.size > 7.5]
            left, right = min(c.x0 for c in text) - column * 95, max(c.x1 for c in text) - column * 95
            assert (left < 18) == (note == "EN"), (left, right)
            assert (right > 96) == (note == "HE"), (left, right)
            assert (corners[note[0]][0].x0 > corners["D"][0].x0) == (language == "en")
