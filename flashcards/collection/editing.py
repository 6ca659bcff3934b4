"""Changes decks on disk for their author: missing ids, new notes, `retired:` lines, and not one other
byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from unicodedata import normalize

from flashcards.collection.keys import NOTE_KEYS, Key
from flashcards.collection.model import Collection, Deck
from flashcards.diagnostics import FlashcardsError, Source, Span
from flashcards.files import write_atomically
from flashcards.languages import yaml

_WORD = re.compile(r"[A-Za-z0-9][\w.-]*(?:::[\w.-]+)*")
_NUMBERED = re.compile(r"(.*?)([0-9]+)")
# What a plain scalar cannot be or hold
_SPECIAL = re.compile(r"[-?:](?: |$)|[,\[\]{}#&*!|>'\"%@`]|---|\.\.\.|.*(?:: | #|:$)")
_LONG = 110  # a plain text above this many characters goes below `|`


class EditError(FlashcardsError):
    """The file cannot be changed as asked; it is as it was."""


def insert(path: Path, source: Source, edits: Iterable[tuple[int, str]]) -> None:
    """Insert texts at offsets of `source`, which is `path` as it was read; line ends become the file's own.

    Raises `EditError` if the file is no longer as it was read, or if the result would not be YAML, as with a
    line put into a note written in braces."""
    line_end = re.search(r"\r\n?|\n", source.text)
    newline = line_end.group() if line_end else "\n"
    pieces, at = [], 0
    for offset, new in sorted(edits):
        pieces += [source.text[at:offset], re.sub("\r?\n", newline, new)]
        at = offset
    changed = "".join([*pieces, source.text[at:]])
    if yaml.parse(Source(source.path, changed))[1]:
        raise EditError(f"{path}: there is no place for it. Write this into the file yourself:{pieces[1]}")
    data = path.read_bytes()
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    if data != mark + source.text.encode():
        raise EditError(f"{path} has changed in the meantime; nothing was written")
    write_atomically(path, mark + changed.encode())


def end_of(source: Source, node: yaml.Node) -> int:
    """Return where the last value of a node ends; a block's own end counts the comments behind it in."""
    if isinstance(node, yaml.Scalar) or is_flow(source, node):
        return node.end
    values = (
        [entry.value for entry in node.entries.values()] if isinstance(node, yaml.Mapping) else node.items
    )
    return max((end_of(source, value) for value in values), default=node.end)


def end_of_entries(source: Source, mapping: yaml.Mapping) -> int:
    """Return where the last entry of a mapping in braces ends, or behind its opening brace if it has none."""
    ends = [max(entry.end, end_of(source, entry.value)) for entry in mapping.entries.values()]
    return max(ends, default=mapping.start + 1)


def end_of_line(source: Source, at: int) -> int:
    """Return where the line of offset `at` ends, before its line end."""
    line_end = re.compile(r"\r\n?|\n|\Z").search(source.text, at)
    assert line_end is not None
    return line_end.start()


def indentation(source: Source, node: yaml.Node) -> str:
    """Return the indentation of a note's keys, which begin behind a `- `; or that of a list's `- `."""
    return " " * (source.position(node.start).column - 1)


def behind_last_note(path: Path, source: Source, root: yaml.Mapping) -> tuple[int, str, str]:
    """Return where a new note goes in a deck file, the indentation of its `- `, and the line ends before it.

    Raises `EditError` if the deck has no `notes:` list with one note below the other."""
    notes = None if is_flow(source, root) else root.entries.get("notes")
    value = notes.value if notes is not None else None
    if isinstance(value, yaml.Sequence) and value.items and not is_flow(source, value):
        *others, last = value.items
        between = (
            source.text[end_of(source, others[-1]) : last.start].rstrip().splitlines() if others else [""]
        )
        gap = "\n" if len(between) > 1 and all(line.strip() for line in between[1:]) else "\n\n"
        return _end_with_comments(source, last), indentation(source, value), gap
    if (
        notes is not None
        and isinstance(value, yaml.Scalar)
        and not source.text[notes.end : value.end].strip(" \t:")
    ):
        return end_of_line(source, notes.end), "  ", "\n"  # nothing stands behind `notes:` yet
    place = Span(source, notes.start, notes.end).place if notes else str(path)
    message = "`notes:` is not a list with one note below the other; write it so, then add again"
    raise EditError(f"{place}: {message}")


def _end_with_comments(source: Source, note: yaml.Node) -> int:
    """Return where a note ends together with the comments that are its own: on its last line, or right below
    and as deep."""
    at = end_of_line(source, end_of(source, note))
    own = re.compile(rf"(?:(?:\r\n?|\n){indentation(source, note)}[ \t]*#[^\r\n]*)*").match(source.text, at)
    assert own is not None
    return own.end()


def is_flow(source: Source, node: yaml.Node) -> bool:
    """Tell whether a mapping or list is written in brackets."""
    return source.text[node.start : node.start + 1] in ("{", "[")


def ids_in_use(collection: Collection) -> Iterator[str]:
    """Yield every id that stands in the decks, also of notes that are too wrong to be in the collection."""
    for deck in collection.decks:
        if deck.origin is None:
            yield from (note.id for note in deck.notes)
            continue
        notes = deck.origin.value("notes")
        for item in notes.items if isinstance(notes, yaml.Sequence) else []:
            entry = item.entries.get("id") if isinstance(item, yaml.Mapping) else None
            if entry is not None and isinstance(entry.value, yaml.Scalar):
                yield entry.value.text


def free_ids(deck: Deck, taken: Iterable[str]) -> Iterator[str]:
    """Yield new ids in the manner of the deck's own: after PF41 comes PF42. A deck without any begins with
    the initials of its title. Numbers only grow: a gap may be where a released note was."""
    numbers: dict[str, int] = {}
    for note_id in taken:
        if match := _NUMBERED.fullmatch(note_id.lower()):
            numbers[match[1]] = max(int(match[2]), numbers.get(match[1], 0))
    own = [match for note in deck.notes if not note.derived_id and (match := _NUMBERED.fullmatch(note.id))]
    if own:
        prefix, width = own[-1][1], len(own[-1][2])
    else:
        words = re.findall("[A-Za-z]+", normalize("NFKD", deck.title).encode("ascii", "ignore").decode()) or [
            "Note"
        ]
        prefix, width = (
            ("".join(word[0] for word in words[:3]) if len(words) > 1 else words[0][:2]).upper(),
            2,
        )
        if prefix.lower() in numbers:
            prefix += "-"  # another deck counts with these letters
    for number in count(numbers.get(prefix.lower(), 0) + 1):
        yield f"{prefix}{number:0{width}d}"


def note_yaml(values: Mapping[str, object], indent: str = "  ", keys: Mapping[str, Key] = NOTE_KEYS) -> str:
    """Return a note as YAML, without a line end after it; lists of words behind `keys` in one line."""
    inner = indent + "  "
    lines = []
    for key, value in values.items():
        if isinstance(value, str):
            lines.append(f"{key}: {scalar(value, inner)}")
        elif key in keys and isinstance(value, Sequence) and all(map(_WORD.fullmatch, value)):
            lines.append(f"{key}: [{', '.join(value)}]")
        elif isinstance(value, Sequence):
            lines.append(f"{key}:")
            for item in value:
                if isinstance(item, Mapping):
                    pairs = [f"{scalar(str(k))}: {scalar(str(v), inner + '    ')}" for k, v in item.items()]
                    lines.append("  - " + f"\n{inner}    ".join(pairs))
                else:
                    lines.append("  - " + scalar(str(item), inner + "  "))
    return f"{indent}- " + f"\n{inner}".join(lines)


def scalar(text: str, indent: str | None = None) -> str:
    """Return a text as a YAML scalar: plain where that is safe, else below `|` if `indent` is given, else in
    double quotes."""
    trimmed = text != "" and text == text.strip()
    if trimmed and text.isprintable() and len(text) <= _LONG and not _SPECIAL.match(text):
        return text
    if trimmed and indent is not None and "\r" not in text:
        return "\n".join(["|", *(line and f"{indent}  {line}" for line in text.split("\n"))])
    return json.dumps(text, ensure_ascii=False)
