"""An exporter, a check and a note type for flashcards."""

from collections.abc import Iterator
from pathlib import Path

from flashcards import Collection, Diagnostic, Job, Severity, Written


def csv(job: Job) -> Iterator[Written | Diagnostic]:
    """Write a line for each note: its deck, its id and what it asks."""
    rows = [(deck.title, note.id, note.front) for deck, notes in job.selection for note in notes]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    yield job.write(f"{job.slug}.csv", "\n".join([*lines, ""]).encode(), f"{len(lines)} lines")


def shouting(collection: Collection) -> Iterator[Diagnostic]:
    """A question ends with an exclamation mark.

    Nobody likes to be shouted at on the tenth review."""
    for _, note in collection.notes():
        key = note.type.fields[0].key
        if note.text(key).rstrip().endswith("!"):
            place = note.span(key)  # None for a note made in Python
            yield Diagnostic("shouting", Severity.WARNING, "this shouts", place, "ask calmly", note.id)


def templates() -> Path:
    """Return a folder with a note type, `proverb`."""
    return Path(__file__).parent / "templates"
