"""Holds notes against what `keys:` of collection.yaml declares."""

from __future__ import annotations

from collections.abc import Iterator

from flashcards.checks.findings import about, active_notes
from flashcards.collection.keys import Key
from flashcards.collection.model import Collection, Note
from flashcards.diagnostics import Diagnostic, did_you_mean


def not_as_declared(collection: Collection) -> Iterator[Diagnostic]:
    """A note has the keys that are required, with values that are allowed and what these need."""
    keys = list(_checked(collection))
    of_every_note = {key.name for key in keys if key.required or any(v.tag for v in key.values.values())}
    for note in active_notes(collection) if keys else ():
        for key in keys:
            if key.name in of_every_note or key.name in note.labels:
                found = next(_mistakes(note, key), None)
                if found is not None:
                    place = key.name if key.name in note.labels else None
                    yield about(note, "not-as-declared", *found, place)


def exempt(collection: Collection) -> set[tuple[str, str]]:
    """Return the (note id, rule) pairs in which a declared flag of the note exempts it from the rule."""
    flags = [key for key in collection.keys.values() if key.exempts]
    return {
        (note.id, rule)
        for _, note in (collection.notes() if flags else ())
        for key in flags
        if note.labels.get(key.name) == ("true",)
        for rule in key.exempts
    }


def _checked(collection: Collection) -> Iterator[Key]:
    """Yield the keys with which something may be wrong."""
    for key in collection.keys.values():
        if key.required or key.values or key.shape != "words":
            yield key


def _mistakes(note: Note, key: Key) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a declared key of a note: the message and the hint."""
    name, words = key.name, note.labels.get(key.name, ())
    known = f"one of {', '.join(key.values)}" if key.values else ""
    if key.required and not words:
        yield f"this note has no `{name}`", f"{key.help}: {known}" if known else key.help
    if key.shape == "flag" and words and words not in (("true",), ("false",)):
        yield f"`{words[0]}` is neither `true` nor `false`", key.help
    if key.shape == "text" and len(words) > 1:
        yield f"`{name}` has {len(words)} texts", "write one of them"
    for word in words if key.values else ():
        if word not in key.values:
            yield f"`{word}` is no value of `{name}`", did_you_mean(word, key.values) or known
        elif (need := key.values[word].needs) and not _says(note, need):
            yield f"`{name}: {word}` without `{need}`", f"add `{need}`, or take another value"
    for word, allowed in key.values.items():
        if allowed.tag and (word in words) != note.has_tag(allowed.tag):
            hint = f"a note with `{name}: {word}` has the tag `{allowed.tag}`, and no other note has it"
            yield f"the tag `{allowed.tag}` and `{name}` disagree", hint


def _says(note: Note, key: str) -> bool:
    return bool(note.citations if key == "sources" else note.labels.get(key))
