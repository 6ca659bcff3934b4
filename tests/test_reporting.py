from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashcards import reporting
from flashcards.diagnostics import Diagnostic, Severity, Source, Span, did_you_mean, error, warning


def finding(marked: str, **others: str | None) -> Diagnostic:
    """Make a finding whose place is what `«` and `»` enclose in a text."""
    start = marked.index("«")
    end = marked.index("»") - 1
    source = Source("decks/a.yaml", marked.replace("«", "").replace("»", ""))
    return error("some-rule", "it is wrong", Span(source, start, end), **others)


# ------------------------------------------------------------------------------------------------------------------ full


def test_full() -> None:
    assert reporting.full(
        [finding("a: b\n  c: «word» d\n", hint="write it otherwise", note="RU03")]
    ).splitlines() == [
        "some-rule: it is wrong",
        " --> decks/a.yaml:2:6 (note RU03)",
        "  |",
        "2 |   c: word d",
        "  |      ^^^^",
        "  = help: write it otherwise",
    ]


def test_several_stand_apart() -> None:
    report = reporting.full([finding("«a»\n"), warning("other", "not so good")])
    assert report == "some-rule: it is wrong\n --> decks/a.yaml:1:1\n  |\n1 | a\n  | ^\n\nother: not so good"
    assert reporting.full([]) == ""


@pytest.mark.parametrize(
    ("marked", "line", "mark"),
    [
        ("a: «b»\n", "a: b", "   ^"),
        ("日本: «語» x\n", "日本: 語 x", "      ^^"),
        ("é e\u0301 «x»\n", "é e\u0301 x", "    ^"),
        ("ａ «ｂ»\n", "ａ ｂ", "   ^^"),
        ("กิ่ง «x»\n", "กิ่ง x", "   ^"),
        ("a\u200db\ufe0f «x»\n", "a\u200db\ufe0f x", "   ^"),
        ("😀 «😀😀»\n", "😀 😀😀", "   ^^^^"),
        ("\ta:\t«b\tc»\n", " a: b c", "    ^^^"),
        ("a: «|\n  b\n  c»\n", "a: |", "   ^"),
        ("a: b«\n»c\n", "a: b", "    ^"),
        ("a: «»b\n", "a: b", "   ^"),
        ("a: b«»", "a: b", "    ^"),
        ("a\r\nb: «c»\r\n", "b: c", "   ^"),
        ("a: «b\x1b[31m»c\x07\n", "a: b\ufffd[31mc\ufffd", "   ^^^^^^"),
    ],
)
def test_the_mark_stands_below_its_word(marked: str, line: str, mark: str) -> None:
    shown, below = reporting.full([finding(marked)]).splitlines()[3:5]
    assert (shown.partition(" | ")[2], below.partition(" | ")[2]) == (line, mark)


def test_numbers_of_two_digits_move_the_margin() -> None:
    assert reporting.full([finding("\n" * 11 + "«a»: b\n", hint="no")]).splitlines() == [
        "some-rule: it is wrong",
        "  --> decks/a.yaml:12:1",
        "   |",
        "12 | a: b",
        "   | ^",
        "   = help: no",
    ]


def test_a_long_line_is_shown_around_its_mark() -> None:
    report = reporting.full([finding("x" * 300 + " «word» " + "y" * 300)]).splitlines()
    assert report[1:] == [
        " --> decks/a.yaml:1:302",
        "  |",
        "1 | …" + "x" * 59 + " word " + "y" * 59 + "…",
        "  | " + " " * 61 + "^^^^",
    ]
    line, mark = reporting.full([finding("«" + "日" * 300 + "»")]).splitlines()[3:]
    assert line == "1 | " + "日" * 200 + "…"
    assert mark == "  | " + "^" * 401


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_without_a_line_to_show(text: str) -> None:
    place = Span(Source("decks/a.yaml", text), 0, 1)
    assert reporting.full([error("some-rule", "it is empty", place, hint="write")]).splitlines()[:2] == [
        "some-rule: it is empty",
        " --> decks/a.yaml:1:1",
    ]
    assert (
        reporting.full([error("some-rule", "nowhere", hint="look")]) == "some-rule: nowhere\n  = help: look"
    )


def test_the_style_is_given_each_piece_and_its_role() -> None:
    roles: list[tuple[str, str]] = []

    def style(text: str, role: str) -> str:
        roles.append((role, text))
        return f"<{role}>{text}</{role}>"

    found = [finding("a: «b»\n", hint="no"), warning("other", "hm")]
    assert reporting.full(found, style).splitlines() == [
        "<error>some-rule</error>: it is wrong",
        " <place>--></place> decks/a.yaml:1:4",
        "  <place>|</place>",
        "<place>1</place> <place>|</place> a: b",
        "  <place>|</place>    <mark>^</mark>",
        "  <place>=</place> <help>help</help>: no",
        "",
        "<warning>other</warning>: hm",
    ]
    assert {role for role, _ in roles} == {"error", "warning", "place", "mark", "help"}
    assert reporting.concise(found, style).splitlines() == [
        "decks/a.yaml:1:4: <error>some-rule</error>: it is wrong",
        "<warning>other</warning>: hm",
    ]


# ------------------------------------------------------------------------------------------------------- concise and others


def test_concise() -> None:
    found = [finding("é\n日本 «a»\n", hint="not shown"), warning("other", "`a\n  b` and \x1b[0m")]
    assert reporting.concise(found) == "decks/a.yaml:2:4: some-rule: it is wrong\nother: `a b` and \ufffd[0m"


def test_json() -> None:
    found = [finding("é\n日本 «a\nb»c", hint="“so”", note="A"), warning("other", "hm")]
    report = reporting.as_json(found)
    assert "“so”" in report
    assert json.loads(report) == [
        {
            "rule": "some-rule", "severity": "error", "message": "it is wrong", "hint": "“so”", "note": "A",
            "file": "decks/a.yaml", "line": 2, "column": 4, "end_line": 3, "end_column": 2,
        },
        {"rule": "other", "severity": "warning", "message": "hm", "hint": None, "note": None},
    ]  # fmt: skip
    assert json.loads(reporting.as_json([])) == []


def test_github() -> None:
    place = Span(Source("decks/a,b:c.yaml", "a: b\n"), 3, 4)
    found = [error("some-rule", "100 % wrong:\nso", place, hint="no, this"), warning("other", "hm")]
    assert reporting.github(found).splitlines() == [
        "::error file=decks/a%2Cb%3Ac.yaml,line=1,col=4,title=some-rule::100 %25 wrong:%0Aso (no, this)",
        "::warning title=other::hm",
    ]


def test_the_formats() -> None:
    assert list(reporting.FORMATS) == ["full", "concise", "json", "github"]


@pytest.mark.parametrize(
    ("errors", "warnings", "words"),
    [
        (0, 0, ""),
        (1, 0, "1 error"),
        (2, 1, "2 errors, 1 warning"),
        (0, 2, "2 warnings"),
        (1234, 0, "1,234 errors"),
    ],
)
def test_summary(errors: int, warnings: int, words: str) -> None:
    assert reporting.summary([error("a", "b")] * errors + [warning("a", "b")] * warnings) == words


@given(
    text=st.text(max_size=60) | st.text("a\x1b\x07\x9b\t\r\n é日", max_size=60),
    message=st.text(max_size=20),
    places=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_any_text_can_be_shown(text: str, message: str, places: tuple[int, int]) -> None:
    start, end = sorted(min(place, len(text)) for place in places)
    found = [error("some-rule", message, Span(Source("a.yaml", text), start, end), hint="help")]
    reports = {name: write(found, lambda text, role: text) for name, write in reporting.FORMATS.items()}
    assert not {"\x1b", "\x07", "\x9b"} & set(reports["full"] + reports["concise"]), (
        "a terminal would obey them"
    )
    assert [len(reports[name].split("\n")) for name in ("concise", "github")] == [1, 1]
    assert json.loads(reports["json"])[0]["message"] == message


# ----------------------------------------------------------------------------------------------------------- diagnostics


def test_findings_sort_by_file_and_place() -> None:
    first, second = Source("a.yaml", "x\ny\n"), Source("b.yaml", "x\n")
    found = [
        error("c", "", Span(second, 0, 1)),
        error("b", "", Span(first, 2, 3)),
        error("a", "", Span(first, 2, 3)),
        error("z", ""),
    ]
    assert [d.rule for d in sorted(found, key=lambda d: d.order)] == ["z", "a", "b", "c"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("fornt", "did you mean `front`?"),
        ("Front", "did you mean `front`?"),
        ("BAKC", "did you mean `Back`?"),
        ("xyz", None),
        ("", None),
    ],
)
def test_did_you_mean(word: str, hint: str | None) -> None:
    assert did_you_mean(word, ["front", "Back"]) == hint


def test_severities_are_their_words() -> None:
    assert [str(severity) for severity in Severity] == ["error", "warning"]
