"""What Typst made is remembered: set again is only what changed, and what is remembered is never wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, Folder
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import flashcards
from flashcards import reporting
from flashcards.actions import survey
from flashcards.actions.building import build
from flashcards.actions.checking import check_with
from flashcards.cache import Cache
from flashcards.cli import main
from flashcards.exporters.job import PrintOptions
from flashcards.exporters.print.typesetting import Typesetter
from flashcards.resources import bundled

RED, BLUE = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="{colour}"/></svg>'
    for colour in ("red", "blue")
)
HANDOUT = """\
<# A handout #>
#import "/notetypes/_layout/markup.typ" as md
<% for type in types %>
#import << type.file >> as << type.name >>
<% endfor %>
#set document(title: << title >>, date: << date >>)
#set text(lang: << language >>)
<% set one = note("A1") %>
#<< one.type >>.entry(<< one.data >>)
"""


def write_decks(folder: Folder, last: str = "four") -> None:
    folder.write(
        "01-a.yaml",
        "title: A\nnotes: [{id: A1, front: alpha, back: one}, {id: A2, front: beta, back: two}]\n",
    )
    folder.write("02-b.yaml", "title: B\nnotes: [{id: B1, front: gamma, back: '![a square](square.svg)'}]\n")
    folder.write("03-c.yaml", f"title: C\nnotes: [{{id: C1, front: delta, back: {last}}}]\n")


@pytest.fixture
def decks(folder: Folder) -> Folder:
    write_decks(folder)
    folder.write("media/square.svg", RED)
    folder.write("templates/print/handout.typ", HANDOUT)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def was_set(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """`was_set()` names what Typst has made since it was last asked."""
    names: list[str] = []
    original = Typesetter._set

    def note_and_set(self: Typesetter, name: str, time: int, accessible: bool) -> object:
        names.append(name)
        return original(self, name, time, accessible)

    monkeypatch.setattr(Typesetter, "_set", note_and_set)

    def since() -> list[str]:
        found = names.copy()
        names.clear()
        return found

    return since


def outputs(
    folder: Folder, cache: Cache, now: int = 1_800_000_000, paper: str = "a4", *, to: tuple[str, ...] = ()
) -> tuple[dict[str, bytes], str]:
    """Print sheets, cards and a document as the command does; return them by name, and what was found."""
    (folder.path / ".flashcards/drafts.json").unlink(missing_ok=True)
    built = build(
        check_with(cache, "decks", for_package=True, for_print=True) if cache.folder else folder.check(),
        Path("out"),
        now=now,
        to=to or ("cheat-sheets", "cards", "handout"),
        printing=PrintOptions(paper),  # type: ignore[arg-type]
        cache=cache,
    )
    failures = "".join(f"{name}: {problem}\n" for name, problem in built.failures)
    files = {str(written.path): written.path.read_bytes() for written in built.written}
    return files, failures + reporting.full(built.diagnostics)


# ---------------------------------------------------------------------------------------------------------- what is set again


def test_nothing_is_set_twice(decks: Folder, cache: Cache, was_set: Callable[[], list[str]]) -> None:
    first = outputs(decks, cache)
    assert first[1] == ""
    sheets = ["01-a.pdf", "02-b.pdf", "03-c.pdf"]
    assert sorted(was_set()) == sorted(
        [*sheets, *sheets, "cheat-sheets.pdf", "cards.pdf", "handout.pdf"]
    )  # text, frame
    assert outputs(decks, cache) == first
    assert was_set() == []


def test_one_edited_note_sets_its_deck_again_and_frames_what_has_its_date(
    decks: Folder, cache: Cache, was_set: Callable[[], list[str]]
) -> None:
    options: dict[str, Any] = {"to": ["cheat-sheets"], "cache": cache}
    build(decks.check(), Path("out"), now=1_800_000_000, **options)
    before = {path.name: path.read_bytes() for path in Path("out").rglob("*.pdf")}
    was_set()
    write_decks(decks, last="five")
    build(decks.check(), Path("out"), now=1_800_600_000, **options)
    assert sorted(was_set()) == ["03-c.pdf", "03-c.pdf", "cheat-sheets.pdf"]  # a text and two frames
    after = {path.name: path.read_bytes() for path in Path("out").rglob("*.pdf")}
    assert {name for name in before if before[name] != after[name]} == {"03-c.pdf", "cheat-sheets.pdf"}


def test_of_decks_that_did_not_change_no_text_is_read(
    decks: Folder, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = outputs(decks, cache, to=("cheat-sheets",))
    read: list[str] = []
    original = survey.DeckFiles.read

    def counted(self: survey.DeckFiles, path: Path, *arguments: Any) -> Any:
        read.append(path.name)
        return original(self, path, *arguments)

    monkeypatch.setattr(survey.DeckFiles, "read", counted)
    write_decks(decks, last="five")
    again, _ = outputs(decks, cache, to=("cheat-sheets",))
    assert read == ["03-c.yaml"]
    assert {name for name in first if first[name] != again[name]} == {
        "out/cheat-sheets.pdf",
        "out/cheat-sheets/03-c.pdf",
    }
    write_decks(decks)
    assert outputs(decks, cache, to=("cheat-sheets",)) == (first, "") and read == ["03-c.yaml"]


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda decks: decks.write("media/square.svg", BLUE), ["02-b.pdf"]),
        (lambda decks: decks.write("media/other.svg", BLUE), []),
        (
            lambda decks: decks.write(
                "templates/notetypes/basic/print.typ",
                (bundled("templates") / "notetypes/basic/print.typ").read_text() + "\n// mine\n",
            ),
            ["01-a.pdf", "01-a.pdf", "02-b.pdf", "02-b.pdf", "03-c.pdf", "03-c.pdf", "cheat-sheets.pdf"],
        ),
    ],
    ids=["a picture", "a picture of no note", "a template"],
)
def test_a_change_beside_the_decks_sets_again_what_depends_on_it(
    decks: Folder,
    cache: Cache,
    was_set: Callable[[], list[str]],
    change: Callable[[Folder], object],
    again: list[str],
) -> None:
    outputs(decks, cache, to=("cheat-sheets",))
    was_set()
    change(decks)
    outputs(decks, cache, to=("cheat-sheets",))
    assert sorted(was_set()) == again


# ---------------------------------------------------------------------------------------------------------- never wrong

EDITS: dict[str, Callable[[Folder, str], object]] = {
    "note": lambda decks, word: decks.deck(f"- {{id: C1, front: {word}, back: '{word} *b*'}}", "03-c.yaml"),
    "letters without a font": lambda decks, word: decks.deck(f"- {{id: C1, front: {word} 😀, back: b}}", "03-c.yaml"),
    "title": lambda decks, word: decks.write(
        "01-a.yaml", f"title: {word}\nnotes: [{{id: A1, front: alpha, back: {word}}}]\n"
    ),
    "picture": lambda decks, word: decks.write("media/square.svg", RED.replace("red", "#" + word[:1] * 6)),
    "template of a note type": lambda decks, word: decks.write(
        "templates/notetypes/basic/print.typ",
        f'#import "../_layout/common.typ": *\n#let entry(note) = [{word}: #note.front]\n#let front = entry\n#let back = entry\n',
    ),
    "shared template": lambda decks, word: decks.write(
        "templates/notetypes/_layout/fitting.typ",
        (bundled("templates") / "notetypes/_layout/fitting.typ").read_text() + f"\n// {word}\n",
    ),
    "template of a frame": lambda decks, word: decks.write(
        "templates/print/cheat-sheets-frame.typ",
        (bundled("templates") / "print/cheat-sheets-frame.typ").read_text().replace("sources on page", word),
    ),
    "template of a document": lambda decks, word: decks.write("templates/print/handout.typ", HANDOUT + word),
    "template of before": lambda decks, word: decks.write(
        "templates/print/cheatsheet.typ",
        f"<# w #>\n#set document(title: << title >>)\n#set text(lang: << language >>)\n{word} <% for d in decks %>#<< d.title >> <% endfor %>",
    ),
    "language": lambda decks, word: decks.write(
        "collection.yaml", COLLECTION.replace("Test Collection", word) + f"language: {'de' if word < 'c' else 'en'}\n"
    ),
}  # fmt: skip
WORDS = st.sampled_from(["aa", "bb", "cc", "dd"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(EDITS)),
        WORDS,
        st.sampled_from([1_800_000_000, 1_800_000_001, 1_800_100_000]),
        st.sampled_from(["a4", "us-letter"]),
    ),
    min_size=3,
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=10, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
@given(steps=STEPS)
@example(  # of the decks that stay as they are, only the time and the paper change
    steps=[
        ("note", "aa", 1_800_000_000, "a4"),
        ("note", "bb", 1_800_100_000, "a4"),
        ("note", "cc", 1_800_100_000, "us-letter"),
    ]
)
def test_with_a_cache_all_that_is_printed_is_the_same_as_without(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int, str]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("print")
        patch.chdir(place)
        folder = Folder(place / "decks")
        write_decks(folder)
        folder.write("media/square.svg", RED)
        folder.write("templates/print/handout.typ", HANDOUT)
        cache = Cache(place / "cache")
        for name, word, now, paper in steps:
            EDITS[name](folder, word)
            assert outputs(folder, cache, now, paper) == outputs(folder, Cache(None), now, paper)


def test_findings_come_back_each_at_its_place_of_now(decks: Folder, cache: Cache) -> None:
    decks.deck("- {id: A1, front: a smile 😀, back: one}", "01-a.yaml")
    _, first = outputs(decks, cache)
    assert first.count("no font of the printed sheets has `😀`") == 4  # two sheets, cards, the handout
    assert first.count("decks/01-a.yaml:3:29") == 4
    decks.write("01-a.yaml", "# a line more\n" + (decks.path / "01-a.yaml").read_text())
    _, again = outputs(decks, cache)
    assert again == first.replace("01-a.yaml:3:", "01-a.yaml:4:").replace("\n3 |", "\n4 |")


def test_an_output_that_fails_fails_again(decks: Folder, cache: Cache) -> None:
    decks.write("templates/print/cheat-sheets.typ", "<# mine #>\n#no-such-function()")
    assert outputs(decks, cache, to=("cheat-sheets",)) == outputs(decks, cache, to=("cheat-sheets",))
    assert "unknown variable: no-such-function" in outputs(decks, cache, to=("cheat-sheets",))[1]


# ---------------------------------------------------------------------------------------------------------- the folder


def test_a_damaged_or_deleted_cache_loses_nothing(decks: Folder, cache: Cache, tmp_path: Path) -> None:
    first = outputs(decks, Cache(None))
    assert outputs(decks, cache) == first
    pieces = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(pieces) > 8
    for damage in (lambda data: b"", lambda data: data[:-1], lambda data: data[:200] + b"x" + data[201:]):
        for path in pieces:
            path.write_bytes(damage(path.read_bytes()))
        assert outputs(decks, cache) == first
    for path in pieces:
        path.unlink()
    assert outputs(decks, cache) == first


def test_a_cache_that_cannot_be_written_is_no_error(decks: Folder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert outputs(decks, Cache(tmp_path / "file")) == outputs(decks, Cache(None))


def test_the_commands_remember_and_the_collection_holds_nothing_of_it(
    decks: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was_set: Callable[[], list[str]]
) -> None:
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    for arguments in (["build", "--to", "cheat-sheets", "--to", "cards"], ["print", "handout"]):
        assert CliRunner().invoke(main, [*arguments, "--out", "one"]).exit_code == 0
        assert was_set()
        assert CliRunner().invoke(main, [*arguments, "--out", "two"]).exit_code == 0
        assert was_set() == []
    assert contents(Path("one")) == contents(Path("two"))
    assert not [path for path, data in contents(decks.path).items() if data.startswith(b"%PDF")]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_library_call_leaves_no_cache(
    decks: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLASHCARDS_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    flashcards.build(decks.check(), tmp_path / "out", now=1, to=["cheat-sheets"])
    assert not (tmp_path / "home").exists()
