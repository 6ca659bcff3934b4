"""Note types as data: each is a folder under `templates/notetypes/` with its fields, Anki card templates and print form.

Reads `notetype.yaml`, renders the card templates through Jinja, and says which cards a note makes, by Anki's rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from traceback import extract_tb
from typing import Any, Literal, get_args

from flashcards.diagnostics import Diagnostic, FlashcardsError, Source, Span, did_you_mean, error
from flashcards.languages import cloze, yaml
from flashcards.resources import bundled

FieldKind = Literal["text", "markdown", "list", "choices", "table"]

# Anki renames fields with these characters, or reads them as filters and sections: the next import then conflicts for ever.
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


# The fields that follow every note type's own. Learners fill `Example` themselves. The spare ones are there so that
# a later release can rename one (its id stays) where adding a field would make Anki fork the note type.
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


@dataclass(frozen=True, slots=True)
class RenderedCard:
    name: str
    id: int
    front: str
    back: str


@dataclass(frozen=True, slots=True)
class Look:
    """A note type's card templates and CSS as Anki gets them."""

    cards: tuple[RenderedCard, ...]
    css: str


def folders(collection: Path | None) -> list[Path]:
    """Return where templates are looked for: a collection's own `templates/` first, then the shipped ones."""
    own = [collection / "templates"] if collection is not None else []
    return [folder for folder in [*own, bundled("templates")] if folder.is_dir()]


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
        reader.report("a note type with `cloze` has one card template: Anki makes a card of it for each number", top["cards"])
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
                self.problems.append(error("bad-note-type", f"unknown key `{key}`", place, hint=did_you_mean(key, known)))
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
            key, name, number = self.text(entry.get("key")), self.text(entry.get("name")), self.number(entry.get("id"), 1)
            kind = self.text(entry.get("kind")) or "markdown"
            if not re.fullmatch("[a-z][a-z0-9_]*", key) or key in keys:
                self.report(
                    f"`{key}` cannot be a field's key", item, "small letters; no key twice, nor one that every note has"
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


def render(note_type: NoteType, template_folders: Sequence[Path]) -> Look:
    """Render a note type's card templates and the shared CSS.

    Templates may extend and include files of `_layout/`; `[[ ]]`, `[% %]` and `[## ##]` are Jinja's, `{{ }}` stays Anki's.
    Raises `BrokenTemplateError` if a template is wrong.
    """
    environment = _environment(tuple(template_folders))
    variables: Mapping[str, Any] = {"type": note_type, "fields": note_type.fields}

    def file(name: str) -> str:
        return str(environment.get_template(f"{note_type.kind}/{name}").render(variables)).strip() + "\n"

    def side(name: str) -> str:
        template = file(name)
        if mistake := _mistake(template, {field.name for field in note_type.all_fields}):
            raise BrokenTemplateError(f"{note_type.folder / name}: {mistake}")
        return template

    with broken_templates():
        css = environment.get_template("_layout/card.css").render(variables)
        if (note_type.folder / "card.css").is_file():
            css += file("card.css")
        return Look(tuple(RenderedCard(c.name, c.id, side(c.front), side(c.back)) for c in note_type.cards), css)


class BrokenTemplateError(FlashcardsError):
    """A template cannot be rendered; says where, and what Jinja or Anki would find. A collection's own are its author's to
    mend."""


@contextmanager
def broken_templates() -> Iterator[None]:
    """Turn Jinja's errors into `BrokenTemplateError`."""
    from jinja2 import TemplateError, TemplateNotFound

    try:
        yield
    except TemplateNotFound as problem:
        raise BrokenTemplateError(f"there is no template `{problem.name}`") from None
    except TemplateError as problem:
        # Jinja puts the templates' own lines into the traceback
        place = [frame for frame in extract_tb(problem.__traceback__) if not frame.filename.endswith(".py")][-1]
        raise BrokenTemplateError(f"{place.filename}:{place.lineno}: {problem.message}") from None


def _environment(template_folders: tuple[Path, ...]) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader([folder / "notetypes" for folder in template_folders]),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # the templates are ours and hold no deck text
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[##",
        comment_end_string="##]",
    )


_TAG = re.compile(r"<!--.*?-->|{{(.*?)}}", re.DOTALL)
_BLANK_HTML = re.compile(r"(?i)(?:[\t-\r ]|</?(?:br|div) ?/?>)*")  # not &nbsp;
_NEVER_BLANK = frozenset({"Type", "Deck", "Subdeck", "Card", "CardFlag", "CardID"})  # special fields of Anki


def card_ordinals(note_type: NoteType, look: Look, fields: Mapping[str, str]) -> list[int]:
    """Return the ordinals (from 0) of the cards that Anki would make of a note; `fields` by Anki name, as HTML.

    A cloze note makes a card for each number; any other note makes one for each template whose front shows a field
    that is not empty, and so do all special ones but `Tags`, which is taken for empty, and `FrontSide`. Source: Anki's
    `rslib/src/template.rs`, `field_is_empty` and `template_is_empty`.
    """
    if note_type.cloze_field is not None:
        name = next(field.name for field in note_type.fields if field.key == note_type.cloze_field)
        return cloze.ordinals(fields[name])
    filled = _NEVER_BLANK | {name for name, html in fields.items() if html and not _BLANK_HTML.fullmatch(html)}
    return [i for i, card in enumerate(look.cards) if _shows_a_field(card.front, filled)]


@cache
def _tags(template: str) -> list[tuple[str, str]]:
    """Return each `{{…}}` outside comments as its mark (`#`, `^`, `/` or none) and what follows."""
    insides = (match[1].lstrip("{").strip() for match in _TAG.finditer(template) if match[1] is not None)
    return [(inside[:1], inside[1:].strip()) if inside[:1] in ("#", "^", "/") else ("", inside) for inside in insides]


def _mistake(template: str, names: AbstractSet[str]) -> str | None:
    """Return what Anki could not make of a card template with fields of these names, if anything."""
    open_: list[str] = []
    for mark, name in _tags(template):
        field = name.rsplit(":", 1)[-1].strip()
        if mark == "/":
            if not open_ or open_.pop() != name:
                return f"`{{{{/{name}}}}}` closes nothing"
        elif field not in names | _NEVER_BLANK | {"Tags", "FrontSide"}:
            return f"there is no field `{field}`"
        elif mark:
            open_.append(name)
    return f"`{name}` is not closed: `{{{{/{name}}}}}` is missing" if open_ and (name := open_[-1]) else None


def _shows_a_field(template: str, filled: AbstractSet[str]) -> bool:
    hidden: list[bool] = []
    for mark, name in _tags(template):
        if mark in ("#", "^"):
            hidden.append((name in filled) == (mark == "^"))
        elif mark == "/":
            hidden.pop()
        elif not any(hidden) and name.rsplit(":", 1)[-1].strip() in filled:
            return True
    return False
