"""Time grows with the size of a text and no faster: every regular expression, and every rule, on texts of the signs
that they look for, once and twice as long.

What is fast at the first size cannot be measured, and need not be: the square of its length would be slow there."""

from __future__ import annotations

import ast
import importlib
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import Folder

import flashcards
from flashcards.cards.rendering import render
from flashcards.collection.content_rules import CONTENT_RULES

MOST = 2.5  # that twice as much may take
TRIES = 5


def cpu(work: Callable[[], object], tries: int = 1) -> float:
    """Return the least CPU time, in seconds, of some tries: what else runs only adds to it."""
    least = float("inf")
    for _ in range(tries):
        started = time.process_time()
        work()
        least = min(least, time.process_time() - started)
    return least


def grows_too_fast(work: Callable[[int], Callable[[], object]], size: int, slow: float) -> float | None:
    """Return how many times as long `work(2 * size)` takes as `work(size)`, None if that is no more than it
    may, or if the first takes less than `slow` seconds."""
    once = work(size)
    if cpu(once) < slow:
        return None
    twice = work(2 * size)
    for _ in range(3):
        least = cpu(once, TRIES)
        if least < slow / 2:
            return None  # something else took the time before
        ratio = cpu(twice, TRIES) / least
        if ratio < MOST:
            return None
    return ratio


# ------------------------------------------------------------------------------------------------ regular expressions

PACKAGE = Path(flashcards.__file__).parent
METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
# Patterns that only ever meet what is short or our own, each with the reason
SHORT = {
    "flashcards.cards.rendering": "searches up to the last sign that could end a match: see the test of cards below",
    "flashcards.collection.editing._NUMBERED": "ids of notes have at most 64 characters",
    "flashcards.exporters.print.typesetting": "reads what Typst says of one place",
    "flashcards.exporters.print.joining": "reads PDFs that were just written",
    "flashcards.languages.markup.doubts._ATTRIBUTE": "meets single words",
    "flashcards.languages.markup.formulas._BLANKS_BEFORE": "looks at 60 characters",
    "flashcards.languages.markup.formulas._USUAL": "searches texts in which `_ONLY_USUAL` matched all of it",
    "flashcards.languages.markup.simple._TAG": "meets HTML in which each `<` begins a tag of ours",
}


class Used(NamedTuple):
    """A regular expression of the package, and the methods that are called on it."""

    name: str
    pattern: re.Pattern[str]
    methods: tuple[str, ...]


def regular_expressions() -> Iterator[Used]:
    """Yield all that stand in modules, and those that are written where they are used."""
    calls: dict[tuple[str, str], set[str]] = {}  # by module and name
    inline: dict[str, tuple[str, set[str]]] = {}
    named: dict[re.Pattern[str], str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(["flashcards", *path.relative_to(PACKAGE).with_suffix("").parts])
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner, method = node.func.value, node.func.attr
            if not (isinstance(owner, ast.Name) and method in METHODS):
                continue
            if owner.id != "re":
                calls.setdefault((module, owner.id), set()).add(method)
            elif isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                inline.setdefault(node.args[0].value, (module, set()))[1].add(method)
        values = vars(importlib.import_module(module.removesuffix(".__init__")))
        for name, value in values.items():
            parts = (
                value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            )
            for part in parts:
                if isinstance(part, re.Pattern) and isinstance(part.pattern, str):
                    named.setdefault(part, f"{module}.{name}")
    for pattern, name in named.items():
        module, _, own = name.rpartition(".")
        elsewhere = {method for (_, other), methods in calls.items() if other == own for method in methods}
        yield Used(name, pattern, tuple(sorted(calls.get((module, own)) or elsewhere or {"match"})))
    for text, (module, methods) in inline.items():
        yield Used(f"{module}: {text}", re.compile(text), tuple(sorted(methods)))


def example(tree: Any, least: int, choice: int) -> str:
    """Return a text that a parsed pattern matches, about: its parts at least so often, its choices in turn."""
    text = ""
    for sign, value in tree:
        kind = str(sign)
        if kind == "LITERAL":
            text += chr(value)
        elif kind in ("ANY", "NOT_LITERAL"):
            text += "x"
        elif kind == "IN":
            text += of_class(value, choice)
        elif kind == "BRANCH":
            text += example(value[1][choice % len(value[1])], least, choice)
        elif kind == "SUBPATTERN":
            text += example(value[3], least, choice)
        elif kind == "ATOMIC_GROUP":
            text += example(value, least, choice)
        elif kind.endswith("_REPEAT"):
            text += example(value[2], least, choice) * min(max(value[0], least), value[1])
    return text


def of_class(members: Any, choice: int) -> str:
    known = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "x", "CATEGORY_NOT_SPACE": "x"}
    signs = []
    for sign, value in members:
        if str(sign) == "LITERAL":
            signs.append(chr(value))
        elif str(sign) == "RANGE":
            signs.append(chr(value[0]))
        elif str(sign) == "CATEGORY":
            signs.append(known.get(str(value), "-"))
    if str(members[0][0]) == "NEGATE":
        return next(sign for sign in "xa1 -\n\0" if sign not in signs)
    return signs[choice % len(signs)] if signs else ""


def pieces(pattern: re.Pattern[str]) -> list[str]:
    """Return what to repeat: signs of the pattern, pairs of them, and parts of what it matches."""
    from re import _parser  # type: ignore[attr-defined]

    tree = _parser.parse(pattern.pattern, pattern.flags)
    examples = {example(tree, least, choice)[:40] for least in (0, 1, 2) for choice in range(3)}
    signs = sorted({sign for text in examples for sign in text} | {" ", "x", "\n"})
    pairs = [a + b for a in signs[:9] for b in signs[:9]]
    parts = [text[:at] for text in examples for at in (1, 2, 3, 5, 8, 40)]
    parts += [text[at:] for text in examples for at in (1, 2, 4)]
    return sorted({piece for piece in [*signs, *pairs, *parts] if piece})


def used(pattern: re.Pattern[str], method: str, text: str) -> Callable[[], object]:
    if method in ("sub", "subn"):
        return lambda: getattr(pattern, method)("", text)
    if method == "finditer":
        return lambda: sum(1 for _ in pattern.finditer(text))
    return lambda: getattr(pattern, method)(text)


ALL = list(regular_expressions())


@pytest.mark.parametrize("part", range(8))
def test_every_regular_expression_takes_linear_time(part: int) -> None:
    found = {}
    for name, pattern, methods in ALL[part::8]:
        if any(name.startswith(short) for short in SHORT):
            continue
        for piece in pieces(pattern):
            for method in methods:

                def work(size: int, piece: str = piece, method: str = method) -> Callable[[], object]:
                    return used(pattern, method, piece * (size // len(piece)) + "\0")  # noqa: B023

                if ratio := grows_too_fast(work, 4_000, 0.004):
                    found[name, method, piece] = ratio
    assert found == {}


def test_what_takes_the_square_is_found() -> None:
    pattern = re.compile("<[^>]*>")

    def work(size: int) -> Callable[[], object]:
        return used(pattern, "sub", "<" * size)

    assert grows_too_fast(work, 20_000, 0.004) is not None
    assert len(ALL) > 200
    assert all(any(name.startswith(short) for name, _, _ in ALL) for short in SHORT)


# ------------------------------------------------------------------------------------------------------------- rules

# What the rules look for, repeated
SIGNS = (
    "}}", "{{c1::", "{{c1::a", "::a}}", "{{a", "\\( ", "\\[ ", "$\\foo$ ", "$", "$$", "$x", "x^", "x_{", "\\begin{a}", "\\", "\\}", "[\\", "[a](", "[a]: ", "![",
    "](", "<", "</", "<a ", "&a;", "&#", "!", "`", "`` ", "`a$", "``` a=\n", "~~", "*", "**a", "_a", "|a", "|-", "> ", "- ", "1. ", "# ", "= ", "\n", "\n\n", "\n> ",
    "\n- ", "a\n", " ", "\t", "é", "/a", "http://a ", "a@b ", "a::b", "a. ", "a? ", "1 ", "1=", "(1 ", "a, ", "a; ", "„", "“a", "because ", "\"", "'",
)  # fmt: skip
LONG: dict[str, Callable[[str], dict[str, object]]] = {
    "front": lambda text: {"front": text, "back": "b"},
    "back": lambda text: {"front": "What is it?", "back": text},
    "cloze": lambda text: {"cloze": f"It is {{{{c1::this}}}} {text}"},
    "probe": lambda text: {"kind": "scenario", "probe": text, "checkpoints": [text, "b"]},
    "options": lambda text: {"kind": "choice", "front": "Which?", "options": [{"right": text}, "b", text], "reason": text},
}  # fmt: skip


@pytest.fixture
def all_rules(folder: Folder) -> Folder:
    settings = {"id": "test", "title": "Test", "short_title": "Test", "root": "Test", "created": "2026-01-01"}
    folder.write("collection.yaml", json.dumps({**settings, "checks": dict.fromkeys(CONTENT_RULES, "on")}))
    return folder


def write(folder: Folder, notes: list[dict[str, object]]) -> None:
    folder.write("01-deck.yaml", json.dumps({"title": "Deck", "notes": notes}))


@pytest.mark.slow
@pytest.mark.parametrize("key", LONG)
def test_all_rules_take_linear_time_for_a_long_text(all_rules: Folder, key: str) -> None:
    found = {}
    for sign in SIGNS if key == "back" else SIGNS[::4]:  # all keys are read by the same code

        def work(size: int, sign: str = sign) -> Callable[[], object]:
            text = f"a {sign * (size // len(sign))}b"

            def check() -> None:
                write(all_rules, [{"id": "N1", **LONG[key](text)}])
                all_rules.check()

            return check

        if ratio := grows_too_fast(work, 30_000, 0.5):
            found[sign] = ratio
    assert found == {}


# Many of something in one collection
MANY: dict[str, Callable[[int], dict[str, object]]] = {
    "the same front": lambda i: {"front": "What is the same question?", "back": "b"},
    "nearly the same front": lambda i: {"front": f"What is the {i}th of all questions?", "back": "b"},
    "unknown sources": lambda i: {"front": f"What is {i}?", "back": "b", "sources": [f"unknown{i}"]},
    "unknown keys": lambda i: {"front": f"What is {i}?", "back": "b", f"key{i}": "a"},
    "unknown kinds": lambda i: {"kind": f"kind{i}", "front": f"What is {i}?", "back": "b"},
    "prereqs": lambda i: {"front": f"What is {i}?", "back": "b", "prereq": [f"N{i + 1}", f"N{i // 2}"]},
    "links to no file": lambda i: {"front": f"What is {i}?", "back": f"![a](picture{i}.png)"},
    "the same id": lambda i: {"id": "N", "front": f"What is {i}?", "back": "b"},
    "tags": lambda i: {"front": f"What is {i}?", "back": "b", "tags": [f"tag{i}", "a b"]},
    "sums": lambda i: {"front": f"What is {i}?", "back": f"{i}", "check": {"expression": f"{i} + 1", "value": i}},
    "ignored rules": lambda i: {"front": f"What is {i}?", "back": "b", "ignore": {f"rule{i}": "a"}},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", MANY)
def test_all_rules_take_linear_time_for_many_notes(all_rules: Folder, what: str) -> None:
    def work(size: int) -> Callable[[], object]:
        def check() -> None:
            write(all_rules, [{"id": f"N{i}", **MANY[what](i)} for i in range(size)])
            all_rules.check()

        return check

    assert grows_too_fast(work, 400, 0.3) is None


@pytest.mark.slow
def test_files_and_links_take_linear_time(all_rules: Folder) -> None:
    """So many media files, and as many links to one that is not there."""

    def work(size: int) -> Callable[[], object]:
        for number in range(size):
            all_rules.write(f"media/picture{number}.png", b"a")
        text = "![a](pictur.png) " * size

        def check() -> None:
            write(all_rules, [{"id": "N", "front": "What is it?", "back": text}])
            all_rules.check()

        return check

    assert grows_too_fast(work, 100, 0.2) is None


CARD = "{{text:A}}{{furigana:A}}{{cloze:A}}{{cloze-only:A}}{{tts en_US:A}}{{A}}"
HTML = (
    "<", "<!--", "<!-- >", "<style>", "<script>a", "</style>", "[", "a[", "a[]", " [", "\\(", "\\(<", "\\)", "[sound:", "[sound:]", "[anki:tts lang=x]", "{{c1::", "}}",
    "{{c1::a}}", "::", "&", "&amp;", "a[b\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", HTML, ids=ascii)
def test_cards_are_rendered_in_linear_time(piece: str) -> None:
    def work(size: int) -> Callable[[], object]:
        html = "{{c1::a}}" + piece * (size // len(piece))
        return lambda: render(CARD, "{{FrontSide}}", {"A": html}, 0)

    assert grows_too_fast(work, 8_000, 0.004) is None
