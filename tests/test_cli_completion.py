"""What the shell offers to complete: asked of click as a shell does, and once of the real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, Folder

from flashcards.cli import main


@pytest.fixture
def collection(folder: Folder) -> Folder:
    folder.deck("- {id: A1, front: q, back: a, tags: [core, area::data]}", "01-one.yaml")
    folder.deck("title: Second\nnotes:\n- {id: B1, front: r, back: a, tags: [core, hard]}", "02-two.yaml")
    folder.write("collection.yaml", COLLECTION + "keys: {mood: {help: how it sounds}}\n")
    folder.write("templates/notetypes/quote/notetype.yaml", QUOTE)
    folder.write("templates/notetypes/quote/front.html", "{{Line}}")
    folder.write("templates/notetypes/quote/back.html", "{{Line}}")
    folder.write("templates/print/handout.typ", "<# A handout. #>\nhello\n")
    return folder


QUOTE = """\
label: Quote
fields:
  - {key: line, name: Line, id: 101, required: true, help: what was said}
cards:
  - {name: Quote, id: 201, front: front.html, back: back.html}
"""


def offered(line: str) -> dict[str, str]:
    """Return what is offered for the last word of a line, each with its description, or for a path with its
    kind."""
    words = line.split(" ")
    environment = {
        "_FLASHCARDS_COMPLETE": "zsh_complete",
        "COMP_WORDS": f"flashcards {line}",
        "COMP_CWORD": str(len(words)),
    }
    done = CliRunner().invoke(main, prog_name="flashcards", env=environment, catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    kinds, offers, texts = (done.stdout.removesuffix("\n").splitlines()[start::3] for start in range(3))
    return {
        offer: text if kind == "plain" else kind
        for kind, offer, text in zip(kinds, offers, texts, strict=True)
    }


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("build --deck ", {"01-one": "Deck", "02-two": "Second"}),
        ("build --deck 02", {"02-two": "Second"}),
        ("build --tag ", {"area::data": "_", "core": "_", "hard": "_"}),
        ("build --to ap", {"apkg": "Package for Anki"}),
        ("build --to hand", {"handout": "A handout"}),
        (
            "print c",
            {
                "cheat-sheets": "Cheat sheets, one a deck and one with all of them",
                "cards": "Cut-out cards, fronts and backs",
                "calibration": "Calibration sheet: shows how far this printer sets the backs from their fronts",
            },
        ),
        ("print apk", {}),
        ("explain quot", {"quote": "line"}),  # nobody declares `quoted`
        ("explain missing-i", {"missing-id": "A note has no `id`."}),
        ("explain sour", {"sources": "keys of sources.yaml, each with a place in the source if you like"}),
        ("explain key", {"keys": "all keys that a note may have"}),
        ("explain moo", {"mood": "how it sounds"}),
        ("add decks/01-one.yaml --moo", {"--mood": "how it sounds"}),
        ("add decks/01-one.yaml --quo", {}),
        ("explain pitfall", {"pitfall": "says, fault, fix"}),
        ("add decks/01-one.yaml --kind ch", {"choice": "front, options, reason"}),
        ("add decks/01-one.yaml --kind qu", {"quote": "line"}),
        ("add decks/01-one.yaml --fro", {"--front": "the question"}),
        ("add decks/01-one.yaml --li", {"--line": "what was said"}),
        (
            "add decks/01-one.yaml --red",
            {
                "--red-flag": "what counts against the candidate",
                "--red_flag": "what counts against the candidate",
            },
        ),
        ("check de", {"de": "file"}),
        ("add ", {"": "file"}),
        ("build --out ", {"": "dir"}),
        ("build --deck zzz", {}),
        ("explain zzz", {}),
    ],
)
def test_offers(collection: Folder, line: str, offers: dict[str, str]) -> None:
    assert offered(line) == offers


def test_offers_come_from_the_collection_that_is_named(collection: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    other.deck("title: Elsewhere\nnotes:\n- {id: C1, front: s, back: a, tags: [rare]}", "07-seven.yaml")
    assert offered("build other --deck ") == {"07-seven": "Elsewhere"}
    assert offered("build other --tag ") == {"rare": "_"}
    assert offered("add other/07-seven.yaml --kind qu") == {}
    assert "--line" not in offered("add other/07-seven.yaml --l")


def test_nothing_is_offered_and_nothing_said_where_decks_cannot_be_read(folder: Folder) -> None:
    folder.write("collection.yaml", "id: [")
    folder.deck("- {", "01-one.yaml")
    assert offered("build --deck ") == {}
    assert offered("build nowhere --tag ") == {}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes(collection: Folder) -> None:
    script = """
        eval "$(_FLASHCARDS_COMPLETE=bash_source flashcards)"
        COMP_WORDS=(flashcards build --deck 02) COMP_CWORD=3
        $(complete -p flashcards | sed 's/.*-F \\([^ ]*\\) .*/\\1/') flashcards
        echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("02-two\n", "")
