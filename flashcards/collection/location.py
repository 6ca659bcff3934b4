"""Where a collection is, and which of its files are decks. Reads no file, so that it is quick to import."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from flashcards.diagnostics import Diagnostic, error
from flashcards.resources import bundled

COLLECTION_FILE = "collection.yaml"
NOT_DECKS = frozenset({COLLECTION_FILE, "sources.yaml", "coverage.yaml", "verified.yaml"})


class Located(NamedTuple):
    """Where the collection of some paths is. `root` is None if there is none, which `problems` then
    explain."""

    root: Path | None
    files: tuple[Path, ...]  # deck files that were named
    whole: bool  # every deck is selected, not only `files`
    problems: tuple[Diagnostic, ...]

    def selects(self, path: Path) -> bool:
        """Tell whether a deck file of the collection is among those that were asked for."""
        return self.whole or path.resolve() in {file.resolve() for file in self.files}


def find_collection(start: Path) -> Path:
    """Return the nearest collection: `start` or a folder above it, or `decks/` in one of them, else the
    shipped decks."""
    for folder in (start, *start.parents):
        for candidate in (folder, folder / "decks"):
            if (candidate / COLLECTION_FILE).is_file():
                return candidate
    return bundled("decks")


def locate(paths: Iterable[Path | str]) -> Located:
    """Find the collection that `paths` belong to: deck files or a collection's folder; the working
    directory's if there are none."""
    given = [Path(path) for path in paths] or [_shown(find_collection(Path.cwd()))]
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
            hint = "`flashcards new DIR` makes a collection"
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
    files = [path for path in given if path.is_file() and path.name not in NOT_DECKS]
    for path in files:
        if path.suffix != ".yaml" or path.resolve().parent != root.resolve():
            hint = f"decks are the `.yaml` files in `{root}`"
            message = f"`{path}` is no deck of this collection"
            problems.append(error("no-such-path", message, hint=hint))
    return Located(root, tuple(files), len(files) < len(given), tuple(problems))


def deck_paths(root: Path) -> list[Path]:
    """Return the deck files of the collection in `root`, in study order. Hidden files are none: editors and
    macOS leave some (`.#deck.yaml`, `._deck.yaml`)."""
    paths = (path for path in root.glob("[!.]*.yaml") if path.name not in NOT_DECKS)
    return sorted(paths, key=lambda path: path.name)


def _shown(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
