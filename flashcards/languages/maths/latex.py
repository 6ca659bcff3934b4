r"""LaTeX → Typst: math-core reads the LaTeX and writes MathML, and a walk over the MathML writes Typst maths.

Safety is the point of the walk. What it emits is fixed tokens, single characters behind a backslash and Typst
string literals, and nothing else, so that no LaTeX can become Typst code: `\text{\#read("x")}` comes out as
the literal `"#read(”x”)"`.

MathML Core: https://w3c.github.io/mathml-core/ — Typst: https://typst.app/docs/reference/math/
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from flashcards.languages.maths.mathjax import TEXT

# math-core recurses without a limit of its own, and takes the process with it where the stack ends.
MAX_LENGTH = 2_000
MAX_GROUPS = 300
MAX_UNCLOSED = 12  # brackets: for each that is never closed, math-core reads the rest twice
MAX_DEPTH = 40  # of elements; Typst allows 64 show rules inside one another, of which a template needs some


class MathsError(ValueError):
    """A formula that cannot be shown; `offset` as in `Mistake`."""

    def __init__(self, message: str, offset: int = 0):
        super().__init__(message)
        self.offset = offset


_DEFINITION = re.compile(
    r"\\(?:(?P<name>(?:re)?newcommand|providecommand|g?def|let|global)(?![A-Za-z])|.)", re.DOTALL
)
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


@lru_cache(maxsize=10_000)  # checking a formula and printing it, on several sheets, read it once
def _convert(source: str, display: bool) -> str:
    """Return the MathML of a formula in math-core's dialect. Raises math-core's `LatexError`."""
    text: str = _converter().convert_with_local_state(source, displaystyle=display)
    if "&" in text:  # names that HTML knows and XML does not, such as &ApplyFunction;
        text = _HTML_ENTITY.sub(lambda name: html.unescape(name.group()), text)
    return text


_HTML_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;")
# What `mathml` forbids, rewrites or must look at closely; finds too much rather than too little
_NEEDS_CARE = re.compile(
    _CONTROL.pattern
    + r"|\\(?:(?:re)?newcommand|providecommand|g?def|let|global|\\\s*\[|begin|end|(?:text)?color|[%$&#_] )"
    + r"|\\text[a-z]*\s*\{[^{}]*[\\%#&$~]|\\(?:llbracket|rrbracket|lBrace|rBrace)"
)


def plain_mathml(latex: str, display: bool) -> str | None:
    """Return the MathML of a formula that is quickly seen to pass all tests of `mathml` as it stands; None
    for any other, which is for `mathml` to read and to say what is wrong with it."""
    from math_core import LatexError

    brackets = sum(map(latex.count, ("(", "[", "\\{", "\\l", "\\ul")))  # all that could be an opening one
    if len(latex) > MAX_LENGTH or latex.count("{") > MAX_GROUPS or brackets > MAX_UNCLOSED:
        return None
    if _NEEDS_CARE.search(latex):
        return None
    try:
        text = _convert(latex, display)
    except LatexError:
        return None
    return text if text.count("</") < MAX_DEPTH else None  # so few elements cannot be too deep


def mathml(latex: str, display: bool) -> Element:
    """Return the MathML of a formula. Raises `MathsError`."""
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
        text = _convert(source, display)
    except LatexError as error:
        offset, _, message = str(error).partition(": ")  # it counts characters, as we do
        raise _explain(latex, original(int(offset)), message) from None
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
    **dict.fromkeys(("alignat", "alignat*", "xalignat", "flalign", "flalign*"), "align*"),
    **dict.fromkeys(("eqnarray", "eqnarray*"), "array"),
}
_COLUMNS = {"smallmatrix": "{c}", "eqnarray": "{rcl}", "eqnarray*": "{rcl}"}
_REWRITE = re.compile(
    r"(?P<row>\\\\)\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]"  # distance to the next row: math-core would print it
    rf"|\\(?P<edge>begin|end)\{{(?P<environment>{'|'.join(map(re.escape, _ENVIRONMENTS))})\}}"
    r"(?:(?:(?<=alignat\})|(?<=alignat\*\}))\s*\{[0-9]+\})?"
    r"|\\(?P<text>text)?color\{#(?P<colour>[0-9A-Fa-f]{6})\}(?(text)\s*\{)"
    r"|(?P<sign>\\[%$&#_])(?= )"  # math-core takes away the space after these, also in \text
    r"|\\.",
    re.DOTALL,
)


_SIGN_IN_TEXT = re.compile(r"[$_%#&]")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_IN_TEXT = re.compile(r"\\.|\$(?P<latex>[^$]*)\$|(?P<sign>[_%#&])", re.DOTALL)


def _rewrite(latex: str) -> tuple[str, Callable[[int], int]]:
    """Return a formula in math-core's dialect, and a function from its offsets to those of the formula as
    written."""
    texts, of_texts = _substitute(latex, TEXT, _text_for_print)
    text, of_rest = _substitute(texts, _REWRITE, _for_print)
    return text, lambda offset: of_texts(of_rest(offset))


def _text_for_print(text: re.Match[str]) -> str | None:
    """Return text with signs that MathJax shows as they stand and math-core does not, and formulas outside of
    it; None if it holds none."""
    command = text["command"]
    words = text["words"]
    if command in ("mbox", "hbox", "textnormal", "textup"):
        command = "text"
    elif not _SIGN_IN_TEXT.search(_ESCAPED.sub("", words)):
        return None

    def written(found: re.Match[str]) -> str:
        if found["latex"]:
            return f"}}{found['latex']}\\{command}{{"
        return "\\" + found["sign"] if found["sign"] else found.group()

    return f"\\{command}{{{_IN_TEXT.sub(written, words)}}}"


def _substitute(
    latex: str, pattern: re.Pattern[str], new_of: Callable[[re.Match[str]], str | None]
) -> tuple[str, Callable[[int], int]]:
    text, end, stretches = "", 0, [(0, 0)]
    for found in pattern.finditer(latex):
        new = new_of(found)
        if new is None:
            continue
        text += latex[end : found.start()] + new
        end = found.end()
        stretches.append((len(text), end))

    def original(offset: int) -> int:
        new, old = max(stretch for stretch in stretches if stretch[0] <= offset)
        return min(old + offset - new, len(latex))

    return text + latex[end:], original


def _for_print(found: re.Match[str]) -> str | None:
    if found["row"]:
        return r"\\"
    if name := found["environment"]:
        columns = _COLUMNS.get(name, "") if found["edge"] == "begin" else ""
        return f"\\{found['edge']}{{{_ENVIRONMENTS[name]}}}{columns}"
    if found["colour"]:
        return ("{" if found["text"] else "") + rf"\color[HTML]{{{found['colour'].upper()}}}"
    if found["sign"]:
        return found["sign"] + "{}"
    return None


_TOKEN = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[A-Za-z]+|\\.|%[^\n]*|.", re.DOTALL)
_OPENERS = {"}": "{", r"\right": r"\left", r"\end": r"\begin"}
# How a finding of math-core begins → what we say; {0} is a group of it, {token} what stands at the place
_EXPLANATIONS = (
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
    text, match = next(
        (text, match) for start, text in _EXPLANATIONS if (match := re.match(start, message, re.DOTALL))
    )
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


def is_known(command: str) -> bool:
    """Tell whether math-core knows a command, which begins with its backslash."""
    from math_core import LatexError

    try:
        _convert(command, False)
    except LatexError as error:
        return "Unknown command" not in str(error)
    return True
