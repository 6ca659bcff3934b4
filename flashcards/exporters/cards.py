"""Notes → cut-out cards: `cards.pdf`, sheets of fronts and their backs, which lie behind each other when the paper is turned.

A side whose text is clearly shorter than its box is set at full size. The others Typst measures: it sets them smaller, or
divides what is too long even so into several cards. Where the estimate was wrong, the finished layout shows it, and that side
is measured too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.exporters import Job, Written
from flashcards.exporters.press import Press
from flashcards.model import Choice, Deck, Note, Value

_FILE = "cards.pdf"
_COLUMNS, _ROWS = 2, 4


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `cards.pdf`, each note once, and name the notes that do not fit one card. Raises OSError or `PrintError`."""
    notes = {note.id: (deck, note) for deck, chosen in job.selection for note in chosen if note.retired is None}
    if not notes:
        return
    with Press(job) as press:
        printer = _Printer(press, notes)
        source = printer.fitted()
        if printer.sheets:
            yield from press.write(job.out / _FILE, source, printer.contents)
    for _, note in notes.values():
        yield from _findings(note, printer.fit(note.id, "front"), printer.fit(note.id, "back"), job.printing.strict)


def _findings(note: Note, front: _Fit | None, back: _Fit | None, strict: bool) -> Iterator[Diagnostic]:
    span = note.origin.span()
    if front is None or back is None:
        message = f"`{note.id}` is not printed: a picture, a formula or a row of a table is larger than a card"
        yield error("print-overflow", message, span, hint="make it smaller, or make several notes of it", note=note.id)
    elif (number := max(front.of, back.of)) > 1:
        message = f"`{note.id}` is too long for a card and goes on: it takes {number}"
        report = error if strict else warning
        yield report("print-overflow", message, span, hint="shorten it, or make several notes of it", note=note.id)


class _Fit(NamedTuple):
    """How a side is set: the size of its text in points, None for full size, and over how many cards it goes."""

    size: float | None
    of: int

    def on_card(self, k: int) -> dict[str, Any]:
        """Return what the template needs for a note's card `k`, from 0. A side that ends before stays as it is at its end:
        cards on which a back goes on have the question in front."""
        return {"size": self.size, "part": min(k, self.of - 1), "of": self.of}


_FULL_SIZE = _Fit(None, 1)
_Side = tuple[str, str]  # a note's id, and front or back


class _Printer:
    """Fills sheets. `measured` holds what Typst was asked about, None for a side that can neither fit a card nor be divided."""

    def __init__(self, press: Press, notes: Mapping[str, tuple[Deck, Note]]):
        self.press = press
        self.notes = notes
        pictures = press.pictures(note for _, note in notes.values())
        self.entries = {note_id: press.entry(note, pictures) for note_id, (_, note) in notes.items()}
        self.measured: dict[_Side, _Fit | None] = {}
        self.sheets: list[list[dict[str, Any]]] = []

    def fit(self, note_id: str, side: str) -> _Fit | None:
        return self.measured.get((note_id, side), _FULL_SIZE)

    def fitted(self) -> str:
        """Return the source of sheets on which every side fits its box."""
        uncertain = [(note_id, side) for note_id, (_, note) in self.notes.items() for side in _may_overflow(note)]
        while True:
            self._measure(uncertain)
            self._fill_sheets()
            source = self._render(self.sheets, measured=[])
            overflowing = {(note_id, side) for note_id, side in self.press.query(source, "overflow", _FILE)}
            uncertain = sorted(overflowing - self.measured.keys())
            if not uncertain:
                return source

    @property
    def contents(self) -> str:
        notes, sheets = len({card["id"] for sheet in self.sheets for card in sheet}), len(self.sheets)
        return f"{notes:,} note{'s' * (notes != 1)} on {sheets:,} sheet{'s' * (sheets != 1)}"

    def _measure(self, sides: Sequence[_Side]) -> None:
        if sides:
            asked = [{**self.entries[note_id], "side": side} for note_id, side in sides]
            found = self.press.query(self._render([], measured=asked), "fit", _FILE)
            self.measured.update(zip(sides, (_Fit(*fit) if fit else None for fit in found), strict=True))

    def _fill_sheets(self) -> None:
        cards, begun = [], set()
        for note_id, (deck, _) in self.notes.items():
            front, back = self.fit(note_id, "front"), self.fit(note_id, "back")
            if front is None or back is None:
                continue
            number = max(front.of, back.of)
            for k in range(number):
                card = {**self.entries[note_id], "front": front.on_card(k), "back": back.on_card(k)}
                card["number"] = f"{k + 1}/{number}" if number > 1 else None
                cards.append({**card, "deck": deck.title, "opens": deck.key not in begun})
                begun.add(deck.key)
        size = _ROWS if self.press.job.printing.fold else _COLUMNS * _ROWS
        self.sheets = [cards[i : i + size] for i in range(0, len(cards), size)]

    def _render(self, sheets: Sequence[Any], *, measured: Sequence[Any]) -> str:
        job = self.press.job
        variables = {"sheets": sheets, "measured": measured, "columns": _COLUMNS, "rows": _ROWS, "fold": job.printing.fold}
        notes = [note for _, note in self.notes.values()]
        return self.press.render("cards.typ", f"{job.collection.title}: cards", notes, variables)


# -------------------------------------------------------------------------------------------------------------- estimate


class _Box(NamedTuple):
    """How much running text a box holds at full size."""

    letters: int  # a line
    lines: float


_FRONT, _BACK = _Box(35, 7.8), _Box(49, 10.9)
_FULL = 0.8  # from here on a side is measured
_NO_RUNNING_TEXT = re.compile(r"\$\$|\\\[|!\[|\||```|~~~")


def _may_overflow(note: Note) -> list[str]:
    """Return the sides that must be measured."""
    own = [(field, note.fields[field.key]) for field in note.type.fields if field.key in note.fields]
    front = [value for field, value in own if not field.answer or field.key == note.type.cloze_field]
    back = [value for field, value in own if field.answer or field.kind == "choices"]
    fills = {"front": _fills(front, _FRONT), "back": _fills([*back, note.text("why")], _BACK)}
    return [side for side, share in fills.items() if share > _FULL]


def _fills(values: Iterable[Value], box: _Box) -> float:
    """Return about how much of a box these values fill; whatever is no running text fills it."""
    lines = 0.0
    for text in _texts(values):
        if _NO_RUNNING_TEXT.search(text):
            return 1.0
        lines += 0.3 + sum(ceil(len(line) / box.letters) for line in text.splitlines())
    return lines / box.lines


def _texts(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (item.text if isinstance(item, Choice) else item for item in value)
        else:
            yield "|"
