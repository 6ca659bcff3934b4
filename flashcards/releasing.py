"""`release`, `retire` and adoption: the only code that writes `flashcards.lock`, and what it asks of git and old packages."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flashcards import building, identity, ledger, media, source
from flashcards.diagnostics import Source
from flashcards.files import write_atomically
from flashcards.ledger import LedgerError, Lock, LockedNote, LockedType, Plan, Stamp
from flashcards.loader import COLLECTION_FILE, Loaded
from flashcards.model import Collection
from flashcards.resources import is_installed


def plan(loaded: Loaded, *, now: int, since: str | None = None, allow_future: bool = False) -> Plan:
    """Work out what a release at `now` (seconds since 1970) would do, without writing anything.

    Every version of the lock that git knows is taken into account, on any branch, and that of `since` if given.
    Raises `InvalidCollection` or `LedgerError`.
    """
    collection = loaded.raise_for_errors()
    lock, _ = building.read_lock(collection)
    past = list(_past_locks(collection))
    if since is not None:
        past.append(lock_at(collection, since))
    return ledger.plan_release(collection, building.looks(collection), lock, past, building.read_drafts(collection), now, allow_future)


def write(collection: Collection, planned: Plan) -> list[Path]:
    """Write the lock, and `released: true` on the first release. Returns the files that changed.

    Raises `LedgerError` for the decks inside an installed package, OSError if a file cannot be written.
    """
    _refuse_installed(collection)
    path = collection.path / ledger.LOCK_FILE
    new = ledger.dump_lock(planned.lock, collection.id).encode()
    changed = []
    if not path.is_file() or path.read_bytes() != new:
        write_atomically(path, new)
        changed.append(path)
    if not collection.released:
        settings = collection.path / COLLECTION_FILE
        data = settings.read_bytes()
        newline = b"\r\n" if b"\r\n" in data else b"\n"
        data = re.sub(rb"(?m)^released:.*\r?\n?", b"", data)
        write_atomically(settings, data.rstrip() + newline + b"released: true" + newline)
        changed.append(settings)
    return changed


def _refuse_installed(collection: Collection) -> None:
    if is_installed(collection.path):
        raise LedgerError(f"`{collection.path}` is part of the installed package. Work in a clone, or in your own collection.")


def check(loaded: Loaded, *, now: int, since: str | None = None) -> list[str]:
    """Return what stands between this state and a release that loses nothing: notes not in the lock as they are, and, with
    `since` (a git revision), times that learners of that release would never receive. Raises as `plan` does."""
    collection = loaded.raise_for_errors()
    lock, _ = building.read_lock(collection)
    if lock is None:
        return [f"there is no {ledger.LOCK_FILE}: `flashcards release` writes it"]
    faults = []
    times, _ = ledger.build_times(collection, building.looks(collection), lock, ledger.Drafts(), now)
    if times.drafts or times.draft_types:
        names = [f"`{name}`" for name in (*times.drafts, *times.draft_types)]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        faults.append(f"changed since the release: {', '.join(names[:3])}{more}")
    if since is not None:
        faults += ledger.check_since(lock, lock_at(collection, since))
    return faults


# ------------------------------------------------------------------------------------------------------------------- git


def lock_at(collection: Collection, revision: str) -> Lock:
    """Return the lock as it was at a git revision. Raises `LedgerError` if there was none."""
    found = _git(collection.path, "show", f"{revision}:./{ledger.LOCK_FILE}")
    if found is None:
        raise LedgerError(f"git has no {ledger.LOCK_FILE} at `{revision}`. Fetch the tag (`git fetch --tags`), or name another.")
    return ledger.parse_lock(found, f"{revision}:{ledger.LOCK_FILE}")


def _past_locks(collection: Collection) -> Iterator[Lock]:
    """Yield the versions of the lock that git knows, newest first; none outside a repository."""
    log = _git(collection.path, "log", "--all", "--format=%H", "--", ledger.LOCK_FILE)
    for revision in (log or "").split():
        text = _git(collection.path, "show", f"{revision}:./{ledger.LOCK_FILE}")
        if text:
            try:
                yield ledger.parse_lock(text)
            except LedgerError:
                continue  # a conflict that was committed once; its two sides are in the history too


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.decode("utf-8", "replace")


# ---------------------------------------------------------------------------------------------------------------- retire


def retire(loaded: Loaded, note_id: str, reason: str) -> Path:
    """Write `retired: reason` into a note, changing no other byte; a note that is gone is first brought back from git.

    Returns the deck file. Raises `LedgerError` if there is no such note to be found, or no place for the line.
    """
    collection = loaded.collection
    if collection is None:
        raise LedgerError("there is no collection here")
    _refuse_installed(collection)
    line = f"retired: {json.dumps(reason, ensure_ascii=False)}"
    for deck, note in collection.notes():
        if note.id == note_id:
            if note.retired is not None:
                raise LedgerError(f"`{note_id}` is retired already")
            text, node = note.origin.source, note.origin.node
            return _insert(deck.path, text, _end_of_line(text, _end(text, node)), f"\n{_indent(text, node)}{line}")
    for path, text, node in _deleted_note(collection, note_id):
        if not path.is_file():
            raise LedgerError(f"`{note_id}` was in {path}, which is gone. Bring the file back with git, then retire its notes.")
        item = text.text[node.start : _end_of_line(text, _end(text, node))]
        indent = _indent(text, node)
        now, _ = source.read(path)
        return _insert(path, now, len(now.text.rstrip()), f"\n\n{indent[:-2]}- {item}\n{indent}{line}")
    raise LedgerError(f"no note `{note_id}` in this collection or in its git history. Write it again with its id, then retire it.")


def _indent(text: Source, node: source.Mapping) -> str:
    """Return the indentation of a note's keys: it begins behind a `- `."""
    return " " * (text.position(node.start).column - 1)


def _end(text: Source, node: source.Node) -> int:
    """Return where the last value of a node ends; a block's own end counts the comments behind it in."""
    if isinstance(node, source.Scalar) or text.text[node.start] in "[{":
        return node.end
    values = [entry.value for entry in node.entries.values()] if isinstance(node, source.Mapping) else node.items
    return max((_end(text, value) for value in values), default=node.end)


def _end_of_line(text: Source, at: int) -> int:
    line_end = re.compile(r"\r?\n|\Z").search(text.text, at)
    assert line_end is not None
    return line_end.start()


def _insert(path: Path, text: Source, at: int, new: str) -> Path:
    """Put `new` into a file. Raises `LedgerError` if the result would not be YAML, as in a note written in braces."""
    data = path.read_bytes()
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    if "\r\n" in text.text:
        new = re.sub("\r?\n", "\r\n", new)
    changed = text.text[:at] + new + text.text[at:]
    if source.parse(Source(str(path), changed))[1]:
        raise LedgerError(f"{path}: there is no place for it. Write this into the note yourself:{new}")
    write_atomically(path, mark + changed.encode())
    return path


def _deleted_note(collection: Collection, note_id: str) -> Iterator[tuple[Path, Source, source.Mapping]]:
    """Yield the last version that git knows of a note that is gone from its deck."""
    log = _git(collection.path, "log", "--format=%H", "-n", "500", f"-Sid: {note_id}", "--", ".") or ""
    for revision in log.split():
        for at in (f"{revision}", f"{revision}~1"):
            names = _git(collection.path, "ls-tree", "--name-only", at, ".") or ""
            for name in (n for n in names.split("\n") if n.endswith(".yaml")):
                old = _git(collection.path, "show", f"{at}:./{name}")
                if old is None or f"id: {note_id}" not in old:
                    continue
                text = Source(name, old)
                root, _ = source.parse(text)
                notes = root.entries["notes"].value if isinstance(root, source.Mapping) and "notes" in root.entries else None
                for item in notes.items if isinstance(notes, source.Sequence) else []:
                    if isinstance(item, source.Mapping) and (entry := item.entries.get("id")) and isinstance(entry.value, source.Scalar):
                        if entry.value.text == note_id:
                            yield collection.path / name, text, item


# -------------------------------------------------------------------------------------------------------------- adoption


def adopt(loaded: Loaded, package: Path) -> tuple[Lock, int]:
    """Read times and ids back from the last published package, for a collection whose lock is lost.

    Returns the lock, and how many notes differ from the package: those get a hash that matches nothing, so that the next
    release gives them a new time. Raises `LedgerError` if the package is not one of this collection.
    """
    from flashcards.exporters import apkg

    # the lock being lost is what adoption is for; every other error stands
    problems = [d for d in loaded.errors if d.rule != "lost-lock"]
    collection = loaded.collection
    if collection is None or problems:
        loaded.raise_for_errors()
        raise AssertionError
    rows, models, decks = _read_package(package)
    notes = {note.id: note for _, note in collection.notes()}
    names = media.published_names(collection, notes.values())
    locked: dict[str, LockedNote] = {}
    differing = 0
    kinds = {identity.numeric_id("notetype", collection.id, kind): kind for kind in collection.note_types}
    for guid, model_id, time, tags, fields in rows:
        kind = kinds.get(model_id)
        model = models.get(str(model_id))
        if kind is None or model is None:
            raise LedgerError(f"{package} was not built from the collection `{collection.id}`: it has note types of another one.")
        values = dict(zip((f["name"] for f in model["flds"]), fields.split("\x1f"), strict=True))
        note_id = values["Id"]
        if identity.guid(collection.id, note_id) != guid:
            raise LedgerError(f"{package}: note `{note_id}` has a GUID that this collection would not give it.")
        note = notes.get(note_id)
        found = "unknown"
        if note is not None and apkg.field_html(note, collection, names) == values and set(note.tags) == set(tags.split()) - {"retired"}:
            found = ledger.note_hash(note, collection)
        else:
            differing += 1
        locked[note_id] = LockedNote(kind, Stamp(found, time))
    types = {}
    styles = building.looks(collection)
    for model in models.values():
        kind = kinds.get(int(model["id"]))
        if kind is not None:
            look = styles.get(kind)
            same = look is not None and model["css"] == look.css and [t["qfmt"] for t in model["tmpls"]] == [c.front for c in look.cards]
            note_type = collection.note_types[kind]
            found = ledger.type_hash(note_type, look, collection.short_title) if same and look else "unknown"
            types[kind] = LockedType(
                Stamp(found, model["mod"]), tuple(f["id"] for f in model["flds"]), tuple(t["id"] for t in model["tmpls"]), model["type"] == 1
            )
    by_name = {deck["name"] for deck in decks.values()}
    return Lock(locked, types, {d.key: d.name for d in collection.decks if d.name in by_name}), differing


def _read_package(package: Path) -> tuple[list[tuple[str, int, int, str, str]], dict[str, dict[str, Any]], dict[str, dict[str, str]]]:
    try:
        with zipfile.ZipFile(package) as archive, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "collection.anki2"
            path.write_bytes(archive.read("collection.anki2"))
            connection = sqlite3.connect(path)
            try:
                rows = connection.execute("SELECT guid, mid, mod, tags, flds FROM notes").fetchall()
                models, decks = connection.execute("SELECT models, decks FROM col").fetchone()
            finally:
                connection.close()
            return rows, json.loads(models), json.loads(decks)
    except (OSError, KeyError, zipfile.BadZipFile, sqlite3.Error, ValueError) as problem:
        raise LedgerError(f"{package} cannot be read as an Anki package of ours: {problem}") from None
