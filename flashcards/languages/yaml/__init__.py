"""YAML text → plain data with the place of every key and value."""

from flashcards.languages.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence
from flashcards.languages.yaml.parsing import FORBIDDEN, MAX_BYTES, MAX_DEPTH, decode, parse, read

__all__ = [
    "FORBIDDEN",
    "MAX_BYTES",
    "MAX_DEPTH",
    "Entry",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "decode",
    "parse",
    "read",
]
