"""Checks of maths: what MathJax and the printer could not read, and what Markdown takes away from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic
from flashcards.languages import maths
from flashcards.languages.stretches import stretch_at

# A single `$` is money or a shell's variable unless what follows it can only be LaTeX
_UNCLOSED = re.compile(r"(?<!\\)(?:\\\\)*(?P<mark>\$\$|\\\(|\\\[|\$(?= ?\\[A-Za-z]|[A-Za-z]\w*[_^]|\d+\^))")
_CODE_OR_MATHS = re.compile(r"`[^`\n]+`|(?<!\\)\$(?! )(?P<latex>(?:\\.|[^$\\\n])*)(?<! )\$(?!\d)")
_BAR = re.compile(r"(?<!\\)\|")


def unreadable_maths(text: Text) -> Iterator[Diagnostic]:
    """LaTeX that cannot be parsed shows as an error on the card."""
    for element in text.elements("maths"):
        latex = element.text.strip()  # as cards and paper have it
        found = maths.mistake(latex, element.attrs["display"])
        if found is not None:
            at = text.source.find(latex, element.start)
            start = (at if at >= 0 else element.start) + found.offset
            why = found.message.rstrip(".").replace('"', "`")
            yield text.error(
                "unreadable-maths", f"this maths cannot be read: {why[:1].lower()}{why[1:]}", start, start + 1
            )


def unclosed_maths(text: Text) -> Iterator[Diagnostic]:
    r"""A `$`, `$$`, `\(` or `\[` that is never closed stays on the card as it is."""
    source = text.source
    if "$" not in source and "\\(" not in source and "\\[" not in source:
        return
    covered = [
        (e.start, e.end) for e in text.document.root.walk() if e.name in ("maths", "code", "code_block")
    ]
    for match in _UNCLOSED.finditer(source):
        at = match.start("mark")
        if stretch_at(covered, at) is not None:
            continue
        mark = match["mark"]
        closing = {"\\(": "\\)", "\\[": "\\]"}.get(mark, mark)
        inside, closed, _ = source[match.end("mark") :].partition("\n\n")[0].partition(closing)
        if closed and not _is_balanced(inside):  # Markdown then takes the `$` for text
            message = "this maths cannot be read: its braces do not balance"
            yield text.error("unreadable-maths", message, at, at + len(mark))
            return
        message = f"`{mark}` is never closed"
        if mark == "$" and inside.startswith(" "):
            message = "a `$` with a blank behind it begins no maths"
        blanks = "; no blank may stand just inside either" if mark == "$" else ""
        hint = f"close it with `{closing}`{blanks}; put what is meant as text between backticks"
        yield text.error("unclosed-maths", message, at, at + len(mark), hint)
        return


def _is_balanced(latex: str) -> bool:
    braces = re.findall(r"\\.|([{}])", latex, re.DOTALL)
    return braces.count("{") == braces.count("}")


def maths_in_table(text: Text) -> Iterator[Diagnostic]:
    """Markdown ends a table's cell at every `|`, in maths too."""
    for table in text.elements("table"):
        for match in _CODE_OR_MATHS.finditer(text.source, table.start, table.end):
            if bar := _BAR.search(match["latex"] or ""):
                at = match.start("latex") + bar.start()
                hint = r"write `\vert`, or `\lvert … \rvert`"
                yield text.error(
                    "maths-in-table", "this `|` ends the table's cell inside the maths", at, at + 1, hint
                )
                return
