"""The HTML of simple texts without a tree: most hold paragraphs, emphasis, code, lists and formulas alone,
and for these pyromark writes what `to_html(parse(text))` would give. A test holds both to be the same."""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from flashcards.languages import maths
from flashcards.languages.markup.commonmark import markdown
from flashcards.languages.markup.formulas import formulas, may_hold_formulas
from flashcards.languages.markup.parsing import MARKS, MATHS_MARK, MAX_DEPTH, is_plain, with_marks
from flashcards.languages.markup.tree import defused_maths


class Simple(NamedTuple):
    """What a simple text becomes, and what there is to check in it."""

    html: str
    formulas: tuple[tuple[str, bool], ...] = ()  # LaTeX without blanks around it, and whether it is a display
    has_other_dollars: bool = False  # some `$` is neither the sign of a formula nor inside one
    marked: str = ""  # the HTML with a mark in place of each formula

    @property
    def items(self) -> int:
        """How many items all its lists have together."""
        return self.marked.count("<li>")

    def plain(self, formula: str) -> str:
        """Return the text without tags, with a blank behind each paragraph and item, and with `formula` in
        place of each formula."""
        text = self.marked.replace("</p>", " ").replace("</li>", " ")
        text = MATHS_MARK.sub(formula, _TAG.sub("", text))
        return text.replace("&gt;", ">")  # with a sign that makes other entities no text is simple


_MARKS = re.compile(f"[{MARKS}]")
_MARKUP = "\\<&["  # these have a meaning outside formulas
_OTHER_TAG = re.compile(r"<(?!/?(?:p|em|strong|code|ul|ol|li)>)")
_TAG = re.compile(r"<[^>]*>")
_CODE = re.compile(r"<code>([^<]*)")
# pyromark ends the lines of blocks, and the tree does not. Written so that every match begins with a line
# end: such a pattern is searched five times as fast.
_LINE_END = re.compile(r"\n(?:(?=<[uo]l>)|(?<=</p>\n)|(?<=[uo]l>\n)|(?<=li>\n))")


def simple(text: str) -> Simple | None:
    """Return what a text becomes if it is a simple one without clozes, None if it is not."""
    if is_plain(text):
        return Simple(text, marked=text)
    if "{{c" in text or (not text.isascii() and _MARKS.search(text)):
        return None
    found = formulas(text) if may_hold_formulas(text) else []
    marked = with_marks(text, found) if found else text
    if any(sign in marked for sign in _MARKUP):
        return None
    html = _without_line_ends(markdown().html(marked))
    if html is None or (found and any(MATHS_MARK.search(code) for code in _CODE.findall(html))):
        return None

    def written(mark: re.Match[str]) -> str:
        formula = found[int(mark[1] or mark[2])]
        latex = escape(maths.for_anki(formula.latex).strip(), quote=False)
        return defused_maths(f"\\[{latex}\\]" if formula.is_display else f"\\({latex}\\)")

    dollars = marked.count("$") - 2 * sum(formula.has_dollars for formula in found)
    return Simple(
        MATHS_MARK.sub(written, html) if found else html,
        tuple((formula.latex.strip(), formula.is_display) for formula in found),
        dollars > 0,
        html,
    )


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
