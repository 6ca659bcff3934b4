"""Everything that can be said about a collection, in one list: structure, checks, and what the last release
forbids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import overload

from flashcards import checks
from flashcards.actions.own_templates import template_problems
from flashcards.actions.survey import Survey, survey
from flashcards.cache import Cache
from flashcards.checks.media import unused_media, used_media
from flashcards.collection import loader
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Collection
from flashcards.diagnostics import Diagnostic, Severity, Source, Span, error
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


@overload
def check(*paths: str | Path) -> Loaded: ...
@overload
def check(collection: Collection, /) -> Loaded: ...


def check(*what: str | Path | Collection) -> Loaded:
    """Find everything that is wrong with a collection: one that `paths` belong to, or one made in Python.

    `paths` are deck files or a collection's folder; without any, the collection of the working directory is
    meant. The whole collection is always read; paths only say which decks are selected for writing.

    The `collection` of the result is as a build takes it. For one made in Python this means that lists became
    tuples, that texts are in Unicode's form NFC, that tags are sorted, and that the names of decks and the
    tags of labels are filled in. A finding about a note that was made in Python names the note's id, for it
    has no place in a file.

    Nothing is raised for what is wrong: `Loaded.raise_for_errors` does that."""
    if len(what) == 1 and isinstance(what[0], Collection):
        from flashcards.collection.values import settled

        collection, problems = settled(what[0])
        return _checked(Loaded(collection, tuple(problems), frozenset(deck.key for deck in collection.decks)))
    paths = [path for path in what if not isinstance(path, Collection)]
    if len(paths) < len(what):
        raise TypeError("check() takes paths or one collection")
    return _checked(loader.load(*paths))


def _checked(loaded: Loaded) -> Loaded:
    """Add every finding of the checks and the ledger."""
    collection = loaded.found
    if collection is None:
        return loaded
    ledger = _ledger_findings(collection) if not loaded.errors else []  # what was not read has not vanished
    findings = [*loaded.diagnostics, *template_problems(collection), *checks.run(collection, ledger)]
    if not any(
        finding.severity is Severity.ERROR for finding in findings
    ):  # a wrong name is said at its place
        findings += unused_media(collection, used_media(collection))
    in_order = _in_order(findings, collection)
    return replace(loaded, diagnostics=tuple(checks.fonts.once_a_script(in_order)))


def _in_order(findings: Iterable[Diagnostic], collection: Collection) -> list[Diagnostic]:
    """Sort findings by their places; those about notes made in Python, which have none, by the notes."""
    positions = {note.id: position for position, (_, note) in enumerate(collection.notes(), 1)}

    def key(finding: Diagnostic) -> tuple[str, int, int, str]:
        path, start, rule = finding.order
        return path, start, 0 if finding.span else positions.get(finding.note or "", 0), rule

    return sorted(findings, key=key)


def _ledger_findings(collection: Collection) -> list[Diagnostic]:
    try:
        return compare(collection, *read_lock(collection))
    except LedgerError as problem:
        place = Span(Source(str(collection.folder / LOCK_FILE), ""), 0, 0)
        return [error("bad-lock", str(problem), place)]
