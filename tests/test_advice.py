"""The way out that each error of the ledger names, followed to the letter: it must lead out."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from people import DAY, Author
from test_upgrade import DECK, author  # noqa: F401  # fixture

from flashcards.actions import releasing
from flashcards.cli import main


class Done(NamedTuple):
    code: int
    said: str  # on both streams


def run(author: Author, command: str) -> Done:
    """Run a command as the author would, in the repository, who agrees to whatever it asks."""
    program, *arguments = shlex.split(command)
    with contextlib.chdir(author.path):
        if program == "flashcards":
            result = CliRunner().invoke(main, arguments, input="y\n")
            return Done(result.exit_code, result.output)
        done = subprocess.run([program, *arguments], capture_output=True, text=True)
        return Done(done.returncode, done.stdout + done.stderr)


def commands(text: str) -> list[str]:
    """Return the commands that a message or hint names, in order."""
    return re.findall(r"`((?:git|flashcards) [^`]+)`", text)


def said(author: Author, command: str) -> str:
    """Run a command that must fail, and return all it says."""
    done = run(author, command)
    assert done.code == 1, done
    return done.said


def follow(author: Author, *advice: str) -> None:
    """Run commands, of which each must succeed."""
    for command in advice:
        done = run(author, command)
        assert done.code == 0, (command, done)


def assert_released(author: Author) -> None:
    """What the author has now can be released, and is then as released."""
    follow(author, "flashcards release --yes", "flashcards check", "flashcards release --check")


@pytest.fixture(autouse=True)
def released(author: Author) -> None:
    author.commit("decks")
    follow(author, "flashcards release --yes")
    author.commit("release")


def test_collection_id_changed_can_be_forked(author: Author) -> None:
    author.edit("id: test", "id: mine", "collection.yaml")
    (advice,) = commands(said(author, "flashcards check"))
    assert advice == "flashcards release --fork"
    follow(author, advice)
    assert_released(author)


def test_collection_id_changed_can_be_taken_back(author: Author) -> None:
    author.edit("id: test", "id: mine", "collection.yaml")
    assert "write `id: test` again" in said(author, "flashcards check")
    author.edit("id: mine", "id: test", "collection.yaml")
    assert_released(author)


def test_a_second_fork_brings_the_first_ones_lock_back(author: Author) -> None:
    author.edit("id: test", "id: mine", "collection.yaml")
    follow(author, "flashcards release --fork")
    author.commit("fork")
    author.edit("id: mine", "id: test", "collection.yaml")
    checkout, release = commands(said(author, "flashcards release --fork"))
    follow(author, checkout, release)
    assert_released(author)


def conflict(author: Author) -> None:
    author.git("checkout", "-qb", "other")
    author.edit('back: "5"', "back: four")
    follow(author, "flashcards release --yes")
    author.commit("theirs")
    author.git("checkout", "-q", "main")
    author.edit('back: "5"', 'back: "4"')
    follow(author, "flashcards release --yes")
    author.commit("ours")
    assert run(author, "git merge other").code == 1
    author.folder.deck(DECK.replace('"5"', "IV"))


def test_a_conflict_in_the_lock_takes_either_side_and_a_release(author: Author) -> None:
    conflict(author)
    checkout, release = commands(said(author, "flashcards check"))
    assert checkout == "git checkout --theirs decks/flashcards.lock"
    follow(author, checkout, release + " --yes")
    assert_released(author)


def test_a_damaged_lock_comes_back_from_git(author: Author) -> None:
    (author.folder.path / "flashcards.lock").write_text("{")
    checkout, _ = commands(said(author, "flashcards check"))
    follow(author, checkout)
    assert_released(author)


def test_a_shallow_clone_is_made_whole(author: Author, tmp_path: Path) -> None:
    author.edit('back: "5"', 'back: "4"')
    follow(author, "flashcards release --yes")
    author.commit("again")
    author.git("clone", "-q", "--depth", "1", f"file://{author.path}", str(tmp_path / "shallow"))
    author.path = tmp_path / "shallow"
    (fetch,) = commands(said(author, "flashcards release"))
    assert fetch == "git fetch --unshallow"
    follow(author, fetch)
    assert_released(author)


def test_a_tag_that_was_not_fetched_is_fetched(author: Author, tmp_path: Path) -> None:
    author.git("tag", "v1")
    author.git("clone", "-q", "--no-tags", f"file://{author.path}", str(tmp_path / "clone"))
    author.path = tmp_path / "clone"
    (fetch,) = commands(said(author, "flashcards release --check --since v1"))
    follow(author, fetch, "flashcards release --check --since v1")


def test_a_kind_that_a_reverted_release_had_is_kept(author: Author) -> None:
    author.git("revert", "--no-edit", "HEAD")
    author.write(DECK.replace("cloze: The {{c1::first}} gap.", "front: Which?\n  back: The first."))
    assert "keep `kind: cloze`" in said(author, "flashcards release --yes")
    author.write(DECK)
    assert_released(author)


def test_a_kind_that_a_reverted_release_had_gets_a_new_id(author: Author) -> None:
    author.git("revert", "--no-edit", "HEAD")
    author.write(DECK.replace("cloze: The {{c1::first}} gap.", "front: Which?\n  back: The first."))
    assert "retire it and give the new note a new id" in said(author, "flashcards release --yes")
    new = "- id: which\n  front: Which?\n  back: The first.\n"
    author.write(DECK.replace("gap.\n", "gap.\n  retired: replaced\n") + new)
    assert_released(author)


def test_a_field_that_a_reverted_release_had_is_kept(author: Author) -> None:
    author.git("revert", "--no-edit", "HEAD")
    author.write(DECK)
    author.own_note_type("basic", "{key: back, name: Back, id: 102", "{key: back, name: Back, id: 109")
    assert "A rename keeps its id" in said(author, "flashcards release --yes")
    author.own_note_type("basic", "{key: back, name: Back, id: 109", "{key: back, name: Reply, id: 102")
    author.own_note_type("basic", "{{Back}}", "{{Reply}}", "back.html")
    assert_released(author)


def test_a_note_of_a_reverted_release_is_retired(author: Author) -> None:
    author.edit("- id: drawn", "- id: fresh\n    front: What is new?\n    back: This.\n  - id: drawn")
    follow(author, "flashcards release --yes")
    author.commit("fresh")
    author.git("revert", "--no-edit", "HEAD")
    (retire,) = commands(run(author, "flashcards release --yes").said)
    follow(author, f"{retire} --reason wrong")
    assert_released(author)
    assert "fresh" not in run(author, "flashcards release --yes").said


def two_gaps(author: Author) -> None:
    author.edit("The {{c1::first}} gap.", "The {{c1::first}} and the {{c2::second}} gap.")
    follow(author, "flashcards release --yes")
    author.commit("two gaps")


def test_card_vanished_keeps_a_deletion_with_the_number(author: Author) -> None:
    two_gaps(author)
    author.edit("{{c2::second}} gap", "second gap")
    assert "keep a deletion with this number: `{{c2::…}}`" in said(author, "flashcards check")
    author.edit("second gap", "second {{c2::one}}")
    assert_released(author)


def test_card_vanished_retires_the_old_note_and_begins_a_new_one(author: Author) -> None:
    two_gaps(author)
    author.edit("{{c2::second}} gap", "second gap")
    (retire,) = commands(said(author, "flashcards check"))
    follow(author, "git checkout decks/01-deck.yaml", f"{retire} --reason replaced")
    deck = author.folder.path / "01-deck.yaml"
    deck.write_text(deck.read_text() + "  - id: new\n    cloze: The {{c1::first}} and the second gap.\n")
    assert_released(author)


def test_card_vanished_of_a_template_fills_what_its_front_shows(author: Author) -> None:
    author.own_note_type("reversed", "Meaning to term", "Meaning to term")
    author.folder.write("templates/notetypes/reversed/reverse-front.html", "{{#Why}}{{Back}}{{/Why}}\n")
    deck = author.folder.path / "01-deck.yaml"
    deck.write_text(deck.read_text() + "  - {id: pair, kind: reversed, front: A?, back: B., why: Because.}\n")
    follow(author, "flashcards release --yes")
    author.edit(", why: Because.", "")
    refused = said(author, "flashcards release --yes")
    assert "the card `Meaning to term` of `pair` was released and is gone" in refused
    assert "fill again what its front shows" in refused
    author.edit("back: B.", "back: B., why: Hence.")
    assert_released(author)


def test_cloze_renumbered_gives_each_answer_its_number_again(author: Author) -> None:
    two_gaps(author)
    author.edit("{{c1::first}} and the {{c2::second}}", "{{c2::first}} and the {{c1::second}}")
    assert "give each answer the number that it had" in run(author, "flashcards check").said
    author.edit("{{c2::first}} and the {{c1::second}}", "{{c2::second}} and the {{c1::first}}")
    assert "nothing to report" in run(author, "flashcards check").said
    assert_released(author)


OBSOLETE = "  - id: obsolete\n    front: What is out of date?\n    back: This note.\n"


def test_vanished_note_is_brought_back_and_retired(author: Author) -> None:
    author.edit(OBSOLETE, "")
    (retire,) = commands(said(author, "flashcards check"))
    assert retire == "flashcards retire obsolete --reason …"
    follow(author, retire)
    assert_released(author)


def test_vanished_note_that_was_retired_before_is_brought_back(author: Author) -> None:
    author.edit("back: This note.", "back: This note.\n    retired: out of date")
    follow(author, "flashcards release --yes")
    author.commit("retired")
    author.edit(OBSOLETE.rstrip() + "\n    retired: out of date\n", "")
    (retire,) = commands(said(author, "flashcards check"))
    follow(author, retire)
    assert_released(author)


def test_vanished_note_gets_its_id_again(author: Author) -> None:
    author.edit("id: obsolete", "id: outdated")
    assert "if `outdated` at decks/01-deck.yaml:10 is this note, give it back its id" in said(
        author, "flashcards check"
    )
    author.edit("id: outdated", "id: obsolete")
    assert_released(author)


def test_a_note_that_nobody_remembers_is_written_again(author: Author) -> None:
    author.edit(OBSOLETE, "")
    author.git("checkout", "-q", "--orphan", "new")
    author.commit("without a past")
    assert "Write it again with its id, then retire it" in said(
        author, "flashcards retire obsolete --reason old"
    )
    deck = author.folder.path / "01-deck.yaml"
    deck.write_text(deck.read_text() + OBSOLETE)
    follow(author, "flashcards retire obsolete --reason old")
    assert_released(author)


def release_at(author: Author, now: int) -> None:
    """Release at another clock, as a command does at its own."""
    planned = releasing.plan(author.loaded(), now=now)
    releasing.write(author.loaded().raise_for_errors(), planned)


def test_a_release_by_a_wrong_clock_is_taken_back_before_it_is_committed(author: Author) -> None:
    author.edit('back: "5"', 'back: "4"')
    release_at(author, int(time.time()) + 30 * DAY)
    _, _, checkout = commands(said(author, "flashcards release --yes"))
    assert checkout == f"git checkout {author.folder.path / 'flashcards.lock'}".replace(f"{author.path}/", "")
    follow(author, checkout)
    assert_released(author)


def test_a_release_by_a_wrong_clock_is_taken_back_after_it_was_committed(author: Author) -> None:
    author.edit('back: "5"', 'back: "4"')
    release_at(author, int(time.time()) + 30 * DAY)
    author.commit("released by a wrong clock")
    _, reset, checkout = commands(said(author, "flashcards release --yes"))
    follow(author, f"{reset} HEAD~1", checkout)
    assert_released(author)


def test_a_release_by_a_wrong_clock_that_was_published_goes_on(author: Author) -> None:
    author.edit('back: "5"', 'back: "4"')
    release_at(author, int(time.time()) + 30 * DAY)
    author.commit("released by a wrong clock")
    author.edit('back: "4"', 'back: "four"')
    allow, *_ = commands(said(author, "flashcards release --yes"))
    follow(author, f"{allow} --yes", "flashcards release --check")


def test_a_draft_by_a_wrong_clock_is_forgotten(author: Author) -> None:
    author.edit('back: "5"', 'back: "4"')
    author.publish(int(time.time()) + 30 * DAY, locked=False)
    told = run(author, "flashcards release --yes").said
    assert "`mended`: drafts that were built with the clock ahead are forgotten." in told
    assert "Always" in told
    assert_released(author)


def test_a_draft_that_was_taken_back_is_released(author: Author) -> None:
    author.edit('back: "5"', 'back: "4"')
    follow(author, "flashcards build --to apkg")
    author.edit('back: "4"', 'back: "5"')
    assert commands(said(author, "flashcards build --locked --to apkg")) == ["flashcards release"]
    assert commands(said(author, "flashcards release --check")) == ["flashcards release"]
    assert_released(author)
    follow(author, "flashcards build --locked --to apkg")


def test_a_damaged_lock_without_git_comes_back_from_the_last_package(author: Author) -> None:
    follow(author, "flashcards build --locked --to apkg")
    shutil.rmtree(author.path / ".git")
    (author.folder.path / "flashcards.lock").write_text("{")
    _, adopt = commands(said(author, "flashcards check"))
    (author.folder.path / "flashcards.lock").unlink()
    follow(author, adopt.replace("OLD.apkg", "out/test-collection.apkg"))
    assert_released(author)


def test_a_lost_lock_comes_back_from_the_last_package(author: Author) -> None:
    follow(author, "flashcards build --locked --to apkg")
    (author.folder.path / "flashcards.lock").unlink()
    (adopt,) = commands(said(author, "flashcards check"))
    follow(author, adopt.replace("OLD.apkg", "out/test-collection.apkg"))
    assert_released(author)


def test_a_note_without_an_id_gets_one(author: Author) -> None:
    author.edit("  - id: drawn\n    front: What does", "  - front: What does")
    author.edit("What does the picture show?", "What is new?")
    deck = author.folder.path / "01-deck.yaml"
    deck.write_text(
        deck.read_text()
        + "  - {id: drawn, front: What does the picture show?, back: '![a red dot](dot.png)'}\n"
    )
    (fix,) = commands(said(author, "flashcards release --yes"))
    follow(author, fix)
    assert_released(author)


def test_deck_renamed_gets_its_name_again(author: Author) -> None:
    author.edit("title: Deck", "title: Cards")
    assert "never follow a rename: restore it" in said(author, "flashcards check")
    author.edit("title: Cards", "title: Deck")
    assert_released(author)


def line_of(text: str) -> str:
    """Return the `name:` line that a hint offers."""
    (line,) = re.findall(r"`(name: [^`]+)`", text)
    return str(line)


def test_deck_renamed_keeps_its_name_in_anki(author: Author) -> None:
    author.edit("title: Deck", "title: Cards")
    line = line_of(said(author, "flashcards check"))
    author.edit("title: Cards", f"title: Cards\n{line}")
    assert_released(author)


def test_deck_vanished_comes_back(author: Author) -> None:
    author.git("mv", "decks/01-deck.yaml", "decks/07-cards.yaml")
    assert "else restore `01-deck.yaml`" in said(author, "flashcards check")
    author.git("mv", "decks/07-cards.yaml", "decks/01-deck.yaml")
    assert_released(author)


def test_deck_vanished_keeps_its_name_in_anki_under_another_file(author: Author) -> None:
    author.git("mv", "decks/01-deck.yaml", "decks/07-cards.yaml")
    line = line_of(said(author, "flashcards check"))
    author.edit("title: Deck", f"title: Deck\n{line}", "07-cards.yaml")
    assert_released(author)


def test_note_type_frozen_keeps_the_ids(author: Author) -> None:
    author.own_note_type("basic", "{key: back, name: Back, id: 102", "{key: back, name: Back, id: 109")
    assert "A rename keeps its id" in said(author, "flashcards check")
    author.own_note_type("basic", "{key: back, name: Back, id: 109", "{key: back, name: Reply, id: 102")
    author.own_note_type("basic", "{{Back}}", "{{Reply}}", "back.html")
    assert_released(author)


def test_kind_changed_keeps_the_kind_or_begins_a_new_note(author: Author) -> None:
    author.write(DECK.replace("cloze: The {{c1::first}} gap.", "front: Which?\n  back: The first."))
    assert "keep `kind: cloze`, or retire it and give the new note a new id" in said(
        author, "flashcards check"
    )
    new = "- id: which\n  front: Which?\n  back: The first.\n"
    author.write(DECK.replace("gap.\n", "gap.\n  retired: replaced\n") + new)
    assert_released(author)
