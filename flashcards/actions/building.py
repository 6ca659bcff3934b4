"""From a collection to its files: settles times, runs the exporters one by one, remembers drafts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flashcards.actions.deck_facts import DeckFacts, NoteFacts
from flashcards.actions.survey import Survey
from flashcards.cache import Cache
from flashcards.cards.templates import Look, looks_of
from flashcards.collection import media
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Collection, Deck, Note
from flashcards.diagnostics import Diagnostic, FlashcardsError
from flashcards.exporters import OUTPUTS, chosen
from flashcards.exporters.job import Job, PrintOptions, Written
from flashcards.ledger.hashes import note_hashes, type_hashes
from flashcards.ledger.lock import Drafts, LedgerError
from flashcards.ledger.store import read_drafts, read_lock, refuse_foreign, write_drafts
from flashcards.ledger.times import Times, build_times
from flashcards.resources import is_installed, template_folders


class NoNotesError(FlashcardsError):
    """A collection has no note: an empty package would only look like one."""


@dataclass(slots=True)
class Built:
    """What a build did."""

    written: list[Written] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(
        default_factory=list
    )  # errors that forbid nothing, and what was found while writing
    failures: list[tuple[str, FlashcardsError | OSError]] = field(default_factory=list)  # output, why not
    drafts: int = 0  # notes that are not in the lock as they are


def select(
    collection: Collection, deck_keys: Container[str], choose: Callable[[Note], object]
) -> tuple[tuple[Deck, tuple[Note, ...]], ...]:
    """Return the decks with these keys, and their notes for which `choose` is true."""
    return tuple(
        (deck, tuple(note for note in deck.notes if choose(note)))
        for deck in collection.decks
        if deck.key in deck_keys
    )


def settle_times(
    collection: Collection, notes: Mapping[str, str], types: Mapping[str, str], *, now: int, locked: bool
) -> tuple[Times, Drafts]:
    """Return the time of everything in a build, from the hashes of notes by id and of note types by kind.

    Raises `LedgerError` if `locked` and anything is a draft: it differs from the lock, or this machine has
    built a draft of it since and then went back."""
    lock, _ = read_lock(collection)
    refuse_foreign(lock, collection)
    before = read_drafts(collection)
    times, kept = build_times(notes, types, lock, before, now)
    if locked and (times.drafts or times.draft_types):
        changed = [f"note `{key}`" for key in times.drafts]
        changed += [f"note type `{kind}`" for kind in times.draft_types]
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        message = f"not as released: {', '.join(changed[:3])}{more}. `flashcards release` records them."
        raise LedgerError(message)
    if not locked and (kept.notes, kept.types) != (before.notes, before.types):
        # before any output: no package may leave this machine with times that it does not remember
        write_drafts(collection, kept)
    return times, kept


def build(
    loaded: Loaded | Survey,
    out: Path,
    *,
    now: int,
    locked: bool = False,
    to: Sequence[str] = (),
    choose: Callable[[Any], object] = lambda _: True,
    printing: PrintOptions = PrintOptions(),
    cache: Cache = Cache(None),
    on_output: Callable[[Written], object] = lambda _: None,
    suffix: str = "",
) -> Built:
    """Write a collection's outputs to `out`, calling `on_output` as each file is there. A collection that was
    surveyed is only read whole for outputs other than the package.

    `to` names outputs, by default the package and the cheat sheets. Of the selected decks' notes (of a
    survey, their facts), those are written for which `choose` is true; `suffix` ends the names of files that
    hold only some. `now` is the clock in seconds since 1970. PDFs that would be the same as once before are
    taken from `cache`. A collection inside an installed package is always built `locked`, because nothing may
    be written there. An output that fails is in the result's `failures`; the others are written all the same.
    Raises `InvalidCollection`, `NoNotesError`, `UnknownOutputError` or `LedgerError` if nothing can be
    built."""
    known = loaded if isinstance(loaded, Survey) else None
    collection = loaded.base if isinstance(loaded, Survey) else loaded.raise_for_errors()
    outputs = chosen(to, template_folders(collection.path))
    notes = known.notes() if known else collection.notes()
    if any(output in OUTPUTS for output in outputs) and not any(True for _ in notes):
        place = f"`{collection.path}`" if collection.path is not None else "the collection"
        raise NoNotesError(f"{place} has no note: `flashcards add DECK` makes one")
    locked = locked or (collection.path is not None and is_installed(collection.path))
    looks = known.used_looks() if known else looks_of(collection)
    hashes = {note.id: note.hash for note in known.notes()} if known else note_hashes(collection)
    times, _ = settle_times(collection, hashes, type_hashes(collection, looks), now=now, locked=locked)

    @functools.cache
    def job() -> Job:
        whole = loaded.load() if isinstance(loaded, Survey) else loaded
        selection = select(whole.raise_for_errors(), whole.selected, choose)
        return Job(whole.raise_for_errors(), selection, times, looks, out, printing, cache, suffix)

    result = Built(drafts=len(times.drafts), diagnostics=[*loaded.errors])
    for output in outputs:
        try:
            items: Iterable[Written | Diagnostic]
            if known is not None and output.name == "apkg":
                items = [_package(known, out, suffix, times, looks, choose)]
            elif known is not None and output.name == "cheat-sheets":
                printed = Job(known.base, (), times, looks, out, printing, cache, suffix)
                items = _cheat_sheets(known, printed, choose)
            else:
                items = output.export(job())
            for item in items:
                if isinstance(item, Written):
                    result.written.append(item)
                    on_output(item)
                else:
                    result.diagnostics.append(item)
        except BrokenPipeError:  # from `on_output`: nobody listens any more
            raise
        except (FlashcardsError, OSError) as problem:
            result.failures.append((output.name, problem))
    cache.prune()
    return result


def _package(
    known: Survey,
    out: Path,
    suffix: str,
    times: Times,
    looks: Mapping[str, Look],
    choose: Callable[[Any], object],
) -> Written:
    """Write the package from what is known of the decks, as the exporter does from their notes."""
    from flashcards.exporters import apkg

    chosen_notes = [
        (deck, [note for note in deck.notes if choose(note)])
        for deck in known.decks
        if deck.key in known.selected
    ]
    used = sorted({name for _, notes in chosen_notes for note in notes for name in note.media})
    files = {media.published_name(known.base.media[name]): known.base.media[name] for name in used}
    decks = [deck.rows(notes) for deck, notes in chosen_notes if notes]
    positions = {note.id: i for i, note in enumerate(known.notes(), 1)}
    path = out / apkg.file_name(known.base, suffix)
    return apkg.write(path, known.base, decks, looks, times, positions, files)


def _cheat_sheets(known: Survey, job: Job, choose: Callable[[Any], object]) -> Iterator[Written | Diagnostic]:
    """Write the cheat sheets from what is known of the decks, as the exporter does from their notes. A deck
    is only read if its sheet is not in the cache."""
    from flashcards.exporters.print import cheat_sheets

    def read(deck: DeckFacts, notes: Sequence[NoteFacts]) -> tuple[Deck, Sequence[Note]]:
        whole, ids = known.reading.deck(deck.path), {note.id for note in notes}
        return whole, [note for note in whole.notes if note.id in ids]

    sheets = []
    is_partial = False
    for deck in known.decks:
        if deck.key in known.selected:
            chosen = [note for note in deck.notes if choose(note)]
            is_partial = is_partial or len(chosen) < len(deck.notes)
            notes = [note for note in chosen if not note.retired]
            read_it = functools.partial(read, deck, notes)
            sheets.append(cheat_sheets.Sheet(deck.key, deck.title, notes, read_it, deck.hash))
    return cheat_sheets.write(job, sheets, is_partial=is_partial)
