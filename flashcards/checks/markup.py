"""Hands on what the parser of field text found, at its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic


def markup_problems(text: Text) -> Iterator[Diagnostic]:
    """Unbalanced clozes, clozes across markup, unsafe links."""
    for problem in text.problems:
        span = text.span(problem.start, problem.end)
        yield Diagnostic(problem.rule, problem.severity, problem.message, span, problem.hint, text.note.id)
