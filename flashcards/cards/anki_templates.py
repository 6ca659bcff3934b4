"""Anki's card templates: what a template holds, and what Anki could not make of it.

Source: Anki's `rslib/src/template.rs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import NamedTuple

# What Anki tells of a card beside the note's fields; `Tags` too, which alone may be empty
SPECIAL = frozenset({"Type", "Deck", "Subdeck", "Card", "CardFlag", "CardID"})
FRONT_SIDE = "FrontSide"
_FILTERS = frozenset({"", "text", "furigana", "kanji", "kana", "type", "hint", "cloze", "cloze-only"})
_OPENING = re.compile(r"<!--|{{")
_CLOSING = {"<!--": "-->", "{{": "}}"}
_CLOZE_SECTION = re.compile(r"c\d{1,3}")


class Token(NamedTuple):
    """A part of a template: text, or what stands in `{{ }}`."""

    mark: str  # "text", "field", or the sign of a section: `#`, `^` or `/`
    name: str  # of the field or the section; the text itself
    filters: tuple[str, ...] = ()  # in the order in which they are applied


@cache
def tokens(template: str) -> tuple[Token, ...]:
    """Return the parts of a card template in their order. A comment is text: what is in it is not read."""
    return tuple(_tokens(template))


def _tokens(template: str) -> Iterator[Token]:
    at = 0
    for start, end in _fields(template):
        if start > at:
            yield Token("text", template[at:start])
        at = end
        inside = template[start + 2 : end - 2].lstrip("{").strip()
        if len(inside) > 1 and inside[0] in "#^/":
            yield Token(inside[0], inside[1:].strip())
        else:
            *filters, name = inside.split(":")
            yield Token("field", name, tuple(reversed(filters)))
    if at < len(template):
        yield Token("text", template[at:])


def _fields(template: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where each `{{…}}` outside comments reaches."""
    in_vain: set[str] = set()  # signs that end nothing any more
    mark = _OPENING.search(template)
    while mark is not None:
        closing = _CLOSING[mark.group()]
        end = -1 if closing in in_vain else template.find(closing, mark.end())
        if end < 0:
            in_vain.add(closing)
            next_at = mark.start() + 1
        else:
            next_at = end + len(closing)
            if closing == "}}":
                yield mark.start(), next_at
        mark = _OPENING.search(template, next_at)


class Mistake(NamedTuple):
    """What Anki could not make of a template: a sentence, and the words that it is about."""

    message: str
    words: str


def mistake(template: str, fields: AbstractSet[str]) -> Mistake | None:
    """Return the first mistake in a card template for notes with these fields, if there is one."""
    open_: list[str] = []
    known = fields | SPECIAL | {"Tags"}
    for mark, name, filters in tokens(template):
        if mark == "text":
            continue
        if mark == "/":
            if not open_ or open_.pop() != name:
                return Mistake(f"`{{{{/{name}}}}}` closes nothing", name)
        elif mark == "field":
            if name not in known | {FRONT_SIDE}:
                hint = ": no blank may stand before it" if name.strip() in known else ""
                return Mistake(f"there is no field `{name}`{hint}", name)
            for filter_ in _unknown(filters):
                return Mistake(f"Anki has no filter `{filter_}`", f"{filter_}:")
        elif name not in known and not _CLOZE_SECTION.fullmatch(name):
            return Mistake(f"there is no field `{name}`", name)
        else:
            open_.append(name)
    if open_:
        return Mistake(f"`{open_[-1]}` is not closed: `{{{{/{open_[-1]}}}}}` is missing", open_[-1])
    return None


def _unknown(filters: tuple[str, ...]) -> Iterator[str]:
    if filters in (("cloze", "type"), ("nc", "type")):
        return
    for name in filters:
        if name not in _FILTERS and not name.startswith("tts "):
            yield name


# `&nbsp;` is something
_BLANK_HTML = re.compile(r"(?i)(?:[\t-\r ]|</?(?:br|div) ?/?>)*")


def filled(fields: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the fields that Anki does not take for empty; `fields` by Anki name, as HTML."""
    return frozenset(name for name, html in fields.items() if html and not _BLANK_HTML.fullmatch(html))
