"""The texts of a note, one by one: with the field they belong to, their parsed form, and where they were
written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flashcards.collection.model import Choice, Collection, Note, Table
from flashcards.collection.notetypes import Field
from flashcards.diagnostics import Diagnostic, Span, error, warning
from flashcards.languages import markup, yaml


class Text(NamedTuple):
    """One text of a note: a whole field, an item of a list, or a cell of a table."""

    note: Note
    field: Field
    source: str  # as written
    scalar: yaml.Scalar | None  # where it was written
    is_head: bool = False  # a column's name

    @property
    def is_cloze(self) -> bool:
        """Tell whether `{{c1::…}}` in it are cloze deletions."""
        return self.field.key == self.note.type.cloze_field

    @property
    def document(self) -> markup.Document:
        """The text as a tree, parsed at most once."""
        return self.note.documents.of(self.source, clozes=self.is_cloze)

    @property
    def problems(self) -> tuple[markup.Problem, ...]:
        """What the parser found wrong. The text is parsed only if it may hold a problem."""
        return self.document.problems if markup.may_hold(self.source, "problem") else ()

    def elements(self, name: str) -> list[markup.Element]:
        """Return all elements of a name (of those that `markup.may_hold` knows), in reading order."""
        if not markup.may_hold(self.source, name):
            return []
        return [element for element in self.document.root.walk() if element.name == name]

    def error(self, rule: str, message: str, start: int, end: int, hint: str | None = None) -> Diagnostic:
        """Make an error about characters `start` to `end` of the text."""
        return error(rule, message, self.span(start, end), hint=hint, note=self.note.id)

    def warning(self, rule: str, message: str, start: int, end: int, hint: str | None = None) -> Diagnostic:
        """Make a warning about characters `start` to `end` of the text."""
        return warning(rule, message, self.span(start, end), hint=hint, note=self.note.id)

    def span(self, start: int, end: int) -> Span | None:
        """Return where characters `start` to `end` of the text were written; the whole field for a text that
        was changed in Python after its note was read; None for a note made in Python."""
        if self.note.origin is None or self.scalar is None or self.scalar.text != self.source:
            return self.note.span(self.field.key)
        return self.scalar.locate(self.note.origin.source, start, max(end, start + 1))


def texts_of(note: Note) -> Iterator[Text]:
    """Yield every text of a note's fields, in their order; what follows from other fields is left out."""
    entries = note.origin.entries if note.origin is not None else {}
    for field in note.type.all_fields:
        value = note.fields.get(field.key)
        if value is None or field.right_of is not None:
            continue
        entry = entries.get(field.key)
        node = entry.value if entry is not None else None
        if isinstance(value, str):
            yield Text(note, field, value, node if type(node) is yaml.Scalar else None)
        elif isinstance(value, Table):
            yield from _cells(note, field, value, node)
        else:
            scalars = _items(node)
            for i, item in enumerate(value):
                text = item.text if isinstance(item, Choice) else str(item)
                yield Text(note, field, text, scalars[i] if i < len(scalars) else None)


def texts_of_all(collection: Collection) -> Iterator[Text]:
    """Yield every text of a collection."""
    for _, note in collection.notes():
        yield from texts_of(note)


def markdown_texts(collection: Collection) -> Iterator[Text]:
    """Yield every Markdown text of a collection."""
    for _, note in collection.notes():
        for text in texts_of(note):
            if text.field.kind != "text":
                yield text


def _items(node: yaml.Node | None) -> list[yaml.Scalar | None]:
    """Return the scalars of a list's items, of which one option may be written as `right: …`."""
    if isinstance(node, yaml.Scalar):
        return [node]
    scalars: list[yaml.Scalar | None] = []
    for item in node.items if isinstance(node, yaml.Sequence) else []:
        if isinstance(item, yaml.Mapping) and "right" in item.entries:
            item = item.entries["right"].value
        scalars.append(item if isinstance(item, yaml.Scalar) else None)
    return scalars


def _cells(note: Note, field: Field, table: Table, node: yaml.Node | None) -> Iterator[Text]:
    items = node.items if isinstance(node, yaml.Sequence) else []
    rows = [item.entries for item in items if isinstance(item, yaml.Mapping) and item.entries]
    for column in table.columns:
        key = rows[0].get(column) if rows else None
        yield Text(
            note, field, column, yaml.Scalar(column, key.start, key.end) if key else None, is_head=True
        )
    for i, row in enumerate(table.rows):
        for column, cell in zip(table.columns, row, strict=True):
            entry = rows[i].get(column) if i < len(rows) else None
            value = entry.value if entry else None
            yield Text(note, field, cell, value if isinstance(value, yaml.Scalar) else None)
