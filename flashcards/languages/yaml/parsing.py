"""YAML text → plain data with the place of every key and value. First stage of the flow; the only module that
imports yaml.

Reads libyaml's *events*: no resolver guesses types, so every scalar is the text as written, and each event
has its marks. Without libyaml the pure parser of PyYAML gives the same data and places, slower."""

from __future__ import annotations

import codecs
import errno
import re
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized, normalize

from flashcards.diagnostics import Diagnostic, Source, Span, error
from flashcards.languages.yaml.mistakes import (
    BELOW,
    ESCAPE,
    bad_escape,
    escape_in_quotes,
    merge_conflicts,
    syntax_error,
    tab_mistake,
)
from flashcards.languages.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence
from flashcards.resources import read_own

if TYPE_CHECKING:
    from pathlib import Path


MAX_BYTES = 10_000_000  # a deck of 10,000 notes has 6 MB
MAX_DEPTH = 32  # a table in a note in a deck is 5 deep

# Control characters, line ends that only YAML knows, overrides of the direction of writing, noncharacters,
# lone surrogates, and the private-use characters that `markup` needs as marks. \x1f in a field makes Anki
# refuse a whole package; a NUL or a surrogate breaks SQLite.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ue000-\ue00f\ufeff\ufffe\uffff]"
)


_DIRECTIVE = re.compile(r"(?:[ \t]*+(?:#.*+)?+\r?\n)*+%")

# What may stand between scalars, up to the first tab outside a comment
_TAB = re.compile(r"(?:#.*+|[^\t#])*+\t")


def read(path: Path, root: Path | None = None) -> tuple[Source, list[Diagnostic]]:
    """Read a file as UTF-8; no link may lead out of `root`, by default the file's folder. On trouble the
    source is empty and a diagnostic says why."""
    nowhere = Span(Source(str(path), ""), 0, 0)
    try:
        data = read_own(path, root or path.parent, MAX_BYTES)
    except OSError as problem:
        hint = "split it into several decks" if problem.errno == errno.EFBIG else None
        message = f"cannot read the file: {problem.strerror}"
        return nowhere.source, [error("unreadable-file", message, nowhere, hint=hint)]
    return decode(data, str(path))


def decode(data: bytes, name: str) -> tuple[Source, list[Diagnostic]]:
    """Return the text of a file called `name` that has these bytes, as `read` does."""
    nowhere = Span(Source(name, ""), 0, 0)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return nowhere.source, [error("not-utf8", "the file is UTF-16", nowhere, hint="save it as UTF-8")]
    if b"\0" in data[:1024]:
        hint = "a deck is a text file; pictures and sounds belong in `media/`"
        return nowhere.source, [error("not-utf8", "the file is binary, not text", nowhere, hint=hint)]
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Source(name, data.decode()), []
    except UnicodeDecodeError as problem:
        source = Source(name, data.decode(errors="replace"))
        at = len(data[: problem.start].decode())
        message = "the file is not UTF-8 from here on"
        place = Span(source, at, at + 1)
        return nowhere.source, [error("not-utf8", message, place, hint="save it as UTF-8")]


def parse(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """Parse one YAML document. Returns what could be understood (None if nothing), and every problem of YAML
    itself."""
    problems = []
    for match in FORBIDDEN.finditer(source.text):
        place = Span(source, *match.span())
        problems.append(
            error(
                "control-character", f"control character U+{ord(match.group()):04X}", place, hint="delete it"
            )
        )
    text = FORBIDDEN.sub(" ", source.text) if problems else source.text  # same length: places stay true
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

        if "<<<<<<<" in self.text and (conflicts := merge_conflicts(self.source)):
            self.problems += conflicts
            return None
        if directive := _DIRECTIVE.match(self.text):
            self.report(
                "syntax-error", "a YAML directive", directive.end() - 1, directive.end(), "delete this line"
            )
            return None
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(self.text)
        try:
            return self.nodes(loader.get_event, yaml)
        except yaml.MarkedYAMLError as problem:
            if problem.problem_mark and "nesting depth" in (problem.problem or ""):
                # libyaml counts brackets that it only looked ahead at; up to there it says which is one too
                # many for us
                self.text = self.text[: problem.problem_mark.index]
                return self.document()
            self.problems.append(syntax_error(self.source, problem))
            return None
        except ValueError:  # the pure parser at an escape beyond Unicode
            self.bad_escape(self.text.rfind("\\", 0, loader.index), len(self.text))
            return None
        finally:
            loader.dispose()

    def nodes(self, get: Any, events: Any) -> Node | None:
        scalar_event, text = events.ScalarEvent, self.text
        tabs = "\t" in text
        root: Node | None = None
        stack: list[Sequence | Mapping] = []
        keys: list[Scalar | None] = []  # for each open mapping, the key that waits for its value
        documents = 0
        seen = 0  # where the last scalar or bracket ends
        read = 0  # the same, with the blanks and empty lines at the end of a block
        while (event := get()) is not None:
            kind = type(event)
            start, end = event.start_mark.index, event.end_mark.index
            node: Node
            if tabs and (tab := self.tab(event, read)) >= 0:
                self.problems.append(tab_mistake(self.source, tab))
                return None
            if kind is scalar_event:
                style = event.style
                value = event.value
                if event.tag is not None or event.anchor is not None:
                    self.unsupported(event)
                    value = value or text[start:end]  # most likely it was meant as text
                if style == "|" or style == ">":  # the parser counts trailing blank lines in
                    end = start + len(text[start:end].rstrip())
                    value = value.rstrip()
                elif style == '"' and FORBIDDEN.search(value):
                    self.bad_escape(start, end)
                    return None
                elif style == '"' and "\\" in text[start:end]:
                    self.problems += escape_in_quotes(self.source, start, end)
                if not value.isascii() and not is_normalized("NFC", value):
                    value = normalize("NFC", value)
                node = Scalar(
                    value, start, end, style or None
                )  # libyaml calls plain "", the pure parser None
                seen, read = end, event.end_mark.index
            elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                if event.tag is not None or event.anchor is not None:
                    self.unsupported(event)
                node = (
                    Mapping({}, start, start)
                    if kind is events.MappingStartEvent
                    else Sequence([], start, start)
                )
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                done = stack.pop()
                keys.pop()
                if start < end:  # a bracket; without one, comments are counted in
                    seen = read = end
                done.end = seen
                continue
            elif kind is events.AliasEvent:
                hint = "write the value out; quote it if the `*` is meant as text, or put it below `|`"
                self.report("unsupported-yaml", f"alias `{text[start:end]}`", start, end, hint)
                if re.match(" +[^ #,\\]}\n]", text[end:]):
                    return None  # it was meant as text, so the parser would not understand what follows
                seen = read = end
                node = Scalar(text[start:end], start, end)  # not empty: that would be found fault with too
            elif kind is events.DocumentStartEvent:
                documents += 1
                if documents == 2:
                    hint = "one file holds one deck: delete the `---` or split the file"
                    self.report(
                        "unsupported-yaml", "a second YAML document begins here", start, start + 3, hint
                    )
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
                elif text.startswith("{{", node.start - 1):
                    self.report(
                        "syntax-error",
                        "a value cannot begin with `{{`",
                        node.start - 1,
                        node.start + 1,
                        BELOW,
                    )
                    return None
                else:
                    hint = f"keys are plain words; if the bracket is meant as text, {BELOW}"
                    self.report(
                        "unsupported-yaml", "a list or mapping as a key", node.start, node.start + 1, hint
                    )
                    return None
            if not isinstance(node, Scalar):
                stack.append(node)
                keys.append(None)
                if len(stack) > MAX_DEPTH:
                    self.report(
                        "unsupported-yaml", f"nested more than {MAX_DEPTH} deep", node.start, node.start + 1
                    )
                    return None
        return root

    def tab(self, event: Any, read: int) -> int:
        """Return where a tab stands between `read` and the text of `event` or in a plain text, -1 if there is
        none: the pure parser refuses tabs outside quotes, blocks and comments, libyaml only in the
        indentation."""
        start, end = event.start_mark.index, event.end_mark.index
        style = getattr(event, "style", '"')
        if style == "|" or style == ">":  # up to the line break behind the indicator
            start += len(self.text[start:end].partition("\n")[0])
        tab = _TAB.match(self.text, read, start)
        return tab.end() - 1 if tab else -1 if style else self.text.find("\t", start, end)

    def entry(self, mapping: Any, key: Scalar, value: Node) -> None:
        before = mapping.entries.get(key.text)
        if before is not None:
            line = self.source.position(before.start).line
            hint = f"it stands first on line {line}; YAML would silently keep only one of them"
            self.report(
                "duplicate-key", f"duplicate key `{key.text}`", key.start, max(key.end, key.start + 1), hint
            )
        else:
            mapping.entries[key.text] = Entry(key.start, key.end, value)

    def unsupported(self, event: Any) -> None:
        start = event.start_mark.index
        word = re.match(r"\S+", self.text[start:])
        written = word.group() if word else ""
        what = "anchor" if event.anchor is not None else "tag"
        hint = "if it is meant as text, quote the value or put it below `|`; else delete it"
        self.report("unsupported-yaml", f"YAML {what} `{written}`", start, start + len(written), hint)

    def bad_escape(self, start: int, end: int) -> None:
        """Report the first escape in a double-quoted scalar that brings in a character which is forbidden."""
        for match in ESCAPE.finditer(self.text, start, end):
            code = match["x"] or match["u"] or match["U"]
            if match["bad"] or (
                code and ((number := int(code, 16)) > 0x10FFFF or FORBIDDEN.match(chr(number)))
            ):
                self.problems.append(bad_escape(self.source, *match.span()))
                return
