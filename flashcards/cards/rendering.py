"""A card's two sides as Anki makes them from its template and its note's fields, without Anki.

Source: Anki's `rslib/src/template.rs`, `template_filters.rs` and `cloze.rs`; the tests hold that the real
engine gives the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple
from zlib import crc32

from flashcards.cards.anki_templates import FRONT_SIDE, filled, tokens
from flashcards.languages import cloze


class Speech(NamedTuple):
    """Text that a learner's device speaks, for `{{tts …}}`."""

    options: str  # as they stand in the template: a language, voices, a speed
    text: str


class Side(NamedTuple):
    """One side of a card."""

    html: str  # with `[anki:play:q:0]` where a sound plays, `q` or `a` for the side, and `[[type:Field]]`
    sounds: tuple[str | Speech, ...]  # in their order: file names, or what is spoken


def render(front: str, back: str, fields: Mapping[str, str], ordinal: int) -> tuple[Side, Side]:
    """Return the question and the answer that a card's templates give.

    `fields` are the note's fields by Anki name, as HTML, with the special ones (`Tags`, `Deck`, …); `ordinal`
    is the card's, from 0, which for a cloze note is the number less one. The templates must be without a
    mistake."""
    question = _with_sounds(_filled_in(front, fields, ordinal, question=True), "q")
    with_front = {**fields, FRONT_SIDE: ""}
    back_html = _filled_in(back, with_front, ordinal, question=False, front_side=question.html)
    return question, _with_sounds(back_html, "a")


def _filled_in(
    template: str, fields: Mapping[str, str], ordinal: int, *, question: bool, front_side: str = ""
) -> str:
    shown = {*filled(fields), f"c{ordinal + 1}"}
    parts: list[str] = []
    hidden: list[bool] = []
    for mark, name, filters in tokens(template):
        if mark in ("#", "^"):
            hidden.append((name in shown) == (mark == "^"))
        elif mark == "/":
            hidden.pop()
        elif any(hidden):
            continue
        elif mark == "text":
            parts.append(name)
        elif name == FRONT_SIDE:
            parts.append(front_side)  # filters do nothing to it
        else:
            parts.append(_filtered(fields[name], name, filters, ordinal, question=question))
    return "".join(parts)


def _filtered(html: str, field: str, filters: tuple[str, ...], ordinal: int, *, question: bool) -> str:
    if filters == ("cloze", "type"):
        return f"[[type:cloze:{field}]]"
    if filters == ("nc", "type"):
        return f"[[type:nc:{field}]]"
    for name in filters:
        match name:
            case "text":
                html = plain_text(html)
            case "furigana":
                html = _ruby(html, "<ruby><rb>{0}</rb><rt>{1}</rt></ruby>")
            case "kanji":
                html = _ruby(html, "{0}")
            case "kana":
                html = _ruby(html, "{1}")
            case "type":
                html = f"[[type:{field}]]"
            case "hint":
                html = _hint(html, field)
            case "cloze":
                html = _reveal(html, ordinal + 1, question=question)
            case "cloze-only":
                html = _revealed_alone(html, ordinal + 1, question=question)
            case _ if name.startswith("tts "):
                html = f"[anki:tts lang={name.removeprefix('tts ')}]{html}[/anki:tts]"
    return html


def _without_tags(html: str) -> str:
    """Return HTML without its tags and comments, and without all that is in styles and scripts."""
    parts: list[str] = []
    ends = {name: _last_end(name, html) for name in ("style", "script")}
    last_comment, last_tag = html.rfind("-->"), html.rfind(">")
    at = 0
    while (start := html.find("<", at)) >= 0 and start < last_tag:
        parts.append(html[at:start])
        at = html.find(">", start) + 1
        if html.startswith("<!--", start) and start + 4 <= last_comment:
            at = html.find("-->", start + 4) + 3
        elif (opened := _HIDDEN.match(html, start)) and at <= ends[opened[1].lower()][0]:
            closed = ends[opened[1].lower()][1].search(html, at)
            at = closed.end() if closed else at
    return "".join([*parts, html[at:]])


_HIDDEN = re.compile("(?i)<(style|script)")
_CLOSED = {name: re.compile(f"(?i)</{name}>") for name in ("style", "script")}


def _last_end(name: str, html: str) -> tuple[int, re.Pattern[str]]:
    """Return where the last closing tag of this name begins, -1 if there is none, and what finds one."""
    return max((found.start() for found in _CLOSED[name].finditer(html)), default=-1), _CLOSED[name]


def plain_text(html: str) -> str:
    """Return the text of HTML without its tags, as Anki's filter `text` does."""
    return _decoded(_without_tags(html))


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,32});")


def _decoded(html: str) -> str:
    """Return HTML without entities; as it is if any `&` begins none, as Anki does."""
    if "&" not in html or "&" in _ENTITY.sub("", html):
        return html
    return unescape(html).replace("\xa0", " ")


def _ruby(html: str, replacement: str) -> str:
    """Write readings, as in ` 日本[にほん]`, in another form; `sound:` begins none. A word goes from
    a blank or `>` to its bracket, and no reading goes over the end of a line."""
    html = html.replace("&nbsp;", " ")
    parts: list[str] = []
    at = begin = 0  # where what is not written yet begins, and where the word before a bracket does
    line_end = closed = -1
    bracket = html.find("[")
    while bracket >= 0:
        begin = max(begin, html.rfind(" ", begin, bracket) + 1, html.rfind(">", begin, bracket) + 1)
        if line_end <= bracket:
            line_end = html.find("\n", bracket)
            line_end = len(html) if line_end < 0 else line_end
        if closed < bracket + 2:
            closed = html.find("]", bracket + 2, line_end)
            closed = line_end if closed < 0 else closed
        if begin < bracket and closed < line_end:
            word, reading = html[begin:bracket], html[bracket + 1 : closed]
            blank = begin > at and html[begin - 1] == " "
            if reading.startswith("sound:"):
                parts.append(html[at : closed + 1])
            else:
                parts += [html[at : begin - blank], replacement.format(word, reading)]
            at = begin = closed + 1
            bracket = html.find("[", at)
        else:
            bracket = html.find("[", bracket + 1)
    return "".join([*parts, html[at:]])


def _hint(html: str, field: str) -> str:
    """Return a hint that opens without a script: Anki has a link with `onclick` in its place."""
    if not html.strip():
        return html
    return f"<details class=hint id=hint{crc32(html.encode()):x}><summary>{field}</summary>{html}</details>"


class _Deletion:
    """An open cloze deletion: its numbers, its parts, and its hint once one has begun."""

    def __init__(self, numbers: tuple[int, ...]):
        self.numbers = numbers
        self.parts: list[str | _Deletion] = []
        self.hint: str | None = None


def _parse(html: str) -> list[str | _Deletion]:
    outermost: list[str | _Deletion] = []
    open_: list[_Deletion] = []

    def text(words: str) -> None:
        if not open_:
            outermost.append(words)
            return
        deletion = open_[-1]
        if "::" in words:
            words, _, deletion.hint = words.partition("::")
        deletion.parts.append(words)

    at = 0
    for mark in cloze.MARK.finditer(html):
        numbers = cloze.numbers(mark.group())
        if mark.group() != "}}" and not numbers:
            continue  # plain text
        if mark.start() > at:
            text(html[at : mark.start()])
        at = mark.end()
        if mark.group() != "}}":
            if len(open_) < cloze.MAX_DEPTH:
                open_.append(_Deletion(numbers))
        elif open_:
            closed = open_.pop()
            (open_[-1].parts if open_ else outermost).append(closed)
        else:
            outermost.append("}}")
    if at < len(html):
        text(html[at:])
    return outermost


def _reveal(html: str, number: int, *, question: bool) -> str:
    """Return a cloze text with the deletions of this number hidden, or marked on the answer; empty where
    there is none of that number."""
    parts = _parse(html)
    if not any(number in deletion.numbers for deletion in _deletions(parts)):
        return ""
    return _without_tags_in_maths("".join(_shown(part, number, question) for part in parts))


def _deletions(parts: list[str | _Deletion]) -> list[_Deletion]:
    found = []
    for part in parts:
        if isinstance(part, _Deletion):
            found += [part, *_deletions(part.parts)]
    return found


def _shown(part: str | _Deletion, number: int, question: bool) -> str:
    if isinstance(part, str):
        return part
    numbers = ",".join(map(str, part.numbers))
    if number not in part.numbers:
        inner = "".join(_shown(inner, number, question) for inner in part.parts)
        return f'<span class="cloze-inactive" data-ordinal="{numbers}">{inner}</span>'
    if question:
        return f'<span class="cloze" data-ordinal="{numbers}">[{part.hint or "..."}]</span>'
    inner = "".join(_shown(inner, number, question) for inner in part.parts)
    return f'<span class="cloze" data-ordinal="{numbers}">{inner}</span>'


def _revealed_alone(html: str, number: int, *, question: bool) -> str:
    """Return only the answers of this number, or their hints on the question, with commas between."""
    found = [deletion for deletion in _deletions(_parse(html)) if number in deletion.numbers]
    if question:
        return ", ".join(deletion.hint or "..." for deletion in found)
    return ", ".join(_plain(deletion) for deletion in found)


def _plain(part: str | _Deletion) -> str:
    return part if isinstance(part, str) else "".join(map(_plain, part.parts))


_MATHS = re.compile(r"(?is)(\\[(\[])(.*?)(\\[\])])")


def _without_tags_in_maths(html: str) -> str:
    end = max(html.rfind("\\)"), html.rfind("\\]"))  # behind it no formula ends
    maths = _MATHS.sub(lambda match: match[1] + _without_tags(match[2]) + match[3], html[: end + 2])
    return maths + html[end + 2 :] if end >= 0 else html


_SOUND = re.compile(r"(?s)\[sound:([^\]]+)\]|\[anki:tts lang=([^\]]*)\]((?:(?!\[anki:tts ).)*?)\[/anki:tts\]")
# Tags between which a voice pauses
_BREAK = re.compile(
    r"(?is)</?(?:br|address|article|aside|blockquote|canvas|dd|div|dl|dt|fieldset|figcaption|figure|footer|form"
    r"|h[1-6]|header|hr|li|main|nav|noscript|ol|output|p|pre|section|table|tfoot|ul|video)\b.*?>"
)


def _with_sounds(html: str, side: str) -> Side:
    """Take the sounds out of a side, with the mark that Anki leaves in the place of each."""
    sounds: list[str | Speech] = []

    def mark(match: re.Match[str]) -> str:
        spoken = None if match[1] is not None else Speech(match[2], plain_text(_BREAK.sub(" ", match[3])))
        sounds.append(spoken or _decoded(match[1]).rpartition("/")[2])
        return f"[anki:play:{side}:{len(sounds) - 1}]"

    end = html.rfind("]") + 1  # behind it no mark ends
    html = _SOUND.sub(mark, html[:end]) + html[end:]
    return Side(html, tuple(sounds))
