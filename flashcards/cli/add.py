"""The command `add`: a new note from options, or from answers on the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flashcards.cli import completion, machine
from flashcards.cli.terminal import echo
from flashcards.files import real_path

if TYPE_CHECKING:
    from flashcards.collection.decks import Context
    from flashcards.collection.loader import Loaded
    from flashcards.collection.model import Collection, Deck
    from flashcards.collection.notetypes import Field, NoteType


class _NoteCommand(click.Command):
    """Has an option for every key of a note: which there are depends on the note types of the deck's
    collection and on the keys that it declares."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        from flashcards.collection import loader, location

        # not Path.is_file, which raises for a long text
        deck = next((Path(argument) for argument in args if os.path.isfile(argument)), None)  # noqa: PTH113
        context.obj, _ = loader.read_context(deck.parent if deck else location.find_collection(Path.cwd()))
        return super().parse_args(context, args)

    def get_params(self, context: click.Context) -> list[click.Parameter]:
        from flashcards.actions.adding import offered_keys
        from flashcards.collection.keys import note_keys

        read: Context | None = context.obj
        note_types = list(read.note_types.values()) if read is not None else []
        common = note_keys(read.settings.keys.values() if read is not None else ())
        # the first note type with a key says what the key is for
        keys = {key: text for t in reversed(note_types) for key, text in offered_keys(t, common).items()}
        options = []
        for key in sorted(keys.keys() - {"deck", "help", "kind"}):  # these are the command's own
            names = dict.fromkeys([f"--{key.replace('_', '-')}", f"--{key}", key])
            # dozens of them: the shell offers them, but help for people stays short
            options.append(
                click.Option([*names], multiple=True, help=keys[key], hidden=not context.resilient_parsing)
            )
        return [*super().get_params(context), *options]


@click.command(cls=_NoteCommand)
@click.argument("deck", metavar="DECK", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--kind", shell_complete=completion.kinds, help="Note type; the deck's usual one if left out, or cloze."
)
def add(deck: Path, kind: str | None, **options: tuple[str, ...]) -> None:
    """Append a note to a deck, with the next free id; no other byte changes.

    Any key of a note may be given as an option; `flashcards explain KIND` lists them. What is missing and
    needed is asked for. A list takes its option several times; of a choice note's options the right one comes
    as --right; a table takes
    --table "Criterion | A | B" for its head and again for each row.

    \b
    Examples:
      flashcards add decks/01-first-deck.yaml --front "What is recall?" --back "TP / (TP + FN)"
      flashcards add decks/01-first-deck.yaml --cloze "Recall is {{c1::TP / (TP + FN)}}." --tags core
      flashcards add decks/01-first-deck.yaml --kind pitfall
    """
    from flashcards import reporting
    from flashcards.actions import adding, checking
    from flashcards.collection import loader
    from flashcards.collection.keys import note_keys
    from flashcards.collection.notetypes import CLOZE_KIND, USUAL_KIND
    from flashcards.ledger.store import refuse_installed

    cache = machine.cache()
    before = checking.check_with(cache, deck)
    collection, target = _deck(loader.load(deck), deck)
    refuse_installed(collection)
    given = {key: list(texts) for key, texts in options.items() if texts}
    defaults = adding.defaults(target)
    usual = defaults.get("kind") or USUAL_KIND
    note_type = _note_type(kind or (CLOZE_KIND if CLOZE_KIND in given else usual), collection)
    keys = note_keys(collection.keys.values())
    note: dict[str, object] = {"id": _note_id(collection, target, given.pop("id", []))}
    if note_type.kind not in (CLOZE_KIND, usual):  # `cloze:` says its kind itself
        note["kind"] = note_type.kind
    try:
        values = adding.note_values(note_type, keys, given, defaults, ask=_asked)
    except adding.WrongValue as problem:
        raise click.UsageError(str(problem)) from None
    adding.append_note(target, note | values, keys)
    echo(f"{deck}: {note['id']}")
    known = {(finding.order, finding.message) for finding in before.diagnostics}
    after = checking.check_with(cache, deck)  # of all decks, only this one has changed
    found = [finding for finding in after.diagnostics if (finding.order, finding.message) not in known]
    if found:
        echo(reporting.full(found))
    if any(finding in after.errors for finding in found):
        raise SystemExit(1)


def _deck(loaded: Loaded, path: Path) -> tuple[Collection, Deck]:
    for deck in loaded.found.decks if loaded.found else ():
        if deck.path is not None and real_path(deck.path) == real_path(path):
            return loaded.collection, deck
    from flashcards.diagnostics import InvalidCollection

    own = [
        finding
        for finding in loaded.errors
        if finding.span and real_path(Path(finding.span.source.path)) == real_path(path)
    ]
    if loaded.errors:
        raise InvalidCollection(own or loaded.errors)
    raise click.UsageError(f"{path} is not a deck")


def _note_type(kind: str, collection: Collection) -> NoteType:
    from flashcards.diagnostics import did_you_mean

    if kind in collection.note_types:
        return collection.note_types[kind]
    hint = (
        did_you_mean(kind, collection.note_types) or f"There are: {', '.join(sorted(collection.note_types))}"
    )
    raise click.BadParameter(f"no note type `{kind}`. {hint}", param_hint="--kind")


def _note_id(collection: Collection, deck: Deck, given: list[str]) -> str:
    from flashcards.collection import editing
    from flashcards.collection.keys import ID
    from flashcards.ledger.store import read_drafts, released_ids

    in_use = [*editing.ids_in_use(collection), *released_ids(collection)]
    if not given:
        return next(editing.free_ids(deck, [*in_use, *read_drafts(collection).notes]))
    taken = {note_id.lower() for note_id in in_use}
    if len(given) > 1 or not ID.fullmatch(given[0]) or given[0].lower() in taken:
        raise click.BadParameter(f"`{given[-1]}` cannot be the id, or is taken", param_hint="--id")
    return given[0]


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
    echo(f"{field.key} ({field.help}): {lines[field.kind]}; an empty line ends it", err=True)
    texts = [click.prompt("  1", err=True)]
    while line := click.prompt(f"  {len(texts) + 1}", default="", show_default=False, err=True):
        texts.append(line)
    return texts


COMMANDS = (add,)
