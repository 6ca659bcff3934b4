"""Which stretches of a text are formulas: the rule of the dollar, brackets, and lines that Markdown would take."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import flashcards
from flashcards.collection.texts import markdown_texts
from flashcards.languages import markup
from flashcards.languages.markup import parsing
from flashcards.languages.markup.commonmark import code_and_cells
from flashcards.languages.markup.formulas import _ONLY_USUAL, formulas, formulas_beside
from flashcards.resources import bundled

# Each text, and what it shows in Anki
MATHS = {
    "$0$": r"\(0\)",
    "$0.5$": r"\(0.5\)",
    "$1,2,3$": r"\(1,2,3\)",
    "between $0$ and $1$; a coin has $0.5$.": r"between \(0\) and \(1\); a coin has \(0.5\).",
    "$n$th, $(n+1)$th, $1$st, $2$nd, $3$rd": r"\(n\)th, \((n+1)\)th, \(1\)st, \(2\)nd, \(3\)rd",
    r"$x$s and $\alpha_i$s": r"\(x\)s and \(\alpha_i\)s",
    r"$k$NN, $\alpha_i$SVMs": r"\(k\)NN, \(\alpha_i\)SVMs",
    "($x$), [$a$], f($x$), $x$-axis, $x$'s": r"(\(x\)), [\(a\)], f(\(x\)), \(x\)-axis, \(x\)'s",
    "设$x$为实数": r"设\(x\)为实数",
    "costs $100 or more, where $42$ is": r"costs $100 or more, where \(42\) is",
    "$x$$y$": r"\(x\)\(y\)",
    r"$\text{if $x$}$": r"\(\text{if $x$}\)",
    r"$a\$b$": r"\(a\$b\)",
    "a$$x$$b": r"a\[x\]b",
    r"$$x \text{ if $y$}$$": r"\[x \text{ if $y$}\]",
    "$x\ny$": "\\(x\ny\\)",
    "It follows that $a\n+ b$ is even.": "It follows that \\(a\n+ b\\) is even.",
    "$a\n= b$, $c\n> d$, $e\n- f$, $g\n* h$": "\\(a\n= b\\), \\(c\n&gt; d\\), \\(e\n- f\\), \\(g\n* h\\)",
    "$a\n=\nb$": "\\(a\n=\nb\\)",
    "$$\na = b\n+ c\n$$": "\\[a = b\n+ c\\]",
    "$$\na\n- b\n* c\n> d\n# e\n1. f\n$$": "\\[a\n- b\n* c\n&gt; d\n# e\n1. f\\]",
    "$$\na\n=\nb\n---\nc\n$$": "\\[a\n=\nb\n---\nc\\]",
    "- $$\n  a\n  + b\n  $$\n- c": "<ul><li>\\[a\n  + b\\]</li><li>c</li></ul>",
    "> $$\n> a\n> + b\n> $$": "<blockquote><p>\\[a\n+ b\\]</p></blockquote>",
    "| $a$ | `b` | $\\|w\\|$ |\n|-|-|-|": (
        "<table><thead><tr><th>\\(a\\)</th><th><code>b</code></th><th>\\(\\|w\\|\\)</th></tr></thead><tbody></tbody></table>"
    ),
    r"\(x\), \(ABC\), \(1\), \[ab\]": r"\(x\), \(ABC\), \(1\), [ab]",
    "\\[1\\]\n\na\n\\[x^2\\]": "<p>\\[1\\]</p><p>a\n\\[x^2\\]</p>",
    r"\[n = 1\] a": r"\[n = 1\] a",
}  # fmt: skip

# Each text, and what it shows in Anki if that is not itself
TEXT: dict[str, str | None] = {
    "$5-$10": None,
    "5$ … 10$": None,
    "$HOME/bin:$PATH": None,
    "$HOME_DIR/bin:$PATH:$x": None,
    "${HOME}:${PATH}": None,
    "/proc/$PID/fd/$FD": None,
    "=SUM($A$1)": None,
    "=SUM($A$1:$B$2)": None,
    "2$x$": None,
    "$x$y": None,
    "$x$5": None,
    "$ x $": None,
    "$ $": None,
    "$$ $$": None,
    "$x": None,
    "$x {y$": None,
    "$x} {y$": None,
    "US$5 and AU$6": None,
    "$$$$": None,
    "a `$x` b$": "a <code>$x</code> b$",
    "- a $x\n- b$ c": "<ul><li>a $x</li><li>b$ c</li></ul>",
    "- $$a\n- b$$": "<ul><li>$$a</li><li>b$$</li></ul>",
    "Prices: $5\n- apples cost 6$": "<p>Prices: $5</p><ul><li>apples cost 6$</li></ul>",
    "$a\n\nb$": "<p>$a</p><p>b$</p>",
    "$a\n# b$": "<p>$a</p><p><strong>b$</strong></p>",
    "a | b\n-|-\n$5 | 6$": (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>$5</td><td>6$</td></tr></tbody></table>"
    ),
    "`$x$` and\n\n    $y$": "<p><code>$x$</code> and</p><pre><code>$y$</code></pre>",
    "```\n$x$\n```": "<pre><code>$x$</code></pre>",
    r"\$x$": "$x$",
    r"$x\$": "$x$",
    r"see \[1\], \[2, 3\]": "see [1], [2, 3]",
    r"he \[sic\] said \[…\]": "he [sic] said […]",
    r"\(optional\), \(if needed\)": "(optional), (if needed)",
    r"\( \) a": "( ) a",
}  # fmt: skip


def html(text: str) -> str:
    """Return what becomes of a text, the same in both ways."""
    found = markup.to_html(markup.parse(text))
    simple = markup.simple(text)
    assert simple is None or simple.html == found
    return found


@pytest.mark.parametrize("text", MATHS)
def test_a_formula_by_the_rule_of_the_dollar(text: str) -> None:
    assert html(text) == MATHS[text]


@pytest.mark.parametrize("text", TEXT)
def test_other_dollars_stay_text(text: str) -> None:
    assert html(text) == (text if TEXT[text] is None else TEXT[text])


@pytest.mark.parametrize("text", [*MATHS, *TEXT])
def test_deletions_do_not_change_what_is_a_formula(text: str) -> None:
    without = [element.text for element in markup.parse(text).root.walk() if element.name == "maths"]
    document = markup.parse(f"{text}\n\n{{{{c1::a}}}}", clozes=True)
    assert [element.text for element in document.root.walk() if element.name == "maths"] == without
    assert document.problems == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{c1::$5}} and {{c2::6$}}", "{{c1::$5}} and {{c2::6$}}"),
        (
            "{{c1::2$x::$}} and $y$",
            r"{{c1::2$x::&#36;}} and \(y\)",
        ),  # Anki puts a hint in brackets, and `[$]` begins LaTeX
        (r"$k${{c1::NN}} {{c2::$\{x::y\}$}}", r"\(k\){{c1::NN}} {{c2::\(\{x:{}:y\}\)}}"),
        ("{{c1::`a}}` $b}}$::c}}", "{{c1::<code>a}&#125;</code> $b}}$::c}}"),
    ],
)
def test_formulas_beside_deletions(text: str, expected: str) -> None:
    assert markup.to_html(markup.parse(text, clozes=True)) == expected


def test_a_long_text_of_open_signs_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = 0
    pattern = formulas.__globals__["_TOKEN"]

    class Counted:
        def search(self, text: str, at: int = 0) -> object:
            nonlocal tokens
            tokens += 1
            return pattern.search(text, at)

    monkeypatch.setitem(formulas.__globals__, "_TOKEN", Counted())
    for piece in ("{$a", "$a {", "$5 ", "$$a", r"\(a\[", "{" * 9 + "\n- ", "$a}$"):
        tokens = 0
        formulas(piece * 400)
        assert tokens <= 12 * 400, piece


PIECES = [
    "a", "th", "NN", "5", " ", "\n", "\n\n", "\n- ", "\n> ", "`", "``", "$", "$", "$$", "{", "}", "\\", "\\(", "\\)", "\\[", "\\]",
    "|", "a|b\n-|-\n", "\\|", "{{c1::", "}}", "é",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_sign_of_a_text_without_code_is_lost_or_comes_twice(text: str) -> None:
    found = formulas(text)
    assert all(one.end <= next_.start for one, next_ in pairwise(found))
    for number, formula in enumerate(found):
        assert text[formula.start] in "$\\" and formula.latex.strip()
        assert parsing.MATHS_MARK.findall(parsing.with_marks(text, found))[number]
    assert len(parsing.MATHS_MARK.findall(parsing.with_marks(text, found))) == len(found)


USUAL = [
    "a ", "1", " ", "\n", "\n\n", "- ", "> ", "$x$", "$x", "x$", "$", " $", "`$a$`", "`", "{", "}", "$x_{i}$", "$\\frac{a}{b_{1}}$", "$\\{$",
    "$a\\$b$", "$\\(a\\)$", "\\", "é", "-", ".", "(", "[", "s ", "th ", "NN", "    ", "\t", "~~~\n", "|", "<b>", "$\\text{if $x$}$", "$$y$$", "\u00a0",
    "\nb", "\n\\a ", "\n= ", "\n1. ", "\n> b", "$x\ny$", "$x_{i\nj}$", "$x =\n1$",
]  # fmt: skip


@given(st.lists(st.sampled_from(USUAL), max_size=12).map("".join))
@example("$a$$b$")
@example("`a`$b$`c`")
@example("{$a$}")
@example("$x\n= seldom$")
@example("$a\n1. b$")
def test_usual_formulas_are_those_of_the_scan(text: str) -> None:
    assert formulas(text) == formulas_beside(text, *code_and_cells(text))


def test_most_shipped_texts_with_formulas_have_only_usual_ones() -> None:
    shipped = markdown_texts(flashcards.load(bundled("decks")).raise_for_errors())
    found = [_ONLY_USUAL.fullmatch(text.source) for text in shipped if "$" in text.source]
    assert len(found) > 150
    assert sum(match is not None for match in found) > 0.6 * len(found)
