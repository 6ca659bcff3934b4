"""The pages behind `flashcards explain`: one file a rule in `rules/`, the docstrings of plug-ins' checks, and
pages of note types and keys, made from what is known of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from flashcards import plugins
from flashcards.collection.content_rules import FORMER_NAMES, present_name
from flashcards.collection.decks import Context
from flashcards.collection.keys import NOTE_KEYS, Key, Shape, note_keys
from flashcards.collection.notetypes import RECALL, NoteType, Recall
from flashcards.plugins import Plugin
from flashcards.resources import RULES

KEYS = "keys"  # the topic that lists all keys

_SHAPES: Mapping[Shape, str] = {
    "text": "text",
    "markdown": "Markdown",
    "words": "text",
    "flag": "true or false",
    "sums": "expressions",
    "reasons": "reasons",
}


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


def topics(context: Context) -> dict[str, str]:
    """Return everything that can be explained in a collection, each with a few words about it."""
    return {
        **{kind: ", ".join(_keys(note_type)) for kind, note_type in sorted(context.note_types.items())},
        **{rule: summary(rule) for rule in rules()},
        **{check.name: f"A check of {check.package}." for check in plugin_checks()},
        KEYS: "all keys that a note may have",
        **{name: key.help for name, key in note_keys(context.settings.keys.values()).items()},
    }


def explanation(topic: str, context: Context) -> str | None:
    """Return the page about a rule, a kind of note or a key of a collection; None if there is no such topic.
    Raises `PluginError`."""
    keys = note_keys(context.settings.keys.values())
    if topic in context.note_types:
        return kind_page(context.note_types[topic])
    if topic in FORMER_NAMES:
        return f"`{topic}` is now called `{present_name(topic)}`.\n\n{page(present_name(topic))}"
    if topic in rules():
        return page(topic)
    for check in plugin_checks():
        if check.name == topic:
            return plugin_page(check)
    if topic == KEYS:
        return keys_page(keys.values())
    return key_page(keys[topic]) if topic in keys else None


def kind_page(note_type: NoteType) -> str:
    """Return a page about a note type: its keys, what rules know of it, and a note to copy."""
    written = note_type.written_fields
    rows = [f"  {f.key:14}{f.kind:10}{'required  ' if f.required else '          '}{f.help}" for f in written]
    samples = {
        "list": "\n      - first\n      - second",
        "choices": "\n      - right: the right one\n      - another",
        "table": "\n      - Criterion: speed\n        This: fast\n        That: slow",
    }
    note = [f"{f.key}:{samples.get(f.kind) or ' …'}" for f in written if f.required]
    lines = "\n    ".join(["- id: XX01", f"  kind: {note_type.kind}", *("  " + line for line in note)])
    recall = _recall_lines(note_type.recall)
    return (
        f"{note_type.kind}: {note_type.label}\n\n"
        + "\n".join(rows)
        + ("\n\nRules about content know of it (`recall:` of its notetype.yaml):\n" if recall else "")
        + "\n".join(recall)
        + f"\n\n    {lines.replace(chr(10) + '      -', chr(10) + '        -')}"
    )


def keys_page(keys: Iterable[Key]) -> str:
    """Return a page that lists keys: those that learners meet, those that only authors do, and those that the
    collection declares."""
    found = list(keys)
    own = [key for key in found if key.name in NOTE_KEYS]
    groups = {
        "Learners get them, in the package or on paper:": [key for key in own if key.for_learners],
        "They serve checks and statistics alone:": [key for key in own if not key.for_learners],
        "Declared by this collection, in `keys:` of collection.yaml:": [
            key for key in found if key.name not in NOTE_KEYS
        ],
    }
    parts = ["Keys that a note of any kind may have; `flashcards explain KIND` lists those of a kind."]
    for title, rows in groups.items():
        if rows:
            lines = [f"  {key.name:12}{_shape(key):16}{key.help}{_declared(key)}" for key in rows]
            parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts)


def key_page(key: Key) -> str:
    """Return a page about one key: what it is for, what it holds, and a line to copy."""
    whom = (
        "Learners get it, in the package or on paper."
        if key.for_learners
        else "It serves checks and statistics alone."
    )
    holds = f"It holds {_shape(key)}{_declared(key)}."
    return f"{key.name}: {key.help}\n\n{holds} {whom}\n\n    {key.name}: {key.example}"


def _keys(note_type: NoteType) -> list[str]:
    return [field.key for field in note_type.written_fields]


def _shape(key: Key) -> str:
    return "a list of texts" if key.is_list else _SHAPES[key.shape]


def _declared(key: Key) -> str:
    """Return what a declaration says of a key beside its shape and purpose."""
    values = []
    for word, allowed in key.values.items():
        needs = [f"needs `{allowed.needs}`"] if allowed.needs else []
        tag = [f"has the tag `{allowed.tag}`"] if allowed.tag else []
        values.append(f"{word} ({', '.join(needs + tag)})" if needs or tag else word)
    said = [f"one of {', '.join(values)}"] if values else []
    said += ["required"] if key.required else []
    said += [f"exempts from {', '.join(key.exempts)}"] if key.exempts else []
    said += ["names items of coverage.yaml"] if key.covers else []
    return "".join(f"; {each}" for each in said)


def _recall_lines(recall: Recall) -> list[str]:
    usual = asdict(Recall())
    lines = []
    for name, value in asdict(recall).items():
        if value != usual[name]:
            shown = "true" if value is True else value
            if recall.points is not None and name == "points":
                points = recall.points
                reasons = ", with reasons" if points.reasons else ""
                shown = f"{points.least} to {points.most} in {points.field}{reasons}"
            lines.append(f"  {f'{name}: {shown}':46}{RECALL[name]}")
    return lines
