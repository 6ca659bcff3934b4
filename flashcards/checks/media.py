"""Checks of pictures and sounds: each is a file of its own in `media/`, and says in words what it shows."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from pathlib import Path
from unicodedata import normalize

from flashcards.collection import media, pictures
from flashcards.collection.model import Collection
from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic, Source, Span, did_you_mean, error, warning
from flashcards.files import real_path
from flashcards.languages.markup import SOUND, Element
from flashcards.reporting import some

_PICTURE = re.compile(r"(?i)\.(?:avif|bmp|gif|jpe?g|png|svg|tiff?|webp)\Z")


def media_files(text: Text, collection: Collection) -> Iterator[Diagnostic]:
    """Every picture and sound is a file in the collection's `media/` folder."""
    for element in text.elements("image"):
        name, start, end = element.attrs["url"], element.start, element.end
        path = collection.media.get(name)
        if "://" in name or name.startswith(("//", "data:")):
            hint = "save it in `media/` and write its file name: a card must work offline"
            yield text.error("remote-media", f"`{name}` is not a local file", start, end, hint)
        elif "/" in name or "\\" in name or (path is None and _is_link(name, collection)):
            hint = "put a copy of the file there and write its name alone"
            yield text.error("media-outside", f"`{name}` does not lie in `media/` itself", start, end, hint)
        elif path is None:
            hint = did_you_mean(name, collection.media) or _where_to_put_it(collection)
            yield text.error("missing-media", f"no file `{name}` in `media/`", start, end, hint)
        elif (size := path.stat().st_size) > media.MAX_BYTES:
            most = f"{media.MAX_BYTES / 1e6:.0f} MB is the most that Anki takes"
            yield text.error("unreadable-file", f"`{name}` has {size / 1e6:.1f} MB; {most}", start, end)
        else:
            yield from _readable(text, element, path, size)


def _readable(text: Text, element: Element, path: Path, size: int) -> Iterator[Diagnostic]:
    """A file that is there is a whole picture, sound or video, of a size that learners can load."""
    name, start, end = element.attrs["url"], element.start, element.end
    is_played = SOUND.search(name) is not None
    stem, ending = Path(name).stem, Path(name).suffix.lower()
    try:
        data = b"sound" if is_played and size else media.read(path)
    except OSError as problem:
        yield text.error("unreadable-media", f"`{name}` cannot be read: {problem.strerror}", start, end)
        return
    if not is_played or not data:
        if fault := pictures.fault_of(data, stem, ending):
            yield text.error("unreadable-media", f"`{name}` {fault.message}", start, end, fault.hint)
        elif ending == ".pdf":
            message = f"`{name}` is a PDF, which Anki shows on few devices"
            yield text.warning("unreadable-media", message, start, end, "save it as SVG or PNG")
    if size > media.MUCH_BYTES:
        hint = "make it shorter, or save it at a lower rate" if is_played else "make it smaller"
        message = f"`{name}` has {size / 1e6:.1f} MB, which every learner has to load"
        yield text.warning("large-media", message, start, end, hint)
    if not is_played and not element.text.strip() and ending in pictures.FORMATS:
        hint = "say in the square brackets what it shows: `![a funnel of three stages](funnel.png)`"
        yield text.warning("no-alt-text", f"`{name}` has no alternative text", start, end, hint)


def _where_to_put_it(collection: Collection) -> str:
    if collection.path is None:  # made in Python
        return "name it, with its path, in the collection's `media`"
    return f"put it in `{collection.path / 'media'}`"


def _is_link(name: str, collection: Collection) -> bool:
    """A link to a file that is none of the collection's media leads elsewhere: see `loader.media_files`."""
    return (
        collection.path is not None and "\0" not in name and (collection.path / "media" / name).is_symlink()
    )


def media_folder(collection: Collection) -> Iterator[Diagnostic]:
    """The folder itself may be a link too, and then lead to files that were never meant to be published."""
    root = collection.path
    if root is None or not (root / "media").is_symlink():
        return
    if not real_path(root / "media").is_relative_to(real_path(root)):
        place = Span(Source(str(root / "media"), ""), 0, 0)
        message = "`media` is a link that leads out of the collection"
        yield error("media-outside", message, place, hint="put a folder there, with copies of what is used")


def media_names(collection: Collection) -> Iterator[Diagnostic]:
    """Two files whose names differ only in case or in the form of accents are one file on another machine."""
    seen: dict[str, str] = {}
    for name, path in collection.media.items():
        first = seen.setdefault(normalize("NFC", name).casefold(), name)
        if first != name:
            place = Span(Source(str(path), ""), 0, 0)
            message = f"`{name}` and `{first}` are one file to Windows and macOS"
            yield error("media-name-clash", message, place, hint="rename one of them")


def unused_media(collection: Collection, used: Container[str]) -> Iterator[Diagnostic]:
    """A file that no note shows is in no output: its name may be written otherwise, or nobody needs it."""
    names = [
        name  # others, as notes on licences, may lie beside them
        for name in collection.media
        if name not in used and (_PICTURE.search(name) or SOUND.search(name))
    ]
    if names and collection.path is not None:
        place = Span(Source(str(collection.path / "media"), ""), 0, 0)
        hint = "show it in a note, or take it out of `media/`: it is in no output"
        if len(names) > 1:
            hint = "show them in notes, or take them out of `media/`: they are in no output"
        yield warning("unused-media", f"no note uses {some(names)}", place, hint=hint)


def used_media(collection: Collection) -> set[str]:
    """Return the names of the files that notes use, retired ones included."""
    return {name for _, note in collection.notes() for name in media.used_by(note, collection)}
