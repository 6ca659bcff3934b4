"""What is written is what is seen: random texts full of signs, which check passes or whose places it names, come back
letter for letter from the cards of the real Anki, and word for word from paper.

`pytest tests/test_written.py --written 5000` for a long run; `--fuzz-seed` for another one.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pdf
import pytest
from conftest import Folder
from people import Learner

import flashcards
from flashcards.diagnostics import Diagnostic

CONSONANTS = "bcdghjklmnpqrtvwxz"  # no words of any language, and none that is hyphenated or has ligatures
BATCH = 300  # notes in one collection


@dataclass
class Written:
    """A text, what of it a reader must see (blanks left out), its words, and whether a part of it must be found."""

    source: str
    seen: str
    words: list[str] = field(default_factory=list)
    is_lossy: bool = False


class Writer:
    """Makes texts of words and signs that no other text has."""

    def __init__(self, seed: str):
        self.chance = random.Random(seed)

    def word(self) -> str:
        return "".join(self.chance.choices(CONSONANTS, k=5))

    def inline(self, *, in_table: bool = False) -> Written:
        """Return a few words among signs. In a form, `@` is a word and `¦` divides what is written from what is seen, if
        they differ."""
        chance = self.chance
        kind = chance.random()
        form = chance.choice(PLAIN if kind < 0.3 else SIGNS if kind < 0.75 else MARKUP)
        if in_table and "|" in form:
            form = "@"
        words: list[str] = []
        source, _, seen = form.partition("¦")
        while "@" in source:
            words.append(self.word())
            source = source.replace("@", words[-1], 1)
            seen = seen.replace("@", words[-1], 1)
        return Written(source, seen or source, words)

    def line(self, least: int = 1, most: int = 6, *, in_table: bool = False) -> Written:
        """Return pieces with blanks between them, the first of them a word."""
        first = self.word()
        parts = [self.inline(in_table=in_table) for _ in range(self.chance.randint(least, most))]
        return joined([Written(first, first, [first]), *parts], " ")

    def text(self) -> Written:
        blocks = []
        for make in self.chance.choices(BLOCKS, k=self.chance.choice([1, 1, 2, 3])):
            blocks += (
                [self.paragraph(), make(self)] if make is Writer.items else [make(self)]
            )  # lists would join
        if self.chance.random() < 0.1:
            source = self.chance.choice(LOSSY).replace("@", self.word())
            blocks += [
                self.paragraph(),
                Written(source, "", is_lossy=True),
            ]  # on its own, not in a list before it
        return joined(blocks, "\n\n")

    def cloze(self) -> Written:
        """Return a text with one to three deletions, each around some of its pieces."""
        parts = [self.line(0, 2)]
        for number in range(1, self.chance.randint(2, 4)):
            hidden = self.line(0, 3)
            while re.search(r"[{}]|::|:$|\\$", hidden.source):  # would end a deletion, or begin its hint
                hidden = self.line(0, 3)
            hint = self.chance.choice(["", "", f"::{self.word()}"])
            hidden.source = f"{{{{c{number}::{hidden.source}{hint}}}}}"
            parts += [hidden, self.line(0, 2)]
        return joined(parts, self.chance.choice([" ", " ", "\n", "\n\n", "\\\n"]))

    # -- blocks

    def paragraph(self) -> Written:
        return joined([self.line() for _ in range(self.chance.choice([1, 1, 1, 2, 3]))], "\n")

    def broken(self) -> Written:
        return joined([self.line() for _ in range(3)], self.chance.choice(["\\\n", "  \n"]))

    def items(self, depth: int = 0) -> Written:
        sign = self.chance.choice("-*+") if self.chance.random() < 0.7 else ""
        items = []
        for number in range(self.chance.randint(1, 4)):
            mark = sign or f"{number + 1}."
            item = self.line()
            if depth < 2 and self.chance.random() < 0.3:
                item = joined([item, self.items(depth + 1)], "\n")
            item.source = f"{mark} " + item.source.replace("\n", "\n" + " " * (len(mark) + 1))
            items.append(item)
        return joined(items, "\n")

    def quotation(self) -> Written:
        inside = joined([self.paragraph(), self.items()], "\n\n")
        inside.source = "> " + inside.source.replace("\n", "\n> ")
        return inside

    def heading(self) -> Written:
        line = self.line()
        line.source = f"{'#' * self.chance.randint(1, 4)} {line.source}"
        return line

    def ruled(self) -> Written:
        return joined([self.paragraph(), Written("---", ""), self.paragraph()], "\n\n")

    def table(self) -> Written:
        columns = self.chance.randint(1, 3)
        rows = [
            [self.line(0, 2, in_table=True) for _ in range(columns)] for _ in range(self.chance.randint(1, 4))
        ]
        lines = [joined(row, " | ") for row in rows]
        for line in lines:
            line.source = f"| {line.source} |"
        return joined([lines[0], Written("|" + "---|" * columns, ""), *lines[1:]], "\n")

    def code(self) -> Written:
        words = [self.word() for _ in range(3)]
        source = "\n".join(self.chance.choice(CODE).replace("@", word) for word in words)
        fence = self.chance.choice(["```", "~~~~", "```python", "```html"])
        return Written(f"{fence}\n{source}\n{re.match('[`~]+', fence)[0]}", source, words)

    def linked(self) -> Written:
        word, name = self.word(), self.word()
        return Written(f"[{word}][{name}]\n\n[{name}]: https://example.org/{name} 'title'", word, [word])


BLOCKS: tuple[Callable[[Writer], Written], ...] = (
    Writer.paragraph, Writer.paragraph, Writer.paragraph, Writer.broken, Writer.items, Writer.items, Writer.quotation,
    Writer.heading, Writer.ruled, Writer.table, Writer.code, Writer.linked,
)  # fmt: skip
PLAIN = (
    "@",
    "@ @",
    "@ @ @",
    "@, @.",
    "é@ ß@",
    "“@” ‘@’",
    "@’s @'s",
    '"@"',
    "'@'",
    "@ – @",
    "@…",
    "(@)",
    "@; @: @!",
    "@?",
)
SIGNS = (
    "@ & @", "@&@", "@ < @", "@ > @", "@<@>@", "@ << @", "<@>", "</@>", "@ <= @", "->@", "<-@", "=>@", "@ = @", "@==@", "--@", "@--@",
    "@_@", "@__@", "@_@_@", "2 * 3", "@ * @", "f(*@)", "f(**@)", "2**10", "@/**/*.@", "@ ** @", "~@", "~5", "@ ~ @", "^@", "@^2",
    "#@", "@#", "@ # @", "C#", "@ + @", "+@", "-@", "@ - @", "C++", "1.", "1.5", "3)", "(1)", "@ | @", "@||@", "$5", "US$5", "$5-$10",
    "$@", "@$@", "${@}", "@ $ @", "100%", "%@%", "@@", "/@/@", "C:\\@\\@", "\\@", "@\\@", "\\@{@}", "\\ @", "{@}", "{{@}}", "{ @", "}} @",
    "::@", "@::@", "[@]", "[@][@]", "[[@]]", "[@] (@)", "(@)[@]", "![@", "!@", "@!", "[@", "@]", "]@[", "[x] @", "[^1]", "@[0]",
    "https://example.org/@?a=@&b=1", "&@;", "& @", "@;", "'@", '"@', "@'", "´@", "¿@?", "№@",
    "\\*@\\*¦*@*", "\\_@\\_¦_@_", "\\#@¦#@", "\\[@\\]¦[@]", "\\(@\\)¦(@)", "@\\\\@¦@\\@", "\\`@\\`¦`@`", "\\<@\\>¦<@>", "\\$5¦$5", "\\~@\\~¦~@~",
    "\\[1\\]¦[1]", "\\!@¦!@", "\\{@\\}¦{@}", "\\|@¦|@", "\\&amp;@¦&amp;@", "&amp;@¦&@", "&lt;@&gt;¦<@>", "&copy;@¦©@", "&#36;@¦$@", "&#123;¦{", "&nbsp;@¦@",
)  # fmt: skip
MARKUP = (
    "**@**¦@", "*@*¦@", "_@_¦@", "__@ @__¦@ @", "***@***¦@", "~~@~~¦@", "**@ & @**¦@ & @", "*@ <@>*¦@ <@>", "@**@**@¦@@@", "@*@*@¦@@@",
    "**@** *@*, **@**.¦@ @, @.", "`@`¦@", "`@ <b>&amp;</b> @`¦@ <b>&amp;</b> @", "`*@* _@_ __@__ ~@~`¦*@* _@_ __@__ ~@~", "`$@$ \\@ \\(@\\)`¦$@$ \\@ \\(@\\)",
    "`{{@}} {{c1::@}}`¦{{@}} {{c1::@}}", "`[@](@) ![@](@)`¦[@](@) ![@](@)", "`` @`@ ``¦@`@", "`#`¦#", "`2*3*4 @`¦2*3*4 @", "`\\\\@\\@`¦\\\\@\\@",
    "[@](https://example.org/?a=1&b=2)¦@", "[**@**](<https://example.org> 'title')¦@", "<https://example.org/@>¦https://example.org/@",
    "$x$¦\\(x\\)", "$\\frac{a}{b} < 1$¦\\(\\frac{a}{b}<1\\)", "\\(y\\)¦\\(y\\)", "$n$th¦\\(n\\)th", "($x$)¦(\\(x\\))", "**$x$**¦\\(x\\)", "$0.5$¦\\(0.5\\)",
)  # fmt: skip
CODE = (
    "@ = 1", "if a < b and c > d: @()", "**@** __init__ *@*", "# @", "> @", "- @", "1. @", "[@](@) [@]: @", "$@$ \\@ &amp; & @", "<b>@</b><br>", "{{c1::@}} {{@}}",
    "'@' \"@\"", "@ | @", "2*3*4 @", "[sound:@.mp3] [[type:@]]", "@ // @ /* @ */",
)  # fmt: skip
# Something in these is not seen as it is written: check must find it
LOSSY = (
    "#", ">", "1.", "---\n\n[@]: @", "[@]: @", "a|b\n-|-\n1|2|@", "2*3*4", "__init__ of @", "> 90 %", "@\n=\n@", "1914. @\n1918. @", "\\\\@\\share",
    "~@ @~", "a<br>@", "<b>@</b>", "[sound:@.mp3]", "![[@.png]]", "![@](my @.png)", "see {{c1::@}}", "[[type:@]]", "**@:**b", "2$x$", "[](https://example.org)",
)  # fmt: skip


def joined(parts: list[Written], between: str) -> Written:
    return Written(
        between.join(part.source for part in parts),
        "".join(part.seen for part in parts),
        [word for part in parts for word in part.words],
        any(part.is_lossy for part in parts),
    )


def as_yaml(text: str, chance: random.Random) -> str:
    """Return a value in one of the ways in which YAML writes it."""
    if "\n" not in text and re.fullmatch(r"[A-Za-z]\w+(?: \w+)*", text):
        return text
    way = chance.choice(["|", '"', "'"])
    if way == "|":
        return "|-\n      " + text.replace("\n", "\n      ")
    if way == "'" and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=False)


@dataclass
class Note:
    """A basic note, or a cloze note if it has no back."""

    id: str
    front: Written
    back: Written | None

    @property
    def texts(self) -> list[Written]:
        return [self.front] if self.back is None else [self.front, self.back]

    @property
    def is_lossy(self) -> bool:
        return any(text.is_lossy for text in self.texts)

    @property
    def words(self) -> list[str]:
        return [word for text in self.texts for word in text.words]

    def yaml(self, chance: random.Random) -> str:
        keys = ["cloze"] if self.back is None else ["front", "back"]
        values = [as_yaml(text.source, chance) for text in self.texts]
        lines = [f"  {key}: {value}\n" for key, value in zip(keys, values, strict=True)]
        return f"- id: {self.id}\n{''.join(lines)}"


class Seen(HTMLParser):
    """The letters of an HTML text."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data


def without_blanks(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


def section(html: str, name: str) -> str:
    found = re.search(rf'<section class="{name}"[^>]*>(.*?)</section>', html, re.DOTALL)
    assert found is not None, html
    return without_blanks(Seen(found[1]).text)


def differences(seen: list[str], expected: list[str]) -> list[str]:
    """Return where texts begin to differ."""
    found = []
    for a, b in zip(seen, expected, strict=True):
        at = next(
            (i for i, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b))
        )
        if a != b:
            found.append(f"{a[max(at - 10, 0) : at + 20]!r} for {b[max(at - 10, 0) : at + 20]!r}")
    return found


@pytest.mark.slow
def test_random_texts_are_seen_as_written(
    folder: Folder, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    seed, count = pytestconfig.getoption("fuzz_seed"), pytestconfig.getoption("written")
    clean = 0
    for first in range(0, count, BATCH):
        notes = []
        for number in range(first, min(first + BATCH, count)):
            writer = Writer(f"{seed} {number}")
            is_cloze = writer.chance.random() < 0.25
            front, back = (writer.cloze(), None) if is_cloze else (writer.line(), writer.text())
            notes.append(Note(f"N{number}", front, back))
        clean += read_back(notes, folder, tmp_path / str(first))
    with capsys.disabled():
        print(f" [seed {seed}: {count:,} notes, {clean:,} without a finding] ", end="")
    assert clean > count / 2


def read_back(notes: list[Note], folder: Folder, out: Path) -> int:
    """Check, build, import and print notes, and compare what is seen; return how many had nothing to find."""
    chance = random.Random(notes[0].id)
    texts = {note.id: note.yaml(chance) for note in notes}
    folder.deck("".join(texts.values()))
    loaded = folder.check()
    found: dict[str | None, list[Diagnostic]] = {}
    for finding in loaded.diagnostics:
        if finding.rule != "joined-lines":  # nothing but a line's end is otherwise
            found.setdefault(finding.note, []).append(finding)
    assert None not in found
    unbuilt = {finding.note for finding in loaded.errors}
    whole = [note for note in notes if note.id not in unbuilt]
    folder.deck("".join(texts[note.id] for note in whole))
    built = flashcards.build(folder.check(), out, now=1_800_000_000, to=["apkg", "cards"])
    assert built.failures == []
    learner = Learner(out)
    learner.imports(out / "test-collection.apkg")
    paper = without_blanks(pdf.read(out / "cards.pdf").text.replace("\ufffe", ""))  # where words are divided
    wrong = []
    for note in whole:
        html = learner.answer(note.id)
        seen = [section(html, name) for name in ("question", "answer")[: len(note.texts)]]
        expected = [without_blanks(text.seen) for text in note.texts]
        if note.id not in found:
            wrong += differences(seen, expected) or ["nothing is found"] * note.is_lossy
            wrong += [f"{word} is not on paper" for word in note.words if word not in paper]
        elif (
            not note.is_lossy and seen == expected
        ):  # else signs of one piece went together with those of another
            wrong += [f"{finding.rule}: {finding.message}" for finding in found[note.id]]
        assert wrong == [], texts[note.id]
    learner.close()
    return len(notes) - len(found)
