"""A field's text → a tree: Markdown with Anki's clozes and LaTeX in it, read by pyromark; every element has
its place."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flashcards.diagnostics import Severity
from flashcards.languages import cloze
from flashcards.languages.markup.commonmark import characters, code_and_cells, markdown
from flashcards.languages.markup.doubts import doubts_in, may_have_doubts
from flashcards.languages.markup.foreign import anki_brackets
from flashcards.languages.markup.formulas import Formula, formulas, formulas_beside, may_hold_formulas
from flashcards.languages.markup.tree import SAFE_URL, Document, Element, Problem
from flashcards.languages.stretches import stretch_at

# Marks that survive Markdown, from the private-use characters that `source` refuses in files. The brace turns
# the inner side of a cloze mark into punctuation for Markdown's emphasis rules, as it is in the text that the
# author sees.
_OPEN, _CLOSE, _MATHS, _END = "\ue000", "\ue001", "\ue002", "\ue003"
MARKS = f"{_OPEN}-{_END}"  # for a class of characters
# Letters that no address holds as they are, but people write them, and browsers copy some
# What people write for the beginning of a cloze deletion, the Cyrillic letter included
_ALMOST_CLOZE = re.compile(r"{{ *+[cC\u0441\u0421]? *+(?P<number>[0-9]{0,3}) *+[:|\uff1a]{1,3}")
_CLOZE = re.compile(r"{{c[0-9]+::")
_ENCODED_IN_URL = re.compile(r"['^`{|}]")
_FOREIGN_MARK = re.compile(f"[{MARKS}]")
_MATHS_MARK = rf"{_MATHS}([0-9]+){_END}|\${_MATHS}d([0-9]+){_END}\$"  # dollars are punctuation to Markdown
MATHS_MARK = re.compile(_MATHS_MARK)
_MARK = re.compile(f"{_OPEN}([0-9]+){{|}}{_CLOSE}|{_MATHS_MARK}")
_DELETION = re.compile(r"{{c[\d,]")
# An escaped brace before whole closing marks (`\}}}` is a brace and a mark), or an escaped colon of a `::`
_ESCAPE = re.compile(r"\\(?:(?P<escaped>}(?=(?:}})++(?!}))|:(?=:))|.)", re.DOTALL)
_SPECIAL = re.compile(
    rf"[$\\`*_~\[\]<>&|\r\n{{}}{MARKS}]"
)  # one class is searched far faster than alternatives
_IN_MEDIA = re.compile(r"\A(?:\./)?media/")  # as editors need it to show the picture
_BLOCK_START = re.compile(r"[\s#+-]|\d+[.)]")
MAX_DEPTH = 32  # what nests deeper is drawn at this depth


def is_plain(text: str) -> bool:
    """Tell whether a text is one line that means nothing to Markdown, as most fronts are. False says
    nothing."""
    return not (_SPECIAL.search(text) or _BLOCK_START.match(text) or text[-1:].isspace())


def parse(text: str, *, clozes: bool = False) -> Document:
    """Parse one field. With `clozes`, `{{c1::…}}` are cloze deletions, else they are text."""
    if is_plain(text):
        return _paragraph(text, [text])
    if clozes and _ONLY_PLAIN_DELETIONS.fullmatch(text) and not may_have_doubts(text, clozes=True):
        return _paragraph(text, _with_deletions(text))
    return _Parser(text, clozes).document()


def _paragraph(text: str, parts: list[Element | str]) -> Document:
    return Document(Element("document", [Element("paragraph", parts, end=len(text))], end=len(text)))


# Most texts with deletions are one paragraph in which nothing else means anything to Markdown. Further lines
# begin with a letter, a bracket or a deletion; answers and hints hold no colon.
_PLAIN = rf"[^$\\`*_~\[\]<>&|\r\n{{}}{MARKS}]|(?<!\s)\n(?=[A-Za-z({{])"
_ASKED = rf"(?:(?!:)(?:{_PLAIN}))++"
_PLAIN_DELETION = re.compile(
    rf"{{{{c(?P<number>[1-9][0-9]?)::(?P<answer>{_ASKED})(?:::(?P<hint>{_ASKED}))?}}}}"
)
_UNNAMED = re.sub(r"\?P<[a-z]+>", "?:", _PLAIN_DELETION.pattern)
_ONLY_PLAIN_DELETIONS = re.compile(rf"(?!{_BLOCK_START.pattern})(?:{_PLAIN}|{_UNNAMED})++(?<!\s)")


def _with_deletions(text: str) -> list[Element | str]:
    """Return the parts of a text with plain deletions."""
    parts: list[Element | str] = []
    at = 0
    for found in _PLAIN_DELETION.finditer(text):
        parts += [text[at : found.start()]] if at < found.start() else []
        hint = found["hint"]
        numbers, hint_parts = (int(found["number"]),), None if hint is None else (hint,)
        attrs = {"numbers": numbers, "hint": hint, "hint_parts": hint_parts}
        parts.append(Element("cloze", [found["answer"]], attrs, *found.span()))
        at = found.end()
    return [*parts, text[at:]] if at < len(text) else parts


# What an element, or a problem, cannot be without
_BEGINNINGS = {
    "cloze": ("{{c",),
    "image": ("![",),
    "maths": ("$", "\\(", "\\["),
    "table": ("|",),
    "problem": ("{{c", "}}", "[", "<"),
}


def may_hold(text: str, name: str) -> bool:
    """Tell whether a text may hold such an element (or a "problem"): far cheaper than parsing it to find
    none."""
    for beginning in _BEGINNINGS[name]:  # noqa: SIM110  # `any` of a generator takes longer
        if beginning in text:
            return True
    return False


_TELLING = re.compile(r"[$\\|\[<{}]")  # each of the beginnings has one of these


def is_telling(text: str) -> bool:
    """Tell whether a text may hold any of the elements that `may_hold` knows, or a problem."""
    return _TELLING.search(text) is not None


_INLINE = {"Emphasis": "emphasis", "Strong": "strong", "Strikethrough": "strikethrough"}
_BLOCKS = {
    "Paragraph": "paragraph",
    "BlockQuote": "quote",
    "Item": "item",
    "Heading": "heading",
    "HtmlBlock": "paragraph",
    "TableHead": "head",
    "TableRow": "row",
    "TableCell": "cell",
}


_HAVE_PARTS = {
    "list",
    "table",
    "head",
    "row",
    "cloze",
}  # their children are told apart, so are never merged into them


def with_marks(text: str, found: Sequence[Formula]) -> str:
    """Return a text with a mark in place of each of its formulas."""
    pieces, at = [], 0
    for number, formula in enumerate(found):
        pieces += [text[at : formula.start], maths_mark(number, formula)]
        at = formula.end
    return "".join([*pieces, text[at:]])


def maths_mark(number: int, formula: Formula) -> str:
    """Return the mark of a formula, of which `MATHS_MARK` finds the number."""
    return f"${_MATHS}d{number}{_END}$" if formula.has_dollars else f"{_MATHS}{number}{_END}"


class _Opaque(NamedTuple):
    """The stretches of a text that cloze deletions must know of, each list in order."""

    text: list[tuple[int, int]]  # in which `::` and `}}` are the author's own: code, maths, escapes
    maths: list[tuple[int, int]]  # with deletions in it
    verbatim: list[tuple[int, int]]  # code and maths, in which a backslash is no escape of Markdown's


def _opaque(text: str) -> _Opaque:
    code, edges = code_and_cells(text)
    maths = {(formula.start, formula.end) for formula in formulas_beside(text, code, edges)}
    verbatim = sorted([*((start, end) for start, end, _ in code), *maths])
    deletions = [*(found.start() for found in _DELETION.finditer(text)), len(text)]
    without, with_deletions, last = [], [], 0
    for start, end in sorted([*verbatim, *_escapes(text, verbatim)]):
        if start < last:
            continue
        if deletions[bisect_left(deletions, start)] >= end:
            without.append((start, end))
            last = end
        elif (start, end) in maths:
            with_deletions.append((start, end))
    return _Opaque(without, with_deletions, verbatim)


def _escapes(text: str, verbatim: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where a brace or a colon is escaped that would else be part of a cloze mark."""
    if "\\}" not in text and "\\:" not in text:
        return
    for found in _ESCAPE.finditer(text):
        if found["escaped"] and stretch_at(verbatim, found.start()) is None:
            yield found.start(), found.start() + 2


def _is_escaping(text: str, at: int) -> bool:
    """Tell whether the character before `at` is a backslash that would escape the one at `at`."""
    before = at
    while text[before - 1 : before] == "\\":
        before -= 1
    return (at - before) % 2 == 1


class _Parser:
    """Turns one text into a tree: marks clozes and bracketed maths, lets pyromark parse, builds elements from
    its events."""

    def __init__(self, text: str, clozes: bool):
        self.original = self.text = text
        self.clozes = clozes
        # per stage: where edits begin in the edited text; and of each its original start, its edited end, and
        # by how much what follows has moved
        self.edits: list[tuple[list[int], list[tuple[int, int, int]]]] = []
        self.problems: list[Problem] = []
        self.deletions: list[cloze.Deletion] = []
        self.maths: list[tuple[str, Element]] = []  # bracketed maths, by the number of their marks
        if _FOREIGN_MARK.search(text):  # `source` refuses them in files; a caller of ours might not
            self.original = self.text = _FOREIGN_MARK.sub("\ufffd", text)
        if clozes:
            self._mark_clozes()
        if may_hold_formulas(self.text):
            self._mark_maths()

    def document(self) -> Document:
        events = list(markdown().events_with_range(self.text))
        root = self._build(events)
        if self.deletions:
            shown = {element.start for element in root.walk() if element.name == "cloze"}
            for deletion in self.deletions:
                if deletion.start not in shown:
                    message = (
                        "this cloze deletion lies in a link's address, a picture's text or a code "
                        "block's language"
                    )
                    self._misplaced(message, deletion.start, deletion.end, "delete words that the card shows")
        doubts: tuple[Problem, ...] = ()
        if may_have_doubts(self.original, clozes=self.clozes):
            brackets = [
                (maths.start - 1, maths.end + 1)
                for latex, maths in self.maths
                if latex.startswith("]") and latex.endswith("[/")  # `[$]x[/$]`
            ]
            doubts = (
                *doubts_in(self.original, self.text, events, self._original_offset, clozes=self.clozes),
                *(anki_brackets(*place) for place in brackets),
            )
        return Document(root, tuple(self.problems), doubts)

    # -- stages before Markdown

    def _edit(self, changes: Sequence[tuple[int, int, str]]) -> None:
        pieces, at, shift = [], 0, 0
        starts, edits = [], []
        for start, end, new in changes:
            pieces += [self.text[at:start], new]
            at = end
            starts.append(start + shift)
            shift += len(new) - (end - start)
            edits.append((start, end + shift, shift))
        self.text = "".join([*pieces, self.text[at:]])
        self.edits.append((starts, edits))

    def _original_offset(self, at: int) -> int:
        """Map an offset in the edited text back to the author's."""
        for starts, edits in reversed(self.edits):
            i = bisect_left(starts, at) - 1
            if i >= 0:
                start, end, shift = edits[i]
                at = start if at < end else at - shift
        return at

    def _mark_clozes(self) -> None:
        text = self.original
        opaque = _opaque(text)
        parsed = cloze.parse(text, opaque.text, opaque.maths)
        for at in parsed.unclosed:
            message, end = "this cloze deletion is never closed", text.index("::", at) + 2
            self.problems.append(Problem("cloze-unbalanced", message, at, end, "end it with `}}`"))
        almost = [mark for mark in _ALMOST_CLOZE.finditer(text) if not _CLOZE.fullmatch(mark.group())]
        for at in reversed(parsed.unopened):
            while almost and almost[-1].start() > at:
                almost.pop()
            message, start, end = "this `}}` closes no cloze deletion", at, at + 2
            hint = "deletions may lie in one another but not overlap; put text with `}}` between backticks"
            if almost and text.find("}}", almost[-1].end(), at) < 0:
                mark = almost.pop()
                message, (start, end) = f"`{mark.group()}` opens no cloze deletion", mark.span()
                hint = f"write `{{{{c{mark['number'] or 1}::`"
            self.problems.append(Problem("cloze-unbalanced", message, start, end, hint))
        around: list[cloze.Deletion] = []  # those in which the next one may lie
        for deletion in parsed.deletions:
            around = [other for other in around if deletion.start < other.end]
            in_hint = any(other.hint <= deletion.start for other in around)
            around.append(deletion)
            if in_hint:
                message = "this cloze deletion lies in the hint of another"
                self._misplaced(
                    message, deletion.start, deletion.end, "put it into the answer, or leave it out"
                )
            else:
                self.deletions.append(deletion)
        changes = []
        for number, deletion in enumerate(self.deletions):
            changes.append((deletion.start, deletion.inner, f"{_OPEN}{number}{{"))
            # A backslash at the end of an answer must not escape the brace of our own mark
            closing = f"}}{_CLOSE}"
            if _is_escaping(text, deletion.hint) and not stretch_at(opaque.verbatim, deletion.hint - 1):
                closing = f"\\{closing}"
            changes.append((deletion.hint, deletion.end, closing))
        self._edit(sorted(changes))

    def _mark_maths(self) -> None:
        """Put marks in the place of formulas: Markdown would take some of their signs for its own."""
        changes = []
        for formula in formulas(self.text):
            changes.append((formula.start, formula.end, maths_mark(len(self.maths), formula)))
            place = self._original_offset(formula.start), self._original_offset(formula.end)
            self.maths.append((formula.latex, Element("maths", [], {"display": formula.is_display}, *place)))
        if changes:
            self._edit(changes)

    # -- from events to elements

    def _build(self, events: Iterable[tuple[Any, Mapping[str, int]]]) -> Element:
        character = characters(self.text)

        def place(at: Mapping[str, int]) -> tuple[int, int]:
            start, end = character(at["start"]), character(at["end"])
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
                if len(stack) <= MAX_DEPTH or element.name in _HAVE_PARTS:
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
        return root

    def _element(self, value: Any, start: int, end: int) -> Element:
        if type(value) is str:
            return Element(_INLINE.get(value) or _BLOCKS.get(value, "paragraph"), [], {}, start, end)
        ((name, data),) = value.items()
        attrs: dict[str, Any] = {}
        if name == "Link":
            written = self._address(data["dest_url"])
            url = f"mailto:{written}" if data["link_type"] == "Email" else written
            if _OPEN not in data["dest_url"]:  # a deletion, which would be lost
                url = _ENCODED_IN_URL.sub(lambda found: f"%{ord(found[0]):02X}", url)
            attrs = {"url": url}
            if not SAFE_URL.match(url):
                hint = "links go to http://, https:// or mailto: addresses"
                if re.match(r"www\.\w", url):
                    hint = f"begin it with `https://`: {hint}"
                elif re.match(r"https?://\S*[ \"<>\\]", url):
                    hint = "write a blank as `%20`, a straight quote as `%22`, a backslash as `%5C`"
                self.problems.append(
                    Problem("unsafe-link", f"a link to `{written}`", start, end, hint, Severity.WARNING)
                )
        elif name == "Image":
            attrs = {"url": _IN_MEDIA.sub("", self._address(data["dest_url"]))}
        elif name == "List":
            attrs = {"start": data}
        elif name == "Table":
            attrs = {"aligns": tuple(align.lower() for align in data)}
        elif name == "CodeBlock":
            fenced = data.get("Fenced", "") if isinstance(data, dict) else ""
            return Element(
                "code_block", [], {"language": fenced.split()[0] if fenced.split() else ""}, start, end
            )
        return Element(_BLOCKS.get(name, name.lower()), [], attrs, start, end)

    def _address(self, url: str) -> str:
        """Return an address with what the author wrote where marks stand in it."""

        def written(mark: re.Match[str]) -> str:
            if mark[1]:
                deletion = self.deletions[int(mark[1])]
                return self.original[deletion.start : deletion.inner]
            if mark[2] or mark[3]:  # here the backslashes are Markdown's escapes
                _, maths = self.maths[int(mark[2] or mark[3])]
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
                element = self._cloze(self.deletions[int(mark[1])], stack)
                stack[-1].children.append(element)
                stack.append(element)
            elif mark[2] or mark[3]:
                latex, element = self.maths[int(mark[2] or mark[3])]
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

    def _cloze(self, deletion: cloze.Deletion, stack: Sequence[Element]) -> Element:
        hint, parts = None, None
        if deletion.end - deletion.hint > 2:
            begin = deletion.hint + 2
            hint = self.original[begin : deletion.end - 2]
            parts = self._hint_parts(hint, begin, stack)
        attrs = {"numbers": deletion.numbers, "hint": hint, "hint_parts": parts}
        return Element("cloze", [], attrs, deletion.start, deletion.end)

    def _hint_parts(self, hint: str, begin: int, stack: Sequence[Element]) -> tuple[Element | str, ...]:
        """Return a hint as texts and formulas. In maths it is LaTeX already, in code it is code."""
        found = formulas(hint) if may_hold_formulas(hint) else []
        if not found or any(element.name in ("code", "code_block") for element in stack):
            return (hint,)
        if stack[0].name == "maths":
            latex, at = "", 0
            for formula in found:
                latex += hint[at : formula.start] + formula.latex
                at = formula.end
            return (latex + hint[at:],)
        parts: list[Element | str] = []
        at = 0
        for formula in found:
            parts += [hint[at : formula.start]] if at < formula.start else []
            attrs = {"display": formula.is_display}
            place = begin + formula.start, begin + formula.end
            parts.append(Element("maths", [formula.latex], attrs, *place))
            at = formula.end
        return (*parts, hint[at:]) if hint[at:] else tuple(parts)

    def _across(self, element: Element) -> None:
        message = "this cloze deletion begins inside one piece of markup and ends outside it"
        hint = (
            "close it before the emphasis, list item, paragraph or cell ends; two deletions "
            "may share a number"
        )
        self._misplaced(message, element.start, element.end, hint)

    def _misplaced(self, message: str, start: int, end: int, hint: str) -> None:
        self.problems.append(Problem("cloze-across-markup", message, start, end, hint))
