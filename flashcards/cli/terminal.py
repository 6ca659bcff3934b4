"""What the commands say on a terminal: findings and written paths on stdout, everything else on stderr, in
colour if wanted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from flashcards.actions.survey import Survey
    from flashcards.collection.loader import Loaded

_STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "place": {"fg": "blue"},
    "mark": {"fg": "red"},
    "help": {"fg": "cyan"},
    "done": {"fg": "green"},
}


def style(text: str, role: str) -> str:
    # https://no-color.org; click itself leaves colours out where the output is no terminal
    return text if os.environ.get("NO_COLOR") else click.style(text, **_STYLES[role])


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, in which nothing that a stranger wrote can command the terminal; only colours stay."""
    from flashcards.reporting import visible

    click.echo(visible(text), err=err, nl=nl)


def echo_path(path: object) -> None:
    """Print where a file was written, on one line, whatever a stranger called it."""
    from flashcards.reporting import on_one_line

    click.echo(on_one_line(str(path)))


def say(text: str) -> None:
    """What is neither a finding nor a written path goes to stderr, so that stdout can be piped."""
    echo(text, err=True)


def sentence(problem: Exception) -> str:
    from flashcards.reporting import visible

    if isinstance(problem, OSError) and problem.filename is not None:
        return visible(f"{problem.filename}: {problem.strerror}")
    return visible(str(problem))


def show(loaded: Loaded | Survey, form: str) -> None:
    """Print what was found in a collection, and how much it is."""
    from flashcards import reporting

    text = reporting.FORMATS[form](loaded.diagnostics, style)
    if text:
        echo(text)
    notes = sum(len(deck.notes) for deck in loaded.decks)
    say(
        reporting.summary(loaded.diagnostics)
        or style(f"{reporting.count(notes, 'note')}, nothing to report", "done")
    )
