"""How the modules hang together: the contracts of `[tool.importlinter]` in pyproject.toml, and what a command
imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

from flashcards.collection.notetypes import CLOZE_KIND, USUAL_KIND
from flashcards.resources import bundled

ROOT = Path(__file__).resolve().parent.parent

HEAVY = {
    "asyncio", "genanki", "jinja2", "json", "math_core", "pygments", "pyromark", "secrets", "sqlite3", "typst", "yaml",
}  # fmt: skip


def test_imports_keep_the_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    said = capsys.readouterr().out
    assert status == 0, said
    # the linter passes over what it cannot find: hold the number of modules against the files on disk
    graph = grimp.build_graph("flashcards", include_external_packages=True, cache_dir=None)
    assert f"Analyzed {len(graph.modules)} files" in said
    paths = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "flashcards").rglob("*.py")]
    on_disk = {".".join(path.parts).removesuffix(".__init__") for path in paths}
    assert {module for module in graph.modules if module.split(".")[0] == "flashcards"} == on_disk


def test_no_kind_of_note_is_named_in_python() -> None:
    """A new kind is one folder: what Python has to know of it stands in its `notetype.yaml`.

    Two names are allowed, each as a constant: those of the kinds of a note that names none. `cloze` is also
    Anki's word for a deletion and for a class of note types."""
    kinds = {path.parent.name for path in bundled("templates").glob("notetypes/*/notetype.yaml")}
    assert {"basic", "cloze", "pitfall"} <= kinds
    found = [
        (path.name, node.value)
        for path in sorted((ROOT / "flashcards").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in kinds - {"cloze"}
    ]
    assert found == [("notetypes.py", USUAL_KIND)]
    assert {USUAL_KIND, CLOZE_KIND} <= kinds


def imported_by(code: str, cwd: Path) -> set[str]:
    """Return which of the heavy packages a fresh interpreter has imported after `code`."""
    code += "\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=cwd, capture_output=True, check=True, text=True
    )
    return HEAVY & set(done.stderr.split())


def test_the_command_line_starts_light(tmp_path: Path) -> None:
    assert imported_by("import flashcards.cli", tmp_path) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["build", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert (
        imported_by(f"from flashcards.cli import main\nmain({arguments}, standalone_mode=False)", tmp_path)
        == set()
    )


def test_check_imports_no_exporter(tmp_path: Path) -> None:
    code = (
        f"from flashcards.cli import main\nmain(['check', {str(bundled('decks'))!r}], standalone_mode=False)"
    )
    imported = imported_by(code, tmp_path)
    assert "yaml" in imported
    assert imported.isdisjoint({"genanki", "jinja2", "sqlite3", "typst"})


def test_genanki_is_imported_without_asyncio(tmp_path: Path) -> None:
    code = "import flashcards.exporters.apkg, sys; assert 'cached_property' not in sys.modules"
    imported = imported_by(code, tmp_path)
    assert "genanki" in imported and "asyncio" not in imported
