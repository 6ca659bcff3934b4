"""Cloze deletions by Anki's own rules (`rslib/src/cloze.rs`): nested ones, several numbers in one, hints, card ordinals."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

OPEN = re.compile(r"{{c([0-9]+(?:,[0-9]+)*)::")
CLOSE = "}}"
HINT = "::"
_TOKEN = re.compile(r"{{c[0-9]+(?:,[0-9]+)*::|}}|::")


@dataclass(frozen=True, slots=True)
class Deletion:
    """One cloze deletion in a text. All places are character offsets; `start:inner` is the opening mark, `inner:hint`
    the answer, `hint:end` the hint with its `::` and the closing mark."""

    numbers: tuple[int, ...]
    start: int
    inner: int
    hint: int
    end: int
    depth: int  # 0 for the outermost


@dataclass(frozen=True, slots=True)
class Parsed:
    deletions: tuple[Deletion, ...]  # by opening mark
    unclosed: tuple[int, ...]  # offsets of opening marks that are never closed: Anki shows them as text
    unopened: tuple[int, ...]  # offsets of closing marks outside any deletion


def parse(text: str, opaque: Callable[[int], int] | None = None) -> Parsed:
    """Find the cloze deletions of `text`.

    `opaque(i)` may return the end of a stretch that begins at `i` (maths, code) in which `::` and `}}` are the author's own
    text; the renderers then write them so that Anki agrees. None gives exactly Anki's reading.
    """
    deletions: list[Deletion] = []
    unopened: list[int] = []
    open_: list[tuple[int, int, str, int | None]] = []  # start, inner, numbers, hint
    at = 0
    while at < len(text):
        if opaque is not None and (skip := opaque(at)) > at:
            at = skip
            continue
        token = _TOKEN.match(text, at)
        if token is None:
            at += 1
            continue
        mark, end = token.group(), token.end()
        if mark == HINT:
            if open_ and open_[-1][3] is None:
                start, inner, numbers, _ = open_[-1]
                open_[-1] = (start, inner, numbers, at)
        elif mark == CLOSE:
            if open_:
                start, inner, numbers, hint = open_.pop()
                deletions.append(Deletion(_numbers(numbers), start, inner, at if hint is None else hint, end, len(open_)))
            else:
                unopened.append(at)
        else:
            open_.append((at, end, mark[3:-2], None))
        at = end
    deletions.sort(key=lambda deletion: deletion.start)
    return Parsed(tuple(deletions), tuple(start for start, *_ in open_), tuple(unopened))


def ordinals(text: str) -> list[int]:
    """Return the ordinals (from 0) of the cards that Anki makes of a cloze field: one for each number but 0."""
    if "{{c" not in text:
        return []
    numbers = {number for deletion in parse(text).deletions for number in deletion.numbers}
    return sorted(number - 1 for number in numbers if number > 0)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))
