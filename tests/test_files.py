"""What is written is there whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flashcards.cache import Cache, digest
from flashcards.files import write_atomically


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what the system is asked, in order: what is saved on the disk, and which name is given."""
    done: list[tuple[str, str]] = []
    save, rename = os.fsync, os.replace

    def fsync(handle: int) -> None:
        save(handle)
        place = Path(f"/proc/self/fd/{handle}").resolve()
        done.append(("saved", place.name if place.is_dir() else place.read_text()))

    def replace(old: str | Path, new: str | Path) -> None:
        rename(old, new)
        done.append(("named", Path(new).name))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return done


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only here a file is known by its handle")
def test_content_is_on_the_disk_before_it_gets_its_name_and_the_name_after(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    write_atomically(tmp_path / "decks/flashcards.lock", b"new")
    assert calls == [("saved", "new"), ("named", "flashcards.lock"), ("saved", "decks")]


def test_the_cache_does_not_wait_for_the_disk(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    cache, key = Cache(tmp_path), digest(["key"])
    cache.write(key, b"piece")
    assert calls == [("named", key)]
    (tmp_path / key[:2] / key).write_bytes(b"torn")
    assert cache.read(key) is None


def test_a_disk_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flashcards.lock"
    path.write_text("old")

    def fail(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"Input/output error: '.*/flashcards.lock'"):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["flashcards.lock"]


def test_a_folder_that_cannot_be_saved_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a folder cannot be opened."""
    original = os.open

    def refuse(path: str | Path, *arguments: int, **others: int) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return original(path, *arguments, **others)

    monkeypatch.setattr(os, "open", refuse)
    write_atomically(tmp_path / "flashcards.lock", b"new")
    assert (tmp_path / "flashcards.lock").read_text() == "new"
