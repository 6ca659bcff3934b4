"""Times whole processes and prints tables: `python benchmarks/run.py [SIZE …] [--rounds N]`. Installs
nothing.

What is compared is CPU time: what a process and those that it starts spend in user and system mode. It hardly
depends on what else a machine does. Every round runs the peer and ours one after the other, so that a machine
that drifts slows both. Read the ratios: each is the median over the rounds of the ratio within a round.

The cache of `flashcards` lies in a folder of its own, which is emptied before each first run."""

from __future__ import annotations

import argparse
import compileall
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import generate

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent / "decks"
FLASHCARDS = [sys.executable, "-m", "flashcards"]

# The bars. By number of notes: how many times less CPU time than the plain script a build takes
TIMES_LESS = {
    "first build": {10_000: 4.8, 100_000: 5},
    "one note edited": {10_000: 12},
    "nothing changed": {10_000: 100},
}
TIMES_SOONER = {10_000: 6.5}  # a first build by the clock, on two idle cores
MEGABYTES = {100_000: 800}  # of a first build
MICROSECONDS_A_NOTE = {10_000: 800, 50_000: 800}  # of a check with all rules of the shipped decks
PACKAGE_AFTER_EDIT, PDF_AFTER_EDIT = 0.4, 0.25  # of a first build of the shipped decks
HELP_IN_IMPORTS_OF_CLICK = 1.6

CASES = ("builds", "rules", "apkg", "pdf", "help")
NEEDED = {
    "flashcards": "flashcards (`pip install -e .`)",
    "markdown_it": "markdown-it-py, which the plain script uses",
}


@dataclass
class Runs:
    """One command's runs, one a round."""

    name: str
    cpu: list[float] = field(default_factory=list)  # seconds
    wall: list[float] = field(default_factory=list)  # seconds
    megabytes: float = 0  # resident, of the largest process in any run

    def run(self, *command: str, cache: Path | None = None) -> None:
        """Run a command to its end; what it computes is kept in `cache`."""
        environment = {**os.environ, "FLASHCARDS_CACHE": str(cache or "")}
        with tempfile.TemporaryFile() as output:
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall.append(time.perf_counter() - started)
            self.cpu.append(usage.ru_utime + usage.ru_stime)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                sys.exit(f"`{' '.join(command)}` failed:\n{output.read().decode()}")
        unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
        self.megabytes = max(self.megabytes, usage.ru_maxrss / unit)

    def of(self, peer: Runs) -> float:
        """Return the CPU time in that of the peer."""
        return _median_ratio(self.cpu, peer.cpu)

    def sooner_than(self, peer: Runs) -> float:
        """Return how many times sooner than the peer this is done, by the clock."""
        return _median_ratio(peer.wall, self.wall)

    def row(self, ratio: str = "", *bars: tuple[str, bool]) -> list[str]:
        """Return a line of the table; a bar is what it asks for and whether it is kept."""
        shown = [wanted if kept else f"{wanted} MISSED" for wanted, kept in bars]
        times = (_shown(median(times)) for times in (self.cpu, self.wall))
        return [self.name, *times, ratio, ", ".join(shown), f"{self.megabytes:.0f}"]


def _median_ratio(ours: list[float], peers: list[float]) -> float:
    return median(own / other for own, other in zip(ours, peers, strict=True))


def _shown(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}"


class Work:
    """A copy of a collection that is built and edited, with its outputs and its cache."""

    def __init__(self, folder: Path):
        self.decks, self.out, self.cache = folder / "decks", folder / "out", folder / "cache"
        self.edits = itertools.count(1)

    def forget(self) -> None:
        """Leave nothing of what was built before."""
        for folder in (self.decks / ".flashcards", self.out, self.cache):
            shutil.rmtree(folder, ignore_errors=True)

    def edit(self) -> None:
        """Change the first front of the largest deck."""
        deck = max(self.decks.glob("*-*.yaml"), key=lambda path: (path.stat().st_size, path.name))
        text, count = re.subn(
            r"(?m)^(  +front: [^\s|>'\"]\S*)",
            rf"\1 edited{next(self.edits)}",
            deck.read_text("utf-8"),
            count=1,
        )
        assert count == 1
        deck.write_text(text, "utf-8")

    def build(self, runs: Runs, output: str) -> None:
        command = (*FLASHCARDS, "build", str(self.decks), "--to", output, "--out", str(self.out))
        runs.run(*command, cache=self.cache)

    def check(self, runs: Runs) -> None:
        runs.run(*FLASHCARDS, "check", str(self.decks), "--output-format", "concise", cache=self.cache)


# ------------------------------------------------------------------------------------------------------------- cases


def generated(notes: int, rounds: int, folder: Path) -> Iterator[list[str]]:
    """Packages of generated notes, against the plain script on the same notes."""
    work = Work(folder)
    generate.write(work.decks, notes)
    plain, *ours = (
        Runs(f"{notes:,} notes: {what}")
        for what in ("plain script", "first build", "one note edited", "nothing changed")
    )
    for _ in range(rounds):
        work.forget()
        plain.run(sys.executable, str(HERE / "plain.py"), str(work.decks), str(folder / "plain.apkg"))
        for runs in ours:
            if runs is ours[1]:
                work.edit()
            work.build(runs, "apkg")
    yield plain.row()
    for runs in ours:
        less, sooner = 1 / runs.of(plain), runs.sooner_than(plain)
        bars = []
        wanted = TIMES_LESS[runs.name.partition(": ")[2]].get(notes)
        if wanted is not None:
            bars.append((f"at least {wanted} ×", less >= wanted))
        if runs is ours[0] and notes in TIMES_SOONER:
            wanted = TIMES_SOONER[notes]
            bars.append((f"{wanted} × sooner on two idle cores", sooner >= wanted))
        if runs is ours[0] and notes in MEGABYTES:
            bars.append((f"under {MEGABYTES[notes]} MB", runs.megabytes < MEGABYTES[notes]))
        yield runs.row(f"{less:.1f} × less, {sooner:.1f} × sooner", *bars)


def all_rules(notes: int, rounds: int, folder: Path) -> Iterator[list[str]]:
    """A check of generated notes with all rules of content that the shipped decks switch on."""
    work = Work(folder)
    generate.write(work.decks, notes, rules=_shipped_rules())
    checked = Runs(f"{notes:,} notes: check with all rules")
    for _ in range(rounds):
        work.forget()
        work.check(checked)
    microseconds = median(checked.cpu) / notes * 1e6
    wanted = MICROSECONDS_A_NOTE.get(notes)
    bars = [(f"at most {wanted} µs a note", microseconds <= wanted)] if wanted else []
    yield checked.row(f"{microseconds:.0f} µs a note", *bars)


def _shipped_rules() -> str:
    """Return `checks:` of the shipped decks."""
    settings = (SHIPPED / "collection.yaml").read_text("utf-8")
    found = re.search(r"(?m)^checks:\n(?:  .*\n)+", settings)
    assert found is not None
    return found.group()


def shipped(output: str, rounds: int, folder: Path, wanted: float) -> Iterator[list[str]]:
    """An output of the shipped decks: first, and when one note was edited."""
    work = Work(folder)
    shutil.copytree(SHIPPED, work.decks, ignore=shutil.ignore_patterns(".flashcards"))
    first, edited = Runs(f"shipped decks, {output}: first build"), Runs("one note edited")
    for _ in range(rounds):
        work.forget()
        work.build(first, output)
        work.edit()
        work.build(edited, output)
    ratio = edited.of(first)
    yield first.row()
    yield edited.row(f"{ratio:.2f} of it", (f"at most {wanted}", ratio <= wanted))


def help_page(rounds: int) -> Iterator[list[str]]:
    """`--help`, against the import of click."""
    click, shown = Runs("import click"), Runs("--help")
    for _ in range(rounds):
        click.run(sys.executable, "-c", "import click")
        shown.run(*FLASHCARDS, "--help")
    ratio = shown.of(click)
    yield click.row()
    yield shown.row(
        f"{ratio:.2f} × that", (f"at most {HELP_IN_IMPORTS_OF_CLICK} ×", ratio <= HELP_IN_IMPORTS_OF_CLICK)
    )


# ------------------------------------------------------------------------------------------------------------- table


def print_table(rows: list[list[str]]) -> None:
    rows = [["whole process", "CPU s", "wall s", "against its peer", "bar", "peak MB"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    for cells in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |")


def compile_bytecode() -> None:
    """Compile the package as pip does when it installs one: an editable install may run without."""
    spec = find_spec("flashcards")
    assert spec is not None and spec.submodule_search_locations is not None
    for folder in spec.submodule_search_locations:
        compileall.compile_dir(folder, quiet=1)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time whole processes against what a person would write.")
    parser.add_argument(
        "sizes", nargs="*", type=int, default=[1_000, 10_000], metavar="NOTES", help="default: 1000 10000"
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--only", action="append", choices=CASES, help="only this case; may be given again")
    arguments = parser.parse_args()
    if missing := [what for module, what in NEEDED.items() if find_spec(module) is None]:
        sys.exit(f"missing: {', '.join(missing)}. Nothing was run.")
    compile_bytecode()
    cases, rounds = arguments.only or CASES, arguments.rounds
    rows: list[list[str]] = []
    first_builds: list[tuple[int, float]] = []  # notes and CPU seconds
    with tempfile.TemporaryDirectory() as scratch:
        for notes in sorted(set(arguments.sizes)):
            if "builds" in cases:
                builds = list(generated(notes, rounds, Path(scratch, f"{notes}-builds")))
                rows += builds
                first_builds.append((notes, float(builds[1][1])))
            if "rules" in cases:
                rows += all_rules(notes, rounds, Path(scratch, f"{notes}-rules"))
        if "apkg" in cases:
            rows += shipped("apkg", rounds, Path(scratch, "apkg"), PACKAGE_AFTER_EDIT)
        if "pdf" in cases:
            rows += shipped("pdf", rounds, Path(scratch, "pdf"), PDF_AFTER_EDIT)
        if "help" in cases:
            rows += help_page(4 * rounds)
    print_table(rows)
    for (fewer, before), (more, after) in itertools.pairwise(first_builds):
        microseconds = (after - before) / (more - fewer) * 1e6
        print(
            f"From {fewer:,} to {more:,} notes, each further one costs a first build {microseconds:.0f} µs."
        )


if __name__ == "__main__":
    main()
