"""Checks of maths: what MathJax and the printer could not read, and what Markdown takes away from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic
from flashcards.languages import maths
from flashcards.languages.stretches import stretch_at

# A single `$` is money or a shell's variable unless what follows it can only be LaTeX
_UNCLOSED = re.compile(
    r"(?<!\\)(?:\\\\)*(?P<mark>\$\$|\\\(|\\\[|\$(?= ?\\[A-Za-z]|[A-Za-z](?:_|\w*\^)|\d+\^))"
)
# What looks like a formula, and is none only because of what stands beside its dollars
_BESIDE_LETTERS = re.compile(r"(?<![\\$])\$(?![\s$])(?P<latex>[^$\n]{1,200}?)(?<![\s\\])\$(?!\$)")
# A formula over several lines that is none because a line of it looks like a list item
_OVER_LINES = re.compile(
    r"(?<![\\$A-Za-z0-9])\$(?![\s$])[^$\n]{0,200}[=\\^_][^$\n]{0,200}"
    r"\n[ \t>]*(?P<sign>[-+*=>])\s[^$\n]{1,200}(?<![\s\\])\$(?![A-Za-z0-9$])"
)
_FORMULA = re.compile(r"(?=.*[A-Za-z])(?:\\[A-Za-z]+|[A-Za-z](?![A-Za-z])|[^A-Za-z\\])+")
_SPREADSHEET = re.compile(r"[A-Z0-9:;,+*/() -]*")  # `$A$1:$B$2`
_ENVIRONMENT = re.compile(r"(?<!\\)\\begin\{(?P<name>[a-z]+\*?)\}")
_CODE_OR_MATHS = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`)(?P<code>[^\n]+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?<!\\)\$(?! )(?P<latex>(?:\\.|[^$\\\n])*)(?<! )\$(?!\d)"
)
_BAR = re.compile(r"(?<!\\)\|")


def unreadable_maths(text: Text) -> Iterator[Diagnostic]:
    """LaTeX that cannot be parsed shows as an error on the card."""
    for element in text.elements("maths"):
        latex = element.text.strip()  # as cards and paper have it
        found = maths.mistake(latex, element.attrs["display"])
        if found is not None:
            at = text.source.find(latex, element.start)
            start = (at if at >= 0 else element.start) + found.offset
            if found.is_of_print:
                hint = "sheets show its LaTeX; Anki shows the formula"
                yield text.warning("maths-in-print", found.message, start, start + 1, hint)
                continue
            why = found.message.rstrip(".").replace('"', "`")
            message = f"this maths cannot be read: {why[:1].lower()}{why[1:]}"
            yield text.error("unreadable-maths", message, start, start + 1, found.hint)


def dollar_as_text(text: Text) -> Iterator[Diagnostic]:
    """A formula with a letter or digit right before or behind it stays text, as amounts of money do."""
    if "$" not in text.source:
        return
    for found, side in _beside_letters(text):
        start, end = found.span()
        what = "before" if side < 0 else "behind"
        letter = text.source[start - 1] if side < 0 else text.source[end]
        yield text.warning(
            "dollar-as-text",
            f"this is no maths: `{letter}` stands right {what} its `$`",
            start,
            end,
            f"take the `{letter}` into the formula, or put a blank between; put code between backticks",
        )
    lines = _OVER_LINES.search(text.source)
    if lines is not None:
        covered = _maths_and_code(text)
        if not any(stretch_at(covered, at) for at in (lines.start(), lines.start("sign"), lines.end() - 1)):
            message = "this is no maths: a line of it begins with a sign of Markdown's, and words are in it"
            hint = "put the formula into one line, or its words into `\\text{…}` or `\\mathrm{…}`"
            yield text.warning("dollar-as-text", message, lines.start(), lines.start() + 1, hint)


def _beside_letters(text: Text) -> Iterator[tuple[re.Match[str], int]]:
    """Yield what looks like a formula and is text because of what stands beside it: before (-1) or behind
    (1)."""
    source = text.source
    found = _BESIDE_LETTERS.search(source)
    if found is None:
        return
    covered = _maths_and_code(text)
    while found is not None:
        start, end = found.span()
        next_at = start + 1
        before, behind = source[max(start - 1, 0) : start], source[end : end + 1]
        side = -1 if _is_letter_or_digit(before) else 1 if _is_letter_or_digit(behind) else 0
        if stretch_at(covered, start) is not None or stretch_at(covered, end - 1) is not None:
            side = 0
        elif side and _FORMULA.fullmatch(found["latex"]) and not _is_spreadsheet(found["latex"], behind):
            yield found, side
            next_at = end
        found = _BESIDE_LETTERS.search(source, next_at)


def _is_spreadsheet(latex: str, behind: str) -> bool:
    return behind.isdecimal() and _SPREADSHEET.fullmatch(latex) is not None


def _is_letter_or_digit(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _maths_and_code(text: Text) -> list[tuple[int, int]]:
    elements = (e for e in text.document.root.walk() if e.name in ("maths", "code", "code_block"))
    return [(element.start, element.end) for element in elements]


def environment_outside_maths(text: Text) -> Iterator[Diagnostic]:
    r"""A `\begin{align}` outside maths stays on the card as it is, without its backslashes."""
    source = text.source
    covered: list[tuple[int, int]] | None = None
    is_closed: dict[str, bool] = {}
    for found in _ENVIRONMENT.finditer(source):
        closing = f"\\end{{{found['name']}}}"
        if closing not in is_closed:
            is_closed[closing] = closing in source
        if not is_closed[closing]:
            continue
        if covered is None:
            covered = _maths_and_code(text)
        if stretch_at(covered, found.start()) is None:
            yield text.error(
                "environment-outside-maths",
                f"`{found.group()}` stands outside maths, where it is text",
                *found.span(),
                f"put `$$` before it and behind `{closing}`; text goes between backticks",
            )
            return


def unclosed_maths(text: Text) -> Iterator[Diagnostic]:
    r"""A `$`, `$$`, `\(` or `\[` that is never closed stays on the card as it is."""
    source = text.source
    if "$" not in source and "\\(" not in source and "\\[" not in source:
        return
    covered = _maths_and_code(text)
    refused = {found.start() for found, _ in _beside_letters(text)}
    for match in _UNCLOSED.finditer(source):
        at = match.start("mark")
        if at in refused or stretch_at(covered, at) is not None:
            continue
        mark = match["mark"]
        closing = {"\\(": "\\)", "\\[": "\\]"}.get(mark, mark)
        inside, closed, _ = source[match.end("mark") :].partition("\n\n")[0].partition(closing)
        if closed and len(mark) == 2 and not inside.strip():
            end = match.end("mark") + len(inside) + 2
            yield text.error("unreadable-maths", "this maths is empty", at, end, "delete it, or fill it")
            return
        if closed and mark[0] == "\\":
            continue  # words between escaped brackets
        if closed and not _is_balanced(inside):  # then the `$` is text
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
    hint = r"write `\vert`, or `\lvert … \rvert`"
    return _bar_in_table(text, "latex", "maths-in-table", "maths", hint)


def code_in_table(text: Text) -> Iterator[Diagnostic]:
    """Markdown ends a table's cell at every `|`, in code too, and drops the cells that are too many."""
    hint = r"write `\|`: in the code of a table it is a `|`"
    return _bar_in_table(text, "code", "code-in-table", "code", hint)


def _bar_in_table(text: Text, kind: str, rule: str, what: str, hint: str) -> Iterator[Diagnostic]:
    for table in text.elements("table"):
        for match in _CODE_OR_MATHS.finditer(text.source, table.start, table.end):
            if bar := _BAR.search(match[kind] or ""):
                at = match.start(kind) + bar.start()
                message = f"this `|` ends the table's cell inside the {what}"
                yield text.error(rule, message, at, at + 1, hint)
                return
