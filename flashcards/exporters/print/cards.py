"""Notes → cut-out cards: `cards.pdf`, sheets of fronts and their backs, which lie behind each other when the
paper is turned.

The finished layout shows how much of its box each side fills. What runs over is set smaller, what has room
larger, and the sheets are laid out again, until each side has the largest size that fits, or the one below.
What is too long even at the smallest size is divided into several cards.

Typst remembers what it has laid out, some megabytes for a sheet. So many notes are printed batch by batch,
and the sheets of all batches joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flashcards.collection.model import Deck, Note
from flashcards.collection.texts import texts_of
from flashcards.diagnostics import Diagnostic, error, warning
from flashcards.exporters.job import Job, Written
from flashcards.exporters.print.fitting import SIZES, Fitting, Setting, Side
from flashcards.exporters.print.joining import join
from flashcards.exporters.print.press import Press
from flashcards.exporters.print.typesetting import PrintError, Typeset
from flashcards.files import write_atomically
from flashcards.languages.markup import Typst
from flashcards.reporting import count

_TEMPLATE, _FRAME = "cards.typ", "cards-frame.typ"
_SIDES = ("front", "back")
_COLUMNS, ROWS = 2, 4  # on a sheet
_BATCH = 200_000  # letters, of some 400 notes

Notes = Mapping[str, tuple[Deck, Note]]  # by id


@dataclass(frozen=True, slots=True)
class _Card:
    """A card of paper: number `k`, from 0, of the `of` cards of a note."""

    note_id: str
    deck: Deck
    k: int
    of: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Sheets of cards that are set together."""

    typeset: Typeset
    sheets: int
    findings: Sequence[Diagnostic]


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `cards.pdf`, each note once, and name the notes that do not fit one card. Raises OSError or
    `PrintError`."""
    notes = {
        note.id: (deck, note) for deck, chosen in job.selection for note in chosen if note.retired is None
    }
    if not notes:
        return
    with Press(job) as press:
        printer = _Printer(press, notes)
        parts = printer.parts()
        if parts:
            path = job.out / printer.name
            write_atomically(path, printer.joined(parts))
            printed = sum(None not in printer.settings_of(note_id) for note_id in notes)
            yield Written(path, f"{count(printed, 'note')} on {count(sum(p.sheets for p in parts), 'sheet')}")
            for part in parts:
                yield from part.findings
    for note_id, (_, note) in notes.items():
        yield from _findings(note, *printer.settings_of(note_id), job.printing.strict)


def sheet_source(press: Press, deck: Deck, note: Note) -> tuple[str, str]:
    """Return the Typst source of the first sheet of a note's cards, and the document's name. Raises
    `PrintError` if the note has no card."""
    printer = _Printer(press, {note.id: (deck, note)})
    source = printer.first_source()
    if None in printer.settings_of(note.id):
        raise PrintError(f"`{note.id}`: a picture, a formula or a row of a table is larger than a card")
    return source, printer.name


def _findings(note: Note, front: Setting | None, back: Setting | None, strict: bool) -> Iterator[Diagnostic]:
    span = note.span()
    if front is None or back is None:
        message = (
            f"`{note.id}` is not printed: a picture, a formula or a row of a table is larger than a card"
        )
        yield error(
            "print-overflow", message, span, hint="make it smaller, or make several notes of it", note=note.id
        )
    elif (number := max(front.cards, back.cards)) > 1:
        message = f"`{note.id}` is too long for a card and goes on: it takes {number}"
        report = error if strict else warning
        yield report(
            "print-overflow", message, span, hint="shorten it, or make several notes of it", note=note.id
        )


def _batches(notes: Notes) -> Iterator[Notes]:
    """Yield the notes in their order, about so many at once as Typst has room for."""
    batch: dict[str, tuple[Deck, Note]] = {}
    letters = 0
    for note_id, (deck, note) in notes.items():
        length = sum(len(text.source) for text in texts_of(note))
        if batch and letters + length > _BATCH:
            yield batch
            batch, letters = {}, 0
        batch[note_id] = (deck, note)
        letters += length
    yield batch


class _Printer:
    """Lays cards on sheets."""

    def __init__(self, press: Press, notes: Notes):
        self.press = press
        self.notes = notes
        self.name = f"cards{press.job.suffix}.pdf"
        self.time = press.job.time_of(note for _, note in notes.values())
        self.pictures = press.pictures([note for _, note in notes.values()])
        self.settings: dict[Side, Setting | None] = {}
        # a collection's own template need not know how to set a part
        self.batches = [notes] if press.has_own(_TEMPLATE) else [*_batches(notes)]
        self.cards_a_sheet = ROWS if press.job.printing.fold else _COLUMNS * ROWS
        self._waiting: list[_Card] = []  # for a full sheet
        self._begun: set[str] = set()  # decks that have a card

    def settings_of(self, note_id: str) -> tuple[Setting | None, Setting | None]:
        """Return how a note's front and back are set."""
        return self.settings[note_id, "front"], self.settings[note_id, "back"]

    def parts(self) -> list[_Part]:
        """Set all cards, each batch together with those that found no room on the full sheets before it."""
        found = (self._part(batch, is_last=batch is self.batches[-1]) for batch in self.batches)
        return [part for part in found if part is not None]

    def first_source(self) -> str:
        """Return the Typst source of the first batch, laid out."""
        (batch, *_) = self.batches
        shown = [note for _, note in batch.values()]
        self.press.put_notes(shown, self.pictures)
        return self._lay_out(batch, shown)[1]

    def joined(self, parts: Sequence[_Part]) -> bytes:
        """Return parts as one PDF."""
        if len(self.batches) == 1:
            return parts[0].typeset.pdf
        pages = sum(part.sheets for part in parts) * (1 if self.press.job.printing.fold else 2)
        source = self.press.render(_FRAME, self._title, (), self.time, {"pages": pages})
        accessible = not any(part.typeset.refusal for part in parts)
        frame = self.press.typesetter.pdf(source, self.name, self.time, accessible=accessible)
        return join(frame.pdf, [part.typeset.pdf for part in parts])

    @property
    def _title(self) -> str:
        return f"{self.press.job.collection.title}: cards"

    def _part(self, batch: Notes, *, is_last: bool) -> _Part | None:
        """Set full sheets, also the last one if nothing follows; None if there is none."""
        self.press.typesetter.forget()
        ids = dict.fromkeys([*(card.note_id for card in self._waiting), *batch])
        shown = [self.notes[note_id][1] for note_id in ids]
        self.press.put_notes(shown, self.pictures)
        sheets, source = self._lay_out(batch, shown)
        self._waiting = []
        if sheets and len(sheets[-1]) < self.cards_a_sheet and not is_last:
            self._waiting = sheets.pop()
            source = self._render(shown, sheets)
        self._begun.update(card.deck.key for sheet in sheets for card in sheet)
        if not sheets:
            return None
        time = self.time if len(self.batches) == 1 else 0  # else it is the frame's
        typeset = self.press.typesetter.pdf(source, self.name, time)
        return _Part(typeset, len(sheets), [*self.press.findings(typeset, source, self.name, shown)])

    def _lay_out(self, batch: Notes, shown: Sequence[Note]) -> tuple[list[list[_Card]], str]:
        """Return sheets on which every side fits its box, and their source."""
        fitting = Fitting(note for _, note in batch.values())
        while True:
            if sides := fitting.to_measure:  # for which nothing but Typst can find a setting
                found = self.press.typesetter.query(self._render(shown, [], sides), self.name, "fit")
                fitting.take_measured(Setting(*setting) if setting else None for setting in found)
            self.settings.update(fitting.settings)
            sheets = self._arranged(batch)
            source = self._render(shown, sheets)
            if not fitting.learn(self._fills(source)):
                return sheets, source

    def _arranged(self, batch: Notes) -> list[list[_Card]]:
        """Return the cards of each sheet: those that wait, then the batch's."""
        cards = [*self._waiting]
        for note_id, (deck, _) in batch.items():
            settings = self.settings_of(note_id)
            if None not in settings:
                number = max(setting.cards for setting in settings if setting)
                cards += [_Card(note_id, deck, k, number) for k in range(number)]
        size = self.cards_a_sheet
        return [cards[i : i + size] for i in range(0, len(cards), size)]

    def _fills(self, source: str) -> Iterator[tuple[Side, float]]:
        """Lay out sheets and yield, once for each side, how much of its box it fills."""
        seen = set()
        for note_id, name, fill in chain(*self.press.typesetter.query(source, self.name, "filled")):
            if (note_id, name) not in seen:
                yield (note_id, name), fill
            seen.add((note_id, name))

    def _render(
        self, shown: Sequence[Note], sheets: Sequence[Sequence[_Card]], measured: Sequence[Side] = ()
    ) -> str:
        begun = {*self._begun}
        divided: dict[Side, Typst] = {}
        entries: list[list[dict[str, Any]]] = []
        for sheet in sheets:
            entries.append([])
            for card in sheet:
                entries[-1].append(self._entry(card, opens=card.deck.key not in begun))
                begun.add(card.deck.key)
                for side in _SIDES:
                    setting = self.settings[card.note_id, side]
                    if setting and setting.cuts:
                        divided[card.note_id, side] = setting.places
        variables = {
            "sheets": entries, "measured": measured, "sizes": SIZES,
            "divided": [(*side, cuts) for side, cuts in divided.items()],
            "columns": _COLUMNS, "rows": ROWS, "fold": self.press.job.printing.fold,
        }  # fmt: skip
        time = self.time if len(self.batches) == 1 else 0
        return self.press.render(_TEMPLATE, self._title, shown, time, variables)

    def _entry(self, card: _Card, *, opens: bool) -> dict[str, Any]:
        """Return a card as templates take it; with `opens` it is the first of its deck."""
        entry: dict[str, Any] = {
            "id": card.note_id,
            "number": f"{card.k + 1}/{card.of}" if card.of > 1 else None,
            "deck": card.deck.title,
            "opens": opens,
        }
        for side in _SIDES:
            setting = self.settings[card.note_id, side]
            assert setting is not None  # else the note has no card
            entry[side] = setting.on_card(card.k)
        return entry
