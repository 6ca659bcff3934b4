"""Where a collection is, and which of its files are decks. Reads no YAML, so that it is quick to import."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from flashcards.diagnostics import Diagnostic, Source, Span, error, warning
from flashcards.files import read_regular, real_path
from flashcards.resources import bundled

COLLECTION_FILE = "collection.yaml"
DECK_SUFFIXES = (".yaml", ".yml")  # in small or capital letters
_NOT_DECKS = frozenset({"collection", "sources", "coverage", "verified"})  # names without their suffixes

# Folders beside the decks that hold something else, perhaps a lot of it
_OTHER_FOLDERS = frozenset({"media", "templates", "node_modules", "venv"})
_NOTES = re.compile(rb"^(?:\xef\xbb\xbf)?(?:notes|'notes'|\"notes\")[ \t]*:", re.MULTILINE)
_MOST = 10_000_000  # bytes: no larger file is a deck


class Located(NamedTuple):
    """Where the collection of some paths is. `root` is None if there is none, which `problems` then
    explain."""

    root: Path | None
    files: tuple[Path, ...]  # deck files that were named
    whole: bool  # every deck is selected, not only `files`
    problems: tuple[Diagnostic, ...]

    def selects(self, path: Path) -> bool:
        """Tell whether a deck file of the collection is among those that were asked for."""
        return self.whole or real_path(path) in {real_path(file) for file in self.files}


def own_collection(start: Path) -> Path | None:
    """Return the nearest collection, `start` or a folder above it, or `decks/` in one of them; None if there
    is none."""
    for folder in (start, *start.parents):
        for candidate in (folder, folder / "decks"):
            if (candidate / COLLECTION_FILE).is_file():
                return candidate
    return None


def find_collection(start: Path) -> Path:
    """Return the nearest collection of an author, else the shipped decks."""
    return own_collection(start) or bundled("decks")


def locate(paths: Iterable[Path | str]) -> Located:
    """Find the collection that `paths` belong to: deck files or a collection's folder; the working
    directory's if there are none, and the shipped decks where no collection is and nothing looks like one."""
    given = [Path(path) for path in paths]
    if not given:
        here = Path.cwd()
        found = own_collection(here)
        if found is None and (lost := deck_like(here)) is not None:
            message = f"`{lost.name}` looks like a deck, and there is no {COLLECTION_FILE} beside it"
            problem = error("no-collection", message, hint=_way_to_a_collection(here))
            return Located(None, (), True, (problem,))
        given = [_shown(found or bundled("decks"))]
    problems: list[Diagnostic] = []
    roots: dict[Path, Path] = {}
    for path in given:
        if not path.exists():
            problems.append(error("no-such-path", f"`{path}` does not exist"))
            continue
        root = path if path.is_dir() else path.parent
        if not (root / COLLECTION_FILE).is_file() and (root / "decks" / COLLECTION_FILE).is_file():
            root = root / "decks"
        if not (root / COLLECTION_FILE).is_file():
            hint = _way_to_a_collection(root)
            problems.append(error("no-collection", f"`{root}` has no {COLLECTION_FILE}", hint=hint))
            continue
        roots.setdefault(root.resolve(), root)
    if len(roots) > 1:
        names = " and ".join(f"`{root}`" for root in roots.values())
        message = f"{names} are two collections"
        problems.append(error("several-collections", message, hint="name one at a time"))
    if problems or not roots:
        return Located(None, (), True, tuple(problems))
    root = next(iter(roots.values()))
    files = [path for path in given if path.is_file() and path.stem.lower() not in _NOT_DECKS]
    for path in files:
        if not _is_yaml(path.name) or real_path(path).parent != real_path(root):
            hint = f"decks are the `.yaml` files in `{root}`"
            message = f"`{path}` is no deck of this collection"
            problems.append(error("no-such-path", message, hint=hint))
    return Located(root, tuple(files), len(files) < len(given), tuple(problems))


def deck_paths(root: Path) -> list[Path]:
    """Return the deck files of the collection in `root`, in study order: that of their names, letter by
    letter. Hidden files are none: editors and macOS leave some (`.#deck.yaml`, `._deck.yaml`)."""
    paths = (path for path in root.iterdir() if _is_yaml(path.name))
    return sorted((path for path in paths if path.stem.lower() not in _NOT_DECKS), key=lambda path: path.name)


def file_problems(root: Path) -> list[Diagnostic]:
    """Return what is wrong with the names and places of the files in `root`, without what stands in them."""
    paths = deck_paths(root)
    return [*_misnamed(root), *_decks_in_folders(root), *_same_keys(paths), *_out_of_order(paths)]


def deck_like(folder: Path) -> Path | None:
    """Return the first file in a folder that looks like a deck, None if there is none."""
    return next(filter(_is_deck_like, sorted(folder.iterdir())), None)


def _is_deck_like(path: Path) -> bool:
    """Tell whether a file is YAML that has `notes:` at its top."""
    try:
        return _is_yaml(path.name) and _NOTES.search(read_regular(path, _MOST)) is not None
    except OSError:
        return False


def _is_yaml(name: str) -> bool:
    return name.lower().endswith(DECK_SUFFIXES) and not name.startswith(".")


def _misnamed(root: Path) -> Iterator[Diagnostic]:
    """Only decks may end in `.yml`: all else is looked for under one name."""
    for path in sorted(root.iterdir()):
        right = root / f"{path.stem.lower()}.yaml"
        if not _is_yaml(path.name) or path.stem.lower() not in _NOT_DECKS or path.name == right.name:
            continue
        if not (right.exists() and right.samefile(path)):  # some file systems take capitals for small letters
            message, hint = f"`{path.name}` is not read", f"call it `{right.name}`"
            yield warning("unread-file", message, _at(path), hint=hint)


def _decks_in_folders(root: Path) -> Iterator[Diagnostic]:
    """Folders that are hidden, or collections of their own, are none of our business; links are not
    followed."""
    for place, folders, names in os.walk(root):
        folder = Path(place)
        if folder == root:
            names.clear()
        elif COLLECTION_FILE in names:
            folders.clear()
            continue
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _OTHER_FOLDERS)
        for path in (folder / name for name in sorted(names)):
            if not path.is_symlink() and _is_deck_like(path):
                message = f"`{path.relative_to(root).as_posix()}` looks like a deck and is not read"
                hint = "move it beside collection.yaml; folders whose names begin with `.` are passed over"
                yield warning("unread-file", message, _at(path), hint=hint)


def _same_keys(paths: Iterable[Path]) -> Iterator[Diagnostic]:
    """A deck's key is its file's name without the suffix: sheets are called by it, and releases know the deck
    by it."""
    first: dict[str, Path] = {}
    for path in paths:
        other = first.setdefault(normalize("NFC", path.stem).casefold(), path)
        if other is not path:
            message = f"two files are the deck `{path.stem}`"
            hint = f"the other is `{other.name}`; rename or delete one"
            yield error("duplicate-deck", message, _at(path), hint=hint)


def _out_of_order(paths: Sequence[Path]) -> Iterator[Diagnostic]:
    numbers = [(found.group(), path) for path in paths if (found := re.match("[0-9]+", path.name))]
    for (before, one), (after, other) in pairwise(numbers):
        if int(before) > int(after):
            width = max(len(number) for number, _ in numbers)
            message = f"`{one.name}` comes before `{other.name}`: names are in order letter by letter"
            hint = f"give all numbers as many digits: `{after.zfill(width)}{other.name[len(after) :]}`"
            yield warning("deck-order", message, _at(other), hint=hint)
            return


def _way_to_a_collection(folder: Path) -> str:
    """Return what to do where a collection was expected and is none."""
    settings = Path(COLLECTION_FILE).stem
    wrong = [path.name for path in folder.iterdir() if _is_yaml(path.name) and path.stem.lower() == settings]
    if wrong:
        if wrong[0] == COLLECTION_FILE:
            return f"`{folder / COLLECTION_FILE}` is no regular file, or a link to nothing"
        return f"call `{wrong[0]}` `{COLLECTION_FILE}`"
    for above in folder.resolve().parents:
        if (above / COLLECTION_FILE).is_file():
            return f"decks stand beside `{_shown(above / COLLECTION_FILE)}`"
    return "`flashcards new DIR` makes a collection; decks stand beside its collection.yaml"


def _at(path: Path) -> Span:
    return Span(Source(str(path), ""), 0, 0)


def _shown(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
