"""One note → pictures (SVG) of what paper shows of it: its entry on the cheat sheet, and its cut-out card.

They are cut out of the very pages that print makes, so that nothing of the layout stands here again."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from flashcards.collection.model import Deck, Note
from flashcards.exporters.job import Job
from flashcards.exporters.print import cards, cheat_sheets
from flashcards.exporters.print.press import Press

Part = Literal["sheet", "card"]

# Where the first item stands, asked for in a sheet's own source: page, x, and both edges, in points
_PLACE = """
#context [#metadata(query(<begins>).zip(query(<ends>)).slice(0, 1).map(((begin, end)) => (
  begin.location().page(), begin.location().position().x.pt(), begin.location().position().y.pt(),
  end.location().page(), end.location().position().y.pt(),
)))<proof>]
"""
_MARGIN = 8.0  # points around what is cut out
_VIEW = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)" width="[^"]+" height="[^"]+"')


def proof(job: Job, deck: Deck, note: Note, part: Part) -> bytes:
    """Return the SVG of a note's entry on its cheat sheet, or of its cut-out card, to be folded.

    Raises `PrintError` if Typst cannot set it, or if it is too large for a card."""
    job = replace(job, selection=((deck, (note,)),), printing=replace(job.printing, fold=True), suffix="")
    with Press(job) as press:
        if part == "card":
            return _top(*cards.sheet_source(press, deck, note), press)
        source = cheat_sheets.entry_source(press, deck, note)
        return _entry(source, f"{deck.key}.pdf", press)


def _entry(source: str, name: str, press: Press) -> bytes:
    pages = press.typesetter.svg(source + _PLACE, name)
    (places,) = press.typesetter.query(source + _PLACE, name, "proof")
    if not places:  # a template of the collection's own
        return pages[0]
    page, x, top, last_page, bottom = places[0]
    svg = pages[int(page) - 1]
    found = _VIEW.search(svg)
    if found is None or last_page != page:
        return svg
    width = float(found[1]) / 2 - x + _MARGIN / 2  # one of two columns
    return _cut(svg, x - _MARGIN, top - _MARGIN, width + _MARGIN, bottom - top + 2 * _MARGIN)


def _top(source: str, name: str, press: Press) -> bytes:
    """Return the top of a sheet to be folded, where its first card is."""
    page = press.typesetter.svg(source, name)[0]
    found = _VIEW.search(page)
    if found is None:
        return page
    width, height = float(found[1]), float(found[2])
    margin = 10 / 25.4 * 72
    return _cut(page, 0, 0, width, margin + (height - 2 * margin) / cards.ROWS + margin / 2)


def _cut(svg: bytes, x: float, y: float, width: float, height: float) -> bytes:
    """Return a picture of a part of a page; lengths in points."""
    view = f'viewBox="{x:.2f} {y:.2f} {width:.2f} {height:.2f}" width="{width:.2f}pt" height="{height:.2f}pt"'
    return _VIEW.sub(view.encode(), svg, count=1)
