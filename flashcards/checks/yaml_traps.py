"""Checks of where YAML eats Markdown: text that was read without an error and is not what its author
wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.collection.model import Collection, Note
from flashcards.diagnostics import Diagnostic, Span, warning
from flashcards.languages import yaml

_COMMENT = re.compile(r"[ \t]+(#[^\r\n]*)")
_BLOCK_MARKUP = re.compile(r"^[ \t]*(?P<mark>(?:[-*+]|\d{1,2}[.)])[ \t]|\||```|~~~).*", re.MULTILINE)


def text_cut_off(collection: Collection) -> Iterator[Diagnostic]:
    """A ` #` in a plain value begins a comment: the rest of the line is not on the card."""
    for deck, note in collection.notes():
        for scalar in [*(scalar for _, _, scalar in note.texts()), *_emptied(note)]:
            if scalar.style is None and (comment := _COMMENT.match(deck.source.text, scalar.end)):
                span = Span(deck.source, comment.start(1), comment.end(1))
                message = "YAML takes this for a comment: it is not on the card"
                hint = (
                    "quote the value, or write `|` after the key and put the text below; put a "
                    "comment on a line of its own"
                )
                yield warning("text-cut-off", message, span, hint=hint, note=note.id)


def _emptied(note: Note) -> Iterator[yaml.Scalar]:
    """Yield the values that hold nothing: a comment may have taken all of it."""
    for field in note.type.all_fields:
        if field.kind != "text" and field.key not in note.fields:
            node = note.origin.value(field.key)
            if isinstance(node, yaml.Scalar):
                yield node


def folded_markup(collection: Collection) -> Iterator[Diagnostic]:
    """YAML joins the lines of a value, unless it stands below `|`: a list, table or code block in it becomes
    one line."""
    for deck, note in collection.notes():
        for _, text, scalar in note.texts():
            second_line = deck.source.text.find("\n", scalar.start, scalar.end) + 1
            if scalar.style == "|" or not second_line:
                continue
            kept = [
                line.lstrip() for line in text.split("\n")
            ]  # blank lines and deeper indentation keep a line apart
            for line in _BLOCK_MARKUP.finditer(deck.source.text, second_line, scalar.end):
                if not any(other.startswith(line.group().strip()) for other in kept):
                    span = Span(deck.source, *line.span("mark"))
                    hint = (
                        "write `|` after the key and put the text below, indented: it keeps lines as they are"
                    )
                    yield warning(
                        "folded-markup",
                        "YAML joins this line to the one above",
                        span,
                        hint=hint,
                        note=note.id,
                    )
                    break
