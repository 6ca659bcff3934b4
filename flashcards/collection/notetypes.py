"""Note types as data: each is a folder under `templates/notetypes/` with its fields, Anki card templates and
print form.

Reads `notetype.yaml`, renders the card templates through Jinja, and says which cards a note makes, by Anki's
rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from flashcards.diagnostics import Diagnostic, Source, Span, did_you_mean, error
from flashcards.languages import yaml

FieldKind = Literal["text", "markdown", "list", "choices", "table"]

# Anki renames fields with these characters, or reads them as filters and sections: the next import then
# conflicts for ever.
_BAD_NAME = re.compile(r'[:"{}]|^[#^/]|^\s|\s$')
_RESERVED_KEYS = {"kind", "tags", "check", "retired", "ignore"}
_RESERVED_NAMES = {"tags", "type", "deck", "card", "subdeck", "cardflag", "frontside"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `key` in YAML, `name` in Anki, `id` for ever."""

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
    render: int
    fields: tuple[Field, ...]
    cards: tuple[CardTemplate, ...]
    cloze_field: str | None  # key of the field whose deletions make the cards, None for a normal note type
    folder: Path

    @property
    def written_fields(self) -> tuple[Field, ...]:
        """Its own fields that authors write; the others follow from those."""
        return tuple(field for field in self.fields if field.right_of is None)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        return self.fields + COMMON_FIELDS

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
    text, problems = yaml.read(path)
    root = None
    if not problems:
        root, problems = yaml.parse(text)
    if problems:
        return None, problems
    reader = _Reader(text)
    top = reader.mapping(root, {"label", "render", "fields", "cards", "cloze"}, {"label", "fields", "cards"})
    fields = tuple(reader.fields(top.get("fields")))
    cards = tuple(reader.cards(top.get("cards"), path.parent))
    cloze_field = reader.text(top.get("cloze"))
    if cloze_field and cloze_field not in {field.key for field in fields}:
        reader.report("`cloze` must name one of the fields", top["cloze"])
    if cloze_field and len(cards) > 1:
        reader.report(
            "a note type with `cloze` has one card template: Anki makes a card of it for each number",
            top["cards"],
        )
    if fields and not fields[0].required:
        reader.report("the first field must be `required: true`: Anki knows a note by it", root)
    label, render = reader.text(top.get("label")), reader.number(top.get("render"), default=1)
    if isinstance(top.get("label"), yaml.Scalar) and not label.strip():
        reader.report("`label` is empty: the name in Anki ends with it", top["label"])
    choices = {field.key for field in fields if field.kind == "choices"}
    for field in fields:
        if field.right_of and field.right_of not in choices:
            reader.report(f"`right_of: {field.right_of}` must name a field of kind `choices`", top["fields"])
    if reader.problems or not fields or not cards:
        return None, reader.problems
    return NoteType(kind, label, render, fields, cards, cloze_field or None, path.parent), []


class _Reader:
    """Turns the nodes of a `notetype.yaml` into values, collecting what is wrong."""

    def __init__(self, text: Source):
        self.source = text
        self.problems: list[Diagnostic] = []

    def report(self, message: str, node: yaml.Node | None, hint: str | None = None) -> None:
        start, end = (node.start, node.end) if node is not None else (0, 0)
        self.problems.append(error("bad-note-type", message, Span(self.source, start, end), hint=hint))

    def mapping(self, node: yaml.Node | None, known: set[str], required: set[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.Mapping):
            self.report("expected `key: value` lines here", node)
            return {}
        for key, entry in node.entries.items():
            if key not in known:
                place = Span(self.source, entry.start, entry.end)
                self.problems.append(
                    error("bad-note-type", f"unknown key `{key}`", place, hint=did_you_mean(key, known))
                )
        for key in sorted(required - set(node.entries)):
            self.report(f"`{key}` is missing", node)
        return {key: entry.value for key, entry in node.entries.items() if key in known}

    def items(self, node: yaml.Node | None) -> list[yaml.Node]:
        if isinstance(node, yaml.Sequence) and node.items:
            return node.items
        if node is not None:  # else it is missing, which has been said
            self.report("expected a list here", node)
        return []

    def text(self, node: yaml.Node | None) -> str:
        if node is None or isinstance(node, yaml.Scalar):
            return node.text if node else ""
        self.report("expected text here", node)
        return ""

    def number(self, node: yaml.Node | None, default: int = 0) -> int:
        text = self.text(node) or str(default)
        if text.isdecimal() and int(text) > 0:
            return int(text)
        self.report(f"expected a whole number above 0, not `{text}`", node)
        return 1

    def flag(self, node: yaml.Node | None) -> bool:
        text = self.text(node) or "false"
        if text not in ("true", "false"):
            self.report(f"expected true or false, not `{text}`", node)
        return text == "true"

    def fields(self, node: yaml.Node | None) -> Iterator[Field]:
        known = {"key", "name", "id", "kind", "required", "answer", "right_of", "help"}
        keys = {field.key for field in COMMON_FIELDS} | _RESERVED_KEYS
        names = {field.name.lower() for field in COMMON_FIELDS} | _RESERVED_NAMES
        ids = {field.id for field in COMMON_FIELDS}
        for item in self.items(node):
            entry = self.mapping(item, known, {"key", "name", "id"})
            key, name, number = (
                self.text(entry.get("key")),
                self.text(entry.get("name")),
                self.number(entry.get("id"), 1),
            )
            kind = self.text(entry.get("kind")) or "markdown"
            if not re.fullmatch("[a-z][a-z0-9_]*", key) or key in keys:
                self.report(
                    f"`{key}` cannot be a field's key",
                    item,
                    "small letters; no key twice, nor one that every note has",
                )
            if not name or _BAD_NAME.search(name) or name.lower() in names:
                hint = "letters and blanks, no name twice, none of Anki's own (Tags, Deck, Card, …)"
                self.report(f"`{name}` cannot be a field's name in Anki", item, hint)
            if number in ids:
                self.report(f"id {number} is taken", item)
            if kind not in get_args(FieldKind):
                self.report(f"unknown field kind `{kind}`", item, "one of " + ", ".join(get_args(FieldKind)))
            keys.add(key)
            names.add(name.lower())
            ids.add(number)
            yield Field(
                key, name, number,
                kind=kind,  # type: ignore[arg-type]  # checked above
                required=self.flag(entry.get("required")),
                answer=self.flag(entry.get("answer")),
                right_of=self.text(entry.get("right_of")) or None,
                help=self.text(entry.get("help")),
            )  # fmt: skip

    def cards(self, node: yaml.Node | None, folder: Path) -> Iterator[CardTemplate]:
        seen: set[str | int] = set()
        for item in self.items(node):
            entry = self.mapping(item, {"name", "id", "front", "back"}, {"name", "id", "front", "back"})
            name, front, back = (self.text(entry.get(key)) for key in ("name", "front", "back"))
            card = CardTemplate(name, self.number(entry.get("id"), 1), front, back)
            if not card.name or card.name in seen or card.id in seen:
                self.report("a card's name and id must be there and differ from the others'", item)
            for file in (card.front, card.back):
                if file and ("/" in file or not (folder / file).is_file()):
                    self.report(f"no file `{file}` in this folder", item)
            seen |= {card.name, card.id}
            yield card
