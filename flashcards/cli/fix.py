"""The command `fix`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli.terminal import echo


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def fix(paths: tuple[Path, ...]) -> None:
    """Write an id into every note that has none, and declare keys that older versions knew by themselves; no
    other byte changes.

    \b
    Examples:
      flashcards fix
      flashcards fix decks/01-first-deck.yaml
    """
    from flashcards.actions import fixing
    from flashcards.collection import loader
    from flashcards.collection.location import COLLECTION_FILE
    from flashcards.diagnostics import InvalidCollection
    from flashcards.ledger.store import read_drafts, refuse_installed, released_ids

    loaded = loader.load(*paths)
    problems = [
        problem for problem in loaded.errors if problem.rule != "duplicate-id"
    ]  # ids may be what is missing
    if problems:
        raise InvalidCollection(problems)
    refuse_installed(loaded.collection)
    decks = [deck for deck in loaded.collection.decks if deck.key in loaded.selected]
    built = read_drafts(loaded.collection).notes.keys()
    fixed = fixing.add_missing_ids(loaded.collection, decks, released_ids(loaded.collection), built)
    for deck, ids in fixed:
        echo(f"{deck.path}: {', '.join(ids)}")
    declared = fixing.declare_keys(loaded.collection, decks)
    if declared:
        echo(f"{loaded.collection.folder / COLLECTION_FILE}: {', '.join(declared)}")
    if not fixed and not declared:
        echo("every note has its id, and every key is declared", err=True)


COMMANDS = (fix,)
