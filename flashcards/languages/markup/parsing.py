"""A field's text → a tree: Markdown with Anki's clozes and LaTeX in it, read by pyromark; every element has
its place."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from flashcards.diagnostics import Severity
from flashcards.languages import cloze
from flashcards.languages.markup.tree import SAFE_URL, Document, Element, Problem
from flashcards.languages.stretches import stretch_at

# Marks that survive Markdown, from the private-use characters that `source` refuses in files. The brace turns
# the inner side of a cloze mark into punctuation for Markdown's emphasis rules, as it is in the text that the
# author sees.
_OPEN, _CLOSE, _MATHS, _END = "\ue000", "\ue001", "\ue002", "\ue003"
MARKS = f"{_OPEN}-{_END}"  # for a class of characters
_FOREIGN_MARK = re.compile(f"[{MARKS}]")
_MARK = re.compile(f"{_OPEN}([0-9]+){{|}}{_CLOSE}|{_MATHS}([0-9]+){_END}")
_BRACKET = re.compile(r"(?<!\\)(?:\\\\)*(\\[(\[])")
_NUMBER_ONLY = re.compile(r"[\d\s.,;:%/+–-]*\d[\d\s.,;:%/+–-]*")
_CODE_OR_MATHS = re.compile(r"`+|\$\$?|(?<!\\)\\[(\[]")  # where one may begin
_INLINE_MATHS = re.compile(r"\$(?!\s)[^$\n]+(?<!\s)\$(?!\d)")
_DELETION = re.compile(r"{{c[\d,]")
_BACKTICKS = re.compile("`+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_CLOSING = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_SPECIAL = re.compile(
    rf"[$\\`*_~\[\]<>&|\r\n{{}}{MARKS}]"
)  # one class is searched far faster than alternatives
_BLOCK_START = re.compile(r"[\s#+-]|\d+[.)]")
MAX_DEPTH = 32  # what nests deeper is drawn at this depth
_MAX_AMOUNTS = 20  # of money in one block that are told from maths one by one, each with a new parse


def is_plain(text: str) -> bool:
    """Tell whether a text is one line that means nothing to Markdown, as most fronts are. False says
    nothing."""
    return not (_SPECIAL.search(text) or _BLOCK_START.match(text) or text[-1:].isspace())


def is_money(latex: str, behind: str) -> bool:
    """Tell whether what pyromark takes for a formula between two `$` is about amounts of money; `behind` is
    the character behind it."""
    return (behind.isdecimal() and behind.isascii()) or _NUMBER_ONLY.fullmatch(latex) is not None


def parse(text: str, *, clozes: bool = False) -> Document:
    """Parse one field. With `clozes`, `{{c1::…}}` are cloze deletions, else they are text."""
    if is_plain(text):
        return Document(Element("document", [Element("paragraph", [text], end=len(text))], end=len(text)))
    return _Parser(text, clozes).document()


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


@cache
def markdown() -> Any:
    from pyromark import Markdown, Options

    return Markdown(options=Options.ENABLE_TABLES | Options.ENABLE_MATH | Options.ENABLE_STRIKETHROUGH)


_INSIDE_BLOCKS = {"Emphasis", "Strong", "Strikethrough", "Link", "Image"}
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


def _code_and_maths(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of code and maths without a deletion in them: there `::` and `}}` are the author's
    own text."""
    deletions = [*(found.start() for found in _DELETION.finditer(text)), len(text)]
    runs: dict[int, list[int]] = {}  # of backticks, by their length
    for run in _BACKTICKS.finditer(text):
        runs.setdefault(len(run.group()), []).append(run.start())
    in_vain: dict[str, int] = {}  # up to where a sign was looked for and not found
    found = _CODE_OR_MATHS.search(text)
    while found is not None:
        sign, start, end = found.group(), found.start(), found.end()
        limit = deletions[bisect_left(deletions, start)]
        stop = -1
        if sign[0] == "`":
            start, stop = _code_span(runs, len(sign), end, limit)
        elif sign == "$":
            maths = _INLINE_MATHS.match(text, start, limit)
            stop = maths.end() if maths else -1
        elif in_vain.get(sign) != limit:
            stop = text.find(_CLOSING[sign], end + 1, limit) + 2
            if stop < 2:
                in_vain[sign] = limit
        if stop > end:
            yield start, stop
            end = stop
        elif sign == "$$":
            end -= 1  # the second may begin maths within a line
        found = _CODE_OR_MATHS.search(text, end)


def _code_span(runs: Mapping[int, Sequence[int]], length: int, begin: int, limit: int) -> tuple[int, int]:
    """Return the start and end of the code behind a run of backticks, which may be one of fewer; an end of -1
    if it is none."""
    for size in range(length, 0, -1):
        same = runs.get(size, ())
        i = bisect_right(same, begin)
        if i < len(same) and same[i] < limit:
            return begin - size, same[i] + size
    return begin, -1


def _bracket_maths(text: str) -> Iterator[tuple[int, int]]:
    r"""Yield the stretches from `\(` to the next `\)` and from `\[` to the next `\]`."""
    in_vain: set[str] = set()
    found = _BRACKET.search(text)
    while found is not None:
        sign, end = found[1], found.end()
        stop = text.find(_CLOSING[sign], end + 1) if sign not in in_vain else -1
        if stop < 0:
            in_vain.add(sign)
        else:
            end = stop + 2
            yield found.start(1), end
        found = _BRACKET.search(text, end)


def _characters(text: str) -> Callable[[int], int]:
    """Return a function from places in a text's UTF-8, as pyromark counts, to its characters."""
    if text.isascii():
        return int
    ends, shifts, shift = [0], [0], 0
    for found in _BEYOND_ASCII.finditer(text):
        shift += len(found.group().encode()) - 1
        ends.append(found.end() + shift)
        shifts.append(shift)
    return lambda at: at - shifts[bisect_right(ends, at) - 1]


def _is_block(value: Any) -> bool:
    """Tell whether what pyromark begins is a block, in which it pairs `$` anew."""
    return (value if type(value) is str else next(iter(value))) not in _INSIDE_BLOCKS


class _Parser:
    """Turns one text into a tree: marks clozes and bracketed maths, lets pyromark parse, builds elements from
    its events."""

    def __init__(self, text: str, clozes: bool):
        self.original = self.text = text
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
        if "\\(" in self.text or "\\[" in self.text:
            self._mark_bracket_maths()

    def document(self) -> Document:
        events = list(markdown().events_with_range(self.text))
        for attempt in range(2 * _MAX_AMOUNTS if "$" in self.text else 0):
            amounts = self._money(events, at_once=attempt >= _MAX_AMOUNTS)
            if not amounts:
                break
            self._edit([(at, at, "\\") for at in amounts])
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
        return Document(root, tuple(self.problems))

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
        parsed = cloze.parse(text, list(_code_and_maths(text)))
        for at in parsed.unclosed:
            message, end = "this cloze deletion is never closed", text.index("::", at) + 2
            self.problems.append(Problem("cloze-unbalanced", message, at, end, "end it with `}}`"))
        for at in parsed.unopened:
            hint = "deletions may lie in one another but not overlap; put text with `}}` between backticks"
            self.problems.append(
                Problem("cloze-unbalanced", "this `}}` closes no cloze deletion", at, at + 2, hint)
            )
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
            changes.append((deletion.hint, deletion.end, f"}}{_CLOSE}"))
        self._edit(sorted(changes))

    def _mark_bracket_maths(self) -> None:
        r"""Replace `\(…\)` and `\[…\]` outside code by marks: CommonMark would eat the backslashes."""
        found = list(_bracket_maths(self.text))
        if not found:
            return
        character = _characters(self.text)
        events = ((e, r) for e, r in markdown().events_with_range(self.text) if type(e) is dict)
        code = [
            (character(r["start"]), character(r["end"]))
            for e, r in events
            if "Code" in e or e.get("End") == "CodeBlock"
        ]
        changes = []
        for start, end in found:
            if stretch_at(code, start) is not None:
                continue
            changes.append((start, end, f"{_MATHS}{len(self.maths)}{_END}"))
            attrs = {"display": self.text[start + 1] == "["}
            place = self._original_offset(start), self._original_offset(end)
            self.maths.append((self.text[start + 2 : end - 2], Element("maths", [], attrs, *place)))
        self._edit(changes)

    def _money(self, events: Iterable[tuple[Any, Mapping[str, int]]], *, at_once: bool) -> list[int]:
        """Return where `$` stand that pyromark takes for maths and we for money: the first of each block,
        since without it the others may pair up otherwise, or all `at_once`."""
        character = _characters(self.text)
        amounts: list[int] = []
        is_first = True
        for event, at in events:
            if type(event) is str:
                continue
            if "InlineMath" in event and (is_first or at_once):
                start, end = character(at["start"]), character(at["end"])
                if is_money(self.text[start + 1 : end - 1], self.text[end : end + 1]):
                    amounts.append(start)
                    is_first = False
            elif "Start" in event and _is_block(event["Start"]):
                is_first = True
        return amounts

    # -- from events to elements

    def _build(self, events: Iterable[tuple[Any, Mapping[str, int]]]) -> Element:
        character = _characters(self.text)

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
            if not SAFE_URL.match(attrs["url"]):
                hint = "links go to http://, https:// or mailto: addresses"
                self.problems.append(
                    Problem("unsafe-link", f"a link to `{url}`", start, end, hint, Severity.WARNING)
                )
        elif name == "Image":
            attrs = {"url": self._address(data["dest_url"])}
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
        hint = (
            self.original[deletion.hint + 2 : deletion.end - 2] if deletion.end - deletion.hint > 2 else None
        )
        return Element("cloze", [], {"numbers": deletion.numbers, "hint": hint}, deletion.start, deletion.end)

    def _across(self, element: Element) -> None:
        message = "this cloze deletion begins inside one piece of markup and ends outside it"
        hint = (
            "close it before the emphasis, list item, paragraph or cell ends; two deletions "
            "may share a number"
        )
        self._misplaced(message, element.start, element.end, hint)

    def _misplaced(self, message: str, start: int, end: int, hint: str) -> None:
        self.problems.append(Problem("cloze-across-markup", message, start, end, hint))
