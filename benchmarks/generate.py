"""Writes a synthetic collection: `python benchmarks/generate.py FOLDER NOTES`. The same arguments give the
same bytes.

A note is about 620 bytes of YAML, like a real one: a front of 15 words, a back of about 50 in Markdown with
emphasis, code, a list and now and then maths, and 3 tags. One note in 20 is a cloze. A deck holds at most
2,000 notes."""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from textwrap import fill

NOTES_A_DECK = 2_000
CLOZE_EVERY = 20
MATHS_EVERY = 4

_COLLECTION = """\
id: benchmark
title: Benchmark
short_title: Bench
root: Benchmark
created: 2026-01-01
"""

_VOCABULARY = """
a able about across after against alert all annotation any approximate are arrive as assumption at attention availability
background balance baseline batch because before behind benchmark best between bias bottleneck both bound budget but by cache
calibration candidate capacity case checkpoint classifier cluster comparison component compression confidence consistency
constraint conversion convergence correlation cost could coverage data deep default degradation dependency deployment
distribution drift each early embedding engagement estimate evaluation every experiment exploration failure fast feature
feedback filter first for forecast freshness from gain generalisation gradient ground guard half has have heuristic high how
hypothesis if implementation importance impression imbalance in inference infrastructure interaction into is it item its join
judgement keep label large last latency layer leakage less level limit list logged long loss low made matching mean
measurement memory metric model monitoring more most name near negative never new next node noise objective observation of
offline often on once one online or order other over overfitting partition pass per pipeline point policy pool position
precision prediction prior probability problem production query queue ranking rate raw recall recommendation recent regression
regularisation relevance reliability replication request requirement result retention retrieval retraining review right risk
robust rollback rule same sample saturation scale schedule score search segment selection sensitivity serving session set
shard share short signal similar simple single skew slice small some source sparse split stable stage state stream sudden
supervision system target task test than that the them then there they threshold throughput to token too top total trade-off
traffic training transformation trust two uncertainty under unit until update use user validation value variance vector
verification view volume wait weight what when where which while wide window with without word work worse
"""
_WORDS = _VOCABULARY.split()
_TOPICS = (
    "retrieval",
    "ranking",
    "features",
    "labels",
    "serving",
    "drift",
    "evaluation",
    "storage",
    "cost",
    "safety",
)
_MATHS = (
    r"p = \frac{a_{%d}}{a + b}",
    r"O(n^{%d} \log n)",
    r"\sigma(w^\top x) = 0.%05d",
    r"\sum_{i=1}^{%d} w_i x_i",
)


def write(folder: Path, notes: int, rules: str = "") -> int:
    """Write a collection of `notes` notes into `folder` and return its size in bytes; `rules` is more text
    for `collection.yaml`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "collection.yaml").write_bytes((_COLLECTION + rules).encode())
    chance = random.Random(notes)
    size = 0
    for number, first in enumerate(range(0, notes, NOTES_A_DECK), 1):
        numbers = range(first, min(first + NOTES_A_DECK, notes))
        text = f"title: Part {number}\nnotes:\n" + "".join(_note(i, chance) for i in numbers)
        size += (folder / f"{number:02}-part.yaml").write_bytes(text.encode())
    return size


def _note(number: int, chance: random.Random) -> str:
    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count))

    maths = chance.choice(_MATHS) % chance.randrange(100_000)  # hardly a formula stands there twice
    fact = f"${maths}$ is {words(2)}" if number % MATHS_EVERY == 1 else words(4)
    points = f"- {words(8)}\n      - {words(3)} *{words(1)}* {words(4)}"
    if number % CLOZE_EVERY == 0:
        gaps = f"{words(8)} {{{{c1::{words(2)}}}}} {words(6)}, {words(4)} {{{{c2::{words(1)}}}}} {words(4)}."
        reason = f"{words(8)} `{words(1)}` {words(4)}, {fact}."
        own = f"    cloze: |\n{_wrapped(gaps)}\n    why: |\n{_wrapped(reason)}\n\n      {points}\n"
    else:
        answer = f"{words(7)} **{words(2)}** {words(5)}, *{words(1)}* {words(4)}."
        detail = f"{words(6)} `{words(1)}_{words(1)}` {words(4)}: {fact}."
        own = f"    front: {words(15)}?\n    back: |\n{_wrapped(f'{answer} {detail}')}\n\n      {points}\n"
    tags = f"{', '.join(chance.sample(_TOPICS, 2))}, level::{chance.choice(('mid', 'senior', 'staff'))}"
    return f"  - id: N{number:06}\n{own}    tags: [{tags}]\n"


def _wrapped(text: str) -> str:
    """Break lines as authors do, indented for a block below a note's key."""
    return fill(text, 100, initial_indent=" " * 6, subsequent_indent=" " * 6, break_on_hyphens=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a synthetic collection.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("notes", type=int)
    arguments = parser.parse_args()
    print(f"{write(arguments.folder, arguments.notes) / arguments.notes:.0f} bytes a note")
