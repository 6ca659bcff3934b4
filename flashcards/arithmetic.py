"""Evaluates the `check:` expressions of notes, so that no number on a card is wrong. Not Python: a grammar of its own.

Numbers, `+ - * / ** %`, parentheses and the functions in `FUNCTIONS`. Never `eval`; sizes and exponents are bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

FUNCTIONS: dict[str, tuple[Callable[..., float], int, int]] = {  # name → (function, least and most arguments)
    "log": (math.log, 1, 1),
    "log2": (math.log2, 1, 1),
    "exp": (math.exp, 1, 1),
    "sqrt": (math.sqrt, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "floor": (math.floor, 1, 1),
    "min": (min, 1, 20),
    "max": (max, 1, 20),
}
MAX_LENGTH = 500
MAX_DEPTH = 50
MAX_EXPONENT = 1000
_TOKEN = re.compile(r"\s*(?:(?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/%(),]))")


class ArithmeticMistake(ValueError):
    """An expression that cannot be evaluated; `position` is where in it, from 0."""

    def __init__(self, message: str, position: int = 0):
        super().__init__(message)
        self.position = position


def evaluate(expression: str) -> float:
    """Return the value of an expression. Raises `ArithmeticMistake`.

    `**` binds tighter than a sign before it and groups to the right, as in Python: `-2 ** 2` is -4.

    >>> evaluate("0.001*0.9 / (0.001*0.9 + 0.999*0.01)")
    0.08264462809917357
    """
    if len(expression) > MAX_LENGTH:
        raise ArithmeticMistake(f"longer than {MAX_LENGTH} characters")
    parser = _Parser(expression)
    value = parser.sum(0)
    if parser.kind:
        raise ArithmeticMistake(f"unexpected `{parser.token}`", parser.start)
    return value


class _Parser:
    """Recursive descent over the tokens of one expression, evaluating as it goes."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            rest = self.text[self.at :].strip()
            if rest:
                raise ArithmeticMistake(f"`{rest[0]}` is no part of an expression", len(self.text) - len(self.text[self.at :].lstrip()))
            self.kind, self.token, self.start = "", "", len(self.text)
            return
        self.kind = match.lastgroup or ""
        self.token = match[self.kind]
        self.start, self.at = match.start(self.kind), match.end()

    def expect(self, sign: str) -> None:
        if self.token != sign:
            raise ArithmeticMistake(f"expected `{sign}`" + (f" instead of `{self.token}`" if self.token else " at the end"), self.start)
        self.advance()

    def sum(self, depth: int) -> float:
        if depth > MAX_DEPTH:
            raise ArithmeticMistake(f"nested more than {MAX_DEPTH} deep", self.start)
        value = self.product(depth)
        while self.token in ("+", "-"):
            sign = self.token
            self.advance()
            other = self.product(depth)
            value = self.bounded(value + other if sign == "+" else value - other)
        return value

    def product(self, depth: int) -> float:
        value = self.signed(depth)
        while self.token in ("*", "/", "%"):
            sign, start = self.token, self.start
            self.advance()
            other = self.signed(depth)
            if sign == "*":
                value = self.bounded(value * other)
            elif other == 0:
                raise ArithmeticMistake("division by zero", start)
            else:
                value = self.bounded(value / other if sign == "/" else value % other)
        return value

    def signed(self, depth: int) -> float:
        negative = False
        while self.token in ("+", "-"):
            negative ^= self.token == "-"
            self.advance()
        value = self.power(depth)
        return -value if negative else value

    def power(self, depth: int) -> float:
        base, start = self.atom(depth), self.start
        if self.token != "**":
            return base
        self.advance()
        exponent = self.signed(depth + 1)
        if abs(exponent) > MAX_EXPONENT:
            raise ArithmeticMistake(f"an exponent above {MAX_EXPONENT}", start)
        return self.call(lambda: float(base) ** float(exponent), start)

    def atom(self, depth: int) -> float:
        token, kind, start = self.token, self.kind, self.start
        self.advance()
        if kind == "number":
            return self.bounded(float(token.replace("_", "")))
        if token == "(":
            value = self.sum(depth + 1)
            self.expect(")")
            return value
        if kind == "name":
            if token not in FUNCTIONS:
                raise ArithmeticMistake(f"no function `{token}`; there are {', '.join(FUNCTIONS)}", start)
            function, least, most = FUNCTIONS[token]
            self.expect("(")
            arguments = [self.sum(depth + 1)]
            while self.token == ",":
                self.advance()
                arguments.append(self.sum(depth + 1))
            self.expect(")")
            if not least <= len(arguments) <= most:
                raise ArithmeticMistake(f"`{token}` takes {least if least == most else f'{least} to {most}'} values", start)
            return self.call(lambda: function(*arguments), start)
        raise ArithmeticMistake(f"unexpected `{token}`" if token else "something is missing at the end", start)

    def call(self, function: Callable[[], float | complex], start: int) -> float:
        try:
            value = function()
        except (ValueError, OverflowError, ZeroDivisionError) as problem:
            raise ArithmeticMistake(str(problem), start) from None
        if isinstance(value, complex):
            raise ArithmeticMistake("a root of a negative number", start)
        return self.bounded(float(value))

    def bounded(self, value: float) -> float:
        if not math.isfinite(value):
            raise ArithmeticMistake("the value is too large", self.start)
        return value
