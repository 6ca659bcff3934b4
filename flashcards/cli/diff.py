"""The command `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flashcards.cli.terminal import echo, say, style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flashcards.actions.differences import Difference, NoteChange


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--collection",
    "path",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="The collection; by default that of the working directory.",
)
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
)
@click.option("--exit-code", is_flag=True, help="Exit 1 if there is a difference, as git does.")
def diff(old: str | None, new: str | None, path: Path | None, form: str, exit_code: bool) -> None:
    """Say what changed, and what it does to those who learn from it.

    OLD and NEW are a revision of git, a folder or a package (.apkg). Without NEW, OLD is compared with the
    collection as it is; without both, the last release is.

    \b
    Examples:
      flashcards diff
      flashcards diff v0.9.0 --output-format markdown
      flashcards diff ml-system-design.apkg
      flashcards diff v0.9.0 v1.0.0
    """
    from flashcards.actions.differences import difference
    from flashcards.collection.loader import load

    collection = load(*([path] if path is not None else [])).raise_for_errors()
    found = difference(collection, old, new)
    if form == "json":
        echo(_json(found))
    else:
        lines = list(_markdown(found) if form == "markdown" else _text(found))
        if lines:
            echo("\n".join(lines))
        else:
            say(style(f"{found.old} and {found.new}: no difference", "done"))
    if exit_code and found:
        raise SystemExit(1)


_MARKS = {"new": "+", "gone": "-", "retired": "x", "brought back": "+", "moved": ">", "not known": "?"}


def _text(found: Difference) -> Iterator[str]:
    for change in found.notes:
        mark = _MARKS.get(change.what, "~")
        yield f"{mark} {change.id}  {change.what}: {_first_line(change)}"
        if change.moved_from:
            yield f"    deck: {change.moved_from} -> {change.deck}"
        for field in change.fields:
            yield from _field_lines(field.name, _words(field.before, field.after, _terminal))
    if effects := found.effects():
        yield from ["", *effects] if found.notes else effects


def _field_lines(name: str, text: str) -> Iterator[str]:
    first, *others = text.split("\n")
    yield f"    {name}: {first}"
    for line in others:
        yield f"    {' ' * len(name)}  {line}".rstrip()


def _terminal(sign: str, text: str) -> str:
    if sign == "-":
        return style(f"[-{text}-]", "mark")
    return style(f"{{+{text}+}}", "done") if sign == "+" else text


def _markdown(found: Difference) -> Iterator[str]:
    for what in dict.fromkeys(change.what for change in found.notes):
        changes = [change for change in found.notes if change.what == what]
        yield f"**{what.capitalize()}** ({len(changes)})"
        yield ""
        for change in changes:
            yield f"- `{change.id}` {_escaped(_first_line(change))}"
            if change.moved_from:
                yield f"  - deck: {_escaped(change.moved_from)} → {_escaped(change.deck)}"
            for field in change.fields:
                words = " ".join(_words(field.before, field.after, _marked).split())
                yield f"  - {field.name}: {words}"
        yield ""
    for effect in found.effects():
        yield f"- {effect}"


def _marked(sign: str, text: str) -> str:
    inner = text.strip()
    if sign == " " or not inner:
        return _escaped(text)
    before, _, after = text.partition(inner)
    tag = "del" if sign == "-" else "ins"
    return f"{before}<{tag}>{_escaped(inner)}</{tag}>{after}"


def _escaped(text: str) -> str:
    """Return a text as Markdown shows it."""
    for sign in "\\`*_{}[]<>|#~$&":
        text = text.replace(sign, f"\\{sign}")
    return text


def _words(before: str, after: str, show: Any) -> str:
    from flashcards.actions.differences import pieces

    return "".join(show(sign, text) for sign, text in pieces(before, after))


def _first_line(change: NoteChange) -> str:
    text = " ".join(change.front.split())
    return text if len(text) <= 70 else f"{text[:69]}…"


def _json(found: Difference) -> str:
    import json

    notes = [
        {**change._asdict(), "fields": [field._asdict() for field in change.fields]} for change in found.notes
    ]
    data = {
        "old": found.old,
        "new": found.new,
        "notes": notes,
        "looks": found.looks,
        "effects": found.effects(),
    }
    return json.dumps(data, ensure_ascii=False, indent=2)


COMMANDS = (diff,)
