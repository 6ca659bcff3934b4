"""Hashes of what a computation depends on: the program, a collection's shared files, a deck file.

Files of a collection count with their bytes. Files of the program and media count with their size and time,
because there may be many or large ones; a file that was changed a moment ago counts with its bytes too, since
a second change may leave both the same."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from flashcards.cache import digest
from flashcards.files import read_regular
from flashcards.resources import bundled, leads_out

_RECENT = 3.0  # seconds; no file system has coarser times
_MOST = 10_000_000  # bytes: no larger file of a collection is read, but media, of which the time tells enough
_SETTINGS = ("collection.yaml", "sources.yaml")


def program() -> str:
    """Return a hash of this program, its templates, Python, and every distribution that is installed."""
    parts = [sys.version, sys.platform]
    for entry in dict.fromkeys(sys.path):
        try:
            with os.scandir(entry or ".") as found:
                parts += sorted(
                    f"{item.name} {item.stat().st_mtime_ns}"
                    for item in found
                    if item.name.endswith((".dist-info", ".egg-info", ".egg-link"))
                )
        except OSError:
            continue
    package = Path(__file__).resolve().parent.parent
    for folder in (package, bundled("templates")):
        parts += _states(folder, (".py", ".md", ".yaml", ".html", ".css", ".typ"))
    return digest(parts)


def shared(root: Path) -> str:
    """Return a hash of all files of the collection in `root` that every deck is read with."""
    parts: list[str | bytes] = [str(root)]
    for name in _SETTINGS:
        path = root / name
        parts += [name, contents(path)]
    templates, media = root / "templates", root / "media"
    parts += [os.path.realpath(templates), os.path.realpath(media)]
    # what a link leads to outside is not read, and might be a whole disk
    for folder, folders, names in () if leads_out(templates, root) else os.walk(templates):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            parts += [str(path.relative_to(root)), os.path.realpath(path), contents(path)]
    fonts = root / "fonts"
    for folder_of_files in (media, fonts):
        parts += [] if leads_out(folder_of_files, root) else _states(folder_of_files)
    return digest(parts)


def contents(path: Path) -> bytes:
    """Return the bytes of a file, or why they cannot be had: no file is there, or none that could be used."""
    try:
        return read_regular(path, _MOST)
    except OSError as problem:
        return f"{problem.errno}".encode()


def _states(folder: Path, suffixes: tuple[str, ...] = ("",)) -> list[str]:
    """Return a line for each file below a folder: its name, size and time, and its bytes if it is new."""
    lines: list[str] = []
    now = time.time()
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                for entry in sorted(found, key=lambda entry: entry.name):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.name.endswith(suffixes):
                        lines.append(_state(entry, now))
        except OSError as problem:
            lines.append(f"{problem.filename} {problem.errno}")
    return lines


def _state(entry: os.DirEntry[str], now: float) -> str:
    target = os.path.realpath(entry.path) if entry.is_symlink() else ""
    try:
        state = entry.stat()
        line = f"{entry.path} {target} {state.st_size} {state.st_mtime_ns} {state.st_mode}"
        if abs(now - state.st_mtime) < _RECENT or abs(now - state.st_ctime) < _RECENT:
            line += digest([contents(Path(entry.path))])
    except OSError as problem:
        return f"{entry.path} {problem.errno}"
    return line
