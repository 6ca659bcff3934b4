"""A tree → the HTML that goes into Anki, in which nothing of an author's text is a tag or a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from flashcards.languages import maths
from flashcards.languages.markup.code import highlight
from flashcards.languages.markup.tree import (
    ANKI_COMMAND,
    SAFE_URL,
    SOUND,
    Document,
    Element,
    defused_hint,
    defused_maths,
)

# What would become maths although the author wrote it as text
_LITERAL_MATHS = re.compile(r"\\(?=[(\[\])]|\Z)")
_LITERAL_CLOZE = re.compile(r"{{(?=c[0-9,])")
_LAST_IN_CLOZE = re.compile(r"[:}]\Z")  # would join the mark behind it

_HTML_TAGS = {
    "paragraph": "p",
    "emphasis": "em",
    "strong": "strong",
    "strikethrough": "s",
    "item": "li",
    "quote": "blockquote",
}


def to_html(document: Document, media: Mapping[str, str] | None = None) -> str:
    """Render a field as the HTML that goes into Anki. `media` maps picture and sound files to their names in
    the package."""
    root = document.root
    if len(root.children) == 1 and type(root.children[0]) is Element and root.children[0].name == "paragraph":
        root = root.children[0]  # one paragraph needs no <p>
    return _html(root.children, media or {}, False)


def _html(children: Iterable[Element | str], media: Mapping[str, str], in_cloze: bool) -> str:
    return "".join(
        [
            _html_text(child, in_cloze) if isinstance(child, str) else _html_element(child, media, in_cloze)
            for child in children
        ]
    )


def _html_text(text: str, in_cloze: bool) -> str:
    return _defuse(escape(text, quote=False), in_cloze)


def _defuse(html: str, in_cloze: bool) -> str:
    """Write what Anki would take for a command so that it is text. Elements always put tags between two
    texts."""
    if "[" in html:
        html = ANKI_COMMAND.sub("&#91;", html)
    if "\\" in html:
        html = _LITERAL_MATHS.sub(r"\\<span></span>", html)
    if "{{c" in html:
        html = _LITERAL_CLOZE.sub("{&#123;", html)
    return html.replace("::", ":&#58;").replace("}}", "}&#125;") if in_cloze else html


def _attribute(text: str, in_cloze: bool) -> str:
    return _defuse(escape(text).replace("\\", "&#92;"), in_cloze)


def _html_element(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    name, attrs = element.name, element.attrs
    if (tag := _HTML_TAGS.get(name)) is not None:
        return f"<{tag}>{_html(element.children, media, in_cloze)}</{tag}>"
    if name == "maths":
        latex = "".join(_maths_part(c, in_cloze) for c in _maths_for_anki(element).children).strip()
        return defused_maths(f"\\[{latex}\\]" if attrs["display"] else f"\\({latex}\\)")
    if name == "cloze":
        inner = _html(element.children, media, True)
        if element.children and type(element.children[-1]) is str:
            inner = _LAST_IN_CLOZE.sub(_entity, inner)
        hint = "".join(
            _html_text(p, True) if isinstance(p, str) else _html_element(p, media, True)
            for p in attrs["hint_parts"] or ()
        )
        return _cloze_mark(attrs, inner, defused_hint(hint))
    if name == "image":
        return _html_media(element, media, in_cloze)
    if name == "code_block":
        return _html_code(element, media, in_cloze)
    inner = _html(element.children, media, in_cloze)
    if name == "code":
        return f"<code>{inner}</code>"
    if name == "link":
        url = attrs["url"]
        return (
            f'<a href="{_attribute(url, in_cloze)}">{inner}</a>'
            if SAFE_URL.match(url)
            else f"<span>{inner}</span>"
        )
    if name == "list":
        start = attrs["start"]
        if start is None:
            return f"<ul>{inner}</ul>"
        return f"<ol>{inner}</ol>" if start == 1 else f'<ol start="{start}">{inner}</ol>'
    if name == "table":
        return _html_table(element, media, in_cloze)
    if name == "heading":
        return f"<p><strong>{inner}</strong></p>"
    return {"break": "<br>", "rule": "<hr>"}.get(name, inner)


def _entity(character: re.Match[str]) -> str:
    return f"&#{ord(character.group())};"


def _cloze_mark(attrs: Mapping[str, Any], inner: str, hint: str) -> str:
    numbers = ",".join(map(str, attrs["numbers"]))
    tail = "" if attrs["hint"] is None else f"::{hint}"
    return f"{{{{c{numbers}::{inner}{tail}}}}}"


_OPEN, _CLOSE = "\ue000", "\ue001"  # no text has these


def _maths_for_anki(element: Element) -> Element:
    """Return a formula as Anki's MathJax reads it: translated as a whole, for a deletion may begin inside the
    braces of a command."""
    pieces: list[str] = []
    deletions: list[Element] = []

    def flatten(children: Iterable[Element | str]) -> None:
        for child in children:
            if isinstance(child, str):
                pieces.append(child)
            else:
                deletions.append(child)
                pieces.append(_OPEN)
                flatten(child.children)
                pieces.append(_CLOSE)

    flatten(element.children)
    stack = [Element("maths")]
    deletion = iter(deletions)
    for part in re.split(f"([{_OPEN}{_CLOSE}])", maths.for_anki("".join(pieces))):
        if part == _OPEN:
            stack.append(Element("cloze", [], next(deletion).attrs))
            stack[-2].children.append(stack[-1])
        elif part == _CLOSE:
            stack.pop()
        else:
            stack[-1].add_text(part)
    return stack[0]


def _maths_part(child: Element | str, in_cloze: bool) -> str:
    if isinstance(child, str):
        if in_cloze:  # blanks and empty groups are nothing to LaTeX
            child = re.sub("}(?=})", "} ", re.sub(":(?=:)", ":{}", child))
        return escape(child, quote=False)
    inner = "".join(_maths_part(c, True) for c in child.children)
    hint_parts = child.attrs["hint_parts"] or ()
    hint = "".join(_maths_part(maths.for_anki(p) if isinstance(p, str) else p, True) for p in hint_parts)
    if hint.endswith("}"):
        hint += " "
    if inner.endswith((":", "}")) and type(child.children[-1]) is str:
        inner += " "  # would join the mark behind it
    return _cloze_mark(child.attrs, inner, hint)


def _html_media(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    name = media.get(element.attrs["url"])
    if name is None:
        return f"<span>{_html_text(element.text, in_cloze)}</span>"
    if SOUND.search(name):
        return f"[sound:{name}]"
    return f'<img src="{escape(name)}" alt="{_attribute(element.text, in_cloze)}">'


def _html_table(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    def row(cells: Element, tag: str) -> str:
        html = ""
        for align, cell in zip(element.attrs["aligns"], cells.children, strict=False):
            style = "" if align == "none" else f' style="text-align: {align}"'
            html += f"<{tag}{style}>{_html(cell.children, media, in_cloze)}</{tag}>"  # type: ignore[union-attr]
        return f"<tr>{html}</tr>"

    head, *rows = element.children
    body = "".join(row(r, "td") for r in rows)  # type: ignore[arg-type]
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"  # type: ignore[arg-type]


def _html_code(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    language = element.attrs["language"]
    code = element.text.rstrip("\n")
    plain = all(type(child) is str for child in element.children)
    if plain and language and (tokens := highlight(code, language)):
        parts = ((css, escape(text, quote=False)) for css, text in tokens)
        html = _defuse(
            "".join(f'<span class="{css}">{part}</span>' if css else part for css, part in parts), in_cloze
        )
    else:
        html = _html(element.children, media, in_cloze).rstrip("\n")
    return f"<pre><code>{html}</code></pre>"
