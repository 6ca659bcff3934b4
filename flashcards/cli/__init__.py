"""The command `flashcards`: one module a command. Alone prints, exits, and reads the environment and the
clock."""

from __future__ import annotations

import gc
import sys
from io import TextIOWrapper
from typing import Any

import click

# Modules, not their functions: `flashcards.cli.check` must be the module, not the command in it
from flashcards.cli import add, build, check, diff, explain, fix, new, preview, release, retire, schema, stats
from flashcards.cli import print as print_
from flashcards.cli.terminal import say, sentence, style

_MODULES = (new, add, preview, fix, check, stats, explain, schema, build, print_, diff, release, retire)


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
@click.version_option(None, "-V", "--version", package_name="mlsd-flashcards", prog_name="flashcards")
def main() -> None:
    """YAML decks to Anki packages that can be updated without losing reviews, and to printable sheets.

    PATHS are deck files or a collection's folder. Without any, the collection of the working directory is
    meant, and where there is none, the decks that come with flashcards.

    \b
    Examples:
      flashcards check
      flashcards build
      flashcards build decks/06-pitfalls.yaml --to cheat-sheets
    """


for _module in _MODULES:
    for _command in _module.COMMANDS:
        main.add_command(_command)
