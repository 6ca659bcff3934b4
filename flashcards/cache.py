"""Keeps computed data on disk, each piece under a hash of everything that it was computed from.

Deleting the folder loses nothing: what is missing, damaged or cannot be written is computed again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from flashcards.files import write_atomically

_LIMIT = 400_000_000  # bytes of a cache folder; a deck of 10,000 notes takes some 13 MB
_KEPT = 0.8  # of the limit, after the oldest pieces were deleted


def digest(parts: Iterable[str | bytes]) -> str:
    """Return a hash of texts and bytes in their order; where one ends and the next begins counts too."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hashed.update(b"%d:" % len(data))
        hashed.update(data)
    return hashed.hexdigest()


class Cache:
    """A folder of pieces of data. Without a folder it keeps nothing."""

    def __init__(self, folder: Path | None, limit: int = _LIMIT):
        self.folder = folder
        self.limit = limit

    def read(self, key: str) -> bytes | None:
        """Return what was kept under a key (see `digest`), None if there is nothing or it is damaged."""
        if self.folder is None:
            return None
        path = self._path(self.folder, key)
        try:
            data = path.read_bytes()
            os.utime(path)  # the pieces used last are kept longest
        except OSError:
            return None
        sum_, piece = data[:32], data[32:]
        return piece if hashlib.sha256(piece).digest() == sum_ else None

    def write(self, key: str, piece: bytes) -> None:
        """Keep a piece of data. A folder that cannot be written is no error."""
        if self.folder is None:
            return
        try:
            data = hashlib.sha256(piece).digest() + piece
            write_atomically(self._path(self.folder, key), data, durable=False)
        except OSError:
            return

    def prune(self) -> None:
        """Delete the pieces that were not used for longest, if the folder has outgrown its limit."""
        if self.folder is None:
            return
        folders = [entry.path for entry in _entries(self.folder) if len(entry.name) == 2]  # see `_path`
        pieces = [_state(entry) for folder in folders for entry in _entries(folder)]
        size = sum(length for _, length, _ in pieces)
        if size <= self.limit:
            return
        for _, length, path in sorted(pieces):
            if size <= self.limit * _KEPT:
                break
            try:
                Path(path).unlink()
            except OSError:
                continue
            size -= length

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / key


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # no folder, or another process has deleted it
        return []


def _state(entry: os.DirEntry[str]) -> tuple[float, int, str]:
    """Return when a piece was used last, how long it is, and where it lies."""
    try:
        state = entry.stat()
    except OSError:  # another process has deleted it
        return 0, 0, entry.path
    return state.st_mtime, state.st_size, entry.path
