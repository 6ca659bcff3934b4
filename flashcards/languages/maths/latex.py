r"""LaTeX → Typst: math-core reads the LaTeX and writes MathML, and a walk over the MathML writes Typst maths.

Safety is the point of the walk. What it emits is fixed tokens, single characters behind a backslash and Typst string literals,
and nothing else, so that no LaTeX can become Typst code: `\text{\#read("x")}` comes out as the literal `"#read(”x”)"`.

MathML Core: https://w3c.github.io/mathml-core/ — Typst: https://typst.app/docs/reference/math/
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

# math-core recurses without a limit of its own, and takes the process with it where the stack ends.
MAX_LENGTH = 2_000
MAX_GROUPS = 300
MAX_UNCLOSED = 12  # brackets: for each that is never closed, math-core reads the rest twice
MAX_DEPTH = 40  # of elements; Typst allows 64 show rules inside one another, of which a template needs some


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a formula, and at which of its characters (from 0; its length if something is missing at the end)."""

    message: str
    offset: int


class MathsError(ValueError):
    """A formula that cannot be shown; `offset` as in `Mistake`."""

    def __init__(self, message: str, offset: int = 0):
        super().__init__(message)
        self.offset = offset


def mistake(latex: str, display: bool = False) -> Mistake | None:
    """Return why `to_typst` refuses a formula; None if it does not."""
    try:
        to_typst(latex, display=display)
    except MathsError as error:
        return Mistake(str(error), error.offset)
    return None


def to_typst(latex: str, *, display: bool) -> str:
    """Return a formula as the body of a Typst equation: one line, without the dollar signs. Raises `MathsError`.

    The body is safe between the dollar signs of an equation and nowhere else. With `display` for `block`, a caller writes

        math.equation(block: true, alt: "<the LaTeX as a string literal>", $<body>$.body)
    """
    return _typst(_mathml(latex, display))


# -------------------------------------------------------------------------------------------------------- LaTeX → MathML

_DEFINITION = re.compile(r"\\(?:(?P<name>(?:re)?newcommand|providecommand|g?def|let|global)(?![A-Za-z])|.)", re.DOTALL)
_BRACKET = re.compile(
    r"\\(?:left|middle|right)(?![A-Za-z])\s*(?:\\[A-Za-z]+|\\?.)?"  # these math-core pairs in one go
    r"|(?P<open>[(\[]|\\\{|\\(?:l(?:brace|Brace|brack|lbracket|paren|lparenthesis|angle|ang|Angle|langle|floor|ceil|vert|Vert|group"
    r"|moustache|lcorner)|ulcorner)(?![A-Za-z]))"
    r"|(?P<close>[)\]]|\\\}|\\(?:r(?:brace|Brace|brack|rbracket|paren|rparenthesis|angle|ang|Angle|rangle|floor|ceil|vert|Vert|group"
    r"|moustache)|[ul]rcorner)(?![A-Za-z]))"
    r"|(?P<group>\{)|(?P<end>\})|\\(?:[A-Za-z]+|.)",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


@cache
def _converter() -> Any:
    from math_core import LatexToMathML

    macros = {  # MathJax has these and math-core has not
        "substack": r"\begin{subarray}{c}#1\end{subarray}",
        "pmb": r"\boldsymbol{#1}",
        **dict.fromkeys(["dotsb", "dotsi", "dotsm"], r"\cdots"),
        **dict.fromkeys(["dotsc", "dotso"], r"\ldots"),
    }
    return LatexToMathML(fancy_error=False, allow_unreliable_rendering=True, macros=macros)


def _mathml(latex: str, display: bool) -> Element:
    from math_core import LatexError

    if len(latex) > MAX_LENGTH or latex.count("{") > MAX_GROUPS:
        raise MathsError(f"longer than {MAX_LENGTH:,} characters, or with more than {MAX_GROUPS} groups")
    if found := _CONTROL.search(latex):
        raise MathsError(f"the character U+{ord(found.group()):04X} cannot be shown", found.start())
    if found := next((found for found in _DEFINITION.finditer(latex) if found["name"]), None):
        # In Anki the command would stay defined on the next card; here it could grow without end.
        raise MathsError(f"`{found.group()}`: a formula cannot define commands", found.start())
    unclosed = _unclosed(latex)
    if len(unclosed) > MAX_UNCLOSED:
        raise MathsError(f"more than {MAX_UNCLOSED} brackets are never closed", unclosed[0])
    source, original = _rewrite(latex)
    try:
        text = _converter().convert_with_local_state(source, displaystyle=display)
    except LatexError as error:
        offset, _, message = str(error).partition(": ")  # it counts characters, as we do
        raise _explain(latex, original(int(offset)), message) from None
    text = re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;", lambda name: html.unescape(name.group()), text)  # &ApplyFunction;
    try:
        root = fromstring(text)  # noqa: S314 - what math-core wrote, never a document from outside
    except ParseError:  # it forgets to escape a `<` that is all of a name
        raise MathsError("`<` or `&` cannot be all of a name") from None
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
    if level:
        raise MathsError(f"nested more than {MAX_DEPTH} deep")
    return root


def _unclosed(latex: str) -> list[int]:
    """Return the places of brackets that have no other, of whatever shape, behind them in the same group."""
    groups: list[list[int]] = [[]]
    alone = []
    for found in _BRACKET.finditer(latex):
        if found["open"]:
            groups[-1].append(found.start())
        elif found["close"] and groups[-1]:
            groups[-1].pop()
        elif found["group"]:
            groups.append([])
        elif found["end"] and len(groups) > 1:
            alone += groups.pop()
    return sorted(sum(groups, alone))


_ENVIRONMENTS = {  # MathJax's → math-core's; Anki does not number equations
    **{name: f"{name}*" for name in ("equation", "align", "gather", "multline")},
    "split": "aligned",
    "smallmatrix": "subarray",
}
_REWRITE = re.compile(
    r"(?P<row>\\\\)\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]"  # a distance to the next row, which math-core would print
    rf"|\\(?P<edge>begin|end)\{{(?P<environment>{'|'.join(_ENVIRONMENTS)})\}}"
    r"|\\(?P<text>text)?color\{#(?P<colour>[0-9A-Fa-f]{6})\}(?(text)\s*\{)"
    r"|(?P<sign>\\[%$&#_])(?= )"  # math-core takes away the space after these, also in \text
    r"|\\.",
    re.DOTALL,
)


def _rewrite(latex: str) -> tuple[str, Callable[[int], int]]:
    """Return a formula in math-core's dialect, and a function from its offsets to those of the formula as written."""
    text, end, stretches = "", 0, [(0, 0)]
    for found in _REWRITE.finditer(latex):
        if found["row"]:
            new = r"\\"
        elif name := found["environment"]:
            columns = "{c}" if (found["edge"], name) == ("begin", "smallmatrix") else ""
            new = f"\\{found['edge']}{{{_ENVIRONMENTS[name]}}}{columns}"
        elif found["colour"]:
            new = ("{" if found["text"] else "") + rf"\color[HTML]{{{found['colour'].upper()}}}"
        elif found["sign"]:
            new = found["sign"] + "{}"
        else:
            continue
        text += latex[end : found.start()] + new
        end = found.end()
        stretches.append((len(text), end))

    def original(offset: int) -> int:
        new, old = max(stretch for stretch in stretches if stretch[0] <= offset)
        return min(old + offset - new, len(latex))

    return text + latex[end:], original


_TOKEN = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[A-Za-z]+|\\.|%[^\n]*|.", re.DOTALL)
_OPENERS = {"}": "{", r"\right": r"\left", r"\end": r"\begin"}
_EXPLANATIONS = (  # how a finding of math-core begins → what we say; {0} is a group of it, {token} what stands at the place
    (r"Unknown command `(.*)`", "unknown command `{0}`"),
    (r"Unknown environment `(.*)`", "unknown environment `{0}`"),
    (r"Unknown color `(.*)`", "unknown colour `{0}`"),
    (r"Expected argument", "a command, `^` or `_` has no argument here"),
    (r"There must be a parenthesis", "a delimiter is missing here, such as `(`, `|` or `.`"),
    (r".* may only appear (.*)", "`{token}` may only stand {0}"),
    (r"'\^' or '_'", "`{token}` stands directly behind `^` or `_`"),
    (r"Duplicate sub", "a second subscript or superscript; braces around the first and its base allow it"),
    (r"Not valid in text", r"`{token}` cannot stand in text; end the `\text` before it"),
    (r"Math mode within", r"`$` cannot stand in text; end the `\text` where the formula goes on"),
    (r"Not valid in math", r"`{token}` can only stand in text, as in `\text{{{token}}}`"),
    (r"Unexpected `\$", r"`$` must be written `\$`"),
    (r"Direct Unicode", "`{token}` is not read as maths; write its command"),
    (r"(.*)", "{0}"),
)


def _explain(latex: str, offset: int, message: str) -> MathsError:
    """Return what math-core found, in our words; a group that is not closed at the place where it begins."""
    message = message.strip().removesuffix(".").replace('"', "`")
    found = _TOKEN.match(latex, offset)
    token = found.group() if found else ""
    opened = [(latex.rfind("[", 0, offset), "[")] if "`]`" in message else _open_groups(latex[:offset])
    in_group = token in ("&", r"\\") and len(opened) > 1
    if in_group or message.startswith(("Unmatched", "Expected closing", r"Expected `\end")):
        if not opened:
            return MathsError(f"`{token}` closes nothing", offset)
        start, opener = opened[-1]
        return MathsError(f"`{opener}` is not closed" + (f" before `{token}`" if token else ""), start)
    if "parameter" in message:
        return MathsError(r"`#` must be written `\#`", latex.rfind("#", 0, offset + 1))
    text, match = next((text, match) for start, text in _EXPLANATIONS if (match := re.match(start, message, re.DOTALL)))
    text = " ".join(text.format(*match.groups(), token=token).split())
    return MathsError(text[:1].lower() + text[1:], offset)


def _open_groups(latex: str) -> list[tuple[int, str]]:
    r"""Return the offset and text of each `{`, `\left` and `\begin{…}` that is not closed, innermost last."""
    opened: list[tuple[int, str]] = []
    for found in _TOKEN.finditer(latex):
        token = found.group()
        name = token if len(token) == 1 else token.partition("{")[0]
        if name in _OPENERS.values():
            opened.append((found.start(), token))
        elif opened and opened[-1][1].startswith(_OPENERS.get(name, " ")):
            opened.pop()
    return opened


# --------------------------------------------------------------------------------------------------------- MathML → Typst

_CHANCERY, _ROUNDHAND = "\ufe00", "\ufe01"  # variation selectors: `\mathcal`, `\mathscr`
_APPLY, _TIMES, _NO_DELIMITER = "\u2061", "\u2062", "\u2063"  # invisible operators; the last is the `.` of `\left.`
_INTEGRALS = frozenset("∫∬∭⨌∮∯∰")
_LARGE = frozenset("∏∐∑⋀⋁⋂⋃⨀⨁⨂⨃⨄⨅⨆") | _INTEGRALS
_CLASSES = {  # spaces on the left and right → Typst's class of the same
    ("0", "0"): "normal", ("0.1667em", "0.1667em"): "large",
    ("0.2222em", "0.2222em"): "binary", ("0.2778em", "0.2778em"): "relation",
}  # fmt: skip
_SIZES = {"0": "inline", "1": "script", "2": "sscript"}
_FONTS = {"b": "bold", "i": "italic", "em": "italic", "code": "mono", "u": "underline"}
_ACCENTS = {
    "ˆ": "hat", "\u0302": "hat", "˜": "tilde", "~": "tilde", "¯": "macron", "\u20d7": "arrow", "→": "arrow",
    "←": "arrow.l", "↔": "arrow.l.r", "˙": "dot", "¨": "dot.double", "\u20db": "dot.triple", "\u20dc": "dot.quad",
    "ˇ": "caron", "˘": "breve", "´": "acute", "`": "grave", "˚": "circle",
}  # fmt: skip
_ACCENTS_BELOW = {"→": r'"\u{20ef}"', "←": r'"\u{20ee}"', "~": r'"\u{330}"'}  # combining characters
_SPANS = {
    "⏞": "overbrace", "⏟": "underbrace", "⎴": "overbracket", "⎵": "underbracket", "⏜": "overparen", "⏝": "underparen",
}  # fmt: skip
_STRIKES = {
    "updiagonalstrike": "", "downdiagonalstrike": ", inverted: #true", "updiagonalstrike downdiagonalstrike": ", cross: #true",
}  # fmt: skip
_LIMITS = ("munder", "mover", "munderover")
_SCRIPTS = {"msub": "b", "msup": "t", "msubsup": "bt", "munder": "b", "mover": "t", "munderover": "bt"}  # Typst's places


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
    """Return a length in em. Absolute lengths come in rem, of TeX's 10 points, and scale with the text like all others."""
    number = re.search(r"-?[0-9]*\.?[0-9]+", length or "0")
    return float(number.group()) if number else 0.0


def _space(em: float) -> str:
    return f"#h({em:.3f}em)" if em else ""


def _join(parts: Iterable[str]) -> str:
    """Put parts together, with spaces only where letters would become a name: beside text Typst shows a space."""
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
        # Typst drops an operator's own space beside an explicit one, TeX adds them up: an empty text keeps them apart.
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
    r"""Whether an element is what `\left` or `\right` makes; other delimiters do not stretch, or have a size."""
    text = element.text or ""
    if element.tag != "mo" or len(text) != 1 or element.get("stretchy") == "false" or element.get("minsize"):
        return False
    return element.get("stretchy") == "true" or text in f"|‖↑↓↕⇑⇓⇕{_NO_DELIMITER}" or unicodedata.category(text) in ("Ps", "Pe")


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
        return f"italic({_character(text)})"  # `\varGamma`; Typst, like TeX, sets capital Greek letters upright
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
    """Return the class that gives a sign the spaces that math-core wants; None where Typst knows better or as well."""
    spaces = (element.get("lspace", ""), element.get("rspace", ""))
    if text in _LARGE:
        return None
    if text in "|‖" and (form := element.get("form")):
        return {"prefix": "opening", "infix": "relation", "postfix": "closing"}[form]
    if text == "\\" or (text == "," and spaces[1] == "0"):  # `\backslash`, `1{,}000`
        return "normal"
    if spaces in _CLASSES:
        return _CLASSES[spaces]
    return {"Ps": "opening", "Pe": "closing"}.get(unicodedata.category(text)) if element.get("minsize") else None


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
    return _styled(element, f"mat(delim: #none, row-gap: #0em, {above}; {below})" if bare else f"frac({above}, {below})")


def _msqrt(element: Element) -> str:
    return f"sqrt({_row(element)})"


def _mroot(element: Element) -> str:
    return f"root({_typst(element[1])}, {_typst(element[0])})"


def _attach(body: str, places: Iterable[str], scripts: Iterable[Element]) -> str:
    return f"attach({body}{''.join(f', {place}: {_typst(script)}' for place, script in zip(places, scripts, strict=True))})"


def _beside(element: Element) -> str:
    """`msub`, `msup`, `msubsup`: scripts beside the base. Typst would put them above and below some operators."""
    base, *scripts = element
    body = f"scripts({_typst(base)})" if base.tag == "mo" else _typst(base)
    return _attach(body, _SCRIPTS[element.tag], scripts)


def _above(element: Element) -> str:
    """`munder`, `mover`, `munderover`: scripts above and below the base, accents, braces, arrows as long as their text."""
    base, *scripts = element
    if element.get("accent") or element.get("accentunder"):
        return _accent(element, base, scripts[0])
    body = _typst(base)
    if _is_long_arrow(element):
        return _attach(f"stretch({body}, size: #(100% + 0.3em))", _SCRIPTS[element.tag], [text for text, _ in scripts])
    if base.text not in _LARGE - _INTEGRALS or base.get("movablelimits") == "false":
        body = f"limits({body})"  # the others have theirs above and below in displays only
    return _attach(body, _SCRIPTS[element.tag], scripts)


def _is_long_arrow(element: Element) -> bool:
    r"""Whether an element is `\xrightarrow` or the like: math-core puts its least length below or above its texts."""
    return element.tag in _LIMITS and all(len(mark) == 2 and mark[1].get("width") == "3.5em" for mark in element[1:])


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
    """Return an equation in code, of its full height: Typst cuts the height of an inline equation by the leading."""
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
    """A table, and equations in rows: a matrix without delimiters can stand anywhere, Typst's line breaks cannot."""
    rows = [[cell for cell in row if not _is_gap(cell)] for row in element]
    if len(rows) > 1 and not any(len(cell) for cell in rows[-1]):
        rows.pop()  # what stands behind the last `\\`
    if lines := _lines(element):
        return _grid(rows, lines)
    display, small = element.get("displaystyle") == "true", element.get("scriptlevel") == "1"
    gaps = "row-gap: #0em, column-gap: #0.4em" if small else f"row-gap: #{0.5 if display else 0.3}em, column-gap: #1em"
    aligned = "width:" not in element.get("style", "")  # `multline` spreads its lines over the width of a page
    body = "; ".join(", ".join(f"display({cell})" if display else cell for cell in _mtr(row, aligned)) for row in rows)
    return f"{'inline' if small else 'display'}(mat(delim: #none, {gaps}, {body}))"


def _mtr(row: list[Element], aligned: bool) -> list[str]:
    """Return the cells of a row, with `&` as alignment. The columns of `aligned` become one: they meet at the marks."""
    cells = [_row(cell) for cell in row]
    if any("padding-left: 0;" in cell.get("style", "") for cell in row):
        return ["&".join(_space(1) + cell if i and i % 2 == 0 else cell for i, cell in enumerate(cells))]
    marks = {"left": "&{}", "center": "{}", "right": "{}&"}
    return [marks[_alignment(td) if aligned else "center"].format(cell) for td, cell in zip(row, cells, strict=True)]


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
    return f"#{{{rules}; grid(columns: {len(widest)}, align: ({align}), inset: (x: 0.5em, y: 0.3em), {body})}}"


_WRITERS: dict[str, Callable[[Element], str]] = {
    "math": _mrow, "mrow": _mrow, "mi": _mi, "mn": _mn, "mo": _mo, "mtext": _mtext, "mspace": _mspace, "mfrac": _mfrac,
    "msqrt": _msqrt, "mroot": _mroot, "msub": _beside, "msup": _beside, "msubsup": _beside, "munder": _above,
    "mover": _above, "munderover": _above, "mmultiscripts": _mmultiscripts, "menclose": _menclose, "mphantom": _mphantom,
    "mpadded": _mpadded, "mtable": _mtable,
}  # fmt: skip
