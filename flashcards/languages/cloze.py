"""Cloze deletions by Anki's own rules (`rslib/src/cloze.rs`): nested ones, several numbers in one, hints,
card ordinals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from flashcards.languages.stretches import stretch_at

MAX_DEPTH = 10  # Anki drops an opening mark inside ten open deletions
MAX_CARDS = 500  # Anki puts all deletions with a higher number on the last of these cards
_MAX_NUMBER = 65_535  # to Anki, a higher one is no number

_LONGEST_MATHS = 2_000  # characters in which braces are counted, for each deletion anew

_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_TOKEN = re.compile(r"{{c[0-9,]*::|}}|::")
MARK = re.compile(r"{{c[0-9,]*::|}}")  # which open and close a deletion, if `numbers` finds any in it


class Deletion(NamedTuple):
    """One cloze deletion in a text. All places are character offsets; `start:inner` is the opening mark,
    `inner:hint` the answer, `hint:end` the hint with its `::` and the closing mark."""

    numbers: tuple[int, ...]
    start: int
    inner: int
    hint: int
    end: int
    depth: int  # 0 for the outermost


class Parsed(NamedTuple):
    deletions: tuple[Deletion, ...]  # by opening mark
    unclosed: tuple[
        int, ...
    ]  # offsets of opening marks that are never closed: Anki drops the text from the first one on
    unopened: tuple[int, ...]  # offsets of closing marks outside any deletion


def parse(text: str, opaque: Sequence[tuple[int, int]] = (), maths: Sequence[tuple[int, int]] = ()) -> Parsed:
    """Find the cloze deletions of `text`.

    `opaque` holds the stretches (maths, code) in which `::` and `}}` are the author's own text, in order; the
    renderers then write them so that Anki agrees. Without any, this is exactly Anki's reading."""
    deletions: list[Deletion] = []
    unopened: list[int] = []
    open_: list[tuple[int, int, tuple[int, ...], int | None]] = []  # start, inner, numbers, hint
    closings: list[int] = []  # of the open ones: where each ends at the earliest
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        mark, at, end = token.group(), token.start(), token.end()
        covering = stretch_at(opaque, at)
        if covering is not None:
            at = covering[1]
            continue
        if mark == "::":
            if open_ and open_[-1][3] is None:
                start, inner, own, _ = open_[-1]
                open_[-1] = (start, inner, own, at)
        elif mark == "}}" and open_ and at < closings[-1]:
            end = at + 1  # braces of LaTeX
        elif mark == "}}":
            if open_:
                closings.pop()
                start, inner, own, hint = open_.pop()
                deletions.append(Deletion(own, start, inner, at if hint is None else hint, end, len(open_)))
            else:
                unopened.append(at)
        elif not (found := numbers(mark)):
            end = at + 1  # plain text, but its `::` counts
        elif len(open_) < MAX_DEPTH:
            open_.append((at, end, found, None))
            closings.append(_closing_in_maths(text, end, stretch_at(maths, at)))
        at = end
    if open_:
        deletions = [deletion for deletion in deletions if deletion.end <= open_[0][0]]
    deletions.sort(key=lambda deletion: deletion.start)
    return Parsed(tuple(deletions), tuple(start for start, *_ in open_), tuple(unopened))


def _closing_in_maths(text: str, inner: int, stretch: tuple[int, int] | None) -> int:
    """Return where the deletion ends whose answer begins at `inner`, if it lies in maths; 0 if it does not,
    or has no end there."""
    if stretch is None or stretch[1] - stretch[0] > _LONGEST_MATHS:
        return 0
    depth = 0
    for brace in _BRACE.finditer(text, inner, stretch[1]):
        sign = brace.group()
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth < 0:
                return brace.start() if text.startswith("}}", brace.start()) else 0
    return 0


def ordinals(text: str) -> list[int]:
    """Return the ordinals (from 0) of the cards that Anki makes of a cloze field: one for each number but
    0."""
    if "{{c" not in text:
        return []
    found = {number for deletion in parse(text).deletions for number in deletion.numbers}
    return sorted({min(number, MAX_CARDS) - 1 for number in found if number > 0})


def numbers(mark: str) -> tuple[int, ...]:
    """Return the numbers in a mark that opens a deletion, `{{c1,2::`; none if it opens nothing to Anki."""
    digits = (part.lstrip("0") or "0" for part in mark[3:-2].split(",") if part)
    return tuple(
        int(part) for part in digits if len(part) <= len(str(_MAX_NUMBER)) and int(part) <= _MAX_NUMBER
    )
