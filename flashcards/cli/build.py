"""The command `build`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flashcards.cli import completion, outputs
from flashcards.cli.terminal import echo_path, say, style

if TYPE_CHECKING:
    from flashcards.exporters.job import PrintOptions


@click.command()
@outputs.paths
@click.option(
    "--to",
    multiple=True,
    metavar="OUTPUT",
    shell_complete=completion.outputs,
    help="Only this output: apkg, cheat-sheets, cards, a document, or that of a plug-in; may be given again.",
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
      flashcards build --deck 06-pitfalls --to cheat-sheets
      flashcards build --tag core
    """
    from dataclasses import astuple

    started = time.perf_counter()
    record = outputs.record(paths, out, [to, decks, tags, locked, astuple(printing)])
    said = record.said() if record else None
    if said is not None:
        written, contents, drafts, findings = said
        for path in written:
            echo_path(path)
        if findings:
            say(findings)
        _say("unchanged", contents, started, drafts)
        return
    loaded = outputs.load(paths, decks, tags, to)
    built = outputs.write(loaded, out, to, tags, printing, locked=locked)
    contents = [file.contents for file in built.written if file.path.suffix == ".apkg"]
    _say("built", contents, started, built.drafts)
    if record and not built.failures and not built.diagnostics:
        files = [file.path for file in built.written]
        record.keep(files, [[*map(str, files)], contents, built.drafts, outputs.summary(loaded)])
    outputs.end(built)


def _say(what: str, packages: Sequence[str], started: float, drafts: int) -> None:
    """Say what was built and how many notes are drafts."""
    for contents in packages:
        say(f"{style(what, 'done')} {contents} in {time.perf_counter() - started:.1f} s")
    if drafts:
        notes = "note is a draft" if drafts == 1 else "notes are drafts"
        say(f"{drafts:,} {notes}: `flashcards release` gives them their time")


COMMANDS = (build,)
