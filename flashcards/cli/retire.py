"""The command `retire`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flashcards.cli import outputs
from flashcards.cli.terminal import echo, show


@click.command()
@click.argument("note_id", metavar="ID")
@outputs.paths
@click.option("--reason", metavar="TEXT", help="Shown to those who have the note; asked for if not given.")
def retire(note_id: str, paths: tuple[Path, ...], reason: str | None) -> None:
    """Take a released note out of study without deleting anything.

    Writes a `retired:` line into the note. Learners who have it are told on the card and by the tag
    `retired`; newcomers never meet it. A note that is gone from its file is brought back from git first.

    \b
    Examples:
      flashcards retire PF12 --reason "replaced by PF43 and PF44"
    """
    from flashcards.actions import retiring
    from flashcards.collection import loader

    loaded = loader.load(*paths)
    if loaded.errors:
        show(loaded, "full")
        raise SystemExit(1)
    if not reason:
        try:
            reason = click.prompt(f"Why is {note_id} retired (learners read this)", err=True)
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise click.UsageError("--reason is missing, and nobody is there to ask") from None
    echo(str(retiring.retire(loaded, note_id, reason)))


COMMANDS = (retire,)
