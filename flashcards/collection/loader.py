"""Finds and reads a collection and validates its structure: `load(*paths) -> Loaded(collection,
diagnostics)`.

Nothing stops at the first mistake: what could be read is in the collection, everything wrong is in the
diagnostics."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from unicodedata import normalize

from flashcards.collection import notetypes
from flashcards.collection.content_rules import DEFAULT_LIMITS
from flashcards.collection.keys import (
    COLLECTION_KEYS,
    DECK_KEYS,
    ID,
    ID_HINT,
    LABELS,
    NOTE_KEYS,
    REFERENCE_KEYS,
    TAG_OF,
    WRITTEN_COMMON_FIELDS,
)
from flashcards.collection.model import (
    Choice,
    Citation,
    Collection,
    Deck,
    Note,
    Origin,
    Reference,
    Table,
    Value,
)
from flashcards.collection.notetypes import Field, NoteType
from flashcards.collection.shapes import first_key, id_of, is_blank, shape_name, span_of
from flashcards.diagnostics import (
    Diagnostic,
    InvalidCollection,
    Severity,
    Source,
    Span,
    did_you_mean,
    error,
    warning,
)
from flashcards.languages import yaml
from flashcards.resources import bundled, template_folders

COLLECTION_FILE = "collection.yaml"
NOT_DECKS = frozenset({COLLECTION_FILE, "sources.yaml", "coverage.yaml", "verified.yaml"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What `load` found; `collection` is None only if there is none to speak of. `selected` holds deck keys
    to write."""

    collection: Collection | None
    diagnostics: tuple[Diagnostic, ...]
    selected: frozenset[str] = frozenset()

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity is Severity.ERROR]

    def raise_for_errors(self) -> Collection:
        """Return the collection, or raise `InvalidCollection` if there is any error."""
        if self.errors or self.collection is None:
            raise InvalidCollection(self.diagnostics)
        return self.collection


def find_collection(start: Path) -> Path:
    """Return the nearest collection: `start` or a folder above it, or `decks/` in one of them, else the
    shipped decks."""
    for folder in (start, *start.parents):
        for candidate in (folder, folder / "decks"):
            if (candidate / COLLECTION_FILE).is_file():
                return candidate
    return bundled("decks")


def load(*paths: Path | str) -> Loaded:
    """Load the collection that `paths` belong to: deck files or a collection's folder; the working
    directory's if none.

    The whole collection is always read; paths only say which decks are selected for writing.
    """
    given = [Path(path) for path in paths] or [_shown(find_collection(Path.cwd()))]
    problems: list[Diagnostic] = []
    roots: dict[Path, Path] = {}
    for path in given:
        if not path.exists():
            problems.append(error("no-such-path", f"`{path}` does not exist"))
            continue
        root = path if path.is_dir() else path.parent
        if not (root / COLLECTION_FILE).is_file() and (root / "decks" / COLLECTION_FILE).is_file():
            root = root / "decks"
        if not (root / COLLECTION_FILE).is_file():
            hint = "`flashcards new DIR` makes a collection"
            problems.append(error("no-collection", f"`{root}` has no {COLLECTION_FILE}", hint=hint))
            continue
        roots.setdefault(root.resolve(), root)
    if len(roots) > 1:
        names = " and ".join(f"`{root}`" for root in roots.values())
        problems.append(
            error("several-collections", f"{names} are two collections", hint="name one at a time")
        )
    if problems or not roots:
        return Loaded(None, tuple(problems))

    root = next(iter(roots.values()))
    loaded = _Loader(root).load()
    files = [path for path in given if path.is_file() and path.name not in NOT_DECKS]
    for path in files:
        if path.suffix != ".yaml" or path.resolve().parent != root.resolve():
            hint = f"decks are the `.yaml` files in `{root}`"
            problems.append(error("no-such-path", f"`{path}` is no deck of this collection", hint=hint))
    decks = loaded.collection.decks if loaded.collection else ()
    chosen = (
        {path.resolve() for path in files}
        if len(files) == len(given)
        else {deck.path.resolve() for deck in decks}
    )
    selected = frozenset(deck.key for deck in decks if deck.path.resolve() in chosen)
    return Loaded(loaded.collection, (*problems, *loaded.diagnostics), selected)


def anki_renames(deck_name: str) -> bool:
    """Tell whether Anki would change a deck's name: it trims each part, calls an empty one `blank`, and drops
    line ends."""
    parts = deck_name.split("::")
    return bool(re.search(r"[\t\n]", deck_name)) or any(
        not part or part != part.strip().strip(":") for part in parts
    )


def read_settings(root: Path) -> dict[str, str]:
    """Return the texts of a collection's `collection.yaml`, empty where there is none."""
    return _Loader(root).settings()


def _shown(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


class _Loader:
    """Reads one collection's files, collecting diagnostics on the way."""

    def __init__(self, root: Path):
        self.root = root
        self.problems: list[Diagnostic] = []
        self.note_types: dict[str, NoteType] = {}
        self.known_keys: dict[str, frozenset[str]] = {}
        self.references: dict[str, Reference] = {}
        self.vocabularies: dict[str, tuple[str, ...]] = {}
        self.limits: dict[str, int] = {}
        self.seen: dict[str, tuple[str, Span]] = {}  # lower-case note id → (id, place)
        self.deck_files: dict[str, str] = {}  # a deck's name as Anki compares it → the first file that has it

    def report(
        self, rule: str, message: str, span: Span, hint: str | None = None, note: str | None = None
    ) -> None:
        self.problems.append(error(rule, message, span, hint=hint, note=note))

    # -- files

    def load(self) -> Loaded:
        settings = self.settings()
        self.note_types, faults = notetypes.load(template_folders(self.root))
        self.problems += faults
        own_of_any = {field.key for t in self.note_types.values() for field in t.fields if not field.right_of}
        self.default_keys = NOTE_KEYS | own_of_any
        for kind, note_type in self.note_types.items():
            self.known_keys[kind] = NOTE_KEYS | {
                field.key for field in note_type.fields if not field.right_of
            }
        self.references = self.bibliography()
        paths = [
            path
            for path in sorted(self.root.glob("*.yaml"), key=lambda path: path.name)
            if path.name not in NOT_DECKS
        ]
        decks = [deck for path in paths if (deck := self.deck(path, settings["root"])) is not None]
        try:
            created = date.fromisoformat(settings["created"])
        except ValueError:
            created = date(2000, 1, 1)
        collection = Collection(
            id=settings["id"],
            title=settings["title"],
            short_title=settings["short_title"],
            root=settings["root"],
            description=settings["description"],
            created=created,
            released=settings["released"] == "true",
            language=settings["language"] or "en",
            vocabularies=self.vocabularies,
            limits=self.limits,
            decks=tuple(decks),
            references=self.references,
            note_types=self.note_types,
            media=self.media(),
            path=self.root,
        )
        found = dict.fromkeys(self.problems)  # what stands in a deck's defaults is met once for every note
        return Loaded(collection, tuple(sorted(found, key=lambda d: d.order)))

    def media(self) -> dict[str, Path]:
        """Return the media files by name in NFC, as texts are; some file systems give the other form."""
        folder = self.root / "media"
        paths = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        own = {path.name for path in paths}  # both forms may be there, as two files
        return {path.name if (name := normalize("NFC", path.name)) in own else name: path for path in paths}

    def mapping(self, path: Path, what: str) -> tuple[Source, yaml.Mapping | None]:
        """Read a file whose root is `key: value` lines."""
        text, problems = yaml.read(path)
        self.problems += problems
        if problems:
            return text, None
        node, problems = yaml.parse(text)
        self.problems += problems
        if isinstance(node, yaml.Mapping):
            return text, node
        if not problems:
            found = "is empty" if node is None or is_blank(node) else f"holds {shape_name(node)}"
            start = node.start if node is not None else 0
            self.report("wrong-shape", f"the file {found}; expected {what}", Span(text, start, start + 1))
        return text, None

    def unknown_keys(self, text: Source, node: yaml.Mapping, known: Iterable[str]) -> set[str]:
        """Report keys that are not known; return those known ones that were probably meant."""
        meant = set()
        for key, entry in node.entries.items():
            if key not in known:
                near = did_you_mean(key, known)
                meant |= set(re.findall("`(.+)`", near)) if near else set()
                hint = self.kinds_with(key) or near
                self.report(
                    "unknown-field", f"unknown field `{key}`", Span(text, entry.start, entry.end), hint
                )
        return meant

    def kinds_with(self, key: str) -> str | None:
        kinds = [f"`{kind}`" for kind, keys in self.known_keys.items() if key in keys]
        return f"notes of kind {' and '.join(kinds)} have it" if 0 < len(kinds) < 4 else None

    def settings(self) -> dict[str, str]:
        text, node = self.mapping(self.root / COLLECTION_FILE, "`id:`, `title:` and so on")
        values = dict.fromkeys(COLLECTION_KEYS, "")
        if node is None:
            return values
        meant = self.unknown_keys(text, node, COLLECTION_KEYS)
        for key in ("id", "title", "short_title", "root", "description", "created", "language", "released"):
            entry = node.entries.get(key)
            if entry is not None:
                values[key] = self.scalar(text, entry.value, key)
            needed = key not in ("description", "language", "released") and key not in meant
            if needed and (entry is None or is_blank(entry.value)):
                self.report("missing-field", f"`{key}` is missing", first_key(text, node))
        if values["id"] and not ID.fullmatch(values["id"]):
            message = f"`{values['id']}` cannot be a collection's id"
            self.report("bad-id", message, span_of(text, node.entries["id"].value), ID_HINT)
        if values["created"]:
            try:
                date.fromisoformat(values["created"])
            except ValueError:
                place = span_of(text, node.entries["created"].value)
                self.report(
                    "wrong-shape", f"`{values['created']}` is not a date", place, "write it as 2026-11-22"
                )
        if values["released"] not in (
            "",
            "true",
            "false",
        ):  # read as false, it would drop what protects learners
            message = f"`{values['released']}` is neither `true` nor `false`"
            self.report(
                "wrong-shape",
                message,
                span_of(text, node.entries["released"].value),
                "`flashcards release` writes this line",
            )
        self.deck_name(values["root"], text, node.entries.get("root"))
        if '"' in values["short_title"]:
            place = span_of(text, node.entries["short_title"].value)
            self.report(
                "bad-name",
                f"Anki would rename `{values['short_title']}`",
                place,
                'no `"` in the name of a note type',
            )
        vocabularies = node.entries.get("vocabularies")
        if vocabularies is not None and isinstance(vocabularies.value, yaml.Mapping):
            for key, entry in vocabularies.value.entries.items():
                self.vocabularies[key] = tuple(word for word, _ in self.words(text, entry.value, key))
        elif vocabularies is not None:
            message = (
                f"`vocabularies` holds {shape_name(vocabularies.value)}; expected a key with its "
                "words on each line"
            )
            self.report(
                "wrong-shape",
                message,
                span_of(text, vocabularies.value),
                "`level: [mid, senior]`, indented below it",
            )
        if (switches := node.entries.get("checks")) is not None and not is_blank(switches.value):
            self.switches(text, switches.value)
        return values

    def switches(self, text: Source, node: yaml.Node) -> None:
        """Read `checks:`, which content rules are on and with what limit."""
        if not isinstance(node, yaml.Mapping):
            message = f"`checks` holds {shape_name(node)}; expected a rule on each line"
            hint = "`front-length: 28` or `yes-no-question: on`, indented below it"
            self.report("wrong-shape", message, span_of(text, node), hint)
            return
        for rule, entry in node.entries.items():
            if rule not in DEFAULT_LIMITS:
                hint = did_you_mean(rule, DEFAULT_LIMITS) or f"there are: {', '.join(sorted(DEFAULT_LIMITS))}"
                message = f"`{rule}` is no rule that can be switched"
                self.report("unknown-rule", message, Span(text, entry.start, entry.end), hint)
                continue
            limit, value = DEFAULT_LIMITS[rule], self.scalar(text, entry.value, rule)
            if value == "on":
                self.limits[rule] = limit or 0
            elif limit is not None and re.fullmatch("[1-9][0-9]{0,3}", value):
                self.limits[rule] = int(value)
            elif value != "off" and isinstance(entry.value, yaml.Scalar):
                hint = f"`on`, `off`, or a limit such as `{limit}`" if limit is not None else "`on` or `off`"
                self.report("wrong-shape", f"`{rule}` cannot be `{value}`", span_of(text, entry.value), hint)

    def deck_name(self, name: str, text: Source, entry: yaml.Entry | None) -> None:
        if entry is not None and name and anki_renames(name):
            hint = "no part between `::` may be empty, or begin or end with a blank or a colon"
            self.report("bad-name", f"Anki would rename `{name}`", span_of(text, entry.value), hint)

    def bibliography(self) -> dict[str, Reference]:
        path = self.root / "sources.yaml"
        if not path.is_file():
            return {}
        text, node = self.mapping(path, "`key:` with a `title:` below it")
        references = {}
        for key, entry in node.entries.items() if node else ():
            place = Span(text, entry.start, entry.end)
            if " " in key or not isinstance(entry.value, yaml.Mapping):
                self.report(
                    "wrong-shape", f"`{key}` must be one word with `title:`, `url:` … below it", place
                )
                continue
            self.unknown_keys(text, entry.value, REFERENCE_KEYS)
            values = {
                k: self.scalar(text, e.value, k)
                for k, e in entry.value.entries.items()
                if k in REFERENCE_KEYS
            }
            title = values.get("title", "")
            if "title" not in entry.value.entries or is_blank(entry.value.entries["title"].value):
                self.report("missing-field", f"source `{key}` has no `title`", place)
            url = values.get("url", "")
            if url and not re.match(r"https?://[^\s\"<>]+\Z", url):
                self.report(
                    "wrong-shape",
                    f"`{url}` is not a web address",
                    span_of(text, entry.value.entries["url"].value),
                )
            authors, year = values.get("authors", ""), values.get("year", "")
            references[key] = Reference(key, title, values.get("short") or title, authors, year, url)
        return references

    def deck(self, path: Path, parent: str) -> Deck | None:
        text, node = self.mapping(path, "`title:` and `notes:`")
        if node is None:
            return None
        meant = self.unknown_keys(text, node, DECK_KEYS)
        title, description = (
            self.scalar(text, node.entries[key].value, key) if key in node.entries else ""
            for key in ("title", "description")
        )
        if ("title" not in node.entries or is_blank(node.entries["title"].value)) and "title" not in meant:
            self.report("missing-field", "the deck has no `title`", first_key(text, node))
        self.deck_name(title, text, node.entries.get("title"))
        defaults = node.entries["defaults"].value if "defaults" in node.entries else None
        if isinstance(defaults, yaml.Mapping):
            self.unknown_keys(text, defaults, self.default_keys)
            if (own := defaults.entries.get("id")) is not None:
                place = Span(text, own.start, own.end)
                self.report("unknown-field", "`id` cannot be a default", place, "each note has its own")
        elif defaults is not None:
            message = f"`defaults` holds {shape_name(defaults)}; expected `key: value` lines"
            self.report("wrong-shape", message, span_of(text, defaults))
            defaults = None
        deck_tags = self.words(text, node.entries["tags"].value, "tags") if "tags" in node.entries else []
        tags = [tag for tag, scalar in deck_tags if self.is_tag(tag, text, scalar)]
        notes: list[Note] = []
        written = node.entries.get("notes")
        if written is None:
            if "notes" not in meant:
                hint = "`notes:`, and below it each note with a `-`"
                self.report("missing-field", "the deck has no `notes`", first_key(text, node), hint)
        elif not isinstance(written.value, yaml.Sequence):
            where = Span(text, written.start, written.end)
            self.report("wrong-shape", "`notes:` must be a list, each note beginning with `-`", where)
        else:
            for item in written.value.items:
                if not isinstance(item, yaml.Mapping):
                    message = f"a note must be `key: value` lines, not {shape_name(item)}"
                    self.report("wrong-shape", message, span_of(text, item))
                elif (note := self.note(Origin(text, item, defaults), tags)) is not None:
                    notes.append(note)
        number = re.match(r"[0-9]+", path.stem)
        name = "::".join(filter(None, [parent, f"{number.group()} {title}" if number else title]))
        other = self.deck_files.setdefault(normalize("NFC", name).casefold(), path.name)
        if other != path.name and title.strip():
            hint = f"`{other}` has it too; Anki would put both into one deck"
            place = (
                span_of(text, node.entries["title"].value)
                if "title" in node.entries
                else first_key(text, node)
            )
            self.report("duplicate-deck", f"two decks are called `{name}`", place, hint)
        return Deck(path.stem, name, title, description.strip(), tuple(notes), text, path)

    # -- one note

    def note(self, origin: Origin, deck_tags: list[str]) -> Note | None:
        text, entries = origin.source, origin.node.entries
        note_type = self.kind(origin)
        if note_type is None:
            return None
        note_id = self.scalar(text, entries["id"].value, "id") if "id" in entries else ""
        known = self.known_keys[note_type.kind]
        meant = self.unknown_keys(text, origin.node, known) if not known >= entries.keys() else set()

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
            if (
                origin.value(field.key) is not None
                and (value := self.value(origin, field, meant)) is not None
            ):
                fields[field.key] = value

        labels: dict[str, tuple[str, ...]] = {}
        tags = set(deck_tags)
        for key in LABELS:
            if (node := origin.value(key)) is not None:
                words = self.words(text, node, key)
                labels[key] = tuple(word for word, _ in words)
                for word, scalar in words:
                    if self.in_vocabulary(key, word, text, scalar) and key in TAG_OF:
                        tag = word.lower() if key == "priority" else TAG_OF[key] + word
                        if self.is_tag(tag, text, scalar):
                            tags.add(tag)
        own_tags = origin.value("tags")
        for word, scalar in self.words(text, own_tags, "tags") if own_tags is not None else []:
            if self.in_vocabulary("tags", word, text, scalar) and self.is_tag(word, text, scalar):
                tags.add(word)
        citations = self.citations(origin)
        reason = origin.value("retired")
        retired = self.scalar(text, reason, "retired").strip() if reason is not None else None
        if reason is not None and is_blank(reason):
            hint = "say why in a few words: learners read it"
            self.report("empty-field", "`retired` needs its reason", origin.key_span("retired"), hint)
        derived = not note_id
        note = Note(
            note_id,
            note_type,
            fields,
            tuple(sorted(tags)),
            citations,
            labels,
            self.expressions(origin),
            self.ignored(origin),
            retired,
            origin,
            derived,
        )
        return self.identified(note)

    def kind(self, origin: Origin) -> NoteType | None:
        own = origin.node.entries.get("kind")
        node = own.value if own else None
        if node is None and "cloze" not in origin.node.entries:
            node = origin.value("kind")
        kind = "cloze" if "cloze" in origin.node.entries else "basic"
        if node is not None:
            kind = self.scalar(origin.source, node, "kind")
            if not isinstance(node, yaml.Scalar):
                return None
        if kind not in self.note_types:
            span = span_of(origin.source, node) if node is not None else origin.span()
            hint = did_you_mean(kind, self.note_types) or "kinds: " + ", ".join(sorted(self.note_types))
            self.report("unknown-kind", f"unknown kind `{kind}`", span, hint)
            return None
        return self.note_types[kind]

    def identified(self, note: Note) -> Note:
        """Check the note's id, or derive one from its front."""
        span = note.origin.span("id") if not note.derived_id else note.origin.span()
        if note.derived_id:
            digest = hashlib.sha256(normalize("NFC", note.front).encode()).hexdigest()[:12]
            note_id = f"front-{digest}"
            note = replace(note, id=note_id)
            written = note.origin.node.entries.get("id")
            if written is None or is_blank(written.value):
                hint = (
                    "`flashcards fix` writes one; without it, changing the front makes a new note "
                    "and loses review history"
                )
                self.problems.append(warning("missing-id", "this note has no `id`", span, hint=hint))
            if not note.front:
                return note
        elif not ID.fullmatch(note.id):
            self.report("bad-id", f"`{note.id}` cannot be an id", span, ID_HINT)
        first, place = self.seen.setdefault(note.id.lower(), (note.id, span))
        if place is not span:
            where = f"{place.source.path}:{place.source.position(place.start).line}"
            if note.derived_id:
                message = "two notes without `id` have the same front"
            else:
                message = (
                    f"id `{note.id}` is taken"
                    if first == note.id
                    else f"id `{note.id}` differs from `{first}` only in case"
                )
            self.report("duplicate-id", message, span, f"the other is at {where}")
        return note

    def value(self, origin: Origin, field: Field, meant: set[str]) -> Value | None:
        node = origin.value(field.key)
        if node is None:
            if field.required and field.key not in meant:
                hint = field.help and f"`{field.key}`: {field.help}"
                self.report(
                    "missing-field",
                    f"`{field.key}` is missing",
                    origin.span(),
                    hint,
                    id_of(origin.node.entries),
                )
            return None
        if is_blank(node):
            if field.required:
                place = origin.key_span(field.key)
                self.report("empty-field", f"`{field.key}` is empty", place, note=id_of(origin.node.entries))
            return None
        return self.shaped(origin, node, field) or None

    def shaped(self, origin: Origin, node: yaml.Node, field: Field) -> Value | None:
        text, kind = origin.source, field.kind
        if kind == "text" or kind == "markdown":
            return node.text if type(node) is yaml.Scalar else self.scalar(text, node, field.key)
        if kind == "list":
            return tuple(word for word, _ in self.words(text, node, field.key))
        if kind == "choices":
            return self.choices(origin, node, field)
        return self.table(text, node, field)

    def choices(self, origin: Origin, node: yaml.Node, field: Field) -> tuple[Choice, ...]:
        text = origin.source
        if not isinstance(node, yaml.Sequence):
            message = f"`{field.key}` holds {shape_name(node)}; expected a list of options"
            self.report("wrong-shape", message, span_of(text, node))
            return ()
        choices = []
        for item in node.items:
            right = isinstance(item, yaml.Mapping) and list(item.entries) == ["right"]
            option = item.entries["right"].value if isinstance(item, yaml.Mapping) and right else item
            if is_blank(option):
                self.report("wrong-shape", f"`{field.key}` has an empty option", span_of(text, item))
            choices.append(Choice(self.scalar(text, option, field.key), right))
        count = sum(choice.right for choice in choices)
        if count != 1:
            hint = (
                "write the right one as `- right: its text`"
                if not count
                else "only one may be written as `right:`"
            )
            message = f"`{field.key}` has {count or 'no'} right options; it needs exactly one"
            self.report(
                "no-right-choice", message, origin.key_span(field.key), hint, id_of(origin.node.entries)
            )
        return tuple(choices)

    def table(self, text: Source, node: yaml.Node, field: Field) -> Table | None:
        example = "write each row as `- Criterion: Latency`, then a line `Batch: hours` for each column"
        if not isinstance(node, yaml.Sequence):
            message = f"`{field.key}` holds {shape_name(node)}; expected a list of rows"
            self.report("wrong-shape", message, span_of(text, node), example)
            return None
        columns: tuple[str, ...] = ()
        rows = []
        for item in node.items:
            if not isinstance(item, yaml.Mapping) or not item.entries:
                message = (
                    "a row must be `column: cell` lines, not "
                    f"{'empty' if is_blank(item) else shape_name(item)}"
                )
                self.report("wrong-shape", message, span_of(text, item), example)
                continue
            columns = columns or tuple(item.entries)
            for missing in [c for c in columns if c not in item.entries]:
                hint = "every row has the columns of the first one"
                self.report("wrong-shape", f"this row has no `{missing}`", span_of(text, item), hint)
            for extra in [c for c in item.entries if c not in columns]:
                place = Span(text, item.entries[extra].start, item.entries[extra].end)
                hint = did_you_mean(extra, columns) or "every row has the columns of the first one"
                self.report("wrong-shape", f"the first row has no column `{extra}`", place, hint)
            rows.append(
                tuple(
                    self.scalar(text, item.entries[c].value, c) if c in item.entries else "" for c in columns
                )
            )
        return Table(columns, tuple(rows))

    def citations(self, origin: Origin) -> tuple[Citation, ...]:
        node = origin.value("sources")
        found = []
        for words, scalar in self.words(origin.source, node, "sources") if node is not None else []:
            key, _, place = words.partition(" ")
            if key in self.references:
                found.append(Citation(self.references[key], place.strip()))
            else:
                span = scalar.locate(origin.source, 0, len(key))
                hint = did_you_mean(key, self.references) or "add it to sources.yaml"
                self.report("unknown-source", f"no source `{key}` in sources.yaml", span, hint)
        return tuple(found)

    def expressions(self, origin: Origin) -> tuple[tuple[str, str], ...]:
        node = origin.value("check")
        items = node.items if isinstance(node, yaml.Sequence) else [node] if node is not None else []
        text, found = origin.source, []
        for item in items:
            if isinstance(item, yaml.Mapping) and item.entries.keys() == {"expression", "value"}:
                expression, value = (
                    self.scalar(text, item.entries[key].value, key) for key in ("expression", "value")
                )
                found.append((expression, value))
            else:
                hint = "`check: {expression: 2 * 16, value: 32}`"
                self.report(
                    "wrong-shape", "`check` needs `expression` and `value`", span_of(text, item), hint
                )
        return tuple(found)

    def ignored(self, origin: Origin) -> Mapping[str, str]:
        node = origin.value("ignore")
        if node is None:
            return {}
        reasons = node.entries if isinstance(node, yaml.Mapping) else {}
        if not reasons or any(is_blank(reason.value) for reason in reasons.values()):
            hint = "`ignore: {duplicate-front: the two answers differ by design}`"
            self.report(
                "wrong-shape", "`ignore` needs a reason for each rule", span_of(origin.source, node), hint
            )
        return {rule: self.scalar(origin.source, reason.value, rule) for rule, reason in reasons.items()}

    # -- small pieces

    def scalar(self, text: Source, node: yaml.Node, key: str) -> str:
        if isinstance(node, yaml.Scalar):
            return node.text
        hint = "text of several lines goes below `|`"
        if text.text[node.start : node.start + 1] in ("[", "{"):
            hint = "if the brackets are meant as text, quote the value or put it below `|`"
        elif isinstance(node, yaml.Mapping) and "\n" not in text.text[node.start : node.end]:
            hint = "a text with `: ` in it must be quoted"
        self.report(
            "wrong-shape", f"`{key}` holds {shape_name(node)}; expected text", span_of(text, node), hint
        )
        return ""

    def words(self, text: Source, node: yaml.Node, key: str) -> list[tuple[str, yaml.Scalar]]:
        """Return a list of texts; a single text counts as a list of one."""
        if isinstance(node, yaml.Scalar):
            return [(node.text, node)] if node.text.strip() else []
        if isinstance(node, yaml.Mapping):
            self.report(
                "wrong-shape", f"`{key}` holds {shape_name(node)}; expected a list", span_of(text, node)
            )
            return []
        found = []
        for item in node.items:
            if isinstance(item, yaml.Scalar) and item.text.strip():
                found.append((item.text, item))
            else:
                what = "an empty item" if isinstance(item, yaml.Scalar) else shape_name(item)
                hint = "a text with `: ` in it must be quoted" if isinstance(item, yaml.Mapping) else None
                self.report("wrong-shape", f"`{key}` has {what}; expected texts", span_of(text, item), hint)
        return found

    def in_vocabulary(self, key: str, word: str, text: Source, scalar: yaml.Scalar) -> bool:
        vocabulary = self.vocabularies.get(key)
        if vocabulary is None or word in vocabulary:
            return True
        hint = (
            did_you_mean(word, vocabulary)
            or f"known: {', '.join(vocabulary)} (`vocabularies` in collection.yaml)"
        )
        self.report(
            "outside-vocabulary", f"`{word}` is no known word for `{key}`", span_of(text, scalar), hint
        )
        return False

    def is_tag(self, tag: str, text: Source, scalar: yaml.Scalar) -> bool:
        if tag and not re.search(r'[\s"*\\]', tag) and all(tag.split("::")):
            return True
        hint = "one word without blanks, quotes or `*`; parts between `::` are not empty"
        self.report("bad-tag", f"`{tag}` cannot be a tag", span_of(text, scalar), hint)
        return False
