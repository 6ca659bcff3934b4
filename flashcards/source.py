"""YAML text → plain data with the place of every key and value. First stage of the flow; the only module that imports yaml.

Reads libyaml's *events*: no resolver guesses types, so every scalar is the text as written, and each event has its marks.
Without libyaml the pure parser of PyYAML gives the same data and places, slower.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import is_normalized, normalize

from flashcards.diagnostics import Diagnostic, Source, Span, error

if TYPE_CHECKING:
    from pathlib import Path

    import yaml

MAX_BYTES = 10_000_000  # a deck of 10,000 notes has 6 MB
MAX_DEPTH = 32  # a table in a note in a deck is 5 deep

# Control characters, line ends that only YAML knows, noncharacters, lone surrogates, and the private-use characters
# that `markup` needs as marks. \x1f in a field makes Anki refuse a whole package; a NUL or a surrogate breaks SQLite.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ue000-\ue00f\ufeff\ufffe\uffff]")


@dataclass(slots=True)
class Scalar:
    """A text as written, NFC; `style` is YAML's: None plain, or one of ' " | >."""

    text: str
    start: int
    end: int
    style: str | None = None

    def locate(self, source: Source, start: int, end: int) -> Span:
        """Return the place of characters `start` to `end` of the text: exact for one-line plain and single-quoted
        scalars and literal blocks, else the whole scalar."""
        raw = source.text[self.start : self.end]
        offsets = _offsets(raw, self.style)
        if end > start and "".join(raw[i] for i in offsets) == self.text:
            return Span(source, self.start + offsets[start], self.start + offsets[end - 1] + 1)
        return Span(source, self.start, self.end)


@dataclass(slots=True)
class Sequence:
    items: list[Node]
    start: int
    end: int


class Entry(NamedTuple):
    """One key of a mapping: where the key stands, and its value."""

    start: int
    end: int
    value: Node


@dataclass(slots=True)
class Mapping:
    entries: dict[str, Entry]
    start: int
    end: int


Node = Scalar | Sequence | Mapping


def read(path: Path, name: str | None = None) -> tuple[Source, list[Diagnostic]]:
    """Read a file as UTF-8; `name` is how the user calls it. On trouble the source is empty and a diagnostic says why."""
    shown = str(path) if name is None else name
    nowhere = Span(Source(shown, ""), 0, 0)
    try:
        if path.stat().st_size > MAX_BYTES:
            size = path.stat().st_size / 1e6
            return nowhere.source, [error("unreadable-file", f"the file has {size:.0f} MB", nowhere, hint="split it: a deck file may have 10 MB")]
        data = path.read_bytes()
    except OSError as problem:
        return nowhere.source, [error("unreadable-file", f"cannot read the file: {problem.strerror}", nowhere)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        if b"\0" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return nowhere.source, [error("not-utf8", "the file is binary, not text", nowhere)]
        source = Source(shown, data.decode("utf-8-sig", "replace"))
        at = len(data[: problem.start].decode("utf-8-sig", "replace"))
        return Source(shown, ""), [error("not-utf8", "the file is not UTF-8 from here on", Span(source, at, at + 1), hint="save it as UTF-8")]
    return Source(shown, text), []


def parse(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """Parse one YAML document. Returns what could be understood (None if nothing), and every problem of YAML itself."""
    problems = [
        error("control-character", f"control character U+{ord(m.group()):04X}", Span(source, m.start(), m.end()), hint="delete it")
        for m in _FORBIDDEN.finditer(source.text)
    ]
    text = _FORBIDDEN.sub(" ", source.text) if problems else source.text  # same length: places stay true
    events = _Events(source, text, problems)
    root = events.document()
    return root, problems


class _Events:
    """Builds nodes from the parser's events, without recursion, collecting problems."""

    def __init__(self, source: Source, text: str, problems: list[Diagnostic]):
        self.source = source
        self.text = text
        self.problems = problems

    def report(self, rule: str, message: str, start: int, end: int, hint: str | None = None) -> None:
        self.problems.append(error(rule, message, Span(self.source, start, end), hint=hint))

    def document(self) -> Node | None:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(self.text)
        try:
            return self.nodes(loader.get_event, yaml)
        except yaml.MarkedYAMLError as problem:
            self.problems.append(_syntax_error(self.source, problem))
            return None
        finally:
            loader.dispose()

    def nodes(self, get: Any, events: Any) -> Node | None:
        scalar_event, text = events.ScalarEvent, self.text
        root: Node | None = None
        stack: list[Sequence | Mapping] = []
        keys: list[Scalar | None] = []  # for each open mapping, the key that waits for its value
        documents = 0
        while (event := get()) is not None:
            kind = type(event)
            node: Node
            if kind is scalar_event:
                start, end, style = event.start_mark.index, event.end_mark.index, event.style
                value = event.value
                if event.tag is not None or event.anchor is not None:
                    self.unsupported(event)
                if style == "|" or style == ">":  # the parser counts trailing blank lines in
                    end = start + len(text[start:end].rstrip())
                    value = value.rstrip()
                if not value.isascii() and not is_normalized("NFC", value):
                    value = normalize("NFC", value)
                node = Scalar(value, start, end, style or None)  # libyaml calls plain "", the pure parser None
            elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                if event.tag is not None or event.anchor is not None:
                    self.unsupported(event)
                start = event.start_mark.index
                node = Mapping({}, start, start) if kind is events.MappingStartEvent else Sequence([], start, start)
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                done = stack.pop()
                keys.pop()
                end = event.end_mark.index
                done.end = max(done.start + len(text[done.start : end].rstrip()), done.start)
                continue
            elif kind is events.AliasEvent:
                start, end = event.start_mark.index, event.end_mark.index
                self.report("unsupported-yaml", f"alias `{text[start:end]}`", start, end, "write the value out; quote it if the `*` is meant as text, or put it below `|`")
                node = Scalar("", start, end)
            elif kind is events.DocumentStartEvent:
                documents += 1
                if documents == 2:
                    at = event.start_mark.index
                    self.report("unsupported-yaml", "a second YAML document begins here", at, at + 3, "one file holds one deck: delete the `---` or split the file")
                    return root
                continue
            else:
                continue

            if not stack:
                root = node
            else:
                top = stack[-1]
                if type(top) is Sequence:
                    top.items.append(node)
                elif (key := keys[-1]) is not None:
                    self.entry(top, key, node)
                    keys[-1] = None
                elif type(node) is Scalar:
                    keys[-1] = node
                else:
                    self.report("unsupported-yaml", "a list or mapping as a key", node.start, node.start + 1, "keys are plain words")
                    keys[-1] = Scalar("", node.start, node.start)
            if type(node) is not Scalar:
                stack.append(node)
                keys.append(None)
                if len(stack) > MAX_DEPTH:
                    self.report("unsupported-yaml", f"nested more than {MAX_DEPTH} deep", node.start, node.start + 1)
                    return root
        return root

    def entry(self, mapping: Any, key: Scalar, value: Node) -> None:
        before = mapping.entries.get(key.text)
        if before is not None:
            line = self.source.position(before.start).line
            self.report("duplicate-key", f"duplicate key `{key.text}`", key.start, key.end, f"it stands first on line {line}; YAML would silently keep only one of them")
        else:
            mapping.entries[key.text] = Entry(key.start, key.end, value)

    def unsupported(self, event: Any) -> None:
        start = event.start_mark.index
        word = re.match(r"\S+", self.text[start:])
        written = word.group() if word else ""
        what = "anchor" if event.anchor is not None else "tag"
        self.report("unsupported-yaml", f"YAML {what} `{written}`", start, start + len(written), "if it is meant as text, quote the value or put it below `|`; else delete it")


def _syntax_error(source: Source, problem: yaml.MarkedYAMLError) -> Diagnostic:
    """Say in our words what the parser could not read, keyed on where it stopped and on the character there."""
    text = source.text
    said, doing = problem.problem or "", problem.context or ""
    at = problem.problem_mark.index if problem.problem_mark else 0
    since = problem.context_mark.index if problem.context_mark else at
    char = text[at : at + 1]
    below = "quote the value, or write `|` after the key and put the text below, indented"

    def here(message: str, hint: str | None = None, start: int = at, rule: str = "syntax-error") -> Diagnostic:
        # point at something that can be seen: not at the empty end of the file
        start = min(start, len(text.rstrip()))
        return error(rule, message, Span(source, start, start + 1), hint=hint)

    line_start = text.rfind("\n", 0, at) + 1
    if char == "\t" and not text[line_start:at].strip():
        return here("a tab in the indentation", "indent with spaces", rule="tab-indentation")
    if said.startswith("mapping values"):
        return here("`: ` inside a value", below)
    if "quoted scalar" in doing:
        if "escape" in said:
            start = at if char == "\\" else at - 1
            return here(f"unknown escape `{text[start : start + 2]}` in double quotes", "use single quotes, or write `|` after the key and put the text below", start)
        return here("this quote is never closed", "close it before the end of the value", since)
    if "flow" in doing:
        return here(f"`{text[since : since + 1]}` is never closed" if at >= len(text.rstrip()) else "expected a comma or the closing bracket here", "put items between brackets apart by commas; quote an item that contains `,` `[` or `{`", at if at < len(text.rstrip()) else since)
    if "block scalar" in doing:
        return here(f"`{char}` after `|`", "only a line break may follow; the text goes below, indented")
    if "cannot start any token" in said or "block node" in doing:
        return here(f"a value cannot begin with `{char}`", below)
    if text[line_start:at].rstrip().endswith(('"', "'")):
        return here("text after the closing quote", below)
    if "block" in doing or "simple key" in doing:
        first = source.position(since)
        return here("wrong indentation, or a key without `: `", f"it should line up with line {first.line}, column {first.column}")
    return here(f"not valid YAML: {said}", below)


def _offsets(raw: str, style: str | None) -> list[int]:
    """Return for each character of a scalar's text where it stands in `raw`, the scalar as written; [] if unknown."""
    if style is None:
        return list(range(len(raw)))
    if style == "'":
        doubled = {m.start() for m in re.finditer("''", raw[1:-1])}
        return [i + 1 for i in range(len(raw) - 2) if i not in doubled]
    if style != "|":
        return []
    header, *lines = raw.splitlines(keepends=True)
    if re.search(r"[1-9]", header):  # indentation relative to a parent that we do not know
        return []
    first = next((line for line in lines if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    offsets, at = [], len(header)
    for line in lines:
        length = len(line.rstrip("\r\n"))
        offsets += range(at + min(indent, length), at + length)
        if length < len(line):
            offsets.append(at + len(line) - 1)
        at += len(line)
    return offsets
