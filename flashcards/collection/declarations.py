"""The keys that a collection declares for its notes: `keys:` of collection.yaml, read and written.

A declaration says what the key holds and what the rules have to know of it, so that no rule knows a key by
its name. Version 0.9 had four such keys built in: they still work where they are not declared, with a
warning."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from flashcards.collection.content_rules import CONTENT_RULES, present_name
from flashcards.collection.keys import (
    FORMER_KEYS,
    LABELS,
    NOTE_KEYS,
    RESERVED,
    Allowed,
    Key,
    Shape,
)
from flashcards.collection.model import Deck, Origin
from flashcards.collection.names import TAG_HINT, is_tag
from flashcards.collection.notetypes import NoteType
from flashcards.collection.shapes import Shapes, is_blank
from flashcards.diagnostics import Diagnostic, Source, Span, did_you_mean, error, warning
from flashcards.languages import yaml

CLASH_HINT = "take another name for the key"

_SHAPES: tuple[Shape, ...] = ("text", "words", "flag")
_PROPERTIES = ("shape", "values", "required", "exempts", "covers", "help")
_VALUE_PROPERTIES = ("needs", "tag")
_EXAMPLE = "`mood: {values: [calm, bold], help: how it sounds}`, indented below it"
_PLAIN = re.compile(r"[A-Za-z0-9](?:[\w .()/'’-]*[\w.)'’])?")  # of texts that need no quotes inside braces
_REQUIRED_BY = "missing-provenance"  # the rule that in version 0.9 required the only key that was required


def read_keys(source: Source, node: yaml.Node) -> tuple[dict[str, Key], list[Diagnostic]]:
    """Read the value of `keys:`. What is declared wrongly is reported and left out, or out of its key."""
    reader = _Reader(source, rule="bad-key")
    keys = reader.keys(node)
    return keys, reader.problems


def with_former_keys(declared: Mapping[str, Key], switched: Container[str]) -> dict[str, Key]:
    """Return the declared keys and behind them those that version 0.9 knew and that are not declared.

    `switched` are the rules of `checks:`."""
    keys = dict(declared)
    for name, former in FORMER_KEYS.items():
        is_required = former.required and _REQUIRED_BY in switched
        if name in keys:
            keys[name] = replace(keys[name], required=keys[name].required or is_required)
        elif former.required and not is_required:
            keys[name] = replace(former, required=False, values={}, undeclared=True)
        else:
            keys[name] = replace(former, undeclared=True)
    return keys


def declaration(key: Key) -> str:
    """Return the line below `keys:` that declares a key, without indentation and line end."""
    properties = []
    if key.shape != "text":
        properties.append(f"shape: {key.shape}")
    if key.values:
        values = []
        for word, allowed in key.values.items():
            inner = [f"{name}: {_flow(text)}" for name, text in _parts(allowed) if text]
            values.append(f"{_flow(word)}: {{{', '.join(inner)}}}")
        properties.append(f"values: {{{', '.join(values)}}}")
    if key.required:
        properties.append("required: true")
    if key.exempts:
        properties.append(f"exempts: [{', '.join(key.exempts)}]")
    if key.covers:
        properties.append("covers: true")
    properties.append(f"help: {_flow(key.help)}")
    return f"{key.name}: {{{', '.join(properties)}}}"


def undeclared_places(keys: Mapping[str, Key], decks: Iterable[Deck]) -> dict[str, Span | None]:
    """Return the keys that notes use and the collection does not declare, each with the first place."""
    undeclared = {name for name, key in keys.items() if key.undeclared}
    places: dict[str, Span | None] = {}
    for deck in decks if undeclared else ():
        for note in deck.notes:
            for name in undeclared & note.labels.keys():
                if name not in places:
                    places[name] = note.key_span(name)
    return places


def undeclared_uses(
    keys: Mapping[str, Key],
    places: Mapping[str, Span | None],
    switched: Container[str],
    settings: Origin | None,
) -> dict[str, tuple[Key, Span | None]]:
    """Return the keys that are used and not declared, or that the declaration of such a key needs, each with
    the first place that uses it; `places` are those in decks."""
    undeclared = {name: key for name, key in keys.items() if key.undeclared}
    uses = {name: (undeclared[name], place) for name, place in places.items()}
    for name, key in undeclared.items():
        if key.required and _REQUIRED_BY in switched and name not in uses:
            uses[name] = (key, _rule_span(settings))
    for key, span in list(uses.values()):  # their declarations name others
        for allowed in key.values.values():
            if allowed.needs in undeclared:
                uses.setdefault(allowed.needs, (undeclared[allowed.needs], span))
    return {name: uses[name] for name in undeclared if name in uses}


def undeclared_key_warnings(uses: Mapping[str, tuple[Key, Span | None]]) -> Iterator[Diagnostic]:
    """Offer for each of these keys the line that declares it."""
    for name, (key, span) in uses.items():
        hint = f"`flashcards fix` writes it below `keys:` in collection.yaml: {declaration(key)}"
        yield warning("undeclared-key", f"the collection does not declare `{name}`", span, hint=hint)


def clashes(
    keys: Iterable[Key], note_types: Mapping[str, NoteType], settings: Origin
) -> Iterator[Diagnostic]:
    """Yield an error for each declared key that is also a field of a note type: it would mean two things."""
    node = settings.value("keys")
    entries = node.entries if isinstance(node, yaml.Mapping) else {}
    for key in keys:
        message = clash(key, note_types)
        if message is not None and key.name in entries:
            entry = entries[key.name]
            place = Span(settings.source, entry.start, entry.end)
            yield error("bad-key", message, place, hint=CLASH_HINT)


def clash(key: Key, note_types: Mapping[str, NoteType]) -> str | None:
    """Return which note type has a field of a declared key's name, as a sentence; None if none has."""
    kinds = [kind for kind, note_type in note_types.items() if key.name in note_type.field_keys]
    if key.undeclared or not kinds:
        return None
    return f"`{key.name}` is a field of notes of kind `{kinds[0]}`"


def name_mistake(name: str) -> tuple[str, str] | None:
    """Return why a key cannot have this name, and the way out; None if it can."""
    if name in NOTE_KEYS:
        return f"every note has `{name}` already", "leave it out"
    if name in RESERVED:
        return f"`{name}` is an option of `flashcards add`", CLASH_HINT
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        return f"`{name}` cannot be a key", "small letters, digits and `_`; a letter first"
    return None


def _parts(allowed: Allowed) -> tuple[tuple[str, str], ...]:
    return ("needs", allowed.needs), ("tag", allowed.tag)


def _flow(text: str) -> str:
    """Return a text as it is written inside of braces."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _rule_span(settings: Origin | None) -> Span | None:
    """Return where `checks:` switches on the rule that required a key."""
    node = settings.value("checks") if settings is not None else None
    entry = node.entries.get(_REQUIRED_BY) if isinstance(node, yaml.Mapping) else None
    return Span(settings.source, entry.start, entry.end) if settings is not None and entry else None


class _Reader(Shapes):
    """Reads `keys:`."""

    def keys(self, node: yaml.Node) -> dict[str, Key]:
        if is_blank(node):
            return {}
        entries = self.entries(node, "keys", "a key with its properties on each line", _EXAMPLE)
        keys = {}
        for name, entry in entries.items():
            mistake = name_mistake(name)
            if mistake is not None:
                self.report(mistake[0], self.key_span(entry), mistake[1])
                continue
            key = self.key(name, entry)
            if key is not None:
                keys[name] = key
        for name, key in keys.items():
            self.check_needs(key, entries[name], keys)
        return keys

    def key(self, name: str, entry: yaml.Entry) -> Key | None:
        node = entry.value
        if not isinstance(node, yaml.Mapping):
            hint = f"`{name}: {{help: what it is for}}`"
            self.report(f"`{name}` needs its properties", self.key_span(entry), hint)
            return None
        self.known(node, _PROPERTIES)
        written = {key: e.value for key, e in node.entries.items() if not is_blank(e.value)}
        purpose = self.text(written["help"], "help") if "help" in written else ""
        if "help" not in written:
            self.report(f"`{name}` has no `help`", self.key_span(entry), "say in a few words what it is for")
        shape = self.shape(written.get("shape"))
        values = self.values(written["values"]) if "values" in written else {}
        exempts = self.exempts(written["exempts"]) if "exempts" in written else ()
        covers = self.flag(written.get("covers"), "covers")
        if shape == "flag":
            for wrong in ("values", "covers"):
                if wrong in written:
                    place = self.key_span(node.entries[wrong])
                    self.report(f"a flag has no `{wrong}`: it is `true` or `false`", place)
        elif "exempts" in written:
            place = self.key_span(node.entries["exempts"])
            self.report("only a flag can exempt a note from rules", place, "add `shape: flag`")
        return Key(
            name,
            shape,
            purpose,
            example="true" if shape == "flag" else next(iter(values), "…"),
            is_list=shape == "words",
            values=values,
            required=self.flag(written.get("required"), "required"),
            exempts=exempts,
            covers=covers,
        )

    def known(self, node: yaml.Mapping, properties: Iterable[str]) -> None:
        """Report the properties that there are not."""
        for name, entry in node.entries.items():
            if name not in properties:
                hint = did_you_mean(name, properties) or f"there are: {', '.join(properties)}"
                self.report(f"unknown property `{name}`", self.key_span(entry), hint)

    def shape(self, node: yaml.Node | None) -> Shape:
        text = self.text(node, "shape") if node is not None else ""
        for shape in _SHAPES:
            if text == shape:
                return shape
        if text and node is not None:
            hint = did_you_mean(text, _SHAPES) or "`text` (one), `words` (several) or `flag` (true or false)"
            self.report(f"unknown shape `{text}`", self.span(node), hint)
        return "text"

    def values(self, node: yaml.Node) -> dict[str, Allowed]:
        if not isinstance(node, yaml.Mapping):
            return {word: Allowed() for word, _ in self.words(node, "values")}
        values = {}
        for word, entry in node.entries.items():
            inner = entry.value
            if isinstance(inner, yaml.Mapping):
                self.known(inner, _VALUE_PROPERTIES)
                needs, tag = (
                    self.text(inner.entries[name].value, name) if name in inner.entries else ""
                    for name in _VALUE_PROPERTIES
                )
                if tag and not is_tag(tag):
                    self.report(f"`{tag}` cannot be a tag", self.span(inner.entries["tag"].value), TAG_HINT)
                values[word] = Allowed(needs, tag)
            elif is_blank(inner):
                values[word] = Allowed()
            else:
                hint = "`seed: {needs: seed_refs}`, or `seed: {}` if it needs nothing"
                self.report(f"`{word}` needs its properties in braces", self.span(inner), hint)
        return values

    def exempts(self, node: yaml.Node) -> tuple[str, ...]:
        rules = []
        for rule, scalar in self.words(node, "exempts"):
            if present_name(rule) in CONTENT_RULES:
                rules.append(present_name(rule))
            else:
                hint = did_you_mean(rule, CONTENT_RULES) or f"there are: {', '.join(sorted(CONTENT_RULES))}"
                self.report(f"`{rule}` is no rule that can be switched", self.span(scalar), hint)
        return tuple(rules)

    def check_needs(self, key: Key, entry: yaml.Entry, declared: Mapping[str, Key]) -> None:
        """Report what the values of a key need if a note cannot have it."""
        known = {*declared, *(label.name for label in LABELS), "sources"} - {key.name}
        for word, allowed in key.values.items():
            if allowed.needs and allowed.needs not in known:
                node = _inner(entry.value, "values", word, "needs")
                hint = did_you_mean(allowed.needs, known) or "declare it below `keys:` too"
                self.report(f"`{allowed.needs}` is no key that a note can need", self.span(node), hint)


def _inner(node: yaml.Node, *path: str) -> yaml.Node:
    for name in path:
        assert isinstance(node, yaml.Mapping)
        node = node.entries[name].value
    return node
