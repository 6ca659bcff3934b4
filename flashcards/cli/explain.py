"""The command `explain`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli import completion
from flashcards.cli.terminal import echo


@click.command()
@click.argument("topic", required=False, shell_complete=completion.topics)
def explain(topic: str | None) -> None:
    """Say what a rule, a kind of note or a key of a note is about.

    A rule's page says why it matters, with a bad example and a good one; `keys` lists all keys of notes.

    \b
    Examples:
      flashcards explain
      flashcards explain text-cut-off
      flashcards explain pitfall
      flashcards explain keys
      flashcards explain sources
    """
    from flashcards.actions import explaining
    from flashcards.collection import loader, location
    from flashcards.collection.keys import note_keys
    from flashcards.diagnostics import did_you_mean

    context, _ = loader.read_context(location.find_collection(Path.cwd()))
    topics = explaining.topics(context)
    if topic is None:
        groups = {
            "Rules": [*explaining.rules(), *(check.name for check in explaining.plugin_checks())],
            "Kinds of notes": sorted(context.note_types),
            "Keys of notes of any kind": note_keys(context.settings.keys.values()),
        }
        lists = (
            "\n".join([f"{title}:", *(f"  {name:24}{topics[name]}" for name in names)])
            for title, names in groups.items()
        )
        echo("\n\n".join(lists))
        return
    text = explaining.explanation(topic, context)
    if text is None:
        hint = did_you_mean(topic, topics) or "`flashcards explain` lists them."
        raise click.BadParameter(f"no rule, kind or key `{topic}`. {hint}")
    echo(text)


COMMANDS = (explain,)
