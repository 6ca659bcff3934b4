from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pdf
import pytest
from click.testing import CliRunner
from conftest import PNG, Folder
from hypothesis import example, given, settings
from hypothesis import strategies as st

import flashcards
from flashcards.cli import main
from flashcards.collection import loader, media, pictures
from flashcards.collection.model import Collection
from flashcards.languages import markup

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


def test_a_picture_that_cannot_be_read_stops_no_output_and_is_left_out_of_pdfs(folder: Folder) -> None:
    folder.deck("- {id: A1, front: Q, back: no picture here}", "01-a.yaml")
    folder.deck("- {id: B1, front: Q2, back: '![a chart](chart.png) ![a dot](dot.png)'}", "02-b.yaml")
    folder.write("media/chart.png", b"RIFF\x1a\x00\x00\x00WEBPVP8L")
    folder.write("media/dot.png", PNG)
    loaded = folder.check()
    assert [str(finding) for finding in loaded.errors] == [
        "decks/02-b.yaml:3:32: unreadable-media: `chart.png` is in the format WebP in spite of its name"
    ]
    built = flashcards.build(loaded, "out", to=["apkg", "cheat-sheets", "cards"], now=1_800_000_000)
    assert built.failures == []
    assert [str(written.path) for written in built.written] == [
        "out/test-collection.apkg",
        "out/cheat-sheets.pdf",
        "out/cheat-sheets/01-a.pdf",
        "out/cheat-sheets/02-b.pdf",
        "out/cards.pdf",
    ]
    reason = "failed to decode image (Format error decoding Png: Invalid PNG signature.)"
    assert [(finding.place, finding.message) for finding in built.diagnostics] == [
        ("decks/02-b.yaml:3:32", "`chart.png` is in the format WebP in spite of its name"),
        ("decks/02-b.yaml:3:32", f"`chart.png` is left out of cheat-sheets.pdf: {reason}"),
        ("decks/02-b.yaml:3:32", f"`chart.png` is left out of 02-b.pdf: {reason}"),
        ("decks/02-b.yaml:3:32", f"`chart.png` is left out of cards.pdf: {reason}"),
    ]
    assert "a chart" in pdf.read(Path("out/cheat-sheets/02-b.pdf")).text
    result = CliRunner().invoke(main, ["build", "decks", "--to", "apkg"])
    assert (result.exit_code, result.stdout) == (1, "out/test-collection.apkg\n")
    assert "in spite of its name\n --> decks/02-b.yaml:3:32 (note B1)" in result.stderr


def test_what_only_the_typesetter_finds_is_left_out_too(folder: Folder) -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'><image x:href='/etc/hostname'/></svg>"
    folder.write("media/linked.svg", svg.encode())
    folder.deck("- {id: A1, front: Q, back: '![a link](linked.svg)'}")
    loaded = folder.check()
    assert loaded.diagnostics == ()
    (finding,) = flashcards.build(loaded, "out", to=["cards"], now=1_800_000_000).diagnostics
    assert (finding.rule, finding.place) == ("unreadable-media", "decks/01-deck.yaml:3:31")
    assert finding.message.startswith("`linked.svg` is left out of cards.pdf: failed to load linked image")


@pytest.mark.parametrize("ending", ["mp4", "WEBM", "aac", "mov", "mp3", "ogv"])
def test_sounds_and_videos_are_played_by_anki_and_named_in_print(folder: Folder, ending: str) -> None:
    folder.write(f"media/clip.{ending}", b"a clip")
    folder.deck(f"- {{id: A1, front: '![a clip](clip.{ending})', back: '![](clip.{ending})'}}")
    loaded = folder.check()
    assert loaded.diagnostics == ()
    ((_, note),) = loaded.collection.notes()
    names = media.published_names(loaded.collection, [note])
    (published,) = names.values()
    assert markup.to_html(note.documents.of(note.text("front")), names) == f"[sound:{published}]"
    built = flashcards.build(loaded, "out", to=["cards"], now=1_800_000_000)
    assert (built.diagnostics, built.failures) == ([], [])
    front, back = pdf.read(Path("out/cards.pdf")).texts
    assert front.startswith("a clip")
    assert back.replace("\u200b", "").startswith(f"clip.{ending}")


def picture(name: str) -> bytes:
    """Return a picture of a few pixels, as a program of its format wrote it."""
    return (Path(__file__).parent / "data/pictures" / name).read_bytes()


@pytest.mark.parametrize("name", ["dot.png", "dot.jpg", "dot.gif", "dot.webp", "dot.svg", "dot.pdf"])
def test_whole_pictures_are_whole_and_cut_ones_are_not(name: str) -> None:
    data = picture(name)
    ending = Path(name).suffix
    assert pictures.fault_of(data, "dot", ending) is None
    for length in (len(data) - 30, len(data) // 2):
        fault = pictures.fault_of(data[:length], "dot", ending)
        assert fault is not None, length
        assert fault.message == "is damaged or ends too early"


@pytest.mark.parametrize("name", ["dot.avif", "dot.bmp", "dot.tiff", "dot.ico"])
def test_formats_that_print_does_not_know_are_named(name: str) -> None:
    fault = pictures.fault_of(picture(name), "dot", Path(name).suffix)
    assert fault is not None
    assert fault.message == f"is in the format {Path(name).suffix[1:].upper()}, which print cannot show"
