"""What a picture's bytes say about it: its format, and whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

# What both Anki and print show, by the endings that such files have
FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".gif": "GIF",
    ".webp": "WebP",
    ".svg": "SVG",
    ".pdf": "PDF",
}
_ENDINGS = {name: ending for ending, name in FORMATS.items() if ending != ".jpeg"}
_SAVE = "save it as PNG, JPEG, WebP or SVG"
_COPY = "put the file there again: it was most likely not copied to its end"


class Fault(NamedTuple):
    """What is wrong with a file, to be read behind its name, and the way out."""

    message: str
    hint: str


def fault_of(data: bytes, stem: str, ending: str) -> Fault | None:
    """Return why a picture with these bytes and this name cannot be shown everywhere, None if it can be.
    `ending` is in small letters, as `.png`."""
    if not data:
        return Fault("is empty", _COPY)
    kind = format_of(data)
    if kind is None:
        expected = FORMATS.get(ending)
        return Fault(f"is no {expected} file" if expected else "is no picture, and no sound or video", _SAVE)
    if kind not in _ENDINGS:
        return Fault(f"is in the format {kind}, which print cannot show", _SAVE)
    if FORMATS.get(ending) != kind:
        return Fault(f"is in the format {kind} in spite of its name", f"call it `{stem}{_ENDINGS[kind]}`")
    if not _IS_WHOLE[kind](data):
        return Fault("is damaged or ends too early", _COPY)
    return None


# In the first bytes of files, in the order of search
_MARKS = (
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("GIF", re.compile(rb"GIF8[79]a")),
    ("WebP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("PDF", re.compile(rb".{0,1000}%PDF-", re.DOTALL)),
    ("AVIF", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    ("HEIC", re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", re.DOTALL)),
    ("JPEG XL", re.compile(rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n")),
    ("JPEG 2000", re.compile(rb"\x00\x00\x00\x0cjP  \r\n")),
    ("TIFF", re.compile(rb"II\*\x00|MM\x00\*")),
    ("BMP", re.compile(rb"BM....\x00\x00\x00\x00", re.DOTALL)),
    ("ICO", re.compile(rb"\x00\x00[\x01\x02]\x00")),
    ("SVG", re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!|svg|[a-z]+:svg)", re.IGNORECASE)),
)


def format_of(data: bytes) -> str | None:
    """Return the name of a picture's format, None if it is none that is known."""
    head = data[:1100]
    kind = next((kind for kind, mark in _MARKS if mark.match(head)), None)
    return None if kind == "SVG" and re.search(rb"<(?:\w+:)?svg\b", data) is None else kind


def _png_is_whole(data: bytes) -> bool:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + length
    return False


def _jpeg_is_whole(data: bytes) -> bool:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xFF:  # one that fills a gap
            at += 1
        elif data[at + 1] == 0xDA:  # the picture itself begins
            return data.find(b"\xff\xd9", at) >= 0
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _svg_is_whole(data: bytes) -> bool:
    from xml.parsers import expat  # takes 5 ms

    try:
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError:
        return False
    return True


_IS_WHOLE: dict[str, Callable[[bytes], bool]] = {
    "PNG": _png_is_whole,
    "JPEG": _jpeg_is_whole,
    "GIF": lambda data: b";" in data[-16:],
    "WebP": lambda data: len(data) >= 8 + int.from_bytes(data[4:8], "little"),
    "PDF": lambda data: b"startxref" in data[-2048:] and b"%%EOF" in data[-2048:],
    "SVG": _svg_is_whole,
}
