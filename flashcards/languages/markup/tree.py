"""A field's text as a tree: what parsing gives, and what both renderings go through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flashcards.diagnostics import Severity
from flashcards.languages.maths.mathjax import FORBIDDEN

# Where links may lead, and which files are played: sounds and videos
SAFE_URL = re.compile(r"(?i)(?:https?://|mailto:)[^\s\"'<>\\^`{|}\x00-\x1f]+\Z")
# What Anki obeys wherever it stands on a card: sounds, LaTeX that runs programs, a box to type into
ANKI_COMMAND = re.compile(r"\[(?=sound:|anki:|/?latex\]|/?\$\$?\]|\[type:)", re.IGNORECASE)
# The beginning of one at the end of a text, which the field behind it might complete: `[la` and `tex]`
_COMMAND_BEGUN = re.compile(r"\[(?=(?:/?[a-z]{0,5}|/?\${1,2})\Z)", re.IGNORECASE)
# What would be one inside the brackets that Anki puts around the hint of a cloze deletion
_COMMAND_IN_BRACKETS = re.compile(r"(?:sound:|anki:|/?latex\Z|/?\$\$?\Z|\[type:)", re.IGNORECASE)
# MathJax's for links, styles, definitions and more, and those that could give one of them another name
_MATHJAX_NAMES = "|".join(sorted({*FORBIDDEN, "csname", "toggle", "unicode"}))
_MATHJAX_COMMAND = re.compile(rf"\\(?=(?:{_MATHJAX_NAMES})(?![A-Za-z]))")
# Those that Anki plays
SOUND = re.compile(
    r"(?i)\.(?:3gp|aac|avi|flac|flv|m4a|m4v|mkv|mov|mp3|mp4|mpe?g|og[agvx]|opus|spx|wav|webm|wma)\Z"
)


def defused_maths(formula: str) -> str:
    """Return a formula that obeys nothing but LaTeX: an empty group keeps Anki from finding a command, and of
    MathJax's own commands, which `unreadable-maths` finds in notes, the name stays to be read."""
    return _MATHJAX_COMMAND.sub(r"\\ ", ANKI_COMMAND.sub("[{}", formula))


def defused_end(html: str) -> str:
    """Return a field's HTML so that no other one behind it can complete a command that this one begins."""
    return _COMMAND_BEGUN.sub("&#91;", html) if "[" in html[-8:] else html


def defused_hint(html: str) -> str:
    """Return a cloze deletion's hint so that it is no command between the brackets that Anki puts around
    it."""
    return f"&#{ord(html[0])};{html[1:]}" if _COMMAND_IN_BRACKETS.match(html) else html


@dataclass(slots=True)
class Element:
    """A node of a parsed field. `name` says what it is, `attrs` the rest; leaves are plain strings.

    Names: document, paragraph, heading, emphasis, strong, strikethrough, link(url), image(url), code,
    code_block(language), maths(display), cloze(numbers, hint, hint_parts), list(start), item, quote,
    table(aligns), head, row, cell, rule, break."""

    name: str
    children: list[Element | str] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def add_text(self, text: str) -> None:
        """Append text, joined to a text before it: what a renderer must defuse may come in several pieces."""
        if self.children and isinstance(self.children[-1], str):
            self.children[-1] += text
        elif text:
            self.children.append(text)

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in reading order, formulas in hints of deletions included."""
        yield self
        for child in self.children:
            if type(child) is Element:
                yield from child.walk()
        if self.name == "cloze":
            for part in self.attrs["hint_parts"] or ():
                if type(part) is Element:
                    yield part

    @property
    def text(self) -> str:
        """All text below, without markup."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Problem(NamedTuple):
    """Something wrong in a field's text, at characters `start` to `end` of it."""

    rule: str
    message: str
    start: int
    end: int
    hint: str | None = None
    severity: Severity = Severity.ERROR


class Doubt(NamedTuple):
    """A problem at a place of the marked text."""

    rule: str
    start: int
    end: int
    message: str
    hint: str


class Document(NamedTuple):
    root: Element
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Problem, ...] = ()  # what Markdown takes away, or reads otherwise than it may be meant
