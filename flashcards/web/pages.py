"""The page of one card's side: what Anki makes of its HTML in a browser, without a script.

Where Anki has MathJax, a player and a box for typing, the page has MathML, `<audio>` and `<input>`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape, unescape
from importlib.resources import files
from typing import Literal
from urllib.parse import quote
from xml.etree.ElementTree import tostring

from flashcards.cards.rendering import Speech, render
from flashcards.cards.sides import CardSides
from flashcards.languages.maths.latex import MathsError, mathml

SideName = Literal["question", "answer"]


def card_page(
    shown: CardSides,
    side: SideName,
    *,
    ordinal: int,
    fields: Mapping[str, str],
    language: str = "en",
    night: bool = False,
) -> str:
    """Return the HTML page of a side. `fields` are the note's, as HTML by Anki name. The page asks for
    files in `/media/`, and for nothing else."""
    one = shown.question if side == "question" else shown.answer
    html = with_maths(one.html)
    html = _with_players(html, {"q": shown.question.sounds, "a": shown.answer.sounds})
    html = _with_typing(html, side, fields, ordinal)
    classes = f"card card{ordinal + 1}{' nightMode night_mode' if night else ''}"
    return (
        f'<!doctype html>\n<html lang="{escape(language)}" class="anki{" night-mode" if night else ""}">\n'
        '<head><meta charset="utf-8"><base href="/media/"><title>Card</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_css_of_anki()}</style>\n<style>{shown.css}</style></head>\n"
        f'<body class="{classes}"><div id="qa">{html}</div></body>\n</html>\n'
    )


@cache
def _css_of_anki() -> str:
    return (files("flashcards.web") / "card.css").read_text(encoding="utf-8")


_PART = re.compile(
    # tags, above all of elements in which MathJax reads nothing; then the marks of formulas
    r"(?P<tag><(?:(?P<end>/?)(?P<name>pre|code|style|textarea|svg)\b)?[^<>]*>)"
    r"|(?P<open>\\[(\[])|(?P<close>\\[)\]])",
    re.IGNORECASE,
)
_CLOSES = {r"\(": r"\)", r"\[": r"\]"}


def with_maths(html: str) -> str:
    r"""Return HTML with MathML in the place of each formula between `\(` and `\)` or `\[` and `\]`."""
    return "".join(_with_maths(html))


def _with_maths(html: str) -> Iterator[str]:
    at = 0
    begun: re.Match[str] | None = None
    inside: str | None = None  # the element whose text is no maths
    for found in _PART.finditer(html):
        if found["tag"]:
            begun = None  # a formula is one stretch of text
            name = (found["name"] or "").lower()
            if found["end"] and name == inside:
                inside = None
            elif name and not found["end"] and inside is None:
                inside = name
        elif inside is not None:
            continue
        elif found["open"] and begun is None:
            begun = found
        elif begun is not None and found["close"] == _CLOSES[begun["open"]]:
            yield html[at : begun.start()]
            yield _mathml(unescape(html[begun.end() : found.start()]), begun["open"] == r"\[")
            at, begun = found.end(), None
    yield html[at:]


def _mathml(latex: str, display: bool) -> str:
    try:
        return tostring(mathml(latex.strip(), display), encoding="unicode")
    except MathsError as mistake:
        return f'<code class="not-maths" title="{escape(str(mistake))}">{escape(latex)}</code>'


_PLAY = re.compile(r"\[anki:play:([qa]):(\d{1,4})\]")


def _with_players(html: str, sounds: Mapping[str, Sequence[str | Speech]]) -> str:
    def player(found: re.Match[str]) -> str:
        number = int(found[2])
        of_side = sounds[found[1]]
        if number >= len(of_side):
            return found.group()
        sound = of_side[number]
        if isinstance(sound, Speech):
            return f'<span class="speech-mark">Speaks: {escape(sound.text)}</span>'
        return f'<audio controls preload="none" src="/media/{quote(sound, safe="")}"></audio>'

    return _PLAY.sub(player, html)


_TYPE = re.compile(r"\[\[type:((?:cloze:|nc:)?)([^\]]{1,200})\]\]")


def _with_typing(html: str, side: SideName, fields: Mapping[str, str], ordinal: int) -> str:
    def box(found: re.Match[str]) -> str:
        how, name = found[1], found[2]
        if name not in fields:
            return found.group()
        if side == "question":
            return '<input id="typeans" type="text" aria-label="Type the answer" autocomplete="off">'
        filter_ = "cloze-only" if how == "cloze:" else "text"
        # as if nothing had been typed: Anki then shows what is right
        _, expected = render("", f"{{{{text:{filter_}:{name}}}}}", fields, ordinal)
        return f'<code id="typeans">{escape(unescape(expected.html))}</code>'

    return _TYPE.sub(box, html)
