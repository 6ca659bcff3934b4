"""Notes → cheat sheets: one PDF a deck, and one with all of them.

What stands in the columns is set once for each deck, its body. The deck's own sheet and the sheet of all
decks are bodies in a frame, which has the title, the date and the numbers of the pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flashcards.cache import digest
from flashcards.collection.model import Deck, Note
from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Shown, Written
from flashcards.exporters.print.joining import join
from flashcards.exporters.print.press import Press
from flashcards.exporters.print.typesetting import Typeset
from flashcards.files import write_atomically
from flashcards.languages import markup
from flashcards.reporting import count

_BODY, _FRAME = "cheat-sheets.typ", "cheat-sheets-frame.typ"
_WHOLE = "cheatsheet.typ"  # a collection's own template from before 0.10, which sets sheets without frames


class Sheet(NamedTuple):
    """A deck of which a sheet is made."""

    key: str
    title: str
    notes: Sequence[Shown]  # without retired ones
    read: Callable[[], tuple[Deck, Sequence[Note]]]  # the deck, and these notes with their text
    hash: str | None = None  # of all that the deck's text depends on; without it, no sheet is remembered


class _Body(NamedTuple):
    """What stands in the columns of a deck's sheet, and the pages on which its sources begin and end."""

    notes: Sequence[Shown]
    typeset: Typeset
    pages: int
    sources: Sequence[int]
    source: str = ""  # Typst's, of which findings say the place
    read: Sequence[Note] = ()  # the notes with their text


class _Framed(NamedTuple):
    """A sheet, and what keeps it from being PDF/UA-1."""

    pdf: bytes
    findings: Sequence[Diagnostic]


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `cheat-sheets.pdf` and one sheet a deck; the sheets of a selection stand beside those of the
    whole, for which whole decks will do. Raises OSError or `PrintError`."""
    is_partial = any(len(notes) < len(deck.notes) for deck, notes in job.selection)
    return write(job, [_sheet(deck, notes) for deck, notes in job.selection], is_partial=is_partial)


def _sheet(deck: Deck, notes: Sequence[Note]) -> Sheet:
    shown = [note for note in notes if note.retired is None]
    return Sheet(deck.key, deck.title, shown, lambda: (deck, shown))


def write(job: Job, sheets: Sequence[Sheet], *, is_partial: bool) -> Iterator[Written | Diagnostic]:
    """Write one sheet for all of these decks, and one for each that has notes. Of a deck whose hash says that
    its sheet is remembered, no text is read. `is_partial` tells that some decks are not here with all their
    notes. Raises OSError or `PrintError`."""
    sheets = [sheet for sheet in sheets if sheet.notes]
    if not sheets:
        return
    title, path = f"{job.collection.title}: cheat sheets", job.out / f"cheat-sheets{job.suffix}.pdf"
    folder = job.out / (path.stem if is_partial else "cheat-sheets")
    with Press(job) as press:
        if press.has_own(_WHOLE):
            decks = [sheet.read() for sheet in sheets]
            pictures = press.pictures([note for _, notes in decks for note in notes])
            whole = [(notes, _data(press, deck, notes, pictures)) for deck, notes in decks]
            yield from _whole(press, path, title, whole)
            for (deck, _), part in zip(decks, whole, strict=True):
                yield from _whole(press, folder / f"{deck.key}.pdf", deck.title, [part])
            return
        parts = [_part(press, sheet) for sheet in sheets]
        all_decks = _framed(press, path.name, title, [body for body, _ in parts])
        yield from _written(path, all_decks, [note for sheet in sheets for note in sheet.notes])
        for sheet, (_, own) in zip(sheets, parts, strict=True):
            yield from _written(folder / f"{sheet.key}.pdf", own, sheet.notes)


def _written(path: Path, framed: _Framed, notes: Sequence[Shown]) -> Iterator[Written | Diagnostic]:
    write_atomically(path, framed.pdf)
    yield Written(path, count(len(notes), "note"))
    yield from framed.findings


def _part(press: Press, sheet: Sheet) -> tuple[_Body, _Framed]:
    """Return a deck's body, and its own sheet. Both are remembered if nothing is to be said of them."""
    job, time = press.job, press.job.time_of(sheet.notes)
    ids = (note.id for note in sheet.notes)
    files = press.typesetter.files_hash  # installed fonts are in no deck's hash
    key = digest(["sheet", sheet.hash or "", files, str(time), repr(job.printing), *ids])
    kept = job.cache.read(key) if sheet.hash else None
    if kept is not None:
        facts, _, pdfs = kept.partition(b"\n")
        pages, sources, length = json.loads(facts)
        return _Body(sheet.notes, Typeset(pdfs[:length]), pages, sources), _Framed(pdfs[length:], ())
    body = _body(press, sheet, time)
    own = _framed(press, f"{sheet.key}.pdf", sheet.title, [body])
    if sheet.hash and not own.findings:
        facts = json.dumps([body.pages, body.sources, len(body.typeset.pdf)]).encode()
        job.cache.write(key, facts + b"\n" + body.typeset.pdf + own.pdf)
    return body, own


def entry_source(press: Press, deck: Deck, note: Note) -> str:
    """Return the Typst source of a deck's sheet with one note on it."""
    variables = {"deck": _data(press, deck, [note], press.pictures([note]))}
    return press.render(_BODY, deck.title, [note], 0, variables)


def _body(press: Press, sheet: Sheet, time: int) -> _Body:
    deck, notes = sheet.read()
    variables = {"deck": _data(press, deck, notes, press.pictures(notes))}
    source = press.render(_BODY, deck.title, notes, time, variables)
    name = f"{deck.key}.pdf"
    typesetter = press.typesetter
    typesetter.forget()
    (layout,) = typesetter.query(source, name, "layout")
    typeset = typesetter.pdf(source, name, 0)  # its time is the frame's
    return _Body(notes, typeset, layout["pages"], layout["sources"], source, notes)


def _framed(press: Press, name: str, title: str, bodies: Sequence[_Body]) -> _Framed:
    """Return these bodies as one sheet, which messages call `name`."""
    notes = [note for body in bodies for note in body.notes]
    time = press.job.time_of(notes)
    sources, pages = [], 0
    for body in bodies:
        sources += [pages + page for page in body.sources]
        pages += body.pages
    source = press.render(_FRAME, title, notes, time, {"pages": pages, "sources": sources})
    accessible = not any(body.typeset.refusal for body in bodies)
    frame = press.typesetter.pdf(source, name, time, accessible=accessible)
    findings = [
        finding for body in bodies for finding in press.findings(body.typeset, body.source, name, body.read)
    ]
    findings += press.findings(frame, source, name, ())
    return _Framed(join(frame.pdf, [body.typeset.pdf for body in bodies]), findings)


def _whole(
    press: Press, path: Path, title: str, decks: Sequence[tuple[Sequence[Note], Mapping[str, Any]]]
) -> Iterator[Written | Diagnostic]:
    """Write these decks as one sheet that is set at once."""
    notes = [note for notes, _ in decks for note in notes]
    time = press.job.time_of(notes)
    source = press.render(_WHOLE, title, notes, time, {"decks": [data for _, data in decks]})
    yield from press.write(path, source, time, count(len(notes), "note"), notes)


def _data(press: Press, deck: Deck, notes: Sequence[Note], pictures: Mapping[str, str]) -> dict[str, Any]:
    """Return what templates know of a deck; its notes by their sections."""
    # notes without a group come first, below no other group's title
    sections: dict[str, list[dict[str, Any]]] = {"": []}
    for note in notes:
        sections.setdefault("".join(note.labels.get("group", ())), []).append(press.entry(note, pictures))
    cited = {c.reference.key: c.reference for note in notes for c in note.citations}
    sources = "; ".join(r.short for r in sorted(cited.values(), key=lambda r: r.short.casefold()))
    return {
        "title": deck.title,
        "description": markup.to_typst(deck.documents.of(deck.description)) if deck.description else None,
        "notes": [
            {**entry, "opens": "" if i else title}
            for title, entries in sections.items()
            for i, entry in enumerate(entries)
        ],
        "sources": markup.plain_typst(f"{sources}.") if sources else None,
        "sources_letters": len(sources),
    }
