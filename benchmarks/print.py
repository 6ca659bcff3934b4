"""Times the PDF stage against Typst alone: `python benchmarks/print.py [NOTES …] [--rounds N]`. Installs
nothing.

The stage is an exporter's run on a collection that has been loaded: Jinja, our Typst source, fitting cards,
compiling, writing. Typst alone compiles the very sources that the stage ended with, and nothing else.
WeasyPrint, where it is installed, sets the same notes from their HTML for Anki, with formulas left as LaTeX.
Each run has a process of its own and tells its time from within, without imports; in each round all take
their turn, and a ratio is the median of the ratios within a round."""

from __future__ import annotations

import argparse
import gc
import importlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import generate

OUTPUTS = {"sheet": "cheat_sheets", "cards": "cards"}  # what is printed, and its exporter
IN_TYPST_ALONE = 1.3  # the stage may take so many times as long
CREATED = 1_800_000_000


@dataclass
class Runs:
    seconds: list[float] = field(default_factory=list)

    def in_units_of(self, peer: Runs) -> float:
        return median(own / other for own, other in zip(self.seconds, peer.seconds, strict=True))


# ------------------------------------------------------------------------------------------- what runs in its own process


def _job(decks: Path, out: Path) -> Any:
    import flashcards
    from flashcards.actions import building
    from flashcards.cards.templates import looks_of
    from flashcards.exporters.job import Job
    from flashcards.ledger.hashes import note_hashes, type_hashes

    loaded = flashcards.load(decks)
    collection = loaded.raise_for_errors()
    looks = looks_of(collection)
    hashes = note_hashes(collection), type_hashes(collection, looks)
    times, _ = building.settle_times(collection, *hashes, now=CREATED, locked=False)
    selection = building.select(collection, loaded.selected, lambda _: True)
    return Job(collection, selection, times, looks, out)


def stage(decks: Path, out: Path, output: str) -> float:
    """Return the seconds of an exporter's run on the loaded collection."""
    gc.disable()  # as the command does
    job = _job(decks, out)
    export: Callable[..., Any] = importlib.import_module(
        f"flashcards.exporters.print.{OUTPUTS[output]}"
    ).export
    started = time.perf_counter()
    list(export(job))
    return time.perf_counter() - started


def keep_sources(decks: Path, out: Path, output: str, kept: Path) -> None:
    """Run the stage once, and keep a copy of Typst's root for every document that it compiles."""
    from flashcards.exporters.print.typesetting import Typesetter

    set_only = Typesetter._set

    def keep_and_set(typesetter: Typesetter, *arguments: Any) -> Any:
        made = set_only(typesetter, *arguments)
        shutil.copytree(typesetter.root, kept / f"{len(list(kept.iterdir())):03}")
        return made

    kept.mkdir()
    Typesetter._set = keep_and_set
    stage(decks, out, output)


def typst_alone(kept: Path) -> float:
    import typst

    roots = sorted(kept.iterdir())
    started = time.perf_counter()
    for root in roots:
        compiler = typst.Compiler(str(root / "main.typ"), root=str(root), ignore_system_fonts=True)
        compiler.compile(timestamp=CREATED, pdf_standards=["ua-1"])
    return time.perf_counter() - started


def weasyprint(decks: Path, output: str) -> float:
    """Set the notes' HTML for Anki: in two columns, or front and back in boxes of a card's size."""
    import weasyprint as peer

    from flashcards.cards.fields import field_html

    notes = [field_html(note, {}) for _, note in _job(decks, decks).collection.notes()]
    if output == "sheet":
        style = "body { columns: 2; font: 9.5pt serif; text-align: justify; hyphens: auto }"
        body = "".join(f"<div>{''.join(fields.values())}</div>" for fields in notes)
    else:
        style = "body { font: 10pt serif } div { float: left; width: 95mm; height: 69mm; overflow: hidden }"
        body = "".join(
            f"<div>{next(iter(fields.values()))}</div><div>{''.join(fields.values())}</div>"
            for fields in notes
        )
    html = f'<html lang="en"><style>@page {{ size: A4; margin: 10mm }} {style}</style>{body}</html>'
    started = time.perf_counter()
    peer.HTML(string=html).write_pdf()
    return time.perf_counter() - started


def has_weasyprint() -> bool:
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError):  # OSError: the package is there, Pango is not
        return False
    return True


# ------------------------------------------------------------------------------------------------------------------ table


def alone(work: Callable[..., Any], *arguments: object) -> Any:
    """Return what `work` gives in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def rows(notes: int, output: str, rounds: int, folder: Path, *, peer: bool) -> list[list[str]]:
    decks, out, kept = folder / "decks", folder / "out", folder / output
    generate.write(decks, notes)
    alone(keep_sources, decks, out, output, kept)
    ours, bare, other = Runs(), Runs(), Runs()
    for _ in range(rounds):
        bare.seconds.append(alone(typst_alone, kept))
        ours.seconds.append(alone(stage, decks, out, output))
        if peer:
            other.seconds.append(alone(weasyprint, decks, output))
    ratio = ours.in_units_of(bare)
    bar = f"at most {IN_TYPST_ALONE} ×" + ("" if ratio <= IN_TYPST_ALONE else " MISSED")
    name = f"{output} of {notes:,} notes"
    found = [
        [f"{name}: Typst alone", f"{median(bare.seconds):.2f}", "", ""],
        [f"{name}: the PDF stage", f"{median(ours.seconds):.2f}", f"{ratio:.2f} ×", bar],
    ]
    if peer:
        found.append(
            [f"{name}: WeasyPrint", f"{median(other.seconds):.2f}", f"{other.in_units_of(bare):.1f} ×", ""]
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the PDF stage against Typst alone on the same source.")
    parser.add_argument(
        "sizes", nargs="*", type=int, default=[200, 2_000], metavar="NOTES", help="default: 200 2000"
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    arguments = parser.parse_args()
    peer = alone(has_weasyprint)
    table = [["in one process, without imports", "seconds", "against Typst alone", "bar"]]
    with tempfile.TemporaryDirectory() as scratch:
        for notes in sorted(set(arguments.sizes)):
            for output in OUTPUTS:
                table += rows(notes, output, arguments.rounds, Path(scratch, str(notes)), peer=peer)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    table.insert(1, ["-" * width for width in widths])
    for cells in table:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |")
    if not peer:
        print("WeasyPrint cannot be imported here, so it was not run.", file=sys.stderr)


if __name__ == "__main__":
    main()
