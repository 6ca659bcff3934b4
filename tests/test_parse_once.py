"""A build parses each text at most once, whatever asks for its tree: checks, media, hashes, HTML or Typst."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import flashcards
from flashcards.languages.markup import parsing
from flashcards.resources import bundled


def test_a_build_parses_each_text_at_most_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: Counter[tuple[str, bool]] = Counter()
    original = parsing._Parser.__init__

    def counted(self: Any, text: str, clozes: bool) -> None:
        parsed[text, clozes] += 1
        original(self, text, clozes)

    monkeypatch.setattr(parsing._Parser, "__init__", counted)
    loaded = flashcards.check(bundled("decks"))
    flashcards.build(loaded, tmp_path, now=1_800_000_000, to=["apkg", "cheat-sheets", "cards"])
    assert len(parsed) > 500
    assert [text for text, times in parsed.items() if times > 1] == []
