"""From one release to the next, in the real Anki: no review, tag, edit or note is lost; what changed
arrives."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from people import DAY, Author, Learner, png, rewrite

import flashcards
from flashcards.actions import adopting, releasing, retiring
from flashcards.cli import main
from flashcards.collection.model import Documents
from flashcards.diagnostics import InvalidCollection
from flashcards.exporters import apkg
from flashcards.ledger.lock import LedgerError, dump_lock, parse_lock

NOW = int(time.time())
FIRST, SECOND, THIRD = NOW - 10 * DAY, NOW + DAY, NOW + 2 * DAY  # a learner edits in between, at the real NOW

DECK = """\
- id: same
  front: What stays as it is?
  back: This note, in every release.
  tags: [topic]
- id: mended
  front: What is 2 + 2?
  back: "5"
- id: obsolete
  front: What is out of date?
  back: This note.
- id: gaps
  cloze: The {{c1::first}} gap.
- id: drawn
  front: What does the picture show?
  back: |
    ![a red dot](dot.png)
"""


@pytest.fixture
def author(tmp_path: Path) -> Author:
    (tmp_path / "author").mkdir()
    author = Author(tmp_path / "author")
    author.write(DECK)
    author.folder.write("media/dot.png", png())
    return author


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Learner]:
    (tmp_path / "learner").mkdir()
    learner = Learner(tmp_path / "learner")
    yield learner
    learner.close()


def begin(author: Author, learner: Learner) -> Path:
    """The first release, imported, studied, tagged and edited."""
    package = author.ship(FIRST)
    first = learner.imports(package)
    assert (first.new, first.updated, first.trouble) == (
        ["drawn", "gaps", "mended", "obsolete", "same"],
        [],
        {},
    )
    assert learner.check_database() == ""
    for note_id in ("same", "mended", "obsolete", "gaps"):
        learner.study(note_id, 3, 4)
    learner.tag("same", "mine")
    learner.edit("same", "Example", "my own example")
    return package


def assert_nothing_lost(
    learner: Learner, before: tuple[dict[tuple[str, int], tuple[int, ...]], list[list[int]]]
) -> None:
    progress, reviews = before
    assert learner.reviews() == reviews
    assert {key: card for key, card in learner.progress().items() if key in progress} == progress
    assert {"mine", "topic"} <= set(learner.note("same").tags)
    assert learner.note("same")["Example"] == "my own example"
    assert learner.note_types() == ["Test Basic", "Test Cloze"]
    assert learner.check_database() == ""


def test_everything_at_once(author: Author, learner: Learner) -> None:
    begin(author, learner)
    before = learner.progress(), learner.reviews()

    author.edit('back: "5"', 'back: "4"')
    author.edit("back: This note.", 'back: This note.\n    retired: "replaced by `fresh`"')
    author.edit("The {{c1::first}} gap.", "The {{c1::first}} and the {{c2::second}} gap.")
    deck = author.folder.path / "01-deck.yaml"
    deck.write_text(deck.read_text() + "  - id: fresh\n    front: What is new?\n    back: It is.\n")
    author.own_note_type("basic", "name: Back", "name: Reply")
    author.own_note_type("basic", "{{Back}}", "{{Reply}}", "back.html")
    author.own_note_type("_layout", "--paper: #", "--paper: #f", "card.css")
    second = learner.imports(author.ship(SECOND))

    assert (second.new, second.updated, second.trouble) == (["fresh"], ["gaps", "mended", "obsolete"], {})
    assert_nothing_lost(learner, before)
    assert learner.note("mended")["Reply"] == "4"
    assert "Back" not in learner.note("same").keys()  # noqa: SIM118  # a note is not a dict
    assert "--paper: #f" in learner.note("same").note_type()["css"]
    assert learner.note("obsolete").tags == ["retired"]
    assert "replaced by <code>fresh</code>" in learner.answer("obsolete")
    assert learner.card_count("obsolete") == 1  # the learner keeps it
    assert learner.card_count("gaps") == 2
    assert learner.new_queue() == ["gaps", "drawn", "fresh"]


def test_the_same_package_twice_changes_nothing(author: Author, learner: Learner) -> None:
    package = begin(author, learner)
    before = learner.progress(), learner.reviews()
    again = learner.imports(package)
    assert (again.new, again.updated, again.trouble) == ([], [], {})
    assert_nothing_lost(learner, before)


def test_a_newcomer_never_meets_a_retired_note(author: Author, learner: Learner) -> None:
    author.release(FIRST)
    author.edit("back: This note.", "back: This note.\n    retired: out of date")
    learner.imports(author.ship(SECOND))
    assert learner.card_count("obsolete") == 0


def test_a_changed_front_is_the_same_note(author: Author, learner: Learner) -> None:
    begin(author, learner)
    before = learner.progress(), learner.reviews()
    author.edit("What is 2 + 2?", "How much is 2 + 2?")
    second = learner.imports(author.ship(SECOND))
    assert (second.new, second.updated) == ([], ["mended"])
    assert_nothing_lost(learner, before)


def test_an_unchanged_note_keeps_a_learners_edit_and_a_changed_one_is_replaced(
    author: Author, learner: Learner
) -> None:
    begin(author, learner)
    learner.edit("mended", "Back", "the learner's answer")
    learner.edit("drawn", "Back", "the learner's drawing")
    author.edit('back: "5"', 'back: "4"')
    learner.imports(author.ship(SECOND))
    assert learner.note("mended")["Back"] == "4"
    assert learner.note("drawn")["Back"] == "the learner's drawing"


def test_a_changed_picture_arrives(author: Author, learner: Learner) -> None:
    begin(author, learner)
    old = learner.note("drawn")["Back"]
    author.folder.write("media/dot.png", png((30, 30, 200)))
    second = learner.imports(author.ship(SECOND))
    assert second.updated == ["drawn"]
    new = learner.note("drawn")["Back"]
    assert new != old
    assert learner.col.media.have(new.split('"')[1])


def test_a_learners_own_css_stays_when_the_look_did_not_change(author: Author, learner: Learner) -> None:
    begin(author, learner)
    model = learner.note("same").note_type()
    model["css"] += "/* mine */"
    learner.col.models.update_dict(model)
    author.edit('back: "5"', 'back: "4"')
    learner.imports(author.ship(SECOND))
    assert learner.note("same").note_type()["css"].endswith("/* mine */")


def test_a_git_revert_arrives(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit('back: "5"', 'back: "a wrong mend"')
    learner.imports(author.ship(SECOND))
    assert learner.note("mended")["Back"] == "a wrong mend"
    author.git("revert", "--no-edit", "HEAD")  # deck and lock go back together
    assert releasing.check(author.loaded(), now=THIRD, since="HEAD~1")
    third = learner.imports(author.ship(THIRD))
    assert third.updated == ["mended"]
    assert learner.note("mended")["Back"] == "5"
    assert releasing.check(author.loaded(), now=THIRD, since="HEAD~1") == []


def test_a_merge_of_two_releases_arrives(author: Author, learner: Learner) -> None:
    begin(author, learner)
    before = learner.progress(), learner.reviews()
    author.git("checkout", "-qb", "other")
    author.edit('back: "5"', 'back: "4, says the other branch"')
    theirs = author.ship(SECOND)
    author.git("checkout", "-q", "main")
    author.edit("This note, in every release.", "This note, in every release of ours.")
    author.edit('back: "5"', 'back: "4, says main"')
    author.ship(SECOND - 60)
    learner.imports(theirs)
    with pytest.raises(Exception, match="git"):
        author.git("merge", "other")
    author.git("checkout", "--ours", ".")  # main wins, in the deck and, wrongly, in the lock
    author.commit("merge")
    third = learner.imports(author.ship(THIRD))
    assert "mended" in third.updated
    assert learner.note("mended")["Back"] == "4, says main"
    learner.tag("same", "mine")  # that note did change: its tags and edits were replaced
    learner.edit("same", "Example", "my own example")
    assert_nothing_lost(learner, before)


def test_an_unresolved_lock_says_what_to_do(author: Author) -> None:
    author.release(FIRST)
    author.folder.write("flashcards.lock", "<<<<<<< HEAD\n=======\n>>>>>>> other\n")
    (finding,) = author.loaded().errors
    assert "git checkout --theirs" in finding.message


def test_a_clock_set_back_still_delivers(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit('back: "5"', 'back: "4"')
    second = learner.imports(author.ship(FIRST - DAY // 2))
    assert second.updated == ["mended"]
    assert learner.note("mended")["Back"] == "4"


def test_a_clock_far_back_is_refused(author: Author) -> None:
    author.release(FIRST)
    author.edit('back: "5"', 'back: "4"')
    with pytest.raises(LedgerError, match="ahead of this machine's clock"):
        author.release(FIRST - 2 * DAY)


def test_a_lost_lock_is_an_error_and_adoption_brings_it_back(author: Author, learner: Learner) -> None:
    package = begin(author, learner)
    before = learner.progress(), learner.reviews()
    lock = author.folder.path / "flashcards.lock"
    text = lock.read_text()
    author.edit('back: "5"', 'back: "4"')
    lock.unlink()
    (finding,) = author.loaded().errors
    assert finding.rule == "lost-lock"
    with pytest.raises(InvalidCollection):
        author.publish(SECOND)

    adopted, differing = adopting.adopt(author.loaded(), package)
    assert differing == 1
    lock.write_text(dump_lock(adopted))
    old = parse_lock(text)
    assert {key: note.stamp.time for key, note in adopted.notes.items()} == {
        key: note.stamp.time for key, note in old.notes.items()
    }
    assert {key for key, note in adopted.notes.items() if note != old.notes[key]} == {"mended"}
    assert (adopted.types, adopted.decks) == (old.types, old.decks)
    second = learner.imports(author.ship(SECOND))
    assert second.updated == ["mended"]
    assert_nothing_lost(learner, before)


def test_drafts_arrive_again_and_again_and_the_release_after_them(author: Author, learner: Learner) -> None:
    """The author's own Anki: packages built between releases."""
    learner.imports(author.publish(FIRST, locked=False))
    learner.tag("same", "mine")
    author.edit('back: "5"', "back: first try")
    assert learner.imports(author.publish(FIRST + 60, locked=False)).updated == ["mended"]
    assert learner.imports(author.publish(FIRST + 120, locked=False)).updated == []
    author.edit("back: first try", 'back: "5"')  # back to the first text, but this Anki has a later one
    assert learner.imports(author.publish(FIRST + 180, locked=False)).updated == ["mended"]
    assert learner.note("mended")["Back"] == "5"
    author.edit('back: "5"', 'back: "4"')
    learner.imports(author.ship(FIRST + 240))
    assert learner.note("mended")["Back"] == "4"


def test_a_first_release_reaches_the_authors_own_drafts(author: Author, learner: Learner) -> None:
    learner.imports(author.publish(FIRST, locked=False))
    author.edit('back: "5"', 'back: "4"')
    learner.imports(author.ship(FIRST - 3600))  # even with the clock behind the draft
    assert learner.note("mended")["Back"] == "4"


def test_a_vanished_note_is_an_error_with_two_ways_out(author: Author) -> None:
    author.release(FIRST)
    author.edit("id: obsolete", "id: outdated")
    (finding,) = author.loaded().errors
    assert finding.rule == "vanished-note"
    assert "if `outdated` at" in finding.hint
    assert "flashcards retire obsolete" in finding.hint


def test_retire_brings_a_deleted_note_back_from_git(author: Author, learner: Learner) -> None:
    begin(author, learner)
    before = learner.progress(), learner.reviews()
    author.edit("  - id: obsolete\n    front: What is out of date?\n    back: This note.\n", "")
    author.commit("delete a note")
    assert [d.rule for d in author.loaded().errors] == ["vanished-note"]
    retiring.retire(author.loaded(), "obsolete", "it was wrong: see `fresh`")
    second = learner.imports(author.ship(SECOND))
    assert second.updated == ["obsolete"]
    assert learner.note("obsolete")["Back"] == "This note."
    assert "it was wrong" in learner.answer("obsolete")
    assert_nothing_lost(learner, before)


def test_retire_changes_no_other_byte(author: Author) -> None:
    path = author.folder.path / "01-deck.yaml"
    before = path.read_text()
    retiring.retire(author.loaded(), "obsolete", 'out of "date"')
    line = '    retired: "out of \\"date\\""\n'
    assert path.read_text().replace(line, "") == before
    assert path.read_text().count(line) == 1


def test_a_kind_cannot_change_after_release(author: Author) -> None:
    author.release(FIRST)
    author.edit("cloze: The {{c1::first}} gap.", "front: Which gap?\n    back: The first.")
    assert [d.rule for d in author.loaded().errors] == ["kind-changed"]


def test_a_deck_cannot_be_renamed_after_release(author: Author) -> None:
    author.release(FIRST)
    author.edit("title: Deck", "title: Cards")
    assert [d.rule for d in author.loaded().errors] == ["deck-renamed"]


def test_fields_are_frozen_by_the_release(author: Author) -> None:
    author.release(FIRST)
    author.own_note_type("basic", "id: 102", "id: 109")
    assert [d.rule for d in author.loaded().errors] == ["note-type-frozen"]


def test_a_locked_build_refuses_what_was_not_released(author: Author) -> None:
    author.release(FIRST)
    author.edit('back: "5"', 'back: "4"')
    with pytest.raises(LedgerError, match="note `mended`"):
        author.publish(SECOND)


def test_a_note_without_id_cannot_be_released(author: Author) -> None:
    author.edit("id: mended\n    ", "")
    with pytest.raises(LedgerError, match="a note has no id"):
        author.release(FIRST)


def test_release_counts_what_learners_will_see(author: Author) -> None:
    assert len(author.release(FIRST).new) == 5
    author.edit('back: "5"', 'back: "4"')
    author.edit("back: This note.", "back: This note.\n    retired: out of date")
    author.own_note_type("_layout", "--paper: #", "--paper: #f", "card.css")
    plan = author.release(SECOND)
    assert (plan.new, plan.updated, plan.retired, plan.restyled) == (
        (),
        ("mended", "obsolete"),
        ("obsolete",),
        ("basic", "cloze"),
    )
    again = author.loaded()
    assert releasing.plan(again, now=THIRD).lock == plan.lock


def test_a_part_first_and_the_whole_later(author: Author, learner: Learner) -> None:
    """Who begins with `build --tag` keeps everything, and the rest comes as new cards in its own order."""
    author.release(FIRST)
    part = flashcards.build(
        author.loaded(),
        author.path / "part",
        now=FIRST,
        locked=True,
        to=["apkg"],
        choose=lambda note: note.has_tag("topic"),
    )
    assert learner.imports(part.written[0].path).new == ["same"]
    learner.study("same", 3, 4)
    learner.tag("same", "mine")
    before = learner.progress(), learner.reviews()
    whole = learner.imports(author.publish(FIRST))
    assert (whole.new, whole.updated, whole.trouble) == (["drawn", "gaps", "mended", "obsolete"], [], {})
    assert (learner.progress(), learner.reviews()) == before
    assert "mine" in learner.note("same").tags
    assert learner.new_queue() == ["mended", "obsolete", "gaps", "drawn"]
    assert learner.check_database() == ""


# ------------------------------------------------------------------------------------------------ the collection's id


def test_a_changed_collection_id_reaches_no_learner(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit("id: test", "id: mine", "collection.yaml")
    if not author.loaded().errors:
        learner.imports(author.ship(SECOND))
    assert learner.col.note_count() == 5
    assert [d.rule for d in author.loaded().errors] == ["collection-id-changed"]
    author.edit("id: mine", "id: test", "collection.yaml")
    assert author.loaded().errors == []


def test_a_fork_is_a_collection_of_its_own(author: Author, learner: Learner) -> None:
    """With `released: true`, the original's lock and its tag in the history."""
    begin(author, learner)
    author.git("tag", "v1.0")
    before = learner.progress(), learner.reviews()
    author.edit("id: test", "id: mine", "collection.yaml")
    author.edit("root: Test", "root: Mine", "collection.yaml")
    author.edit("short_title: Test", "short_title: Mine", "collection.yaml")
    assert releasing.shared_decks(author.loaded()) == ("test", [])
    author.fork(FIRST + 60)
    first = learner.imports(author.publish(FIRST + 60))
    assert (len(first.new), first.updated, first.trouble) == (5, [], {})
    learner.tag("same", "mine", "mine")

    author.edit('back: "5"', 'back: "4"')
    second = learner.imports(author.ship(SECOND))
    assert (second.new, second.updated, second.trouble) == ([], ["mended"], {})
    assert learner.note("mended", "mine")["Back"] == "4"
    assert "mine" in learner.note("same", "mine").tags
    assert learner.note("mended")["Back"] == "5"  # the original's
    assert learner.reviews() == before[1]
    assert learner.progress() == before[0]
    assert {"mine", "topic"} <= set(learner.note("same").tags)
    assert learner.note_types() == ["Mine Basic", "Mine Cloze", "Test Basic", "Test Cloze"]
    with pytest.raises(LedgerError, match=r"`v1\.0` is a release of the collection `test`"):
        releasing.check(author.loaded(), now=SECOND, since="v1.0")


def test_a_fork_under_the_originals_names_shares_its_decks(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit("id: test", "id: mine", "collection.yaml")
    assert releasing.shared_decks(author.loaded()) == ("test", ["Test::01 Deck"])
    author.fork(FIRST + 60)
    first = learner.imports(author.publish(FIRST + 60))
    assert (len(first.new), first.updated, first.trouble) == (5, [], {})
    decks = {learner.col.decks.name(did) for did in learner.col.db.list("select distinct did from cards")}
    assert decks == {"Test::01 Deck"}
    assert len(learner.note("same").cards()) == len(learner.note("same", "mine").cards()) == 1


def test_drafts_of_another_collection_are_not_those_of_a_fork(author: Author) -> None:
    author.release(FIRST)
    author.edit('back: "5"', 'back: "4"')
    author.publish(THIRD, locked=False)  # a draft of the original
    author.edit("id: test", "id: mine", "collection.yaml")
    assert author.fork(SECOND).lock.notes["mended"].stamp.time == SECOND


def test_the_original_is_not_adopted_by_a_fork(author: Author, learner: Learner) -> None:
    package = begin(author, learner)
    (author.folder.path / "flashcards.lock").unlink()
    author.edit("id: test", "id: mine", "collection.yaml")
    with pytest.raises(LedgerError, match="was not built from the collection `mine`"):
        adopting.adopt(author.loaded(), package)


# ---------------------------------------------------------------------------------------------------- git's whole history


def test_a_merge_that_takes_one_side_takes_a_text_back(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.git("checkout", "-qb", "other")
    author.edit("What does the picture show?", "What does this picture show?")
    author.release(FIRST + 60)
    author.git("checkout", "-q", "main")
    author.edit('back: "5"', "back: withdrawn later")
    learner.imports(author.ship(FIRST + 120))
    assert learner.note("mended")["Back"] == "withdrawn later"
    with contextlib.suppress(subprocess.CalledProcessError):
        author.git("merge", "-q", "--no-commit", "other")
    author.git("checkout", "other", "--", "decks")  # both files as on the other branch
    author.commit("merge")
    third = learner.imports(author.ship(FIRST + 180))
    assert learner.note("mended")["Back"] == "5"
    assert third.updated == ["drawn", "mended"]
    assert {"mine", "topic"} <= set(learner.note("same").tags)


def test_a_branch_that_was_never_merged_touches_nothing(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.git("checkout", "-qb", "experiment")
    author.edit("This note, in every release.", "This note, in an experiment.")
    author.release(FIRST + 60)
    author.git("checkout", "-q", "main")
    author.edit('back: "5"', 'back: "4"')
    second = learner.imports(author.ship(SECOND))
    assert second.updated == ["mended"]
    assert {"mine", "topic"} <= set(learner.note("same").tags)
    assert learner.note("same")["Example"] == "my own example"


@pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick"])
def test_a_conflict_resolved_as_the_message_says_reaches_both_sides(
    author: Author, learner: Learner, command: str
) -> None:
    """The release comes before the commit, when only git's own files know the other side."""
    begin(author, learner)
    author.git("checkout", "-qb", "other")
    author.edit('back: "5"', 'back: "4, says the other branch"')
    learner.imports(author.ship(SECOND))
    author.git("checkout", "-q", "main")
    author.edit('back: "5"', 'back: "4, says main"')
    author.ship(SECOND - 60)
    with pytest.raises(subprocess.CalledProcessError):
        author.git(command, "other")
    author.folder.deck(DECK.replace('"5"', '"4, says main"'))
    (finding,) = author.loaded().errors
    assert "Take either side" in finding.message
    author.git("checkout", "--ours", "decks/flashcards.lock")
    author.release(THIRD)  # and the commit
    third = learner.imports(author.publish(THIRD))
    assert learner.note("mended")["Back"] == "4, says main"
    assert third.updated == ["mended"]
    assert {"mine", "topic"} <= set(learner.note("same").tags)


def test_two_texts_of_one_time_both_get_a_later_one(author: Author, learner: Learner) -> None:
    """Two branches with clocks that are behind: both give the second after the last release."""
    begin(author, learner)
    author.git("checkout", "-qb", "other")
    author.edit('back: "5"', 'back: "4, says the other branch"')
    learner.imports(author.ship(FIRST - 60))
    author.git("checkout", "-q", "main")
    author.edit('back: "5"', 'back: "4, says main"')
    author.release(FIRST - 60)
    with pytest.raises(subprocess.CalledProcessError):
        author.git("merge", "other")
    author.git("checkout", "main", "--", ".")
    author.commit("merge")
    assert learner.imports(author.ship(FIRST + 60)).updated == ["mended"]
    assert learner.note("mended")["Back"] == "4, says main"
    again = author.loaded()
    assert releasing.plan(again, now=THIRD).updated == ()


def test_a_kind_cannot_change_after_its_release_was_reverted(author: Author, learner: Learner) -> None:
    """The lock is gone with the revert, and learners still have the first kind."""
    author.commit("decks")
    learner.imports(author.ship(FIRST))
    author.git("revert", "--no-edit", "HEAD")
    author.edit("cloze: The {{c1::first}} gap.", "front: Which gap?\n    back: The first.")
    with pytest.raises(InvalidCollection) as refused:
        author.release(SECOND)
    assert [d.rule for d in refused.value.diagnostics] == ["kind-changed"]
    assert refused.value.diagnostics[0].note == "gaps"
    assert refused.value.diagnostics[0].span.text == "gaps"


def test_fields_stay_frozen_after_their_release_was_reverted(author: Author) -> None:
    author.commit("decks")
    author.release(FIRST)
    author.git("revert", "--no-edit", "HEAD")
    author.own_note_type("basic", "id: 102", "id: 109")
    with pytest.raises(InvalidCollection) as refused:
        author.release(SECOND)
    assert [d.rule for d in refused.value.diagnostics] == ["note-type-frozen"]


def test_a_note_whose_release_was_reverted_is_named(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit("- id: drawn", "- id: fresh\n    front: What is new?\n    back: This.\n  - id: drawn")
    learner.imports(author.ship(SECOND))
    author.git("revert", "--no-edit", "HEAD")
    assert author.loaded().errors == []
    assert author.release(THIRD).gone == ("fresh",)
    retiring.retire(author.loaded(), "fresh", "it was wrong")
    learner.imports(author.ship(THIRD + 60))
    assert "it was wrong" in learner.answer("fresh")


def test_a_shallow_clone_releases_nothing(author: Author, tmp_path: Path) -> None:
    author.release(FIRST)
    author.edit('back: "5"', 'back: "4"')
    author.release(SECOND)
    author.git("clone", "-q", "--depth", "1", f"file://{author.path}", str(tmp_path / "shallow"))
    loaded = flashcards.check(tmp_path / "shallow/decks")
    with pytest.raises(LedgerError, match="git fetch --unshallow"):
        releasing.plan(loaded, now=THIRD)


# ------------------------------------------------------------------------------------------------- numbers of clozes

TWO_GAPS = "The {{c1::first}} and the {{c2::second}} gap."


def begin_with_two_gaps(author: Author, learner: Learner) -> None:
    author.edit("The {{c1::first}} gap.", TWO_GAPS)
    begin(author, learner)


def every_question(learner: Learner, note_id: str) -> list[str]:
    return [card.question() for card in learner.note(note_id).cards()]


def test_a_cloze_number_never_vanishes(author: Author, learner: Learner) -> None:
    begin_with_two_gaps(author, learner)
    author.edit(TWO_GAPS, "The {{c1::first}} gap.")
    if not author.loaded().errors:
        learner.imports(author.ship(SECOND))
    assert not [q for q in every_question(learner, "gaps") if "No cloze" in q]
    (finding,) = author.loaded().errors
    assert (finding.rule, finding.note) == ("card-vanished", "gaps")
    assert finding.message.startswith("`c2` of `gaps` was released and is gone")


def test_a_cloze_number_of_a_reverted_release_never_vanishes(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit("The {{c1::first}} gap.", TWO_GAPS)
    learner.imports(author.ship(SECOND))
    author.git("revert", "--no-edit", "HEAD")
    with contextlib.suppress(InvalidCollection):
        learner.imports(author.ship(THIRD))
    assert not [q for q in every_question(learner, "gaps") if "No cloze" in q]
    with pytest.raises(InvalidCollection) as refused:
        author.release(THIRD)
    assert [d.rule for d in refused.value.diagnostics] == ["card-vanished"]


def test_a_cloze_number_of_the_other_side_of_a_merge_never_vanishes(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.git("checkout", "-qb", "other")
    author.edit("The {{c1::first}} gap.", TWO_GAPS)
    learner.imports(author.ship(SECOND))
    author.git("checkout", "-q", "main")
    author.edit("The {{c1::first}} gap.", "The very {{c1::first}} gap.")
    author.release(SECOND + 60)
    author.git("merge", "-q", "-X", "ours", "other")
    with contextlib.suppress(InvalidCollection):
        learner.imports(author.ship(THIRD))
    assert not [q for q in every_question(learner, "gaps") if "No cloze" in q]
    with pytest.raises(InvalidCollection) as refused:
        author.release(THIRD)
    assert [d.rule for d in refused.value.diagnostics] == ["card-vanished"]


def test_what_the_learner_would_see_of_a_number_that_vanished(author: Author, learner: Learner) -> None:
    """Why it is an error: this is Anki's own behaviour."""
    begin_with_two_gaps(author, learner)
    author.edit(TWO_GAPS, "The {{c1::first}} gap.")
    (author.folder.path / "flashcards.lock").unlink()
    author.edit("released: true", "", "collection.yaml")
    learner.imports(author.publish(SECOND, locked=False))
    assert ["No cloze" in question for question in every_question(learner, "gaps")] == [False, True]
    assert len(learner.reviews()) == 2 * 5  # nothing is lost, only unreadable


def test_swapped_numbers_are_a_warning_and_a_reworded_answer_is_none(
    author: Author, learner: Learner
) -> None:
    begin_with_two_gaps(author, learner)
    author.edit(TWO_GAPS, "The {{c1::**first** one::hint}} and the {{c2::next}} gap.")
    assert author.loaded().diagnostics == ()
    author.edit(
        "{{c1::**first** one::hint}} and the {{c2::next}}", "{{c2::*first*}} and the {{c1::second::hint}}"
    )
    (finding,) = author.loaded().diagnostics
    assert (finding.rule, finding.severity, finding.note) == ("cloze-renumbered", "warning", "gaps")
    assert finding.message.startswith("`c1` asks for what was `c2`, `c2` asks for what was `c1`")
    reviews = learner.progress()
    learner.imports(author.ship(SECOND))
    assert learner.progress() == reviews  # which are now those of the other answer
    assert author.loaded().diagnostics == ()


def test_a_warning_of_the_ledger_can_be_ignored(author: Author) -> None:
    author.edit("The {{c1::first}} gap.", TWO_GAPS)
    author.release(FIRST)
    swapped = (
        "The {{c2::first}} and the {{c1::second}} gap.\n    ignore: {cloze-renumbered: nobody has it yet}"
    )
    author.edit(TWO_GAPS, swapped)
    assert author.loaded().diagnostics == ()
    author.release(SECOND)
    assert [d.rule for d in author.loaded().diagnostics] == ["unused-ignore"]


def test_a_card_that_templates_make_never_vanishes(author: Author, learner: Learner) -> None:
    """Of a kind whose second card is there only if a field is filled."""
    author.own_note_type("reversed", "Meaning to term", "Meaning to term")
    author.folder.write("templates/notetypes/reversed/reverse-front.html", "{{#Why}}{{Back}}{{/Why}}\n")
    author.write("- {id: pair, kind: reversed, front: A?, back: B., why: Because.}\n")
    learner.imports(author.ship(FIRST))
    learner.study("pair")
    author.edit(", why: Because.", "")
    assert author.loaded().errors == []  # templates are rendered only for a build or a release
    with pytest.raises(InvalidCollection) as refused:
        author.release(SECOND)
    (finding,) = [found for found in refused.value.diagnostics if found.severity == "error"]
    assert finding.rule == "card-vanished"


def without_cards(author: Author) -> None:
    """Make the lock one of version 0.9, which told no cards."""
    lock = author.folder.path / "flashcards.lock"
    since = r', "cards": \[[\d, ]*\](, "answers": \[[^\]]*\])?, "deck": "[^"]*", "shown": "[^"]*"(?=\})'
    lock.write_text(re.sub(since, "", lock.read_text()))
    assert lock.read_text().count("cards") == 2  # those of the note types
    assert "deck" not in lock.read_text().split('"notes"')[1]


def test_a_lock_of_0_9_gets_its_cards_from_the_present_text(author: Author) -> None:
    author.release(FIRST)
    lock = author.folder.path / "flashcards.lock"
    whole = lock.read_text()
    without_cards(author)
    assert releasing.check(author.loaded(), now=SECOND) == []
    plan = author.release(SECOND)
    assert (plan.new, plan.updated) == ((), ())
    assert lock.read_text() == whole


def test_a_lock_of_0_9_gets_the_cards_of_changed_notes_from_git(author: Author, learner: Learner) -> None:
    begin_with_two_gaps(author, learner)
    without_cards(author)
    author.commit("as version 0.9 released it")
    author.edit(TWO_GAPS, "The {{c1::first}} gap.")
    author.commit("an edit")
    assert author.loaded().errors == []
    with pytest.raises(InvalidCollection) as refused:
        author.release(SECOND)
    assert [d.rule for d in refused.value.diagnostics] == ["card-vanished"]


def test_a_lock_of_0_9_whose_text_nobody_knows_is_not_judged(author: Author) -> None:
    author.edit("The {{c1::first}} gap.", TWO_GAPS)
    author.release(FIRST)
    without_cards(author)
    author.edit(TWO_GAPS, "The {{c1::first}} gap.")
    shutil.rmtree(author.path / ".git")
    author.git("init", "-q", "-b", "main")
    assert author.release(SECOND).updated == ("gaps",)


# -------------------------------------------------------------------------------------------------------------- drafts


def test_a_draft_that_was_taken_back_is_mended_by_the_release(author: Author, learner: Learner) -> None:
    """The learner is the author's own Anki."""
    begin(author, learner)
    author.edit('back: "5"', "back: a bad idea")
    learner.imports(author.publish(FIRST + 60, locked=False))
    author.edit("back: a bad idea", 'back: "5"')
    assert releasing.check(author.loaded(), now=FIRST + 120) == [
        "built as a draft since the release, and taken back: `mended`"
    ]
    with contextlib.suppress(LedgerError):
        learner.imports(author.publish(FIRST + 120))
    plan = author.release(FIRST + 120)
    learner.imports(author.publish(FIRST + 120))
    assert learner.note("mended")["Back"] == "5"
    assert plan.updated == ("mended",)
    assert releasing.check(author.loaded(), now=FIRST + 180) == []
    assert author.release(FIRST + 180).updated == ()
    built = flashcards.build(author.loaded(), author.path / "out", now=FIRST + 240, to=["apkg"])
    assert built.drafts == 0


def test_a_locked_build_refuses_while_a_draft_was_taken_back(author: Author) -> None:
    author.release(FIRST)
    author.edit('back: "5"', "back: a bad idea")
    author.publish(FIRST + 60, locked=False)
    author.edit("back: a bad idea", 'back: "5"')
    with pytest.raises(LedgerError, match="not as released: note `mended`"):
        author.publish(FIRST + 120)


def test_a_look_that_was_taken_back_is_mended_by_the_release(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.own_note_type("_layout", "--paper: #", "/* a bad idea */ --paper: #", "card.css")
    learner.imports(author.publish(FIRST + 60, locked=False))
    assert "a bad idea" in learner.note("same").note_type()["css"]
    shutil.rmtree(author.folder.path / "templates")
    assert author.release(FIRST + 120).restyled == ("basic", "cloze")
    learner.imports(author.publish(FIRST + 120))
    assert "a bad idea" not in learner.note("same").note_type()["css"]


def test_a_draft_of_a_note_that_went_and_came_back_gets_a_later_time(
    author: Author, learner: Learner
) -> None:
    begin(author, learner)
    new = "  - id: fresh\n    front: What is new?\n    back: "
    deck = author.folder.path / "01-deck.yaml"
    before = deck.read_text()
    deck.write_text(before + new + "This.\n")
    learner.imports(author.publish(FIRST + 3600, locked=False))
    deck.write_text(before)
    author.publish(FIRST + 3700, locked=False)
    deck.write_text(before + new + "That.\n")
    learner.imports(author.ship(FIRST + 60))  # with the clock set back
    assert learner.note("fresh")["Back"] == "That."


def test_a_draft_is_remembered_whatever_another_branch_has_released(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit('back: "5"', 'back: "6"')
    learner.imports(author.publish(FIRST + 3600, locked=False))
    author.edit('back: "6"', 'back: "5"')
    author.git("checkout", "-qb", "side")
    author.edit('back: "5"', 'back: "7"')
    author.ship(FIRST + 7200)  # which makes the draft an old one, on this branch
    author.publish(FIRST + 7300, locked=False)
    author.git("checkout", "-q", "main")
    assert releasing.check(author.loaded(), now=FIRST) == [
        "built as a draft since the release, and taken back: `mended`"
    ]
    learner.imports(author.ship(FIRST + 60))
    assert learner.note("mended")["Back"] == "5"


def test_a_draft_from_a_clock_ahead_stops_no_release(author: Author, learner: Learner) -> None:
    author.release(FIRST)
    author.edit('back: "5"', "back: first try")
    author.publish(FIRST + 30 * DAY, locked=False)
    author.edit("back: first try", 'back: "4"')
    plan = author.release(FIRST + 60)
    assert (plan.updated, plan.forgotten) == (("mended",), ("mended",))
    assert plan.lock.notes["mended"].stamp.time == FIRST + 60  # and not of the clock ahead
    learner.imports(author.publish(FIRST + 120))
    assert learner.note("mended")["Back"] == "4"
    again = releasing.plan(author.loaded(), now=FIRST + 180)
    assert (again.updated, again.forgotten) == ((), ())


def test_an_id_written_after_a_draft_is_the_one_that_was_studied(author: Author, learner: Learner) -> None:
    author.write(
        "- front: What has no id?\n  back: This.\n- front: Nor has?\n  back: That.\n- {id: D07, front: a?, back: b}\n"
    )
    learner.imports(author.publish(FIRST, locked=False))
    for card in learner.col.db.list("select id from cards"):
        learner.answer_card(card)
    reviews = learner.reviews()
    fix(author)
    learner.imports(author.ship(SECOND))
    assert learner.col.note_count() == 3
    assert learner.reviews() == reviews
    assert len(learner.progress()) == 3


def fix(author: Author) -> None:
    """Write missing ids, as the command does."""
    assert CliRunner().invoke(main, ["fix", str(author.folder.path)]).exit_code == 0


@pytest.mark.parametrize("command", [["add", "--front", "Another?", "--back", "c"], ["fix"]])
def test_the_id_of_a_draft_that_was_deleted_is_given_to_no_other_note(
    author: Author, learner: Learner, command: list[str]
) -> None:
    """Whoever imported the draft would get the new text on its reviews."""
    author.write("- {id: DE01, front: a?, back: b}\n- {id: DE02, front: An idea?, back: b}")
    learner.imports(author.publish(FIRST, locked=False))
    author.write(
        "- {id: DE01, front: a?, back: b}\n" + "- {front: Another?, back: c}\n" * (command == ["fix"])
    )
    deck = str(author.folder.path / "01-deck.yaml")
    assert CliRunner().invoke(main, [command[0], deck, *command[1:]]).exit_code == 0
    learner.imports(author.ship(SECOND))
    assert learner.note("DE02")["Front"] == "An idea?"
    assert learner.note("DE03")["Front"] == "Another?"


def test_an_id_written_before_any_build_is_a_short_one(author: Author) -> None:
    author.write(
        "- front: What has no id?\n  back: This.\n- front: Nor has?\n  back: That.\n- {id: D07, front: a?, back: b}\n"
    )
    fix(author)
    assert [note.id for _, note in author.loaded().collection.notes()] == ["D08", "D09", "D07"]


# ------------------------------------------------------------------------------------------------------------ adoption


def test_adoption_after_a_renamed_field_touches_no_note(author: Author, learner: Learner) -> None:
    package = begin(author, learner)
    (author.folder.path / "flashcards.lock").unlink()
    shutil.rmtree(author.path / ".git")  # which would remember the hashes
    author.git("init", "-q", "-b", "main")
    author.own_note_type("basic", "name: Back", "name: Reply")
    author.own_note_type("basic", "{{Back}}", "{{Reply}}", "back.html")
    adopt(author, package)
    second = author.release(SECOND)
    assert (second.new, second.updated, second.restyled) == ((), (), ("basic",))
    assert learner.imports(author.publish(SECOND)).updated == []
    assert learner.note("same")["Reply"] == "This note, in every release."
    assert {"mine", "topic"} <= set(learner.note("same").tags)


def adopt(author: Author, package: Path) -> int:
    """Read the lock back from a package; returns how many notes differ."""
    lock, differing = adopting.adopt(author.loaded(), package)
    (author.folder.path / "flashcards.lock").write_text(dump_lock(lock))
    return differing


def test_adoption_delivers_a_name_that_no_template_uses(author: Author, learner: Learner) -> None:
    package = begin(author, learner)
    (author.folder.path / "flashcards.lock").unlink()
    author.own_note_type("basic", "name: Back", "name: Reply")
    author.own_note_type("basic", "{{Back}}", "{{Reply}}", "back.html")
    author.edit("short_title: Test", "short_title: Exam", "collection.yaml")
    adopt(author, package)
    assert author.release(SECOND).restyled == ("basic", "cloze")
    learner.imports(author.publish(SECOND))
    assert learner.note_types() == ["Exam Basic", "Exam Cloze"]


def test_adoption_of_a_package_without_field_ids_goes_by_their_places(author: Author, tmp_path: Path) -> None:
    package = author.ship(FIRST)
    lock = author.folder.path / "flashcards.lock"
    before = parse_lock(lock.read_text())
    lock.unlink()
    stripped = tmp_path / "stripped.apkg"

    def without_ids(model: dict[str, Any]) -> None:
        for part in (*model["flds"], *model["tmpls"]):
            del part["id"]

    rewrite(package, stripped, "update notes set usn = usn", edit_models=without_ids)
    assert adopt(author, stripped) == 0
    assert parse_lock(lock.read_text()) == before


def test_adoption_knows_the_cards_of_notes_that_changed(author: Author, learner: Learner) -> None:
    author.edit("The {{c1::first}} gap.", TWO_GAPS)
    package = author.ship(FIRST)
    (author.folder.path / "flashcards.lock").unlink()
    author.edit(TWO_GAPS, "The {{c1::first}} gap.")
    assert adopt(author, package) == 1
    assert [(d.rule, d.note) for d in author.loaded().errors] == [("card-vanished", "gaps")]


def test_adoption_is_for_a_lost_lock(author: Author) -> None:
    package = author.ship(FIRST)
    with pytest.raises(LedgerError, match="knows more than a package"):
        adopting.adopt(author.loaded(), package)


def test_adoption_and_git_together_touch_nothing_that_git_knows(author: Author, learner: Learner) -> None:
    """A package that another version rendered differs in every note; the hash of its text stands in git."""
    package = begin(author, learner)
    (author.folder.path / "flashcards.lock").unlink()
    other = package.with_name("other.apkg")
    rewrite(package, other, "update notes set flds = replace(flds, 'This', 'this')")
    assert adopt(author, other) == 2
    assert author.release(SECOND).updated == ()


# ----------------------------------------------------------------------------------------------- the package's file name


def is_taken_for_a_whole_collection(name: str) -> bool:
    """Tell what Anki's desktop program does with a file (`aqt/import_export/importing.py`, `ColpkgImporter`): it
    puts the package in the place of the learner's collection."""
    name = name.lower()
    return name == "collection.apkg" or (name.startswith("backup-") and name.endswith(".apkg"))


@pytest.mark.parametrize(
    "title", ["Collection", "COLLECTION!", "Backup 2026", "backup-", "Bäckup x", "Collectiôn"]
)
def test_no_package_is_taken_for_a_whole_collection(author: Author, learner: Learner, title: str) -> None:
    author.edit("title: Test Collection", f"title: {title}", "collection.yaml")
    package = author.ship(FIRST)
    assert not is_taken_for_a_whole_collection(package.name)
    assert learner.imports(package).new == ["drawn", "gaps", "mended", "obsolete", "same"]


@pytest.mark.parametrize(
    ("title", "folder", "name"),
    [
        ("ML System Design", "x", "ml-system-design"),
        ("Collection", "x", "flashcards-collection"),
        ("My Collection", "x", "my-collection"),
        ("Backup", "x", "backup"),
        ("Backup 1", "x", "flashcards-backup-1"),
        ("NUL", "x", "flashcards-nul"),
        ("Élan vital: Größe", "x", "elan-vital-grosse"),
        ("λ calculus", "x", "calculus"),
        ("日本語", "japanese-n5", "japanese-n5"),
        ("日本語 N5", "japanese-n5/decks", "japanese-n5"),
        ("Русский A1", "Мой русский", "a68f5543bed7923e"),
        ("日本語", "collection", "flashcards-collection"),
        ("…", "x", "x"),
        ("a" * 300, "x", "a" * 100),
    ],
)
def test_a_package_has_a_name_that_a_person_recognises(
    title: str, folder: str, name: str, tmp_path: Path
) -> None:
    collection = flashcards.Collection(
        id="a68f5543bed7923e",
        title=title,
        decks=(),
        note_types={},
        created=date(2026, 1, 1),
        path=tmp_path / folder,
    )
    assert apkg.file_name(collection) == f"{name}.apkg"


# --------------------------------------------------------------------------------------------------------------- decks


def deck_of(learner: Learner, note_id: str) -> str:
    return learner.col.decks.name(learner.note(note_id).cards()[0].did)


def deck_names(learner: Learner) -> set[str]:
    return {deck.name for deck in learner.col.decks.all_names_and_ids()}


def test_a_note_that_moved_stays_where_the_learner_has_it(author: Author, learner: Learner) -> None:
    begin(author, learner)
    moved = '  - id: mended\n    front: What is 2 + 2?\n    back: "5"\n'
    author.edit(moved, "")
    author.folder.write(
        "02-more.yaml", f"title: More\nnotes:\n{moved}  - {{id: fresh, front: New?, back: Yes.}}\n"
    )
    (finding,) = author.loaded().diagnostics
    assert (finding.rule, finding.severity, finding.note) == ("note-moved", "warning", "mended")
    assert (
        finding.message == "`mended` was released in the deck `Test::01 Deck` and is now in `Test::02 More`"
    )
    plan = author.release(SECOND)
    assert (plan.new, plan.updated, plan.moved) == (("fresh",), (), ("mended",))
    assert author.loaded().diagnostics == ()
    second = learner.imports(author.publish(SECOND))
    assert (second.new, second.updated) == (["fresh"], [])
    assert (deck_of(learner, "mended"), deck_of(learner, "fresh")) == ("Test::01 Deck", "Test::02 More")


def test_a_retired_note_moves_without_a_word(author: Author) -> None:
    author.edit("back: This note.", "back: This note.\n    retired: out of date")
    author.release(FIRST)
    moved = (
        "  - id: obsolete\n    front: What is out of date?\n    back: This note.\n    retired: out of date\n"
    )
    author.edit(moved, "")
    author.folder.write("02-more.yaml", f"title: More\nnotes:\n{moved}")
    assert author.loaded().diagnostics == ()
    assert author.release(SECOND).moved == ()


NEW = "  - id: fresh\n    front: What is new?\n    back: It is.\n"


def test_a_deck_may_get_another_file_and_title_with_its_name_kept(author: Author, learner: Learner) -> None:
    begin(author, learner)
    before = learner.progress(), learner.reviews()
    author.git("mv", "decks/01-deck.yaml", "decks/07-cards.yaml")
    author.edit("title: Deck", "title: Cards", "07-cards.yaml")
    (finding,) = author.loaded().errors
    assert finding.rule == "deck-vanished"
    assert "if `07-cards.yaml` is this deck, write `name: Test::01 Deck` into it" in finding.hint
    author.edit("title: Cards", "title: Cards\nname: Test::01 Deck", "07-cards.yaml")
    assert author.loaded().diagnostics == ()
    path = author.folder.path / "07-cards.yaml"
    path.write_text(path.read_text() + NEW)
    plan = author.release(SECOND)
    assert (plan.new, plan.updated, plan.moved) == (("fresh",), (), ())
    decks = deck_names(learner)
    second = learner.imports(author.publish(SECOND))
    assert (second.new, second.updated, second.trouble) == (["fresh"], [], {})
    assert deck_of(learner, "fresh") == "Test::01 Deck"
    assert deck_names(learner) == decks
    assert_nothing_lost(learner, before)


def test_a_title_may_be_corrected_with_the_name_kept(author: Author, learner: Learner) -> None:
    author.edit("title: Deck", "title: 'Dekc: a'")
    learner.imports(author.ship(FIRST))
    author.edit("title: 'Dekc: a'", "title: 'Deck: a'")
    (finding,) = author.loaded().errors
    assert finding.rule == "deck-renamed"
    assert 'with the line `name: "Test::01 Dekc: a"`' in finding.hint
    path = author.folder.path / "01-deck.yaml"
    path.write_text('name: "Test::01 Dekc: a"\n' + path.read_text() + NEW)
    assert author.loaded().diagnostics == ()
    learner.imports(author.ship(SECOND))
    assert deck_of(learner, "fresh") == "Test::01 Dekc: a"


def test_a_root_may_change_with_the_names_kept(author: Author, learner: Learner) -> None:
    begin(author, learner)
    author.edit("root: Test", "root: Exam", "collection.yaml")
    assert [d.rule for d in author.loaded().errors] == ["deck-renamed"]
    path = author.folder.path / "01-deck.yaml"
    path.write_text("name: Test::01 Deck\n" + path.read_text() + NEW)
    author.folder.write("02-more.yaml", "title: More\nnotes:\n  - {id: more, front: More?, back: Yes.}\n")
    learner.imports(author.ship(SECOND))
    assert deck_of(learner, "fresh") == "Test::01 Deck"
    assert deck_of(learner, "more") == "Exam::02 More"


def test_two_decks_cannot_have_one_name(author: Author) -> None:
    author.folder.write("02-more.yaml", "title: More\nname: test::01 deck\nnotes: []\n")
    assert [d.rule for d in author.loaded().errors] == ["duplicate-deck"]


def test_adoption_knows_a_deck_that_was_renamed(author: Author) -> None:
    package = author.ship(FIRST)
    (author.folder.path / "flashcards.lock").unlink()
    author.edit("title: Deck", "title: Cards")
    adopt(author, package)
    assert [d.rule for d in author.loaded().errors] == ["deck-renamed"]


# ------------------------------------------------------------------------------------------------ what a mend changes


def mend_the_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this version of flashcards wrote what an author emphasises otherwise than the last one did."""
    html = Documents.html
    monkeypatch.setattr(
        Documents, "html", lambda *args, **options: html(*args, **options).replace("strong>", "b>")
    )


def test_a_note_that_is_shown_otherwise_reaches_learners_only_when_it_is_sent_again(
    author: Author, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    author.edit("back: This note, in every release.", "back: This **note**, in every release.")
    begin(author, learner)
    mend_the_renderer(monkeypatch)
    loaded = author.loaded()
    assert "This <b>note</b>" in flashcards.render_card(next(iter(loaded.collection.notes()))[1]).answer.html
    second = author.release(SECOND)
    assert (second.updated, second.mended) == ((), ("same",))
    assert author.release(SECOND).mended == ("same",)
    imported = learner.imports(author.publish(SECOND))
    assert (imported.new, imported.updated) == ([], [])
    assert "mine" in learner.note("same").tags
    planned = releasing.plan(author.loaded(), now=THIRD, resend=["same"])
    assert (planned.updated, planned.mended) == (("same",), ())
    releasing.write(author.loaded().raise_for_errors(), planned)
    imported = learner.imports(author.publish(THIRD))
    assert (imported.new, imported.updated) == ([], ["same"])
    assert "<b>note</b>" in learner.note("same")["Back"]
    assert author.release(THIRD).mended == ()


def test_release_names_what_is_shown_otherwise(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    author.edit("back: This note, in every release.", "back: This **note**, in every release.")
    author.release(FIRST)
    mend_the_renderer(monkeypatch)
    decks = str(author.folder.path)
    said = CliRunner().invoke(main, ["release", decks])
    assert said.exit_code == 0
    assert said.stderr == (
        "0 new, 0 updated\n"
        "1 note is shown otherwise by this version of flashcards; who has it keeps it as before. "
        "`flashcards release --resend same` sends it again, and replaces learners' own tags and edits\n"
    )
    said = CliRunner().invoke(main, ["release", "--resend", "sam", decks])
    assert (said.exit_code, said.stderr) == (
        1,
        "error: there is no note `sam` to resend. did you mean `same`?\n",
    )
    said = CliRunner().invoke(
        main, ["release", "--resend", "same,gaps", "--resend", "mended", "--yes", decks]
    )
    assert said.stderr == "0 new, 3 updated: a learner's own tags and edits on those 3 are replaced\n"
    assert CliRunner().invoke(main, ["release", "--resend", "same", "--check", decks]).exit_code == 2
