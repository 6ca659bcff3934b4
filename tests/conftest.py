"""Fixtures: decks whose text stands in the test and whose files lie in `tmp_path`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, settings

import flashcards
from flashcards import reporting
from flashcards.collection.loader import Loaded

COLLECTION = """\
id: test
title: Test Collection
short_title: Test
root: Test
created: 2026-01-01
"""

# A picture of one pixel
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55000000"
    "0a4944415478da6360000000020001e527defc0000000049454e44ae426082"
)


# One profile for every property: what depends on the machine's speed never fails a test, and a fixture's folder may
# be written to by each example in turn.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew instead of comparing with them"
    )
    parser.addoption("--fuzz", type=int, default=300, metavar="N", help="how many damaged decks to check")
    parser.addoption(
        "--print-notes", type=int, default=1_000, metavar="N", help="how many random notes to print"
    )
    parser.addoption(
        "--written", type=int, default=300, metavar="N", help="how many random notes to read back"
    )
    parser.addoption(
        "--bad-values", type=int, default=1, metavar="N", help="how many bad values to try at each place"
    )
    parser.addoption(
        "--hostile", type=int, default=1, metavar="N", help="attacks at each key of a collection"
    )
    parser.addoption(
        "--histories", type=int, default=200, metavar="N", help="how many histories of releases to play"
    )
    parser.addoption("--fuzz-seed", type=int, default=1, metavar="SEED", help="which damaged decks")


def pytest_configure() -> None:
    os.environ["FLASHCARDS_CACHE"] = ""  # what one test leaves behind must not hide a mistake in the next


class Folder:
    """A collection in `decks/` below the working directory of the test, so that paths in findings are
    short."""

    def __init__(self, path: Path):
        self.path = path
        self.write("collection.yaml", COLLECTION)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file; common indentation of the text is taken off."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return path

    def deck(self, text: str, name: str = "01-deck.yaml") -> Path:
        """Write a deck from its notes (`- front: …`), or from a whole file if `text` has a `notes:` line."""
        text = dedent(text)
        if "notes:" not in text:
            text = "title: Deck\nnotes:\n" + "".join(
                f"  {line}" if line.strip() else line for line in text.lstrip("\n").splitlines(True)
            )
        return self.write(name, text)

    def check(self) -> Loaded:
        return flashcards.check(Path("decks"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path / "decks")


@pytest.fixture
def deck(folder: Folder) -> Callable[..., Loaded]:
    """`deck(text)` writes one deck and checks its collection."""

    def make(text: str, name: str = "01-deck.yaml") -> Loaded:
        folder.deck(text, name)
        return folder.check()

    return make


@pytest.fixture
def report(deck: Callable[..., Loaded]) -> Callable[[str], str]:
    """`report(text)` returns what `flashcards check` prints for one deck."""

    def make(text: str) -> str:
        return reporting.full(deck(text).diagnostics)

    return make
