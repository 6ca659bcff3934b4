"""`flashcards print`: what can be printed, what the options do, what a mistake says; and the calibration
sheet."""

from __future__ import annotations

from pathlib import Path

import pdf
import pytest
from click.testing import CliRunner, Result
from conftest import Folder

from flashcards.cli import main
from flashcards.resources import bundled

LONG = f"- id: LONG\n  front: Why?\n  back: {'many words ' * 400}\n"


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def text(path: str) -> str:
    return " ".join(pdf.read(Path(path)).text.split())


@pytest.fixture
def small(folder: Folder) -> Folder:
    folder.deck("- {id: A, front: first, back: one, tags: [core]}", "01-one.yaml")
    folder.deck("- {id: B, front: second, back: two}", "02-two.yaml")
    return folder


def test_documents_that_need_notes_of_another_collection_are_not_offered(small: Folder) -> None:
    small.write("templates/print/own.typ", '<# Own #>\n#<< note("A").data >>.front')
    small.write(
        "templates/print/lost.typ", '<# Lost #>\n<% set one = note("A") %>#<< note( "NOPE" ).data >>.front'
    )
    offered = [line.split()[0] for line in run("print", "--list").stdout.splitlines()]
    assert "own" in offered
    assert {"lost", "interview-sheet", "score-sheet"}.isdisjoint(offered)
    asked = run("print", "lost")
    assert (asked.exit_code, "lost: there is no note `NOPE`" in asked.stderr) == (1, True)


def test_the_shipped_decks_offer_all_documents() -> None:
    offered = [line.split()[0] for line in run("print", "--list", str(bundled("decks"))).stdout.splitlines()]
    assert offered == ["cheat-sheets", "cards", "calibration", "interview-sheet", "score-sheet"]


def test_what_can_be_printed_is_listed_with_the_collections_own_documents(small: Folder) -> None:
    small.write("templates/print/handout.typ", "// A handout.\nhello\n")
    small.write("templates/print/score-sheet.typ", "<# My own scores. #>\nhello\n")
    listed = run("print", "--list")
    assert listed.exit_code == 0
    lines = [line.split(maxsplit=1) for line in listed.stdout.splitlines()]
    assert [name for name, _ in lines[:3]] == ["cheat-sheets", "cards", "calibration"]
    assert ["handout", "A handout"] in lines
    assert ["score-sheet", "My own scores"] in lines
    assert run("print", "--list", "decks").stdout == listed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("print", "NAME is missing. What can be printed: cheat-sheets, cards, calibration"),
        ("print cheat-sheets --fold", "`cheat-sheets` takes no notice of `--fold`: leave it out"),
        ("print cheat-sheets --strict", "`cheat-sheets` takes no notice of `--strict`: leave it out"),
        ("print calibration --tag core", "`calibration` takes no notice of `--tag`: leave it out"),
        ("print calibration --fold", "`calibration` takes no notice of `--fold`: leave it out"),
        ("print crads", "there is no `crads`. did you mean `cards`?"),
        ("print cards --paper a5", "'a5' is not one of 'a4', 'letter'."),
        ("print cards --flip left", "'left' is not one of 'long', 'short'."),
        ("print cards --back-offset 1", "`1` is not two numbers with a comma between them, such as 1.5,-0.5"),
        ("print cards --back-offset 1,x", "`1,x` is not two numbers with a comma between them"),
        ("print cards --back-offset nan,0", "`nan,0` is more than 20 mm"),
        ("print cards --back-offset 0,-21", "`0,-21` is more than 20 mm"),
        ("print cards --deck 03-three", "no deck `03-three`."),
        ("print cards --tag cor", "no note of this selection has the tag `cor`. did you mean `core`?"),
    ],
)
def test_a_wrong_call_exits_2_and_names_the_way_out(small: Folder, arguments: str, message: str) -> None:
    result = run(*arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert not Path("out").exists()


def test_errors_in_decks_are_shown_and_nothing_is_printed(folder: Folder) -> None:
    folder.deck("- {id: A, fornt: a, back: b}")
    result = run("print", "cards")
    assert (result.exit_code, Path("out").exists()) == (1, False)
    assert "did you mean `front`?" in result.stdout


@pytest.mark.parametrize(
    ("options", "file", "shown"),
    [
        ("", "cards", "first second"),
        ("--deck 02-two", "cards-02-two", "second"),
        ("--tag core", "cards-core", "first"),
        ("decks/01-one.yaml", "cards-01-one", "first"),
    ],
)
def test_what_is_printed_can_be_selected(small: Folder, options: str, file: str, shown: str) -> None:
    result = run("print", "cards", "--out", "paper", *options.split())
    path = f"paper/{file}.pdf"
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    assert " ".join(word for word in text(path).split() if word in ("first", "second")) == shown


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ("", "print at 100 % on both sides, turned on the long edge"),
        ("--flip short", "print at 100 % on both sides, turned on the short edge"),
        ("--fold", "print at 100 % on one side, fold at the dashed line, glue, cut"),
    ],
)
def test_it_says_how_to_print(small: Folder, options: str, advice: str) -> None:
    said = run("print", "cards", *options.split()).stderr
    assert said.startswith("printed 2 notes on 1 sheet in ")
    assert said.endswith(f" s: {advice}\n")


def test_cheat_sheets_are_those_of_build(small: Folder) -> None:
    assert run("print", "cheat-sheets").stdout.splitlines() == [
        "out/cheat-sheets.pdf", "out/cheat-sheets/01-one.pdf", "out/cheat-sheets/02-two.pdf"
    ]  # fmt: skip
    printed = Path("out/cheat-sheets.pdf").read_bytes()
    run("build", "--to", "cheat-sheets")
    assert Path("out/cheat-sheets.pdf").read_bytes() == printed


def test_the_names_of_0_9_still_mean_cheat_sheets(small: Folder) -> None:
    assert run("print", "cheatsheets").stdout == run("build", "--to", "pdf").stdout
    assert run("build", "--to", "pdf", "--to", "cheat-sheets").stdout == run("print", "cheat-sheets").stdout
    small.write("templates/print/pdf.typ", "<# My own. #>\n#set document(title: << title >>)\nhello\n")
    assert run("print", "pdf").stdout == "out/pdf.pdf\n"


@pytest.mark.parametrize(
    "command",
    [["print", "cards"], ["build", "--to", "cards"], ["build", "--to", "cheat-sheets"]],
    ids=" ".join,
)
def test_paper_can_be_chosen_wherever_something_is_printed(small: Folder, command: list[str]) -> None:
    run(*command, "--paper", "letter")
    sizes = [size for path in Path("out").rglob("*.pdf") for size in pdf.read(path).sizes]
    assert sizes
    assert all(size == pytest.approx((215.9, 279.4)) for size in sizes)


@pytest.mark.parametrize("command", [["print", "cards"], ["build", "--to", "cards"]], ids=" ".join)
def test_print_options_reach_the_cards(small: Folder, command: list[str]) -> None:
    run(*command)
    plain = Path("out/cards.pdf").read_bytes()
    variants = {plain}
    for options in (["--flip", "short"], ["--back-offset", "-1,0.5"], ["--fold"]):
        assert run(*command, *options).exit_code == 0
        variants.add(Path("out/cards.pdf").read_bytes())
    assert len(variants) == 4
    run(*command, FLASHCARDS_BACK_OFFSET="-1,0.5")
    assert Path("out/cards.pdf").read_bytes() in variants - {plain}


def test_strict_exits_1_after_everything_is_written(folder: Folder) -> None:
    folder.deck(LONG)
    assert run("print", "cards").exit_code == 0
    assert run("print", "cards", "--strict").exit_code == 1
    result = run("build", "--to", "apkg", "--to", "cards", "--strict")
    assert (result.exit_code, result.stdout) == (1, "out/test-collection.apkg\nout/cards.pdf\n")
    assert (
        "print-overflow: `LONG` is too long for a card and goes on: it takes 5\n --> decks/01-deck.yaml:3:5"
        in result.stderr
    )


# -------------------------------------------------------------------------------------------------------------- documents

DOCUMENT = """\
<# Handout: what to take home. #>
#import "/notetypes/_layout/markup.typ" as md
<% for type in types %>
#import << type.file >> as << type.name >>
<% endfor %>
#set document(title: << title >>, author: << collection >>, date: << date >>)
#set page(paper: << paper >>)
#set text(lang: << language >>, hyphenate: false)
<% set one = note("A") %>
#<< one.type >>.entry(<< one.data >>)
<% for found in tagged("CORE") %>
Found: #<< found.id >>
<% endfor %>
"""


def test_a_document_asks_for_notes_by_id_and_tag(small: Folder) -> None:
    small.write("templates/print/handout.typ", DOCUMENT)
    result = run("print", "handout")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "out/handout.pdf\n", "")
    assert text("out/handout.pdf") == "first one Found: A"
    assert pdf.read(Path("out/handout.pdf")).title == "Handout: what to take home"


def test_a_selection_narrows_what_is_found_by_tag_but_not_by_id(small: Folder) -> None:
    small.write("templates/print/handout.typ", DOCUMENT)
    run("print", "handout", "--deck", "02-two")
    assert text("out/handout-02-two.pdf") == "first one"


@pytest.mark.parametrize("retired", ["", ", retired: wrong"])
def test_a_document_cannot_have_a_note_that_is_not_there(small: Folder, retired: str) -> None:
    small.deck(f"- {{id: {'Z' if retired else 'Y'}, front: z, back: z{retired}}}", "03-three.yaml")
    small.write("templates/print/handout.typ", DOCUMENT.replace('note("A")', 'note("Z")'))
    result = run("print", "handout")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: handout was not written: handout: there is no note `Z`\n"


# ------------------------------------------------------------------------------------------------------------ calibration


def lines(page: pdf.Page, *, upright: bool) -> list[tuple[float, float]]:
    """Return the middles of the lines of a page in this direction, in millimetres, the longest first."""
    found = [line for line in page.lines if (line.width < 0.1) == upright]
    found.sort(key=lambda line: line.width + line.height, reverse=True)
    return [line.middle for line in found]


def calibration() -> list[pdf.Page]:
    return pdf.read(Path("out/calibration.pdf")).pages


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("flip", ["long", "short"])
def test_the_cross_of_the_back_lies_behind_zero_and_an_offset_moves_it(
    small: Folder, flip: str, paper: str
) -> None:
    width, height = {"a4": (210, 297), "letter": (215.9, 279.4)}[paper]
    for right, down in ((0, 0), (2.5, -1)):
        run("print", "calibration", "--flip", flip, "--paper", paper, "--back-offset", f"{right},{down}")
        front, back = calibration()
        (zero, *_) = (
            place for place in lines(front, upright=True) if place[0] == pytest.approx(width / 2, abs=0.01)
        )
        cross = (lines(back, upright=True)[0][0], lines(back, upright=False)[0][1])
        behind = (width - zero[0], zero[1]) if flip == "long" else (zero[0], height - zero[1])
        assert cross == pytest.approx((behind[0] + right, behind[1] + down), abs=0.05)


@pytest.mark.parametrize("flip", ["long", "short"])
def test_what_is_read_off_is_what_moves_the_back_to_zero(small: Folder, flip: str) -> None:
    """A back that was moved on purpose appears at a number, seen from the front, that takes the move back."""
    run("print", "calibration", "--flip", flip, "--back-offset", "5,-5")
    front, back = calibration()
    x, y = lines(back, upright=True)[0][0], lines(back, upright=False)[0][1]
    seen = (210 - x, y) if flip == "long" else (x, 297 - y)
    numbers = [(word.text.replace("−", "-"), word) for word in front.words() if word.text[0] in "+−"]
    across = [n for n, word in numbers if abs(word.middle[0] - seen[0]) < 1 and word.bottom < 86]
    upright = [n for n, word in numbers if abs(word.middle[1] - seen[1]) < 1 and word.x1 < 96]
    assert (across, upright) == (["-5"], ["+5"])


def test_the_line_to_measure_is_100_mm_long_and_the_steps_name_the_edge_and_the_offset(small: Folder) -> None:
    run("print", "calibration", "--flip", "short", "--back-offset", "1.5,-0.5")
    front, _ = calibration()
    assert [round(line.width, 2) for line in front.lines if line.width > 30] == [100]
    said = " ".join(front.text.split())
    assert "turned on the short edge" in said
    assert "This sheet was printed with --back-offset 1.5,-0.5: add what you read." in said
