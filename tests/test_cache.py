"""The cache of decks and builds is never wrong: whatever is edited, findings and files are those without it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, PNG, Folder

import flashcards
from flashcards import reporting
from flashcards.actions import fingerprint, releasing, survey
from flashcards.actions.building import build
from flashcards.actions.checking import check, check_with
from flashcards.actions.survey import Survey
from flashcards.cache import Cache, digest
from flashcards.cli import main

NOW = 1_800_000_000

RULES = """\
checks: {near-duplicate-front: 95, front-length: 6, prereq-cycle: on, missing-source: on, choice-position-bias: 40}
"""
KEYS = "keys: {mood: {values: {calm: {tag: core}}, help: h}, quoted: {shape: flag, exempts: [front-length], help: h}}\n"
DECK = """\
title: {title}
{name}
tags: [{tag}]
notes:
  - id: {prefix}1
    front: Which unit of {word} measures how much a signal changes over time?
    back: |
      *Hertz*, ${maths}$, `a #b`
    sources: [book]
    {label}
  - id: {prefix}2
    cloze: "The {{{{c1::{word}}}}} of a **signal** is {{{{c2::what}}}} counts"
    sources: [book chapter 2]
    why: "{why}"
  - id: {prefix}4
    cloze: "{gaps}, counted in {word}"
    sources: [book]
  - id: {prefix}3
    front: What shows ![{word}]({picture})?
    back: see
    ignore: {{missing-source: it is a picture}}
"""
GAPS = "A {{c1::first}} of {{c2::two}} gaps"
WORDS = {"01-a": "apples", "02-b": "bananas", "03-c": "cherries"}
SOURCES = "book: {title: The Book, short: Book}\n"


def runs(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, arguments)
    return done.exit_code, done.stdout, done.stderr


class Edits:
    """Random edits of everything that a collection consists of."""

    def __init__(self, folder: Folder, seed: int):
        self.folder = folder
        self.random = random.Random(seed)
        self.values = {name: self._deck(name) for name in ("01-a", "02-b", "03-c")}
        folder.write("sources.yaml", SOURCES)
        folder.write("collection.yaml", COLLECTION + RULES)
        folder.write("media/p.png", PNG + b"one")
        for name in self.values:
            self._write(name)

    def _deck(self, name: str) -> dict[str, str]:
        return {
            "title": self._mostly(f"Deck {name}", "Deck 02-b", "Gamma"),
            "tag": self.random.choice(["core", "rare", "x::y"]),
            "prefix": self._mostly(name[-1].upper(), "B", "b"),
            "word": self._mostly(WORDS[name], "apples", "{{c1::x"),
            "maths": self._mostly("x", r"\\frac{1}{2}", r"\frac{1}"),
            "why": self._mostly("so", "[bad](ftp://x.org)", "<b>", "2*3*4", "a<br>b", "'> 90 %'"),
            "picture": self._mostly("p.png", "q.png", "media/p.png", "media/q.png"),
            "label": self._mostly(
                "as_of: 2026-11", "mood: calm", "mood: loud", "quoted: true", "mood: [calm, calm]"
            ),
            "name": self.random.choice(["", "", "name: Own::Name", "name: ''", "name: Test::02 Deck 02-b"]),
            "gaps": self.random.choice([GAPS, "A {{c2::first}} of {{c1::two}} gaps", "A {{c1::first}} gap"]),
        }

    def _mostly(self, usual: str, *others: str) -> str:
        """Return the usual value, else one that is likely to be a mistake."""
        return usual if self.random.random() < 0.9 else self.random.choice(others)

    def _write(self, name: str) -> None:
        self.folder.write(f"{name}.yaml", DECK.format(**self.values[name]))

    def edit(self) -> None:
        """Change one thing."""
        chosen = self.random
        what = chosen.randrange(12)
        name = chosen.choice(sorted(self.values))
        if what < 5:
            key = chosen.choice(sorted(self.values[name]))
            self.values[name][key] = self._deck(name)[key]
            self._write(name)
        elif what == 5:
            more = chosen.choice(
                ["", RULES, RULES + KEYS, KEYS, "checks: {front-length: 40}\n", "language: de\n" + RULES]
            )
            self.folder.write("collection.yaml", COLLECTION + more)
        elif what == 6:
            self.folder.write(
                "sources.yaml", chosen.choice([SOURCES, "book: {title: Other}\n", "", "a: b\n"])
            )
        elif what == 7:
            self.folder.write("media/p.png", chosen.choice([PNG + b"one", PNG + b"two", b"three"]))
        elif what == 8:
            path = self.folder.path / "media" / "q.png"
            path.unlink() if path.exists() else self.folder.write("media/q.png", PNG)
        elif what == 9:
            back = chosen.choice(["", "<i>{{Front}}</i> {{Back}}\n", "{{Back}} {{Why}}\n", "{{Nothing}}\n"])
            kind = self.folder.path / "templates/notetypes/basic"
            if back:
                shipped = flashcards.resources.bundled("templates") / "notetypes/basic"
                for name in ("notetype.yaml", "front.html", "print.typ"):
                    self.folder.write(f"templates/notetypes/basic/{name}", (shipped / name).read_bytes())
                self.folder.write("templates/notetypes/basic/back.html", back)
            elif kind.exists():
                for file in kind.iterdir():
                    file.unlink()
                kind.rmdir()
        elif what == 10:
            self._place_elsewhere(chosen.choice(["01-a.yml", "4-d.yml", "sources.yml", "more/05-e.yaml"]))
        else:
            path = self.folder.path / f"{name}.yaml"
            path.write_bytes(chosen.choice([b"\xff", b"title: [", b"", path.read_bytes()]))

    def _place_elsewhere(self, name: str) -> None:
        """Write a deck that is read under another ending or not at all, or delete it again."""
        path = self.folder.path / name
        if path.exists():
            path.unlink()
        else:
            self.folder.write(
                name, f"title: {name[0]}\nnotes: [{{id: E{name[0]}, front: {name}, back: a}}]\n"
            )

    def mend(self) -> None:
        """Put everything right."""
        shutil.rmtree(self.folder.path / "more", ignore_errors=True)
        for path in self.folder.path.glob("*.yml"):
            path.unlink()
        self.folder.write("sources.yaml", SOURCES)
        self.folder.write("collection.yaml", COLLECTION + RULES)
        shutil.rmtree(self.folder.path / "templates", ignore_errors=True)
        for name, values in self.values.items():
            usual = {
                "label": "as_of: 2026-11",
                "title": f"Deck {name}",
                "prefix": name[-1].upper(),
                "word": WORDS[name],
            }
            values.update(usual, maths="x", picture="p.png", gaps=GAPS, name="")
            self._write(name)


def outcome(make: Callable[[], Any], out: Path) -> tuple[str, dict[str, bytes] | str]:
    """Return the findings, and the bytes of the package or why there is none."""
    for path in Path("decks").rglob("drafts.json"):
        path.unlink()
    found = make()
    text = reporting.full(found.diagnostics)
    if found.errors:
        return text, "errors"
    try:
        built = build(found, out, now=NOW, to=["apkg"])
    except flashcards.FlashcardsError as problem:
        return text, str(problem)
    assert not built.failures
    return text, {written.path.name: written.path.read_bytes() for written in built.written}


@pytest.mark.parametrize("seed", range(4))
def test_with_a_cache_findings_and_packages_are_those_without(
    seed: int, folder: Folder, tmp_path: Path
) -> None:
    edits, cache = Edits(folder, seed), Cache(tmp_path / "cache")
    surveyed = 0
    for step in range(12):
        edits.edit() if step % 4 else edits.mend()
        if step == 0 and seed % 2:  # from then on, the ledger forbids things
            loaded = check("decks")
            releasing.write(loaded.collection, releasing.plan(loaded, now=NOW))
        exact = outcome(lambda: check("decks"), tmp_path / "exact")
        known = check_with(cache, "decks", for_package=True)
        surveyed += isinstance(known, Survey)
        assert outcome(lambda: check_with(cache, "decks", for_package=True), tmp_path / "cached") == exact
        assert reporting.full(check_with(cache, "decks").diagnostics) == exact[0]
    assert surveyed > 2, "else this would compare the exact way with itself"


def test_a_build_from_the_cache_reads_no_deck(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Edits(folder, 1).edit()
    folder.write("01-a.yaml", "title: A\nnotes: [{id: A1, front: q, back: a}]\n")
    (folder.path / "02-b.yaml").unlink()
    (folder.path / "03-c.yaml").unlink()
    cache = Cache(tmp_path / "cache")
    first = outcome(lambda: check_with(cache, "decks", for_package=True), tmp_path / "one")

    def read(*arguments: object) -> None:
        raise AssertionError("a deck was read")

    monkeypatch.setattr(survey.Reading, "evaluate", read)
    assert outcome(lambda: check_with(cache, "decks", for_package=True), tmp_path / "two") == first


def test_a_kind_whose_name_is_written_with_an_escape_is_built_like_any(
    folder: Folder, tmp_path: Path
) -> None:
    folder.deck("- {id: A1, kind: basic, front: q, back: a}")
    cache, packages = Cache(tmp_path / "cache"), []
    for kind in ("reversed", r'"\x72eversed"'):
        folder.deck(f"- {{id: B1, kind: {kind}, front: r, back: b}}", "02-deck.yaml")
        exact = outcome(lambda: check("decks"), tmp_path / "exact")
        assert outcome(lambda: check_with(cache, "decks", for_package=True), tmp_path / "cached") == exact
        packages.append(exact)
    assert packages[0] == packages[1] and packages[0][1] != "errors"


def test_warnings_about_settings_and_keys_of_before_come_from_the_cache_too(
    folder: Folder, tmp_path: Path
) -> None:
    folder.write("collection.yaml", COLLECTION + "language: de\nchecks: {stale-fact: on, front-length: 9}\n")
    folder.deck("- {id: A1, front: q, back: a, seed_refs: [x]}")
    folder.deck("title: B\ndefaults: {quoted: true}\nnotes: [{id: B1, front: r, back: b}]", "02-deck.yaml")
    folder.deck("title: C\nnotes: [{id: C1, front: s, back: c, quoted: true}]", "03-deck.yaml")
    exact = outcome(lambda: check("decks"), tmp_path / "exact")
    assert exact[0].count("english-only: ") == 1 and exact[0].count("undeclared-key: ") == 2
    cache = Cache(tmp_path / "cache")
    for _ in range(2):
        found = check_with(cache, "decks", for_package=True)
        assert isinstance(found, Survey)
        assert outcome(lambda: found, tmp_path / "cached") == exact  # noqa: B023  # called at once


def test_decks_are_evaluated_alike_in_one_process_and_in_several(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "_WORTH_A_PROCESS", 0)
    Edits(folder, 3)
    for number in range(4):
        folder.write(
            f"1{number}-d.yaml", f"title: D{number}\nnotes: [{{id: D{number}, front: q{number}, back: a}}]\n"
        )
    for name in ("01-a", "02-b", "03-c"):
        (folder.path / f"{name}.yaml").unlink()
    one = outcome(lambda: check_with(Cache(None), "decks", for_package=True), tmp_path / "one")
    two = outcome(lambda: check_with(Cache(None), "decks", for_package=True, jobs=2), tmp_path / "two")
    assert one == two == outcome(lambda: check("decks"), tmp_path / "three")


def test_a_damaged_or_deleted_cache_is_passed_over(folder: Folder, tmp_path: Path) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    cache = Cache(tmp_path / "cache")
    first = outcome(lambda: check_with(cache, "decks", for_package=True), tmp_path / "one")
    pieces = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(pieces) >= 2
    for damage in (b"", b"nonsense", b"\0" * 40):
        for path in pieces:
            path.write_bytes(damage)
        assert outcome(lambda: check_with(cache, "decks", for_package=True), tmp_path / "two") == first
    (tmp_path / "file").write_text("no folder")
    blocked = Cache(tmp_path / "file")
    assert outcome(lambda: check_with(blocked, "decks", for_package=True), tmp_path / "two") == first


def test_the_cache_keeps_what_was_used_last(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=10_000)
    keys = [digest([str(number)]) for number in range(20)]
    for number, key in enumerate(keys):
        cache.write(key, bytes(1_000))
        os.utime(tmp_path / key[:2] / key, (number, number))
    assert cache.read(keys[0]) == bytes(1_000)
    cache.prune()
    left = [key for key in keys if cache.read(key) is not None]
    assert left == [keys[0], *keys[-len(left) + 1 :]] and 5 <= len(left) <= 8


def test_nothing_of_the_cache_lies_in_the_collection(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    folder.deck("- {id: A1, front: q, back: a}")
    before = sorted(Path("decks").rglob("*"))
    assert runs("build", "--to", "apkg")[0] == 0
    drafts = [Path("decks/.flashcards"), Path("decks/.flashcards/drafts.json")]
    assert sorted(Path("decks").rglob("*")) == sorted([*before, *drafts])
    assert any((tmp_path / "cache").iterdir())


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: folder.deck("- {id: A1, front: q, back: other}"),
        lambda folder: folder.write("collection.yaml", COLLECTION + "description: new\n"),
        lambda folder: folder.write("sources.yaml", SOURCES),
        lambda folder: folder.write("media/p.png", PNG),
        lambda folder: folder.write("templates/notetypes/basic/card.css", b"a {}"),
        lambda folder: folder.write("flashcards.lock", b"{}"),
        lambda folder: folder.write("02-more.yml", "title: More\nnotes: []\n"),
        lambda folder: folder.write("more/02-more.yaml", "title: More\nnotes: []\n"),
        lambda folder: Path("out/test-collection.apkg").unlink(),
        lambda folder: Path("out/test-collection.apkg").write_bytes(b"damaged"),
        lambda folder: (folder.path / ".flashcards/drafts.json").unlink(),
    ],
)
def test_a_build_is_skipped_only_if_nothing_changed(
    change: Callable[[Folder], object], folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    folder.deck("- {id: A1, front: q, back: a}")
    first, again = runs("build", "--to", "apkg"), runs("build", "--to", "apkg")
    assert first[:2] == again[:2]
    assert first[2].startswith("built 1 note, 1 card") and again[2].startswith("unchanged 1 note, 1 card")
    change(folder)
    assert not runs("build", "--to", "apkg")[2].startswith("unchanged")


def test_other_options_are_another_build(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    folder.deck("- {id: A1, front: q, back: a, tags: [core]}")
    for arguments in ([], ["--tag", "core"], ["--out", "other"], ["--deck", "01-deck"]):
        assert runs("build", "--to", "apkg", *arguments)[2].startswith("built"), arguments
        assert runs("build", "--to", "apkg", *arguments)[2].startswith("unchanged"), arguments


def test_findings_are_said_again_when_a_build_is_skipped(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    folder.deck("- {front: q, back: a}")
    first, again = runs("build", "--to", "apkg"), runs("build", "--to", "apkg")
    line = "1 warning: `flashcards check` shows it\n"
    assert line in first[2] and again[2].startswith(line + "unchanged")
    assert "1 note is a draft" in first[2] and "1 note is a draft" in again[2]


def test_another_version_of_anything_installed_is_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint.program()
    assert fingerprint.program() == before
    monkeypatch.syspath_prepend(tmp_path)
    assert fingerprint.program() == before
    (tmp_path / "some_plugin-1.0.dist-info").mkdir()
    assert fingerprint.program() != before


def test_add_checks_the_other_decks_once(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHCARDS_CACHE", str(tmp_path / "cache"))
    evaluated: list[str] = []
    original = survey.Reading.evaluate

    def counted(reading: survey.Reading, path: Path) -> bytes | None:
        evaluated.append(path.name)
        return original(reading, path)

    monkeypatch.setattr(survey.Reading, "evaluate", counted)
    for number in (1, 2, 3):
        title = f"title: Deck {number}\nnotes:\n"
        folder.deck(f"{title}  - {{id: A{number}, front: q{number}, back: a}}\n", f"0{number}-deck.yaml")
    added = ("add", "decks/02-deck.yaml", "--front", "new", "--back", "b", "--tags", "core")
    assert runs(*added) == (0, "decks/02-deck.yaml: A4\n", "")
    assert evaluated == ["01-deck.yaml", "02-deck.yaml", "03-deck.yaml", "02-deck.yaml"]
    code, out, _ = runs("add", "decks/02-deck.yaml", "--front", "q3", "--back", "b")
    assert (code, out.split("\n")[:2]) == (
        1,
        ["decks/02-deck.yaml: A5", "duplicate-front: `A5` asks the same"],
    )


@pytest.mark.parametrize("name", ["media", "templates"])
def test_a_folder_that_is_a_link_out_of_the_collection_is_not_walked(
    folder: Folder, tmp_path: Path, name: str
) -> None:
    """It might be a whole disk."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder.path / name).symlink_to(outside)
    before = fingerprint.shared(folder.path)
    (outside / "more").write_text("a")
    assert fingerprint.shared(folder.path) == before
    (folder.path / name).unlink()
    (folder.path / name).mkdir()
    empty = fingerprint.shared(folder.path)
    (folder.path / name / "more").write_text("a")
    assert len({before, empty, fingerprint.shared(folder.path)}) == 3
