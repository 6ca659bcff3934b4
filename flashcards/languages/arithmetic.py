"""Evaluates the `check:` expressions of notes, so that no number on a card is wrong. Not Python: a grammar of
its own.

Numbers, `+ - * / ** %`, parentheses and the functions in `FUNCTIONS`. Never `eval`; sizes and exponents are
bounded."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NoReturn

FUNCTIONS: dict[str, tuple[Callable[..., float], int, int]] = {  # name → (function, least and most arguments)
    "log": (math.log, 1, 1),
    "log2": (math.log2, 1, 1),
    "exp": (math.exp, 1, 1),
    "sqrt": (math.sqrt, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "floor": (math.floor, 1, 1),
    "min": (min, 2, 20),
    "max": (max, 2, 20),
}
MAX_LENGTH = 500
MAX_DEPTH = 50
MAX_EXPONENT = 1000

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\*\*|[-+*/%(),])"
)
_MEANT = {"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"}


class ArithmeticMistake(ValueError):
    """An expression that cannot be evaluated; `position` is where in it, from 0: its length if something is
    missing."""

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
        raise ArithmeticMistake(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    parser = _Parser(expression)
    value = parser.sum(0)
    if parser.kind:
        parser.unexpected()
    return value


class _Parser:
    """Recursive descent over the tokens of one expression, evaluating as it goes."""

    def __init__(self, text: str):
        self.text = text
        self.end = 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token: its `kind` ("" behind the last one), the `word` itself, and where it has its
        `start`."""
        self.start = len(self.text) - len(self.text[self.end :].lstrip())
        match = _TOKEN.match(self.text, self.start)
        if match is not None:
            self.kind, self.word, self.end = match.lastgroup or "", match.group(), match.end()
        elif self.start == len(self.text):
            self.kind, self.word = "", ""
        else:
            character = self.text[self.start]
            hint = f"; write `{_MEANT[character]}`" if character in _MEANT else ""
            raise ArithmeticMistake(f"`{character}` is no part of an expression{hint}", self.start)

    def unexpected(self) -> NoReturn:
        if not self.kind:
            raise ArithmeticMistake("something is missing at the end", self.start)
        hint = "; write large numbers as 1_000 or 1e3" if self.word == "," else ""
        raise ArithmeticMistake(f"unexpected `{self.word}`{hint}", self.start)

    def expect(self, sign: str) -> None:
        if self.word != sign:
            found = f"instead of `{self.word}`" if self.kind else "at the end"
            raise ArithmeticMistake(f"expected `{sign}` {found}", self.start)
        self.advance()

    def sum(self, depth: int) -> float:
        value = self.product(depth)
        while self.word in ("+", "-"):
            sign, start = self.word, self.start
            self.advance()
            other = self.product(depth)
            value = _bounded(value + other if sign == "+" else value - other, start)
        return value

    def product(self, depth: int) -> float:
        value = self.signed(depth)
        while self.word in ("*", "/", "%"):
            sign, start = self.word, self.start
            self.advance()
            other = self.signed(depth)
            if sign == "*":
                value = _bounded(value * other, start)
            elif other == 0:
                raise ArithmeticMistake("division by zero", start)
            else:
                value = _bounded(value / other if sign == "/" else value % other, start)
        return value

    def signed(self, depth: int) -> float:
        negative = False
        while self.word in ("+", "-"):
            negative ^= self.word == "-"
            self.advance()
        value = self.power(depth)
        return -value if negative else value

    def power(self, depth: int) -> float:
        base = self.atom(depth)
        if self.word != "**":
            return base
        start = self.start
        self.advance()
        exponent = self.signed(depth + 1)
        if abs(exponent) > MAX_EXPONENT:
            raise ArithmeticMistake(f"an exponent above {MAX_EXPONENT}", start)
        if base == 0 and exponent < 0:
            raise ArithmeticMistake("division by zero", start)
        if base < 0 and not exponent.is_integer():
            raise ArithmeticMistake("a root of a negative number", start)
        try:
            return _bounded(base**exponent, start)
        except OverflowError:
            raise ArithmeticMistake("the value is too large", start) from None

    def atom(self, depth: int) -> float:
        if depth > MAX_DEPTH:
            raise ArithmeticMistake(f"nested more than {MAX_DEPTH} deep", self.start)
        word, kind, start = self.word, self.kind, self.start
        if kind not in ("number", "name") and word != "(":
            self.unexpected()
        self.advance()
        if kind == "number":
            return _bounded(float(word.replace("_", "")), start)
        if kind == "name":
            return self.call(word, start, depth)
        value = self.sum(depth + 1)
        self.expect(")")
        return value

    def call(self, name: str, start: int, depth: int) -> float:
        if name not in FUNCTIONS:
            raise ArithmeticMistake(f"no function `{name}`; there are {', '.join(FUNCTIONS)}", start)
        function, least, most = FUNCTIONS[name]
        self.expect("(")
        arguments = [self.sum(depth + 1)]
        while self.word == ",":
            self.advance()
            arguments.append(self.sum(depth + 1))
        self.expect(")")
        if not least <= len(arguments) <= most:
            wanted = "one value" if most == 1 else f"{least} to {most} values"
            raise ArithmeticMistake(f"`{name}` takes {wanted}", start)
        try:
            return float(function(*arguments))
        except OverflowError:
            raise ArithmeticMistake("the value is too large", start) from None
        except ValueError:  # Python's own words for it change from version to version
            raise ArithmeticMistake(f"`{name}` has no value for {arguments[0]:g}", start) from None


def _bounded(value: float, position: int) -> float:
    if not math.isfinite(value):
        raise ArithmeticMistake("the value is too large", position)
    return value
