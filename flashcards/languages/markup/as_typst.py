"""A tree → Typst for print, in which an author's text is string literals and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flashcards.languages import maths
from flashcards.languages.markup.code import highlight
from flashcards.languages.markup.tree import SAFE_URL, SOUND, Document, Element


class Typst:
    """Typst markup that is safe to emit. Deliberately no `str`, without `+`, `%`, `format` or `join`: a
    template that tries to mix it with text fails instead of letting text through."""

    __slots__ = ("source",)

    def __init__(self, source: str):
        self.source = source

    def __repr__(self) -> str:
        return f"Typst({self.source!r})"


_LONG_WORD = re.compile(r"[^\s\u200b]{13,}")
_BREAK_AFTER = re.compile(r"(?:[/\\;:?&=_@#%+(\[{)\]}|–—-]|(?<!\d)[.,]|[.,](?!\d))(?=[^\s\u200b])")
_LONG_RUN = re.compile(r"[^\W_]{25,}")
_TYPST_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def typst_string(text: str) -> str:
    """Return `text` as a Typst string literal: the only way in which text enters a document."""
    return '"' + _TYPST_CONTROL.sub(_typst_escape, text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _typst_escape(match: re.Match[str]) -> str:
    return "\\n" if match.group() == "\n" else f"\\u{{{ord(match.group()):x}}}"


def breakable(text: str) -> str:
    """Return `text` with zero-width spaces where a word that no column could hold may break: after
    punctuation, and every 12 letters in a run that hyphenation cannot be trusted with. Ordinary words and
    numbers are left alone."""
    return _LONG_WORD.sub(_break_word, text)


def _break_word(match: re.Match[str]) -> str:
    word = _BREAK_AFTER.sub("\\g<0>\u200b", match.group())
    return _LONG_RUN.sub(lambda run: re.sub(r".{12}(?=.)", "\\g<0>\u200b", run.group()), word)


def to_typst(document: Document, media: Mapping[str, str] | None = None) -> Typst:
    """Render a field as a Typst content block `[…]`. `media` maps pictures to file names below the document's
    root."""
    root = document.root
    if len(root.children) == 1 and type(root.children[0]) is Element and root.children[0].name == "paragraph":
        root = root.children[0]
    return Typst(_typst_block(_shallow(root, MAX_BLOCKS), media or {}))


MAX_BLOCKS = 8  # Typst sets some fifteen quotations in one another


def _shallow(element: Element, depth: int) -> Element:
    """Return a tree in which quotations, lists and tables lie in one another at most `depth` deep: what lies
    deeper becomes paragraphs."""
    children = element.children
    if not any(type(child) is Element and child.name in _BLOCKS for child in children):
        return element
    within = [
        child if isinstance(child, str) else _paragraphs(child) if depth == 0 and child.name in _NESTING else
        _shallow(child, depth - (child.name in _NESTING))
        for child in children
    ]  # fmt: skip
    return Element(element.name, within, element.attrs, element.start, element.end)


_NESTING = frozenset({"quote", "list", "table"})
_BLOCKS = _NESTING | {"item"}


def _paragraphs(block: Element) -> Element:
    """Return what is in a block as paragraphs, without any block in them."""
    whole = Element("paragraph")
    for child in block.children:
        if isinstance(child, str) or child.name not in (*_BLOCKS, "paragraph", "head", "row", "cell"):
            whole.children.append(child)
        else:
            whole.children += _paragraphs(child).children
            last = whole.children[-1] if whole.children else None
            if not isinstance(last, Element) or last.name != "break":
                whole.children.append(Element("break"))
    return whole


# What stands for a deletion: an element of its own in text, what these languages have for it in code and
# maths
_BLANKS = {"code": "____", "code_block": "____", "maths": r"\boxed{\phantom{00}}"}


def blanked(document: Document) -> Document:
    """Return a cloze field as the front of a paper card shows it: a blank, or its hint, in place of every
    deletion."""
    return Document(_blanked(document.root))


def _blanked(element: Element) -> Element:
    copy = Element(element.name, [], element.attrs, element.start, element.end)
    for child in element.children:
        if isinstance(child, str):
            copy.add_text(child)
        elif child.name != "cloze":
            copy.children.append(_blanked(child))
        elif (blank := _BLANKS.get(element.name)) is not None:
            copy.add_text(blank)
        else:
            copy.children.append(Element("blank", [*(child.attrs["hint_parts"] or ("",))]))
    return copy


def plain_typst(text: str) -> Typst:
    """Return text without markup as a Typst content block."""
    return Typst(f"[#{typst_string(breakable(text))}]")


def _typst_block(element: Element, media: Mapping[str, str]) -> str:
    parts = []
    for i, child in enumerate(element.children):
        if i and type(child) is Element and child.name == "paragraph":
            parts.append("#parbreak()")
        parts.append(_typst_child(child, media))
    return "[" + "".join(parts) + "]"


# Names of functions in `_layout/markup.typ`, which documents import as `md`
_TYPST_CALLS = {
    "emphasis": "emph",
    "strong": "strong",
    "strikethrough": "strike",
    "cloze": "md.cloze",
    "quote": "md.quotation",
    "heading": "md.lead",
}


def _typst_child(child: Element | str, media: Mapping[str, str]) -> str:
    if isinstance(child, str):
        return f"#{typst_string(breakable(child.replace(chr(10), ' ')))}"
    name, attrs = child.name, child.attrs
    if name in _TYPST_CALLS:
        return f"#{_TYPST_CALLS[name]}{_typst_block(child, media)}"
    if name == "code":
        return f"#md.code({typst_string(breakable(child.text))})"
    if name == "code_block":
        return f"#md.code-block({_typst_code(child)})"
    if name == "maths":
        return _typst_maths(child.text.strip(), attrs["display"])
    if name == "blank":
        if all(isinstance(part, str) for part in child.children):
            return f"#md.blank({typst_string(breakable(child.text))})"
        return f"#md.blank({_typst_block(child, media)})"
    if name == "link":
        body = _typst_block(child, media)
        return f"#link({typst_string(attrs['url'])}){body}" if SAFE_URL.match(attrs["url"]) else f"#{body}"
    if name == "image":
        file = media.get(attrs["url"])
        if file is None or SOUND.search(file):
            return f"#{typst_string(breakable(child.text.strip() or attrs['url']))}"
        return f"#md.picture({typst_string(file)}, {typst_string(child.text)})"
    if name == "list":
        items = ", ".join(_typst_block(item, media) for item in child.children)  # type: ignore[arg-type]
        return f"#md.bullets({items})" if attrs["start"] is None else f"#md.steps({attrs['start']}, {items})"
    if name == "table":
        head, *rows = child.children
        cells = ", ".join(_typst_block(c, media) for r in rows for c in r.children)  # type: ignore[union-attr, arg-type]
        heads = ", ".join(_typst_block(c, media) for c in head.children)  # type: ignore[union-attr, arg-type]
        aligns = ", ".join("auto" if align == "none" else align for align in attrs["aligns"])
        return f"#md.grid-table(({aligns},), ({heads},), {cells})"
    if name == "paragraph":
        return "".join(_typst_child(c, media) for c in child.children)
    return {"break": "#linebreak()", "rule": "#md.rule()"}.get(name) or f"#{_typst_block(child, media)}"


def _typst_maths(latex: str, display: bool) -> str:
    """A formula that cannot be set is shown as its source; `check` has said what is wrong with it."""
    kind, source = "true" if display else "false", typst_string(latex)
    try:
        return f"#md.maths({kind}, {source}, ${maths.to_typst(latex, display=display)}$)"
    except maths.MathsError:
        return f"#md.maths-source({kind}, {source})"


def _typst_code(element: Element) -> str:
    code = element.text.rstrip("\n")
    language = element.attrs["language"]
    tokens = (highlight(code, language) if language else None) or [("", code)]
    whole, at = breakable(code), 0  # a long word may be many tokens
    parts = []
    for css, text in tokens:
        start, left = at, len(text) - text.count("\u200b")
        while left or whole[at : at + 1] == "\u200b":
            left -= whole[at] != "\u200b"
            at += 1
        parts.append(f"({typst_string(css)}, {typst_string(whole[start:at])})")
    return f"{typst_string(code)}, ({', '.join(parts)},)"
