"""A collection's own templates may be a stranger's: they reach nothing but the values that they are given, do only so
much, and put nothing on a card that would run or reach the network."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import Folder

import flashcards
from flashcards import reporting
from flashcards.cards.safety import css_faults, html_faults
from flashcards.cards.templates import _plain, render_looks
from flashcards.collection import notetypes
from flashcards.exporters.print.safety import _faults as typst_faults
from flashcards.resources import bundled, template_folders
from flashcards.templating import BrokenTemplateError, Templates, UnsafeTemplateError

VARIABLES = {
    "name": "a" * 100,
    "many": list(range(100)),
    "path": Path("/home/somebody"),
    "call": lambda text="": text * 2,
}


def rendered(tmp_path: Path, text: str, **others: str) -> str:
    """Return what a template becomes; `others` are files that it may include."""
    for name, content in {"main": text, **others}.items():
        (tmp_path / f"{name}.html").write_text(content)
    return Templates([tmp_path], "[]", finalize=_plain).render("main.html", VARIABLES, work=1_000_000)


@pytest.mark.parametrize(
    ("template", "becomes"),
    [
        ("a [[ name|length ]] b", "a 100 b"),
        ("[% for n in many %][% if loop.first %]first [% elif n == 5 %]five[% endif %][% endfor %]", "first five"),
        ("[% set x = many[3] + 1 %][[ x ]] [[ -x // 3 ]] [[ 1 if x is even else 2 ]] [[ call('ab') ]]", "4 -2 1 abab"),
        ("[% include 'part.html' %]", "part 100"),
        ("[% extends 'whole.html' %][% block middle %]M[[ super() ]][% endblock %]", "<M->"),
    ],
)  # fmt: skip
def test_what_templates_can_do(tmp_path: Path, template: str, becomes: str) -> None:
    others = {"part": "part [[ name|length ]]", "whole": "<[% block middle %]-[% endblock %]>"}
    assert rendered(tmp_path, template, **others) == becomes


HOSTILE_JINJA = (
    # Python behind a value
    "[[ cycler.__init__.__globals__.os.popen('id') ]]", "[[ lipsum.__globals__ ]]", "[[ ''.__class__.__mro__[1].__subclasses__() ]]",
    "[[ name['__class__'] ]]", "[[ name|attr('__class__') ]]", "[[ call.__globals__ ]]", "[[ call.__code__ ]]", "[[ loop ]]",
    "[[ self.__init__ ]]", "[[ range(9) ]]", "[[ dict() ]]", "[[ namespace() ]]", "[[ joiner() ]]", "[[ config ]]", "[[ request ]]",
    "[[ '{0:1000000000}'.format(1) ]]", "[% set f = '{0:1000000000}'.format %][[ f(1) ]]", "[[ '{0:1000000000}'.format_map(1) ]]",
    "[[ path ]] [[ path.parent.name ]]", "[[ path.read_text() ]]", "[[ '{0.__class__}'.format(name) ]]", "[[ name.format ]]",

    "[% set f = name.ljust %][[ f(1000000000) ]]", "[[ super() ]]", "[[ caller() ]]", "[% import 'part.html' as p %]", "[% from 'part.html' import p %]",
    "[% macro m(a) %][[ a ]][% endmacro %]", "[% call call() %][% endcall %]", "[% filter upper %]a[% endfilter %]", "[% with %][% endwith %]",
    # files
    "[% include '/etc/passwd' %]", "[% include '../../../../etc/passwd' %]", "[% include name %]", "[% include ['part.html'] %]", "[% extends name %]",
    "[% include 'no.html' %]",
    # more and more of something
    "[[ 'a' * 1000000000 ]]", "[[ 9 ** 9 ** 9 ]]", "[[ '%1000000000d' % 1 ]]", "[[ name ~ name ]]", "[[ name + name ]]", "[[ many + many ]]",
    "[% set a = [name, name] %]", "[[ {'a': name} ]]", "[% set a %][[ name ]][% endset %]", "[[ name|center(1000000000) ]]", "[[ many|join(name) ]]",
    "[[ name|replace('a', name) ]]", "[[ name|wordwrap(1) ]]", "[[ many|tojson ]]", "[[ many|map('upper')|list ]]", "[[ name|format ]]",
    "[[ '" + "a" * 2000 + "' ]]", "[% for a in many recursive %][[ loop(many) ]][% endfor %]", "[[ 1" + "+ 1" * 3000 + " ]]",
    "[% for a in many %][% for b in many %][% for c in many %][% for d in many %][% for e in many %][% endfor %][% endfor %][% endfor %][% endfor %][% endfor %]",
    "[% for a in many %][% for b in many %][% for c in many %]" + "a" * 100 + "[% endfor %][% endfor %][% endfor %]",
    "[% include 'main.html' %]", "[% include 'main.html' %][% include 'main.html' %]", "[% extends 'main.html' %]", "[[ " + "(" * 5000 + " ]]",
    "[[ " + "(" * 5000 + "1" + ")" * 5000 + " ]]", "".join("[% for a in many %]" for _ in range(40)) + "[% endfor %]" * 40,
    "[% if 1 %]" * 2000 + "[% endif %]" * 2000, "[[ " + "not " * 5000 + "1 ]]", "[[ " + "9" * 10_000 + " ]]",
    # nonsense
    "[[", "[%", "[% block %]", "[[ 1 / 0 ]]", "[[ 1 + none ]]", "[[ many[name] ]]", "[[ nothing ]]", "[[ many.nothing.more ]]", "[[ name|nothing ]]",
    "[[ call(1, 2, 3) ]]", "[[ name() ]]", "[[ many|first(1, 2) ]]", "[% for in %]", "[[ `a` ]]", "\0[[ 1 }}",
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE_JINJA)))
def test_a_hostile_template_is_an_error(tmp_path: Path, number: int) -> None:
    started = time.process_time()
    with pytest.raises(BrokenTemplateError) as raised:
        rendered(tmp_path, HOSTILE_JINJA[number], part="part")
    assert "somebody" not in str(raised.value)
    assert time.process_time() - started < 5


def test_the_work_of_super_counts(tmp_path: Path) -> None:
    """Each of these doubles what the one below it gives, before anything is written."""
    files = {
        f"f{n}": f"[% extends 'f{n - 1}.html' %][% block b %][[ super() ]][[ super() ]][% endblock %]"
        for n in range(1, 40)
    }
    with pytest.raises(UnsafeTemplateError, match="does or writes too much"):
        rendered(
            tmp_path, "[% extends 'f39.html' %]", f0="[% block b %]" + "a" * 1000 + "[% endblock %]", **files
        )


@pytest.mark.parametrize("data", [b"\xe9", b"a" * 2_000_000])
def test_a_template_that_cannot_be_read_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "main.html").write_bytes(data)
    with pytest.raises(BrokenTemplateError, match=r"main\.html:1: .*(not UTF-8|2\.0 MB; 1 MB is the most)"):
        Templates([tmp_path], "[]", finalize=_plain).render("main.html", {}, work=1_000)


# ------------------------------------------------------------------------------------------------------------------ cards

HARMLESS_HTML = (
    "<p>{{Front}}</p>", "<img src='_a.png' alt=\"a > b\">", "<br/>", "<div class=a style='color: red'>{{#Hint}}{{hint:Hint}}{{/Hint}}</div>",
    "<!-- a - comment -->", "5 &lt; 6 > 4", "<hr id=answer>", "{{cloze:Text}}", "{{type:Front}}", "{{FrontSide}}", "<img src='data:image/png;base64,AA=='>",
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><path d='M0 0'/></svg>", "<a href='#x'>once = 1</a>", "<details open><summary>a</summary></details>",
    "<p aria-label='Note: a'>[{{#Front}}]{{/Front}}</p>", "&#91;{{Front}}]", "{{tts en_US:text:Front}}", "{{furigana:Front}} [1]", "<b>[</b>{{Front}}",
)  # fmt: skip
HOSTILE_HTML = (
    "<script>alert(1)</script>", "<SCRIPT src=x>", "<scr<script>ipt>", "< script>", "<script", "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>", "<p ONCLICK = 'x'>", "<svg/onload=alert(1)>", "<svg onload\n=\n\"x\">", "<p \x00onclick='a'>",
    "<a href='javascript:alert(1)'>", "<a href=' java\tscript:alert(1)'>", "<a href='&#106;avascript&colon;alert(1)'>", "<a href=JaVaScRiPt:x>",
    "<a href='vbscript:x'>", "<a href='data:text/html,x'>", "<a href='file:///etc/passwd'>", "<iframe>", "<iframe srcdoc='&lt;script>'>", "<p srcdoc=a>",
    "<object data=a>", "<embed src=a>", "<link rel=stylesheet href=a>", "<meta http-equiv=refresh content='0;url=a'>", "<base href=a>", "<form action=a>",
    "<img src='https://evil.example/a.png'>", "<img src=//evil.example/a.png>", "<img src='\\\\evil.example\\a'>", "<img srcset='a.png 1x, //evil.example/a 2x'>",
    "<a href='http:evil.example'>", "<video poster='ftp://a'>", "<p style='background: url(https://evil.example)'>", "<style>@import 'a.css';</style>",
    "<style>p { background: url(//evil.example) }</style>", "<p style='background: u\\72l(\\68ttps://evil.example)'>", "[latex]\\input{/etc/passwd}[/latex]",
    "[LaTeX]x", "[$]x[/$]", "[$$]x", "[sound:x.mp3]", "[anki:play:q:0]", "<p title=\">\" onclick=a>", "<p title=\"<img onerror=a>\">",
    "<p \"a=\">{{Front}}\">", "<p a\"b>{{Front}}", "<a href='{{Front}}'>", "<p class={{Front}}>", "<p {{Front}}>", "<{{Front}}>",
    "<{{#Front}}script{{/Front}}>", "<scr{{#Front}}{{/Front}}ipt>", "{{#Front}}<p {{/Front}}onclick=a>", "<style>{{Front}}</style>",
    "<!-- a --!><script>", "<!--><script>alert(1)</script>-->", "<!---><script>-->", "<!doctype html>", "<?xml ?>", "<![CDATA[<script>]]>", "</script",
    "<noscript><p title='</noscript><img src=x onerror=a>'>", "<textarea>", "<template>", "<set attributeName=href to='javascript:a'>", "<use href=a>",
    "<math><a xlink:href='javascript:a'>", "<a xmlns:x='javascript:a'>", "<p a=b`c>", "<p a='b", "<p a==b>", "5 < 6",
    # letter case, entities, white space
    "<A HREF='JAVASCRIPT:a'>", "<a href='&#x6A;&#x61vascript:a'>", "<a href='&Tab;javascript&NewLine;:a'>", "<a href='java&#10;script:a'>",
    "<a href='\x01javascript:a'>", "<IMG SRC=x OnError=a>", "<p onclick>", "<p on=a>", "<p xml:onclick=a>a</p><p onfocusin=a autofocus>",
    # all that takes an address
    "<img srcset='a.png 1x, http:evil 2x'>", "<source src='//a'>", "<audio src='https://a'>", "<video src=ftp:a>", "<track src='//a'>", "<input type=image src='//a'>",
    "<button formaction='javascript:a'>", "<a ping='https://a' href='#'>", "<body background='//a'>", "<table background='http:a'>", "<q cite='http://a'>",
    "<svg><image href='//a'/></svg>", "<svg><image xlink:href='https://a'/></svg>", "<svg><a href='javascript:a'><text>a</text></a></svg>",
    "<svg><feImage href='https://a'/></svg>", "<svg><foreignObject><p></p></foreignObject></svg>", "<svg><animate attributeName=href to='javascript:a'/></svg>",
    "<math href='javascript:a'>", "<html manifest='//a'>", "<img longdesc='http:a'>", "<p about:blank=a style='behavior: url(//a)'>",
    # data: but as the address of a picture
    "<a href='data:image/svg+xml,a'>", "<img src='data:text/html,a'>", "<iframe src='data:image/png;base64,AA=='>", "<img src='DATA:application/a,'>",
    "<a href='data:font/woff,a'>", "<img src='data:image/png'>",
    # elements that run or send something, or read what follows otherwise
    "<FORM>", "<input formaction='//a'>", "<button form=a formaction='http:a'>", "<frameset>", "<applet code=a>", "<portal src=a>", "<xmp>", "<plaintext>",
    "<title>", "<META CHARSET=utf-7>", "<BASE>", "<EMBED>", "<link rel=prefetch href=a>",
    # style
    "<p style='background: url(&quot;https://a&quot;)'>", "<p style='background: URL(//a)'>", "<p style='a: \\2f\\2f a; background: url(\\2f/a)'>",
    "<style>@\\import 'a'</style>", "<STYLE>@IMPORT url(a)</STYLE>", "<style>a { b: image-set('https://a' 1x) }</style>", "<svg><style>@import 'a'</style></svg>",
    "<p style='{{Front}}'>", "<style>p::after { content: '{{Front}}' }</style>", "<style>{{#Front}}@imp{{/Front}}ort 'a'</style>",
    # what sections bring together, and what fields complete
    "[la{{#Front}}tex]a[/latex]{{/Front}}", "[{{^Front}}{{/Front}}sound:a.mp3]", "[la{{{#Front}}tex]{{/Front}}", "[so{{ #Front }}und:a.mp3]{{/Front}}",
    "<p on{{#Front}}click='a'{{/Front}}>", "<p {{#Front}}onclick=a{{/Front}}>", "<a href='java{{#Front}}script:a'>{{/Front}}", "<{{^Front}}img src=x onerror=a{{/Front}}>",
    "[{{Front}}", "[{{Front}}]{{Back}}[{{Extra}}]", "[la{{Front}}", "[/{{Front}}", "[sound:{{Front}}]", "[anki:tts lang=en]{{Front}}[/anki:tts]", "[[type:Front]]",
    "[{{#Front}}{{Front}}{{/Front}}", "[${{Front}}]",
    # Anki's filters and its other signs
    "{{text:Front}}", "{{hint:text:Front}}", "{{text:cloze:Text}}", "{{text:tts en_US:Front}}", "{{{text:Front}}}", "{{ text:Front }}", "{{=<% %>=}}<%Front%>",
)  # fmt: skip


@pytest.mark.parametrize("html", HARMLESS_HTML)
def test_harmless_html_has_no_fault(html: str) -> None:
    assert list(html_faults(html)) == []


@pytest.mark.parametrize("html", HOSTILE_HTML)
def test_hostile_html_has_a_fault(html: str) -> None:
    assert list(html_faults(html)) != []


HOSTILE_CSS = (
    "@import 'a.css';", "@IMPORT url(a)", "@\\69mport 'a'", "p { background: url(https://evil.example) }", "p { background: url( //evil.example ) }",
    "p { background: url('\\2f\\2f evil.example') }", "p { background: \\75 rl('\\68ttp://a') }", "p { background: image-set('//evil.example/a' 1x) }",
    "@font-face { src: url(\"ftp://a\") }", "/* '/*' */ p { background: url(//evil.example) } /* '*/' */", "p { background: url(\n//evil.example) }",
)  # fmt: skip


@pytest.mark.parametrize("css", HOSTILE_CSS)
def test_hostile_css_has_a_fault(css: str) -> None:
    assert list(css_faults(css)) != []


def test_harmless_css_has_no_fault() -> None:
    assert (
        list(
            css_faults("/* a: b; c */ p::after { content: '\\201C'; background: url(_a.png) } @media (a) { }")
        )
        == []
    )


def test_shipped_templates_have_no_fault() -> None:
    types, _ = notetypes.load(template_folders(None))
    for look in render_looks(types, types, template_folders(None)).values():
        assert list(css_faults(look.css)) == []
        assert [list(html_faults(side)) for card in look.cards for side in (card.front, card.back)] == [
            [],
            [],
        ] * len(look.cards)
    for path in bundled("templates").rglob("*.typ"):
        assert list(typst_faults(path.read_text(encoding="utf-8"))) == []


# ------------------------------------------------------------------------------------------------------------------ print

HOSTILE_TYPST = (
    '#import "@preview/cetz:0.3.1": canvas', '#let p = "@" + "preview/cetz:0.3.1"\n#import p: canvas', '#import ("@" + "preview/a:1")', "#import << title >>",
    '#import << "@preview/a:1" >>', '#import "\\u{40}preview/a:1"', "#include << title >>", '#import /* */ "@preview/a:1"', '#import<# #> "@preview/a:1"',
    '#im<% if 1 %>port "@preview/a:1"<% endif %>', '#im<%- if 1 -%>port "@preview/a:1"<% endif %>', '#eval("1")', '#let e = eval\n#e("1")', "#std.at(1)",
    '#dictionary(std).at("ev" + "al")("1")', '#plugin("a.wasm")', '#ev<# #>al("1")', "\ue000#eval(1)\ue001", '#<< "\ue000" >>eval("1")', '#import "a" + "b"',
    '#for a in ("@preview/a:1",) { import a }', '#read("/etc/passwd")', '#image("../../../../etc/passwd")', '#include "/etc/passwd"',
)  # fmt: skip


@pytest.mark.parametrize("typst", HOSTILE_TYPST)
def test_a_hostile_document_is_not_made_and_the_package_is(folder: Folder, typst: str) -> None:
    folder.deck("- {id: A, front: a, back: b}")
    folder.write("templates/print/sheet.typ", f"// A sheet\n{typst}\n")
    built = flashcards.build(flashcards.load(folder.path), Path("out"), now=1, to=["sheet", "apkg"])
    assert [name for name, _ in built.failures] == ["sheet"]
    assert [file.path.name for file in built.written] == ["test-collection.apkg"]


@pytest.mark.parametrize(
    ("layout", "own"),
    [("a {} <", "/style><svg onload=alert(1)>"), ("@imp", "ort 'a.css';"), ("a { b: url(/", "/evil.example) }"), ("[lat", "ex]x[/")],
)  # fmt: skip
def test_two_style_sheets_are_searched_as_they_are_joined(folder: Folder, layout: str, own: str) -> None:
    folder.deck("- {id: A, front: a, back: b}")
    for file in (bundled("templates") / "notetypes/basic").iterdir():
        folder.write(f"templates/notetypes/basic/{file.name}", file.read_bytes())
    folder.write("templates/notetypes/_layout/card.css", layout)
    folder.write("templates/notetypes/basic/card.css", own)
    places = {finding.place.rpartition("/notetypes/")[2] for finding in folder.check().errors}
    assert "basic/card.css:1:1" in places


def test_a_template_that_is_not_there_has_a_place(folder: Folder) -> None:
    folder.deck("- {id: A, front: a, back: b}")
    folder.write("templates/notetypes/_layout/front.html", "a\n[% include '../../../secret.txt' %]\n")
    assert {(finding.place, finding.message) for finding in folder.check().errors} == {
        ("decks/templates/notetypes/_layout/front.html:2:1", "there is no template `../../../secret.txt`")
    }


def test_check_and_build_name_the_line(folder: Folder) -> None:
    folder.deck("- {id: A, front: a, back: b}")
    folder.write("templates/notetypes/_layout/card.css", ".a {}\n[[ lipsum.__globals__ ]]\n")
    (finding,) = {finding.message: finding for finding in folder.check().diagnostics}.values()
    assert (finding.rule, finding.place, finding.message) == (
        "broken-template",
        "decks/templates/notetypes/_layout/card.css:2:1",
        "'lipsum' is undefined",
    )
    with pytest.raises(BrokenTemplateError, match=r"card\.css:2: 'lipsum' is undefined"):
        flashcards.build(flashcards.load(folder.path), Path("out"), now=1)


@pytest.mark.parametrize(
    "file", ["notetypes/_layout/card.css", "print/sheet.typ", "notetypes/_layout/more.typ"]
)
@pytest.mark.parametrize("target", ["templates", "file"])
def test_no_line_of_a_linked_file_is_shown(folder: Folder, tmp_path: Path, file: str, target: str) -> None:
    folder.deck("- {id: A, front: a, back: b}")
    private = tmp_path / "private" / file
    private.parent.mkdir(parents=True)
    private.write_text("[[ a private line ]] #eval(1)\n")
    own = folder.path / "templates"
    if target == "templates":
        own.symlink_to(tmp_path / "private")
    else:
        (own / file).parent.mkdir(parents=True)
        (own / file).symlink_to(private)
    found = folder.check().errors
    assert {finding.message for finding in found} == {
        "cannot read the file: it is a link that leads out of the collection"
    }
    assert "private line" not in reporting.full(found)


def test_a_template_that_is_a_link_to_nothing_is_an_error(folder: Folder) -> None:
    """Else the shipped one of the same name would be taken, without a word."""
    folder.deck("- {id: A, front: a, back: b}")
    (folder.path / "templates/notetypes/_layout").mkdir(parents=True)
    (folder.path / "templates/notetypes/_layout/card.css").symlink_to("nothing")
    places = {(finding.place, finding.message) for finding in folder.check().errors}
    assert places == {
        ("decks/templates/notetypes/_layout/card.css:1:1", "cannot read the file: No such file or directory")
    }
