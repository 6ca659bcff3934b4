from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser

import pytest
from anki.collection import Collection
from anki.decks import DeckId
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flashcards.collection.model import Documents
from flashcards.diagnostics import Severity
from flashcards.languages import cloze, markup

MEDIA = {"p.png": "p-0123456789ab.png", "a b.png": "a-b-0123456789ab.png", "s.mp3": "s-0123456789ab.mp3"}


def html(text: str, *, clozes: bool = False) -> str:
    """Render a field as HTML, both ways: through the tree, and the short way for what is simple."""
    result = markup.to_html(markup.parse(text, clozes=clozes), MEDIA)
    assert Documents().html(text, MEDIA, clozes=clozes) == result
    return result


def typst(text: str, *, clozes: bool = False) -> str:
    return markup.to_typst(markup.parse(text, clozes=clozes), MEDIA).source


# ------------------------------------------------------------------------------------------------------------------ HTML

HTML = {
    "": "",
    "plain text": "plain text",
    "a < b & c > d": "a &lt; b &amp; c &gt; d",
    "“curly” — café 日本 😀": "“curly” — café 日本 😀",
    "a &lt; b &copy; &#8364;": "a &lt; b © €",
    "*a* **b** ***c*** ~~d~~ _e_": "<em>a</em> <strong>b</strong> <em><strong>c</strong></em> <s>d</s> <em>e</em>",
    "snake_case_name and 2*3*4": "snake_case_name and 2<em>3</em>4",
    r"\*a\* \_b\_ \`c\`": "*a* _b_ `c`",
    "a\nb": "a\nb",
    "a  \nb\\\nc": "a<br>b<br>c",
    "a\n\nb": "<p>a</p><p>b</p>",
    "# a\n\n### b *c*": "<p><strong>a</strong></p><p><strong>b <em>c</em></strong></p>",
    "- a\n- *b*": "<ul><li>a</li><li><em>b</em></li></ul>",
    "- a\n\n- b": "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
    "- a\n  1. b\n  2. c": "<ul><li>a<ol><li>b</li><li>c</li></ol></li></ul>",
    "7. a\n8. b": '<ol start="7"><li>a</li><li>b</li></ol>',
    "0. a": '<ol start="0"><li>a</li></ol>',
    "> a\n> b": "<blockquote><p>a\nb</p></blockquote>",
    "a\n\n---\n\nb": "<p>a</p><hr><p>b</p>",
    "| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | *2* | 3 |": (
        '<table><thead><tr><th>a</th><th style="text-align: left">b</th><th style="text-align: center">c</th>'
        '<th style="text-align: right">d</th></tr></thead><tbody><tr><td>1</td><td style="text-align: left"><em>2</em></td>'
        '<td style="text-align: center">3</td><td style="text-align: right"></td></tr></tbody></table>'
    ),
    "`a < b` and `` ` ``": "<code>a &lt; b</code> and <code>`</code>",
    "```\na < b\n\n  c\n```": "<pre><code>a &lt; b\n\n  c</code></pre>",
    "~~~\na\n~~~": "<pre><code>a</code></pre>",
    "    a\n    b": "<pre><code>a\nb</code></pre>",
    "```python\nx < 1\n```": (
        '<pre><code><span class="n">x</span> <span class="o">&lt;</span> <span class="mi">1</span></code></pre>'
    ),
    "```nosuchlanguage\nx = 1\n```": "<pre><code>x = 1</code></pre>",
    "```python title=x\n1\n```": '<pre><code><span class="mi">1</span></code></pre>',
    # maths
    "$x_1$ and $a<b$": r"\(x_1\) and \(a&lt;b\)",
    "$$\nx\n$$": r"\[x\]",
    r"a \(x_1 * y * z\) b": r"a \(x_1 * y * z\) b",
    r"a \[x\] b": r"a \[x\] b",
    r"**a \(x\) b**": r"<strong>a \(x\) b</strong>",
    "\\(a\n+ b\\)": "\\(a\n+ b\\)",
    r"| \(a\) |": r"| \(a\) |",
    "`a`\n\\(x\\)": "<code>a</code>\n\\(x\\)",
    # links, pictures, sounds
    "[a *b*](https://example.org/?x=1&y=2)": '<a href="https://example.org/?x=1&amp;y=2">a <em>b</em></a>',
    "[a](https://example.org/Bayes'_{id}|`^)": '<a href="https://example.org/Bayes%27_%7Bid%7D%7C%60%5E">a</a>',
    "<https://example.org>": '<a href="https://example.org">https://example.org</a>',
    "<me@example.org>": '<a href="mailto:me@example.org">me@example.org</a>',
    "[a][1]\n\n[1]: http://example.org": '<a href="http://example.org">a</a>',
    r"[a](http://example.org/\(b\))": '<a href="http://example.org/(b)">a</a>',
    "![a \"b\" <c>](p.png)": '<img src="p-0123456789ab.png" alt="a &quot;b&quot; &lt;c&gt;">',
    "![*a* `b`](<a b.png>)": '<img src="a-b-0123456789ab.png" alt="a b">',
    "![a](s.mp3)": "[sound:s-0123456789ab.mp3]",
    "![a *b*](missing.png)": "<span>a b</span>",
}  # fmt: skip


@pytest.mark.parametrize("text", HTML, ids=ascii)
def test_html(text: str) -> None:
    assert html(text) == HTML[text]
    assert markup.parse(text).problems == ()


@pytest.mark.parametrize(
    "text",
    ["$5-$10", "$5 and $10", "from $5 to $10", "$1,000-$2,000", "$5/$10", "costs $x$5", "$ x $", "a 5$",
     "$3:$4 $5", "US$5, A$6"],
)  # fmt: skip
def test_money_is_not_maths(text: str) -> None:
    assert html(text) == text


def test_money_beside_maths() -> None:
    assert html("$5-$10, $x$, $7-$8 and $y^2$") == r"$5-$10, \(x\), $7-$8 and \(y^2\)"
    assert html("50 € at $x=5$") == r"50 € at \(x=5\)"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <b onclick='x'>b</b> c",
        "<img src=x onerror=alert(1)>",
        "<!-- a -->",
        "<div>\n\na\n\n</div>",
        "<style>*{display:none}</style>",
        "<?php ?>",
        "<![CDATA[a]]>",
        "</li></ul>",
        "<anki-mathjax>x</anki-mathjax>",
    ],
)
def test_raw_html_is_shown_as_text(text: str) -> None:
    shown = html(text)
    assert unescape(re.sub("</?p>", " ", shown)).split() == text.split()
    assert re.findall("<(?!/?p>)", shown) == []


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,a", "file:///etc/passwd", "//example.org", "page.html", "#a",
     "", "<java script:alert(1)>", "&#106;avascript:alert(1)", "vbscript:a", "<https://a.b/ c>", 'https://a.b/"onclick="x'],
)  # fmt: skip
def test_links_lead_to_the_web_or_to_mail_only(address: str) -> None:
    text = f"é see [*here*]({address})"
    document = markup.parse(text)
    assert markup.to_html(document) == "é see <span><em>here</em></span>"
    assert [(p.rule, p.severity, text[p.start : p.end]) for p in document.problems] == [
        ("unsafe-link", Severity.WARNING, text.removeprefix("é see "))
    ]


def test_a_picture_is_never_loaded_from_elsewhere() -> None:
    assert html("![a](https://example.org/p.png) ![b](../p.png) ![c](javascript:x)") == (
        "<span>a</span> <span>b</span> <span>c</span>"
    )


DEFUSED = {
    "[sound:a.mp3]": "&#91;sound:a.mp3]",
    "[SOUND:a.mp3]": "&#91;SOUND:a.mp3]",
    r"\[sound\:a.mp3]": "&#91;sound:a.mp3]",
    "[*sound*:a.mp3]": "[<em>sound</em>:a.mp3]",
    "[latex]a[/latex]": "&#91;latex]a&#91;/latex]",
    r"[\$]a[/\$]": "&#91;$]a&#91;/$]",
    r"[\$\$]a[/\$\$]": "&#91;$$]a&#91;/$$]",
    "[anki:tts lang=en]a[/anki:tts]": "&#91;anki:tts lang=en]a[/anki:tts]",
    "`[sound:a.mp3]`": "<code>&#91;sound:a.mp3]</code>",
    "```text\n[latex]\n```": "<pre><code>&#91;latex]</code></pre>",
    "![[sound:a.mp3]](p.png)": '<img src="p-0123456789ab.png" alt="&#91;sound:a.mp3]">',
    r"`\(x\)`": r"<code>\<span></span>(x\<span></span>)</code>",
    "~~~\n\\[x\\]\n~~~": r"<pre><code>\<span></span>[x\<span></span>]</code></pre>",
    "    \\(x\\)": r"<pre><code>\<span></span>(x\<span></span>)</code></pre>",
    r"a\\(b\\)": r"a\<span></span>(b\<span></span>)",
    r"a\\*(b)*": r"a\<span></span><em>(b)</em>",
    r"![\\(a\\)](p.png)": '<img src="p-0123456789ab.png" alt="&#92;(a&#92;)">',
    "{{c1::a}}": "{&#123;c1::a}}",
    "[a](https://example.org/[latex])": '<a href="https://example.org/&#91;latex]">a</a>',
}  # fmt: skip


@pytest.mark.parametrize("text", DEFUSED, ids=ascii)
def test_what_anki_would_obey_is_text(text: str) -> None:
    assert html(text) == DEFUSED[text]


# ---------------------------------------------------------------------------------------------------------------- clozes

CLOZES = {
    "a {{c1::b}} c": "a {{c1::b}} c",
    "{{c1::a::hint}}": "{{c1::a::hint}}",
    "{{c1::a::*b* <c> & d}}": "{{c1::a::*b* &lt;c&gt; &amp; d}}",
    "{{c2,1::a}}": "{{c2,1::a}}",
    "{{c0::a}} {{c1::b}}": "{{c0::a}} {{c1::b}}",
    "{{c1::a {{c2::b::h}} c::i}}": "{{c1::a {{c2::b::h}} c::i}}",
    "*{{c1::a}}* **{{c2::b}}**c {{c3::*d*}}": "<em>{{c1::a}}</em> <strong>{{c2::b}}</strong>c {{c3::<em>d</em>}}",
    "- {{c1::a}}\n- {{c2::b}}": "<ul><li>{{c1::a}}</li><li>{{c2::b}}</li></ul>",
    "[{{c1::a}}](https://example.org)": '<a href="https://example.org">{{c1::a}}</a>',
    "{{c1::![a](p.png)}}": '{{c1::<img src="p-0123456789ab.png" alt="a">}}',
    "<b>{{c1::a}}</b>": "&lt;b&gt;{{c1::a}}&lt;/b&gt;",
    "😀 {{c1::é}} 日本 {{c2::a}}": "😀 {{c1::é}} 日本 {{c2::a}}",
    # code and maths hide `::` and `}}`, but not deletions
    "{{c1::`std::vector<T>{{}}`::in C++}}": "{{c1::<code>std:&#58;vector&lt;T&gt;{{}&#125;</code>::in C++}}",
    "`a}}` {{c1::b}}": "<code>a}}</code> {{c1::b}}",
    "`a {{c1::b}}`": "<code>a {{c1::b}}</code>",
    "{{c1::`a {{c2::b}}`}}": "{{c1::<code>a {{c2::b}}</code>}}",
    "```python\nx = {{c1::1}}\n```": "<pre><code>x = {{c1::1}}</code></pre>",
    r"{{c1::$\frac{a}{\sqrt{b^{2}}}$}}": r"{{c1::\(\frac{a}{\sqrt{b^{2} } }\)}}",
    r"{{c1::$$\frac{a}{\sqrt{b^{2}}}$$}}": r"{{c1::\[\frac{a}{\sqrt{b^{2} } }\]}}",
    r"{{c1::\(\sqrt{b^{2}}\)}} {{c2::\[\sqrt{b^{2}}\]}}": r"{{c1::\(\sqrt{b^{2} }\)}} {{c2::\[\sqrt{b^{2} }\]}}",
    "{{c1::$a::b:::c$}}": r"{{c1::\(a:{}:b:{}:{}:c\)}}",
    r"{{c1::\(a::b\)}}": r"{{c1::\(a:{}:b\)}}",
    r"$\sqrt{b^{2}}$ {{c1::a}}": r"\(\sqrt{b^{2}}\) {{c1::a}}",
    r"$\frac{{{c1::a}}}{b}$": r"\(\frac{{{c1::a}}}{b}\)",
    r"\(x = {{c1::y::what}}\)": r"\(x = {{c1::y::what}}\)",
    r"$x^{{c1::{2} }}$": r"\(x^{{c1::{2} }}\)",
    # in maths a deletion ends where its braces pair up, and a blank keeps them from the closing mark
    r"$P = {{c1::\frac{a}{b}}}$": r"\(P = {{c1::\frac{a}{b} }}\)",
    r"$$\sigma = {{c1::\frac{1}{1+e^{-x}}}}$$": r"\[\sigma = {{c1::\frac{1}{1+e^{-x} } }}\]",
    r"\(\frac{1}{{{c1::\sqrt{2}}}}\)": r"\(\frac{1}{{{c1::\sqrt{2} }}}\)",
    r"${{c1::\frac{\sqrt{{{c2::a}}}}{b}}}$": r"\({{c1::\frac{\sqrt{{{c2::a}}} }{b} }}\)",
    r"$\{x \mid {{c1::\{x\}}}\}$": r"\(\{x \mid {{c1::\{x\} }}\}\)",
    r"$x^{{{c1::a}{b}}}$": r"\(x^{{{c1::a}{b}}}\)",
    # a formula in a hint
    r"$x = {{c1::\frac{a}{b}::$\frac{c}{d}$}}$": r"\(x = {{c1::\frac{a}{b} ::\frac{c}{d} }}\)",
    r"$x = {{c1::y::\frac{c}{d}}}$": r"\(x = {{c1::y::\frac{c}{d} }}\)",
    r"{{c1::$a$::like $\frac{c}{d}$, as \(\sqrt{a^{b}}\)}}": (
        r"{{c1::\(a\)::like \(\frac{c}{d}\), as \(\sqrt{a^{b} }\)}}"
    ),
    "`{{c1::a::$b$}}`": "<code>{{c1::a::$b$}}</code>",
    "{{c1::$5}} and {{c2::$6}}": "{{c1::$5}} and {{c2::$6}}",
    # Markdown must not make marks, nor break them
    "{{c1::a:&#58;b}}": "{{c1::a:&#58;b}}",
    "{{c1::a&#58;::b}}": "{{c1::a&#58;::b}}",
    r"{{c1::a\:\:b}}": "{{c1::a:&#58;b}}",
    r"{{c1::a}\}\}b}}": "{{c1::a}&#125;}b}}",
    "{{c1::a&#125;}}": "{{c1::a&#125;}}",
    "{{c1::{{c2::a}}&#125;}}": "{{c1::{{c2::a}}&#125;}}",
    "{{c1::a::b&#125;}}": "{{c1::a::b&amp;#125;}}",
    "{{c1::[a](https://a.b/:&#58;c)}}": '{{c1::<a href="https://a.b/:&#58;c">a</a>}}',
    r"{{c1::![a:\:b}\}](p.png)}}": '{{c1::<img src="p-0123456789ab.png" alt="a:&#58;b}&#125;">}}',
    r"{{c1::[\sound:a]}}": r"{{c1::[\sound:a]}}",
    "{{c1::a\\:}}": "{{c1::a&#58;}}",
    # escapes in an answer: Markdown's own signs, and parts of cloze marks
    r"{{c1::costs \$5}} now": "{{c1::costs $5}} now",
    r"{{c1::\$5 to \$6}} or `a`": "{{c1::$5 to $6}} or <code>a</code>",
    r"{{c1::a \` b}} and {{c2::`c`}}": "{{c1::a ` b}} and {{c2::<code>c</code>}}",
    r"{{c1::\\$x$}}": r"{{c1::\<span></span>\(x\)}}",
    r"{{c1::$x$\$}}": r"{{c1::\(x\)$}}",
    r"{{c1::\{a\}}}": "{{c1::{a&#125;}}",
    r"{{c1::a {{c2::\}}}}} b": "{{c1::a {{c2::&#125;}}}} b",
    r"{{c1::std\::vector}}": "{{c1::std:&#58;vector}}",
    r"{{c1::std\::vector::a hint}}": "{{c1::std:&#58;vector::a hint}}",
    # a backslash before a mark, which must not escape it
    r"{{c1::C:\}} is": r"{{c1::C:\<span></span>}} is",
    r"{{c1::C:\\}} is": r"{{c1::C:\<span></span>}} is",
    r"{{c1::C:\\::a drive}} is": r"{{c1::C:\<span></span>::a drive}} is",
    r"{{c1::a {{c2::C:\}}}} is": r"{{c1::a {{c2::C:\<span></span>}}}} is",
    r"`{{c1::C:\}}` is": r"<code>{{c1::C:\<span></span>}}</code> is",
    r"$\{{{c1::a}}\}$ is": r"\(\{{{c1::a}}\}\) is",
}  # fmt: skip


@pytest.mark.parametrize("text", CLOZES, ids=ascii)
def test_clozes_in_html(text: str) -> None:
    assert markup.parse(text, clozes=True).problems == ()
    assert html(text, clozes=True) == CLOZES[text]


@pytest.fixture(scope="module")
def revealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """`revealed(html)` is the text that a real Anki shows on the back of a cloze note's first card."""
    collection = Collection(str(tmp_path_factory.mktemp("anki") / "collection.anki2"))
    note_type = collection.models.by_name("Cloze")

    def text(content: str) -> str:
        note = collection.new_note(note_type)
        note["Text"] = content
        collection.add_note(note, DeckId(1))
        answer = note.cards()[0].answer().split("</style>")[1]
        return unescape(re.sub("<[^>]*>", "", answer)).strip()

    yield text
    collection.close()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"a {{c1::$\frac{a}{\sqrt{b^{2}}}$}} b", r"a \(\frac{a}{\sqrt{b^{2} } }\) b"),
        ("{{c1::`std::vector<T>{{}}`::in C++}}", "std::vector<T>{{}}"),
        ("{{c1::a&#125;}}", "a}"),
        ("{{c1::a&#58;::b}}", "a:"),
        (r"{{c1::a\:\:b}\}}}", "a::b}}"),
        (r"{{c1::C:\}} is", "C:\\ is"),
        (r"{{c1::{a\}}} is", "{a} is"),
        (r"{{c1::std\::vector::hint}}", "std::vector"),
        ("{{c1::{{c2::a}}&#125;}} b", "a} b"),
        ("{{c1::a}} &#91;sound:b.mp3] [latex]c[/latex]", "a [sound:b.mp3] [latex]c[/latex]"),
        (r"{\{c2::a}} {{c1::b}}", "{{c2::a}} b"),
        (r"$\sigma = {{c1::\frac{1}{1+e^{-x}}}}$!", r"\(\sigma = \frac{1}{1+e^{-x} } \)!"),
        (r"$x = {{c1::\frac{a}{b}::$\frac{c}{d}$}}$!", r"\(x = \frac{a}{b} \)!"),
        (r"{{c1::$a$::$\frac{c}{d}$}}!", r"\(a\)!"),
        ("{{c1::<b>}} & <c>", "<b> & <c>"),
    ],
)
def test_the_real_anki_reveals_what_the_author_wrote(
    revealed: Callable[[str], str], text: str, answer: str
) -> None:
    assert revealed(html(text, clozes=True)) == answer


# What is between « and » is the place of the problem
PROBLEMS = [
    ("cloze-unbalanced", "日本 «{{c1::»a"),
    ("cloze-unbalanced", "é {{c1::a}} «{{c12,3::»a {{c2::b}}"),
    ("cloze-unbalanced", "{{c1::a}} b«}}»"),
    ("cloze-across-markup", "*é «{{c1::a* b}}»"),
    ("cloze-across-markup", "é\n\n«{{c1::a\n\nb}}»"),
    ("cloze-across-markup", "- 😀\n- «{{c1::a\n- b}}»"),
    ("cloze-across-markup", "| é |\n|---|\n| «{{c1::a | b}}» |"),
    ("cloze-across-markup", "`é «{{c1::a` b}}»"),
    ("cloze-across-markup", "[«{{c1::a](https://example.org) b}}»"),
    # where no card would show it
    ("cloze-across-markup", "![é «{{c1::a}}»](p.png)"),
    ("cloze-across-markup", "é [r]\n\n[r]: https://example.org '«{{c1::a}}»'"),
    ("cloze-across-markup", "```é-«{{c1::python}}»\na\n```"),
    ("cloze-across-markup", "{{c1::a::hint «{{c2::b}}»}}"),
]


@pytest.mark.parametrize(("rule", "marked"), PROBLEMS, ids=[ascii(marked) for _, marked in PROBLEMS])
def test_problems_have_their_place(rule: str, marked: str) -> None:
    start, end = marked.index("«"), marked.index("»") - 1
    text = marked.replace("«", "").replace("»", "")
    found = [
        (problem.rule, problem.start, problem.end) for problem in markup.parse(text, clozes=True).problems
    ]
    assert found == [(rule, start, end)]


def test_a_deletion_in_an_address_is_found_twice() -> None:
    document = markup.parse("[a](https://example.org/{{c1::b}})", clozes=True)
    assert [(problem.rule, problem.message) for problem in document.problems] == [
        ("unsafe-link", "a link to `https://example.org/{{c1::b}}`"),
        (
            "cloze-across-markup",
            "this cloze deletion lies in a link's address, a picture's text or a code block's language",
        ),
    ]


HARMLESS = st.sampled_from(
    [
        "é ",
        "日本 ",
        "😀 ",
        "a ",
        "$5-$10 ",
        "$7/$8 ",
        "{{c1::é}} ",
        "{{c2::a::h}} ",
        "*é* ",
        "`é` ",
        "\n\n",
        "$x$ ",
        r"\(x\) ",
        r"\[é\] ",
    ]
)


@given(before=st.lists(HARMLESS, max_size=8).map("".join), after=st.lists(HARMLESS, max_size=3).map("".join))
@settings(max_examples=100)
def test_places_are_exact_after_anything(before: str, after: str) -> None:
    text = f"{before}\n\n[é](javascript:a) {{{{c9::\n\n{after}"
    problems = {
        problem.rule: text[problem.start : problem.end]
        for problem in markup.parse(text, clozes=True).problems
    }
    assert problems == {"unsafe-link": "[é](javascript:a)", "cloze-unbalanced": "{{c9::"}
    places = [
        text[e.start : e.end]
        for e in markup.parse(text, clozes=True).root.walk()
        if e.name in ("maths", "emphasis", "link")
    ]
    assert set(places) <= {"[é](javascript:a)", r"\(x\)", r"\[é\]", "*é*", "$x$"}


# ------------------------------------------------------------------------------------------------------------ properties

PIECES = [
    "{{c1::", "{{c2::", "{{c1,3::", "{{c0::", "{{c", "{", "}", "}}", "}}", "::", ":", "$", "$$", "\\(", "\\)", "\\[", "\\]",
    "`", "```", "~~~", "\n", "\n\n", " ", "    ", "*", "**", "_", "~~", "[", "]", "(", ")", "](http://a.b)", "![",
    "](p.png)", "](javascript:a)", "<script>", "</script>", "<b>", "<!--", "-->", "<SCRIPT src=x>", "&lt;script&gt;",
    "&#60;script>", "\\<script>", "&#125;", "&#58;", "&#123;", "\\{", "\\}", "\\:", "|", "\n|-|-|\n", "- ", "1. ", "> ",
    "# ", "---", "a", "é", "日", "😀", "5", "[sound:", "[latex]", "\\", '"', "'", "#read(\"x\")", "#", "@a", "//", "/*",
    "http://a.b", "<http://a.b>", "python", "\t", "\r", "[r]: http://a.b\n", "\ue000", "\ue0010{", "\ue001", "\u2028",
    "\x00",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)


@given(text=TEXTS)
@example(text="{{c1::a&#125;}}")
@example(text="{{c1::&#123;{c2::a}}")
@example(text="{{c1::a &#123;{c2::b}}")
@example(text="{{c1::![{{c2::a}}](p.png)}}")
@settings(max_examples=400)
def test_html_makes_the_cards_that_the_author_wrote(text: str) -> None:
    document = markup.parse(text, clozes=True)
    if not any(problem.severity is Severity.ERROR for problem in document.problems):
        numbers = {number for e in document.root.walk() if e.name == "cloze" for number in e.attrs["numbers"]}
        marks = {int(number) for mark in re.findall(r"{{c([0-9,]+)::", text) for number in mark.split(",")}
        assert numbers == marks
        assert cloze.ordinals(html(text, clozes=True)) == sorted(number - 1 for number in numbers if number)


class Tags(HTMLParser):
    """Collects what a browser would make of a field."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.other: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    handle_pi = unknown_decl = handle_comment


PLAIN_TAGS = [
    "p",
    "em",
    "strong",
    "s",
    "br",
    "hr",
    "ul",
    "li",
    "blockquote",
    "pre",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
]
ATTRIBUTES = {
    "a": {"href": r"(?i)(https?://|mailto:)[^\s\"'<>]+"},
    "img": {"src": r"[a-z0-9-]+\.png", "alt": r"(?s).*"},
    "ol": {"start": r"\d+"},
    "span": {"class": r"[a-z0-9]+"},
    "th": {"style": "text-align: (left|center|right)"},
    "td": {"style": "text-align: (left|center|right)"},
    **{tag: {} for tag in PLAIN_TAGS},
}  # fmt: skip


@given(text=TEXTS, clozes=st.booleans())
@settings(max_examples=400)
def test_no_text_makes_markup_of_its_own(text: str, clozes: bool) -> None:
    result = html(text, clozes=clozes)
    assert "<script" not in result.lower()
    tags = Tags()
    tags.feed(result)
    assert tags.other == []
    for tag, attributes in tags.found:
        for name, value in attributes:
            assert re.fullmatch(ATTRIBUTES[tag][name], value or ""), (tag, name, value)


LITERAL = re.compile(r'"(?:[^"\\]|\\[\\"n]|\\u\{[0-9a-f]+\})*"')
SKELETON = re.compile(
    r"(?:#S|#linebreak\(\)|#parbreak\(\)|#md\.rule\(\)|#(?:emph|strong|strike|md\.(?:cloze|quotation|lead))?(?=\[)|#link\(S\)"
    r"|#md\.(?:code|picture|maths|code-block|bullets|steps|grid-table)(?=\()"
    r"|S|\d+|true|false|auto|left|center|right|[][(),]| )*"
)


@given(text=TEXTS, clozes=st.booleans())
@settings(max_examples=400)
def test_text_reaches_typst_in_string_literals_only(text: str, clozes: bool) -> None:
    document = markup.parse(text, clozes=clozes)
    if any(element.name == "maths" for element in document.root.walk()):
        return  # formulas have tests of their own
    skeleton = LITERAL.sub("S", markup.to_typst(document, MEDIA).source)
    assert SKELETON.fullmatch(skeleton), skeleton
    assert skeleton.count("[") == skeleton.count("]")
    assert skeleton.count("(") == skeleton.count(")")


DEEP = {
    "quotes": ">" * 5000,
    "lists": "> - " * 2000,
    "emphasis": "*" * 5000 + "a" + "*" * 5000,
    "pictures": "![" * 2000 + "](a)" * 2000,
    "links": "[" * 2000,
    "clozes": "> *{{c1::" * 20 + "a" + "}}*" * 20,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_no_depth_is_too_much(text: str) -> None:
    html(text, clozes=True)
    typst(text, clozes=True)


def test_what_is_drawn_flat_keeps_its_text() -> None:
    text = "".join(f"{'> ' * depth}{depth}\n\n" for depth in range(1, 60))
    assert re.findall(r"\d+", html(text)) == [str(depth) for depth in range(1, 60)]
    assert re.findall(r"\d+", typst(text)) == [str(depth) for depth in range(1, 60)]


# ----------------------------------------------------------------------------------------------------------------- Typst

TYPST = {
    "plain \"text\" \\\\ #read": r'[#"plain \"text\" \\ #read"]',
    "*a* **b** ~~c~~": '[#emph[#"a"]#" "#strong[#"b"]#" "#strike[#"c"]]',
    "a\nb\\\nc": '[#"a b"#linebreak()#"c"]',
    "a\n\nb": '[#"a"#parbreak()#"b"]',
    "# a": '[#md.lead[#"a"]]',
    "- a\n- b": '[#md.bullets([#"a"], [#"b"])]',
    "3. a\n4. b": '[#md.steps(3, [#"a"], [#"b"])]',
    "> a": '[#md.quotation[#"a"]]',
    "a\n\n---": '[#"a"#md.rule()]',
    "| a | b |\n|:--|---|\n| 1 | 2 |": '[#md.grid-table((left, auto,), ([#"a"], [#"b"],), [#"1"], [#"2"])]',
    "`a`": '[#md.code("a")]',
    "```\na\n  b\n```": r'[#md.code-block("a\n  b", (("", "a\n  b"),))]',
    "```python\nx = 1\n```": (
        '[#md.code-block("x = 1", (("n", "x"), ("", " "), ("o", "="), ("", " "), ("mi", "1"),))]'
    ),
    "```python\nx\u200b\n```": '[#md.code-block("x\u200b", (("n", "x\u200b"), ("err", ""),))]',
    "[a](https://example.org)": '[#link("https://example.org")[#"a"]]',
    "[a](javascript:b)": '[#[#"a"]]',
    "![a](p.png)": '[#md.picture("p-0123456789ab.png", "a")]',
    "![a](s.mp3)": '[#"a"]',
    "![a](missing.png)": '[#"a"]',
    "a\u2028b\tc": r'[#"a\u{2028}b\u{9}c"]',
}  # fmt: skip


@pytest.mark.parametrize("text", TYPST, ids=ascii)
def test_typst(text: str) -> None:
    assert typst(text) == TYPST[text]


def test_clozes_in_typst() -> None:
    assert typst("a {{c1::b {{c2::c}}::hint}}", clozes=True) == '[#"a "#md.cloze[#"b "#md.cloze[#"c"]]]'


@pytest.mark.parametrize(
    "mix",
    [
        lambda typst: typst + "a",
        lambda typst: "a" + typst,
        lambda typst: typst % "a",
        lambda typst: "".join([typst]),
        lambda typst: typst.format("a"),
        lambda typst: typst.join(["a"]),
    ],
)
def test_typst_does_not_mix_with_text(mix: Callable[[markup.Typst], str]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        mix(markup.Typst("#read"))


@given(text=st.text(max_size=40))
def test_a_typst_literal_is_one_literal(text: str) -> None:
    assert LITERAL.fullmatch(markup.typst_string(text))


@given(text=st.text(max_size=80))
def test_breakable_text_is_the_same_text(text: str) -> None:
    text = text.replace("\u200b", "")
    assert markup.breakable(text).replace("\u200b", "") == text


ESCAPED = {
    r"{{c1::5\$}} and {{c2::6\$}}": ["5$", "6$"],
    r"{{c1::US\$}}, {{c2::\$5::in \$}}, {{c3::\$x\$}}": ["US$", "$5", "$x$"],
    r"{{c1::a\`}} b {{c2::c\`}}": ["a`", "c`"],
    r"{{c1::\`a\`}} b {{c2::\`c`}}": ["`a`", "`c`"],
    r"{{c1::a\\}} b {{c2::\\$x$}}": ["a\\", r"\x"],
    r"{{c1::\\\$x$}} y {{c2::5\$}}": [r"\$x$", "5$"],
    r"{{c1::\{a\}}} b {{c2::\}\}}}": ["{a}", "}}"],
    r"{{c1::C:\dir\}} b {{c2::*\*\}} `{{c3::a\}} b` {{c4::$\{a\}$}} ${{c5::\{a\}}}$": ["C:\\dir\\", "**\\", "a\\", r"\{a\}", r"\{a\}"],
    r"{{c1::\\(}} and {{c2::\\)}}": [r"\(", r"\)"],
    r"{{c1::\*a\_}} b {{c2::\~\~}} {{c3::\<c\>}} {{c4::\]d\)}}": ["*a_", "~~", "<c>", "]d)"],
    r"$a$ {{c1::5\$}} $b$ {{c2::6}}": ["5$", "6"],
    r"a \$5 {{c1::$x$}} \$6 {{c2::$\$$}} {{c3::`\`}}": ["x", r"\$", "\\"],
    "| a | b |\n|---|---|\n| {{c1::x\\|y}} | {{c2::5\\$}} |\n| {{c3::\\`}} | {{c4::\\`}} |": ["x|y", "5$", "`", "`"],
}  # fmt: skip


@pytest.mark.parametrize("text", ESCAPED, ids=ascii)
def test_escaped_signs_do_not_hide_the_end_of_a_deletion(text: str) -> None:
    document = markup.parse(text, clozes=True)
    assert document.problems == ()
    assert [element.text for element in document.root.walk() if element.name == "cloze"] == ESCAPED[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$\text{50\% of {{c1::rows\_x}} and \_}$", r"\(\text{50% of {{c1::rows_x}} and _}\)"),
        (
            r"$\text{{{c1::R\&D}} a}{{c2::b::$\bm h$}}$",
            r"\(\text{{{c1::R&amp;D}} a}{{c2::b::\boldsymbol h}}\)",
        ),
        (r"${{c1::\bm{x}{{c2::\bm{y}}}}}$", r"\({{c1::\boldsymbol{x}{{c2::\boldsymbol{y} }}}}\)"),
    ],
)
def test_a_formula_with_deletions_is_translated_as_a_whole(text: str, expected: str) -> None:
    assert markup.to_html(markup.parse(text, clozes=True)) == expected
