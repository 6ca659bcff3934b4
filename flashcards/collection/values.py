"""Checks the values of a collection that was made in Python, by the rules that decks in files are read by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar
from unicodedata import normalize

from flashcards.collection.content_rules import CONTENT_RULES, FORMER_NAMES, ContentRule
from flashcards.collection.decks import not_one_right
from flashcards.collection.declarations import CLASH_HINT, clash, name_mistake
from flashcards.collection.keys import ID, ID_HINT, LABELS, NOTE_KEYS, Allowed, Key
from flashcards.collection.loader import duplicate_ids, duplicate_names
from flashcards.collection.model import (
    Choice,
    Citation,
    Collection,
    Deck,
    Note,
    Reference,
    Sum,
    Table,
    Value,
    deck_name,
)
from flashcards.collection.names import TAG_HINT, created_fault, deck_name_fault, is_tag, type_name_fault
from flashcards.collection.notetypes import WRITTEN_COMMON_FIELDS, Field, NoteType
from flashcards.collection.settings import is_web_address
from flashcards.diagnostics import Diagnostic, did_you_mean, error
from flashcards.languages import yaml
from flashcards.reporting import count
from flashcards.resources import template_folders

_T = TypeVar("_T")

_FILE_NAME = re.compile(r'(?!\.)[^/\\:*?"<>|]{1,100}')


def settled(collection: Collection) -> tuple[Collection, list[Diagnostic]]:
    """Return a collection as a build takes it, and everything that is wrong with its values.

    Lists become tuples, paths `Path`s, and texts Unicode's form NFC. Tags are sorted, those of labels among
    them. Filled in are the names of decks, the note types in use, and the field that repeats the right
    option. What cannot be used is left out, with a finding that names the note. A collection read from files
    comes back equal."""
    values = _Values(collection)
    return values.collection(), list(dict.fromkeys(values.problems))


class _Values:
    """Reads the values of one collection, and collects what is wrong with them."""

    def __init__(self, given: Collection):
        self.given = given
        self.problems: list[Diagnostic] = []
        self.note: Note | None = None  # that is being read
        self.where = ""  # begins messages: which deck or note is meant, if neither a place nor an id says it
        self.types: dict[str, NoteType] = {}
        self.labels_by_name: dict[str, Key] = {}

    def report(self, rule: str, message: str, hint: str | None = None, *, key: str | None = None) -> None:
        """Add an error about the collection, or about the note that is being read."""
        span = self.note.span(key) if self.note is not None else None
        note_id = self.note.id if self.note is not None and not self.where else None
        self.problems.append(error(rule, f"{self.where}{message}", span, hint=hint, note=note_id))

    def text(self, value: object, what: str, *, needed: bool = False) -> str:
        """Return a text without control characters, empty with a finding if there is something else."""
        if not isinstance(value, str):
            self.wrong(value, what, "text")
            return ""
        if found := yaml.FORBIDDEN.search(value):
            character = f"U+{ord(found.group()):04X}"
            message = f"`{what}` has the control character {character}"
            self.report("control-character", message, "delete it", key=what)
            value = yaml.FORBIDDEN.sub(" ", value)
        if needed and not value.strip():
            self.report("missing-field", f"`{what}` is missing")
        return normalize("NFC", value)

    def items(self, value: object, what: str, expected: type[_T], named: str) -> Iterator[_T]:
        """Yield the items of a list or tuple that are of a type."""
        if not isinstance(value, list | tuple):
            self.wrong(value, what, f"a tuple of {named}")
            return
        for item in value:
            if isinstance(item, expected):
                yield item
            else:
                self.wrong(item, what, f"a tuple of {named}", among=True)

    def words(self, value: object, what: str) -> tuple[str, ...]:
        """Return the texts of a list or tuple; none may be empty."""
        if isinstance(value, str):
            self.wrong(value, what, "a tuple of texts", f"write `({value[:20]!r},)`")
            return ()
        words = [self.text(word, what) for word in self.items(value, what, str, "texts")]
        if not all(word.strip() for word in words):
            self.wrong_shape(f"`{what}` has an empty text", what)
        return tuple(word for word in words if word.strip())

    def mapping(self, value: object, what: str) -> Mapping[str, object]:
        """Return a dictionary whose keys are texts."""
        if not isinstance(value, Mapping):
            self.wrong(value, what, "a dictionary")
            return {}
        for key in value:
            if not isinstance(key, str):
                self.wrong(key, what, "texts as keys", among=True)
        return {key: item for key, item in value.items() if isinstance(key, str)}

    def wrong(
        self, value: object, what: str, expected: str, hint: str | None = None, *, among: bool = False
    ) -> None:
        """Report a value of another type than expected."""
        held = f"has {_name(value)} in it" if among else f"holds {_name(value)}"
        self.wrong_shape(f"`{what}` {held}; expected {expected}", what, hint)

    def wrong_shape(self, message: str, key: str, hint: str | None = None) -> None:
        self.report("wrong-shape", message, hint, key=key)

    def collection(self) -> Collection:
        given = self.given
        if not isinstance(given.id, str) or not ID.fullmatch(given.id):
            self.report("bad-id", f"{_quoted(given.id)} cannot be a collection's id", ID_HINT)
        title = self.text(given.title, "title", needed=True)
        short_title, root = self.text(given.short_title, "short_title"), self.text(given.root, "root")
        if root and (fault := deck_name_fault(root)):
            self.report("bad-name", *fault)
        if fault := type_name_fault(short_title):
            self.report("bad-name", *fault)
        created = given.created
        if not isinstance(created, date):
            self.wrong(created, "created", "a date", "`date(2026, 11, 22)`")
            created = date(2000, 1, 1)
        elif fault := created_fault(created):
            self.report("bad-date", *fault)
        path = self.path(given.path)
        self.types = self.note_types(given.note_types)
        settings = replace(
            given,
            id=given.id if isinstance(given.id, str) else "",
            title=title,
            short_title=short_title,
            root=root,
            created=created,
            path=path,
            description=self.text(given.description, "description"),
            language=self.text(given.language, "language") or "en",
            fonts=self.words(given.fonts, "fonts"),
            system_fonts=self.words(given.system_fonts, "system_fonts"),
            vocabularies={
                key: self.words(words, key)
                for key, words in self.mapping(given.vocabularies, "vocabularies").items()
            },
            rules=self.rules(),
            keys=self.keys(),
            references=self.references(),
            media=self.media(),
            decks=(),
        )
        self.given = settings
        self.labels_by_name = {key.name: key for key in (*LABELS, *settings.keys.values())}
        decks = tuple(map(self.deck, self.items(given.decks, "decks", Deck, "`Deck`s")))
        self.note, self.where = None, ""
        for kind in sorted({note.type.kind for deck in decks for note in deck.notes}):
            self.reachable(self.types[kind])
        for key in settings.keys.values():
            if (message := clash(key, self.types)) is not None:
                self.report("bad-key", message, CLASH_HINT)
        self.problems += [*self.duplicate_keys(decks), *duplicate_names(decks), *duplicate_ids(decks)]
        return replace(settings, decks=decks, note_types=self.types)

    def path(self, value: object) -> Path | None:
        if value is None or isinstance(value, str | Path):
            path = Path(value) if value is not None else None
            if path is None or path.is_dir():
                return path
            self.report("no-such-path", f"there is no folder `{path}`", "`path` is the collection's folder")
        else:
            self.wrong(value, "path", "a folder's path")
        return None

    def note_types(self, value: object) -> dict[str, NoteType]:
        types = {}
        for kind, note_type in self.mapping(value, "note_types").items():
            if isinstance(note_type, NoteType) and note_type.kind == kind:
                types[kind] = note_type
            else:
                self.wrong(note_type, "note_types", "note types by their kind", among=True)
        return types

    def reachable(self, note_type: NoteType) -> None:
        """Report a note type whose templates are not where the collection's are looked for."""
        for folder in template_folders(self.given.path):
            place = folder / "notetypes" / note_type.kind
            if (place / "notetype.yaml").is_file():
                if place.resolve() == note_type.folder.resolve():
                    return
                break
        message = f"the collection does not find the note type `{note_type.kind}` in {note_type.folder}"
        hint = "give the collection the `path` that `note_types` was given"
        self.report("unknown-kind", message, hint)

    def rules(self) -> dict[str, int]:
        rules = {}
        for rule, limit in self.mapping(self.given.rules, "rules").items():
            usual = CONTENT_RULES.get(rule, ContentRule()).limit
            if rule not in CONTENT_RULES and rule not in FORMER_NAMES:
                hint = did_you_mean(rule, CONTENT_RULES) or f"there are: {', '.join(sorted(CONTENT_RULES))}"
                self.report("unknown-rule", f"`{rule}` is no rule that can be switched", hint)
            elif (
                isinstance(limit, int)
                and not isinstance(limit, bool)
                and limit >= (0 if usual is None else 1)
            ):
                rules[rule] = limit
            else:
                hint = f"a limit such as {usual}" if usual is not None else "0: the rule has no limit"
                self.wrong_shape(f"`{rule}` cannot be {_quoted(limit)}", rule, hint)
        return rules

    def keys(self) -> dict[str, Key]:
        keys = {}
        for name, key in self.mapping(self.given.keys, "keys").items():
            if not isinstance(key, Key) or key.name != name or not _is_complete(key):
                self.wrong(key, "keys", "`Key`s by their name, with values of the right types", among=True)
            elif (mistake := name_mistake(name)) is not None:
                self.report("bad-key", *mistake)
            elif wrong := [rule for rule in key.exempts if rule not in CONTENT_RULES]:
                hint = did_you_mean(wrong[0], CONTENT_RULES)
                self.report("bad-key", f"`{wrong[0]}` is no rule that can be switched", hint)
            else:
                keys[name] = key
        return keys

    def references(self) -> dict[str, Reference]:
        references = {}
        for key, reference in self.mapping(self.given.references, "references").items():
            if isinstance(reference, Reference):
                references[key] = self.reference(reference)
            else:
                self.wrong(reference, "references", "`Reference`s by their key", among=True)
        return references

    def reference(self, given: Reference) -> Reference:
        parts = {name: self.text(getattr(given, name), name) for name in ("key", "title", "authors", "year")}
        url = self.text(given.url, "url")
        if url and not is_web_address(url):
            self.wrong_shape(f"`{url}` is not a web address", "url")
        return Reference(**parts, short=self.text(given.short, "short"), url=url)

    def media(self) -> dict[str, Path]:
        files = {}
        for name, path in self.mapping(self.given.media, "media").items():
            if not isinstance(path, str | Path):
                self.wrong(path, "media", "paths by file name", among=True)
            elif not Path(path).is_file():
                self.report("missing-media", f"there is no file `{path}` for `{name}` of `media`")
            else:
                files[normalize("NFC", name)] = Path(path)
        return files

    def deck(self, given: Deck) -> Deck:
        self.note, self.where = None, f"deck {_quoted(given.key)}: "
        key = given.key if isinstance(given.key, str) else ""
        if given.path is None and not _is_file_name(key):
            hint = (
                "it names files: no `/`, `:` or other sign that file names cannot have, and no `.` in front"
            )
            self.report("bad-id", f"{_quoted(given.key)} cannot be a deck's key", hint)
        title = self.text(given.title, "title", needed=True)
        name = self.text(given.name, "name") or deck_name(self.given.root, key, title)
        own_name = name if given.name else title  # what else is in it has been looked at
        if own_name.strip() and (fault := deck_name_fault(own_name)):
            self.report("bad-name", *fault)
        description = self.text(given.description, "description")
        notes = []
        for number, note in enumerate(self.items(given.notes, "notes", Note, "`Note`s"), 1):
            self.note = note
            has_id = isinstance(note.id, str) and ID.fullmatch(note.id)
            self.where = "" if has_id else f"note {number} of deck `{key}`: "
            if (found := self.read_note(note)) is not None:
                notes.append(found)
        return replace(
            given, key=key, title=title, name=name, description=description.strip(), notes=tuple(notes)
        )

    def duplicate_keys(self, decks: tuple[Deck, ...]) -> Iterator[Diagnostic]:
        """Two decks with one key would be one deck in Anki, and one file on paper."""
        seen: set[str] = set()
        for deck in decks:
            if deck.key.casefold() in seen:
                hint = "numeric ids and files' names hang on it"
                yield error("duplicate-deck", f"two decks have the key `{deck.key}`", hint=hint)
            seen.add(deck.key.casefold())

    def read_note(self, note: Note) -> Note | None:
        note_type = note.type
        if not isinstance(note_type, NoteType):
            hint = '`flashcards.note_types()["basic"]`'
            self.wrong(note_type, "type", "a note type", hint)
            return None
        same = self.types.setdefault(note_type.kind, note_type)
        if same is not note_type and same != note_type:
            hint = "take all note types from one call of `flashcards.note_types`"
            self.report("unknown-kind", f"there are two note types `{note_type.kind}`", hint)
        if self.where:
            self.report("bad-id", f"{_quoted(note.id)} cannot be an id", ID_HINT)
        labels = self.labels(note.labels)
        retired = None if note.retired is None else self.text(note.retired, "retired").strip()
        if retired == "":
            hint = "say why in a few words: learners read it"
            self.report("empty-field", "`retired` needs its reason", hint, key="retired")
        reasons = self.mapping(note.ignore, "ignore").items()
        ignore = {rule: text for rule, reason in reasons if (text := self.text(reason, rule)).strip()}
        if len(ignore) < len(reasons):
            self.wrong_shape("`ignore` needs a reason for each rule", "ignore")
        sums = [
            Sum(self.text(each.expression, "expression"), self.text(each.value, "value"))
            for each in self.items(note.sums, "sums", Sum, "`Sum`s")
        ]
        settled = replace(
            note,
            fields=self.fields(note.fields, note_type),
            tags=self.tags(note.tags, labels),
            citations=self.citations(note.citations),
            labels=labels,
            sums=tuple(each for each in sums if each.expression and each.value),
            ignore=ignore,
            retired=retired,
        )
        return settled if not self.where else None

    def labels(self, value: object) -> dict[str, tuple[str, ...]]:
        labels = {}
        for key, words in self.mapping(value, "labels").items():
            if key not in self.labels_by_name:
                hint = did_you_mean(key, self.labels_by_name) or "declare it in the collection's `keys`"
                self.report("unknown-field", f"unknown label `{key}`", hint)
                continue
            labels[key] = self.words(words, key)
            for word in labels[key]:
                self.in_vocabulary(key, word)
        return labels

    def in_vocabulary(self, key: str, word: str) -> None:
        vocabulary = self.given.vocabularies.get(key)
        if vocabulary is not None and word not in vocabulary:
            hint = did_you_mean(word, vocabulary) or f"known: {', '.join(vocabulary)} (`vocabularies`)"
            self.report("outside-vocabulary", f"`{word}` is no known word for `{key}`", hint, key=key)

    def tags(self, value: object, labels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        assert self.note is not None
        own = self.words(list(value) if isinstance(value, set | frozenset) else value, "tags")
        of_labels = {
            self.labels_by_name[key].tag_of(word) for key, words in labels.items() for word in words
        } - {None}
        if self.note.origin is None:  # in a file, the words for tags do not hold for tags of a whole deck
            for tag in own:
                if tag not in of_labels:
                    self.in_vocabulary("tags", tag)
        tags = {tag for tag in (*own, *of_labels) if tag is not None}
        for tag in sorted(tags):
            if not is_tag(tag):
                self.report("bad-tag", f"`{tag}` cannot be a tag", TAG_HINT, key="tags")
        return tuple(sorted(tag for tag in tags if is_tag(tag)))

    def citations(self, value: object) -> tuple[Citation, ...]:
        citations = []
        for citation in self.items(value, "citations", Citation, "`Citation`s"):
            if isinstance(citation.reference, Reference):
                place = self.text(citation.place, "place")
                citations.append(Citation(self.reference(citation.reference), place))
            else:
                self.wrong(citation.reference, "reference", "a `Reference`")
        return tuple(citations)

    def fields(self, value: object, note_type: NoteType) -> dict[str, Value]:
        if not isinstance(value, Mapping):
            self.wrong(value, "fields", "a dictionary")
            return {}
        given = self.mapping(value, "fields")
        written = {field.key: field for field in (*note_type.written_fields, *WRITTEN_COMMON_FIELDS)}
        following = {field.key: field for field in note_type.fields if field.right_of is not None}
        meant: set[str | None] = set()
        for key in given:
            if key not in written and key not in following:
                hint = did_you_mean(key, written)
                meant |= {other for other in written if hint and f"`{other}`" in hint}
                if key in NOTE_KEYS:
                    hint = "it is not one of the note's `fields`, but an argument of `Note` of its own"
                self.report("unknown-field", f"unknown field `{key}`", hint)
        fields: dict[str, Value] = {}
        for key in [field.key for field in note_type.fields] + [field.key for field in WRITTEN_COMMON_FIELDS]:
            if key in following:
                found = self.right_option(following[key], fields, given)
            elif key in given:
                found = self.field(given[key], written[key])
            else:
                found = None
                if written[key].required and key not in meant:
                    hint = f"`{key}`: {written[key].help}" if written[key].help else None
                    self.report("missing-field", f"`{key}` is missing", hint)
            if found:
                fields[key] = found
        return fields

    def field(self, value: object, field: Field) -> Value | None:
        if isinstance(value, str | list | tuple) and not (value.strip() if isinstance(value, str) else value):
            if field.required:
                self.report("empty-field", f"`{field.key}` is empty", key=field.key)
            return None
        if field.kind in ("text", "markdown"):
            return self.text(value, field.key)
        if field.kind == "list":
            return self.words(value, field.key)
        if field.kind == "choices":
            return self.choices(value, field)
        return self.table(value, field)

    def choices(self, value: object, field: Field) -> tuple[Choice, ...]:
        choices = []
        for choice in self.items(value, field.key, Choice, "`Choice`s"):
            text = self.text(choice.text, field.key)
            if not text.strip():
                self.wrong_shape(f"`{field.key}` has an empty option", field.key)
            choices.append(Choice(text, bool(choice.right)))
        right = sum(choice.right for choice in choices)
        if choices and right != 1:
            message = not_one_right(field.key, right)
            self.report("no-right-choice", message, '`Choice("its text", right=True)`', key=field.key)
        return tuple(choices)

    def right_option(
        self, field: Field, fields: Mapping[str, Value], given: Mapping[str, object]
    ) -> Value | None:
        """Return what a field holds that follows from the options of another."""
        options = fields.get(field.right_of or "", ())
        right = []
        if isinstance(options, tuple):
            right = [each.text for each in options if isinstance(each, Choice) and each.right]
        text = right[-1] if right else None
        if field.key in given and given[field.key] != text:
            message = f"`{field.key}` is not the right one of `{field.right_of}`"
            self.wrong_shape(message, field.key, "leave it out: it follows from the options")
        return text

    def table(self, value: object, field: Field) -> Table | None:
        if not isinstance(value, Table):
            self.wrong(
                value, field.key, "a `Table`", '`Table(("Criterion", "A", "B"), (("Speed", "1", "2"),))`'
            )
            return None
        columns, *rows = (
            tuple(self.text(cell, field.key) for cell in self.items(cells, field.key, str, "texts"))
            for cells in (value.columns, *self.items(value.rows, field.key, object, "rows"))
        )
        for number, row in enumerate(rows, 1):
            if len(row) != len(columns):
                cells = f"{count(len(row), 'cell')} for {count(len(columns), 'column')}"
                self.wrong_shape(f"row {number} of `{field.key}` has {cells}", field.key)
                return None
        if not columns or not rows:
            self.wrong_shape(f"`{field.key}` has no {'rows' if columns else 'columns'}", field.key)
            return None
        return Table(columns, tuple(rows))


def _is_complete(key: Key) -> bool:
    """Tell whether a key holds what its types say: nothing holds Python code to them."""
    if not isinstance(key.values, Mapping) or not isinstance(key.exempts, tuple):
        return False
    allowed = list(key.values.values())
    if not all(isinstance(value, Allowed) for value in allowed):
        return False
    texts = [key.help, key.example, key.tag or "", *key.values, *key.exempts]
    texts += [text for value in allowed for text in (value.needs, value.tag)]
    return key.shape in ("text", "words", "flag") and all(isinstance(text, str) for text in texts)


def _is_file_name(text: str) -> bool:
    """Tell whether every file system takes a text as the beginning of a file's name."""
    return bool(_FILE_NAME.fullmatch(text)) and not yaml.FORBIDDEN.search(text) and text.strip() == text


def _name(value: object) -> str:
    """Return what a value is, in words."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (str, "text"),
        (bool, f"`{value}`"),
        ((int, float), "a number"),
        ((list, tuple), "a list"),
        (Mapping, "a dictionary"),
    )
    if value is None:
        return "nothing"
    return next((name for types, name in names if isinstance(value, types)), f"a `{type(value).__name__}`")


def _quoted(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else _name(value)
