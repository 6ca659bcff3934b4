"""Templates and notes → PDF bytes through Jinja and Typst: what every printed output shares; the only module that imports typst.

Text reaches Typst only as string literals or as `markup.Typst`. Typst runs with a fresh temporary directory as its root,
which holds the templates and copies of the pictures of this document and nothing else, and with fixed times and fonts.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import jinja2
import typst

from flashcards import markup, media, notetypes
from flashcards.diagnostics import Diagnostic, FlashcardsError, Severity
from flashcards.exporters import Job, Written
from flashcards.files import write_atomically
from flashcards.markup import Typst, typst_string
from flashcards.model import Choice, Note, Table, Value, shuffled
from flashcards.notetypes import Field


class PrintError(FlashcardsError):
    """A document could not be made; says which, and what Typst found."""


class Press:
    """A temporary root with the templates of a job, and the documents made in it. Use as a context manager."""

    def __init__(self, job: Job):
        self.job = job
        self.folders = notetypes.folders(job.collection.path)
        self.root = Path()

    def __enter__(self) -> Self:
        self.temporary = tempfile.TemporaryDirectory(prefix="flashcards-")
        self.root = Path(self.temporary.name)
        for folder in reversed(self.folders):  # the collection's own come last and win
            for file in (folder / "notetypes").glob("*/*.typ"):
                target = self.root / "notetypes" / file.parent.name / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        return self

    def __exit__(self, *exception: object) -> None:
        self.temporary.cleanup()

    def document(
        self, path: Path, template: str, title: str, notes: Sequence[Note], variables: Mapping[str, Any]
    ) -> Iterator[Written | Diagnostic]:
        """Render `templates/print/<template>` with what every document knows and `variables`, compile it, write it.

        `notes` are those that the document shows. Raises `PrintError`, `BrokenTemplateError` or OSError.
        """
        collection, paper = self.job.collection, self.job.paper
        newest = datetime.fromtimestamp(self.job.times.newest, UTC)
        shared = {
            "title": title,
            "collection": collection.title,
            "language": collection.language,
            "paper": paper,
            "date": Typst(f"datetime(year: {newest.year}, month: {newest.month}, day: {newest.day})"),
            "date_text": f"{newest:%Y-%m-%d}",
            "types": [
                {"file": f"/notetypes/{kind}/print.typ", "name": _module(kind)} for kind in sorted({note.type.kind for note in notes})
            ],
        }
        with notetypes.broken_templates():
            source = _environment(tuple(self.folders)).get_template(template).render({**shared, **variables})
        data, findings = self.compile(source, path.name)
        write_atomically(path, data)
        yield Written(path, f"{len(notes):,} note{'' if len(notes) == 1 else 's'}")
        yield from findings

    def pictures(self, notes: Iterable[Note]) -> dict[str, str]:
        """Copy the pictures of `notes` below the root; return their names there by the names in the text."""
        names = media.published_names(self.job.collection, notes)
        (self.root / "media").mkdir(exist_ok=True)
        for old, new in names.items():
            shutil.copyfile(self.job.collection.media[old], self.root / "media" / new)
        return names

    def entry(self, note: Note, pictures: Mapping[str, str]) -> dict[str, Any]:
        """Return a note as templates use it: `#<< note.type >>.entry(<< note.data >>)`."""
        return {"id": note.id, "type": _module(note.type.kind), "data": Typst(note_typst(note, pictures))}

    def compile(self, source: str, name: str) -> tuple[bytes, list[Diagnostic]]:
        """Compile Typst source to a tagged PDF. Where PDF/UA-1 is refused, the plain tagged form with a warning."""
        if re.search(r"[#\"]\s*@preview|import\s+\"@", source):
            raise PrintError(f"{name}: a template imports a package, which would reach the network")
        (self.root / "main.typ").write_text(source, encoding="utf-8")
        options: dict[str, Any] = {
            "input": str(self.root / "main.typ"),
            "root": str(self.root),
            "ignore_system_fonts": True,
            "timestamp": self.job.times.newest,
        }
        try:
            return typst.compile(**options, pdf_standards=["ua-1"]), []
        except typst.TypstError as refused:
            try:
                data = typst.compile(**options)
            except typst.TypstError as problem:
                raise PrintError(f"{name}: {problem.message}\n{problem.diagnostic}") from None
            message = f"{name} is not PDF/UA-1: {refused.message}"
            return data, [Diagnostic("print-accessibility", Severity.WARNING, message)]


def _module(kind: str) -> Typst:
    return Typst(f"type-{kind}")


def note_typst(note: Note, pictures: Mapping[str, str]) -> str:
    """Return a note as a Typst dictionary: its own and the common fields by key, `none` where not filled."""
    parts = [f"id: {typst_string(note.id)}", f"tags: {_array(map(typst_string, note.tags))}"]
    sources = (", ".join(filter(None, [c.reference.short, c.place])) for c in note.citations)
    parts.append(f"sources: {_array(map(typst_string, sources))}")
    for field in note.type.all_fields:
        if field.key not in ("id", "sources"):
            value = note.fields.get(field.key)
            parts.append(f"{field.key}: {'none' if value is None else _value_typst(note, field, value, pictures)}")
    return f"({', '.join(parts)})"


def _value_typst(note: Note, field: Field, value: Value, pictures: Mapping[str, str]) -> str:
    def content(text: str) -> str:
        return markup.to_typst(markup.parse(text), pictures).source

    if isinstance(value, str):
        if field.kind == "text":
            return markup.plain_typst(value).source
        return markup.to_typst(markup.parse(value, clozes=field.key == note.type.cloze_field), pictures).source
    if isinstance(value, Table):
        rows = _array(_array(map(content, row)) for row in value.rows)
        return f"(columns: {_array(map(content, value.columns))}, rows: {rows})"
    items = []
    for item in shuffled(note.id, value):
        if isinstance(item, Choice):
            items.append(f"(text: {content(item.text)}, right: {'true' if item.right else 'false'})")
        else:
            items.append(content(item))
    return _array(items)


def _array(items: Iterable[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"


def _environment(template_folders: tuple[Path, ...]) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder / "print" for folder in template_folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # `_literal` is stricter: nothing but `Typst` and numbers gets out unquoted
        finalize=_literal,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )


def _literal(value: object) -> str:
    """What `<< … >>` emits: Typst markup as it is, numbers, and every text as a string literal.

    Raises `jinja2.TemplateRuntimeError` for anything else.
    """
    if isinstance(value, Typst):
        return value.source
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises, and says the name
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise jinja2.TemplateRuntimeError(f"{type(value).__name__} is neither text nor Typst")
    return typst_string(value) if isinstance(value, str) else str(value)
