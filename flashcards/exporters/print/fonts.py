"""The fonts that a collection's documents are set in, beside those that come with Typst.

Files lie in the collection's folder `fonts/`; `fonts: {system: […]}` in collection.yaml names some that are
installed on this machine. Documents see these and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flashcards.collection.model import Collection
from flashcards.diagnostics import Diagnostic, did_you_mean, warning
from flashcards.exporters.print.typesetting import Typesetter, installed_fonts
from flashcards.languages.markup import typst_string
from flashcards.resources import read_own

_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
_MOST = 100_000_000  # bytes of a file; the largest fonts of Chinese have some 30 MB
_TEXT = "Libertinus Serif"
_LAYOUT = "notetypes/_layout/fonts.typ"


class FontsFound(NamedTuple):
    """Which of the fonts that a collection names there are not, and whether some are this machine's own."""

    unknown: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    of_this_machine: bool = False


def put_fonts(collection: Collection, typesetter: Typesetter) -> FontsFound:
    """Give Typst the fonts of a collection: letters that Libertinus does not have are taken from those that
    `fonts:` names, in this order, then from others in `fonts/`. Raises OSError."""
    files = _own_files(collection.path)
    wanted = (*collection.fonts, *collection.system_fonts)
    if not files and not wanted:
        return FontsFound()
    installed = installed_fonts() if collection.system_fonts else {}
    system = [path for name in collection.system_fonts for path in installed.get(name, ())]
    for path in files:
        assert collection.path is not None
        typesetter.put_font(path.name, read_own(path, collection.path, _MOST))
    for path in dict.fromkeys(system):
        typesetter.put_font(f"system-{path.name}", path.read_bytes())
    known = typesetter.use_fonts()
    families = dict.fromkeys([_TEXT, *(name for name in wanted if name in known), *(known if files else ())])
    listed = "".join(f"{typst_string(name)}, " for name in families)
    typesetter.put(_LAYOUT, f"#let families = ({listed})\n")
    unknown = tuple(name for name in wanted if name not in known)
    return FontsFound(unknown, tuple(sorted({*known, *installed})), bool(system))


def font_findings(collection: Collection, found: FontsFound) -> Iterator[Diagnostic]:
    """Say which fonts there are not, and that PDFs may look otherwise elsewhere."""
    place = collection.origin.span("fonts") if collection.origin is not None else None
    for name in found.unknown:
        where = "installed here" if name in collection.system_fonts else "in `fonts/`"
        hint = did_you_mean(name, found.known)
        yield warning("print-fonts", f"there is no font `{name}` {where}", place, hint=hint)
    if found.of_this_machine:
        message = "these PDFs are the same only on this machine: they use fonts that are installed here"
        yield warning("print-fonts", message, place, hint="copy the files into `fonts/` if others build them")


def _own_files(folder: Path | None) -> list[Path]:
    if folder is None or not (folder / "fonts").is_dir():
        return []
    return sorted(path for path in (folder / "fonts").iterdir() if path.suffix.lower() in _ENDINGS)
