"""The outputs: one module each, listed once. An exporter takes a `Job` and yields the files it wrote and what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from flashcards.collection.model import Collection, Deck, Note
from flashcards.collection.notetypes import Look
from flashcards.diagnostics import Diagnostic
from flashcards.ledger.lock import Times


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How paper is printed; what is not about paper's size concerns cut-out cards."""

    paper: Literal["a4", "us-letter"] = "a4"  # Typst's names
    flip: Literal["long", "short"] = "long"  # the edge about which the printer turns a sheet for its second side
    fold: bool = False  # front and back side by side, for printers that print one side
    back_offset: tuple[float, float] = (0.0, 0.0)  # millimetres by which backs move right and down
    strict: bool = False  # what does not fit its card is an error


@dataclass(frozen=True, slots=True)
class Job:
    """What to write: `selection` holds the chosen decks with their chosen notes, in order, retired notes too."""

    collection: Collection
    selection: tuple[tuple[Deck, tuple[Note, ...]], ...]
    times: Times
    looks: Mapping[str, Look]
    out: Path
    printing: PrintOptions = PrintOptions()

    @property
    def slug(self) -> str:
        """The collection's title as a file name."""
        return re.sub(r"[^a-z0-9]+", "-", self.collection.title.lower()).strip("-") or self.collection.id

    def positions(self) -> dict[str, int]:
        """Return each note's place in the whole collection, from 1: new cards are studied in this order."""
        return {note.id: i for i, (_, note) in enumerate(self.collection.notes(), 1)}


@dataclass(frozen=True, slots=True)
class Written:
    """One file that an exporter wrote, and in words what is in it."""

    path: Path
    contents: str


Exporter = Callable[[Job], Iterator[Written | Diagnostic]]


def _apkg(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters import apkg

    yield from apkg.export(job)


def _pdf(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import cheat_sheets

    yield from cheat_sheets.export(job)


def _cards(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import cards

    yield from cards.export(job)


def _document(name: str, job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import documents

    yield from documents.export(job, name)


# In the order in which they are written; the names are what `--to` takes. Lazy: genanki and typst are slow to import.
EXPORTERS: tuple[tuple[str, Exporter], ...] = (("apkg", _apkg), ("pdf", _pdf), ("cards", _cards))
DEFAULT = ("apkg", "pdf")


def chosen(names: Sequence[str]) -> list[tuple[str, Exporter]]:
    """Return the exporters with these names, the default ones if there are none; any other name is that of a document."""
    documents = [(name, partial(_document, name)) for name in names if name not in dict(EXPORTERS)]
    return [(name, exporter) for name, exporter in EXPORTERS if name in (names or DEFAULT)] + documents
