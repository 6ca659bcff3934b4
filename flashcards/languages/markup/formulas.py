r"""Where formulas stand in a text: the rule of the dollar, and `\(…\)` and `\[…\]`.

This is read before Markdown, which would take some of a formula's signs for its own. A `$` opens a formula if
no space follows it and no ASCII letter or digit stands before it. It closes one if no space stands before it
and no ASCII letter, digit or brace follows; behind a formula may stand `th`, `st`, `nd`, `rd` or `s`, and a
few capitals (`$k$NN`) behind a short one. Between both there is no other `$` but inside braces, the braces
pair up, and no blank line, list item or table cell ends. All other `$` are text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flashcards.languages.markup.commonmark import Code, code_and_cells

_TOKEN = re.compile(r"\\[^\r\n]|\$\$?|[{}]|\r\n?|\n")
_QUOTED = re.compile(r"(?:[ \t]{0,3}>[ \t]?)+")
_LINE = re.compile(
    r"(?P<indent>[ \t]*)(?:"
    r"(?P<blank>(?=[\r\n]|\Z))"
    r"|(?P<block>#{1,6}(?=\s|\Z)|```|~~~|(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})(?=[\r\n]|\Z))"
    r"|(?P<marker>[-+*](?=\s|\Z)|[0-9]{1,9}(?P<point>[.)])(?=\s|\Z))"
    r"|(?P<sign>=+(?=[ \t]*(?:[\r\n]|\Z))|>)"
    r")?"
)
_ENDING = re.compile(r"(?:th|st|nd|rd|s)(?![A-Za-z0-9])")
_CAPITALS = re.compile(r"[A-Z]{2,3}s?(?![A-Za-z0-9])")
_SIGN = re.compile(r"\\[A-Za-z]+|\\.|[^\s{}]", re.DOTALL)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}")
_IN_BRACES = re.compile(r"{[^{}]*}")
# What Markdown's escapes of brackets hold, and formulas hardly do: `\[1\]`, `\[sic\]`, `\(if needed\)`
_CITED = re.compile(r"[0-9]+(?:[ ,;–-]+[0-9]+)*|[A-Z]?[a-z]{2,}(?:[ -][a-z]+)*|…|\.\.\.")
_WORDS = re.compile(r"(?=.*[a-z]{4})[A-Z]?[a-z]+(?:[ -][a-z]+)*")
_LONGEST_WORDS, _LONGEST_WRAPPED = 60, 500
_BLANKS = re.compile(r"[ \t]*")
_BLANKS_BEFORE = re.compile(r"[ \t]*\Z")
_MAX_BRACES = 300  # what stands deeper is no formula

# Most texts with formulas have only usual ones: on one line or on several of which no further one begins with
# what may be a sign of Markdown's, with at most three braces inside one another, and with nothing beside them
# that Markdown might read as code or a cell but code on one line. They need no scan.
_INSIDE = r"[^$`\\{}\r\n]|\\[^\r\n`(\[]|\n(?=[A-Za-z\\])"
_BRACES = rf"{{(?:{_INSIDE}|{{(?:{_INSIDE}|{{(?:{_INSIDE})*+}})*+}})*+}}"
_USUAL = re.compile(
    rf"`[^`\r\n]++`|\$(?<![A-Za-z0-9]\$)(?!\s)(?P<latex>(?:{_INSIDE}|{_BRACES})++)(?<!\s)\$(?![A-Za-z0-9{{$])"
)
_ONLY_USUAL = re.compile(rf"(?:[^$`\\{{}}\[<|~\t\r]++|{_USUAL.pattern})*+")


class Formula(NamedTuple):
    """A formula between its signs, at characters `start` to `end` of a text."""

    start: int
    end: int
    latex: str
    is_display: bool
    has_dollars: bool


class _Level:
    """What is open inside the same braces: where an inline and a displayed formula may have begun."""

    __slots__ = ("display", "inline")

    def __init__(self) -> None:
        self.inline: int | None = None
        self.display: int | None = None


def formulas(text: str) -> list[Formula]:
    """Return the formulas of a text, in order and apart from one another."""
    if not may_hold_formulas(text):
        return []
    if _ONLY_USUAL.fullmatch(text) and "    " not in text:
        usual = _USUAL.finditer(text)
        return [
            Formula(found.start(), found.end(), found["latex"], is_display=False, has_dollars=True)
            for found in usual
            if found["latex"] is not None
        ]
    return formulas_beside(text, *code_and_cells(text))


def may_hold_formulas(text: str) -> bool:
    """Tell whether a text has a sign that begins a formula."""
    return "$" in text or "\\(" in text or "\\[" in text


def formulas_beside(text: str, code: Sequence[Code], edges: Sequence[int]) -> list[Formula]:
    """Return the formulas of a text outside its code and across no edge of a table's cell."""
    return _Scan(text, code, edges).formulas()


class _Scan:
    """Goes through a text once."""

    def __init__(self, text: str, code: Sequence[Code], edges: Sequence[int]) -> None:
        self.text = text
        self.code = iter([*code, Code(len(text), len(text) + 1, False)])
        self.edges = iter([*edges, len(text) + 1])
        self.levels, self.too_deep = [_Level()], 0  # braces that are open, and more of them
        self.found: list[Formula] = []
        self.markers: set[tuple[int, str]] = (
            set()
        )  # of the list items of this paragraph: indentation and sign
        self.is_quoted = False
        self.is_wrapped_at = -1  # the last line that begins with a sign of Markdown's and may go on in maths
        self.in_vain: set[str] = set()  # closing brackets that do not come any more

    def formulas(self) -> list[Formula]:
        text = self.text
        self._begin_line(0)
        code, edge = next(self.code), next(self.edges)
        token = _TOKEN.search(text)
        while token is not None:
            sign, start, end = token.group(), token.start(), token.end()
            while edge <= start:
                self._reset()
                edge = next(self.edges)
            while code.end <= start:
                code = next(self.code)
            if code.start <= start:
                end = code.end
                if code.is_block:
                    self._reset()
                    self._begin_line(end)
            elif sign == "$":
                self._dollar(start)
            elif sign == "$$":
                end = self._two_dollars(start)
            elif sign == "{":
                self._open_brace()
            elif sign == "}":
                self._close_brace()
            elif sign == "\\(" or sign == "\\[":
                end = self._bracket(start)
            elif sign in "\r\n":
                end = self._begin_line(end)
            token = _TOKEN.search(text, end)
        return self.found

    # -- what ends formulas

    def _reset(self) -> None:
        self.levels, self.too_deep = [_Level()], 0

    def _open_brace(self) -> None:
        if len(self.levels) > _MAX_BRACES:
            self.too_deep += 1
        else:
            self.levels.append(_Level())

    def _close_brace(self) -> None:
        if self.too_deep:
            self.too_deep -= 1
            return
        self.levels.pop()
        if not self.levels:
            self.levels.append(_Level())

    def _begin_line(self, at: int) -> int:
        """Look at how a line begins, and return where it is to be read on."""
        quoted = _QUOTED.match(self.text, at)
        if quoted is not None and (self.is_quoted or not self._is_open()):
            at = quoted.end()
            self.is_quoted = True
        elif quoted is None:
            self.is_quoted = False
        line = _LINE.match(self.text, at)
        assert line is not None, "all of it may be missing"
        if line["blank"] is not None:
            self._reset()
            self.markers.clear()
        elif line["block"]:
            self._end_inline()
        elif line["marker"]:
            marker = (len(line["indent"].expandtabs(4)), line["point"] or line["marker"])
            if marker in self.markers or not self._is_open():
                self._reset()
                self.markers.add(marker)
            elif line["point"]:
                self._end_inline()
            else:
                self.is_wrapped_at = at
        elif line["sign"]:
            self.is_wrapped_at = at
        return at

    def _is_open(self) -> bool:
        return any(level.inline is not None or level.display is not None for level in self.levels)

    def _end_inline(self) -> None:
        for level in self.levels:
            level.inline = None

    # -- what begins and ends one

    def _dollar(self, at: int) -> None:
        if self.too_deep:
            return
        level = self.levels[-1]
        if level.inline is not None and self._closes(level.inline, at):
            self._add(Formula(level.inline, at + 1, self._latex(level.inline + 1, at), False, True))
            level.inline = None
        else:
            level.inline = at if self._opens(at) else None

    def _two_dollars(self, at: int) -> int:
        if self.too_deep:
            return at + 2
        level = self.levels[-1]
        if level.display is None and level.inline is not None and self._closes(level.inline, at):
            self._dollar(at)
            return at + 1
        if level.display is not None and (latex := self._latex(level.display + 2, at)).strip():
            self._add(Formula(level.display, at + 2, latex, True, True))
            level.display = None
        else:
            level.display = at
        level.inline = None
        return at + 2

    def _opens(self, at: int) -> bool:
        before, behind = self.text[at - 1 : at], self.text[at + 1 : at + 2]
        return not (_is_letter_or_digit(before) or behind.isspace() or not behind)

    def _closes(self, start: int, at: int) -> bool:
        text = self.text
        if at == start + 1 or text[at - 1].isspace():
            return False
        behind = text[at + 1 : at + 2]
        if _is_letter_or_digit(behind):
            return closes_before_letters(text, start, at)
        if behind == "{" and not text.startswith("{{c", at + 1):
            return False  # `${HOME}:${PATH}`
        if self.is_wrapped_at <= start:
            return True
        return at - start <= _LONGEST_WRAPPED and not _WORD.search(_IN_BRACES.sub("", text[start:at]))

    def _bracket(self, start: int) -> int:
        text, sign = self.text, self.text[start + 1]
        closing = "\\)" if sign == "(" else "\\]"
        stop = text.find(closing, start + 3) if closing not in self.in_vain else -1
        if stop < 0:
            self.in_vain.add(closing)
            return start + 2
        latex = text[start + 2 : stop]
        if not latex.strip():
            return start + 2
        if stop - start <= _LONGEST_WORDS and self._is_escaped_words(latex, start, stop + 2):
            return stop + 2
        self._add(Formula(start, stop + 2, self._latex(start + 2, stop), sign == "[", False))
        return stop + 2

    def _is_escaped_words(self, latex: str, start: int, end: int) -> bool:
        r"""Tell whether what stands between `\(` and `\)`, or `\[` and `\]`, is words and no formula."""
        if self.text[start + 1] == "(":
            return _WORDS.fullmatch(latex) is not None
        before = _BLANKS_BEFORE.search(self.text, max(start - _LONGEST_WORDS, 0), start)
        behind = _BLANKS.match(self.text, end)
        assert before is not None and behind is not None, "both may be empty"
        is_alone = (
            self.text[before.start() - 1 : before.start()] in "\r\n"
            and self.text[behind.end() : behind.end() + 1] in "\r\n"
        )
        return not is_alone and _CITED.fullmatch(latex) is not None

    def _latex(self, start: int, end: int) -> str:
        latex = self.text[start:end]
        return re.sub(rf"(?<=\n){_QUOTED.pattern}", "", latex) if self.is_quoted else latex

    def _add(self, formula: Formula) -> None:
        while self.found and self.found[-1].start > formula.start:
            self.found.pop()  # it stands in the text of this one
        self.found.append(formula)


def closes_before_letters(text: str, start: int, at: int) -> bool:
    """Tell whether the `$` at `at` ends the formula that begins at `start` although a letter or digit
    follows: `$n$th`, `$x$s`, `$k$NN`."""
    if _ENDING.match(text, at + 1):
        return True
    if _CAPITALS.match(text, at + 1) is None:
        return False
    signs: Iterator[re.Match[str]] = _SIGN.finditer(text, start + 1, at)
    return len([sign for sign, _ in zip(signs, range(4), strict=False)]) <= 3


def _is_letter_or_digit(text: str) -> bool:
    return text.isascii() and text.isalnum()
