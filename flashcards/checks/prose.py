"""What the rules of content look at: a note's question and answer as plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flashcards.collection.model import Choice, Collection, Note, Table, Value
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import Diagnostic, warning
from flashcards.languages import markup

_WORD = re.compile(r"[^\W_]+(?:[’'.,:/+-][^\W_]+)*")
_BLOCKS = frozenset({"paragraph", "heading", "item", "cell", "break", "code_block"})  # no word goes on behind their end
_NO_CONTENT = """
    a an and are as at be but by can do does did for from had has have how if in into is it its may more most must no nor not
    of on one only or our out so some such than that the their them then there these they this those to two was were what
    when where which while who why will with would you your after before between each because also about over under any all
    first second new same other another much many very per use used uses make makes made get gets give gives say says
"""
_STOP = frozenset(_NO_CONTENT.split())
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s")


def active_notes(collection: Collection) -> Iterator[Note]:
    """Yield the notes that learners meet, in study order."""
    return (note for _, note in collection.notes() if note.retired is None)


def about(note: Note, rule: str, message: str, hint: str, key: str | None = None) -> Diagnostic:
    """Make a finding about a note: under the value of `key`, or of what is asked."""
    return warning(rule, message, note.origin.span(key or note.type.fields[0].key), hint=hint, note=note.id)


def plain(text: str, *, clozes: bool = False) -> str:
    """Return a field's text without markup; a formula counts as one word."""
    return plain_text(markup.parse(text, clozes=clozes).root).strip()


def plain_text(element: markup.Element) -> str:
    """Return the text below an element; a formula counts as one word."""
    if element.name == "maths":
        return " Formula "
    parts: list[str] = [child if isinstance(child, str) else plain_text(child) for child in element.children]
    return "".join(parts) + (" " if element.name in _BLOCKS else "")


def words(text: str) -> list[str]:
    """Return the words of a plain text; `10,000` and `train-serve` are one each."""
    return _WORD.findall(text)


def question(note: Note) -> str:
    """Return what is asked, as plain text: the fields before the answer, so a scenario's setting too."""
    parts: list[str] = []
    for field in note.type.fields:
        if field.answer and parts:
            break
        if text := note.text(field.key):
            parts.append(plain(text, clozes=field.key == note.type.cloze_field))
    return " ".join(parts)


def answer(note: Note) -> str:
    """Return everything that the learner must recall, as plain text: the fields marked `answer`."""
    parts: list[str] = []
    for field in note.type.fields:
        if field.answer and field.key in note.fields:
            parts += [plain(text, clozes=field.key == note.type.cloze_field) for text in pieces(note.fields[field.key])]
    return " ".join(parts)


def answer_key(note_type: NoteType) -> str:
    """Return the key under which the answer is written: where a finding about it points."""
    return next((field.right_of or field.key for field in note_type.fields if field.answer), note_type.fields[0].key)


def pieces(value: Value) -> list[str]:
    """Return the texts of a value of any kind; a table's head is part of the question."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Table):
        return [cell for row in value.rows for cell in row[1:]]
    return [item.text if isinstance(item, Choice) else item for item in value]


def stems(text: str) -> list[str]:
    """Return the content words of a plain text, in order, roughly cut to their stems, so that two texts can share one."""
    lower = (word.lower() for word in words(text))
    return [_stem(word) for word in lower if len(word) > 2 and word not in _STOP and not word[0].isdecimal()]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
