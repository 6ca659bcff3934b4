"""Reads the shapes of YAML that our files have: text, lists, words, flags, numbers, `key: value` lines."""

from __future__ import annotations

from collections.abc import Mapping

from flashcards.diagnostics import Source, Span
from flashcards.languages import yaml


def span_of(text: Source, node: yaml.Node) -> Span:
    return Span(text, node.start, max(node.end, node.start + 1))


def first_key(text: Source, node: yaml.Mapping) -> Span:
    """Return the place where something is missing from a whole mapping: its first key."""
    first = next(iter(node.entries.values()), None)
    return Span(text, first.start, first.end) if first else Span(text, node.start, node.start + 1)


def id_of(entries: Mapping[str, yaml.Entry]) -> str | None:
    node = entries["id"].value if "id" in entries else None
    return node.text if isinstance(node, yaml.Scalar) else None


def shape_name(node: yaml.Node) -> str:
    return {yaml.Scalar: "text", yaml.Sequence: "a list", yaml.Mapping: "`key: value` lines"}[type(node)]


def is_blank(node: yaml.Node) -> bool:
    """Tell whether nothing is written there."""
    if isinstance(node, yaml.Scalar):
        return not node.text.strip()
    return not (node.items if isinstance(node, yaml.Sequence) else node.entries)
