"""Lines of a paragraph that Markdown joins into one, although each was probably meant to be a line: options
and points that are no list to Markdown, and verses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from flashcards.languages.markup.tree import Doubt

_SHORT = 40  # columns: text that an editor has wrapped has longer lines
_POINT = r"[•‣▪▸◦●○⁃✓✔–—](?=\s)|\(?(?:[A-Ha-h]|\d{1,2})[.)](?=\s)"
# A short line that begins no list or heading. To Markdown a no-break space is no blank
_NEXT = rf"[ \t>]*+(?!(?:[-*+]|#{{1,6}}|\d+[.)])[ \t\n])[^\n]{{1,{_SHORT}}}"
_MAY_JOIN = re.compile(rf"\n[ \t>]*(?:{_POINT}|{_NEXT}\n{_NEXT}(?=\n|\Z))")
_IS_POINT = re.compile(_POINT)
_MARGIN = re.compile(r"[ \t>]*")
_APART = ("$$", "\\[", "\\begin{", "\\end{")
_ALONE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")


def may_join_lines(text: str) -> bool:
    """Tell whether `joined_lines` may find anything in a text."""
    return "\n" in text and _MAY_JOIN.search(text) is not None


def joined_lines(text: str, runs: Sequence[Sequence[tuple[int, int]]]) -> Iterator[Doubt]:
    """Yield a doubt for each paragraph whose joined lines are short or begin like the points of a list.

    `runs` are the places of lines that are joined with one another."""
    for run in runs:
        points, short = 0, 0  # such lines in a row
        for start, end in run:
            margin = _MARGIN.match(text, start)
            start = margin.end() if margin is not None else start
            points = points + 1 if _IS_POINT.match(text, start) else 0
            short = short + 1 if _is_short(text[start:end]) else 0
            if points == 2 or short == 3:
                hint = "end each line but the last with a backslash, or begin each with `- `"
                yield Doubt("joined-lines", start, end, "Markdown joins this line to the one above", hint)
                break


def _is_short(line: str) -> bool:
    """Tell whether a line is shorter than one that was wrapped, and has words: pictures and displays stand
    apart anyway."""
    if len(line) > _SHORT or line.startswith(_APART) or line.endswith(("$$", "\\]", "\\\\")):
        return False
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line)
    return width <= _SHORT and any(map(str.isalnum, line)) and not _ALONE.fullmatch(line)
