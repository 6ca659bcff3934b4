"""Everything that can be said about a collection, in one list: structure, checks, and what the last release
forbids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flashcards import checks
from flashcards.actions.survey import Survey, survey
from flashcards.cache import Cache
from flashcards.collection import loader
from flashcards.collection.loader import Loaded
from flashcards.diagnostics import Source, Span, error
from flashcards.ledger.comparison import compare
from flashcards.ledger.lock import LOCK_FILE, LedgerError
from flashcards.ledger.store import read_lock


def check_with(
    cache: Cache, *paths: Path | str, for_package: bool = False, for_print: bool = False, jobs: int = 1
) -> Loaded | Survey:
    """Find what `check` finds, with what `cache` knows of decks that have not changed since.

    Where nothing is wrong but within single decks, the result is a survey; a package can be built from it
    without reading notes if `for_package` is set, and printed outputs if `for_print` is."""
    known = survey(paths, cache, for_package=for_package, for_print=for_print, jobs=jobs)
    return known if known is not None else check(*paths)


def check(*paths: Path | str) -> Loaded:
    """Load the collection that `paths` belong to and add every finding of the checks and the ledger."""
    loaded = loader.load(*paths)
    collection = loaded.found
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
