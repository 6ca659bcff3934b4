"""What every stage reports: a `Diagnostic` with a place in a `Source`. Bottom of the flow; imports nothing of
ours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple


class Severity(StrEnum):
    """How bad a finding is: an error forbids to build, see `Diagnostic.forbids`."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, eq=False)
class Source:
    """The text of one file as it was read, without a byte order mark; `path` is how the user named it."""

    path: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        # Only the line ends that editors know. YAML also breaks lines at U+0085, U+2028 and U+2029, which we
        # refuse.
        starts, text, at = [0], self.text, 0
        while (at := text.find("\n", at) + 1) > 0:
            starts.append(at)
        if "\r" in text.replace("\r\n", ""):
            starts.extend(i + 1 for i, c in enumerate(text) if c == "\r" and text[i + 1 : i + 2] != "\n")
            starts.sort()
        return starts

    def position(self, offset: int) -> Position:
        """Return the place of character `offset` (0-based) in the text."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its line end."""
        starts = self._line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Position(NamedTuple):
    """A place in a file: `line` and `column` count from 1, columns in Unicode characters."""

    line: int
    column: int


class Span(NamedTuple):
    """The characters `start` to `end` (0-based, end exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """What stands there."""
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """The file and line, as `decks/01-first-deck.yaml:12`."""
        return f"{self.source.path}:{self.source.position(self.start).line}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a rule by name, a sentence, and, where they exist, the place, the note id and the way
    out."""

    rule: str
    severity: Severity
    message: str
    span: Span | None = None
    hint: str | None = None
    note: str | None = None

    @property
    def forbids(self) -> bool:
        """Whether nothing may be built. Of an error in `_OF_ONE_FILE` only that file suffers: the outputs are
        written without it."""
        return self.severity is Severity.ERROR and self.rule not in _OF_ONE_FILE

    @property
    def order(self) -> tuple[str, int, str]:
        """Sort key: by file, then by place, so that several passes read as one."""
        return (self.span.source.path, self.span.start, self.rule) if self.span else ("", 0, self.rule)

    @property
    def place(self) -> str:
        """Where it is: `decks/01-deck.yaml:12:5`, or `note EV01` for a note made in Python, or empty."""
        if self.span is None:
            return f"note {self.note}" if self.note is not None else ""
        line, column = self.span.source.position(self.span.start)
        return f"{self.span.source.path}:{line}:{column}"

    def __str__(self) -> str:
        """Return it on one line: `decks/01-deck.yaml:12:5: unknown-field: unknown field ``fornt```."""
        return f"{self.place}: {self.rule}: {self.message}" if self.place else f"{self.rule}: {self.message}"


_OF_ONE_FILE = frozenset({"unreadable-media"})


def error(
    rule: str, message: str, span: Span | None = None, *, hint: str | None = None, note: str | None = None
) -> Diagnostic:
    return Diagnostic(rule, Severity.ERROR, message, span, hint, note)


def warning(
    rule: str, message: str, span: Span | None = None, *, hint: str | None = None, note: str | None = None
) -> Diagnostic:
    return Diagnostic(rule, Severity.WARNING, message, span, hint, note)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a hint naming the known word nearest to `word`, or None if none is near."""
    by_lower = {name.lower(): name for name in known}
    near = nearest(word.lower(), by_lower)
    return f"did you mean `{by_lower[near]}`?" if near is not None else None


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that is most like `word`, or None if none is near."""
    from difflib import get_close_matches
    from heapq import nlargest

    if len(known) > 50:  # to compare all letter by letter takes long
        known = nlargest(8, known, key=lambda name: _shared_ends(name, word))
    return next(iter(get_close_matches(word, known, n=1)), None)


def _shared_ends(name: str, word: str) -> int:
    """Return how many letters two words have in common at their beginning and at their end."""
    from itertools import takewhile

    def shared(one: Iterable[str], other: Iterable[str]) -> int:
        pairs = zip(one, other, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return shared(name, word) + shared(reversed(name), reversed(word))


class FlashcardsError(Exception):
    """Root of the errors that are the user's to mend; anything else that is raised is a bug."""


class InvalidCollection(FlashcardsError):  # what is raised is the collection's state, not a failure of ours
    """A collection has errors, or there is none. `diagnostics` holds every finding, warnings too."""

    def __init__(self, diagnostics: Iterable[Diagnostic]):
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        first = errors[0]
        place = first.span.place if first.span else first.place
        where = f"{place}: " if place else ""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{where}{first.message}{more}")
