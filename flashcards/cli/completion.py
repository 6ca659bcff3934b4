"""What the shell offers for deck keys, tags, outputs, kinds and topics; paths and options are click's own
matter.

Turned on by the user, in bash with `eval "$(_FLASHCARDS_COMPLETE=bash_source flashcards)"`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from flashcards.collection.decks import Context
    from flashcards.collection.model import Collection
    from flashcards.collection.notetypes import NoteType
    from flashcards.exporters import Output


def deck_keys(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    collection = _collection(context)
    return _fitting(incomplete, ((deck.key, deck.title) for deck in collection.decks) if collection else ())


def tags(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    collection = _collection(context)
    used = {tag for _, note in collection.notes() for tag in note.tags} if collection else ()
    return _fitting(incomplete, ((tag, "") for tag in sorted(used)))


def outputs(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _fitting(incomplete, ((output.name, output.title) for output in _outputs(context)))


def printable(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    collection = _collection(context)
    ids = {note.id for _, note in collection.notes()} if collection else set()
    printed = [output for output in _outputs(context) if output.is_printed and output.needs <= ids]
    return _fitting(incomplete, ((output.name, output.title) for output in printed))


def kinds(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    read: Context = context.obj or _read_context()
    return _fitting(incomplete, _described(read.note_types))


def topics(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from flashcards.actions import explaining

    return _fitting(incomplete, explaining.topics(_read_context()).items())


def _collection(context: click.Context) -> Collection | None:
    from flashcards.collection import loader

    # click leaves words in `args` while an option still waits for its value
    return loader.load(*context.params.get("paths", ()), *context.args).found


def _outputs(context: click.Context) -> list[Output]:
    from flashcards import exporters
    from flashcards.collection import location
    from flashcards.resources import template_folders

    paths = (*context.params.get("paths", ()), *context.args)
    return exporters.listed(template_folders(location.locate(paths).root))


def _read_context() -> Context:
    from flashcards.collection import loader, location

    return loader.read_context(location.find_collection(Path.cwd()))[0]


def _described(note_types: Mapping[str, NoteType]) -> list[tuple[str, str]]:
    return [
        (kind, ", ".join(field.key for field in note_types[kind].written_fields))
        for kind in sorted(note_types)
    ]


def _fitting(incomplete: str, words: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(word, help=text) for word, text in words if word.startswith(incomplete)]
