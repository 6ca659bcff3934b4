"""Notes → cut-out cards: `cards.pdf`, sheets of fronts and their backs, which lie behind each other when the paper is turned.

Each side begins at the size at which its text should fill its box. The finished layout shows how much it fills: what runs
over is set smaller, what has room larger, and the sheets are laid out again, until each side has the largest size that fits,
or the one below. What is too long even at the smallest size is divided into several cards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil
from typing import Any, NamedTuple

from flashcards.collection.model import Choice, Deck, Note, Table, Value
from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.exporters import Job, Written
from flashcards.exporters.print.press import Press
from flashcards.languages.markup import Typst

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
    """How a side is set: the size of its text in points, and over how many cards it goes."""

    size: float
    of: int = 1

    def on_card(self, k: int) -> Typst:
        """Return size, part and number of parts for a note's card `k`, from 0. A side that ends before stays as it is at its
        end: cards on which a back goes on have the question in front."""
        return Typst(f"({self.size}pt, {min(k, self.of - 1)}, {self.of})")


# Text sizes in points, the largest first. At the smallest, a table's text, which is smaller than what is around it, has 7 pt.
_SIZES: Mapping[str, tuple[float, ...]] = {
    "front": (14, 13, 12, 11, 10, 9, 8, 7.4),
    "back": (10, 9.5, 9, 8.5, 8, 7.4),
}
_SHORT_BACK = 12.0  # of one that clearly fits at that
_Side = tuple[str, str]  # a note's id, and front or back


class _Search:
    """Finds a side's largest size that fits. Text takes room by the square of its size, about."""

    def __init__(self, sizes: Sequence[float], fills: float):
        self.sizes = sizes
        self.fits, self.overflows = len(sizes), -1  # places in `sizes`: the largest known to fit, the smallest known not to
        self.place = self._expected(0, fills)

    @property
    def fit(self) -> _Fit | None:
        """How to set the side now; None where not even the smallest size fits."""
        return _Fit(self.sizes[self.place]) if self.place < len(self.sizes) else None

    def learn(self, fills: float) -> int:
        """Take in how much of its box the side fills as it is set; return by how many steps to set it smaller, or larger if
        negative."""
        tried = self.place
        if fills < _FULL:
            self.fits = tried
            # a line less may be enough: try also a size that should just not fit
            self.place = max(self._expected(tried, fills - 0.04), self.overflows + 1)
        else:
            self.overflows = tried
            self.place = min(max(self._expected(tried, fills), tried + 1), self.fits)
        return self.place - tried

    def _expected(self, place: int, fills: float) -> int:
        """Return the largest size that should fit if at `place` so much of the box is filled."""
        fitting = (i for i, size in enumerate(self.sizes) if fills * (size / self.sizes[place]) ** 2 < 1)
        return next(fitting, len(self.sizes) - 1)


def _search(side: str, fills: float) -> _Search:
    """Return where to begin with a side that at its largest size of `_SIZES` is estimated to fill so much of its box."""
    sizes = _SIZES[side]
    as_short = fills * (_SHORT_BACK / sizes[0]) ** 2
    if side == "back" and as_short < 0.8:
        return _Search((_SHORT_BACK, *sizes), as_short)
    return _Search(sizes, fills)


_FULL = 0.9999  # what Typst had to squeeze fills its box


class _Printer:
    """Fills sheets. `fits` holds how each side is set, None for one that can neither fit a card nor be divided."""

    def __init__(self, press: Press, notes: Mapping[str, tuple[Deck, Note]]):
        self.press = press
        self.notes = notes
        all_notes = [note for _, note in notes.values()]
        press.put_notes(all_notes, press.pictures(all_notes))
        self.fits: dict[_Side, _Fit | None] = {}
        self.divided: set[_Side] = set()
        self.sheets: list[list[dict[str, Any]]] = []

    def fit(self, note_id: str, side: str) -> _Fit | None:
        return self.fits[note_id, side]

    def fitted(self) -> str:
        """Return the source of sheets on which every side fits its box."""
        searches: dict[_Side, _Search] = {}
        for note_id, (_, note) in self.notes.items():
            for side, fills in _fills(note).items():
                searches[note_id, side] = search = _search(side, fills)
                self.fits[note_id, side] = search.fit
        self._divide([(note_id, side) for note_id, (_, note) in self.notes.items() for side in _wide_tables(note)])
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
        for note_id, side, fills in chain(*self.press.query(source, "filled", _FILE)):
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
            found = self.press.query(self._render([], sides), "fit", _FILE)
            self.fits.update(zip(sides, (_Fit(*fit) if fit else None for fit in found), strict=True))
            self.divided.update(sides)

    def _fill_sheets(self) -> None:
        cards, begun = [], set()
        for note_id, (deck, _) in self.notes.items():
            front, back = self.fit(note_id, "front"), self.fit(note_id, "back")
            if front is None or back is None:
                continue
            number = max(front.of, back.of)
            for k in range(number):
                card = {"id": note_id, "number": f"{k + 1}/{number}" if number > 1 else None, "deck": deck.title}
                sides = {"front": front.on_card(k), "back": back.on_card(k)}
                cards.append({**card, **sides, "opens": deck.key not in begun})
                begun.add(deck.key)
        size = _ROWS if self.press.job.printing.fold else _COLUMNS * _ROWS
        self.sheets = [cards[i : i + size] for i in range(0, len(cards), size)]

    def _render(self, sheets: Sequence[Any], measured: Sequence[_Side] = ()) -> str:
        job = self.press.job
        variables = {
            "sheets": sheets, "measured": measured, "sizes": _SIZES,
            "columns": _COLUMNS, "rows": _ROWS, "fold": job.printing.fold,
        }  # fmt: skip
        notes = [note for _, note in self.notes.values()]
        return self.press.render("cards.typ", f"{job.collection.title}: cards", notes, variables)


# -------------------------------------------------------------------------------------------------------------- estimate


class _Box(NamedTuple):
    """How much running text a box holds at full size."""

    letters: int  # a line
    lines: float


_FRONT, _BACK = _Box(36, 9), _Box(53, 12.5)
_NEW_LINE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>|]|\d+[.)])\s)")
_NO_LETTERS = re.compile(r"\{\{c[\d,]+::|(?:::[^{}]*)?\}\}|\\[a-zA-Z]+|[{}^_$]")  # of clozes and LaTeX
_TALL = re.compile(r"\$\$|\\\[|!\[")  # a formula of its own or a picture
_TABLE_OF_FIVE = re.compile(r"^[ \t|]*:?-+:?(?:[ \t]*\|[ \t]*:?-+:?){4,}[ \t|]*$", re.MULTILINE)  # the line below its head


def _sides(note: Note) -> dict[str, list[Value]]:
    """Return what stands on each side: the back begins with the first field of the answer; options stand on both."""
    own = [field for field in note.type.written_fields if field.key in note.fields]
    first = next((i for i, field in enumerate(own) if field.answer or field.kind == "choices"), len(own))
    front = [*own[:first], *(field for field in own if field.kind == "choices" or field.key == note.type.cloze_field)]
    back = [note.fields[field.key] for field in own[first:]]
    return {"front": [note.fields[field.key] for field in front], "back": [*back, note.text("why")]}


def _fills(note: Note) -> dict[str, float]:
    """Return about how much of its box each side fills at full size."""
    sides = _sides(note)
    return {side: _filled(sides[side], box) for side, box in (("front", _FRONT), ("back", _BACK))}


def _filled(values: Iterable[Value], box: _Box) -> float:
    lines = 0.0
    for value in values:
        for text in _texts(value):
            lines += 0.3 + 2 * len(_TALL.findall(text))
            plain = _NO_LETTERS.sub("", text) if "\\" in text or "{{c" in text else text
            lines += sum(ceil(len(line) / box.letters) for line in _NEW_LINE.split(plain))
    return lines / box.lines


def _wide_tables(note: Note) -> list[str]:
    """Return the sides with a table of so many columns that its words decide how large they can be."""

    def is_wide(value: Value) -> bool:
        if isinstance(value, Table):
            return len(value.columns) > 4
        return any(_TABLE_OF_FIVE.search(text) for text in _texts(value))

    return [side for side, values in _sides(note).items() if any(map(is_wide, values))]


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Table):
        # the cells of a row share its width
        yield from (" ".join(max(row, key=len) for _ in row) for row in (value.columns, *value.rows))
    else:
        yield from (item.text if isinstance(item, Choice) else item for item in value)
