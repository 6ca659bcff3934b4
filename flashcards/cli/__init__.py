"""The command `flashcards`: parse, call one library function, print, exit. Alone reads the environment and the clock."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flashcards.cli import add, outputs, stats
from flashcards.cli import print as print_
from flashcards.cli.terminal import say, sentence, show, style

if TYPE_CHECKING:
    from flashcards.exporters import PrintOptions
    from flashcards.ledger.lock import Plan


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
            say(f"{style('error', 'error')}: {sentence(problem)}")
            context.exit(1)
        except Exception:
            sys.excepthook(*sys.exc_info())
            say("This is a bug in flashcards. Please report it with the lines above.")
            context.exit(2)
        finally:
            gc.enable()


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
@outputs.paths
@click.option(
    "--output-format", "form", type=click.Choice(["full", "concise", "json", "github"]), default="full", show_default=True
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
    from flashcards.actions.checking import check as run

    loaded = run(*paths)
    show(loaded, form)
    if loaded.errors or (strict and loaded.diagnostics):
        raise SystemExit(1)


@main.command()
@outputs.paths
@click.option("--to", multiple=True, type=click.Choice(["apkg", "pdf", "cards"]), help="Only this output; may be given again.")
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

    Notes that changed since the last release are drafts: they get a time that grows with every change, so importing the
    package again updates them and nothing else.

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


@main.command()
@outputs.paths
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if this state is not as released.")
@click.option("--since", metavar="REVISION", help="Also compare with the lock at this git tag or commit.")
@click.option(
    "--adopt",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="OLD.apkg",
    help="Read a lost lock back from the last package.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--allow-future", is_flag=True, help="Accept times ahead of the clock: only if they were published.")
def release(
    paths: tuple[Path, ...], only_check: bool, since: str | None, adopt: Path | None, yes: bool, allow_future: bool
) -> None:
    """Record what learners are about to get: writes flashcards.lock.

    Every note whose content changed gets a later time than it ever had, so that Anki takes the change; every other note
    keeps its time, so that learners' own tags and edits on it stay.

    \b
    Examples:
      flashcards release
      flashcards release --check --since v1.2
      flashcards release --adopt ml-system-design-1.1.apkg
    """
    from flashcards.actions import adopting, releasing
    from flashcards.actions.checking import check as load
    from flashcards.files import write_atomically
    from flashcards.ledger.lock import LOCK_FILE, dump_lock

    loaded = load(*paths)
    now = int(time.time())
    if adopt is not None:
        lock, differing = adopting.adopt(loaded, adopt)
        assert loaded.collection is not None
        releasing.refuse_installed(loaded.collection)
        path = loaded.collection.path / LOCK_FILE
        write_atomically(path, dump_lock(lock, loaded.collection.id).encode())
        click.echo(str(path))
        say(
            f"{len(lock.notes):,} notes adopted; {differing:,} differ from the package: "
            "`flashcards release` gives them a new time"
        )
        return
    if loaded.errors:
        show(loaded, "full")
        raise SystemExit(1)
    if only_check:
        faults = releasing.check(loaded, now=now, since=since)
        for fault in faults:
            click.echo(fault)
        if faults:
            say(
                "`flashcards release` gives what changed a later time"
                + (f"; with `--since {since}` it knows that release" if since else "")
            )
            raise SystemExit(1)
        say(style("as released", "done"))
        return
    planned = releasing.plan(loaded, now=now, since=since, allow_future=allow_future)
    say(_summary(planned))
    large = planned.released_before and len(planned.updated) > planned.released_before / 10
    if large and not yes:
        click.confirm(
            f"That touches {len(planned.updated) / planned.released_before:.0%} of the released notes. Go on?",
            abort=True,
            err=True,
        )
    for path in releasing.write(loaded.raise_for_errors(), planned):
        click.echo(str(path))


@main.command()
@click.argument("note_id", metavar="ID")
@outputs.paths
@click.option("--reason", metavar="TEXT", help="Shown to those who have the note; asked for if not given.")
def retire(note_id: str, paths: tuple[Path, ...], reason: str | None) -> None:
    """Take a released note out of study without deleting anything.

    Writes a `retired:` line into the note. Learners who have it are told on the card and by the tag `retired`; newcomers
    never meet it. A note that is gone from its file is brought back from git first.

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
    reason = reason or click.prompt(f"Why is {note_id} retired (learners read this)", err=True)
    click.echo(str(retiring.retire(loaded, note_id, reason)))


for _command in (*add.COMMANDS, *print_.COMMANDS, *stats.COMMANDS):
    main.add_command(_command)


def _summary(planned: Plan) -> str:
    updated = len(planned.updated)
    parts = [f"{len(planned.new):,} new", f"{updated:,} updated"]
    if updated:
        parts[-1] += f": a learner's own tags and edits on {f'those {updated:,}' if updated > 1 else 'that one'} are replaced"
    if planned.retired:
        parts.append(f"{len(planned.retired):,} retired")
    if planned.restyled:
        parts.append(f"new look: {', '.join(planned.restyled)}")
    return ", ".join(parts)
