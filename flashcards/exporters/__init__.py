"""The outputs: one module each, listed once. An exporter takes a `Job` and yields the files it wrote and what
it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Written

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


# In the order in which they are written; the names are what `--to` takes. Lazy: genanki and typst are slow to
# import.
EXPORTERS: tuple[tuple[str, Exporter], ...] = (("apkg", _apkg), ("pdf", _pdf), ("cards", _cards))
DEFAULT = ("apkg", "pdf")


def chosen(names: Sequence[str]) -> list[tuple[str, Exporter]]:
    """Return the exporters with these names, the default ones if there are none; any other name is that of a
    document."""
    documents = [(name, partial(_document, name)) for name in names if name not in dict(EXPORTERS)]
    return [(name, exporter) for name, exporter in EXPORTERS if name in (names or DEFAULT)] + documents
