"""Checks of where YAML eats Markdown: text that was read without an error and is not what its author
wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.collection.model import Collection, Note
from flashcards.collection.texts import texts_of
from flashcards.diagnostics import Diagnostic, Span, warning
from flashcards.languages import yaml

_COMMENT = re.compile(r"[ \t]+(#[^\r\n]*)")
_BLOCK_MARKUP = re.compile(r"^[ \t]*(?P<mark>(?:[-*+]|\d{1,2}[.)])[ \t]|\||```|~~~).*", re.MULTILINE)


def text_cut_off(collection: Collection) -> Iterator[Diagnostic]:
    """A ` #` in a plain value begins a comment: the rest of the line is not on the card."""
    for _, note in collection.notes():
        if note.origin is None:
            continue
        source = note.origin.source
        for scalar in _scalars(note):
            comment = _COMMENT.match(source.text, scalar.end) if scalar.style is None else None
            if comment:
                span = Span(source, comment.start(1), comment.end(1))
                message = "YAML takes this for a comment: it is not on the card"
                hint = (
                    "quote the value, or write `|` after the key and put the text below; put a "
                    "comment on a line of its own"
                )
                yield warning("text-cut-off", message, span, hint=hint, note=note.id)


def _scalars(note: Note) -> Iterator[yaml.Scalar]:
    """Yield the scalars of a note's texts, and those that hold nothing: a comment may have taken all of
    it."""
    for text in texts_of(note):
        if text.scalar is not None and not text.is_head:
            yield text.scalar
    for field in note.type.all_fields:
        if field.kind != "text" and field.key not in note.fields:
            node = note.node(field.key)
            if isinstance(node, yaml.Scalar):
                yield node


def folded_markup(collection: Collection) -> Iterator[Diagnostic]:
    """YAML joins the lines of a value, unless it stands below `|`: a list, table or code block in it becomes
    one line."""
    for _, note in collection.notes():
        if note.origin is None:
            continue
        source = note.origin.source
        for text in texts_of(note):
            scalar = text.scalar
            if scalar is None or scalar.style == "|":
                continue
            second_line = source.text.find("\n", scalar.start, scalar.end) + 1
            if not second_line:
                continue
            # blank lines and deeper indentation keep a line apart
            kept = [line.lstrip() for line in text.source.split("\n")]
            for line in _BLOCK_MARKUP.finditer(source.text, second_line, scalar.end):
                if not any(other.startswith(line.group().strip()) for other in kept):
                    span = Span(source, *line.span("mark"))
                    message = "YAML joins this line to the one above"
                    hint = (
                        "write `|` after the key and put the text below, indented: it keeps lines as they are"
                    )
                    yield warning("folded-markup", message, span, hint=hint, note=note.id)
                    break
