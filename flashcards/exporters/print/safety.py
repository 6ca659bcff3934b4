"""What a print template must not do: run text as code, or take in files that were not given to it.

A collection's own templates may be a stranger's. Typst itself reads nothing outside the root that it is
given; but it would fetch packages from the network, and `eval` would let a template hide what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flashcards.templating import UnsafeTemplateError, read_template

# What `<< … >>` emitted stands between these two until a document has been searched: no deck holds them
BEGIN, END = "\ue000", "\ue001"

_EMITTED = re.compile(f"{BEGIN}[^{BEGIN}{END}]*{END}")
_WORD = re.compile(r"(?<![\w-])(?:import|include|eval|plugin|std)(?![\w-])")
# A path that is written out, or that of a note type's Typst file
_PATH = re.compile(
    rf'''\s*(?:"(?!@)[^"\\{BEGIN}\n]*"|<<\s*type\.file\s*>>|{BEGIN}"/notetypes/[^"\\{END}]+/print\.typ"{END})'''
)
_PACKAGE = re.compile(r'\s*"@')


def read(path: Path) -> str:
    """Return the text of a Typst template. Raises `BrokenTemplateError`, also if it does what it must not."""
    text = read_template(path, path.parents[3])
    screen_file(text, path)
    return text


def screen_file(template: str, path: Path) -> None:
    """Raise `UnsafeTemplateError` if the text of a file does what a template must not."""
    if found := re.search(f"[{BEGIN}{END}]", template):
        line = template.count("\n", 0, found.start()) + 1
        raise UnsafeTemplateError("a template has a character for private use", path, line)
    screen(template, path)


def screen(template: str, path: Path | None) -> None:
    """Raise `UnsafeTemplateError` if a template, or the Typst that came of it, does what it must not."""
    for at, message in _faults(template):
        raise UnsafeTemplateError(message, path, template.count("\n", 0, at) + 1)


def _faults(template: str) -> Iterator[tuple[int, str]]:
    """Yield where a template does what it must not, and what that is."""
    text = _EMITTED.sub(_blank, template)
    for word in _WORD.finditer(text):
        name = word.group()
        if name not in ("import", "include"):
            yield word.start(), f"a template uses `{name}`, which could run any text as code"
        elif _PACKAGE.match(text, word.end()):
            yield word.start(), "a template imports a package, which would reach the network"
        elif not _PATH.match(text, word.end()):
            yield word.start(), f"`{name}` in a template needs a path that is written out, in quotes"


def _blank(found: re.Match[str]) -> str:
    """Return what was emitted if it is a note type's file, else as many lines with nothing in them."""
    text = found.group()
    return text if _PATH.fullmatch(text) else "\0" + "\n" * text.count("\n")


def emitted(source: str) -> str:
    """Return what a template became as Typst is to get it."""
    return source.replace(BEGIN, "").replace(END, "")
