"""The outputs: what `build` and `print` can write, in one list. An exporter takes a `Job` and yields the
files that it wrote and what it found."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from flashcards import plugins
from flashcards.diagnostics import Diagnostic, FlashcardsError, did_you_mean
from flashcards.exporters.job import Job, Written


class UnknownOutputError(FlashcardsError):
    """There is no output of this name; says which there are."""


Exporter = Callable[[Job], Iterator[Written | Diagnostic]]


class Output(NamedTuple):
    """Something that can be written. `name` is what `--to` and `print` take, `title` says what it is."""

    name: str
    title: str
    export: Exporter
    is_printed: bool = True  # on paper, so that `print` offers it
    needs_text: bool = True  # of the notes; without, what a survey knows of them is enough
    needs: frozenset[str] = frozenset()  # ids of notes without which it cannot be written
    options: frozenset[str] = frozenset({"paper", "decks", "tags"})  # of `print` that concern it
    templates: tuple[str, ...] = ()  # those of `templates/print/` that are its own, and no documents


# Lazy: genanki and typst are slow to import


def _apkg(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters import apkg

    yield from apkg.export(job)


def _cheat_sheets(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import cheat_sheets

    yield from cheat_sheets.export(job)


def _cards(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import cards

    yield from cards.export(job)


def _document(name: str, title: str, job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import documents

    yield from documents.export(job, name, title)


_OF_CARDS = frozenset({"paper", "decks", "tags", "flip", "fold", "back_offset", "strict"})

OUTPUTS = (  # in the order in which they are written
    Output("apkg", "Package for Anki", _apkg, is_printed=False, needs_text=False),
    Output(
        "cheat-sheets",
        "Cheat sheets, one a deck and one with all of them",
        _cheat_sheets,
        templates=("cheat-sheets", "cheat-sheets-frame", "cheatsheet"),
    ),
    Output(
        "cards",
        "Cut-out cards, fronts and backs",
        _cards,
        options=_OF_CARDS,
        templates=("cards", "cards-frame"),
    ),
)
DEFAULT = ("apkg", "cheat-sheets")
_FORMER_NAMES = {
    "pdf": "cheat-sheets",
    "cheatsheets": "cheat-sheets",
}  # of 0.9: `--to pdf`, `print cheatsheets`


def current_name(name: str, known: Container[str]) -> str:
    """Return the name that an output has now, if `name` is not known and was one of 0.9."""
    return name if name in known else _FORMER_NAMES.get(name, name)


def listed(template_folders: Sequence[Path]) -> list[Output]:
    """Return all outputs: our own, the documents of these folders of templates, and those of plug-ins."""
    ours = [*OUTPUTS, *_documents(template_folders)]
    names = {output.name for output in ours}
    return ours + [
        _of_plugin(plugin) for plugin in plugins.installed("exporters") if plugin.name not in names
    ]


def chosen(names: Sequence[str], template_folders: Sequence[Path]) -> list[Output]:
    """Return the outputs with these names, the default ones if there are none: our own in the order of
    `OUTPUTS`, then the others as they are named.

    Raises `UnknownOutputError` if there is none of a name, and `PluginError` if a plug-in has taken the name
    of another output."""
    names = names or DEFAULT
    found = [output for output in OUTPUTS if output.name in names]
    if len(found) == len(set(names)) and not plugins.installed("exporters"):
        return found  # without a look at templates
    known = {output.name: output for output in [*OUTPUTS, *_documents(template_folders)]}
    owners: dict[str, plugins.Plugin] = {}
    for plugin in plugins.installed("exporters"):
        if plugin.name in names and plugin.name in known:
            raise plugins.clash(plugin, plugin.name, owners.get(plugin.name))
        owners[plugin.name] = plugin
        known.setdefault(plugin.name, _of_plugin(plugin))
    wanted = dict.fromkeys(current_name(name, known) for name in names)
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or f"Outputs: {', '.join(known)}"
            raise UnknownOutputError(f"there is no output `{name}`. {hint}")
    ours = [output for output in OUTPUTS if output.name in wanted]
    return ours + [known[name] for name in wanted if known[name] not in ours]


def need_text(names: Sequence[str]) -> bool:
    """Tell whether any of the outputs with these names, the default ones if there are none, needs the text of
    notes."""
    without = {output.name for output in OUTPUTS if not output.needs_text}
    return not without.issuperset(names or DEFAULT)


def _documents(template_folders: Sequence[Path]) -> Iterator[Output]:
    from flashcards.exporters.print import documents

    taken = {template for output in OUTPUTS for template in output.templates}
    for name, title in documents.titles(template_folders).items():
        if name not in taken:
            ids, options = documents.needs(template_folders, name)
            yield Output(name, title, partial(_document, name, title), needs=ids, options=options)


def _of_plugin(plugin: plugins.Plugin) -> Output:
    return Output(plugin.name, plugin.package, partial(_written_by, plugin), is_printed=False)


def _written_by(plugin: plugins.Plugin, job: Job) -> Iterator[Written | Diagnostic]:
    items: Iterator[Written | Diagnostic] = plugin.results((Written, Diagnostic), job)
    for item in items:
        if isinstance(item, Written) and not isinstance(item.path, Path):
            raise plugins.PluginError(f"{plugin} wrote `{item.path}`, which is no `Path`")
        yield item
