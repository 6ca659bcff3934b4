"""Exporters, checks and note types of other packages: an example that is really installed, and broken ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result
from conftest import Folder
from people import Learner

import flashcards
from flashcards import reporting
from flashcards.cli import main

EXAMPLE = Path(__file__).parent / "example_plugin"

PROVERBS = """\
- id: P1
  kind: proverb
  proverb: The *early* bird
  rest: catches the worm.
- id: P2
  front: Say "recall"!
  back: TP / (TP + FN)
"""


Command = Callable[..., "subprocess.CompletedProcess[str]"]
Install = Callable[..., Path]


# ----------------------------------------------------------------------------------------- installed by pip


@pytest.fixture(scope="session")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example package into a folder, without network."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    target = ["--target", str(folder / "installed"), str(folder / "source")]
    subprocess.run([*pip, *offline, *target], check=True)
    return folder / "installed"


@pytest.fixture
def command(site_packages: Path, folder: Folder) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`command("check")` runs the real command, with the example package installed."""
    environment = {**os.environ, "PYTHONPATH": str(site_packages), "NO_COLOR": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "flashcards", *arguments]
        return subprocess.run(line, env=environment, capture_output=True, check=False, text=True)

    folder.deck(PROVERBS)
    return run


def test_an_installed_exporter_writes_beside_ours(command: Command, tmp_path: Path) -> None:
    done = command("build", "--to", "csv", "--to", "apkg")
    assert (done.returncode, done.stdout) == (0, "out/test-collection.apkg\nout/test-collection.csv\n")
    assert (tmp_path / "out/test-collection.csv").read_text() == (
        '"Deck","P1","The *early* bird"\n"Deck","P2","Say ""recall""!"\n'
    )


def test_an_installed_exporter_is_not_among_the_default_outputs(command: Command, tmp_path: Path) -> None:
    assert command("build").returncode == 0
    assert not list(tmp_path.glob("out/*.csv"))


def test_an_installed_exporter_is_meant_by_a_slip(command: Command) -> None:
    done = command("build", "--to", "cvs")
    assert done.returncode == 2
    assert "there is no output `cvs`. did you mean `csv`?" in " ".join(done.stderr.split())


def test_an_installed_check_always_runs(command: Command, folder: Folder) -> None:
    done = command("check")
    assert (done.returncode, done.stdout) == (
        0,
        dedent("""\
        shouting: this shouts
         --> decks/01-deck.yaml:8:12 (note P2)
          |
        8 |     front: Say "recall"!
          |            ^^^^^^^^^^^^^
          = help: ask calmly
        """),
    )
    folder.deck(f"{PROVERBS}  ignore: {{shouting: it is an alarm}}\n")
    assert command("check").stdout == ""


def test_an_installed_check_is_explained_by_its_docstring(command: Command) -> None:
    assert command("explain", "shouting").stdout == dedent("""\
        # shouting

        A question ends with an exclamation mark.

        Nobody likes to be shouted at on the tenth review.

        (flashcards-example 1.0)
        """)
    assert "  shouting                A check of flashcards-example 1.0.\n" in command("explain").stdout


def test_an_installed_note_type_is_in_anki_and_on_paper(command: Command, tmp_path: Path) -> None:
    assert command("build").returncode == 0
    learner = Learner(tmp_path)
    learner.imports(tmp_path / "out/test-collection.apkg")
    assert learner.note_types() == ["Test Basic", "Test Proverb"]
    assert "<em>early</em>" in learner.question("P1")
    learner.close()
    assert "proverb                 proverb, rest\n" in command("explain").stdout


def test_the_library_uses_what_is_installed(
    site_packages: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(site_packages)
    folder.deck(PROVERBS)
    loaded = flashcards.check("decks")
    assert list(map(str, loaded.diagnostics)) == ["decks/01-deck.yaml:8:12: shouting: this shouts"]
    built = flashcards.build(loaded, "out", to="csv")
    assert [(written.path, written.contents) for written in built.written] == [
        (Path("out/test-collection.csv"), "2 lines")
    ]
    proverb = flashcards.note_types()["proverb"]
    assert [field.key for field in proverb.fields] == ["proverb", "rest"]


# ---------------------------------------------------------------------------------------------------- broken


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """`install(group, name, code)` puts a package with one entry point, the function `f` of `code`, where
    Python finds it."""
    monkeypatch.syspath_prepend(tmp_path / "site-packages")

    def write(group: str, name: str, code: str = "def f(): ...", package: str = "broken") -> Path:
        module = f"{package}_{tmp_path.name}_{group}".replace("-", "_")
        info = tmp_path / f"site-packages/{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[flashcards.{group}]\n{name} = {module}:f\n")
        path = tmp_path / f"site-packages/{module}.py"
        path.write_text(dedent(code))
        return path

    return write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module' ({path}:1)"),
        ("g = 1", "AttributeError: module '{module}' has no attribute 'f'"),
        ("def f(job):\n  yield from ()\n  raise ValueError('no\\nway')", "ValueError: no way ({path}:3)"),
        ("def f(job):\n  raise SystemExit(0)", "SystemExit: 0 ({path}:2)"),
        ("def f(job):\n  open('/no/such/file')", "FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file' ({path}:2)"),
        ("def f(): ...", "TypeError: f() takes 0 positional arguments but 1 was given"),
        ("def f(job):\n  return None", "TypeError: 'NoneType' object is not iterable"),
    ],
)  # fmt: skip
def test_an_exporter_that_fails_is_named_and_the_others_write(
    install: Install, folder: Folder, code: str, said: str
) -> None:
    path = install("exporters", "csv", code)
    folder.deck("- {id: A1, front: q, back: a}")
    result = run("build", "--to", "csv", "--to", "apkg")
    assert (result.exit_code, result.stdout) == (1, "out/test-collection.apkg\n")
    failed = said.format(path=path, module=path.stem)
    message = f"error: csv was not written: the exporter `csv` of broken 1.0 failed: {failed}\n"
    assert result.stderr.endswith(message)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(job):\n  yield 'out/x.csv'", "the exporter `csv` of broken 1.0 gave a str, not a Written or Diagnostic"),
        ("import flashcards\ndef f(job):\n  yield flashcards.Written('x.csv', '')", "the exporter `csv` of broken 1.0 wrote `x.csv`, which is no `Path`"),
        ("import flashcards\ndef f(job):\n  raise flashcards.FlashcardsError('no note has a date')", "no note has a date"),
    ],
)  # fmt: skip
def test_an_exporter_that_gives_something_else_is_named(
    install: Install, folder: Folder, code: str, said: str
) -> None:
    install("exporters", "csv", code)
    folder.deck("- {id: A1, front: q, back: a}")
    assert run("build", "--to", "csv").stderr.endswith(f"error: csv was not written: {said}\n")


def test_an_exporter_with_a_name_of_ours_or_of_another_is_refused(install: Install, folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    install("exporters", "apkg")
    assert run("build", "--to", "cards").exit_code == 0
    result = run("build", "--to", "apkg")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error: the exporter `apkg` of broken 1.0 cannot be used: `apkg` is already in flashcards itself\n"
    )


def test_the_second_exporter_of_one_name_is_refused(install: Install, folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    install("exporters", "csv")
    install("exporters", "csv", package="other")
    assert run("build", "--to", "csv").stderr == (
        "error: the exporter `csv` of other 1.0 cannot be used: `csv` is already in the exporter `csv` of "
        "broken 1.0\n"
    )


FINDING = "from flashcards import Diagnostic, Severity\ndef f(collection):\n  return [Diagnostic({})]"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_module", "failed: ModuleNotFoundError: No module named 'no_such_module' ({path}:1)"),
        ("def f(collection):\n  return 1 / 0", "failed: ZeroDivisionError: division by zero ({path}:2)"),
        ("def f(collection):\n  return ['typo']", "gave a str, not a Diagnostic"),
        (FINDING.format("'typo', Severity.ERROR, 'x'"), "reports the rule `typo`; its rule must have its own name"),
        (FINDING.format("'spelling', 'error', 'x'"), "gave a finding that holds values of wrong types"),
        (FINDING.format("'spelling', Severity.ERROR, None"), "gave a finding that holds values of wrong types"),
    ],
)  # fmt: skip
def test_a_check_that_fails_is_an_error_that_names_it(
    install: Install, folder: Folder, code: str, said: str
) -> None:
    path = install("checks", "spelling", code)
    folder.deck("- {id: A1, front: q, back: a}")
    result = run("check")
    failed = said.format(path=path)
    assert (result.exit_code, result.stdout) == (
        1,
        f"broken-plugin: the check `spelling` of broken 1.0 {failed}\n"
        "  = help: mend the package, or uninstall it\n",
    )
    assert run("build").exit_code == 1


def test_other_checks_run_when_one_fails(install: Install, folder: Folder) -> None:
    install("checks", "spelling", "def f(collection): raise ValueError('x')")
    calm = "from flashcards import Diagnostic, Severity\ndef f(c): yield Diagnostic('calm', Severity.WARNING, 'x')"
    install("checks", "calm", calm, package="other")
    folder.deck("- {id: A1, front: '$x', back: '![](no.png)'}")
    rules = [finding.rule for finding in folder.check().diagnostics]
    assert rules == ["broken-plugin", "calm", "missing-media"]


def test_what_a_check_says_is_not_remembered(
    install: Install, folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may look at anything: here, at a list of words beside the collection."""
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    install(
        "checks",
        "spelling",
        """
        from pathlib import Path
        from flashcards import Diagnostic, Severity
        def f(collection):
            for word in Path("wrong.txt").read_text().split():
                for _, note in collection.notes():
                    if word in note.front:
                        yield Diagnostic("spelling", Severity.ERROR, f"`{word}` is wrong", None, None, note.id)
        """,
    )
    folder.deck("- {id: A1, front: Wich one?, back: a}")
    Path("wrong.txt").write_text("teh")
    assert run("check").exit_code == run("build", "--to", "apkg").exit_code == 0
    Path("wrong.txt").write_text("teh Wich")
    assert run("check").exit_code == run("build", "--to", "apkg").exit_code == 1


def test_a_check_without_a_docstring_has_no_page(install: Install, folder: Folder) -> None:
    install("checks", "calm", "def f(collection): return ()")
    folder.deck("- {id: A1, front: q, back: a}")
    assert folder.check().diagnostics == ()
    assert run("explain", "calm").output == "the check `calm` of broken 1.0 has no page on its rule.\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(): raise KeyError('x')", "failed: KeyError: 'x' ({path}:1)"),
        ("def f(): return None", "gave `None`, which is no folder"),
        ("def f(): return '/no/such/folder'", "gave `/no/such/folder`, which is no folder"),
        (
            "def f(): return '{templates}'",
            "cannot be used: `notetypes/basic` is already in flashcards itself",
        ),
    ],
)
def test_note_types_that_cannot_be_used_are_an_error(
    install: Install, folder: Folder, tmp_path: Path, code: str, said: str
) -> None:
    (tmp_path / "templates/notetypes/basic").mkdir(parents=True)
    path = install("notetypes", "more", code.replace("{templates}", str(tmp_path / "templates")))
    folder.deck("- {id: A1, front: q, back: a}")
    failed = said.format(path=path)
    assert reporting.full(folder.check().diagnostics) == (
        f"broken-plugin: the set of note types `more` of broken 1.0 {failed}\n"
        "  = help: mend the package, or uninstall it"
    )
    with pytest.raises(flashcards.InvalidCollection, match="the set of note types `more` of broken"):
        flashcards.note_types()


def test_a_collections_own_note_type_comes_before_that_of_a_plugin(
    site_packages: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(site_packages)
    source = EXAMPLE / "flashcards_example/templates/notetypes/proverb"
    shutil.copytree(source, folder.path / "templates/notetypes/proverb")
    text = (source / "notetype.yaml").read_text().replace("label: Proverb", "label: Saying")
    folder.write("templates/notetypes/proverb/notetype.yaml", text)
    folder.deck("- {id: P1, kind: proverb, proverb: a, rest: b}")
    loaded = folder.check()
    assert loaded.diagnostics == ()
    assert loaded.collection.note_types["proverb"].label == "Saying"
