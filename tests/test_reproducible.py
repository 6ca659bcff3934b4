"""The same state gives the same bytes: whatever the folder, the clock, the time zone, the locale, the order
of hashing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.slow
def test_the_shipped_decks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    collection = tmp_path / "decks"
    shutil.copytree(bundled("decks"), collection, ignore=shutil.ignore_patterns(".flashcards"))
    assert_reproducible(collection, tmp_path / "elsewhere")
