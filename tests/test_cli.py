"""The command line: exit codes, what goes to which stream, what the options select, and outputs that survive
a failure."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from conftest import COLLECTION, Folder

from flashcards.actions import checking
from flashcards.cli import main
from flashcards.exporters import OUTPUTS

PACKAGE = "out/test-collection.apkg"

CLEAN = """\
- id: A1
  front: What?
  back: That.
  tags: [core, part::one]
"""
WARNING = """\
- front: What?
  back: That.
"""
ERROR = """\
- id: A1
  fornt: What?
  back: That.
"""


def run(*arguments: str, answer: str = "", color: bool = False, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, input=answer, color=color, env=environment)


def start(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, for what a process alone can show."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(
        [sys.executable, "-m", "flashcards", *arguments], check=False, text=True, **{**streams, **options}
    )


def fronts(package: Path | str) -> list[str]:
    """Return the first fields of a package's notes."""
    with zipfile.ZipFile(package) as archive, closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(archive.read("collection.anki2"))
        return [front for (front,) in connection.execute("SELECT sfld FROM notes ORDER BY id")]


def outputs() -> list[str]:
    return sorted(path.as_posix() for path in Path("out").rglob("*") if path.is_file())


# ------------------------------------------------------------------------------------------------------------ exit codes


@pytest.mark.parametrize(
    ("notes", "options", "code"),
    [
        (CLEAN, [], 0),
        (CLEAN, ["--strict"], 0),
        (WARNING, [], 0),
        (WARNING, ["--strict"], 1),
        (ERROR, [], 1),
        (ERROR, ["--strict"], 1),
    ],
)
def test_check_exits_with_what_it_found(folder: Folder, notes: str, options: list[str], code: int) -> None:
    folder.deck(notes)
    assert run("check", *options).exit_code == code


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("nope", "No such command 'nope'."),
        ("check --nope", "No such option"),
        ("check --output-format xml", "'xml' is not one of 'full', 'concise', 'json', 'github'."),
        ("build --to docx", "there is no output `docx`. Outputs: apkg, cheat-sheets, cards,"),
        ("build --deck 01-dekc", "no deck `01-dekc`. did you mean `01-deck`?"),
        ("build --deck zzz", "no deck `zzz`. Decks: 01-deck"),
        ("build --tag cor", "no note of this selection has the tag `cor`. did you mean `core`?"),
        ("release --adopt lost.apkg", "File 'lost.apkg' does not exist."),
        ("retire", "Missing argument 'ID'."),
        ("explain nope", "no rule, kind or key `nope`."),
    ],
)
def test_a_wrong_call_exits_2_and_says_what_was_meant(folder: Folder, command: str, message: str) -> None:
    folder.deck(CLEAN)
    result = run(*command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
    assert outputs() == []


def test_a_bug_exits_2_with_its_traceback(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "survey", lambda *paths, **options: 1 / 0)
    result = run("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    *_, error, request = result.stderr.splitlines()
    assert error == "ZeroDivisionError: division by zero"
    assert request == "This is a bug in flashcards. Please report it with the lines above."


@pytest.mark.parametrize("command", ["build", "release", "retire A1 --reason old"])
def test_nothing_is_written_while_there_are_errors(folder: Folder, command: str) -> None:
    path = folder.deck(ERROR)
    before = path.read_bytes()
    result = run(*command.split())
    assert result.exit_code == 1
    assert result.stdout.startswith("unknown-field: unknown field `fornt`\n --> decks/01-deck.yaml:4:5\n")
    assert result.stderr == "1 error\n"
    assert path.read_bytes() == before
    assert sorted(path.name for path in Path().rglob("*")) == ["01-deck.yaml", "collection.yaml", "decks"]


@pytest.mark.parametrize("damage", [b"nope", b"\xff\xfe\x00", b'{"version": 1}'])
def test_a_damaged_lock_is_a_sentence_not_a_bug(folder: Folder, damage: bytes) -> None:
    folder.deck(CLEAN)
    folder.write("flashcards.lock", damage)
    for command in ("check", "build", "release"):
        result = run(command)
        assert result.exit_code == 1
        assert result.stdout.startswith("bad-lock: decks/flashcards.lock is damaged")
        assert result.stderr == "1 error\n"


def test_damaged_drafts_count_as_none(folder: Folder) -> None:
    folder.deck(CLEAN)
    folder.write(".flashcards/drafts.json", b"\xff")
    assert run("build", "--to", "apkg").exit_code == 0


# --------------------------------------------------------------------------------------------------------------- streams


def test_check_writes_findings_to_stdout_and_their_number_to_stderr(folder: Folder) -> None:
    folder.deck(ERROR)
    result = run("check", "--output-format", "concise")
    assert result.stdout == "decks/01-deck.yaml:4:5: unknown-field: unknown field `fornt`\n"
    assert result.stderr == "1 error\n"


def test_check_has_nothing_for_stdout_where_nothing_is_wrong(folder: Folder) -> None:
    folder.deck(CLEAN)
    result = run("check")
    assert (result.stdout, result.stderr) == ("", "1 note, nothing to report\n")


def test_build_writes_the_paths_to_stdout_and_the_rest_to_stderr(folder: Folder) -> None:
    folder.deck(WARNING)
    result = run("build")
    assert result.exit_code == 0
    assert (
        sorted(result.stdout.splitlines())
        == outputs()
        == ["out/cheat-sheets.pdf", "out/cheat-sheets/01-deck.pdf", PACKAGE]
    )
    assert re.sub(r"[\d.]+ s\n", "… s\n", result.stderr) == (
        "1 warning: `flashcards check` shows it\n"
        "built 1 note, 1 card, 0 media files in … s\n"
        "1 note is a draft: `flashcards release` gives them their time\n"
    )


def test_json_is_a_list_of_findings(folder: Folder) -> None:
    folder.deck(ERROR)
    result = run("check", "--output-format", "json")
    assert json.loads(result.stdout) == [
        {
            "rule": "unknown-field",
            "severity": "error",
            "message": "unknown field `fornt`",
            "hint": "did you mean `front`?",
            "note": None,
            "file": "decks/01-deck.yaml",
            "line": 4,
            "column": 5,
            "end_line": 4,
            "end_column": 10,
        }
    ]
    folder.deck(CLEAN)
    assert json.loads(run("check", "--output-format", "json").stdout) == []


def test_github_is_told_file_and_line(folder: Folder) -> None:
    folder.deck(ERROR)
    assert run("check", "--output-format", "github").stdout == (
        "::error file=decks/01-deck.yaml,line=4,col=5,title=unknown-field::unknown field `fornt` (did you mean `front`?)\n"
    )


@pytest.mark.parametrize(("value", "colours"), [("", True), ("1", False)])
def test_colours_follow_no_color(folder: Folder, value: str, colours: bool) -> None:
    folder.deck(ERROR)
    result = run("check", color=True, NO_COLOR=value)
    assert ("\x1b[31m" in result.stdout) is colours


def test_a_stream_that_knows_few_letters_is_no_bug(folder: Folder) -> None:
    folder.deck("- front: Which α?\n  back: β")
    done = start("check", env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0
    assert "front: Which \\u03b1?" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_gone_is_no_bug(folder: Folder) -> None:
    folder.deck(ERROR)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = start("check", stdout=closed)
    assert (done.returncode, done.stderr) == (1, "")


def test_the_module_is_the_command() -> None:
    assert (
        start("--version").stdout
        == run("--version").stdout
        == f"flashcards, version {version('mlsd-flashcards')}\n"
    )


@pytest.mark.parametrize("command", main.commands.values(), ids=lambda command: str(command.name))
def test_the_examples_of_help_can_be_called(
    command: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = [
        line.strip() for line in (command.help or "").split("Examples:")[1].splitlines() if line.strip()
    ]
    assert examples
    for example in examples:
        program, name, *arguments = shlex.split(example.split(" > ")[0])
        assert (program, name) == ("flashcards", command.name)
        for argument in arguments:
            if argument.endswith((".apkg", ".yaml")):  # the files that the example speaks of
                path = Path(argument)
                path.parent.mkdir(exist_ok=True)
                path.touch()
        command.make_context(name, arguments)


# ------------------------------------------------------------------------------------------------------------- selection


@pytest.fixture
def two_decks(folder: Folder) -> Folder:
    folder.deck(CLEAN + "- id: A2\n  front: Which?\n  back: This.\n", "01-one.yaml")
    folder.deck("- id: B1\n  front: Who?\n  back: She.\n  tags: [Core]", "02-two.yaml")
    return folder


@pytest.mark.parametrize(
    ("options", "notes", "suffix", "sheets"),
    [
        ("", ["What?", "Which?", "Who?"], "", ["/01-one", "/02-two"]),
        ("--deck 02-two", ["Who?"], "-02-two", ["/02-two"]),  # the deck's own sheet is that of the whole
        ("--deck 02-two --deck 01-one", ["What?", "Which?", "Who?"], "", ["/01-one", "/02-two"]),
        # in Anki, too, small and capital letters are one tag
        ("--tag core", ["What?", "Who?"], "-core", ["-core/01-one", "-core/02-two"]),
        ("--tag part", ["What?"], "-part", ["-part/01-one"]),
        ("--tag part::one --tag core", ["What?", "Who?"], "-part-one-core",
         ["-part-one-core/01-one", "-part-one-core/02-two"]),
        ("--tag core --deck 02-two", ["Who?"], "-02-two-core", ["/02-two"]),
        ("decks/01-one.yaml", ["What?", "Which?"], "-01-one", ["/01-one"]),
    ],
)  # fmt: skip
def test_what_is_written_can_be_selected(
    two_decks: Folder, options: str, notes: list[str], suffix: str, sheets: list[str]
) -> None:
    assert run("build", *options.split()).exit_code == 0
    package = f"out/test-collection{suffix}.apkg"
    assert fronts(package) == notes
    assert outputs() == sorted(
        [f"out/cheat-sheets{suffix}.pdf", *(f"out/cheat-sheets{sheet}.pdf" for sheet in sheets), package]
    )


@pytest.mark.parametrize("warm", [False, True])
def test_a_selection_is_written_beside_the_whole(
    two_decks: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    if warm:
        monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    run("build")
    whole = {name: Path(name).read_bytes() for name in outputs()}
    for options in ("--tag core", "--deck 01-one", "--tag core --to apkg", "decks/02-two.yaml"):
        assert run("build", *options.split()).exit_code == 0
        assert {name: Path(name).read_bytes() for name in whole} == whole


def test_a_long_selection_still_has_a_file_name(folder: Folder) -> None:
    tags = [f"topic::{letter * 20}" for letter in "abcde"]
    folder.deck(f"- {{id: A1, front: q, back: a, tags: [{', '.join(tags)}, 🔥]}}")
    run("build", "--to", "apkg", *(word for tag in tags for word in ("--tag", tag)))
    run("build", "--to", "apkg", "--tag", "🔥")
    fire, long = outputs()
    assert re.fullmatch("out/test-collection-topic-a{20}-topic-b{17}-[0-9a-f]{8}.apkg", long)
    assert fire == "out/test-collection-selection.apkg"


@pytest.mark.parametrize(("to", "suffixes"), [("apkg", {".apkg"}), ("cheat-sheets", {".pdf"})])
def test_one_output_can_be_selected(two_decks: Folder, to: str, suffixes: set[str]) -> None:
    assert run("build", "--to", to).exit_code == 0
    assert {Path(name).suffix for name in outputs()} == suffixes


def test_every_output_can_be_selected(folder: Folder) -> None:
    folder.deck(CLEAN)
    written = {each.name: run("build", "--to", each.name).stdout for each in OUTPUTS}
    assert {name: files.splitlines()[0] for name, files in written.items()} == {
        "apkg": "out/test-collection.apkg",
        "cheat-sheets": "out/cheat-sheets.pdf",
        "cards": "out/cards.pdf",
    }


def test_a_selection_never_hides_an_error_elsewhere(two_decks: Folder) -> None:
    two_decks.deck(ERROR.replace("A1", "C1"), "03-three.yaml")
    assert run("build", "--deck", "01-one").exit_code == 1
    assert run("build", "decks/01-one.yaml").exit_code == 1


# ------------------------------------------------------------------------------------------------- decks that are not read


def test_a_line_says_that_the_shipped_decks_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.yaml").write_text("settings: {notes: 3}\n")  # is no deck
    line = "there is no collection here: the decks that come with flashcards are taken\n"
    result = run("stats")
    assert (result.exit_code, result.stderr) == (0, line)
    assert "06-pitfalls" in result.stdout
    Path("decks").mkdir()
    Path("decks/collection.yaml").write_text(COLLECTION)
    assert run("stats").stderr == ""


@pytest.mark.parametrize("command", ["check", "build", "release", "print cards"])
def test_decks_without_a_collection_are_an_error_instead_of_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("01-deck.yml").write_text("title: Deck\nnotes:\n  - {id: A1, front: q, back: a}\n")
    result = run(*command.split())
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "no-collection: `01-deck.yml` looks like a deck, and there is no collection.yaml beside it\n"
        "  = help: `flashcards new DIR` makes a collection; decks stand beside its collection.yaml\n",
        "1 error\n",
    )


@pytest.mark.parametrize(
    ("path", "way_out"),
    [
        ("decks/more", "decks stand beside `decks/collection.yaml`"),
        ("decks/more/02-more.yaml", "decks stand beside `decks/collection.yaml`"),
        ("other", "call `collection.yml` `collection.yaml`"),
    ],
)
def test_where_a_collection_is_missing_the_help_names_the_one_that_is_meant(
    folder: Folder, path: str, way_out: str
) -> None:
    folder.deck(CLEAN, "more/02-more.yaml")
    folder.write("../other/collection.yml", COLLECTION)
    result = run("check", path)
    root = path.removesuffix("/02-more.yaml")
    assert (result.exit_code, result.stdout) == (
        1,
        f"no-collection: `{root}` has no collection.yaml\n  = help: {way_out}\n",
    )


@pytest.mark.parametrize("options", [[], ["--to", "apkg"], ["--to", "cards"], ["--to", "cheat-sheets"]])
def test_a_collection_without_a_note_is_not_built(folder: Folder, options: list[str]) -> None:
    folder.write("01-deck.yaml", "title: Deck\nnotes: []\n")
    assert run("check", "--strict").exit_code == 0
    result = run("build", *options)
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "error: `decks` has no note: `flashcards add DECK` makes one\n",
    )
    assert not Path("out").exists()
    assert run("print", "calibration").stdout == "out/calibration.pdf\n"  # needs no note


@pytest.mark.parametrize("name", ["02-more.yml", "02-more.YAML", "02-MORE.YML"])
def test_a_deck_may_end_in_yml_or_capitals(folder: Folder, name: str) -> None:
    folder.deck(CLEAN)
    more = folder.write(name, "title: More\nnotes:\n  - front: Who?\n    back: They.\n")
    key, path = more.stem, f"decks/{name}"
    assert run("fix", path).exit_code == 0
    assert run("add", path, "--front", "Which?", "--back", "This.").exit_code == 0
    assert run("check", "--strict").stderr == "3 notes, nothing to report\n"
    for selection in (["--deck", key], [path]):
        result = run("build", *selection)
        assert (result.exit_code, result.stderr.splitlines()[0].partition(" in ")[0]) == (
            0,
            "built 2 notes, 2 cards, 0 media files",
        )


def test_released_decks_can_get_zeros_and_keep_their_names_in_anki(folder: Folder) -> None:
    for name in ("10-ten", "2-two"):
        folder.write(f"{name}.yaml", f"title: {name}\nnotes:\n  - {{id: {name}, front: '{name}', back: a}}\n")
    run("release")
    assert "help: give all numbers as many digits: `02-two.yaml`\n" in run("check").stdout
    old = folder.path / "2-two.yaml"
    new = old.rename(folder.path / "02-two.yaml")
    (name,) = re.findall("`02-two.yaml` is this deck, write `(name: .*?)` into it", run("check").stdout)
    new.write_text(f"{name}\n{new.read_text()}")
    result = run("check", "--strict")
    assert (result.exit_code, result.stdout) == (0, "")


# -------------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("#no-such-function()", "cheat-sheets.pdf: unknown variable: no-such-function"),
        ("\n<< no_such_name >>", "decks/templates/print/cheatsheet.typ:2: 'no_such_name' is undefined"),
        ("<< decks >>", "decks/templates/print/cheatsheet.typ:1: list is neither text nor Typst"),
        (
            '<% include "lost.typ" %>',
            "decks/templates/print/cheatsheet.typ:1: there is no template `lost.typ`",
        ),
    ],
)
def test_a_pdf_that_fails_never_withholds_the_package(folder: Folder, template: str, message: str) -> None:
    folder.deck(CLEAN)
    folder.write("templates/print/cheatsheet.typ", template)
    result = run("build")
    assert (result.exit_code, result.stdout) == (1, f"{PACKAGE}\n")
    assert f"error: cheat-sheets was not written: {message}\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert fronts(PACKAGE) == ["What?"]


def test_a_card_template_of_ones_own_that_is_wrong_is_no_bug(folder: Folder) -> None:
    folder.deck(CLEAN)
    folder.write("templates/notetypes/_layout/card.css", ".card { color: [[ no_such_name ]]; }")
    result = run("build")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "broken-template: 'no_such_name' is undefined\n --> decks/templates/notetypes/_layout/card.css:1:1\n"
    )
    assert result.stderr == "1 error\n"
    assert not Path("out").exists()


def test_a_package_that_fails_never_withholds_the_pdf(folder: Folder) -> None:
    folder.deck(CLEAN)
    Path(PACKAGE).mkdir(parents=True)
    result = run("build")
    assert (result.exit_code, result.stdout) == (1, "out/cheat-sheets.pdf\nout/cheat-sheets/01-deck.pdf\n")
    assert f"error: apkg was not written: {PACKAGE}: Is a directory\n" in result.stderr


def test_a_disk_that_fills_up_leaves_the_last_good_output(folder: Folder) -> None:
    resource = pytest.importorskip("resource")
    folder.deck(CLEAN)
    assert run("build", "--to", "apkg").exit_code == 0
    before = Path(PACKAGE).read_bytes()
    folder.deck(CLEAN + "".join(f"- id: L{i}\n  front: Line {i}?\n  back: {i * i}\n" for i in range(200)))

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, len(before) + 100))

    run("release")
    done = start("build", "--locked", "--to", "apkg", preexec_fn=small_files)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: apkg was not written: {PACKAGE}: File too large\n"
    assert outputs() == [PACKAGE]
    assert Path(PACKAGE).read_bytes() == before


# --------------------------------------------------------------------------------------------------------------- release


def test_release_writes_the_lock_once_and_says_what_learners_get(folder: Folder) -> None:
    folder.deck(CLEAN)
    first = run("release")
    assert (first.exit_code, first.stdout, first.stderr) == (
        0,
        "decks/flashcards.lock\ndecks/collection.yaml\n",
        "1 new, 0 updated\n",
    )
    again = run("release")
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "0 new, 0 updated\n")


def test_retire_without_a_terminal_says_which_option_is_missing(folder: Folder) -> None:
    folder.deck(CLEAN)
    result = start("retire", "A1", stdin=subprocess.DEVNULL)
    assert result.returncode == 2
    assert result.stderr.endswith("Error: --reason is missing, and nobody is there to ask\n")
    assert "retired" not in (folder.path / "01-deck.yaml").read_text()


def test_what_vanished_is_shown_at_its_own_row_of_the_lock(folder: Folder) -> None:
    """A note may be called like a kind or a deck."""
    note = "  - {{id: {}, front: {}?, back: b}}\n"
    folder.write(
        "one.yaml", "title: One\nnotes:\n" + "".join(note.format(x, x) for x in ("basic", "one", "A1"))
    )
    run("release")
    folder.write("one.yaml", "title: One\nnotes:\n" + note.format("A1", "A1"))
    result = run("check")
    lock = Path("decks/flashcards.lock").read_text().splitlines()
    shown = re.findall("flashcards.lock:([0-9]+):5", result.stdout)
    assert [lock[int(number) - 1].split(",")[0] for number in shown] == [
        '    "basic": {"kind": "basic"',
        '    "one": {"kind": "basic"',
    ]


def test_short_options(folder: Folder) -> None:
    folder.deck(CLEAN)
    assert (
        run("-V").stdout == run("--version").stdout == f"flashcards, version {version('mlsd-flashcards')}\n"
    )
    assert run("build", "-o", "dist", "--to", "apkg").stdout == "dist/test-collection.apkg\n"
    assert run("print", "cards", "-o", "paper").stdout == "paper/cards.pdf\n"


def test_release_asks_before_it_touches_many_notes(folder: Folder) -> None:
    folder.deck(CLEAN)
    run("release")
    lock = folder.path / "flashcards.lock"
    before = lock.read_bytes()
    folder.deck(CLEAN.replace("That.", "Something else."))
    question = "That touches 100% of the released notes. Go on? [y/N]: "
    touched = "0 new, 1 updated: a learner's own tags and edits on that one are replaced\n"

    refused = run("release", answer="n\n")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"{touched}{question}n\nAborted!\n")
    assert lock.read_bytes() == before
    agreed = run("release", answer="y\n")
    assert (agreed.exit_code, agreed.stdout, agreed.stderr) == (
        0,
        "decks/flashcards.lock\n",
        f"{touched}{question}y\n",
    )
    folder.deck(CLEAN)
    assert run("release", "--yes").stderr == touched


def test_release_check_and_locked_builds_refuse_what_is_not_released(folder: Folder) -> None:
    folder.deck(CLEAN)
    assert run("release", "--check").stdout == "there is no flashcards.lock: `flashcards release` writes it\n"
    assert run("build", "--locked").exit_code == 1
    run("release")
    assert (run("release", "--check").exit_code, run("release", "--check").stdout) == (0, "")
    assert run("build", "--locked", "--to", "apkg").exit_code == 0
    folder.deck(CLEAN.replace("That.", "Something else."))
    Path(PACKAGE).unlink()

    checked = run("release", "--check")
    assert (checked.exit_code, checked.stdout) == (1, "changed since the release: `A1`\n")
    built = run("build", "--locked")
    assert (built.exit_code, built.stdout) == (1, "")
    assert built.stderr == "error: not as released: note `A1`. `flashcards release` records them.\n"
    assert outputs() == []
    assert not (folder.path / ".flashcards").exists()


def test_release_asks_git_for_the_revision_to_compare_with(folder: Folder) -> None:
    folder.deck(CLEAN)
    run("release")
    result = run("release", "--check", "--since", "v1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        result.stderr
        == "error: git has no flashcards.lock at `v1`. Fetch the tag (`git fetch --tags`), or name another.\n"
    )


def test_fork_says_which_decks_have_the_originals_names_and_asks(folder: Folder) -> None:
    folder.deck(CLEAN)
    run("release")
    settings = (folder.path / "collection.yaml").read_text().replace("id: test", "id: mine")
    folder.write("collection.yaml", settings)
    names = (
        "`Test::01 Deck`: `test` has decks of these names too, and who has both collections finds the cards of "
        "both in them. Change `root:` in collection.yaml now; after the release the names stay.\n"
    )
    question = "Release under these names all the same? [y/N]: "
    refused = run("release", "--fork", answer="n\n")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"{names}{question}n\nAborted!\n")
    assert '"collection": "test"' in (folder.path / "flashcards.lock").read_text()
    agreed = run("release", "--fork", "--yes")
    assert (agreed.exit_code, agreed.stdout) == (0, "decks/flashcards.lock\n")
    assert agreed.stderr == f"{names}1 new, 0 updated\n"
    again = run("release", "--fork")
    assert again.stderr == (
        "error: flashcards.lock is that of `mine` already: `flashcards release` goes on with it.\n"
    )


def test_fork_stands_alone(folder: Folder) -> None:
    folder.deck(CLEAN)
    assert run("release", "--fork", "--check").exit_code == 2


# ---------------------------------------------------------------------------------------------------------------- retire


def test_retire_writes_one_line_below_the_note_and_no_other_byte(folder: Folder) -> None:
    text = """\
title: Deck
notes:
  - id: A1
    front: What?
    back: |
      That.

      And this.
    tags: [core]  # for the exam

  # ---- the second part ----
  - id: A2
    front: Which?
    back: This.
  # the end
"""
    path = folder.write("01-deck.yaml", text)
    first = run("retire", "A1", "--reason", "replaced by A2")
    assert (first.exit_code, first.stdout, first.stderr) == (0, "decks/01-deck.yaml\n", "")
    second = run("retire", "A2", answer='no "reason"\n')
    assert (second.exit_code, second.stdout) == (0, "decks/01-deck.yaml\n")
    assert second.stderr == 'Why is A2 retired (learners read this): no "reason"\n'
    exam, this = "    tags: [core]  # for the exam\n", "    back: This.\n"
    with_first = text.replace(exam, f'{exam}    retired: "replaced by A2"\n')
    assert path.read_text() == with_first.replace(this, f'{this}    retired: "no \\"reason\\""\n')


def test_retire_leaves_alone_what_it_cannot_change(folder: Folder) -> None:
    path = folder.write("01-deck.yaml", "title: Deck\nnotes:\n  - {id: A1, front: What?, back: That.}\n")
    before = path.read_bytes()
    unknown = run("retire", "Z9", "--reason", "old")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("error: no note `Z9` in this collection or in its git history.")
    assert path.read_bytes() == before
    assert run("retire", "A1", "--reason", "old").exit_code == 0
    again = run("retire", "A1", "--reason", "older")
    assert (again.exit_code, again.stderr) == (1, "error: `A1` is retired already\n")
