"""One deck file → a `Deck` with its notes, and what is wrong in it. Each deck is read by itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from flashcards.collection.keys import DECK_KEYS, ID, ID_HINT, LABELS, OTHER_WORDS, note_keys
from flashcards.collection.model import (
    Choice,
    Citation,
    Deck,
    Documents,
    Note,
    Origin,
    Reference,
    Sum,
    Table,
    Value,
    deck_name,
)
from flashcards.collection.names import TAG_HINT, deck_name_fault, is_tag
from flashcards.collection.notetypes import (
    CLOZE_KIND,
    USUAL_KIND,
    WRITTEN_COMMON_FIELDS,
    Field,
    NoteType,
)
from flashcards.collection.settings import Settings
from flashcards.collection.shapes import Shapes, is_blank, read_mapping, shape_name
from flashcards.diagnostics import Diagnostic, Source, did_you_mean, warning
from flashcards.languages import yaml

_NO = frozenset({"false", "no", "off", "False", "No", "~", "null", "none", "None"})
_FLAGS = _NO | {"true", "yes", "on", "True", "Yes"}


class Context(NamedTuple):
    """What a deck file is read with: the settings, note types and sources of its collection."""

    settings: Settings
    note_types: Mapping[str, NoteType]
    references: Mapping[str, Reference]
    documents: Documents

    def keys_of(self, kind: str) -> frozenset[str]:
        """Return the keys that a note of this kind may have."""
        fields = (field.key for field in self.note_types[kind].written_fields)
        return frozenset({*note_keys(self.settings.keys.values()), *fields})


def not_one_right(key: str, count: int) -> str:
    """Return what is wrong with options of which `count` are right."""
    return f"`{key}` has {count or 'no'} right options; it needs exactly one"


class DeckFiles:
    """Reads the deck files of a collection, one at a time."""

    def __init__(self, context: Context):
        self.context = context
        self.known_keys = {kind: context.keys_of(kind) for kind in context.note_types}
        self.default_keys = frozenset(note_keys()).union(*self.known_keys.values())
        self.labels = (*LABELS, *context.settings.keys.values())
        self.undeclared = {name for name, key in context.settings.keys.items() if key.undeclared}

    def read(
        self, path: Path, data: bytes | None = None, documents: Documents | None = None
    ) -> tuple[Deck | None, list[Diagnostic]]:
        """Read a deck file. The deck is None if the file cannot be understood as one.

        `data` are the file's bytes if they have been read already; `documents` keeps the deck's parsed texts,
        by default together with those of the collection.
        """
        source, node, problems = read_mapping(path, "`title:` and `notes:`", data)
        if node is None:
            return None, problems
        reader = _Reader(source, self, documents or self.context.documents)
        deck = reader.deck(node, path)
        return deck, [*problems, *reader.problems]


class _Reader(Shapes):
    """Reads one deck file."""

    def __init__(self, source: Source, files: DeckFiles, documents: Documents):
        super().__init__(source)
        self.context = files.context
        self.documents = documents
        self.known_keys = files.known_keys
        self.default_keys = files.default_keys
        self.labels = files.labels
        self.undeclared = files.undeclared

    def kinds_with(self, key: str) -> str | None:
        kinds = [f"`{kind}`" for kind, keys in self.known_keys.items() if key in keys]
        return f"notes of kind {' and '.join(kinds)} have it" if 0 < len(kinds) < 4 else None

    def deck(self, node: yaml.Mapping, path: Path) -> Deck:
        entries = node.entries
        meant = self.unknown_keys(node, DECK_KEYS, self.kinds_with)
        title, name, description = (
            self.text(entries[key].value, key) if key in entries else ""
            for key in ("title", "name", "description")
        )
        if "title" not in meant and ("title" not in entries or is_blank(entries["title"].value)):
            self.report("the deck has no `title`", self.first_key(node), rule="missing-field")
        if title and (fault := deck_name_fault(title)):
            self.report(fault[0], self.span(entries["title"].value), fault[1], rule="bad-name")
        if "name" in entries and isinstance(entries["name"].value, yaml.Scalar):
            if not name.strip():
                self.report("`name` is empty", self.key_span(entries["name"]), rule="empty-field")
            elif fault := deck_name_fault(name):
                self.report(fault[0], self.span(entries["name"].value), fault[1], rule="bad-name")
        defaults = self.defaults(node)
        deck_tags = self.words(entries["tags"].value, "tags") if "tags" in entries else []
        tags = [tag for tag, scalar in deck_tags if self.is_tag(tag, scalar)]
        notes: list[Note] = []
        written = entries.get("notes")
        if written is None:
            if "notes" not in meant:
                hint = "`notes:`, and below it each note with a `-`"
                self.report("the deck has no `notes`", self.first_key(node), hint, rule="missing-field")
        elif not isinstance(written.value, yaml.Sequence):
            keys = written.value.entries if isinstance(written.value, yaml.Mapping) else ()
            is_glued = any(key.startswith("-") for key in keys)
            message = "`notes:` must be a list, each note beginning with `-`"
            way_out = "write `- key: value`: a blank stands behind the dash" if is_glued else None
            self.report(message, self.key_span(written), way_out)
        else:
            for item in written.value.items:
                if not isinstance(item, yaml.Mapping):
                    message = f"a note must be `key: value` lines, not {shape_name(item)}"
                    self.report(message, self.span(item))
                    continue
                note = self.note(Origin(self.source, item, defaults), tags)
                if note is not None:
                    notes.append(note)
        return Deck(
            key=path.stem,
            title=title,
            notes=tuple(notes),
            name=name or deck_name(self.context.settings.root, path.stem, title),
            description=description.strip(),
            origin=Origin(self.source, node),
            path=path,
            documents=self.documents,
        )

    def defaults(self, node: yaml.Mapping) -> yaml.Mapping | None:
        entry = node.entries.get("defaults")
        if entry is None:
            return None
        if not isinstance(entry.value, yaml.Mapping):
            message = f"`defaults` holds {shape_name(entry.value)}; expected `key: value` lines"
            self.report(message, self.span(entry.value))
            return None
        self.unknown_keys(entry.value, self.default_keys, self.kinds_with, self.undeclared)
        own = entry.value.entries.get("id")
        if own is not None:
            place = self.key_span(own)
            self.report("`id` cannot be a default", place, "each note has its own", rule="unknown-field")
        return entry.value

    def note(self, origin: Origin, deck_tags: list[str]) -> Note | None:
        entries = origin.node.entries
        note_type = self.kind(origin)
        if note_type is None:
            return None
        note_id = self.text(entries["id"].value, "id") if "id" in entries else ""
        known = self.known_keys[note_type.kind]
        meant: set[str] = set()
        if not known >= entries.keys():
            meant = self.unknown_keys(origin.node, known, self.kinds_with, self.undeclared)
        meant |= self.misunderstood(origin, note_type)
        fields = self.fields(origin, note_type, meant)
        labels: dict[str, tuple[str, ...]] = {}
        tags = set(deck_tags)
        written = origin.entries
        for key in self.labels:
            if key.name in written and not (key.undeclared and key.name in note_type.field_keys):
                if OTHER_WORDS.get(key.name) in meant:
                    continue
                node = written[key.name].value
                words = self.words(node, key.name)
                labels[key.name] = tuple(word for word, _ in words)
                for word, scalar in words:
                    tag = key.tag_of(word) if self.in_vocabulary(key.name, word, scalar) else None
                    if tag is not None and self.is_tag(tag, scalar):
                        tags.add(tag)
        own_tags = origin.value("tags")
        for word, scalar in self.words(own_tags, "tags") if own_tags is not None else []:
            if self.in_vocabulary("tags", word, scalar) and self.is_tag(word, scalar):
                tags.add(word)
        citations = self.citations(origin)
        reason = origin.value("retired")
        retired = self.text(reason, "retired").strip() if reason is not None else None
        if reason is not None and is_blank(reason):
            hint = "say why in a few words: learners read it"
            self.report("`retired` needs its reason", origin.key_span("retired"), hint, rule="empty-field")
        elif isinstance(reason, yaml.Scalar) and retired in _FLAGS:
            hint = "delete the line if the note is in study" if retired in _NO else "say why in a few words"
            message = f"`retired` holds the reason that learners read, not `{retired}`"
            self.report(message, self.span(reason), hint)
        sums, ignore = self.sums(origin), self.ignored(origin)
        derived = not note_id
        if derived:
            note_id = self.derived_id(origin, fields.get(note_type.fields[0].key))
        elif not ID.fullmatch(note_id):
            self.report(f"`{note_id}` cannot be an id", origin.span("id"), ID_HINT, rule="bad-id")
        return Note(
            id=note_id,
            type=note_type,
            fields=fields,
            tags=tuple(sorted(tags)),
            citations=citations,
            labels=labels,
            sums=sums,
            ignore=ignore,
            retired=retired,
            derived_id=derived,
            origin=origin,
            documents=self.documents,
        )

    def misunderstood(self, origin: Origin, note_type: NoteType) -> set[str]:
        """Report labels by whose names others call a field that this note needs and lacks; return these
        fields."""
        meant = set()
        for label in LABELS:
            field = OTHER_WORDS.get(label.name)
            own = origin.node.entries.get(label.name)
            if own is None or field is None or field not in note_type.field_keys or field in origin.entries:
                continue
            message = f"`{label.name}` is {label.help}"
            hint = f"what the card asks is `{field}`" if field == "front" else f"did you mean `{field}`?"
            self.report(message, self.key_span(own), hint, rule="unknown-field")
            meant.add(field)
        return meant

    def kind(self, origin: Origin) -> NoteType | None:
        entries = origin.node.entries
        node = entries["kind"].value if "kind" in entries else None
        if node is None and CLOZE_KIND not in entries:
            node = origin.value("kind")
        kind = CLOZE_KIND if CLOZE_KIND in entries else USUAL_KIND
        if node is not None:
            kind = self.text(node, "kind")
            if not isinstance(node, yaml.Scalar):
                return None
        note_types = self.context.note_types
        if kind not in note_types:
            span = self.span(node) if node is not None else origin.span()
            hint = did_you_mean(kind, note_types) or "kinds: " + ", ".join(sorted(note_types))
            self.report(f"unknown kind `{kind}`", span, hint, rule="unknown-kind")
            return None
        return note_types[kind]

    def derived_id(self, origin: Origin, front: Value | None) -> str:
        """Return the id of a note whose author gave none, and say that it has none."""
        written = origin.node.entries.get("id")
        if written is None or is_blank(written.value):
            hint = (
                "`flashcards fix` writes one; without it, changing the front makes a new note "
                "and loses review "
                "history"
            )
            self.problems.append(warning("missing-id", "this note has no `id`", origin.span(), hint=hint))
        text = front if isinstance(front, str) else ""
        return f"front-{hashlib.sha256(normalize('NFC', text).encode()).hexdigest()[:12]}"

    def fields(self, origin: Origin, note_type: NoteType, meant: set[str]) -> dict[str, Value]:
        fields: dict[str, Value] = {}
        for field in note_type.fields:
            if field.right_of is None:
                value = self.value(origin, field, meant)
                if value is not None:
                    fields[field.key] = value
        for field in note_type.fields:
            if field.right_of is not None:
                options = fields.get(field.right_of, ())
                for option in options if isinstance(options, tuple) else ():
                    if isinstance(option, Choice) and option.right:
                        fields[field.key] = option.text
        for field in WRITTEN_COMMON_FIELDS:
            if field.key in origin.entries:
                value = self.value(origin, field, meant)
                if value is not None:
                    fields[field.key] = value
        return fields

    def value(self, origin: Origin, field: Field, meant: set[str]) -> Value | None:
        node = origin.value(field.key)
        if node is None:
            if field.required and field.key not in meant:
                hint = f"`{field.key}`: {field.help}" if field.help else None
                message = f"`{field.key}` is missing"
                self.report(message, origin.span(), hint, rule="missing-field", note=_id_of(origin))
            return None
        if is_blank(node):
            if field.required:
                place = origin.key_span(field.key)
                self.report(f"`{field.key}` is empty", place, rule="empty-field", note=_id_of(origin))
            elif field.kind in ("text", "markdown"):
                self.text(node, field.key)  # `[]` and `{}` are no text, although they hold nothing
            return None
        return self.shaped(origin, node, field) or None

    def shaped(self, origin: Origin, node: yaml.Node, field: Field) -> Value | None:
        kind = field.kind
        if kind == "text" or kind == "markdown":
            return node.text if type(node) is yaml.Scalar else self.text(node, field.key)
        if kind == "list":
            return tuple(word for word, _ in self.words(node, field.key))
        if kind == "choices":
            return self.choices(origin, node, field)
        return self.table(node, field)

    def choices(self, origin: Origin, node: yaml.Node, field: Field) -> tuple[Choice, ...]:
        if not isinstance(node, yaml.Sequence):
            self.items(node, field.key, "a list of options")
            return ()
        choices = []
        for item in node.items:
            right = isinstance(item, yaml.Mapping) and list(item.entries) == ["right"]
            option = item.entries["right"].value if isinstance(item, yaml.Mapping) and right else item
            if is_blank(option):
                self.report(f"`{field.key}` has an empty option", self.span(item))
            choices.append(Choice(self.text(option, field.key), right))
        count = sum(choice.right for choice in choices)
        if count != 1:
            one = "only one may be written as `right:`"
            hint = one if count else "write the right one as `- right: its text`"
            place = origin.key_span(field.key)
            message = not_one_right(field.key, count)
            self.report(message, place, hint, rule="no-right-choice", note=_id_of(origin))
        return tuple(choices)

    def table(self, node: yaml.Node, field: Field) -> Table | None:
        example = "write each row as `- Criterion: Latency`, then a line `Batch: hours` for each column"
        if not isinstance(node, yaml.Sequence):
            self.items(node, field.key, "a list of rows", example)
            return None
        columns: tuple[str, ...] = ()
        rows = []
        for item in node.items:
            if not isinstance(item, yaml.Mapping) or not item.entries:
                what = "empty" if is_blank(item) else shape_name(item)
                self.report(f"a row must be `column: cell` lines, not {what}", self.span(item), example)
                continue
            columns = columns or tuple(item.entries)
            for missing in [c for c in columns if c not in item.entries]:
                hint = "every row has the columns of the first one"
                self.report(f"this row has no `{missing}`", self.span(item), hint)
            for extra in [c for c in item.entries if c not in columns]:
                place = self.key_span(item.entries[extra])
                hint = did_you_mean(extra, columns) or "every row has the columns of the first one"
                self.report(f"the first row has no column `{extra}`", place, hint)
            rows.append(
                tuple(self.text(item.entries[c].value, c) if c in item.entries else "" for c in columns)
            )
        return Table(columns, tuple(rows))

    def citations(self, origin: Origin) -> tuple[Citation, ...]:
        node = origin.value("sources")
        references = self.context.references
        found = []
        for words, scalar in self.words(node, "sources") if node is not None else []:
            key, _, place = words.partition(" ")
            if key in references:
                found.append(Citation(references[key], place.strip()))
            else:
                span = scalar.locate(self.source, 0, len(key))
                hint = did_you_mean(key, references) or "add it to sources.yaml"
                self.report(f"no source `{key}` in sources.yaml", span, hint, rule="unknown-source")
        return tuple(found)

    def sums(self, origin: Origin) -> tuple[Sum, ...]:
        node = origin.value("check")
        items = node.items if isinstance(node, yaml.Sequence) else [node] if node is not None else []
        found = []
        for item in items:
            if isinstance(item, yaml.Mapping) and item.entries.keys() == {"expression", "value"}:
                expression, value = (
                    self.text(item.entries[key].value, key) for key in ("expression", "value")
                )
                found.append(Sum(expression, value))
            else:
                hint = "`check: {expression: 2 * 16, value: 32}`"
                self.report("`check` needs `expression` and `value`", self.span(item), hint)
        return tuple(found)

    def ignored(self, origin: Origin) -> Mapping[str, str]:
        node = origin.value("ignore")
        if node is None:
            return {}
        reasons = node.entries if isinstance(node, yaml.Mapping) else {}
        if not reasons or any(is_blank(reason.value) for reason in reasons.values()):
            hint = "`ignore: {near-duplicate-front: the two answers differ by design}`"
            self.report("`ignore` needs a reason for each rule", self.span(node), hint)
        return {rule: self.text(reason.value, rule) for rule, reason in reasons.items()}

    def in_vocabulary(self, key: str, word: str, scalar: yaml.Scalar) -> bool:
        vocabulary = self.context.settings.vocabularies.get(key)
        if vocabulary is None or word in vocabulary:
            return True
        known = f"known: {', '.join(vocabulary)} (`vocabularies` in collection.yaml)"
        hint = did_you_mean(word, vocabulary) or known
        message = f"`{word}` is no known word for `{key}`"
        self.report(message, self.span(scalar), hint, rule="outside-vocabulary")
        return False

    def is_tag(self, tag: str, scalar: yaml.Scalar) -> bool:
        if not is_tag(tag):
            parts = [part for part in re.split(r"[,\s]+", tag) if part]
            several = len(parts) > 1 and all(map(is_tag, parts))
            hint = f"several are a list, `[{', '.join(parts)}]`; one has no blanks" if several else TAG_HINT
            self.report(f"`{tag}` cannot be a tag", self.span(scalar), hint, rule="bad-tag")
            return False
        return True


def _id_of(origin: Origin) -> str | None:
    node = origin.node.entries["id"].value if "id" in origin.node.entries else None
    return node.text if isinstance(node, yaml.Scalar) else None
