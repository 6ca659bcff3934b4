"""Damaged decks: whatever a file holds, `check` answers soon and with findings, and what it finds no error in
can be built.

`pytest tests/test_fuzz.py --fuzz 20000` for a long run; `--fuzz-seed` for another one.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import flashcards
from flashcards import reporting
from flashcards.collection.keys import NOTE_KEYS
from flashcards.collection.location import deck_paths
from flashcards.resources import bundled

EVERY_CONSTRUCT = Path(__file__).parent / "data/every-construct.yaml"
PICTURE = Path(__file__).parent / "diagnostics/media/media/funnel.png"
SOURCES = "book: {title: A Book, url: 'https://example.org'}\npaper: {title: A Paper, short: Paper 2020, year: 2020}\n"
COLLECTION = """\
id: fuzz
title: Fuzz
short_title: Fuzz
root: Fuzz
created: 2026-01-01
keys:
  provenance: {values: [literature, synthesis], help: where the statement comes from}
  seed_refs: {shape: words, covers: true, help: items of the coverage list that it teaches}
  quoted: {shape: flag, exempts: [number-not-recomputed], help: a source measured its numbers}
  set_anchor: {shape: flag, exempts: [list-all], help: the whole set is the point}
checks: {front-length: 60}
"""
SLOWEST = 2.0  # seconds of CPU for one deck

# Texts with a meaning for YAML, Markdown, clozes, LaTeX, HTML or Unicode
PIECES = (
    "\t", "\r", "\0", "\x1f", "\ufeff", "\u2028", "\u202e", "\u0301", "😀", "é", " ", "\n", "\n\n",
    "- ", ": ", " #", "|\n", ">-\n", "|9", "&a ", "*a", "!!str ", "!t ", "---\n", "...\n", "%YAML 1.1\n", "? ", "<<: ", "~",
    "''", '"', "'", '"\\', "\\", "\\x", "\\u00", "{", "}", "[", "]", ",",
    "`", "```", "~~~\n", "*", "**", "_", "# ", "> ", "1. ", "|---|", "![", "](", "![x](y.png)", "<b>", "&#0;", "&lt;", "<!--",
    "]]>", "$", "$$", "\\(", "\\]", "\\frac{", "^", "_{", "\\begin{matrix}", "&", "[sound:", "[latex]",
    "{{c1::", "}}", "::", "{{c0::", "{{c1,2::", "{{c99999::", "{{",
    "{" * 40, "[" * 40, "*" * 60, "> " * 60, "$" * 60, "{{c1::" * 30, "- " * 40, "a" * 3000,
)  # fmt: skip


def flip_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def insert_piece(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES).encode() + data[at:]


def cut_out(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice([1, 2, 5, 30, 300]) :]


def cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def by_line(
    change: Callable[[list[bytes], int, random.Random], None],
) -> Callable[[bytes, random.Random], bytes]:
    def mutation(data: bytes, chance: random.Random) -> bytes:
        lines = data.splitlines(keepends=True)
        change(lines, chance.randrange(len(lines)), chance)
        return b"".join(lines)

    mutation.__name__ = change.__name__
    return mutation


@by_line
def drop_line(lines: list[bytes], at: int, chance: random.Random) -> None:
    del lines[at]


@by_line
def repeat_line(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines) + 1), lines[at])


@by_line
def swap_lines(lines: list[bytes], at: int, chance: random.Random) -> None:
    other = chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


@by_line
def shift_line(lines: list[bytes], at: int, chance: random.Random) -> None:
    body = lines[at].lstrip(b" ")
    lines[at] = chance.choice([b"", b" ", b"  ", b"   ", b"    ", b"\t", b" " * 9]) + body


@by_line
def swap_keys(lines: list[bytes], at: int, chance: random.Random) -> None:
    """Give a line the key of another one."""
    (_, _, value), (key, colon, _) = (
        lines[at].partition(b":"),
        lines[chance.randrange(len(lines))].partition(b":"),
    )
    if colon:
        lines[at] = key + colon + value


@by_line
def empty_value(lines: list[bytes], at: int, chance: random.Random) -> None:
    key, colon, _ = lines[at].partition(b":")
    lines[at] = key + colon + b"\n"


@by_line
def other_line_end(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at] = lines[at].rstrip(b"\r\n") + chance.choice([b"\r\n", b"\r", b"", b"\xc2\x85"])


MUTATIONS = (
    flip_byte, insert_piece, insert_piece, insert_piece, cut_out, cut_off,
    drop_line, repeat_line, swap_lines, shift_line, swap_keys, empty_value, other_line_end,
)  # fmt: skip


def part(deck: bytes, chance: random.Random) -> bytes:
    """Return a deck with some of its notes, next to each other: short files are checked in no time."""
    head, *notes = deck.split(b"\n  - ")
    start = chance.randrange(len(notes))
    return b"\n  - ".join([head, *notes[start : start + chance.randint(1, 6)]]) + b"\n"


@pytest.fixture
def collections(tmp_path: Path) -> list[tuple[Path, list[bytes]]]:
    """Two collections without decks, each with the decks to damage: the shipped ones, and one with every
    construct."""
    shipped, every = tmp_path / "shipped", tmp_path / "every"
    (every / "media").mkdir(parents=True)
    for name, text in {
        "collection.yaml": COLLECTION,
        "sources.yaml": SOURCES,
        "media/tone.mp3": "x",
    }.items():
        (every / name).write_text(text)
    shutil.copyfile(PICTURE, every / "media/picture.png")
    shipped.mkdir()
    shutil.copyfile(bundled("decks") / "sources.yaml", shipped / "sources.yaml")
    settings = (bundled("decks") / "collection.yaml").read_bytes()
    (shipped / "collection.yaml").write_bytes(settings.replace(b"released: true", b""))  # it has no lock here
    decks = [path.read_bytes() for path in deck_paths(bundled("decks"))]
    return [(shipped, decks), (every, [EVERY_CONSTRUCT.read_bytes()])]


def test_every_construct_is_right(collections: list[tuple[Path, list[bytes]]]) -> None:
    """What is damaged below was whole: most of what happens to it happens deep inside."""
    folder, (deck,) = collections[1]
    (folder / "01-deck.yaml").write_bytes(deck)
    loaded = flashcards.check(folder)
    assert [finding.rule for finding in loaded.diagnostics] == [
        "print-fonts"
    ] * 2  # it has 日本語 and an emoji
    collection = loaded.raise_for_errors()
    assert {note.type.kind for _, note in collection.notes()} == set(collection.note_types)
    assert {key for _, note in collection.notes() for key in note.origin.node.entries} >= {
        *NOTE_KEYS, "provenance", "seed_refs", "quoted", "set_anchor",
    }  # fmt: skip


@pytest.mark.slow
def test_damaged_decks(
    collections: list[tuple[Path, list[bytes]]],
    tmp_path: Path,
    pytestconfig: pytest.Config,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed, runs = pytestconfig.getoption("fuzz_seed"), pytestconfig.getoption("fuzz")
    built, slowest = 0, 0.0
    for number in range(runs):
        chance = random.Random(f"{seed} {number}")
        folder, decks = chance.choice(collections)
        path, data = folder / "01-deck.yaml", part(chance.choice(decks), chance)
        path.write_bytes(data)
        if chance.random() < 0.1:  # the other files are read with every deck
            path = folder / chance.choice(["collection.yaml", "sources.yaml"])
            data = path.read_bytes()
        whole = data
        changes = [chance.choice(MUTATIONS) for _ in range(chance.choice([1, 1, 1, 2, 3, 6]))]
        for change in changes:
            data = change(data, chance) if data else data
        path.write_bytes(data)
        started = time.process_time()
        try:
            with alarm(20 * SLOWEST):
                built += try_out(folder, tmp_path / "out")
        except Exception as problem:
            names = ", ".join(change.__name__ for change in changes)
            raise AssertionError(
                f"seed {seed}, number {number}, {path.name} after {names}:\n{data!r}"
            ) from problem
        took = time.process_time() - started
        assert took < SLOWEST, f"seed {seed}, number {number}, {path.name} took {took:.1f} s:\n{data!r}"
        slowest = max(slowest, took)
        path.write_bytes(whole)
    with capsys.disabled():
        print(
            f" [seed {seed}: {runs:,} damaged, {built:,} of them built, none took more than {slowest:.2f} s] ",
            end="",
        )
    assert built > runs / 10  # else only the YAML parser was tried


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what would go on for ever, on systems that can."""

    def ring(*arguments: object) -> None:
        raise TimeoutError

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def try_out(folder: Path, out: Path) -> bool:
    """Check a collection, say what was found in every form, and build the package if there is no error."""
    loaded = flashcards.check(folder)
    for form in reporting.FORMATS.values():
        form(loaded.diagnostics, lambda text, role: text)
    if loaded.errors:
        return False
    assert flashcards.build(loaded, out, now=1_800_000_000, to=["apkg"]).failures == []
    return True
