"""Rules of the shape that each kind of note needs to test what it is meant to test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from flashcards.checks.findings import about, active_notes
from flashcards.collection.model import Choice, Collection, Note, Table
from flashcards.collection.recall import pieces, plain
from flashcards.diagnostics import Diagnostic, warning
from flashcards.languages.prose import stems, words

_QUOTATION = re.compile(r"[“\"„«].+[”\"“»]", re.DOTALL)
_REASON = re.compile(
    r"(?i)\b(?:because|since|so|to|or|otherwise|else|as|for|which|that|until|before|unless|if)\b|[:;—–]"
)
_VERB = re.compile(r"[A-Z][a-z]+s\b")
_ALL_OF_THE_ABOVE = re.compile(r"(?i)\b(?:all|none|both|neither) of (?:the above|these|them)\b")
_FEW = 8  # choices in a deck below which the places of the right options say nothing
_OPTIONS = 4
_SHORTEST_REASON = 6  # words


def choice_position_bias(collection: Collection) -> Iterator[Diagnostic]:
    """Cards shuffle the options, but a writer who always puts the right one second also writes it in one
    way."""
    limit = collection.rules["choice-position-bias"]
    for deck in collection.decks:
        right = [
            _right(options) for note in deck.notes if note.retired is None and (options := _choices(note))
        ]
        if len(right) >= _FEW:
            place, count = Counter(right).most_common(1)[0]
            if 100 * count > limit * len(right):
                message = f"in {count} of {len(right)} notes the right option is number {place + 1}"
                yield warning("choice-position-bias", message, deck.key_span("title"), hint="move some")


def choice_length_cue(collection: Collection) -> Iterator[Diagnostic]:
    """The right option must not be known by being the longest."""
    limit = collection.rules["choice-length-cue"]
    for note in active_notes(collection):
        if (options := _choices(note)) and len(options) > 1:
            lengths = [len(words(plain(note, option.text))) for option in options]
            longest = lengths.pop(_right(options))
            mean = sum(lengths) / len(lengths)
            if 100 * longest > limit * mean and longest > max(lengths) + 1:  # a word more is no cue
                message = f"the right option has {longest} words, the others {mean:.0f} on average"
                yield about(note, "choice-length-cue", message, "make them alike in length", "options")


def choice_without_reason(collection: Collection) -> Iterator[Diagnostic]:
    """A choice teaches by why the right one is right and the tempting one is not."""
    for note in active_notes(collection):
        if options := _choices(note):
            if len(options) != _OPTIONS:
                message = f"{len(options)} options; four are usual"
                yield about(note, "choice-without-reason", message, "add or drop some", "options")
            elif found := next(
                (option.text for option in options if _ALL_OF_THE_ABOVE.search(option.text)), None
            ):
                hint = "write options that stand alone: cards shuffle them"
                yield about(
                    note, "choice-without-reason", f"`{found}` is about the other options", hint, "options"
                )
            elif len(words(plain(note, note.text("reason")))) < _SHORTEST_REASON:
                hint = "why is the right one right, and the most tempting other one wrong?"
                yield about(
                    note, "choice-without-reason", "the reason is too short to say why", hint, "reason"
                )


def _choices(note: Note) -> tuple[Choice, ...]:
    """Return a note's options, if it has some and one of them is right."""
    for value in note.fields.values():
        if isinstance(value, tuple):
            options = tuple(item for item in value if isinstance(item, Choice))
            if any(option.right for option in options):
                return options
    return ()


def _right(options: tuple[Choice, ...]) -> int:
    return next(i for i, option in enumerate(options) if option.right)


def compare_shape(collection: Collection) -> Iterator[Diagnostic]:
    """A comparison has rows enough to compare, few enough to keep, and no empty cell."""
    for note in active_notes(collection):
        for key, value in note.fields.items():
            if isinstance(value, Table):
                if any(not cell.strip() for row in value.rows for cell in row):
                    hint = "say what is the case there, or drop the row"
                    yield about(note, "compare-shape", "the table has an empty cell", hint, key)
                elif not (2 <= len(value.rows) <= 5 and 2 <= len(value.columns) <= 4):
                    message = f"the table is {len(value.rows)} by {len(value.columns)}"
                    hint = "two to five rows; the criterion, then one to three things to compare"
                    yield about(note, "compare-shape", message, hint, key)


def rubric_shape(collection: Collection) -> Iterator[Diagnostic]:
    """A signal is something that an interviewer can see or hear: it begins with a verb."""
    for note in active_notes(collection):
        if note.type.kind == "rubric" and not _VERB.match(plain(note, note.text("signal"))):
            hint = "begin with a verb: states, asks, quantifies, proposes, rejects, draws"
            yield about(
                note, "rubric-shape", "the signal does not begin with what the candidate does", hint, "signal"
            )


def scenario_shape(collection: Collection) -> Iterator[Diagnostic]:
    """A scenario quotes the interviewer, and its answer is two to four points, each with its reason."""
    for note in active_notes(collection):
        if note.type.kind == "scenario":
            points = [plain(note, point) for point in pieces(note.fields.get("checkpoints", ()))]
            bare = next((point for point in points if not _REASON.search(point)), None)
            if not _QUOTATION.search(note.text("probe")):
                hint = "write what the interviewer says between “ and ”"
                yield about(note, "scenario-shape", "the probe is no quotation", hint, "probe")
            elif not 2 <= len(points) <= 4:
                message = f"a scenario has two to four checkpoints, not {len(points)}"
                yield about(
                    note, "scenario-shape", message, "merge some, or say what else counts", "checkpoints"
                )
            elif bare is not None:
                yield about(
                    note,
                    "scenario-shape",
                    f"no reason in `{bare[:50]}`",
                    "say why: …, because …",
                    "checkpoints",
                )


def pitfall_shape(collection: Collection) -> Iterator[Diagnostic]:
    """A pitfall quotes the candidate, and the quotation does not name the fault."""
    for note in active_notes(collection):
        if note.type.kind == "pitfall":
            name = re.match(r"\*\*(.+?)\*\*", note.text("fault"))
            if not _QUOTATION.search(note.text("says")):
                hint = "write it between “ and ”"
                yield about(note, "pitfall-shape", "what the candidate says is no quotation", hint, "says")
            elif name is None:
                hint = "begin with it in bold: `**Time-travel leakage.** …`"
                yield about(note, "pitfall-shape", "the fault has no name", hint, "fault")
            elif (
                _share(stems(name[1]), stems(plain(note, note.text("says")))) >= 0.5
            ):  # a word of three may be what it is about
                message = f"the quotation has the words of the fault's name, `{name[1]}`"
                yield about(
                    note, "pitfall-shape", message, "let the candidate do it without naming it", "says"
                )


def _share(words_of_name: list[str], said: list[str]) -> float:
    return sum(word in said for word in words_of_name) / max(len(words_of_name), 1)
