"""Finds and reads a collection and validates its structure: `load(*paths) -> Loaded(collection,
diagnostics)`.

Nothing stops at the first mistake: what could be read is in the collection, everything wrong is in the
diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from flashcards.collection import declarations, notetypes
from flashcards.collection.decks import Context, DeckFiles
from flashcards.collection.location import deck_paths, file_problems, locate
from flashcards.collection.model import Collection, Deck, Documents, Note
from flashcards.collection.settings import read_settings, read_sources
from flashcards.diagnostics import Diagnostic, InvalidCollection, Severity, Span, error
from flashcards.files import real_path
from flashcards.resources import plugin_templates, template_folders


@dataclass(frozen=True, slots=True)
class Loaded:
    """A collection as far as it could be read, and what was found wrong in it. `load` and `check` make it."""

    found: Collection | None  # None only together with an error that says why
    diagnostics: tuple[Diagnostic, ...]
    selected: frozenset[str] = frozenset()  # keys of the decks to write

    @property
    def collection(self) -> Collection:
        """The collection, with what could be understood of it. Raises `InvalidCollection` if there is
        none."""
        if self.found is None:
            raise InvalidCollection(self.diagnostics)
        return self.found

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that are to be mended before anything is released."""
        return [d for d in self.diagnostics if d.severity is Severity.ERROR]

    @property
    def decks(self) -> tuple[Deck, ...]:
        """The decks that could be read."""
        return self.found.decks if self.found is not None else ()

    def raise_for_errors(self) -> Collection:
        """Return the collection, or raise `InvalidCollection` if there is any error that forbids to build."""
        if any(d.forbids for d in self.diagnostics):
            raise InvalidCollection(self.diagnostics)
        return self.collection


def load(*paths: Path | str) -> Loaded:
    """Read the collection that `paths` belong to: deck files, or a collection's folder; the working
    directory's if there are none.

    What is wrong with its structure is found; `check` finds everything, and takes longer. The whole
    collection is always read: paths only say which decks are selected for writing."""
    located = locate(paths)
    if located.root is None:
        return Loaded(None, located.problems)
    collection, problems = _read(located.root)
    selected = frozenset(d.key for d in collection.decks if d.path is not None and located.selects(d.path))
    return Loaded(collection, (*located.problems, *problems), selected)


def load_without_decks(*paths: Path | str) -> Loaded:
    """Load settings, note types and sources of the collection that `paths` belong to, and no deck."""
    located = locate(paths)
    if located.root is None:
        return Loaded(None, located.problems)
    context, problems = read_context(located.root)
    return Loaded(collection_of(located.root, context, []), (*located.problems, *problems))


def read_context(root: Path) -> tuple[Context, list[Diagnostic]]:
    """Read what the decks of the collection in `root` are read with."""
    settings, problems = read_settings(root)
    note_types, faults = notetypes.load(template_folders(root))
    references, gaps = read_sources(root)
    if settings.origin is not None:
        problems += declarations.clashes(settings.keys.values(), note_types, settings.origin)
    _, broken = plugin_templates()
    return Context(settings, note_types, references, Documents()), [*problems, *faults, *gaps, *broken]


def _read(root: Path) -> tuple[Collection, list[Diagnostic]]:
    context, problems = read_context(root)
    collection, others = read_with(root, context, DeckFiles(context).read)
    return collection, sorted(dict.fromkeys([*problems, *others]), key=lambda d: d.order)


def read_with(
    root: Path, context: Context, read: Callable[[Path], tuple[Deck | None, list[Diagnostic]]]
) -> tuple[Collection, list[Diagnostic]]:
    """Return the collection in `root` and what is wrong with its files, of which `read` reads one deck
    each."""
    problems = file_problems(root)
    settings = context.settings
    decks = []
    for path in deck_paths(root):
        deck, faults = read(path)
        problems += faults
        if deck is not None:
            decks.append(deck)
    problems += [*duplicate_names(decks), *duplicate_ids(decks)]
    places = declarations.undeclared_places(settings.keys, decks)
    uses = declarations.undeclared_uses(settings.keys, places, settings.rules, settings.origin)
    problems += declarations.undeclared_key_warnings(uses)
    found = dict.fromkeys(problems)  # what stands in a deck's defaults is met once for every note
    return collection_of(root, context, decks), sorted(found, key=lambda d: d.order)


def collection_of(root: Path, context: Context, decks: Iterable[Deck]) -> Collection:
    """Return the collection in `root` with these decks."""
    settings = context.settings
    return Collection(
        id=settings.id,
        title=settings.title,
        short_title=settings.short_title,
        root=settings.root,
        description=settings.description,
        created=settings.created,
        released=settings.released,
        language=settings.language,
        fonts=settings.fonts,
        system_fonts=settings.system_fonts,
        keys=settings.keys,
        vocabularies=settings.vocabularies,
        rules=settings.rules,
        decks=tuple(decks),
        references=context.references,
        note_types=context.note_types,
        media=media_files(root),
        path=root,
        origin=settings.origin,
        documents=context.documents,
    )


def media_files(root: Path) -> dict[str, Path]:
    """Return a collection's media files by name in NFC, as texts are; some file systems give the other
    form. A link that leads elsewhere is none of them: what it leads to would be published."""
    folder = root / "media"
    inside = folder.is_dir() and real_path(folder).is_relative_to(real_path(root))
    here = real_path(folder)
    found = sorted(folder.iterdir()) if inside else []
    paths = [p for p in found if p.is_file() and (not p.is_symlink() or real_path(p).parent == here)]
    own = {path.name for path in paths}  # both forms may be there, as two files
    return {path.name if (name := normalize("NFC", path.name)) in own else name: path for path in paths}


def duplicate_names(decks: Iterable[Deck]) -> Iterator[Diagnostic]:
    """Anki tells decks apart by name alone, whatever the case of its letters."""
    first: dict[str, Deck] = {}
    for deck in decks:
        other = first.setdefault(normalize("NFC", deck.name).casefold(), deck)
        if other is not deck and deck.title.strip():
            shown = other.path.name if other.path is not None else other.key
            hint = f"`{shown}` has it too; Anki would put both into one deck"
            message = f"two decks are called `{deck.name}`"
            place = deck.origin.span("title") if deck.origin is not None else None
            yield error("duplicate-deck", message, place, hint=hint)


def duplicate_ids(decks: Iterable[Deck]) -> Iterator[Diagnostic]:
    """Ids that differ only in case count as the same: some file systems and people do not tell them apart."""
    first: dict[str, tuple[Deck, Note]] = {}
    for deck in decks:
        for note in deck.notes:
            if note.derived_id and not note.front:
                continue
            others_deck, other = first.setdefault(note.id.lower(), (deck, note))
            if other is note:
                continue
            if note.derived_id:
                message = "two notes without `id` have the same front"
            elif other.id == note.id:
                message = f"id `{note.id}` is taken"
            else:
                message = f"id `{note.id}` differs from `{other.id}` only in case"
            span, place = _place_of_id(note), _place_of_id(other)
            where = f"at {place.place}" if place else f"in the deck `{others_deck.key}`"
            note_id = None if span else note.id
            yield error("duplicate-id", message, span, hint=f"the other is {where}", note=note_id)


def _place_of_id(note: Note) -> Span | None:
    return note.span(None if note.derived_id else "id")
