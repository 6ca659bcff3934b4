"""Diagnostics → text for people (`full`, `concise`), programs (`json`) and GitHub's annotations
(`github`)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flashcards.diagnostics import Diagnostic, Severity

Style = Callable[[str, str], str]  # (text, role) → text; roles: error, warning, place, mark, help

_LONG = 200  # characters of a line that are shown whole
_AROUND = 60  # of a longer one, on each side of the mark
# Characters that a terminal may obey, or that change the order in which others are shown
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufeff]"
)
_COLOUR = re.compile("(\x1b\\[(?:0|1|3[1-6])m)")  # as `style` gives them


def visible(text: str) -> str:
    """Return a text in which `\ufffd` stands for what a terminal might obey: a stranger chose the names of
    files and ids. Colours and line ends stay."""
    if not _INVISIBLE.search(text):
        return text
    parts = _COLOUR.split(text)
    return "".join(part if i % 2 else _INVISIBLE.sub("\ufffd", part) for i, part in enumerate(parts))


def on_one_line(text: str) -> str:
    """Return a stranger's text as it can stand in a line: without colours too, a blank for each line end."""
    return _INVISIBLE.sub("\ufffd", re.sub(r"(?<!\s)\s*\n\s*", " ", text))


def _unstyled(text: str, _role: str) -> str:
    return text


def full(diagnostics: Iterable[Diagnostic], style: Style = _unstyled) -> str:
    """Show each finding with the line it stands on and a caret below the wrong word."""
    return "\n\n".join(_block(d, style) for d in diagnostics)


def _block(d: Diagnostic, style: Style) -> str:
    lines = [_head(d, style)]
    bar = style("|", "place")
    if d.span is not None:
        source, (line, column) = d.span.source, d.span.source.position(d.span.start)
        last = source.position(max(d.span.end - 1, d.span.start))
        note = f" (note {on_one_line(d.note)})" if d.note else ""
        place = f"{on_one_line(source.path)}:{line}:{column}"
        lines.append(f"{' ' * len(str(line))}{style('-->', 'place')} {place}{note}")
        text = source.line(line) if source.text else ""
        if text.strip() or _INVISIBLE.search(text):
            number = str(line)
            margin = " " * len(number)
            end = last.column if last.line == line else len(text.rstrip())
            before, marked, after = text[: column - 1], text[column - 1 : end], text[end:]
            if len(text) > _LONG:  # a paragraph on one line: show what surrounds the mark
                before = "…" + before[-_AROUND:] if len(before) > _AROUND else before
                marked = marked[:_LONG] + "…" if len(marked) > _LONG else marked
                after = after[:_AROUND] + "…" if len(after) > _AROUND else after
            before, marked, after = (_INVISIBLE.sub("\ufffd", part) for part in (before, marked, after))
            lines += [
                f"{margin} {bar}",
                f"{style(number, 'place')} {bar} {before}{marked}{after}".replace("\t", " "),
            ]
            # wide characters would push the caret aside: measure what is in front as it is shown
            lines.append(
                f"{margin} {bar} {' ' * _width(before)}{style('^' * max(1, _width(marked)), 'mark')}"
            )
        if d.hint:
            margin = " " * len(str(line)) if len(lines) > 2 else ""
            lines.append(f"{margin} {style('=', 'place')} {style('help', 'help')}: {on_one_line(d.hint)}")
    else:
        if d.place:
            lines.append(f" {style('-->', 'place')} {on_one_line(d.place)}")
        if d.hint:
            lines.append(f"  {style('=', 'place')} {style('help', 'help')}: {on_one_line(d.hint)}")
    return "\n".join(lines)


def _head(d: Diagnostic, style: Style) -> str:
    return f"{style(d.rule, d.severity.value)}: {on_one_line(d.message)}"  # it may quote anything


def _width(text: str) -> int:
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(c) in ("Mn", "Me", "Cf") else 2 if east_asian_width(c) in "WF" else 1 for c in text
    )


def concise(diagnostics: Iterable[Diagnostic], style: Style = _unstyled) -> str:
    """Show one line each, as `str` of a diagnostic does: `file:line:column: rule: message`."""
    lines = (
        f"{on_one_line(d.place)}: {_head(d, style)}" if d.place else _head(d, style) for d in diagnostics
    )
    return visible("\n".join(lines))


def as_json(diagnostics: Iterable[Diagnostic], _style: Style = _unstyled) -> str:
    """Show a JSON list of objects; lines and columns count from 1, the end column is exclusive."""
    written = json.dumps([_object(d) for d in diagnostics], ensure_ascii=False, indent=2)
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def _object(d: Diagnostic) -> dict[str, Any]:
    data: dict[str, Any] = {
        "rule": d.rule,
        "severity": d.severity.value,
        "message": d.message,
        "hint": d.hint,
        "note": d.note,
    }
    if d.span is not None:
        start, end = d.span.source.position(d.span.start), d.span.source.position(d.span.end)
        data |= {
            "file": d.span.source.path,
            "line": start.line,
            "column": start.column,
            "end_line": end.line,
            "end_column": end.column,
        }
    return data


def github(diagnostics: Iterable[Diagnostic], _style: Style = _unstyled) -> str:
    """Show workflow commands, which GitHub turns into annotations of the lines."""
    return visible("\n".join(_annotation(d) for d in diagnostics))


def _annotation(d: Diagnostic) -> str:
    def data(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def prop(text: str) -> str:
        return data(text).replace(":", "%3A").replace(",", "%2C")

    properties = f"title={prop(d.rule)}"
    if d.span is not None:
        line, column = d.span.source.position(d.span.start)
        properties = f"file={prop(d.span.source.path)},line={line},col={column},{properties}"
    about = f"{d.place}: " if d.span is None and d.place else ""
    command = "error" if d.severity is Severity.ERROR else "warning"
    return f"::{command} {properties}::{data(about + d.message + (f' ({d.hint})' if d.hint else ''))}"


FORMATS: dict[str, Callable[[Iterable[Diagnostic], Style], str]] = {
    "full": full, "concise": concise, "json": as_json, "github": github,
}  # fmt: skip


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 note`, `1,200 notes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some(names: Sequence[str]) -> str:
    """Return the first three of some names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(f"`{name}`" for name in names[:3]) + more


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Count findings in words: `2 errors, 1 warning`."""
    found = list(diagnostics)
    errors = sum(d.severity is Severity.ERROR for d in found)
    parts = [(errors, "error"), (len(found) - errors, "warning")]
    return ", ".join(count(number, word) for number, word in parts if number)
