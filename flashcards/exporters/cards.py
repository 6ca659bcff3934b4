"""Notes → cut-out cards: `cards.pdf`, sheets of fronts and their backs, which lie behind each other when the paper is turned.

A card whose text is clearly shorter than its box is set at full size. The others Typst measures: it sets them smaller, or
divides what is too long even so into several cards. Where the estimate was wrong, the finished layout shows it, and that card
is measured too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from math import ceil
from typing import Any, NamedTuple

from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.exporters import Job, Written
from flashcards.exporters.press import Press
from flashcards.model import Choice, Deck, Note, Value

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
            yield from press.write(job.out / "cards.pdf", source, printer.contents)
    for note_id, fits in printer.measured.items():
        yield from _findings(notes[note_id][1], fits, job.printing.strict)


class _Fit(NamedTuple):
    """How one side is set: the size of its text in points, None for full size, and over how many cards it goes."""

    size: float | None
    of: int


_FULL_SIZE = _Fit(None, 1)
_Fits = tuple[_Fit, _Fit]  # front and back


class _Printer:
    """Fills sheets. `measured` holds what Typst was asked about, None for a note that can neither fit a card nor be divided."""

    def __init__(self, press: Press, notes: Mapping[str, tuple[Deck, Note]]):
        self.press = press
        self.notes = notes
        pictures = press.pictures(note for _, note in notes.values())
        self.entries = {note_id: press.entry(note, pictures) for note_id, (_, note) in notes.items()}
        self.measured: dict[str, _Fits | None] = {}
        self.sheets: list[list[dict[str, Any]]] = []

    def fitted(self) -> str:
        """Return the source of sheets on which every card fits its box."""
        overflowing = {note_id for note_id, (_, note) in self.notes.items() if _may_overflow(note)}
        while True:
            self._measure(overflowing)
            self.sheets = self._fill_sheets()
            source = self._render({"sheets": self.sheets, "measured": []})
            overflowing = set(self.press.query(source, "overflow")) - self.measured.keys()
            if not overflowing:
                return source

    @property
    def contents(self) -> str:
        notes, sheets = len({card["id"] for sheet in self.sheets for card in sheet}), len(self.sheets)
        return f"{notes:,} note{'s' * (notes != 1)} on {sheets:,} sheet{'s' * (sheets != 1)}"

    def _measure(self, ids: Collection[str]) -> None:
        if ids:
            asked = [note_id for note_id in self.notes if note_id in ids]
            source = self._render({"sheets": [], "measured": [self.entries[note_id] for note_id in asked]})
            for note_id, sides in zip(asked, self.press.query(source, "fit"), strict=True):
                self.measured[note_id] = None if None in sides else (_Fit(*sides[0]), _Fit(*sides[1]))

    def _render(self, variables: Mapping[str, Any]) -> str:
        job = self.press.job
        shape = {"columns": _COLUMNS, "rows": _ROWS, "fold": job.printing.fold}
        notes = [note for _, note in self.notes.values()]
        return self.press.render("cards.typ", f"{job.collection.title}: cards", notes, {**shape, **variables})

    def _fill_sheets(self) -> list[list[dict[str, Any]]]:
        cards: list[dict[str, Any]] = []
        begun = set()
        for note_id, (deck, _) in self.notes.items():
            fits = self.measured.get(note_id, (_FULL_SIZE, _FULL_SIZE))
            if fits is None:
                continue
            number = max(fit.of for fit in fits)
            for k in range(number):
                # the shorter side is on every card: a back that goes on has its question in front
                front, back = ({"size": fit.size, "part": min(k, fit.of - 1), "of": fit.of} for fit in fits)
                card = {"front": front, "back": back, "number": f"{k + 1}/{number}" if number > 1 else None}
                cards.append({**self.entries[note_id], **card, "deck": deck.title, "opens": deck.key not in begun})
                begun.add(deck.key)
        size = _ROWS if self.press.job.printing.fold else _COLUMNS * _ROWS
        return [cards[i : i + size] for i in range(0, len(cards), size)]


def _findings(note: Note, fits: _Fits | None, strict: bool) -> Iterator[Diagnostic]:
    span = note.origin.span()
    if fits is None:
        message = f"`{note.id}` is not printed: a picture, a formula, some code or a row of a table is larger than a card"
        yield error("print-overflow", message, span, hint="make it smaller, or make several notes of it", note=note.id)
    elif (number := max(fit.of for fit in fits)) > 1:
        message = f"`{note.id}` is too long for a card and goes on: it takes {number}"
        report = error if strict else warning
        yield report("print-overflow", message, span, hint="shorten it, or make several notes of it", note=note.id)


# -------------------------------------------------------------------------------------------------------------- estimate


class _Box(NamedTuple):
    """What a box holds of running text at full size, with some caution."""

    letters: int  # a line
    lines: int


_FRONT, _BACK = _Box(33, 8), _Box(46, 11)
_FULL = 0.8  # from here on a card is measured
_NO_RUNNING_TEXT = re.compile(r"\$\$|\\\[|!\[|\||```|~~~")


def _may_overflow(note: Note) -> bool:
    fields = note.type.fields
    front = [note.fields[f.key] for f in fields if not f.answer and f.key in note.fields]
    back = [note.fields[f.key] for f in fields if (f.answer or f.kind == "choices") and f.key in note.fields]
    back.append(note.text("why"))
    return _fills(front, _FRONT) > _FULL or _fills(back, _BACK) > _FULL


def _fills(values: Iterable[Value], box: _Box) -> float:
    """Return about how much of a box these values fill; whatever is no running text fills it."""
    lines = 0.0
    for text in _texts(values):
        if _NO_RUNNING_TEXT.search(text):
            return 1.0
        lines += 0.5 + sum(ceil(len(line) / box.letters) for line in text.splitlines())
    return lines / box.lines


def _texts(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (item.text if isinstance(item, Choice) else item for item in value)
        else:
            yield "|"
