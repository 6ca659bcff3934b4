"""What is known of a collection without reading every deck anew: facts by deck file, kept in a cache.

A survey is made only of a collection without an error, in which no two decks are at odds and nothing is other
than the last release allows. Everything else is left to the exact way (`checking.check` and `building.build`
on a loaded collection), which says what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

from flashcards import checks, plugins
from flashcards.actions import fingerprint
from flashcards.actions.deck_facts import DeckFacts, NoteFacts, decoded, evaluate
from flashcards.actions.own_templates import template_problems
from flashcards.cache import Cache, digest
from flashcards.cards.templates import Look, RenderedTemplate, render_looks
from flashcards.checks.fonts import once_a_script
from flashcards.checks.media import unused_media
from flashcards.checks.wording import near_duplicates
from flashcards.collection.content_rules import is_switched_on
from flashcards.collection.decks import Context, DeckFiles
from flashcards.collection.declarations import undeclared_key_warnings, undeclared_uses
from flashcards.collection.loader import (
    Loaded,
    collection_of,
    read_context,
)
from flashcards.collection.location import deck_paths, file_problems, locate
from flashcards.collection.model import Collection, Deck, Documents
from flashcards.collection.notetypes import CLOZE_KIND, USUAL_KIND
from flashcards.diagnostics import Diagnostic, FlashcardsError, Severity, Span
from flashcards.languages import yaml
from flashcards.ledger.comparison import NoteState, is_as_released
from flashcards.ledger.lock import Lock
from flashcards.ledger.store import read_lock
from flashcards.resources import read_own, template_folders

_WORTH_A_PROCESS = 2_000_000  # bytes of decks to evaluate: some 3,000 notes


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a collection that has no error: the same as reading and checking it would show."""

    base: Collection  # without its decks
    looks: Mapping[str, Look]  # of all kinds of notes that decks hold, if they were asked for
    decks: tuple[DeckFacts, ...]
    diagnostics: tuple[Diagnostic, ...]  # warnings, in the order of files and places
    selected: frozenset[str]  # keys of the decks to write
    reading: Reading

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that forbid to build: a survey has none."""
        return []

    def notes(self) -> Iterator[NoteFacts]:
        """Yield every note in study order, retired ones too."""
        for deck in self.decks:
            yield from deck.notes

    def used_looks(self) -> dict[str, Look]:
        """Return the looks of the note types that notes use."""
        used = sorted({note.kind for note in self.notes()})
        return {kind: self.looks[kind] for kind in used}

    def load(self) -> Loaded:
        """Return the collection with its notes, for outputs that need their text. What was read is not read
        again."""
        decks = tuple(self.reading.deck(deck.path) for deck in self.decks)
        return Loaded(replace(self.base, decks=decks), self.diagnostics, self.selected)


class Reading:
    """The deck files of a collection as they were when it was surveyed."""

    def __init__(self, paths: Sequence[Path], context: Context, base: Collection, *, keeps: bool):
        self.paths = paths
        self.contents = {path: read_own(path, path.parent, yaml.MAX_BYTES) for path in paths}
        self.files = DeckFiles(context)
        self.base = base
        self.keeps = keeps  # whether decks that were read are needed again
        self.looks: Mapping[str, Look] | None = None
        self._decks: dict[Path, Deck] = {}

    def kinds(self) -> list[str]:
        """Return the kinds of notes that decks hold: those whose names stand in a file, and those that need
        no name. Escapes in quotes could hide one; see `evaluate`."""
        return [
            kind
            for kind in self.base.note_types
            if kind in (USUAL_KIND, CLOZE_KIND)
            or any(kind.encode() in data for data in self.contents.values())
        ]

    def deck(self, path: Path) -> Deck:
        """Return a deck that is known to have no error."""
        deck = self._decks.get(path) or self.files.read(path, self.contents[path])[0]
        assert deck is not None
        return deck

    def evaluate(self, path: Path) -> bytes | None:
        """Read and check one deck file and return its facts, None if it has an error, or a note of a kind
        whose look is not known."""
        documents = None if self.keeps else Documents()
        deck, problems = self.files.read(path, self.contents[path], documents)
        if deck is None:
            return None
        if self.looks is not None and not {note.kind for note in deck.notes} <= self.looks.keys():
            return None
        if self.keeps:
            self._decks[path] = deck
        return evaluate(deck, problems, self.base, self.looks)


def survey(
    paths: Sequence[Path | str], cache: Cache, *, for_package: bool, for_print: bool = False, jobs: int = 1
) -> Survey | None:
    """Return what is known of the collection that `paths` belong to, None if it must be read and checked
    whole.

    Decks that are not in the cache are read and checked, in `jobs` processes if there is enough to do. What
    only a package needs is left out unless it is asked for; `for_print` keeps the notes that are read for
    `Survey.load`."""
    if plugins.are_installed("checks", "notetypes"):
        return None
    located = locate(paths)
    root = located.root
    if root is None or located.problems:
        return None
    shared = _shared(root)
    context, problems = read_context(root)
    shared_findings = list(dict.fromkeys([*problems, *file_problems(root)]))
    if _has_error(shared_findings):
        return None
    base = collection_of(root, context, [])
    for check in (*checks.COLLECTION_CHECKS, template_problems):
        shared_findings += check(base)
    if _has_error(shared_findings):
        return None
    try:
        reading = Reading(deck_paths(root), context, base, keeps=for_print)
        lock, _ = read_lock(base)
        if for_package:
            reading.looks = _looks(base, reading.kinds(), cache, shared)
    except (FlashcardsError, OSError):
        return None
    facts = _all_facts(reading, shared, cache, 1 if for_print else jobs)
    if facts is None:
        return None
    decks = tuple(decoded(path, *known) for path, known in zip(reading.paths, facts, strict=True))
    if not _is_clean(base, decks, lock):
        return None
    in_decks = (finding for deck in decks for finding in deck.findings)
    first_uses: dict[str, Span | None] = {}
    for deck in reversed(decks):
        first_uses |= deck.undeclared
    uses = undeclared_uses(base.keys, first_uses, base.rules, base.origin)
    unused = unused_media(base, {name for deck in decks for note in deck.notes for name in note.media})
    findings = [*shared_findings, *in_decks, *undeclared_key_warnings(uses), *unused]
    warnings = once_a_script(sorted(findings, key=lambda d: d.order))
    selected = frozenset(deck.key for deck in decks if located.selects(deck.path))
    return Survey(base, reading.looks or {}, decks, tuple(warnings), selected, reading)


def _has_error(findings: Iterable[Diagnostic]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _shared(root: Path) -> str:
    return digest([fingerprint.program(), fingerprint.shared(root)])


def _looks(base: Collection, kinds: Sequence[str], cache: Cache, shared: str) -> dict[str, Look]:
    """Return the looks of these kinds of notes: compiling their templates takes longer than all else in a
    small build."""
    key = digest(["looks", shared, *kinds])
    kept = cache.read(key)
    if kept is not None:
        return {
            kind: Look(tuple(RenderedTemplate(*card) for card in cards), css)
            for kind, (cards, css) in json.loads(kept).items()
        }
    looks = render_looks(base.note_types, kinds, template_folders(base.path))
    plain = {
        kind: [[[card.name, card.id, card.front, card.back] for card in look.cards], look.css]
        for kind, look in looks.items()
    }
    cache.write(key, json.dumps(plain).encode())
    return looks


def _all_facts(reading: Reading, shared: str, cache: Cache, jobs: int) -> list[tuple[bytes, str]] | None:
    """Return the facts of every deck file, from the cache or by evaluating it, and the hash under which they
    are kept; None if one has an error, or if what all are read with has not the hash `shared` any more."""
    if any(len(data) > yaml.MAX_BYTES for data in reading.contents.values()):
        return None
    parts = [(shared, path.name, data) for path, data in reading.contents.items()]
    keys = [digest(["deck with rows", *part]) for part in parts]
    known = [cache.read(key) for key in keys]
    if reading.looks is None:  # what a build has found out is more than enough
        keys = [digest(["deck", *part]) for part in parts]
        known = [facts or cache.read(key) for facts, key in zip(known, keys, strict=True)]
    missing = [i for i, facts in enumerate(known) if facts is None]
    paths = [reading.paths[i] for i in missing]
    size = sum(len(reading.contents[path]) for path in paths)
    if jobs > 1 and len(missing) > 1 and size > _WORTH_A_PROCESS:
        evaluated = _in_processes(reading, paths, jobs)
    else:
        evaluated = map(reading.evaluate, paths)
    for i, facts in zip(missing, evaluated, strict=True):
        if facts is None:
            return None
        known[i] = facts
    if _shared(reading.base.folder) != shared:  # something was changed while decks were read
        return None
    for i in missing:
        cache.write(keys[i], known[i] or b"")
    if missing:
        cache.prune()
    return [(facts, key) for facts, key in zip(known, keys, strict=True) if facts is not None]


_reading: Reading | None = None


def _in_processes(reading: Reading, paths: Sequence[Path], jobs: int) -> Iterable[bytes | None]:
    """Evaluate decks in processes forked from this one, which have all that they need in memory already."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    global _reading
    _reading = reading
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            return list(pool.map(_evaluate, paths))
    finally:
        _reading = None


def _evaluate(path: Path) -> bytes | None:
    assert _reading is not None
    return _reading.evaluate(path)


def _is_clean(base: Collection, decks: Sequence[DeckFacts], lock: Lock | None) -> bool:
    """Tell whether nothing is wrong that concerns several decks, or the last release.

    Each line stands for a check of the exact way; a new check across decks needs one here.
    """
    notes = [note for deck in decks for note in deck.notes]
    active = [note for note in notes if not note.retired]
    nearly = "near-duplicate-front"
    limit = base.rules[nearly] if is_switched_on(nearly, base.rules, base.language) else None
    fronts = [(note.kind, frozenset(note.stems)) for note in active]
    states = {
        note.id: NoteState(note.kind, dict(note.answers), None if note.retired else deck.name)
        for deck in decks
        for note in deck.notes
    }
    return (
        _differ(note.id.lower() for note in notes)
        and _differ(normalize("NFC", deck.name).casefold() for deck in decks)
        and _differ((note.kind, note.front) for note in active if note.front)
        and (limit is None or not any(True for _ in near_duplicates(fronts, limit)))
        and ("prereq-cycle" not in base.rules or _are_in_order(active))
        and is_as_released(base, lock, states, {deck.key: deck.name for deck in decks})
    )


def _differ(values: Iterable[object]) -> bool:
    return max(Counter(values).values(), default=1) == 1


def _are_in_order(notes: Sequence[NoteFacts]) -> bool:
    """Tell whether every note comes behind those that it builds on."""
    seen: set[str] = set()
    for note in notes:
        if not seen.issuperset(note.prereq):
            return False
        seen.add(note.id)
    return True
