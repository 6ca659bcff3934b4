"""YAML decks → upgrade-safe Anki packages and printable PDFs.

loaded = flashcards.check("decks")
flashcards.build(loaded, Path("out"), now=int(time.time()))
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flashcards.building import Built, build
    from flashcards.checking import check
    from flashcards.diagnostics import Diagnostic, FlashcardsError, InvalidCollection, Severity, Source, Span
    from flashcards.exporters import Written
    from flashcards.ledger import LedgerError
    from flashcards.loader import Loaded, load
    from flashcards.model import Choice, Citation, Collection, Deck, Note, Reference, Table
else:
    # Imported on first use: `flashcards --help` needs none of it, and it takes twice as long as click
    _MODULES = {
        "building": ("Built", "build"),
        "checking": ("check",),
        "diagnostics": ("Diagnostic", "FlashcardsError", "InvalidCollection", "Severity", "Source", "Span"),
        "exporters": ("Written",),
        "ledger": ("LedgerError",),
        "loader": ("Loaded", "load"),
        "model": ("Choice", "Citation", "Collection", "Deck", "Note", "Reference", "Table"),
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names:
                return getattr(import_module(f"flashcards.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Built", "Choice", "Citation", "Collection", "Deck", "Diagnostic", "FlashcardsError", "InvalidCollection", "LedgerError",
    "Loaded", "Note", "Reference", "Severity", "Source", "Span", "Table", "Written", "build", "check", "load",
]  # fmt: skip
