"""Checks of where YAML eats Markdown: text that was read without an error and is not what its author
wrote."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from flashcards.collection.model import Collection, Note
from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic, Span, warning
from flashcards.languages import yaml

_COMMENT = re.compile(r"[ \t]+(#[^\r\n]*)")
_BLOCK_MARKUP = re.compile(
    r"^[ \t]*(?P<mark>(?:[-*+•‣▪◦●]|\d{1,2}[.)]|[A-Ha-h]\))[ \t]|\||```|~~~).*", re.MULTILINE
)


def text_cut_off(text: Text) -> Iterator[Diagnostic]:
    """A ` #` in a plain value begins a comment: the rest of the line is not on the card."""
    if text.scalar is not None and not text.is_head:
        yield from _cut_off(text.note, text.scalar)


def text_cut_off_whole(collection: Collection) -> Iterator[Diagnostic]:
    """A comment may have taken all of a value."""
    for _, note in collection.notes():
        if note.origin is None:
            continue
        entries = note.origin.entries
        for field in note.type.all_fields:
            if field.key in entries and field.key not in note.fields and field.kind != "text":
                node = entries[field.key].value
                if isinstance(node, yaml.Scalar):
                    yield from _cut_off(note, node)


def _cut_off(note: Note, scalar: yaml.Scalar) -> Iterator[Diagnostic]:
    if scalar.style is not None or note.origin is None:
        return
    source = note.origin.source
    comment = _COMMENT.match(source.text, scalar.end)
    if comment:
        span = Span(source, comment.start(1), comment.end(1))
        message = "YAML takes this for a comment: it is not on the card"
        hint = (
            "quote the value, or write `|` after the key and put the text below; put a "
            "comment on a line of its own"
        )
        yield warning("text-cut-off", message, span, hint=hint, note=note.id)


def folded_markup(text: Text) -> Iterator[Diagnostic]:
    """YAML joins the lines of a value, unless it stands below `|`: a list, table or code block in it becomes
    one line."""
    scalar, origin = text.scalar, text.note.origin
    if scalar is None or scalar.style == "|" or origin is None:
        return
    source = origin.source
    second_line = source.text.find("\n", scalar.start, scalar.end) + 1
    if not second_line:
        return
    # below `>`, blank lines and deeper indentation keep a line apart; in quotes there may be escapes, so that
    # the texts of lines cannot be compared
    kept = sorted(line.lstrip() for line in text.source.split("\n")) if scalar.style == ">" else []
    for line in _BLOCK_MARKUP.finditer(source.text, second_line, scalar.end):
        end_before = line.start() - 1
        before = source.text[source.text.rfind("\n", 0, end_before) + 1 : end_before].strip()
        at = bisect_left(kept, line.group().strip())
        is_kept = at < len(kept) and kept[at].startswith(line.group().strip())
        if before and not before.endswith("\\n\\") and not is_kept:
            span = Span(source, *line.span("mark"))
            message = "YAML joins this line to the one above"
            hint = "write `|` after the key and put the text below, indented: it keeps lines as they are"
            yield warning("folded-markup", message, span, hint=hint, note=text.note.id)
            return
