"""What git remembers of a collection's files; outside a repository, nothing. The only module that runs a
program.

The repository may be a stranger's, so git is kept from running anything that its configuration names: hooks,
pagers, filters, converters of text, a file system monitor, and transports for objects that are missing."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

_GIT = (
    "git", "--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}",
    "-c", "log.showSignature=false", "-c", "protocol.allow=never",
)  # fmt: skip
# The repository is that of the folder, also where git itself has called us (from a hook, say)
_NOT_PASSED_ON = frozenset(
    {
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
    }
)  # fmt: skip
_SETTINGS = {
    "GIT_ALLOW_PROTOCOL": "",  # counts before any `protocol.….allow` of the repository
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# What is under way in the repository: a merge has one line for each side
_HEADS = ("CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD")
_HEAD_FILES = ("MERGE_HEAD", "rebase-merge/orig-head", "rebase-apply/orig-head")


class GitError(Exception):
    """Git is missing, refuses, or has only a part of the history. Says so in a sentence."""


class Version(NamedTuple):
    """A file as it was committed, or as it stands in one side of a conflict."""

    revision: str  # a commit; `:2` or `:3` for a side of a conflict
    path: str  # from the top of the repository
    text: str


def history(folder: Path, name: str) -> Iterator[Version]:
    """Yield every version of `folder/name` on the lines that lead to HEAD, to a tag, or to what is being
    merged, rebased, picked or reverted, and both sides of a conflict; each text once. A folder that was moved
    is followed. Branches that were never merged are left out.

    Raises `GitError` if git cannot tell, or if the clone is shallow or lacks objects."""
    prefix = _prefix(folder)
    if prefix is None:
        return
    if _text(folder, "rev-parse", "--is-shallow-repository") == "true":
        raise GitError(
            "this is a shallow clone, and the history of the last releases is not in it: "
            "`git fetch --unshallow` brings it"
        )
    found: dict[str, tuple[str, str]] = {}  # object id → revision, path
    for record in _records(_run(folder, "ls-files", "-u", "-z", "--", f":(top,literal){prefix}{name}")):
        _, blob, stage = record.partition("\t")[0].split()
        found.setdefault(blob, (f":{stage}", prefix + name))
    for change in _moved_changes(folder, prefix, name):
        if change.new is not None:
            found.setdefault(change.new, (change.commit, change.path))
    for (revision, path), content in zip(found.values(), _blobs(folder, found), strict=True):
        yield Version(revision, path, content.decode("utf-8", "replace"))


def folder_history(folder: Path, suffixes: tuple[str, ...], beside: str) -> Iterator[Version]:
    """Yield every version of the files right in `folder` whose names, in small letters, end with one of
    `suffixes`, newest first, of the same lines as `history`; then those of the folders that the file `beside`
    was moved from. Raises `GitError` as `history` does."""
    prefix = _prefix(folder)
    if prefix is None:
        return
    found: dict[str, tuple[str, str]] = {}
    starts = _starts(folder)
    moved = (change.path.removesuffix(beside) for change in _moved_changes(folder, prefix, beside))
    for place in dict.fromkeys([prefix, *moved]):
        for change in _changes(folder, starts, f":(top,literal){place}" if place else ":(top)"):
            rest = change.path.removeprefix(place)
            if change.path.startswith(place) and "/" not in rest and rest.lower().endswith(suffixes):
                for blob in (change.new, change.old):
                    if blob is not None:
                        found.setdefault(blob, (change.commit, change.path))
    for (revision, path), content in zip(found.values(), _blobs(folder, found), strict=True):
        yield Version(revision, path, content.decode("utf-8", "replace"))


def at(folder: Path, revision: str, name: str) -> str | None:
    """Return the text of `folder/name` at a revision, wherever the folder was then; None if there was no such
    file. Raises `GitError` if git cannot tell."""
    found = _file_at(folder, revision, name)
    return _text_at(folder, *found) if found is not None else None


def place(folder: Path, revision: str, name: str) -> tuple[str, str] | None:
    """Return the commit that a revision names, and where in it the folder was that has the file `name`, from
    the top of the repository (`.` for the top). None outside a repository, or if there is no such revision.
    Raises `GitError`."""
    found = _file_at(folder, revision, name)
    return (found[0], found[1].removesuffix(name).rstrip("/") or ".") if found is not None else None


def _file_at(folder: Path, revision: str, name: str) -> tuple[str, str] | None:
    """Return the commit that a revision names, and the path of `folder/name` in it, wherever the folder was
    then."""
    prefix = _prefix(folder)
    commit = _commit(folder, revision) if prefix is not None else None
    if prefix is None or commit is None:
        return None
    path = prefix + name
    if _text_at(folder, commit, path) is None:
        moved = sorted({change.path for change in _moved_changes(folder, prefix, name)})
        path = next((old for old in moved if _text_at(folder, commit, old) is not None), path)
    return commit, path


def export(folder: Path, revision: str, path: str, target: Path) -> None:
    """Write the files of a folder (`path` from the top of the repository) as they were committed into
    `target`, without links and hidden ones. Raises `GitError`."""
    tree = f"{revision}:{'' if path == '.' else path}"
    files = {}
    for record in _records(_run(folder, "ls-tree", "-r", "-z", "--full-tree", tree)):
        entry, _, name = record.partition("\t")
        mode, _, blob = entry.split()
        if mode in ("100644", "100755") and not any(part.startswith(".") for part in name.split("/")):
            files[name] = blob
    for name, content in zip(files, _blobs(folder, files.values()), strict=True):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)


def _text_at(folder: Path, commit: str, path: str) -> str | None:
    for record in _records(_run(folder, "ls-tree", "-z", "--full-tree", commit, "--", path)):
        kind, blob = record.partition("\t")[0].split()[1:3]
        if kind == "blob":
            return next(_blobs(folder, [blob])).decode("utf-8", "replace")
    return None


class _Change(NamedTuple):
    commit: str
    old: str | None  # object id, None if the file came
    new: str | None  # object id, None if it went
    path: str  # from the top of the repository


def _moved_changes(folder: Path, prefix: str, name: str) -> list[_Change]:
    """Return what commits changed in a file, and in the one of the same name that went when it came."""
    starts = _starts(folder)
    changes: list[_Change] = []
    paths = [prefix + name]
    for path in paths:  # which grows
        found = _changes(folder, starts, f":(top,literal){path}")
        changes += found
        for change in found:
            if change.old is None:
                moved_from = _deleted(folder, change.commit, name)
                paths += [old for old in moved_from if old not in paths]
    return changes


def _changes(folder: Path, starts: Iterable[str], pathspec: str) -> list[_Change]:
    """Return what every commit that leads to a tag or to `starts` changed in the files of a path, newest
    first; a merge against each of its parents. Git's usual log of a path leaves out sides of merges: hence
    `--full-history`."""
    options = ("--full-history", "--tags", "--stdin")
    commits = _run(folder, "rev-list", *options, "--", pathspec, given="".join(f"{c}\n" for c in starts))
    return _differences(folder, commits.split(), pathspec)


def _deleted(folder: Path, commit: str, name: str) -> list[str]:
    """Return the paths of files of a name, in any folder, that a commit took away."""
    changes = _differences(folder, [commit], f":(top,glob)**/{name}")
    return [change.path for change in changes if change.new is None]


def _differences(folder: Path, commits: list[str], pathspec: str) -> list[_Change]:
    if not commits:
        return []
    options = ("--stdin", "-m", "--root", "-r", "--raw", "--no-abbrev", "--no-renames", "-z")
    quiet = ("--no-ext-diff", "--no-textconv")
    said = _run(folder, "diff-tree", *options, *quiet, "--", pathspec, given="\n".join(commits) + "\n")
    changes = []
    commit = ""
    records = _records(said)
    for record in records:
        if not record.startswith(":"):
            commit = record.strip()
            continue
        old, new = record.split()[2:4]
        old_blob, new_blob = (blob if blob.strip("0") else None for blob in (old, new))
        changes.append(_Change(commit, old_blob, new_blob, next(records)))
    return changes


def _starts(folder: Path) -> list[str]:
    """Return the commits whose history counts beside that of tags: HEAD, and what is being merged into it."""
    starts = [commit for name in ("HEAD", *_HEADS) if (commit := _commit(folder, name)) is not None]
    for name in _HEAD_FILES:
        path = folder / _text(folder, "rev-parse", "--git-path", name)
        starts += path.read_text(encoding="ascii", errors="replace").split() if path.is_file() else []
    return starts


def _commit(folder: Path, revision: str) -> str | None:
    """Return the commit that a revision names, None if it names none."""
    try:
        arguments = ("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return _text(folder, "rev-parse", *arguments)
    except GitError:
        return None


def _prefix(folder: Path) -> str | None:
    """Return the path of a folder in its repository, with `/` behind it unless it is the top; None outside
    any."""
    try:
        return _text(folder, "rev-parse", "--show-prefix")
    except GitError:
        here = folder.resolve()
        if any((above / ".git").exists() for above in (here, *here.parents)):
            raise
        return None


def _blobs(folder: Path, blobs: Iterable[str]) -> Iterator[bytes]:
    """Yield the contents of objects, one at a time."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
        given.write("".join(f"{blob}\n" for blob in blobs).encode())
        if not given.tell():
            return
        given.seek(0)
        with _start(folder, ("cat-file", "--batch"), given=given, complaints=errors) as process:
            assert process.stdout is not None
            try:
                for line in iter(process.stdout.readline, b""):
                    if line.endswith(b" missing\n"):
                        break
                    size = int(line.split()[2])
                    yield process.stdout.read(size + 1)[:-1]
                else:
                    line = b""
            finally:
                process.stdout.close()
        if line or process.returncode:
            errors.seek(0)
            raise GitError(_reason(errors.read()) if not line else _PARTIAL)


_PARTIAL = (
    "this clone has only a part of the history (a partial clone): "
    "`git fetch --refetch --no-filter` brings the rest"
)


def _records(said: str) -> Iterator[str]:
    return iter([record for record in said.split("\0") if record.strip("\n")])


def _text(folder: Path, *arguments: str) -> str:
    return _run(folder, *arguments).removesuffix("\n")


def _run(folder: Path, *arguments: str, given: str = "") -> str:
    """Return what git says. Raises `GitError` with its complaint."""
    with _start(folder, arguments, given=subprocess.PIPE, complaints=subprocess.PIPE) as process:
        said, complaint = process.communicate(os.fsencode(given))
    if process.returncode:
        raise GitError(_reason(complaint))
    return os.fsdecode(said)


def _start(
    folder: Path, arguments: Iterable[str], *, given: int | IO[bytes], complaints: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    try:
        return subprocess.Popen(
            [*_GIT, "-C", str(folder), *arguments],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**environment, **_SETTINGS},
        )
    except OSError as problem:
        raise GitError(f"git does not run ({problem.strerror}), and without it there is no history") from None


def _reason(complaint: bytes) -> str:
    text = complaint.decode("utf-8", "replace")
    if "promisor" in text or "lazy fetch" in text:
        return _PARTIAL
    lines = [line.strip().removeprefix("fatal: ") for line in text.splitlines() if line.strip()]
    return f"git refuses: {' '.join(lines)}" if lines else "git refuses, and does not say why"
