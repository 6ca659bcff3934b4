"""Every guard of an upgrade, switched off: the upgrade tests must then fail, or they guard nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import genanki
import pytest
import test_anki
import test_upgrade
from people import Author, Learner
from test_upgrade import author, learner  # noqa: F401  # fixtures

from flashcards import git
from flashcards.actions import adopting, building, checking, fixing, releasing, retiring
from flashcards.cards import rows
from flashcards.cards.rows import NoteRow
from flashcards.collection import decks, identity, media
from flashcards.collection.model import Note, deck_name
from flashcards.diagnostics import InvalidCollection
from flashcards.exporters import apkg
from flashcards.exporters.job import Job, Written
from flashcards.ledger import lock, release, store, times
from flashcards.ledger.lock import Drafts, LedgerError
from flashcards.ledger.times import Times

Patch = Callable[[pytest.MonkeyPatch], None]


def note_times_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What genanki does by itself."""

    _set_note_times(monkeypatch, test_upgrade.THIRD)


def note_times_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fixed timestamp for reproducible builds would do."""

    _set_note_times(monkeypatch, test_upgrade.FIRST)


def _set_note_times(monkeypatch: pytest.MonkeyPatch, time: int) -> None:
    original = apkg.write

    def write(path: Any, collection: Any, decks: Any, looks: Any, times: Times, *others: Any) -> Written:
        same = dict.fromkeys(times.notes, time)
        return original(path, collection, decks, looks, times._replace(notes=same), *others)

    monkeypatch.setattr(apkg, "write", write)


def type_times_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    _set_type_times(monkeypatch, test_upgrade.THIRD + 5)


def type_times_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    _set_type_times(monkeypatch, test_upgrade.FIRST)


def _set_type_times(monkeypatch: pytest.MonkeyPatch, time: int) -> None:
    original = genanki.Model.to_json
    monkeypatch.setattr(
        genanki.Model, "to_json", lambda self, timestamp, deck_id: original(self, time, deck_id)
    )


def field_and_card_ids_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    original = genanki.Model.to_json

    def without(self: Any, timestamp: float, deck_id: int) -> dict[str, Any]:
        data: dict[str, Any] = original(self, timestamp, deck_id)
        for part in (*data["flds"], *data["tmpls"]):
            part.pop("id", None)
        return data

    monkeypatch.setattr(genanki.Model, "to_json", without)


def guid_comes_from_the_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """What genanki does where no GUID is given. (The tests find notes by the true function, which they hold
    already.)"""

    def changed(note: Note, row: NoteRow) -> NoteRow:
        return row._replace(guid=identity.guid("test", note.front))

    _change_rows(monkeypatch, changed)


def _change_rows(monkeypatch: pytest.MonkeyPatch, changed: Callable[[Note, NoteRow], NoteRow]) -> None:
    original = rows.note_row

    def note_row(collection: Any, note: Note, *others: Any) -> NoteRow:
        return changed(note, original(collection, note, *others))

    monkeypatch.setattr(rows, "note_row", note_row)


def positions_are_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Job, "positions", lambda job: {note.id: 0 for _, note in job.collection.notes()})


def no_card_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "card_ordinals", lambda *arguments: [])


def retired_notes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    original = apkg.export

    def export(job: Job) -> Any:
        selection = tuple(
            (deck, tuple(n for n in notes if n.retired is None)) for deck, notes in job.selection
        )
        return original(replace(job, selection=selection))

    monkeypatch.setattr(apkg, "export", export)


def retired_notes_keep_their_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    _change_rows(monkeypatch, lambda note, row: row._replace(ordinals=row.ordinals or [0]))


def git_history_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "past_locks", lambda collection: iter(()))


def _change_git(
    monkeypatch: pytest.MonkeyPatch, changed: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> None:
    original = git._run

    def run(folder: Any, *arguments: str, given: str = "") -> str:
        return original(folder, *changed(arguments), given=given)

    monkeypatch.setattr(git, "_run", run)


def git_simplifies_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `git log -- flashcards.lock` does by itself."""
    _change_git(monkeypatch, lambda arguments: tuple(a for a in arguments if a != "--full-history"))


def every_branch_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    _change_git(monkeypatch, lambda arguments: tuple("--all" if a == "--tags" else a for a in arguments))


def what_is_being_merged_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "_HEADS", ())
    monkeypatch.setattr(git, "_HEAD_FILES", ())
    _change_git(monkeypatch, lambda arguments: (*arguments[:-1], "none") if "-u" in arguments else arguments)


def of_two_texts_of_one_time_the_first_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_later", lambda a, b: a if a.stamp.time >= b.stamp.time else b)


def the_lock_tells_no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lock of version 0.9 was like, outside of git."""
    monkeypatch.setattr(lock, "_cards", lambda row: None)
    monkeypatch.setattr(releasing, "_with_old_cards", lambda collection, released, hashes: released)


def cards_of_the_past_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_with_cards", lambda latest, *rows: latest)


def a_draft_that_was_taken_back_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    original = release._released

    def released(found: str, before: Any, draft: Any, now: int) -> Any:
        unchanged = before is not None and before.stamp.hash == found
        return before.stamp if unchanged else original(found, before, draft, now)

    monkeypatch.setattr(release, "_released", released)
    settle = building.settle_times

    def settle_times(*arguments: Any, locked: bool, **others: Any) -> Any:
        with monkeypatch.context() as patch:
            if locked:
                patch.setattr(building, "read_drafts", lambda collection: Drafts())
            return settle(*arguments, locked=locked, **others)

    monkeypatch.setattr(building, "settle_times", settle_times)


def drafts_of_any_clock_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_without_future", lambda drafts, limit: (drafts, ()))


def drafts_are_dropped_once_a_release_is_later(monkeypatch: pytest.MonkeyPatch) -> None:
    original = building.build_times

    def build_times(*arguments: Any) -> Any:
        found, kept = original(*arguments)
        return found, replace(
            kept, notes={key: stamp for key, stamp in kept.notes.items() if key in found.drafts}
        )

    monkeypatch.setattr(building, "build_times", build_times)


def drafts_of_notes_that_are_gone_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    original = building.build_times

    def build_times(notes: Any, *others: Any) -> Any:
        found, kept = original(notes, *others)
        return found, replace(kept, notes={key: stamp for key, stamp in kept.notes.items() if key in notes})

    monkeypatch.setattr(building, "build_times", build_times)


def fix_gives_ids_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    original = fixing.add_missing_ids
    monkeypatch.setattr(
        fixing,
        "add_missing_ids",
        lambda collection, decks, reserved, built: original(collection, decks, reserved),
    )


def adoption_goes_by_the_names_of_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    def values(note_type: Any, model: Any, row: Any) -> dict[str, str]:
        by_name = dict(zip((field["name"] for field in model["flds"]), row.fields, strict=True))
        return {field.key: by_name.get(field.name, "") for field in note_type.all_fields}

    monkeypatch.setattr(adopting, "_values", values)


def packages_are_named_after_the_title_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apkg, "slug", lambda collection: collection.title.lower())


def deck_names_follow_from_titles(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in version 0.9, where nothing said `name:`; the errors that would stop a release are off too."""
    original = decks._Reader.deck

    def deck(self: Any, node: Any, path: Any) -> Any:
        made = original(self, node, path)
        return replace(made, name=deck_name("Test", made.key, made.title))

    monkeypatch.setattr(decks._Reader, "deck", deck)
    compare = checking.compare
    ways = ("deck-renamed", "deck-vanished")
    monkeypatch.setattr(checking, "compare", lambda *args: [d for d in compare(*args) if d.rule not in ways])


def notes_have_no_deck_in_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.Lock, "deck_left", lambda self, note_id, name: None)


def deleted_notes_are_found_by_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    original = retiring._notes_in
    monkeypatch.setattr(
        retiring,
        "_notes_in",
        lambda version, note_id: (
            original(version, note_id) if f"- id: {note_id}\n" in version.text else iter(())
        ),
    )


def only_the_lock_itself_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "compare_with_past", lambda *arguments: [])


def the_clock_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (release, times):
        monkeypatch.setattr(module, "later_time", lambda now, *before: now)


def drafts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "parse_drafts", lambda text: Drafts())


class _AnyId(str):
    """Equal to every collection's id."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def every_lock_counts_as_this_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    original = store.parse_lock
    monkeypatch.setattr(
        store,
        "parse_lock",
        lambda text, name: replace(lock := original(text, name), collection=_AnyId(lock.collection)),
    )


def pictures_are_not_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "digest", lambda path: "0" * 64)


def a_merge_resolved_before_its_commit(author: Author, learner: Learner) -> None:
    test_upgrade.test_a_conflict_resolved_as_the_message_says_reaches_both_sides(author, learner, "merge")


def a_kind_changed_after_a_revert(author: Author, learner: Learner) -> None:
    """What would come of it: the learner keeps the old kind for ever."""
    author.commit("decks")
    learner.imports(author.ship(test_upgrade.FIRST))
    author.git("revert", "--no-edit", "HEAD")
    author.edit("cloze: The {{c1::first}} gap.", "front: Which gap?\n    back: The first.")
    with contextlib.suppress(InvalidCollection):
        assert learner.imports(author.ship(test_upgrade.SECOND)).trouble == {}


def a_deleted_note_with_a_quoted_id(author: Author, learner: Learner) -> None:
    author.edit("- id: obsolete", '- id: "obsolete"')
    test_upgrade.begin(author, learner)
    author.edit('  - id: "obsolete"\n    front: What is out of date?\n    back: This note.\n', "")
    with contextlib.suppress(LedgerError, InvalidCollection):
        retiring.retire(author.loaded(), "obsolete", "it was wrong")
        learner.imports(author.ship(test_upgrade.SECOND))
    assert learner.note("obsolete").tags == ["retired"]


def a_draft_from_a_clock_ahead(author: Author, learner: Learner) -> None:
    with contextlib.suppress(LedgerError):
        test_upgrade.test_a_draft_from_a_clock_ahead_stops_no_release(author, learner)
        return
    raise AssertionError("no release is possible")


def a_package_called_collection(author: Author, learner: Learner) -> None:
    test_upgrade.test_no_package_is_taken_for_a_whole_collection(author, learner, "Collection")


def a_deck_with_another_file_and_title(author: Author, learner: Learner) -> None:
    test_upgrade.begin(author, learner)
    author.git("mv", "decks/01-deck.yaml", "decks/07-cards.yaml")
    author.edit("title: Deck", "title: Cards\nname: Test::01 Deck", "07-cards.yaml")
    path = author.folder.path / "07-cards.yaml"
    path.write_text(path.read_text() + test_upgrade.NEW)
    learner.imports(author.ship(test_upgrade.SECOND))
    assert test_upgrade.deck_of(learner, "fresh") == test_upgrade.deck_of(learner, "same")


def a_note_that_moved(author: Author, learner: Learner) -> None:
    """The learner keeps it where it is, and the author was told."""
    test_upgrade.begin(author, learner)
    moved = '  - id: mended\n    front: What is 2 + 2?\n    back: "5"\n'
    author.edit(moved, "")
    author.folder.write("02-more.yaml", f"title: More\nnotes:\n{moved}")
    told = {finding.note for finding in author.loaded().diagnostics}
    learner.imports(author.ship(test_upgrade.SECOND))
    assert test_upgrade.deck_of(learner, "mended") == "Test::02 More" or "mended" in told


GUARDS: list[tuple[Patch, Callable[[Author, Learner], None]]] = [
    (note_times_are_now, test_upgrade.test_everything_at_once),
    (
        note_times_are_now,
        test_upgrade.test_an_unchanged_note_keeps_a_learners_edit_and_a_changed_one_is_replaced,
    ),
    (note_times_never_change, test_upgrade.test_everything_at_once),
    (type_times_are_now, test_upgrade.test_a_learners_own_css_stays_when_the_look_did_not_change),
    (type_times_never_change, test_upgrade.test_everything_at_once),
    (field_and_card_ids_are_dropped, test_upgrade.test_everything_at_once),
    (guid_comes_from_the_front, test_upgrade.test_a_changed_front_is_the_same_note),
    (positions_are_zero, test_anki.test_new_cards_come_in_source_order),
    (no_card_rows, test_upgrade.test_everything_at_once),
    (retired_notes_are_left_out, test_upgrade.test_everything_at_once),
    (retired_notes_keep_their_cards, test_upgrade.test_a_newcomer_never_meets_a_retired_note),
    (git_history_is_not_asked, test_upgrade.test_a_git_revert_arrives),
    (git_simplifies_history, test_upgrade.test_a_merge_that_takes_one_side_takes_a_text_back),
    (every_branch_counts, test_upgrade.test_a_branch_that_was_never_merged_touches_nothing),
    (what_is_being_merged_does_not_count, a_merge_resolved_before_its_commit),
    (
        of_two_texts_of_one_time_the_first_is_taken,
        test_upgrade.test_two_texts_of_one_time_both_get_a_later_one,
    ),
    (only_the_lock_itself_forbids, a_kind_changed_after_a_revert),
    (the_lock_tells_no_cards, test_upgrade.test_a_cloze_number_never_vanishes),
    (the_lock_tells_no_cards, test_upgrade.test_a_cloze_number_of_a_reverted_release_never_vanishes),
    (
        cards_of_the_past_are_forgotten,
        test_upgrade.test_a_cloze_number_of_the_other_side_of_a_merge_never_vanishes,
    ),
    (
        a_draft_that_was_taken_back_is_none,
        test_upgrade.test_a_draft_that_was_taken_back_is_mended_by_the_release,
    ),
    (
        a_draft_that_was_taken_back_is_none,
        test_upgrade.test_a_look_that_was_taken_back_is_mended_by_the_release,
    ),
    (drafts_of_any_clock_count, a_draft_from_a_clock_ahead),
    (
        drafts_are_dropped_once_a_release_is_later,
        test_upgrade.test_a_draft_is_remembered_whatever_another_branch_has_released,
    ),
    (
        drafts_of_notes_that_are_gone_are_dropped,
        test_upgrade.test_a_draft_of_a_note_that_went_and_came_back_gets_a_later_time,
    ),
    (fix_gives_ids_of_its_own, test_upgrade.test_an_id_written_after_a_draft_is_the_one_that_was_studied),
    (
        adoption_goes_by_the_names_of_fields,
        test_upgrade.test_adoption_after_a_renamed_field_touches_no_note,
    ),
    (packages_are_named_after_the_title_alone, a_package_called_collection),
    (deck_names_follow_from_titles, a_deck_with_another_file_and_title),
    (notes_have_no_deck_in_the_lock, a_note_that_moved),
    (deleted_notes_are_found_by_their_words, a_deleted_note_with_a_quoted_id),
    (the_clock_is_trusted, test_upgrade.test_a_clock_set_back_still_delivers),
    (drafts_are_forgotten, test_upgrade.test_drafts_arrive_again_and_again_and_the_release_after_them),
    (drafts_are_forgotten, test_upgrade.test_a_first_release_reaches_the_authors_own_drafts),
    (every_lock_counts_as_this_collections, test_upgrade.test_a_changed_collection_id_reaches_no_learner),
    (pictures_are_not_hashed, test_upgrade.test_a_changed_picture_arrives),
]


@pytest.mark.parametrize(
    ("switch_off", "test"), GUARDS, ids=[f"{p.__name__}-{t.__name__}" for p, t in GUARDS]
)
def test_without_the_guard_the_upgrade_fails(
    switch_off: Patch,
    test: Callable[[Author, Learner], None],
    author: Author,
    learner: Learner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch_off(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        test(author, learner)


@pytest.mark.parametrize("test", dict.fromkeys(test for _, test in GUARDS), ids=lambda test: test.__name__)
def test_with_all_guards_it_passes(
    test: Callable[[Author, Learner], None], author: Author, learner: Learner
) -> None:
    """The other half of the proof: the same tests, run in the same way."""
    test(author, learner)
