"""MathML → Typst's maths: fixed tokens, escaped characters and string literals, nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple
from xml.etree.ElementTree import Element

from flashcards.languages.maths import mathjax
from flashcards.languages.maths.latex import MathsError, is_known, mathml, plain_mathml


class Mistake(NamedTuple):
    """What is wrong with a formula, and at which of its characters (from 0; its length if something is
    missing at the end)."""

    message: str
    offset: int
    hint: str | None = None
    is_of_print: bool = False  # Anki shows it; paper will have its LaTeX


def mistake(latex: str, display: bool = False) -> Mistake | None:
    """Return what Anki or paper would not show of a formula, or what must not be on a card; None if there is
    nothing."""
    return None if _is_surely_printable(latex, display) else _mistake(latex, display)


@lru_cache(maxsize=10_000)
def _mistake(latex: str, display: bool) -> Mistake | None:
    if refused := mathjax.refused(latex):
        return Mistake(*refused)
    try:
        to_typst(latex, display=display)
    except MathsError as error:
        return _beyond_print(latex, display) or Mistake(str(error), error.offset)
    if source := mathjax.shown_as_source(latex):
        return Mistake(*source)
    return None


def _beyond_print(latex: str, display: bool) -> Mistake | None:
    """Return what is wrong with a formula that holds what only MathJax knows; None if it holds nothing of the
    kind."""
    readable = mathjax.without_anki_only(latex)
    if readable is None:
        return None
    try:
        to_typst(readable, display=display)
    except MathsError as error:
        return Mistake(str(error), error.offset)
    for command, offset in mathjax.other_commands(latex):
        if not is_known(command):
            return Mistake(f"unknown command `{command}`", offset)
    if source := mathjax.shown_as_source(latex):
        return Mistake(*source)
    at = next(at for at, (old, new) in enumerate(zip(latex, readable, strict=True)) if old != new)
    found = re.compile(r"\\(?:begin\{[^}]*\}|[A-Za-z]+)").match(latex, at)
    return Mistake(f"print cannot set `{found.group() if found else latex[at]}`", at, is_of_print=True)


def to_typst(latex: str, *, display: bool) -> str:
    """Return a formula as the body of a Typst equation: one line, without the dollar signs. Raises
    `MathsError`.

    The body is safe between the dollar signs of an equation and nowhere else. With `display` for `block`, a
    caller writes

        math.equation(block: true, alt: "<the LaTeX as a string literal>", $<body>$.body)
    """
    return _typst(mathml(latex, display))


_CHANCERY, _ROUNDHAND = "\ufe00", "\ufe01"  # variation selectors: `\mathcal`, `\mathscr`


_APPLY, _TIMES, _NO_DELIMITER = (
    "\u2061",
    "\u2062",
    "\u2063",
)  # invisible operators; the last is the `.` of `\left.`


_INTEGRALS = frozenset("∫∬∭⨌∮∯∰")


_LARGE = frozenset("∏∐∑⋀⋁⋂⋃⨀⨁⨂⨃⨄⨅⨆") | _INTEGRALS


_CLASSES = {  # spaces on the left and right → Typst's class of the same
    ("0", "0"): "normal", ("0.1667em", "0.1667em"): "large",
    ("0.2222em", "0.2222em"): "binary", ("0.2778em", "0.2778em"): "relation",
}  # fmt: skip


_SIZES = {"0": "inline", "1": "script", "2": "sscript"}


_FONTS = {"b": "bold", "i": "italic", "em": "italic", "code": "mono", "u": "underline"}


_ACCENTS = {
    "ˆ": "hat",
    "\u0302": "hat",
    "˜": "tilde",
    "~": "tilde",
    "¯": "macron",
    "\u20d7": "arrow",
    "→": "arrow",
    "←": "arrow.l",
    "↔": "arrow.l.r",
    "˙": "dot",
    "¨": "dot.double",
    "\u20db": "dot.triple",
    "\u20dc": "dot.quad",
    "ˇ": "caron",
    "˘": "breve",
    "´": "acute",
    "`": "grave",
    "˚": "circle",
}


_ACCENTS_BELOW = {"→": r'"\u{20ef}"', "←": r'"\u{20ee}"', "~": r'"\u{330}"'}  # combining characters


_SPANS = {
    "⏞": "overbrace",
    "⏟": "underbrace",
    "⎴": "overbracket",
    "⎵": "underbracket",
    "⏜": "overparen",
    "⏝": "underparen",
}


_STRIKES = {
    "updiagonalstrike": "",
    "downdiagonalstrike": ", inverted: #true",
    "updiagonalstrike downdiagonalstrike": ", cross: #true",
}


_LIMITS = ("munder", "mover", "munderover")


_SCRIPTS = {
    "msub": "b",
    "msup": "t",
    "msubsup": "bt",
    "munder": "b",
    "mover": "t",
    "munderover": "bt",
}  # Typst's places


def _typst(element: Element) -> str:
    """Return an element as Typst maths; an empty text for what shows nothing."""
    writer = _WRITERS.get(element.tag)
    if writer is None:
        raise MathsError(f"MathML's <{element.tag}> cannot be printed")
    return writer(element) or '""'


def _string(text: str) -> str:
    """Return text as a Typst string literal."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text) + '"'


def _character(c: str) -> str:
    """Return one character. Behind a backslash none is an operator, a delimiter that grows, or code."""
    if c.isascii() and c.isalnum():
        return c
    return f"\\{c}" if c.isprintable() and not c.isspace() else _string(c)


def _em(length: str | None) -> float:
    """Return a length in em. Absolute lengths come in rem, of TeX's 10 points, and scale with the text like
    all others."""
    number = re.search(r"-?[0-9]*\.?[0-9]+", length or "0")
    return float(number.group()) if number else 0.0


def _space(em: float) -> str:
    return f"#h({em:.3f}em)" if em else ""


def _join(parts: Iterable[str]) -> str:
    """Put parts together, with spaces only where letters would become a name: beside text Typst shows a
    space."""
    joined = ""
    for part in parts:
        joined += f" {part}" if joined[-1:].isalnum() and part[:1].isalnum() else part
    return joined


def _row(elements: Iterable[Element]) -> str:
    """Return elements side by side, never nothing: an argument of a Typst function must be there."""
    row: list[Element] = []
    for element in elements:
        if element.tag == "mspace" and row and row[-1].tag == "mspace":  # Typst may take only one of several
            row[-1] = Element("mspace", width=f"{_width(row[-1]) + _width(element):.4f}em")
        elif element.attrib or (element.tag != "mspace" and element.text != _APPLY):
            row.append(element)
    parts = []
    for i, element in enumerate(row):
        if element.tag != "mspace":
            parts.append(_typst(element))
            continue
        # Typst drops an operator's own space beside an explicit one, TeX adds them up: an empty text keeps
        # them apart.
        parts += ['""' for mo in row[i - 1 : i] if mo.tag == "mo" and mo.get("rspace") != "0"]
        parts.append(_typst(element))
        parts += ['""' for mo in row[i + 1 : i + 2] if mo.tag == "mo" and mo.get("lspace") != "0"]
    return _join(parts) or '""'


def _mrow(element: Element) -> str:
    row = [child for child in element if child.tag != "mspace" or child.attrib]
    if len(row) == 3 and _is_long_arrow(row[1]):
        return _typst(row[1])  # the spaces beside it are those of a relation, which Typst sets
    if len(row) > 1 and _is_fence(row[0]) and _is_fence(row[-1]):
        body = f"lr({_join([_fence(row[0], 'opening'), _row(row[1:-1]), _fence(row[-1], 'closing')])})"
    else:
        body = _row(row)
    return _styled(element, body)


def _is_fence(element: Element) -> bool:
    r"""Whether an element is what `\left` or `\right` makes; other delimiters do not stretch, or have a
    size."""
    text = element.text or ""
    if element.tag != "mo" or len(text) != 1 or element.get("stretchy") == "false" or element.get("minsize"):
        return False
    return (
        element.get("stretchy") == "true"
        or text in f"|‖↑↓↕⇑⇓⇕{_NO_DELIMITER}"
        or unicodedata.category(text) in ("Ps", "Pe")
    )


def _fence(element: Element, kind: str) -> str:
    text = element.text or ""
    # An empty text for `.`, or Typst would stretch the delimiter next to it.
    return '""' if text == _NO_DELIMITER else f'class("{kind}", {_character(text)})'


def _styled(element: Element, body: str) -> str:
    """Put the size and the colour that an element asks for around its body."""
    if display := element.get("displaystyle"):
        size = "display" if display == "true" else _SIZES[element.get("scriptlevel", "0")]
        body = f"{size}({body})"
    if colour := re.match(r"color:(#[0-9A-F]{6});", element.get("style", "")):
        body = f'text(fill: #rgb("{colour[1]}"), {body})'
    return body


def _mi(element: Element) -> str:
    text = element.text or ""
    for selector, alphabet in ((_CHANCERY, "cal"), (_ROUNDHAND, "scr")):
        letters = unicodedata.normalize("NFKC", text.replace(selector, ""))
        if selector in text and letters.isascii():
            return f"{alphabet}({_string(letters)})"
    text = text.replace(_CHANCERY, "")
    if len(text) != 1:
        return _string(text)
    if element.get("mathvariant") == "normal":
        return f"upright({_character(text)})"
    if "Α" <= text <= "Ω":
        return (
            f"italic({_character(text)})"  # `\varGamma`; Typst, like TeX, sets capital Greek letters upright
        )
    if text == ":":
        return f'class("punctuation", {_character(text)})'  # `\colon`
    return _character(text) if text.isalnum() else f'class("normal", {_character(text)})'


def _mn(element: Element) -> str:
    text = element.text or ""
    return text if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) else _string(text)


def _mo(element: Element) -> str:
    text = (element.text or "").replace(_CHANCERY, "")
    if text in ("", _APPLY, _TIMES, _NO_DELIMITER):
        return _space(_em(element.get("lspace")))
    if len(text) > 1:  # the name of a function
        return _space(_em(element.get("lspace"))) + _string(text) + _space(_em(element.get("rspace")))
    if text in ".·":  # one of the three of `\dots`
        return f'class("normal", {_character(text)}){_space(0.167)}'
    sign = _character(text)
    if size := re.fullmatch(r"[0-9.]+em", element.get("minsize", "")):
        sign = f"lr({sign}, size: #{size.group()})"
    elif element.get("stretchy") == "true":
        sign = f"mid({sign})"
    kind = _class(element, text)
    return f'class("{kind}", {sign})' if kind else sign


def _class(element: Element, text: str) -> str | None:
    """Return the class that gives a sign the spaces that math-core wants; None where Typst knows better or as
    well."""
    spaces = (element.get("lspace", ""), element.get("rspace", ""))
    if text in _LARGE:
        return None
    if text in "|‖" and (form := element.get("form")):
        return {"prefix": "opening", "infix": "relation", "postfix": "closing"}[form]
    if text == "\\" or (text == "," and spaces[1] == "0"):  # `\backslash`, `1{,}000`
        return "normal"
    if spaces in _CLASSES:
        return _CLASSES[spaces]
    return (
        {"Ps": "opening", "Pe": "closing"}.get(unicodedata.category(text)) if element.get("minsize") else None
    )


def _mtext(element: Element) -> str:
    """Text: literals, and elements of HTML for fonts."""
    parts = [_text(element.text)]
    for child in element:
        font = "sans" if "sans-serif" in child.get("class", "") else _FONTS.get(child.tag)
        body = _mtext(child) or '""'
        parts += [f"{font}({body})" if font else body, _text(child.tail)]
    return "".join(parts)


def _text(text: str | None) -> str:
    return _string(text.replace("\u00a0", " ")) if text else ""  # MathML would collapse a plain space


def _mspace(element: Element) -> str:
    return _space(_width(element))


def _width(space: Element) -> float:
    return _em(space.get("width") or space.get("style"))  # negative ones are a margin


def _mfrac(element: Element) -> str:
    above, below = map(_typst, element)
    bare = element.get("linethickness") == "0"  # `\binom`, which has its parentheses around it
    return _styled(
        element, f"mat(delim: #none, row-gap: #0em, {above}; {below})" if bare else f"frac({above}, {below})"
    )


def _msqrt(element: Element) -> str:
    return f"sqrt({_row(element)})"


def _mroot(element: Element) -> str:
    return f"root({_typst(element[1])}, {_typst(element[0])})"


def _attach(body: str, places: Iterable[str], scripts: Iterable[Element]) -> str:
    placed = [f", {place}: {_typst(script)}" for place, script in zip(places, scripts, strict=True)]
    return f"attach({body}{''.join(placed)})"


def _beside(element: Element) -> str:
    """`msub`, `msup`, `msubsup`: scripts beside the base. Typst would put them above and below some
    operators."""
    base, *scripts = element
    body = f"scripts({_typst(base)})" if base.tag == "mo" else _typst(base)
    return _attach(body, _SCRIPTS[element.tag], scripts)


def _above(element: Element) -> str:
    """`munder`, `mover`, `munderover`: scripts above and below the base, accents, braces, arrows as long as
    their text."""
    base, *scripts = element
    if element.get("accent") or element.get("accentunder"):
        return _accent(element, base, scripts[0])
    body = _typst(base)
    if _is_long_arrow(element):
        return _attach(
            f"stretch({body}, size: #(100% + 0.3em))", _SCRIPTS[element.tag], [text for text, _ in scripts]
        )
    if base.text not in _LARGE - _INTEGRALS or base.get("movablelimits") == "false":
        body = f"limits({body})"  # the others have theirs above and below in displays only
    return _attach(body, _SCRIPTS[element.tag], scripts)


def _is_long_arrow(element: Element) -> bool:
    r"""Whether an element is `\xrightarrow` or the like: math-core puts its least length below or above its
    texts."""
    return element.tag in _LIMITS and all(
        len(mark) == 2 and mark[1].get("width") == "3.5em" for mark in element[1:]
    )


def _accent(element: Element, base: Element, mark: Element) -> str:
    body, sign, over = _typst(base), mark.text or "", element.tag == "mover"
    if sign == "\u0332":
        return f"{'over' if over else 'under'}line({body})"
    if sign in _SPANS:
        return f"{_SPANS[sign]}({body})"
    if accent := (_ACCENTS if over else _ACCENTS_BELOW).get(sign):
        return f"accent({body}, {accent}{', size: #0%' if mark.get('stretchy') == 'false' else ''})"
    return _attach(f"limits({body})", _SCRIPTS[element.tag], [mark])


def _mmultiscripts(element: Element) -> str:
    base, *after, _, below, above = element  # `_` is <mprescripts/>; what follows it stands before the base
    return _attach(_typst(base), [*["br", "tr"][: len(after)], "bl", "tl"], [*after, below, above])


def _menclose(element: Element) -> str:
    notation, body = element.get("notation", ""), _row(child for child in element if not child.get("class"))
    if notation == "box":
        return f"#box(stroke: 0.05em, inset: 0.3em, {_equation(f'display({body})')})"
    if notation in _STRIKES:
        return f"cancel({body}{_STRIKES[notation]})"
    raise MathsError(f"an enclosure of the kind {notation} cannot be printed")


def _equation(body: str) -> str:
    """Return an equation in code, of its full height: Typst cuts the height of an inline equation by the
    leading."""
    return f"{{set par(leading: 0em); ${body}$}}"


def _mphantom(element: Element) -> str:
    return f"std.hide({_row(element)})"


def _mpadded(element: Element) -> str:
    body = _row(element)
    for side in ("width", "height"):
        if element.get(side) == "0":
            body = f"#box({side}: 0pt, {_equation(body)})"
    padding = tuple(re.findall(r"padding-(?:left|right):([^;]*)", element.get("style", "")))
    return f'class("{_CLASSES[padding]}", {body})' if padding in _CLASSES else body


def _mtable(element: Element) -> str:
    """A table, and equations in rows: a matrix without delimiters can stand anywhere, Typst's line breaks
    cannot."""
    rows = [[cell for cell in row if not _is_gap(cell)] for row in element]
    if len(rows) > 1 and not any(len(cell) for cell in rows[-1]):
        rows.pop()  # what stands behind the last `\\`
    if lines := _lines(element):
        return _grid(rows, lines)
    display, small = element.get("displaystyle") == "true", element.get("scriptlevel") == "1"
    gaps = (
        "row-gap: #0em, column-gap: #0.4em"
        if small
        else f"row-gap: #{0.5 if display else 0.3}em, column-gap: #1em"
    )
    aligned = "width:" not in element.get(
        "style", ""
    )  # `multline` spreads its lines over the width of a page
    body = "; ".join(
        ", ".join(f"display({cell})" if display else cell for cell in _mtr(row, aligned)) for row in rows
    )
    return f"{'inline' if small else 'display'}(mat(delim: #none, {gaps}, {body}))"


def _mtr(row: list[Element], aligned: bool) -> list[str]:
    """Return the cells of a row, with `&` as alignment. The columns of `aligned` become one: they meet at the
    marks."""
    cells = [_row(cell) for cell in row]
    if any("padding-left: 0;" in cell.get("style", "") for cell in row):
        return ["&".join(_space(1) + cell if i and i % 2 == 0 else cell for i, cell in enumerate(cells))]
    marks = {"left": "&{}", "center": "{}", "right": "{}&"}
    return [
        marks[_alignment(td) if aligned else "center"].format(cell)
        for td, cell in zip(row, cells, strict=True)
    ]


def _alignment(cell: Element) -> str:
    found = re.search(r"text-align: (left|right)", cell.get("style", ""))
    return found[1] if found else "center"


def _is_gap(cell: Element) -> bool:
    """Whether a cell is no column: the margin of an equation, the gap of a double line."""
    style = cell.get("style", "")
    return not len(cell) and ("width:" in style or "padding-left: 0.1em" in style)


def _lines(table: Element) -> list[str]:
    """Return the lines of a table as children of Typst's `grid`."""
    style = table.get("style", "")
    lines = {"grid.hline(y: 0)"} if "border-top" in style else set()
    lines |= {"grid.vline(x: 0)"} if "border-left" in style else set()
    for y, row in enumerate(table):
        x = 0
        for cell in row:
            x += not _is_gap(cell)
            lines |= {f"grid.hline(y: {y})"} if "border-top" in cell.get("style", "") else set()
            lines |= {f"grid.vline(x: {x})"} if "border-right" in cell.get("style", "") else set()
    return sorted(lines)


def _grid(rows: list[list[Element]], lines: list[str]) -> str:
    """Return a table with lines; those of `mat` cross at its corners."""
    widest = max(rows, key=len)
    cells = [_row(cell) for row in rows for cell in row + [Element("mtd")] * (len(widest) - len(row))]
    align = "".join(f"{_alignment(cell)}, " for cell in widest)
    body = ", ".join([*lines, *map(_equation, cells)])
    rules = "set grid.hline(stroke: 0.05em); set grid.vline(stroke: 0.05em)"
    return (
        f"#{{{rules}; grid(columns: {len(widest)}, align: ({align}), inset: (x: 0.5em, y: 0.3em), {body})}}"
    )


_WRITERS: dict[str, Callable[[Element], str]] = {
    "math": _mrow,
    "mrow": _mrow,
    "mi": _mi,
    "mn": _mn,
    "mo": _mo,
    "mtext": _mtext,
    "mspace": _mspace,
    "mfrac": _mfrac,
    "msqrt": _msqrt,
    "mroot": _mroot,
    "msub": _beside,
    "msup": _beside,
    "msubsup": _beside,
    "munder": _above,
    "mover": _above,
    "munderover": _above,
    "mmultiscripts": _mmultiscripts,
    "menclose": _menclose,
    "mphantom": _mphantom,
    "mpadded": _mpadded,
    "mtable": _mtable,
}

_PRINTABLE = "|".join(sorted(_WRITERS.keys() - {"menclose", "mmultiscripts", "mtable"}))
# An element that a writer might refuse, or a `<` or `&` that math-core forgot to escape
_DOUBTFUL = re.compile(rf"<(?!/?(?:{_PRINTABLE})(?: [a-z]+=\"[^\"<&]*\")*/?>)|&(?!(?:amp|lt|gt|quot|apos);)")


def _is_surely_printable(latex: str, display: bool) -> bool:
    """Tell whether `to_typst` accepts a formula, as far as that can be seen without making a tree of it: a
    sixth of the work. False says nothing."""
    plain = plain_mathml(latex, display)
    return plain is not None and not _DOUBTFUL.search(plain)
