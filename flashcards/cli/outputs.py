"""What `build` and `print` share: their options, and how a collection's outputs are written."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flashcards.cli import completion, machine
from flashcards.cli.terminal import echo_path, say, sentence, show, style

if TYPE_CHECKING:
    from flashcards.actions.building import Built
    from flashcards.actions.survey import Survey
    from flashcards.actions.unchanged import Record
    from flashcards.collection.loader import Loaded
    from flashcards.exporters.job import PrintOptions, Written

_Command = Callable[..., Any]


def _millimetres(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(
            f"`{value}` is not two numbers with a comma between them, such as 1.5,-0.5"
        ) from None
    if not (abs(x) <= 20 and abs(y) <= 20):
        raise click.BadParameter(f"`{value}` is more than 20 mm")
    return x, y


_SELECTION = (
    click.option(
        "-o", "--out", type=click.Path(path_type=Path, file_okay=False), default="out", show_default=True,
        help="Folder for the outputs.",
    ),
    click.option(
        "--deck", "decks", multiple=True, metavar="KEY", shell_complete=completion.deck_keys,
        help="Only this deck, by file name without .yaml; may be given again.",
    ),
    click.option(
        "--tag", "tags", multiple=True, metavar="TAG", shell_complete=completion.tags,
        help="Only notes with this tag or one below it; may be given again.",
    ),
)  # fmt: skip
_PRINTING = (
    click.option(
        "--paper",
        type=click.Choice(["a4", "letter"]),
        default="a4",
        show_default=True,
        help="Size of the paper.",
    ),
    click.option(
        "--flip",
        type=click.Choice(["long", "short"]),
        default="long",
        show_default=True,
        help="Edge about which the printer turns the paper for the backs of cards.",
    ),
    click.option(
        "--fold",
        is_flag=True,
        help="Cards with both sides beside each other, for printers that print on one.",
    ),
    click.option(
        "--back-offset",
        metavar="X,Y",
        default="0,0",
        callback=_millimetres,
        envvar="FLASHCARDS_BACK_OFFSET",
        show_envvar=True,
        help=(
            "Millimetres by which backs of cards move right and down; `flashcards print "
            "calibration` tells them."
        ),
    ),
    click.option("--strict", is_flag=True, help="Exit 1 if a note does not fit one card."),
)


def _say_if_shipped(
    _context: click.Context, _parameter: click.Parameter, paths: tuple[Path, ...]
) -> tuple[Path, ...]:
    from flashcards.collection.location import deck_like, own_collection

    here = Path.cwd()
    if not paths and own_collection(here) is None and deck_like(here) is None:
        say("there is no collection here: the decks that come with flashcards are taken")
    return paths


def paths(command: _Command) -> _Command:
    """Add PATHS to a command: deck files, or a collection's folder. If there are none and the working
    directory is in no collection, a line says so."""
    argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), callback=_say_if_shipped)
    return argument(command)


def selection(command: _Command) -> _Command:
    """Add `--out`, `--deck` and `--tag` to a command, which takes `out`, `decks` and `tags`."""
    return _with(_SELECTION, command)


def printing(command: _Command) -> _Command:
    """Add the options of paper to a command, which takes them all as one `printing`."""

    @functools.wraps(command)
    def collected(
        *, paper: str, flip: Any, fold: bool, back_offset: tuple[float, float], strict: bool, **others: Any
    ) -> Any:
        from flashcards.exporters.job import PrintOptions

        options = PrintOptions("us-letter" if paper == "letter" else "a4", flip, fold, back_offset, strict)
        return command(printing=options, **others)

    return _with(_PRINTING, collected)


def _with(options: Sequence[Callable[[_Command], _Command]], command: _Command) -> _Command:
    for option in reversed(options):  # as decorators: the last one given comes first
        command = option(command)
    return command


def load(
    paths: Sequence[Path], decks: Sequence[str], tags: Sequence[str], to: Sequence[str] = ()
) -> Loaded | Survey:
    """Load what the options select, for the outputs `to`. Shows errors and exits 1 if there are any; refuses
    decks and tags that do not exist."""
    from flashcards.actions.checking import check_with
    from flashcards.exporters import need_text

    for_print = need_text(to)
    loaded = check_with(machine.cache(), *paths, for_package=True, for_print=for_print, jobs=machine.jobs())
    if any(finding.forbids for finding in loaded.errors):
        show(loaded, "full")
        raise SystemExit(1)
    if decks:
        loaded = _only(loaded, decks)
    _must_exist(loaded, tags)
    return loaded


def _only(loaded: Loaded | Survey, decks: Sequence[str]) -> Loaded | Survey:
    from dataclasses import replace

    from flashcards.diagnostics import did_you_mean

    keys = {deck.key for deck in loaded.decks}
    for key in decks:
        if key not in keys:
            hint = did_you_mean(key, keys) or f"Decks: {', '.join(sorted(keys))}"
            raise click.BadParameter(f"no deck `{key}`. {hint}", param_hint="--deck")
    return replace(loaded, selected=frozenset(decks))


def _must_exist(loaded: Loaded | Survey, tags: Sequence[str]) -> None:
    """Refuse a tag that selects nothing: a package without notes would take the place of the last one."""
    from flashcards.collection.model import has_any_tag
    from flashcards.diagnostics import did_you_mean

    selected = [note.tags for deck in loaded.decks if deck.key in loaded.selected for note in deck.notes]
    for tag in tags:
        if not any(has_any_tag(own, [tag]) for own in selected):
            hint = did_you_mean(
                tag, {tag for deck in loaded.decks for note in deck.notes for tag in note.tags}
            )
            message = f"no note of this selection has the tag `{tag}`. {hint or ''}"
            raise click.BadParameter(message.rstrip(), param_hint="--tag")


def write(
    loaded: Loaded | Survey,
    out: Path,
    to: Sequence[str],
    tags: Sequence[str],
    printing: PrintOptions,
    *,
    locked: bool = False,
) -> Built:
    """Write outputs, naming each as it is there, and show what was found on the way. Names of files say which
    decks or tags were chosen."""
    from flashcards import reporting
    from flashcards.actions.building import build
    from flashcards.collection.model import has_any_tag
    from flashcards.exporters import UnknownOutputError
    from flashcards.exporters.job import selection_suffix

    def on_output(written: Written) -> None:
        echo_path(written.path)

    now = int(time.time())
    keys = [deck.key for deck in loaded.decks if deck.key in loaded.selected]
    some = keys if len(keys) < len(loaded.decks) else []
    try:
        built = build(
            loaded,
            out,
            now=now,
            locked=locked,
            to=to,
            choose=lambda note: has_any_tag(note.tags, tags),
            printing=printing,
            cache=machine.cache(),
            on_output=on_output,
            suffix=selection_suffix(some, tags),
        )
    except UnknownOutputError as problem:
        raise click.BadParameter(str(problem), param_hint="--to") from None
    findings = summary(loaded)
    if findings:
        say(findings)
    if built.diagnostics:
        say(reporting.full(built.diagnostics, style))
    return built


def summary(loaded: Loaded | Survey) -> str:
    """Return in a line how many warnings there were before the build, empty if there were none."""
    from flashcards import reporting
    from flashcards.diagnostics import Severity

    warnings = [finding for finding in loaded.diagnostics if finding.severity is Severity.WARNING]
    them = "it" if len(warnings) == 1 else "them"
    found = reporting.summary(warnings)
    return f"{found}: `flashcards check` shows {them}" if found else ""


def record(paths: Sequence[Path], out: Path, options: Sequence[object]) -> Record | None:
    """Return the record of builds with these arguments, None if `paths` name no collection or if there are
    plug-ins."""
    from flashcards import plugins
    from flashcards.actions.unchanged import Record
    from flashcards.collection.location import locate

    located = locate(paths)
    if located.root is None or located.problems or plugins.are_installed():
        return None
    arguments = [[str(path) for path in paths], str(out), *options]
    return Record(located.root, arguments, machine.cache())


def end(built: Built) -> None:
    """Say which outputs are missing, and exit 1 if any is or if there was an error."""
    from flashcards.diagnostics import Severity

    for name, problem in built.failures:
        say(f"{style('error', 'error')}: {name} was not written: {sentence(problem)}")
    if built.failures or any(finding.severity is Severity.ERROR for finding in built.diagnostics):
        raise SystemExit(1)
