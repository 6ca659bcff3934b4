"""Runs Typst, and remembers what it made; the only module that imports typst.

What Typst makes depends on its source, on the files below its root, on the time that it is told and on its
version; it gets no system fonts and no network. So every result is kept in the user's cache under a hash of
all these, and a document is set again only if one of them has changed."""

from __future__ import annotations

import json
import re
import sysconfig
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import typst

from flashcards.cache import Cache, digest
from flashcards.diagnostics import FlashcardsError


class PrintError(FlashcardsError):
    """A document could not be made; says which, and what Typst found."""


@dataclass(frozen=True, slots=True)
class NoGlyph:
    """Letters that no font has: they are in the text which begins at this place of a file below the root."""

    letters: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Typeset:
    """A tagged PDF; it is PDF/UA-1 unless `refusal` says, in Typst's words, why it cannot be."""

    pdf: bytes
    refusal: str = ""
    no_glyphs: tuple[NoGlyph, ...] = ()

    def pack(self) -> bytes:
        facts = {"refusal": self.refusal, "no_glyphs": [asdict(found) for found in self.no_glyphs]}
        return json.dumps(facts).encode() + b"\n" + self.pdf

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        facts, _, pdf = packed.partition(b"\n")
        read = json.loads(facts)
        return cls(pdf, read["refusal"], tuple(NoGlyph(**found) for found in read["no_glyphs"]))


MAIN = "main.typ"  # below the root, the source of what is set

_VERSION = f"{typst.__version__} {sysconfig.get_platform()}"  # type: ignore[attr-defined]  # not in its stub

# In Typst's diagnostics, with the file, line and column at which the text stands
_NO_GLYPH = re.compile(
    r'the text `"(.+?)"` could not be displayed.*?\n\s*┌─ [^\n]*?([\w-]+\.typ):(\d+):(\d+)'
)


def _listed(pages: Any) -> list[Any]:
    return pages if isinstance(pages, list) else [pages]


_MUCH = 1_000_000  # characters of source: their layouts take some 400 MB
_RUNS = 11  # Typst keeps what it used in its last ten


def installed_fonts() -> dict[str, list[Path]]:
    """Return the files of each family of fonts that is installed on this machine."""
    found: dict[str, list[Path]] = {}
    for font in typst.Fonts(include_embedded_fonts=False).fonts():
        if font.path:
            found.setdefault(font.family, []).append(Path(font.path))
    return found


class Typesetter:
    """Typst with its root, a folder that holds the files which it may read and nothing else."""

    def __init__(self, root: Path, cache: Cache):
        self.root = root
        self.cache = cache
        self._files: dict[str, str] = {}  # hashes by name, but of pictures
        self._lengths: dict[str, int] = {}
        self._fonts: list[str] = []  # folders
        self._held = 0  # characters of source whose layout Typst may still hold
        self._source = ""

    def put(self, name: str, text: str) -> None:
        """Write a file of Typst below the root."""
        self._write(name, text.encode())
        self._files[name] = digest([text])
        self._lengths[name] = len(text)

    def put_picture(self, name: str, data: bytes) -> None:
        """Write a picture to `media/` below the root. Its name must hold a hash of its bytes: then the source
        that names it says also which version it means."""
        self._write(f"media/{name}", data)

    def put_font(self, name: str, data: bytes) -> None:
        """Write a font's file to `fonts/` below the root; `use_fonts` makes it known."""
        self._write(f"fonts/{name}", data)
        self._files[f"fonts/{name}"] = digest([data])

    def use_fonts(self) -> list[str]:
        """Let documents use the fonts that were put, and return the names of their families. To be called
        before anything is set."""
        self._fonts = [str(self.root / "fonts")]
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=self._fonts)
        return sorted(set(fonts.families()))

    def picture_fault(self, name: str) -> str | None:
        """Return in Typst's words why it cannot show a picture that was put, None if it can."""
        try:
            self.query(f'#image("/media/{name}", alt: "")', name, "none")
        except PrintError as problem:
            return str(problem).partition("\n")[0].removeprefix(f"{name}: ")
        return None

    def pdf(self, source: str, name: str, time: int, *, accessible: bool = True) -> Typeset:
        """Set a document, as PDF/UA-1 if `accessible` and if it can be; `time` is in seconds since 1970.

        Messages call it `name`. Raises `PrintError`."""
        key = self._key(source, "pdf", str(time), str(accessible))
        kept = self.cache.read(key)
        if kept is not None:
            return Typeset.unpack(kept)
        self._load(source)
        made = self._set(name, time, accessible)
        self.cache.write(key, made.pack())
        return made

    def svg(self, source: str, name: str) -> list[bytes]:
        """Set a document and return a picture of each page. Raises `PrintError`."""
        self._load(source)
        try:
            pages = self._typst.compile(format="svg")
        except typst.TypstError:
            self._set(name, 0, accessible=False)  # raises the error that has the place
            raise
        return [page.encode() if isinstance(page, str) else page for page in _listed(pages)]

    def query(self, source: str, name: str, label: str) -> list[Any]:
        """Lay out a document and return the values of all its metadata with this label. Raises `PrintError`.

        Typst remembers the layout: setting the same source afterwards takes a fraction of the time."""
        key = self._key(source, "query", label)
        found = self.cache.read(key)
        if found is None:
            self._load(source)
            try:
                found = self._typst.query(f"<{label}>", field="value").encode()
            except RuntimeError as problem:  # no `TypstError`, which has the place
                self._set(name, 0, accessible=False)
                raise PrintError(f"{name}: {problem}") from None
            self.cache.write(key, found)
        values: list[Any] = json.loads(found)
        return values

    def forget(self) -> None:
        """Let Typst free the layouts of earlier documents if they may be large. It has no other way to be
        told than to run a few times without them."""
        if self._held > _MUCH:
            self._load("")
            for _ in range(_RUNS):
                self._typst.compile()
            self._held = 0

    @cached_property
    def _typst(self) -> typst.Compiler:
        return typst.Compiler(
            str(self.root / MAIN), root=str(self.root), font_paths=self._fonts, ignore_system_fonts=True
        )

    @property
    def files_hash(self) -> str:
        """A hash of all files but pictures, fonts among them."""
        return digest([part for file in sorted(self._files.items()) for part in file])

    def _key(self, source: str, *how: str) -> str:
        return digest([_VERSION, source, *how, self.files_hash])

    def _load(self, source: str) -> None:
        if source != self._source:
            self._held += len(source) + sum(self._lengths.values())
            self._source = source
        self._write(MAIN, source.encode())

    def _write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def _set(self, name: str, time: int, accessible: bool) -> Typeset:
        """Set what is loaded; where PDF/UA-1 is refused, the plain tagged form."""
        refused: typst.TypstError | None = None
        if accessible:
            try:
                return Typeset(self._compile(time, "ua-1"))
            except typst.TypstError as problem:
                refused = problem
        try:
            pdf = self._compile(time)
        except typst.TypstError as problem:
            place = problem.diagnostic.partition("\n\n")[0]  # what follows is how Typst got there
            place = re.sub(rf"\S*{re.escape(self.root.name)}[/\\]", "", place)
            raise PrintError(f"{name}: {problem.message}\n{place}") from None
        if refused is None:
            return Typeset(pdf)
        no_glyphs = (
            NoGlyph(letters, file, int(line), int(column))
            for letters, file, line, column in _NO_GLYPH.findall(refused.diagnostic)
        )
        return Typeset(pdf, refused.message, tuple(no_glyphs))

    def _compile(self, time: int, *standards: Literal["ua-1"]) -> bytes:
        data = self._typst.compile(timestamp=time, pdf_standards=list(standards))
        assert isinstance(data, bytes)
        return data
