"""Notes → an Anki package that can be imported again and again: the only module that imports genanki.

Ids come from `identity`, times from the ledger, card rows from Anki's own rules, positions from the source
order. The file is a legacy package (schema 11), which every Anki client reads. genanki gives its tables, note
types and decks; notes and cards are written here, because each has its own time and its own cards.
"""

from __future__ import annotations

import functools
import io
import itertools
import json
import sqlite3
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from flashcards.cards.rows import DeckRows, deck_rows
from flashcards.cards.templates import Look
from flashcards.collection import identity, media
from flashcards.collection.model import Collection
from flashcards.collection.notetypes import NoteType
from flashcards.diagnostics import Diagnostic
from flashcards.exporters.job import Job, Written, slug
from flashcards.files import write_atomically
from flashcards.ledger.times import Times
from flashcards.reporting import count

# genanki takes `cached_property` from a package that imports all of asyncio, which takes a tenth of the time
# of a small build; Python has its own
_provider = sys.modules.setdefault("cached_property", functools)
import genanki  # noqa: E402
from genanki.apkg_col import APKG_COL  # noqa: E402
from genanki.apkg_schema import APKG_SCHEMA  # noqa: E402

if _provider is functools:
    del sys.modules["cached_property"]

# Zip members need some time; a fixed one keeps builds identical
_MEMBER_TIME = (1980, 1, 1, 0, 0, 0)


def export(job: Job) -> Iterator[Written | Diagnostic]:
    """Write the collection's package. Raises OSError."""
    notes = [note for _, chosen in job.selection for note in chosen]
    names = media.published_names(job.collection, notes)
    decks = [
        deck_rows(job.collection, deck, chosen, job.looks, names) for deck, chosen in job.selection if chosen
    ]
    path = job.out / file_name(job.collection, job.suffix)
    files = {new: job.collection.media[old] for old, new in names.items()}
    yield write(path, job.collection, decks, job.looks, job.times, job.positions(), files)


def file_name(collection: Collection, suffix: str = "") -> str:
    """Return the name of a collection's package, with the suffix of a selection."""
    return f"{slug(collection)}{suffix}.apkg"


def write(
    path: Path,
    collection: Collection,
    decks: Sequence[DeckRows],
    looks: Mapping[str, Look],
    times: Times,
    positions: Mapping[str, int],
    media_files: Mapping[str, Path],
) -> Written:
    """Write a package with these decks. Nothing of `collection` is used but its settings and note types.

    `positions` holds each note's place in the study order by its id, `media_files` the files by their names
    in the package. Raises OSError."""
    database = _database(collection, decks, looks, times, positions)
    write_atomically(path, _zipped(database, media_files))
    notes = sum(len(deck.notes) for deck in decks)
    cards = sum(len(row.ordinals) for deck in decks for row in deck.notes)
    contents = [count(notes, "note"), count(cards, "card"), count(len(media_files), "media file")]
    return Written(path, ", ".join(contents))


def _database(
    collection: Collection,
    decks: Sequence[DeckRows],
    looks: Mapping[str, Look],
    times: Times,
    positions: Mapping[str, int],
) -> bytes:
    """Return the package's SQLite database: the same bytes for the same arguments on one SQLite."""
    kinds = sorted({row.kind for deck in decks for row in deck.notes})
    models = {kind: _model(collection.note_types[kind], looks[kind], collection) for kind in kinds}
    description = collection.description
    root = collection.documents.html(description) if description else ""
    anki_decks = [
        _deck(collection, key, name, html)
        for key, name, html, _ in [DeckRows("", collection.root, root, ()), *decks]
    ]
    connection = sqlite3.connect(":memory:")
    try:
        cursor = connection.cursor()
        cursor.executescript(APKG_SCHEMA)
        cursor.executescript(APKG_COL)
        (default,) = cursor.execute("SELECT decks FROM col").fetchone()
        decks_json = json.dumps({**json.loads(default), **{str(d.deck_id): d.to_json() for d in anki_decks}})
        # each note type has its own time: restyled for learners only when it changed
        models_json = json.dumps({str(m.model_id): m.to_json(times.types[k], 1) for k, m in models.items()})
        cursor.execute("UPDATE col SET decks = ?, models = ?", (decks_json, models_json))
        model_ids = {kind: model.model_id for kind, model in models.items()}
        first_id = int(datetime.combine(collection.created, datetime.min.time(), UTC).timestamp() * 1000)
        _insert(cursor, decks, model_ids, collection.id, times.notes, positions, itertools.count(first_id))
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


# Fields of `notes` and `cards`, see genanki's apkg_schema.py; what is not asked for is 0 or empty
_NOTE = "INSERT INTO notes VALUES(?, ?, ?, ?, -1, ?, ?, ?, 0, 0, '')"
_CARD = "INSERT INTO cards VALUES(?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')"


def _insert(
    cursor: sqlite3.Cursor,
    decks: Iterable[DeckRows],
    model_ids: Mapping[str, int],
    collection_id: str,
    times: Mapping[str, int],
    positions: Mapping[str, int],
    ids: Iterator[int],
) -> None:
    """Write notes and their cards, with ids that count up."""
    execute = cursor.execute
    for deck in decks:
        deck_id = identity.numeric_id("deck", collection_id, deck.key)
        for row in deck.notes:
            note_id, time = next(ids), times[row.id]
            first_field = row.fields.partition("\x1f")[0]
            execute(_NOTE, (note_id, row.guid, model_ids[row.kind], time, row.tags, row.fields, first_field))
            for ordinal in row.ordinals:
                execute(_CARD, (next(ids), note_id, deck_id, ordinal, time, positions[row.id]))


def _model(note_type: NoteType, look: Look, collection: Collection) -> genanki.Model:
    return genanki.Model(
        identity.numeric_id("notetype", collection.id, note_type.kind),
        note_type.name(collection.short_title),
        fields=[{"name": f.name, "id": f.id, "description": f.help} for f in note_type.all_fields],
        templates=[{"name": c.name, "id": c.id, "qfmt": c.front, "afmt": c.back} for c in look.cards],
        css=look.css,
        model_type=genanki.Model.FRONT_BACK if note_type.cloze_field is None else genanki.Model.CLOZE,
    )


def _deck(collection: Collection, key: str, name: str, description: str) -> genanki.Deck:
    return genanki.Deck(identity.numeric_id("deck", collection.id, key), name, description)


def _zipped(database: bytes, media_files: Mapping[str, Path]) -> bytes:
    """Return the package's file: the same bytes for the same database and media on one zlib."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # level 1 shrinks a text package to a third for a twentieth of the time
        archive.writestr(_member("collection.anki2"), database, zipfile.ZIP_DEFLATED, 1)
        index = {str(i): name for i, name in enumerate(media_files)}
        archive.writestr(_member("media"), json.dumps(index))
        for number, name in index.items():
            archive.writestr(_member(number), media.read(media_files[name]))
    return buffer.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MEMBER_TIME)
    info.external_attr = 0o644 << 16
    return info
