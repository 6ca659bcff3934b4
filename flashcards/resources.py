"""Where the shipped `templates/` and `decks/` are: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """Return the shipped directory `name` ("templates" or "decks")."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def is_installed(path: Path) -> bool:
    """Tell whether `path` lies inside the installed package, where nothing may be written."""
    return path.resolve().is_relative_to(_PACKAGE)
