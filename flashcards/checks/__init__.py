"""What structure cannot say: one function a rule, listed once.

A check looks at the whole collection, a text check at one parsed text of one note; both yield diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flashcards.checks import clozes, markup, maths, media, notes, numbers, yaml_traps
from flashcards.checks.texts import Text, texts
from flashcards.diagnostics import Diagnostic
from flashcards.model import Collection

Check = Callable[[Collection], Iterable[Diagnostic]]
TextCheck = Callable[[Text], Iterable[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    yaml_traps.text_cut_off,
    yaml_traps.folded_markup,
    media.media_names,
    notes.duplicate_fronts,
    notes.borrowed_id,
    numbers.recomputed,
)
TEXT_CHECKS: tuple[TextCheck, ...] = (
    markup.markup_problems,
    clozes.cloze_without_deletion,
    clozes.cloze_numbers,
    clozes.cloze_hint,
    maths.unreadable_maths,
    maths.unclosed_maths,
    maths.maths_in_table,
    media.media_files,
)


def run(collection: Collection) -> list[Diagnostic]:
    """Run every check. The findings come in the order of the rules; sort by `Diagnostic.order` to show them."""
    findings = [finding for check in CHECKS for finding in check(collection)]
    for text in texts(collection):
        for text_check in TEXT_CHECKS:
            findings += text_check(text)
    return findings
