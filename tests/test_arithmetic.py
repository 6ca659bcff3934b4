"""`check:` expressions: the same values as Python's, a sentence and a place for every mistake, and no way to
run code."""

from __future__ import annotations

import math
import subprocess
import sys
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flashcards.languages.arithmetic import FUNCTIONS, MAX_DEPTH, MAX_LENGTH, ArithmeticMistake, evaluate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 * 16", 32),
        ("1 - 2 - 3", -4),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512),
        ("- -+3", 3),
        ("7 % 4 * 2", 6),
        ("-7 % 4", 1),
        ("1_000 + .5 + 2. + 1e3 + 1.5E-1", 2002.65),
        (" ( 1 + 2 )\t* 3\n", 9),
        ("log2(1024) + log(exp(2)) + sqrt(9)", 15),
        ("ceil(2.1) + floor(-2.1)", 0),
        ("min(3, 1, 2) - max(1, 0)", 0),
        ("min(" + "2, " * 19 + "1)", 1),
        ("0.001*0.9 / (0.001*0.9 + 0.999*0.01)", 0.08264462809917357),
    ],
)
def test_values(expression: str, value: float) -> None:
    assert evaluate(expression) == pytest.approx(value, rel=1e-12)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blank = st.sampled_from(["", " ", "  "])
    operation = st.builds(
        "{0}{1}{2}{1}{3}".format, parts, blank, st.sampled_from(["+", "-", "*", "/", "%", "**"]), parts
    )
    call = st.builds(
        "{}({})".format,
        st.sampled_from([name for name, (_, _, most) in FUNCTIONS.items() if most == 1]),
        parts,
    )
    several = st.builds(
        "{}({})".format,
        st.sampled_from(["min", "max"]),
        st.lists(parts, min_size=2, max_size=4).map(", ".join),
    )
    return operation | call | several | parts.map("({})".format) | parts.map("-{}".format)


# Python computes with the floats that we compute with: its own whole numbers would be exact, and slow to
# raise to powers
NUMBERS = st.floats(0, 1e6, allow_subnormal=False).map(repr) | st.integers(0, 10_000).map("{}.".format)
PYTHON = {
    "__builtins__": {"min": min, "max": max},
    **{name: getattr(math, name) for name in FUNCTIONS if hasattr(math, name)},
}


@given(st.recursive(NUMBERS, joined, max_leaves=12))
def test_values_are_pythons(expression: str) -> None:
    assume(len(expression) <= MAX_LENGTH)
    try:
        expected = eval(expression, PYTHON)
        assert isinstance(expected, int | float) and math.isfinite(expected)
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        AssertionError,
    ):  # the TypeError compares or floors a complex number
        with pytest.raises(ArithmeticMistake):
            evaluate(expression)
        return
    try:
        assert evaluate(expression) == pytest.approx(float(expected), rel=1e-9)
    except ArithmeticMistake as mistake:
        # stricter than Python: in what is on the way, in powers of negative numbers, and in exponents
        assert str(mistake) in (
            "an exponent above 1000",
            "a root of a negative number",
            "the value is too large",
        )


@pytest.mark.parametrize(
    ("expression", "message", "marked"),  # `marked`: the rest of the expression, from the mistake on
    [
        ("", "something is missing at the end", ""),
        ("   ", "something is missing at the end", ""),
        ("2 +", "something is missing at the end", ""),
        ("2 + * 3", "unexpected `*`", "* 3"),
        ("2 3", "unexpected `3`", "3"),
        ("2(3)", "unexpected `(`", "(3)"),
        ("2 // 3", "unexpected `/`", "/ 3"),
        ("1.2.3", "unexpected `.3`", ".3"),
        ("0x10", "unexpected `x10`", "x10"),
        ("1,000 * 2", "unexpected `,`; write large numbers as 1_000 or 1e3", ",000 * 2"),
        ("(1 + 2", "expected `)` at the end", ""),
        ("(1 2)", "expected `)` instead of `2`", "2)"),
        ("1 + 2)", "unexpected `)`", ")"),
        ("()", "unexpected `)`", ")"),
        ("log", "expected `(` at the end", ""),
        ("log 2", "expected `(` instead of `2`", "2"),
        ("log()", "unexpected `)`", ")"),
        ("1 + log(8, 2)", "`log` takes one value", "log(8, 2)"),
        ("max(1)", "`max` takes 2 to 20 values", "max(1)"),
        (f"max({'1,' * 20}1)", "`max` takes 2 to 20 values", f"max({'1,' * 20}1)"),
        ("1 + ln(2)", "no function `ln`; there are log, log2, exp, sqrt, ceil, floor, min, max", "ln(2)"),
        ("2 * pi", "no function `pi`; there are log, log2, exp, sqrt, ceil, floor, min, max", "pi"),
        ("2 ^ 10", "`^` is no part of an expression; write `**`", "^ 10"),
        ("2 × 10", "`×` is no part of an expression; write `*`", "× 10"),
        ("3 \u2212 1", "`\u2212` is no part of an expression; write `-`", "\u2212 1"),
        ("2 = 2", "`=` is no part of an expression", "= 2"),
        ("5 GB", "unexpected `GB`", "GB"),
        ("٣ + 1", "`٣` is no part of an expression", "٣ + 1"),  # a digit to Python
        ("1 / (2 - 2)", "division by zero", "/ (2 - 2)"),
        ("1 % 0", "division by zero", "% 0"),
        ("3 * 0 ** -1", "division by zero", "** -1"),
        ("(1 - 9) ** 0.5", "a root of a negative number", "** 0.5"),
        ("1 + log(0)", "`log` has no value for 0", "log(0)"),
        ("sqrt(2 - 4)", "`sqrt` has no value for -2", "sqrt(2 - 4)"),
        ("1 + 1e999", "the value is too large", "1e999"),
        ("1e308 + 1e308 + 1", "the value is too large", "+ 1e308 + 1"),
        ("1e200 * 1e200", "the value is too large", "* 1e200"),
        ("1 / 1e-300 / 1e-300", "the value is too large", "/ 1e-300"),
        ("2 + 10 ** 999", "the value is too large", "** 999"),
        ("2 + exp(1000)", "the value is too large", "exp(1000)"),
        ("2 ** 1001", "an exponent above 1000", "** 1001"),
        ("2 ** -1001", "an exponent above 1000", "** -1001"),
        ("2 ** (10 ** 10)", "an exponent above 1000", "** (10 ** 10)"),
    ],
)
def test_mistakes(expression: str, message: str, marked: str) -> None:
    with pytest.raises(ArithmeticMistake) as mistake:
        evaluate(expression)
    assert (str(mistake.value), expression[mistake.value.position :]) == (message, marked)


def test_bounds() -> None:
    assert evaluate("1 ** 1000") == 1
    assert evaluate("1" + "+1" * 249) == 250
    with pytest.raises(ArithmeticMistake, match="longer than 500 characters"):
        evaluate("1" + "+1" * 250)
    assert evaluate("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH) == 1
    assert evaluate("**".join(["1"] * (MAX_DEPTH + 1))) == 1
    for too_deep in (
        "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        "**".join(["1"] * (MAX_DEPTH + 2)),
        "exp(" * 100,
    ):
        with pytest.raises(ArithmeticMistake, match="nested more than 50 deep"):
            evaluate(too_deep)


TOKENS = st.sampled_from(
    [
        *"0123456789.eE_+-*/%(),",
        "**",
        " ",
        "\t",
        "\n",
        *FUNCTIONS,
        "[",
        "^",
        "\0",
        "٣",
        "²",
        "\u00a0",
        "\ud800",
    ]
)


@given(st.lists(TOKENS, max_size=60).map("".join) | st.text(max_size=60))
def test_whatever_is_written_has_a_finite_value_or_a_mistake_with_a_place(expression: str) -> None:
    try:
        assert math.isfinite(evaluate(expression))
    except ArithmeticMistake as mistake:
        assert 0 <= mistake.position <= len(expression)


def test_it_never_hangs() -> None:
    longest = [
        part * (MAX_LENGTH // len(part))
        for part in ("9", "9**", "(", "-", "1e", "exp(", "1_", "9.", "9%", "max(9,", " ", "_")
    ]
    dangerous = [
        "9**9**9**9",
        "9**999**999",
        "ceil(9e307)",
        "1e308%1e-308",
        "10**(10**(10**10))",
        "floor(exp(709)) ** 1000",
    ]
    started = time.perf_counter()
    for expression in longest + dangerous:
        try:
            evaluate(expression)
        except ArithmeticMistake:
            continue
    assert time.perf_counter() - started < 1


WATCHED = """
import sys
from flashcards.languages.arithmetic import ArithmeticMistake, evaluate

HOSTILE = [
    "__import__('os').system('touch pwned')", "open('pwned', 'w')", "exec('1')", "eval('1')", "breakpoint()", "log.__class__",
    "().__class__.__base__.__subclasses__()", "max(__builtins__)", "lambda: 1", "[x for x in (1,)]", "f'{1}'", "1 if 1 else 2",
    "(a := 1)", "import os", "max(*(1, 2))", "2 + 2; print(1)", "'a' * 10", "0 or 1",
]

def watch(event, arguments):
    if watching:
        seen.append(event)

seen, watching = [], False
sys.addaudithook(watch)
watching = True
for expression in HOSTILE:
    try:
        evaluate(expression)
    except ArithmeticMistake:
        continue
    seen.append(expression)
watching = False
print(seen)
"""


def test_no_code_is_run() -> None:
    """Python itself says (by its audit events) that nothing was compiled, imported, opened or started."""
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, check=False, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
