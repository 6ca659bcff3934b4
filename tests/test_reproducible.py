"""The same state gives the same bytes: whatever the folder, the clock, the time zone, the locale, the order
of hashing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pdf
import pytest
from conftest import Folder

import flashcards
from flashcards.resources import bundled

LONG_AGO = 1_600_000_000
# one red pixel
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)

NOTES = """\
- id: B1
  front: Which of the two is **right**? See ![a red point](point.png)
  back: |
    The second: `x = {1, 2}` and $p = 0.5$.

    ```python
    def f(x): return {x}
    ```
  tags: [zulu, alpha, İstanbul, ångström]
- id: C1
  cloze: The {{c1::first}} and the {{c2::second::which?}} gap.
  tags: [ß, alpha]
- id: P1
  kind: pitfall
  says: I would use accuracy.
  fault: It hides the rare class.
  fix: Precision and recall.
- id: O1
  front: What was it?
  back: That.
  retired: out of date
"""


def build(collection: Path, out: Path, cwd: Path, **environment: str) -> dict[str, bytes]:
    """Run `flashcards build` in a process of its own and return what it wrote."""
    cwd.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "flashcards", "build", str(collection), "--out", str(out)]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def assert_reproducible(collection: Path, elsewhere: Path) -> None:
    # the drafts get their times here, long before the clock of the two builds
    flashcards.build(flashcards.check(collection), elsewhere / "first", now=LONG_AGO)
    copy = elsewhere / "a copy" / "of the decks"
    shutil.copytree(collection, copy, copy_function=shutil.copyfile)  # with other file times
    plain = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }  # files are ASCII unless the code says otherwise
    first = build(
        collection, elsewhere / "one", elsewhere, TZ="Pacific/Kiritimati", PYTHONHASHSEED="0", **plain
    )
    second = build(
        copy,
        elsewhere / "two",
        elsewhere / "cwd",
        TZ="America/Adak",
        LC_ALL="tr_TR.UTF-8",
        PYTHONHASHSEED="4242",
    )
    assert len(first) > 2
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_drafts(folder: Folder, tmp_path: Path) -> None:
    folder.write("media/point.png", PICTURE)
    folder.deck(NOTES, "02-second.yaml")
    folder.deck("- id: Z1\n  front: Last?\n  back: First.", "01-first.yaml")
    assert_reproducible(folder.path, tmp_path / "elsewhere")


HANDOUT = """\
<# A handout #>
#set document(title: << title >>, date: << date >>)
#set text(lang: << language >>)
<< note("A1").id >> of << date_text >>
"""


def days(path: Path) -> set[str]:
    """Return the days on which a PDF says that it was made and changed."""
    return {day.decode() for day in re.findall(rb"\(D:(\d{8})", path.read_bytes())}


def test_a_document_has_the_time_of_the_newest_note_that_it_shows(folder: Folder, tmp_path: Path) -> None:
    folder.deck("- {id: A1, front: a, back: b}", "01-a.yaml")
    folder.deck("- {id: B1, front: c, back: d}", "02-b.yaml")
    folder.write("templates/print/handout.typ", HANDOUT)
    names = ["cheat-sheets", "cards", "handout", "calibration"]
    flashcards.build(folder.check(), tmp_path / "one", now=LONG_AGO, to=names)
    folder.deck("- {id: B1, front: c, back: e}", "02-b.yaml")
    flashcards.build(folder.check(), tmp_path / "two", now=LONG_AGO + 10 * 86_400, to=names)
    first, later, begun = {"20200913"}, {"20200923"}, {"20260101"}
    assert {path.name: (days(path), days(tmp_path / "two" / path.relative_to(tmp_path / "one"))) for path in (tmp_path / "one").rglob("*.pdf")} == {
        "cheat-sheets.pdf": (first, later),
        "01-a.pdf": (first, first),
        "02-b.pdf": (first, later),
        "cards.pdf": (first, later),
        "handout.pdf": (first, first),
        "calibration.pdf": (begun, begun),  # has no notes: the day on which the collection was begun
    }  # fmt: skip
    assert "2020-09-13" in pdf.read(tmp_path / "two/handout.pdf").text
    assert "2020-09-23" in pdf.read(tmp_path / "two/cheat-sheets.pdf").text


def test_a_new_look_of_a_note_type_is_a_new_time_of_what_shows_it(folder: Folder, tmp_path: Path) -> None:
    folder.deck("- {id: A1, front: a, back: b}", "01-a.yaml")
    folder.deck("- {id: B1, kind: reversed, front: c, back: d}", "02-b.yaml")
    flashcards.build(folder.check(), tmp_path / "out", now=LONG_AGO, to=["cheat-sheets"])
    reversed_type = bundled("templates") / "notetypes/reversed"
    shutil.copytree(reversed_type, folder.path / "templates/notetypes/reversed")
    folder.write("templates/notetypes/reversed/card.css", "b { color: red }")
    flashcards.build(folder.check(), tmp_path / "out", now=LONG_AGO + 10 * 86_400, to=["cheat-sheets"])
    found = {path.name: days(path) for path in (tmp_path / "out").rglob("*.pdf")}
    assert found == {"cheat-sheets.pdf": {"20200923"}, "01-a.pdf": {"20200913"}, "02-b.pdf": {"20200923"}}


@pytest.mark.slow
def test_the_shipped_decks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    collection = tmp_path / "decks"
    shutil.copytree(bundled("decks"), collection, ignore=shutil.ignore_patterns(".flashcards"))
    assert_reproducible(collection, tmp_path / "elsewhere")
