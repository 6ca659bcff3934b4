"""The commands for authors, beside those of `cli`: `new`, `add`, `fix`, `explain`, `schema`."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flashcards.loader import Loaded
    from flashcards.model import Collection, Deck
    from flashcards.notetypes import Field, NoteType


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", help="The collection's name; the folder's name if left out.")
def new(folder: Path, title: str | None) -> None:
    """Make a collection: a commented first deck, a JSON Schema for editors, git files.

    Nothing that is there is ever overwritten.

    \b
    Examples:
      flashcards new mydecks
      flashcards new mydecks --title "Organic Chemistry"
    """
    from flashcards import editing, notetypes, schema

    types, _ = notetypes.load(notetypes.folders(None))
    text = schema.dumps(schema.deck_schema(types))
    name = title or folder.resolve().name.replace("-", " ").replace("_", " ").title()
    today = datetime.now(UTC).date().isoformat()
    for path in editing.new_collection(folder, name, secrets.token_hex(8), today, text):
        click.echo(str(path))
    click.echo(f"Next: flashcards check {folder}\n      flashcards build {folder}", err=True)


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("deck", metavar="DECK", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", help="Note type; basic if left out, cloze with --cloze.")
@click.pass_context
def add(context: click.Context, deck: Path, kind: str | None) -> None:
    """Append a note to a deck, with the next free id; no other byte changes.

    Any key of a note may be given as an option. What is missing and needed is asked for. A list takes its option several
    times; of a choice note's options the right one comes as --right; a table takes --table "Criterion | A | B" for its
    head and again for each row.

    \b
    Examples:
      flashcards add decks/01-first-deck.yaml --front "What is recall?" --back "TP / (TP + FN)"
      flashcards add decks/01-first-deck.yaml --cloze "Recall is {{c1::TP / (TP + FN)}}." --tags core
      flashcards add decks/01-first-deck.yaml --kind pitfall
    """
    from flashcards import editing, loader

    values = _options(context.args)
    loaded = loader.load(deck)
    collection, target = _deck(loaded, deck)
    kind = kind or ("cloze" if "cloze" in values else "basic")
    note_type = collection.note_types.get(kind)
    if note_type is None:
        raise click.BadParameter(f"no note type `{kind}`. There are: {', '.join(sorted(collection.note_types))}", param_hint="--kind")
    known = loader.NOTE_KEYS | {field.key for field in note_type.fields} | {"right"}
    for key in values:
        if key not in known:
            from flashcards.diagnostics import did_you_mean

            raise click.NoSuchOption(f"--{key}", message=f"a {kind} note has no `{key}`. {did_you_mean(key, known) or ''}".strip())
    note: dict[str, object] = {"id": editing.next_id(target, {n.id.lower() for _, n in collection.notes()})}
    if kind not in ("basic", "cloze") or (kind == "basic" and _default_kind(target, collection) != "basic"):
        note["kind"] = kind
    for field in note_type.fields:
        if field.right_of is None and (value := _field_value(field, note_type, values)):
            note[field.key] = value
    note |= {key: found[0] if len(found) == 1 and key not in loader.LIST_KEYS else found for key, found in values.items() if key not in note and key != "right"}
    editing.append_note(target, note)
    after = loader.load(deck)
    click.echo(f"{deck}: {note['id']}")
    for finding in after.errors:
        if finding not in loaded.errors and (finding.note == note["id"] or finding.span is None):
            click.echo(f"{finding.rule}: {finding.message}", err=True)


def _options(arguments: list[str]) -> dict[str, list[str]]:
    """Read `--key value` and `--key=value`, each key any number of times."""
    values: dict[str, list[str]] = {}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--"):
            raise click.UsageError(f"`{argument}` is no option; quote a value that has blanks in it")
        key, equals, value = argument[2:].partition("=")
        if not equals:
            following = next(rest, None)
            if following is None:
                raise click.UsageError(f"--{key} needs a value")
            value = following
        values.setdefault(key.replace("-", "_"), []).append(value)
    return values


def _field_value(field: Field, note_type: NoteType, values: dict[str, list[str]]) -> object:
    given = values.get(field.key, [])
    if field.kind in ("text", "markdown"):
        if len(given) > 1:
            raise click.UsageError(f"--{field.key} may be given once")
        if not given and field.required:
            return _ask(field.help or field.key, field.key)
        return given[0] if given else None
    if not given and field.required:
        print_hint = {"list": "one a line", "choices": "one a line; the right one begins with =", "table": "cells apart by |; first the head"}
        click.echo(f"{field.key}: {field.help} ({print_hint[field.kind]}; an empty line ends it)", err=True)
        while line := _ask(f"  {len(given) + 1}", field.key, needed=not given):
            given.append(line)
    if field.kind == "choices":
        right = values.get("right", [])
        marked: list[object] = [{"right": text[1:].strip()} if text.startswith("=") else text for text in given]
        return marked + [{"right": text} for text in right]
    if field.kind == "table":
        head, *rows = ([cell.strip() for cell in row.split("|")] for row in given) if given else ([],)
        return [dict(zip(head, row, strict=False)) for row in rows]
    return given


def _ask(question: str, key: str, needed: bool = True) -> str:
    if not sys.stdin.isatty() and needed:
        raise click.UsageError(f"--{key.replace('_', '-')} is missing")
    answer: str = click.prompt(question, default=None if needed else "", show_default=False, err=True)
    return answer


def _deck(loaded: Loaded, path: Path) -> tuple[Collection, Deck]:
    if loaded.collection is not None:
        for deck in loaded.collection.decks:
            if deck.path.resolve() == path.resolve():
                return loaded.collection, deck
    from flashcards.diagnostics import InvalidCollection

    raise InvalidCollection(loaded.errors) if loaded.errors else click.UsageError(f"{path} is not a deck")


def _default_kind(deck: Deck, collection: Collection) -> str:
    """Return the kind that a note gets in this deck if it names none."""
    from flashcards import source

    root, _ = source.parse(deck.source)
    defaults = root.entries["defaults"].value if isinstance(root, source.Mapping) and "defaults" in root.entries else None
    kind = defaults.entries["kind"].value if isinstance(defaults, source.Mapping) and "kind" in defaults.entries else None
    return kind.text if isinstance(kind, source.Scalar) else "basic"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def fix(paths: tuple[Path, ...]) -> None:
    """Write an id into every note that has none; no other byte changes.

    \b
    Examples:
      flashcards fix
      flashcards fix decks/01-first-deck.yaml
    """
    from flashcards import editing, loader

    loaded = loader.load(*paths)
    problems = [problem for problem in loaded.errors if problem.rule != "duplicate-id"]
    if loaded.collection is None or problems:
        from flashcards.diagnostics import InvalidCollection

        raise InvalidCollection(problems or loaded.errors)
    decks = [deck for deck in loaded.collection.decks if deck.key in loaded.selected]
    for deck, ids in editing.add_missing_ids(loaded.collection, decks):
        click.echo(f"{deck.path}: {', '.join(ids)}")


@click.command()
@click.argument("topic", required=False)
def explain(topic: str | None) -> None:
    """Say what a rule or a kind of note is about: why it matters, a bad example, a good one.

    \b
    Examples:
      flashcards explain
      flashcards explain text-cut-off
      flashcards explain pitfall
    """
    from flashcards import explanations, loader, notetypes

    types, _ = notetypes.load(notetypes.folders(loader.find_collection(Path.cwd())))
    if topic is None:
        click.echo("Rules:")
        for rule in explanations.rules():
            click.echo(f"  {rule:24}{explanations.summary(rule)}")
        click.echo("\nKinds of notes:")
        for kind in sorted(types):
            click.echo(f"  {kind:24}{', '.join(field.key for field in types[kind].fields if field.right_of is None)}")
        return
    if topic in types:
        click.echo(explanations.kind_page(types[topic]))
    elif topic in explanations.rules():
        click.echo(explanations.page(topic))
    else:
        from flashcards.diagnostics import did_you_mean

        raise click.BadParameter(f"no rule or kind `{topic}`. {did_you_mean(topic, [*explanations.rules(), *types]) or '`flashcards explain` lists them.'}")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def schema(paths: tuple[Path, ...]) -> None:
    """Print the JSON Schema of a deck file, with the collection's own note types, words and sources.

    Editors that speak YAML's language server complete keys and mark wrong ones, if a deck begins with
    `# yaml-language-server: $schema=deck.schema.json`.

    \b
    Examples:
      flashcards schema > decks/deck.schema.json
    """
    from flashcards import loader
    from flashcards.diagnostics import InvalidCollection
    from flashcards.schema import deck_schema, dumps

    loaded = loader.load(*paths)
    collection = loaded.collection
    if collection is None:
        raise InvalidCollection(loaded.errors)
    click.echo(dumps(deck_schema(collection.note_types, collection.vocabularies, collection.references)), nl=False)


COMMANDS = (new, add, fix, explain, schema)
