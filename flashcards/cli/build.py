"""The command `build`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flashcards.cli import outputs
from flashcards.cli.terminal import say, style

if TYPE_CHECKING:
    from flashcards.exporters.job import PrintOptions


@click.command()
@outputs.paths
@click.option(
    "--to",
    multiple=True,
    type=click.Choice(["apkg", "pdf", "cards"]),
    help="Only this output; may be given again.",
)
@outputs.selection
@click.option("--locked", is_flag=True, help="Fail if any note differs from the last release.")
@outputs.printing
def build(
    paths: tuple[Path, ...],
    out: Path,
    to: Sequence[str],
    decks: tuple[str, ...],
    tags: tuple[str, ...],
    locked: bool,
    printing: PrintOptions,
) -> None:
    """Write the Anki package and the cheat sheets, or with `--to cards` cards to cut out.

    Notes that changed since the last release are drafts: they get a time that grows with every change, so
    importing the package again updates them and nothing else.

    \b
    Examples:
      flashcards build
      flashcards build --to apkg --out dist
      flashcards build --deck 06-pitfalls --to pdf
      flashcards build --tag core
    """
    started = time.perf_counter()
    loaded = outputs.load(paths, decks, tags)
    built = outputs.write(loaded, out, to, tags, printing, locked=locked)
    for written in built.written:
        if written.path.suffix == ".apkg":
            say(f"{style('built', 'done')} {written.contents} in {time.perf_counter() - started:.1f} s")
    if built.drafts:
        say(
            f"{built.drafts:,} {'note is a draft' if built.drafts == 1 else 'notes are drafts'}: "
            "`flashcards release` gives them their time"
        )
    outputs.end(built)


COMMANDS = (build,)
