"""The README, kept true: its commands run, its YAML checks clean, its output is what comes out."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from conftest import COLLECTION, Folder

import flashcards
from flashcards import reporting
from flashcards.actions import statistics
from flashcards.cli import main
from flashcards.collection.keys import NOTE_KEYS
from flashcards.collection.notetypes import RECALL
from flashcards.diagnostics import Source
from flashcards.languages import yaml
from flashcards.resources import bundled

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

sys_bin = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_the_two_commands_are_one_line_each_and_set_everything_up() -> None:
    lines = [
        line for text in blocks("sh") for line in text.splitlines() if line.startswith("python3 -m venv")
    ]
    build, test = lines
    assert re.fullmatch(
        r"python3 -m venv \.venv && \.venv/bin/pip install -q \. && \.venv/bin/flashcards build", build
    )
    assert re.fullmatch(
        r"python3 -m venv \.venv && \.venv/bin/pip install -q -e '\.\[test\]' && \.venv/bin/pytest -q -n auto",
        test,
    )


@pytest.mark.slow
def test_the_output_of_build_is_what_the_readme_shows(tmp_path: Path) -> None:
    shutil.copytree(bundled("decks"), tmp_path / "decks", ignore=shutil.ignore_patterns(".flashcards"))
    shown = next(text for text in blocks("text") if "ml-system-design.apkg" in text)
    done = subprocess.run(
        [sys_bin / "flashcards", "build"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )

    def lines(text: str) -> list[str]:
        # files as they are written, then the summary; its seconds are the machine's
        return sorted(re.sub(r"in [\d.]+ s", "in … s", line) for line in text.splitlines())

    assert lines(done.stdout) == lines(shown)


def test_the_number_of_tests_is_about_what_the_readme_shows(request: pytest.FixtureRequest) -> None:
    """Exact would mean an edit of the README with every test; a tenth off means that it lies."""
    shown = re.search(r"^(\d+) passed in \d+\.\d\ds \(\d:\d\d:\d\d\)$", README, re.MULTILINE)
    assert shown
    if {item.path for item in request.session.items} < set(Path(__file__).parent.glob("test_*.py")):
        pytest.skip("only some of the files were asked for")
    if request.config.option.markexpr or request.config.option.keyword:
        pytest.skip("only some of the tests were asked for")
    collected = len(request.session.items)
    assert collected * 0.9 <= int(shown[1]) <= collected


def test_the_yaml_beside_the_picture_makes_that_card(folder: Folder) -> None:
    folder.write("01-evaluation.yaml", blocks("yaml")[0])
    loaded = folder.check()
    assert loaded.diagnostics == ()
    ((_, note),) = loaded.raise_for_errors().notes()
    assert note.id == "EV01"
    assert note.fields.keys() == {"front", "back", "why"}
    assert len(blocks("yaml")[0].splitlines()) == 10


def test_the_message_is_what_the_readme_shows(folder: Folder) -> None:
    shown = next(text for text in blocks("text") if text.startswith("unknown-field"))
    folder.write("bad.yaml", 'title: Bad\nnotes:\n  - id: B1\n    fornt: "2 + 2"\n    back: "4"\n')
    assert reporting.full(folder.check().diagnostics) == shown.rstrip()


def test_the_table_of_keys_is_that_of_the_program() -> None:
    table = README.split("Keys that every note may have:\n\n| key | |\n| --- | --- |\n")[1].split("\n\n")[0]
    assert table.splitlines() == [
        f"| `{key.name}` | {key.help}{'' if key.example == '…' else f': `{key.example}`'} |"
        for key in NOTE_KEYS.values()
    ]


def test_the_table_of_recall_is_that_of_the_program() -> None:
    table = README.split("| `recall:` | |\n| --- | --- |\n")[1].split("\n\n")[0]
    assert table.splitlines() == [f"| `{name}` | {meaning} |" for name, meaning in RECALL.items()]


def test_the_declared_keys_of_the_readme_are_understood(folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + blocks("yaml")[1])
    folder.deck("- {id: A1, front: q, back: a, origin: heard, common: true, teaches: [S1, S2]}")
    loaded = folder.check()
    assert loaded.diagnostics == ()
    own = [key.name for key in loaded.collection.keys.values() if not key.undeclared]
    assert own == ["origin", "common", "teaches"]


def test_the_recall_of_the_readme_is_that_of_a_shipped_kind() -> None:
    line = re.search(r"^`(recall: \{.*\})`$", README, re.MULTILINE)
    assert line
    node, problems = yaml.parse(Source("README.md", line[1]))
    assert problems == []
    assert isinstance(node, yaml.Mapping)
    recall = node.entries["recall"].value
    assert isinstance(recall, yaml.Mapping)
    shipped = (bundled("templates") / "notetypes/scenario/notetype.yaml").read_text(encoding="utf-8")
    for name, entry in recall.entries.items():
        assert f"  {name}: {line[1][entry.value.start : entry.value.end]}\n" in shipped


def commands() -> list[click.Command]:
    return list(main.commands.values())


@pytest.mark.parametrize("command", commands(), ids=lambda command: str(command.name))
def test_every_command_has_help_with_an_example(command: click.Command) -> None:
    shown = CliRunner().invoke(main, [str(command.name), "--help"]).output
    assert "Examples:" in shown
    assert f"flashcards {command.name}" in shown.split("Examples:")[1]


def test_every_command_and_option_that_the_readme_names_exists() -> None:
    mentioned = re.findall(
        r"flashcards ([a-z]+)((?: +[^\s`|]+)*)", re.sub(r"(?s)<table>.*?</table>", "", README)
    )
    by_name = {command.name: command for command in commands()}
    names = {name for name, _ in mentioned if name in by_name}
    assert names == set(by_name), "the README leaves a command out"
    for code in re.findall(r"`(flashcards [^`]+)`", README) + [
        line for text in blocks("sh") for line in text.splitlines()
    ]:
        found = re.search(r"flashcards ([a-z]+)(.*)", code)
        if found and found[1] in by_name and found[1] != "add":  # `add` takes any key of a note
            options = {option for parameter in by_name[found[1]].params for option in parameter.opts}
            for option in re.findall(r"(?<= )--[a-z-]+", found[2]):
                assert option in options, f"{code}: no option {option}"


def test_every_link_into_the_repository_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)]+)\)|src=\"([^\"]+)\"", README):
        assert (ROOT / (target[0] or target[1])).exists(), target


def test_the_makefile_has_the_words_that_contributing_lists() -> None:
    if not (ROOT / "Makefile").exists():
        pytest.skip("the Makefile belongs to the repository, not to the published source")
    said = re.findall(
        r"^make *(\w*) +# ", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    rules = re.findall(r"^(\w+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {word or "all" for word in said} == set(rules)


def test_ci_says_that_the_readme_has_no_test_command(tmp_path: Path) -> None:
    if not (ROOT / ".ci/run").exists():
        pytest.skip("CI's script belongs to the repository, not to the published source")
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    (tmp_path / "README.md").write_text("Run `pytest`.\n")
    done = subprocess.run([tmp_path / ".ci/run"], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "README.md has no line that begins with `python3 -m venv` and runs pytest: CI does not know how to test\n",
    )


# ----------------------------------------------------------------------------------------------------- the tour of the decks


def test_the_tour_names_every_deck_with_its_number_of_notes() -> None:
    collection = flashcards.load(bundled("decks")).raise_for_errors()
    notes = {deck.key: sum(note.retired is None for note in deck.notes) for deck in collection.decks}
    rows = re.findall(r"^\| `(\d\d-[\w-]+)` \| (\d+) \| \S.* \|$", README, re.MULTILINE)
    assert [(key, int(number)) for key, number in rows] == list(notes.items())
    *_, total = statistics.by_deck(collection, set(notes))
    said = re.search(
        r"^(\d+) notes in (\d+) decks, each with its sources; answers of (\d+) words on average;",
        README,
        re.MULTILINE,
    )
    assert said
    assert [int(number) for number in said.groups()] == [total.notes, len(notes), round(total.answer.mean)]
    assert total.sourced == 1


@pytest.mark.parametrize("tag", ["core", "p1"])
def test_the_study_plans_count_what_their_packages_hold(tag: str, tmp_path: Path) -> None:
    said = re.search(
        rf"`flashcards build --tag {tag}`\D+?(\d+)\s+notes\D+?(\d+)\s+cards: (\d+) new\s+ones\s+a\s+day"
        rf"\s+for\s+(six|\d+)\s+days",
        README,
    )
    assert said
    notes, cards, a_day = (int(number) for number in said.groups()[:3])
    days = 6 if said[4] == "six" else int(said[4])
    shutil.copytree(bundled("decks"), tmp_path / "decks", ignore=shutil.ignore_patterns(".flashcards"))
    built = flashcards.build(
        flashcards.load(tmp_path / "decks"),
        tmp_path,
        now=1_900_000_000,
        to=["apkg"],
        choose=lambda note: note.has_tag(tag),
    )
    assert built.written[0].contents.startswith(f"{notes} notes, {cards} cards, ")
    assert a_day == math.ceil(cards / days)  # one less, and the last cards would come too late


def test_every_tag_that_the_readme_names_is_on_notes() -> None:
    notes = flashcards.load(bundled("decks")).raise_for_errors().notes()
    tags = {tag for _, note in notes for tag in note.tags} | {"retired"}  # which retired notes get
    study = README.split("## The decks")[1].split("## On paper")[0]
    written = set(
        re.findall(r"`(?:tag:)?([a-z]+::[a-z-]+)[` ]|tag:([a-z:-]+)|--tag ([a-z0-9:-]+)|`(p\d)`", study)
    )
    named = {next(filter(None, found)) for found in written}
    assert named == {"area::data", "core", "level::senior", "p1", "p3", "q::fraud", "retired"}
    assert named <= tags
