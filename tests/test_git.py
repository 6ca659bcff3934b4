"""What git is asked for: which versions count, what it must say aloud, and that it runs nothing of a
stranger's repository."""

from __future__ import annotations

import os
import pty
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from flashcards import git
from flashcards.cli import main


class Repository:
    """A repository with a folder `decks/` whose file `lock` is committed again and again."""

    def __init__(self, path: Path):
        self.path = path
        self.decks = path / "decks"
        self.decks.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, fails: bool = False) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(self.path), *identity, *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert bool(done.returncode) == fails, done.stderr
        return done.stdout.strip()

    def commit(self, text: str, name: str = "lock") -> str:
        (self.decks / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", text)
        return self.git("rev-parse", "HEAD")

    def texts(self) -> list[str]:
        return [version.text for version in git.history(self.decks, "lock")]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


# ------------------------------------------------------------------------------------------------- which versions count


def test_every_version_counts_newest_first_and_each_text_once(repository: Repository) -> None:
    for text in ("one", "two", "one", "three"):
        repository.commit(text)
    assert repository.texts() == ["three", "one", "two"]


def test_a_version_names_its_commit_and_path(repository: Repository) -> None:
    commit = repository.commit("one")
    assert list(git.history(repository.decks, "lock")) == [git.Version(commit, "decks/lock", "one")]


def test_a_merge_that_takes_one_side_forgets_neither(repository: Repository) -> None:
    repository.commit("base")
    repository.git("checkout", "-qb", "side")
    repository.commit("theirs")
    repository.git("checkout", "-q", "main")
    repository.commit("ours")
    repository.git("merge", "-q", "-X", "ours", "side", "-m", "merge")
    assert repository.texts() == ["ours", "theirs", "base"]
    assert repository.git("log", "--format=%s", "--", "decks/lock").split() == [
        "ours",
        "base",
    ]  # git's usual answer


def test_a_text_that_only_the_merge_has_counts(repository: Repository) -> None:
    repository.commit("base")
    repository.git("checkout", "-qb", "side")
    repository.commit("theirs")
    repository.git("checkout", "-q", "main")
    repository.commit("ours")
    repository.git("merge", "-q", "side", fails=True)
    repository.commit("both")
    assert sorted(repository.texts()) == ["base", "both", "ours", "theirs"]


def test_a_branch_that_was_never_merged_does_not_count_but_a_tag_does(repository: Repository) -> None:
    repository.commit("base")
    repository.git("checkout", "-qb", "side")
    repository.commit("experiment")
    repository.git("checkout", "-q", "main")
    assert repository.texts() == ["base"]
    repository.git("tag", "v1", "side")
    repository.git("branch", "-qD", "side")
    assert repository.texts() == ["experiment", "base"]


def test_a_tag_that_names_a_file_is_passed_over(repository: Repository) -> None:
    repository.commit("base")
    repository.git("tag", "a-file", "HEAD:decks/lock")
    assert repository.texts() == ["base"]


def merge(repository: Repository) -> None:
    repository.git("merge", "-q", "side", fails=True)


def octopus(repository: Repository) -> None:
    repository.git("merge", "-q", "--no-commit", "-s", "ours", "side", "other")


def rebase(repository: Repository) -> None:
    repository.git("rebase", "-q", "side", fails=True)


def rebase_by_patches(repository: Repository) -> None:
    repository.git("rebase", "-q", "--apply", "side", fails=True)


def cherry_pick(repository: Repository) -> None:
    repository.git("cherry-pick", "side", fails=True)


def revert(repository: Repository) -> None:
    repository.git("revert", "--no-edit", "side", fails=True)


@pytest.mark.parametrize("begin", [merge, octopus, rebase, rebase_by_patches, cherry_pick, revert])
@pytest.mark.parametrize("resolved", [False, True])
def test_the_other_side_counts_while_it_is_being_brought_in(
    repository: Repository, begin: Callable[[Repository], None], resolved: bool
) -> None:
    repository.commit("base")
    for branch in ("side", "other"):
        repository.git("checkout", "-qb", branch, "main")
        repository.commit(f"{branch}, earlier")
        repository.commit(branch)
    repository.git("checkout", "-q", "main")
    repository.commit("ours, earlier")
    repository.commit("ours")
    begin(repository)
    if resolved:  # the index knows the sides no more
        (repository.decks / "lock").write_text("ours")
        repository.git("add", "-A")
    expected = {"base", "ours", "ours, earlier", "side", "side, earlier"}
    if begin is octopus:
        expected |= {"other", "other, earlier"}
    assert set(repository.texts()) == expected


def test_both_sides_of_a_conflict_count_even_if_no_commit_has_one(repository: Repository) -> None:
    repository.commit("base")
    (repository.decks / "lock").write_text("stashed")
    repository.git("stash", "-q")
    repository.commit("ours")
    repository.git("stash", "pop", fails=True)
    stages = [
        version for version in git.history(repository.decks, "lock") if version.revision.startswith(":")
    ]
    assert [(v.revision, v.text) for v in stages] == [(":1", "base"), (":2", "ours"), (":3", "stashed")]


def test_a_folder_that_was_moved_keeps_its_past(repository: Repository) -> None:
    first = repository.commit("one")
    repository.commit("two")
    repository.git("mv", "decks", "cards")
    repository.git("commit", "-qm", "move")
    repository.decks = repository.path / "cards"
    repository.commit("three")
    assert repository.texts() == ["three", "two", "one"]
    assert git.at(repository.decks, first, "lock") == "one"
    assert git.at(repository.decks, "HEAD", "lock") == "three"


def test_a_revision_or_file_that_is_not_there_is_none(repository: Repository) -> None:
    repository.commit("one")
    assert git.at(repository.decks, "HEAD", "lock") == "one"
    assert git.at(repository.decks, "HEAD", "other") is None
    assert git.at(repository.decks, "v9", "lock") is None
    assert git.at(repository.decks, "--output=stolen", "lock") is None


def test_names_in_every_writing_are_paths_and_no_patterns(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "[a]* b\nc")
    for name in ("d éx", "d é*[x]"):
        repository.decks = repository.path / name
        repository.decks.mkdir()
        repository.commit(f"zero in {name}", "lö:ck")
    repository.commit("one", "lö:ck")
    assert [v.path for v in git.history(repository.decks, "lö:ck")] == ["d é*[x]/lö:ck"] * 2
    found = git.folder_history(repository.decks, (":ck",), "lö:ck")
    assert [(v.path, v.text) for v in found] == [
        ("d é*[x]/lö:ck", "one"),
        ("d é*[x]/lö:ck", "zero in d é*[x]"),
    ]
    assert git.at(repository.decks, "HEAD", "lö:ck") == "one"


def test_files_of_a_folder_are_found_with_all_their_pasts(repository: Repository) -> None:
    repository.commit("a1", "a.yaml")
    repository.commit("b1", "b.yaml")
    repository.commit("no deck", "notes.txt")
    (repository.decks / "a.yaml").unlink()
    (repository.decks / "below").mkdir()
    (repository.decks / "below/c.yaml").write_text("c1")
    repository.commit("b2", "b.yaml")
    found = [(v.path, v.text) for v in git.folder_history(repository.decks, (".yaml",), "lock")]
    assert found == [("decks/a.yaml", "a1"), ("decks/b.yaml", "b2"), ("decks/b.yaml", "b1")]
    at_top = [(v.path, v.text) for v in git.folder_history(repository.path, (".yaml",), "lock")]
    assert at_top == []


def test_without_a_commit_there_is_no_history(repository: Repository) -> None:
    assert repository.texts() == []
    assert git.at(repository.decks, "HEAD", "lock") is None


def test_outside_a_repository_there_is_none_even_without_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(git.history(tmp_path, "lock")) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(git.history(tmp_path, "lock")) == []
    assert git.at(tmp_path, "HEAD", "lock") is None
    assert list(git.folder_history(tmp_path, (".yaml",), "lock")) == []


def test_a_hook_of_another_repository_does_not_lead_there(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a hook of git runs `flashcards`."""
    repository.commit("one")
    other = Repository(tmp_path / "other")
    other.commit("of another repository")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    assert repository.texts() == ["one"]


# --------------------------------------------------------------------------------------------------- what git must say


def clone(repository: Repository, to: Path, *options: str) -> Path:
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("clone", "-q", *options, f"file://{repository.path}", str(to))
    return to


def refuse(folder: Path) -> str:
    """Return why there is no history."""
    with pytest.raises(git.GitError) as refused:
        list(git.history(folder, "lock"))
    return str(refused.value)


def test_a_shallow_clone_says_so_and_its_advice_works(repository: Repository, tmp_path: Path) -> None:
    repository.commit("one")
    repository.commit("two")
    shallow = clone(repository, tmp_path / "shallow", "--depth", "1")
    reason = refuse(shallow / "decks")
    assert reason.startswith("this is a shallow clone")
    follow(reason, shallow)
    assert [v.text for v in git.history(shallow / "decks", "lock")] == ["two", "one"]


@pytest.mark.parametrize("without", ["blob:none", "tree:0"])
def test_a_partial_clone_says_so_and_its_advice_works(
    repository: Repository, tmp_path: Path, without: str
) -> None:
    repository.commit("one")
    repository.commit("two")
    partial = clone(repository, tmp_path / "partial", f"--filter={without}")
    reason = refuse(partial / "decks")
    assert reason.startswith("this clone has only a part of the history")
    follow(reason, partial)
    assert [v.text for v in git.history(partial / "decks", "lock")] == ["two", "one"]


def follow(reason: str, folder: Path) -> None:
    command = reason.split("`")[1]
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


def test_a_git_that_is_missing_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit("one")
    monkeypatch.setenv("PATH", str(repository.path))
    assert refuse(repository.decks).startswith("git does not run (No such file or directory)")


def test_a_repository_of_somebody_else_is_refused_with_gits_own_way_out(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("one")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    reason = refuse(repository.decks)
    assert reason.startswith("git refuses: detected dubious ownership in repository")
    assert "git config --global --add safe.directory" in reason


def test_a_damaged_repository_is_refused(repository: Repository) -> None:
    repository.commit("one")
    (repository.path / ".git/HEAD").unlink()
    assert refuse(repository.decks).startswith("git refuses: not a git repository")


# -------------------------------------------------------------------------------------- a repository that runs programs

COLLECTION = "id: k\ntitle: K\nshort_title: K\nroot: K\ncreated: 2026-01-01\n"
DECK = "title: D\nnotes:\n  - {id: X, front: a?, back: b}\n  - {id: Y, front: c?, back: d}\n"


class Trap:
    """A collection in a repository whose configuration names a program, which tells that it ran."""

    def __init__(self, path: Path):
        self.repository = Repository(path)
        self.ran = path.parent / "ran"
        self.program = path.parent / "program"
        self.program.write_text(f"#!/bin/sh\ntouch '{self.ran}'\nexit 1\n")
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)
        decks = self.repository.decks
        (decks / "collection.yaml").write_text(COLLECTION)
        (decks / "01-d.yaml").write_text(DECK)
        assert CliRunner().invoke(main, ["release", str(decks)]).exit_code == 0
        self.repository.commit("release")
        self.repository.git("tag", "v1")
        (decks / "01-d.yaml").write_text(DECK.replace("back: d", "back: e"))
        assert CliRunner().invoke(main, ["release", str(decks), "--yes"]).exit_code == 0
        self.repository.commit("release again")

    def config(self, key: str, value: str) -> None:
        self.repository.git("config", key, value)

    def sprung(self, *arguments: str) -> bool:
        """Run git as it comes, on a terminal, and tell whether the program ran."""
        self.ran.unlink(missing_ok=True)
        terminal, output = pty.openpty()
        subprocess.run(
            ["git", "-C", str(self.repository.path), *arguments], stdout=output, stderr=subprocess.DEVNULL
        )
        os.close(output)
        os.close(terminal)
        return self.ran.exists()


def monitor(trap: Trap) -> tuple[str, ...]:
    trap.config("core.fsmonitor", str(trap.program))
    return ("status",)


def hooks(trap: Trap) -> tuple[str, ...]:
    folder = trap.repository.path / ".git/hooks"
    folder.mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        shutil.copy(trap.program, folder / name)
    return ("checkout", "-q", "--detach")


def hooks_path(trap: Trap) -> tuple[str, ...]:
    shutil.copytree(hooks_folder(trap), trap.repository.path / "planted")
    trap.config("core.hooksPath", "planted")
    return ("checkout", "-q", "--detach")


def hooks_folder(trap: Trap) -> Path:
    hooks(trap)
    return trap.repository.path / ".git/hooks"


def text_conversion(trap: Trap) -> tuple[str, ...]:
    (trap.repository.path / ".git/info/attributes").write_text("* diff=planted filter=planted\n")
    trap.config("diff.planted.textconv", str(trap.program))
    trap.config("filter.planted.smudge", str(trap.program))
    trap.config("filter.planted.clean", str(trap.program))
    return ("log", "-p")


def external_difference(trap: Trap) -> tuple[str, ...]:
    trap.config("diff.external", str(trap.program))
    return ("diff", "HEAD~1")


def signatures(trap: Trap) -> tuple[str, ...]:
    trap.config("log.showSignature", "true")
    trap.config("gpg.program", str(trap.program))
    tree, repository = trap.repository.git("rev-parse", "HEAD^{tree}"), trap.repository
    signed = (
        f"tree {tree}\nparent {repository.git('rev-parse', 'HEAD')}\nauthor A <a> 1 +0000\n"
        "committer A <a> 1 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nsigned\n"
    )
    done = subprocess.run(
        ["git", "-C", str(repository.path), "hash-object", "-t", "commit", "-w", "--stdin"],
        input=signed, text=True, capture_output=True, check=True,
    )  # fmt: skip
    repository.git("update-ref", "HEAD", done.stdout.strip())
    return ("log", "-1")


def pager(trap: Trap) -> tuple[str, ...]:
    trap.config("core.pager", str(trap.program))
    trap.config("pager.log", str(trap.program))
    return ("--paginate", "log")


def missing_objects(trap: Trap) -> tuple[str, ...]:
    """A partial clone whose server is a command."""
    blob = trap.repository.git("rev-parse", "HEAD~1:decks/flashcards.lock")
    (trap.repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    trap.config("core.repositoryFormatVersion", "1")
    trap.config("extensions.partialClone", "origin")
    trap.config("remote.origin.url", f"ext::{trap.program}")
    trap.config("remote.origin.promisor", "true")
    trap.config("protocol.allow", "always")
    trap.config("protocol.ext.allow", "always")
    return ("cat-file", "blob", blob)


TRAPS = [
    monitor, hooks, hooks_path, text_conversion, external_difference, signatures, pager, missing_objects,
]  # fmt: skip


@pytest.mark.parametrize("plant", TRAPS)
def test_no_program_of_a_repository_is_run(
    plant: Callable[[Trap], tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = Trap(tmp_path / "repository")
    naive = plant(trap)
    decks = trap.repository.decks
    trap.ran.unlink(missing_ok=True)
    said = [
        CliRunner().invoke(main, [*arguments.split(), str(decks)]).output
        for arguments in (
            "check",
            "release --yes",
            "release --check --since v1",
            "release --check --since HEAD~1",
        )
    ]
    (decks / "01-d.yaml").write_text(DECK.replace("  - {id: X, front: a?, back: b}\n", ""))
    said.append(CliRunner().invoke(main, ["retire", "X", str(decks), "--reason", "old"]).output)
    assert not trap.ran.exists(), said
    assert all("Traceback" not in text for text in said)
    if plant is missing_objects:
        assert "a partial clone" in said[1]
    assert trap.sprung(*naive), "the trap itself does not work"


@pytest.mark.parametrize("settings", [{"GIT_ALLOW_PROTOCOL": ""}, {}], ids=["guarded", "unguarded"])
def test_the_server_of_a_partial_clone_runs_only_without_the_guard(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older versions of git know no `GIT_NO_LAZY_FETCH`, and a repository may allow what `-c` forbids."""
    trap = Trap(tmp_path / "repository")
    missing_objects(trap)
    trap.ran.unlink(missing_ok=True)
    monkeypatch.setattr(git, "_SETTINGS", {"LC_ALL": "C", **settings})
    with pytest.raises(git.GitError):
        list(git.history(trap.repository.decks, "flashcards.lock"))
    assert trap.ran.exists() == (not settings)
