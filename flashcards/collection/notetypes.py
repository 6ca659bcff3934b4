"""Note types as data, read from `notetype.yaml`: each is a folder under `templates/notetypes/` with its
fields, Anki card templates and print form."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from flashcards.collection.shapes import Shapes
from flashcards.diagnostics import Diagnostic, Span, did_you_mean
from flashcards.languages import yaml

FieldKind = Literal["text", "markdown", "list", "choices", "table"]

# Anki renames fields with these characters, or reads them as filters and sections: the next import then
# conflicts for ever.
_BAD_NAME = re.compile(r'[:"{}]|^[#^/]|^\s|\s$')
_RESERVED_KEYS = {"kind", "tags", "check", "retired", "ignore"}
_RESERVED_NAMES = {"tags", "type", "deck", "card", "subdeck", "cardflag", "frontside"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a note type: `key` in YAML, `name` in Anki; `id` never changes."""

    key: str
    name: str
    id: int
    kind: FieldKind = "markdown"
    required: bool = False
    answer: bool = False  # part of what the learner must recall: checks count its words
    right_of: str | None = None  # not written by authors: the right option of this `choices` field
    help: str = ""


@dataclass(frozen=True, slots=True)
class CardTemplate:
    name: str
    id: int
    front: str  # file names in the note type's folder
    back: str


# The fields that follow every note type's own. Learners fill `Example` themselves. The spare ones are there
# so that a later release can rename one (its id stays) where adding a field would make Anki fork the note
# type.
COMMON_FIELDS = (
    Field("why", "Why", 901, help="the reason that lets a learner rebuild the answer"),
    Field("hint", "Hint", 902, help="shown on the front when the learner asks for it"),
    Field("example", "Example", 903, help="left to the learner; shipped empty"),
    Field("extra", "Extra", 904, help="more, below the answer"),
    Field("sources", "Sources", 905, kind="text"),
    Field("id", "Id", 906, kind="text"),
    Field("spare1", "Spare 1", 907),
    Field("spare2", "Spare 2", 908),
)


@dataclass(frozen=True, slots=True)
class NoteType:
    """A note type as its folder describes it; `fields` are its own, in order, without the common ones."""

    kind: str
    label: str
    revision: int  # `render:`, raised on purpose when unchanged notes must be sent again
    fields: tuple[Field, ...]
    cards: tuple[CardTemplate, ...]
    cloze_field: str | None  # key of the field whose deletions make the cards, None for a normal note type
    folder: Path
    all_fields: tuple[Field, ...] = dataclasses.field(init=False, repr=False)  # with the common ones behind

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_fields", self.fields + COMMON_FIELDS)

    @property
    def written_fields(self) -> tuple[Field, ...]:
        """Its own fields that authors write; the others follow from those."""
        return tuple(field for field in self.fields if field.right_of is None)

    def name(self, short_title: str) -> str:
        """Return the name in Anki, which must never be that of a stock type."""
        return f"{short_title} {self.label}"


def load(template_folders: Iterable[Path]) -> tuple[dict[str, NoteType], list[Diagnostic]]:
    """Load every note type; of two folders with one name the first counts."""
    types: dict[str, NoteType] = {}
    problems: list[Diagnostic] = []
    for root in template_folders:
        for path in sorted((root / "notetypes").glob("*/notetype.yaml")):
            kind = path.parent.name
            if kind not in types:
                found, faults = _read(path, kind)
                problems += faults
                if found is not None:
                    types[kind] = found
    return types, problems


def _read(path: Path, kind: str) -> tuple[NoteType | None, list[Diagnostic]]:
    source, problems = yaml.read(path)
    root = None
    if not problems:
        root, problems = yaml.parse(source)
    if problems:
        return None, problems
    reader = _Reader(source, rule="bad-note-type")
    top = reader.mapping(root, {"label", "render", "fields", "cards", "cloze"}, {"label", "fields", "cards"})
    fields = tuple(reader.fields(top.get("fields")))
    cards = tuple(reader.cards(top.get("cards"), path.parent))
    cloze_field = reader.optional_text(top, "cloze")
    if cloze_field and cloze_field not in {field.key for field in fields}:
        reader.fault("`cloze` must name one of the fields", top["cloze"])
    if cloze_field and len(cards) > 1:
        message = "a note type with `cloze` has one card template: Anki makes a card of it for each number"
        reader.fault(message, top["cards"])
    if fields and not fields[0].required:
        reader.fault("the first field must be `required: true`: Anki knows a note by it", root)
    label, revision = reader.optional_text(top, "label"), reader.number(top.get("render"), "render", 1)
    if isinstance(top.get("label"), yaml.Scalar) and not label.strip():
        reader.fault("`label` is empty: the name in Anki ends with it", top["label"])
    choices = {field.key for field in fields if field.kind == "choices"}
    for field in fields:
        if field.right_of and field.right_of not in choices:
            reader.fault(f"`right_of: {field.right_of}` must name a field of kind `choices`", top["fields"])
    if reader.problems or not fields or not cards:
        return None, reader.problems
    return NoteType(kind, label, revision, fields, cards, cloze_field or None, path.parent), []


class _Reader(Shapes):
    """Reads one `notetype.yaml`."""

    def fault(self, message: str, node: yaml.Node | None, hint: str | None = None) -> None:
        """Report what is wrong with a value, at the beginning of the file if there is none."""
        start, end = (node.start, node.end) if node is not None else (0, 0)
        self.report(message, Span(self.source, start, end), hint)

    def mapping(self, node: yaml.Node | None, known: set[str], required: set[str]) -> dict[str, yaml.Node]:
        """Return the values of the known keys; report unknown ones, and required ones that are missing."""
        if not isinstance(node, yaml.Mapping):
            self.fault("expected `key: value` lines here", node)
            return {}
        for key, entry in node.entries.items():
            if key not in known:
                self.report(f"unknown key `{key}`", self.key_span(entry), did_you_mean(key, known))
        for key in sorted(required - set(node.entries)):
            self.fault(f"`{key}` is missing", node)
        return {key: entry.value for key, entry in node.entries.items() if key in known}

    def optional_text(self, values: Mapping[str, yaml.Node], key: str) -> str:
        """Return a text, empty if it is not there."""
        return self.text(values[key], key) if key in values else ""

    def filled(self, node: yaml.Node | None, key: str) -> list[yaml.Node]:
        """Return the items of a list that must not be empty."""
        if node is None:  # which has been said
            return []
        items = self.items(node, key, "a list")
        if isinstance(node, yaml.Sequence) and not items:
            self.fault(f"`{key}` is empty", node)
        return items

    def fields(self, node: yaml.Node | None) -> Iterator[Field]:
        known = {"key", "name", "id", "kind", "required", "answer", "right_of", "help"}
        keys = {field.key for field in COMMON_FIELDS} | _RESERVED_KEYS
        names = {field.name.lower() for field in COMMON_FIELDS} | _RESERVED_NAMES
        ids = {field.id for field in COMMON_FIELDS}
        for item in self.filled(node, "fields"):
            entry = self.mapping(item, known, {"key", "name", "id"})
            key, name = self.optional_text(entry, "key"), self.optional_text(entry, "name")
            number = self.number(entry.get("id"), "id", 1)
            kind = self.optional_text(entry, "kind") or "markdown"
            if not re.fullmatch("[a-z][a-z0-9_]*", key) or key in keys:
                hint = "small letters; no key twice, nor one that every note has"
                self.fault(f"`{key}` cannot be a field's key", item, hint)
            if not name or _BAD_NAME.search(name) or name.lower() in names:
                hint = "letters and blanks, no name twice, none of Anki's own (Tags, Deck, Card, …)"
                self.fault(f"`{name}` cannot be a field's name in Anki", item, hint)
            if number in ids:
                self.fault(f"id {number} is taken", item)
            if kind not in get_args(FieldKind):
                self.fault(f"unknown field kind `{kind}`", item, "one of " + ", ".join(get_args(FieldKind)))
            keys.add(key)
            names.add(name.lower())
            ids.add(number)
            yield Field(
                key,
                name,
                number,
                kind=kind,  # type: ignore[arg-type]  # checked above
                required=self.flag(entry.get("required"), "required"),
                answer=self.flag(entry.get("answer"), "answer"),
                right_of=self.optional_text(entry, "right_of") or None,
                help=self.optional_text(entry, "help"),
            )

    def cards(self, node: yaml.Node | None, folder: Path) -> Iterator[CardTemplate]:
        seen: set[str | int] = set()
        keys = {"name", "id", "front", "back"}
        for item in self.filled(node, "cards"):
            entry = self.mapping(item, keys, keys)
            name, front, back = (self.optional_text(entry, key) for key in ("name", "front", "back"))
            card = CardTemplate(name, self.number(entry.get("id"), "id", 1), front, back)
            if not card.name or card.name in seen or card.id in seen:
                self.fault("a card's name and id must be there and differ from the others'", item)
            for file in (card.front, card.back):
                if file and ("/" in file or not (folder / file).is_file()):
                    self.fault(f"no file `{file}` in this folder", item)
            seen |= {card.name, card.id}
            yield card
