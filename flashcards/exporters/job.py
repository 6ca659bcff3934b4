"""What an exporter is asked for, and what it hands back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol
from unicodedata import combining, normalize

from flashcards.cache import Cache
from flashcards.diagnostics import FlashcardsError

if TYPE_CHECKING:  # the command line needs `PrintOptions` before it needs any of these
    from flashcards.cards.templates import Look
    from flashcards.collection.model import Collection, Deck, Note
    from flashcards.ledger.times import Times


class PrintOptionsError(FlashcardsError):
    """An option of printing has a value that there is not."""


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How paper is printed; what is not about paper's size concerns cut-out cards.

    Raises `PrintOptionsError` for a paper or an edge that there is not."""

    paper: Literal["a4", "us-letter"] = "a4"  # Typst's names
    flip: Literal["long", "short"] = (
        "long"  # the edge about which the printer turns a sheet for its second side
    )
    fold: bool = False  # front and back side by side, for printers that print one side
    back_offset: tuple[float, float] = (0.0, 0.0)  # millimetres by which backs move right and down
    strict: bool = False  # what does not fit its card is an error

    def __post_init__(self) -> None:
        for name, known in (("paper", ("a4", "us-letter")), ("flip", ("long", "short"))):
            if getattr(self, name) not in known:
                message = f"`{name}` is `{known[0]}` or `{known[1]}`, not `{getattr(self, name)}`"
                raise PrintOptionsError(message)


# Letters that Unicode does not take apart
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
# Names that Windows has given to devices
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def slug(collection: Collection) -> str:
    """Return a file name, without its ending, by which a person knows a collection: its title or, where that
    has other than Latin letters, its folder, or its id.

    Names that would be read as something else get a prefix: Anki takes a package called `collection.apkg` or
    `backup-….apkg` for a whole collection, and puts it in the place of the learner's."""
    names = [collection.title]
    if collection.path is not None:
        folder = collection.path.resolve()
        names.append(folder.parent.name if folder.name == "decks" else folder.name)
    found = next(filter(None, map(_in_ascii, [*names, collection.id])), "deck")
    is_taken = found == "collection" or found.startswith("backup-") or found in _DEVICES
    return f"flashcards-{found}" if is_taken else found


def _in_ascii(name: str) -> str:
    """Return a name in small ASCII letters, digits and hyphens; empty if more than half of it would go."""
    parts = normalize("NFKD", name.lower().translate(_LATIN))
    letters = [character for character in parts if character.isalnum()]
    if sum(map(str.isascii, letters)) * 2 < len(letters):
        return ""
    return (
        re.sub(r"[^a-z0-9]+", "-", "".join(c for c in parts if not combining(c))).strip("-")[:100].strip("-")
    )


def selection_suffix(deck_keys: Iterable[str], tags: Iterable[str]) -> str:
    """Return what file names end with if only these decks, or notes with these tags, are written, so that
    they stand beside the files of the whole. Empty if there are neither.

    >>> selection_suffix(["06-pitfalls"], ["area::data"])
    '-06-pitfalls-area-data'
    """
    names = [*deck_keys, *tags]
    if not names:
        return ""
    label = re.sub(r"[^\w.-]+", "-", "-".join(names)).strip("-.") or "selection"
    if len(label) > 60:
        label = f"{label[:50]}-{hashlib.sha256(label.encode()).hexdigest()[:8]}"
    return f"-{label}"


class Shown(Protocol):
    """A note as far as a document's time and its templates hang on it."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Job:
    """What an exporter is to write: `selection` holds the chosen decks with their chosen notes, in order,
    retired notes too. `out` is the folder to write to, which need not exist; `suffix` belongs to the names of
    its files, and is empty if everything is written."""

    collection: Collection
    selection: tuple[tuple[Deck, tuple[Note, ...]], ...]
    times: Times
    looks: Mapping[str, Look]
    out: Path
    printing: PrintOptions = PrintOptions()
    cache: Cache = Cache(None)
    suffix: str = ""

    def time_of(self, notes: Iterable[Shown]) -> int:
        """Return the time of a document that shows these notes, in seconds since 1970: the newest among them
        and their note types, or the day on which the collection was begun if there are none."""
        shown = list(notes)
        if not shown:
            return int(datetime.combine(self.collection.created, datetime.min.time(), UTC).timestamp())
        kinds = {note.kind for note in shown}
        return max(
            [*(self.times.notes[note.id] for note in shown), *(self.times.types[kind] for kind in kinds)]
        )

    @property
    def slug(self) -> str:
        """The collection's title as a file name, without its ending."""
        return slug(self.collection) + self.suffix

    def write(self, name: str, data: bytes, contents: str) -> Written:
        """Write the file `name` in `out`, whole or not at all; `contents` says in words what is in it. Raises
        OSError."""
        from flashcards.files import write_atomically

        path = self.out / name
        write_atomically(path, data)
        return Written(path, contents)

    def positions(self) -> dict[str, int]:
        """Return each note's place in the whole collection, from 1: new cards are studied in this order."""
        return {note.id: i for i, (_, note) in enumerate(self.collection.notes(), 1)}


@dataclass(frozen=True, slots=True)
class Written:
    """One file that an exporter wrote, and in words what is in it."""

    path: Path
    contents: str
