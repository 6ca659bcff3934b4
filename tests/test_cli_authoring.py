"""The authors' commands as they are called: what they ask, write, print and exit with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from click.testing import CliRunner, Result
from conftest import Folder

import flashcards
from flashcards.cli import main
from flashcards.resources import bundled

FIRST = "title: Deck\nnotes:\n  - id: A1\n    front: First?\n    back: a\n"


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def first(folder: Folder) -> Path:
    """A deck with one note, and what notes may refer to."""
    folder.write("sources.yaml", "book: {title: A Book}")
    return folder.deck(FIRST)


def added(deck: Path) -> str:
    """Return what stands behind the first note, without its indentation."""
    text = deck.read_text()
    assert text.startswith(FIRST)
    return dedent(text.removeprefix(FIRST))


# -------------------------------------------------------------------------------------------------------------- add


COMPLETE = [
    (["--front", "What?", "--back", "That."], "- id: A2\n  front: What?\n  back: That.\n"),
    (["--back=-5", "--front=--help"], "- id: A2\n  front: --help\n  back: -5\n"),
    (
        [
            "--cloze",
            "A {{c1::gap}}.",
            "--tags",
            "core",
            "--tags",
            "new",
            "--sources",
            "book p. 3",
            "--priority",
            "P1",
        ],
        "- id: A2\n  cloze: A {{c1::gap}}.\n  priority: P1\n  sources:\n    - book p. 3\n  tags: [core, new]\n",
    ),
    (
        ["--kind", "reversed", "--front", "A", "--back", "B", "--why", "C #1"],
        "- id: A2\n  kind: reversed\n  front: A\n  back: B\n  why: |\n    C #1\n",
    ),
    (
        [
            "--kind",
            "choice",
            "--front",
            "Q",
            "--options",
            "x",
            "--options",
            "y",
            "--right",
            "z",
            "--reason",
            "R",
        ],
        "- id: A2\n  kind: choice\n  front: Q\n  options:\n    - x\n    - y\n    - right: z\n  reason: R\n",
    ),
    (
        ["--kind", "choice", "--front", "Q", "--options", "= x", "--options", "y", "--reason", "R"],
        "- id: A2\n  kind: choice\n  front: Q\n  options:\n    - right: x\n    - y\n  reason: R\n",
    ),
    (
        [
            "--kind",
            "scenario",
            "--probe",
            "P",
            "--setting",
            "S",
            "--checkpoints",
            "Ask a",
            "--checkpoints",
            "Ask b",
        ],
        "- id: A2\n  kind: scenario\n  probe: P\n  setting: S\n  checkpoints:\n    - Ask a\n    - Ask b\n",
    ),
    (
        ["--kind", "rubric", "--front", "F", "--area", "data", "--signal", "S", "--red-flag", "R"],
        "- id: A2\n  kind: rubric\n  front: F\n  area: data\n  signal: S\n  red_flag: R\n",
    ),
    (
        ["--kind", "pitfall", "--says", "“S”", "--fault", "F", "--fix", "X", "--id", "mine"],
        "- id: mine\n  kind: pitfall\n  says: “S”\n  fault: F\n  fix: X\n",
    ),
    (
        [
            "--kind",
            "compare",
            "--front",
            "F",
            "--table",
            "| C | A: 1 |",
            "--table",
            "| a | b |",
            "--table",
            "| c | |",
        ],
        '- id: A2\n  kind: compare\n  front: F\n  table:\n    - C: a\n      "A: 1": b\n    - C: c\n      "A: 1": ""\n',
    ),
    (
        ["--kind", "formula", "--front", "F", "--formula", "$$a = b$$", "--symbols", "a is b"],
        "- id: A2\n  kind: formula\n  front: F\n  formula: $$a = b$$\n  symbols:\n    - a is b\n",
    ),
    (
        ["--kind", "estimate", "--front", "F", "--steps", "1", "--steps", "2 * 3", "--result", "6"],
        "- id: A2\n  kind: estimate\n  front: F\n  steps:\n    - 1\n    - 2 * 3\n  result: 6\n",
    ),
]


@pytest.mark.parametrize(("options", "note"), COMPLETE)
def test_add_asks_nothing_where_all_is_given(first: Path, options: list[str], note: str) -> None:
    done = run("add", "decks/01-deck.yaml", *options)
    note_id = "mine" if "mine" in options else "A2"
    assert (done.stdout, done.stderr) == (f"decks/01-deck.yaml: {note_id}\n", "")
    assert added(first) == "\n" + note
    assert flashcards.check("decks").diagnostics == ()


def test_add_was_tried_with_every_kind() -> None:
    tried = {options[options.index("--kind") + 1] for options, _ in COMPLETE if "--kind" in options} | {
        "basic",
        "cloze",
    }
    assert tried == set(flashcards.load(bundled("decks")).raise_for_errors().note_types)


@pytest.mark.parametrize(
    ("defaults", "options", "note"),
    [
        (
            "{kind: pitfall}",
            ["--says", "S", "--fault", "F", "--fix", "X"],
            "- id: A2\n  says: S\n  fault: F\n  fix: X\n",
        ),
        ("{kind: pitfall}", ["--cloze", "A {{c1::gap}}"], "- id: A2\n  cloze: A {{c1::gap}}\n"),
        (
            "{kind: pitfall}",
            ["--kind", "basic", "--front", "Q", "--back", "A"],
            "- id: A2\n  kind: basic\n  front: Q\n  back: A\n",
        ),
        (
            "{kind: rubric, area: data}",
            ["--front", "Q", "--signal", "S"],
            "- id: A2\n  front: Q\n  signal: S\n",
        ),
        ("{kind: cloze}", ["--cloze", "A {{c1::gap}}"], "- id: A2\n  cloze: A {{c1::gap}}\n"),
    ],
)
def test_add_follows_the_decks_defaults(folder: Folder, defaults: str, options: list[str], note: str) -> None:
    deck = folder.deck(
        f"title: Deck\ndefaults: {defaults}\nnotes:\n  - {{id: A1, kind: basic, front: First?, back: a}}\n"
    )
    before = deck.read_text()
    run("add", "decks/01-deck.yaml", *options)
    assert dedent(deck.read_text().removeprefix(before)) == "\n" + note
    assert flashcards.check("decks").diagnostics == ()


def test_add_knows_note_types_of_the_collections_own(first: Path, folder: Folder) -> None:
    for name, text in {"front.html": "{{Line}}", "back.html": "{{By}}", "notetype.yaml": QUOTE}.items():
        folder.write(f"templates/notetypes/quote/{name}", text)
    run("add", "decks/01-deck.yaml", "--kind", "quote", "--line", "L", "--spoken-by", "B")
    assert added(first) == "\n- id: A2\n  kind: quote\n  line: L\n  spoken_by: B\n"


QUOTE = """\
label: Quote
fields:
  - {key: line, name: Line, id: 101, required: true}
  - {key: spoken_by, name: By, id: 102, required: true}
cards:
  - {name: Quote, id: 201, front: front.html, back: back.html}
"""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "Error: --front is missing"),
        ("--front Q", "Error: --back is missing"),
        ("--kind scenario --probe P", "Error: --checkpoints is missing"),
        (
            "--fornt Q",
            "Error: No such option '--fornt'. (Did you mean one of: '--formula', '--front', '--hint'?)",
        ),
        ("--front Q --back", "Error: Option '--back' requires an argument."),
        ("--front Q --back A --says S", "Error: a basic note has no `says`. It has front, back."),
        ("--front Q --back A --symbols S", "Error: a basic note has no `symbols`. It has front, back."),
        ("--front Q --back A --right R", "Error: a basic note has no `right`. It has front, back."),
        ("--front Q --back A --answer R", "Error: No such option '--answer'."),
        ("--front Q --back A --why W --why V", "Error: --why may be given once"),
        ("--front Q --front P --back A", "Error: --front may be given once"),
        ("--kind pitfal", "Error: Invalid value for --kind: no note type `pitfal`. did you mean `pitfall`?"),
        (
            "--kind xyz",
            "Error: Invalid value for --kind: no note type `xyz`. There are: basic, choice, cloze, compare, estimate, formula, "
            "pitfall, reversed, rubric, scenario",
        ),
        ("--front Q --back A --id a1", "Error: Invalid value for --id: `a1` cannot be the id, or is taken"),
        ("--front Q --back A --id B,2", "Error: Invalid value for --id: `B,2` cannot be the id, or is taken"),
        (
            "--kind compare --front Q --table A|B --table a",
            "Error: --table: each row needs 2 cells, as the head has",
        ),
    ],
)
def test_add_refuses_a_wrong_call_and_writes_nothing(first: Path, options: str, message: str) -> None:
    done = run("add", "decks/01-deck.yaml", *options.split(), code=2)
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == message
    assert first.read_text() == FIRST


@pytest.mark.parametrize(
    ("name", "text", "code", "message"),
    [
        ("collection.yaml", None, 2, "Error: decks/collection.yaml is not a deck"),
        (
            "02-none.yaml",
            None,
            2,
            "Error: Invalid value for 'DECK': File 'decks/02-none.yaml' does not exist.",
        ),
        (
            "02-flow.yaml",
            "title: Two\nnotes: [{id: B1, front: r, back: a}]",
            1,
            "error: decks/02-flow.yaml:2: `notes:` is",
        ),
        ("02-bad.yaml", "title: Two\nnotes: [", 1, "error: decks/02-bad.yaml:2: "),
        ("elsewhere/x.yaml", "title: X\nnotes:\n", 1, "error: `decks/elsewhere` has no collection.yaml"),
    ],
)
def test_add_refuses_what_is_no_deck_to_add_to(
    first: Path, folder: Folder, name: str, text: str | None, code: int, message: str
) -> None:
    if text is not None:
        folder.write(name, text)
    done = run("add", f"decks/{name}", "--front", "Q", "--back", "A", code=code)
    assert done.stderr.splitlines()[-1].startswith(message)
    assert text is None or (folder.path / name).read_text() == text


def test_add_says_what_is_wrong_with_the_note_it_wrote(first: Path, folder: Folder) -> None:
    folder.deck("- {id: B1, fornt: x, front: y, back: z}", "02-broken.yaml")  # not the new note's fault
    done = run(
        "add",
        "decks/01-deck.yaml",
        "--front",
        "Q",
        "--back",
        "A",
        "--sources",
        "bok",
        "--tags",
        "a b",
        code=1,
    )
    assert (
        done.stdout
        == """\
decks/01-deck.yaml: A2
unknown-source: no source `bok` in sources.yaml
  --> decks/01-deck.yaml:10:15
   |
10 |     sources: [bok]
   |               ^^^
   = help: did you mean `book`?

bad-tag: `a b` cannot be a tag
  --> decks/01-deck.yaml:12:9
   |
12 |       - a b
   |         ^^^
   = help: several are a list, `[a, b]`; one has no blanks
"""
    )


def test_add_exits_0_for_a_warning(first: Path) -> None:
    done = run("add", "decks/01-deck.yaml", "--cloze", "A {{c1::gap}} and {{c3::one}}")
    assert re.findall(r"^(\S+):", done.stdout, re.MULTILINE) == ["decks/01-deck.yaml", "cloze-gap"]


@pytest.fixture
def shortened(folder: Folder) -> Path:
    """A released deck whose last note is gone."""
    folder.deck(FIRST + "  - {id: A7, front: r, back: a}\n")
    run("release", "--yes")
    return folder.deck(FIRST)


def test_add_never_gives_an_id_again(shortened: Path) -> None:
    run("add", "decks/01-deck.yaml", "--front", "Q", "--back", "A", "--id", "a7", code=2)
    done = run("add", "decks/01-deck.yaml", "--front", "Q", "--back", "A")
    assert done.stdout == "decks/01-deck.yaml: A8\n"


def test_fix_never_gives_an_id_again(shortened: Path) -> None:
    shortened.write_text(FIRST + "  - front: Q\n    back: A\n")
    assert run("fix").stdout == "decks/01-deck.yaml: A8\n"


def test_add_does_not_lose_what_an_editor_saved_while_it_asked(first: Path) -> None:
    pty = pytest.importorskip("pty", reason="Windows has no terminals to test with")
    terminal, slave = pty.openpty()
    command = [sys.executable, "-m", "flashcards", "add", "decks/01-deck.yaml", "--front", "Q"]
    asking = subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert asking.stderr is not None
    assert asking.stderr.read(4) == b"back"
    first.write_text(FIRST + "# saved\n")
    os.write(terminal, b"A\n")
    out, err = asking.communicate()
    os.close(slave)
    os.close(terminal)
    assert (asking.returncode, out) == (1, b"")
    assert b"error: decks/01-deck.yaml has changed in the meantime; nothing was written" in err
    assert first.read_text() == FIRST + "# saved\n"


def answered(answers: str, *options: str) -> tuple[int, str]:
    """Call `add` on a terminal and type the answers. Returns its exit code and what it asked."""
    pty = pytest.importorskip("pty", reason="Windows has no terminals to test with")
    terminal, slave = pty.openpty()
    os.write(terminal, answers.encode())
    command = [sys.executable, "-m", "flashcards", "add", "decks/01-deck.yaml", *options]
    done = subprocess.run(command, stdin=slave, capture_output=True, text=True, check=False, timeout=60)
    os.close(slave)
    os.close(terminal)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("options", "answers", "asked", "note"),
    [
        ("", "Q\nA\n", "front (the question): back (the answer): ", "- id: A2\n  front: Q\n  back: A\n"),
        (
            "",
            "\nQ\nA\n",
            "front (the question): front (the question): back (the answer): ",
            "- id: A2\n  front: Q\n  back: A\n",
        ),
        ("--back A", "Q: #1\n", "front (the question): ", "- id: A2\n  front: |\n    Q: #1\n  back: A\n"),
        (
            "--kind scenario --probe P",
            "a\nb\n\n",
            "checkpoints (two to four things that a good reply does, each with its reason): one a line; an empty line ends it\n"
            "  1:   2:   3: ",
            "- id: A2\n  kind: scenario\n  probe: P\n  checkpoints:\n    - a\n    - b\n",
        ),
        (
            "--kind choice --front F --reason R",
            "a\n=b\n\n",
            "options (a list; the right one is written as `- right: its text`): one a line, the right one with = before it; "
            "an empty line ends it\n  1:   2:   3: ",
            "- id: A2\n  kind: choice\n  front: F\n  options:\n    - a\n    - right: b\n  reason: R\n",
        ),
        (
            "--kind compare --front F",
            "C | A | B\nx | 1 | 2\n\n",
            "table (a list of rows, each with the criterion first and then a line for each thing compared): cells apart by |, "
            "first the head; an empty line ends it\n  1:   2:   3: ",
            "- id: A2\n  kind: compare\n  front: F\n  table:\n    - C: x\n      A: 1\n      B: 2\n",
        ),
    ],
)
def test_add_asks_on_a_terminal_for_what_is_missing(
    first: Path, options: str, answers: str, asked: str, note: str
) -> None:
    assert answered(answers, *options.split()) == (0, asked)
    assert added(first) == "\n" + note


def test_add_writes_nothing_when_the_author_leaves(first: Path) -> None:
    code, asked = answered("Q\n\x04", "--kind", "pitfall")
    assert code == 1
    assert asked.endswith("Aborted!\n")
    assert first.read_text() == FIRST


# -------------------------------------------------------------------------------------------------------------- fix


def test_fix_says_which_ids_it_wrote_where(folder: Folder) -> None:
    one = folder.deck("- {id: A1, front: q, back: a}\n- front: r\n  back: a", "01-one.yaml")
    folder.deck("- {front: s, back: a}\n- {front: s, back: a}", "02-two.yaml")
    assert [problem.rule for problem in folder.check().errors] == ["duplicate-id"]
    done = run("fix")
    assert (done.stdout, done.stderr) == ("decks/01-one.yaml: A2\ndecks/02-two.yaml: DE01, DE02\n", "")
    assert (
        one.read_text()
        == "title: Deck\nnotes:\n  - {id: A1, front: q, back: a}\n  - id: A2\n    front: r\n    back: a"
    )
    again = run("fix")
    assert (again.stdout, again.stderr) == ("", "every note has its id, and every key is declared\n")


def test_fix_changes_the_given_decks_only(folder: Folder) -> None:
    one = folder.deck("- {front: q, back: a}", "01-one.yaml")
    folder.deck("- {front: r, back: a}", "02-two.yaml")
    assert run("fix", "decks/02-two.yaml").stdout == "decks/02-two.yaml: DE01\n"
    assert "id" not in one.read_text()


def test_fix_writes_nothing_while_notes_cannot_be_read(folder: Folder) -> None:
    one = folder.deck("- {front: q, back: a}", "01-one.yaml")
    folder.deck("- {id: DE01, kind: unknown}\n- {front: r}", "02-two.yaml")
    before = one.read_bytes()
    done = run("fix", code=1)
    assert (done.stdout, done.stderr) == (
        "",
        "error: decks/02-two.yaml:3: unknown kind `unknown` (and 1 more)\n",
    )
    assert one.read_bytes() == before


# -------------------------------------------------------------------------------------------------------------- new


def test_new_makes_a_collection_that_checks_clean_and_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("new", "my-decks")
    names = [
        "collection.yaml",
        "sources.yaml",
        "01-first-deck.yaml",
        "deck.schema.json",
        ".gitignore",
        ".gitattributes",
    ]
    assert done.stdout == "".join(f"my-decks/{name}\n" for name in names)
    assert done.stderr == "Next: flashcards preview my-decks\n      flashcards build my-decks\n"
    assert sorted(path.name for path in Path("my-decks").iterdir()) == sorted(names)
    loaded = flashcards.check("my-decks")
    assert loaded.diagnostics == ()
    assert loaded.raise_for_errors().title == "My Decks"
    built = run("build", "my-decks")
    assert built.stdout.split() == [
        "out/my-decks.apkg",
        "out/cheat-sheets.pdf",
        "out/cheat-sheets/01-first-deck.pdf",
    ]


def test_new_gives_each_collection_an_id_of_its_own(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        run("new", str(tmp_path / name), "--title", "Same")
        ids.add(flashcards.load(tmp_path / name).raise_for_errors().id)
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", collection_id) for collection_id in ids)


@pytest.mark.parametrize(
    "name", ["collection.yaml", "sources.yaml", "01-first-deck.yaml", "deck.schema.json", ".gitignore"]
)
def test_new_overwrites_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    done = run("new", str(tmp_path), code=1)
    assert (done.stdout, done.stderr) == (
        "",
        f"error: `{tmp_path / name}` is there already; nothing was written\n",
    )
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_new_wants_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    run("new", str(tmp_path / "file"), code=2)
    assert (tmp_path / "file").read_text() == "mine"


RENAMED = [
    "",
    " ",
    "::",
    "A::",
    "::A",
    "A:: B",
    "A::::B",
    " A",
    "A:",
    "A\nB",
    "A\tB",
    '"',
    "bell \a",
    "\udcff",
]
KEPT = [
    'Say "cheese"', "A::B", "Chemistry: organic", "#1 of 3", "no", "- x", "{x}", "%", "it's", "😀", "👩\u200d💻 Code", "日本語",
    "e\u0301", "x" * 200,
]  # fmt: skip


@pytest.mark.parametrize("title", RENAMED)
def test_new_refuses_a_title_that_anki_would_change(tmp_path: Path, title: str) -> None:
    done = run("new", str(tmp_path / "x"), "--title", title, code=1)
    assert done.stderr.startswith("error: ")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("title", KEPT)
def test_new_takes_a_title_to_anki_as_it_is(tmp_path: Path, title: str) -> None:
    run("new", str(tmp_path / "mine"), "--title", title)
    loaded = flashcards.check(tmp_path / "mine")
    assert loaded.diagnostics == ()
    out = tmp_path / "out"
    (package,) = flashcards.build(loaded, out, now=1_800_000_000, to=["apkg"]).written
    anki = Collection(str(tmp_path / "collection.anki2"))
    try:
        anki.import_anki_package(
            ImportAnkiPackageRequest(package_path=str(package.path), options=ImportAnkiPackageOptions())
        )
        names = {deck.name for deck in anki.decks.all_names_and_ids()}
        types = {entry.name for entry in anki.models.all_names_and_ids()}
    finally:
        anki.close()
    collection = loaded.raise_for_errors()
    assert {deck.name for deck in collection.decks} <= names
    assert {collection.note_types[kind].name(collection.short_title) for kind in ("basic", "cloze")} <= types


# ---------------------------------------------------------------------------------------------------------- explain


def test_explain_lists_rules_and_kinds(folder: Folder) -> None:
    text = run("explain").stdout
    assert text.startswith("Rules:\n")
    assert re.search(r"^  missing-id +\S", text, re.MULTILINE)
    assert "\nKinds of notes:\n  basic                   front, back\n" in text


def test_explain_prints_the_page_of_a_rule_or_kind(folder: Folder) -> None:
    assert run("explain", "missing-id").stdout.startswith("# missing-id\n")
    assert run("explain", "pitfall").stdout.startswith("pitfall: Pitfall\n")


def test_explain_knows_former_names_of_rules(folder: Folder) -> None:
    shown = run("explain", "pitfall-shape").stdout
    assert shown.startswith("`pitfall-shape` is now called `note-shape`.\n\n# note-shape\n")


def test_explain_says_what_was_meant(folder: Folder) -> None:
    assert (
        "no rule, kind or key `mising-id`. did you mean `missing-id`?"
        in run("explain", "mising-id", code=2).stderr
    )
    assert (
        "no rule, kind or key `qqq`. `flashcards explain` lists them." in run("explain", "qqq", code=2).stderr
    )
