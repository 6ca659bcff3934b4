"""One card of a note as a learner meets it: `render_card`."""

from __future__ import annotations

from typing import NamedTuple

from flashcards.cards.fields import field_html, note_tags
from flashcards.cards.rendering import Side, render
from flashcards.cards.templates import Look, card_ordinals, render_looks
from flashcards.collection import media
from flashcards.collection.model import Collection, Note
from flashcards.diagnostics import FlashcardsError
from flashcards.reporting import count
from flashcards.resources import template_folders


class NoSuchCardError(FlashcardsError):
    """The note makes no such card; says which it makes."""


class CardSides(NamedTuple):
    """What a card shows."""

    question: Side
    answer: Side
    css: str  # of the page, without what Anki itself puts around a card


def render_card(note: Note, card: int = 0, *, collection: Collection | None = None) -> CardSides:
    """Return both sides of one card of a note, as Anki would show them.

    `card` is its ordinal, from 0: the place of its template in the note type, or for a cloze note the number
    of the deletion less one. `collection` is where the note is: it gives the deck's name, the names of media
    files, and its own templates; without one, these are the shipped ones.

    Where a sound plays, the HTML has `[anki:play:q:0]` (`a` on the answer), and `sounds` the file; where an
    answer is typed, `[[type:Field]]`. Formulas are LaTeX between `\\(` and `\\)`, for MathJax.

    Raises `NoSuchCardError`, and `BrokenTemplateError` if a template is wrong."""
    path = None if collection is None else collection.path
    kind = note.type.kind
    look = render_looks({kind: note.type}, [kind], template_folders(path))[kind]
    names = {} if collection is None else media.published_names(collection, [note])
    html = field_html(note, names)
    made = card_ordinals(note.type, look, html)
    if card not in made:
        has = f"{count(len(made), 'card')}: {', '.join(map(str, made))}" if made else "no card"
        raise NoSuchCardError(f"`{note.id}` makes no card {card}; it has {has}")
    return sides(note, card, look, html, collection)


def sides(
    note: Note, card: int, look: Look, html: dict[str, str], collection: Collection | None = None
) -> CardSides:
    """Return both sides of a card of which all else is known: the look of its note type, and the HTML of its
    fields by Anki name."""
    deck = "" if collection is None else next((d.name for d, n in collection.notes() if n.id == note.id), "")
    template = look.cards[0 if note.type.cloze_field is not None else card]
    special = {
        "Tags": " ".join(note_tags(note)),
        "Type": note.type.name("" if collection is None else collection.short_title),
        "Deck": deck,
        "Subdeck": deck.rpartition("::")[2],
        "Card": template.name,
        "CardFlag": "flag0",
        "CardID": "0",
    }
    question, answer = render(template.front, template.back, {**special, **html}, card)
    return CardSides(question, answer, look.css)
