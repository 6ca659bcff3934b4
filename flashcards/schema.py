"""JSON Schema of a deck file, made from the note types: editors complete kinds and keys with it and mark wrong ones.

Draft 7, which the YAML language servers know. It refuses structural mistakes only; `flashcards check` says the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flashcards.loader import ID
from flashcards.model import Reference
from flashcards.notetypes import COMMON_FIELDS, Field, NoteType

# Editors read `no` and `3.10` as YAML types; to us they are text
_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_WORDS: dict[str, Any] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}

_COMMON: dict[str, dict[str, Any]] = {
    "id": {"type": ["string", "number"], "pattern": f"^{ID.pattern}$", "description": "for ever: learners' reviews hang on it"},
    "sources": {**_WORDS, "description": "keys of sources.yaml, each with a place in the source if you like"},
    "tags": {**_WORDS, "description": "tags in Anki"},
    "priority": {**_TEXT, "description": "how much it matters: a tag"},
    "level": {**_WORDS, "description": "whom it concerns: tags `level::…`"},
    "track": {**_WORDS, "description": "for which kind of interview: tags `track::…`"},
    "area": {**_WORDS, "description": "what it is about: tags `area::…`"},
    "question": {**_WORDS, "description": "the interview question it belongs to: tags `q::…`"},
    "seed_refs": {**_WORDS, "description": "items of the coverage list that it teaches"},
    "provenance": {**_TEXT, "description": "where the statement comes from"},
    "as_of": {**_TEXT, "description": "year and month, for a fact that ages"},
    "quoted": {**_TEXT, "description": "true if its numbers are a source's own measurements"},
    "prereq": {**_WORDS, "description": "ids of notes to learn before"},
    "group": {**_TEXT, "description": "the section on the cheat sheet"},
    "set_anchor": {**_TEXT, "description": "true for a note that names a whole set on purpose"},
    "check": {"description": "numbers to recompute", "anyOf": [{"$ref": "#/definitions/check"}, {"type": "array", "items": {"$ref": "#/definitions/check"}}]},
    "retired": {**_TEXT, "description": "why the note is out of study; `flashcards retire` writes it"},
    "ignore": {"type": "object", "additionalProperties": _TEXT, "description": "rule: reason, for a finding that is wrong here"},
    **{f.key: {**_TEXT, "description": f.help} for f in COMMON_FIELDS if f.key in ("why", "hint", "example", "extra")},
}  # fmt: skip

_SHAPES: dict[str, dict[str, Any]] = {
    "text": _TEXT,
    "markdown": _TEXT,
    "list": {"type": "array", "items": _TEXT, "minItems": 1},
    "choices": {
        "type": "array",
        "items": {
            "anyOf": [_TEXT, {"type": "object", "properties": {"right": _TEXT}, "required": ["right"], "additionalProperties": False}]
        },
        "minItems": 2,
    },
    "table": {"type": "array", "items": {"type": "object", "additionalProperties": _TEXT}, "minItems": 1},
}


def deck_schema(
    note_types: Mapping[str, NoteType],
    vocabularies: Mapping[str, Iterable[str]] | None = None,
    references: Mapping[str, Reference] | None = None,
) -> dict[str, Any]:
    """Return the JSON Schema of a deck file: with a collection's vocabularies and sources if they are given."""
    common = {key: _with_vocabulary(shape, list((vocabularies or {}).get(key, ()))) for key, shape in _COMMON.items()}
    if references:
        keys = sorted(references)
        one: dict[str, Any] = {"anyOf": [{"enum": keys}, {"pattern": f"^({'|'.join(map(re.escape, keys))}) "}]}
        common["sources"] = {**common["sources"], "anyOf": [one, {"type": "array", "items": one}]}
    kinds = sorted(note_types)
    own = {field.key: _shape(field) for t in note_types.values() for field in _written(t)}
    kind = {"enum": kinds, "description": "the note type"}
    unspecified = {"not": {"anyOf": [{"required": ["kind"]}, {"required": ["cloze"]}]}}

    def when_left_out(of: str) -> dict[str, Any]:
        return {"properties": {"notes": {"items": {"if": unspecified, "then": {"$ref": f"#/definitions/kind-{of}"}}}}}

    def default_is(value: dict[str, Any]) -> dict[str, Any]:
        return {"required": ["defaults"], "properties": {"defaults": {"type": "object", "required": ["kind"], "properties": {"kind": value}}}}

    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A deck of flashcards",
        "type": "object",
        "properties": {
            "title": {**_TEXT, "description": "the deck's name in Anki, behind the number of its file"},
            "description": {**_TEXT, "description": "what is in it, and for whom: Markdown"},
            "tags": {**common["tags"], "description": "tags of every note of the deck"},
            "defaults": {
                "type": "object",
                "description": "any key of a note, for notes that leave it out",
                "properties": {"kind": kind, **{k: v for k, v in common.items() if k != "id"}, **own},
                "additionalProperties": False,
            },
            "notes": {"type": "array", "items": {"$ref": "#/definitions/note"}},
        },
        "required": ["title", "notes"],
        "additionalProperties": False,
        "allOf": [
            *({"if": default_is({"const": name}), "then": when_left_out(name)} for name in kinds),
            {"if": {"not": default_is({})}, "then": when_left_out("basic")},
        ],
        "definitions": {
            "note": {
                "type": "object",
                "properties": {"kind": kind},
                "allOf": [
                    *(
                        {"if": {"required": ["kind"], "properties": {"kind": {"const": name}}}, "then": {"$ref": f"#/definitions/kind-{name}"}}
                        for name in kinds
                    ),
                    {"if": {"required": ["cloze"], "not": {"required": ["kind"]}}, "then": {"$ref": "#/definitions/kind-cloze"}},
                ],
            },
            "check": {
                "type": "object",
                "properties": {"expression": _TEXT, "value": _TEXT},
                "required": ["expression", "value"],
                "additionalProperties": False,
            },
            **{f"kind-{name}": _kind(note_types[name], kind, common) for name in kinds},
        },
    }


def dumps(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _kind(note_type: NoteType, kind: dict[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    fields = _written(note_type)
    return {
        "title": note_type.label,
        "type": "object",
        "properties": {**common, "kind": kind, **{field.key: _shape(field) for field in fields}},
        "required": [field.key for field in fields if field.required],
        "additionalProperties": False,
    }


def _written(note_type: NoteType) -> list[Field]:
    return [field for field in note_type.fields if field.right_of is None]


def _shape(field: Field) -> dict[str, Any]:
    return {**_SHAPES[field.kind], "description": field.help}


def _with_vocabulary(shape: dict[str, Any], words: list[str]) -> dict[str, Any]:
    if not words:
        return shape
    if "anyOf" in shape:
        return {**shape, "anyOf": [{"enum": words}, {"type": "array", "items": {"enum": words}}]}
    return {"enum": words, "description": shape["description"]}
