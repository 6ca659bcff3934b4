"""Collections made in Python: checked by the rules of decks in files, and built like them."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pdf
import pytest
from conftest import Folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import Learner, png

import flashcards
from flashcards import (
    Allowed,
    Choice,
    Citation,
    Collection,
    Deck,
    InvalidCollection,
    Key,
    Note,
    Reference,
    Sum,
    Table,
    reporting,
)
from flashcards.collection.content_rules import CONTENT_RULES
from flashcards.collection.values import settled
from flashcards.resources import bundled

TYPES = flashcards.note_types()
RECALL = {"front": "What is recall?", "back": "TP / (TP + FN)"}
CHOICE = {
    "front": "Which one?",
    "options": (Choice("this", right=True), Choice("that")),
    "reason": "It is.",
}
SPEED = Table(("", "Batch", "Stream"), (("Latency", "hours", "seconds"), ("Cost", "low", "high")))


def note(note_id: Any = "EV01", kind: str = "basic", **values: Any) -> Note:
    return Note(**{"id": note_id, "type": TYPES[kind], "fields": RECALL, **values})


def deck(*notes: Any, **values: Any) -> Deck:
    return Deck(**{"key": "01-evaluation", "title": "Evaluation", "notes": notes, **values})


def collection(*decks: Any, **values: Any) -> Collection:
    defaults = {"id": "test", "title": "Test", "decks": decks, "created": date(2026, 1, 1)}
    return Collection(**{**defaults, **values})


def findings(made: Collection) -> list[str]:
    return [
        str(found) + (f" = {found.hint}" if found.hint else "")
        for found in flashcards.check(made).diagnostics
    ]


# ----------------------------------------------------------------------------------------- in Anki, on paper


def test_notes_of_every_shape_are_in_anki_and_on_paper(tmp_path: Path) -> None:
    paper = Reference("ml", "Rules of machine learning", "Rules of ML", url="https://example.org/ml")
    (tmp_path / "media").mkdir()
    (tmp_path / "media/funnel.png").write_bytes(png())
    made = collection(
        deck(
            note(tags=("core",), labels={"level": ("senior",)}, citations=(Citation(paper, "rule 33"),)),
            note("EV02", "cloze", fields={"cloze": "Recall is {{c1::TP / (TP + FN)}}."}),
            note("EV03", "choice", fields=CHOICE),
            note("EV04", "compare", fields={"front": "Batch or stream?", "table": SPEED}),
            note("EV05", fields={"front": "Which funnel?", "back": "![a funnel](funnel.png) $x^2$"}),
        ),
        root="Tests",
        media={"funnel.png": tmp_path / "media/funnel.png"},
    )
    assert findings(made) == []
    built = flashcards.build(made, tmp_path / "out", to=["apkg", "cheat-sheets", "cards"], now=1_800_000_000)
    assert built.failures == []
    assert built.written[0].contents == "5 notes, 5 cards, 1 media file"

    learner = Learner(tmp_path)
    learner.imports(built.written[0].path)
    assert learner.check_database() == ""
    assert learner.note("EV01").tags == ["core", "level::senior"]
    assert learner.note("EV01")["Sources"] == '<a href="https://example.org/ml">Rules of ML, rule 33</a>'
    assert "this" in learner.note("EV03")["Answer"]
    assert "<th>Latency</th><td>hours</td>" in learner.answer("EV04")
    assert {deck.name for deck in learner.col.decks.all_names_and_ids()} >= {"Tests", "Tests::01 Evaluation"}
    learner.close()
    assert "What is recall?" in pdf.read(tmp_path / "out/cheat-sheets.pdf").text


def test_a_collection_made_of_the_values_of_files_gives_the_same_package(folder: Folder) -> None:
    shipped = flashcards.load(bundled("decks")).raise_for_errors()

    def bare(deck: Deck) -> Deck:
        """Return a deck without its file, and without what follows from its values."""
        notes = tuple(
            Note(
                note.id,
                note.type,
                {key: value for key, value in note.fields.items() if key != "answer"},
                tuple(reversed(note.tags)),
                note.citations,
                note.labels,
                note.sums,
                note.ignore,
                note.retired,
            )
            for note in deck.notes
        )
        return Deck(deck.key, deck.title, notes, description=deck.description)

    made = Collection(
        id=shipped.id,
        title=shipped.title,
        short_title=shipped.short_title,
        root=shipped.root,
        description=shipped.description,
        keys=shipped.keys,
        decks=tuple(map(bare, shipped.decks)),
        created=shipped.created,
    )
    assert [
        d for d in flashcards.check(made).diagnostics if d.rule not in ("borrowed-id", "unused-ignore")
    ] == []
    package = _rows(flashcards.package_bytes(made, now=1_800_000_000))
    expected = _rows(flashcards.package_bytes(bundled("decks"), now=1_800_000_000))
    assert package == expected


def _rows(package: bytes) -> list[list[tuple[Any, ...]]]:
    """Return everything in a package but its times."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(archive.read("collection.anki2"))
    notes = connection.execute("select id, guid, mid, tags, flds from notes").fetchall()
    cards = connection.execute("select id, nid, did, ord, due from cards").fetchall()
    ((decks, models),) = connection.execute("select decks, models from col").fetchall()
    connection.close()
    for model in (read := json.loads(models)).values():
        del model["mod"]
    return [notes, cards, [(json.loads(decks), read)]]


def test_a_collection_from_files_comes_back_equal(folder: Folder) -> None:
    folder.write("sources.yaml", "ml: {title: Rules, url: https://example.org}\n")
    folder.deck(
        """
        title: Évaluation
        tags: [all]
        notes:
        - {front: "no id\\r\\n", back: "a\\u0301"}
        - {id: B, kind: choice, front: q, options: [{right: x}, y], reason: r, level: senior, why: w}
        - {id: C, kind: compare, front: q, table: [{a: 1, b: 2}], sources: [ml rule 3], retired: old}
        - {id: D, cloze: "{{c1::x}}", check: {expression: 1+1, value: 2}, ignore: {cloze-gap: x}}
        """
    )
    loaded = flashcards.load("decks").collection
    again, problems = settled(loaded)
    assert problems == []
    assert again == loaded
    shipped = flashcards.load(bundled("decks")).collection
    assert settled(shipped) == (shipped, [])


# ------------------------------------------------------------------------------------------- what is filled in


def test_lists_are_taken_for_tuples_and_the_rest_is_filled_in() -> None:
    e_acute = "e\u0301"
    made = collection(
        [],
        decks=[
            deck(
                notes=[
                    note(
                        "EV01",
                        "choice",
                        fields={
                            **CHOICE,
                            "front": f"Caf{e_acute}?\nWhich?",
                            "options": list(CHOICE["options"]),
                            "hint": " ",
                        },
                        tags=["z", "core", "core"],
                        labels={"priority": ["P1"], "track": ["applied"]},
                    )
                ]
            )
        ],
    )
    found = flashcards.check(made)
    assert found.diagnostics == ()
    assert found.selected == {"01-evaluation"}
    (filled,) = found.collection.decks
    assert filled.name == "Test::01 Evaluation"
    assert filled.notes[0].tags == ("core", "p1", "track::applied", "z")
    assert filled.notes[0].fields == {
        "front": "Café?\nWhich?",
        "options": (Choice("this", right=True), Choice("that")),
        "reason": "It is.",
        "answer": "this",
    }
    assert found.collection.note_types == {"choice": TYPES["choice"]}


# ---------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"id": "EV 01"}, "bad-id: note 1 of deck `01-evaluation`: `EV 01` cannot be an id = letters, digits, `.`, `_`, `-`; begins with a letter or digit; at most 64"),
        ({"id": 7}, "bad-id: note 1 of deck `01-evaluation`: a number cannot be an id = letters, digits, `.`, `_`, `-`; begins with a letter or digit; at most 64"),
        ({"type": "basic"}, 'note EV01: wrong-shape: `type` holds text; expected a note type = `flashcards.note_types()["basic"]`'),
        ({"fields": {**RECALL, "fornt": "x"}}, "note EV01: unknown-field: unknown field `fornt` = did you mean `front`?"),
        ({"fields": {**RECALL, "tags": ("core",)}}, "note EV01: unknown-field: unknown field `tags` = it is not one of the note's `fields`, but an argument of `Note` of its own"),
        ({"fields": {"front": "q"}}, "note EV01: missing-field: `back` is missing = `back`: the answer"),
        ({"fields": {"front": "q", "back": " \n"}}, "note EV01: empty-field: `back` is empty"),
        ({"fields": {"front": "q", "back": 3}}, "note EV01: wrong-shape: `back` holds a number; expected text"),
        ({"fields": {"front": "q", "back": None}}, "note EV01: wrong-shape: `back` holds nothing; expected text"),
        ({"fields": {"front": "q", "back": ("a", "b")}}, "note EV01: wrong-shape: `back` holds a list; expected text"),
        ({"fields": {"front": "q", "back": "a\x1fb"}}, "note EV01: control-character: `back` has the control character U+001F = delete it"),
        ({"fields": {"front": "q", "back": "a\ud800"}}, "note EV01: control-character: `back` has the control character U+D800 = delete it"),
        ({"fields": ["q", "a"]}, "note EV01: wrong-shape: `fields` holds a list; expected a dictionary"),
        ({"tags": "core"}, "note EV01: wrong-shape: `tags` holds text; expected a tuple of texts = write `('core',)`"),
        ({"tags": ("two words",)}, "note EV01: bad-tag: `two words` cannot be a tag = one word without blanks, quotes, `*` or `<`; parts between `::` are not empty"),
        ({"tags": ("core", 3)}, "note EV01: wrong-shape: `tags` has a number in it; expected a tuple of texts"),
        ({"labels": {"levle": ("senior",)}}, "note EV01: unknown-field: unknown label `levle` = did you mean `level`?"),
        ({"labels": {"level": "senior"}}, "note EV01: wrong-shape: `level` holds text; expected a tuple of texts = write `('senior',)`"),
        ({"citations": ("rules-ml",)}, "note EV01: wrong-shape: `citations` has text in it; expected a tuple of `Citation`s"),
        ({"citations": (Citation(Reference("x", "X", "X", url="javascript:alert()")),)}, "note EV01: wrong-shape: `javascript:alert()` is not a web address"),
        ({"sums": (Sum("2 * 16", 32)  # type: ignore[arg-type]
        ,)}, "note EV01: wrong-shape: `value` holds a number; expected text"),
        ({"sums": (Sum("2 * 16", "33"),)}, "note EV01: wrong-number: `2 * 16` is 32, not 33 = mend the number here and on the card, or the expression"),
        ({"ignore": {"no-alt-text": " "}}, "note EV01: wrong-shape: `ignore` needs a reason for each rule"),
        ({"retired": " "}, "note EV01: empty-field: `retired` needs its reason = say why in a few words: learners read it"),
        ({"fields": {"front": "q", "back": "![a funnel](funnel.png)"}}, "note EV01: missing-media: no file `funnel.png` in `media/` = name it, with its path, in the collection's `media`"),
        ({"fields": {"front": "q", "back": "$\\frac{1$"}}, "note EV01: unreadable-maths: this maths cannot be read: its braces do not balance"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_note_names_the_note(values: dict[str, Any], expected: str) -> None:
    made = collection(deck(note(**values)))
    first, *_ = findings(made)
    assert first == expected
    with pytest.raises(InvalidCollection):
        flashcards.package_bytes(made)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("choice", {**CHOICE, "options": (Choice("a"), Choice("b"))}, 'no-right-choice: `options` has no right options; it needs exactly one = `Choice("its text", right=True)`'),
        ("choice", {**CHOICE, "options": (Choice("a", right=True), Choice("b", right=True))}, 'no-right-choice: `options` has 2 right options; it needs exactly one = `Choice("its text", right=True)`'),
        ("choice", {**CHOICE, "options": ("a", "b")}, "wrong-shape: `options` has text in it; expected a tuple of `Choice`s"),
        ("choice", {**CHOICE, "options": (Choice("a", right=True), Choice(""))}, "wrong-shape: `options` has an empty option"),
        ("choice", {**CHOICE, "answer": "that"}, "wrong-shape: `answer` is not the right one of `options` = leave it out: it follows from the options"),
        ("compare", {"front": "q", "table": Table(("", "A"), (("x", "1"), ("y", "2", "3")))}, "wrong-shape: row 2 of `table` has 3 cells for 2 columns"),
        ("compare", {"front": "q", "table": [["", "A"], ["x", "1"]]}, 'wrong-shape: `table` holds a list; expected a `Table` = `Table(("Criterion", "A", "B"), (("Speed", "1", "2"),))`'),
        ("scenario", {"probe": "q", "setting": "s", "checkpoints": "one"}, "wrong-shape: `checkpoints` holds text; expected a tuple of texts = write `('one',)`"),
        ("scenario", {"probe": "q", "setting": "s", "checkpoints": ("one", "")}, "wrong-shape: `checkpoints` has an empty text"),
        ("cloze", {"cloze": "no deletion"}, "cloze-without-deletion: this cloze note has no deletion, so no card = mark what the learner must recall: `{{c1::answer}}`"),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_shape_is_found(kind: str, fields: dict[str, Any], expected: str) -> None:
    assert findings(collection(deck(note("A", kind, fields=fields)))) == [f"note A: {expected}"]


@pytest.mark.parametrize(
    ("decks", "expected"),
    [
        ([deck(note("A")), deck(note("a", fields={"front": "p", "back": "a"}), key="02", title="Other")], "note a: duplicate-id: id `a` differs from `A` only in case = the other is in the deck `01-evaluation`"),
        ([deck(note("A")), deck(key="01-EVALUATION", title="Other")], "duplicate-deck: two decks have the key `01-EVALUATION` = numeric ids and files' names hang on it"),
        ([deck(note("A")), deck(key="01-other")], "duplicate-deck: two decks are called `Test::01 Evaluation` = `01-evaluation` has it too; Anki would put both into one deck"),
        ([deck(key="../x")], "bad-id: deck `../x`: `../x` cannot be a deck's key = it names files: no `/`, `:` or other sign that file names cannot have, and no `.` in front"),
        ([deck(title="")], "missing-field: deck `01-evaluation`: `title` is missing"),
        ([deck(title="a::")], "bad-name: deck `01-evaluation`: Anki would rename `a::` = no part between `::` may be empty, or begin or end with a blank or a colon"),
        ([deck("What is recall?")], "wrong-shape: deck `01-evaluation`: `notes` has text in it; expected a tuple of `Note`s"),
        ([note()], "wrong-shape: `decks` has a `Note` in it; expected a tuple of `Deck`s"),
        ([deck(note("A")), deck(note("B", type=replace(TYPES["basic"], label="Other"), fields={"front": "p", "back": "a"}), key="02", title="Other")], "note B: unknown-kind: there are two note types `basic` = take all note types from one call of `flashcards.note_types`"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_deck_is_found(decks: list[Any], expected: str) -> None:
    assert findings(collection(*decks)) == [expected]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"id": "my cards"}, "bad-id: `my cards` cannot be a collection's id = letters, digits, `.`, `_`, `-`; begins with a letter or digit; at most 64"),
        ({"title": ""}, "missing-field: `title` is missing"),
        ({"short_title": 'A "b"'}, 'bad-name: Anki would rename `A "b"` = no `"` in the name of a note type'),
        ({"root": "A::"}, "bad-name: Anki would rename `A::` = no part between `::` may be empty, or begin or end with a blank or a colon"),
        ({"created": "2026-01-01"}, "wrong-shape: `created` holds text; expected a date = `date(2026, 11, 22)`"),
        ({"created": date(1970, 12, 31)}, "bad-date: `created` is 1970-12-31, and Anki takes no notes from before 1971 = any day from 1971-01-01 on; learners' notes stay the same"),
        ({"path": "nowhere"}, "no-such-path: there is no folder `nowhere` = `path` is the collection's folder"),
        ({"rules": {"front-lenght": 28}}, "unknown-rule: `front-lenght` is no rule that can be switched = did you mean `front-length`?"),
        ({"rules": {"front-length": True}}, "wrong-shape: `front-length` cannot be `True` = a limit such as 28"),
        ({"media": {"a.png": "nowhere/a.png"}}, "missing-media: there is no file `nowhere/a.png` for `a.png` of `media`"),
        ({"note_types": {"basic": "basic"}}, "wrong-shape: `note_types` has text in it; expected note types by their kind"),
        ({"vocabularies": {"tags": ["hard"]}}, "note EV01: outside-vocabulary: `core` is no known word for `tags` = known: hard (`vocabularies`)"),
        ({"references": {"ml": "Rules"}}, "wrong-shape: `references` has text in it; expected `Reference`s by their key"),
        ({"id": "mlsd"}, "borrowed-id: `mlsd` is the id of the decks that come with flashcards = take an id of your own; only a fork that means to replace those decks keeps theirs"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_collection_is_found(values: dict[str, Any], expected: str) -> None:
    made = collection(deck(note(tags=("core",))), **values)
    assert expected in findings(made)[0]
    assert len(findings(made)) == 1


def test_findings_are_reported_with_the_notes_id() -> None:
    found = flashcards.check(collection(deck(note(fields={**RECALL, "fornt": "x"})))).diagnostics
    assert reporting.full(found) == (
        "unknown-field: unknown field `fornt`\n --> note EV01\n  = help: did you mean `front`?"
    )
    assert reporting.concise(found) == "note EV01: unknown-field: unknown field `fornt`"
    assert json.loads(reporting.as_json(found))[0]["note"] == "EV01"
    assert reporting.github(found) == (
        "::error title=unknown-field::note EV01: unknown field `fornt` (did you mean `front`?)"
    )


MOOD = Key(
    "mood", "text", "how it sounds", values={"calm": Allowed(), "bold": Allowed(tag="bold")}, required=True
)
SURE = Key("sure", "flag", "somebody else has checked it", exempts=("yes-no-question",))


def test_a_text_that_was_changed_after_it_was_read_is_found_at_its_field(folder: Folder) -> None:
    folder.deck("- {id: A, front: short, back: b}")
    read = folder.check().raise_for_errors()
    changed = replace(
        read.decks[0].notes[0], fields={"front": r"Much longer than it was: $\frac{a$", "back": "b"}
    )
    decks = (replace(read.decks[0], notes=(changed,)),)
    (finding,) = flashcards.check(replace(read, decks=decks)).diagnostics
    assert finding.message == "this maths cannot be read: its braces do not balance"
    assert finding.span is not None
    assert finding.span.text == "short"


def test_keys_can_be_declared() -> None:
    asked = {"front": "Is it so?", "back": "Yes."}
    moods = [
        note(fields=asked, labels={"mood": ("calm",), "sure": ("true",)}),
        note("EV02", fields={**asked, "front": "Is it so now?"}),
        note("EV03", fields=RECALL, labels={"mood": ("bold",)}, tags=("bold",)),
        note("EV04", fields={**RECALL, "front": "What?"}, labels={"modo": ("bold",)}),
    ]
    made = collection(deck(*moods), keys={"mood": MOOD, "sure": SURE}, rules={"yes-no-question": 0})
    assert findings(made) == [
        "note EV02: not-as-declared: this note has no `mood` = how it sounds: one of calm, bold",
        "note EV02: yes-no-question: yes or no answers this = ask why, when, how or how much",
        "note EV04: not-as-declared: this note has no `mood` = how it sounds: one of calm, bold",
        "note EV04: unknown-field: unknown label `modo` = did you mean `mood`?",
    ]


@pytest.mark.parametrize(
    ("keys", "finding"),
    [
        ({"level": Key("level", "text", "h")}, "bad-key: every note has `level` already = leave it out"),
        ({"front": Key("front", "text", "h")}, "bad-key: `front` is a field of notes of kind `basic` = take another name for the key"),
        ({"mood": Key("moods", "text", "h")}, "wrong-shape: `keys` has a `Key` in it; expected `Key`s by their name, with values of the right types"),
        ({"mood": Key("mood", "sums", "h")}, "wrong-shape: `keys` has a `Key` in it; expected `Key`s by their name, with values of the right types"),
        ({"mood": "text"}, "wrong-shape: `keys` has text in it; expected `Key`s by their name, with values of the right types"),
        ({"mood": Key("mood", "flag", "h", exempts=("list-al",))}, "bad-key: `list-al` is no rule that can be switched = did you mean `list-all`?"),
    ],
)  # fmt: skip
def test_a_key_that_is_declared_wrongly_is_a_finding(keys: Any, finding: str) -> None:
    assert findings(collection(deck(note()), keys=keys)) == [finding]


def test_rules_of_content_run_on_values() -> None:
    rules = {rule: row.limit or 0 for rule, row in CONTENT_RULES.items()}
    found = findings(collection(deck(note(fields={"front": "Is it so?", "back": "Yes."})), rules=rules))
    assert "note EV01: yes-no-question: yes or no answers this = ask why, when, how or how much" in found


# ---------------------------------------------------------------------------------- times, and own note types


def times(package: bytes) -> dict[str, int]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(archive.read("collection.anki2"))
    found = dict(connection.execute("select sfld, mod from notes").fetchall())
    connection.close()
    return found


@pytest.fixture
def edited() -> Callable[[str, Path | None], Collection]:
    def make(back: str, path: Path | None) -> Collection:
        second = note("EV02", fields={"front": "What is precision?", "back": back})
        return collection(deck(note(), second), path=path)

    return make


def test_without_a_folder_every_build_updates_every_note(
    edited: Callable[[str, Path | None], Collection],
) -> None:
    flashcards.package_bytes(edited("a", None), now=1_800_000_000)
    assert set(times(flashcards.package_bytes(edited("a", None), now=1_900_000_000)).values()) == {
        1_900_000_000
    }


def test_with_a_folder_what_did_not_change_keeps_its_time(
    edited: Callable[[str, Path | None], Collection], tmp_path: Path
) -> None:
    flashcards.package_bytes(edited("a", tmp_path), now=1_800_000_000)
    assert times(flashcards.package_bytes(edited("b", tmp_path), now=1_900_000_000)) == {
        "What is recall?": 1_800_000_000,
        "What is precision?": 1_900_000_000,
    }
    assert [path.name for path in tmp_path.iterdir()] == [".flashcards"]


def test_a_folders_lock_holds_for_what_is_made_in_python(folder: Folder) -> None:
    folder.deck("- {id: EV01, front: q, back: a}")
    from flashcards.actions import releasing

    loaded = flashcards.check("decks")
    releasing.write(loaded.collection, releasing.plan(loaded, now=1_800_000_000))
    made = collection(deck(note("EV01", "cloze", fields={"cloze": "{{c1::x}}"})), path=Path("decks"))
    assert [found.rule for found in flashcards.check(made).diagnostics] == ["kind-changed", "deck-vanished"]


def test_a_note_type_of_a_folder_needs_the_collection_to_have_it(folder: Folder, tmp_path: Path) -> None:
    source = bundled("templates") / "notetypes/basic"
    for path in source.iterdir():
        folder.write(f"templates/notetypes/proverb/{path.name}", path.read_bytes())
    types = flashcards.note_types("decks")
    made = collection(deck(note(type=types["proverb"])))
    assert findings(made) == [
        "unknown-kind: the collection does not find the note type `proverb` in "
        "decks/templates/notetypes/proverb = give the collection the `path` that `note_types` was given"
    ]
    assert flashcards.package_bytes(replace(made, path=Path("decks")))


# ------------------------------------------------------------------------------------------------ any values


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.text(max_size=6),
    st.lists(st.text(max_size=3), max_size=2),
    st.tuples(st.text(max_size=3)),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    st.sampled_from(
        [Choice("a"), SPEED, RECALL, TYPES["basic"], note(), deck(), date(2026, 1, 1), Sum("1", "1")]
    ),
)


def mostly(value: Any) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(value), st.just(value), st.just(value), JUNK)


FIELDS = st.dictionaries(
    st.one_of(st.sampled_from(["front", "back", "cloze", "options", "table", "why", "answer"]), st.text(max_size=5)),
    st.one_of(
        st.sampled_from(["What is it?", "List all three parts.", "{{c1::x}}", "$x$", "![a](b.png)", CHOICE["options"], SPEED]), JUNK
    ),
    max_size=4,
)  # fmt: skip
ANY_KEYS = st.builds(
    Key,
    name=mostly("mood"),
    shape=mostly("words"),
    help=mostly("h"),
    tag=mostly(None),
    values=mostly({})
    | st.just({"calm": Allowed(tag="x", needs="sources")})
    | st.just(
        {
            "calm": Allowed(3, [])  # type: ignore[arg-type]
        }
    ),
    required=mostly(True),
    exempts=mostly(("list-all",)),
)
MADE_NOTES = st.builds(
    Note,
    id=mostly("A1"),
    type=st.one_of(st.sampled_from([TYPES[kind] for kind in ("basic", "cloze", "choice", "compare")]), JUNK),
    fields=st.one_of(FIELDS, st.just(RECALL), JUNK),
    tags=mostly(("core",)),
    citations=mostly(()),
    labels=mostly({"level": ("mid",)}) | st.just({"mood": ("calm",), "sure": ("true",)}),
    sums=mostly((Sum("1 + 1", "2"),)),
    ignore=mostly({}),
    retired=mostly(None),
)
MADE_DECKS = st.builds(
    Deck,
    key=mostly("01-deck"),
    title=mostly("Deck"),
    notes=mostly(()) | st.lists(MADE_NOTES, max_size=2),
    name=mostly(""),
    description=mostly(""),
)
MADE = st.builds(
    Collection,
    id=mostly("test"),
    title=mostly("Test"),
    decks=st.lists(MADE_DECKS, max_size=2),
    created=mostly(date(2026, 1, 1)),
    note_types=mostly({}),
    short_title=mostly(""),
    root=mostly(""),
    vocabularies=mostly({}),
    keys=mostly({})
    | mostly({"mood": MOOD, "sure": SURE})
    | st.dictionaries(st.sampled_from(["mood", "level"]), ANY_KEYS),
    rules=mostly({rule: row.limit or 0 for rule, row in CONTENT_RULES.items()}),
    references=mostly({}),
    media=mostly({}),
    language=mostly("en"),
    path=st.none(),
)


@given(MADE)
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_any_values_give_findings_or_a_package_and_never_a_bug(made: Collection) -> None:
    loaded = flashcards.check(made)
    reporting.full(loaded.diagnostics)
    if loaded.errors:
        with pytest.raises(InvalidCollection):
            flashcards.package_bytes(made, now=1_800_000_000)
        return
    count = sum(len(deck.notes) for deck in made.decks)
    if not count:
        with pytest.raises(flashcards.FlashcardsError, match="the collection has no note"):
            flashcards.package_bytes(made, now=1_800_000_000)
        return
    assert len(times_by_guid(flashcards.package_bytes(made, now=1_800_000_000))) == count


def times_by_guid(package: bytes) -> dict[str, int]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(archive.read("collection.anki2"))
    found = dict(connection.execute("select guid, mod from notes").fetchall())
    connection.close()
    return found
