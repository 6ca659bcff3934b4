"""The command `explain`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli import completion


@click.command()
@click.argument("topic", required=False, shell_complete=completion.topics)
def explain(topic: str | None) -> None:
    """Say what a rule or a kind of note is about: why it matters, a bad example, a good one.

    \b
    Examples:
      flashcards explain
      flashcards explain text-cut-off
      flashcards explain pitfall
    """
    from flashcards.actions import explaining
    from flashcards.collection import location, notetypes
    from flashcards.diagnostics import did_you_mean
    from flashcards.resources import template_folders

    types, _ = notetypes.load(template_folders(location.find_collection(Path.cwd())))
    checks = {check.name: check for check in explaining.plugin_checks()}
    if topic is None:
        click.echo("Rules:")
        for rule in explaining.rules():
            click.echo(f"  {rule:24}{explaining.summary(rule)}")
        for check in checks.values():
            click.echo(f"  {check.name:24}A check of {check.package}.")
        click.echo("\nKinds of notes:")
        for kind in sorted(types):
            click.echo(f"  {kind:24}{', '.join(field.key for field in types[kind].written_fields)}")
    elif topic in types:
        click.echo(explaining.kind_page(types[topic]))
    elif topic in explaining.rules():
        click.echo(explaining.page(topic))
    elif topic in checks:
        click.echo(explaining.plugin_page(checks[topic]))
    else:
        hint = (
            did_you_mean(topic, [*explaining.rules(), *checks, *types]) or "`flashcards explain` lists them."
        )
        raise click.BadParameter(f"no rule or kind `{topic}`. {hint}")


COMMANDS = (explain,)
