"""Checks of where YAML eats Markdown: text that was read without an error and is not what its author wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.diagnostics import Diagnostic, Span, warning
from flashcards.model import Collection

_COMMENT = re.compile(r"[ \t]+(#[^\r\n]*)")
_BLOCK_MARKUP = re.compile(r"^[ \t]*(?:[-*+][ \t]|\d+[.)][ \t]|\|)", re.MULTILINE)


def text_cut_off(collection: Collection) -> Iterator[Diagnostic]:
    """A ` #` in a plain value begins a comment: the rest of the line is not on the card."""
    for deck, note in collection.notes():
        for _, _, scalar in note.texts():
            if scalar.style is None and (comment := _COMMENT.match(deck.source.text, scalar.end)):
                span = Span(deck.source, comment.start(1), comment.end(1))
                hint = "quote the value, or write `|` after the key and put the text below; put a comment on a line of its own"
                yield warning("text-cut-off", "YAML takes this for a comment: it is not on the card", span, hint=hint, note=note.id)


def folded_markup(collection: Collection) -> Iterator[Diagnostic]:
    """A folded scalar joins its lines: a list or table in it becomes one line of text."""
    for deck, note in collection.notes():
        for _, _, scalar in note.texts():
            if scalar.style == ">":
                body = deck.source.text.find("\n", scalar.start) + 1
                if mark := _BLOCK_MARKUP.search(deck.source.text, body, scalar.end):
                    at = mark.end() - len(mark.group().lstrip())
                    span = Span(deck.source, at, mark.end())
                    hint = "write `|` instead of `>` after the key: it keeps lines as they are"
                    yield warning("folded-markup", "`>` joins the lines of this list or table into one", span, hint=hint, note=note.id)
