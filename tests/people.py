"""The two people whose work must not be lost: an author with a collection in git, a learner with the real
Anki."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from anki.collection import (  # first: anki imports in circles
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)

from anki.cards import Card, CardId  # isort: skip
from anki.models import NotetypeId  # isort: skip
from anki.notes import Note  # isort: skip
from anki.scheduler.v3 import CardAnswer, Scheduler  # isort: skip
from conftest import Folder

import flashcards
from flashcards.actions import releasing
from flashcards.collection import identity
from flashcards.ledger.release import Plan
from flashcards.resources import bundled

DAY = 86_400


class Author:
    """Writes decks, releases them at a clock of their own, and publishes packages."""

    def __init__(self, path: Path):
        self.path = path
        self.folder = Folder(path / "decks")
        self.folder.write(".gitignore", ".flashcards/\n")
        self.git("init", "-q", "-b", "main", "--template=")
        self.packages = 0

    def git(self, *arguments: str) -> str:
        identity_ = [
            "-c",
            "user.name=Author",
            "-c",
            "user.email=author@example.org",
            "-c",
            "commit.gpgsign=false",
        ]
        done = subprocess.run(
            ["git", "-C", str(self.path), *identity_, *arguments], capture_output=True, check=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def write(self, notes: str, name: str = "01-deck.yaml") -> None:
        self.folder.deck(notes, name)

    def edit(self, old: str, new: str, name: str = "01-deck.yaml") -> None:
        """Replace a text that stands exactly once in a file."""
        path = self.folder.path / name
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new))

    def own_note_type(self, kind: str, old: str, new: str, file: str = "notetype.yaml") -> None:
        """Take a shipped note type into the collection's own templates and change a text in it."""
        target = self.folder.path / "templates/notetypes" / kind
        if not target.exists():
            shutil.copytree(bundled("templates") / "notetypes" / kind, target)
        text = (target / file).read_text()
        assert old in text
        (target / file).write_text(text.replace(old, new))

    def loaded(self) -> flashcards.Loaded:
        return flashcards.check(self.folder.path)

    def release(self, now: int, since: str | None = None) -> Plan:
        """Release and commit."""
        loaded = self.loaded()
        planned = releasing.plan(loaded, now=now, since=since)
        releasing.write(loaded.raise_for_errors(), planned)
        self.commit(f"release at {now}")
        return planned

    def fork(self, now: int) -> Plan:
        """Begin a lock of its own for a copy under another id, and commit."""
        loaded = self.loaded()
        planned = releasing.plan(loaded, now=now, fork=True)
        releasing.write(releasing.as_fork(loaded).raise_for_errors(), planned)
        self.commit(f"fork at {now}")
        return planned

    def publish(self, now: int, *, locked: bool = True) -> Path:
        """Build a package; each has a file of its own, as downloads do."""
        self.packages += 1
        out = self.path.parent / f"packages/{self.packages}"
        built = flashcards.build(self.loaded(), out, now=now, locked=locked, to=["apkg"])
        assert not built.failures
        return built.written[0].path

    def ship(self, now: int) -> Path:
        self.release(now)
        return self.publish(now)


@dataclass
class Import:
    """What Anki says of an import: note ids by outcome."""

    new: list[str]
    updated: list[str]
    duplicate: list[str]
    trouble: dict[str, int]


class Learner:
    """Imports packages into the real Anki, studies, tags and edits."""

    def __init__(self, path: Path):
        self.col = Collection(str(path / "collection.anki2"))

    def imports(self, package: Path, **options: Any) -> Import:
        """Import with the options that Anki's dialog has when nothing is touched."""
        request = ImportAnkiPackageRequest(
            package_path=str(package), options=ImportAnkiPackageOptions(**options)
        )
        log = self.col.import_anki_package(request).log
        self.col.models._clear_cache()  # the desktop program does so after an import

        def ids(entries: Any) -> list[str]:
            return sorted(self.col.get_note(e.id.nid)["Id"] if e.id.nid else e.fields[-3] for e in entries)

        kinds = ("conflicting", "first_field_match", "missing_notetype", "missing_deck", "empty_first_field")
        return Import(
            ids(log.new),
            ids(log.updated),
            ids(log.duplicate),
            {k: len(getattr(log, k)) for k in kinds if getattr(log, k)},
        )

    def check_database(self) -> str:
        """Return what Check Database complains of: nothing, if all is well."""
        says, ok = self.col.fix_integrity()
        assert ok, says
        return "" if says == "Database rebuilt and optimized." else says

    def note(self, note_id: str, collection_id: str = "test") -> Note:
        guid = identity.guid(collection_id, note_id)
        rows = self.col.db.list("select id from notes where guid = ?", guid)
        assert len(rows) == 1, f"{note_id}: {len(rows)} notes"
        return self.col.get_note(rows[0])

    def has(self, note_id: str) -> bool:
        return bool(
            self.col.db.scalar("select count() from notes where guid = ?", identity.guid("test", note_id))
        )

    @property
    def scheduler(self) -> Scheduler:
        assert isinstance(self.col.sched, Scheduler)
        return self.col.sched

    def answer_card(self, card_id: CardId) -> None:
        """Answer one card: Good."""
        card = self.col.get_card(card_id)
        card.start_timer()
        states = self.col._backend.get_scheduling_states(card.id)
        scheduler = self.scheduler
        scheduler.answer_card(scheduler.build_answer(card=card, states=states, rating=CardAnswer.GOOD))

    def study(self, note_id: str, *ratings: int) -> None:
        """Answer every card of a note: 1 Again, 2 Hard, 3 Good, 4 Easy."""
        for card in self.note(note_id).cards():
            for rating in ratings or (3,):
                card.load()
                card.start_timer()
                states = self.col._backend.get_scheduling_states(card.id)
                answer = CardAnswer.Rating.ValueType(rating - 1)
                self.scheduler.answer_card(
                    self.scheduler.build_answer(card=card, states=states, rating=answer)
                )

    def edit(self, note_id: str, field: str, text: str) -> None:
        note = self.note(note_id)
        note[field] = text
        self.col.update_note(note)

    def tag(self, note_id: str, tag: str, collection_id: str = "test") -> None:
        note = self.note(note_id, collection_id)
        note.add_tag(tag)
        self.col.update_note(note)

    def progress(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """Return every card's scheduling, by GUID and ordinal."""
        rows = self.col.db.all(
            "select n.guid, c.ord, c.type, c.queue, c.due, c.ivl, c.factor, c.reps, c.lapses, c.left, c.flags, c.did "
            "from cards c join notes n on n.id = c.nid where c.reps > 0"
        )
        return {(guid, ordinal): tuple(rest) for guid, ordinal, *rest in rows}

    def reviews(self) -> list[list[int]]:
        return [[*row] for row in self.col.db.all("select id, cid, ease, ivl from revlog order by id")]

    def card_count(self, note_id: str) -> int:
        return len(self.note(note_id).cards())

    def note_types(self) -> list[str]:
        """Return the names of the note types that have notes."""
        return sorted(
            t.name
            for t in self.col.models.all_names_and_ids()
            if self.col.models.use_count(self.col.models.get(NotetypeId(t.id)))
        )

    def new_queue(self) -> list[str]:
        """Return the ids of the notes whose new cards come, in the order in which Anki would show them."""
        cards = self.col.db.list("select nid from cards where queue = 0 order by did, due, ord")
        return [self.col.get_note(nid)["Id"] for nid in cards]

    def question(self, note_id: str, ordinal: int = 0) -> str:
        return self._card(note_id, ordinal).question()

    def answer(self, note_id: str, ordinal: int = 0) -> str:
        return self._card(note_id, ordinal).answer()

    def _card(self, note_id: str, ordinal: int) -> Card:
        return next(card for card in self.note(note_id).cards() if card.ord == ordinal)

    def close(self) -> None:
        self.col.close()


def yaml(text: str) -> str:
    return dedent(text).strip() + "\n"


def png(colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """Return a valid 1×1 PNG."""
    import struct
    import zlib

    def chunks() -> Iterator[bytes]:
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\0" + bytes(colour))),
            (b"IEND", b""),
        ):
            yield struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks())


def rewrite(package: Path, target: Path, sql: str, edit_models: Any = None) -> None:
    """Copy a package with its database changed: what another tool, or an older release of ours, would have
    made."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        database = target.with_suffix(".db")
        database.write_bytes(old.read("collection.anki2"))
        connection = sqlite3.connect(database)
        connection.execute(sql)
        if edit_models is not None:
            models = json.loads(connection.execute("select models from col").fetchone()[0])
            for model in models.values():
                edit_models(model)
            connection.execute("update col set models = ?", (json.dumps(models),))
        connection.commit()
        connection.close()
        new.write(database, "collection.anki2")
        for name in old.namelist():
            if name != "collection.anki2":
                new.writestr(name, old.read(name))
