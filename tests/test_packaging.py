"""What is published: exactly the tracked files in sdist and wheel, and an installed wheel that builds
offline, unchanged."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from flashcards.collection.location import deck_paths
from flashcards.resources import bundled

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent

# raises where Python would reach the network; `unshare` also stops what is not Python
OFFLINE = """\
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise RuntimeError("this process must not reach the network")

sys.addaudithook(refuse)
"""


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False, text=True
    )
    if listed.returncode != 0:
        pytest.skip("what must be published is asked of git, and this is no checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def in_folder(names: list[str], *folders: str) -> list[str]:
    return [name for name in names if name.split("/")[0] in folders]


@dataclass(frozen=True)
class Published:
    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Build a copy of the tracked files, with the rubbish of a working tree in it: the sdist, and from it the
    wheel."""
    folder = tmp_path_factory.mktemp("packaging")
    for name in tracked():
        target = folder / "tree" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    for name in (
        "decks/.flashcards/drafts.json",
        "flashcards/__pycache__/cli.pyc",
        "out/sheet.pdf",
        ".venv/pyvenv.cfg",
    ):
        (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / name).write_text("{}")
    # the build backend is part of the test extra: nothing is downloaded
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        str(folder / "dist"),
        str(folder / "tree"),
    ]
    built = subprocess.run(command, capture_output=True, check=False, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (sdist,), (wheel,) = (folder / "dist").glob("*.tar.gz"), (folder / "dist").glob("*.whl")
    return Published(sdist, wheel)


def test_sdist_holds_the_tracked_files_and_no_other(published: Published) -> None:
    with tarfile.open(published.sdist) as archive:
        names = sorted(archive.getnames())
    files = tracked()
    inside = in_folder(files, "flashcards", "templates", "decks", "tests", "benchmarks")
    beside = [
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "SECURITY.md",
        "pyproject.toml",
    ]
    root = published.sdist.name.removesuffix(".tar.gz")
    assert names == sorted(f"{root}/{name}" for name in [*inside, *beside])


def test_wheel_holds_the_package_with_templates_and_decks_and_no_other_file(published: Published) -> None:
    with zipfile.ZipFile(published.wheel) as archive:
        names = sorted(archive.namelist())
    files = tracked()
    code = in_folder(files, "flashcards")
    data = [f"flashcards/{name}" for name in in_folder(files, "templates", "decks")]
    info = "-".join(published.wheel.name.split("-")[:2]) + ".dist-info"
    written = [
        f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    ]
    assert names == sorted([*code, *data, *written])


@dataclass(frozen=True)
class Installed:
    """A fresh virtual environment with our wheel in it; what we depend on is lent by the environment of the
    tests."""

    bin: Path
    package: Path
    environment: dict[str, str]

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment without network."""
        program, *arguments = command
        line = [*no_network(), str(self.bin / program), *arguments]
        return subprocess.run(
            line, cwd=cwd, env=self.environment, capture_output=True, check=False, text=True
        )


def no_network() -> list[str]:
    """Return the command that takes the network from a program, if this system has one and lets us."""
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode != 0
    ):
        return []
    return [unshare, "-rn"]


@pytest.fixture(scope="session")
def installed(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    scripts, library = (
        Path(sysconfig.get_path(what, "venv", {"base": str(venv)})) for what in ("scripts", "purelib")
    )
    pip = [
        str(scripts / "python"),
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, str(published.wheel)], check=True)
    # A .pth file inside a folder that is only on the path is not read, so an editable install does not come
    # along.
    lent = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (library / "lent.pth").write_text("\n".join(lent) + "\n")
    (folder / "offline").mkdir()
    (folder / "offline" / "sitecustomize.py").write_text(OFFLINE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return Installed(scripts, library / "flashcards", {**kept, "PYTHONPATH": str(folder / "offline")})


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_the_environment_is_ours_and_offline(installed: Installed, tmp_path: Path) -> None:
    found = installed.run("python", "-c", "import flashcards; print(flashcards.__file__)", cwd=tmp_path)
    assert Path(found.stdout.strip()).parent == installed.package, found.stderr
    reached = installed.run(
        "python", "-c", "import socket; socket.create_connection(('192.0.2.1', 80))", cwd=tmp_path
    )
    assert "must not reach the network" in reached.stderr


def test_the_installed_wheel_builds_from_an_empty_folder_and_stays_as_it_is(
    installed: Installed, tmp_path: Path
) -> None:
    before = fingerprints(installed.package)
    folders = [installed.package, *(path for path in installed.package.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(
            0o555
        )  # as in a system's own Python; root may write all the same, hence the fingerprints
    built = installed.run("flashcards", "build", cwd=tmp_path)
    for folder in folders:
        folder.chmod(0o755)
    assert built.returncode == 0, built.stdout + built.stderr
    written = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(written) == sorted(built.stdout.splitlines())
    sheets = [f"out/cheat-sheets/{deck.stem}.pdf" for deck in deck_paths(bundled("decks"))]
    assert {"out/ml-system-design.apkg", "out/cheat-sheets.pdf", *sheets} <= set(written)
    assert fingerprints(installed.package) == before


def test_the_shipped_decks_are_changed_in_a_clone_only(installed: Installed, tmp_path: Path) -> None:
    before = fingerprints(installed.package)
    new_note = ["add", str(installed.package / "decks/02-rubric.yaml"), "--front", "Q", "--back", "A"]
    for command in (["release", "--yes"], ["retire", "RU03", "--reason", "no reason"], ["fix"], new_note):
        refused = installed.run("flashcards", *command, cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (1, ""), refused.stderr
        assert "is part of the installed package" in refused.stderr
    assert fingerprints(installed.package) == before


def test_installed_decks_that_were_changed_are_refused(installed: Installed, tmp_path: Path) -> None:
    css = installed.package / "templates/notetypes/_layout/card.css"
    text = css.read_text(encoding="utf-8")
    css.write_text(f"{text}\n.changed {{}}\n", encoding="utf-8")
    refused = installed.run("flashcards", "build", cwd=tmp_path)
    css.write_text(text, encoding="utf-8")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "error: not as released: note type `" in refused.stderr
    assert not (installed.package / "decks/.flashcards").exists()
