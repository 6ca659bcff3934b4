"""The checks of plug-ins: each is a rule of its own, named like its entry point."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from flashcards import plugins
from flashcards.collection.content_rules import FORMER_NAMES
from flashcards.collection.model import Collection
from flashcards.diagnostics import Diagnostic, FlashcardsError, Severity, Span, error
from flashcards.plugins import Plugin, PluginError
from flashcards.resources import RULES


def run(collection: Collection) -> Iterator[Diagnostic]:
    """Run the check of each plug-in on the whole collection. One that cannot be used, or fails, is a finding,
    and the others run."""
    owners: dict[str, Plugin] = {}
    for plugin in plugins.installed("checks"):
        try:
            if plugin.name in owners or is_ours(plugin.name):
                raise plugins.clash(plugin, plugin.name, owners.get(plugin.name))
            owners[plugin.name] = plugin
            for finding in plugin.results((Diagnostic,), collection):
                if finding.rule != plugin.name:
                    message = f"{plugin} reports the rule `{finding.rule}`; its rule must have its own name"
                    raise PluginError(message)
                if not _is_complete(finding):
                    raise PluginError(f"{plugin} gave a finding that holds values of wrong types")
                yield finding
        except FlashcardsError as problem:
            yield error("broken-plugin", str(problem), hint=plugins.WAY_OUT)


@cache
def is_ours(rule: str) -> bool:
    """Tell whether a rule is one of flashcards itself, or was called so."""
    return rule in FORMER_NAMES or (RULES / f"{rule}.md").is_file()


def _is_complete(finding: Diagnostic) -> bool:
    """Tell whether a finding can be shown: nothing holds a plug-in to the types."""
    texts = (finding.hint, finding.note)
    return (
        isinstance(finding.message, str)
        and isinstance(finding.severity, Severity)
        and (finding.span is None or isinstance(finding.span, Span))
        and all(text is None or isinstance(text, str) for text in texts)
    )
