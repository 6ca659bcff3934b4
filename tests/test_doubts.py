"""What Markdown takes away from a text, or reads otherwise than it was probably meant: what is found, and what looks
much like it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_markup_simple import PIECES

from flashcards.languages import markup
from flashcards.languages.markup import parsing


def found(text: str, *, clozes: bool = False) -> list[tuple[str, str]]:
    """Return the rule and the text of all that is found."""
    return [
        (problem.rule, text[problem.start : problem.end])
        for problem in markup.parse(text, clozes=clozes).doubts
    ]


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("#", "#"),
        ("a\n\n###\n\nb", "###"),
        (">", ">"),
        ("a\n\n>\n\nb", ">"),
        ("*", "*"),
        ("1.", "1."),
        ("- +\n- -", "- +\n- -"),
        ("- plus: +\n- +\n- minus", "+"),
        ("---", "---"),
        ("***", "***"),
        ("```\n```", "```\n```"),
        ("[](https://example.org)", "[](https://example.org)"),
        ("[Spanish]: perro", "[Spanish]: perro"),
        ("a\n\n[^1]: footnote", "[^1]: footnote"),
        ("> [x]: y\n>\n> text", "[x]: y"),
        ("- a\n- [x]: y\n", "[x]: y"),
        ("[a][x] b\n\n[x]: https://example.org\n[x]: https://example.com", "[x]: https://example.com"),
        ("a|b\n-|-\n1|2|3\n", "3"),
        ("| a |\n|---|\n| 1 | 2 | 3 |", "2 | 3 |"),
        (r"\\server", r"\\"),
        (r"on (\\server\share)", r"\\"),
        (r"- \\server\share", r"\\"),
        (r"**\\server\share**", r"\\"),
        (r"a regex: \. is a dot", r"\."),
        ("2 + 2\n=\n4", "="),
        ("question\n-\nanswer", "-"),
        ("## C #", "#"),
        ("> 90 %", ">"),
        (">= 5", ">"),
        ("> $100", ">"),
        ("1914. War.\n1918. Peace.", "1918"),
        ("1. a\n2. b\n4. c", "4"),
        ("``` int x;\nint y;\n```", "x;"),
    ],
)  # fmt: skip
def test_lost_text_is_found(text: str, lost: str) -> None:
    assert markup.may_have_doubts(text)
    assert found(text) == [("text-lost", lost)]


@pytest.mark.parametrize(
    "text",
    [
        "plain", "", " \n", "# Title", "# a\n\ntext", "Title\n---\ntext", "Title\n===", "# Title #", "## Title ##", "#1 and #2",
        "> quoted\n> text", "> 5 apples are too many for a single card", "- a\n- b\n\n  c", "- a\n  - b\n    1. c", "- a\n-\n- b",
        "1. a\n1. b\n1. c", "1. a\n2. b", "3. a\n4. b", "1986\\. A year.", "1) a\n2) b", "a\n\n---\n\nb",
        "```py\nx\n```", "```py title=\"x\" {1}\nx\n```", "    code\n\n    more", "`` ` ``", "``` x ```",
        "[a][x] and [x] and [b][]\n\n[X]: https://example.org 'title'\n[b]: <https://example.org>", "[a](https://example.org 'title')",
        "![](x.png)", "<https://example.org>", "&copy; &#35; &lt;", r"\*a\* \# \_ \$5 2 \* 3 \[x] \`", r"a \\ b", r"\\n", r"1\. a",
        "| a | b |\n|---|:-:|\n| 1 |\n| 2 | 3 |", r"| a \| b |" "\n|---|\n" r"| `x \| y` |", "a\\\nb  \nc", "~~a~~ **b** _c_ ***d***",
        "> - a\n>   b\n>\n> c", "$x$ and $$\n# = 1\n$$", "a <b> c", "<x>\ntext\n</x>",
    ],
)  # fmt: skip
def test_nothing_is_lost(text: str) -> None:
    assert found(text) == []
    assert found(text, clozes=True) == []


@pytest.mark.parametrize(
    ("text", "guessed"),
    [
        ("26*26*26 = 17,576", "*26*"),
        ("5*3 and 4*2", "*3 and 4*"),
        ("2*x*3", "*x*"),
        ("a*b+c*d", "*b+c*"),
        ("2**3**4", "**3**"),
        ("x**2 + y**2", "**2 + y**"),
        ("What does __init__ do?", "__init__"),
        ("- `a` and __my_name__.py", "__my_name__"),
        ("__FILE__", "__FILE__"),
        ("~5 to~ 10", "~5 to~"),
        ("*.py,*.c", "*.py,*"),
        ("a/*.py, b/*.c", "*.py, b/*"),
        ("src/**/*.py and lib/**/*.c", "**/*.py and lib/**"),
        ("/*x*/", "*x*"),
        ("f(**a) in src/**/*.py", "**a) in src/**"),
        ("f(**kwargs) and x**y", "**kwargs) and x**"),
        ("f(*args) and a*b", "*args) and a*"),
        ("これは**「強調」**です", "**「強調」**"),
        ("これは**（注）重要**です", "**（注）重要**"),
        ("**重要：**本文", "**重要：**"),
        ("**Note:**text", "**Note:**"),
        ("the **“word”**s", "**“word”**"),
        ("a **`name`**s", "**`name`**"),
    ],
)  # fmt: skip
def test_signs_that_were_hardly_meant_for_markdown_are_found(text: str, guessed: str) -> None:
    assert markup.may_have_doubts(text)
    assert found(text) == [("markup-guess", guessed)]


@pytest.mark.parametrize(
    "text",
    [
        "un*believ*able", "**bold**", "2**10", "f(**kwargs)", "src/**/*.py", "f(*args, **kwargs)", "{**a, **b}", "{**a,**b}",
        "f(**a) or g(**b)", "(*note*) (**bold**) (*a (b)*)", "a*b*c", "c*a*t", "3 * 4 * 5", "10*th* place", "*a*1", "***x***", "**bold**, **bold**: *x*.", "*.py",
        "__two words__", "__Hund__", "_name_", "a__b__c", "H~2~O", "~5 ms or ~10 ms", "~~not~~", "これは**強調**です", "中*文*字",
        "`2*3*4` `__init__`", "$2*3*4$", "```\n2*3*4 __init__\n```", r"2\*3\*4", "x**(n+1) * y**(m)", "**a** **「b」**", "** a **b",
    ],
)  # fmt: skip
def test_signs_that_mean_what_they_do_are_passed_over(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "foreign", "way"),
    [
        ("a<br>b", "<br>", "below `|`, end a line with a backslash"),
        ("a<BR />b", "<BR />", "below `|`, end a line with a backslash"),
        ("<b>x</b>", "<b>", "write `**…**`"),
        ("an <i class='x'>x</i>", "<i class='x'>", "write `*…*`"),
        ("H<sub>2</sub>O", "<sub>", "write ₂, or maths: `$x_2$`"),
        ("<img src='cat.png'>", "<img src='cat.png'>", "write `![what it shows](file.png)`"),
        ("a <!-- note --> b", "<!--", "delete it"),
        ("<div>\nx\n</div>", "<div>", "leave the tags out"),
        ("<anki-mathjax>x</anki-mathjax>", "<anki-mathjax>", "write maths between dollars"),
        ("[sound:x.mp3]", "[sound:x.mp3]", "write `![what is heard](x.mp3)`"),
        ("![[a/my x.png|200]]", "![[a/my x.png|200]]", "write `![what it shows](<my x.png>)`"),
        ("![x](my chart.png)", "![x](my chart.png)", "write `![x](<my chart.png>)`"),
        ("![x](chart (1).png)", "![x](chart (1).png)", "write `![x](<chart (1).png>)`"),
        ("a {{c1::b}}", "{{c1::", "write the text behind `cloze:`"),
        ("[[type:Back]]", "[[type:Back]]", "put it between backticks"),
        ("[latex]x[/latex]", "[latex]", "write maths between dollars alone"),
        ("see [$]x[/$] here", "[$]x[/$]", "write maths between dollars alone"),
        ("see [$$]x[/$$] here", "[$$]x[/$$]", "write maths between dollars alone"),
    ],
)  # fmt: skip
def test_markup_of_others_is_found(text: str, foreign: str, way: str) -> None:
    assert markup.may_have_doubts(text)
    assert found(text) == [("foreign-markup", foreign)]
    (problem,) = markup.parse(text).doubts
    assert problem.hint is not None
    assert problem.hint.startswith(way)


@pytest.mark.parametrize(
    "text",
    [
        "What does the <b> tag do?", "a List<String> or <T>", "if a <b and c> d", "std::map<a, b>", "a < b > c", "<https://example.org>",
        "`<br>` and `[sound:x.mp3]`", "```html\n<b>x</b>\n```", "`{{c1::x}}` `[[type:Back]]`", "$x<b>y$", "f[i](x y)", "[[a]]", "[1]",
        "![x](<my chart.png>)", "![x](a.png 'a title')", "![<b>x</b>](a.png)", "[sound] and [anki]", "{{c1}} {{Front}}", "[a](b) !",
    ],
)  # fmt: skip
def test_what_looks_like_markup_of_others_is_passed_over(text: str) -> None:
    assert found(text) == []


def test_deletions_of_a_cloze_text_are_no_foreign_markup() -> None:
    assert found("a {{c1::b}}", clozes=True) == []


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("Which?\na) one\nb) two\nc) three", "b) two"),
        ("A. one option that is quite long, so that no line of these is short\nB. another one of the same length, or longer",
         "B. another one of the same length, or longer"),
        ("(a) one\n(b) two", "(b) two"),
        ("• one\n• two", "• two"),
        ("- a\n  – one\n  – two", "– two"),
        ("Steps:\n2. one\n3. two", "3. two"),
        ("Tyger Tyger, burning bright,\nIn the forests of the night;\nWhat immortal hand or eye,\nCould frame it?", "What immortal hand or eye,"),
        ("> Name: Ada\n> Born: 1815\n> Died: 1852", "Died: 1852"),
        ("床前明月光\n疑是地上霜\n举头望明月", "举头望明月"),
        ("a\n*b*\n{{c1::c}}", "{{c1::c}}"),
    ],
)  # fmt: skip
def test_joined_lines_are_found(text: str, joined: str) -> None:
    assert markup.may_have_doubts(text, clozes=True)
    assert found(text, clozes=True) == [("joined-lines", joined)]


WRAPPED = """\
The share of the positives that were found; it counts
what was missed, and says nothing of false alarms. So
it rises with each row that is called positive.
"""


@pytest.mark.parametrize(
    "text",
    [
        "one\ntwo", "one\ntwo\n\nthree", "one\\\ntwo\\\nthree", "one  \ntwo  \nthree", "- one\n- two\n- three", "1. a\n2. b\n3. c",
        "- one\n  more\n- two\n  more\n- three\n  more", WRAPPED, WRAPPED + "Yes.\n", "It holds:\n" + WRAPPED, "a\nb\n" + WRAPPED,
        "> " + WRAPPED.replace("\n", "\n> "), "a) one", "It is as in Plan\nA. And so on, at length, for the whole of a line and more",
        "| a |\n|---|\n| b |\n| c |", "```\na\nb\nc\n```", "    a\n    b\n    c", "one\n\n# two\nthree", "a\n$$\nx\n$$\nb",
        "![a](a.png)\n![b](b.png)\n![c](c.png)", "$\\alpha + \\beta + \\gamma + \\delta + \\epsilon + \\zeta$\nis\nlong",
        "机器学习系统设计面试中最常见的问题是什么，\n以及应该如何回答这些问题，请举一个例子说\n明这些问题的答案",
    ],
)  # fmt: skip
def test_lines_that_may_be_joined_are_passed_over(text: str) -> None:
    assert [rule for rule, _ in found(text) if rule == "joined-lines"] == []


def test_places_are_those_of_the_text_itself() -> None:
    text = "ü {{c1::$\\frac{a}{b}$::x}} 😀\n\n{{c2::b}}\n\n[ß]: c\n\n$d$\n\n#"
    assert found(text, clozes=True) == [("text-lost", "[ß]: c"), ("text-lost", "#")]


def test_what_is_said_in_the_same_words_is_said_once() -> None:
    assert found("a\n\n#\n\n#\n\n>") == [("text-lost", "#"), ("text-lost", ">")]


@example(text="word\n\xa0word\nword", clozes=False)
@example(text="word\n-\xa0word\nword", clozes=False)
@settings(max_examples=1_000)
@given(text=st.lists(st.sampled_from(PIECES)).map("".join), clozes=st.booleans())
def test_nothing_is_found_without_a_doubt_before(text: str, clozes: bool) -> None:
    may = markup.may_have_doubts(text, clozes=clozes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "may_have_doubts", lambda text, clozes: True)
        assert may or not found(text, clozes=clozes)


SIGNS = [
    "@", "@", "@", "@ ", " ", "\n", "\n\n", "*", "**", "_", "__", "`", "``", "```", "~~", "~", "~~~\n", "- ", "\n- ", "\n  - ", "\n1. ", "1. ", "12) ",
    "# ", "\n## ", "> ", "\n> ", "---", "\n---\n", "\n===\n", "+ ", "=", "<", ">", "!", "[", "]", "](x)", "[@]: x\n", "\n\n[@]: y\n", "&amp;", "::",
    "|", "\n|", "|\n", "a|b\n-|-\nc|d\n", "\n|-|-|\n", "$", "$$", "\\", "\\\n", "\\*", "\\(", "\\)", "{", "    ", "\n    ", "<br>", "<!--", "<@>", "{{c1::",
    "}}", "#",
]  # fmt: skip


@settings(max_examples=1_000)
@example(parts=["```", "_ =", "@", "\n"], clozes=False)
@given(parts=st.lists(st.sampled_from(SIGNS)), clozes=st.booleans())
def test_no_word_is_lost_without_a_finding(parts: list[str], clozes: bool) -> None:
    """Each `@` is a word of its own; it is shown, or stands in an address or the like, or something is found."""
    numbers = iter(range(10_000))
    text = re.sub("@", lambda _: f"w{next(numbers)}x", "".join(parts))
    document = markup.parse(text, clozes=clozes)
    kept = document.root.text + "".join(str(element.attrs) for element in document.root.walk())
    if not document.doubts and not document.problems:
        assert [word for word in re.findall(r"w\d+x", text) if word not in kept] == []
