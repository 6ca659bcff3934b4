"""What a collection is once read: frozen `Collection`, `Deck`, `Note`, `Reference`.

They hold values, so that they can also be made in Python. Where a value was written stands beside it, in
`origin`, which is None for what was not read from a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flashcards.collection.keys import Key
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import FlashcardsError, Source, Span
from flashcards.languages import markup, yaml
from flashcards.languages.prose import FORMULA, plain_text


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
    """An option of a choice note."""

    text: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison: each row has a cell for each column."""

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
class Sum:
    """A calculation of `check:`: `expression` must come to `value`. Both are as the author wrote them."""

    expression: str
    value: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a note, a deck or a collection was written: its mapping in a file, and for a note the deck's
    defaults for the keys that it leaves out."""

    source: Source
    node: yaml.Mapping
    defaults: yaml.Mapping | None = None
    entries: Mapping[str, yaml.Entry] = field(init=False)  # with those of the defaults

    def __post_init__(self) -> None:
        own = self.node.entries
        both = own if self.defaults is None else {**self.defaults.entries, **own}
        object.__setattr__(self, "entries", both)

    def value(self, key: str) -> yaml.Node | None:
        """Return what stands behind `key`, None if nothing does."""
        entry = self.entries.get(key)
        return entry.value if entry is not None else None

    def span(self, key: str | None = None) -> Span:
        """Return the place of the value of `key`, or of the first key (its `id` if it has one)."""
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


def has_any_tag(tags: Iterable[str], wanted: Sequence[str]) -> bool:
    """Tell whether one of `tags` is one of `wanted`, or lies below it, in whatever case; if none is wanted,
    it is so."""
    own = [tag.casefold() for tag in tags] if wanted else []
    return not wanted or any(
        tag == one or tag.startswith(f"{one}::") for one in map(str.casefold, wanted) for tag in own
    )


class NoFileError(FlashcardsError):
    """What was asked for needs a file, and the deck or collection was made in Python."""


def deck_name(root: str, key: str, title: str) -> str:
    """Return a deck's name in Anki: below the collection's root, with the number that its key begins with.
    Anki lists decks, and gathers new cards, in the order of these names.

    >>> deck_name("ML System Design", "02-rubric", "Rubric")
    'ML System Design::02 Rubric'
    """
    number = re.match("[0-9]+", key)
    numbered = f"{number.group()} {title}" if number else title
    return "::".join(filter(None, [root, numbered]))


class Documents:
    """The parsed texts of a collection: each text is parsed when it is first asked for, and then
    remembered."""

    __slots__ = ("_parsed", "_plain", "_simple")

    def __init__(self) -> None:
        self._parsed: dict[tuple[str, bool], markup.Document] = {}
        self._simple: dict[str, markup.Simple | None] = {}
        self._plain: dict[tuple[str, bool], str] = {}

    def of(self, text: str, *, clozes: bool = False) -> markup.Document:
        """Return the tree of a Markdown text; with `clozes`, `{{c1::…}}` in it are cloze deletions."""
        key = (text, clozes)
        found = self._parsed.get(key)
        if found is None:
            found = self._parsed[key] = markup.parse(text, clozes=clozes)
        return found

    def plain(self, text: str, *, clozes: bool = False) -> str:
        """Return a Markdown text without its markup; a formula counts as one word."""
        key = (text, clozes)
        found = self._plain.get(key)
        if found is None:
            simple = None if clozes or key in self._parsed else self.simple(text)
            written = simple.plain(FORMULA) if simple else plain_text(self.of(text, clozes=clozes).root)
            found = self._plain[key] = written.strip()
        return found

    def simple(self, text: str) -> markup.Simple | None:
        """Return what a text without clozes becomes if it needs no tree, None if it needs one."""
        if text not in self._simple:
            self._simple[text] = markup.simple(text)
        return self._simple[text]

    def html(self, text: str, media: Mapping[str, str] | None = None, *, clozes: bool = False) -> str:
        """Return the HTML of a Markdown text as Anki gets it; `media` maps files to their names in the
        package."""
        known = (text, clozes) in self._parsed
        simple = None if clozes or known else self._simple.pop(text, None) or markup.simple(text)
        return simple.html if simple is not None else markup.to_html(self.of(text, clozes=clozes), media)


@dataclass(frozen=True, slots=True)
class Note:
    """What an author wrote: `Note("EV01", types["basic"], {"front": "What is recall?", "back": "…"})`.

    `type` is one of `flashcards.note_types()`. `fields` holds the note type's own fields and of the common
    ones (`why`, `hint`, `extra`) those that are filled, by key: a `str`, for a list a tuple of them, for
    choices a tuple of `Choice`s, for a table a `Table`. Whether they are right, `flashcards.check` says."""

    id: str
    type: NoteType
    fields: Mapping[str, Value]
    tags: tuple[str, ...] = ()  # as Anki gets them, sorted
    citations: tuple[Citation, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by key: level, area, …
    sums: tuple[Sum, ...] = ()  # `check:`
    ignore: Mapping[str, str] = field(default_factory=dict)  # rule → reason
    retired: str | None = None  # the reason
    derived_id: bool = False  # the author gave none
    origin: Origin | None = field(default=None, compare=False, repr=False)
    documents: Documents = field(default_factory=Documents, compare=False, repr=False)

    @property
    def kind(self) -> str:
        """The kind of its note type, as authors write it."""
        return self.type.kind

    def text(self, key: str) -> str:
        """Return a text or Markdown field, empty if it is not filled."""
        value = self.fields.get(key, "")
        return value if isinstance(value, str) else ""

    def has_tag(self, tag: str) -> bool:
        """Tell whether the note has this tag or one below it, in whatever case."""
        return has_any_tag(self.tags, [tag])

    @property
    def front(self) -> str:
        """The text of the first field, by which a reader knows the note."""
        return self.text(self.type.fields[0].key)

    def span(self, key: str | None = None) -> Span | None:
        """Return where the value of `key` was written, or the note itself; None if it was made in Python."""
        return self.origin.span(key) if self.origin is not None else None

    def key_span(self, key: str) -> Span | None:
        """Return where the word `key` itself was written; None if the note was made in Python."""
        return self.origin.key_span(key) if self.origin is not None else None

    def node(self, key: str) -> yaml.Node | None:
        """Return the YAML behind `key`, from the note or its deck's defaults; None if there is none."""
        return self.origin.value(key) if self.origin is not None else None


@dataclass(frozen=True, slots=True)
class Deck:
    """Notes that are studied together, from a YAML file or made in Python:
    `Deck("01-evaluation", "Evaluation", (note,))`."""

    key: str  # the file's name without `.yaml`; numeric ids hang on it
    title: str
    notes: tuple[Note, ...]
    name: str = ""  # in Anki, with its parents; if empty, `deck_name` says what a build takes
    description: str = ""  # Markdown
    origin: Origin | None = field(default=None, compare=False, repr=False)
    path: Path | None = None
    documents: Documents = field(default_factory=Documents, compare=False, repr=False)

    @property
    def file(self) -> tuple[Path, Origin]:
        """The deck's file and its YAML. Raises `NoFileError` if the deck was made in Python."""
        if self.path is None or self.origin is None:
            raise NoFileError(f"the deck `{self.title}` was made in Python and has no file")
        return self.path, self.origin

    def key_span(self, key: str) -> Span | None:
        """Return where the word `key` was written; None if the deck was made in Python."""
        return self.origin.key_span(key) if self.origin is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Decks with what they share, from a folder or made in Python:
    `Collection(id="my-cards", title="My cards", decks=(deck,), created=date(2026, 11, 22))`.

    `id` is part of every GUID: another id makes other notes of them. `path` is the folder whose `templates/`
    are used, and in which the times of builds are remembered."""

    id: str
    title: str
    decks: tuple[Deck, ...]
    created: date  # note and card ids count up from this day
    note_types: Mapping[str, NoteType] = field(default_factory=dict)  # by kind; a build adds those of notes
    short_title: str = ""  # begins the note types' names in Anki; the title if empty
    root: str = ""  # Anki's deck above all of these; the title if empty
    description: str = ""
    released: bool = False
    language: str = "en"
    fonts: tuple[str, ...] = ()  # families in the folder `fonts/`, for letters that print's own font lacks
    system_fonts: tuple[str, ...] = ()  # families installed on the machine that prints
    keys: Mapping[str, Key] = field(default_factory=dict)  # beside those of every note, what notes may say
    vocabularies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)  # content rules that are on; 0: has no limit
    references: Mapping[str, Reference] = field(default_factory=dict)
    media: Mapping[str, Path] = field(default_factory=dict)  # by file name
    path: Path | None = None  # its folder
    origin: Origin | None = field(default=None, compare=False, repr=False)
    documents: Documents = field(default_factory=Documents, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("short_title", "root"):
            if not getattr(self, name):
                object.__setattr__(self, name, self.title)

    @property
    def has_fonts(self) -> bool:
        """Whether it brings or names fonts for print."""
        files = self.path is not None and (self.path / "fonts").is_dir()
        return files or bool(self.fonts or self.system_fonts)

    @property
    def folder(self) -> Path:
        """The collection's folder. Raises `NoFileError` if the collection was made in Python."""
        if self.path is None:
            raise NoFileError(f"the collection `{self.title}` was made in Python and has no folder")
        return self.path

    def notes(self) -> Iterator[tuple[Deck, Note]]:
        """Yield every note in study order, retired ones too."""
        for deck in self.decks:
            for note in deck.notes:
                yield deck, note
