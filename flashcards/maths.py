"""LaTeX maths: what cannot be read in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Mistake:
    message: str
    offset: int


@cache
def _converter() -> Any:
    import math_core

    return math_core.LatexToMathML(fancy_error=False, allow_unreliable_rendering=True)


def mistake(latex: str, display: bool = False) -> Mistake | None:
    """Return what makes a formula unreadable, or None."""
    import math_core

    try:
        _converter().convert_with_local_state(latex, displaystyle=display)
    except math_core.LatexError as problem:
        offset, _, message = str(problem).partition(": ")
        return Mistake(message, len(latex.encode()[: int(offset)].decode(errors="ignore")))
    return None
