"""A template of `templates/print/` → a PDF: a document that picks its notes itself, shipped or a collection's
own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from flashcards.collection.model import Note
from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.press import Press
from flashcards.exporters.print.typesetting import PrintError
from flashcards.reporting import count
from flashcards.templating import BrokenTemplateError, read_template

_FIRST_COMMENT = re.compile(r"\A\s*(?:<#|//)\s*(?P<text>[^\n]+?)\s*(?:#>|\n)")
# What stands in Jinja's brackets on one line, and the notes that are named in it
_EXPRESSION = re.compile(r"<[<%]((?:(?!<[<%]|[%>]>).)*+)")
_NOTE_BY_NAME = re.compile(r"""\bnote\(\s*+["']([^"']++)["']\s*+\)""")


def titles(template_folders: Iterable[Path]) -> dict[str, str]:
    """Return the name of every template in `print/` of these folders with its title, the first line of its
    first comment."""
    files = {
        path.stem: path
        for folder in reversed([*template_folders])
        for path in (folder / "print").glob("*.typ")
    }
    return {name: _title(files[name]) for name in sorted(files)}


class Needs(NamedTuple):
    """What a document asks for, as far as its template's text tells."""

    notes: frozenset[str] = frozenset()  # by their ids: it can only be printed where they are
    options: frozenset[str] = frozenset()  # of the command line


def needs(template_folders: Iterable[Path], name: str) -> Needs:
    """Return what the document `name` asks for."""
    template = next(
        path for folder in template_folders if (path := folder / "print" / f"{name}.typ").is_file()
    )
    try:
        text = read_template(template, template.parents[2])
    except BrokenTemplateError:  # said when it is printed
        return Needs()
    options = {option for word, option in _OPTIONS if re.search(rf"\b{word}\b", text)}
    notes = {name for inside in _EXPRESSION.findall(text) for name in _NOTE_BY_NAME.findall(inside)}
    return Needs(frozenset(notes), frozenset(options))


# Words of templates, and the options that are of use where one stands
_OPTIONS = (
    ("paper", "paper"), ("flip", "flip"), ("back_offset", "back_offset"), ("fold", "fold"),
    ("tagged", "tags"), ("tagged", "decks"),
)  # fmt: skip


def _title(template: Path) -> str:
    try:
        comment = _FIRST_COMMENT.match(read_template(template, template.parents[2]))
    except BrokenTemplateError:  # said when it is printed
        return template.stem
    return comment["text"].rstrip(".") if comment else template.stem


def export(job: Job, name: str, title: str) -> Iterator[Written | Diagnostic]:
    """Write the document `name` to `<name>.pdf`, with a selection's suffix. Raises OSError or `PrintError`.

    Its template asks for notes: `note(id)` is one of the collection's, `tagged(tag)` a list of those selected
    with this tag or one below it. Retired notes are none of them."""
    notes = {note.id: note for _, note in job.collection.notes() if note.retired is None}
    selected = [note for _, chosen in job.selection for note in chosen if note.id in notes]
    with Press(job) as press:
        pictures = press.pictures(notes.values())
        shown: dict[str, Note] = {}

        def entry(note: Note) -> dict[str, Any]:
            shown[note.id] = note
            return press.entry(note, pictures)

        def note(note_id: str) -> dict[str, Any]:
            if note_id not in notes:
                raise PrintError(f"{name}: there is no note `{note_id}`")
            return entry(notes[note_id])

        def tagged(tag: str) -> list[dict[str, Any]]:
            return [entry(note) for note in selected if note.has_tag(tag)]

        def render(time: int) -> str:
            return press.render(
                f"{name}.typ", title, tuple(notes.values()), time, {"note": note, "tagged": tagged}
            )

        render(0)  # tells which notes are shown, and so which time the document has
        time = job.time_of(shown.values())
        path = job.out / f"{name}{job.suffix}.pdf"
        yield from press.write(path, render(time), time, count(len(shown), "note"), shown.values())
