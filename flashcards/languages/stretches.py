"""Stretches of a text, each a pair of its start and its end, in order and apart from one another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import inf


def stretch_at(stretches: Sequence[tuple[int, int]], at: int) -> tuple[int, int] | None:
    """Return the stretch in which a place lies, None if it lies in none."""
    i = bisect_right(stretches, (at, inf)) - 1
    return stretches[i] if i >= 0 and at < stretches[i][1] else None
