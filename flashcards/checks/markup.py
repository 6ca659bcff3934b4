"""Hands on what the parser of field text found, at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic
from flashcards.languages import markup
from flashcards.languages.markup import MAX_BLOCKS

# A line that may lie in more blocks than print can nest: so many marks, or so many blanks in front of a text.
# A pattern that begins with a line end is searched ten times as fast as one that begins with `^`.
_DEEP = re.compile(rf"\n(?:(?:[ \t]*+(?:[>*+-]|\d++[.)])){{{MAX_BLOCKS}}}|[ \t]{{{2 * MAX_BLOCKS}}})")


def nested_too_deep(text: Text) -> Iterator[Diagnostic]:
    """What lies in more blocks than print can nest is printed as paragraphs."""
    if text.field.kind == "text" or not _DEEP.search(f"\n{text.source}"):
        return
    open_ = [(child, 0) for child in reversed(text.document.root.children) if not isinstance(child, str)]
    while open_:
        element, depth = open_.pop()
        depth += element.name in ("quote", "list", "table")
        if depth > MAX_BLOCKS:
            message = f"quotations, lists and tables lie in one another more than {MAX_BLOCKS} deep"
            hint = "print shows what lies deeper as paragraphs: divide the note"
            yield text.warning("nested-too-deep", message, element.start, element.start + 1, hint)
            return
        open_ += [(child, depth) for child in reversed(element.children) if not isinstance(child, str)]


def markup_problems(text: Text) -> Iterator[Diagnostic]:
    """Unbalanced clozes, clozes across markup, unsafe links."""
    for problem in text.problems:
        span = text.span(problem.start, problem.end)
        yield Diagnostic(problem.rule, problem.severity, problem.message, span, problem.hint, text.note.id)


def doubts(text: Text) -> Iterator[Diagnostic]:
    """What Markdown takes away, or reads otherwise than it was probably meant."""
    if not markup.may_have_doubts(text.source, clozes=text.is_cloze):
        return
    is_escaped = text.scalar is not None and text.scalar.style == '"'
    for problem in text.document.doubts:
        hint = problem.hint
        if is_escaped and hint is not None:
            hint = hint.replace("\\", "\\\\")  # as double quotes need it
        yield text.warning(problem.rule, problem.message, problem.start, problem.end, hint)
