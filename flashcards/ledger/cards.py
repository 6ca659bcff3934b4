"""Which cards a note has, as the lock remembers them: learners' reviews hang on each of them by its
ordinal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flashcards.cards.fields import field_html
from flashcards.cards.templates import Look, card_ordinals
from flashcards.collection.model import Note
from flashcards.languages.cloze import MAX_CARDS
from flashcards.languages.markup import Element


def cards_of(note: Note, look: Look) -> dict[int, str]:
    """Return the ordinals (from 0) of the cards that a note makes, those of a retired note too, each with the
    hash of its answer as in `cloze_answers`, empty for any other kind."""
    if note.type.cloze_field is not None:
        return cloze_answers(note)
    return dict.fromkeys(card_ordinals(note.type, look, field_html(note, {})), "")


def cloze_answers(note: Note) -> dict[int, str]:
    """Return a short hash of each cloze answer by its card's ordinal (`c1` has 0); empty if the note is no
    cloze note. Equal hashes mean the same words, whatever their markup and hint."""
    text = note.text(note.type.cloze_field) if note.type.cloze_field is not None else ""
    if "{{c" not in text:
        return {}
    answers: dict[int, list[str]] = {}
    for element in note.documents.of(text, clozes=True).root.walk():
        if element.name == "cloze":
            for number in element.attrs["numbers"]:
                if number > 0:
                    answers.setdefault(min(number, MAX_CARDS) - 1, []).append(_words(element))
    return {ordinal: _short_hash("\0".join(words)) for ordinal, words in sorted(answers.items())}


def moved_answers(before: Mapping[int, str], now: Mapping[int, str]) -> dict[int, int]:
    """Return the ordinals that ask now for what another one asked for, which itself asks for something else:
    new ordinal → old one. A reworded answer is none of them."""
    had = {answer: ordinal for ordinal, answer in before.items() if answer}
    return {
        ordinal: had[answer]
        for ordinal, answer in now.items()
        if ordinal in before
        and answer != before[ordinal]
        and answer in had
        and now.get(had[answer]) != answer
    }


def _words(element: Element) -> str:
    pictures = [part.attrs["url"] for part in element.walk() if part.name == "image"]
    return "\0".join([" ".join(element.text.split()), *pictures])


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
