from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import Folder
from hypothesis import given, settings
from hypothesis import strategies as st

from flashcards import InvalidCollection, reporting
from flashcards.collection import loader, location
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Choice, Note, Sum, Table
from flashcards.collection.texts import texts_of
from flashcards.resources import bundled

Report = Callable[[str], str]


@pytest.fixture
def found(folder: Folder) -> Report:
    """`found(text)` writes one deck and returns what loading its collection prints."""

    def load(text: str) -> str:
        folder.deck(text)
        return reporting.full(loader.load("decks").diagnostics)

    return load


@pytest.fixture
def notes(folder: Folder) -> Callable[[str], list[Note]]:
    """`notes(text)` writes one deck without mistakes and returns its notes."""

    def load(text: str) -> list[Note]:
        folder.deck(text)
        collection = loader.load("decks").raise_for_errors()
        return [note for _, note in collection.notes()]

    return load


# ------------------------------------------------------------------------------------------------------------------ keys


def test_an_unknown_field_and_the_one_that_was_meant(folder: Folder) -> None:
    folder.write("bad.yaml", 'title: Deck\nnotes:\n  - id: A\n    back: "4"\n    fornt: "2 + 2"\n')
    expected = """\
unknown-field: unknown field `fornt`
 --> decks/bad.yaml:5:5
  |
5 |     fornt: "2 + 2"
  |     ^^^^^
  = help: did you mean `front`?"""
    assert reporting.full(loader.load("decks").diagnostics) == expected


def test_a_field_of_another_kind(found: Report) -> None:
    expected = """\
unknown-field: unknown field `signal`
 --> decks/01-deck.yaml:3:32
  |
3 |   - {id: A, front: q, back: a, signal: s, xyzzy: x}
  |                                ^^^^^^
  = help: notes of kind `rubric` have it

unknown-field: unknown field `xyzzy`
 --> decks/01-deck.yaml:3:43
  |
3 |   - {id: A, front: q, back: a, signal: s, xyzzy: x}
  |                                           ^^^^^"""
    assert found("- {id: A, front: q, back: a, signal: s, xyzzy: x}") == expected


def test_unknown_keys_of_a_deck_and_its_defaults(found: Report) -> None:
    text = "titel: Deck\ndefaults: {id: A, levle: mid}\nnotes: []\n"
    expected = """\
unknown-field: unknown field `titel`
 --> decks/01-deck.yaml:1:1
  |
1 | titel: Deck
  | ^^^^^
  = help: did you mean `title`?

unknown-field: `id` cannot be a default
 --> decks/01-deck.yaml:2:12
  |
2 | defaults: {id: A, levle: mid}
  |            ^^
  = help: each note has its own

unknown-field: unknown field `levle`
 --> decks/01-deck.yaml:2:19
  |
2 | defaults: {id: A, levle: mid}
  |                   ^^^^^
  = help: did you mean `level`?"""
    assert found(text) == expected


def test_a_key_twice(found: Report) -> None:
    expected = """\
duplicate-key: duplicate key `front`
 --> decks/01-deck.yaml:6:5
  |
6 |     front: r
  |     ^^^^^
  = help: it stands first on line 4; YAML would silently keep only one of them"""
    assert found("- id: A\n  front: q\n  back: a\n  front: r\n") == expected


# ---------------------------------------------------------------------------------------------------------------- fields


def test_missing_and_empty_fields(found: Report) -> None:
    expected = """\
missing-field: `front` is missing
 --> decks/01-deck.yaml:3:5 (note A)
  |
3 |   - id: A
  |     ^^^^^
  = help: `front`: the question

empty-field: `front` is empty
 --> decks/01-deck.yaml:6:5 (note B)
  |
6 |     front:
  |     ^^^^^

empty-field: `back` is empty
 --> decks/01-deck.yaml:7:5 (note B)
  |
7 |     back: '  '
  |     ^^^^"""
    assert found("- id: A\n  back: a\n- id: B\n  front:\n  back: '  '\n  why: ''\n") == expected


def test_fields_of_a_wrong_shape(found: Report) -> None:
    expected = """\
syntax-error: text after the closing `]`
 --> decks/01-deck.yaml:4:15
  |
4 |     front: [x](y)
  |               ^
  = help: quote the value, or write `|` after the key and put the text below, indented"""
    assert (
        found("- id: A\n  front: [x](y)\n  back: b\n- id: B\n  front:\n    So: it is\n  back: {a: b}\n")
        == expected
    )
    expected = """\
wrong-shape: `front` holds a list; expected text
 --> decks/01-deck.yaml:4:12
  |
4 |     front: [x]
  |            ^^^
  = help: if the brackets are meant as text, quote the value or put it below `|`

wrong-shape: `back` holds `key: value` lines; expected text
 --> decks/01-deck.yaml:6:7
  |
6 |       So: it is
  |       ^^^^^^^^^
  = help: text of several lines goes below `|`

wrong-shape: `level` holds `key: value` lines; expected a list
 --> decks/01-deck.yaml:8:12
  |
8 |     level: {a: b}
  |            ^^^^^^

wrong-shape: `tags` has `key: value` lines; expected texts
 --> decks/01-deck.yaml:9:12
  |
9 |     tags: [a: b, ' ', c]
  |            ^^^^
  = help: a text with `: ` in it must be quoted

wrong-shape: `tags` has an empty item; expected texts
 --> decks/01-deck.yaml:9:18
  |
9 |     tags: [a: b, ' ', c]
  |                  ^^^"""
    assert (
        found(
            "- id: A\n  front: [x]\n  back:\n    So: it is\n    And: so\n  level: {a: b}\n  tags: [a: b, ' ', c]\n"
        )
        == expected
    )


def test_what_has_a_wrong_shape_is_not_in_the_note(folder: Folder) -> None:
    folder.deck("- {id: A, front: [x], back: a, why: {b: c}, level: {d: e}}\n")
    ((_, note),) = loader.load("decks").collection.notes()
    assert note.fields == {"back": "a"}


def test_fields_are_text_as_written(notes: Callable[[str], list[Note]]) -> None:
    (note,) = notes("- {id: A, front: no, back: 3.10, why: 12:30, hint: 0777}\n")
    assert note.fields == {"front": "no", "back": "3.10", "why": "12:30", "hint": "0777"}
    assert (note.front, note.text("back"), note.text("extra")) == ("no", "3.10", "")


def test_optional_fields_may_be_empty(notes: Callable[[str], list[Note]]) -> None:
    (note,) = notes(
        "- id: A\n  front: q\n  back: a\n  why:\n  hint: ' '\n  tags:\n  sources: []\n  level: ' '\n"
    )
    assert (note.fields, note.tags, note.citations) == ({"front": "q", "back": "a"}, (), ())


def test_texts_know_their_places(notes: Callable[[str], list[Note]]) -> None:
    choice, compare, made_of_one = notes("""\
        - id: A
          kind: choice
          front: q
          options:
            - right: r
            - w
          reason: because
          why: so
        - id: B
          kind: compare
          front: q
          table:
            - {Criterion: speed, This: fast, That: slow}
            - {That: dear, Criterion: price, This: cheap}
        - {id: C, kind: estimate, front: q, steps: one, result: r}
        """)

    def places(note: Note) -> list[tuple[str, str, str]]:
        return [
            (text.field.key, text.source, span.text)
            for text in texts_of(note)
            if (span := text.span(0, len(text.source))) is not None
        ]

    assert places(choice) == [
        ("front", "q", "q"), ("options", "r", "r"), ("options", "w", "w"), ("reason", "because", "because"),
        ("why", "so", "so"),
    ]  # fmt: skip
    table = ["q", "Criterion", "This", "That", "speed", "fast", "slow", "price", "cheap", "dear"]
    assert [(text, place) for _, text, place in places(compare)] == [(word, word) for word in table]
    assert [text.source for text in texts_of(compare) if text.is_head] == ["Criterion", "This", "That"]
    assert places(made_of_one)[1] == ("steps", "one", "one")


# ------------------------------------------------------------------------------------------------------------------ kinds


def test_the_kind_is_written_or_follows(notes: Callable[[str], list[Note]]) -> None:
    loaded = notes("""\
        title: Deck
        defaults: {kind: reversed}
        notes:
          - {id: A, front: q, back: a}
          - {id: B, kind: basic, front: q, back: a}
          - {id: C, cloze: "{{c1::x}} is y"}
        """)
    assert [note.type.kind for note in loaded] == ["reversed", "basic", "cloze"]


def test_unknown_kinds(found: Report) -> None:
    expected = """\
unknown-kind: unknown kind `piftall`
 --> decks/01-deck.yaml:3:19
  |
3 |   - {id: A, kind: piftall, front: q}
  |                   ^^^^^^^
  = help: did you mean `pitfall`?

unknown-kind: unknown kind `x`
 --> decks/01-deck.yaml:4:19
  |
4 |   - {id: B, kind: x, front: q}
  |                   ^
  = help: kinds: basic, choice, cloze, compare, estimate, formula, pitfall, reversed, rubric, scenario

wrong-shape: `kind` holds a list; expected text
 --> decks/01-deck.yaml:5:19
  |
5 |   - {id: C, kind: [x], front: q}
  |                   ^^^
  = help: if the brackets are meant as text, quote the value or put it below `|`"""
    assert (
        found(
            "- {id: A, kind: piftall, front: q}\n- {id: B, kind: x, front: q}\n- {id: C, kind: [x], front: q}\n"
        )
        == expected
    )


# -------------------------------------------------------------------------------------------------------------------- ids


def test_ids_that_cannot_be(found: Report) -> None:
    text = "".join(
        f"- {{id: {id_}, front: q, back: a}}\n"
        for id_ in ("A_b-c.9", "x" * 64, "'a b'", "-a", "é", "x" * 65, "'a/b'")
    )
    problems = found(text)
    assert [line for line in problems.splitlines() if line.startswith("bad-id")] == [
        f"bad-id: `{id_}` cannot be an id" for id_ in ("a b", "-a", "é", "x" * 65, "a/b")
    ]
    assert problems.endswith(
        "= help: letters, digits, `.`, `_`, `-`; begins with a letter or digit; at most 64"
    )


def test_ids_that_are_taken(folder: Folder) -> None:
    folder.deck("- {id: RU03, front: a, back: a}\n- {id: RU04, front: b, back: b}\n")
    folder.deck("- {id: RU03, front: c, back: c}\n- {id: ru04, front: d, back: d}\n", "02-other.yaml")
    folder.write(
        "02-other.yaml", (folder.path / "02-other.yaml").read_text().replace("title: Deck", "title: Other")
    )
    expected = """\
duplicate-id: id `RU03` is taken
 --> decks/02-other.yaml:3:10
  |
3 |   - {id: RU03, front: c, back: c}
  |          ^^^^
  = help: the other is at decks/01-deck.yaml:3

duplicate-id: id `ru04` differs from `RU04` only in case
 --> decks/02-other.yaml:4:10
  |
4 |   - {id: ru04, front: d, back: d}
  |          ^^^^
  = help: the other is at decks/01-deck.yaml:4"""
    assert reporting.full(loader.load("decks").diagnostics) == expected


def test_a_missing_id_is_derived_from_the_front(folder: Folder) -> None:
    folder.deck(
        "- front: cafe\u0301\n  back: a\n- id:\n  front: q\n  back: a\n- id: [x]\n  front: r\n  back: a\n"
    )
    loaded = loader.load("decks")
    expected = """\
missing-id: this note has no `id`
 --> decks/01-deck.yaml:3:5
  |
3 |   - front: cafe\u0301
  |     ^^^^^^^^^^^
  = help: `flashcards fix` writes one; without it, changing the front makes a new note and loses review history

missing-id: this note has no `id`
 --> decks/01-deck.yaml:5:5
  |
5 |   - id:
  |     ^^^
  = help: `flashcards fix` writes one; without it, changing the front makes a new note and loses review history

wrong-shape: `id` holds a list; expected text
 --> decks/01-deck.yaml:8:9
  |
8 |   - id: [x]
  |         ^^^
  = help: if the brackets are meant as text, quote the value or put it below `|`"""
    assert reporting.full(loaded.diagnostics) == expected
    first, second, _ = (note for _, note in loaded.collection.notes())
    assert (first.id, first.derived_id) == ("front-850f7dc43910", True)
    assert second.id.startswith("front-")


def test_two_notes_without_an_id_and_with_one_front(found: Report) -> None:
    report = found("- front: q\n  back: a\n- front: q\n  back: b\n- back: c\n- back: d\n")
    assert [line for line in report.splitlines() if "duplicate" in line or "same front" in line] == [
        "duplicate-id: two notes without `id` have the same front"
    ]


# ------------------------------------------------------------------------------------------------ defaults, tags, labels


def test_defaults_tags_and_labels(notes: Callable[[str], list[Note]], folder: Folder) -> None:
    folder.write(
        "collection.yaml",
        """\
        id: test
        title: Test
        short_title: Test
        root: Test
        created: 2026-01-01
        vocabularies: {level: [all, mid, senior], priority: [P1, P2], tags: [core]}
        """,
    )
    first, second = notes("""\
        title: Deck
        tags: [area::meta, deck]
        defaults: {level: mid, why: so, tags: [core], retired: old}
        notes:
          - {id: A, front: q, back: a, priority: P1, track: [applied, infra], question: x, as_of: 2026-11}
          - {id: B, front: q, back: a, level: [mid, senior], why: other, tags: [], retired: "  older\\n"}
        """)
    assert first.tags == (
        "area::meta",
        "core",
        "deck",
        "level::mid",
        "p1",
        "q::x",
        "track::applied",
        "track::infra",
    )
    assert second.tags == ("area::meta", "deck", "level::mid", "level::senior")
    assert first.labels == {
        "level": ("mid",), "priority": ("P1",), "track": ("applied", "infra"), "question": ("x",), "as_of": ("2026-11",),
    }  # fmt: skip
    assert (first.text("why"), second.text("why")) == ("so", "other")
    assert (first.retired, second.retired) == ("old", "older")


def test_words_outside_the_vocabularies(found: Report, folder: Folder) -> None:
    folder.write(
        "collection.yaml",
        """\
        id: test
        title: Test
        short_title: Test
        root: Test
        created: 2026-01-01
        vocabularies: {level: [mid, senior], tags: [core], group: [Metrics]}
        """,
    )
    expected = """\
outside-vocabulary: `seniro` is no known word for `level`
 --> decks/01-deck.yaml:3:39
  |
3 |   - {id: A, front: q, back: a, level: seniro, tags: [xyz], group: Metrics}
  |                                       ^^^^^^
  = help: did you mean `senior`?

outside-vocabulary: `xyz` is no known word for `tags`
 --> decks/01-deck.yaml:3:54
  |
3 |   - {id: A, front: q, back: a, level: seniro, tags: [xyz], group: Metrics}
  |                                                      ^^^
  = help: known: core (`vocabularies` in collection.yaml)"""
    assert found("- {id: A, front: q, back: a, level: seniro, tags: [xyz], group: Metrics}") == expected


@pytest.mark.parametrize("tag", ["two words", 'a"b', "a*", "a::", "::a", "a::::b", "a\u00a0b", "a\\b"])
def test_words_that_cannot_be_tags(found: Report, tag: str) -> None:
    assert found(f"- id: A\n  front: q\n  back: a\n  tags: ['{tag}', fine]\n").splitlines()[:2] == [
        f"bad-tag: `{tag}` cannot be a tag",
        " --> decks/01-deck.yaml:6:12",
    ]


def test_retired_ignore_and_check(notes: Callable[[str], list[Note]]) -> None:
    (note,) = notes("""\
        - id: A
          front: q
          back: a
          ignore: {duplicate-front: by design}
          check:
            - {expression: 2 * 16, value: 32}
            - expression: 1 + 1
              value: 2
        """)
    assert note.ignore == {"duplicate-front": "by design"}
    assert note.sums == (Sum("2 * 16", "32"), Sum("1 + 1", "2"))
    assert note.retired is None


def test_retired_ignore_and_check_of_a_wrong_shape(found: Report) -> None:
    expected = """\
empty-field: `retired` needs its reason
 --> decks/01-deck.yaml:6:5
  |
6 |     retired:
  |     ^^^^^^^
  = help: say why in a few words: learners read it

wrong-shape: `ignore` needs a reason for each rule
 --> decks/01-deck.yaml:7:13
  |
7 |     ignore: {duplicate-front: }
  |             ^^^^^^^^^^^^^^^^^^^
  = help: `ignore: {near-duplicate-front: the two answers differ by design}`

wrong-shape: `check` needs `expression` and `value`
 --> decks/01-deck.yaml:8:13
  |
8 |     check: [2 * 16]
  |             ^^^^^^
  = help: `check: {expression: 2 * 16, value: 32}`"""
    assert (
        found(
            "- id: A\n  front: q\n  back: a\n  retired:\n  ignore: {duplicate-front: }\n  check: [2 * 16]\n"
        )
        == expected
    )


# ---------------------------------------------------------------------------------------------------------------- sources


def test_sources_with_places(notes: Callable[[str], list[Note]], folder: Folder) -> None:
    folder.write(
        "sources.yaml",
        """\
        rules-ml:
          title: Rules of Machine Learning
          short: Zinkevich
          authors: Martin Zinkevich
          year: 2017
          url: https://example.org/rules
        plain: {title: Plain}
        """,
    )
    (note,) = notes("- id: A\n  front: q\n  back: a\n  sources: [rules-ml  rule 33, plain]\n")
    rules, plain = note.citations
    assert (rules.place, plain.place) == ("rule 33", "")
    assert (rules.reference.short, rules.reference.year) == ("Zinkevich", "2017")
    assert (plain.reference.short, plain.reference.url) == ("Plain", "")


def test_sources_that_are_not_there(found: Report, folder: Folder) -> None:
    folder.write("sources.yaml", "rules-ml: {title: Rules}\n")
    expected = """\
unknown-source: no source `rule-ml` in sources.yaml
 --> decks/01-deck.yaml:6:15
  |
6 |     sources: [rule-ml section 2, abcd]
  |               ^^^^^^^
  = help: did you mean `rules-ml`?

unknown-source: no source `abcd` in sources.yaml
 --> decks/01-deck.yaml:6:34
  |
6 |     sources: [rule-ml section 2, abcd]
  |                                  ^^^^
  = help: add it to sources.yaml"""
    assert found("- id: A\n  front: q\n  back: a\n  sources: [rule-ml section 2, abcd]\n") == expected


def test_mistakes_in_the_bibliography(found: Report, folder: Folder) -> None:
    folder.write(
        "sources.yaml", "a: text\nb: {titel: B}\nc: {title: C, url: 'javascript:x'}\ntwo words: {title: D}\n"
    )
    expected = """\
wrong-shape: `a` must be one word with `title:`, `url:` … below it
 --> decks/sources.yaml:1:1
  |
1 | a: text
  | ^

missing-field: source `b` has no `title`
 --> decks/sources.yaml:2:1
  |
2 | b: {titel: B}
  | ^

unknown-field: unknown field `titel`
 --> decks/sources.yaml:2:5
  |
2 | b: {titel: B}
  |     ^^^^^
  = help: did you mean `title`?

wrong-shape: `javascript:x` is not a web address
 --> decks/sources.yaml:3:20
  |
3 | c: {title: C, url: 'javascript:x'}
  |                    ^^^^^^^^^^^^^^

wrong-shape: `two words` must be one word with `title:`, `url:` … below it
 --> decks/sources.yaml:4:1
  |
4 | two words: {title: D}
  | ^^^^^^^^^"""
    assert found("- {id: A, front: q, back: a, sources: [c]}") == expected


# ------------------------------------------------------------------------------------------------- choices, tables, lists


def test_choices_tables_and_lists(notes: Callable[[str], list[Note]]) -> None:
    choice, compare, estimate = notes(
        """\
        - id: A
          kind: choice
          front: q
          options: [wrong, {right: "yes"}, also wrong]
          reason: because
        - id: B
          kind: compare
          front: q
          table:
            - Criterion: Latency
              Batch: hours
              Online: 10 ms
            - {Online: more, Criterion: Cost, Batch: ''}
        - id: C
          kind: estimate
          front: q
          steps: [one, two]
          result: r
        """
    )
    assert choice.fields["options"] == (Choice("wrong"), Choice("yes", right=True), Choice("also wrong"))
    assert choice.text("answer") == "yes"
    assert compare.fields["table"] == Table(
        ("Criterion", "Batch", "Online"), (("Latency", "hours", "10 ms"), ("Cost", "", "more"))
    )
    assert estimate.fields["steps"] == ("one", "two")


CHOICE = "- id: A\n  kind: choice\n  front: q\n  reason: r\n  options:"


@pytest.mark.parametrize(
    ("options", "report"),
    [
        ("", "empty-field: `options` is empty"),
        (" []", "empty-field: `options` is empty"),
        (" yes or no", "wrong-shape: `options` holds text; expected a list of options"),
        (" {right: a}", "wrong-shape: `options` holds `key: value` lines; expected a list of options"),
        (" [a, b]", "no-right-choice: `options` has no right options; it needs exactly one"),
        (" [right: a, right: b]", "no-right-choice: `options` has 2 right options; it needs exactly one"),
        (" [right: a, '']", "wrong-shape: `options` has an empty option"),
        (" [right: , b]", "wrong-shape: `options` has an empty option"),
        (" [right: a, wrong: b]", "wrong-shape: `options` holds `key: value` lines; expected text"),
        (" [right: [a], b]", "wrong-shape: `options` holds a list; expected text"),
    ],
)
def test_choices_of_a_wrong_shape(found: Report, options: str, report: str) -> None:
    assert [line for line in found(f"{CHOICE}{options}\n").splitlines() if line[0].isalpha()] == [report]


def test_tables_of_a_wrong_shape(found: Report) -> None:
    rows = "    - {Criterion: a, Batch: b}\n    - {Criterion: c, Bacth: d}\n    - {}\n    - e\n"
    text = f"- id: A\n  kind: compare\n  front: q\n  table:\n{rows}"
    expected = """\
wrong-shape: this row has no `Batch`
 --> decks/01-deck.yaml:8:9
  |
8 |       - {Criterion: c, Bacth: d}
  |         ^^^^^^^^^^^^^^^^^^^^^^^^
  = help: every row has the columns of the first one

wrong-shape: the first row has no column `Bacth`
 --> decks/01-deck.yaml:8:24
  |
8 |       - {Criterion: c, Bacth: d}
  |                        ^^^^^
  = help: did you mean `Batch`?

wrong-shape: a row must be `column: cell` lines, not empty
 --> decks/01-deck.yaml:9:9
  |
9 |       - {}
  |         ^^
  = help: write each row as `- Criterion: Latency`, then a line `Batch: hours` for each column

wrong-shape: a row must be `column: cell` lines, not text
  --> decks/01-deck.yaml:10:9
   |
10 |       - e
   |         ^
   = help: write each row as `- Criterion: Latency`, then a line `Batch: hours` for each column"""
    assert found(text) == expected


# ------------------------------------------------------------------------------------------------------- deck and settings


def test_decks_are_named_with_their_number(folder: Folder) -> None:
    folder.deck("title: Interview types\nnotes: []\n", "01-interview-types.yaml")
    folder.deck("title: Pitfalls::Data\nnotes: []\n", "06-pitfalls.yaml")
    folder.deck("title: More\ndescription: ' *All* the rest. '\nnotes: []\n", "more.yaml")
    folder.write("verified.yaml", "- not: a deck\n")
    decks = loader.load("decks").raise_for_errors().decks
    assert [(deck.key, deck.name, deck.title) for deck in decks] == [
        ("01-interview-types", "Test::01 Interview types", "Interview types"),
        ("06-pitfalls", "Test::06 Pitfalls::Data", "Pitfalls::Data"),
        ("more", "Test::More", "More"),
    ]
    assert decks[2].description == "*All* the rest."


def test_decks_that_anki_would_merge_or_rename(folder: Folder) -> None:
    folder.deck("title: Deck\nnotes: []\n", "a.yaml")
    folder.deck("title: dECK\nnotes: []\n", "b.yaml")
    folder.deck("title: 'A::'\nnotes: []\n", "c.yaml")
    expected = """\
duplicate-deck: two decks are called `Test::dECK`
 --> decks/b.yaml:1:8
  |
1 | title: dECK
  |        ^^^^
  = help: `a.yaml` has it too; Anki would put both into one deck

bad-name: Anki would rename `A::`
 --> decks/c.yaml:1:8
  |
1 | title: 'A::'
  |        ^^^^^
  = help: no part between `::` may be empty, or begin or end with a blank or a colon"""
    assert reporting.full(loader.load("decks").diagnostics) == expected


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1:1 wrong-shape: the file is empty; expected `title:` and `notes:`"]),
        ("# notes:\n", ["1:1 wrong-shape: the file is empty; expected `title:` and `notes:`"]),
        ("- notes:\n", ["1:1 wrong-shape: the file holds a list; expected `title:` and `notes:`"]),
        ("notes:\n", [
            "1:1 missing-field: the deck has no `title`",
            "1:1 wrong-shape: `notes:` must be a list, each note beginning with `-`",
        ]),
        ("title: a\ndescription: notes:\n", ["2:19 syntax-error: `: ` inside a value"]),
        ("title: a\nnote: []\n#notes:", ["2:1 unknown-field: unknown field `note`"]),
        ("title: a\ntags: []\n#notes:", ["1:1 missing-field: the deck has no `notes`"]),
        ("title: a\ndefaults: b\nnotes: []", ["2:11 wrong-shape: `defaults` holds text; expected `key: value` lines"]),
        ("title: a\ntags: [b c]\nnotes: []", ["2:8 bad-tag: `b c` cannot be a tag"]),
        ("title: [a]\nnotes: {}", [
            "1:8 wrong-shape: `title` holds a list; expected text",
            "2:1 wrong-shape: `notes:` must be a list, each note beginning with `-`",
        ]),
        ("title: a\nnotes: [b, [c], '']", [
            "2:9 wrong-shape: a note must be `key: value` lines, not text",
            "2:12 wrong-shape: a note must be `key: value` lines, not a list",
            "2:17 wrong-shape: a note must be `key: value` lines, not text",
        ]),
    ],
)  # fmt: skip
def test_decks_of_a_wrong_shape(folder: Folder, text: str, problems: list[str]) -> None:
    folder.write("01-deck.yaml", text)
    report = reporting.concise(loader.load("decks").diagnostics)
    assert report.splitlines() == [
        f"decks/01-deck.yaml:{problem.replace(' ', ': ', 1)}" for problem in problems
    ]


def test_settings(folder: Folder) -> None:
    folder.write(
        "collection.yaml",
        """\
        id: mlsd
        title: ML System Design
        short_title: MLSD
        root: ML::Design
        description: All of it.
        created: 2026-11-22
        language: de
        released: true
        vocabularies: {level: [mid], track: applied}
        """,
    )
    folder.write("media/a.png", b"")
    folder.write("media/folder/b.png", b"")
    collection = loader.load("decks").raise_for_errors()
    assert (collection.id, collection.title, collection.short_title, collection.root) == (
        "mlsd", "ML System Design", "MLSD", "ML::Design",
    )  # fmt: skip
    assert (collection.description, collection.created, collection.language) == (
        "All of it.",
        date(2026, 11, 22),
        "de",
    )
    assert (collection.released, collection.vocabularies) == (
        True,
        {"level": ("mid",), "track": ("applied",)},
    )
    assert (collection.media, collection.path) == ({"a.png": Path("decks/media/a.png")}, Path("decks"))


def test_mistakes_in_the_settings(folder: Folder) -> None:
    folder.write(
        "collection.yaml",
        """\
        id: my deck
        titel: Test
        short_title: A "B"
        root: A::::B
        created: 22.11.2026
        released: yes
        vocabularies: [level]
        """,
    )
    expected = """\
decks/collection.yaml:1:5: bad-id: `my deck` cannot be a collection's id
decks/collection.yaml:2:1: unknown-field: unknown field `titel`
decks/collection.yaml:3:14: bad-name: Anki would rename `A "B"`
decks/collection.yaml:4:7: bad-name: Anki would rename `A::::B`
decks/collection.yaml:5:10: wrong-shape: `22.11.2026` is not a date
decks/collection.yaml:6:11: wrong-shape: `yes` is neither `true` nor `false`
decks/collection.yaml:7:15: wrong-shape: `vocabularies` holds a list; expected a key with its words on each line"""
    assert reporting.concise(loader.load("decks").diagnostics) == expected


def test_missing_settings(folder: Folder) -> None:
    folder.write("collection.yaml", "description: none\n")
    report = reporting.concise(loader.load("decks").diagnostics)
    assert report.splitlines() == [
        f"decks/collection.yaml:1:1: missing-field: `{key}` is missing"
        for key in ("id", "title", "short_title", "root", "created")
    ]


# ---------------------------------------------------------------------------------------------------------- several, paths


def test_several_mistakes_in_one_run(folder: Folder) -> None:
    folder.deck("- id: A\n  front: q\n- id: A\n  frnt: q\n  back: a\n")
    folder.write("02-broken.yaml", "title: Broken\nnotes:\n  - front: a: b\n")
    folder.write("03-more.yaml", "title: More\nnotes: x\n")
    folder.write("04-latin.yaml", "title: caf\xe9\n".encode("latin-1"))
    expected = """\
decks/01-deck.yaml:3:5: missing-field: `back` is missing
decks/01-deck.yaml:5:9: duplicate-id: id `A` is taken
decks/01-deck.yaml:6:5: unknown-field: unknown field `frnt`
decks/02-broken.yaml:3:13: syntax-error: `: ` inside a value
decks/03-more.yaml:2:1: wrong-shape: `notes:` must be a list, each note beginning with `-`
decks/04-latin.yaml:1:11: not-utf8: the file is not UTF-8 from here on"""
    assert reporting.concise(loader.load("decks").diagnostics) == expected


def test_what_stands_in_the_defaults_is_told_once(found: Report) -> None:
    report = found(
        "title: Deck\ndefaults: {tags: [a b]}\nnotes:\n  - {id: A, front: q, back: a}\n  - {id: B, front: q, back: a}\n"
    )
    assert report.splitlines()[:2] == ["bad-tag: `a b` cannot be a tag", " --> decks/01-deck.yaml:2:19"]
    assert report.count("bad-tag") == 1


def test_errors_can_be_raised(folder: Folder) -> None:
    folder.deck("- id: A\n  front: q\n- {id: A, front: q, back: a}\n- {front: r, back: a}\n")
    loaded = loader.load("decks")
    assert [d.rule for d in loaded.errors] == ["missing-field", "duplicate-id"]
    with pytest.raises(InvalidCollection) as caught:
        loaded.raise_for_errors()
    assert str(caught.value) == "decks/01-deck.yaml:3: `back` is missing (and 1 more)"
    assert caught.value.diagnostics == loaded.diagnostics


@pytest.fixture
def two_decks(folder: Folder) -> Folder:
    folder.deck("title: One\nnotes: []\n", "01-one.yaml")
    folder.deck("title: Two\nnotes: []\n", "02-two.yaml")
    folder.write("../README.md", "# Read me\n")
    return folder


@pytest.mark.parametrize(
    ("paths", "selected"),
    [
        ([], {"01-one", "02-two"}),
        (["decks"], {"01-one", "02-two"}),
        (["."], {"01-one", "02-two"}),
        (["decks/collection.yaml"], {"01-one", "02-two"}),
        (["decks/02-two.yaml"], {"02-two"}),
        (["decks/02-two.yaml", "decks/01-one.yaml"], {"01-one", "02-two"}),
        (["decks", "decks/02-two.yaml"], {"01-one", "02-two"}),
        (["decks/../decks/02-two.yaml"], {"02-two"}),
    ],
)
def test_paths_select_decks(two_decks: Folder, paths: list[str], selected: set[str]) -> None:
    loaded = loader.load(*paths)
    assert loaded.selected == selected
    assert [deck.key for deck in loaded.raise_for_errors().decks] == ["01-one", "02-two"], (
        "all are always read"
    )


@pytest.mark.parametrize(
    ("paths", "report"),
    [
        (["nowhere"], "no-such-path: `nowhere` does not exist"),
        (["nowhere", "decks"], "no-such-path: `nowhere` does not exist"),
        (
            ["README.md"],
            "no-such-path: `README.md` is no deck of this collection\n  = help: decks are the `.yaml` files in `decks`",
        ),
        (
            ["empty"],
            "no-collection: `empty` has no collection.yaml\n  = help: `flashcards new DIR` makes a collection; decks stand beside its collection.yaml",
        ),
        (
            ["decks", "other"],
            "several-collections: `decks` and `other` are two collections\n  = help: name one at a time",
        ),
    ],
)
def test_paths_that_lead_nowhere(two_decks: Folder, paths: list[str], report: str) -> None:
    Path("empty").mkdir()
    two_decks.write("../other/collection.yaml", "id: other\n")
    loaded = loader.load(*paths)
    assert loaded.selected == frozenset()
    assert reporting.full(loaded.diagnostics) == report
    assert loaded.errors


def test_the_nearest_collection_is_found(
    two_decks: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inside = tmp_path / "decks/media"
    inside.mkdir()
    assert location.find_collection(inside) == tmp_path / "decks"
    assert location.find_collection(tmp_path) == tmp_path / "decks"
    monkeypatch.chdir(inside)
    assert loader.load().selected == {"01-one", "02-two"}
    monkeypatch.chdir(tmp_path.parent)
    assert location.find_collection(Path.cwd()) == bundled("decks")


VALUES = st.sampled_from(
    [
        "x",
        "''",
        "[]",
        "[x, [y]]",
        "{}",
        "{right: x}",
        "[{right: x}, y]",
        "[{a: b}, {c: d}]",
        "*x",
        "{a: {b: c}}",
    ]
)
KEYS = ["id", "kind", "front", "back", "cloze", "options", "table", "steps", "why", "tags", "level", "sources", "check",
        "ignore", "retired", "title", "notes", "defaults", "vocabularies", "created", "released", "xyz"]  # fmt: skip
LINES = st.lists(
    st.tuples(st.sampled_from(KEYS), VALUES).map(": ".join),
    max_size=6,
    unique_by=lambda line: line.split(":")[0],
)


@given(deck=LINES, notes=st.lists(LINES, max_size=3), collection=LINES, sources=LINES)
@settings(max_examples=100)
def test_no_shape_makes_loading_fail(
    folder: Folder, deck: list[str], notes: list[list[str]], collection: list[str], sources: list[str]
) -> None:
    items = "".join("  -\n" + "".join(f"    {line}\n" for line in note) for note in notes)
    folder.write(
        "01-deck.yaml",
        "\n".join([*(line for line in deck if not line.startswith("notes:")), "notes:", items]),
    )
    folder.write("collection.yaml", "\n".join(["", *collection]))
    folder.write("sources.yaml", "\n".join(["", *sources]))
    loaded: Loaded = loader.load("decks")
    assert loaded.errors
    for write in reporting.FORMATS.values():
        write(loaded.diagnostics, lambda text, role: text)
