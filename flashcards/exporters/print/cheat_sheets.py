"""Notes → cheat sheets: one PDF a deck, and one with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flashcards.collection.model import Deck, Note
from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.press import Press
from flashcards.languages import markup


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `cheat-sheets.pdf` and one sheet a deck. Raises OSError or `PrintError`."""
    sheets = [(deck, [note for note in notes if note.retired is None]) for deck, notes in job.selection]
    sheets = [(deck, notes) for deck, notes in sheets if notes]
    if not sheets:
        return
    with Press(job) as press:
        all_notes = [note for _, notes in sheets for note in notes]
        pictures = press.pictures(all_notes)
        decks = [_deck(press, deck, notes, pictures) for deck, notes in sheets]
        path, title = job.out / "cheat-sheets.pdf", f"{job.collection.title}: cheat sheets"
        yield from press.document(path, "cheatsheet.typ", title, all_notes, {"decks": decks})
        for (deck, notes), data in zip(sheets, decks, strict=True):
            path = job.out / "cheat-sheets" / f"{deck.key}.pdf"
            yield from press.document(path, "cheatsheet.typ", deck.title, notes, {"decks": [data]})


def _deck(press: Press, deck: Deck, notes: list[Note], pictures: dict[str, str]) -> dict[str, Any]:
    sections: dict[str, list[dict[str, Any]]] = {
        "": []
    }  # notes without a group come first, below no other group's title
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
