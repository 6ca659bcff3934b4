"""The HTML of simple texts without a tree: most hold paragraphs, emphasis, code, lists and formulas alone,
and for these pyromark writes what `to_html(parse(text))` would give. A test holds both to be the same."""

from __future__ import annotations

import re
from typing import NamedTuple

from flashcards.languages.markup.parsing import MARKS, MAX_DEPTH, is_money, is_plain, markdown
from flashcards.languages.markup.tree import defused_maths


class Simple(NamedTuple):
    """What a simple text becomes, and what there is to check in it."""

    html: str
    formulas: tuple[tuple[str, bool], ...] = ()  # LaTeX without blanks around it, and whether it is a display
    has_other_dollars: bool = False  # some `$` is neither the sign of a formula nor inside one


_NEVER_SIMPLE = re.compile(rf"{{{{c|\\[(\[]|[{MARKS}]")
_MARKUP = "\\<&["  # these have a meaning outside formulas
_OTHER_TAG = re.compile(r"<(?!/?(?:p|em|strong|code|ul|ol|li)>)")
_FORMULA = re.compile(r'<span class="math math-(?:inline|(display))">(.*?)</span>', re.DOTALL)
# pyromark ends the lines of blocks, and the tree does not. Written so that every match begins with a line
# end: such a pattern is searched five times as fast.
_LINE_END = re.compile(r"\n(?:(?=<[uo]l>)|(?<=</p>\n)|(?<=[uo]l>\n)|(?<=li>\n))")


def simple(text: str) -> Simple | None:
    """Return what a text becomes if it is a simple one without clozes, None if it is not."""
    if is_plain(text):
        return Simple(text)
    if _NEVER_SIMPLE.search(text):
        return None
    if "$" not in text:
        if any(sign in text for sign in _MARKUP):
            return None
        html = _without_line_ends(markdown().html(text))
        return None if html is None else Simple(html)
    return _with_formulas(text)


def _with_formulas(text: str) -> Simple | None:
    # outside formulas, inside them: whether one is a display, its LaTeX as HTML, outside again, and so on
    parts = _FORMULA.split(markdown().html(text))
    written: list[str] = []
    formulas: list[tuple[str, bool]] = []
    dollars = 0
    for i in range(1, len(parts), 3):
        display, escaped = parts[i] is not None, parts[i + 1]
        latex = escaped
        if "&" in escaped:
            escaped = escaped.replace("&quot;", '"').replace("&#39;", "'")
            latex = escaped.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
        if not display and is_money(latex, parts[i + 2][:1]):
            return None
        written.append(latex)
        dollars += latex.count("$") + (4 if display else 2)
        formulas.append((latex.strip(), display))
        escaped = escaped.strip()
        parts[i] = ""
        parts[i + 1] = defused_maths(f"\\[{escaped}\\]" if display else f"\\({escaped}\\)")
    inside = "".join(written)
    for sign in _MARKUP:
        if sign in text and text.count(sign) != inside.count(sign):
            return None  # it stands outside formulas too
    html = _without_line_ends("".join(parts))
    return None if html is None else Simple(html, tuple(formulas), dollars != text.count("$"))


def _without_line_ends(html: str) -> str | None:
    """Return pyromark's HTML as the tree would give it; None if the tree writes some of its tags
    otherwise."""
    if _OTHER_TAG.search(html) or html.count("<") > 2 * MAX_DEPTH:
        return None
    if html.startswith("<p>") and html.find("<", 3) == len(html) - 5:
        return html[3:-5]
    html = _LINE_END.sub("", html)
    inner = html[3:-4]
    return inner if html == f"<p>{inner}</p>" and "<p>" not in inner else html
