"""The outputs: one module each, listed once. An exporter takes a `Job` and yields the files it wrote and what
it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from flashcards import plugins
from flashcards.diagnostics import Diagnostic, FlashcardsError, did_you_mean
from flashcards.exporters.job import Job, Written


class UnknownOutputError(FlashcardsError):
    """There is no output of this name; says which there are."""


Exporter = Callable[[Job], Iterator[Written | Diagnostic]]


def _apkg(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters import apkg

    yield from apkg.export(job)


def _pdf(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import cheat_sheets

    yield from cheat_sheets.export(job)


def _cards(job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import cards

    yield from cards.export(job)


def _document(name: str, job: Job) -> Iterator[Written | Diagnostic]:
    from flashcards.exporters.print import documents

    yield from documents.export(job, name)


# In the order in which they are written; the names are what `--to` takes. Lazy: genanki and typst are slow to
# import.
EXPORTERS: tuple[tuple[str, Exporter], ...] = (("apkg", _apkg), ("pdf", _pdf), ("cards", _cards))
DEFAULT = ("apkg", "pdf")


def chosen(names: Sequence[str], template_folders: Sequence[Path]) -> list[tuple[str, Exporter]]:
    """Return the exporters with these names, the default ones if there are none.

    A name is one of `EXPORTERS`, that of a document in `template_folders`, or that of a plug-in. Raises
    `UnknownOutputError` for another, and `PluginError` if a plug-in has taken the name of another output."""
    found = [(name, exporter) for name, exporter in EXPORTERS if name in (names or DEFAULT)]
    if set(names) <= {name for name, _ in found} and not plugins.installed("exporters"):
        return found
    from flashcards.exporters.print.documents import titles

    documents = titles(template_folders)
    ours = {*dict(EXPORTERS), *documents}
    owners: dict[str, plugins.Plugin] = {}
    for plugin in plugins.installed("exporters"):
        if plugin.name in names and (plugin.name in ours or plugin.name in owners):
            raise plugins.clash(plugin, plugin.name, owners.get(plugin.name))
        owners[plugin.name] = plugin
    for name in dict.fromkeys(names):
        if name in documents:
            found.append((name, partial(_document, name)))
        elif name in owners:
            found.append((name, partial(_of_plugin, owners[name])))
        elif name not in ours:
            known = [*dict(EXPORTERS), *documents, *owners]
            hint = did_you_mean(name, known) or f"Outputs: {', '.join(known)}"
            raise UnknownOutputError(f"there is no output `{name}`. {hint}")
    return found


def _of_plugin(plugin: plugins.Plugin, job: Job) -> Iterator[Written | Diagnostic]:
    items: Iterator[Written | Diagnostic] = plugin.results((Written, Diagnostic), job)
    for item in items:
        if isinstance(item, Written) and not isinstance(item.path, Path):
            raise plugins.PluginError(f"{plugin} wrote `{item.path}`, which is no `Path`")
        yield item
