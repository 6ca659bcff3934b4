"""In which direction texts and languages run."""

from __future__ import annotations

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
