"""Where the shipped `templates/` and `decks/` are: inside the package in a wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """Return the shipped directory `name` ("templates" or "decks")."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def is_installed(path: Path) -> bool:
    """Tell whether `path` lies inside the installed package, where nothing may be written."""
    return path.resolve().is_relative_to(_PACKAGE)


def template_folders(collection: Path | None) -> list[Path]:
    """Return where templates are looked for: a collection's own `templates/` first, then the shipped ones."""
    own = [collection / "templates"] if collection is not None else []
    return [folder for folder in [*own, bundled("templates")] if folder.is_dir()]
