"""Joins PDFs that Typst made: the pages of several bodies one after the other, with the pages of a frame over
them.

A cheat sheet's text takes nearly all of Typst's time, and depends neither on the sheet's title nor on its
date nor on the numbers of its pages. So each deck is set once, as a body. A frame has as many pages, and on
them only what stands in the margins. The sheet of a deck and the sheet of all decks are the same bodies in
different frames.

The result keeps the bodies' tags (PDF/UA-1), bookmarks and links; title, author, language and times are the
frame's. Objects are copied as Typst wrote them. Whatever this module does not know raises `JoinError`, so
that nothing is lost silently."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from flashcards.exporters.print.typesetting import PrintError


class JoinError(PrintError):
    """A PDF holds something that cannot be joined with another PDF."""


def join(frame: bytes, bodies: Sequence[bytes]) -> bytes:
    """Return the pages of all `bodies` as one PDF, with what is on the frame's pages over them.

    A frame has as many pages as the bodies together, of the same size. Raises `JoinError`."""
    cover, parts = _Pdf(frame), [_Pdf(body) for body in bodies]
    if len(cover.pages) != sum(len(part.pages) for part in parts):
        raise JoinError("a frame has as many pages as what it frames")
    if b"/K[]" not in cover.objects[cover.document]:
        raise JoinError("a frame has text only in its margins")
    new = _NewPdf()
    page_tree, outline, tags, document = (new.add() for _ in range(4))
    show_frame = new.add(b"<</Length 9>>\nstream\n/Frame Do\nendstream")
    above = {cover.page_tree: page_tree, cover.outline: outline, cover.tags: tags}
    kept = new.copy(cover, above, [cover.document, *cover.pages])
    if not cover.outline:
        new.edit(kept[cover.root], rb"<<", b"<</Outlines %d 0 R" % outline)
    frames = _forms(cover, kept, new)
    pages: list[int] = []
    documents: list[int] = []
    tagged: list[int] = []  # by place: the list of a page's tags, the tag of a link
    named: list[tuple[bytes, int]] = []
    bookmarks: list[tuple[int, int]] = []  # the first and the last of each body
    for i, part in enumerate(parts):
        prefix = b"%d." % i
        above = {part.page_tree: page_tree, part.outline: outline, part.tags: document}
        alone = [part.root, part.info, part.metadata]
        numbers = new.copy(part, above, alone, first_place=len(tagged), prefix=prefix)
        new.edit(numbers[part.document], rb"/S/Document", b"/S/Part")
        for page in part.pages:
            _lay_over(numbers[page], next(frames), show_frame, new)
        pages += [numbers[page] for page in part.pages]
        documents.append(numbers[part.document])
        tagged += [numbers[tag] for tag in part.tagged]
        named += [(prefix + name, numbers[tag]) for name, tag in part.named]
        bookmarks += [(numbers[first], numbers[last]) for first, last in part.bookmarks]
    for (_, before), (after, _) in pairwise(bookmarks):
        new.edit(before, rb"<<", b"<</Next %d 0 R" % after)
        new.edit(after, rb"<<", b"<</Prev %d 0 R" % before)
    ends = b"/First %d 0 R/Last %d 0 R" % (bookmarks[0][0], bookmarks[-1][1]) if bookmarks else b""
    new.put(outline, b"<</Type/Outlines%s/Count %d>>" % (ends, sum(part.shown_bookmarks for part in parts)))
    new.put(page_tree, b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), _references(pages)))
    new.put(document, b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (tags, _references(documents)))
    places = b" ".join(b"%d %d 0 R" % found for found in enumerate(tagged))
    names = b"".join(b"(%s)%d 0 R" % found for found in sorted(named))
    lists = b"/ParentTree<</Nums[%s]>>/ParentTreeNextKey %d/IDTree<</Names[%s]>>" % (
        places,
        len(tagged),
        names,
    )
    new.put(tags, b"<</Type/StructTreeRoot%s/K[%d 0 R]%s>>" % (cover.roles, document, lists))
    first_id, last_id = re.findall(rb"\(([^()]*)\)", _value(cover.trailer, rb"/ID ?\[(.*?)\]"))
    found = (kept[cover.root], kept[cover.info], first_id, last_id)
    data = new.file(b"/Root %d 0 R/Info %d 0 R/ID[(%s)(%s)]" % found)
    own_id = base64.b64encode(hashlib.sha256(data).digest()[: len(base64.b64decode(last_id))])
    return data.replace(last_id, own_id)  # also in the metadata


_NONE = 0  # the number of no object
_OBJECT_START = re.compile(rb"(\d{10}) \d{5} n")  # in the table at a PDF's end
_REFERENCE = re.compile(rb"(\d+) 0 R\b")
_NAMED = re.compile(rb"\(([^()]*)\)(\d+) 0 R\b")


class _Pdf:
    """A PDF as Typst writes it: its objects by their numbers, and the numbers of those that join it together.

    Object numbers of what is not there are `_NONE`."""

    def __init__(self, data: bytes):
        table_start = int(data[data.rindex(b"startxref") + 9 :].split()[0])
        table, _, self.trailer = data[table_start:].partition(b"trailer")
        self.objects: dict[int, bytes] = {}
        for start, end in pairwise([*sorted(map(int, _OBJECT_START.findall(table))), table_start]):
            number, _, content = data[start:end].partition(b" 0 obj\n")
            self.objects[int(number)] = content[: content.rindex(b"\nendobj")]
        self.root, self.info = _link(self.trailer, b"Root"), _link(self.trailer, b"Info")
        catalog = self._known(
            self.root,
            "Catalog Pages Metadata Lang StructTreeRoot MarkInfo Marked Suspects ViewerPreferences "
            "DisplayDocTitle Direction L2R R2L Outlines",
        )
        self.metadata = _link(catalog, b"Metadata")
        self.page_tree = _link(catalog, b"Pages")
        self.pages = [
            int(page) for page in _REFERENCE.findall(self._known(self.page_tree, "Pages Count Kids"))
        ]
        for page in self.pages:
            self._known(page, "Page Resources MediaBox StructParents Tabs S Parent Contents Annots")
        self.outline = _link(catalog, b"Outlines") if b"/Outlines" in catalog else _NONE
        outline = self._known(self.outline, "Outlines First Last Count") if self.outline else b""
        self.bookmarks = [(_link(outline, b"First"), _link(outline, b"Last"))] if b"/First" in outline else []
        self.shown_bookmarks = int(_value(outline, rb"/Count (\d+)", b"0"))
        self.tags = _link(catalog, b"StructTreeRoot")
        tags = self._known(
            self.tags,
            "StructTreeRoot RoleMap Datetime Span Terms Part Title P Strong Em K "
            "ParentTree Nums ParentTreeNextKey IDTree Names",
        )
        self.document = _link(tags, b"K")
        self.roles = _value(tags, rb"(/RoleMap<<.*?>>)", b"")
        self.tagged = [int(tag) for tag in _REFERENCE.findall(_value(tags, rb"/Nums\[(.*?)\]", b""))]
        names = _value(tags, rb"/Names\[(.*?)\]", b"")
        self.named = [(name, int(tag)) for name, tag in _NAMED.findall(names)]  # heads of tables, footnotes

    def _known(self, number: int, names: str) -> bytes:
        """Return an object in which no other names than these stand."""
        content = self.objects[number]
        unknown = set(re.findall(r"/(\w+)", content.decode("latin-1"))) - {"Type", *names.split()}
        if unknown:
            raise JoinError(f"a PDF with /{min(unknown)} cannot be joined")
        return content


class _NewPdf:
    """A PDF in the making; its objects are numbered from 1."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []
        self._streams: dict[bytes, int] = {}  # those that name no other object, such as profiles of colours

    def add(self, content: bytes = b"") -> int:
        """Add an object and return its number."""
        self.objects.append(content)
        return len(self.objects)

    def put(self, number: int, content: bytes) -> None:
        """Set what is in an object."""
        self.objects[number - 1] = content

    def edit(self, number: int, pattern: bytes, replacement: bytes) -> None:
        """Replace the first match of `pattern` in an object."""
        edited, found = re.subn(pattern, lambda _: replacement, self.objects[number - 1], count=1)
        if not found:
            raise JoinError(f"a PDF is not written as expected: no {pattern.decode()}")
        self.put(number, edited)

    def copy(
        self,
        pdf: _Pdf,
        above: Mapping[int, int],
        without: Iterable[int],
        *,
        first_place: int = 0,
        prefix: bytes = b"",
    ) -> dict[int, int]:
        """Add a PDF's objects, but for some, and return their numbers by those that they had.

        References to the keys of `above` become references to its values. Places in the list of what is
        tagged count from `first_place`; `prefix` keeps the names of different PDFs apart. With one,
        streams that an earlier PDF had too are shared."""
        left_out = {*above, *without}
        copied: dict[int, int] = {}
        same: dict[int, int] = {}  # as an earlier PDF had
        for old, content in pdf.objects.items():
            if old in left_out:
                continue
            head, mark, _ = content.partition(b"\nstream\n")
            alone = bool(mark and prefix) and not _REFERENCE.search(head) and b"/StructParent" not in head
            if alone and content in self._streams:
                same[old] = self._streams[content]
                continue
            copied[old] = self.add()
            if alone:
                self._streams[content] = copied[old]
        numbers = {**copied, **same, **above}
        references = {b"%d" % old: b"%d 0 R" % number for old, number in numbers.items()}
        for old, number in copied.items():
            self.put(number, _renumbered(pdf.objects[old], references, first_place, prefix))
        return numbers

    def file(self, trailer: bytes) -> bytes:
        """Return the PDF. `trailer` is written after the table of its objects."""
        parts = [b"%PDF-1.7\n%\x80\x80\x80\x80\n"]
        at, table = len(parts[0]), [b"0000000000 65535 f\r\n"]
        for number, content in enumerate(self.objects, 1):
            table.append(b"%010d 00000 n\r\n" % at)
            parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
            at += len(parts[-1])
        parts += [b"xref\n0 %d\n" % len(table), *table]
        parts.append(b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (len(table), trailer, at))
        return b"".join(parts)


_TOKEN = re.compile(
    rb"""(\\. | [()])                             # of a text, which may say anything
    | (?P<link>\d+)[ ]0[ ]R\b                    # a reference to an object
    | (?P<names>/ID\([^()]*\) | /Headers\[[^]]*\])  # of a footnote, a table's cell, a cell's heads
    | (?P<key>/StructParents?[ ])(?P<place>\d+)  # a place in the list of what is tagged
    """,
    re.DOTALL | re.VERBOSE,
)


def _renumbered(content: bytes, numbers: Mapping[bytes, bytes], first_place: int, prefix: bytes) -> bytes:
    """Return an object with other numbers, places and names; its texts and its stream stay as they are."""
    head, mark, stream = content.partition(b"\nstream\n")
    if b"(" not in head and b"/StructParent" not in head:  # most have nothing but references
        pieces = _REFERENCE.split(head)
        pieces[1::2] = [numbers[number] for number in pieces[1::2]]
        return b"".join([*pieces, mark, stream])
    depth = 0  # of brackets around text

    def renumber(token: re.Match[bytes]) -> bytes:
        nonlocal depth
        text = token[0]
        depth += (text == b"(") - (text == b")")
        if depth or token[1]:
            return text
        if token["link"]:
            return numbers[token["link"]]
        if token["key"]:
            return b"%s%d" % (token["key"], first_place + int(token["place"]))
        return text.replace(b"(", b"(" + prefix)

    return _TOKEN.sub(renumber, head) + mark + stream


def _forms(cover: _Pdf, kept: Mapping[int, int], new: _NewPdf) -> Iterator[tuple[bytes, int]]:
    """Turn the contents of the frame's pages into forms, which other pages can show; yield the size and the
    number of each."""
    for page in cover.pages:
        content = cover.objects[page]
        size, resources = _value(content, _SIZE), kept[_link(content, b"Resources")]
        form = kept[_link(content, b"Contents")]
        new.edit(form, rb"<<", b"<</Type/XObject/Subtype/Form/BBox%s/Resources %d 0 R" % (size, resources))
        yield size, form


_SIZE = rb"/MediaBox(\[.*?\])"


def _lay_over(page: int, frame: tuple[bytes, int], show_frame: int, new: _NewPdf) -> None:
    """Let a page show a frame after its own contents."""
    content = new.objects[page - 1]
    size, form = frame
    if _value(content, _SIZE) != size:
        raise JoinError("a frame is as large as what it frames")
    resources = _link(content, b"Resources")
    if b"/Frame " in new.objects[resources - 1]:
        raise JoinError("pages that share their resources cannot be joined")
    if b"/XObject<<" in new.objects[resources - 1]:
        new.edit(resources, rb"/XObject<<", b"/XObject<</Frame %d 0 R" % form)
    else:
        new.edit(resources, rb"<<", b"<</XObject<</Frame %d 0 R>>" % form)
    contents = (_link(content, b"Contents"), show_frame)
    new.edit(page, rb"/Contents \d+ 0 R", b"/Contents[%d 0 R %d 0 R]" % contents)


def _value(content: bytes, pattern: bytes, default: bytes | None = None) -> bytes:
    """Return the group of the first match of `pattern`."""
    found = re.search(pattern, content)
    if found:
        return found[1]
    if default is None:
        raise JoinError(f"a PDF is not written as expected: no {pattern.decode()}")
    return default


def _link(content: bytes, key: bytes) -> int:
    """Return the number of the object to which `key` refers, of a list the first."""
    return int(_value(content, rb"/%s ?\[?(\d+) 0 R" % key))


def _references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)
