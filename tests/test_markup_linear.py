"""What the parser does in one pass over a text is what the plain definition says, which takes the square of a
text's length or worse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flashcards.languages import markup
from flashcards.languages.markup import parsing
from flashcards.languages.stretches import stretch_at
from flashcards.languages.yaml.nodes import Scalar

PIECES = [
    "a", "é", "😀", "5", " ", " ", "\n", "\n\n", "`", "`", "``", "```", "$", "$", "$$", "$5", "$a$5", "$1$", "\\", "\\(", "\\)", "\\[", "\\]",
    "{{c1::", "{{c,", "}}", "::", "*", "**", "- ", "a|b\n-|-\nc|d\n", "[", "](x)", "<b>",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)

CODE_OR_MATHS = re.compile(
    r"(`+)(?!`)(?:(?!{{c[\d,]).)+?(?<!`)\1(?!`)"
    r"|\$\$(?:(?!{{c[\d,]).)+?\$\$|\$(?!\s)(?:(?!{{c[\d,])[^$\n])+?(?<!\s)\$(?!\d)"
    r"|(?<!\\)\\\((?:(?!{{c[\d,]).)+?\\\)|(?<!\\)\\\[(?:(?!{{c[\d,]).)+?\\\]",
    re.DOTALL,
)
BRACKET_MATHS = re.compile(r"(?<!\\)(?:\\\\)*(\\\(.+?\\\)|\\\[.+?\\\])", re.DOTALL)


@given(texts)
@example("``a`b```c`d``")
@example("$$$a$$ $$b")
@example("$$$$ $$ b")
@example(r"\(\) \) b")
@example("\\(a {{c1::b\\) \\(c\\)")
def test_code_and_maths_are_where_the_definition_says(text: str) -> None:
    assert list(parsing._code_and_maths(text)) == [found.span() for found in CODE_OR_MATHS.finditer(text)]


@given(texts)
@example(r"\(a\[b\)c\]\\(d\)\\\(e\)")
def test_maths_in_brackets_is_where_the_definition_says(text: str) -> None:
    assert list(parsing._bracket_maths(text)) == [found.span(1) for found in BRACKET_MATHS.finditer(text)]


@given(st.text())
def test_bytes_are_counted_back_to_characters(text: str) -> None:
    characters = parsing._characters(text)
    starts = [len(text[:i].encode(errors="surrogatepass")) for i in range(len(text) + 1)]
    assert [characters(at) for at in starts] == list(range(len(text) + 1))


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_a_stretch_is_found_by_a_place_in_it(places: set[int], at: int) -> None:
    edges = sorted(places)
    stretches = list(zip(edges[::2], edges[1::2], strict=False))
    assert stretch_at(stretches, at) == next((s for s in stretches if s[0] <= at < s[1]), None)


class OneByOne(parsing._Parser):
    """Tells money from maths one `$` after another, with a new parse for each."""

    def _money(self, events: Iterable[tuple[Any, Mapping[str, int]]], *, at_once: bool) -> list[int]:
        encoded = self.text.encode()
        for event, at in events:
            if "InlineMath" in event:
                latex = encoded[at["start"] + 1 : at["end"] - 1].decode()
                if parsing.is_money(latex, encoded[at["end"] : at["end"] + 1].decode(errors="replace")):
                    return [len(encoded[: at["start"]].decode())]
        return []


@given(texts, st.booleans())
@example("$1$a$2$ b\n\n$3$c$4$\n\na|b\n-|-\n$5$|$x$5\n", False)
@example("- $5/$6\n- $7/$8 and $x$", False)
def test_money_is_told_from_maths_as_one_by_one(text: str, clozes: bool) -> None:
    assert parsing._Parser(text, clozes).document() == OneByOne(text, clozes).document()


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("from A$5 to B$6\n\n" * 400, 2),  # one in each block
        ("a $b$5 " * 400, 2 * parsing._MAX_AMOUNTS + 1),
        ("$1 " * 400 + "$4$5", 2 * parsing._MAX_AMOUNTS + 1),
    ],
    ids=["blocks", "all", "one"],
)
def test_any_number_of_amounts_takes_few_parses(
    text: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parses = []
    markdown = parsing.markdown()

    class Counted:
        def events_with_range(self, text: str) -> Any:
            parses.append(text)
            return markdown.events_with_range(text)

    monkeypatch.setattr(parsing, "markdown", Counted)
    markup.parse(text)
    assert 1 < len(parses) <= most


def test_many_amounts_in_one_paragraph_are_text() -> None:
    document = markup.parse("a $b$5 " * 400)
    assert [element.name for element in document.root.walk()] == ["document", "paragraph"]
    assert document.root.text == ("a $b$5 " * 400).strip()


def test_places_in_a_scalar_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from flashcards.diagnostics import Source
    from flashcards.languages.yaml import nodes

    counted = []
    original = nodes._offsets
    monkeypatch.setattr(nodes, "_offsets", lambda *args: counted.append(args) or original(*args))
    source = Source("a.yaml", "front: 'it''s so'\nback: \"a\\u0062\"\n")
    scalar = Scalar("it's so", 7, 17, "'")
    assert [scalar.locate(source, at, at + 1).text for at in range(4)] == ["i", "t", "'", "s"]
    escaped = Scalar("ab", 24, 33, '"')
    assert [escaped.locate(source, at, at + 1).text for at in range(2)] == ['"a\\u0062"'] * 2
    assert len(counted) == 2
