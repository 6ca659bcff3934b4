"""The commands for authors, beside those of `cli`: `new`, `add`, `fix`, `explain`, `schema`."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Container, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flashcards.cli import completion

if TYPE_CHECKING:
    from flashcards.collection.loader import Loaded
    from flashcards.collection.model import Collection, Deck
    from flashcards.collection.notetypes import Field, NoteType


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
    from flashcards.collection import editing, notetypes, schema

    types, _ = notetypes.load(notetypes.folders(None))
    text = schema.dumps(schema.deck_schema(types))
    name = folder.resolve().name.replace("-", " ").replace("_", " ").title().strip() if title is None else title
    today = datetime.now(UTC).date().isoformat()
    for path in editing.new_collection(folder, name, secrets.token_hex(8), today, text):
        click.echo(str(path))
    click.echo(
        f"Next: flashcards check {shlex.quote(str(folder))}\n      flashcards build {shlex.quote(str(folder))}", err=True
    )


# -------------------------------------------------------------------------------------------------------------------- add


class _NoteCommand(click.Command):
    """Has an option for every key of a note: which there are depends on the note types of the deck's collection."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        from flashcards.collection import loader, notetypes

        # not Path.is_file, which raises for a long text
        deck = next((Path(argument) for argument in args if os.path.isfile(argument)), None)  # noqa: PTH113
        context.obj, _ = notetypes.load(notetypes.folders(deck.parent if deck else loader.find_collection(Path.cwd())))
        return super().parse_args(context, args)

    def get_params(self, context: click.Context) -> list[click.Parameter]:
        # the first note type with a key says what the key is for
        keys = {key: text for note_type in reversed((context.obj or {}).values()) for key, text in _keys(note_type).items()}
        options = []
        for key in sorted(keys.keys() - {"deck", "help", "kind"}):  # these are the command's own
            names = dict.fromkeys([f"--{key.replace('_', '-')}", f"--{key}", key])
            # dozens of them: the shell offers them, but help for people stays short
            options.append(click.Option([*names], multiple=True, help=keys[key], hidden=not context.resilient_parsing))
        return [*super().get_params(context), *options]


@click.command(cls=_NoteCommand)
@click.argument("deck", metavar="DECK", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", shell_complete=completion.kinds, help="Note type; the deck's usual one if left out, or cloze.")
def add(deck: Path, kind: str | None, **options: tuple[str, ...]) -> None:
    """Append a note to a deck, with the next free id; no other byte changes.

    Any key of a note may be given as an option; `flashcards explain KIND` lists them. What is missing and needed is asked
    for. A list takes its option several times; of a choice note's options the right one comes as --right; a table takes
    --table "Criterion | A | B" for its head and again for each row.

    \b
    Examples:
      flashcards add decks/01-first-deck.yaml --front "What is recall?" --back "TP / (TP + FN)"
      flashcards add decks/01-first-deck.yaml --cloze "Recall is {{c1::TP / (TP + FN)}}." --tags core
      flashcards add decks/01-first-deck.yaml --kind pitfall
    """
    from flashcards import reporting
    from flashcards.actions import checking
    from flashcards.actions.releasing import refuse_installed
    from flashcards.collection import editing

    before = checking.check(deck)
    collection, target = _deck(before, deck)
    refuse_installed(collection)
    given = {key: list(texts) for key, texts in options.items() if texts}
    defaults = editing.defaults(target)
    usual = defaults.get("kind") or "basic"
    note_type = _note_type(kind or ("cloze" if "cloze" in given else usual), collection)
    note: dict[str, object] = {"id": _note_id(collection, target, given.pop("id", []))}
    if note_type.kind not in ("cloze", usual):  # `cloze:` says its kind itself
        note["kind"] = note_type.kind
    editing.append_note(target, note | _values(note_type, given, defaults))
    click.echo(f"{deck}: {note['id']}")
    known = {(finding.order, finding.message) for finding in before.diagnostics}
    after = checking.check(deck)
    found = [finding for finding in after.diagnostics if (finding.order, finding.message) not in known]
    if found:
        click.echo(reporting.full(found))
    if any(finding in after.errors for finding in found):
        raise SystemExit(1)


def _keys(note_type: NoteType) -> dict[str, str]:
    """Return the keys of a note that texts can be given for, in the order to write them, and what each is for."""
    from flashcards.collection.schema import COMMON_KEYS

    own = {field.key: field.help for field in note_type.written_fields}
    right = {"right": "the right option"} if any(field.kind == "choices" for field in note_type.fields) else {}
    common = {key: purpose for key, (_, purpose) in COMMON_KEYS.items() if key not in ("check", "ignore")}  # more than texts
    return own | right | common


def _deck(loaded: Loaded, path: Path) -> tuple[Collection, Deck]:
    for deck in loaded.collection.decks if loaded.collection else ():
        if deck.path.resolve() == path.resolve():
            assert loaded.collection is not None
            return loaded.collection, deck
    from flashcards.diagnostics import InvalidCollection

    own = [finding for finding in loaded.errors if finding.span and Path(finding.span.source.path).resolve() == path.resolve()]
    raise InvalidCollection(own or loaded.errors) if loaded.errors else click.UsageError(f"{path} is not a deck")


def _note_type(kind: str, collection: Collection) -> NoteType:
    from flashcards.diagnostics import did_you_mean

    if kind in collection.note_types:
        return collection.note_types[kind]
    hint = did_you_mean(kind, collection.note_types) or f"There are: {', '.join(sorted(collection.note_types))}"
    raise click.BadParameter(f"no note type `{kind}`. {hint}", param_hint="--kind")


def _note_id(collection: Collection, deck: Deck, given: list[str]) -> str:
    from flashcards.collection import editing
    from flashcards.collection.loader import ID

    if not given:
        return next(editing.free_ids(deck, [*editing.ids_in_use(collection), *_released(collection)]))
    taken = {note_id.lower() for note_id in (*editing.ids_in_use(collection), *_released(collection))}
    if len(given) > 1 or not ID.fullmatch(given[0]) or given[0].lower() in taken:
        raise click.BadParameter(f"`{given[-1]}` cannot be the id, or is taken", param_hint="--id")
    return given[0]


def _released(collection: Collection) -> Iterable[str]:
    """Return the ids that learners may have: none is ever given to another note."""
    from flashcards.actions import building

    lock, _ = building.read_lock(collection)
    return lock.notes if lock else ()


def _values(note_type: NoteType, given: dict[str, list[str]], defaults: Container[str]) -> dict[str, object]:
    """Return a note's values by key: what was given, and, asked for, what is needed."""
    from flashcards.collection.loader import LIST_KEYS
    from flashcards.diagnostics import did_you_mean

    known = _keys(note_type)
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known) or f"It has {', '.join(field.key for field in note_type.written_fields)}."
            raise click.UsageError(f"a {note_type.kind} note has no `{key}`. {hint}")
    values: dict[str, object] = {}
    right = given.pop("right", [])
    for field in note_type.written_fields:
        texts = given.pop(field.key, [])
        if not texts and field.required and field.key not in defaults:
            texts = _asked(field)
        if texts:
            values[field.key] = _value(field, texts, right)
    for key in known:
        if key in given:
            values[key] = given[key] if key in LIST_KEYS else _only(key, given[key])
    return values


def _value(field: Field, texts: list[str], right: list[str]) -> object:
    if field.kind == "list":
        return texts
    if field.kind == "choices":
        marked = [{"right": text[1:].strip()} if text.startswith("=") else text for text in texts]
        return [*marked, *({"right": text} for text in right)]
    if field.kind == "table":
        lines = (line.strip().removeprefix("|").removesuffix("|") for line in texts)
        head, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
        if any(len(row) != len(head) for row in rows):
            raise click.UsageError(f"--{field.key}: each row needs {len(head)} cells, as the head has")
        return [dict(zip(head, row, strict=True)) for row in rows]
    return _only(field.key, texts)


def _only(key: str, texts: list[str]) -> str:
    if len(texts) > 1:
        raise click.UsageError(f"--{key} may be given once")
    return texts[0]


def _asked(field: Field) -> list[str]:
    """Ask for a field on the terminal: for one line, or for a list's lines until one is empty."""
    if not sys.stdin.isatty():
        raise click.UsageError(f"--{field.key} is missing")
    if field.kind in ("text", "markdown"):
        return [click.prompt(f"{field.key} ({field.help})" if field.help else field.key, err=True)]
    lines = {
        "list": "one a line",
        "choices": "one a line, the right one with = before it",
        "table": "cells apart by |, first the head",
    }
    click.echo(f"{field.key} ({field.help}): {lines[field.kind]}; an empty line ends it", err=True)
    texts = [click.prompt("  1", err=True)]
    while line := click.prompt(f"  {len(texts) + 1}", default="", show_default=False, err=True):
        texts.append(line)
    return texts


# ------------------------------------------------------------------------------------------------------------------- rest


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def fix(paths: tuple[Path, ...]) -> None:
    """Write an id into every note that has none; no other byte changes.

    \b
    Examples:
      flashcards fix
      flashcards fix decks/01-first-deck.yaml
    """
    from flashcards.actions.releasing import refuse_installed
    from flashcards.collection import editing, loader
    from flashcards.diagnostics import InvalidCollection

    loaded = loader.load(*paths)
    problems = [problem for problem in loaded.errors if problem.rule != "duplicate-id"]  # ids may be what is missing
    if loaded.collection is None or problems:
        raise InvalidCollection(problems or loaded.errors)
    refuse_installed(loaded.collection)
    decks = [deck for deck in loaded.collection.decks if deck.key in loaded.selected]
    fixed = editing.add_missing_ids(loaded.collection, decks, _released(loaded.collection))
    for deck, ids in fixed:
        click.echo(f"{deck.path}: {', '.join(ids)}")
    if not fixed:
        click.echo("every note has its id", err=True)


@click.command()
@click.argument("topic", required=False, shell_complete=completion.topics)
def explain(topic: str | None) -> None:
    """Say what a rule or a kind of note is about: why it matters, a bad example, a good one.

    \b
    Examples:
      flashcards explain
      flashcards explain text-cut-off
      flashcards explain pitfall
    """
    from flashcards.actions import explaining
    from flashcards.collection import loader, notetypes
    from flashcards.diagnostics import did_you_mean

    types, _ = notetypes.load(notetypes.folders(loader.find_collection(Path.cwd())))
    if topic is None:
        click.echo("Rules:")
        for rule in explaining.rules():
            click.echo(f"  {rule:24}{explaining.summary(rule)}")
        click.echo("\nKinds of notes:")
        for kind in sorted(types):
            click.echo(f"  {kind:24}{', '.join(field.key for field in types[kind].written_fields)}")
    elif topic in types:
        click.echo(explaining.kind_page(types[topic]))
    elif topic in explaining.rules():
        click.echo(explaining.page(topic))
    else:
        hint = did_you_mean(topic, [*explaining.rules(), *types]) or "`flashcards explain` lists them."
        raise click.BadParameter(f"no rule or kind `{topic}`. {hint}")


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
    from flashcards.collection import loader
    from flashcards.collection.schema import deck_schema, dumps
    from flashcards.diagnostics import InvalidCollection

    loaded = loader.load(*paths)
    collection = loaded.collection
    if collection is None:
        raise InvalidCollection(loaded.errors)
    click.echo(dumps(deck_schema(collection.note_types, collection.vocabularies, collection.references)), nl=False)


COMMANDS = (new, add, fix, explain, schema)
