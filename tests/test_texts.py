"""What the checks of field text look at: a text that need not be parsed is one in which there is nothing to
find."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashcards.collection.loader import Loaded
from flashcards.collection.texts import markdown_texts
from flashcards.languages import markup

PIECES = [
    "{{c1::", "{{c,2::", "}}", "::", "`", "$", "*", "word", " ", "\n", "\n\n", "- ", "```\n", "[", "](b)", "![", "![i](p.png)",
    "<", "<b>", "<ftp://x.org>", "\\", "\\(", "\\)", "\\[", "\\]", "|", "a|b\n-|-\nc|d\n", "[r]", "[r]: ftp://x.org\n\n",
]  # fmt: skip


@given(text=st.lists(st.sampled_from(PIECES)).map("".join), clozes=st.booleans())
def test_may_hold_misses_nothing(text: str, clozes: bool) -> None:
    document = markup.parse(text, clozes=clozes)
    found = {element.name for element in document.root.walk()} & {"cloze", "image", "maths", "table"}
    if document.problems:
        found.add("problem")
    assert [name for name in found if not markup.may_hold(text, name)] == []


def test_a_text_without_anything_to_find_is_not_parsed(
    deck: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = deck("- {id: a, front: 'What is *it*?', back: 'A **list**: `x`'}")
    assert loaded.diagnostics == ()
    parsed: list[str] = []
    monkeypatch.setattr(markup, "parse", lambda text, clozes: parsed.append(text))
    names = ("cloze", "image", "maths", "table")
    assert [(text.problems, *map(text.elements, names)) for text in markdown_texts(loaded.collection)] == [
        ((), [], [], [], [])
    ] * 2
    assert parsed == []
