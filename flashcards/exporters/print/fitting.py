"""At which size the sides of cut-out cards fit their boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from flashcards.collection.model import Choice, Note, Table, Value
from flashcards.languages.markup import Typst


class Fit(NamedTuple):
    """How a side is set: the size of its text in points, and over how many cards it goes."""

    size: float
    of: int = 1

    def on_card(self, k: int) -> Typst:
        """Return size, part and number of parts for a note's card `k`, from 0. A side that ends before stays
        as it is at its end: cards on which a back goes on have the question in front."""
        return Typst(f"({self.size}pt, {min(k, self.of - 1)}, {self.of})")


# Text sizes in points, the largest first. At the smallest, a table's text, which is smaller than what is
# around it, has 7 pt.
SIZES: Mapping[str, tuple[float, ...]] = {
    "front": (14, 13, 12, 11, 10, 9, 8, 7.4),
    "back": (10, 9.5, 9, 8.5, 8, 7.4),
}


_SHORT_BACK = 12.0  # of one that clearly fits at that


class SizeSearch:
    """Finds a side's largest size that fits. Text takes room by the square of its size, about."""

    def __init__(self, sizes: Sequence[float], fills: float):
        self.sizes = sizes
        self.fits, self.overflows = (
            len(sizes),
            -1,
        )  # places in `sizes`: the largest known to fit, the smallest known not to
        self.place = self._expected(0, fills)

    @property
    def fit(self) -> Fit | None:
        """How to set the side now; None where not even the smallest size fits."""
        return Fit(self.sizes[self.place]) if self.place < len(self.sizes) else None

    def learn(self, fills: float) -> int:
        """Take in how much of its box the side fills as it is set; return by how many steps to set it
        smaller, or larger if negative."""
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


def size_search(side: str, fills: float) -> SizeSearch:
    """Return where to begin with a side that at its largest size of `SIZES` is estimated to fill so much of
    its box."""
    sizes = SIZES[side]
    as_short = fills * (_SHORT_BACK / sizes[0]) ** 2
    if side == "back" and as_short < 0.8:
        return SizeSearch((_SHORT_BACK, *sizes), as_short)
    return SizeSearch(sizes, fills)


_FULL = 0.9999  # what Typst had to squeeze fills its box


class _Box(NamedTuple):
    """How much running text a box holds at full size."""

    letters: int  # a line
    lines: float


_FRONT, _BACK = _Box(36, 9), _Box(53, 12.5)


_NEW_LINE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>|]|\d+[.)])\s)")


_NO_LETTERS = re.compile(r"\{\{c[\d,]+::|(?:::[^{}]*)?\}\}|\\[a-zA-Z]+|[{}^_$]")  # of clozes and LaTeX


_TALL = re.compile(r"\$\$|\\\[|!\[")  # a formula of its own or a picture


_TABLE_OF_FIVE = re.compile(
    r"^[ \t|]*:?-+:?(?:[ \t]*\|[ \t]*:?-+:?){4,}[ \t|]*$", re.MULTILINE
)  # the line below its head


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


def wide_tables(note: Note) -> list[str]:
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
