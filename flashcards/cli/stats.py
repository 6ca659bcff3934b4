"""The command `stats`: what a collection holds, for authors who plan what to write next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flashcards.cli import outputs
from flashcards.cli.terminal import echo

if TYPE_CHECKING:
    from flashcards.actions.coverage import Item
    from flashcards.actions.statistics import Statistics


@click.command()
@outputs.paths
@click.option(
    "--coverage", "with_coverage", is_flag=True, help="List the items of coverage.yaml and who teaches them."
)
@click.option(
    "--output-format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def stats(paths: tuple[Path, ...], with_coverage: bool, form: str) -> None:
    """Count notes and cards, and measure how long answers are and how many name a source.

    Retired notes count nowhere. `apart` is the share of notes in which a learner tells cases apart, as the
    `recall:` of their kind says; `95%` is the length in words that 95 of 100 texts do not exceed. Declared
    keys that have `values` are counted too. PATHS choose decks, but `--coverage` is about the whole
    collection.

    \b
    Examples:
      flashcards stats
      flashcards stats decks/06-pitfalls.yaml
      flashcards stats --coverage
      flashcards stats --output-format json
    """
    from dataclasses import asdict

    from flashcards.actions import coverage, statistics
    from flashcards.collection import loader

    loaded = loader.load(*paths)
    collection = loaded.raise_for_errors()
    if with_coverage:
        items = coverage.coverage(collection)
        data: list[dict[str, Any]] = [{**asdict(item), "missing": item.is_missing} for item in items]
        echo(_json(data) if form == "json" else "\n".join(_covered(items)))
    else:
        found = statistics.by_deck(collection, loaded.selected)
        echo(_json([asdict(each) for each in found]) if form == "json" else "\n".join(_counts(found)))


def _json(data: object) -> str:
    import json

    return json.dumps(data, ensure_ascii=False, indent=1)


def _counts(found: Sequence[Statistics]) -> list[str]:
    head = ("deck", "notes", "cards", "answer", "95%", "why", "95%", "apart", "sourced", "ignores")
    rows = [
        (
            each.name,
            f"{each.notes:,}",
            f"{each.cards:,}",
            f"{each.answer.mean:.1f}",
            str(each.answer.p95),
            f"{each.why.mean:.1f}",
            str(each.why.p95),
            f"{each.discrimination:.0%}",
            f"{each.sourced:.0%}",
            str(each.ignores),
        )
        for each in found
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in (head, *rows)
    ]
    total = found[-1]
    named = {
        "kinds": total.kinds,
        "priorities": total.priorities,
        "levels": total.levels,
        **total.keys,
    }
    width = max(map(len, named)) + 2
    return [*lines, "", *(f"{name:{width}}{_listed(counts)}" for name, counts in named.items())]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in counts.items())


def _covered(items: Sequence[Item]) -> list[str]:
    lines = [f"{item.key:6}{item.rank}  {item.text}\n         {_teachers(item)}" for item in items]
    missing = [item.key for item in items if item.is_missing]
    wanted = sum(item.rank != "C" for item in items)
    summary = f"{wanted - len(missing)} of {wanted} items are taught"
    return [*lines, "", f"{summary}; missing: {', '.join(missing)}" if missing else summary]


def _teachers(item: Item) -> str:
    return ", ".join(item.notes) if item.notes else "missing" if item.is_missing else "left out on purpose"


COMMANDS = (stats,)
