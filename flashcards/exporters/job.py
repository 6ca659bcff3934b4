"""What an exporter is asked for, and what it hands back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # the command line needs `PrintOptions` before it needs any of these
    from flashcards.cards.templates import Look
    from flashcards.collection.model import Collection, Deck, Note
    from flashcards.ledger.times import Times


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How paper is printed; what is not about paper's size concerns cut-out cards."""

    paper: Literal["a4", "us-letter"] = "a4"  # Typst's names
    flip: Literal["long", "short"] = (
        "long"  # the edge about which the printer turns a sheet for its second side
    )
    fold: bool = False  # front and back side by side, for printers that print one side
    back_offset: tuple[float, float] = (0.0, 0.0)  # millimetres by which backs move right and down
    strict: bool = False  # what does not fit its card is an error


def slug(collection: Collection) -> str:
    """Return a collection's title as a file name."""
    return re.sub(r"[^a-z0-9]+", "-", collection.title.lower()).strip("-") or collection.id


@dataclass(frozen=True, slots=True)
class Job:
    """What to write: `selection` holds the chosen decks with their chosen notes, in order, retired notes
    too."""

    collection: Collection
    selection: tuple[tuple[Deck, tuple[Note, ...]], ...]
    times: Times
    looks: Mapping[str, Look]
    out: Path
    printing: PrintOptions = PrintOptions()

    @property
    def slug(self) -> str:
        """The collection's title as a file name."""
        return slug(self.collection)

    def positions(self) -> dict[str, int]:
        """Return each note's place in the whole collection, from 1: new cards are studied in this order."""
        return {note.id: i for i, (_, note) in enumerate(self.collection.notes(), 1)}


@dataclass(frozen=True, slots=True)
class Written:
    """One file that an exporter wrote, and in words what is in it."""

    path: Path
    contents: str
