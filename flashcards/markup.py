"""Field text (Markdown, maths, clozes, pictures) → a tree → safe HTML for Anki and Typst for print.

The only place where an author's text becomes markup. Text is hostile until it has been through here: raw HTML is shown as
text, links lead to the web or to mail only, Anki's own bracket commands are defused, and Typst sees string literals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Any

from flashcards import cloze, maths
from flashcards.diagnostics import Severity


@dataclass(slots=True)
class Element:
    """A node of a parsed field. `name` says what it is, `attrs` the rest; leaves are plain strings.

    Names: document, paragraph, heading, emphasis, strong, strikethrough, link(url), image(url), code, code_block(language),
    maths(display), cloze(numbers, hint), list(start), item, quote, table(aligns), head, row, cell, rule, break.
    """

    name: str
    children: list[Element | str] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def add_text(self, text: str) -> None:
        """Append text, joined to a text before it: what a renderer must defuse may come in several pieces."""
        if self.children and isinstance(self.children[-1], str):
            self.children[-1] += text
        elif text:
            self.children.append(text)

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in reading order."""
        yield self
        for child in self.children:
            if type(child) is Element:
                yield from child.walk()

    @property
    def text(self) -> str:
        """All text below, without markup."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a field's text, at characters `start` to `end` of it."""

    rule: str
    message: str
    start: int
    end: int
    hint: str | None = None
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Document:
    root: Element
    problems: tuple[Problem, ...] = ()


# ---------------------------------------------------------------------------------------------------------------- parse

# Marks that survive Markdown, from the private-use characters that `source` refuses in files. The brace turns the inner
# side of a cloze mark into punctuation for Markdown's emphasis rules, as it is in the text that the author sees.
_OPEN, _CLOSE, _MATHS, _END = "\ue000", "\ue001", "\ue002", "\ue003"
_FOREIGN_MARK = re.compile(f"[{_OPEN}-{_END}]")
_MARK = re.compile(f"{_OPEN}([0-9]+){{|}}{_CLOSE}|{_MATHS}([0-9]+){_END}")
_BRACKET_MATHS = re.compile(r"(?<!\\)(?:\\\\)*(\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\])", re.DOTALL)
_NUMBER_ONLY = re.compile(r"[\d\s.,;:%/+–-]*\d[\d\s.,;:%/+–-]*")
# Stretches in which `::` and `}}` are the author's own text; not those with deletions in them
_CODE_OR_MATHS = re.compile(
    r"(`+)(?!`)(?:(?!{{c[\d,]).)+?(?<!`)\1(?!`)"
    r"|\$\$(?:(?!{{c[\d,]).)+?\$\$|\$(?!\s)(?:(?!{{c[\d,])[^$\n])+?(?<!\s)\$(?!\d)"
    r"|(?<!\\)\\\((?:(?!{{c[\d,]).)+?\\\)|(?<!\\)\\\[(?:(?!{{c[\d,]).)+?\\\]",
    re.DOTALL,
)
_SPECIAL = re.compile(r"[$\\`*_~\[\]<>&#|!+:\r\n{}" + f"{_OPEN}-{_END}-]")  # one class: searched far faster than alternatives
_BLOCK_START = re.compile(r"\s|\d+[.)]")
_MAX_DEPTH = 32  # what nests deeper is drawn at this depth


def parse(text: str, *, clozes: bool = False) -> Document:
    """Parse one field. With `clozes`, `{{c1::…}}` are cloze deletions, else they are text."""
    if not (_SPECIAL.search(text) or _BLOCK_START.match(text) or text[-1:].isspace()):  # most fronts: nothing for Markdown
        return Document(Element("document", [Element("paragraph", [text], end=len(text))], end=len(text)))
    return _Parser(text, clozes).document()


# What an element, or a problem, cannot be without
_BEGINNINGS = {
    "cloze": ("{{c",), "image": ("![",), "maths": ("$", "\\(", "\\["), "table": ("|",), "problem": ("{{c", "}}", "[", "<"),
}  # fmt: skip


def may_hold(text: str, name: str) -> bool:
    """Tell whether a text may hold such an element (or a "problem"): far cheaper than parsing it to find none."""
    for beginning in _BEGINNINGS[name]:  # noqa: SIM110  # `any` of a generator takes longer
        if beginning in text:
            return True
    return False


@cache
def _markdown() -> Any:
    from pyromark import Markdown, Options

    return Markdown(options=Options.ENABLE_TABLES | Options.ENABLE_MATH | Options.ENABLE_STRIKETHROUGH)


_INLINE = {"Emphasis": "emphasis", "Strong": "strong", "Strikethrough": "strikethrough"}
_BLOCKS = {
    "Paragraph": "paragraph", "BlockQuote": "quote", "Item": "item", "Heading": "heading", "HtmlBlock": "paragraph",
    "TableHead": "head", "TableRow": "row", "TableCell": "cell",
}  # fmt: skip


_HAVE_PARTS = {"list", "table", "head", "row", "cloze"}  # their children are told apart, so are never merged into them


class _Parser:
    """Turns one text into a tree: marks clozes and bracketed maths, lets pyromark parse, builds elements from its events."""

    def __init__(self, text: str, clozes: bool):
        self.original = self.text = text
        self.edits: list[list[tuple[int, int, int]]] = []  # per stage: (start, end, length of what replaced it)
        self.problems: list[Problem] = []
        self.deletions: list[cloze.Deletion] = []
        self.maths: list[tuple[str, Element]] = []  # bracketed maths, by the number of their marks
        if _FOREIGN_MARK.search(text):  # `source` refuses them in files; a caller of ours might not
            self.original = self.text = _FOREIGN_MARK.sub("\ufffd", text)
        if clozes:
            self._mark_clozes()
        if "\\(" in self.text or "\\[" in self.text:
            self._mark_bracket_maths()

    def document(self) -> Document:
        events = list(_markdown().events_with_range(self.text))
        while "$" in self.text and (at := self._money(events)) is not None:
            self._edit([(at, at, "\\")])
            events = list(_markdown().events_with_range(self.text))
        root = self._build(events)
        if self.deletions:
            shown = {element.start for element in root.walk() if element.name == "cloze"}
            for deletion in self.deletions:
                if deletion.start not in shown:
                    message = "this cloze deletion lies in a link's address, a picture's text or a code block's language"
                    self._misplaced(message, deletion.start, deletion.end, "delete words that the card shows")
        return Document(root, tuple(self.problems))

    # -- stages before Markdown

    def _edit(self, changes: Sequence[tuple[int, int, str]]) -> None:
        pieces, at = [], 0
        for start, end, new in changes:
            pieces += [self.text[at:start], new]
            at = end
        self.text = "".join([*pieces, self.text[at:]])
        self.edits.append([(start, end, len(new)) for start, end, new in changes])

    def _original_offset(self, at: int) -> int:
        """Map an offset in the edited text back to the author's."""
        for stage in reversed(self.edits):
            shift = 0  # edited minus original, up to here
            for start, end, length in stage:
                if at <= start + shift:
                    break
                if at < start + shift + length:
                    at = start + shift
                    break
                shift += length - (end - start)
            at -= shift
        return at

    def _mark_clozes(self) -> None:
        text = self.original
        parsed = cloze.parse(text, [match.span() for match in _CODE_OR_MATHS.finditer(text)])
        for at in parsed.unclosed:
            message, end = "this cloze deletion is never closed", text.index("::", at) + 2
            self.problems.append(Problem("cloze-unbalanced", message, at, end, "end it with `}}`"))
        for at in parsed.unopened:
            hint = "deletions may lie in one another but not overlap; put text with `}}` between backticks"
            self.problems.append(Problem("cloze-unbalanced", "this `}}` closes no cloze deletion", at, at + 2, hint))
        hints = [range(deletion.hint, deletion.end) for deletion in parsed.deletions]
        for deletion in parsed.deletions:
            if any(deletion.start in hint for hint in hints):
                message = "this cloze deletion lies in the hint of another"
                self._misplaced(message, deletion.start, deletion.end, "put it into the answer, or leave it out")
            else:
                self.deletions.append(deletion)
        changes = []
        for number, deletion in enumerate(self.deletions):
            changes.append((deletion.start, deletion.inner, f"{_OPEN}{number}{{"))
            changes.append((deletion.hint, deletion.end, f"}}{_CLOSE}"))
        self._edit(sorted(changes))

    def _mark_bracket_maths(self) -> None:
        r"""Replace `\(…\)` and `\[…\]` outside code by marks: CommonMark would eat the backslashes."""
        found = list(_BRACKET_MATHS.finditer(self.text))
        if not found:
            return
        events = ((e, r) for e, r in _markdown().events_with_range(self.text) if type(e) is dict)
        code = [(r["start"], r["end"]) for e, r in events if "Code" in e or e.get("End") == "CodeBlock"]
        changes = []
        for match in found:
            at = len(self.text[: match.start(1)].encode())
            if any(start <= at < end for start, end in code):
                continue
            display = match["display"] is not None
            changes.append((match.start(1), match.end(1), f"{_MATHS}{len(self.maths)}{_END}"))
            start, end = self._original_offset(match.start(1)), self._original_offset(match.end(1))
            latex = match["display"] if display else match["inline"]
            self.maths.append((latex, Element("maths", [], {"display": display}, start, end)))
        self._edit(changes)

    def _money(self, events: Iterable[tuple[Any, Mapping[str, int]]]) -> int | None:
        """Return where the first `$` stands that pyromark takes for maths and we for money."""
        encoded = self.text.encode()
        for event, at in events:
            if "InlineMath" in event:
                start, end = at["start"], at["end"]
                content = encoded[start + 1 : end - 1].decode()
                if encoded[end : end + 1].isdigit() or _NUMBER_ONLY.fullmatch(content):
                    return len(encoded[:start].decode())
        return None

    # -- from events to elements

    def _build(self, events: Iterable[tuple[Any, Mapping[str, int]]]) -> Element:
        encoded = None if self.text.isascii() else self.text.encode()

        def place(at: Mapping[str, int]) -> tuple[int, int]:
            start, end = at["start"], at["end"]
            if encoded is not None:
                start, end = len(encoded[:start].decode()), len(encoded[:end].decode())
            if self.edits:
                start, end = self._original_offset(start), self._original_offset(end)
            return start, end

        marked = bool(self.deletions or self.maths)
        root = Element("document", end=len(self.original))
        stack = [root]
        for event, at in events:
            if type(event) is str:
                if event == "SoftBreak":
                    stack[-1].add_text("\n")
                else:
                    stack[-1].children.append(Element("rule" if event == "Rule" else "break"))
                continue
            ((name, value),) = event.items()
            if name == "Text" or name == "InlineHtml" or name == "Html":
                if marked:
                    self._marked(value, stack)
                else:
                    stack[-1].add_text(value)
            elif name == "Start":
                element = stack[-1]
                if len(stack) <= _MAX_DEPTH or element.name in _HAVE_PARTS:
                    element = self._element(value, *place(at))
                    stack[-1].children.append(element)
                stack.append(element)
            elif name == "End":
                while len(stack) > 1 and stack[-1].name == "cloze":
                    self._across(stack.pop())
                done = stack.pop()
                assert stack, "pyromark closes what it opens"
                if done.name == "image":
                    done.children = [done.text]
            elif name == "Code":
                element = Element("code", [], {}, *place(at))
                stack[-1].children.append(element)
                self._verbatim(value, element)
            elif name == "InlineMath" or name == "DisplayMath":
                element = Element("maths", [], {"display": name == "DisplayMath"}, *place(at))
                stack[-1].children.append(element)
                self._verbatim(value, element)
        return root

    def _element(self, value: Any, start: int, end: int) -> Element:
        if type(value) is str:
            return Element(_INLINE.get(value) or _BLOCKS.get(value, "paragraph"), [], {}, start, end)
        ((name, data),) = value.items()
        attrs: dict[str, Any] = {}
        if name == "Link":
            url = self._address(data["dest_url"])
            attrs = {"url": f"mailto:{url}" if data["link_type"] == "Email" else url}
            if not _SAFE_URL.match(attrs["url"]):
                hint = "links go to http://, https:// or mailto: addresses"
                self.problems.append(Problem("unsafe-link", f"a link to `{url}`", start, end, hint, Severity.WARNING))
        elif name == "Image":
            attrs = {"url": self._address(data["dest_url"])}
        elif name == "List":
            attrs = {"start": data}
        elif name == "Table":
            attrs = {"aligns": tuple(align.lower() for align in data)}
        elif name == "CodeBlock":
            fenced = data.get("Fenced", "") if isinstance(data, dict) else ""
            return Element("code_block", [], {"language": fenced.split()[0] if fenced.split() else ""}, start, end)
        return Element(_BLOCKS.get(name, name.lower()), [], attrs, start, end)

    def _address(self, url: str) -> str:
        """Return an address with what the author wrote where marks stand in it."""

        def written(mark: re.Match[str]) -> str:
            if mark[1]:
                deletion = self.deletions[int(mark[1])]
                return self.original[deletion.start : deletion.inner]
            if mark[2]:  # here the backslashes are Markdown's escapes
                _, maths = self.maths[int(mark[2])]
                return self.original[maths.start : maths.end].replace("\\", "")
            return "}}"

        return _MARK.sub(written, url)

    def _marked(self, value: str, stack: list[Element]) -> None:
        """Put a text with marks in it onto the stack: open and close clozes, insert bracketed maths."""
        at = 0
        for mark in _MARK.finditer(value):
            stack[-1].add_text(value[at : mark.start()])
            at = mark.end()
            if mark[1]:
                element = self._cloze(self.deletions[int(mark[1])])
                stack[-1].children.append(element)
                stack.append(element)
            elif mark[2]:
                latex, element = self.maths[int(mark[2])]
                if stack[0].name == "document":
                    stack[-1].children.append(element)
                    self._verbatim(latex, element)
                else:  # in other maths or in code
                    stack[-1].add_text(self.original[element.start : element.end])
            elif stack[-1].name == "cloze":
                stack.pop()
        stack[-1].add_text(value[at:])

    def _verbatim(self, value: str, element: Element) -> None:
        """Fill a code or maths element; clozes in it stay clozes."""
        stack = [element]
        self._marked(value, stack)
        for unclosed in stack[1:]:
            self._across(unclosed)

    def _cloze(self, deletion: cloze.Deletion) -> Element:
        hint = self.original[deletion.hint + 2 : deletion.end - 2] if deletion.end - deletion.hint > 2 else None
        return Element("cloze", [], {"numbers": deletion.numbers, "hint": hint}, deletion.start, deletion.end)

    def _across(self, element: Element) -> None:
        message = "this cloze deletion begins inside one piece of markup and ends outside it"
        hint = "close it before the emphasis, list item, paragraph or cell ends; two deletions may share a number"
        self._misplaced(message, element.start, element.end, hint)

    def _misplaced(self, message: str, start: int, end: int, hint: str) -> None:
        self.problems.append(Problem("cloze-across-markup", message, start, end, hint))


# ----------------------------------------------------------------------------------------------------------------- HTML

_SAFE_URL = re.compile(r"(?i)(?:https?://|mailto:)[^\s\"'<>\\^`{|}\x00-\x1f]+\Z")
# Commands that Anki finds anywhere in a field, and what would become maths although the author wrote it as text.
_ANKI_COMMAND = re.compile(r"(?i)\[(?=sound:|anki:|/?latex\]|/?\$\$?\])")
_LITERAL_MATHS = re.compile(r"\\(?=[(\[\])]|\Z)")
_LITERAL_CLOZE = re.compile(r"{{(?=c[0-9,])")
_LAST_IN_CLOZE = re.compile(r"[:}]\Z")  # would join the mark behind it
_SOUND = re.compile(r"(?i)\.(?:mp3|ogg|oga|opus|wav|m4a|flac)\Z")

_HTML_TAGS = {
    "paragraph": "p", "emphasis": "em", "strong": "strong", "strikethrough": "s", "item": "li", "quote": "blockquote",
}  # fmt: skip


# Paragraphs, emphasis, code and lists pyromark writes as we do, but for line ends around blocks
_MORE_THAN_THAT = re.compile(rf"[<&\[\\{{{_OPEN}-{_END}]")
_OTHER_TAG = re.compile(r"<(?!/?(?:p|em|strong|code|ul|ol|li)>)")
_LINE_ENDS = ("</p>\n", "<ul>\n", "</ul>\n", "<ol>\n", "</ol>\n", "<li>\n", "</li>\n", "\n<ul>", "\n<ol>")


def html(text: str, media: Mapping[str, str] | None = None, *, clozes: bool = False) -> str:
    """Return `to_html(parse(text))`, without building the tree where pyromark's own HTML is the same: three times as fast."""
    simple = None if clozes else _simple_html(text)
    return to_html(parse(text, clozes=clozes), media) if simple is None else simple


def _simple_html(text: str) -> str | None:
    if _MORE_THAN_THAT.search(text):
        return None
    html: str = _markdown().html(text)
    if _OTHER_TAG.search(html) or html.count("<") > 2 * _MAX_DEPTH:
        return None
    for line_end in _LINE_ENDS:
        html = html.replace(line_end, line_end.strip())
    inner = html[3:-4]
    return inner if html == f"<p>{inner}</p>" and "<p>" not in inner else html


def to_html(document: Document, media: Mapping[str, str] | None = None) -> str:
    """Render a field as the HTML that goes into Anki. `media` maps picture and sound files to their names in the package."""
    root = document.root
    if len(root.children) == 1 and type(root.children[0]) is Element and root.children[0].name == "paragraph":
        root = root.children[0]  # one paragraph needs no <p>
    return _html(root.children, media or {}, False)


def _html(children: Iterable[Element | str], media: Mapping[str, str], in_cloze: bool) -> str:
    return "".join([_html_text(c, in_cloze) if type(c) is str else _html_element(c, media, in_cloze) for c in children])  # type: ignore[arg-type]


def _html_text(text: str, in_cloze: bool) -> str:
    return _defuse(escape(text, quote=False), in_cloze)


def _defuse(html: str, in_cloze: bool) -> str:
    """Write what Anki would take for a command so that it is text. Elements always put tags between two texts."""
    if "[" in html:
        html = _ANKI_COMMAND.sub("&#91;", html)
    if "\\" in html:
        html = _LITERAL_MATHS.sub(r"\\<span></span>", html)
    if "{{c" in html:
        html = _LITERAL_CLOZE.sub("{&#123;", html)
    return html.replace("::", ":&#58;").replace("}}", "}&#125;") if in_cloze else html


def _attribute(text: str, in_cloze: bool) -> str:
    return _defuse(escape(text).replace("\\", "&#92;"), in_cloze)


def _html_element(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    name, attrs = element.name, element.attrs
    if (tag := _HTML_TAGS.get(name)) is not None:
        return f"<{tag}>{_html(element.children, media, in_cloze)}</{tag}>"
    if name == "maths":
        latex = "".join(_maths_part(c, in_cloze) for c in element.children).strip()
        return f"\\[{latex}\\]" if attrs["display"] else f"\\({latex}\\)"
    if name == "cloze":
        inner = _html(element.children, media, True)
        if element.children and type(element.children[-1]) is str:
            inner = _LAST_IN_CLOZE.sub(_entity, inner)
        return _cloze_mark(attrs, inner)
    if name == "image":
        return _html_media(element, media, in_cloze)
    if name == "code_block":
        return _html_code(element, media, in_cloze)
    inner = _html(element.children, media, in_cloze)
    if name == "code":
        return f"<code>{inner}</code>"
    if name == "link":
        url = attrs["url"]
        return f'<a href="{_attribute(url, in_cloze)}">{inner}</a>' if _SAFE_URL.match(url) else f"<span>{inner}</span>"
    if name == "list":
        start = attrs["start"]
        if start is None:
            return f"<ul>{inner}</ul>"
        return f"<ol>{inner}</ol>" if start == 1 else f'<ol start="{start}">{inner}</ol>'
    if name == "table":
        return _html_table(element, media, in_cloze)
    if name == "heading":
        return f"<p><strong>{inner}</strong></p>"
    return {"break": "<br>", "rule": "<hr>"}.get(name, inner)


def _entity(character: re.Match[str]) -> str:
    return f"&#{ord(character.group())};"


def _cloze_mark(attrs: Mapping[str, Any], inner: str) -> str:
    numbers, hint = ",".join(map(str, attrs["numbers"])), attrs["hint"]
    tail = "" if hint is None else f"::{_html_text(hint, True)}"
    return f"{{{{c{numbers}::{inner}{tail}}}}}"


def _maths_part(child: Element | str, in_cloze: bool) -> str:
    if isinstance(child, str):
        if in_cloze:  # blanks and empty groups are nothing to LaTeX
            child = re.sub("}(?=})", "} ", re.sub(":(?=:)", ":{}", child))
        return escape(child, quote=False)
    inner = "".join(_maths_part(c, True) for c in child.children)
    if inner.endswith((":", "}")) and type(child.children[-1]) is str:
        inner += " "  # would join the mark behind it
    return _cloze_mark(child.attrs, inner)


def _html_media(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    name = media.get(element.attrs["url"])
    if name is None:
        return f"<span>{_html_text(element.text, in_cloze)}</span>"
    if _SOUND.search(name):
        return f"[sound:{name}]"
    return f'<img src="{escape(name)}" alt="{_attribute(element.text, in_cloze)}">'


def _html_table(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    def row(cells: Element, tag: str) -> str:
        html = ""
        for align, cell in zip(element.attrs["aligns"], cells.children, strict=False):
            style = "" if align == "none" else f' style="text-align: {align}"'
            html += f"<{tag}{style}>{_html(cell.children, media, in_cloze)}</{tag}>"  # type: ignore[union-attr]
        return f"<tr>{html}</tr>"

    head, *rows = element.children
    body = "".join(row(r, "td") for r in rows)  # type: ignore[arg-type]
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"  # type: ignore[arg-type]


def _html_code(element: Element, media: Mapping[str, str], in_cloze: bool) -> str:
    language = element.attrs["language"]
    code = element.text.rstrip("\n")
    plain = all(type(child) is str for child in element.children)
    if plain and language and (tokens := highlight(code, language)):
        parts = ((css, escape(text, quote=False)) for css, text in tokens)
        html = _defuse("".join(f'<span class="{css}">{part}</span>' if css else part for css, part in parts), in_cloze)
    else:
        html = _html(element.children, media, in_cloze).rstrip("\n")
    return f"<pre><code>{html}</code></pre>"


def highlight(code: str, language: str) -> list[tuple[str, str]] | None:
    """Split code into (Pygments CSS class, text) pairs; None for a language that Pygments does not know."""
    from pygments.lexers import get_lexer_by_name
    from pygments.token import STANDARD_TYPES
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return [(STANDARD_TYPES.get(kind, ""), text) for kind, text in lexer.get_tokens(code) if text]


# ---------------------------------------------------------------------------------------------------------------- Typst


class Typst:
    """Typst markup that is safe to emit. Deliberately no `str`, without `+`, `%`, `format` or `join`: a template that
    tries to mix it with text fails instead of letting text through."""

    __slots__ = ("source",)

    def __init__(self, source: str):
        self.source = source

    def __repr__(self) -> str:
        return f"Typst({self.source!r})"


_LONG_WORD = re.compile(r"[^\s\u200b]{13,}")
_BREAK_AFTER = re.compile(r"(?:[/\\;:?&=_@#%+(\[{)\]}|–—-]|(?<!\d)[.,]|[.,](?!\d))(?=[^\s\u200b])")
_LONG_RUN = re.compile(r"[^\W_]{25,}")
_TYPST_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def typst_string(text: str) -> str:
    """Return `text` as a Typst string literal: the only way in which text enters a document."""
    return '"' + _TYPST_CONTROL.sub(_typst_escape, text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _typst_escape(match: re.Match[str]) -> str:
    return "\\n" if match.group() == "\n" else f"\\u{{{ord(match.group()):x}}}"


def breakable(text: str) -> str:
    """Return `text` with zero-width spaces where a word that no column could hold may break: after punctuation, and every
    12 letters in a run that hyphenation cannot be trusted with. Ordinary words and numbers are left alone."""
    return _LONG_WORD.sub(_break_word, text)


def _break_word(match: re.Match[str]) -> str:
    word = _BREAK_AFTER.sub("\\g<0>\u200b", match.group())
    return _LONG_RUN.sub(lambda run: re.sub(r".{12}(?=.)", "\\g<0>\u200b", run.group()), word)


def to_typst(document: Document, media: Mapping[str, str] | None = None) -> Typst:
    """Render a field as a Typst content block `[…]`. `media` maps pictures to file names below the document's root."""
    root = document.root
    if len(root.children) == 1 and type(root.children[0]) is Element and root.children[0].name == "paragraph":
        root = root.children[0]
    return Typst(_typst_block(root, media or {}))


# What stands for a deletion: an element of its own in text, what these languages have for it in code and maths
_BLANKS = {"code": "____", "code_block": "____", "maths": r"\boxed{\phantom{00}}"}


def blanked(document: Document) -> Document:
    """Return a cloze field as the front of a paper card shows it: a blank, or its hint, in place of every deletion."""
    return Document(_blanked(document.root))


def _blanked(element: Element) -> Element:
    copy = Element(element.name, [], element.attrs, element.start, element.end)
    for child in element.children:
        if isinstance(child, str):
            copy.add_text(child)
        elif child.name != "cloze":
            copy.children.append(_blanked(child))
        elif (blank := _BLANKS.get(element.name)) is not None:
            copy.add_text(blank)
        else:
            copy.children.append(Element("blank", [child.attrs["hint"] or ""]))
    return copy


def plain_typst(text: str) -> Typst:
    """Return text without markup as a Typst content block."""
    return Typst(f"[#{typst_string(breakable(text))}]")


def _typst_block(element: Element, media: Mapping[str, str]) -> str:
    parts = []
    for i, child in enumerate(element.children):
        if i and type(child) is Element and child.name == "paragraph":
            parts.append("#parbreak()")
        parts.append(_typst_child(child, media))
    return "[" + "".join(parts) + "]"


# Names of functions in `_layout/markup.typ`, which documents import as `md`
_TYPST_CALLS = {
    "emphasis": "emph", "strong": "strong", "strikethrough": "strike", "cloze": "md.cloze", "quote": "md.quotation",
    "heading": "md.lead",
}  # fmt: skip


def _typst_child(child: Element | str, media: Mapping[str, str]) -> str:
    if isinstance(child, str):
        return f"#{typst_string(breakable(child.replace(chr(10), ' ')))}"
    name, attrs = child.name, child.attrs
    if name in _TYPST_CALLS:
        return f"#{_TYPST_CALLS[name]}{_typst_block(child, media)}"
    if name == "code":
        return f"#md.code({typst_string(breakable(child.text))})"
    if name == "code_block":
        return f"#md.code-block({_typst_code(child)})"
    if name == "maths":
        return _typst_maths(child.text.strip(), attrs["display"])
    if name == "blank":
        return f"#md.blank({typst_string(breakable(child.text))})"
    if name == "link":
        body = _typst_block(child, media)
        return f"#link({typst_string(attrs['url'])}){body}" if _SAFE_URL.match(attrs["url"]) else f"#{body}"
    if name == "image":
        file = media.get(attrs["url"])
        if file is None or _SOUND.search(file):
            return f"#{typst_string(child.text)}"
        return f"#md.picture({typst_string(file)}, {typst_string(child.text)})"
    if name == "list":
        items = ", ".join(_typst_block(item, media) for item in child.children)  # type: ignore[arg-type]
        return f"#md.bullets({items})" if attrs["start"] is None else f"#md.steps({attrs['start']}, {items})"
    if name == "table":
        head, *rows = child.children
        cells = ", ".join(_typst_block(c, media) for r in rows for c in r.children)  # type: ignore[union-attr, arg-type]
        heads = ", ".join(_typst_block(c, media) for c in head.children)  # type: ignore[union-attr, arg-type]
        aligns = ", ".join("auto" if align == "none" else align for align in attrs["aligns"])
        return f"#md.grid-table(({aligns},), ({heads},), {cells})"
    if name == "paragraph":
        return "".join(_typst_child(c, media) for c in child.children)
    return {"break": "#linebreak()", "rule": "#md.rule()"}.get(name) or f"#{_typst_block(child, media)}"


def _typst_maths(latex: str, display: bool) -> str:
    """A formula that cannot be set is shown as its source; `check` has said what is wrong with it."""
    kind, source = "true" if display else "false", typst_string(latex)
    try:
        return f"#md.maths({kind}, {source}, ${maths.to_typst(latex, display=display)}$)"
    except maths.MathsError:
        return f"#md.maths-source({kind}, {source})"


def _typst_code(element: Element) -> str:
    code = element.text.rstrip("\n")
    language = element.attrs["language"]
    tokens = (highlight(code, language) if language else None) or [("", code)]
    whole, at = breakable(code), 0  # a long word may be many tokens
    parts = []
    for css, text in tokens:
        start, left = at, len(text)
        while left or whole[at : at + 1] == "\u200b":
            left -= whole[at] != "\u200b"
            at += 1
        parts.append(f"({typst_string(css)}, {typst_string(whole[start:at])})")
    return f"{typst_string(code)}, ({', '.join(parts)},)"
