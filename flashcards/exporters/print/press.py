"""Templates and notes → documents, through Jinja and Typst: what everything that is printed shares.

Text reaches Typst only as string literals or as `markup.Typst`. Typst runs with a fresh temporary folder as
its root, which holds the templates, copies of the pictures that are used and nothing else, and with fixed
times and fonts."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from flashcards.collection import media
from flashcards.collection.model import Note
from flashcards.collection.texts import texts_of
from flashcards.diagnostics import Diagnostic, Span, warning
from flashcards.exporters.job import Job, Shown, Written
from flashcards.exporters.print import safety
from flashcards.exporters.print.fonts import FontsFound, font_findings, put_fonts
from flashcards.exporters.print.notes import note_typst, type_module
from flashcards.exporters.print.templates import documents
from flashcards.exporters.print.typesetting import MAIN, Typeset, Typesetter
from flashcards.files import write_atomically
from flashcards.languages import scripts
from flashcards.languages.markup import SOUND, Typst, typst_string
from flashcards.languages.scripts import Script, letters_without_font
from flashcards.resources import template_folders

_NOTES = "notes.typ"


class Press:
    """The templates of a job, and Typst with a temporary root of its own. Use as a context manager."""

    def __init__(self, job: Job):
        self.job = job
        self.folders = template_folders(job.collection.path)
        self.right_to_left = scripts.language_is_right_to_left(job.collection.language)
        self.notes_source = ""
        self.left_out: dict[str, str] = {}  # pictures that Typst cannot show: why, by their names in the text
        self.templates = documents(self.folders)

    def __enter__(self) -> Self:
        files: dict[str, str] = {}
        for folder in reversed(self.folders):  # the collection's own come last and win
            for file in sorted((folder / "notetypes").glob("*/*.typ")):
                files[f"notetypes/{file.parent.name}/{file.name}"] = safety.read(file)
        self.temporary = tempfile.TemporaryDirectory(prefix="flashcards-")
        self.typesetter = Typesetter(Path(self.temporary.name), self.job.cache)
        for name, text in files.items():
            self.typesetter.put(name, text)
        try:
            self.fonts = put_fonts(self.job.collection, self.typesetter)
        except OSError:
            self.temporary.cleanup()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.temporary.cleanup()

    def render(
        self, template: str, title: str, notes: Sequence[Shown], time: int, variables: Mapping[str, Any]
    ) -> str:
        """Return `templates/print/<template>` as Typst source, with what every document knows and
        `variables`.

        `notes` are those that the document may show, `time` is the document's, in seconds since 1970. Raises
        `PrintError` or `BrokenTemplateError`."""
        collection, printing = self.job.collection, self.job.printing
        day = datetime.fromtimestamp(time, UTC)
        kinds = sorted({note.kind for note in notes})
        shared = {
            "title": title,
            "collection": collection.title,
            "language": collection.language.partition("-")[0].lower(),  # Typst takes no more of it
            "paper": printing.paper,
            "flip": printing.flip,
            "back_offset": printing.back_offset,
            "date": Typst(f"datetime(year: {day.year}, month: {day.month}, day: {day.day})"),
            "date_text": f"{day:%Y-%m-%d}",
            "types": [
                {"kind": kind, "file": f"/notetypes/{kind}/print.typ", "name": type_module(kind)}
                for kind in kinds
            ],
        }
        work = _WORK + _WORK_OF_A_NOTE * len(notes)
        marked = self.templates.render(template, {**shared, **variables}, work=work)
        safety.screen(marked, self.templates.path(template))
        return safety.emitted(marked)

    def write(
        self, path: Path, source: str, time: int, contents: str, shown: Iterable[Note]
    ) -> Iterator[Written | Diagnostic]:
        """Set Typst source and write the PDF, see `findings`. Raises `PrintError` or OSError."""
        typeset = self.typesetter.pdf(source, path.name, time)
        write_atomically(path, typeset.pdf)
        yield Written(path, contents)
        yield from self.findings(typeset, source, path.name, shown)

    def has_own(self, template: str) -> bool:
        """Tell whether the collection has a template of this name in its own `templates/print/`."""
        path = self.job.collection.path
        return path is not None and (path / "templates" / "print" / template).is_file()

    def pictures(self, notes: Iterable[Note]) -> dict[str, str]:
        """Copy the pictures of `notes` below the root; return their names there by the names in the text.
        Those that Typst cannot show are left out: see `findings`."""
        names = media.published_names(self.job.collection, notes)
        pictures = {}
        for old, new in names.items():
            if SOUND.search(new):
                continue
            self.typesetter.put_picture(new, media.read(self.job.collection.media[old]))
            if fault := self.typesetter.picture_fault(new):
                self.left_out[old] = fault
            else:
                pictures[old] = new
        return pictures

    def entry(self, note: Note, pictures: Mapping[str, str]) -> dict[str, Any]:
        """Return a note as templates use it: `#<< note.type >>.entry(<< note.data >>)`; `letters` says about
        how long it is."""
        letters = sum(
            len(text.source)
            for text in texts_of(note)
            if not text.is_head and (text.field in note.type.fields or text.field.key == "why")
        )
        data = Typst(note_typst(note, pictures, right_to_left=self.right_to_left))
        return {"id": note.id, "type": type_module(note.type.kind), "data": data, "letters": letters}

    def put_notes(self, notes: Iterable[Note], pictures: Mapping[str, str]) -> None:
        """Write `/notes.typ`, a dictionary of kind and data by id: Typst reads it once for all sources that
        import it."""
        entries = (
            f"{typst_string(n.id)}: ({typst_string(n.type.kind)}, "
            f"{note_typst(n, pictures, right_to_left=self.right_to_left)}),"
            for n in notes
        )
        lines = ['#import "/notetypes/_layout/markup.typ" as md', "#let notes = (", *entries, ")"]
        self.notes_source = "\n".join(lines)
        self.typesetter.put(_NOTES, self.notes_source)

    def findings(
        self, typeset: Typeset, source: str, name: str, shown: Iterable[Note]
    ) -> Iterator[Diagnostic]:
        """Say which pictures a document leaves out, and what keeps it from being PDF/UA-1: letters that no
        font has by note, anything else in Typst's words. `shown` are notes that the document may show."""
        shown = [*shown]
        said, self.fonts = self.fonts, FontsFound()  # once is enough
        yield from font_findings(self.job.collection, said)
        for showing in shown if self.left_out else ():
            yield from self._pictures_left_out(showing, name)
        if not typeset.refusal:
            return
        lines = {MAIN: source.splitlines(), _NOTES: self.notes_source.splitlines()}
        notes = {note.id: note for note in shown}
        missing: dict[Script | None, dict[str, None]] = {}
        places: dict[Script | None, tuple[Note | None, str]] = {}
        for found in sorted(typeset.no_glyphs, key=lambda found: (found.file, found.line, found.column)):
            before = lines[found.file][found.line - 1][: found.column] if found.file in lines else ""
            ids = _NOTE_DATA.findall(before)
            script = next((script for _, script in letters_without_font(found.letters)), None)
            missing.setdefault(script, {})[found.letters] = None
            places.setdefault(script, (notes.get(ids[-1]) if ids else None, found.letters))
        for script, letters in missing.items():
            them = ", ".join(f"`{letter}`" for letter in [*letters][:_SHOWN])
            more = f" and {len(letters) - _SHOWN} more" if len(letters) > _SHOWN else ""
            message = f"no font of the printed sheets has {them}{more}: {name} shows boxes"
            note, first = places[script]
            span = _place_of(first, note) if note else None
            hint = "say it in words, or put a font that has it into `fonts/` beside the decks"
            if script:
                hint += f", such as {script.font}"
            yield warning("print-accessibility", message, span, hint=hint, note=note.id if note else None)
        if not missing:
            yield warning("print-accessibility", f"{name} is not PDF/UA-1: {typeset.refusal}")

    def _pictures_left_out(self, note: Note, name: str) -> Iterator[Diagnostic]:
        for text in texts_of(note):
            for element in text.elements("image") if text.field.kind != "text" else ():
                picture = element.attrs["url"]
                if picture in self.left_out:
                    message = f"`{picture}` is left out of {name}: {self.left_out[picture]}"
                    hint = "save it again, as PNG, JPEG, WebP or SVG"
                    yield text.error("unreadable-media", message, element.start, element.end, hint)


# How the data of a note begins: see `note_typst`
_NOTE_DATA = re.compile(r'\(id: "([^"]+)", tags: ')


def _place_of(letters: str, note: Note) -> Span | None:
    for text in texts_of(note):
        at = text.source.find(letters)
        if at >= 0:
            return text.span(at, at + len(letters))
    return note.span()


_SHOWN = 5  # letters in a message

# What rendering a document may do, see `Templates.render`; the shipped cards take some 2,000 for a note
_WORK, _WORK_OF_A_NOTE = 20_000_000, 200_000
