"""What the parser does in one pass over a text is what the plain definition says, which takes the square of a
text's length or worse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashcards.languages import markup
from flashcards.languages.markup import commonmark
from flashcards.languages.stretches import stretch_at
from flashcards.languages.yaml.nodes import Scalar


@given(st.text())
def test_bytes_are_counted_back_to_characters(text: str) -> None:
    characters = commonmark.characters(text)
    starts = [len(text[:i].encode(errors="surrogatepass")) for i in range(len(text) + 1)]
    assert [characters(at) for at in starts] == list(range(len(text) + 1))


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_a_stretch_is_found_by_a_place_in_it(places: set[int], at: int) -> None:
    edges = sorted(places)
    stretches = list(zip(edges[::2], edges[1::2], strict=False))
    assert stretch_at(stretches, at) == next((s for s in stretches if s[0] <= at < s[1]), None)


def test_many_amounts_in_one_paragraph_are_text() -> None:
    document = markup.parse("a $b$5 " * 400)
    assert [element.name for element in document.root.walk()] == ["document", "paragraph"]
    assert document.root.text == ("a $b$5 " * 400).strip()


def test_places_in_a_scalar_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from flashcards.diagnostics import Source
    from flashcards.languages.yaml import nodes

    counted = []
    original = nodes._offsets

    def offsets(raw: str, style: str | None) -> list[int]:
        counted.append((raw, style))
        return original(raw, style)

    monkeypatch.setattr(nodes, "_offsets", offsets)
    source = Source("a.yaml", "front: 'it''s so'\nback: \"a\\u0062\"\n")
    scalar = Scalar("it's so", 7, 17, "'")
    assert [scalar.locate(source, at, at + 1).text for at in range(4)] == ["i", "t", "'", "s"]
    escaped = Scalar("ab", 24, 33, '"')
    assert [escaped.locate(source, at, at + 1).text for at in range(2)] == ['"a\\u0062"'] * 2
    assert len(counted) == 2
