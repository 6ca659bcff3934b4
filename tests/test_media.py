from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from conftest import Folder
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flashcards.collection import loader, media
from flashcards.collection.model import Collection

Make = Callable[..., Collection]


@pytest.fixture
def collection(folder: Folder) -> Make:
    """`collection(text, files)` writes one deck and files with these names and bytes, and loads both."""

    def make(text: str, **files: bytes) -> Collection:
        folder.deck(text)
        for name, content in files.items():
            folder.write(f"media/{name}", content)
        return loader.load("decks").raise_for_errors()

    return make


def test_a_note_uses_what_its_texts_show(collection: Make) -> None:
    text = """\
        - id: A
          kind: compare
          front: "![first](b.png) and ![again](b.png)"
          table:
            - Criterion: "![in a cell](a.png)"
              Batch: "`![code](c.png)`"
          why: "![missing](missing.png) ![remote](https://example.org/a.png)"
        - id: B
          cloze: "{{c1::![in a deletion](c.png)}} and ![sound](<d e.mp3>)"
        - {id: C, front: "no picture!", back: a}
        - {id: D, front: "![as an editor shows it](media/a.png)", back: "![](./media/b.png) ![](media/media/c.png)"}
        """
    loaded = collection(
        text, **{"a.png": b"a", "b.png": b"b", "c.png": b"c", "d e.mp3": b"d", "unused.png": b"u"}
    )
    assert [media.used_by(note, loaded) for _, note in loaded.notes()] == [
        ["b.png", "a.png"],
        ["c.png", "d e.mp3"],
        [],
        ["a.png", "b.png"],
    ]


def test_published_names_hold_the_hash_of_the_bytes(collection: Make) -> None:
    text = '- id: A\n  front: "![a](<My _Picture_.PNG>) ![b](__x__.mp3) ![c](été.jpg) ![d](日本.png)"\n  back: a\n'
    names = {"My _Picture_.PNG": b"1", "__x__.mp3": b"2", "été.jpg": b"3", "日本.png": b"4"}
    loaded = collection(text, **names)
    notes = [note for _, note in loaded.notes()]
    assert media.published_names(loaded, notes) == {
        "My _Picture_.PNG": "My-Picture-6b86b273ff34.png",
        "__x__.mp3": "x-d4735e3a265e.mp3",
        "été.jpg": "t-4e07408562be.jpg",
        "日本.png": "media-4b227777d4dd.png",
    }
    changed = collection(text, **{"__x__.mp3": b"changed"})
    assert media.published_names(changed, notes)["__x__.mp3"] == "x-d67e2e944994.mp3"
    assert media.published_names(loaded, []) == {}


def test_accents_may_be_stored_in_either_form(collection: Make) -> None:
    loaded = collection('- {id: A, front: "![a](\u00e9.png)", back: a}', **{"e\u0301.png": b"1"})
    ((_, note),) = loaded.notes()
    assert media.used_by(note, loaded) == ["\u00e9.png"]
    assert [(name, path.read_bytes()) for name, path in loaded.media.items()] == [("\u00e9.png", b"1")]


def test_both_forms_of_an_accent_are_two_files(collection: Make) -> None:
    loaded = collection("- {id: A, front: q, back: a}", **{"e\u0301.png": b"1", "\u00e9.png": b"2"})
    assert sorted(path.name for path in loaded.media.values()) == ["e\u0301.png", "\u00e9.png"]


NAMES = st.text(st.characters(exclude_categories=["C"], exclude_characters='/\\<>"'), min_size=1, max_size=40)


@given(name=NAMES.filter(lambda name: name not in (".", "..")))
@example(name="_a.png")
@example(name="...")
@example(name="-")
@example(name="a." + "é" * 40)
@example(name="x" * 100 + "." + "y" * 100)
@example(name="a.p]ng")
@settings(max_examples=60)
def test_any_name_becomes_one_that_anki_takes(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.mktemp("media", numbered=True) / name
    path.write_bytes(b"")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*-[0-9a-f]{12}(\.[a-z0-9]*)?", media.published_name(path))
    assert len(media.published_name(path)) <= 120
