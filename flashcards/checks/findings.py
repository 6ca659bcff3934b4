"""What the rules of content share: the notes that they look at, and how a finding about a note is made."""

from __future__ import annotations

from collections.abc import Iterator

from flashcards.collection.model import Collection, Note
from flashcards.diagnostics import Diagnostic, warning


def active_notes(collection: Collection) -> Iterator[Note]:
    """Yield the notes that learners meet, in study order."""
    return (note for _, note in collection.notes() if note.retired is None)


def about(note: Note, rule: str, message: str, hint: str, key: str | None = None) -> Diagnostic:
    """Make a warning about a note: at the value of `key`, or of what is asked."""
    return warning(rule, message, note.span(key or note.type.fields[0].key), hint=hint, note=note.id)


def or_exempt(collection: Collection, rule: str) -> str:
    """Return the end of a hint: which declared flags exempt a note from the rule; empty if none does."""
    flags = [key for key in collection.keys.values() if rule in key.exempts and not key.undeclared]
    return "".join(f", or write `{key.name}: true` ({key.help})" for key in flags)
