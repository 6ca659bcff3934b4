"""YAML decks → upgrade-safe Anki packages and printable PDFs.

    loaded = flashcards.check("decks")
    flashcards.build(loaded, Path("out"), now=int(time.time()))
"""

from flashcards.building import Built, build
from flashcards.checking import check
from flashcards.diagnostics import Diagnostic, FlashcardsError, InvalidCollection, Severity, Source, Span
from flashcards.exporters import Written
from flashcards.ledger import LedgerError
from flashcards.loader import Loaded, load
from flashcards.model import Choice, Citation, Collection, Deck, Note, Reference, Table

__all__ = [
    "Built", "Choice", "Citation", "Collection", "Deck", "Diagnostic", "FlashcardsError", "InvalidCollection", "LedgerError",
    "Loaded", "Note", "Reference", "Severity", "Source", "Span", "Table", "Written", "build", "check", "load",
]  # fmt: skip
