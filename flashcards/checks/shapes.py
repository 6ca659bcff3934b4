"""Rules of the shape that a note needs to test what it is meant to test.

What is asked of a kind of note stands in its `recall:`; options and tables are known by what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from flashcards.checks.findings import about, active_notes
from flashcards.collection.content_rules import is_english
from flashcards.collection.model import Choice, Collection, Note, Table
from flashcards.collection.notetypes import Points
from flashcards.collection.recall import pieces, plain
from flashcards.diagnostics import Diagnostic, warning
from flashcards.languages.prose import stems, words

_QUOTE, _UNQUOTE = re.compile(r"[“”\"„«»‹›「『]"), re.compile(r"[“”\"«»‹›」』]")
_NAME = re.compile(r"\*\*(.+?)\*\*")
_REASON = re.compile(
    r"(?i)\b(?:because|since|so|to|or|otherwise|else|as|for|which|that|until|before|unless|if)\b|[:;—–]"
)
_VERB = re.compile(r"[A-Z][a-z]+s\b")
_ABOUT_OTHERS = re.compile(r"(?i)\b(?:all|none|both|neither) of (?:the above|these|them)\b")
_FEW = 8  # choices in a deck below which the places of the right options say nothing
_OPTIONS = 4
_SHORTEST_REASON = 6  # words


def choice_position_bias(collection: Collection) -> Iterator[Diagnostic]:
    """Cards shuffle the options, but a writer who always puts the right one second also writes it in one
    way."""
    limit = collection.rules["choice-position-bias"]
    for deck in collection.decks:
        right = [
            _right(options) for note in deck.notes if note.retired is None and (options := _choices(note)[1])
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
        key, options = _choices(note)
        if len(options) > 1:
            lengths = [len(words(plain(note, option.text))) for option in options]
            longest = lengths.pop(_right(options))
            mean = sum(lengths) / len(lengths)
            if 100 * longest > limit * mean and longest > max(lengths) + 1:  # a word more is no cue
                message = f"the right option has {longest} words, the others {mean:.0f} on average"
                yield about(note, "choice-length-cue", message, "make them alike in length", key)


def choice_without_reason(collection: Collection) -> Iterator[Diagnostic]:
    """A choice teaches by why the right one is right and the tempting one is not."""
    english = is_english(collection.language)
    for note in active_notes(collection):
        key, options = _choices(note)
        if not options:
            continue
        reason = note.type.recall.reason
        about_others = [option.text for option in options if english and _ABOUT_OTHERS.search(option.text)]
        if len(options) != _OPTIONS:
            message = f"{len(options)} options; four are usual"
            yield about(note, "choice-without-reason", message, "add or drop some", key)
        elif about_others:
            message = f"`{about_others[0]}` is about the other options"
            hint = "write options that stand alone: cards shuffle them"
            yield about(note, "choice-without-reason", message, hint, key)
        elif reason is not None and len(words(plain(note, note.text(reason)))) < _SHORTEST_REASON:
            hint = "why is the right one right, and the most tempting other one wrong?"
            yield about(note, "choice-without-reason", "the reason is too short to say why", hint, reason)


def _choices(note: Note) -> tuple[str, tuple[Choice, ...]]:
    """Return a note's options and the key that they stand behind; none if it has none of which one is
    right."""
    for key, value in note.fields.items():
        if isinstance(value, tuple):
            options = tuple(item for item in value if isinstance(item, Choice))
            if any(option.right for option in options):
                return key, options
    return "", ()


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


def note_shape(collection: Collection) -> Iterator[Diagnostic]:
    """A note quotes, names, lists and begins as the `recall:` of its kind says."""
    rules = collection.rules
    english = is_english(collection.language)
    for note in active_notes(collection):
        # `pitfall-shape: on` and the like, of version 0.9, are about one kind each
        if "note-shape" in rules or f"{note.type.kind}-shape" in rules:
            found = next(_shape_mistakes(note, english), None)
            if found is not None:
                yield about(note, "note-shape", *found)


def _shape_mistakes(note: Note, english: bool) -> Iterator[tuple[str, str, str]]:
    """Yield what a note's shape lacks: the message, the hint and the key."""
    recall = note.type.recall
    if recall.quoted is not None and not _has_quotation(note.text(recall.quoted)):
        hint = f"write it between “ and ”{_purpose(note, recall.quoted)}"
        yield f"`{recall.quoted}` is no quotation", hint, recall.quoted
    if recall.named is not None:
        yield from _name_mistakes(note, recall.named, recall.quoted, english)
    if recall.points is not None:
        yield from _point_mistakes(note, recall.points, english)
    verb_field = recall.starts_with_verb
    if verb_field is not None and english and not _VERB.match(plain(note, note.text(verb_field))):
        hint = f"such as states, asks, quantifies or proposes{_purpose(note, verb_field)}"
        yield f"`{verb_field}` does not begin with a verb", hint, verb_field


def _purpose(note: Note, key: str) -> str:
    """Return what a field is for, as the end of a hint; empty if its note type does not say."""
    return next((f": {field.help}" for field in note.type.fields if field.key == key and field.help), "")


def _name_mistakes(note: Note, key: str, quoted: str | None, english: bool) -> Iterator[tuple[str, str, str]]:
    name = _NAME.match(note.text(key))
    if name is None:
        hint = "begin with one in bold: `**Its name.** …`"
        yield f"`{key}` does not begin with a name", hint, key
    elif quoted is not None and english:
        own, said = stems(name[1]), stems(plain(note, note.text(quoted)))
        # one word of three may be what the quotation is about
        if sum(word in said for word in own) >= 0.5 * max(len(own), 1):
            message = f"`{quoted}` has the words of the name, `{name[1]}`"
            yield message, "let them do it without naming it", quoted


def _point_mistakes(note: Note, points: Points, english: bool) -> Iterator[tuple[str, str, str]]:
    texts = [plain(note, point) for point in pieces(note.fields.get(points.field, ()))]
    if not points.least <= len(texts) <= points.most:
        message = f"`{points.field}` needs {points.least} to {points.most} points and has {len(texts)}"
        yield message, "merge some, or say what else counts", points.field
    for text in texts:
        if points.reasons and english and not _REASON.search(text):
            yield f"no reason in `{text[:50]}`", "say why: …, because …", points.field


def _has_quotation(text: str) -> bool:
    """Tell whether something stands between quotation marks."""
    quote = _QUOTE.search(text)
    return quote is not None and _UNQUOTE.search(text, quote.end() + 1) is not None
