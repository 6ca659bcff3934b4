"""Changes decks on disk for their author: missing ids, new notes, `retired:` lines, and not one other byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from flashcards import source
from flashcards.diagnostics import FlashcardsError, Source
from flashcards.files import write_atomically
from flashcards.model import Collection, Deck

_WORD = re.compile(r"[A-Za-z0-9][\w.-]*(?:::[\w.-]+)*")
_NUMBERED = re.compile(r"(.*?)([0-9]+)")


class EditError(FlashcardsError):
    """The file cannot be changed as asked; it is as it was."""


def insert(path: Path, text: Source, edits: Iterable[tuple[int, str]]) -> None:
    """Insert texts at offsets of `text`, which is `path` as it was read; line ends become the file's own.

    Raises `EditError` if the result would not be YAML, as with a line put into a note written in braces.
    """
    newline = "\r\n" if "\r\n" in text.text else "\n"
    pieces, at = [], 0
    for offset, new in sorted(edits):
        pieces += [text.text[at:offset], re.sub("\r?\n", newline, new)]
        at = offset
    changed = "".join([*pieces, text.text[at:]])
    if source.parse(Source(text.path, changed))[1]:
        raise EditError(f"{path}: there is no place for it. Write this into the file yourself:{pieces[1]}")
    mark = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    write_atomically(path, mark + changed.encode())


def end_of(text: Source, node: source.Node) -> int:
    """Return where the last value of a node ends; a block's own end counts the comments behind it in."""
    if isinstance(node, source.Scalar) or is_flow(text, node):
        return node.end
    values = [entry.value for entry in node.entries.values()] if isinstance(node, source.Mapping) else node.items
    return max((end_of(text, value) for value in values), default=node.end)


def end_of_line(text: Source, at: int) -> int:
    """Return where the line of offset `at` ends, before its line end."""
    line_end = re.compile(r"\r?\n|\Z").search(text.text, at)
    assert line_end is not None
    return line_end.start()


def indentation(text: Source, node: source.Mapping) -> str:
    """Return the indentation of a note's keys: those of a block mapping begin behind a `- `."""
    return " " * (text.position(node.start).column - 1)


def is_flow(text: Source, node: source.Node) -> bool:
    """Tell whether a mapping or list is written in brackets."""
    return text.text[node.start : node.start + 1] in ("{", "[")


# -------------------------------------------------------------------------------------------------------------------- ids


def add_missing_ids(collection: Collection, decks: Sequence[Deck]) -> list[tuple[Deck, list[str]]]:
    """Write an id into every note of `decks` that has none. Returns the new ids by deck; decks without any are left out."""
    taken = {note.id.lower() for _, note in collection.notes() if not note.derived_id}
    done = []
    for deck in decks:
        edits, ids = [], []
        for note in deck.notes:
            if note.derived_id:
                node = note.origin.node
                note_id = next_id(deck, taken)
                taken.add(note_id.lower())
                ids.append(note_id)
                if "id" in node.entries:  # `id:` with nothing behind it
                    edits.append((node.entries["id"].end + 1, f" {note_id}"))
                elif is_flow(deck.source, node):
                    edits.append((node.start + 1, f"id: {note_id}, "))
                else:
                    edits.append((node.start, f"id: {note_id}\n{indentation(deck.source, node)}"))
        if edits:
            insert(deck.path, deck.source, edits)
            done.append((deck, ids))
    return done


def next_id(deck: Deck, taken: set[str]) -> str:
    """Return the next free id in the manner of the deck's own: after PF41 comes PF42; a deck without any begins with its
    title's initials. `taken` holds ids in lower case."""
    numbered = [match for note in deck.notes if not note.derived_id and (match := _NUMBERED.fullmatch(note.id))]
    if numbered:
        prefix, digits = numbered[-1].groups()
        number, width = int(digits), len(digits)
    else:
        words = re.findall(r"[A-Za-z0-9]+", deck.title) or ["Note"]
        prefix = ("".join(word[0] for word in words[:3]) if len(words) > 1 else words[0][:2]).upper()
        number, width = 0, 2
        if any(re.fullmatch(rf"{re.escape(prefix.lower())}[0-9]+", note_id) for note_id in taken):
            prefix += "-"  # another deck counts with these letters
    while True:
        number += 1
        note_id = f"{prefix}{number:0{width}d}"
        if note_id.lower() not in taken:
            return note_id


# ------------------------------------------------------------------------------------------------------------------ notes


def append_note(deck: Deck, values: Mapping[str, object]) -> None:
    """Write a note at the end of a deck. Values are texts, lists of texts, or lists of mappings of texts.

    Raises `EditError` if the deck's `notes:` are written in brackets.
    """
    text = deck.source
    root, _ = source.parse(text)
    notes = root.entries["notes"] if isinstance(root, source.Mapping) and "notes" in root.entries else None
    if notes is None or (isinstance(notes.value, source.Sequence) and is_flow(text, notes.value)):
        raise EditError(f"{deck.path}: `notes:` is not a list with one note below the other; write it so, then add again")
    if isinstance(notes.value, source.Sequence) and notes.value.items:
        items = notes.value.items
        last = items[-1]
        at = end_of_line(text, end_of(text, last))
        indent = " " * (text.position(last.start).column - 3)
        gap = "\n\n" if len(items) == 1 or re.search(r"\n[ \t]*\r?\n", text.text[items[-2].start : last.start]) else "\n"
    else:
        at, indent, gap = notes.end + 1, "  ", "\n"
    insert(deck.path, text, [(at, gap + note_yaml(values, indent))])


def note_yaml(values: Mapping[str, object], indent: str = "  ") -> str:
    """Return a note as YAML, without a line end after it."""
    inner = indent + "  "
    lines = []
    for key, value in values.items():
        if isinstance(value, str):
            lines.append(f"{key}: {_scalar(value, inner)}")
        elif isinstance(value, Sequence) and all(isinstance(item, str) and _WORD.fullmatch(item) for item in value):
            lines.append(f"{key}: [{', '.join(value)}]")
        elif isinstance(value, Sequence):
            lines.append(f"{key}:")
            for item in value:
                if isinstance(item, Mapping):
                    pairs = [f"{_scalar(str(k), '')}: {_scalar(str(v), inner + '    ')}" for k, v in item.items()]
                    lines.append("  - " + f"\n{inner}    ".join(pairs))
                else:
                    lines.append("  - " + _scalar(str(item), inner + "  "))
    return f"{indent}- " + f"\n{inner}".join(lines)


def _scalar(text: str, indent: str) -> str:
    """Return a text as a YAML scalar: plain where that is safe, else a literal block, else in double quotes."""
    plain = text and text == text.strip() and "\n" not in text and not re.search(r": | #|:$|^[-?:] |^[-?:]$|[\t]", text)
    if plain and not re.match(r"[`*&!@%\[\]{}>|\"'#,]|---|\.\.\.", text) and len(text) <= 110:
        return text
    clean = text == text.strip() and text and all(c.isprintable() or c == "\n" for c in text)
    if clean and indent and not re.search(r"^\s|[^\S\n]$", text, re.MULTILINE):
        return "|\n" + "\n".join(f"{indent}  {line}".rstrip() for line in text.split("\n"))
    return json.dumps(text, ensure_ascii=False)


# --------------------------------------------------------------------------------------------------------- new collections

_COLLECTION = """\
# What all decks of this collection share.
id: {id}  # part of every note's identity: never change it
title: {title}
short_title: {title}  # begins the note types' names in Anki
root: {title}  # Anki's deck above all of these
created: {created}

# Words that `priority:`, `level:`, `tags:` … may use; leave a line out and any word will do.
vocabularies:
  priority: [P1, P2, P3]
"""

_SOURCES = """\
# The bibliography: what a note's `sources:` may name.
ebbinghaus1885:
  title: "Memory: A Contribution to Experimental Psychology"
  short: Ebbinghaus 1885
  authors: Hermann Ebbinghaus
  year: 1885
"""

_DECK = """\
# yaml-language-server: $schema=deck.schema.json
title: First deck  # in Anki: {title}::01 First deck
description: What is in this deck, and for whom.

notes:
  # A question and its answer. The text is Markdown; `$…$` is maths.
  - id: FD01  # for ever: reviews hang on it, not on the text
    front: Why does testing yourself beat reading again?
    back: |
      Recalling is what strengthens memory; reading only *feels* like it.
    why: Effort at recall tells the brain what to keep.
    sources: [ebbinghaus1885]

  # A text with gaps: each number makes a card.
  - id: FD02
    cloze: |
      Anki's four ease buttons are {{{{c1::Again}}}}, {{{{c2::Hard}}}}, {{{{c3::Good}}}} and {{{{c4::Easy}}}}.

  # Other kinds: `flashcards explain`. Add one: `flashcards add 01-first-deck.yaml`.
"""


def new_collection(folder: Path, title: str, collection_id: str, created: str, schema: str) -> list[Path]:
    """Make a collection with a commented first deck. Returns the files, all new.

    Raises `EditError`, having written nothing, if one of them is there already.
    """
    texts = {
        "collection.yaml": _COLLECTION.format(id=collection_id, title=_scalar(title, ""), created=created),
        "sources.yaml": _SOURCES,
        "01-first-deck.yaml": _DECK.format(title=title),
        "deck.schema.json": schema,
        ".gitignore": ".flashcards/\nout/\n",
        ".gitattributes": "media/** -text\n*.lock text eol=lf\n",
    }
    files = {folder / name: text for name, text in texts.items()}
    for path in files:
        if path.exists():
            raise EditError(f"`{path}` is there already; nothing was written")
    for path, text in files.items():
        write_atomically(path, text.encode())
    return list(files)
