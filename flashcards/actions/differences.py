"""`diff`: what is different between two versions of a collection, and what that does to those who learn from
the first.

Notes are compared as they were parsed, never as YAML: order, quotes and line breaks are no change. A package
holds no Markdown, so two versions of which one is a package are compared by the text that they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from flashcards import git
from flashcards.actions.committed import read_committed
from flashcards.actions.releasing import past_locks
from flashcards.cards.fields import field_html, note_tags
from flashcards.cards.rendering import plain_text
from flashcards.cards.templates import looks_of
from flashcards.collection import identity, media
from flashcards.collection.loader import load
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.model import Choice, Collection, Note, Table, Value
from flashcards.diagnostics import FlashcardsError
from flashcards.importers.apkg import read_package
from flashcards.ledger.cards import cards_of
from flashcards.ledger.hashes import note_hash, type_hashes
from flashcards.ledger.lock import LOCK_FILE
from flashcards.ledger.store import read_lock
from flashcards.reporting import count


class DiffError(FlashcardsError):
    """One of the two versions cannot be read; says which and why."""


class NoteVersion(NamedTuple):
    """A note in one version of its collection."""

    kind: str
    front: str
    deck: str  # its name in Anki
    fields: Mapping[str, str]  # what is in each part of the note, by its name
    retired: bool
    cards: frozenset[int]  # ordinals, from 0


@dataclass(frozen=True, slots=True)
class Version:
    """A collection at one time."""

    name: str  # how messages call it
    notes: Mapping[str, NoteVersion]
    looks: Mapping[str, str] = field(default_factory=dict)  # hash of each note type's look, by kind
    unknown: frozenset[str] = (
        frozenset()
    )  # ids of notes that were released, with a text nobody knows any more


class FieldChange(NamedTuple):
    """One part of a note before and after; empty where it is not there."""

    name: str
    before: str
    after: str


class NoteChange(NamedTuple):
    """What happened to a note: `what` is new, changed, retired, brought back, moved, gone, or not known."""

    id: str
    what: str
    front: str
    deck: str
    fields: Sequence[FieldChange] = ()
    moved_from: str = ""  # the name of its deck before, if it is in another one
    new_cards: Sequence[int] = ()  # ordinals, from 0
    lost_cards: Sequence[int] = ()
    new_kind: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different between two versions."""

    old: str
    new: str
    notes: Sequence[NoteChange]  # in the order of the new version, those that are gone behind them
    looks: Sequence[str]  # kinds of notes that look different

    def __bool__(self) -> bool:
        return bool(self.notes or self.looks)

    def effects(self) -> list[str]:
        """Say in sentences what the new version does to those who learn from the old one."""
        return list(_effects(self))


def difference(collection: Collection, old: str | None, new: str | None) -> Difference:
    """Compare two versions of a collection.

    `old` and `new` name a folder, a package (`.apkg`) or a revision of git. Without `new` it is the
    collection as it is; without `old`, as it was last released. Raises `DiffError`, and what reading a
    package raises."""
    with ExitStack() as stack:
        as_text = any(name is not None and _is_package(name) for name in (old, new))
        if old is None:
            before = last_release(collection, stack, as_text)
        else:
            before = _read(old, collection, stack, as_text)
        if new is None:
            after = version_of("as it is", collection, as_text)
        else:
            after = _read(new, collection, stack, as_text)
        return compare(before, after)


def _is_package(name: str) -> bool:
    return name.lower().endswith((".apkg", ".colpkg"))


def _read(name: str, collection: Collection, stack: ExitStack, as_text: bool) -> Version:
    """Read the version that somebody named."""
    path = Path(name)
    if _is_package(name):
        if not path.is_file():
            raise DiffError(f"there is no package `{name}`")
        return _package(path, collection)
    if path.is_dir():
        found = load(path).found
        if found is None:
            raise DiffError(f"`{name}` is the folder of no collection")
        return version_of(name, found, as_text)
    try:
        place = git.place(collection.folder, name, COLLECTION_FILE)
    except git.GitError as problem:
        raise DiffError(f"`{name}`: {problem}") from None
    if place is None:
        raise DiffError(f"`{name}` is neither a folder nor a package nor a revision of git")
    return version_of(name, _committed(collection, *place, stack), as_text)


def _committed(collection: Collection, commit: str, place: str, stack: ExitStack) -> Collection:
    """Return a collection as it was committed; its files are there for as long as `stack` is open."""
    target = Path(stack.enter_context(TemporaryDirectory(prefix="flashcards-")))
    try:
        found = read_committed(collection.folder, commit, place, target)
    except git.GitError as problem:
        raise DiffError(f"`{commit}`: {problem}") from None
    if found is None:
        raise DiffError(f"there was no collection in `{collection.folder}` at `{commit}`")
    return found


def last_release(collection: Collection, stack: ExitStack, as_text: bool) -> Version:
    """Return the notes of the lock as they were committed with the hash that it has of them. Raises
    `DiffError` if nothing was released."""
    lock, _ = read_lock(collection)
    if lock is None or lock.collection != collection.id:
        path = collection.folder / LOCK_FILE
        raise DiffError(f"nothing was released yet ({path} is not there): name what to compare with")
    wanted = {note_id: row.stamp.hash for note_id, row in lock.notes.items()}
    notes: dict[str, NoteVersion] = {}
    looks: dict[str, str] = {}

    def take(found: Collection) -> None:
        version = None
        for _, note in found.notes():
            if wanted.get(note.id) == note_hash(note, found):
                version = version or version_of("", found, as_text)
                notes[note.id] = version.notes[note.id]
                del wanted[note.id]

    for past, _ in past_locks(collection):
        if not wanted:
            break
        take(_committed(collection, past.revision, str(Path(past.path).parent), stack))
    if wanted:
        take(collection)  # released, and not committed yet
    looks.update((kind, row.stamp.hash) for kind, row in lock.types.items())
    return Version("the last release", notes, looks, frozenset(wanted))


def version_of(name: str, collection: Collection, as_text: bool) -> Version:
    """Return a collection as a version: its notes as they are written or, with `as_text`, as cards show
    them."""
    looks = looks_of(collection)
    names = media.published_names(collection, (note for _, note in collection.notes()))
    notes = {}
    for deck, note in collection.notes():
        fields = _shown(note, names) if as_text else _written(note)
        if not as_text:
            used = (
                f"{file} {media.digest(collection.media[file])}" for file in media.used_by(note, collection)
            )
            fields["pictures and sounds"] = ", ".join(used)
        fields["tags"] = " ".join(note_tags(note))
        cards = frozenset(cards_of(note, looks[note.kind]))
        shown = {key: text for key, text in fields.items() if text}
        notes[note.id] = NoteVersion(note.kind, note.front, deck.name, shown, note.retired is not None, cards)
    return Version(name, notes, type_hashes(collection, looks))


def _written(note: Note) -> dict[str, str]:
    fields = {key: _text(value) for key, value in note.fields.items()}
    fields["sources"] = "\n".join(
        ", ".join(filter(None, [c.reference.short, c.place])) for c in note.citations
    )
    fields["retired"] = note.retired or ""
    return fields


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Table):
        return "\n".join(" | ".join(row) for row in (value.columns, *value.rows))
    return "\n".join(
        f"- {'right: ' if item.right else ''}{item.text}" if isinstance(item, Choice) else f"- {item}"
        for item in value
    )


def _shown(note: Note, names: Mapping[str, str]) -> dict[str, str]:
    return {name: _squeezed(html) for name, html in field_html(note, names).items() if name != "Id"}


def _squeezed(html: str) -> str:
    return " ".join(plain_text(re.sub(r"</(?:p|li|td|th|tr|div)>|<br>", " ", html)).split())


def _package(path: Path, collection: Collection) -> Version:
    content = read_package(path)
    kinds = {identity.numeric_id("notetype", collection.id, kind): kind for kind in collection.note_types}
    notes = {}
    for row in content.notes:
        kind = kinds.get(row.type_id)
        names = [field["name"] for field in content.types[row.type_id]["flds"]]
        values = dict(zip(names, row.fields, strict=True))
        if kind is None or "Id" not in values:
            raise DiffError(f"`{path}` was not built from the collection `{collection.id}`")
        fields = {name: _squeezed(html) for name, html in values.items() if name != "Id"}
        fields["tags"] = " ".join(sorted(row.tags))
        shown = {key: text for key, text in fields.items() if text}
        deck = row.cards[min(row.cards)] if row.cards else ""
        front = next(iter(fields.values()))
        cards = frozenset(row.cards)
        notes[values["Id"]] = NoteVersion(kind, front, deck, shown, "retired" in row.tags, cards)
    return Version(path.name, notes)


def compare(old: Version, new: Version) -> Difference:
    """Return what is different between two versions."""
    changes = [_change(note_id, old, note) for note_id, note in new.notes.items()]
    changes += [
        NoteChange(note_id, "gone", note.front, note.deck)
        for note_id, note in old.notes.items()
        if note_id not in new.notes
    ]
    looks = [kind for kind, look in new.looks.items() if old.looks.get(kind, look) != look]
    return Difference(old.name, new.name, [change for change in changes if change is not None], looks)


def _change(note_id: str, old: Version, now: NoteVersion) -> NoteChange | None:
    before = old.notes.get(note_id)
    if before is None:
        what = "not known" if note_id in old.unknown else "new"
        return NoteChange(note_id, what, now.front, now.deck, new_cards=sorted(now.cards))
    fields = [
        FieldChange(name, before.fields.get(name, ""), now.fields.get(name, ""))
        for name in dict.fromkeys([*now.fields, *before.fields])
        if before.fields.get(name, "") != now.fields.get(name, "")
    ]
    moved = before.deck if before.deck and now.deck and before.deck != now.deck and not now.retired else ""
    has_cards = bool(before.cards and now.cards)
    change = NoteChange(
        note_id,
        "changed",
        now.front,
        now.deck,
        fields,
        moved,
        sorted(now.cards - before.cards) if has_cards else (),
        sorted(before.cards - now.cards) if has_cards else (),
        now.kind if now.kind != before.kind else "",
    )
    if now.retired and not before.retired:
        return change._replace(what="retired")
    if before.retired and not now.retired:
        return change._replace(what="brought back")
    if not fields and not change.new_kind:
        return change._replace(what="moved") if moved else None
    return change


def _effects(found: Difference) -> Iterable[str]:
    def of(*what: str) -> list[NoteChange]:
        return [change for change in found.notes if change.what in what]

    new = of("new")
    if new:
        cards = sum(len(change.new_cards) for change in new)
        yield f"{count(len(new), 'note')} {_verb(new, 'is', 'are')} new, with {count(cards, 'card')}"
    if replaced := of("changed", "brought back"):
        yield (
            f"{count(len(replaced), 'note')} {_verb(replaced, 'is', 'are')} replaced, with "
            f"{_verb(replaced, 'its', 'their')} tags and every field: what learners wrote there themselves "
            "is lost"
        )
    if retired := of("retired"):
        yield (
            f"{count(len(retired), 'note')} {_verb(retired, 'gets', 'get')} the tag `retired` and "
            f"{_verb(retired, 'says', 'say')} why: learners keep {_verb(retired, 'it', 'them')}"
        )
    for change in found.notes:
        for ordinal in change.lost_cards:
            yield f"card {ordinal + 1} of `{change.id}` will have nothing to ask"
        if change.what != "new" and change.new_cards and change.what != "not known":
            yield f"`{change.id}` gets {count(len(change.new_cards), 'new card')}"
        if change.new_kind:
            yield f"`{change.id}` is another kind of note now: Anki keeps the old note beside the new one"
    if moved := [change for change in found.notes if change.moved_from]:
        it, is_ = _verb(moved, "it", "them"), _verb(moved, "it is", "they are")
        keep = _verb(moved, "keep it", "keep them")
        yield f"{count(len(moved), 'note')} moved to another deck: learners who have {it} {keep} where {is_}"
    if gone := of("gone"):
        it = _verb(gone, "it", "them")
        yield (
            f"{count(len(gone), 'note')} {_verb(gone, 'is', 'are')} gone: learners keep {it}, and nothing "
            "tells them why"
        )
    if unknown := of("not known"):
        were = _verb(unknown, "was", "were")
        yield f"{count(len(unknown), 'note')} {were} released with a text that git does not have"
    if found.looks:
        yield f"new look of {', '.join(found.looks)}"
    if found and not any(change.new_kind for change in found.notes):
        yield "no review is reset"


def _verb(changes: Sequence[Any], one: str, many: str) -> str:
    return one if len(changes) == 1 else many


_WORD = re.compile(r"{{c[\d,]+::|}}|\\[A-Za-z]+|\s+|\w+|[^\w\s]")  # a cloze mark is a word
_MOST_WORDS = 1_500  # of both texts: comparing takes the square of it


class Piece(NamedTuple):
    """A part of a text that was compared word by word: `sign` is `-` if it went, `+` if it came, or blank."""

    sign: str
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """Return what stayed, went and came from one text to another, word by word."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > _MOST_WORDS:
        return [Piece("-", before), Piece("+", after)]
    found: list[Piece] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece(" ", "".join(old[i1:i2])))
            continue
        found += [Piece("-", "".join(old[i1:i2])), Piece("+", "".join(new[j1:j2]))]
    return [piece for piece in found if piece.text]
