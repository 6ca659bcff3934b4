"""The words of a text without its markup, and their stems, which are those of English."""

from __future__ import annotations

import re
from functools import lru_cache

from flashcards.languages import markup

_REMEMBERED = 16_384  # texts: one rule after another asks for those of all notes
_WORD = re.compile(r"[^\W_]+(?:[’'.,:/+-][^\W_]+)*")


_BLOCKS = frozenset(
    {"paragraph", "heading", "item", "cell", "break", "code_block"}
)  # no word goes on behind their end


_NO_CONTENT = """
    a an and are as at be but by can do does did for from had has have how if in into is it its may more
    most must no nor not of on one only or our out so some such than that the their them then there
    these they this those to two was were what when where which while who why will with would you your
    after before between each because also about over under any all first second new same other another
    much many very per use used uses make makes made get gets give gives say says
"""


_STOP = frozenset(_NO_CONTENT.split())


_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s")


FORMULA = " Formula "  # what stands for one in plain text


def plain_text(element: markup.Element) -> str:
    """Return the text below an element; a formula counts as one word."""
    if element.name == "maths":
        return FORMULA
    parts: list[str] = [child if isinstance(child, str) else plain_text(child) for child in element.children]
    return "".join(parts) + (" " if element.name in _BLOCKS else "")


@lru_cache(_REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a plain text; `10,000` and `train-serve` are one each."""
    return tuple(_WORD.findall(text))


@lru_cache(_REMEMBERED)
def stems(text: str) -> tuple[str, ...]:
    """Return the content words of a plain English text, in order, roughly cut to their stems, so that two
    texts can share one."""
    lower = (word.lower() for word in words(text))
    telling = (word for word in lower if len(word) > 2 and word not in _STOP and not word[0].isdecimal())
    return tuple(map(_stem, telling))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
