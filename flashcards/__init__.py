"""Flashcards in YAML or Python → Anki packages that update without losing a review, and printable PDFs.

`check` reads a collection and finds what is wrong with it, `build` writes its outputs:

    import flashcards

    loaded = flashcards.check("decks")
    for finding in loaded.diagnostics:
        print(finding)
    flashcards.build(loaded, "out")

Notes can also be made in Python:

    from datetime import date

    basic = flashcards.note_types()["basic"]
    note = flashcards.Note("EV01", basic, {"front": "What is recall?", "back": "TP / (TP + FN)"})
    deck = flashcards.Deck("01-evaluation", "Evaluation", (note,))
    collection = flashcards.Collection(
        id="my-cards", title="My cards", decks=(deck,), created=date(2026, 11, 22)
    )
    flashcards.build(collection, "out", to="apkg")

What is wrong with a collection is data: `Diagnostic`s with a rule, a sentence, and a place or a note's id.
Whatever is raised for a mistake of the user is a `FlashcardsError`; any other exception is a bug.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flashcards.actions.building import Built
    from flashcards.actions.checking import check
    from flashcards.actions.library import build, note_types, package_bytes
    from flashcards.cards.rendering import Side, Speech
    from flashcards.cards.sides import CardSides, render_card
    from flashcards.collection.keys import Allowed, Key
    from flashcards.collection.loader import Loaded, load
    from flashcards.collection.model import Choice, Citation, Collection, Deck, Note, Reference, Sum, Table
    from flashcards.collection.notetypes import NoteType
    from flashcards.diagnostics import Diagnostic, FlashcardsError, InvalidCollection, Severity, Source, Span
    from flashcards.exporters.job import Job, PrintOptions, Written
    from flashcards.ledger.lock import LedgerError

    __version__: str
else:
    # Imported on first use: `flashcards --help` needs none of it, and it takes twice as long as click
    _MODULES = {
        "actions.building": ("Built",),
        "actions.checking": ("check",),
        "actions.library": ("build", "note_types", "package_bytes"),
        "cards.rendering": ("Side", "Speech"),
        "cards.sides": ("CardSides", "render_card"),
        "collection.keys": ("Allowed", "Key"),
        "collection.loader": ("Loaded", "load"),
        "collection.model": ("Choice", "Citation", "Collection", "Deck", "Note", "Reference", "Sum", "Table"),
        "collection.notetypes": ("NoteType",),
        "diagnostics": ("Diagnostic", "FlashcardsError", "InvalidCollection", "Severity", "Source", "Span"),
        "exporters.job": ("Job", "PrintOptions", "Written"),
        "ledger.lock": ("LedgerError",),
    }

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version("mlsd-flashcards")
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names:
                return getattr(import_module(f"flashcards.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return [*__all__, "__version__"]


__all__ = [
    "Allowed",
    "Built",
    "CardSides",
    "Choice",
    "Citation",
    "Collection",
    "Deck",
    "Diagnostic",
    "FlashcardsError",
    "InvalidCollection",
    "Job",
    "Key",
    "LedgerError",
    "Loaded",
    "Note",
    "NoteType",
    "PrintOptions",
    "Reference",
    "Severity",
    "Side",
    "Source",
    "Span",
    "Speech",
    "Sum",
    "Table",
    "Written",
    "build",
    "check",
    "load",
    "note_types",
    "package_bytes",
    "render_card",
]
