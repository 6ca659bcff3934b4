"""Note types as data, read from `notetype.yaml`: each is a folder under `templates/notetypes/` with its
fields, Anki card templates and print form."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from flashcards.collection.keys import NO_FIELDS, NOTE_KEYS
from flashcards.collection.names import LIVE_HINT, live_markup, type_name_fault
from flashcards.collection.shapes import Shapes
from flashcards.diagnostics import Diagnostic, Span, did_you_mean
from flashcards.languages import yaml

FieldKind = Literal["text", "markdown", "list", "choices", "table"]

# What a note is that names no kind: the first, or the second if it has a key of this name
USUAL_KIND = "basic"
CLOZE_KIND = "cloze"

# Anki renames fields with these characters, or reads them as filters and sections: the next import then
# conflicts for ever.
_BAD_NAME = re.compile(r'[:"{}]|^[#^/]|^\s|\s$')
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


class CardTemplate(NamedTuple):
    name: str
    id: int
    front: str  # file names in the note type's folder
    back: str


# The fields that follow every note type's own. Learners fill `Example` themselves. The spare ones are there
# so that a later release can rename one (its id stays) where adding a field would make Anki fork the note
# type.
COMMON_FIELDS = (
    Field("why", "Why", 901, help=NOTE_KEYS["why"].help),
    Field("hint", "Hint", 902, help=NOTE_KEYS["hint"].help),
    Field("example", "Example", 903, help=NOTE_KEYS["example"].help),
    Field("extra", "Extra", 904, help=NOTE_KEYS["extra"].help),
    Field("sources", "Sources", 905, kind="text"),
    Field("id", "Id", 906, kind="text"),
    Field("spare1", "Spare 1", 907),
    Field("spare2", "Spare 2", 908),
)
WRITTEN_COMMON_FIELDS = tuple(
    field for field in COMMON_FIELDS if field.key in NOTE_KEYS and NOTE_KEYS[field.key].shape == "markdown"
)


class Points(NamedTuple):
    """A list field whose items are points that an answer must make."""

    field: str
    least: int = 1
    most: int = 99
    reasons: bool = False  # each point gives its reason


@dataclass(frozen=True, slots=True)
class Recall:
    """How the notes of a kind are asked and answered (`recall:`): all that rules about the content of notes
    know of a kind. Without it, these rules leave the kind alone. `RECALL` says what each part means."""

    asks: bool = False
    free_answer: bool = False
    hidden_answer: bool = False
    computed: bool = False
    tells_apart: bool = False
    front_words: float = 1
    answer_words: float = 1
    quoted: str | None = None
    named: str | None = None
    starts_with_verb: str | None = None
    reason: str | None = None
    points: Points | None = None


# What `recall:` may say, and what each part means
RECALL: Mapping[str, str] = {
    "asks": "the front asks a question or gives an order",
    "free_answer": "the answer is in the learner's own words: the front asks for no yes or no, no long list",
    "hidden_answer": "the front must not have the words of the answer",
    "computed": "the answer is a number that `check:` recomputes",
    "tells_apart": "the learner tells cases apart, and does not only recall: `stats` counts such notes",
    "front_words": "how many times the limit of `front-length` the front may have",
    "answer_words": "how many times the limit of `answer-length` the answer may have",
    "quoted": "the field that holds what somebody says, in quotation marks",
    "named": "the field that begins with a name in bold, which the quotation does not give away",
    "starts_with_verb": "the field that begins with what somebody does: states, asks, draws",
    "reason": "the field that says why the right option is right",
    "points": "the list of points that an answer makes: how many, and whether each gives its reason",
}


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
    recall: Recall = Recall()
    all_fields: tuple[Field, ...] = dataclasses.field(init=False, repr=False)  # with the common ones behind

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_fields", self.fields + COMMON_FIELDS)

    @property
    def field_keys(self) -> frozenset[str]:
        """The keys of its own fields."""
        return frozenset(field.key for field in self.fields)

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
    source, problems = yaml.read(path, path.parents[3])
    root = None
    if not problems:
        root, problems = yaml.parse(source)
    if problems:
        return None, problems
    reader = _Reader(source, rule="bad-note-type")
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", kind):
        reader.fault(f"`{kind}` cannot be a kind of note", None, "name the folder by letters, digits and `-`")
    known = {"label", "render", "fields", "cards", "cloze", "recall"}
    top = reader.mapping(root, known, {"label", "fields", "cards"})
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
    if label and (fault := type_name_fault(label)):
        reader.fault(fault[0], top["label"], fault[1])
    choices = {field.key for field in fields if field.kind == "choices"}
    for field in fields:
        if field.right_of and field.right_of not in choices:
            reader.fault(f"`right_of: {field.right_of}` must name a field of kind `choices`", top["fields"])
    recall = reader.recall(top["recall"], fields) if "recall" in top else Recall()
    if reader.problems or not fields or not cards:
        return None, reader.problems
    return NoteType(kind, label, revision, fields, cards, cloze_field or None, path.parent, recall), []


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
        keys = {field.key for field in COMMON_FIELDS} | NO_FIELDS
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
            if not name or _BAD_NAME.search(name) or live_markup(name) or name.lower() in names:
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
        files = {path.name for path in folder.iterdir() if path.is_file()}
        keys = {"name", "id", "front", "back"}
        for item in self.filled(node, "cards"):
            entry = self.mapping(item, keys, keys)
            name, front, back = (self.optional_text(entry, key) for key in ("name", "front", "back"))
            card = CardTemplate(name, self.number(entry.get("id"), "id", 1), front, back)
            if not card.name or card.name in seen or card.id in seen:
                self.fault("a card's name and id must be there and differ from the others'", item)
            if live := live_markup(card.name):
                self.fault(f"`{live}` in a card's name would be live where it is shown", item, LIVE_HINT)
            for file in (card.front, card.back):
                if file and file not in files:
                    self.fault(f"no file `{file}` in this folder", item)
            seen |= {card.name, card.id}
            yield card

    def recall(self, node: yaml.Node, fields: Sequence[Field]) -> Recall:
        """Read `recall:`; the fields that it names must be there and hold what is asked of them."""
        found: dict[str, Any] = {}
        for name, value in self.mapping(node, set(RECALL), set()).items():
            default = getattr(Recall(), name)
            if name == "points":
                found[name] = self.points(value, fields)
            elif isinstance(default, bool):
                found[name] = self.flag(value, name)
            elif default is None:
                found[name] = self.field_of(value, name, fields, ("text", "markdown"))
            else:
                found[name] = self.factor(value, name)
        return Recall(**found)

    def points(self, node: yaml.Node, fields: Sequence[Field]) -> Points | None:
        entry = self.mapping(node, {"field", "least", "most", "reasons"}, {"field"})
        if "field" not in entry:
            return None
        least, most = self.number(entry.get("least"), "least", 1), self.number(entry.get("most"), "most", 99)
        if least > most:
            self.fault(f"`least: {least}` is more than `most: {most}`", node)
        key = self.field_of(entry["field"], "field", fields, ("list",))
        return Points(key, least, most, self.flag(entry.get("reasons"), "reasons"))

    def field_of(self, node: yaml.Node, name: str, fields: Sequence[Field], kinds: Sequence[str]) -> str:
        """Return the key of a field of one of these field kinds."""
        key = self.text(node, name)
        fitting = [field.key for field in fields if field.kind in kinds]
        if key not in fitting:
            hint = did_you_mean(key, fitting) or f"there are: {', '.join(fitting) or 'none'}"
            wanted = " or ".join(f"`{kind}`" for kind in kinds)
            self.fault(f"`{name}` must name a field of kind {wanted}", node, hint)
        return key

    def factor(self, node: yaml.Node, name: str) -> float:
        text = self.text(node, name)
        if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,4})?", text) and float(text) > 0:
            return float(text)
        self.fault(f"`{name}` is a number such as 1.5, not `{text}`", node)
        return 1
