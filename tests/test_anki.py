"""What we rely on in the real Anki, one fact a test: a new Anki that changes its mind is noticed here."""

from __future__ import annotations

import re
import sqlite3
import time
import zipfile
from pathlib import Path

import pytest
from people import DAY, Author, Learner, png, rewrite
from test_upgrade import FIRST, SECOND, author, learner  # noqa: F401  # fixtures

import flashcards
from flashcards.resources import bundled

ALL_KINDS = """\
- id: b
  front: What is **bold** and `code <tag>`?
  back: |
    A list with \\(x < y\\) and $$\\frac{a}{b}$$

    1. one
    2. two

    | a | b |
    |---|--:|
    | 1 | 2 |

    ```python
    print("<b>")
    ```
  why: Because.
  hint: Think.
- id: c
  cloze: One {{c1::outer {{c2::inner}} text::hint}}, {{c3,5::two numbers}} and maths $\\frac{{{c4::a}}}{b}$.
- id: p
  kind: pitfall
  says: "“We do it so.”"
  fault: "**It is wrong.**"
  fix: Do it right.
- id: d
  front: A picture and a sound?
  back: |
    ![a red dot](the dot.png) ![](beep.mp3)
"""


def test_a_first_import_is_clean(author: Author, learner: Learner) -> None:
    author.write(ALL_KINDS.replace("(the dot.png)", "(<the dot.png>)"))
    author.folder.write("media/the dot.png", png())
    author.folder.write("media/beep.mp3", b"ID3")
    first = learner.imports(author.ship(FIRST))
    assert (first.new, first.updated, first.duplicate, first.trouble) == (["b", "c", "d", "p"], [], [], {})
    assert learner.check_database() == ""
    assert {key: learner.card_count(key) for key in first.new} == {"b": 1, "c": 5, "d": 1, "p": 1}
    assert learner.note_types() == ["Test Basic", "Test Cloze", "Test Pitfall"]
    back = learner.note("d")["Back"]
    sound, picture = sorted(learner.col.media.files_in_str(learner.note("d").mid, back))
    assert re.fullmatch(r"the-dot-[0-9a-f]+\.png", picture)
    assert re.fullmatch(r"beep-[0-9a-f]+\.mp3", sound)
    assert back == f'<img src="{picture}" alt="a red dot"> [sound:{sound}]'
    files = Path(learner.col.media.dir())
    assert [(files / name).read_bytes() for name in (picture, sound)] == [png(), b"ID3"]
    assert not learner.col.media.check().missing
    assert not learner.col.media.check().unused


def test_the_shipped_decks_import_clean(learner: Learner) -> None:
    loaded = flashcards.check(bundled("decks"))
    out = Path(learner.col.path).parent
    package = flashcards.build(loaded, out, now=FIRST, locked=True, to=["apkg"]).written[0].path
    first = learner.imports(package)
    notes = [note for _, note in loaded.raise_for_errors().notes() if note.retired is None]
    assert first.trouble == {}
    assert len(first.new) == len(notes)
    assert learner.check_database() == ""
    assert learner.col.card_count() >= len(notes)
    empty = learner.col.get_empty_cards()
    assert [list(note.card_ids) for note in empty.notes] == []


def test_new_cards_come_in_source_order(author: Author, learner: Learner) -> None:
    author.write("".join(f"- id: n{i}\n  front: Question {i}?\n  back: Answer.\n" for i in (3, 1, 2, 5, 4)))
    learner.imports(author.ship(FIRST))
    assert learner.new_queue() == ["n3", "n1", "n2", "n5", "n4"]
    dues = learner.col.db.list("select due from cards order by due")
    assert dues == [1, 2, 3, 4, 5]


def test_numbers_in_deck_names_order_the_decks(author: Author, learner: Learner) -> None:
    author.write("title: Second\nnotes:\n  - {id: x, front: Why?, back: So.}\n", "02-second.yaml")
    learner.imports(author.ship(FIRST))
    names = [deck.name for deck in learner.col.decks.all_names_and_ids()]
    assert names == ["Default", "Test", "Test::01 Deck", "Test::02 Second"]


def test_descriptions_and_tags_arrive(author: Author, learner: Learner) -> None:
    author.write(
        "title: Deck\ndescription: About *this*.\ntags: [a::b]\n"
        "notes:\n  - {id: x, front: Why?, back: So., priority: P1, level: [mid, senior]}\n"
    )
    learner.imports(author.ship(FIRST))
    deck = learner.col.decks.by_name("Test::01 Deck")
    assert deck is not None
    assert deck["desc"] == "About <em>this</em>."
    assert learner.note("x").tags == ["a::b", "level::mid", "level::senior", "p1"]


def test_a_note_is_known_by_its_guid_alone(author: Author, learner: Learner) -> None:
    learner.imports(author.ship(FIRST))
    author.edit("What stays as it is?", "Something else entirely?")
    author.git("mv", "decks/01-deck.yaml", "decks/01-deck.yml")
    author.git("mv", "decks/01-deck.yml", "decks/01-deck.yaml")
    assert learner.imports(author.ship(SECOND)).updated == ["same"]


@pytest.mark.parametrize(("later", "arrives"), [(0, False), (1, True), (-1, False)])
def test_newer_is_strict(author: Author, learner: Learner, later: int, arrives: bool) -> None:
    package = author.ship(FIRST)
    learner.imports(package)
    patched = package.with_name("patched.apkg")
    rewrite(
        package,
        patched,
        f"update notes set mod = {FIRST + later}, flds = replace(flds, 'This note, in', 'Changed, in')",
    )
    learner.imports(patched)
    assert learner.note("same")["Back"].startswith("Changed" if arrives else "This note")


def test_an_update_replaces_fields_and_tags_even_if_the_text_is_the_same(
    author: Author, learner: Learner
) -> None:
    package = author.ship(FIRST)
    learner.imports(package)
    learner.tag("same", "mine")
    patched = package.with_name("patched.apkg")
    rewrite(package, patched, f"update notes set mod = {int(time.time()) + DAY}")
    assert "same" in learner.imports(patched).updated
    assert learner.note("same").tags == ["topic"]


def test_cards_never_follow_a_deck(author: Author, learner: Learner) -> None:
    package = author.ship(FIRST)
    learner.imports(package)
    patched = package.with_name("patched.apkg")
    with_deck_renamed(package, patched)
    learner.imports(patched)
    assert learner.col.decks.name(learner.note("same").cards()[0].did) == "Test::01 Deck"


def test_a_field_without_ids_forks_the_note_type(author: Author, learner: Learner) -> None:
    """Why fields are frozen: one more of them, and every note conflicts."""
    package = author.ship(FIRST)
    learner.imports(package)
    patched = package.with_name("patched.apkg")
    add_field = "update notes set flds = flds || char(31) || 'x'"
    rewrite(
        package,
        patched,
        add_field,
        edit_models=lambda model: model["flds"].append(
            {**model["flds"][-1], "name": "New", "id": 999, "ord": 99}
        ),
    )
    second = learner.imports(patched)
    assert second.trouble == {"conflicting": 5}


def test_two_collections_do_not_touch_each_other(author: Author, learner: Learner, tmp_path: Path) -> None:
    learner.imports(author.ship(FIRST))
    (tmp_path / "other").mkdir()
    other = Author(tmp_path / "other")
    other.folder.write(
        "collection.yaml", "id: other\ntitle: T\nshort_title: Test\nroot: Other\ncreated: 2026-01-01\n"
    )
    other.write("- id: same\n  front: Another note?\n  back: With the same id.\n")
    second = learner.imports(other.ship(FIRST))
    assert (len(second.new), second.updated, second.trouble) == (1, [], {})
    assert learner.note("same")["Front"] == "What stays as it is?"
    assert learner.note("same", "other")["Front"] == "Another note?"


def test_check_database_makes_the_card_of_a_retired_note(author: Author, learner: Learner) -> None:
    """A known limit: a newcomer who runs Check Database does meet retired notes."""
    author.edit("back: This note.", "back: This note.\n    retired: out of date")
    learner.imports(author.ship(FIRST))
    assert learner.card_count("obsolete") == 0
    learner.check_database()
    assert learner.card_count("obsolete") == 1


def test_notes_of_the_first_day_that_created_may_name_are_sound(author: Author, learner: Learner) -> None:
    """Of 1970-01-01, Check Database panics; ids of the years before are negative."""
    author.edit("created: 2026-01-01", "created: 1971-01-01", "collection.yaml")
    learner.imports(author.ship(FIRST))
    assert learner.check_database() == ""
    assert learner.col.db.scalar("select min(id) from notes") == 31_536_000_000


def test_a_later_created_changes_no_note_of_a_learner(author: Author, learner: Learner) -> None:
    learner.imports(author.ship(FIRST))
    ids = learner.col.db.list("select id from notes")
    author.edit("created: 2026-01-01", "created: 2026-02-02", "collection.yaml")
    second = learner.imports(author.ship(SECOND))
    assert (second.new, second.updated, second.trouble) == ([], [], {})
    assert learner.col.db.list("select id from notes") == ids


def test_a_deleted_note_comes_back(author: Author, learner: Learner) -> None:
    """Why the README says: suspend, do not delete."""
    package = author.ship(FIRST)
    learner.imports(package)
    learner.col.remove_notes([learner.note("mended").id])
    assert learner.imports(package).new == ["mended"]


def test_hostile_text_stays_text(author: Author, learner: Learner) -> None:
    author.write(
        """\
        - id: x
          front: '<script>alert(1)</script> <img src=x onerror=alert(1)> [sound:x.mp3] {{Tags}} <!-- '
          why: '[latex]\\input{/etc/passwd}[/latex]'
          back: '[a](javascript:alert(1)) [anki:tts lang=en_US]x[/anki:tts] \\\\(x\\\\) {{c1::no cloze}}'
        """
    )
    learner.imports(author.ship(FIRST))
    answer = learner.answer("x")
    assert "<script" not in answer
    assert "<img" not in answer
    assert "javascript" not in answer
    assert "{{Tags}}" in answer
    assert "[sound:" not in answer
    assert "[latex]" not in answer
    assert learner.note("x").cards()[0].question_av_tags() == []
    assert "\\(" not in answer


def test_card_ordinals_are_ankis(author: Author, learner: Learner) -> None:
    """Anki finds no card to add and none to remove in what we wrote."""
    author.write(ALL_KINDS.replace("![a red dot](the dot.png) ![](beep.mp3)", "None."))
    learner.imports(author.ship(FIRST))
    before = learner.col.db.all("select nid, ord from cards order by nid, ord")
    learner.check_database()
    assert learner.col.db.all("select nid, ord from cards order by nid, ord") == before
    assert not learner.col.get_empty_cards().notes


# ------------------------------------------------------------------------------------------------------------- patching


def with_deck_renamed(package: Path, target: Path) -> None:
    rewrite(package, target, f"update notes set mod = {SECOND}")
    with zipfile.ZipFile(target) as archive:
        database = archive.read("collection.anki2")
    path = target.with_suffix(".db")
    path.write_bytes(database)
    connection = sqlite3.connect(path)
    decks = (
        connection.execute("select decks from col").fetchone()[0].replace("Test::01 Deck", "Test::01 Renamed")
    )
    connection.execute("update col set decks = ?", (decks,))
    connection.commit()
    connection.close()
    with zipfile.ZipFile(target, "w") as new:
        new.write(path, "collection.anki2")
        new.writestr("media", "{}")
