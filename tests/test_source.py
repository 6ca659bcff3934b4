from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from conftest import Folder
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flashcards import reporting
from flashcards.diagnostics import Diagnostic, Source, Span
from flashcards.languages import yaml
from flashcards.languages.yaml import Mapping, Node, Scalar, Sequence

LIBYAML = pyyaml.CSafeLoader


def parse_purely(text: str) -> tuple[Node | None, list[Diagnostic]]:
    """Parse as on a machine whose PyYAML was built without libyaml."""
    del pyyaml.CSafeLoader
    try:
        return yaml.parse(Source("deck.yaml", text))
    finally:
        setattr(pyyaml, "CSafeLoader", LIBYAML)  # noqa: B010  # mypy: a class is no variable


def parse(text: str) -> tuple[Node | None, list[Diagnostic]]:
    """Parse with both parsers; whatever they find must be the same."""
    root, problems = yaml.parse(Source("deck.yaml", text))
    pure_root, pure_problems = parse_purely(text)
    assert pure_root == root
    assert reporting.full(pure_problems) == reporting.full(problems)
    return root, problems


def data(node: Node | None) -> Any:
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [data(item) for item in node.items]
        case Mapping():
            return {key: data(entry.value) for key, entry in node.entries.items()}
    return None


def load(text: str) -> Any:
    root, problems = parse(text)
    assert reporting.full(problems) == ""
    return data(root)


def scalars(node: Node | None) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from scalars(item)
        case Mapping():
            for entry in node.entries.values():
                yield from scalars(entry.value)


# ------------------------------------------------------------------------------------------------------------------ data


def test_libyaml_is_here() -> None:
    assert pyyaml.__with_libyaml__, "else these tests would compare the pure parser with itself"


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "true",
        "null",
        "~",
        "3.10",
        "1e3",
        "12:30",
        "0777",
        "0x1F",
        "1_000",
        "2026-11-22",
        "-1",
        ".5",
        "=",
        "<<",
    ],
)
def test_every_plain_scalar_stays_the_text_as_written(text: str) -> None:
    assert load(f"key: {text}") == {"key": text}
    assert load(f"{text}: value") == {text: "value"}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a b", "a b"),
        ("a # comment", "a"),
        ("a#b", "a#b"),
        ("a:b", "a:b"),
        ("a\n  b\n\n  c", "a b\nc"),
        ("''", ""),
        ("", ""),
        ("'it''s: # \\n'", "it's: # \\n"),
        ("'a\n  b'", "a b"),
        (r'"a\tb\"\\\u00e9\U0001F600"', 'a\tb"\\é😀'),
        ('"a\n  b"', "a b"),
        ('"a\\\n   b"', "ab"),
        ('"\tno tab is lost"', "\tno tab is lost"),
        ("|\n  a\n   b\n\n  # c\n", "a\n b\n\n# c"),
        ("|\n  a\n\n\n", "a"),
        ("|-\n  a\n", "a"),
        ("|+\n  a\n\n\n", "a"),
        ("| # comment\n  a\n", "a"),
        ("|2\n    a\n   b\n", "  a\n b"),
        ("|\n  a\tb\n", "a\tb"),
        ("|\n  a\t\n", "a"),
        (">\n  a\n  b\t\n\n", "a b"),
        ("|\n  a \t \n   \t\n\n", "a"),
        ("|\r\n  a\t\r\n", "a"),
        ("|\n  \u00a0\n", ""),
        (">\n  a\n  b\n\n  c\n", "a b\nc"),
        ("|\n", ""),
    ],
)
def test_scalars_of_every_style(written: str, text: str) -> None:
    assert load(f"key: {written}") == {"key": text}


def test_collections() -> None:
    text = """\
        # a comment
        notes:
          - id: a
            tags: [x, "y, z", {k: v}]
          -
            id: b
        empty: []
        none: {}
        """
    expected = {
        "notes": [{"id": "a", "tags": ["x", "y, z", {"k": "v"}]}, {"id": "b"}],
        "empty": [],
        "none": {},
    }
    assert load(text.replace("\n        ", "\n").lstrip()) == expected


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "\n\n# one\n\n"])
def test_nothing_is_no_node(text: str) -> None:
    assert parse(text) == (None, [])


def test_a_document_may_have_its_marks() -> None:
    assert load("---\na: b\n...\n") == {"a": "b"}


def test_texts_are_nfc() -> None:
    assert load("cafe\u0301: |\n  e\u0301\n") == {"caf\u00e9": "\u00e9"}


def test_line_ends_of_windows_and_of_old() -> None:
    assert load("a: |\r\n  b\r\n  c\r\nd: e\r\n") == {"a": "b\nc", "d": "e"}
    assert load("a: |\r  b\r  c\rd: e\r") == {"a": "b\nc", "d": "e"}


# ----------------------------------------------------------------------------------------------------------------- spans


def spans(marked: str) -> tuple[Source, list[tuple[int, int]]]:
    """Take `«` and `»` out of a text; return it and the stretches that they enclose."""
    found = []
    while "«" in marked:
        start = marked.index("«")
        end = marked.index("»") - 1
        found.append((start, end))
        marked = marked.replace("«", "", 1).replace("»", "", 1)
    return Source("deck.yaml", marked), found


@pytest.mark.parametrize(
    "marked",
    [
        "key: «plain text»\n",
        "key: «plain» # comment\n",
        "key: «over\n  two lines»\nnext: «a»\n",
        "key: «'it''s'» \n",
        'key: «"a\\"b"»\n',
        "key: «|\n  a\n\n  b»\n\n\nnext: «c»\n",
        "key: «|+\n  a»\n\n\n",
        "key: «>\n  a\n  b»\n# comment\n",
        "key: [«a», «'b'», {k: «c»}]\n",
        "- «é»\n- «日本»\n- «😀😀»\n- «a»\n",
        "key:\r\n  - «|\r\n    a\r\n    b»\r\n  - «c»\r\n",
        "notes:\n  - id: «a»\n    front: «b»\n",
    ],
)
def test_scalars_have_their_places(marked: str) -> None:
    text, places = spans(marked)
    root, problems = parse(text.text)
    assert problems == []
    assert [(scalar.start, scalar.end) for scalar in scalars(root)] == places


def test_collections_and_keys_have_their_places() -> None:
    text = "notes:\n  - é: b\n    c: [d,\n      e]\n\n\n  - f: {}\n\n# end\n"
    root, _ = parse(text)

    def cut(node: Any) -> str:
        return text[node.start : node.end]

    assert isinstance(root, Mapping)
    notes = root.entries["notes"]
    assert cut(notes) == "notes"
    assert isinstance(notes.value, Sequence)
    first, second = notes.value.items
    assert isinstance(first, Mapping)
    assert (cut(first), cut(second)) == ("é: b\n    c: [d,\n      e]", "f: {}")
    assert {key: (cut(entry), cut(entry.value)) for key, entry in first.entries.items()} == {
        "é": ("é", "b"),
        "c": ("c", "[d,\n      e]"),
    }


@pytest.mark.parametrize(
    ("marked", "word"),
    [
        ("key: one «two» three\n", "two"),
        ("key: 'it''s «two» three'\n", "two"),
        ("key: 'it«''»s'\n", "'"),
        ('key: "one «two» three"\n', "two"),
        ("key: |\n  one\n\n   «two» three\n", "two"),
        ("key: |\r\n  one\r\n  «two» three\r\n", "two"),
        ("key: |-\n    é 日本 😀 «two»\n", "two"),
        # not exact: the whole scalar
        ('key: «"one\\ttwo three"»\n', "two"),
        ("key: «one\n  two three»\n", "two"),
        ("key: «'one\n  two three'»\n", "two"),
        ("key: «>\n  one\n  two»\n", "two"),
        ("key: «|2\n   one\n  two»\n", "two"),
        ("key: |2\n  one\n   «two»\n", "two"),
        ("key: «e\u0301 two»\n", "two"),
        ("key: «''»\n", ""),
    ],
)
def test_places_inside_a_text(marked: str, word: str) -> None:
    text, [(start, end)] = spans(marked)
    root, _ = yaml.parse(text)
    (scalar,) = scalars(root)
    at = scalar.text.index(word)
    place = scalar.locate(text, at, at + len(word))
    if word == "'":  # two characters in the file, one in the text: the second stands for it
        start += 1
    assert place == Span(text, start, end)


CHARACTERS = st.characters(exclude_categories=["C", "Zl", "Zp"])
LINE = st.text(CHARACTERS, max_size=12)
WORDS = st.text(st.sampled_from("ab0é日😀.-"), min_size=1, max_size=4).filter(
    lambda word: word[0] not in ".-"
)


def indented(lines: list[str], indent: str) -> str:
    return "".join(f"\n{indent}{line}" if line else "\n" for line in lines)


@st.composite
def written_scalars(draw: st.DrawFn) -> Callable[[str], str]:
    """Draw a function that writes some text in some style, given the indentation of a block."""
    style = draw(st.sampled_from(["plain", "'", '"', "|", ">"]))
    if style in "|>":
        lines = (
            draw(st.lists(LINE.map(str.rstrip), min_size=1, max_size=4))
            if style == "|"
            else draw(st.lists(WORDS, max_size=3))
        )
        lines = [
            "first",
            *lines,
        ]  # a blank line or a blank in the first place would need an indentation indicator
        return lambda indent: style + indented(lines, indent)
    if style == "plain":
        words = draw(st.lists(WORDS, min_size=1, max_size=3))
        return lambda indent: " ".join(words)
    text = draw(LINE)
    quoted = "'" + text.replace("'", "''") + "'" if style == "'" else json.dumps(text, ensure_ascii=False)
    return lambda indent: quoted


@st.composite
def documents(draw: st.DrawFn) -> str:
    text = ""
    for number in range(draw(st.integers(1, 4))):
        items = draw(st.lists(written_scalars(), min_size=1, max_size=3))
        text += f"key{number}:"
        if len(items) == 1:
            text += f" {items[0]('  ')}\n"
        else:
            text += "".join(f"\n  - {item('      ')}" for item in items) + "\n" * draw(st.integers(1, 3))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(text=documents())
@settings(max_examples=150)
def test_reparsing_the_cut_of_a_span_gives_its_value(text: str) -> None:
    root, problems = parse(text)
    assert problems == []
    for scalar in scalars(root):
        assert load("key: " + text[scalar.start : scalar.end]) == {"key": scalar.text}


@given(text=documents(), picks=st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_a_place_inside_a_text_holds_that_part_of_it(text: str, picks: Any) -> None:
    file = Source("deck.yaml", text)
    root, _ = yaml.parse(file)
    for scalar in scalars(root):
        start = picks.randint(0, len(scalar.text))
        end = picks.randint(start, len(scalar.text))
        place = scalar.locate(file, start, end)
        if (place.start, place.end) != (scalar.start, scalar.end):
            written = place.text.replace("''", "'") if scalar.style == "'" else place.text
            assert written.split() == scalar.text[start:end].split(), (
                "the same but for indentation and line ends"
            )


# ---------------------------------------------------------------------------------------------------------------- syntax

# What is between « and » must be under the caret. How each message reads is kept in `diagnostics/`.
MISTAKES = {
    "syntax-error": [
        # a value that YAML takes apart, or that cannot begin so
        "a: b«:» c\n", "a: 日本 é«:» c\n", "a: 😀\nb: c«:»\n", "a: «`»b` c\n", "a: «@»b\n", "a: «%»b\n", "a: «]»\n",
        "a: «,» b\n", "a: «*»*b** c\n", "a: «*»b* c\n", "a: «&» b\n", "a: «!»<b\n", "a: «!»b!c d\n", "a: «?» b\n", "a: «-» b\n",
        "a: «{{»c1::b}} c\n", "a: >«b»\n", "a: | «b»\n  c\n", "a: |2«0»\n  c\n",
        # quotes
        'a: «"»b\nc: d\n', "a: «'»b\nc: d\n", 'a: "b" «c»\n', "a: 'it'«s» c'\n",
        'a: "b «\\d»"\n', 'a: "b «\\x»yz"\n', 'a: "b\\\\ «\\u»12"\n',
        # brackets
        "a: «[»b\nc: d\n", "a: «{»b: c\n", "a: «[»b, {c: d}\n", "a: [b,«\n»", "a: [b «{»c: d}]\n", "a: [b,«,» c]\n",
        "a: [b] «c»\n", "a: {b: c}«}»\n",
        # keys and indentation
        "a: b\n «c»: d\n", "- a: b\n «c»: d\n", "a:\n  b: c\n «d»: e\n", "a: b\n«-» c\n", "a: b\n«c d»\ne: f\n",
        " a: b\n«c»: d\n", "«%»YAML 1.1\n---\na: b\n", "# comment\n\n«%» c\n",
    ],
    "tab-indentation": [
        "a:\n«\t»b: c\n", "a:\n  b: c\n  «\t»d: e\n", "a: |\n  b\n«\t»c\n", "a:«\t»b\n", "a: b«\t»c\n", "a: b#«\t»c\n",
        "a: b«\t»# c\n", "a: |«\t»\n  b\n", "a: |«\t»b\n", "a: 'b'«\t»\nc: [d]\n", "a: [b,«\t»c]\n",
    ],
    "unsupported-yaml": [
        "a: «&b» c\n", "a: «!b» c\n", "a: «!!int» 3\n", "a: «!b» [c]\n", "a: «*b»\n", "a: «*b» c\n", "a: [«*b», c]\n",
        "<<: «*b»\n", "? «[»a]\n: b\n", "«{»a: b}: c\n", "a: b\n«---»\nc: d\n", "[" * 32 + "«[»" + "]" * 33,
    ],
    "duplicate-key": ["a: b\n«a»: c\n", "a: b\n«'a'»: c\n", "a: {b: c, «b»: d}\n", "caf\u00e9: b\n«cafe\u0301»: c\n"],
    "control-character": [
        "a: b«\x07»c\n", "a: b«\x1f»c\n", "a: 'b«\x85»'\n", "a: b«\u2028»c\n", "a: «\ufeff»b\n", "a: b # «\ue000»c\n",
        "a: b«\uffff»c\n",
        *(f'a: "b\\\\«{escape}»c"\n' for escape in (
            r"\x1f", r"\0", r"\e", r"\N", r"\u0007", r"\ud800", r"\uE000", r"\U0000FFFF", r"\U00110000",
        )),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "marked"),
    [
        pytest.param(rule, marked, id=f"{rule}-{ascii(marked)[1:-1]}")
        for rule, texts in MISTAKES.items()
        for marked in texts
    ],
)
def test_mistakes_have_their_place(rule: str, marked: str) -> None:
    text, [place] = spans(marked)
    _, problems = parse(text.text)
    assert [(problem.rule, problem.span and problem.span[1:]) for problem in problems] == [(rule, place)]


def test_what_can_be_read_is_read_and_every_problem_is_told() -> None:
    root, problems = parse("a: !x b\nc: *d\ne: f\x07\na: g\n")
    assert data(root) == {"a": "b", "c": "*d", "e": "f"}
    assert [(p.rule, p.span and p.span.text) for p in problems] == [
        ("control-character", "\x07"),
        ("unsupported-yaml", "!x"),
        ("unsupported-yaml", "*d"),
        ("duplicate-key", "a"),
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000])
def test_no_depth_is_too_much(text: str) -> None:
    _, problems = yaml.parse(Source("deck.yaml", text))
    assert [p.message for p in problems] == ["nested more than 32 deep"]


PIECES = [
    "a", "b", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", " ", "\t", '"', "'", "[", "]", "{", "}", ", ", ",", "|", "|\n", ">",
    "#", " # c", "*a", "&a ", "!t ", "*", "&", "!", "%", "@", "`", "? ", "---\n", "...\n", "\\", "\\x1f", "\\ud800",
    "\\U00110000", "é", "😀", "\r\n", "\r", "\x07", "\ufeff", "\ud800", "|2\n", "<<",
]  # fmt: skip


@given(text=st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(max_size=40))
@example(text='"\\U00110000"')
@example(text='"\\')
@example(text="? \r\n? ")
@settings(max_examples=300)
def test_any_text_gives_data_or_problems_inside_it(text: str) -> None:
    for root, problems in (yaml.parse(Source("deck.yaml", text)), parse_purely(text)):
        for problem in problems:
            assert problem.span is not None
            assert 0 <= problem.span.start < problem.span.end <= len(text) + 1
        for scalar in scalars(root):
            assert unicodedata.is_normalized("NFC", scalar.text)
        reporting.full(problems)


# ----------------------------------------------------------------------------------------------------------------- files


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "deck.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: b: c\n")
    text, problems = yaml.read(path)
    assert (text.text, problems) == ("a: b: c\n", [])
    _, problems = yaml.parse(text)
    assert [p.span and text.position(p.span.start) for p in problems] == [(1, 5)]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("a: é\nb: caf".encode() + b"\xe9\nc: d\n", (2, 7)),
        (b"\xef\xbb\xbfb: caf\xe9\n", (1, 7)),
        (b"a: \xed\xa0\x80\n", (1, 4)),
        (b"a: \xff\n", (1, 4)),
        ("a: b\n".encode("utf-16"), (1, 1)),
        ("a: b\n".encode("utf-16-le"), (1, 1)),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", (1, 1)),
    ],
)
def test_what_is_not_utf8_is_told(tmp_path: Path, content: bytes, place: tuple[int, int]) -> None:
    path = tmp_path / "deck.yaml"
    path.write_bytes(content)
    text, problems = yaml.read(path)
    assert text.text == ""
    found = [
        (problem.rule, problem.span and problem.span.source.position(problem.span.start))
        for problem in problems
    ]
    assert found == [("not-utf8", place)]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(yaml.MAX_BYTES + 1)
    for path in (tmp_path / "missing.yaml", tmp_path, large):
        text, problems = yaml.read(path)
        assert (text.path, text.text) == (str(path), "")
        assert [problem.rule for problem in problems] == ["unreadable-file"]


@given(content=st.binary(max_size=60))
@settings(max_examples=100)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    text, problems = yaml.read(path)
    assert len(problems) <= 1
    if not problems:
        assert text.text.encode() == content.removeprefix(b"\xef\xbb\xbf")
        yaml.parse(text)


# ------------------------------------------------------------------------------------------------------- lines and columns


def test_lines_end_as_editors_end_them() -> None:
    text = Source("deck.yaml", "a\nb\r\nc\rd\u2028e\x85f\n")
    lines = ["a", "b", "c", "d\u2028e\x85f", ""]
    assert [text.line(number) for number in range(1, 6)] == lines
    assert [text.position(text.text.index(letter)) for letter in "abcdf"] == [
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 1),
        (4, 5),
    ]
    assert text.position(len(text.text)) == (5, 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"line one\nline two"', "line one\nline two"),
        (r'"a\tb"', "a\tb"),
        (r'"one\ne.g. two\neq. (3)\nmid\nless"', "one\ne.g. two\neq. (3)\nmid\nless"),
        (r'"a\tan apple\top\to"', "a\tan apple\top\to"),
        (r'"Vitamin C:\nin fruit"', "Vitamin C:\nin fruit"),
        (r'"Group D:\nfirst\nsecond"', "Group D:\nfirst\nsecond"),
        (r'"costs $5\nnu $"', "costs $5\nnu $"),
        (r'"$a \\times b$ and C:\\new"', r"$a \times b$ and C:\new"),
        (r'"\"\u00e9\" \\_"', r'"é" \_'),
    ],
)
def test_escapes_in_double_quotes_mean_what_yaml_says(written: str, meant: str) -> None:
    root, problems = yaml.parse(Source("a.yaml", f"a: {written}"))
    assert problems == []
    assert isinstance(root, yaml.Mapping)
    assert root.entries["a"].value.text == meant  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (r'"$\tan x$"', r"\tan"),
        (r'"$a \ne b$"', r"\ne"),
        (r'"$x \to y$"', r"\to"),
        (r'"\\(\theta\\)"', r"\theta"),
        (r'"see C:\new\test.txt"', r"\n"),
        (r'"D:\temp"', r"\t"),
        (r'"$\bar{x}$"', r"\bar"),
        (r'"$\alpha$"', r"\alpha"),
        (r'"$\Pi$"', r"\Pi"),
    ],
)
def test_latex_and_paths_in_double_quotes_are_found(written: str, place: str) -> None:
    _, problems = yaml.parse(Source("a.yaml", f"a: {written}"))
    (problem,) = problems
    assert problem.span is not None
    assert (problem.rule, problem.span.text) == ("escape-in-quotes", place)
    assert problem.hint == "use single quotes, or write `|` after the key and put the text below"


def test_comments_with_windows_line_ends_before_a_deck(folder: Folder) -> None:
    folder.write("01-deck.yaml", b"# A comment\r\n" * 100 + b"title: Deck\r\nnotes: []\r\n")
    assert [finding.rule for finding in folder.check().diagnostics] == []
