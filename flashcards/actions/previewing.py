"""`preview`: a collection as a browser shows it while its author writes.

What was good stays until something better is there: a deck file that cannot be read keeps the notes that it
had, and a note with a mistake in it keeps the card that it made before."""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple

from flashcards import reporting
from flashcards.actions.checking import check_with
from flashcards.actions.own_templates import diagnostic
from flashcards.cache import Cache
from flashcards.cards.fields import field_html, note_tags
from flashcards.cards.sides import CardSides, sides
from flashcards.cards.templates import Look, card_ordinals, render_looks
from flashcards.collection import loader, media
from flashcards.collection.decks import Context, DeckFiles
from flashcards.collection.location import Located, locate
from flashcards.collection.model import Collection, Deck, Documents, Note
from flashcards.collection.names import live_markup
from flashcards.collection.texts import texts_of
from flashcards.diagnostics import Diagnostic, FlashcardsError, InvalidCollection, Severity, error
from flashcards.exporters.job import Job
from flashcards.languages.prose import FORMULA
from flashcards.ledger.hashes import note_hashes
from flashcards.ledger.lock import LedgerError
from flashcards.ledger.store import read_lock
from flashcards.ledger.times import Times
from flashcards.resources import template_folders
from flashcards.templating import BrokenTemplateError

_BETWEEN_LOOKS = 0.05  # seconds; a look at the shipped decks takes 1 ms
_UNTIL_WHOLE, _MOST_LOOKS = 0.01, 20
# Before the checks begin, so that the browser gets the card first
_BEFORE_CHECKS = 0.25

Part = Literal["sheet", "card"]  # of what paper shows of a note
Stamp = tuple[int, int, int]  # time of the last change in nanoseconds, size, number of the file


class ShownCard(NamedTuple):
    """A card to be shown, and what its page needs beside it."""

    note: Note
    sides: CardSides
    fields: Mapping[str, str]  # HTML by Anki name
    language: str


@dataclass(slots=True)
class _Entry:
    """What the list says of a note; made anew only if the note differs."""

    note: Note
    cards: list[tuple[int, str]]  # ordinal and name
    front: str
    words: str  # in which a search looks


@dataclass(frozen=True, slots=True)
class _View:
    """What is shown at one moment."""

    version: int = 0
    collection: Collection | None = None
    decks: tuple[Deck, ...] = ()  # with the last good notes in the place of those that have a mistake
    read: tuple[Deck, ...] = ()  # the same as they were read
    unreadable: frozenset[str] = frozenset()  # keys of decks that are shown as they were
    stale: frozenset[str] = frozenset()  # ids of notes that are shown as they were
    found: tuple[Diagnostic, ...] = ()  # by reading
    of_checks: tuple[Diagnostic, ...] | None = None  # everything; None until the checks have ended
    broken: tuple[Diagnostic, ...] = ()  # templates of the look that is shown
    as_released: frozenset[str] | None = None  # ids of notes without a change; None if nothing was released
    looks: Mapping[str, Look] = field(default_factory=dict)
    edited: str | None = None  # the note that the last change of a file was about
    read_in: int = 0  # the version that this change made; later ones only add findings


class Preview:
    """A collection that is read again whenever its files change. Raises `InvalidCollection` where none is.

    `version` counts what was there to be seen; `wait` returns when there is something newer."""

    def __init__(self, paths: Sequence[Path], cache: Cache = Cache(None)):
        located = locate(paths)
        if located.root is None:
            raise InvalidCollection(located.problems)
        self.root = located.root
        self._located: Located = located
        self._paths = paths
        self._cache = cache
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._context: Context | None = None
        self._context_problems: list[Diagnostic] = []
        self._read: dict[Path, tuple[Deck | None, list[Diagnostic]]] = {}
        self._known_looks: dict[str, Look] = {}  # as templates are now
        self._entries: dict[str, _Entry] = {}
        self._published: dict[str, Path] = {}
        self._printing = threading.Lock()  # Typst takes much memory
        self._view = _View()
        self._stamps = self._look()
        self._reload(frozenset(self._stamps))

    # What is shown

    @property
    def version(self) -> int:
        """Grows with everything that is new to a browser."""
        return self._view.version

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def wait(self, version: int, seconds: float) -> dict[str, Any] | None:
        """Return what is new since `version`, None if nothing is after so many seconds: the present version,
        whether files were read, not only checked, and the id of the note that was edited."""
        with self._changed:
            self._changed.wait_for(lambda: self._view.version > version or self._stopped.is_set(), seconds)
            view = self._view
        if view.version <= version:
            return None
        is_read = view.read_in > version
        return {"version": view.version, "read": is_read, "edited": view.edited if is_read else None}

    def state(self) -> dict[str, Any]:
        """Return what the list shows, for JSON: decks with their notes, and every finding."""
        view = self._view
        everything = list(view.found if view.of_checks is None else view.of_checks)
        said = {str(d) for d in everything}
        everything += [d for d in view.broken if str(d) not in said]
        by_note, others = _by_note(everything, view)
        unreadable = view.unreadable
        return {
            "version": view.version,
            "title": view.collection.title if view.collection is not None else "",
            "checked": view.of_checks is not None,
            "released": view.as_released is not None,
            "problems": [_finding(d) for d in others],
            "decks": [
                {
                    "key": deck.key,
                    "title": deck.title or deck.key,
                    "unreadable": deck.key in unreadable,
                    "notes": [self._row(note, deck, by_note.get(note.id, ()), view) for note in deck.notes],
                }
                for deck in view.decks
            ],
        }

    def _row(self, note: Note, deck: Deck, findings: Sequence[Diagnostic], view: _View) -> dict[str, Any]:
        entry = self._entry(note, view)
        span = note.span()
        return {
            "id": note.id,
            "deck": deck.key,
            "kind": note.kind,
            "front": entry.front,
            "words": entry.words,
            "tags": note_tags(note),
            "cards": entry.cards,
            "place": span.place if span is not None else "",
            "stale": note.id in view.stale or deck.key in view.unreadable,
            "changed": view.as_released is not None and note.id not in view.as_released,
            "findings": [_finding(d) for d in findings],
        }

    def card(self, note_id: str, ordinal: int) -> ShownCard | None:
        """Return a card, None if there is no such one now."""
        view = self._view
        deck, note = _find(view, note_id)
        if note is None or deck is None or view.collection is None or note.kind not in view.looks:
            return None
        names = self._media_names(note, view.collection)
        html = field_html(note, names)
        look = view.looks[note.kind]
        if ordinal not in card_ordinals(note.type, look, html):
            return None
        return ShownCard(
            note, sides(note, ordinal, look, html, view.collection), html, view.collection.language
        )

    def paper(self, note_id: str, part: Part) -> bytes | None:
        """Return an SVG of what paper shows of a note, None if there is no such note in study. Raises
        `PrintError` or `BrokenTemplateError` if it cannot be set."""
        from flashcards.exporters.print.proofs import proof  # Typst is slow to import

        view = self._view
        deck, note = _find(view, note_id)
        if deck is None or note is None or note.retired is not None or view.collection is None:
            return None
        times = Times({note.id: 0}, {note.kind: 0})  # no proof has a date
        job = Job(view.collection, (), times, view.looks, self.root, cache=self._cache)
        with self._printing:
            return proof(job, deck, note, part)

    def place(self, note_id: str) -> tuple[Path, int] | None:
        """Return the file and the line in which a note begins."""
        deck, note = _find(self._view, note_id)
        span = note.span() if note is not None else None
        if deck is None or deck.path is None or span is None:
            return None
        return deck.path.resolve(), span.source.position(span.start).line

    def media_file(self, name: str) -> Path | None:
        """Return the file that a card which was shown calls `name`, None for any other name."""
        return self._published.get(name)

    def _media_names(self, note: Note, collection: Collection) -> dict[str, str]:
        names: dict[str, str] = {}
        for used in media.used_by(note, collection):
            path = collection.media[used]
            try:
                names[used] = media.published_name(path)
            except OSError:  # a finding says so
                continue
            self._published[names[used]] = path
        return names

    # How it comes about

    def run(self) -> None:
        """Look for changes, and check what has changed, until `stop` is called."""
        checker = threading.Thread(target=self._check, name="checks", daemon=True)
        checker.start()
        while checker.is_alive() and not self._stopped.wait(_BETWEEN_LOOKS):
            stamps = self._look()
            if stamps == self._stamps:
                continue
            for _ in range(_MOST_LOOKS):  # editors empty a file and then write it: wait until it is whole
                self._stopped.wait(_UNTIL_WHOLE)
                before, stamps = stamps, self._look()
                if stamps == before:
                    break
            changed = {path for path, _ in stamps.items() ^ self._stamps.items()}
            self._stamps = stamps
            self._reload(frozenset(changed))
        checker.join()

    def stop(self) -> None:
        """End `run` and everyone who waits."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def _look(self) -> dict[Path, Stamp]:
        """Return the stamps of all files on which anything that is shown depends."""
        stamps: dict[Path, Stamp] = {}
        for folder in (self.root, self.root / "media"):
            stamps.update(_stamps(folder))
        for folder in template_folders(self.root):
            for place, _, _ in os.walk(folder):
                stamps.update(_stamps(Path(place)))
        return stamps

    def _reload(self, changed: frozenset[Path]) -> None:
        try:
            collection, found = self._load(changed)
        except (OSError, FlashcardsError) as problem:
            self._context = None  # next time everything is read
            self._show(found=(error("unreadable-file", str(problem)),), of_checks=None)
            return
        looks, broken = self._looks(collection)
        old = self._view
        decks, unreadable = self._last_good_decks(collection)
        chosen = [deck for deck in decks if deck.path is None or self._located.selects(deck.path)]
        wrong = _notes_with_errors(found, chosen)
        good = {note.id: note for deck in old.decks for note in deck.notes}
        edited = _edited(old.read, chosen) if old.version else None
        self._show(
            collection=collection,
            decks=tuple(_with_last_good(deck, wrong, good) for deck in chosen),
            read=tuple(chosen),
            unreadable=unreadable,
            stale=frozenset(note_id for note_id in wrong if note_id in good),
            found=tuple(found),
            of_checks=None,
            broken=tuple(broken),
            looks=looks,
            edited=edited,
            read_in=old.version + 1,
        )

    def _load(self, changed: frozenset[Path]) -> tuple[Collection, list[Diagnostic]]:
        """Read what has changed: a deck alone if it is only that, else everything."""
        known = self._read.keys()
        if self._context is None or not changed <= known:
            context, problems = loader.read_context(self.root)
            self._context, self._context_problems = context, problems
            self._read, self._entries, self._known_looks = {}, {}, {}
        else:
            context = self._context
            for path in changed:
                del self._read[path]
        files = DeckFiles(context)

        def read(path: Path) -> tuple[Deck | None, list[Diagnostic]]:
            if path not in self._read:
                self._read[path] = files.read(path, None, Documents())
            return self._read[path]

        collection, found = loader.read_with(self.root, context, read)
        return _harmless(collection), [*self._context_problems, *found]

    def _looks(self, collection: Collection) -> tuple[dict[str, Look], list[Diagnostic]]:
        """Return how notes of each kind look, and what is wrong with a template: it keeps its last good
        look."""
        found = []
        old = self._view.looks
        kinds = sorted({note.kind for _, note in collection.notes()})
        for kind in kinds:
            if kind not in self._known_looks:
                try:
                    self._known_looks |= render_looks(
                        collection.note_types, [kind], template_folders(self.root)
                    )
                except BrokenTemplateError as problem:
                    found.append(diagnostic(problem, self.root))
        looks = {**{kind: old[kind] for kind in kinds if kind in old}, **self._known_looks}
        return looks, list(dict.fromkeys(found))

    def _last_good_decks(self, collection: Collection) -> tuple[list[Deck], frozenset[str]]:
        read = {deck.key: deck for deck in collection.decks}
        old = {deck.key: deck for deck in self._view.decks}
        decks, unreadable = [], set()
        for path, (deck, _) in self._read.items():
            if deck is not None:
                decks.append(read.get(deck.key, deck))
            elif path.stem in old and path.exists():
                decks.append(old[path.stem])
                unreadable.add(path.stem)
        return sorted(decks, key=lambda deck: deck.path.name if deck.path else ""), frozenset(unreadable)

    def _show(self, **changes: Any) -> None:
        with self._changed:
            self._view = replace(self._view, version=self._view.version + 1, **changes)
            self._changed.notify_all()

    def _check(self) -> None:
        """Check each version that stays for a moment, and say what was found."""
        done = 0
        while not self._stopped.is_set():
            if self.wait(done, 1.0) is None:
                continue
            if self._stopped.wait(_BEFORE_CHECKS):
                return
            view = self._view
            if view.of_checks is not None or view.collection is None:
                done = view.version
                continue
            try:
                found = check_with(self._cache, *self._paths).diagnostics
            except OSError:  # a file went while it was read: there will be another version
                done = view.version
                continue
            except FlashcardsError:  # a template of the look, which `broken` tells
                found = view.found
            as_released = _as_released(replace(view.collection, decks=view.decks))
            with self._changed:
                if self._view.version == view.version:
                    self._show(of_checks=tuple(found), as_released=as_released)
                    done = self._view.version

    def _entry(self, note: Note, view: _View) -> _Entry:
        entry = self._entries.get(note.id)
        if entry is not None and (entry.note is note or entry.note == note):
            return entry
        look = view.looks.get(note.kind)
        cards: list[tuple[int, str]] = []
        if look is not None and view.collection is not None:
            made = card_ordinals(note.type, look, field_html(note, self._media_names(note, view.collection)))
            is_cloze = note.type.cloze_field is not None
            cards = [(i, f"Cloze {i + 1}" if is_cloze else look.cards[i].name) for i in made]
        first = note.type.fields[0]
        front = note.documents.plain(note.front, clozes=first.key == note.type.cloze_field)
        if FORMULA.strip() in front:  # which says less than the formula as it is written
            front = " ".join(note.front.split())
        words = " ".join([note.id, *(text.source for text in texts_of(note))]).lower()
        entry = self._entries[note.id] = _Entry(note, cards, front, words)
        return entry


def _harmless(collection: Collection) -> Collection:
    """Return a collection in which names that would be live on cards are text: a finding forbids to build
    it, and until then they are shown."""

    def harmless(name: str) -> str:
        return escape(name) if live_markup(name) else name

    decks = tuple(replace(deck, name=harmless(deck.name)) for deck in collection.decks)
    return replace(collection, decks=decks, short_title=harmless(collection.short_title))


def _stamps(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    try:
        with os.scandir(folder) as found:
            for item in found:
                if not item.name.startswith(".") and item.is_file():
                    state = item.stat()
                    yield folder / item.name, (state.st_mtime_ns, state.st_size, state.st_ino)
    except OSError:  # the folder is not there, or a file went just now
        return


def _find(view: _View, note_id: str) -> tuple[Deck | None, Note | None]:
    for deck in view.decks:
        for note in deck.notes:
            if note.id == note_id:
                return deck, note
    return None, None


def _as_released(collection: Collection) -> frozenset[str] | None:
    """Return the ids of the notes that are as they were released; None if nothing was released, or if that
    cannot be told."""
    try:
        lock, _ = read_lock(collection)
        if lock is None:
            return None
        hashes = note_hashes(collection)
    except (LedgerError, OSError):  # a finding says so
        return None
    return frozenset(note_id for note_id, row in lock.notes.items() if hashes.get(note_id) == row.stamp.hash)


def _finding(found: Diagnostic) -> dict[str, str]:
    return {"severity": found.severity.value, "rule": found.rule, "text": reporting.full([found])}


def _by_note(
    found: Sequence[Diagnostic], view: _View
) -> tuple[dict[str, list[Diagnostic]], list[Diagnostic]]:
    """Return findings by the id of the note that they concern, and the others."""
    by_note: dict[str, list[Diagnostic]] = {}
    others = []
    places = _places(deck for deck in view.decks if deck.key not in view.unreadable)
    for finding in found:
        note_id = _note_of(finding, places)
        if note_id is None:
            others.append(finding)
        else:
            by_note.setdefault(note_id, []).append(finding)
    return by_note, others


Places = Mapping[str, Sequence[tuple[int, int, str]]]  # by file: where each note begins and ends, and its id


def _places(decks: Iterable[Deck]) -> Places:
    places: dict[str, list[tuple[int, int, str]]] = {}
    for deck in decks:
        for note in deck.notes:
            if note.origin is not None:
                node = note.origin.node
                places.setdefault(note.origin.source.path, []).append((node.start, node.end, note.id))
    return places


def _note_of(finding: Diagnostic, places: Places) -> str | None:
    span = finding.span
    if span is None:
        return None
    notes = places.get(span.source.path, ())  # in their order, and apart from one another
    at = bisect_right(notes, span.start, key=itemgetter(0)) - 1
    if at < 0:
        return None
    start, end, note_id = notes[at]
    return note_id if span.start < max(end, start + 1) else None


def _notes_with_errors(found: Sequence[Diagnostic], decks: Sequence[Deck]) -> set[str]:
    places = _places(decks)
    errors = (_note_of(d, places) for d in found if d.severity is Severity.ERROR)
    return {note_id for note_id in errors if note_id is not None}


def _with_last_good(deck: Deck, wrong: set[str], good: Mapping[str, Note]) -> Deck:
    """Return a deck in which the last good note stands for each that has a mistake, at the place of the
    present one."""
    if not any(note.id in wrong and note.id in good for note in deck.notes):
        return deck
    notes = (
        replace(good[note.id], origin=note.origin) if note.id in wrong and note.id in good else note
        for note in deck.notes
    )
    return replace(deck, notes=tuple(notes))


def _edited(old: Sequence[Deck], decks: Sequence[Deck]) -> str | None:
    """Return the id of the first note that differs from what was read before, or is new."""
    before = {note.id: note for deck in old for note in deck.notes}
    for deck in decks:
        for note in deck.notes:
            if before.get(note.id) != note:
                return note.id
    return None
