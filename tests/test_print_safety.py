"""Text of a deck never becomes Typst code: attacks in every field of every kind, and random notes, compile
and leak nothing.

`pytest tests/test_print_safety.py --print-notes 5000` for a long run.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import jinja2
import pdf
import pytest
from conftest import Folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flashcards
from flashcards import Choice, Citation, Loaded, Note, Reference, Table, Written
from flashcards.collection.model import Value
from flashcards.collection.notetypes import Field, NoteType
from flashcards.exporters.job import Job, PrintOptions
from flashcards.exporters.print import cards, cheat_sheets
from flashcards.exporters.print.press import Press
from flashcards.exporters.print.templates import documents
from flashcards.exporters.print.typesetting import Typesetter
from flashcards.ledger.times import Times
from flashcards.resources import bundled

SECRET = "What is in the file"
PLANTED = "secret.txt"  # beside the root of Typst and in it
CALLS = re.compile(r"\b(?:read|eval|panic|plugin|include|json|csv|yaml|toml|xml|cbor)\b|@preview|\bsys\b")

# Whatever Typst or LaTeX would act on. Names that stand outside quotation marks begin with `zq`, so that they
# are found wherever they end up as code.
ATTACKS = (
    '#read("/secret.txt")', '#read("../secret.txt")', '#eval("read(\\"/secret.txt\\")")', '#include "/secret.typ"',
    "#panic()", '#import "/secret.typ": *', '#import "@preview/zq:0.1.0": *', '"@preview/zq:0.1.0"', "#zq", "#{zq}", "#(zq)",
    "#let zq = 1", '"', '\\"', "\\", "\\\\", '" + read("/secret.txt") + "', '") #read("/secret.txt") #("',
    '\\")#read("/secret.txt")', '"#zq', "]", "[", "]#zq[", ")", "(", ")#zq(", "}", "{", "}#zq{", "];zq;[", "]]", "#]", "\\]",
    "//zq", "/*zq", "*/", "/* zq */", "//", "`", "``", "```", '`#read("/secret.txt")`', '```typ\n#read("/secret.txt")\n```',
    '```zq"]#read("/secret.txt")\nx\n```', "$", "$$", '$#read("/secret.txt")$', r'$\text{#read("/secret.txt")}$',
    r'$$\text{"#zq"}$$', r'\(\text{#eval("zq")}\)', "$#zq$", r"$\operatorname{zq}$", r"$\mathrm{zq}$", r"$\text{\"}$",
    r"$\unknown{zq}$", r"$a \# b \$ c$", "$x_{]}$", "$\"zq\"$", "$//zq$", "@zq", "<zq>", "@label", "~", "\u200b", "= zq",
    "== zq", "+ zq", "/ zq: b", "_zq_", "---", "#set page(width: 1pt)", '[a](https://example.org/"#zq)',
    '[#zq](https://example.org/)', '![#zq](x.png)', '![a](#read("/secret.txt"))', "<https://zq>",
    "| #zq | b |\n| --- | --- |\n| ] | [ |", "- #zq\n- ]", "> #zq", "# #zq", "{{c1::#zq}}", '{{c2::a"]::#zq"]}}',
    "`{{c3::#zq}}`", "${{c4::#zq}}$", "<<", ">>", "<% zq %>", "<# zq #>", "{{zq}}", "{% zq %}", "\n", "\n\n", "\r", "\t",
    "\0", "\x1b", "\u2028", "\u202e", "\ue000", "\ufeff", "\\u{0}", "\\n", "none", "auto", ", zq: 1", "), (", "zq",
)  # fmt: skip


@dataclass
class Spied:
    """What Typst was given, and all text of the PDFs that came out."""

    sources: list[str] = field(default_factory=list)

    def assert_harmless(self, out: Path) -> None:
        assert self.sources
        for source in self.sources:
            code = re.sub(r"\\[^\n]", "", re.sub(r'"(?:[^"\\]|\\.)*"', "", source))
            assert "zq" not in code
            assert CALLS.search(code) is None
            assert [code.count(bracket) for bracket in "[({"] == [code.count(bracket) for bracket in "])}"]
        for path in out.rglob("*.pdf"):
            assert SECRET not in pdf.read(path).text


@pytest.fixture
def spied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spied:
    """Plants secrets beside Typst's root and in it, and looks over Typst's shoulder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = Spied()
    original = Typesetter._load

    def load(self: Typesetter, source: str) -> None:
        for folder in (self.root, self.root.parent):
            (folder / PLANTED).write_text(SECRET)
            (folder / "secret.typ").write_text(f"{SECRET}\n#let zq = [{SECRET}]")
        found.sources += [source, *(kept.read_text() for kept in self.root.glob("notes.typ"))]
        original(self, source)

    monkeypatch.setattr(Typesetter, "_load", load)
    return found


@pytest.fixture
def base(folder: Folder) -> Loaded:
    folder.deck("- {id: A, front: a, back: b}")
    return folder.check()


def note(base: Loaded, note_type: NoteType, number: int, *texts: str) -> Note:
    """Return a note of this type with all its fields filled, with these texts in turn."""
    ((_, plain),) = base.raise_for_errors().notes()
    fields = {
        f.key: value(f, texts[f.id % len(texts)])
        for f in note_type.all_fields
        if f.key not in ("id", "sources")
    }
    return replace(plain, id=f"{note_type.kind}-{number}", type=note_type, fields=fields)


def value(own: Field, text: str) -> Value:
    if own.kind == "list":
        return text, "b", text
    if own.kind == "choices":
        return Choice(text, right=True), Choice(f"{text} "), Choice("b")
    return Table((text, "b"), ((text, text), ("c", text))) if own.kind == "table" else text


def print_all(
    base: Loaded, notes: list[Note], title: str = "Deck", out: str = "out"
) -> Iterator[Written | flashcards.Diagnostic]:
    """Print cheat sheets and cards of these notes, with `title` in all texts that are no note's."""
    collection = base.raise_for_errors()
    deck = replace(collection.decks[0], title=title, description=title, notes=tuple(notes))
    collection = replace(
        collection, title=f"Test {title}", description=title, decks=(deck,), created=date(2026, 1, 1)
    )
    time = 1_800_000_000
    times = Times({n.id: time for n in notes}, {n.type.kind: time for n in notes})
    job = Job(collection, ((deck, deck.notes),), times, {}, Path(out), PrintOptions())
    yield from cheat_sheets.export(job)
    yield from cards.export(job)


# --------------------------------------------------------------------------------------------------------------- attacks


def kinds() -> list[str]:
    return sorted(path.parent.name for path in bundled("templates").glob("notetypes/*/notetype.yaml"))


@pytest.mark.parametrize("kind", kinds())
def test_attacks_in_every_field_stay_text(base: Loaded, spied: Spied, kind: str) -> None:
    note_type = base.raise_for_errors().note_types[kind]
    texts = [*ATTACKS, *(f"a {attack} b" for attack in ATTACKS)]
    notes = [note(base, note_type, i, text) for i, text in enumerate(texts)]
    assert len([item for item in print_all(base, notes) if isinstance(item, Written)]) == 3
    spied.assert_harmless(Path("out"))


def test_attacks_beside_the_notes_stay_text(base: Loaded, spied: Spied) -> None:
    """In groups, tags and sources, and all at once in titles and descriptions, which are strings of Typst too."""
    note_type = base.raise_for_errors().note_types["basic"]
    notes = []
    for i, attack in enumerate(ATTACKS):
        reference = Reference(f"k{i}", attack, attack or "k", url=f"https://example.org/{attack}")
        plain = note(base, note_type, i, "a")
        notes.append(
            replace(
                plain, tags=(attack,), citations=(Citation(reference, attack),), labels={"group": (attack,)}
            )
        )
    printed = list(print_all(base, notes, " ".join(ATTACKS)))
    assert len([item for item in printed if isinstance(item, Written)]) == 3
    spied.assert_harmless(Path("out"))


PIECES = (
    " ", "a", "word ", "1. ", "- ", "  ", "*", "**", "_", "~~", "# ", "> ", "![", "](", ")", "<b>", "&amp;", "|", "|---|",
    "```python\n", "\n```\n", "$x$", "$$x$$", "$\\frac{1}{2}$", "\\(", "\\)", "\\[x\\]", "{{c1::", "}}", "::", "é", "“", "α",
)  # fmt: skip
ANY = st.text(
    st.characters(max_codepoint=127), max_size=8
)  # letters that no font has cost Typst a second run
TEXTS = st.lists(st.sampled_from(ATTACKS + PIECES) | ANY, max_size=6).map("".join)
BATCH = 100


@pytest.mark.slow
def test_random_notes_stay_text(request: pytest.FixtureRequest, base: Loaded, spied: Spied) -> None:
    note_types = base.raise_for_errors().note_types

    @settings(
        max_examples=max(1, request.config.getoption("--print-notes") // BATCH), derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        st.lists(
            st.tuples(st.sampled_from(kinds()), st.tuples(TEXTS, TEXTS, TEXTS)),
            min_size=BATCH,
            max_size=BATCH,
        )
    )
    def prints(batch: list[tuple[str, tuple[str, str, str]]]) -> None:
        spied.sources.clear()
        notes = [note(base, note_types[kind], i, *texts) for i, (kind, texts) in enumerate(batch)]
        assert len([item for item in print_all(base, notes) if isinstance(item, Written)]) == 3
        spied.assert_harmless(Path("out"))

    prints()


# ------------------------------------------------------------------------------------------------------------- templates


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("templates/print/cards.typ", "decks/templates/print/cards.typ:2"),
        ("templates/notetypes/basic/print.typ", "decks/templates/notetypes/basic/print.typ:2"),
    ],
)
def test_a_template_that_imports_a_package_is_refused(folder: Folder, file: str, place: str) -> None:
    folder.deck("- {id: A, front: a, back: b}")
    folder.write(file, '// mine\n#import "@preview/cetz:0.3.1": canvas\n')
    message = "a template imports a package, which would reach the network"
    assert [(d.rule, d.place, d.message) for d in folder.check().errors] == [
        ("unsafe-template", f"{place}:1", message)
    ]
    built = flashcards.build(flashcards.load(folder.path), Path("out"), now=1, to=["cards"])
    ((name, problem),) = built.failures
    assert (name, str(problem)) == ("cards", f"{folder.path.parent}/{place}: {message}")


def test_the_same_words_in_a_deck_are_harmless(folder: Folder) -> None:
    folder.deck("""- {id: A, front: '#import "@preview/cetz:0.3.1"', back: '"@preview/cetz:0.3.1"'}""")
    built = flashcards.build(folder.check(), Path("out"), now=1, to=["cheat-sheets", "cards"])
    assert (built.failures, built.diagnostics) == ([], [])
    assert "@preview/cetz:0.3.1" in re.sub(r"\s|\u200b", "", pdf.read(Path("out/cards.pdf")).text)


def print_templates() -> list[Path]:
    return sorted(bundled("templates").glob("print/*.typ"))


@pytest.mark.parametrize("template", print_templates(), ids=lambda path: path.name)
def test_jinja_stays_at_the_outermost_level(template: Path) -> None:
    """What a macro, a block or `self.*` returns is text, and would be quoted where Typst was meant, or the
    other way round."""
    tree = documents([])._environment.parse(template.read_text(encoding="utf-8"))
    nodes = jinja2.nodes
    forbidden = (
        nodes.Macro,
        nodes.CallBlock,
        nodes.AssignBlock,
        nodes.FilterBlock,
        nodes.Block,
        nodes.Extends,
        nodes.Concat,
    )
    assert [type(found).__name__ for found in tree.find_all(forbidden)] == []
    assert "self" not in {name.name for name in tree.find_all(nodes.Name)}


# --------------------------------------------------------------------------------------------------------------- pictures


def test_a_picture_is_copied_and_never_linked(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside.svg"
    outside.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="9" height="9"/></svg>'
    )
    folder.write("media/inside.svg", outside.read_bytes())
    (folder.path / "media/link.svg").symlink_to(folder.path / "media/inside.svg")
    folder.deck("- {id: A, front: '![a](inside.svg)', back: '![b](link.svg)'}")
    collection = folder.check().raise_for_errors()
    selection = tuple((deck, deck.notes) for deck in collection.decks)
    with Press(Job(collection, selection, Times({}, {}), {}, Path("out"))) as press:
        names = press.pictures(note for _, note in collection.notes())
        assert set(names) == {"inside.svg", "link.svg"}
        files = [path for path in press.typesetter.root.rglob("*") if path.is_file()]
        assert not any(path.is_symlink() for path in files)
        assert {path.name for path in files} >= set(names.values())


def test_a_picture_from_outside_the_collection_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / PLANTED).write_text(SECRET)
    folder.write("media/.keep", "")
    (folder.path / "media/link.svg").symlink_to(tmp_path / PLANTED)
    folder.deck("- {id: A, front: '![a](link.svg)', back: b}")
    assert [finding.rule for finding in folder.check().errors] == ["media-outside"]


def test_a_picture_that_is_none_is_named(folder: Folder) -> None:
    folder.write("media/note.svg", "no picture")
    folder.deck("- {id: A, front: '![a](note.svg)', back: b}")
    built = flashcards.build(folder.check(), Path("out"), now=1, to=["cards"])
    assert built.failures == []
    assert [finding.message for finding in built.diagnostics] == [
        "`note.svg` is no SVG file",
        "`note.svg` is left out of cards.pdf: failed to parse SVG (unknown token at 1:1)",
    ]
