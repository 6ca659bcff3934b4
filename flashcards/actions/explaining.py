"""The pages behind `flashcards explain`: one file a rule in `rules/`, and pages of note types made from their
fields."""

from __future__ import annotations

from flashcards.collection.notetypes import NoteType
from flashcards.resources import RULES


def rules() -> list[str]:
    """Return the names of all rules that have a page."""
    return sorted(path.stem for path in RULES.glob("*.md"))


def page(rule: str) -> str:
    """Return a rule's page, Markdown: what it says, why it matters, a bad example, a good one. Raises
    OSError."""
    return (RULES / f"{rule}.md").read_text(encoding="utf-8").strip()


def summary(rule: str) -> str:
    """Return the sentence under a page's title."""
    return page(rule).split("\n\n")[1].replace("\n", " ")


def kind_page(note_type: NoteType) -> str:
    """Return a page about a note type: its keys, and a note to copy."""
    written = [field for field in note_type.fields if field.right_of is None]
    rows = [f"  {f.key:14}{f.kind:10}{'required  ' if f.required else '          '}{f.help}" for f in written]
    samples = {
        "list": "\n      - first\n      - second",
        "choices": "\n      - right: the right one\n      - another",
        "table": "\n      - Criterion: speed\n        This: fast\n        That: slow",
    }
    note = [f"{f.key}:{samples.get(f.kind) or ' …'}" for f in written if f.required]
    lines = "\n    ".join(["- id: XX01", f"  kind: {note_type.kind}", *("  " + line for line in note)])
    return (
        f"{note_type.kind}: {note_type.label}\n\n"
        + "\n".join(rows)
        + f"\n\n    {lines.replace(chr(10) + '      -', chr(10) + '        -')}"
    )
