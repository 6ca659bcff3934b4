"""The command `flashcards`: parse, call one library function, print, exit. Alone reads the environment and the clock."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flashcards import cli_authoring, cli_completion

if TYPE_CHECKING:
    from flashcards.exporters import Written
    from flashcards.ledger import Plan
    from flashcards.loader import Loaded

_STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "place": {"fg": "blue"},
    "mark": {"fg": "red"},
    "help": {"fg": "cyan"},
    "done": {"fg": "green"},
}


def _style(text: str, role: str) -> str:
    # https://no-color.org; click itself leaves colours out where the output is no terminal
    return text if os.environ.get("NO_COLOR") else click.style(text, **_STYLES[role])


def _say(text: str) -> None:
    """What is neither a finding nor a written path goes to stderr, so that stdout can be piped."""
    click.echo(text, err=True)


def _sentence(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.filename}: {problem.strerror}"
    return str(problem)


class _Group(click.Group):
    """Turns a user's error into a sentence and exit code 1; a bug keeps its traceback and exits 2."""

    def invoke(self, context: click.Context) -> Any:
        from flashcards.diagnostics import FlashcardsError

        if isinstance(sys.stdout, TextIOWrapper):  # a pipe on Windows knows the letters of one alphabet only
            sys.stdout.reconfigure(errors="backslashreplace")
        gc.disable()  # hardly anything here is garbage in a cycle, and looking for some slows a large build
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (FlashcardsError, OSError) as problem:
            _say(f"{_style('error', 'error')}: {_sentence(problem)}")
            context.exit(1)
        except Exception:
            sys.excepthook(*sys.exc_info())
            _say("This is a bug in flashcards. Please report it with the lines above.")
            context.exit(2)
        finally:
            gc.enable()


def _paths(command: Any) -> Any:
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(command)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mlsd-flashcards", prog_name="flashcards")
def main() -> None:
    """YAML decks to Anki packages that can be updated without losing reviews, and to printable sheets.

    PATHS are deck files or a collection's folder. Without any, the collection of the working directory is meant, and where
    there is none, the decks that come with flashcards.

    \b
    Examples:
      flashcards check
      flashcards build
      flashcards build decks/06-pitfalls.yaml --to pdf
    """


@main.command()
@_paths
@click.option("--output-format", "form", type=click.Choice(["full", "concise", "json", "github"]), default="full", show_default=True)
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
    from flashcards.checking import check as run

    loaded = run(*paths)
    _show(loaded, form)
    if loaded.errors or (strict and loaded.diagnostics):
        raise SystemExit(1)


@main.command()
@_paths
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="out", show_default=True, help="Folder for the outputs.")
@click.option("--to", multiple=True, type=click.Choice(["apkg", "pdf"]), help="Only this output; may be given again.")
@click.option(
    "--deck", "decks", multiple=True, metavar="KEY", shell_complete=cli_completion.deck_keys,
    help="Only this deck, by file name without .yaml; may be given again.",
)  # fmt: skip
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", shell_complete=cli_completion.tags,
    help="Only notes with this tag or one below it; may be given again.",
)  # fmt: skip
@click.option("--locked", is_flag=True, help="Fail if any note differs from the last release.")
def build(paths: tuple[Path, ...], out: Path, to: Sequence[str], decks: tuple[str, ...], tags: tuple[str, ...], locked: bool) -> None:
    """Write the Anki package and the cheat sheets.

    Notes that changed since the last release are drafts: they get a time that grows with every change, so importing the
    package again updates them and nothing else.

    \b
    Examples:
      flashcards build
      flashcards build --to apkg --out dist
      flashcards build --deck 06-pitfalls --to pdf
      flashcards build --tag core
    """
    from flashcards import reporting
    from flashcards.building import build as run
    from flashcards.checking import check as load

    started = time.perf_counter()
    loaded = load(*paths)
    if loaded.errors:
        _show(loaded, "full")
        raise SystemExit(1)
    if decks:
        loaded = _only(loaded, decks)
    _must_exist(loaded, tags)

    def on_output(written: Written) -> None:
        click.echo(str(written.path))

    built = run(loaded, out, now=int(time.time()), locked=locked, to=to, tags=tags, on_output=on_output)
    if loaded.diagnostics:
        _say(f"{reporting.summary(loaded.diagnostics)}: `flashcards check` shows {'it' if len(loaded.diagnostics) == 1 else 'them'}")
    if built.diagnostics:
        _say(reporting.full(built.diagnostics, _style))
    for written in built.written:
        if written.path.suffix == ".apkg":
            _say(f"{_style('built', 'done')} {written.contents} in {time.perf_counter() - started:.1f} s")
    if built.drafts:
        _say(f"{built.drafts:,} {'note is a draft' if built.drafts == 1 else 'notes are drafts'}: `flashcards release` gives them their time")
    for name, problem in built.failures:
        _say(f"{_style('error', 'error')}: {name} was not written: {_sentence(problem)}")
    if built.failures:
        raise SystemExit(1)


@main.command()
@_paths
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if this state is not as released.")
@click.option("--since", metavar="REVISION", help="Also compare with the lock at this git tag or commit.")
@click.option("--adopt", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="OLD.apkg", help="Read a lost lock back from the last package.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--allow-future", is_flag=True, help="Accept times ahead of the clock: only if they were published.")
def release(paths: tuple[Path, ...], only_check: bool, since: str | None, adopt: Path | None, yes: bool, allow_future: bool) -> None:
    """Record what learners are about to get: writes flashcards.lock.

    Every note whose content changed gets a later time than it ever had, so that Anki takes the change; every other note
    keeps its time, so that learners' own tags and edits on it stay.

    \b
    Examples:
      flashcards release
      flashcards release --check --since v1.2
      flashcards release --adopt ml-system-design-1.1.apkg
    """
    from flashcards import adopting, ledger, releasing
    from flashcards.checking import check as load
    from flashcards.files import write_atomically

    loaded = load(*paths)
    now = int(time.time())
    if adopt is not None:
        lock, differing = adopting.adopt(loaded, adopt)
        assert loaded.collection is not None
        releasing.refuse_installed(loaded.collection)
        path = loaded.collection.path / ledger.LOCK_FILE
        write_atomically(path, ledger.dump_lock(lock, loaded.collection.id).encode())
        click.echo(str(path))
        _say(f"{len(lock.notes):,} notes adopted; {differing:,} differ from the package: `flashcards release` gives them a new time")
        return
    if loaded.errors:
        _show(loaded, "full")
        raise SystemExit(1)
    if only_check:
        faults = releasing.check(loaded, now=now, since=since)
        for fault in faults:
            click.echo(fault)
        if faults:
            _say("`flashcards release` gives what changed a later time" + (f"; with `--since {since}` it knows that release" if since else ""))
            raise SystemExit(1)
        _say(_style("as released", "done"))
        return
    planned = releasing.plan(loaded, now=now, since=since, allow_future=allow_future)
    _say(_summary(planned))
    large = planned.released_before and len(planned.updated) > planned.released_before / 10
    if large and not yes:
        click.confirm(f"That touches {len(planned.updated) / planned.released_before:.0%} of the released notes. Go on?", abort=True, err=True)
    for path in releasing.write(loaded.raise_for_errors(), planned):
        click.echo(str(path))


@main.command()
@click.argument("note_id", metavar="ID")
@_paths
@click.option("--reason", metavar="TEXT", help="Shown to those who have the note; asked for if not given.")
def retire(note_id: str, paths: tuple[Path, ...], reason: str | None) -> None:
    """Take a released note out of study without deleting anything.

    Writes a `retired:` line into the note. Learners who have it are told on the card and by the tag `retired`; newcomers
    never meet it. A note that is gone from its file is brought back from git first.

    \b
    Examples:
      flashcards retire PF12 --reason "replaced by PF43 and PF44"
    """
    from flashcards import loader, retiring

    loaded = loader.load(*paths)
    if loaded.errors:
        _show(loaded, "full")
        raise SystemExit(1)
    reason = reason or click.prompt(f"Why is {note_id} retired (learners read this)", err=True)
    click.echo(str(retiring.retire(loaded, note_id, reason)))


for _command in cli_authoring.COMMANDS:
    main.add_command(_command)


def _show(loaded: Loaded, form: str) -> None:
    from flashcards import reporting

    text = reporting.FORMATS[form](loaded.diagnostics, _style)
    if text:
        click.echo(text)
    notes = sum(len(deck.notes) for deck in loaded.collection.decks) if loaded.collection else 0
    _say(reporting.summary(loaded.diagnostics) or _style(f"{notes:,} note{'' if notes == 1 else 's'}, nothing to report", "done"))


def _only(loaded: Loaded, decks: tuple[str, ...]) -> Loaded:
    from dataclasses import replace

    from flashcards.diagnostics import did_you_mean

    keys = {deck.key for deck in loaded.raise_for_errors().decks}
    for key in decks:
        if key not in keys:
            raise click.BadParameter(f"no deck `{key}`. " + (did_you_mean(key, keys) or f"Decks: {', '.join(sorted(keys))}"), param_hint="--deck")
    return replace(loaded, selected=frozenset(decks))


def _must_exist(loaded: Loaded, tags: tuple[str, ...]) -> None:
    """Refuse a tag that selects nothing: a package without notes would take the place of the last one."""
    from flashcards.building import select
    from flashcards.diagnostics import did_you_mean

    collection = loaded.raise_for_errors()
    for tag in tags:
        if not any(notes for _, notes in select(collection, loaded.selected, [tag])):
            hint = did_you_mean(tag, {tag for _, note in collection.notes() for tag in note.tags})
            raise click.BadParameter(f"no note of this selection has the tag `{tag}`. {hint or ''}".rstrip(), param_hint="--tag")


def _summary(planned: Plan) -> str:
    updated = len(planned.updated)
    parts = [f"{len(planned.new):,} new", f"{updated:,} updated"]
    if updated:
        parts[-1] += f": a learner's own tags and edits on {'those' if updated > 1 else 'that one'}{f' {updated:,}' if updated > 1 else ''} are replaced"
    if planned.retired:
        parts.append(f"{len(planned.retired):,} retired")
    if planned.restyled:
        parts.append(f"new look: {', '.join(planned.restyled)}")
    return ", ".join(parts)
