"""What git remembers of a collection's files; outside a repository, nothing. The only module that runs a
program."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path


def at(folder: Path, revision: str, name: str) -> str | None:
    """Return the text of `folder/name` at a revision, None if there was no such file."""
    return _git(folder, "show", f"{revision}:./{name}")


def versions(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Yield revision and text of every version of `folder/name` that was ever committed, on any branch,
    newest first."""
    for revision in (_git(folder, "log", "--all", "--format=%H", "--", name) or "").split():
        if text := at(folder, revision, name):
            yield revision, text


def last_with(folder: Path, words: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the YAML files in `folder` that held `words`, in the versions around which they
    came or went, newest first."""
    for revision in (_git(folder, "log", "--format=%H", "-n", "500", f"-S{words}", "--", ".") or "").split():
        for commit in (revision, f"{revision}~1"):
            for name in (_git(folder, "ls-tree", "--name-only", commit, ".") or "").split("\n"):
                if name.endswith(".yaml") and (text := at(folder, commit, name)) and words in text:
                    yield name, text


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.decode("utf-8", "replace")
