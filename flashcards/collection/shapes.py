"""Reads the shapes that our YAML files are made of: texts, words, lists, flags, numbers, `key: value` lines.

One reader for all of them (decks, settings, sources, note types, the coverage list), so that a mistake is
worded alike wherever it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path

from flashcards.collection.keys import OTHER_WORDS
from flashcards.diagnostics import Diagnostic, Source, Span, did_you_mean, error
from flashcards.languages import yaml

_MOST_DIGITS = 15  # of a number: every program reads it exactly, Anki too


class Shapes:
    """Reads values out of one file, and collects in `problems` what has not the shape that was expected."""

    def __init__(self, source: Source, rule: str = "wrong-shape"):
        self.source = source
        self.rule = rule  # of the findings about shapes
        self.problems: list[Diagnostic] = []

    def report(
        self, message: str, span: Span, hint: str | None = None, *, rule: str = "", note: str | None = None
    ) -> None:
        """Add an error, of the reader's own rule unless another is named."""
        self.problems.append(error(rule or self.rule, message, span, hint=hint, note=note))

    def span(self, node: yaml.Node) -> Span:
        """Return the place of a value, at least one character of it."""
        return Span(self.source, node.start, max(node.end, node.start + 1))

    def key_span(self, entry: yaml.Entry) -> Span:
        """Return the place of a key."""
        return Span(self.source, entry.start, entry.end)

    def first_key(self, node: yaml.Mapping) -> Span:
        """Return the place for what is missing from a whole mapping: its first key."""
        first = next(iter(node.entries.values()), None)
        return self.key_span(first) if first else Span(self.source, node.start, node.start + 1)

    def text(self, node: yaml.Node, key: str) -> str:
        """Return a text, empty with a finding if there is something else."""
        if isinstance(node, yaml.Scalar):
            return node.text
        written = self.source.text[node.start : node.end]
        hint = "text of several lines goes below `|`"
        if written.startswith(("[", "{")):
            hint = "if the brackets are meant as text, quote the value or put it below `|`"
        elif isinstance(node, yaml.Mapping) and "\n" not in written:
            hint = "a text with `: ` in it must be quoted"
        self.report(f"`{key}` holds {shape_name(node)}; expected text", self.span(node), hint)
        return ""

    def number(self, node: yaml.Node | None, key: str, default: int) -> int:
        """Return a whole number above 0, `default` if nothing is written."""
        text = self.text(node, key) if node is not None else ""
        if not text:
            return default
        if text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) > 0:
            return int(text)
        assert node is not None
        most = f" of at most {_MOST_DIGITS} digits" if len(text) > _MOST_DIGITS else ""
        self.report(f"`{key}` is a whole number above 0{most}, not `{text}`", self.span(node))
        return default

    def flag(self, node: yaml.Node | None, key: str, hint: str | None = None) -> bool:
        """Return true or false, false if nothing is written."""
        text = self.text(node, key) if node is not None else ""
        if text not in ("", "true", "false"):
            assert node is not None
            self.report(f"`{text}` is neither `true` nor `false`", self.span(node), hint)
        return text == "true"

    def words(self, node: yaml.Node, key: str) -> list[tuple[str, yaml.Scalar]]:
        """Return a list of texts, each with its place; a single text counts as a list of one."""
        if isinstance(node, yaml.Scalar):
            return [(node.text, node)] if node.text.strip() else []
        if isinstance(node, yaml.Mapping):
            self.report(f"`{key}` holds {shape_name(node)}; expected a list", self.span(node))
            return []
        found = []
        for item in node.items:
            if isinstance(item, yaml.Scalar) and item.text.strip():
                found.append((item.text, item))
            else:
                what = "an empty item" if isinstance(item, yaml.Scalar) else shape_name(item)
                hint = "a text with `: ` in it must be quoted" if isinstance(item, yaml.Mapping) else None
                self.report(f"`{key}` has {what}; expected texts", self.span(item), hint)
        return found

    def items(self, node: yaml.Node, key: str, expected: str, hint: str | None = None) -> list[yaml.Node]:
        """Return the items of a list."""
        if isinstance(node, yaml.Sequence):
            return node.items
        self.report(f"`{key}` holds {shape_name(node)}; expected {expected}", self.span(node), hint)
        return []

    def entries(
        self, node: yaml.Node, key: str, expected: str = "`key: value` lines", hint: str | None = None
    ) -> Mapping[str, yaml.Entry]:
        """Return the entries of a mapping."""
        if isinstance(node, yaml.Mapping):
            return node.entries
        self.report(f"`{key}` holds {shape_name(node)}; expected {expected}", self.span(node), hint)
        return {}

    def unknown_keys(
        self,
        node: yaml.Mapping,
        known: Iterable[str],
        hint_of: Callable[[str], str | None] = lambda _key: None,
        passed_over: Container[str] = (),
    ) -> set[str]:
        """Report keys that are not known; return those known ones that were probably meant.

        Keys to be `passed_over` are neither reported nor offered."""
        meant = set()
        for key, entry in node.entries.items():
            if key not in known and key not in passed_over:
                other = OTHER_WORDS.get(key.strip().lower(), "")
                near = did_you_mean(other if other in known else key.strip(), known)
                meant |= set(re.findall("`(.+)`", near)) if near else set()
                hint = hint_of(key) or near
                if key[:1].isspace():  # YAML's own blanks are no part of a key
                    hint = "it begins with no-break spaces: put usual blanks in their place"
                self.report(f"unknown field `{key}`", self.key_span(entry), hint, rule="unknown-field")
        return meant


def read_mapping(
    path: Path, expected: str, data: bytes | None = None
) -> tuple[Source, yaml.Mapping | None, list[Diagnostic]]:
    """Read a file whose root is `key: value` lines; the mapping is None if it is something else. `data` are
    the file's bytes if they have been read already."""
    source, problems = yaml.read(path) if data is None else yaml.decode(data, str(path))
    if problems:
        return source, None, problems
    node, problems = yaml.parse(source)
    if isinstance(node, yaml.Mapping) or problems:
        return source, node if isinstance(node, yaml.Mapping) else None, problems
    found = "is empty" if node is None or is_blank(node) else f"holds {shape_name(node)}"
    start = node.start if node is not None else 0
    place = Span(source, start, start + 1)
    return source, None, [error("wrong-shape", f"the file {found}; expected {expected}", place)]


def shape_name(node: yaml.Node) -> str:
    """Return what a value is, in words."""
    return {yaml.Scalar: "text", yaml.Sequence: "a list", yaml.Mapping: "`key: value` lines"}[type(node)]


def is_blank(node: yaml.Node) -> bool:
    """Tell whether nothing is written there."""
    if isinstance(node, yaml.Scalar):
        return not node.text.strip()
    return not (node.items if isinstance(node, yaml.Sequence) else node.entries)
