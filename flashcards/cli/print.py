"""The command `print`: one thing for paper, where `build` writes whatever belongs to a collection."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flashcards.cli import completion, outputs
from flashcards.cli.terminal import echo, say, style

if TYPE_CHECKING:
    from flashcards.actions.survey import Survey
    from flashcards.collection.loader import Loaded
    from flashcards.exporters import Output
    from flashcards.exporters.job import PrintOptions


@click.command("print")
@click.argument("name", required=False, shell_complete=completion.printable)
@outputs.paths
@click.option("--list", "listing", is_flag=True, help="List what can be printed.")
@outputs.selection
@outputs.printing
def print_(
    name: str | None,
    paths: tuple[Path, ...],
    listing: bool,
    out: Path,
    decks: tuple[str, ...],
    tags: tuple[str, ...],
    printing: PrintOptions,
) -> None:
    """Write a PDF: cards to cut out, cheat sheets, a calibration sheet, or a document.

    A document NAME is a template `templates/print/NAME.typ`, one that comes with flashcards or a collection's
    own.

    \b
    Examples:
      flashcards print cards --deck 06-pitfalls
      flashcards print cards --paper letter --flip short
      flashcards print cards --fold --tag core
      flashcards print calibration
      flashcards print --list
    """
    if listing:
        from flashcards.collection import loader

        everything = loader.load(*([Path(name)] if name else []), *paths)
        for printable in _printable(everything).values():
            echo(f"{printable.name:24}{printable.title}")
        return
    from flashcards.exporters import current_name

    started = time.perf_counter()
    loaded = outputs.load(paths, decks, tags, [name or ""])
    known = _printable(loaded, also=name or "")
    name = current_name(name or "", known)
    if name not in known:
        from flashcards.diagnostics import did_you_mean

        problem = f"there is no `{name}`." if name else "NAME is missing."
        hint = did_you_mean(name, known) or f"What can be printed: {', '.join(known)}"
        raise click.UsageError(f"{problem} {hint}")
    _refuse_options(known[name])
    built = outputs.write(loaded, out, [name], tags, printing)
    if name == "cards":
        for written in built.written:
            say(
                f"{style('printed', 'done')} {written.contents} in "
                f"{time.perf_counter() - started:.1f} s: {_advice(printing)}"
            )
    outputs.end(built)


def _advice(printing: PrintOptions) -> str:
    if printing.fold:
        return "print at 100 % on one side, fold at the dashed line, glue, cut"
    return f"print at 100 % on both sides, turned on the {printing.flip} edge"


def _refuse_options(output: Output) -> None:
    """Refuse an option that was given and of which an output takes no notice."""
    context = click.get_current_context()
    for option in context.command.params:
        name = option.name or ""
        if name in _CHOSEN - output.options and context.get_parameter_source(name) is _GIVEN:
            message = f"`{output.name}` takes no notice of `{option.opts[0]}`: leave it out"
            raise click.UsageError(message)


_GIVEN = click.core.ParameterSource.COMMANDLINE
_CHOSEN = frozenset({"paper", "decks", "tags", "flip", "fold", "back_offset", "strict"})


def _printable(loaded: Loaded | Survey, also: str = "") -> dict[str, Output]:
    """Return everything that can be printed, by name: of documents those whose notes are all
    there, and the one called `also`, which then says what it misses."""
    from flashcards import exporters
    from flashcards.collection.loader import Loaded
    from flashcards.resources import template_folders

    collection = loaded.found if isinstance(loaded, Loaded) else loaded.base
    ids = {note.id for deck in loaded.decks for note in deck.notes}
    return {
        output.name: output
        for output in exporters.listed(template_folders(collection.path if collection else None))
        if output.is_printed and (output.needs <= ids or output.name == also)
    }


COMMANDS = (print_,)
