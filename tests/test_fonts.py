"""Fonts that a collection brings or names, for letters that the fonts of print do not have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import COLLECTION, Folder

import flashcards
from flashcards.actions.building import Built
from flashcards.actions.checking import check_with
from flashcards.cache import Cache
from flashcards.exporters.print import fonts

FONT = Path(__file__).parent / "data/fonts/one-sign.ttf"  # the family One Sign has a glyph for 水 alone
NOTE = "- {id: JA, front: 水, back: water}\n"


def build(folder: Folder) -> Built:
    return flashcards.build(folder.check(), "out", now=1_800_000_000, to=["cards", "cheat-sheets"])


def test_letters_without_a_font_are_named_once_a_script(folder: Folder, tmp_path: Path) -> None:
    folder.deck("- {id: A1, front: q, back: 水 and 火 ✅}", "01-a.yaml")
    folder.deck("- {id: B1, front: r, back: 木 ไทย}", "02-b.yaml")
    found = [(f.rule, f.note, f.message) for f in folder.check().diagnostics]
    assert found == [
        ("print-fonts", "A1", "print has no font of its own for Chinese and Japanese and shows boxes"),
        ("print-fonts", "A1", "print has no font of its own for emoji and shows boxes"),
        ("print-fonts", "B1", "print has no font of its own for Thai and shows boxes"),
    ]
    cache = Cache(tmp_path / "cache")
    for _ in range(2):
        assert [(f.rule, f.note, f.message) for f in check_with(cache, "decks").diagnostics] == found


@pytest.mark.parametrize(
    "text", ["ελληνικά", "кириллица", "עברית", "العربية", "naïve Łódź ñ", "✓ → ☐ ½ € “”"]
)
def test_letters_that_print_has_are_not_named(folder: Folder, text: str) -> None:
    folder.deck(f"- {{id: A1, front: q, back: {text}}}")
    assert folder.check().diagnostics == ()
    assert build(folder).diagnostics == []


def test_fonts_in_the_folder_are_used(folder: Folder) -> None:
    folder.deck(NOTE)
    folder.write("fonts/one-sign.ttf", FONT.read_bytes())
    assert folder.check().diagnostics == ()
    assert (build(folder).diagnostics, build(folder).failures) == ([], [])
    for name in ("cards.pdf", "cheat-sheets.pdf"):
        data = Path("out", name).read_bytes()
        assert b"OneSign" in data
        assert b"pdfuaid:part" in data


def test_a_font_that_is_not_there_is_named(folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + "fonts: [One Sing]\n")
    folder.write("fonts/one-sign.ttf", FONT.read_bytes())
    folder.deck(NOTE)
    finding = build(folder).diagnostics[0]
    assert (finding.place, finding.message) == (
        "decks/collection.yaml:6:8",
        "there is no font `One Sing` in `fonts/`",
    )
    assert finding.hint == "did you mean `One Sign`?"


def test_installed_fonts_are_used_where_they_are_named(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "installed_fonts", lambda: {"One Sign": [FONT], "Other": [Path("none.ttf")]})
    folder.deck(NOTE)
    folder.write("collection.yaml", COLLECTION + "fonts: {system: [One Sign]}\n")
    assert folder.check().diagnostics == ()
    findings = build(folder).diagnostics
    assert [finding.message for finding in findings] == [
        "these PDFs are the same only on this machine: they use fonts that are installed here"
    ] * 2
    assert b"OneSign" in Path("out/cards.pdf").read_bytes()


def test_another_font_makes_another_sheet(folder: Folder, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    folder.deck(NOTE)

    def sheet() -> bytes:
        known = check_with(cache, "decks", for_package=True, for_print=True)
        flashcards.actions.building.build(
            known, Path("out"), now=1_800_000_000, to=["cheat-sheets"], cache=cache
        )
        return Path("out/cheat-sheets.pdf").read_bytes()

    without = sheet()
    folder.write("fonts/one-sign.ttf", FONT.read_bytes())
    assert b"OneSign" in sheet()
    shutil.rmtree(folder.path / "fonts")
    assert sheet() == without


def test_a_font_that_is_a_link_out_of_the_collection_is_not_read(folder: Folder, tmp_path: Path) -> None:
    folder.deck(NOTE)
    folder.write("fonts/.keep", "")
    (folder.path / "fonts/one-sign.ttf").symlink_to(shutil.copy(FONT, tmp_path / "secret.ttf"))
    built = build(folder)
    assert [name for name, _ in built.failures] == ["cheat-sheets", "cards"]
    assert "leads out of the collection" in str(built.failures[0][1])
