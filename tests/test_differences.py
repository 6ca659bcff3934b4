"""`flashcards diff`: what changed between two versions, and what it does to learners; the whole output stands here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from people import Author, png

from flashcards.actions.differences import pieces
from flashcards.cli import main

DECK = """\
- id: sum
  front: What is 2 + 2?
  back: "5"
  tags: [maths]
- id: gaps
  cloze: "The {{c1::first}}, the {{c2::second}} and the {{c4::fourth}} gap."
- id: old
  front: What is out of date?
  back: This note.
- id: drawn
  front: What does the picture show?
  back: "![a red dot](dot.png)"
"""


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Author:
    """An author whose collection was released and tagged `v1`."""
    author = Author(tmp_path / "author")
    author.write(DECK)
    author.folder.write("media/dot.png", png())
    author.release(1_800_000_000)
    author.git("tag", "v1")
    monkeypatch.chdir(author.path)
    return author


def diff(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["diff", "--collection", "decks", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_nothing_changed(author: Author) -> None:
    assert diff() == "the last release and as it is: no difference\n"
    assert diff("v1", "--exit-code") == "v1 and as it is: no difference\n"
    # order, quotes and line breaks are no change
    author.edit('back: "5"\n    tags: [maths]', "tags:\n      - maths\n    back: '5'")
    assert diff("--exit-code") == "the last release and as it is: no difference\n"


def test_one_word_changed(author: Author) -> None:
    author.edit('back: "5"', "back: It is 4.")
    assert (
        diff("--exit-code", code=1)
        == """\
~ sum  changed: What is 2 + 2?
    back: [-5-]{+It is 4.+}

1 note is replaced, with its tags and every field: what learners wrote there themselves is lost
no review is reset
"""
    )
    author.commit("more")
    author.edit("It is 4.", "It was 4.")
    assert "    back: It [-is-]{+was+} 4.\n" in diff("HEAD")


def test_markdown_is_for_a_changelog(author: Author) -> None:
    author.edit("What is 2 + 2?", "What is *2* + 3?")
    assert (
        diff("--output-format", "markdown")
        == """\
**Changed** (1)

- `sum` What is \\*2\\* + 3?
  - front: What is <ins>\\*</ins>2<ins>\\*</ins> + <del>2</del><ins>3</ins>?

- 1 note is replaced, with its tags and every field: what learners wrote there themselves is lost
- no review is reset
"""
    )


def test_json_is_for_programs(author: Author) -> None:
    author.edit('back: "5"', 'back: "4"')
    found = json.loads(diff("--output-format", "json"))
    assert (found["old"], found["new"], found["looks"]) == ("the last release", "as it is", [])
    (note,) = found["notes"]
    assert (note["id"], note["what"], note["fields"]) == (
        "sum",
        "changed",
        [{"name": "back", "before": "5", "after": "4"}],
    )


def test_a_note_moved(author: Author) -> None:
    moved = '  - id: sum\n    front: What is 2 + 2?\n    back: "5"\n    tags: [maths]\n'
    author.edit(moved, "")
    author.folder.write("02-more.yaml", f"title: More\nnotes:\n{moved}")
    assert (
        diff()
        == """\
> sum  moved: What is 2 + 2?
    deck: Test::01 Deck -> Test::02 More

1 note moved to another deck: learners who have it keep it where it is
no review is reset
"""
    )


def test_a_cloze_number_is_gone_and_another_is_new(author: Author) -> None:
    author.edit("and the {{c4::fourth}} gap", "and the fourth {{c5::gap}}")
    assert (
        diff()
        == """\
~ gaps  changed: The {{c1::first}}, the {{c2::second}} and the fourth {{c5::gap}}.
    cloze: The {{c1::first}}, the {{c2::second}} and the [-{{c4::-]fourth{+ {{c5::gap+}}}[- gap-].

1 note is replaced, with its tags and every field: what learners wrote there themselves is lost
card 4 of `gaps` will have nothing to ask
`gaps` gets 1 new card
no review is reset
"""
    )


def test_new_retired_and_gone_notes(author: Author) -> None:
    author.edit("back: This note.", "back: This note.\n    retired: wrong")
    author.edit(
        '  - id: sum\n    front: What is 2 + 2?\n    back: "5"\n    tags: [maths]\n',
        "  - {id: fresh, front: New?, back: Yes.}\n",
    )
    assert (
        diff()
        == """\
+ fresh  new: New?
x old  retired: What is out of date?
    retired: {+wrong+}
    tags: {+retired+}
- sum  gone: What is 2 + 2?

1 note is new, with 1 card
1 note gets the tag `retired` and says why: learners keep it
1 note is gone: learners keep it, and nothing tells them why
no review is reset
"""
    )


def test_a_picture_and_a_look_changed(author: Author) -> None:
    author.folder.write("media/dot.png", png((0, 0, 255)))
    author.own_note_type("_layout", "--paper: #", "--paper: #f", "card.css")
    said = diff()
    assert "~ drawn  changed" in said
    assert "pictures and sounds: dot.png" in said
    assert "new look of basic, cloze" in said


def test_a_renamed_deck(author: Author) -> None:
    author.edit("title: Deck", "title: Cards")
    assert diff().count("    deck: Test::01 Deck -> Test::01 Cards\n") == 4
    assert "4 notes moved to another deck: learners who have them keep them where they are\n" in diff()


def test_a_package_is_compared_by_what_it_shows(author: Author) -> None:
    package = author.publish(1_800_000_000)
    assert diff(str(package)) == f"{package.name} and as it is: no difference\n"
    author.edit('back: "5"', "back: It is **4**.")
    assert (
        diff(str(package))
        == """\
~ sum  changed: What is 2 + 2?
    Back: [-5-]{+It is 4.+}

1 note is replaced, with its tags and every field: what learners wrote there themselves is lost
no review is reset
"""
    )
    other = author.path / "other.apkg"
    other.write_bytes(b"PK")
    assert diff(str(other), code=1).startswith(f"error: {other} cannot be read as an Anki package of ours")
    assert diff("nothing.apkg", code=1) == "error: there is no package `nothing.apkg`\n"


def test_two_tags_and_a_folder(author: Author, tmp_path: Path) -> None:
    shutil.copytree(author.folder.path, tmp_path / "copy")
    author.edit('back: "5"', 'back: "4"')
    author.release(1_800_100_000)
    author.git("tag", "v2")
    author.edit('back: "4"', 'back: "3"')
    assert "back: [-5-]{+4+}" in diff("v1", "v2")
    assert "back: [-4-]{+3+}" in diff()
    assert diff("v1", str(tmp_path / "copy")) == f"v1 and {tmp_path / 'copy'}: no difference\n"
    assert diff("v3", code=1) == "error: `v3` is neither a folder nor a package nor a revision of git\n"


def test_a_revision_has_its_own_note_types(author: Author) -> None:
    author.own_note_type("basic", "key: back, name: Back", "key: reply, name: Back")
    author.edit('back: "5"', 'reply: "5"')
    author.edit("back: This note.", "reply: This note.")
    author.edit('back: "![a', 'reply: "![a')
    author.commit("other keys")
    said = diff("v1")
    assert "reply: {+5+}" in said
    assert "back: [-5-]" in said


def test_a_text_that_git_does_not_have(author: Author) -> None:
    lock = author.folder.path / "flashcards.lock"
    data = json.loads(lock.read_text())
    data["notes"]["sum"]["hash"] = "0" * 16
    lock.write_text(json.dumps(data))
    assert (
        diff()
        == """\
? sum  not known: What is 2 + 2?

1 note was released with a text that git does not have
no review is reset
"""
    )


def test_nothing_was_released(author: Author) -> None:
    (author.folder.path / "flashcards.lock").unlink()
    assert "nothing was released yet (decks/flashcards.lock is not there): name what to compare with" in diff(
        code=1
    )


def test_words_of_long_texts_are_not_compared() -> None:
    assert [piece.sign for piece in pieces("a b c", "a d c")] == [" ", "-", "+", " "]
    assert [piece.sign for piece in pieces("a " * 2_000, "a " * 2_001)] == ["-", "+"]
