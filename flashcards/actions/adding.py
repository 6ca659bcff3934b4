"""`add`: writes a new note behind the last one of a deck, and no other byte."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from flashcards.collection.editing import (
    EditError,
    behind_last_note,
    insert,
    note_yaml,
)
from flashcards.collection.keys import NOTE_KEYS, Key
from flashcards.collection.model import Deck
from flashcards.collection.notetypes import Field, NoteType
from flashcards.diagnostics import FlashcardsError, Source, did_you_mean
from flashcards.languages import yaml


class WrongValue(FlashcardsError):
    """A value that was given for a key cannot be written; says which and why."""


def offered_keys(note_type: NoteType, keys: Mapping[str, Key]) -> dict[str, str]:
    """Return the keys of a note that texts can be given for, in the order to write them, and what each is
    for. `keys` are those of notes of any kind."""
    own = {field.key: field.help for field in note_type.written_fields}
    right = (
        {"right": "the right option"} if any(field.kind == "choices" for field in note_type.fields) else {}
    )
    common = {
        name: key.help
        for name, key in keys.items()
        if name != "kind" and key.shape not in ("sums", "reasons")  # these hold more than texts
    }
    return own | right | common


def note_values(
    note_type: NoteType,
    keys: Mapping[str, Key],
    given: dict[str, list[str]],
    defaults: Container[str],
    *,
    ask: Callable[[Field], list[str]],
) -> dict[str, object]:
    """Return a note's values by key: the texts in `given`, and what `ask` returns for each field that is
    needed and missing.

    Raises `WrongValue`.
    """
    known = offered_keys(note_type, keys)
    for key in given:
        if key not in known:
            hint = (
                did_you_mean(key, known)
                or f"It has {', '.join(field.key for field in note_type.written_fields)}."
            )
            raise WrongValue(f"a {note_type.kind} note has no `{key}`. {hint}")
    values: dict[str, object] = {}
    right = given.pop("right", [])
    for field in note_type.written_fields:
        texts = given.pop(field.key, [])
        if not texts and field.required and field.key not in defaults:
            texts = ask(field)
        if texts:
            values[field.key] = _value(field, texts, right)
    for key in known:
        if key in given:
            values[key] = given[key] if keys[key].is_list else _only(key, given[key])
    return values


def _value(field: Field, texts: list[str], right: list[str]) -> object:
    if field.kind == "list":
        return texts
    if field.kind == "choices":
        marked = [{"right": text[1:].strip()} if text.startswith("=") else text for text in texts]
        return [*marked, *({"right": text} for text in right)]
    if field.kind == "table":
        lines = (line.strip().removeprefix("|").removesuffix("|") for line in texts)
        head, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
        if any(len(row) != len(head) for row in rows):
            raise WrongValue(f"--{field.key}: each row needs {len(head)} cells, as the head has")
        return [dict(zip(head, row, strict=True)) for row in rows]
    return _only(field.key, texts)


def _only(key: str, texts: list[str]) -> str:
    if len(texts) > 1:
        raise WrongValue(f"--{key} may be given once")
    return texts[0]


def defaults(deck: Deck) -> dict[str, str]:
    """Return the keys of a deck's `defaults:` with their texts, empty where they hold more than a text."""
    _, origin = deck.file
    node = origin.value("defaults")
    entries = node.entries if isinstance(node, yaml.Mapping) else {}
    return {key: e.value.text if isinstance(e.value, yaml.Scalar) else "" for key, e in entries.items()}


def append_note(deck: Deck, values: Mapping[str, object], keys: Mapping[str, Key] = NOTE_KEYS) -> None:
    """Write a note behind the last one of a deck. Values are texts, lists of texts, or lists of mappings of
    texts.

    Raises `EditError` if the deck has no `notes:` list with one note below the other, or a value cannot stand
    in YAML.
    """
    path, origin = deck.file
    source = origin.source
    at, indent, gap = behind_last_note(path, source, origin.node)
    note = note_yaml(values, indent, keys)
    if problems := yaml.parse(Source(str(path), note))[1]:
        raise EditError(f"this cannot be written as YAML: {problems[0].message}")
    insert(path, source, [(at, gap + note)])
