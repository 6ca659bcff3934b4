"""Changes decks on disk for their author: missing ids, new notes, `retired:` lines, and not one other byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from unicodedata import normalize

from flashcards.collection.loader import COLLECTION_FILE, LIST_KEYS, anki_renames
from flashcards.collection.model import Collection, Deck
from flashcards.diagnostics import FlashcardsError, Source
from flashcards.files import write_atomically
from flashcards.languages import yaml

_WORD = re.compile(r"[A-Za-z0-9][\w.-]*(?:::[\w.-]+)*")
_NUMBERED = re.compile(r"(.*?)([0-9]+)")
# What a plain scalar cannot be or hold
_SPECIAL = re.compile(r"[-?:](?: |$)|[,\[\]{}#&*!|>'\"%@`]|---|\.\.\.|.*(?:: | #|:$)")
_LONG = 110  # a plain text above this many characters goes below `|`


class EditError(FlashcardsError):
    """The file cannot be changed as asked; it is as it was."""


def insert(path: Path, text: Source, edits: Iterable[tuple[int, str]]) -> None:
    """Insert texts at offsets of `text`, which is `path` as it was read; line ends become the file's own.

    Raises `EditError` if the file is no longer as it was read, or if the result would not be YAML, as with a line put into a
    note written in braces.
    """
    line_end = re.search(r"\r\n?|\n", text.text)
    newline = line_end.group() if line_end else "\n"
    pieces, at = [], 0
    for offset, new in sorted(edits):
        pieces += [text.text[at:offset], re.sub("\r?\n", newline, new)]
        at = offset
    changed = "".join([*pieces, text.text[at:]])
    if yaml.parse(Source(text.path, changed))[1]:
        raise EditError(f"{path}: there is no place for it. Write this into the file yourself:{pieces[1]}")
    data = path.read_bytes()
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    if data != mark + text.text.encode():
        raise EditError(f"{path} has changed in the meantime; nothing was written")
    write_atomically(path, mark + changed.encode())


def end_of(text: Source, node: yaml.Node) -> int:
    """Return where the last value of a node ends; a block's own end counts the comments behind it in."""
    if isinstance(node, yaml.Scalar) or is_flow(text, node):
        return node.end
    values = [entry.value for entry in node.entries.values()] if isinstance(node, yaml.Mapping) else node.items
    return max((end_of(text, value) for value in values), default=node.end)


def end_of_line(text: Source, at: int) -> int:
    """Return where the line of offset `at` ends, before its line end."""
    line_end = re.compile(r"\r\n?|\n|\Z").search(text.text, at)
    assert line_end is not None
    return line_end.start()


def indentation(text: Source, node: yaml.Node) -> str:
    """Return the indentation of a note's keys, which begin behind a `- `; or that of a list's `- `."""
    return " " * (text.position(node.start).column - 1)


def is_flow(text: Source, node: yaml.Node) -> bool:
    """Tell whether a mapping or list is written in brackets."""
    return text.text[node.start : node.start + 1] in ("{", "[")


# -------------------------------------------------------------------------------------------------------------------- ids


def add_missing_ids(
    collection: Collection, decks: Sequence[Deck], reserved: Iterable[str] = ()
) -> list[tuple[Deck, list[str]]]:
    """Write an id into every note of `decks` that has none. Returns the new ids by deck; decks without any are left out.

    `reserved` are ids that no note may get, beside those that notes have: a note that is gone may have had them.
    """
    taken = {*reserved, *ids_in_use(collection)}
    done = []
    for deck in decks:
        notes = [note.origin.node for note in deck.notes if note.derived_id]
        ids = list(islice(free_ids(deck, taken), len(notes)))
        if notes:
            insert(deck.path, deck.source, [_id_edit(deck.source, *pair) for pair in zip(notes, ids, strict=True)])
            taken.update(ids)
            done.append((deck, ids))
    return done


def _id_edit(text: Source, note: yaml.Mapping, note_id: str) -> tuple[int, str]:
    """Return where to write a note's id, and what."""
    if "id" not in note.entries:
        if is_flow(text, note):
            return note.start + 1, f"id: {note_id}, "
        return note.start, f"id: {note_id}\n{indentation(text, note)}"
    entry = note.entries["id"]  # with nothing behind it
    style = entry.value.style if isinstance(entry.value, yaml.Scalar) else None
    if style in ("'", '"'):
        return entry.value.start + 1, note_id
    if style is not None:
        return entry.value.end, f"\n{indentation(text, note)}  {note_id}"
    colon = re.compile(r"\s*:").match(text.text, entry.end)
    return (colon.end(), f" {note_id}") if colon else (entry.end, f": {note_id}")  # in braces, `id` may stand alone


def ids_in_use(collection: Collection) -> Iterator[str]:
    """Yield every id that stands in the decks, also of notes that are too wrong to be in the collection."""
    for deck in collection.decks:
        root, _ = yaml.parse(deck.source)
        notes = root.entries["notes"].value if isinstance(root, yaml.Mapping) and "notes" in root.entries else None
        for note in notes.items if isinstance(notes, yaml.Sequence) else []:
            value = note.entries["id"].value if isinstance(note, yaml.Mapping) and "id" in note.entries else None
            if isinstance(value, yaml.Scalar):
                yield value.text


def free_ids(deck: Deck, taken: Iterable[str]) -> Iterator[str]:
    """Yield new ids in the manner of the deck's own: after PF41 comes PF42. A deck without any begins with the initials of its
    title. Numbers only grow: a gap may be where a released note was."""
    numbers: dict[str, int] = {}
    for note_id in taken:
        if match := _NUMBERED.fullmatch(note_id.lower()):
            numbers[match[1]] = max(int(match[2]), numbers.get(match[1], 0))
    own = [match for note in deck.notes if not note.derived_id and (match := _NUMBERED.fullmatch(note.id))]
    if own:
        prefix, width = own[-1][1], len(own[-1][2])
    else:
        words = re.findall("[A-Za-z]+", normalize("NFKD", deck.title).encode("ascii", "ignore").decode()) or ["Note"]
        prefix, width = ("".join(word[0] for word in words[:3]) if len(words) > 1 else words[0][:2]).upper(), 2
        if prefix.lower() in numbers:
            prefix += "-"  # another deck counts with these letters
    for number in count(numbers.get(prefix.lower(), 0) + 1):
        yield f"{prefix}{number:0{width}d}"


# ------------------------------------------------------------------------------------------------------------------ notes


def defaults(deck: Deck) -> dict[str, str]:
    """Return the keys of a deck's `defaults:` with their texts, empty where they hold more than a text."""
    root, _ = yaml.parse(deck.source)
    node = root.entries["defaults"].value if isinstance(root, yaml.Mapping) and "defaults" in root.entries else None
    entries = node.entries if isinstance(node, yaml.Mapping) else {}
    return {key: entry.value.text if isinstance(entry.value, yaml.Scalar) else "" for key, entry in entries.items()}


def append_note(deck: Deck, values: Mapping[str, object]) -> None:
    """Write a note behind the last one of a deck. Values are texts, lists of texts, or lists of mappings of texts.

    Raises `EditError` if the deck has no `notes:` list with one note below the other, or a value cannot stand in YAML.
    """
    text = deck.source
    root, _ = yaml.parse(text)
    notes = root.entries.get("notes") if isinstance(root, yaml.Mapping) and not is_flow(text, root) else None
    value = notes.value if notes is not None else None
    if isinstance(value, yaml.Sequence) and value.items and not is_flow(text, value):
        *others, last = value.items
        at, indent = _end_with_comments(text, last), indentation(text, value)
        between = text.text[end_of(text, others[-1]) : last.start].rstrip().splitlines() if others else [""]
        gap = "\n" if len(between) > 1 and all(line.strip() for line in between[1:]) else "\n\n"
    elif notes is not None and isinstance(value, yaml.Scalar) and not text.text[notes.end : value.end].strip(" \t:"):
        at, indent, gap = end_of_line(text, notes.end), "  ", "\n"  # nothing stands behind `notes:` yet
    else:
        place = f"{deck.path}:{text.position(notes.start).line}" if notes else str(deck.path)
        raise EditError(f"{place}: `notes:` is not a list with one note below the other; write it so, then add again")
    note = note_yaml(values, indent)
    if problems := yaml.parse(Source(str(deck.path), note))[1]:
        raise EditError(f"this cannot be written as YAML: {problems[0].message}")
    insert(deck.path, text, [(at, gap + note)])


def _end_with_comments(text: Source, note: yaml.Node) -> int:
    """Return where a note ends together with the comments that are its own: on its last line, or right below and as deep."""
    at = end_of_line(text, end_of(text, note))
    own = re.compile(rf"(?:(?:\r\n?|\n){indentation(text, note)}[ \t]*#[^\r\n]*)*").match(text.text, at)
    assert own is not None
    return own.end()


def note_yaml(values: Mapping[str, object], indent: str = "  ") -> str:
    """Return a note as YAML, without a line end after it."""
    inner = indent + "  "
    lines = []
    for key, value in values.items():
        if isinstance(value, str):
            lines.append(f"{key}: {_scalar(value, inner)}")
        elif key in LIST_KEYS and isinstance(value, Sequence) and all(map(_WORD.fullmatch, value)):
            lines.append(f"{key}: [{', '.join(value)}]")
        elif isinstance(value, Sequence):
            lines.append(f"{key}:")
            for item in value:
                if isinstance(item, Mapping):
                    pairs = [f"{_scalar(str(k))}: {_scalar(str(v), inner + '    ')}" for k, v in item.items()]
                    lines.append("  - " + f"\n{inner}    ".join(pairs))
                else:
                    lines.append("  - " + _scalar(str(item), inner + "  "))
    return f"{indent}- " + f"\n{inner}".join(lines)


def _scalar(text: str, indent: str | None = None) -> str:
    """Return a text as a YAML scalar: plain where that is safe, else below `|` if `indent` is given, else in double quotes."""
    trimmed = text != "" and text == text.strip()
    if trimmed and text.isprintable() and len(text) <= _LONG and not _SPECIAL.match(text):
        return text
    if trimmed and indent is not None and "\r" not in text:
        return "\n".join(["|", *(line and f"{indent}  {line}" for line in text.split("\n"))])
    return json.dumps(text, ensure_ascii=False)


# --------------------------------------------------------------------------------------------------------- new collections

_COLLECTION = """\
# What all decks of this collection share.
id: {id}  # part of every note's identity: never change it
title: {title}
short_title: {short_title}  # begins the note types' names in Anki
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

    Raises `EditError`, having written nothing, if one of them is there already or Anki would give the deck another name.
    """
    short_title = title.replace('"', "").strip()  # Anki drops quotes from the names of note types
    if not short_title or anki_renames(title):
        raise EditError(f"Anki would rename a deck called `{title}`: give another title, with no empty part between `::`")
    texts = {
        COLLECTION_FILE: _COLLECTION.format(
            id=collection_id, title=_scalar(title), short_title=_scalar(short_title), created=created
        ),
        "sources.yaml": _SOURCES,
        "01-first-deck.yaml": _DECK.format(title=title),
        "deck.schema.json": schema,
        ".gitignore": ".flashcards/\nout/\n",
        ".gitattributes": "media/** -text\n*.lock text eol=lf\n",
    }
    if problems := yaml.parse(Source(COLLECTION_FILE, texts[COLLECTION_FILE]))[1]:
        raise EditError(f"the title cannot be written: {problems[0].message}")
    files = {folder / name: text for name, text in texts.items()}
    for path in files:
        if path.exists():
            raise EditError(f"`{path}` is there already; nothing was written")
    for path, text in files.items():
        write_atomically(path, text.encode())
    return list(files)
