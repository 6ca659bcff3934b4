"""YAML as data: scalars, sequences and mappings, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence as Places
from dataclasses import dataclass, field
from typing import NamedTuple

from flashcards.diagnostics import Source, Span


@dataclass(slots=True)
class Scalar:
    """A text as written, NFC; `style` is YAML's: None plain, or one of ' " | >."""

    text: str
    start: int
    end: int
    style: str | None = None
    offsets: Places[int] | None = field(default=None, init=False, repr=False, compare=False)  # of `locate`

    def locate(self, source: Source, start: int, end: int) -> Span:
        """Return the place of characters `start` to `end` of the text: exact for literal blocks, one-line
        plain and single-quoted scalars, and double-quoted ones without an escape, else the whole scalar."""
        if self.offsets is None:
            raw = source.text[self.start : self.end]
            offsets = _offsets(raw, self.style)
            self.offsets = offsets if "".join(raw[i] for i in offsets) == self.text else ()
        if end > start and self.offsets:
            return Span(source, self.start + self.offsets[start], self.start + self.offsets[end - 1] + 1)
        return Span(source, self.start, self.end)


@dataclass(slots=True)
class Sequence:
    items: list[Node]
    start: int
    end: int


class Entry(NamedTuple):
    """One key of a mapping: where the key stands, and its value."""

    start: int
    end: int
    value: Node


@dataclass(slots=True)
class Mapping:
    entries: dict[str, Entry]
    start: int
    end: int


Node = Scalar | Sequence | Mapping


def _offsets(raw: str, style: str | None) -> list[int]:
    """Return for each character of a scalar's text where it stands in `raw`, the scalar as written; [] if
    unknown."""
    if style is None:
        return list(range(len(raw)))
    if style == '"':  # true where there is no escape
        return list(range(1, len(raw) - 1))
    if style == "'":
        doubled = {m.start() for m in re.finditer("''", raw[1:-1])}
        return [i + 1 for i in range(len(raw) - 2) if i not in doubled]
    if style != "|":
        return []
    header, *lines = raw.splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    offsets: list[int] = []
    at = len(header)
    for line in lines:
        length = len(line.rstrip("\r\n"))
        offsets += range(at + indent, at + length)
        if length < len(line):
            offsets.append(at + len(line) - 1)
        at += len(line)
    return offsets
