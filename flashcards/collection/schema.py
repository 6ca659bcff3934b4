"""JSON Schema of a deck file, made from the note types: editors complete kinds and keys with it and mark
wrong ones.

Draft 7, which the YAML language servers know. It refuses structural mistakes only; `flashcards check` says
the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flashcards.collection.keys import ID, NOTE_KEYS, Key, note_keys
from flashcards.collection.model import Reference
from flashcards.collection.notetypes import CLOZE_KIND, USUAL_KIND, Field, NoteType

Schema = dict[str, Any]

# Editors read `no` and `3.10` as YAML's types, and nothing behind a key as null; to us all of them are text
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_TEXT_OR_NOTHING: Schema = {"type": [*_TEXT["type"], "null"]}
_NOTHING: Schema = {
    "not": {"type": ["string", "number", "boolean", "array", "object"]}
}  # not "null", which editors offer
_WORDS: Schema = {"anyOf": [_TEXT_OR_NOTHING, {"type": "array", "items": _TEXT}]}
_CHECK: Schema = {
    "type": "object",
    "properties": {"expression": _TEXT, "value": _TEXT},
    "required": ["expression", "value"],
    "additionalProperties": False,
}
_RIGHT: Schema = {
    "type": "object",
    "properties": {"right": _TEXT},
    "required": ["right"],
    "additionalProperties": False,
}

_FIELDS: dict[str, Schema] = {
    "text": _TEXT,
    "markdown": _TEXT,
    "list": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
    "choices": {"type": "array", "items": {"if": {"type": "object"}, "then": _RIGHT, "else": _TEXT}},
    "table": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": _TEXT_OR_NOTHING},
        "minItems": 1,
    },
}

_REASONS: Schema = {"type": "object", "additionalProperties": _TEXT}
_FLAG: Schema = {"anyOf": [{"enum": [True, False, "true", "false"]}, _NOTHING]}
_ID: Schema = {**_TEXT_OR_NOTHING, "pattern": f"^(?:{ID.pattern})$"}

# By the shape of a key
_KEYS: dict[str, Schema] = {
    "text": _TEXT,
    "markdown": _TEXT_OR_NOTHING,
    "words": _WORDS,
    "flag": _FLAG,
    "sums": {"anyOf": [_CHECK, {"type": "array", "items": _CHECK}]},
    "reasons": _REASONS,
}


def deck_schema(
    note_types: Mapping[str, NoteType],
    vocabularies: Mapping[str, Iterable[str]] | None = None,
    references: Mapping[str, Reference] | None = None,
    declared: Mapping[str, Key] | None = None,
) -> Schema:
    """Return the JSON Schema of a deck file: with a collection's vocabularies, sources and declared keys if
    they are given."""
    kinds = sorted(note_types)
    keys = note_keys((declared or {}).values())
    words = {key: _one_of(dict.fromkeys(known, "")) for key, known in (vocabularies or {}).items()}
    if references:
        words["sources"] = _one_of(
            {key: references[key].title for key in sorted(references)}, with_place=True
        )
    common = {
        "kind": {
            "enum": kinds,
            "enumDescriptions": [", ".join(_own_fields(note_types[kind])) for kind in kinds],
            "description": keys["kind"].help,
        },
        **{
            name: {**words.get(name, _of_key(key)), "description": key.help}
            for name, key in keys.items()
            if name != "kind"
        },
    }
    fields = [field for kind in kinds for field in _own_fields(note_types[kind]).values()]
    own = {field.key: _shape([other for other in fields if other.key == field.key]) for field in fields}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A deck of flashcards",
        "type": "object",
        "properties": {
            "title": {**_TEXT, "description": "the deck's name in Anki, behind the number of its file"},
            "name": {
                **_TEXT,
                "description": "the deck's whole name in Anki, with its parents, where it is not to follow "
                "from `root`, the number of the file and `title`: a released deck keeps its name",
            },
            "description": {**_TEXT_OR_NOTHING, "description": "what is in it, and for whom: Markdown"},
            "tags": {**_WORDS, "description": "tags of every note of the deck"},
            "defaults": {
                "type": "object",
                "description": "any key of a note, for notes that leave it out",
                "properties": {key: shape for key, shape in {**own, **common}.items() if key != "id"},
                "additionalProperties": False,
            },
            "notes": {
                "type": "array",
                "description": "the notes, one below the other",
                "items": {
                    "type": "object",
                    "properties": common,
                    "defaultSnippets": [_snippet(note_types[kind]) for kind in kinds],
                },
            },
        },
        "required": ["title", "notes"],
        "additionalProperties": False,
        "allOf": [
            _each_note("keys", kinds),
            # a field that `defaults` fills is not missing from a note: then only `flashcards check` can say
            # what is
            {
                "if": {"not": _defaults({"anyOf": [{"required": [key]} for key in own]})},
                "then": _each_note("needs", kinds),
            },
        ],
        "definitions": {
            **{f"keys-{kind}": _keys(note_types[kind], common) for kind in kinds},
            **{f"needs-{kind}": _needs(note_types[kind]) for kind in kinds},
        },
    }


def dumps(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _own_fields(note_type: NoteType) -> dict[str, Field]:
    return {field.key: field for field in note_type.written_fields}


def _shape(fields: Sequence[Field]) -> Schema:
    """Return the schema of a field: of one note type, or of all that have one with this key."""
    shapes = [_FIELDS[kind] for kind in dict.fromkeys(field.kind for field in fields)]
    return {**(shapes[0] if len(shapes) == 1 else {"anyOf": shapes}), "description": fields[0].help}


def _of_key(key: Key) -> Schema:
    """Return the schema of what stands behind a key that notes of any kind may have."""
    if key.name == "id":
        return _ID
    if key.values:
        return _one_of(dict.fromkeys(key.values, ""))
    if key.shape == "text" and key.name not in NOTE_KEYS:  # a list is read too; `check` warns if it is long
        return _WORDS
    return _KEYS[key.shape]


def _keys(note_type: NoteType, common: Mapping[str, Schema]) -> Schema:
    """Return which keys a note may have; the shapes of the common ones are said once for all note types."""
    own = {key: _shape([field]) for key, field in _own_fields(note_type).items()}
    return {
        "title": note_type.label,
        "type": "object",
        "properties": {**dict.fromkeys(common, True), **own},
        "additionalProperties": False,
    }


def _needs(note_type: NoteType) -> Schema:
    return {"required": [key for key, field in _own_fields(note_type).items() if field.required]}


def _snippet(note_type: NoteType) -> Schema:
    """Return a note to fill in, offered at a new `- `; like `enumDescriptions`, for editors only."""
    required = [field for field in _own_fields(note_type).values() if field.required]
    body: Schema = {"kind": note_type.kind}
    for number, field in enumerate(required, 1):
        gap = f"${number}"
        body[field.key] = {"list": [gap], "choices": [gap, {"right": ""}], "table": [{"Criterion": gap}]}.get(
            field.kind, gap
        )
    return {"label": note_type.kind, "description": ", ".join(body), "body": body}


def _each_note(part: str, kinds: Sequence[str]) -> Schema:
    """Return the schema of a deck in which each note is as `{part}-{kind}` says, with the kind that it has or
    is given."""

    def notes(condition: Schema, kind: str) -> Schema:
        # "type", because `required` is true of what is no mapping, as a note of which nothing is written yet
        when = {"if": {"type": "object", **condition}, "then": {"$ref": f"#/definitions/{part}-{kind}"}}
        return {"properties": {"notes": {"items": when}}}

    named = {kind: {"required": ["kind"], "properties": {"kind": {"const": kind}}} for kind in kinds}
    unnamed = {"not": {"anyOf": [{"required": ["kind"]}, {"required": [CLOZE_KIND]}]}}
    return {
        "allOf": [
            *(notes(named[kind], kind) for kind in kinds),
            notes({"required": [CLOZE_KIND], "not": {"required": ["kind"]}}, CLOZE_KIND),
            {"if": {"not": _defaults({"required": ["kind"]})}, "then": notes(unnamed, USUAL_KIND)},
            *({"if": _defaults(named[kind]), "then": notes(unnamed, kind)} for kind in kinds),
        ]
    }


def _defaults(schema: Schema) -> Schema:
    """Return the schema of a deck that has `defaults` like this."""
    return {
        "type": "object",
        "required": ["defaults"],
        "properties": {"defaults": {"type": "object", **schema}},
    }


def _one_of(words: Mapping[str, str], with_place: bool = False) -> Schema:
    """Return the schema of one or several of these words, each with its description; with a place behind it
    if that may be."""
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 16]
    known: Schema = {"enum": [*words, *numbers]}
    if any(words.values()):
        known["enumDescriptions"] = [*words.values()]
    if with_place:
        escaped = (re.sub(r"[\\^$.*+?()\[\]{}|]", r"\\\g<0>", word) for word in words)
        known = {"anyOf": [known, {"type": "string", "pattern": f"^(?:{'|'.join(escaped)}) "}]}
    return {"anyOf": [known, _NOTHING, {"type": "array", "items": known}]}
