"""Times whole processes and prints a table: `python benchmarks/run.py [SIZE …] [--rounds N]`. Installs
nothing.

Every round runs the peer and ours one after the other, so that a machine that drifts slows both. Read the
ratios: each is the median over the rounds of the ratio within a round."""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import generate

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent / "decks"
FLASHCARDS = [sys.executable, "-m", "flashcards"]

# By number of notes: how many times faster than the plain script a first build must be (a rebuild twice
# that), and its memory
TIMES_FASTER = {10_000: 8, 100_000: 12}
MEGABYTES = {100_000: 1_000}
HELP_IN_IMPORTS_OF_CLICK = 1.6
SHIPPED_SECONDS = 0.6

NEEDED = {
    "flashcards": "flashcards (`pip install -e .`)",
    "markdown_it": "markdown-it-py, which the plain script uses",
}


@dataclass
class Runs:
    """One command's runs, one a round."""

    name: str
    seconds: list[float] = field(default_factory=list)
    megabytes: float = 0  # resident, of the largest run

    def run(self, *command: str) -> None:
        with tempfile.TemporaryFile() as output:
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.perf_counter() - started)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                sys.exit(f"`{' '.join(command)}` failed:\n{output.read().decode()}")
        unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
        self.megabytes = max(self.megabytes, usage.ru_maxrss / unit)

    def in_units_of(self, peer: Runs) -> float:
        return median(own / other for own, other in zip(self.seconds, peer.seconds, strict=True))


def run_builds(notes: int, rounds: int, folder: Path) -> tuple[Runs, Runs, Runs]:
    """Run the plain script, a first build and a rebuild with nothing changed, all on the same notes."""
    decks, out = folder / "decks", folder / "out"
    generate.write(decks, notes)
    plain, first, again = (
        Runs(f"{notes:,} notes: {what}") for what in ("plain script", "first build", "unchanged rebuild")
    )
    build = (*FLASHCARDS, "build", str(decks), "--to", "apkg", "--out", str(out))
    for _ in range(rounds):
        shutil.rmtree(decks / ".flashcards", ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        plain.run(sys.executable, str(HERE / "plain.py"), str(decks), str(folder / "plain.apkg"))
        first.run(*build)
        again.run(*build)
    return plain, first, again


def run_help(rounds: int) -> tuple[Runs, Runs]:
    click, shown = Runs("import click"), Runs("--help")
    for _ in range(rounds):
        click.run(sys.executable, "-c", "import click")
        shown.run(*FLASHCARDS, "--help")
    return click, shown


def run_shipped(rounds: int, folder: Path) -> Runs:
    """Build a copy of the shipped collection: a build remembers drafts beside its decks."""
    shutil.copytree(SHIPPED, folder / "decks", ignore=shutil.ignore_patterns(".flashcards"))
    built = Runs("shipped collection")
    for _ in range(rounds):
        built.run(*FLASHCARDS, "build", str(folder / "decks"), "--to", "apkg", "--out", str(folder / "out"))
    return built


def row(runs: Runs, ratio: str = "", *bars: tuple[str, bool]) -> list[str]:
    """Return a line of the table; a bar is what it asks for and whether it is kept."""
    seconds = median(runs.seconds)
    shown = [wanted if kept else f"{wanted} MISSED" for wanted, kept in bars]
    return [
        runs.name,
        f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}",
        ratio,
        ", ".join(shown),
        f"{runs.megabytes:.0f}",
    ]


def build_rows(notes: int, plain: Runs, first: Runs, again: Runs) -> list[list[str]]:
    rows = [row(plain)]
    for runs, factor in ((first, 1), (again, 2)):
        faster = 1 / runs.in_units_of(plain)
        bars = []
        if notes in TIMES_FASTER:
            wanted = factor * TIMES_FASTER[notes]
            bars.append((f"at least {wanted} ×", faster >= wanted))
        if notes in MEGABYTES:
            bars.append((f"under {MEGABYTES[notes]:,} MB", runs.megabytes < MEGABYTES[notes]))
        rows.append(row(runs, f"{faster:.1f} × as fast", *bars))
    return rows


def print_table(rows: list[list[str]]) -> None:
    rows = [["whole process", "seconds", "against its peer", "bar", "peak MB"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    for cells in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time whole processes against what a person would write.")
    parser.add_argument(
        "sizes", nargs="*", type=int, default=[1_000, 10_000], metavar="NOTES", help="default: 1000 10000"
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    arguments = parser.parse_args()
    if missing := [what for module, what in NEEDED.items() if find_spec(module) is None]:
        sys.exit(f"missing: {', '.join(missing)}. Nothing was run.")

    rows: list[list[str]] = []
    first_builds: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for notes in sorted(set(arguments.sizes)):
            plain, first, again = run_builds(notes, arguments.rounds, Path(scratch, str(notes)))
            rows += build_rows(notes, plain, first, again)
            first_builds.append((notes, median(first.seconds)))
        click, shown = run_help(4 * arguments.rounds)
        ratio = shown.in_units_of(click)
        help_bar = (f"at most {HELP_IN_IMPORTS_OF_CLICK} ×", ratio <= HELP_IN_IMPORTS_OF_CLICK)
        rows += [row(click), row(shown, f"{ratio:.2f} × the time", help_bar)]
        shipped = run_shipped(arguments.rounds, Path(scratch, "shipped"))
        rows.append(
            row(shipped, "", (f"under {SHIPPED_SECONDS} s", median(shipped.seconds) < SHIPPED_SECONDS))
        )

    print_table(rows)
    for (fewer, before), (more, after) in itertools.pairwise(first_builds):
        microseconds = (after - before) / (more - fewer) * 1e6
        print(
            f"From {fewer:,} to {more:,} notes, each further one costs a first build {microseconds:.0f} µs."
        )


if __name__ == "__main__":
    main()
