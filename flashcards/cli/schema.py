"""The command `schema`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli.terminal import echo


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

    found = loader.load_without_decks(*paths).collection
    made = deck_schema(found.note_types, found.vocabularies, found.references, found.keys)
    echo(dumps(made), nl=False)


COMMANDS = (schema,)
