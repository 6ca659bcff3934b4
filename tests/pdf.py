"""What a PDF shows, read by PDFium: letters and straight lines with their places, words, lines of text, bookmarks.

Places are in millimetres from the top left corner of the page, sizes of letters in points.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

POINT = 25.4 / 72  # in millimetres
SAME_LINE = 3 * POINT  # how far the tops of letters beside each other are apart, with small ones among them
GAP = 3 * POINT  # between two letters of different words, where no space was written
INVISIBLE = " \u200b"


@dataclass(frozen=True, slots=True)
class Box:
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.top + self.bottom) / 2

    def holds(self, other: Box) -> bool:
        """Say whether the middle of another box is in this one."""
        x, y = other.middle
        return self.x0 <= x < self.x1 and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True)
class Letter(Box):
    """A letter. Its box is as high as its size, a quarter of it below the base line; `colour` is red, green and blue
    from 0 to 1."""

    text: str
    size: float
    font: str
    colour: tuple[float, ...]

    @property
    def is_visible(self) -> bool:
        return self.text not in INVISIBLE


@dataclass(frozen=True, slots=True)
class Line(Box):
    """A straight line."""

    dashed: bool


@dataclass(frozen=True, slots=True)
class Run(Box):
    """Letters beside each other: a word or a line of text."""

    text: str
    letters: tuple[Letter, ...]


def run(letters: Iterable[Letter], text: str) -> Run:
    found = tuple(letters)
    return Run(
        min(each.x0 for each in found),
        min(each.top for each in found),
        max(each.x1 for each in found),
        max(each.bottom for each in found),
        text,
        found,
    )


@dataclass(frozen=True, slots=True)
class Tag:
    """What a part of a page is (`P`, `H1`, `TD` …); `marks` are the numbers of its pieces on the page."""

    kind: str
    title: str
    alt: str
    name: str
    marks: tuple[int, ...]
    inner: tuple[Tag, ...]


@dataclass(frozen=True)
class Page:
    width: float
    height: float
    letters: list[Letter]  # in the order in which they were written; blanks among them
    lines: list[Line]

    @property
    def visible(self) -> list[Letter]:
        return [letter for letter in self.letters if letter.is_visible]

    @property
    def text(self) -> str:
        """The lines of text from top to bottom."""
        return "\n".join(line.text for line in self.text_lines())

    def text_lines(self, box: Box | None = None) -> list[Run]:
        """Return the lines of text in a box, from top to bottom; columns in the box are read across."""
        lines = (list(_words(line, GAP)) for line in self._rows(box))
        return [
            run((letter for word in words for letter in word.letters), " ".join(word.text for word in words))
            for words in lines
            if words
        ]

    def words(self, gap: float = GAP) -> list[Run]:
        """Return the words from top to bottom; `gap` is what separates letters where no space was written."""
        return [word for row in self._rows(None) for word in _words(row, gap)]

    def _rows(self, box: Box | None) -> Iterator[list[Letter]]:
        inside = [letter for letter in self.letters if box is None or box.holds(letter)]
        inside.sort(key=lambda letter: letter.top)
        row: list[Letter] = []
        for letter in inside:
            if row and letter.top - row[-1].top > SAME_LINE:
                yield row
                row = []
            row.append(letter)
        yield row


def _words(row: list[Letter], gap: float) -> Iterator[Run]:
    word: list[Letter] = []
    for letter in sorted(row, key=lambda letter: letter.x0):
        if word and (letter.text.isspace() or letter.x0 - word[-1].x1 > gap):
            yield run(word, "".join(each.text for each in word))
            word = []
        if not letter.text.isspace():
            word.append(letter)
    if word:
        yield run(word, "".join(each.text for each in word))


@dataclass(frozen=True)
class Pdf:
    """A PDF that was read whole; `bookmarks` are titles with their level, the outermost 0."""

    content: bytes
    title: str
    author: str
    language: str
    tagged: bool
    bookmarks: list[tuple[int, str]]
    sizes: list[tuple[float, float]]  # of the pages
    texts: list[str]  # of the pages, in the order in which they were written

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    @cached_property
    def pages(self) -> list[Page]:
        with pdfium.PdfDocument(self.content) as document:
            return [_page(page) for page in document]


def read(source: Path | bytes) -> Pdf:
    content = source if isinstance(source, bytes) else source.read_bytes()
    with pdfium.PdfDocument(content) as document:
        return Pdf(
            content=content,
            title=document.get_metadata_value("Title"),
            author=document.get_metadata_value("Author"),
            language=_language(document),
            tagged=bool(raw.FPDFCatalog_IsTagged(document)),
            bookmarks=[(mark.level, mark.get_title()) for mark in document.get_toc()],
            sizes=[(page.get_width() * POINT, page.get_height() * POINT) for page in document],
            texts=[page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document],
        )


def _language(document: pdfium.PdfDocument) -> str:
    length = raw.FPDFCatalog_GetLanguage(document, None, 0)
    text = ctypes.create_string_buffer(length)
    raw.FPDFCatalog_GetLanguage(document, ctypes.cast(text, ctypes.POINTER(raw.FPDF_WCHAR)), length)
    return text.raw.decode("utf-16-le").rstrip("\0")


def tags(content: bytes) -> list[list[Tag]]:
    """Return the tags of each page, as a reader for the blind meets them: the outermost of each page."""
    with pdfium.PdfDocument(content) as document:
        return [_tags_of(page) for page in document]


def _tags_of(page: pdfium.PdfPage) -> list[Tag]:
    tree = raw.FPDF_StructTree_GetForPage(page)
    found = [
        _tag(raw.FPDF_StructTree_GetChildAtIndex(tree, i))
        for i in range(raw.FPDF_StructTree_CountChildren(tree))
    ]
    raw.FPDF_StructTree_Close(tree)
    return found


def _tag(element: raw.FPDF_STRUCTELEMENT) -> Tag:
    texts = []
    for read_text in (
        raw.FPDF_StructElement_GetType,
        raw.FPDF_StructElement_GetTitle,
        raw.FPDF_StructElement_GetAltText,
        raw.FPDF_StructElement_GetID,
    ):
        text = ctypes.create_string_buffer(read_text(element, None, 0) or 2)
        read_text(element, text, len(text))
        texts.append(text.raw.decode("utf-16-le").rstrip("\0"))
    count = max(raw.FPDF_StructElement_GetMarkedContentIdCount(element), 0)
    marks = tuple(raw.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i) for i in range(count))
    inner = [
        raw.FPDF_StructElement_GetChildAtIndex(element, i)
        for i in range(raw.FPDF_StructElement_CountChildren(element))
    ]
    return Tag(texts[0], texts[1], texts[2], texts[3], marks, tuple(_tag(child) for child in inner if child))


def _page(page: pdfium.PdfPage) -> Page:
    width, height = page.get_size()
    return Page(
        width * POINT,
        height * POINT,
        list(_letters(page.get_textpage(), height)),
        list(_lines(page, height)),
    )


def _letters(text: pdfium.PdfTextPage, height: float) -> Iterator[Letter]:
    styles: dict[int, tuple[float, str, tuple[float, ...]]] = {}
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    first = 0  # of the two halves of a letter beyond U+FFFF
    for i in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, i)
        if raw.FPDFText_IsGenerated(text, i):  # spaces and line ends that PDFium guesses
            continue
        if 0xD800 <= code < 0xDC00:
            first = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + (first - 0xD800 << 10) + code - 0xDC00
        part = (
            ctypes.cast(raw.FPDFText_GetTextObject(text, i), ctypes.c_void_p).value or -i
        )  # its letters have one style
        if part not in styles:
            styles[part] = _style(text, i)
        size, font, colour = styles[part]
        raw.FPDFText_GetLooseCharBox(text, i, box)
        raw.FPDFText_GetCharOrigin(text, i, x, y)
        base = height - y.value
        yield Letter(
            x.value * POINT,
            (base - 0.75 * size) * POINT,
            box.right * POINT,
            (base + 0.25 * size) * POINT,
            "-" if raw.FPDFText_IsHyphen(text, i) else chr(code) if 0 <= code < 0x110000 else "\ufffd",
            size,
            font,
            colour,
        )


def _style(text: pdfium.PdfTextPage, i: int) -> tuple[float, str, tuple[float, ...]]:
    name = ctypes.create_string_buffer(200)
    raw.FPDFText_GetFontInfo(text, i, name, len(name), None)
    rgba = [ctypes.c_uint() for _ in range(4)]
    raw.FPDFText_GetFillColor(text, i, *rgba)
    return (
        raw.FPDFText_GetFontSize(text, i),
        name.value.decode(),
        tuple(part.value / 255 for part in rgba[:3]),
    )


def _lines(page: pdfium.PdfPage, height: float) -> Iterator[Line]:
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        if raw.FPDFPath_CountSegments(shape) != 2:
            continue
        matrix = shape.get_matrix()
        points = []
        for k in range(2):
            x, y = ctypes.c_float(), ctypes.c_float()
            raw.FPDFPathSegment_GetPoint(raw.FPDFPath_GetPathSegment(shape, k), x, y)
            across, up = matrix.on_point(x.value, y.value)
            points.append((across * POINT, (height - up) * POINT))
        (x0, x1), (top, bottom) = (sorted(ends) for ends in zip(*points, strict=True))
        yield Line(x0, top, x1, bottom, raw.FPDFPageObj_GetDashCount(shape) > 0)
