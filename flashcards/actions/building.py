"""From a collection to its files: settles times, runs the exporters one by one, remembers drafts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Collection as Container
from dataclasses import dataclass, field
from pathlib import Path

from flashcards.cards.templates import Look, looks_of
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Collection, Deck, Note
from flashcards.diagnostics import Diagnostic, FlashcardsError
from flashcards.exporters import chosen
from flashcards.exporters.job import Job, PrintOptions, Written
from flashcards.ledger.hashes import note_hashes, type_hashes
from flashcards.ledger.lock import Drafts, LedgerError
from flashcards.ledger.store import read_drafts, read_lock, write_drafts
from flashcards.ledger.times import Times, build_times
from flashcards.resources import is_installed


@dataclass(slots=True)
class Built:
    """What a build did. `failures` holds an output's name and why it is missing; the other outputs are
    there."""

    written: list[Written] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    failures: list[tuple[str, FlashcardsError | OSError]] = field(default_factory=list)
    drafts: int = 0


def select(
    collection: Collection, deck_keys: Container[str], tags: Sequence[str] = ()
) -> tuple[tuple[Deck, tuple[Note, ...]], ...]:
    """Return the decks with these keys and their notes that have one of `tags` (or a tag below it), all if
    there are none."""

    return tuple(
        (deck, tuple(note for note in deck.notes if not tags or any(map(note.has_tag, tags))))
        for deck in collection.decks
        if deck.key in deck_keys
    )


def settle_times(
    collection: Collection, looks: dict[str, Look], *, now: int, locked: bool
) -> tuple[Times, Drafts]:
    """Return the time of everything in a build. Raises `LedgerError` if `locked` and anything differs from
    the lock."""
    lock, _ = read_lock(collection)
    drafts = Drafts() if locked else read_drafts(collection)
    times, kept = build_times(note_hashes(collection), type_hashes(collection, looks), lock, drafts, now)
    if locked and (times.drafts or times.draft_types):
        what = [f"note `{key}`" for key in times.drafts] + [
            f"note type `{kind}`" for kind in times.draft_types
        ]
        more = f" and {len(what) - 3} more" if len(what) > 3 else ""
        raise LedgerError(f"not as released: {', '.join(what[:3])}{more}. `flashcards release` records them.")
    return times, kept


def build(
    loaded: Loaded,
    out: Path,
    *,
    now: int,
    locked: bool = False,
    to: Sequence[str] = (),
    tags: Sequence[str] = (),
    printing: PrintOptions = PrintOptions(),
    on_output: Callable[[Written], object] = lambda _: None,
) -> Built:
    """Write a loaded collection's outputs to `out`, calling `on_output` as each file is there.

    `to` names exporters or documents, by default the package and the cheat sheets. `now` is the clock in
    seconds since 1970. A collection inside an installed package is always built `locked`, because nothing may
    be written there. An output that fails is in the result's `failures`; the others are written all the same.
    Raises `InvalidCollection` or `LedgerError` if nothing can be built."""
    collection = loaded.raise_for_errors()
    locked = locked or (collection.path is not None and is_installed(collection.path))
    looks = looks_of(collection)
    times, drafts = settle_times(collection, looks, now=now, locked=locked)
    if not locked:
        # before any output: no package may leave this machine with times that it does not remember
        write_drafts(collection, drafts)
    job = Job(collection, select(collection, loaded.selected, tags), times, looks, out, printing)
    result = Built(drafts=len(times.drafts))
    for name, exporter in chosen(to):
        try:
            for item in exporter(job):
                if isinstance(item, Written):
                    result.written.append(item)
                    on_output(item)
                else:
                    result.diagnostics.append(item)
        except BrokenPipeError:  # from `on_output`: nobody listens any more
            raise
        except (FlashcardsError, OSError) as problem:
            result.failures.append((name, problem))
    return result
