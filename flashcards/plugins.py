"""Plug-ins: exporters, checks and note types that other installed packages offer as entry points.

A plug-in is code that the user installed, so it may do what it likes. What it does wrong is reported with its
name and that of its package, and never as a fault of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from flashcards.diagnostics import FlashcardsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from types import TracebackType

_T = TypeVar("_T")

Group = Literal["exporters", "checks", "notetypes"]  # each with `flashcards.` in front

WAY_OUT = "mend the package, or uninstall it"

_NOUNS: dict[Group, str] = {"exporters": "exporter", "checks": "check", "notetypes": "set of note types"}


class PluginError(FlashcardsError):
    """A plug-in cannot be used; says which, of which package, and why."""


class Plugin(NamedTuple):
    """A function of another package. `name` is that of its entry point."""

    group: Group
    name: str
    package: str  # the distribution with its version, `flashcards-csv 1.0`
    entry_point: EntryPoint

    def __str__(self) -> str:
        return f"the {_NOUNS[self.group]} `{self.name}` of {self.package}"

    def load(self) -> object:
        """Return the function, or whatever else the entry point names. Raises `PluginError`."""
        try:
            return self.entry_point.load()
        except (Exception, SystemExit) as problem:
            raise self.failure(problem) from problem

    def call(self, *arguments: object) -> object:
        """Call the function. Raises `PluginError`, or a `FlashcardsError` of the plug-in's own."""
        function = self.load()
        try:
            return function(*arguments)  # type: ignore[operator]  # what is wrong with it becomes an error
        except FlashcardsError:
            raise
        except (Exception, SystemExit) as problem:
            raise self.failure(problem) from problem

    def results(self, expected: tuple[type[_T], ...], *arguments: object) -> Iterator[_T]:
        """Call the function and yield what it yields or returns. Raises as `call` does."""
        try:
            for item in self.call(*arguments):  # type: ignore[attr-defined]  # as above
                if not isinstance(item, expected):
                    names = " or ".join(each.__name__ for each in expected)
                    raise PluginError(f"{self} gave a {type(item).__name__}, not a {names}")
                yield item
        except FlashcardsError:
            raise
        except (Exception, SystemExit) as problem:
            raise self.failure(problem) from problem

    def failure(self, problem: BaseException) -> PluginError:
        """Return an error that says what went wrong, and on which line of the plug-in."""
        said = " ".join(f"{type(problem).__name__}: {problem}".split())
        return PluginError(f"{self} failed: {said}{self._place(problem.__traceback__)}")

    def _place(self, traceback: TracebackType | None) -> str:
        from traceback import walk_tb

        own = self.entry_point.module.partition(".")[0]
        places = [
            f" ({frame.f_code.co_filename}:{line})"
            for frame, line in walk_tb(traceback)
            if str(frame.f_globals.get("__name__")).partition(".")[0] == own
        ]
        return places[-1] if places else ""


def installed(group: Group) -> tuple[Plugin, ...]:
    """Return the plug-ins of a group by name. None is imported."""
    return tuple(plugin for plugin in _all(tuple(sys.path)) if plugin.group == group)


def are_installed(*groups: Group) -> bool:
    """Tell whether there are plug-ins of any of these groups, or any at all. What they do hangs on more than
    our caches know of."""
    return any(not groups or plugin.group in groups for plugin in _all(tuple(sys.path)))


def clash(plugin: Plugin, name: str, owner: Plugin | None) -> PluginError:
    """Return the error of a plug-in with a name that belongs to another, or to flashcards itself (None)."""
    return PluginError(f"{plugin} cannot be used: `{name}` is already in {owner or 'flashcards itself'}")


@cache
def _all(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    if not _may_be_some(path):
        return ()
    from importlib.metadata import entry_points

    plugins = []
    for group in _NOUNS:
        for entry_point in entry_points(group=f"flashcards.{group}"):
            package = f"{entry_point.dist.name} {entry_point.dist.version}" if entry_point.dist else "?"
            plugins.append(Plugin(group, entry_point.name, package, entry_point))
    return tuple(sorted(plugins, key=lambda plugin: (plugin.name, plugin.package)))


def _may_be_some(path: tuple[str, ...]) -> bool:
    """Tell whether an installed package may have entry points for us.

    importlib.metadata knows, and takes some 80 ms to be imported and to look; this takes one. It is in doubt
    where packages do not lie in folders."""
    for finder in sys.meta_path:
        if finder is not PathFinder and hasattr(finder, "find_distributions"):
            return True
    for folder in dict.fromkeys(path):
        try:
            with os.scandir(folder or ".") as entries:
                names = [entry.name for entry in entries]
        except NotADirectoryError:
            return True  # a zip file
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                try:
                    with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123
                        if b"[flashcards." in file.read():
                            return True
                except OSError:
                    continue
            elif name.endswith(".egg"):
                return True
    return False
