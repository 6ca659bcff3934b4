"""A deck file → plain data: what the checks found in it, and all that an Anki package holds of it.

The data depend on the file and on what it is read with (settings, note types, templates, sources, media), and
on no other deck. So they can be kept under a hash of these, and computed in another process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from flashcards import checks
from flashcards.cards.rows import DeckRows, NoteRow, deck_rows
from flashcards.cards.templates import Look
from flashcards.checks.notes import compared_front
from flashcards.checks.wording import front_stems
from flashcards.collection import media
from flashcards.collection.content_rules import is_switched_on
from flashcards.collection.declarations import undeclared_places
from flashcards.collection.model import Collection, Deck, Note
from flashcards.diagnostics import Diagnostic, Severity, Source, Span
from flashcards.ledger.cards import cloze_answers
from flashcards.ledger.hashes import note_hash


class NoteFacts(NamedTuple):
    """What is known of a note without its text."""

    id: str
    kind: str
    retired: bool
    front: str  # as it is compared with other fronts; empty if it need not be unique
    stems: Sequence[str]  # of what it asks, if near-duplicate fronts are looked for
    prereq: Sequence[str]
    tags: Sequence[str]
    answers: Sequence[tuple[int, str]]  # of a cloze note's cards: ordinal and hash
    media: Sequence[str]  # names of the files it uses
    # what a package needs
    hash: str = ""
    guid: str = ""
    anki_tags: str = ""
    html: str = ""
    ordinals: Sequence[int] = ()

    @property
    def row(self) -> NoteRow:
        """The note as a package holds it."""
        return NoteRow(self.id, self.kind, self.guid, self.anki_tags, self.html, self.ordinals)


class DeckFacts(NamedTuple):
    """What is known of a deck without its text."""

    path: Path
    key: str
    name: str
    title: str
    description: str  # HTML
    findings: tuple[Diagnostic, ...]  # warnings only, without those that notes ignore
    undeclared: Mapping[str, Span]  # where a key that the collection does not declare is used first
    notes: Sequence[NoteFacts]
    hash: str  # of the file and of what it is read with

    def rows(self, notes: Sequence[NoteFacts]) -> DeckRows:
        """Return the deck with these of its notes as a package holds them."""
        return DeckRows(self.key, self.name, self.description, [note.row for note in notes])


def evaluate(
    deck: Deck, problems: Iterable[Diagnostic], base: Collection, looks: Mapping[str, Look] | None
) -> bytes | None:
    """Return the facts of a deck, as JSON that `decoded` reads; `problems` were found when it was read.

    `base` is the collection without its decks. Without `looks` the facts are what checks need; what a package
    needs is then empty. Returns None if there is any error, or a finding that does not lie in the deck's
    file: then it must be read whole to say what is wrong."""
    if deck.origin is None:
        return None
    alone = replace(base, decks=(deck,), documents=deck.documents)
    findings = [*dict.fromkeys(problems), *checks.run_on_deck(alone)]
    kept = [_plain(finding, deck.origin.source) for finding in findings]
    if any(finding is None for finding in kept):
        return None
    with_stems = is_switched_on("near-duplicate-front", base.rules, base.language)
    notes = [_checked(alone, note, with_stems) for note in deck.notes]
    description = ""
    if looks is not None:
        names = media.published_names(alone, deck.notes)
        package = deck_rows(alone, deck, deck.notes, looks, names)
        description = package.description
        for i, (note, row) in enumerate(zip(deck.notes, package.notes, strict=True)):
            notes[i] += _packed(alone, note, row)
    places = undeclared_places(base.keys, (deck,))
    undeclared = {name: [place.start, place.end] for name, place in places.items() if place is not None}
    facts = [deck.name, deck.title, description, kept, undeclared, notes]
    try:
        return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return None


def _plain(finding: Diagnostic, source: Source) -> list[Any] | None:
    if finding.severity is Severity.ERROR or finding.span is None or finding.span.source is not source:
        return None
    return [finding.rule, finding.message, finding.span.start, finding.span.end, finding.hint, finding.note]


def _checked(alone: Collection, note: Note, with_stems: bool) -> list[Any]:
    """Return the facts of a note that checks across decks need, in the order of `NoteFacts`."""
    return [
        note.id,
        note.type.kind,
        note.retired is not None,
        compared_front(note),
        sorted(front_stems(note)) if with_stems and note.retired is None else [],
        note.labels.get("prereq", ()),
        note.tags,
        list(cloze_answers(note).items()),
        media.used_by(note, alone),
    ]


def _packed(alone: Collection, note: Note, row: NoteRow) -> list[Any]:
    """Return the facts of a note that a package needs, in the order of `NoteFacts`."""
    return [note_hash(note, alone), row.guid, row.tags, row.fields, row.ordinals]


def decoded(path: Path, facts: bytes, deck_hash: str) -> DeckFacts:
    """Read back what `evaluate` returned for the deck file `path`."""
    name, title, description, findings, undeclared, notes = json.loads(facts)
    source = UnreadSource(path)
    warnings = (
        Diagnostic(rule, Severity.WARNING, message, Span(source, start, end), hint, note)
        for rule, message, start, end, hint, note in findings
    )
    return DeckFacts(
        path,
        path.stem,
        name,
        title,
        description,
        tuple(warnings),
        {key: Span(source, *place) for key, place in undeclared.items()},
        [NoteFacts(*note) for note in notes],
        deck_hash,
    )


class UnreadSource(Source):
    """A deck file whose text is read when a finding in it is shown."""

    def __init__(self, path: Path):
        object.__setattr__(self, "path", str(path))

    def __getattr__(self, name: str) -> str:
        if name != "text":
            raise AttributeError(name)
        text = Path(self.path).read_text("utf-8-sig")
        object.__setattr__(self, "text", text)
        return text
