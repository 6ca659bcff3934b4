"""What `import flashcards` offers to write: builds of collections from files or made in Python.

Here alone the clock is read for a caller, if it gives no time of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flashcards.actions import building
from flashcards.actions.building import Built
from flashcards.actions.checking import check
from flashcards.collection import notetypes
from flashcards.collection.loader import Loaded
from flashcards.collection.model import Collection, Note
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import FlashcardsError, InvalidCollection, error
from flashcards.exporters.job import PrintOptions, Written
from flashcards.resources import plugin_templates, template_folders


class NothingChosenError(FlashcardsError):
    """`choose` took no note: an empty package would replace the last one."""


def build(
    what: Loaded | Collection | str | Path,
    out: str | Path,
    *,
    to: str | Sequence[str] = (),
    choose: Callable[[Note], object] | None = None,
    now: int | None = None,
    locked: bool = False,
    printing: PrintOptions = PrintOptions(),
    on_output: Callable[[Written], object] = lambda _: None,
) -> Built:
    """Write a collection's outputs to the folder `out`; return what was written, and what was found.

    `what` is what `check` or `load` returned, a collection made in Python, or the path of one. The last two
    are checked first; of what `load` returned only the structure was.

    `to` names outputs: `apkg` for the Anki package, one of the printed outputs that `flashcards print --list`
    names, or an exporter of a plug-in. The package and the cheat sheets are written by default.

    `choose` is called once with each note of the selected decks, and those are written for which it returns
    true: `choose=lambda note: note.has_tag("core")`. It never changes which notes exist: GUIDs, times and
    positions are those of the whole collection. Files have the same names as those of the whole: give
    another `out` to have both.

    `now` is the time of the build in seconds since 1970, by default the clock's. A note that changed gets it
    as the time of its last change, by which Anki knows what to update. What did not change keeps its time,
    which is remembered in `flashcards.lock` and `.flashcards/` in the collection's folder. **A collection
    made in Python without a `path` remembers nothing**: in every later build each note counts as changed,
    and an update in Anki replaces the learner's own tags and edits. Give it a `path` if there will be
    updates.

    `locked` refuses to build if anything differs from the lock. `printing` says how paper is printed.
    `on_output` is called with each file as soon as it is there.

    An output that fails is in the result's `failures`, and the others are written all the same. Raises
    `InvalidCollection` if there is an error in the collection, `LedgerError` if the lock forbids the build,
    and another `FlashcardsError` if `to` names no output, `choose` takes no note, or there is none. Then
    nothing is written."""
    loaded = what if isinstance(what, Loaded) else check(what)
    return building.build(
        loaded,
        Path(out),
        now=int(time.time()) if now is None else now,
        locked=locked,
        to=[to] if isinstance(to, str) else to,
        choose=_settled_choice(loaded, choose),
        printing=printing,
        on_output=on_output,
    )


def package_bytes(
    what: Loaded | Collection | str | Path,
    *,
    choose: Callable[[Note], object] | None = None,
    now: int | None = None,
    locked: bool = False,
) -> bytes:
    """Return a collection's Anki package, the bytes of an `.apkg` file.

    The arguments mean what they mean to `build`, which writes the same bytes. Raises what `build` raises, and
    what `build` would put into `failures`."""
    with tempfile.TemporaryDirectory(prefix="flashcards-") as folder:
        built = build(what, folder, to="apkg", choose=choose, now=now, locked=locked)
        for _, problem in built.failures:
            raise problem
        return built.written[0].path.read_bytes()


def note_types(path: str | Path | None = None) -> Mapping[str, NoteType]:
    """Return the note types by kind: `basic`, `cloze` and the others that come with flashcards, and those of
    plug-ins.

    With `path`, a collection's folder, those in its `templates/` come first, and can replace shipped ones; a
    collection that uses them needs the same `path`. Raises `InvalidCollection` if a note type is faulty."""
    folder = None if path is None else Path(path)
    types, problems = notetypes.load(template_folders(folder))
    problems += plugin_templates()[1]
    if folder is not None and not folder.is_dir():
        problems.append(error("no-such-path", f"there is no folder `{folder}`"))
    if problems:
        raise InvalidCollection(problems)
    return types


def _settled_choice(loaded: Loaded, choose: Callable[[Note], object] | None) -> Callable[[Note], object]:
    """Return a function that gives each note the answer that `choose` gave for it when it was asked once.

    Raises `InvalidCollection`, or `NothingChosenError` if the answer was always no."""
    if choose is None:
        return lambda _note: True
    decks = [deck for deck in loaded.raise_for_errors().decks if deck.key in loaded.selected]
    chosen = {note.id for deck in decks for note in deck.notes if choose(note)}
    if not chosen:
        raise NothingChosenError("`choose` took no note, so nothing was written")
    return lambda note: note.id in chosen
