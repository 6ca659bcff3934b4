"""docs/library.md and the Python in README, kept true: the examples run, print what is shown, and are well
typed."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

import flashcards
from flashcards.collection.notetypes import FieldKind

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/library.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLUGIN = ROOT / "tests/example_plugin"


class Block(NamedTuple):
    """A fenced block; `name` is the file that its first line names."""

    language: str
    name: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        named = re.match(r"# (\S+\.\w+)\n", text)
        yield Block(language, named[1] if named else "", text.removeprefix(named.group()) if named else text)


def examples(page: str) -> list[Block]:
    """Return the Python that is no file, with what it prints."""
    return [block for block in blocks(page) if block.language in ("python", "text") and not block.name]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files that the page shows into an empty working directory."""
    monkeypatch.chdir(tmp_path)
    for block in blocks(PAGE):
        if block.language == "yaml":
            path = tmp_path / block.name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"# {block.name}\n{block.text}", encoding="utf-8")


@pytest.mark.usefixtures("files")
def test_the_examples_print_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    shown = examples(PAGE)
    for block, after in zip(shown, [*shown[1:], Block("", "", "")], strict=True):
        if block.language == "python":
            exec(compile(block.text, "docs/library.md", "exec"), names)  # the page's own examples
            assert capsys.readouterr().out == (after.text if after.language == "text" else "")


@pytest.fixture
def mended(files: None) -> None:
    """Mend the mistake in the deck that the page shows."""
    deck = Path("mydecks/01-evaluation.yaml")
    deck.write_text(deck.read_text().replace("bakc", "back"))


@pytest.mark.usefixtures("mended")
def test_the_readmes_ten_lines_of_python_run() -> None:
    (block,) = (block for block in blocks(README) if block.language == "python")
    assert len([line for line in block.text.splitlines() if line]) <= 10
    names: dict[str, object] = {}
    exec(block.text, names)
    assert Path("out/my-cards.apkg").is_file()
    assert isinstance(names["package"], bytes)


@pytest.mark.usefixtures("mended")
def test_the_lines_in_the_packages_docstring_run(capsys: pytest.CaptureFixture[str]) -> None:
    code = "\n".join(re.findall(r"^ {4}(.*)$", inspect.getdoc(flashcards) or "", re.MULTILINE))
    assert code.count("flashcards.build(") == 2
    Path("mydecks").rename("decks")
    exec(code, {})
    assert capsys.readouterr().out == ""
    assert Path("out/my-cards.apkg").is_file()


@pytest.mark.slow
def test_the_examples_are_well_typed(tmp_path: Path) -> None:
    """As a user's own script is: checked by its own mypy, which sees the types of flashcards."""
    (readme,) = (block.text for block in blocks(README) if block.language == "python")
    page = [block.text for block in examples(PAGE) if block.language == "python"]
    (tmp_path / "page.py").write_text("\n".join(page), encoding="utf-8")
    (tmp_path / "readme.py").write_text(readme, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(
        "import flashcards\nflashcards.build('decks', 'out', tags=['core'])\nflashcards.check(1)\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    scripts = ["page.py", "readme.py", "wrong.py", str(PLUGIN / "flashcards_example/__init__.py")]
    done = subprocess.run([*mypy, *scripts], cwd=tmp_path, capture_output=True, check=False, text=True)
    assert re.findall(r"^\S+: error: [^\n]+", done.stdout, re.MULTILINE) == [
        'wrong.py:2: error: Unexpected keyword argument "tags" for "build"  [call-arg]',
        'wrong.py:3: error: No overload variant of "check" matches argument type "int"  [call-overload]',
    ], done.stdout + done.stderr


def test_the_plugin_that_the_page_shows_is_the_one_that_the_tests_install() -> None:
    shown = {
        block.name: block.text
        for block in blocks(PAGE)
        if block.language in ("toml", "python") and block.name
    }
    assert shown == {name: (PLUGIN / name).read_text(encoding="utf-8") for name in shown}
    assert shown.keys() == {"pyproject.toml", "flashcards_example/__init__.py"}
    code = [line for line in shown["flashcards_example/__init__.py"].splitlines() if line.strip()]
    assert len(code) <= 30


def test_every_kind_of_field_has_its_value_in_python() -> None:
    first_cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert {kind for cell in first_cells for kind in re.findall(r"\w+", cell)} == set(get_args(FieldKind))


def test_every_link_and_every_public_name_of_the_page_exists() -> None:
    for target in re.findall(r"(?<!!)\[[^\]]*\]\((?!https?://|#)([^)]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    for name in re.findall(r"flashcards\.([A-Za-z]\w*)", " ".join(b.text for b in examples(PAGE))):
        assert name in flashcards.__all__
