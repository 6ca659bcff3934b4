"""The command `check`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli import machine, outputs
from flashcards.cli.terminal import show


@click.command()
@outputs.paths
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["full", "concise", "json", "github"]),
    default="full",
    show_default=True,
)
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
def check(paths: tuple[Path, ...], form: str, strict: bool) -> None:
    """Say everything that is wrong, with its place and the way out.

    Exits 0 if nothing or only warnings were found, 1 for errors, 2 for a wrong call.

    \b
    Examples:
      flashcards check
      flashcards check decks/06-pitfalls.yaml
      flashcards check --strict --output-format github
    """
    from flashcards.actions.checking import check_with

    loaded = check_with(machine.cache(), *paths, jobs=machine.jobs())
    show(loaded, form)
    if loaded.errors or (strict and loaded.diagnostics):
        raise SystemExit(1)


COMMANDS = (check,)
