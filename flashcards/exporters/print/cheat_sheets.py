"""Notes → cheat sheets: one PDF a deck, and one with all of them.

What stands in the columns is set once for each deck, its body. The deck's own sheet and the sheet of all
decks are bodies in a frame, which has the title, the date and the numbers of the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flashcards.collection.model import Deck, Note
from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.joining import join
from flashcards.exporters.print.press import Press
from flashcards.exporters.print.typesetting import Typeset
from flashcards.files import write_atomically
from flashcards.languages import markup
from flashcards.reporting import count

_BODY, _FRAME = "cheat-sheets.typ", "cheat-sheets-frame.typ"
_WHOLE = "cheatsheet.typ"  # a collection's own template from before 0.10, which sets sheets without frames


@dataclass(frozen=True, slots=True)
class _Body:
    """What stands in the columns of a deck's sheet, and the pages on which its sources begin and end."""

    notes: Sequence[Note]
    source: str
    typeset: Typeset
    pages: int
    sources: Sequence[int]


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `cheat-sheets.pdf` and one sheet a deck; the sheets of a selection stand beside those of the
    whole, for which whole decks will do. Raises OSError or `PrintError`."""
    is_partial = any(len(notes) < len(deck.notes) for deck, notes in job.selection)
    decks = [(deck, [note for note in notes if note.retired is None]) for deck, notes in job.selection]
    decks = [(deck, notes) for deck, notes in decks if notes]
    if not decks:
        return
    title, path = f"{job.collection.title}: cheat sheets", job.out / f"cheat-sheets{job.suffix}.pdf"
    folder = job.out / (path.stem if is_partial else "cheat-sheets")
    with Press(job) as press:
        pictures = press.pictures([note for _, notes in decks for note in notes])
        if press.has_own(_WHOLE):
            whole = [(notes, _data(press, deck, notes, pictures)) for deck, notes in decks]
            yield from _whole(press, path, title, whole)
            for (deck, _), part in zip(decks, whole, strict=True):
                yield from _whole(press, folder / f"{deck.key}.pdf", deck.title, [part])
            return
        bodies = [_body(press, deck, notes, pictures) for deck, notes in decks]
        yield from _framed(press, path, title, bodies)
        for (deck, _), body in zip(decks, bodies, strict=True):
            yield from _framed(press, folder / f"{deck.key}.pdf", deck.title, [body])


def _body(press: Press, deck: Deck, notes: Sequence[Note], pictures: Mapping[str, str]) -> _Body:
    variables = {"deck": _data(press, deck, notes, pictures)}
    source = press.render(_BODY, deck.title, notes, press.job.time_of(notes), variables)
    name = f"{deck.key}.pdf"
    typesetter = press.typesetter
    typesetter.forget()
    (layout,) = typesetter.query(source, name, "layout")
    # its time is the frame's
    return _Body(notes, source, typesetter.pdf(source, name, 0), layout["pages"], layout["sources"])


def _framed(press: Press, path: Path, title: str, bodies: Sequence[_Body]) -> Iterator[Written | Diagnostic]:
    """Write these bodies as one sheet."""
    notes = [note for body in bodies for note in body.notes]
    time = press.job.time_of(notes)
    sources, pages = [], 0
    for body in bodies:
        sources += [pages + page for page in body.sources]
        pages += body.pages
    source = press.render(_FRAME, title, notes, time, {"pages": pages, "sources": sources})
    accessible = not any(body.typeset.refusal for body in bodies)
    frame = press.typesetter.pdf(source, path.name, time, accessible=accessible)
    write_atomically(path, join(frame.pdf, [body.typeset.pdf for body in bodies]))
    yield Written(path, count(len(notes), "note"))
    for body in bodies:
        yield from press.findings(body.typeset, body.source, path.name)
    yield from press.findings(frame, source, path.name)


def _whole(
    press: Press, path: Path, title: str, decks: Sequence[tuple[Sequence[Note], Mapping[str, Any]]]
) -> Iterator[Written | Diagnostic]:
    """Write these decks as one sheet that is set at once."""
    notes = [note for notes, _ in decks for note in notes]
    time = press.job.time_of(notes)
    source = press.render(_WHOLE, title, notes, time, {"decks": [data for _, data in decks]})
    yield from press.write(path, source, time, count(len(notes), "note"))


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
