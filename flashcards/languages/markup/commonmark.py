"""The Markdown reader, and where code and the cells of tables stand for it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_MAY_HOLD_CODE_OR_CELLS = re.compile(r"[`|\t]|~~~|    ")


@cache
def markdown() -> Any:
    """Return the reader. It does not look for maths: Markdown's own rules would take parts of it away."""
    from pyromark import Markdown, Options

    return Markdown(options=Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH)


def characters(text: str) -> Callable[[int], int]:
    """Return a function from places in a text's UTF-8, as pyromark counts, to its characters."""
    if text.isascii():
        return int
    ends, shifts, shift = [0], [0], 0
    for found in _BEYOND_ASCII.finditer(text):
        shift += len(found.group().encode()) - 1
        ends.append(found.end() + shift)
        shifts.append(shift)
    return lambda at: at - shifts[bisect_right(ends, at) - 1]


class Code(NamedTuple):
    """A stretch of code, with the signs around it."""

    start: int
    end: int
    is_block: bool


def code_and_cells(text: str) -> tuple[list[Code], list[int]]:
    """Return the stretches of code in a text, and where the cells of its tables begin and end; both in
    order."""
    code: list[Code] = []
    edges: list[int] = []
    if not _MAY_HOLD_CODE_OR_CELLS.search(text):
        return code, edges
    character = characters(text)
    for event, at in markdown().events_with_range(text):
        if type(event) is not dict:
            continue
        if "Code" in event:
            code.append(Code(character(at["start"]), character(at["end"]), False))
        elif event.get("End") == "CodeBlock":
            code.append(Code(character(at["start"]), character(at["end"]), True))
        elif event.get("Start") == "TableCell":
            edges += [character(at["start"]), character(at["end"])]
    return code, edges
