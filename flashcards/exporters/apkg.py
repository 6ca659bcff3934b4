"""Notes → an Anki package that can be imported again and again: the only module that imports genanki.

Ids come from `identity`, times from the ledger, card rows from Anki's own rules, positions from the source
order. The file is a legacy package (schema 11), which every Anki client reads."""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import genanki
from genanki.apkg_col import APKG_COL
from genanki.apkg_schema import APKG_SCHEMA

from flashcards.cards.fields import field_html, note_tags
from flashcards.cards.templates import Look, card_ordinals
from flashcards.collection import identity, media
from flashcards.collection.model import Collection, Documents, Note
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Written
from flashcards.files import write_atomically
from flashcards.languages import markup

# Zip members need some time; a fixed one keeps builds identical
_MEMBER_TIME = (1980, 1, 1, 0, 0, 0)


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write `<slug>.apkg`. Raises OSError."""
    notes = [note for _, chosen in job.selection for note in chosen]
    names = media.published_names(job.collection, notes)
    package = _Package(job, names)
    path = job.out / f"{job.slug}.apkg"
    write_atomically(path, package.to_bytes())
    cards = package.card_count
    yield Written(
        path, f"{_count(len(notes), 'note')}, {_count(cards, 'card')}, {_count(len(names), 'media file')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _Note(genanki.Note):  # type: ignore[misc]  # genanki has no types
    """A note that carries its own time, and the cards that Anki would make of it."""

    def __init__(
        self,
        model: genanki.Model,
        fields: list[str],
        tags: list[str],
        guid: str,
        due: int,
        time: int,
        ordinals: list[int],
    ):
        super().__init__(model, fields, tags=tags, guid=guid, due=due)
        self.time = time
        self.ordinals = ordinals

    @property
    def cards(self) -> list[genanki.Card]:
        return [genanki.Card(ordinal) for ordinal in self.ordinals]

    def write_to_db(
        self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Iterator[int]
    ) -> None:
        del timestamp  # the package's: each note has its own
        super().write_to_db(cursor, self.time, deck_id, id_gen)

    def _check_invalid_html_tags_in_fields(self) -> None:
        """Our HTML is made, not written; looking through every field again would cost a tenth of the
        export."""


class _Package(genanki.Package):  # type: ignore[misc]
    """All decks of a job, with fixed times everywhere."""

    def __init__(self, job: Job, media_names: Mapping[str, str]):
        collection = job.collection
        self.job = job
        self.media_names = media_names
        self.card_count = 0
        self.filled = [
            (_deck(collection, deck.key, deck.name, deck.description, deck.documents), notes)
            for deck, notes in job.selection
            if notes
        ]
        super().__init__(
            [
                _deck(collection, "", collection.root, collection.description, collection.documents),
                *(deck for deck, _ in self.filled),
            ]
        )

    def to_bytes(self) -> bytes:
        """Return the package as a file's content: the same bytes for the same job on one Python, SQLite and
        zlib."""
        created = datetime.combine(self.job.collection.created, datetime.min.time(), UTC)
        connection = sqlite3.connect(":memory:")
        try:
            self.write_to_db(connection.cursor(), 0, itertools.count(int(created.timestamp() * 1000)))
            connection.commit()
            database = connection.serialize()
        finally:
            connection.close()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            # level 1 shrinks a text package to a third for a twentieth of the time
            archive.writestr(_member("collection.anki2"), database, zipfile.ZIP_DEFLATED, 1)
            files = {new: self.job.collection.media[old] for old, new in self.media_names.items()}
            index = {str(i): name for i, name in enumerate(files)}
            archive.writestr(_member("media"), json.dumps(index))
            for number, name in index.items():
                archive.writestr(_member(number), files[name].read_bytes())
        return buffer.getvalue()

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: Iterator[int]) -> None:
        """Write decks and note types once, where genanki's own version does it again for every deck, and note
        by note."""
        job, collection = self.job, self.job.collection
        kinds = sorted({note.type.kind for _, notes in self.filled for note in notes})
        models = {kind: _model(collection.note_types[kind], job.looks[kind], collection) for kind in kinds}
        cursor.executescript(APKG_SCHEMA)
        cursor.executescript(APKG_COL)
        (default,) = cursor.execute("SELECT decks FROM col").fetchone()
        decks_json = json.dumps(
            {**json.loads(default), **{str(deck.deck_id): deck.to_json() for deck in self.decks}}
        )
        # each note type has its own time: restyled for learners only when it changed
        models_json = json.dumps(
            {str(m.model_id): m.to_json(job.times.types[kind], 1) for kind, m in models.items()}
        )
        cursor.execute("UPDATE col SET decks = ?, models = ?", (decks_json, models_json))
        positions = job.positions()
        for deck, notes in self.filled:
            for note in notes:
                made = self._note(note, models[note.type.kind], positions[note.id])
                made.write_to_db(cursor, timestamp, deck.deck_id, id_gen)
                self.card_count += len(made.ordinals)

    def _note(self, note: Note, model: genanki.Model, position: int) -> _Note:
        collection, job = self.job.collection, self.job
        html = field_html(note, self.media_names)
        # a row without cards updates those who have the note; newcomers never meet it
        ordinals = (
            [] if note.retired is not None else card_ordinals(note.type, job.looks[note.type.kind], html)
        )
        guid = identity.guid(collection.id, note.id)
        return _Note(
            model, list(html.values()), note_tags(note), guid, position, job.times.notes[note.id], ordinals
        )


def _model(note_type: NoteType, look: Look, collection: Collection) -> genanki.Model:
    return genanki.Model(
        identity.numeric_id("notetype", collection.id, note_type.kind),
        note_type.name(collection.short_title),
        fields=[{"name": f.name, "id": f.id, "description": f.help} for f in note_type.all_fields],
        templates=[{"name": c.name, "id": c.id, "qfmt": c.front, "afmt": c.back} for c in look.cards],
        css=look.css,
        model_type=genanki.Model.FRONT_BACK if note_type.cloze_field is None else genanki.Model.CLOZE,
    )


def _deck(
    collection: Collection, key: str, name: str, description: str, documents: Documents
) -> genanki.Deck:
    html = markup.html(description, parse=documents.of) if description else ""
    return genanki.Deck(identity.numeric_id("deck", collection.id, key), name, html)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MEMBER_TIME)
    info.external_attr = 0o644 << 16
    return info
