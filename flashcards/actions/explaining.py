"""The pages behind `flashcards explain`: one file a rule in `rules/`, the docstrings of plug-ins' checks, and
pages of note types made from their fields."""

from __future__ import annotations

import inspect

from flashcards import plugins
from flashcards.collection.notetypes import NoteType
from flashcards.plugins import Plugin
from flashcards.resources import RULES


def rules() -> list[str]:
    """Return the names of all rules that have a page."""
    return sorted(path.stem for path in RULES.glob("*.md"))


def page(rule: str) -> str:
    """Return a rule's page, Markdown: what it says, why it matters, a bad example, a good one. Raises
    OSError."""
    return (RULES / f"{rule}.md").read_text(encoding="utf-8").strip()


def plugin_checks() -> list[Plugin]:
    """Return the checks of plug-ins, each of which is a rule."""
    return [plugin for plugin in plugins.installed("checks") if plugin.name not in rules()]


def plugin_page(check: Plugin) -> str:
    """Return what a plug-in says of its check: the text below the head of its function. Raises
    `PluginError`."""
    said = inspect.getdoc(check.load())
    return f"# {check.name}\n\n{said}\n\n({check.package})" if said else f"{check} has no page on its rule."


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
