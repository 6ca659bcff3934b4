"""CONTRIBUTING.md describes the package as it is: every room, every ground file, every file that it points to."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "flashcards"


def test_the_table_of_rooms_names_every_folder_of_the_package() -> None:
    table = re.findall(r"^\| `(\w+)/` \| [A-Z].+\. \|$", TEXT, re.MULTILINE)
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert set(table) == rooms and len(table) == len(rooms)


def test_every_ground_file_is_named() -> None:
    ground = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    paragraph = TEXT.partition("On the ground lie")[2].partition("\n\n")[0]
    assert ground == set(re.findall(r"`(\w+\.py)`", paragraph))


def test_every_file_that_answers_a_question_exists() -> None:
    answers = TEXT.partition("| question | answer |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+/[\w/]+\.py)`", answers)) - {"importers/csv.py"}
    assert len(named) >= 6
    assert [name for name in named if not (PACKAGE / name).is_file()] == []
