"""What a collection says of itself: `collection.yaml` and the bibliography, `sources.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flashcards.collection.content_rules import CONTENT_RULES, FORMER_NAMES, is_english
from flashcards.collection.declarations import read_keys, with_former_keys
from flashcards.collection.editing import scalar
from flashcards.collection.keys import COLLECTION_KEYS, ID, ID_HINT, REFERENCE_KEYS, Key
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.model import Origin, Reference
from flashcards.collection.names import created_fault, deck_name_fault, type_name_fault
from flashcards.collection.shapes import Shapes, is_blank, read_mapping
from flashcards.diagnostics import Diagnostic, did_you_mean, warning
from flashcards.languages import yaml

SOURCES_FILE = "sources.yaml"

_OPTIONAL = ("description", "language", "released")
_TEXTS = ("id", "title", "short_title", "root", "description", "created", "language", "released")
_RELEASED_HINT = "`flashcards release` writes this line"


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of `collection.yaml`; those that are missing or wrong are empty."""

    id: str = ""
    title: str = ""
    short_title: str = ""
    root: str = ""
    description: str = ""
    created: date = date(2000, 1, 1)
    language: str = "en"
    fonts: tuple[str, ...] = ()
    system_fonts: tuple[str, ...] = ()
    released: bool = False
    keys: Mapping[str, Key] = field(default_factory=dict)  # declared, and those of version 0.9
    vocabularies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    origin: Origin | None = None


def read_settings(folder: Path) -> tuple[Settings, list[Diagnostic]]:
    """Read the `collection.yaml` of a folder."""
    source, node, problems = read_mapping(folder / COLLECTION_FILE, "`id:`, `title:` and so on")
    if node is None:
        return Settings(), problems
    reader = _Reader(source)
    settings = reader.settings(node)
    return settings, [*problems, *reader.problems]


def read_sources(folder: Path) -> tuple[dict[str, Reference], list[Diagnostic]]:
    """Read the `sources.yaml` of a folder, empty if it has none."""
    path = folder / SOURCES_FILE
    if not path.is_file():
        return {}, []
    source, node, problems = read_mapping(path, "`key:` with a `title:` below it")
    if node is None:
        return {}, problems
    reader = _Reader(source)
    references = reader.references(node)
    return references, [*problems, *reader.problems]


def is_language(text: str) -> bool:
    """Tell whether a text has the form of a language tag: a language, then perhaps a script, a region and so
    on."""
    return bool(re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", text))


def is_web_address(text: str) -> bool:
    """Tell whether a text is an address that a card may link to."""
    return bool(re.fullmatch(r"https?://[^\s\"<>]+", text))


class _Reader(Shapes):
    def settings(self, node: yaml.Mapping) -> Settings:
        values = dict.fromkeys(_TEXTS, "")
        meant = self.unknown_keys(node, COLLECTION_KEYS)
        for key in _TEXTS:
            entry = node.entries.get(key)
            if entry is not None:
                values[key] = self.text(entry.value, key)
            needed = key not in _OPTIONAL and key not in meant
            if needed and (entry is None or is_blank(entry.value)):
                hint = self.way_to(key, values["title"])
                self.report(f"`{key}` is missing", self.first_key(node), hint, rule="missing-field")
        if values["id"] and not ID.fullmatch(values["id"]):
            message = f"`{values['id']}` cannot be a collection's id"
            self.report(message, self.span(node.entries["id"].value), ID_HINT, rule="bad-id")
        if values["released"] and not is_blank(node.entries["released"].value):
            self.flag(node.entries["released"].value, "released", _RELEASED_HINT)
        for key, fault_of in (("root", deck_name_fault), ("short_title", type_name_fault)):
            if values[key] and (fault := fault_of(values[key])):
                self.report(fault[0], self.span(node.entries[key].value), fault[1], rule="bad-name")
        language, rules = values["language"] or "en", self.rules(node)
        if not is_language(language):
            message = f"`{language}` names no language"
            place = self.span(node.entries["language"].value)
            self.report(message, place, "write it as `en`, `pt-BR` or `zh-Hant`")
            language = "en"
        self.check_language(node, rules, language)
        fonts, system_fonts = self.fonts(node)
        return Settings(
            id=values["id"],
            title=values["title"],
            short_title=values["short_title"],
            root=values["root"],
            description=values["description"],
            created=self.created(node, values["created"]),
            language=language,
            fonts=fonts,
            system_fonts=system_fonts,
            released=values["released"] == "true",
            keys=with_former_keys(self.keys(node), rules),
            vocabularies=self.vocabularies(node),
            rules=rules,
            origin=Origin(self.source, node),
        )

    def way_to(self, key: str, title: str) -> str:
        """Return what a key that is missing is for, and a line to write."""
        name = scalar(title) if title.strip() else "Chemistry"
        return {
            "id": "it is part of every note's identity: a word that no other collection has, such as "
            "`id: chemistry-4f1c`",
            "title": "the collection's name: `title: Chemistry`",
            "short_title": f"it begins the names of the note types in Anki: `short_title: {name}`",
            "root": f"Anki's deck above all of these: `root: {name}`",
            "created": "the day on which the collection was begun: `created: 2026-11-22`",
        }[key]

    def created(self, node: yaml.Mapping, text: str) -> date:
        if not text:
            return date(2000, 1, 1)
        place = self.span(node.entries["created"].value)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.report(f"`{text}` is not a date", place, "write it as 2026-11-22")
            return date(2000, 1, 1)
        if fault := created_fault(day):
            self.report(fault[0], place, fault[1], rule="bad-date")
        return day

    def keys(self, node: yaml.Mapping) -> dict[str, Key]:
        if "keys" not in node.entries:
            return {}
        keys, problems = read_keys(self.source, node.entries["keys"].value)
        self.problems += problems
        return keys

    def fonts(self, node: yaml.Mapping) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read `fonts:`, names of families in `fonts/`, or `{system: …}`, of those that are installed."""
        entry = node.entries.get("fonts")
        if entry is None or is_blank(entry.value):
            return (), ()
        if not isinstance(entry.value, yaml.Mapping):
            return tuple(name for name, _ in self.words(entry.value, "fonts")), ()
        self.unknown_keys(entry.value, ("system",))
        system = entry.value.entries.get("system")
        return (), tuple(name for name, _ in self.words(system.value, "system")) if system else ()

    def vocabularies(self, node: yaml.Mapping) -> dict[str, tuple[str, ...]]:
        entry = node.entries.get("vocabularies")
        if entry is None:
            return {}
        hint = "`level: [mid, senior]`, indented below it"
        entries = self.entries(entry.value, "vocabularies", "a key with its words on each line", hint)
        return {key: tuple(word for word, _ in self.words(e.value, key)) for key, e in entries.items()}

    def rules(self, node: yaml.Mapping) -> dict[str, int]:
        """Read `checks:`, which content rules are on and with what limit."""
        entry = node.entries.get("checks")
        if entry is None or is_blank(entry.value):
            return {}
        hint = "`front-length: 28` or `yes-no-question: on`, indented below it"
        rules = {}
        for rule, switch in self.entries(entry.value, "checks", "a rule on each line", hint).items():
            if rule not in CONTENT_RULES and rule not in FORMER_NAMES:
                hint = did_you_mean(rule, CONTENT_RULES) or f"there are: {', '.join(sorted(CONTENT_RULES))}"
                message = f"`{rule}` is no rule that can be switched"
                self.report(message, self.key_span(switch), hint, rule="unknown-rule")
                continue
            limit = CONTENT_RULES[rule].limit if rule in CONTENT_RULES else None
            value = self.text(switch.value, rule)
            if value == "on":
                rules[rule] = limit or 0
            elif limit is not None and re.fullmatch("[1-9][0-9]{0,3}", value):
                rules[rule] = int(value)
            elif value != "off" and isinstance(switch.value, yaml.Scalar):
                hint = f"`on`, `off`, or a limit such as `{limit}`" if limit is not None else "`on` or `off`"
                self.report(f"`{rule}` cannot be `{value}`", self.span(switch.value), hint)
        return rules

    def check_language(self, node: yaml.Mapping, rules: Mapping[str, int], language: str) -> None:
        """Warn of rules that are switched on and read English, in a collection of another language."""
        if is_english(language):
            return
        switches = node.entries["checks"].value if rules else None
        for rule in rules:
            if rule in CONTENT_RULES and CONTENT_RULES[rule].english and isinstance(switches, yaml.Mapping):
                place = self.key_span(switches.entries[rule])
                message = f"`{rule}` reads English and is off here: the language is `{language}`"
                hint = "delete the line; `language: en` is English"
                self.problems.append(warning("english-only", message, place, hint=hint))

    def references(self, node: yaml.Mapping) -> dict[str, Reference]:
        references = {}
        for key, entry in node.entries.items():
            place = self.key_span(entry)
            if " " in key or not isinstance(entry.value, yaml.Mapping):
                self.report(f"`{key}` must be one word with `title:`, `url:` … below it", place)
                continue
            entries = entry.value.entries
            self.unknown_keys(entry.value, REFERENCE_KEYS)
            values = {k: self.text(e.value, k) for k, e in entries.items() if k in REFERENCE_KEYS}
            if "title" not in entries or is_blank(entries["title"].value):
                self.report(f"source `{key}` has no `title`", place, rule="missing-field")
            title, url = values.get("title", ""), values.get("url", "")
            if url and not is_web_address(url):
                self.report(f"`{url}` is not a web address", self.span(entries["url"].value))
            authors, year = values.get("authors", ""), values.get("year", "")
            references[key] = Reference(key, title, values.get("short") or title, authors, year, url)
        return references
