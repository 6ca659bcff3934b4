"""At which size the sides of cut-out cards fit their boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from flashcards.collection.model import Choice, Note, Table, Value
from flashcards.languages.markup import Typst

Side = tuple[str, str]  # a note's id, and "front" or "back"


class Setting(NamedTuple):
    """How a side is set: the size of its text in points, on how many cards it stands, part by part, and where
    it is cut between them, as `fitting.typ` says."""

    size: float
    cards: int = 1
    cuts: Sequence[Sequence[int]] = ()

    def on_card(self, k: int) -> Typst:
        """Return the setting of a note's card `k`, from 0, as templates take it: size, part and number of
        parts. A side of fewer cards shows its last part on those that follow, so that the question stands
        before every part of its answer."""
        return Typst(f"({self.size}pt, {min(k, self.cards - 1)}, {self.cards})")

    @property
    def places(self) -> Typst:
        """The cuts as templates take them."""
        return Typst(f"({''.join('({}), '.format(''.join(f'{at}, ' for at in cut)) for cut in self.cuts)})")


# Text sizes in points, the largest first. At the smallest, a table's text, which is smaller than what is
# around it, has 7 pt.
SIZES: Mapping[str, tuple[float, ...]] = {
    "front": (14, 13, 12, 11, 10, 9, 8, 7.4),
    "back": (10, 9.5, 9, 8.5, 8, 7.4),
}
_SHORT_BACK = 12.0  # the size of a back that clearly fits at it


class Fitting:
    """Finds how to set each side of some notes.

    Each begins at the size at which its text is estimated to fill its box. Whoever lays out the sheets tells
    how much each side fills (`learn`), and measures those that only Typst can fit (`to_measure`)."""

    def __init__(self, notes: Iterable[Note]):
        self.settings: dict[Side, Setting | None] = {}  # None: can neither fit a card nor be divided
        self.to_measure: list[Side] = []  # at every size
        self._searches: dict[Side, _SizeSearch] = {}
        for note in notes:
            for name, fill in estimated_fills(note).items():
                search = self._searches[note.id, name] = _size_search(name, fill)
                self.settings[note.id, name] = search.setting
            self.to_measure += [(note.id, name) for name in _sides_with_wide_tables(note)]

    def learn(self, fills: Iterable[tuple[Side, float]]) -> bool:
        """Take in how much of its box each side fills as it is set. Return whether to set any otherwise."""
        searches = self._searches
        moves = {side: searches[side].learn(fill) for side, fill in fills if side in searches}
        # a single step larger is hardly seen, and alone not worth laying out the sheets again
        if not any(move > 0 or move < -1 for move in moves.values()):
            return False
        for side in (side for side, move in moves.items() if move):
            if setting := searches[side].setting:
                self.settings[side] = setting
            else:
                self.to_measure.append(side)
        return True

    def take_measured(self, settings: Iterable[Setting | None]) -> None:
        """Take in the settings of the sides in `to_measure`, in their order."""
        for side, setting in zip(self.to_measure, settings, strict=True):
            self.settings[side] = setting
            del self._searches[side]
        self.to_measure = []


_FULL = 0.9999  # what Typst had to squeeze fills its box


class _SizeSearch:
    """Finds the largest size at which a side fits. Text takes room by the square of its size, about."""

    def __init__(self, sizes: Sequence[float], fill: float):
        self.sizes = sizes
        self.place = self._expected(0, fill)  # in `sizes`, of the size to try
        self.fits = len(sizes)  # the place of the largest size that is known to fit
        self.overflows = -1  # the place of the smallest size that is known not to

    @property
    def setting(self) -> Setting | None:
        """How to set the side now; None where not even the smallest size fits."""
        return Setting(self.sizes[self.place]) if self.place < len(self.sizes) else None

    def learn(self, fill: float) -> int:
        """Take in how much of its box the side fills as it is set; return by how many steps to set it
        smaller, or larger if negative."""
        tried = self.place
        if fill < _FULL:
            self.fits = tried
            # a line less may be enough: try also a size that should just not fit
            self.place = max(self._expected(tried, fill - 0.04), self.overflows + 1)
        else:
            self.overflows = tried
            self.place = min(max(self._expected(tried, fill), tried + 1), self.fits)
        return self.place - tried

    def _expected(self, place: int, fill: float) -> int:
        """Return the place of the largest size that should fit if at `place` so much of the box is filled."""
        fitting = (i for i, size in enumerate(self.sizes) if fill * (size / self.sizes[place]) ** 2 < 1)
        return next(fitting, len(self.sizes) - 1)


def _size_search(name: str, fill: float) -> _SizeSearch:
    """Return the search for a side, front or back, that is estimated to fill so much of its box at its
    largest size of `SIZES`."""
    sizes = SIZES[name]
    as_short = fill * (_SHORT_BACK / sizes[0]) ** 2
    if name == "back" and as_short < 0.8:
        return _SizeSearch((_SHORT_BACK, *sizes), as_short)
    return _SizeSearch(sizes, fill)


class _Box(NamedTuple):
    """How much running text a card's box holds at the largest size."""

    letters: int  # in a line
    lines: float


_BOXES = {"front": _Box(36, 9), "back": _Box(53, 12.5)}
_NEW_LINE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>|]|\d+[.)])\s)")
_NO_LETTERS = re.compile(r"\{\{c[\d,]+::|(?:::[^{}]{0,60})?\}\}|\\[a-zA-Z]+|[{}^_$]")  # of clozes and LaTeX
_TALL = re.compile(r"\$\$|\\\[|!\[")  # a formula of its own or a picture
# The line below the head of a table of five columns or more
_TABLE_OF_FIVE = re.compile(r"^[ \t|]*:?-+:?(?:[ \t]*\|[ \t]*:?-+:?){4,}[ \t|]*$", re.MULTILINE)


def _sides(note: Note) -> dict[str, list[Value]]:
    """Return what stands on each side: the back begins with the first field of the answer; options stand on
    both."""
    own = [field for field in note.type.written_fields if field.key in note.fields]
    first = next((i for i, field in enumerate(own) if field.answer or field.kind == "choices"), len(own))
    front = [
        *own[:first],
        *(field for field in own if field.kind == "choices" or field.key == note.type.cloze_field),
    ]
    back = [note.fields[field.key] for field in own[first:]]
    return {"front": [note.fields[field.key] for field in front], "back": [*back, note.text("why")]}


def estimated_fills(note: Note) -> dict[str, float]:
    """Return about how much of its box each side fills at its largest size, 1 for all of it."""
    return {name: _lines(values, _BOXES[name]) / _BOXES[name].lines for name, values in _sides(note).items()}


def _lines(values: Iterable[Value], box: _Box) -> float:
    """Estimate how many lines some values take in a box."""
    lines = 0.0
    for value in values:
        for text in _texts(value):
            lines += 0.3 + 2 * len(_TALL.findall(text))
            plain = _NO_LETTERS.sub("", text) if "\\" in text or "{{c" in text else text
            lines += sum(ceil(len(line) / box.letters) for line in _NEW_LINE.split(plain))
    return lines


def _sides_with_wide_tables(note: Note) -> list[str]:
    """Return the sides with a table of so many columns that its words decide how large they can be."""

    def is_wide(value: Value) -> bool:
        if isinstance(value, Table):
            return len(value.columns) > 4
        return any(_TABLE_OF_FIVE.search(text) for text in _texts(value))

    return [name for name, values in _sides(note).items() if any(map(is_wide, values))]


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Table):
        # the cells of a row share its width
        yield from (" ".join(max(row, key=len) for _ in row) for row in (value.columns, *value.rows))
    else:
        yield from (item.text if isinstance(item, Choice) else item for item in value)
