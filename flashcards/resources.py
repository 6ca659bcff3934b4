"""Where the shipped files are, inside the package in a wheel and beside it in a checkout, and where templates
are looked for."""

from __future__ import annotations

import errno
from pathlib import Path

from flashcards import plugins
from flashcards.diagnostics import Diagnostic, FlashcardsError, error
from flashcards.files import read_regular, real_path

_PACKAGE = Path(__file__).resolve().parent

RULES = _PACKAGE / "rules"  # a page for each rule


def bundled(name: str) -> Path:
    """Return the shipped directory `name` ("templates" or "decks")."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def is_installed(path: Path) -> bool:
    """Tell whether `path` lies inside the installed package, where nothing may be written."""
    return real_path(path).is_relative_to(_PACKAGE)


def read_own(path: Path, root: Path, limit: int) -> bytes:
    """Return the bytes of a collection's file; `root` is the collection's folder.

    Raises OSError, also for more than `limit` bytes, for what is no regular file, and for a link that leads
    out of `root`: what stands there was never meant to be shown or published. What is installed may be
    linked, as some installers do."""
    if leads_out(path, root):
        raise OSError(errno.EXDEV, "it is a link that leads out of the collection", str(path))
    return read_regular(path, limit)


def leads_out(path: Path, root: Path) -> bool:
    """Tell whether a link leads out of `root`, a collection's folder that is not installed."""
    return not real_path(path).is_relative_to(real_path(root)) and not _is_trusted(root)


def _is_trusted(root: Path) -> bool:
    import sysconfig

    installed = (sysconfig.get_path(name) for name in ("purelib", "platlib"))
    return is_installed(root) or any(real_path(root).is_relative_to(Path(folder)) for folder in installed)


def template_folders(collection: Path | None) -> list[Path]:
    """Return where templates are looked for: a collection's own `templates/` first, then those of plug-ins,
    then the shipped ones."""
    own = [collection / "templates"] if collection is not None else []
    of_plugins, _ = plugin_templates()
    return [folder for folder in [*own, *of_plugins, bundled("templates")] if folder.is_dir()]


def plugin_templates() -> tuple[list[Path], list[Diagnostic]]:
    """Return the folders of templates that plug-ins give, and what keeps others from being used."""
    found = plugins.installed("notetypes")
    owners: dict[str, plugins.Plugin | None] = dict.fromkeys(_names(bundled("templates")) if found else ())
    folders, problems = [], []
    for plugin in found:
        try:
            folder = plugin.call()
            if not isinstance(folder, str | Path) or not Path(folder).is_dir():
                raise plugins.PluginError(f"{plugin} gave `{folder}`, which is no folder")
            names = _names(Path(folder))
            for name in names:
                if name in owners:
                    raise plugins.clash(plugin, name, owners[name])
            owners |= dict.fromkeys(names, plugin)
            folders.append(Path(folder))
        except FlashcardsError as problem:
            problems.append(error("broken-plugin", str(problem), hint=plugins.WAY_OUT))
    return folders, problems


def _names(templates: Path) -> list[str]:
    """Return what must not be twice among folders of templates: note types, and whole documents."""
    paths = [*(templates / "notetypes").glob("*"), *(templates / "print").glob("*")]
    return sorted(f"{path.parent.name}/{path.name}" for path in paths if not path.name.startswith("."))
