"""The command `new`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli.terminal import echo, echo_path


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
    import secrets
    import shlex
    from datetime import UTC, datetime

    from flashcards.actions import creating
    from flashcards.collection import notetypes, schema
    from flashcards.resources import template_folders

    types, _ = notetypes.load(template_folders(None))
    text = schema.dumps(schema.deck_schema(types))
    name = (
        folder.resolve().name.replace("-", " ").replace("_", " ").title().strip() if title is None else title
    )
    today = datetime.now(UTC).date().isoformat()
    for path in creating.new_collection(folder, name, secrets.token_hex(8), today, text):
        echo_path(path)
    echo(
        f"Next: flashcards preview {shlex.quote(str(folder))}\n      flashcards build "
        f"{shlex.quote(str(folder))}",
        err=True,
    )


COMMANDS = (new,)
