"""The short way from text to HTML gives what the tree gives."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from flashcards.languages import markup
from flashcards.languages.markup.as_html import _simple_html

PIECES = [
    "word", "é", "😀", " ", "  ", "\t", "    ", "\n", "\n\n", "\r\n", "*", "**", "_", "`", "``", "```\n", "~~", "- ", "\n- ",
    "\n  - ", "\n1. ", "12) ", "# ", "> ", "---", "\n===\n", '"', "'", ">", "!", "$", "$x$", "$5", "a|b\n-|-\nc|d\n",
    "\u00a0", "http://x.org", "&quot;", "<p>", "[sound:x]", "\\", "\\*", "{{c1::x}}", "\ue000",
]  # fmt: skip


@settings(max_examples=1_000)
@example(text="- a\n  - b\n- c\n  1. d", clozes=False)
@example(text="- a\n\n- b", clozes=False)
@example(text="- " * 40 + "deep", clozes=False)
@example(text="&lbrack;sound:x]", clozes=False)
@given(text=st.lists(st.sampled_from(PIECES)).map("".join), clozes=st.booleans())
def test_both_ways_give_the_same(text: str, clozes: bool) -> None:
    assert markup.html(text, clozes=clozes) == markup.to_html(markup.parse(text, clozes=clozes))


def test_what_most_texts_hold_goes_the_short_way() -> None:
    assert _simple_html('A "first" *paragraph*\nin two lines.\n\n- a\n- **b** `c`\n  1. d\n') == (
        '<p>A "first" <em>paragraph</em>\nin two lines.</p>'
        "<ul><li>a</li><li><strong>b</strong> <code>c</code><ol><li>d</li></ol></li></ul>"
    )
    assert _simple_html("only one") == "only one"
    assert _simple_html("maths, which is ours: $x$") is None
