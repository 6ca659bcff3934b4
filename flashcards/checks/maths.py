"""Checks of maths: what MathJax and the printer could not read, and what Markdown takes away from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards import maths
from flashcards.checks.texts import Text
from flashcards.diagnostics import Diagnostic

_UNCLOSED = re.compile(r"(?<!\\)(?:\\\\)*(?P<mark>\$\$|\\\(|\\\[|\$(?=\\[A-Za-z]|\w*[_^]))")
_BAR_IN_CELL = re.compile(r"(?<!\\)\$(?! )[^$|\n]*(?P<bar>(?<!\\)\|)[^$\n]*(?<! )\$")


def unreadable_maths(text: Text) -> Iterator[Diagnostic]:
    """LaTeX that cannot be parsed shows as an error on the card."""
    for element in text.elements("maths"):
        latex = element.text
        found = maths.mistake(latex, element.attrs["display"])
        if found is not None:
            at = text.scalar.text.find(latex, element.start)
            start = (at if at >= 0 else element.start) + found.offset
            yield text.error("unreadable-maths", f"this maths cannot be read: {found.message}", start, start + 1)


def unclosed_maths(text: Text) -> Iterator[Diagnostic]:
    r"""A `$`, `$$`, `\(` or `\[` that is never closed stays on the card as it is."""
    source = text.scalar.text
    if "$" not in source and "\\(" not in source and "\\[" not in source:
        return
    covered = [(e.start, e.end) for e in text.document.root.walk() if e.name in ("maths", "code", "code_block")]
    for match in _UNCLOSED.finditer(source):
        at = match.start("mark")
        if not any(start <= at < end for start, end in covered):
            mark = match["mark"]
            closing = {"\\(": "\\)", "\\[": "\\]"}.get(mark, mark)
            hint = f"close it with `{closing}`; if it is meant as text, put it between backticks"
            yield text.error("unclosed-maths", f"`{mark}` is never closed", at, at + len(mark), hint)
            return


def maths_in_table(text: Text) -> Iterator[Diagnostic]:
    """Markdown ends a table's cell at every `|`, in maths too."""
    for table in text.elements("table"):
        for match in _BAR_IN_CELL.finditer(text.scalar.text, table.start, table.end):
            at = match.start("bar")
            yield text.error("maths-in-table", "this `|` ends the table's cell inside the maths", at, at + 1, r"write `\vert`, or `\lvert … \rvert`")
            return
