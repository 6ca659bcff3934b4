"""YAML decks → upgrade-safe Anki packages and printable PDFs.

loaded = flashcards.check("decks")
flashcards.build(loaded, Path("out"), now=int(time.time()))
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flashcards.actions.building import Built, build
    from flashcards.actions.checking import check
    from flashcards.collection.loader import Loaded, load
    from flashcards.collection.model import Choice, Citation, Collection, Deck, Note, Reference, Table
    from flashcards.diagnostics import Diagnostic, FlashcardsError, InvalidCollection, Severity, Source, Span
    from flashcards.exporters.job import Written
    from flashcards.ledger.lock import LedgerError
else:
    # Imported on first use: `flashcards --help` needs none of it, and it takes twice as long as click
    _MODULES = {
        "actions.building": ("Built", "build"),
        "actions.checking": ("check",),
        "diagnostics": ("Diagnostic", "FlashcardsError", "InvalidCollection", "Severity", "Source", "Span"),
        "exporters": ("Written",),
        "ledger.lock": ("LedgerError",),
        "collection.loader": ("Loaded", "load"),
        "collection.model": ("Choice", "Citation", "Collection", "Deck", "Note", "Reference", "Table"),
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names:
                return getattr(import_module(f"flashcards.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Built",
    "Choice",
    "Citation",
    "Collection",
    "Deck",
    "Diagnostic",
    "FlashcardsError",
    "InvalidCollection",
    "LedgerError",
    "Loaded",
    "Note",
    "Reference",
    "Severity",
    "Source",
    "Span",
    "Table",
    "Written",
    "build",
    "check",
    "load",
]
