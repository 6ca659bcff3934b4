"""What other programs take for markup, and what is written for it here: HTML, and brackets of Anki's and of
Obsidian's. It is text here, and shown as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from flashcards.diagnostics import Severity
from flashcards.languages.markup.tree import Doubt, Problem
from flashcards.languages.stretches import stretch_at

_FOREIGN = re.compile(
    r"(?i)<(?:br|hr|img|!--)|</[a-z]|\[(?:sound:|latex\]|/\$\$?\]|\[type:)|!\[\["
    r"|!\[[^\[\]\r\n]*+\]\([^)\s\[]*+[ \t]"
)
_DELETION = re.compile(r"{{c\d+::")


def may_hold_foreign_markup(text: str, clozes: bool) -> bool:
    """Tell whether a text may hold markup of other programs: far cheaper than to look closely."""
    if ("<" in text or "[" in text) and _FOREIGN.search(text) is not None:
        return True
    return not clozes and "{{c" in text and _DELETION.search(text) is not None


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


def foreign_markup(text: str, as_is: Sequence[tuple[int, int]], clozes: bool) -> Iterator[Doubt]:
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
