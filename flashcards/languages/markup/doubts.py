"""What Markdown takes away from a text, and what it makes of signs that were hardly meant for it, by the
places of pyromark's events.

Every character of a text is shown, or is a sign of something that shows something. What is neither is lost:
`doubts_in` says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flashcards.diagnostics import Severity
from flashcards.languages.markup.commonmark import characters
from flashcards.languages.markup.foreign import foreign_markup, may_hold_foreign_markup
from flashcards.languages.markup.joined import joined_lines, may_join_lines
from flashcards.languages.markup.tree import Doubt, Problem

# How a line begins that may lose something. Bullets with words behind them lose nothing.
_LINE = (
    r"[ \t]*(?:#{1,6}(?=\s|\Z)|>|```|~~~|\[[^\]\n]*+\]:|\d{1,9}[.)](?=\s|\Z)"
    r"|[-+*](?:[ \t]*(?=[\r\n]|\Z)|[ \t]+(?=[-+*#>`~=\[0-9]))|[-=*_](?:[ \t]*[-=*_])*+[ \t]*(?=[\r\n]|\Z))"
)
_FIRST_LINE, _NEXT_LINE, _AFTER_RETURN = (re.compile(f"{before}{_LINE}") for before in ("", "\n", "\r"))
_OPENING, _CLOSING = "(\\[\"'`$“‘«「『（【《〈", ".!?:;)\\]\"'`$%”’»」』）】》〉。，！？：；、…"
# A path of a network, and an escaped sign that is a word; both begin with the backslash, to be found fast
_PATH = r"\\(?<![^\s(*_\"'“„«]\\)\\[A-Za-z0-9]"
_SIGN_ALONE = r"\\(?<=\S[ \t]\\)[.?+^/='\"@](?!\S)"
_BACKSLASH = re.compile(rf"{_PATH}|{_SIGN_ALONE}")
_EMPTY_LINK, _TABLE = re.compile(r"\[[ \t]*\][(\[]"), re.compile(r"\|[ \t]*:?-")
# Emphasis that may be none: what `_Walk` looks at closely. It begins with the asterisk, to be found fast.
_STARS = re.compile(
    r"\*(?:(?<=[0-9A-Za-z]\*)\*?[^\W_]|(?<![^\s/(,\"']\*)\*?[./]|(?<=/\*)|(?<=\(\*)\*?[^*()]*+\)"
    rf"|(?<=[{_CLOSING}]\*)\*[^\W_]|(?<=[^\W_]\*)\*[{_OPENING}])"
)
_NAME = r"[A-Za-z][A-Za-z0-9]*+(?:_[A-Za-z0-9]++)*+"
_UNDERSCORES, _TILDES = re.compile(rf"__{_NAME}__"), re.compile(r"~(?![~\s])[^~]*+(?<!\s)~(?!~)")


def may_have_doubts(text: str, *, clozes: bool = False) -> bool:
    """Tell whether `doubts_in` may find anything in a text: far cheaper than asking it. False is sure."""
    return (
        _FIRST_LINE.match(text) is not None
        or _NEXT_LINE.search(text) is not None
        or ("\r" in text and _AFTER_RETURN.search(text) is not None)
        or ("\\" in text and _BACKSLASH.search(text) is not None)
        or ("[" in text and _EMPTY_LINK.search(text) is not None)
        or ("|" in text and _TABLE.search(text) is not None)
        or ("*" in text and _STARS.search(text) is not None)
        or ("__" in text and _UNDERSCORES.search(text) is not None)
        or ("~" in text and _TILDES.search(text) is not None)
        or may_hold_foreign_markup(text, clozes)
        or may_join_lines(text)
    )


def doubts_in(
    source: str,
    marked: str,
    events: Iterable[tuple[Any, Mapping[str, int]]],
    original: Callable[[int], int],
    *,
    clozes: bool,
) -> Iterator[Problem]:
    """Yield what a text does not show as it was written, in order; what is said in the same words of several
    places once.

    `source` is the author's text, and `marked` the same with marks in place of its formulas and around its
    deletions. `events` are pyromark's of `marked`, and `original` leads from its places to those of
    `source`."""
    walk = _Walk(marked)
    found = [*walk.doubts(events), *foreign_markup(marked, walk.shown_as_is, clozes)]
    found = [doubt._replace(start=original(doubt.start), end=original(doubt.end)) for doubt in found]
    found += joined_lines(
        source, [[(original(start), original(end)) for start, end in run] for run in walk.runs]
    )
    said = set()
    for rule, start, end, message, hint in sorted(found, key=lambda doubt: doubt.start):
        if message not in said:
            said.add(message)
            yield Problem(rule, message, start, end, hint, Severity.WARNING)


class _Open:
    """An element whose end has not come yet."""

    __slots__ = ("at", "data", "end", "name", "shows", "start")

    def __init__(self, name: str, data: Any, start: int, end: int) -> None:
        self.name, self.data, self.start, self.end = name, data, start, end
        self.at = start  # as far as its text is accounted for
        self.shows = name == "Image"


# Between the parts of these stands nothing but the signs that match
_SIGNS = {
    "Document": re.compile(r"\s*"),
    "BlockQuote": re.compile(r"[\s>]*"),
    "List": re.compile(r"[\s>]*"),
    "Item": re.compile(r"[\s>]*+(?:(?:[-+*]|\d{1,9}[.)])(?=\s|\Z))?[\s>]*"),
    "Table": re.compile(r"[\s>|:-]*"),
    "TableHead": re.compile(r"[\s>|]*"),
    "TableRow": re.compile(r"[\s>|]*"),
}
_DEFINITION = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)+)\]:")
_INLINE = ("Emphasis", "Strong", "Strikethrough", "Link", "Image")
_REFERENCES = ("Reference", "Collapsed", "Shortcut")
_NAMES = {"BlockQuote": "quotation", "CodeBlock": "block of code", "Heading": "heading", "List": "list"}
_COMPARED = re.compile(r"> ?(?:=[^\r\n]*|[~≈]? ?[$€£]?\d[\d.,]*(?: ?[^\s.]{1,8})?)\s*")
_NETWORK_PATH, _ESCAPE_ALONE = re.compile(rf"{_PATH}[\w.$-]+"), re.compile(_SIGN_ALONE)
_UNDERLINE = re.compile(r"[\r\n][ \t>]*([-=])\s*\Z")
_HASHES = re.compile(r"\s(#+)\s*\Z")
_HELD, _BAR = re.compile(r"`[^`\r\n]*`|\$[^$\r\n]*\$"), re.compile(r"(?<!\\)\|")  # code or maths over cells
_IDENTIFIER = re.compile(r"(?=[^a-z]+\Z|[^A-Z]+\Z)" + _NAME)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_STAYS = re.compile(r"\*\*(?![\s*])(?P<inner>(?:[^*\r\n]|\*(?!\*))+)(?<![\s*])\*\*")
_PAIRS = {"(": ")", "[": "]", '"': '"', "'": "'", "`": "`", "$": "$", "“": "”", "‘": "’", "«": "»"}
_PAIRS |= {"「": "」", "『": "』", "（": "）", "【": "】", "《": "》", "〈": "〉"}
_LONGEST_CALL = 500  # characters of a call `f(**options)` and what follows it
_NUMBER = re.compile(r"\d+")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_ATTRIBUTE = re.compile(r"[{}]|[\w.:-]+=")


class _Walk:
    """Goes through the events of a text once, and accounts for all that stands between them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Doubt] = []
        self.gaps: list[tuple[int, int]] = []  # between the parts of blocks, with more in them than signs
        self.used: set[str] = set()  # labels
        self.rules: list[tuple[int, int]] = []
        self.has_words = False
        self.stars: set[int] = set()  # that are text
        self.lines: list[tuple[int, int]] = []  # of this paragraph, as far as they are joined
        self.line: int | None = None  # where the next of them begins
        self.runs: list[list[tuple[int, int]]] = []  # of lines that are joined
        self.shown_as_is: list[tuple[int, int]] = []  # code; and pictures, which are what they look like

    def doubts(self, events: Iterable[tuple[Any, Mapping[str, int]]]) -> list[Doubt]:
        character = characters(self.text)
        stack = [_Open("Document", None, 0, len(self.text))]
        for event, at in events:
            start, end = character(at["start"]), character(at["end"])
            parent = stack[-1]
            if type(event) is dict:
                ((kind, value),) = event.items()
            else:
                kind, value = event, None
            if kind == "Start":
                self._gap(parent, start)
                name, data = next(iter(value.items())) if type(value) is dict else (value, None)
                if name not in _INLINE:
                    self._end_lines(start)
                elif self.line is None:
                    self.line = start
                element = _Open(name, data, start, end)
                self._start(element, parent)
                stack.append(element)
            elif kind == "End":
                if parent.name not in _INLINE:
                    self._end_lines(parent.at)
                self._gap(parent, end)
                stack.pop()
                self._end(parent)
                stack[-1].at = max(stack[-1].at, end)
                stack[-1].shows = stack[-1].shows or parent.shows
            else:
                self._gap(parent, start)
                parent.at, parent.shows = end, True
                if self.line is None:
                    self.line = start
                if kind == "SoftBreak":
                    self.lines.append((self.line, start))
                    self.line = end
                elif kind == "HardBreak":
                    self._end_lines(start)
                elif kind == "Rule":
                    self.rules.append((start, end))
                else:
                    self.has_words = True
                    if value == "*":
                        self.stars.add(start)
                    elif kind == "Code":
                        self._as_is(start, end)
        self._gap(stack[0], len(self.text))
        if self.rules and not self.has_words:
            start, end = self.rules[0]
            self._lost(
                start,
                end,
                "Markdown draws a line here, and the text shows nothing else",
                self._way(start, end),
            )
        self._definitions()
        if self.stars:
            self._staying_stars()
        return self.found

    def _end_lines(self, end: int) -> None:
        if self.lines and self.line is not None:
            self.runs.append([*self.lines, (self.line, end)])
        self.lines, self.line = [], None

    def _lost(self, start: int, end: int, message: str, hint: str) -> None:
        while end > start + 1 and self.text[end - 1].isspace():
            end -= 1
        self.found.append(Doubt("text-lost", start, end, message, hint))

    def _guess(self, start: int, end: int, message: str, hint: str) -> None:
        self.found.append(Doubt("markup-guess", start, end, message, hint))

    def _as_is(self, start: int, end: int) -> None:
        if not self.shown_as_is or self.shown_as_is[-1][1] <= start:
            self.shown_as_is.append((start, end))

    def _way(self, start: int, end: int) -> str:
        """Return how to write signs of Markdown's as text."""
        if " " in self.text[start : min(end, start + 12)].strip():
            return "put the signs that are meant as text between backticks"
        sign = self.text[start : start + 12].split(maxsplit=1)[0]
        written = f"{sign[:-1]}\\{sign[-1]}" if sign[0].isdecimal() else f"\\{sign}"
        return f"put it between backticks, or write `{written}`"

    def _start(self, element: _Open, parent: _Open) -> None:
        name, data, text = element.name, element.data, self.text
        if name in ("CodeBlock", "Image"):
            self._as_is(element.start, element.end)
        if name in ("Link", "Image"):
            self.has_words = self.has_words or name == "Image"
            if data["link_type"] in _REFERENCES:
                self.used.add(_label(data["id"]))
        elif name == "CodeBlock" and type(data) is dict:
            words = data["Fenced"].split()
            if len(words) > 1 and not all(map(_ATTRIBUTE.match, words[1:])):
                start = text.find(words[1], text.find(words[0], element.start) + len(words[0]))
                line = _REST_OF_LINE.match(text, start)
                assert line is not None, "it may be empty"
                message = "behind the language of code, Markdown shows nothing"
                self._lost(*line.span(), message, "begin the code on the next line")
        elif name == "Item" and type(parent.data) is list:
            self._number(element, parent.data)
        elif name == "List" and data is not None:
            element.data = [data, data, False]  # the first number, the next one, whether something was found
        elif name in ("Emphasis", "Strong"):
            self._emphasis(element)
        elif name == "Strikethrough" and not text.startswith("~~", element.start):
            message = "Markdown strikes through what stands between these two `~`"
            hint = (
                "write `\\~` for the sign, `~~…~~` to strike through, and ₂ or `$x_2$` for what stands lower"
            )
            self._guess(element.start, element.end, message, hint)
        elif name == "BlockQuote" and _COMPARED.fullmatch(text, element.start, element.end):
            message = "Markdown takes this `>` for a quotation, and does not show it"
            self._lost(element.start, element.start + 1, message, "write `\\>`")

    def _emphasis(self, element: _Open) -> None:
        """Find emphasis that is hardly meant: in sums, names of programs, and patterns of file names."""
        text, start, end = self.text, element.start, element.end
        width = 2 if element.name == "Strong" else 1
        first, last = text[start + width], text[end - width - 1]
        before, behind = text[start - 1 : start], text[end : end + 1]
        if text[start] == "_":
            if width == 2 and _IDENTIFIER.fullmatch(text, start + 2, end - 2):
                message = "Markdown shows this name in bold, without its underscores"
                hint = "put a name of a program between backticks; bold is `**…**`"
                self._guess(start, end, message, hint)
            return
        is_sum = (_is_digit(before) and _is_digit(first)) or (_is_digit(last) and _is_digit(behind))
        if _is_ascii_word(before) and _is_ascii_word(behind):
            is_word = _WORD.fullmatch(text, start + width, end - width) is not None
            is_sum = is_sum or not is_word or _is_digit(before) or _is_digit(behind)
        is_path = (first in "./" and (before == "/" or behind in (".", "/"))) or (
            behind == "/" and "/" in (before, last)
        )
        if is_sum or is_path or (before == "(" and self._leaves_brackets(start, end)):
            sign = text[start : start + width]
            message = f"Markdown takes these two `{sign}` for emphasis, and does not show them"
            hint = "write `\\*` for an asterisk, or put code between backticks"
            self._guess(start, end, message, hint)

    def _leaves_brackets(self, start: int, end: int) -> bool:
        """Tell whether emphasis begins inside round brackets and ends outside them."""
        text = self.text[start : min(end, start + _LONGEST_CALL)]
        return text.count(")") > text.count("(")

    def _staying_stars(self) -> None:
        """Find `**…**` that stays as it is because of the sign inside it and the letter outside."""
        for found in _STAYS.finditer(self.text):
            start, end = found.span()
            if start not in self.stars or end - 1 not in self.stars:
                continue
            inner, before, behind = found["inner"], self.text[start - 1 : start], self.text[end : end + 1]
            first, last = inner[0], inner[-1]
            if _is_sign(first) and before.isalnum():
                stays = _is_wide(before) or _PAIRS.get(first) == last
            else:
                stays = last in _CLOSING and behind.isalnum()
                stays = stays and (not before or before.isspace() or _is_wide(before) or before in "(“‘„«")
            if stays:
                message = "this stays as it is: `**` makes no bold between a letter and a sign like these"
                hint = "put a blank outside the `**`, or the sign outside too"
                self._guess(start, end, message, hint)

    def _number(self, item: _Open, numbers: list[Any]) -> None:
        """Markdown counts items itself, from the first number on."""
        written = _NUMBER.search(self.text, item.start)
        first, shown, is_found = numbers
        numbers[1] += 1
        if written is None or is_found or int(written.group()) in (first, shown):
            return
        numbers[2] = True
        way = f"write `{written.group()}\\.` in a paragraph of its own, or `- {written.group()}: …`"
        self._lost(*written.span(), f"Markdown counts the items itself: this one is shown as {shown}", way)

    def _end(self, element: _Open) -> None:
        name, text, start, end = element.name, self.text, element.start, element.end
        if not element.shows:
            if name == "Link":
                message = "this link has no text, so it is not shown"
                self._lost(
                    start,
                    end,
                    message,
                    "write the text between the brackets, or the address between `<` and `>`",
                )
            elif name == "CodeBlock":
                self._lost(start, end, "this block of code is empty", "fill it, or delete it")
            elif name in _NAMES:
                while self.found and self.found[-1].start >= start:
                    self.found.pop()  # about what is inside
                self._lost(
                    start, end, f"Markdown takes this for an empty {_NAMES[name]}", self._way(start, end)
                )
        elif name == "Heading":
            source = text[start:end]
            if (sign := _UNDERLINE.search(source)) is not None:
                message = f"this `{sign[1]}` makes a heading of the line above, and is not shown"
                self._lost(
                    start + sign.start(1),
                    start + sign.end(1),
                    message,
                    f"write `\\{sign[1]}`, or three of them",
                )
            elif (hashes := _HASHES.search(source)) is not None and not source.startswith(f"{hashes[1]} "):
                message = "Markdown takes this for the end of the heading, and does not show it"
                self._lost(start + hashes.start(1), start + hashes.end(1), message, f"write `\\{hashes[1]}`")

    def _gap(self, inside: _Open, end: int) -> None:
        """Account for what stands between two events."""
        start, inside.at = inside.at, max(inside.at, end)
        if start >= end:
            return
        signs = _SIGNS.get(inside.name)
        if self.text[end - 1] == "\\":
            end -= 1
            self._escape(end)
        if signs is not None and not signs.fullmatch(self.text, start, end):
            if inside.name in ("TableHead", "TableRow"):
                if any(_BAR.search(held.group()) for held in _HELD.finditer(self.text, inside.start, end)):
                    return  # `code-in-table` and `maths-in-table` say what is wrong
                while self.text[start] in " \t|":
                    start += 1
                message = "this row has more cells than the table's first row: Markdown drops them"
                hint = "give the first row as many cells; inside a cell, `|` is written `\\|`"
                self._lost(start, end, message, hint)
            else:
                self.gaps.append((start, end))

    def _escape(self, at: int) -> None:
        if _NETWORK_PATH.match(self.text, at):
            message = "Markdown takes the first backslash away from the second"
            self._lost(at, at + 2, message, "put what is written with backslashes between backticks")
        elif _ESCAPE_ALONE.match(self.text, at):
            message = "Markdown takes this backslash away from the sign behind it"
            hint = f"put it between backticks: `` `{self.text[at : at + 2]}` ``; else leave the backslash out"
            self._lost(at, at + 2, message, hint)

    def _definitions(self) -> None:
        """Find the definitions of links that no link uses."""
        seen: set[str] = set()
        for start, end in self.gaps:
            found = list(_DEFINITION.finditer(self.text, start, end))
            if not found:
                message = "Markdown does not show this"
                self._lost(start, end, message, "put it between backticks")
            for number, definition in enumerate(found):
                label = _label(definition[1])
                if label in seen or label not in self.used:
                    stop = found[number + 1].start() if number + 1 < len(found) else end
                    while self.text[stop - 1] in " \t>\r\n":
                        stop -= 1
                    what = "a second address for" if label in seen else "the address of"
                    message = (
                        f"Markdown takes this for {what} a link `{definition[0][:-1]}`, and does not show it"
                    )
                    if label not in seen:
                        message = f"{message}: no link has this name"
                    self._lost(definition.start(), stop, message, f"write `\\{definition[0]}`")
                seen.add(label)


def _label(written: str) -> str:
    return " ".join(written.split()).casefold()


def _is_digit(sign: str) -> bool:
    return sign.isascii() and sign.isdecimal()


def _is_ascii_word(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _is_sign(sign: str) -> bool:
    return not sign.isalnum() and not sign.isspace()


def _is_wide(sign: str) -> bool:
    """Tell whether a sign is of a script that puts no blanks between words, as Chinese and Japanese do."""
    return sign >= "\u2e80"
