"""What structure cannot say: one function a rule, `Collection -> Iterable[Diagnostic]`, listed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flashcards.checks import text
from flashcards.diagnostics import Diagnostic
from flashcards.model import Collection

Check = Callable[[Collection], Iterable[Diagnostic]]

CHECKS: tuple[Check, ...] = (text.markup_problems, text.cloze_deletions, text.media_files)


def run(collection: Collection) -> list[Diagnostic]:
    """Run every check. The findings come in the order of the rules; sort by `Diagnostic.order` to show them."""
    return [finding for check in CHECKS for finding in check(collection)]
