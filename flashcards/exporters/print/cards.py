"""Notes → cut-out cards: `cards.pdf`, sheets of fronts and their backs, which lie behind each other when the
paper is turned.

Each side begins at the size at which its text should fill its box. The finished layout shows how much it
fills: what runs over is set smaller, what has room larger, and the sheets are laid out again, until each side
has the largest size that fits, or the one below. What is too long even at the smallest size is divided into
several cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from flashcards.collection.model import Deck, Note
from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.fitting import (
    SIZES,
    Fit,
    SizeSearch,
    estimated_fills,
    size_search,
    wide_tables,
)
from flashcards.exporters.print.press import Press

_FILE = "cards.pdf"
_COLUMNS, _ROWS = 2, 4


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `cards.pdf`, each note once, and name the notes that do not fit one card. Raises OSError or
    `PrintError`."""
    notes = {
        note.id: (deck, note) for deck, chosen in job.selection for note in chosen if note.retired is None
    }
    if not notes:
        return
    with Press(job) as press:
        printer = _Printer(press, notes)
        source = printer.fitted()
        if printer.sheets:
            yield from press.write(job.out / _FILE, source, printer.time, printer.contents)
    for _, note in notes.values():
        yield from _findings(
            note, printer.fit(note.id, "front"), printer.fit(note.id, "back"), job.printing.strict
        )


def _findings(note: Note, front: Fit | None, back: Fit | None, strict: bool) -> Iterator[Diagnostic]:
    span = note.span()
    if front is None or back is None:
        message = (
            f"`{note.id}` is not printed: a picture, a formula or a row of a table is larger than a card"
        )
        yield error(
            "print-overflow", message, span, hint="make it smaller, or make several notes of it", note=note.id
        )
    elif (number := max(front.of, back.of)) > 1:
        message = f"`{note.id}` is too long for a card and goes on: it takes {number}"
        report = error if strict else warning
        yield report(
            "print-overflow", message, span, hint="shorten it, or make several notes of it", note=note.id
        )


_Side = tuple[str, str]  # a note's id, and front or back


class _Printer:
    """Fills sheets. `fits` holds how each side is set, None for one that can neither fit a card nor be
    divided."""

    def __init__(self, press: Press, notes: Mapping[str, tuple[Deck, Note]]):
        self.press = press
        self.notes = notes
        all_notes = [note for _, note in notes.values()]
        self.time = press.job.time_of(all_notes)
        press.put_notes(all_notes, press.pictures(all_notes))
        self.fits: dict[_Side, Fit | None] = {}
        self.divided: set[_Side] = set()
        self.sheets: list[list[dict[str, Any]]] = []

    def fit(self, note_id: str, side: str) -> Fit | None:
        return self.fits[note_id, side]

    def fitted(self) -> str:
        """Return the source of sheets on which every side fits its box."""
        searches: dict[_Side, SizeSearch] = {}
        for note_id, (_, note) in self.notes.items():
            for side, fills in estimated_fills(note).items():
                searches[note_id, side] = search = size_search(side, fills)
                self.fits[note_id, side] = search.fit
        self._divide(
            [(note_id, side) for note_id, (_, note) in self.notes.items() for side in wide_tables(note)]
        )
        while True:
            self._fill_sheets()
            source = self._render(self.sheets)
            moves = {
                (note_id, side): searches[note_id, side].learn(fills)
                for note_id, side, fills in self._filled(source)
                if (note_id, side) not in self.divided
            }
            # a single step larger is hardly seen, and alone not worth laying out the sheets again
            if not any(move > 0 or move < -1 for move in moves.values()):
                return source
            again = [place for place, move in moves.items() if move]
            self.fits.update((place, search.fit) for place in again if (search := searches[place]).fit)
            self._divide([place for place in again if searches[place].fit is None])

    def _filled(self, source: str) -> Iterator[tuple[str, str, float]]:
        """Lay out sheets and yield, once for each side, how much of its box it fills."""
        seen = set()
        for note_id, side, fills in chain(*self.press.typesetter.query(source, _FILE, "filled")):
            if (note_id, side) not in seen:
                yield note_id, side, fills
            seen.add((note_id, side))

    @property
    def contents(self) -> str:
        notes, sheets = len({card["id"] for sheet in self.sheets for card in sheet}), len(self.sheets)
        return f"{notes:,} note{'s' * (notes != 1)} on {sheets:,} sheet{'s' * (sheets != 1)}"

    def _divide(self, sides: Sequence[_Side]) -> None:
        """Let Typst fit these sides, by measuring them at every size, and divide those that do not."""
        if sides:
            found = self.press.typesetter.query(self._render([], sides), _FILE, "fit")
            self.fits.update(zip(sides, (Fit(*fit) if fit else None for fit in found), strict=True))
            self.divided.update(sides)

    def _fill_sheets(self) -> None:
        cards, begun = [], set()
        for note_id, (deck, _) in self.notes.items():
            front, back = self.fit(note_id, "front"), self.fit(note_id, "back")
            if front is None or back is None:
                continue
            number = max(front.of, back.of)
            for k in range(number):
                card = {
                    "id": note_id,
                    "number": f"{k + 1}/{number}" if number > 1 else None,
                    "deck": deck.title,
                }
                sides = {"front": front.on_card(k), "back": back.on_card(k)}
                cards.append({**card, **sides, "opens": deck.key not in begun})
                begun.add(deck.key)
        size = _ROWS if self.press.job.printing.fold else _COLUMNS * _ROWS
        self.sheets = [cards[i : i + size] for i in range(0, len(cards), size)]

    def _render(self, sheets: Sequence[Any], measured: Sequence[_Side] = ()) -> str:
        job = self.press.job
        variables = {
            "sheets": sheets, "measured": measured, "sizes": SIZES,
            "columns": _COLUMNS, "rows": _ROWS, "fold": job.printing.fold,
        }  # fmt: skip
        notes = [note for _, note in self.notes.values()]
        return self.press.render("cards.typ", f"{job.collection.title}: cards", notes, self.time, variables)
