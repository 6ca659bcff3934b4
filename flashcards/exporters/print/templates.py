"""The Jinja templates of documents, which emit Typst."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flashcards.exporters.print import safety
from flashcards.languages.markup import Typst, typst_string
from flashcards.templating import Templates


def documents(folders: Sequence[Path]) -> Templates:
    """Return the templates of documents in these folders of templates; what they emit is marked, see
    `safety`."""
    return Templates(
        [folder / "print" for folder in folders], "<>", finalize=_marked, screen=safety.screen_file
    )


def _marked(value: object) -> str:
    return f"{safety.BEGIN}{safety.emitted(_literal(value))}{safety.END}"


def _literal(value: object) -> str:
    """Return what `<< … >>` emits: Typst markup as it is, numbers, and every text as a string literal.

    Raises TypeError for anything else.
    """
    if isinstance(value, Typst):
        return value.source
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"{type(value).__name__} is neither text nor Typst")
    return typst_string(value) if isinstance(value, str) else str(value)
