"""What the checks of field text look at: one text of one note, parsed at most once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flashcards.collection.model import Collection, Deck, Note
from flashcards.collection.notetypes import Field
from flashcards.diagnostics import Diagnostic, Severity, Span, warning
from flashcards.languages import markup, yaml


@dataclass(frozen=True)
class Text:
    """One Markdown text with everything around it. It is parsed only if it may hold what a check asks for."""

    collection: Collection
    deck: Deck
    note: Note
    field: Field
    scalar: yaml.Scalar

    @cached_property
    def document(self) -> markup.Document:
        return markup.parse(self.scalar.text, clozes=self.is_cloze)

    @property
    def problems(self) -> tuple[markup.Problem, ...]:
        return self.document.problems if markup.may_hold(self.scalar.text, "problem") else ()

    @property
    def is_cloze(self) -> bool:
        return self.field.key == self.note.type.cloze_field

    def elements(self, name: str) -> list[markup.Element]:
        """Return all elements of a name (of those that `markup.may_hold` knows), in reading order."""
        if not markup.may_hold(self.scalar.text, name):
            return []
        return [element for element in self.document.root.walk() if element.name == name]

    def error(self, rule: str, message: str, start: int, end: int, hint: str | None = None) -> Diagnostic:
        """Make a finding about characters `start` to `end` of the text."""
        return self._finding(Severity.ERROR, rule, message, start, end, hint)

    def warning(self, rule: str, message: str, start: int, end: int, hint: str | None = None) -> Diagnostic:
        return self._finding(Severity.WARNING, rule, message, start, end, hint)

    def _finding(
        self, severity: Severity, rule: str, message: str, start: int, end: int, hint: str | None
    ) -> Diagnostic:
        return Diagnostic(rule, severity, message, self.span(start, end), hint, self.note.id)

    def span(self, start: int, end: int) -> Span:
        return self.scalar.locate(self.deck.source, start, max(end, start + 1))


def texts(collection: Collection) -> Iterator[Text]:
    """Yield every Markdown text of a collection."""
    for deck, note in collection.notes():
        for field, _, scalar in note.texts():
            if field.kind != "text":
                yield Text(collection, deck, note, field, scalar)


def active_notes(collection: Collection) -> Iterator[Note]:
    """Yield the notes that learners meet, in study order."""
    return (note for _, note in collection.notes() if note.retired is None)


def about(note: Note, rule: str, message: str, hint: str, key: str | None = None) -> Diagnostic:
    """Make a finding about a note: under the value of `key`, or of what is asked."""
    return warning(rule, message, note.origin.span(key or note.type.fields[0].key), hint=hint, note=note.id)
