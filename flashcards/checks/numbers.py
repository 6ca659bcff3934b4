"""Checks of `check:`: every expression is recomputed and must give the stated value within one per cent."""

from __future__ import annotations

import math
from collections.abc import Iterator

from flashcards.collection.model import Collection, Note
from flashcards.diagnostics import Diagnostic, Span, error
from flashcards.languages import yaml
from flashcards.languages.arithmetic import ArithmeticMistake, evaluate

TOLERANCE = 0.01


def recomputed(collection: Collection) -> Iterator[Diagnostic]:
    """The value of every `check` expression is what the note says it is."""
    for _, note in collection.notes():
        if not note.sums:
            continue
        scalars = _scalars(note)
        for i, calculation in enumerate(note.sums):
            places = scalars[i] if i < len(scalars) else {}
            numbers = []
            for key, text in (("expression", calculation.expression), ("value", calculation.value)):
                try:
                    numbers.append(evaluate(text))
                except ArithmeticMistake as mistake:
                    span = _locate(note, places.get(key), mistake.position)
                    message = f"`{text}` cannot be computed: {mistake}"
                    hint = (
                        "numbers, `+ - * / ** %`, parentheses and functions, no units; the result goes "
                        "into `value`"
                    )
                    yield error("bad-expression", message, span, hint=hint, note=note.id)
            if len(numbers) == 2 and not math.isclose(*numbers, rel_tol=TOLERANCE):
                span = _locate(note, places.get("value"))
                message = f"`{calculation.expression}` is {numbers[0]:.6g}, not {calculation.value}"
                hint = "mend the number here and on the card, or the expression"
                yield error("wrong-number", message, span, hint=hint, note=note.id)


def _scalars(note: Note) -> list[dict[str, yaml.Scalar]]:
    """Return where the parts of each calculation were written, by key."""
    node = note.node("check")
    items = node.items if isinstance(node, yaml.Sequence) else [node]
    return [
        {key: entry.value for key, entry in item.entries.items() if isinstance(entry.value, yaml.Scalar)}
        for item in items
        if isinstance(item, yaml.Mapping) and item.entries.keys() == {"expression", "value"}
    ]


def _locate(note: Note, scalar: yaml.Scalar | None, at: int | None = None) -> Span | None:
    """Return the place of character `at` of a part, or of all of it."""
    if note.origin is None or scalar is None:
        return note.span("check")
    if at is None:
        return Span(note.origin.source, scalar.start, scalar.end)
    at = min(at, max(len(scalar.text) - 1, 0))
    return scalar.locate(note.origin.source, at, min(at + 1, len(scalar.text)))
