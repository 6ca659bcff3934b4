"""What Markdown takes away from a text, and what it makes of signs that were hardly meant for it, by the
places of pyromark's events.

Every character of a text is shown, or is a sign of something that shows something. What is neither is lost:
`doubts_in` says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flashcards.diagnostics import Severity
from flashcards.languages.markup.commonmark import characters
from flashcards.languages.markup.tree import Problem
from flashcards.languages.stretches import stretch_at

# How a line begins that may lose something. Bullets with words behind them lose nothing.
_LINE = (
    r"[ \t]*(?:#{1,6}(?=\s|\Z)|>|```|~~~|\[[^\]\n]*+\]:|\d{1,9}[.)](?=\s|\Z)"
    r"|[-+*](?:[ \t]*(?=[\r\n]|\Z)|[ \t]+(?=[-+*#>`~=\[0-9]))|[-=*_](?:[ \t]*[-=*_])*+[ \t]*(?=[\r\n]|\Z))"
)
_FIRST_LINE, _NEXT_LINE = re.compile(_LINE), re.compile(rf"[\r\n]{_LINE}")
_OPENING, _CLOSING = "(\\[\"'`$“‘«「『（【《〈", ".!?:;)\\]\"'`$%”’»」』）】》〉。，！？：；、…"
_BEFORE_PATH, _SIGN_ALONE = r"(?<![^\s(*_\"'“„«])\\\\[A-Za-z0-9]", r"(?<=\S[ \t])\\[.?!+^/=:;,%'\"@](?!\S)"
_LOSABLE = re.compile(rf"{_BEFORE_PATH}|{_SIGN_ALONE}|\[[ \t]*\][(\[]|\|[ \t]*:?-")


# Emphasis that may be none: what `_Walk` looks at closely
_STARS = re.compile(
    r"[0-9A-Za-z]\*{1,2}[^\W_]|(?:\A|[\s/(,\"'])\*{1,2}[./]|/\*"
    rf"|[{_CLOSING}]\*\*[^\W_]|[^\W_]\*\*[{_OPENING}]"
)
_NAME = r"[A-Za-z][A-Za-z0-9]*+(?:_[A-Za-z0-9]++)*+"
_UNDERSCORES, _TILDES = re.compile(rf"__{_NAME}__"), re.compile(r"~(?![~\s])[^~]*+(?<!\s)~(?!~)")

_FOREIGN = re.compile(
    r"(?i)<(?:br|hr|img|!--)|</[a-z]|\[(?:sound:|latex\]|/\$\$?\]|\[type:)|!\[\["
    r"|!\[[^\[\]\r\n]*+\]\([^)\s]*+[ \t]"
)
_DELETION = re.compile(r"{{c\d+::")


def may_have_doubts(text: str, *, clozes: bool = False) -> bool:
    """Tell whether `doubts_in` may find anything in a text: far cheaper than asking it. False is sure."""
    return (
        _FIRST_LINE.match(text) is not None
        or _LOSABLE.search(text) is not None
        or _NEXT_LINE.search(text) is not None
        or ("*" in text and _STARS.search(text) is not None)
        or ("__" in text and _UNDERSCORES.search(text) is not None)
        or ("~" in text and _TILDES.search(text) is not None)
        or (("<" in text or "[" in text) and _FOREIGN.search(text) is not None)
        or (not clozes and "{{c" in text and _DELETION.search(text) is not None)
    )


def doubts_in(
    marked: str,
    events: Iterable[tuple[Any, Mapping[str, int]]],
    original: Callable[[int], int],
    *,
    clozes: bool,
) -> Iterator[Problem]:
    """Yield what a text does not show as it was written, in order; what is said in the same words of several
    places once.

    `marked` is the text with marks in place of its formulas and around its deletions, `events` are
    pyromark's of it, and `original` leads from its places to those of the author's text."""
    walk = _Walk(marked)
    found = walk.doubts(events) + list(_foreign(marked, walk.shown_as_is, clozes))
    found.sort(key=lambda doubt: doubt.start)
    said = set()
    for rule, start, end, message, hint in found:
        if message not in said:
            said.add(message)
            yield Problem(rule, message, original(start), original(end), hint, Severity.WARNING)


class Doubt(NamedTuple):
    """A problem at a place of the marked text."""

    rule: str
    start: int
    end: int
    message: str
    hint: str


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
_DEFINITION = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]:")
_REFERENCES = ("Reference", "Collapsed", "Shortcut")
_NAMES = {"BlockQuote": "quotation", "CodeBlock": "block of code", "Heading": "heading", "List": "list"}
_COMPARED = re.compile(r"> ?(?:=[^\r\n]*|[~≈]? ?[$€£]?\d[\d.,]*(?: ?[^\s.]{1,8})?)\s*")
_NETWORK_PATH, _ESCAPE_ALONE = re.compile(rf"{_BEFORE_PATH}[\w.$-]+"), re.compile(_SIGN_ALONE)
_UNDERLINE = re.compile(r"[\r\n][ \t>]*([-=])\s*\Z")
_HASHES = re.compile(r"\s(#+)\s*\Z")
_HELD, _BAR = re.compile(r"`[^`\r\n]*`|\$[^$\r\n]*\$"), re.compile(r"(?<!\\)\|")  # code or maths over cells
_IDENTIFIER = re.compile(r"(?=[^a-z]+\Z|[^A-Z]+\Z)" + _NAME)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_STAYS = re.compile(r"\*\*(?![\s*])(?P<inner>(?:[^*\r\n]|\*(?!\*))+)(?<![\s*])\*\*")
_PAIRS = {"(": ")", "[": "]", '"': '"', "'": "'", "`": "`", "$": "$", "“": "”", "‘": "’", "«": "»"}
_PAIRS |= {"「": "」", "『": "』", "（": "）", "【": "】", "《": "》", "〈": "〉"}
_NUMBER = re.compile(r"\d+")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_ATTRIBUTE = re.compile(r"[{}]|.*=")


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
                element = _Open(name, data, start, end)
                self._start(element, parent)
                stack.append(element)
            elif kind == "End":
                self._gap(parent, end)
                stack.pop()
                self._end(parent)
                stack[-1].at = max(stack[-1].at, end)
                stack[-1].shows = stack[-1].shows or parent.shows
            else:
                self._gap(parent, start)
                parent.at, parent.shows = end, True
                if kind == "Rule":
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
        is_path = (first in "./" and (before == "/" or behind in (".", "/"))) or before == behind == "/"
        if is_sum or is_path:
            sign = text[start : start + width]
            message = f"Markdown takes these two `{sign}` for emphasis, and does not show them"
            hint = "write `\\*` for an asterisk, or put code between backticks"
            self._guess(start, end, message, hint)

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


_TAG = re.compile(r"<(?P<name>[a-z][a-z0-9-]*)(?:[\s/][^<>]*)?>|<!--", re.IGNORECASE)
_LOOKS = "leave the tags out: how cards look is said in their templates"
_LIST = "write each item on a line of its own, with `- ` before it"
_TABLE = "write a table of Markdown's: `| a | b |`, and `|---|---|` below its first row"
_HTML: Mapping[str, str] = {
    "br": "below `|`, end a line with a backslash: the next one begins on a new line",
    "hr": "write `---` between two empty lines",
    "img": "write `![what it shows](file.png)`, with the file in `media/`",
    "!--": "delete it, or put it behind a `#` outside the text",
    **dict.fromkeys(("b", "strong"), "write `**…**`"),
    **dict.fromkeys(("i", "em", "cite", "q", "var", "dfn"), "write `*…*`"),
    **dict.fromkeys(("u", "ins", "mark"), "write `*…*` or `**…**`"),
    **dict.fromkeys(("s", "del", "strike"), "write `~~…~~`"),
    **dict.fromkeys(("code", "tt", "kbd", "samp", "pre"), "put it between backticks"),
    "sub": "write ₂, or maths: `$x_2$`, `$\\mathrm{H_2O}$`",
    "sup": "write ², or maths: `$x^2$`, `$\\mathrm{Na^+}$`",
    "p": "leave a line empty between two paragraphs",
    "blockquote": "write `> ` before each line",
    "a": "write `[text](https://…)`",
    **dict.fromkeys(("ul", "ol", "li", "dl", "dt", "dd"), _LIST),
    **dict.fromkeys(("table", "thead", "tbody", "tr", "td", "th"), _TABLE),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "write `## ` before it"),
    **dict.fromkeys(("span", "div", "font", "center", "small", "big"), _LOOKS),
    **dict.fromkeys(("audio", "video"), "write `![what is heard](file.mp3)`, with the file in `media/`"),
    "anki-mathjax": "write maths between dollars: `$…$`",
}
_ALONE = ("br", "hr", "img", "!--")  # what needs no closing tag
_OTHERS = re.compile(
    r"\[sound:(?P<sound>[^\[\]\r\n]+)\]|\[(?P<latex>latex)\]|(?P<type>\[\[type:[^\[\]\r\n]+\]\])"
    r"|!\[\[(?P<embedded>[^\[\]|\r\n]+)(?:\|[^\[\]\r\n]*)?\]\]"
    r"|!\[(?P<alt>[^\[\]\r\n]*)\]\((?P<blank>(?:[^()\r\n<>]|\([^()\r\n<>]*\))+)\)"
    r"|(?P<deletion>{{c\d+::)",
    re.IGNORECASE,
)


_BRACKETS = "Anki's brackets around LaTeX are no markup here", "write maths between dollars alone: `$…$`"


def anki_brackets(start: int, end: int) -> Problem:
    """Return what is wrong with maths in Anki's own brackets at this place of a text: `[$]x[/$]`."""
    message, hint = _BRACKETS
    return Problem("foreign-markup", message, start, end, hint, Severity.WARNING)


def _foreign(text: str, as_is: Sequence[tuple[int, int]], clozes: bool) -> Iterator[Doubt]:
    """Yield what other programs take for markup, and is shown here as it stands."""
    checked = set()
    for tag in _TAG.finditer(text):
        name = (tag["name"] or "!--").lower()
        if name in checked or name not in _HTML or stretch_at(as_is, tag.start()) is not None:
            continue
        checked.add(name)
        if name in _ALONE or re.compile(rf"(?i)</{name}\s*>").search(text, tag.end()):
            shown = tag.group() if len(tag.group()) <= 20 else f"<{name} …>"
            message = f"`{shown}` is shown as it stands: HTML is no markup here"
            hint = f"{_HTML[name]}; what is meant as text goes between backticks"
            yield Doubt("foreign-markup", *tag.span(), message, hint)
    for found in _OTHERS.finditer(text):
        kind, name = found.lastgroup, found[found.lastgroup or 0]
        if stretch_at(as_is, found.start()) is not None or (kind == "deletion" and clozes):
            continue
        if kind == "deletion":
            message = "this is no cloze deletion but text: only the text of a cloze note has them"
            hint = "write the text behind `cloze:`, or put it between backticks"
        elif kind == "type":
            message = "this is shown as it stands: it asks for no field"
            hint = "put it between backticks if it is meant as text, or delete it"
        elif kind == "latex":
            message, hint = _BRACKETS
        elif kind == "blank":
            if not re.search(r"\s", name):
                continue
            message = "this is no picture but text: an address with a blank in it stands between `<` and `>`"
            hint = f"write `![{found['alt']}](<{name}>)`"
        else:
            name = name.strip().rpartition("/")[2]
            alt = "what is heard" if kind == "sound" else "what it shows"
            message = "this is shown as it stands: pictures and sounds are written otherwise here"
            hint = f"write `![{alt}]({f'<{name}>' if ' ' in name else name})`, with the file in `media/`"
        yield Doubt("foreign-markup", *found.span(), message, hint)
