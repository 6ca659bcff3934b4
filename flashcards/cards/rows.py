"""Notes and decks as an Anki package holds them, but for their times and their place in the study order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flashcards.cards.fields import field_html, note_tags
from flashcards.cards.templates import Look, card_ordinals
from flashcards.collection import identity
from flashcards.collection.model import Collection, Deck, Note


class NoteRow(NamedTuple):
    """A note as a package holds it."""

    id: str
    kind: str
    guid: str
    tags: str  # with a blank around each
    fields: str  # HTML, joined by U+001F
    ordinals: Sequence[int]  # of its cards; none for a retired note


class DeckRows(NamedTuple):
    """A deck as a package holds it."""

    key: str
    name: str
    description: str  # HTML
    notes: Sequence[NoteRow]


def deck_rows(
    collection: Collection,
    deck: Deck,
    notes: Iterable[Note],
    looks: Mapping[str, Look],
    media_names: Mapping[str, str],
) -> DeckRows:
    """Return a deck with these of its notes as a package holds them."""
    rows = [note_row(collection, note, looks[note.type.kind], media_names) for note in notes]
    html = deck.documents.html(deck.description) if deck.description else ""
    return DeckRows(deck.key, deck.name, html, rows)


def note_row(collection: Collection, note: Note, look: Look, media_names: Mapping[str, str]) -> NoteRow:
    """Return a note as a package holds it."""
    html = field_html(note, media_names)
    # a row without cards updates those who have the note; newcomers never meet it
    ordinals = [] if note.retired is not None else card_ordinals(note.type, look, html)
    guid = identity.guid(collection.id, note.id)
    tags = f" {' '.join(note_tags(note))} "
    return NoteRow(note.id, note.type.kind, guid, tags, "\x1f".join(html.values()), ordinals)
