"""What the command line knows of the machine: where to keep computed data, and how many processes to use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flashcards.cache import Cache


def cache() -> Cache:
    """Return the user's cache: `$FLASHCARDS_CACHE`, or where the system keeps such data. Nothing is lost with
    it."""
    from flashcards.cache import Cache

    named = os.environ.get("FLASHCARDS_CACHE")
    if named is not None:
        return Cache(Path(named) if named else None)  # an empty name: keep nothing
    try:
        return Cache(_caches() / "flashcards")
    except RuntimeError:  # there is no home
        return Cache(None)


def _caches() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def jobs() -> int:
    """Return how many processes may work at once: 1 where forking is not safe."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
