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
    for deck, note in collection.notes():
        for expression, value in _pairs(note):
            numbers = []
            for scalar in (expression, value):
                try:
                    numbers.append(evaluate(scalar.text))
                except ArithmeticMistake as mistake:
                    at = min(mistake.position, max(len(scalar.text) - 1, 0))
                    span = scalar.locate(deck.source, at, min(at + 1, len(scalar.text)))
                    message = f"`{scalar.text}` cannot be computed: {mistake}"
                    hint = (
                        "numbers, `+ - * / ** %`, parentheses and functions, no units; the result goes "
                        "into `value`"
                    )
                    yield error("bad-expression", message, span, hint=hint, note=note.id)
            if len(numbers) == 2 and not math.isclose(*numbers, rel_tol=TOLERANCE):
                span = Span(deck.source, value.start, value.end)
                message = f"`{expression.text}` is {numbers[0]:.6g}, not {value.text}"
                hint = "mend the number here and on the card, or the expression"
                yield error("wrong-number", message, span, hint=hint, note=note.id)


def _pairs(note: Note) -> Iterator[tuple[yaml.Scalar, yaml.Scalar]]:
    node = note.origin.value("check")
    for item in node.items if isinstance(node, yaml.Sequence) else [node]:
        if isinstance(item, yaml.Mapping):
            pair = [item.entries[key].value for key in ("expression", "value") if key in item.entries]
            if len(pair) == 2 and isinstance(pair[0], yaml.Scalar) and isinstance(pair[1], yaml.Scalar):
                yield pair[0], pair[1]
