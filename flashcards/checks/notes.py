"""Checks of notes beside each other and of the collection as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

from flashcards.collection import loader
from flashcards.collection.model import Collection, Note
from flashcards.diagnostics import Diagnostic, Source, Span, error, warning
from flashcards.resources import bundled

_PASSED_OVER = re.compile(r"[\s*_`?!.,:;'\"‘’“”]+")  # not other signs: C, C++ and C# are three languages


def duplicate_fronts(collection: Collection) -> Iterator[Diagnostic]:
    """Anki knows a note by its first field: two of one note type with the same one show red in the editor."""
    seen: dict[tuple[str, str], Note] = {}
    for _, note in collection.notes():
        front = normalize("NFKC", _PASSED_OVER.sub(" ", note.front).strip().casefold())
        if not front or note.retired is not None or note.derived_id:
            continue
        first = seen.setdefault((note.type.kind, front), note)
        if first is not note:
            key = note.type.fields[0].key
            span = first.origin.span(key)
            where = f"{span.source.path}:{span.source.position(span.start).line}"
            hint = f"say on each what tells them apart; the other is `{first.id}` at {where}"
            yield error(
                "duplicate-front",
                f"`{first.id}` asks the same",
                note.origin.span(key),
                hint=hint,
                note=note.id,
            )


def borrowed_id(collection: Collection) -> Iterator[Diagnostic]:
    """Two collections with one id would overwrite each other's notes in a learner's Anki."""
    path = bundled("decks")
    if collection.path.resolve() == path.resolve():
        return
    shipped = loader.read_settings(path)
    if collection.id == shipped["id"] and collection.title != shipped["title"]:
        file = collection.path / loader.COLLECTION_FILE
        text = Source(str(file), file.read_text("utf-8-sig"))
        found = re.search(r"(?m)^id:[ \t]*", text.text)
        span = Span(text, found.end(), found.end() + len(collection.id)) if found else Span(text, 0, 1)
        hint = "take an id of your own; only a fork that means to replace those decks keeps theirs"
        yield warning(
            "borrowed-id",
            f"`{collection.id}` is the id of the decks that come with flashcards",
            span,
            hint=hint,
        )
