"""Templates and notes → PDF bytes through Jinja and Typst: what printed outputs share; the only module that
imports typst.

Text reaches Typst only as string literals or as `markup.Typst`. Typst runs with a fresh temporary directory
as its root, which holds the templates and copies of the pictures of this document and nothing else, and with
fixed times and fonts."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import typst

from flashcards.collection import media
from flashcards.collection.model import Note
from flashcards.collection.texts import texts_of
from flashcards.diagnostics import Diagnostic, FlashcardsError, Span, warning
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.notes import note_typst, type_module
from flashcards.files import write_atomically
from flashcards.languages.markup import Typst, typst_string
from flashcards.resources import template_folders
from flashcards.templating import broken_templates, environment


class PrintError(FlashcardsError):
    """A document could not be made; says which, and what Typst found."""


class Press:
    """A temporary root with the templates of a job, and the documents made in it. Use as a context
    manager."""

    def __init__(self, job: Job):
        self.job = job
        self.folders = template_folders(job.collection.path)
        self.environment = environment(
            [folder / "print" for folder in self.folders], "<>", finalize=_literal, screen=_without_packages
        )
        self.root = Path()

    def __enter__(self) -> Self:
        files: dict[str, str] = {}
        for folder in reversed(self.folders):  # the collection's own come last and win
            for file in sorted((folder / "notetypes").glob("*/*.typ")):
                text = file.read_text(encoding="utf-8")
                files[f"{file.parent.name}/{file.name}"] = _without_packages(text, str(file))
        self.temporary = tempfile.TemporaryDirectory(prefix="flashcards-")
        self.root = Path(self.temporary.name)
        for name, text in files.items():
            target = self.root / "notetypes" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        self._put("")
        # one for all sources: of the next it lays out only what differs
        self.typst = typst.Compiler(str(self.root / _MAIN), root=str(self.root), ignore_system_fonts=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self.temporary.cleanup()

    def document(
        self, path: Path, template: str, title: str, notes: Sequence[Note], variables: Mapping[str, Any]
    ) -> Iterator[Written | Diagnostic]:
        """Render a template, compile it and write it. Raises `PrintError`, `BrokenTemplateError` or
        OSError."""
        source = self.render(template, title, notes, variables)
        yield from self.write(path, source, f"{len(notes):,} note{'' if len(notes) == 1 else 's'}")

    def render(self, template: str, title: str, notes: Iterable[Note], variables: Mapping[str, Any]) -> str:
        """Return `templates/print/<template>` as Typst source, with what every document knows and
        `variables`.

        `notes` are those that the document shows. Raises `PrintError` or `BrokenTemplateError`.
        """
        collection, printing = self.job.collection, self.job.printing
        newest = datetime.fromtimestamp(self.job.times.newest, UTC)
        kinds = sorted({note.type.kind for note in notes})
        shared = {
            "title": title,
            "collection": collection.title,
            "language": collection.language,
            "paper": printing.paper,
            "flip": printing.flip,
            "back_offset": printing.back_offset,
            "date": Typst(f"datetime(year: {newest.year}, month: {newest.month}, day: {newest.day})"),
            "date_text": f"{newest:%Y-%m-%d}",
            "types": [
                {"kind": kind, "file": f"/notetypes/{kind}/print.typ", "name": type_module(kind)}
                for kind in kinds
            ],
        }
        with broken_templates():
            return self.environment.get_template(template).render({**shared, **variables})

    def query(self, source: str, label: str, name: str) -> list[Any]:
        """Lay out the source of document `name` and return the values of all its metadata with this label.
        Raises `PrintError`.

        Typst remembers the layout: compiling the same source afterwards takes a fraction of the time.
        """
        self._put(source)
        try:
            found = self.typst.query(f"<{label}>", field="value")
        except RuntimeError as problem:  # no `TypstError`, which has the place
            self.compile(source, name)
            raise PrintError(str(problem)) from None
        values: list[Any] = json.loads(found)
        return values

    def write(self, path: Path, source: str, contents: str) -> Iterator[Written | Diagnostic]:
        """Compile Typst source and write the PDF. Raises `PrintError` or OSError."""
        data, findings = self.compile(source, path.name)
        write_atomically(path, data)
        yield Written(path, contents)
        yield from findings

    def pictures(self, notes: Iterable[Note]) -> dict[str, str]:
        """Copy the pictures of `notes` below the root; return their names there by the names in the text."""
        names = media.published_names(self.job.collection, notes)
        (self.root / "media").mkdir(exist_ok=True)
        for old, new in names.items():
            shutil.copyfile(self.job.collection.media[old], self.root / "media" / new)
        return names

    def entry(self, note: Note, pictures: Mapping[str, str]) -> dict[str, Any]:
        """Return a note as templates use it: `#<< note.type >>.entry(<< note.data >>)`; `letters` says about
        how long it is."""
        letters = sum(
            len(text.source)
            for text in texts_of(note)
            if not text.is_head and (text.field in note.type.fields or text.field.key == "why")
        )
        data = Typst(note_typst(note, pictures))
        return {"id": note.id, "type": type_module(note.type.kind), "data": data, "letters": letters}

    def put_notes(self, notes: Iterable[Note], pictures: Mapping[str, str]) -> None:
        """Write `/notes.typ`, a dictionary of kind and data by id: Typst reads it once for all sources that
        import it."""
        entries = (
            f"{typst_string(n.id)}: ({typst_string(n.type.kind)}, {note_typst(n, pictures)})," for n in notes
        )
        lines = ['#import "/notetypes/_layout/markup.typ" as md', "#let notes = (", *entries, ")"]
        (self.root / "notes.typ").write_text("\n".join(lines), encoding="utf-8")

    def compile(self, source: str, name: str) -> tuple[bytes, list[Diagnostic]]:
        """Compile Typst source to a tagged PDF. Where PDF/UA-1 is refused, the plain tagged form with
        warnings."""
        self._put(source)
        compile_pdf: Callable[..., Any] = partial(self.typst.compile, timestamp=self.job.times.newest)
        try:
            return compile_pdf(pdf_standards=["ua-1"]), []
        except typst.TypstError as refused:
            try:
                data = compile_pdf()
            except typst.TypstError as problem:
                place = problem.diagnostic.partition("\n\n")[0]  # what follows is how Typst got there
                raise PrintError(f"{name}: {problem.message}\n{place}") from None
            return data, list(self._inaccessible(source, name, refused))

    def _put(self, source: str) -> None:
        """Put the source where Typst reads it."""
        (self.root / _MAIN).write_text(source, encoding="utf-8")

    def _inaccessible(self, source: str, name: str, refused: typst.TypstError) -> Iterator[Diagnostic]:
        """Say what keeps a document from being PDF/UA-1: letters that no font has by note, anything else in
        Typst's words."""
        lines = {"main": source.splitlines()}
        if (kept := self.root / "notes.typ").exists():
            lines["notes"] = kept.read_text(encoding="utf-8").splitlines()
        notes = {note.id: note for _, note in self.job.collection.notes()}
        missing: dict[str, dict[str, None]] = {}
        found = (
            (text, file, int(line), int(column))
            for text, file, line, column in _NO_GLYPH.findall(refused.diagnostic)
        )
        for text, file, line, column in sorted(found, key=lambda place: place[1:]):
            ids = _NOTE_DATA.findall(lines[file][line - 1][:column])
            missing.setdefault(ids[-1] if ids else "", {})[text] = None
        for note_id, letters in missing.items():
            them = ", ".join(f"`{letter}`" for letter in letters)
            message = f"no font of the printed sheets has {them}: {name} shows boxes"
            note = notes.get(note_id)
            span = _place(note, next(iter(letters))) if note else None
            yield warning("print-accessibility", message, span, hint="say it in words", note=note_id or None)
        if not missing:
            yield warning("print-accessibility", f"{name} is not PDF/UA-1: {refused.message}")


_MAIN = "main.typ"

# In Typst's diagnostics, with the line and column in the source that it was given
_NO_GLYPH = re.compile(
    r'the text `"(.+?)"` could not be displayed.*?\n\s*┌─ [^\n]*(main|notes)\.typ:(\d+):(\d+)'
)
_NOTE_DATA = re.compile(r'\(id: "([^"]+)", tags: ')


def _place(note: Note, letter: str) -> Span | None:
    """Return where a letter stands in a note."""
    for text in texts_of(note):
        at = text.source.find(letter)
        if at >= 0:
            return text.span(at, at + len(letter))
    return note.span()


# Templates are their author's code, so this guards against an oversight and no more. Text of notes may say
# what it likes.
_PACKAGE = re.compile(r'"@[\w-]+/')


def _without_packages(template: str, name: str) -> str:
    """Return a template's text. Raises `PrintError` if it imports a package: Typst would fetch that from the
    network."""
    if found := _PACKAGE.search(template):
        line = template.count("\n", 0, found.start()) + 1
        raise PrintError(f"{name}:{line}: a template imports a package, which would reach the network")
    return template


def _literal(value: object) -> str:
    """Return what `<< … >>` emits: Typst markup as it is, numbers, and every text as a string literal.

    Raises TypeError for anything else.
    """
    if isinstance(value, Typst):
        return value.source
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"{type(value).__name__} is neither text nor Typst")
    return typst_string(value) if isinstance(value, str) else str(value)
