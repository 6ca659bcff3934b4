"""The way out that each error of the ledger names, followed to the letter: it must lead out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from people import Author
from test_upgrade import author  # noqa: F401  # fixture


def shell(author: Author, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the author would: in the repository, with `flashcards` on the path, and a fixed
    answer for what it asks."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    return subprocess.run(
        command, shell=True, cwd=author.path, env=environment, input="y\n", capture_output=True, text=True
    )


def commands(text: str) -> list[str]:
    """Return the commands that a message or hint names, in order."""
    return re.findall(r"`((?:git|flashcards) [^`]+)`", text)


def said(author: Author, command: str) -> str:
    """Run a command that must fail, and return all it says."""
    done = shell(author, command)
    assert done.returncode == 1, done
    return done.stdout + done.stderr


def follow(author: Author, *advice: str) -> None:
    """Run commands, of which each must succeed."""
    for command in advice:
        done = shell(author, command)
        assert done.returncode == 0, (command, done)


def assert_released(author: Author) -> None:
    """What the author has now can be released, and is then as released."""
    follow(author, "flashcards release --yes", "flashcards check", "flashcards release --check")


@pytest.fixture(autouse=True)
def released(author: Author) -> None:
    follow(author, "flashcards release --yes")
    author.commit("release")


def test_collection_id_changed_can_be_forked(author: Author) -> None:
    author.edit("id: test", "id: mine", "collection.yaml")
    (advice,) = commands(said(author, "flashcards check"))
    assert advice == "flashcards release --fork"
    follow(author, advice)
    assert_released(author)


def test_collection_id_changed_can_be_taken_back(author: Author) -> None:
    author.edit("id: test", "id: mine", "collection.yaml")
    assert "write `id: test` again" in said(author, "flashcards check")
    author.edit("id: mine", "id: test", "collection.yaml")
    assert_released(author)


def test_a_second_fork_brings_the_first_ones_lock_back(author: Author) -> None:
    author.edit("id: test", "id: mine", "collection.yaml")
    follow(author, "flashcards release --fork")
    author.commit("fork")
    author.edit("id: mine", "id: test", "collection.yaml")
    checkout, release = commands(said(author, "flashcards release --fork"))
    follow(author, checkout, release)
    assert_released(author)
