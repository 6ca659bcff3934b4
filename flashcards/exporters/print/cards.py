"""Notes → cut-out cards: `cards.pdf`, sheets of fronts and their backs, which lie behind each other when the
paper is turned.

The finished layout shows how much of its box each side fills. What runs over is set smaller, what has room
larger, and the sheets are laid out again, until each side has the largest size that fits, or the one below.
What is too long even at the smallest size is divided into several cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from flashcards.collection.model import Deck, Note
from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.fitting import SIZES, Fitting, Setting, Side
from flashcards.exporters.print.press import Press
from flashcards.reporting import count

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
        source = printer.lay_out()
        if printer.sheets:
            path = job.out / f"cards{job.suffix}.pdf"
            yield from press.write(path, source, printer.time, printer.contents, printer.all_notes)
    settings = printer.fitting.settings
    for _, note in notes.values():
        yield from _findings(note, settings[note.id, "front"], settings[note.id, "back"], job.printing.strict)


def _findings(note: Note, front: Setting | None, back: Setting | None, strict: bool) -> Iterator[Diagnostic]:
    span = note.span()
    if front is None or back is None:
        message = (
            f"`{note.id}` is not printed: a picture, a formula or a row of a table is larger than a card"
        )
        yield error(
            "print-overflow", message, span, hint="make it smaller, or make several notes of it", note=note.id
        )
    elif (number := max(front.cards, back.cards)) > 1:
        message = f"`{note.id}` is too long for a card and goes on: it takes {number}"
        report = error if strict else warning
        yield report(
            "print-overflow", message, span, hint="shorten it, or make several notes of it", note=note.id
        )


class _Printer:
    """Lays cards on sheets."""

    def __init__(self, press: Press, notes: Mapping[str, tuple[Deck, Note]]):
        self.press = press
        self.notes = notes
        self.all_notes = [note for _, note in notes.values()]
        self.time = press.job.time_of(self.all_notes)
        press.put_notes(self.all_notes, press.pictures(self.all_notes))
        self.fitting = Fitting(self.all_notes)
        self.sheets: list[list[dict[str, Any]]] = []

    def lay_out(self) -> str:
        """Return the source of sheets on which every side fits its box."""
        while True:
            self._measure()
            self.sheets = self._arranged()
            source = self._render(self.sheets)
            if not self.fitting.learn(self._fills(source)):
                return source

    @property
    def contents(self) -> str:
        notes = {card["id"] for sheet in self.sheets for card in sheet}
        return f"{count(len(notes), 'note')} on {count(len(self.sheets), 'sheet')}"

    def _measure(self) -> None:
        """Let Typst find the settings of sides for which nothing else can."""
        if sides := self.fitting.to_measure:
            found = self.press.typesetter.query(self._render([], sides), _FILE, "fit")
            self.fitting.take_measured(Setting(*setting) if setting else None for setting in found)

    def _arranged(self) -> list[list[dict[str, Any]]]:
        """Return the cards of each sheet, as the template takes them."""
        cards, begun = [], set()
        for note_id, (deck, _) in self.notes.items():
            front, back = (self.fitting.settings[note_id, side] for side in ("front", "back"))
            if front is None or back is None:
                continue
            number = max(front.cards, back.cards)
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
        return [cards[i : i + size] for i in range(0, len(cards), size)]

    def _fills(self, source: str) -> Iterator[tuple[Side, float]]:
        """Lay out sheets and yield, once for each side, how much of its box it fills."""
        seen = set()
        for note_id, name, fill in chain(*self.press.typesetter.query(source, _FILE, "filled")):
            if (note_id, name) not in seen:
                yield (note_id, name), fill
            seen.add((note_id, name))

    def _render(self, sheets: Sequence[Any], measured: Sequence[Side] = ()) -> str:
        job = self.press.job
        variables = {
            "sheets": sheets, "measured": measured, "sizes": SIZES,
            "columns": _COLUMNS, "rows": _ROWS, "fold": job.printing.fold,
        }  # fmt: skip
        title = f"{job.collection.title}: cards"
        return self.press.render("cards.typ", title, self.all_notes, self.time, variables)
