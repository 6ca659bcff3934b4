"""The command `release`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flashcards.cli import outputs
from flashcards.cli.terminal import echo, echo_path, say, show, style

if TYPE_CHECKING:
    from flashcards.collection.loader import Loaded
    from flashcards.ledger.release import Plan


@click.command()
@outputs.paths
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 if this state is not as released."
)
@click.option("--since", metavar="REVISION", help="Also compare with the lock at this git tag or commit.")
@click.option(
    "--adopt",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="OLD.apkg",
    help="Read a lost lock back from the last package.",
)
@click.option(
    "--fork", is_flag=True, help="Begin a lock of its own for a copy of another collection, under a new id."
)
@click.option(
    "--resend",
    multiple=True,
    metavar="ID",
    help="Give a note a later time though its content did not change: for one that is shown otherwise now.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--allow-future", is_flag=True, help="Accept times ahead of the clock: only if they were published."
)
def release(
    paths: tuple[Path, ...],
    only_check: bool,
    since: str | None,
    adopt: Path | None,
    fork: bool,
    resend: tuple[str, ...],
    yes: bool,
    allow_future: bool,
) -> None:
    """Record what learners are about to get: writes flashcards.lock.

    Every note whose content changed gets a later time than it ever had, so that Anki takes the change; every
    other note keeps its time, so that learners' own tags and edits on it stay.

    \b
    Examples:
      flashcards release
      flashcards release --check --since v1.2
      flashcards release --adopt ml-system-design-1.1.apkg
      flashcards release --fork
      flashcards release --resend EV01,EV07
    """
    from flashcards.actions import adopting, releasing
    from flashcards.actions.checking import check as load
    from flashcards.diagnostics import InvalidCollection
    from flashcards.files import write_atomically
    from flashcards.ledger.lock import LOCK_FILE, dump_lock
    from flashcards.ledger.store import refuse_installed

    if fork and (only_check or since or adopt):
        raise click.UsageError("--fork is a first release: without --check, --since and --adopt")
    if resend and (only_check or adopt):
        raise click.UsageError("--resend is for a release: without --check and --adopt")
    loaded = load(*paths)
    now = int(time.time())
    if adopt is not None:
        lock, differing = adopting.adopt(loaded, adopt)
        refuse_installed(loaded.collection)
        path = loaded.collection.folder / LOCK_FILE
        write_atomically(path, dump_lock(lock).encode())
        echo_path(path)
        say(
            f"{len(lock.notes):,} notes adopted; {differing:,} differ from the package: "
            "`flashcards release` gives them a new time"
        )
        return
    if fork:
        loaded = releasing.as_fork(loaded)
    if loaded.errors:
        show(loaded, "full")
        raise SystemExit(1)
    if only_check:
        faults = releasing.check(loaded, now=now, since=since)
        for fault in faults:
            echo(fault)
        if faults:
            say(
                "`flashcards release` gives what changed a later time"
                + (f"; with `--since {since}` it knows that release" if since else "")
            )
            raise SystemExit(1)
        say(style("as released", "done"))
        return
    ids = [note_id.strip() for word in resend for note_id in word.split(",") if note_id.strip()]
    try:
        planned = releasing.plan(
            loaded, now=now, since=since, allow_future=allow_future, fork=fork, resend=ids
        )
    except InvalidCollection as problem:  # what earlier releases forbid
        from dataclasses import replace

        show(replace(loaded, diagnostics=problem.diagnostics), "full")
        raise SystemExit(1) from None
    if fork:
        _say_shared_decks(loaded, yes)
    say(_summary(planned))
    large = planned.released_before and len(planned.updated) > planned.released_before / 10
    if large and not yes:
        click.confirm(
            f"That touches {len(planned.updated) / planned.released_before:.0%} of the "
            "released notes. Go on?",
            abort=True,
            err=True,
        )
    for path in releasing.write(loaded.raise_for_errors(), planned):
        echo_path(path)


def _say_shared_decks(loaded: Loaded, yes: bool) -> None:
    from flashcards.actions import releasing
    from flashcards.reporting import some

    original, shared = releasing.shared_decks(loaded)
    if not shared:
        return
    say(
        f"{some(shared)}: `{original}` has decks of these names too, and who has both collections finds the "
        "cards of both in them. Change `root:` in collection.yaml now; after the release the names stay."
    )
    if not yes:
        click.confirm("Release under these names all the same?", abort=True, err=True)


def _summary(planned: Plan) -> str:
    from flashcards.reporting import count, some

    updated = len(planned.updated)
    parts = [f"{len(planned.new):,} new", f"{updated:,} updated"]
    if updated:
        parts[-1] += (
            ": a learner's own tags and edits on "
            f"{f'those {updated:,}' if updated > 1 else 'that one'} are replaced"
        )
    if planned.retired:
        parts.append(f"{len(planned.retired):,} retired")
    if planned.restyled:
        parts.append(f"new look: {', '.join(planned.restyled)}")
    if planned.moved:
        many = len(planned.moved) > 1
        parts.append(
            f"{len(planned.moved):,} moved to another deck: learners who have "
            f"{'them keep their' if many else 'it keep its'} cards where they are"
        )
    lines = [", ".join(parts)]
    if planned.gone:
        lines.append(
            f"{some(planned.gone)} of an earlier release: in no deck now. Those who have such a note keep "
            f"it; `flashcards retire {planned.gone[0]}` would tell them why it is gone"
        )
    if planned.mended:
        many = len(planned.mended) > 1
        lines.append(
            f"{count(len(planned.mended), 'note')} {'are' if many else 'is'} shown otherwise by this version "
            f"of flashcards; who has {'them keeps them' if many else 'it keeps it'} as before. "
            f"`flashcards release --resend {','.join(planned.mended)}` sends {'them' if many else 'it'} "
            "again, and replaces learners' own tags and edits"
        )
    if planned.forgotten:
        lines.append(
            f"{some(planned.forgotten)}: drafts that were built with the clock ahead are forgotten. If you "
            "imported one, import the next package once with *Update notes: Always*"
        )
    return "\n".join(lines)


COMMANDS = (release,)
