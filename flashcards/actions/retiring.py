"""`retire`: takes a note out of study by a line in its deck, and brings it back from git first if it is
gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from flashcards import git
from flashcards.collection import editing
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Collection
from flashcards.diagnostics import Source
from flashcards.languages import yaml
from flashcards.ledger.lock import LedgerError
from flashcards.ledger.store import refuse_installed


def retire(loaded: Loaded, note_id: str, reason: str) -> Path:
    """Write `retired: reason` into a note, changing no other byte; a note that is gone is first brought back
    from git.

    Returns the deck file. Raises `LedgerError` if there is no such note to be found, or no place for the
    line."""
    collection = loaded.collection
    refuse_installed(collection)
    line = f"retired: {json.dumps(reason, ensure_ascii=False)}"
    for deck, note in collection.notes():
        if note.id == note_id:
            if note.retired is not None:
                raise LedgerError(f"`{note_id}` is retired already")
            path, _ = deck.file
            assert note.origin is not None
            text, node = note.origin.source, note.origin.node
            at = editing.end_of_line(text, editing.end_of(text, node))
            editing.insert(path, text, [(at, f"\n{editing.indentation(text, node)}{line}")])
            return path
    for path, old in _old_decks(collection, note_id):
        for text, node in _note_in(Source(path.name, old), note_id):
            if not path.is_file():
                raise LedgerError(
                    f"`{note_id}` was in {path}, which is gone. Bring the file back with git, then "
                    "retire its notes."
                )
            item = text.text[node.start : editing.end_of_line(text, editing.end_of(text, node))]
            indent = editing.indentation(text, node)
            now, _ = yaml.read(path)
            editing.insert(
                path, now, [(len(now.text.rstrip()), f"\n\n{indent[:-2]}- {item}\n{indent}{line}")]
            )
            return path
    raise LedgerError(
        f"no note `{note_id}` in this collection or in its git history. Write it again "
        "with its id, then retire it."
    )


def _old_decks(collection: Collection, note_id: str) -> Iterator[tuple[Path, str]]:
    """Yield path and text of deck files of the past in which an id stands, newest first."""
    try:
        for version in git.folder_history(collection.folder, ".yaml"):
            if note_id in version.text:
                yield collection.folder / Path(version.path).name, version.text
    except git.GitError as problem:
        raise LedgerError(f"{collection.folder}: {problem}") from None


def _note_in(text: Source, note_id: str) -> Iterator[tuple[Source, yaml.Mapping]]:
    root, _ = yaml.parse(text)
    notes = (
        root.entries["notes"].value if isinstance(root, yaml.Mapping) and "notes" in root.entries else None
    )
    for item in notes.items if isinstance(notes, yaml.Sequence) else []:
        entry = item.entries.get("id") if isinstance(item, yaml.Mapping) else None
        if entry is not None and isinstance(entry.value, yaml.Scalar) and entry.value.text == note_id:
            assert isinstance(item, yaml.Mapping)
            yield text, item
