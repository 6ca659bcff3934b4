"""`stats --coverage`: which items of a collection's list of topics its notes teach."""

from __future__ import annotations

from dataclasses import dataclass

from flashcards.collection.model import Collection
from flashcards.collection.shapes import read_mapping
from flashcards.diagnostics import FlashcardsError, InvalidCollection, Span, error
from flashcards.languages import yaml

COVERAGE_FILE = "coverage.yaml"


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the coverage list; `rank` is its `class`: E essential, U useful, C on no card."""

    key: str
    rank: str
    text: str
    notes: tuple[str, ...]  # ids of those that teach it

    @property
    def is_missing(self) -> bool:
        return not self.notes and self.rank != "C"


def coverage(collection: Collection) -> tuple[Item, ...]:
    """Return the items of `coverage.yaml` with the notes that name them, in a key whose declaration has
    `covers: true`.

    Raises `FlashcardsError` if there is no such file or no such key, if the file cannot be read, or if a note
    names an item that is not in it."""
    path = collection.folder / COVERAGE_FILE
    if not path.is_file():
        raise FlashcardsError(
            f"{collection.folder} has no {COVERAGE_FILE}, the list of what its decks should teach"
        )
    covering = [key.name for key in collection.keys.values() if key.covers]
    if not covering:
        example = "`teaches: {shape: words, covers: true, help: items of the coverage list that it teaches}`"
        raise FlashcardsError(
            f"no key names items of {COVERAGE_FILE}: declare one below `keys:` in collection.yaml, {example}"
        )
    taught: dict[str, list[str]] = {}
    for _, note in collection.notes():
        if note.retired is None:
            for item in dict.fromkeys(word for name in covering for word in note.labels.get(name, ())):
                taught.setdefault(item, []).append(note.id)
    source, root, problems = read_mapping(path, "`S1: {class: E, item: …}` lines")
    if root is None:
        raise InvalidCollection(problems)
    items = []
    for key, entry in root.entries.items():
        inner = entry.value.entries if isinstance(entry.value, yaml.Mapping) else {}
        values = [inner[name].value if name in inner else None for name in ("class", "item")]
        rank, said = (value.text if isinstance(value, yaml.Scalar) else "" for value in values)
        if rank not in ("E", "U", "C") or not said:
            message = f"`{key}` is no item: it needs `class: E`, `U` or `C`, and `item:`"
            raise InvalidCollection([error("wrong-shape", message, Span(source, entry.start, entry.end))])
        items.append(Item(key, rank, said, tuple(taught.pop(key, ()))))
    if taught:
        key, (note_id, *_) = next(iter(taught.items()))
        raise FlashcardsError(f"{note_id} teaches `{key}`, which is not in {path}")
    return tuple(items)
