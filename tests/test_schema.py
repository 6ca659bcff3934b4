"""The JSON Schema of deck files, held against an independent validator and against what `check` itself
accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from conftest import Folder
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from flashcards.cli import main
from flashcards.collection import keys, loader, location, notetypes, schema
from flashcards.resources import bundled, template_folders

COLLECTION = """\
id: test
title: Test Collection
short_title: Test
root: Test
created: 2026-01-01
vocabularies: {level: [mid, senior], area: [data, model], priority: [1, 2]}
"""
SOURCES = """\
book: {title: A Book}
c++: {title: A Language}
"""
QUOTE = """\
label: Quote
fields:
  - {key: line, name: Line, id: 101, kind: text, required: true, help: what was said}
  - {key: by, name: By, id: 102, kind: list, required: true, answer: true}
  - {key: steps, name: Steps, id: 103, kind: markdown}
cards:
  - {name: Quote, id: 201, front: front.html, back: back.html}
"""


@pytest.fixture
def collection(folder: Folder) -> Folder:
    """A collection with vocabularies, sources and a note type of its own."""
    folder.write("collection.yaml", COLLECTION)
    folder.write("sources.yaml", SOURCES)
    folder.write("templates/notetypes/quote/notetype.yaml", QUOTE)
    folder.write("templates/notetypes/quote/front.html", "{{Line}}")
    folder.write("templates/notetypes/quote/back.html", "{{By}}")
    return folder


def validator(folder: Path) -> Draft7Validator:
    found = loader.load(folder).collection
    made = schema.deck_schema(found.note_types, found.vocabularies, found.references, found.keys)
    return Draft7Validator(made)


def complaints(validator: Draft7Validator, text: str) -> list[str]:
    """Return the place of everything that the validator refuses, and by which keyword, or the keys that are
    meant."""
    found = []
    for error in validator.iter_errors(yaml.safe_load(text)):
        keys = re.search(r"'.*' (?:was unexpected|were unexpected|is a required property)", error.message)
        found.append(
            f"{'/'.join(map(str, error.absolute_path))}: {keys.group() if keys else error.validator}"
        )
    return sorted(found)


def test_it_is_a_draft_7_schema(collection: Folder) -> None:
    types, _ = notetypes.load(template_folders(None))
    for made in (
        schema.deck_schema(types),
        validator(collection.path).schema,
        validator(bundled("decks")).schema,
    ):
        Draft7Validator.check_schema(made)
        assert made["$schema"] == "http://json-schema.org/draft-07/schema#"


SHIPPED = location.deck_paths(bundled("decks"))


@pytest.mark.parametrize("deck", SHIPPED, ids=lambda path: path.stem)
def test_shipped_decks_are_accepted(deck: Path) -> None:
    assert complaints(validator(bundled("decks")), deck.read_text()) == []


def test_the_command_prints_it(collection: Folder) -> None:
    collection.deck("- {front: a, back: b}")
    done = CliRunner().invoke(main, ["schema", "decks"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == validator(collection.path).schema


def test_a_new_collection_is_accepted_by_the_schema_that_comes_with_it(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["new", str(tmp_path / "mine")], catch_exceptions=False)
    deck = tmp_path / "mine/01-first-deck.yaml"
    modeline = re.match(r"# yaml-language-server: \$schema=(\S+)\n", deck.read_text())
    assert modeline is not None
    written = json.loads((deck.parent / modeline[1]).read_text())
    assert complaints(Draft7Validator(written), deck.read_text()) == []
    types, _ = notetypes.load(template_folders(None))
    assert written == schema.deck_schema(types)


def test_every_key_of_a_note_is_in_it() -> None:
    properties = validator(bundled("decks")).schema["properties"]
    known = {*keys.NOTE_KEYS, "provenance", "seed_refs", "quoted", "set_anchor"}  # the last four are declared
    assert properties["notes"]["items"]["properties"].keys() == known
    assert all(value["description"] for value in properties["notes"]["items"]["properties"].values())
    assert properties["defaults"]["properties"].keys() >= known - {"id"}
    assert "id" not in properties["defaults"]["properties"]


def test_keys_that_a_collection_does_not_declare_are_not_in_it(collection: Folder) -> None:
    properties = validator(collection.path).schema["properties"]
    assert properties["notes"]["items"]["properties"].keys() == keys.NOTE_KEYS.keys()


# ------------------------------------------------------------------------------------------------- what it refuses

MISTAKES = {
    "unknown key": ("- {fornt: q, front: q, back: a}", ["notes/0: 'fornt' was unexpected"]),
    "missing field": ("- {front: q}", ["notes/0: 'back' is a required property"]),
    "empty field": ("- {front: q, back: }", ["notes/0/back: type"]),
    "list for text": ("- {front: [q], back: a}", ["notes/0/front: type"]),
    "mapping for text": ("- {front: q, back: {a: b}}", ["notes/0/back: type"]),
    "list for text of all kinds": ("- {front: q, back: a, why: [b]}", ["notes/0/why: type"]),
    "mapping for words": ("- {front: q, back: a, tags: {core: yes}}", ["notes/0/tags: anyOf"]),
    "unknown kind": ("- {kind: pitfal, front: q, back: a}", ["notes/0/kind: enum"]),
    "another kind's key": (
        "- {kind: pitfall, says: q, fault: a, fix: b, back: c}",
        ["notes/0: 'back' was unexpected"],
    ),
    "cloze in basic": ("- {kind: basic, front: q, back: b, cloze: c}", ["notes/0: 'cloze' was unexpected"]),
    "back in cloze": ("- {cloze: 'a {{c1::b}}', back: b}", ["notes/0: 'back' was unexpected"]),
    "two keys misplaced": (
        "title: Deck\nlevel: mid\nnotes:\n- {front: q, back: a, title: t, defaults: d}",
        [": 'level' was unexpected", "notes/0: 'defaults', 'title' were unexpected"],
    ),
    "`notes` misspelt": (
        "title: Deck\nnots: []  # notes:",
        [": 'notes' is a required property", ": 'nots' was unexpected"],
    ),
    "no note": ("title: Deck\nnotes:", ["notes: type"]),
    "text for a note": ("- front", ["notes/0: type"]),
    "no title": ("notes: []", [": 'title' is a required property"]),
    "unknown word": ("- {front: q, back: a, level: junior}", ["notes/0/level: anyOf"]),
    "unknown word in a list": ("- {front: q, back: a, level: [mid, junior]}", ["notes/0/level: anyOf"]),
    "unknown word of a rubric": ("- {kind: rubric, front: q, area: dat, signal: s}", ["notes/0/area: anyOf"]),
    "unknown word by default": (
        "title: Deck\ndefaults: {level: junior}\nnotes: [{front: q, back: a}]",
        ["defaults/level: anyOf"],
    ),
    "unknown source": ("- {front: q, back: a, sources: [bok]}", ["notes/0/sources: anyOf"]),
    "no blank behind a source": ("- {front: q, back: a, sources: 'book,p.3'}", ["notes/0/sources: anyOf"]),
    "options no list": ("- {kind: choice, front: q, options: a, reason: r}", ["notes/0/options: type"]),
    "`right` misspelt": (
        "- {kind: choice, front: q, options: [a, rihgt: b], reason: r}",
        ["notes/0/options/1: 'right' is a required property", "notes/0/options/1: 'rihgt' was unexpected"],
    ),
    "table of lists": ("- {kind: compare, front: q, table: [[a, b]]}", ["notes/0/table/0: type"]),
    "list of mappings": (
        "- {kind: scenario, probe: q, checkpoints: [{ask: this}]}",
        ["notes/0/checkpoints: anyOf"],
    ),
    "check without value": ("- {front: q, back: a, check: {expression: 1 + 1}}", ["notes/0/check: anyOf"]),
    "ignore without reason": ("- {front: q, back: a, ignore: [front-length]}", ["notes/0/ignore: type"]),
    "id with a blank": ("- {id: A 1, front: q, back: a}", ["notes/0/id: pattern"]),
    "the default kind asks for other fields": (
        "title: Deck\ndefaults: {kind: pitfall}\nnotes: [{front: q, back: a}]",
        [
            "notes/0: 'back', 'front' were unexpected",
            "notes/0: 'fault' is a required property",
            "notes/0: 'fix' is a required property",
            "notes/0: 'says' is a required property",
        ],
    ),
    "unknown default": (
        "title: Deck\ndefaults: {levle: mid}\nnotes: []",
        ["defaults: 'levle' was unexpected"],
    ),
    "id as a default": ("title: Deck\ndefaults: {id: A1}\nnotes: []", ["defaults: 'id' was unexpected"]),
    "defaults a list": ("title: Deck\ndefaults: [pitfall]\nnotes: []", ["defaults: type"]),
    "own note type, list for text": ("- {kind: quote, line: [q], by: b}", ["notes/0/line: type"]),
    "own note type, missing field": ("- {kind: quote, line: q}", ["notes/0: 'by' is a required property"]),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes(collection: Folder, text: str, expected: list[str]) -> None:
    deck = collection.deck(text)
    assert complaints(validator(collection.path), deck.read_text()) == expected
    assert collection.check().errors


# ------------------------------------------------------------------------------------------------- what it accepts

RIGHT = {
    "no id": "- {front: q, back: a}",
    "YAML's types": "- {id: 17, front: no, back: 3.10, hint: true, why: 0777, level: mid, as_of: 2026-11, priority: 1}",
    "nothing yet": "- {id: , front: q, back: a, hint: , tags: , level: , sources: }",
    "one word for a list": "- {kind: scenario, probe: q, checkpoints: one, level: [mid, senior], tags: one}",
    "a source with its place": "- {front: q, back: a, sources: [book, c++ page 3]}",
    "cloze by its key": "title: Deck\ndefaults: {kind: pitfall}\nnotes: [{cloze: 'a {{c1::b}}'}]",
    "kind by default": """
        title: Deck
        defaults: {kind: pitfall, tags: [x]}
        notes:
        - {says: p, fault: a, fix: b}
        - {kind: basic, front: q, back: a}
    """,
    "a field by default": "title: Deck\ndefaults: {kind: rubric, area: data}\nnotes: [{front: q, signal: s}]",
    "a list by default": "title: Deck\ndefaults: {kind: estimate, steps: [x]}\nnotes: [{front: q, result: s}]",
    "a text by default": "title: Deck\ndefaults: {kind: quote, steps: x}\nnotes: [{line: q, by: s}]",
    "an empty cell": "- {kind: compare, front: q, table: [{Criterion: a, One: b, Two: }]}",
    "checks and reasons": "- {front: q, back: a, check: [{expression: 1 + 1, value: 2}], ignore: {x: y}, retired: old}",
    "a deck's tags are free": "title: Deck\ntags: [area::meta, level::junior]\ndescription:\nnotes: []",
    "own note type": "- {kind: quote, line: q, by: [a, b], steps: s}",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_right(collection: Folder, text: str) -> None:
    deck = collection.deck(text)
    assert complaints(validator(collection.path), deck.read_text()) == []
    assert collection.check().errors == []


DECLARED = """\
keys:
  origin: {values: [read, tried, 7], help: how the author knows it}
  moods: {shape: words, values: [calm, bold], help: how it sounds}
  sure: {shape: flag, help: somebody else has checked it}
  note_to_self: {help: what to do about it}
"""


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("{front: q, back: a, origin: read, moods: [calm, bold], sure: true, note_to_self: later}", []),
        ("{front: q, back: a, origin: 7, moods: bold, sure: false, note_to_self: 17}", []),
        ("{front: q, back: a, origin: [read], moods: , sure: , note_to_self: [later]}", []),
        ("{front: q, back: a, origin: heard}", ["notes/0/origin: anyOf"]),
        ("{front: q, back: a, origin: {read: yes}}", ["notes/0/origin: anyOf"]),
        ("{front: q, back: a, moods: [calm, loud]}", ["notes/0/moods: anyOf"]),
        ("{front: q, back: a, sure: 1}", ["notes/0/sure: anyOf"]),
        ("{front: q, back: a, quoted: true}", ["notes/0: 'quoted' was unexpected"]),
    ],
)
def test_declared_keys_are_in_it_with_their_shape(collection: Folder, note: str, expected: list[str]) -> None:
    collection.write("collection.yaml", COLLECTION + DECLARED)
    deck = collection.deck(f"- {note}")
    assert complaints(validator(collection.path), deck.read_text()) == expected
    rules = {finding.rule for finding in collection.check().diagnostics} - {"missing-id"}
    assert bool(expected) == bool(rules & {"not-as-declared", "undeclared-key", "wrong-shape"})


def test_kinds_and_words_are_described(collection: Folder) -> None:
    note = validator(collection.path).schema["properties"]["notes"]["items"]
    kind, sources = note["properties"]["kind"], note["properties"]["sources"]
    assert dict(zip(kind["enum"], kind["enumDescriptions"], strict=True))["quote"] == "line, by, steps"
    assert sources["anyOf"][0]["anyOf"][0] == {
        "enum": ["book", "c++"],
        "enumDescriptions": ["A Book", "A Language"],
    }


def test_every_snippet_is_a_note(collection: Folder) -> None:
    made = validator(collection.path)
    note = made.schema["properties"]["notes"]["items"]
    snippets = note["defaultSnippets"]
    assert [snippet["label"] for snippet in snippets] == note["properties"]["kind"]["enum"]
    bodies = json.loads(
        re.sub(r'"\$\d"|""', '"data"', json.dumps([{"id": s["label"], **s["body"]} for s in snippets]))
    )
    deck = collection.deck(yaml.safe_dump({"title": "Deck", "notes": bodies}, sort_keys=False))
    assert complaints(made, deck.read_text()) == []
    loaded = loader.load("decks")
    assert (loaded.errors, sum(len(deck.notes) for deck in loaded.raise_for_errors().decks)) == (
        [],
        len(bodies),
    )


# ------------------------------------------------------------------------------------------------- both of one mind

VALUES = st.sampled_from(
    ["text", "mid", "data", "book", ["text"], ["mid"], [], {"right": "text"}, {}, ["text", {"right": "b"}]]
)
KINDS = st.sampled_from(["basic", "choice", "cloze", "compare", "quote", "rubric"])
KEYS = st.sampled_from([
    "front", "back", "cloze", "options", "reason", "table", "line", "by", "steps", "area", "signal", "why", "level", "id",
])  # fmt: skip
NOTES = st.dictionaries(KEYS, VALUES) | st.builds(
    lambda note, kind: {**note, "kind": kind}, st.dictionaries(KEYS, VALUES), KINDS | st.just("bassic")
)
STRUCTURE = {
    "unknown-field",
    "unknown-kind",
    "missing-field",
    "empty-field",
    "wrong-shape",
    "bad-id",
    "outside-vocabulary",
}


@given(NOTES, st.none() | KINDS.map(lambda kind: {"kind": kind}))
def test_it_refuses_what_check_refuses_and_nothing_else(
    collection: Folder, note: dict[str, Any], defaults: dict[str, Any] | None
) -> None:
    deck = {"title": "Deck", "notes": [note], **({} if defaults is None else {"defaults": defaults})}
    text = json.dumps(deck)  # which is YAML
    collection.write("01-deck.yaml", text)
    found = {problem.rule for problem in loader.load("decks").errors} & STRUCTURE
    said = complaints(validator(collection.path), text)
    assert bool(said) == bool(found), f"{said} {found} {text}"
