"""Tells whether a build would write what is there already, from one hash of everything that goes into it.

It knows of files and hashes only, so that it answers long before the modules that build could be imported.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flashcards.actions import fingerprint
from flashcards.cache import Cache, digest
from flashcards.collection.location import deck_paths, file_problems

_STATE = ("flashcards.lock", ".flashcards/drafts.json")


class Record:
    """What a build of one collection, with some options, wrote last and said of it."""

    def __init__(self, root: Path, options: Sequence[object], cache: Cache):
        self.root = root
        self.cache = cache
        place = [str(Path.cwd()), str(root.resolve())]
        self.key = digest(["build", *place, json.dumps(options, default=str)])
        self.before = self._inputs()

    def said(self) -> Any | None:
        """Return what `keep` was given, if nothing that went into that build has changed, nor what it
        wrote."""
        kept = self.cache.read(self.key)
        if kept is None:
            return None
        inputs, outputs, said = json.loads(kept)
        if inputs != digest([self.before, self._state()]):
            return None
        return said if all(_hash(Path(path)) == found for path, found in outputs) else None

    def keep(self, outputs: Iterable[Path], said: object) -> None:
        """Remember a build: the files it wrote, and anything to say of it that JSON can hold."""
        if self._inputs() != self.before:  # a file was changed meanwhile
            return
        hashes = [[str(path), _hash(path)] for path in outputs]
        kept = [digest([self.before, self._state()]), hashes, said]
        self.cache.write(self.key, json.dumps(kept).encode())

    def _inputs(self) -> str:
        """Return a hash of all that an author writes, and of the program."""
        parts: list[str | bytes] = [fingerprint.program(), fingerprint.shared(self.root)]
        for path in deck_paths(self.root):
            parts += [path.name, os.path.realpath(path), fingerprint.contents(path)]
        parts += map(str, file_problems(self.root))
        return digest(parts)

    def _state(self) -> str:
        """Return a hash of what builds and releases write beside the decks: a build changes it itself."""
        return digest(fingerprint.contents(self.root / name) for name in _STATE)


def _hash(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
