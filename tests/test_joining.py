"""PDFs of Typst that are joined: nothing of them is lost, and what could be lost is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain

import pdf
import pypdfium2 as pdfium
import pytest
import typst
from pypdfium2 import raw

from flashcards.exporters.print.joining import JoinError, join

RED = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="red"/></svg>'
)

# Texts that look like the parts of a PDF which are numbered anew, with brackets that are closed and that are not
NASTY = (
    "12 0 R",
    "(3 0 R)",
    ") 4 0 R (",
    "\\ 5 0 R \\",
    "/StructParents 1",
    "/ID(U1x0y0)",
    "/Headers[(U1x0y0)]",
    "endobj",
)


def typeset(source: str, time: int = 0) -> bytes:
    data = typst.compile(
        f'#set text(lang: "en")\n{source}'.encode(),
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=time,
    )
    assert isinstance(data, bytes)
    return data


def body(title: str, more: str = "") -> bytes:
    return typeset(f"#set document(title: {quoted(title)})\n= #{quoted(title)}\n{more}")


def frame(pages: int, title: str = "All", settings: str = "") -> bytes:
    return typeset(
        f"""
        #set document(title: {quoted(title)}, author: "Someone", date: datetime(year: 2026, month: 1, day: 2))
        #set page(footer: context [{title} #counter(page).display("1 of 1", both: true)])
        {settings}
        #for _ in range({pages} - 1) {{ pagebreak() }}
        """,
        1_800_000_000,
    )


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


TABLE = "#table(columns: 2, table.header[a][b], [c], [d])"
FIRST = body(
    "First",
    f'See #link("https://example.org/(a")[there].\n{TABLE}\n== Section\n#math.equation(alt: "x (1")[$x$]',
)
SECOND = body(
    "Second",
    f'{TABLE}\nhere#footnote[A note.]\n#pagebreak()\n#image(bytes({quoted(RED)}), alt: "a red square", width: 3cm)',
)


def test_pages_follow_each_other_each_with_the_foot_of_its_number() -> None:
    joined = pdf.read(join(frame(3), [FIRST, SECOND]))
    feet = [text.splitlines()[-1] for text in joined.texts]
    assert feet == ["All 1 of 3", "All 2 of 3", "All 3 of 3"]
    assert [text.splitlines()[0] for text in joined.texts[:2]] == ["First", "Second"]
    assert "A note." in joined.texts[1]


def test_what_bodies_have_in_common_is_there_once() -> None:
    one, two = (join(frame(count), [FIRST] * count) for count in (1, 2))
    fonts = [data.count(b"/Subtype/CIDFontType0C") + data.count(b"/Length1") for data in (one, two)]
    assert fonts[0] > 0
    assert fonts[0] == fonts[1]
    first, again = pdf.read(two).pages
    assert [letter.text for letter in first.letters[:20]] == [letter.text for letter in again.letters[:20]]


def test_letters_stand_where_they_stood() -> None:
    both = pdf.read(join(frame(3), [FIRST, SECOND])).pages
    alone = [*pdf.read(FIRST).pages, *pdf.read(SECOND).pages]
    feet = pdf.read(frame(3)).pages
    for page, text, foot in zip(both, alone, feet, strict=True):
        assert page == replace(text, letters=[*text.letters, *foot.letters], lines=[*text.lines, *foot.lines])


def test_title_author_language_and_time_are_the_frames() -> None:
    joined = pdf.read(join(frame(1, "Title (1) of Ω"), [FIRST]))
    assert (joined.title, joined.author, joined.language, joined.tagged) == (
        "Title (1) of Ω",
        "Someone",
        "en",
        True,
    )
    assert b"<pdfuaid:part>1<" in joined.content
    assert b"<xmpTPg:NPages>1<" in joined.content
    assert joined.content.count(b"D:20260102000000Z") == 2


def kinds_below(tag: pdf.Tag) -> set[str]:
    return {tag.kind}.union(*map(kinds_below, tag.inner))


def test_all_tags_are_kept_each_body_a_part_of_its_own() -> None:
    def named(tag: pdf.Tag, prefix: str) -> pdf.Tag:
        inner = tuple(named(child, prefix) for child in tag.inner)
        return replace(tag, name=prefix + tag.name if tag.name else "", inner=inner)

    joined = pdf.tags(join(frame(3), [FIRST, SECOND]))
    alone = [(0, page) for page in pdf.tags(FIRST)] + [(1, page) for page in pdf.tags(SECOND)]
    kinds = set()
    for (document,), (i, (expected,)) in zip(joined, alone, strict=True):
        assert document.kind == "Document"
        (part,) = document.inner
        assert part == replace(named(expected, f"{i}."), kind="Part")
        kinds |= kinds_below(part)
    assert {"H1", "H2", "P", "Table", "Figure", "Note"} <= kinds


def test_names_of_cells_and_footnotes_stay_apart() -> None:
    content = join(frame(3), [FIRST, SECOND])
    names = re.findall(rb"/ID\(([^()]*)\)", content)
    assert len(names) == len(set(names)) == 5
    heads = set(re.findall(rb"\(([^()]*)\)", b"".join(re.findall(rb"/Headers\[([^]]*)\]", content))))
    assert heads and heads <= set(names)
    (listed,) = re.findall(rb"/IDTree<</Names\[(.*?)\]", content)
    assert re.findall(rb"\(([^()]*)\)", listed) == sorted(names)


def test_bookmarks_and_links_lead_where_they_led() -> None:
    with pdfium.PdfDocument(join(frame(3), [FIRST, SECOND])) as document:
        marks = [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
        links = [raw.FPDFPage_GetAnnotCount(page) for page in document]
    assert marks == [(0, "First", 0), (1, "Section", 0), (0, "Second", 1)]
    assert links == [1, 2, 0]  # a footnote has two: there and back
    content = join(frame(3), [FIRST, SECOND])
    assert (content.count(b"/Next "), content.count(b"/Prev ")) == (1, 1)  # from deck to deck and back
    assert b"/URI(https://example.org/\\(a)" in content
    # the tag of every page and link is listed once, at the place that the page or link names
    places = sorted(int(place) for place in re.findall(rb"/StructParents? (\d+)", content))
    (listed,) = re.findall(rb"/ParentTree<</Nums\[(.*?)\]", content)
    assert places == [int(place) for place in re.findall(rb"(\d+) \d+ 0 R", listed)] == list(range(6))


@pytest.mark.parametrize("text", NASTY)
def test_texts_that_look_like_pdf_are_only_text(text: str) -> None:
    nasty = body(
        text,
        f"#link({quoted(f'https://example.org/{text}')})[x]\n#figure({quoted(text)}, alt: {quoted(text)})",
    )
    joined = join(frame(2, text), [FIRST, nasty])
    assert pdf.read(joined).title == text
    assert pdf.read(joined).bookmarks[-1] == (0, text)
    (alone,), (document,) = pdf.tags(nasty)[0], pdf.tags(joined)[1]
    assert document.inner[0].inner == alone.inner
    assert text in {tag.title for tag in alone.inner} and text in {tag.alt for tag in alone.inner}


def test_every_object_is_where_the_table_says() -> None:
    content = join(frame(3), [FIRST, SECOND])
    start = int(content.rpartition(b"startxref\n")[2].split()[0])
    lines = content[start:].partition(b"trailer")[0].split(b"\n")
    assert lines[0] == b"xref" and int(lines[1].split()[1]) == len(lines) - 3
    for number, line in enumerate(lines[3:-1], 1):
        assert content[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)
    used = {int(number) for number in re.findall(rb"(\d+) 0 R\b", content)}
    assert used == set(range(1, len(lines) - 3))  # nothing is missing, nothing is left over


def test_the_same_bodies_give_the_same_bytes_and_others_another_identity() -> None:
    one, same, other = (
        join(frame(2), bodies) for bodies in ([FIRST, FIRST], [FIRST, FIRST], [FIRST, body("Third")])
    )
    assert one == same
    ids = [re.findall(rb"/ID\[\((.*?)\)\((.*?)\)\]", content)[0] for content in (one, other)]
    assert ids[0][0] == ids[1][0] and ids[0][1] != ids[1][1]
    assert all(content.count(own) == 2 for content, (_, own) in zip((one, other), ids, strict=True))


@pytest.mark.parametrize(
    ("cover", "content", "message"),
    [
        (frame(2), FIRST, "a frame has as many pages as what it frames"),
        (frame(1, settings="Text."), FIRST, "a frame has text only in its margins"),
        (frame(1, settings='#set page("a5")'), FIRST, "a frame is as large as what it frames"),
        (frame(1), body("A", "#pdf.attach(\"a.txt\", bytes(\"a\"), description: \"a\")"), "a PDF with /EmbeddedFiles cannot be joined"),
        (frame(1), body("A", "#page(width: 9cm, height: 9cm)[b]"), "a frame has as many pages as what it frames"),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_refused(cover: bytes, content: bytes, message: str) -> None:
    with pytest.raises(JoinError, match=re.escape(message)):
        join(cover, [content])


def test_many_bodies_are_sorted_by_their_own_order() -> None:
    bodies = [body(f"Deck {i}", TABLE) for i in range(12)]
    joined = join(frame(12), bodies)
    assert [title for _, title in pdf.read(joined).bookmarks] == [f"Deck {i}" for i in range(12)]
    titles = [
        tag.title
        for page in pdf.tags(joined)
        for tag in chain.from_iterable(part.inner for part in page[0].inner)
    ]
    assert [title for title in titles if title] == [f"Deck {i}" for i in range(12)]
