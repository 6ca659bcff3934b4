"""What YAML's parser could not read, said in our words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flashcards.diagnostics import Diagnostic, Source, Span, error

if TYPE_CHECKING:
    import yaml

# An escape of a double-quoted scalar: one that always brings in a forbidden character, one with a code, or
# another.
ESCAPE = re.compile(r"\\(?:(?P<bad>[0abvfeNLP])|x(?P<x>..)|u(?P<u>.{4})|U(?P<U>.{8})|.)", re.DOTALL)


# LaTeX commands that begin with an escape of YAML's which text may well hold: a tab or a line end
_NAMES = """
    tag tan tanh tau tbinom text textbf textit textnormal textrm textsf textstyle texttt textup tfrac
    therefore theta thickapprox thicksim thinspace tilde times to top triangle triangledown triangleleft
    triangleq triangleright twoheadleftarrow twoheadrightarrow nabla natural ncong ne nearrow neg
    negthinspace neq newcommand nexists ngeq ngtr ni nleq nless nmid nobreakspace nolimits nonumber not
    notag notin nparallel nprec nsim nsubset nsubseteq nsucc nsupseteq ntriangleleft ntriangleright nu
    nvdash nwarrow rVert raise rangle rbrace rbrack rceil real renewcommand restriction rfloor rgroup
    rho right rightarrow rightarrowtail rightharpoondown rightharpoonup rightleftarrows
    rightleftharpoons rightrightarrows rightsquigarrow risingdotseq rlap rm rmoustache root rtimes rule
    rvert
"""
_COMMANDS = frozenset(_NAMES.split())
# What stands behind the first letter of these is, or begins, a word of its own: "\ne.g.", "\nmid"
_NAMES_WITH_WORDS = "tan to top tag nu ne neg neq ni not nmid nless nexists nparallel real root rm raise"
_ALSO_WORDS = frozenset(_NAMES_WITH_WORDS.split())
_PATH = re.compile(r"[C-Hc-h]:(?P<escape>\\[tnr])\S*")
_WORD = re.compile(r"\\(?P<command>[A-Za-z]+)|\\.|\$", re.DOTALL)


# Blanks that look like one and are none to YAML, where it needs one: before a key, behind a dash or a colon
_STRANGE_BLANK = re.compile(
    r"^ *+(?:- ++)*+(?:-|[A-Za-z_][\w-]*:)?(?P<blank>[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+)",
    re.MULTILINE,
)
_DASH_AND_KEY = re.compile(r"^ *+(?P<dash>-[A-Za-z_])[\w-]*:(?:[ \r]|$)", re.MULTILINE)

BELOW = "quote the value, or write `|` after the key and put the text below, indented"


def tab_mistake(source: Source, at: int) -> Diagnostic:
    line = source.text[source.text.rfind("\n", 0, at) + 1 : at]
    message, hint = "a tab in the indentation", "indent with spaces"
    if line.strip():
        message = "a tab outside quotes"
        hint = "write a space; text with tabs goes below `|`, indented with spaces"
    if re.compile(r"\s*?(?:\n|\Z)").match(source.text, at):  # nothing stands behind it
        hint = "delete it"
    return error("tab-indentation", message, Span(source, at, at + 1), hint=hint)


def escape_in_quotes(source: Source, start: int, end: int) -> list[Diagnostic]:
    """Return what is wrong with a double-quoted scalar in which a backslash is hardly meant as YAML's: LaTeX,
    or a path of Windows. Says so at the first."""
    raw = source.text[start:end]
    path = _PATH.search(raw)
    if path is not None and (path.span() == (1, len(raw)) or re.search(r"\.[a-z]{2,4}\W*\Z", path.group())):
        return [_escape_meant_as_text(source, start + path.start("escape"), 2, "a line end or tab")]
    last_dollar, dollars = raw.rfind("$"), 0
    for found in _WORD.finditer(raw):
        word, command, at = found.group(), found["command"], start + found.start()
        if word == "$":
            dollars += 1
        elif word == r"\_":
            return [_escape_meant_as_text(source, at, 2, "a no-break space")]
        elif command in _COMMANDS:
            in_maths = dollars % 2 == 1 and found.end() <= last_dollar
            if in_maths or command not in _ALSO_WORDS:
                what = {"t": "a tab", "n": "a line end", "r": "a line end"}[command[0]]
                return [_escape_meant_as_text(source, at, len(word), what)]
    return []


def _escape_meant_as_text(source: Source, at: int, length: int, what: str) -> Diagnostic:
    message = f"in double quotes, YAML reads `{source.text[at : at + 2]}` as {what}"
    hint = "use single quotes, or write `|` after the key and put the text below"
    return error("escape-in-quotes", message, Span(source, at, at + length), hint=hint)


def bad_escape(source: Source, start: int, end: int) -> Diagnostic:
    word = re.compile(r"\\(?:[abvfeLNP][A-Za-z]{2,}|Pi(?![A-Za-z]))").match(source.text, start)
    if word is not None:  # `\frac`
        return _escape_meant_as_text(source, start, len(word.group()), "a control character")
    message = f"`{source.text[start:end]}` is no character that a card can show"
    return error("control-character", message, Span(source, start, end), hint="delete it")


def merge_conflicts(source: Source) -> list[Diagnostic]:
    """Return each place where git left both sides of a merge."""
    hint = "keep one side, or both, and delete the lines of `<<<<<<<`, `=======` and `>>>>>>>`"
    return [
        error("syntax-error", "a merge conflict begins here", Span(source, *found.span()), hint=hint)
        for found in re.finditer(r"^<{7}(?: [^\r\n]*)?$", source.text, re.MULTILINE)
    ]


def _not_a_blank(source: Source, at: int) -> Diagnostic | None:
    """Return what is wrong if the line of `at`, or the one above it, has no blank where it looks like one."""
    begin = source.text.rfind("\n", 0, at) + 1
    for start in (source.text.rfind("\n", 0, max(begin - 1, 0)) + 1, begin):
        if blank := _STRANGE_BLANK.match(source.text, start):
            hint = "put usual blanks in its place: web pages and some keyboards write the other"
            place = Span(source, *blank.span("blank"))
            return error("syntax-error", "a no-break space is no blank to YAML", place, hint=hint)
        if dash := _DASH_AND_KEY.match(source.text, start):
            place = Span(source, *dash.span("dash"))
            return error("syntax-error", "no blank behind the dash", place, hint="write `- key: value`")
    return None


def syntax_error(source: Source, problem: yaml.MarkedYAMLError) -> Diagnostic:
    """Say in our words what the parser could not read. Looks at where it stopped and at what it was reading:
    the wording of libyaml and that of the pure parser differ."""
    text = source.text
    said, doing = problem.problem or "", problem.context or ""
    at = problem.problem_mark.index if problem.problem_mark else 0
    since = problem.context_mark.index if problem.context_mark else at
    char = text[at : at + 1]
    ahead = text[text.rfind("\n", 0, at) + 1 : at].rstrip()  # on the same line
    if "quoted scalar" not in doing and (mistake := _not_a_blank(source, at)) is not None:
        return mistake

    def here(message: str, hint: str, start: int = at, length: int = 1) -> Diagnostic:
        start = min(
            start, len(text.rstrip())
        )  # at something that can be seen, not at the empty end of the file
        return error("syntax-error", message, Span(source, start, start + length), hint=hint)

    if "quoted scalar" in doing:
        if "escape" in said or "hexdec" in said:
            start = text.rfind("\\", 0, at + 1)
            if "Unicode" in said and (escape := ESCAPE.match(text, start)):
                return bad_escape(source, *escape.span())
            hint = "use single quotes, or write `|` after the key and put the text below"
            return here(f"unknown escape `{text[start : start + 2]}` in double quotes", hint, start, 2)
        return here("this quote is never closed", "close it before the end of the value", since)
    if char == "\t":
        return tab_mistake(source, at)
    if "block scalar" in doing:
        if "\t" in text[since:at]:
            return tab_mistake(source, text.index("\t", since))
        hint = f"the text goes below, indented; quote the value if the `{text[since]}` is part of it"
        return here(f"`{char}` on the line of `{text[since]}`", hint)
    if said.startswith("mapping values"):
        if key := re.fullmatch(r" *(?:- +)?(\w+)", ahead):
            hint = f"if `{key[1]}` is a key, line it up with the others; else {BELOW}"
            return here("`: ` inside a value that begins above", hint, at - len(key[1]), len(key[1]))
        return here("`: ` inside a value", BELOW)
    if "flow" in doing:
        hint = "put commas between items; quote an item that contains `,` `[` or `{`"
        bracket, at_end = text[since : since + 1], at >= len(text.rstrip())
        if bracket in ("[", "{") and (at_end or "\n" in text[since:at]):
            return here(f"`{bracket}` is never closed", hint, since)
        if at_end:
            return here("a bracket is never closed", hint)
        if "node" not in doing:
            return here("expected a comma or the closing bracket here", hint)
    if "any token" in said or "alphabetic" in said or "node" in doing or "tag" in doing:
        first = text[since : since + 1]
        return here(
            f"a value cannot begin with {'a backtick' if first == '`' else f'`{first}`'}", BELOW, since
        )
    if "entries" in said:
        return here(
            "a list cannot begin on the line of its key", "begin it on the next line; if it is text, " + BELOW
        )
    if said.startswith("mapping keys"):
        return here(f"a value cannot begin with `{char}`", BELOW)
    if ahead.endswith(('"', "'")):
        escaped = "''" if ahead[-1] == "'" else '\\"'
        hint = f"`{escaped}` is a quotation mark inside the value; or put the text below `|`, unquoted"
        return here(f"text after the closing `{ahead[-1]}`", hint)
    if ahead.endswith(("]", "}")):
        return here(f"text after the closing `{ahead[-1]}`", BELOW)
    if "simple key" in doing:
        hint = "write `key: value`; text that goes on from the line above must be indented"
        return here("a key without `: `", hint, since, len(text[since:].partition("\n")[0].rstrip()))
    if "<document start>" in said:
        return here("expected the end of the file here", "all keys of a file begin in the same column")
    if char == "-" and source.position(at).column == source.position(since).column:
        return here("a list item among keys", "items stand below a key of their own, as notes below `notes:`")
    hint = (
        "keys of one note begin in the same column, dashes of one list too, and text "
        "below `|` never left of its first line"
    )
    return here("wrong indentation", hint)
