"""`import flashcards`: its names, and building collections that were read from files."""

from __future__ import annotations

import ast
import inspect
import io
import pydoc
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from conftest import Folder

import flashcards
from flashcards import InvalidCollection, Loaded

NOTES = """\
- {id: A1, front: What is recall?, back: TP / (TP + FN), tags: [core]}
- {id: A2, front: What is precision?, back: TP / (TP + FP)}
"""


# ----------------------------------------------------------------------------------------------------- names


def test_all_is_what_type_checkers_see_and_what_is_there() -> None:
    tree = ast.parse(Path(flashcards.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: str(node.module) for node in imports for alias in node.names}
    assert sorted(seen) == flashcards.__all__
    lazy = {
        name: f"flashcards.{module}"
        for module, names in vars(flashcards)["_MODULES"].items()
        for name in names
    }
    assert lazy == seen
    for name in flashcards.__all__:
        assert getattr(flashcards, name).__name__ == name


def test_completion_and_help_show_the_public_names() -> None:
    assert dir(flashcards) == sorted([*flashcards.__all__, "__version__"])
    shown = pydoc.plain(pydoc.render_doc(flashcards))
    for name in flashcards.__all__:
        assert f"    {name}(" in shown or f"    class {name}(" in shown


def test_every_public_name_says_what_it_is() -> None:
    for name in flashcards.__all__:
        public = getattr(flashcards, name)
        said = inspect.cleandoc(public.__doc__ or "")
        assert not said.startswith(f"{name}("), f"{name} has no docstring but its signature"
        assert said[:1].isupper(), name
        assert "." in said, name


def test_the_version_is_that_of_the_distribution() -> None:
    assert flashcards.__version__ == version("mlsd-flashcards")
    code = "import flashcards, sys; print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'biuld'"):
        flashcards.biuld  # type: ignore[attr-defined]  # noqa: B018


# --------------------------------------------------------------------------------------------- load and check


@pytest.mark.parametrize("read", [flashcards.load, flashcards.check])
def test_reading_what_is_not_there_says_so(read: Callable[..., Loaded], folder: Folder) -> None:
    loaded = read("nowhere")
    assert list(map(str, loaded.diagnostics)) == ["no-such-path: `nowhere` does not exist"]
    with pytest.raises(InvalidCollection, match="`nowhere` does not exist"):
        _ = loaded.collection
    with pytest.raises(InvalidCollection, match="`nowhere` does not exist"):
        loaded.raise_for_errors()
    with pytest.raises(InvalidCollection, match="`nowhere` does not exist"):
        flashcards.build(loaded, "out")


def test_a_collection_with_errors_holds_what_could_be_read(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q}\n- {id: A2, front: q, back: a}")
    loaded = flashcards.check("decks")
    assert [note.id for _, note in loaded.collection.notes()] == ["A1", "A2"]
    with pytest.raises(InvalidCollection, match=r"decks/01-deck.yaml:3: `back` is missing \(and 1 more\)"):
        loaded.raise_for_errors()


def test_check_takes_paths_or_one_collection(folder: Folder) -> None:
    folder.deck(NOTES)
    collection = flashcards.check("decks").collection
    assert flashcards.check(collection).diagnostics == ()
    with pytest.raises(TypeError, match="paths or one collection"):
        flashcards.check(collection, "decks")  # type: ignore[call-overload]


# ------------------------------------------------------------------------------------------------------ build


def rows(package: bytes, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a package."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(archive.read("collection.anki2"))
    found = connection.execute(query).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("kind", [str, Path])
def test_paths_are_texts_or_paths(kind: type[str | Path], folder: Folder) -> None:
    folder.deck(NOTES)
    for what in (flashcards.check(kind("decks")), flashcards.load(kind("decks/01-deck.yaml")), kind("decks")):
        built = flashcards.build(what, kind("out"), to=["apkg"], now=1_800_000_000)
        assert [(each.path, each.contents) for each in built.written] == [
            (Path("out/test-collection.apkg"), "2 notes, 2 cards, 0 media files")
        ]
    assert "basic" in flashcards.note_types(kind("decks"))


def test_without_now_the_clock_is_read(folder: Folder) -> None:
    folder.deck(NOTES)
    before = int(time.time())
    package = flashcards.package_bytes("decks")
    times = {time for (time,) in rows(package, "select mod from notes")}
    assert len(times) == 1
    assert before <= times.pop() <= time.time()


def test_package_bytes_are_those_of_build(folder: Folder) -> None:
    folder.deck(NOTES)
    loaded = flashcards.check("decks")
    (written,) = flashcards.build(loaded, "out", to="apkg", now=1_800_000_000).written
    assert flashcards.package_bytes(loaded, now=1_900_000_000) == written.path.read_bytes()


def test_package_bytes_remembers_drafts_as_build_does(folder: Folder) -> None:
    folder.deck(NOTES)
    flashcards.package_bytes("decks", now=1_800_000_000)
    folder.deck(NOTES.replace("FP)", "FP) as a share"))
    package = flashcards.package_bytes("decks", now=1_900_000_000)
    assert rows(package, "select mod from notes order by id") == [(1_800_000_000,), (1_900_000_000,)]


def test_package_bytes_raises_what_keeps_the_package_from_being_built(folder: Folder) -> None:
    folder.deck(NOTES)
    folder.write("templates/notetypes/_layout/front.html", "{{#Front}}")
    with pytest.raises(flashcards.FlashcardsError, match="is not closed"):
        flashcards.package_bytes("decks")


def test_notes_are_chosen_by_a_function(folder: Folder) -> None:
    folder.deck(NOTES)
    asked = []

    def choose(note: flashcards.Note) -> bool:
        asked.append(note.id)
        return note.has_tag("core")

    flashcards.build("decks", "out", to=["apkg", "cheat-sheets", "cards"], choose=choose, now=1_800_000_000)
    assert asked == ["A1", "A2"]
    package = Path("out/test-collection.apkg").read_bytes()
    assert rows(package, "select sfld from notes") == [("What is recall?",)]
    assert flashcards.package_bytes("decks", choose=choose) == package


def test_a_choice_leaves_positions_and_times_as_they_are(folder: Folder) -> None:
    folder.deck(NOTES)
    flashcards.package_bytes("decks", now=1_800_000_000)
    package = flashcards.package_bytes("decks", choose=lambda note: note.id == "A2", now=1_900_000_000)
    assert rows(package, "select n.mod, c.due from notes n join cards c on c.nid = n.id") == [
        (1_800_000_000, 2)
    ]


def test_choosing_nothing_is_an_error_and_leaves_the_last_package(folder: Folder) -> None:
    folder.deck(NOTES)
    flashcards.build("decks", "out", to="apkg", now=1_800_000_000)
    before = Path("out/test-collection.apkg").read_bytes()
    with pytest.raises(flashcards.FlashcardsError, match="`choose` took no note, so nothing was written"):
        flashcards.build("decks", "out", to="apkg", choose=lambda note: note.has_tag("cro"))
    assert Path("out/test-collection.apkg").read_bytes() == before


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (["apkg", "cheatsheet"], "there is no output `cheatsheet`. did you mean `cheat-sheets`?"),
        ("apgk", "there is no output `apgk`. did you mean `apkg`?"),
        (["interview-sheets"], "there is no output `interview-sheets`. did you mean `interview-sheet`?"),
        (["zzz"], "there is no output `zzz`. Outputs: apkg, cheat-sheets, cards, calibration, interview-sheet, score-sheet"),
    ],
)  # fmt: skip
def test_an_unknown_output_is_an_error_before_anything_is_written(
    folder: Folder, to: str | list[str], message: str
) -> None:
    folder.deck(NOTES)
    with pytest.raises(flashcards.FlashcardsError) as caught:
        flashcards.build("decks", "out", to=to)
    assert str(caught.value) == message
    assert not Path("out").exists()
    assert not Path("decks/.flashcards").exists()


def test_options_of_printing_that_there_are_not_are_errors() -> None:
    with pytest.raises(flashcards.FlashcardsError, match="`paper` is `a4` or `us-letter`, not `letter`"):
        flashcards.PrintOptions(paper="letter")  # type: ignore[arg-type]
    with pytest.raises(flashcards.FlashcardsError, match="`flip` is `long` or `short`, not `up`"):
        flashcards.PrintOptions(flip="up")  # type: ignore[arg-type]


def test_note_types_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidCollection, match="there is no folder `"):
        flashcards.note_types(tmp_path / "nowhere")
