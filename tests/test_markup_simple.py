"""The short way from text to HTML, and the short way to see that nothing is wrong in a text: both say what the
tree says, of all texts that they have anything to say about."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import flashcards
from flashcards import checks
from flashcards.checks.clean import is_surely_clean
from flashcards.collection.model import Documents, Note
from flashcards.collection.notetypes import NoteType
from flashcards.collection.texts import markdown_texts, texts_of
from flashcards.languages import markup
from flashcards.languages.markup.parsing import _Parser
from flashcards.languages.prose import FORMULA, plain_text
from flashcards.resources import bundled

PIECES = [
    "word", "é", "😀", " ", " ", "  ", "\t", "    ", "\n", "\n", "\n\n", "\r\n", "*", "**", "_", "`", "``", "```\n", "~~", "- ", "\n- ",
    "\n  - ", "\n1. ", "1. ", "12) ", "# ", "> ", "---", "+", "=", "\n===\n", '"', "'", ">", "<", "!", "[", "]", "](x)", "&", ":", "::", "|",
    "$", "$", "$$", " $ ", "$x$", "$5", "5", "$a<b$", "$a&b$", "$x[1]$", "$|x|$", "$x'$", '$"$', r"$\frac{a}{b}$", r"$\\$", r"$a\&b$", "$\\foo$",
    "$$\nx\n$$", "{", "}", "a|b\n-|-\nc|d\n", "\u00a0", "\u2028", "http://x.org", "&quot;", "&lt;", "&#36;", "<p>", "<em>", "</p>\n", "<!--", "-->",
    '<span class="math math-inline">', "[sound:x]", "[a]: ftp://x.org\n\n", "[a]", "\\", "\\\n", "\\*", "\\$", "\\(", "\\)", "\\[2pt]",
    "{{c1::x}}", "\ue000",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.fixture(scope="module")
def shipped() -> list[str]:
    """Return every text of the shipped decks."""
    collection = flashcards.load(bundled("decks")).raise_for_errors()
    return [text.source for text in markdown_texts(collection)]


def differs(text: str) -> bool:
    """Tell whether a text has a short way, and it does not lead where the tree leads."""
    found = markup.simple(text)
    if found is None:
        return False
    document = markup.parse(text)
    elements = list(document.root.walk())
    formulas = [(e.text.strip(), e.attrs["display"]) for e in elements if e.name == "maths"]
    return (
        found.html != markup.to_html(document)
        or found.plain(FORMULA).strip() != plain_text(document.root).strip()
        or found.items < sum(element.name == "item" for element in elements)
        or list(found.formulas) != formulas
        or bool(document.problems)
        or not {"cloze", "image", "table"}.isdisjoint(element.name for element in elements)
    )


@settings(max_examples=1_000)
@example("- a\n  - b\n- c\n  1. d")
@example("- a\n\n- b")
@example("- " * 40 + "deep")
@example("&lbrack;sound:x]")
@example("$a < b$ <p>")
@example("$1$a$2$")
@example("between $5 and US$6")
@given(texts)
def test_the_short_way_leads_where_the_tree_leads(text: str) -> None:
    assert not differs(text)


def test_shipped_texts_and_changed_ones_come_out_the_same(shipped: list[str]) -> None:
    chance = random.Random(9)
    changed = []
    for text in shipped:
        at = chance.randrange(len(text) + 1)
        changed.append(text[:at] + chance.choice(PIECES) + text[at + chance.choice([0, 0, 1, 3]) :])
    assert [text for text in shipped + changed if differs(text)] == []


def test_most_shipped_texts_go_the_short_way(shipped: list[str]) -> None:
    assert sum(markup.simple(text) is not None for text in shipped) > 0.9 * len(shipped)


def test_what_most_texts_hold_goes_the_short_way() -> None:
    text = 'A "first" *paragraph*\nin two lines.\n\n- a\n- **b** `c`\n  1. $d < e$\n'
    found = markup.simple(text)
    assert found is not None
    assert found[:3] == (
        '<p>A "first" <em>paragraph</em>\nin two lines.</p>'
        r"<ul><li>a</li><li><strong>b</strong> <code>c</code><ol><li>\(d &lt; e\)</li></ol></li></ul>",
        (("d < e", False),),
        False,
    )
    assert found.plain(" Formula ") == 'A "first" paragraph\nin two lines. a b c Formula   '
    assert found.items == 3
    assert markup.simple("only one") == ("only one", (), False, "only one")
    assert markup.simple("a [link](https://example.org)") is None


@pytest.mark.parametrize("first", ["html", "of"])
def test_html_is_the_same_whatever_was_asked_before(first: str) -> None:
    for text in ("plain", "*a* $b$", "[a](https://b.org)", "$b$ `c`"):
        documents = Documents()
        getattr(documents, first)(text)
        documents.simple(text)
        assert documents.html(text) == documents.html(text) == markup.to_html(markup.parse(text))


@pytest.fixture(scope="module")
def kinds() -> tuple[NoteType, NoteType]:
    note_types = flashcards.load(bundled("decks")).raise_for_errors().note_types
    return note_types["basic"], note_types["cloze"]


@settings(max_examples=1_000)
@example(text=r"$$\text{a}\ $$", is_cloze=False)
@example(text="\u00a0$$\u3000x\u3000$$", is_cloze=False)
@example(text="a $b $\\foo$ c", is_cloze=False)
@example(text="no deletion", is_cloze=True)
@given(text=texts, is_cloze=st.booleans())
def test_no_text_check_finds_anything_in_what_is_surely_clean(
    kinds: tuple[NoteType, NoteType], text: str, is_cloze: bool
) -> None:
    note_type = kinds[is_cloze]
    (written,) = texts_of(Note("A1", note_type, {note_type.fields[0].key: text}))
    if is_surely_clean(written):
        assert [finding for check in checks.TEXT_CHECKS for finding in check(written)] == []
        assert written.elements("image") == []


def test_most_shipped_texts_are_surely_clean() -> None:
    written = [*markdown_texts(flashcards.load(bundled("decks")).raise_for_errors())]
    assert sum(map(is_surely_clean, written)) > 0.9 * len(written)


DELETIONS = [
    "a", "Word ", "9", " ", "\n", "\n", "{{c1::", "{{c1::", "{{c12::", "{{c0::", "}}", "}}", "}}", "::", ":", ".", "\n(", "- ", "1. ", "#",
    "é", "a) ", "{", "}", "\n{{c2::b}}", "{{c3::b::c}}", "\t", "\u00a0", "\u2028", "*", "$x$", "http://x.org",
]  # fmt: skip


@settings(max_examples=1_000)
@example("{{c1::a}} \nb")
@example("{{c1::a}}\n- b")
@example("- {{c1::a}}")
@example("{{c1::a\nb::c\nd}}{{c2::e}}")
@given(text=st.lists(st.sampled_from(DELETIONS), min_size=1, max_size=10).map("".join))
def test_plain_deletions_need_no_parser(text: str) -> None:
    assert markup.parse(text, clozes=True) == _Parser(text, clozes=True).document()


def test_all_shipped_deletions_need_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = flashcards.load(bundled("decks")).raise_for_errors()
    shipped = [text.source for text in markdown_texts(collection) if text.is_cloze]
    parsed = [_Parser(text, clozes=True).document() for text in shipped]
    monkeypatch.delattr(_Parser, "document")
    assert len(shipped) > 30 and [markup.parse(text, clozes=True) for text in shipped] == parsed
