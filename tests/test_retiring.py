"""`retire`: one line in a note, or the whole note out of git's memory, whatever its YAML looked like."""

from __future__ import annotations

from pathlib import Path

import pytest
from people import Author, Learner
from test_upgrade import FIRST, SECOND, author, learner  # noqa: F401  # fixtures

from flashcards.actions import retiring
from flashcards.diagnostics import FlashcardsError
from flashcards.ledger.lock import LedgerError

HEAD = "title: Deck\nnotes:\n"
OTHER = "  - id: N2\n    front: c?\n    back: d\n"
NOTE = "  - {id: N1, front: a?, back: b}\n"


def deck(author: Author) -> Path:
    return author.folder.path / "01-deck.yaml"


def released_and_deleted(author: Author, with_note: str, without: str | None) -> None:
    """Release a deck file, and write the same without a note (or no file)."""
    deck(author).write_text(with_note)
    author.release(FIRST)
    deck(author).unlink() if without is None else deck(author).write_text(without)
    author.commit("delete a note")


@pytest.mark.parametrize(
    "note",
    [
        "  - id: N1\n    front: a?\n    back: b\n",
        '  - id: "N1"\n    front: a?\n    back: b\n',
        "  - id: 'N1'\n    front: a?\n    back: b\n",
        "  - id:  N1\n    front: a?\n    back: b\n",
        '  - "id": N1\n    front: a?\n    back: b\n',
        "  - id : N1\n    front: a?\n    back: b\n",
        '  - id: "\\x4e1"\n    front: a?\n    back: b\n',
        "  - id:\n      N1\n    front: a?\n    back: b\n",
        "  - front: a?\n    back: b\n    id: N1  # for ever\n",
        "  - {id: N1, front: a?, back: b}\n",
        "  - {front: a?,\n     back: b, \"id\": 'N1'}\n",
        "  -    id: N1\n       front: a?\n       back: |\n         b\n",
        "  - id: N1\n    front: a?\n    back: b\n    retired: long ago\n",
        "  - retired:\n      long ago\n    id: N1\n    front: a?\n    back: b\n",
        "  - id: N1\n    retired: |\n      long\n      ago\n    front: a?\n    back: b\n",
        "  - {id: N1, retired: long ago, front: a?, back: b}\n",
    ],
)
def test_a_deleted_note_comes_back_however_it_was_written(
    author: Author, learner: Learner, note: str
) -> None:
    released_and_deleted(author, HEAD + note + OTHER, HEAD + OTHER)
    assert [d.rule for d in author.loaded().errors] == ["vanished-note"]
    assert retiring.retire(author.loaded(), "N1", 'it is: "wrong"') == deck(author)
    assert deck(author).read_text().startswith(HEAD + OTHER)
    assert author.loaded().errors == []
    notes = {n.id: n for _, n in author.loaded().collection.notes()}
    assert (notes["N1"].front, notes["N1"].text("back").strip()) == ("a?", "b")
    assert notes["N1"].retired == 'it is: "wrong"'
    learner.imports(author.ship(SECOND))
    assert learner.note("N1").tags == ["retired"]
    assert "it is" in learner.note("N1")["Extra"]


IN_BLOCKS = "  - id: N1\n    front: a?\n    back: b\n"


@pytest.mark.parametrize(
    ("before", "after", "file", "written"),
    [
        pytest.param(
            HEAD + "  - id: N1\n    front: a?\n    back: |\n      b\n\n      c\n" + OTHER,
            "title: Deck\nnotes:\n- id: N2\n  front: c?\n  back: d\n\ndescription: behind the notes\n",
            "01-deck.yaml",
            "title: Deck\nnotes:\n- id: N2\n  front: c?\n  back: d\n\n"
            '- id: N1\n  front: a?\n  back: |\n    b\n\n    c\n  retired: "old"\n\n'
            "description: behind the notes\n",
            id="behind the last note, as deep as the others",
        ),
        pytest.param(
            HEAD + IN_BLOCKS,
            "title: Deck\nnotes:\n",
            "01-deck.yaml",
            HEAD + IN_BLOCKS + '    retired: "old"\n',
            id="into an empty list",
        ),
        pytest.param(
            "title: Deck\ntags: [t]\ndescription: |\n  About\n  it.\nnotes:\n" + IN_BLOCKS + OTHER,
            None,
            "01-deck.yaml",
            "title: Deck\ntags: [t]\ndescription: |\n  About\n  it.\nnotes:\n"
            + IN_BLOCKS
            + '    retired: "old"\n',
            id="the whole file is gone",
        ),
        pytest.param(
            "{title: Deck, defaults: {why: x}, notes: [{id: N1, front: a?, back: b}]}\n",
            None,
            "01-deck.yaml",
            'title: Deck\ndefaults: {why: x}\nnotes:\n  - {id: N1, front: a?, back: b, retired: "old"}\n',
            id="the whole file, in braces, is gone",
        ),
        pytest.param(
            HEAD + IN_BLOCKS,
            "title: Deck\nnotes: []\n",
            "01-deck-retired.yaml",
            'title: "Deck (retired)"\nnotes:\n' + IN_BLOCKS + '    retired: "old"\n',
            id="no list to write into",
        ),
        pytest.param(
            "title: Deck\ndefaults:\n  kind: pitfall\n  why: so\ntags: [t]\nnotes:\n"
            "  - {id: N1, says: a, fault: b, fix: c}\n",
            "title: Deck\ndefaults: {kind: basic}\nnotes:\n" + OTHER,
            "01-deck-retired.yaml",
            'title: "Deck (retired)"\ndefaults:\n  kind: pitfall\n  why: so\ntags: [t]\nnotes:\n'
            '  - {id: N1, says: a, fault: b, fix: c, retired: "old"}\n',
            id="other defaults would make another note of it",
        ),
        pytest.param(
            "title: Deck\ndefaults: {kind: pitfall, why: so}\nnotes:\n"
            "  - {id: N1, kind: basic, front: a?, back: b, why: w}\n",
            HEAD + OTHER,
            "01-deck.yaml",
            HEAD + OTHER + '\n  - {id: N1, kind: basic, front: a?, back: b, why: w, retired: "old"}\n',
            id="defaults that the note has itself do not matter",
        ),
    ],
)
def test_where_a_deleted_note_comes_back(
    author: Author, before: str, after: str | None, file: str, written: str
) -> None:
    released_and_deleted(author, before, after)
    path = author.folder.path / file
    assert retiring.retire(author.loaded(), "N1", "old") == path
    assert path.read_text() == written
    assert not [d for d in author.loaded().errors if d.note != "N2"]  # which is gone with its file


def test_several_notes_of_a_deck_that_is_gone_come_back_together(author: Author) -> None:
    released_and_deleted(author, HEAD + NOTE + OTHER, None)
    author.folder.write("02-more.yaml", "title: More\nnotes:\n  - {id: M1, front: x?, back: y}\n")
    for note_id in ("N2", "N1"):
        assert retiring.retire(author.loaded(), note_id, "old") == deck(author)
    assert author.loaded().errors == []


def test_a_note_of_a_deck_that_ended_in_yml_comes_back(author: Author) -> None:
    author.folder.write("02-more.yml", "title: More\nnotes:\n  - {id: M1, front: x?, back: y}\n")
    released_and_deleted(author, HEAD + NOTE + OTHER, HEAD + NOTE + OTHER)
    (author.folder.path / "02-more.yml").unlink()
    assert retiring.retire(author.loaded(), "M1", "old") == author.folder.path / "02-more.yaml"
    assert author.loaded().errors == []


def test_decks_for_retired_notes_are_told_apart_and_used_again(author: Author) -> None:
    notes = "".join(f"  - {{id: N{i}, front: {i}?, back: b}}\n" for i in (1, 2, 3))
    released_and_deleted(author, HEAD + notes, "title: Deck\nnotes: []\n")
    first = retiring.retire(author.loaded(), "N1", "old")
    assert first.name == "01-deck-retired.yaml"
    assert retiring.retire(author.loaded(), "N2", "old") == first
    first.write_text(first.read_text().replace("notes:", "tags: [x]\nnotes:"))
    second = retiring.retire(author.loaded(), "N3", "old")
    assert second.name == "01-deck-retired-2.yaml"
    assert author.loaded().errors == []


def test_the_newest_text_comes_back(author: Author) -> None:
    deck(author).write_text(HEAD + "  - {id: N1, front: first?, back: b}\n" + OTHER)
    author.release(FIRST)
    author.edit("first?", "second?")
    author.commit("another front")
    deck(author).write_text(HEAD + OTHER)
    retiring.retire(author.loaded(), "N1", "old")
    assert "front: second?" in deck(author).read_text()


def test_a_note_comes_back_from_before_the_folder_was_moved(author: Author) -> None:
    released_and_deleted(author, HEAD + NOTE + OTHER, HEAD + OTHER)
    author.git("mv", "decks", "cards")
    author.commit("move")
    author.folder.path = author.path / "cards"
    retiring.retire(author.loaded(), "N1", "old")
    assert author.loaded().errors == []


def test_windows_line_ends_stay(author: Author) -> None:
    text = HEAD + "  - id: N1\n    front: a?\n    back: |\n      b\n      c\n" + OTHER
    deck(author).write_bytes(text.replace("\n", "\r\n").encode())
    author.release(FIRST)
    deck(author).write_bytes((HEAD + OTHER).replace("\n", "\r\n").encode())
    retiring.retire(author.loaded(), "N1", "old")
    assert b"\n" not in deck(author).read_bytes().replace(b"\r\n", b"")
    assert author.loaded().errors == []


def test_a_note_in_braces_is_retired_in_its_place(author: Author) -> None:
    deck(author).write_text(HEAD + "  - {id: N1, front: a?, back: b}  # small\n")
    retiring.retire(author.loaded(), "N1", "old")
    assert deck(author).read_text() == HEAD + '  - {id: N1, front: a?, back: b, retired: "old"}  # small\n'


def test_what_nobody_remembers_is_said(author: Author) -> None:
    author.release(FIRST)
    with pytest.raises(LedgerError, match="no note `N9` in this collection or in its git history"):
        retiring.retire(author.loaded(), "N9", "old")


def test_a_git_that_refuses_is_said(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    released_and_deleted(author, HEAD + NOTE + OTHER, HEAD + OTHER)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(FlashcardsError, match="dubious ownership"):
        retiring.retire(author.loaded(), "N1", "old")
