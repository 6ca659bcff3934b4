"""What a collection is once read: frozen `Collection`, `Deck`, `Note`, `Reference`. No behaviour beyond
looking things up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flashcards.collection.notetypes import Field, NoteType
from flashcards.diagnostics import Source, Span
from flashcards.languages import yaml as yaml_source


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of `sources.yaml`; `short` is what a card's footer shows."""

    key: str
    title: str
    short: str
    authors: str = ""
    year: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A note's mention of a reference, with the place in it if the author gave one (`rules-ml rule 33`)."""

    reference: Reference
    place: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]  # the first is the criterion's
    rows: tuple[tuple[str, ...], ...]


# By field kind: text and markdown | list | choices | table
Value = str | tuple[str, ...] | tuple[Choice, ...] | Table


def shuffled(note_id: str, items: tuple[str, ...] | tuple[Choice, ...]) -> Sequence[str | Choice]:
    """Return choices in an order that depends on the note's id and their text alone, so that their place in
    the file gives nothing away and never changes; other lists as they are."""

    def key(item: str | Choice) -> bytes:
        return hashlib.sha256(f"{note_id}{item.text if isinstance(item, Choice) else item}".encode()).digest()

    return sorted(items, key=key) if items and isinstance(items[0], Choice) else items


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a note was written: its mapping in a file, and the deck's defaults for the keys that it leaves
    out."""

    source: Source
    node: yaml_source.Mapping
    defaults: yaml_source.Mapping | None = None

    def value(self, key: str) -> yaml_source.Node | None:
        entry = self.node.entries.get(key) or (self.defaults.entries.get(key) if self.defaults else None)
        return entry.value if entry else None

    def span(self, key: str | None = None) -> Span:
        """Return the place of the value of `key`, or of the note's first key (its `id` if it has one)."""
        node = self.value(key) if key is not None else None
        if node is not None:
            return Span(self.source, node.start, node.end)
        entries = self.node.entries
        entry = entries.get("id") or next(iter(entries.values()), None)
        if entry is None:
            return Span(self.source, self.node.start, self.node.start + 1)
        return Span(self.source, entry.start, max(entry.value.end, entry.end))

    def key_span(self, key: str) -> Span:
        """Return the place of the word `key` itself."""
        for mapping in (self.node, self.defaults):
            if mapping is not None and key in mapping.entries:
                entry = mapping.entries[key]
                return Span(self.source, entry.start, entry.end)
        return self.span()


@dataclass(frozen=True, slots=True)
class Note:
    """What an author wrote; `fields` holds the note type's own fields and the common ones that are filled, by
    key."""

    id: str
    type: NoteType
    fields: Mapping[str, Value]
    tags: tuple[str, ...]  # as Anki gets them, sorted
    citations: tuple[Citation, ...]
    labels: Mapping[
        str, tuple[str, ...]
    ]  # priority, level, provenance, … as written: for checks, order and statistics
    checks: tuple[tuple[str, str], ...]  # (expression, value) to recompute
    ignore: Mapping[str, str]  # rule → reason
    retired: str | None
    origin: Origin
    derived_id: bool = False  # the author gave none

    def text(self, key: str) -> str:
        """Return a text or Markdown field, empty if it is not filled."""
        value = self.fields.get(key, "")
        return value if isinstance(value, str) else ""

    def has_tag(self, tag: str) -> bool:
        """Tell whether the note has this tag or one below it, in whatever case."""
        wanted = tag.casefold()
        return any(own == wanted or own.startswith(f"{wanted}::") for own in map(str.casefold, self.tags))

    def texts(self) -> Iterator[tuple[Field, str, yaml_source.Scalar]]:
        """Yield every piece of text with its field and its scalar in the file: a list's items, a table's
        cells too."""
        for field in self.type.all_fields:
            node = self.origin.value(field.key) if field.key in self.fields else None
            if type(node) is yaml_source.Scalar:
                yield field, node.text, node
            elif node is not None:
                for scalar in _scalars(node):
                    yield field, scalar.text, scalar

    @property
    def front(self) -> str:
        """The text of the first field, by which a reader knows the note."""
        return self.text(self.type.fields[0].key)


def _scalars(node: yaml_source.Node) -> Iterator[yaml_source.Scalar]:
    if isinstance(node, yaml_source.Scalar):
        yield node
    else:
        for child in (
            node.items if isinstance(node, yaml_source.Sequence) else [e.value for e in node.entries.values()]
        ):
            yield from _scalars(child)


@dataclass(frozen=True, slots=True)
class Deck:
    key: str  # the file's name without `.yaml`; numeric ids hang on it
    name: str  # in Anki, with its parents
    title: str
    description: str
    notes: tuple[Note, ...]
    source: Source
    path: Path


@dataclass(frozen=True, slots=True)
class Collection:
    id: str
    title: str
    short_title: str
    root: str
    description: str
    created: date
    released: bool
    language: str
    vocabularies: Mapping[str, tuple[str, ...]]
    limits: Mapping[
        str, int
    ]  # `checks:` of collection.yaml: each content rule that is on, 0 for one without a limit
    decks: tuple[Deck, ...]
    references: Mapping[str, Reference]
    note_types: Mapping[str, NoteType]
    media: Mapping[str, Path]  # by file name
    path: Path

    def notes(self) -> Iterator[tuple[Deck, Note]]:
        """Yield every note in study order, retired ones too."""
        for deck in self.decks:
            for note in deck.notes:
                yield deck, note
