"""What a collection holds, in numbers: notes, cards and lengths by deck, and which items of its coverage list
are taught.

Retired notes count nowhere: learners do not study them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection as Container
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from flashcards.collection.model import Collection, Note
from flashcards.collection.recall import answer, plain
from flashcards.languages import cloze
from flashcards.languages.prose import words


@dataclass(frozen=True, slots=True)
class Length:
    """Words of a text over several notes: their mean, and the length that 95 of 100 do not exceed."""

    mean: float
    p95: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of a deck, or of several. Shares are between 0 and 1; mappings go from a word to its notes'
    number."""

    name: str
    notes: int
    cards: int
    kinds: Mapping[str, int]
    priorities: Mapping[str, int]
    levels: Mapping[str, int]
    keys: Mapping[str, Mapping[str, int]]  # by declared key that has `values`
    answer: Length  # all fields that must be recalled; a cloze note's is its whole text
    why: Length  # of the notes that have one
    discrimination: float
    sourced: float
    ignores: int


def by_deck(collection: Collection, deck_keys: Container[str]) -> tuple[Statistics, ...]:
    """Return the statistics of each of these decks, in study order, and last those of all of them, named
    `all`."""
    chosen = [(deck.key, _studied(deck.notes)) for deck in collection.decks if deck.key in deck_keys]
    keys = [key.name for key in collection.keys.values() if key.values]
    return (
        *(_statistics(name, notes, keys) for name, notes in chosen),
        _statistics("all", [n for _, notes in chosen for n in notes], keys),
    )


def _studied(notes: Iterable[Note]) -> list[Note]:
    return [note for note in notes if note.retired is None]


def _statistics(name: str, notes: Sequence[Note], keys: Iterable[str]) -> Statistics:
    return Statistics(
        name=name,
        notes=len(notes),
        cards=sum(map(_cards, notes)),
        kinds=_counted(note.type.kind for note in notes),
        priorities=_labelled(notes, "priority"),
        levels=_labelled(notes, "level"),
        keys={key: _labelled(notes, key) for key in keys},
        answer=_length(answer(note) for note in notes),
        why=_length(plain(note, note.text("why")) for note in notes if note.text("why")),
        discrimination=_share(note.type.recall.tells_apart for note in notes),
        sourced=_share(bool(note.citations) for note in notes),
        ignores=sum(len(note.ignore) for note in notes),
    )


def _cards(note: Note) -> int:
    """Return how many cards a note makes if each of its templates shows a field that must be filled, as the
    shipped ones do."""
    if note.type.cloze_field is not None:
        return len(cloze.ordinals(note.text(note.type.cloze_field)))
    return len(note.type.cards)


def _labelled(notes: Iterable[Note], key: str) -> dict[str, int]:
    return _counted(word for note in notes for word in note.labels.get(key, ("none",)))


def _counted(found: Iterable[str]) -> dict[str, int]:
    """Return how often each word occurs, the most frequent first and equals in the order of the alphabet."""
    return dict(sorted(Counter(found).items(), key=lambda item: (-item[1], item[0])))


def _share(marks: Iterable[bool]) -> float:
    counted = list(marks)
    return round(sum(counted) / len(counted), 3) if counted else 0.0


def _length(texts: Iterable[str]) -> Length:
    counts = sorted(len(words(text)) for text in texts)
    if not counts:
        return Length(0.0, 0)
    return Length(round(sum(counts) / len(counts), 1), counts[ceil(0.95 * len(counts)) - 1])
