"""In which direction texts and languages run, and which letters print has no font for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import bidirectional

# Those that Typst sets from right to left
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "pa", "ps", "sd", "ug", "ur", "yi"})


def language_is_right_to_left(language: str) -> bool:
    """Tell whether a language, as `he` or `ar-EG`, is set from right to left."""
    return language.partition("-")[0].lower() in _RIGHT_TO_LEFT


def is_right_to_left(text: str) -> bool | None:
    """Tell in which direction a text runs, by its first letter that has one, as HTML's `dir="auto"` does;
    None if there is no such letter."""
    if text.isascii():
        return False if any(map(str.isalpha, text)) else None
    first = next((kind for kind in map(bidirectional, text) if kind in ("L", "R", "AL")), None)
    return None if first is None else first != "L"


class Script(NamedTuple):
    """Letters that no font has which comes with print, and a free font that has them."""

    name: str
    font: str


# By the letters: only what is missing as a whole, or nearly so
_WITHOUT_FONT = {
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af": Script("Korean", "Noto Serif CJK KR"),
    "\u2e80-\u2fdf\u3000-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff9f"
    "\U00020000-\U0003ffff": Script("Chinese and Japanese", "Noto Serif CJK SC"),
    "\u0e00-\u0e7f": Script("Thai", "Noto Serif Thai"),
    "\u0980-\u09ff": Script("Bengali", "Noto Serif Bengali"),
    "\u0a00-\u0a7f": Script("Gurmukhi", "Noto Serif Gurmukhi"),
    "\u0a80-\u0aff": Script("Gujarati", "Noto Serif Gujarati"),
    "\u0b80-\u0bff": Script("Tamil", "Noto Serif Tamil"),
    "\u0c00-\u0c7f": Script("Telugu", "Noto Serif Telugu"),
    "\u0c80-\u0cff": Script("Kannada", "Noto Serif Kannada"),
    "\u0d00-\u0d7f": Script("Malayalam", "Noto Serif Malayalam"),
    "\u0d80-\u0dff": Script("Sinhala", "Noto Serif Sinhala"),
    "\u0f00-\u0fff": Script("Tibetan", "Noto Serif Tibetan"),
    "\u1000-\u109f": Script("Burmese", "Noto Serif Myanmar"),
    "\u1200-\u137f": Script("Ethiopic", "Noto Serif Ethiopic"),
    "\u1780-\u17ff": Script("Khmer", "Noto Serif Khmer"),
    "\u26aa\u26ab\u26bd\u26be\u26d4\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797"
    "\U0001f1e6-\U0001f1ff\U0001f300-\U0001f6ff\U0001f900-\U0001faff": Script("emoji", "Noto Color Emoji"),
}
_LETTER_WITHOUT_FONT = re.compile("|".join(f"([{letters}])" for letters in _WITHOUT_FONT))
_SCRIPTS = tuple(_WITHOUT_FONT.values())


def letters_without_font(text: str) -> Iterator[tuple[int, Script]]:
    """Yield the place of each letter of a text for which print has no font of its own, and its script."""
    if not text.isascii():
        for found in _LETTER_WITHOUT_FONT.finditer(text):
            yield found.start(), _SCRIPTS[(found.lastindex or 1) - 1]
