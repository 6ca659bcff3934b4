"""`retire`: takes a note out of study by a line in its deck, and brings it back from git first if it is
gone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from flashcards import git
from flashcards.collection import editing
from flashcards.collection.loader import Loaded
from flashcards.collection.location import DECK_SUFFIXES
from flashcards.collection.model import Collection, deck_name
from flashcards.diagnostics import Source
from flashcards.files import write_atomically
from flashcards.languages import yaml
from flashcards.ledger.lock import LOCK_FILE, LedgerError
from flashcards.ledger.store import refuse_installed

_ESCAPED_ID = re.compile(r'id["\']?\s*:\s*"[^"\n]*\\')


def retire(loaded: Loaded, note_id: str, reason: str) -> Path:
    """Write `retired: reason` into a note, changing no other byte; a note that is gone is first brought back
    from git.

    It comes back into the deck that it was in or, if that is gone or has other defaults now, into one of its
    own. Returns the deck file. Raises `LedgerError` if there is no such note to be found, and `EditError` if
    there is no place for the line."""
    collection = loaded.collection
    refuse_installed(collection)
    line = f"retired: {json.dumps(reason, ensure_ascii=False)}"
    for deck, note in collection.notes():
        if note.id == note_id:
            if note.retired is not None:
                raise LedgerError(f"`{note_id}` is retired already")
            path, _ = deck.file
            assert note.origin is not None
            source, node = note.origin.source, note.origin.node
            editing.insert(path, source, [_retired_line(source, node, line)])
            return path
    old = next(_old_notes(collection, note_id), None)
    if old is None:
        raise LedgerError(
            f"no note `{note_id}` in this collection or in its git history. Write it again "
            "with its id, then retire it."
        )
    return _bring_back(collection, old, line)


def _retired_line(source: Source, note: yaml.Mapping, line: str) -> tuple[int, str]:
    """Return where to write the line into a note, and what."""
    if editing.is_flow(source, note):
        return editing.end_of_entries(source, note), f", {line}"
    at = editing.end_of_line(source, editing.end_of(source, note))
    return at, f"\n{editing.indentation(source, note)}{line}"


class _OldNote(NamedTuple):
    """A note as it was committed, in the deck file that it was in."""

    file: str  # its name
    source: Source
    deck: yaml.Mapping
    note: yaml.Mapping

    def retired_text(self, line: str, indent: str) -> str:
        """Return the note as an item of a list at this indentation, with the line in the place of any that
        it had."""
        source, note, text = self.source, self.note, self.source.text
        end = note.end if editing.is_flow(source, note) else _end_of_lines(source, note)
        had = note.entries.get("retired")
        if had is not None:
            item = f"{text[note.start : had.start]}{line}{text[_end_of_entry(source, had) : end]}"
        else:
            at, written = _retired_line(source, note, line)
            item = f"{text[note.start : at]}{written}{text[at:end]}"
        return f"{indent}- {_shifted(item, editing.indentation(source, note), indent + '  ')}"


def _end_of_lines(source: Source, node: yaml.Node) -> int:
    return editing.end_of_line(source, editing.end_of(source, node))


def _end_of_entry(source: Source, entry: yaml.Entry) -> int:
    """Return where the value of a key ends, or its colon if there is no value."""
    colon = re.compile(r"\s*:").match(source.text, entry.end)
    return max(editing.end_of(source, entry.value), colon.end() if colon else entry.end)


def _shifted(item: str, before: str, after: str) -> str:
    """Move all lines but the first from one indentation to another."""
    first, *others = item.splitlines(keepends=True)
    moved = [after + line.removeprefix(before) if line.strip() else line for line in others]
    return first + "".join(moved)


def _bring_back(collection: Collection, old: _OldNote, line: str) -> Path:
    """Write a note that was committed once, with the line in it, into a deck. Returns the deck's file."""
    stem, title = Path(old.file).stem, _text_of(old.deck, "title")
    name = _text_of(old.deck, "name") or deck_name(collection.root, stem, title)
    near = [
        deck
        for deck in collection.decks
        if deck.key == stem or deck.name == name or deck.key.startswith(f"{stem}-retired")
    ]
    for deck in near:
        file, origin = deck.file
        if _reads_alike(old, origin.node):
            try:
                at, indent, gap = editing.behind_last_note(file, origin.source, origin.node)
                editing.insert(file, origin.source, [(at, gap + old.retired_text(line, indent))])
            except editing.EditError:
                continue  # no list with one note below the other
            return file
    names = {deck.name.casefold() for deck in collection.decks}
    for own_stem, own_title in _own_names(stem, title, is_free=not near):
        path = collection.folder / f"{own_stem}.yaml"
        own_name = name if own_stem == stem else deck_name(collection.root, own_stem, own_title)
        if not path.exists() and own_name.casefold() not in names:
            return _write_deck(path, own_title, old, line)
    raise AssertionError("there is always another name")


def _own_names(stem: str, title: str, *, is_free: bool) -> Iterator[tuple[str, str]]:
    """Yield file names and titles for a deck that holds retired notes alone."""
    if is_free:
        yield stem, title
    yield f"{stem}-retired", f"{title} (retired)"
    for number in count(2):
        yield f"{stem}-retired-{number}", f"{title} (retired {number})"


def _write_deck(path: Path, title: str, old: _OldNote, line: str) -> Path:
    """Write a deck that holds one note alone, with the other keys of its old deck."""
    source, indent = old.source, editing.indentation(old.source, old.deck)
    keys = {
        key: _shifted(source.text[entry.start : _end_of_entry(source, entry)], indent, "")
        for key, entry in old.deck.entries.items()
        if key != "notes" and (key != "name" or title == _text_of(old.deck, "title"))
    }
    if title != _text_of(old.deck, "title"):
        keys["title"] = f"title: {json.dumps(title, ensure_ascii=False)}"
    text = "\n".join([*keys.values(), "notes:", old.retired_text(line, "  "), ""])
    text = re.sub(r"\r\n?", "\n", text)
    if problems := yaml.parse(Source(str(path), text))[1]:
        raise editing.EditError(f"{path}: the note cannot be written: {problems[0].message}")
    write_atomically(path, text.encode())
    return path


def _reads_alike(old: _OldNote, deck: yaml.Mapping) -> bool:
    """Tell whether a note would be the same in a deck as in its old one, by the deck's defaults and tags."""
    own = old.note.entries.keys()

    def inherited(mapping: yaml.Mapping) -> object:
        keys = mapping.entries.keys() & {"defaults", "tags"}
        values = {key: _plain(mapping.entries[key].value) for key in keys}
        defaults = values.get("defaults")
        if isinstance(defaults, dict):
            values["defaults"] = {key: value for key, value in defaults.items() if key not in own}
        return {key: value for key, value in values.items() if value}

    return inherited(old.deck) == inherited(deck)


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.Scalar):
        return node.text
    if isinstance(node, yaml.Sequence):
        return [_plain(item) for item in node.items]
    return {key: _plain(entry.value) for key, entry in node.entries.items()}


def _text_of(mapping: yaml.Mapping, key: str) -> str:
    value = mapping.entries[key].value if key in mapping.entries else None
    return value.text if isinstance(value, yaml.Scalar) else ""


def _old_notes(collection: Collection, note_id: str) -> Iterator[_OldNote]:
    """Yield the note as it was in deck files of the past, newest first, however its id was written."""
    try:
        for version in git.folder_history(collection.folder, DECK_SUFFIXES, LOCK_FILE):
            if note_id in version.text or _ESCAPED_ID.search(version.text):
                yield from _notes_in(version, note_id)
    except git.GitError as problem:
        raise LedgerError(f"{collection.folder}: {problem}") from None


def _notes_in(version: git.Version, note_id: str) -> Iterator[_OldNote]:
    source = Source(version.path, version.text.removeprefix("\ufeff"))
    root, _ = yaml.parse(source)
    if not isinstance(root, yaml.Mapping) or "notes" not in root.entries:
        return
    notes = root.entries["notes"].value
    for item in notes.items if isinstance(notes, yaml.Sequence) else []:
        if isinstance(item, yaml.Mapping) and _text_of(item, "id") == note_id:
            yield _OldNote(Path(version.path).name, source, root, item)
