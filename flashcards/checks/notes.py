"""Checks of notes beside each other and of the collection as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from flashcards.collection.model import Collection, Note
from flashcards.collection.settings import read_settings
from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.resources import bundled

# Not other signs: C, C++ and C# are three languages
_PASSED_OVER = str.maketrans(dict.fromkeys("*_`?!.,:;'\"‘’“”", " "))


def duplicate_fronts(collection: Collection) -> Iterator[Diagnostic]:
    """Anki knows a note by its first field: two of one note type with the same one show red in the editor."""
    seen: dict[tuple[str, str], Note] = {}
    for _, note in collection.notes():
        front = compared_front(note)
        if not front:
            continue
        first = seen.setdefault((note.type.kind, front), note)
        if first is not note:
            key = note.type.fields[0].key
            span = first.span(key)
            where = f" at {span.place}" if span else ""
            hint = f"say on each what tells them apart; the other is `{first.id}`{where}"
            message = f"`{first.id}` asks the same"
            yield error("duplicate-front", message, note.span(key), hint=hint, note=note.id)


def compared_front(note: Note) -> str:
    """Return a note's first field as it is compared with others, empty if it need not be unique."""
    if note.retired is not None or note.derived_id:
        return ""
    return normalize("NFKC", " ".join(note.front.translate(_PASSED_OVER).split()).casefold())


def borrowed_id(collection: Collection) -> Iterator[Diagnostic]:
    """Two collections with one id would overwrite each other's notes in a learner's Anki."""
    path = bundled("decks")
    if collection.path is not None and collection.path.resolve() == path.resolve():
        return
    shipped, _ = read_settings(path)
    if collection.id == shipped.id and collection.title != shipped.title:
        span = collection.origin.span("id") if collection.origin is not None else None
        message = f"`{collection.id}` is the id of the decks that come with flashcards"
        hint = "take an id of your own; only a fork that means to replace those decks keeps theirs"
        yield warning("borrowed-id", message, span, hint=hint)
