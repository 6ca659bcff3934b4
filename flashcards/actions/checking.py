"""Everything that can be said about a collection, in one list: structure, checks, and what the last release
forbids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flashcards import checks
from flashcards.collection import loader
from flashcards.collection.loader import Loaded
from flashcards.diagnostics import Source, Span, error
from flashcards.ledger.comparison import compare
from flashcards.ledger.lock import LOCK_FILE, LedgerError
from flashcards.ledger.store import read_lock


def check(*paths: Path | str) -> Loaded:
    """Load the collection that `paths` belong to and add every finding of the checks and the ledger."""
    loaded = loader.load(*paths)
    collection = loaded.collection
    if collection is None:
        return loaded
    findings = [*loaded.diagnostics, *checks.run(collection)]
    if not loaded.errors:  # a note that could not be read has not vanished
        try:
            findings += compare(collection, *read_lock(collection))
        except LedgerError as problem:
            place = Span(Source(str(collection.folder / LOCK_FILE), ""), 0, 0)
            findings.append(error("bad-lock", str(problem), place))
    return replace(loaded, diagnostics=tuple(sorted(findings, key=lambda d: d.order)))
