"""Rules of what a statement rests on: sources, numbers, dates, and what is to be learned before it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from flashcards.checks.findings import about, active_notes, or_exempt
from flashcards.collection.model import Collection
from flashcards.collection.recall import answer, answer_key, plain, question
from flashcards.diagnostics import Diagnostic

_NUMBER = re.compile(r"(?P<result>[≈=]\s?)?(?<![\w.,-])(?P<digits>\d+(?:[.,]\d+)*)(?:\s?(?P<percent>%))?")
# Fives, and the nineties that people say for "nearly all": limits and examples, not results
_ROUND = re.compile(r"(?:\d?5|9+)")
_AGES = re.compile(
    r"\b(?:currently|nowadays|these days|to date|newest models?|latest models?)\b"
    r"|\b(?:as of|in|by|since|until) (?:19|20)\d\d\b|[’']s (?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d (?:\w+ )?(?:benchmark|blog post|paper|report|study|survey)\b"
    r"|\b(?:[ABH][12]00|TPU ?v?\d|GPT-\d|Llama|Gemini|Claude)\b"
)
# One of these is in whatever `_AGES` finds, and they are found far faster
_SIGNS_OF_AGE = (
    "currently", "nowadays", "these days", "to date", "est model", "19", "20", "00",
    "TPU", "GPT-", "Llama", "Gemini", "Claude",
)  # fmt: skip
_DIGIT = re.compile(r"\d")


def missing_source(collection: Collection) -> Iterator[Diagnostic]:
    """A statement without a source cannot be checked by who doubts it."""
    for note in active_notes(collection):
        if not note.citations:
            yield about(
                note,
                "missing-source",
                "this note names no source",
                "`sources: [key]`, with the key in sources.yaml",
            )


def number_not_recomputed(collection: Collection) -> Iterator[Diagnostic]:
    """A number that was computed has its expression in `check:`."""
    for note in active_notes(collection):
        if note.sums:
            continue
        told = f"{answer(note)} {plain(note, note.text('why'))} {plain(note, note.text('extra'))}"
        found = _first_result(told, question(note)) if _DIGIT.search(told) else None
        if found or note.type.recall.computed:
            what = f"`{found.group()}`" if found else "the result"
            hint = f"add `check:`{or_exempt(collection, 'number-not-recomputed')}"
            yield about(
                note, "number-not-recomputed", f"nothing recomputes {what}", hint, answer_key(note.type)
            )


def _first_result(told: str, asked: str) -> re.Match[str] | None:
    """Return the first number of an answer that looks like a result: it is written as one, or is neither
    round nor given."""
    given = {_significant(number["digits"]) for number in _NUMBER.finditer(asked)}
    return next((number for number in _NUMBER.finditer(told) if _is_computed(number, given)), None)


def _is_computed(number: re.Match[str], given: Container[str]) -> bool:
    significant = _significant(number["digits"])
    is_share = bool(number["percent"]) or not number["digits"].replace(",", "").isdecimal()
    is_result = number["result"] is not None or (
        is_share and len(significant) > 1 and not _ROUND.fullmatch(significant)
    )
    return is_result and significant not in given


def _significant(digits: str) -> str:
    return re.sub("[.,]", "", digits).strip("0")


def stale_fact(collection: Collection) -> Iterator[Diagnostic]:
    """A fact that ages carries the month in which it was true."""
    for note in active_notes(collection):
        if "as_of" in note.labels:
            continue
        text = f"{question(note)} {answer(note)}"
        found = _AGES.search(text) if any(sign in text for sign in _SIGNS_OF_AGE) else None
        if found:
            hint = "say when it was true: `as_of: 2026-11`"
            yield about(note, "stale-fact", f"`{found.group()}` ages", hint)


def prereq_cycle(collection: Collection) -> Iterator[Diagnostic]:
    """What a note builds on exists, comes before it in study order, and does not lead back to it."""
    order = {note.id: i for i, note in enumerate(active_notes(collection))}
    for note in active_notes(collection):
        for before in note.labels.get("prereq", ()):
            message = ""
            if before not in order:
                message = f"there is no note `{before}`"
            elif order[before] >= order[note.id]:
                message = f"`{before}` comes later in study order"
            if message:
                yield about(
                    note, "prereq-cycle", message, "mend it, move one of the two notes, or drop it", "prereq"
                )
                break
