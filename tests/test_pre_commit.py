"""The hook that other repositories use: `.pre-commit-hooks.yaml`, run as pre-commit runs it, without
pre-commit."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import Folder

from flashcards.resources import bundled

HOOKS = Path(__file__).resolve().parent.parent / ".pre-commit-hooks.yaml"

pytestmark = pytest.mark.skipif(
    not HOOKS.exists(), reason="hooks belong to the repository, not to the published source"
)


def run_hook(*files: str) -> subprocess.CompletedProcess[str]:
    """Run the hook on those files that pre-commit would pass to it."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    assert (hook["id"], hook["language"], hook["pass_filenames"]) == ("flashcards-check", "python", True)
    passed = [name for name in files if re.search(hook["files"], name)]
    program, *arguments = shlex.split(hook["entry"])
    command = [str(Path(sys.executable).parent / program), *arguments, *passed]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def test_it_passes_decks_and_their_settings_only() -> None:
    (hook,) = yaml.safe_load(HOOKS.read_text())
    shipped = [f"decks/{path.name}" for path in bundled("decks").glob("*.yaml")]
    assert "decks/collection.yaml" in shipped
    inside = [*shipped, "chemistry/decks/01-acids.yaml"]
    outside = [
        "decks/flashcards.lock", "decks/deck.schema.json", "decks/media/a.yaml", "decks/templates/notetypes/q/notetype.yaml",
        "mydecks/01-acids.yaml", ".github/workflows/ci.yaml", "decks.yaml", "decks/README.md",
    ]  # fmt: skip
    assert [name for name in [*inside, *outside] if re.search(hook["files"], name)] == inside


def test_clean_decks_pass(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    done = run_hook("decks/01-deck.yaml", "decks/collection.yaml", "README.md")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_mistake_stops_the_commit(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}", "01-one.yaml")
    folder.deck("- {id: A1, front: r, back: a}", "02-two.yaml")
    done = run_hook("decks/02-two.yaml")
    assert done.returncode == 1
    assert done.stdout.startswith("duplicate-id: id `A1` is taken\n --> decks/02-two.yaml:3:")
