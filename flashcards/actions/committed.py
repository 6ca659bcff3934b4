"""A collection as it was committed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flashcards import git
from flashcards.collection.loader import load
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.model import Collection


def read_committed(folder: Path, commit: str, place: str, target: Path) -> Collection | None:
    """Return the collection that was in a repository's folder `place` (from its top) at a commit, with the
    note types of then; None if none was there. `folder` lies in the repository. The files are written below
    `target`, an empty folder, which must stay for as long as pictures are needed. Raises `git.GitError`."""
    decks = target / "decks"
    git.export(folder, commit, place, decks)
    if place != "." and not (decks / "templates").exists():
        with suppress(git.GitError):  # there were none beside the decks
            git.export(folder, commit, str(Path(place).parent / "templates"), decks / "templates")
    return load(decks).found if (decks / COLLECTION_FILE).is_file() else None
