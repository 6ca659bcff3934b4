"""Random histories of an author and a learner: whatever the author does between releases, and whichever packages
the learner imports, no review is lost and the last text arrives.

`pytest tests/test_histories.py --histories 2000` for a long run. What lies outside the property stands in README,
below "How updates lose nothing"."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from people import DAY, Author, Learner

from flashcards.actions import adopting, releasing, retiring
from flashcards.cards import templates
from flashcards.collection import identity, notetypes
from flashcards.diagnostics import InvalidCollection
from flashcards.importers.apkg import PackageNote, read_package
from flashcards.ledger.lock import DamagedLockError, LedgerError, dump_lock, parse_lock
from flashcards.ledger.release import Plan

NOW = 1_800_000_000  # a constant, so that a history can be played again
CLOCKS = st.sampled_from([NOW + offset for offset in (-3 * DAY, -3_600, 0, 1, 3_600, DAY - 1, DAY, 3 * DAY)])
TEXTS = {
    "a": ("front: a?, back: one", "front: a?, back: two, tags: [hard]", "front: a?, back: three"),
    "c": ('cloze: "{{c1::one}}"', 'cloze: "{{c1::one}} {{c2::two}}"', 'cloze: "{{c2::one}} {{c1::two}}"'),
}
NOTE_IDS = st.sampled_from(sorted(TEXTS))
CHANGES = st.tuples(NOTE_IDS, st.integers(1, 2))  # which note gets the next text, or the one behind
OFTEN = st.sampled_from([True, True, True, False])
TAGGED = st.sampled_from(["", "", "", "", "", "", *TEXTS])  # the note that the learner gives a tag
DECK = "decks/01-deck.yaml"
LOCK = "decks/flashcards.lock"


def guid_of(note_id: str) -> str:
    return identity.guid("test", note_id)


@dataclass
class Published:
    """A package, and what the learner does with it."""

    path: Path
    is_draft: bool
    commit: str  # of the release; of a draft, that of the lock that it was built on
    lock: str  # its text
    line: frozenset[int]  # which packages before it, and itself, count for it
    imported: bool
    tagged: str  # the note that the learner gives a tag after the import
    notes: dict[str, PackageNote]  # by GUID


class History:
    """An author edits, builds, releases, goes back, branches, merges, loses the lock, adopts, with any clock."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        for person in ("author", "learner"):
            (self.folder / person).mkdir()
        self.author = Author(self.folder / "author")
        self.packages: list[Published] = []
        self.forgotten: set[int] = set()  # drafts that a release has named
        self.grants: dict[str, frozenset[int]] = {}  # by commit: what an adoption there knows
        self.adopted: frozenset[int] = frozenset()  # the same, before it is committed

    # ------------------------------------------------------------------------------------------------ the decks

    def begin(self) -> None:
        self.write({note_id: texts[0] for note_id, texts in TEXTS.items()})
        self.commit("begin")

    def read(self) -> dict[str, str]:
        """Return the line of each note by its id."""
        lines = [
            line for line in (self.author.path / DECK).read_text().splitlines() if line.startswith("  - ")
        ]
        return {line.split("id: ")[1][0]: line.split("id: ")[1][3:].removesuffix("}") for line in lines}

    def write(self, notes: dict[str, str]) -> None:
        lines = [f"  - {{id: {note_id}, {text}}}\n" for note_id, text in sorted(notes.items())]
        (self.author.path / DECK).write_text(f"title: Deck\nnotes:\n{''.join(lines)}")

    def edit(self, change: tuple[str, int]) -> None:
        note_id, step = change
        notes, texts = self.read(), TEXTS[note_id]
        before = notes.get(note_id)
        notes[note_id] = texts[(texts.index(before) + step) % 3 if before in texts else 0]
        self.write(notes)

    def take_out(self, note_id: str, deletes: bool) -> None:
        """Retire a note, or bring a retired one back; or delete it, which `release` forbids if it was released:
        then its advice is followed."""
        notes = self.read()
        text = notes.get(note_id, TEXTS[note_id][0])
        without = text.split(", retired")[0]
        if deletes:
            notes.pop(note_id, None)
        else:
            notes[note_id] = without if without != text else f'{text}, retired: "old"'
        self.write(notes or {"a": TEXTS["a"][0]})

    # ------------------------------------------------------------------------------------------------ git

    def git(self, *arguments: str) -> str:
        return self.author.git(*arguments).strip()

    def known(self) -> frozenset[int]:
        """Return the packages that count for the next one: releases on HEAD's line or tagged, and what is being
        merged; what an adoption there knows; this machine's drafts."""
        starts = ["HEAD", "--tags"]  # of which git makes one list
        if (self.author.path / ".git/MERGE_HEAD").exists():
            starts.append("MERGE_HEAD")
        reached = set(self.git("rev-list", *starts).split())
        granted = [line for commit, line in self.grants.items() if commit in reached]
        own = {i for i, package in enumerate(self.packages) if package.commit in {"", *reached}}
        return frozenset(own.union(self.adopted, *granted)) - self.forgotten

    def commit(self, message: str) -> None:
        self.author.commit(message)
        if self.adopted:
            self.grants[self.git("rev-parse", "HEAD")] = self.adopted
            self.adopted = frozenset()

    def go_back(self, back: int, way: str) -> None:
        """Revert a commit, take files of an older one, or drop the last ones."""
        self.commit("work")
        commits = self.git("rev-list", "HEAD").split()
        older = commits[min(back, len(commits) - 1)]
        if way == "reset":
            self.git("reset", "-q", "--hard", older)
        elif way != "revert":
            for name in {"deck": [DECK], "lock": [LOCK], "both": [DECK, LOCK]}[way]:
                with contextlib.suppress(subprocess.CalledProcessError):  # there was no lock then
                    self.git("checkout", older, "--", name)
        elif older != commits[-1]:
            try:
                self.git("revert", "--no-edit", older)
            except subprocess.CalledProcessError:
                with contextlib.suppress(subprocess.CalledProcessError):
                    self.git("revert", "--abort")

    def switch_branch(self) -> None:
        self.commit("work")
        other = "side" if self.git("branch", "--show-current") == "main" else "main"
        if other in self.git("branch", "--format=%(refname:short)").split():
            self.git("checkout", "-q", other)
        else:
            self.git("checkout", "-qb", other)

    def merge(self, deck: str, lock: str, releases_first: bool, now: int) -> None:
        """Take a side for each file, as the message of a conflict says, and release before or after the commit."""
        self.commit("work")
        other = "side" if self.git("branch", "--show-current") == "main" else "main"
        if other not in self.git("branch", "--format=%(refname:short)").split():
            return
        with contextlib.suppress(subprocess.CalledProcessError):
            self.git("merge", "-q", "--no-ff", "--no-commit", other)
        if not (self.author.path / ".git/MERGE_HEAD").exists():
            return
        for name, side in ((DECK, deck), (LOCK, lock)):
            self.resolve(name, side)
        if releases_first:
            self.release(now)
        self.commit("merge")

    def resolve(self, name: str, side: str) -> None:
        path = self.author.path / name
        if side == "as git merged it" and path.exists() and "<<<<<<<" not in path.read_text():
            if name == DECK:
                self.write(self.read())
                return
            with contextlib.suppress(DamagedLockError):
                parse_lock(path.read_text())
                return
        try:
            path.write_text(self.git("show", f"{side if side.isupper() else 'HEAD'}:{name}") + "\n")
        except subprocess.CalledProcessError:  # that side has no release
            path.unlink(missing_ok=True)

    def lose_the_lock_and_adopt(self, with_git: bool) -> None:
        """From the latest published package; with the history of git, or without."""
        if all(package.is_draft for package in self.packages):
            return
        if not with_git:
            shutil.rmtree(self.author.path / ".git")
            self.git("init", "-q", "-b", "main", "--template=")
            self.commit("begin again")
        (self.author.path / LOCK).unlink(missing_ok=True)
        self.adopt()
        self.commit("adopt")

    def adopt(self) -> None:
        """Adopt from the latest published package: whoever has one that counts for it gets what follows."""
        published = [package for package in self.packages if not package.is_draft]
        lock, _ = adopting.adopt(self.author.loaded(), published[-1].path)
        (self.author.path / LOCK).write_text(dump_lock(lock))
        self.adopted |= published[-1].line

    # ------------------------------------------------------------------------------------------------ packages

    def build(self, change: tuple[str, int], takes_back: bool, now: int, imported: bool, tagged: str) -> None:
        """Build a draft for the author's own Anki, and perhaps take it back."""
        before = self.read()
        self.edit(change)
        if not self.author.loaded().errors:
            self.draft(now, imported, tagged)
        if takes_back:
            self.write(before)

    def edit_and_ship(
        self, change: tuple[str, int], now: int, imported: bool, tagged: str, is_tagged: bool
    ) -> None:
        self.edit(change)
        self.ship(now, imported, tagged, is_tagged)

    def ship(self, now: int, imported: bool, tagged: str, is_tagged: bool) -> None:
        known = self.release(now)
        self.commit("release")
        commit = self.git("rev-parse", "HEAD")
        if is_tagged:
            self.git("tag", f"v{len(self.packages)}")
        self.publish(now, commit, known, imported, tagged)

    def draft(self, now: int, imported: bool, tagged: str) -> None:
        released = self.git("rev-list", "-1", "HEAD", "--", LOCK)
        self.publish(now, released, self.known(), imported, tagged, is_draft=True)

    def publish(
        self,
        now: int,
        commit: str,
        known: frozenset[int],
        imported: bool,
        tagged: str,
        *,
        is_draft: bool = False,
    ) -> None:
        path = self.author.publish(now, locked=not is_draft)
        notes = {note.guid: note for note in read_package(path).notes}
        line = known | {len(self.packages)}
        lock = self.lock()
        self.packages.append(Published(path, is_draft, commit, lock, line, imported, tagged, notes))

    def lock(self) -> str:
        path = self.author.path / LOCK
        return path.read_text() if path.exists() else ""

    def is_behind(self) -> bool:
        """Tell whether the lock is older than a release that counts: then a draft is one of the past."""
        known = self.known()
        releases = [self.packages[i] for i in sorted(known) if not self.packages[i].is_draft]
        if not releases:
            return self.lock() != ""
        return self.lock() != releases[-1].lock or any(
            not self.packages[i].is_draft and i not in releases[-1].line for i in known
        )

    def release(self, now: int) -> frozenset[int]:
        """Release, and follow the advice of each error. Returns the packages that count."""
        known = self.known()
        for _ in range(9):
            loaded = self.author.loaded()
            try:
                planned = releasing.plan(loaded, now=now)
            except InvalidCollection as refused:
                self.mend(refused)
                continue
            except LedgerError as refused:
                assert "ahead of this machine's clock" in str(refused)
                planned = releasing.plan(loaded, now=now, allow_future=True)
            releasing.write(loaded.raise_for_errors(), planned)
            self.forgotten.update(
                i for i, package in enumerate(self.packages) if self.is_forgotten(package, planned)
            )
            return known - self.forgotten
        raise AssertionError("the advice of the errors leads nowhere")

    @staticmethod
    def is_forgotten(package: Published, planned: Plan) -> bool:
        """Tell whether a release has named notes whose drafts it does not reach: those of a clock ahead."""
        named = [key for key in planned.forgotten if key in planned.lock.notes]
        times = {key: package.notes[guid].time for key in named if (guid := guid_of(key)) in package.notes}
        return package.is_draft and any(
            time >= planned.lock.notes[key].stamp.time for key, time in times.items()
        )

    def mend(self, refused: InvalidCollection) -> None:
        finding = next(finding for finding in refused.diagnostics if finding.severity.value == "error")
        if finding.rule == "vanished-note":
            assert finding.note is not None
            with contextlib.suppress(LedgerError):
                retiring.retire(self.author.loaded(), finding.note, "gone")
                return
            self.write({**self.read(), finding.note: TEXTS[finding.note][0]})  # git does not know it
        elif finding.rule == "lost-lock":
            self.adopt()
        else:
            assert finding.rule == "card-vanished", finding
            self.write({**self.read(), "c": TEXTS["c"][1]})

    # ------------------------------------------------------------------------------------------------ the learner

    def end(self, with_draft: bool) -> None:
        """Publish for the last time."""
        if with_draft and not self.is_behind() and not self.author.loaded().errors:
            self.draft(NOW, imported=True, tagged="")
        else:
            self.ship(NOW, imported=True, tagged="", is_tagged=False)

    def learn(self) -> None:
        last = self.packages[-1]
        learner = Learner(self.folder / "learner")
        try:
            touched: set[str] = set()
            for i in sorted(last.line):
                package = self.packages[i]
                if not package.imported and package is not last:
                    continue
                before = learner.progress(), learner.reviews()
                done = learner.imports(package.path)
                assert done.trouble == {}
                assert learner.reviews() == before[1]
                after = learner.progress()
                assert {key: after.get(key) for key in before[0]} == before[0]
                for note_id in done.new:
                    learner.study(note_id)
                if package.tagged and learner.has(package.tagged) and package is not last:
                    learner.tag(package.tagged, "mine")
                    touched.add(package.tagged)
            for guid, expected in last.notes.items():
                (number,) = learner.col.db.list("select id from notes where guid = ?", guid)
                note = learner.col.get_note(number)
                if note["Id"] not in touched:
                    assert (note.fields, note.tags) == (list(expected.fields), list(expected.tags))
            assert len(learner.note_types()) <= 2
        finally:
            learner.close()


@pytest.fixture
def templates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the shipped ones in every history, and reading them anew takes half of the time."""
    read, render = notetypes.load, templates.render_looks
    known_types: dict[Any, Any] = {}
    known_looks: dict[Any, Any] = {}

    def load(folders: Iterable[Path]) -> Any:
        key = tuple(folders)
        if key not in known_types:
            known_types[key] = read(key)
        types, problems = known_types[key]
        return dict(types), list(problems)

    def render_looks(note_types: Any, kinds: Iterable[str], folders: Iterable[Path]) -> Any:
        key = tuple(sorted(kinds)), tuple(folders)
        if key not in known_looks:
            known_looks[key] = render(note_types, *key)
        return known_looks[key]

    monkeypatch.setattr(notetypes, "load", load)
    monkeypatch.setattr(templates, "render_looks", render_looks)


SIDES = st.sampled_from(["HEAD", "MERGE_HEAD", "as git merged it"])
BACK = st.sampled_from(["deck", "lock", "both", "revert", "reset"])
STEPS: dict[str, tuple[SearchStrategy[Any], ...]] = {
    "edit": (CHANGES,),
    "take_out": (NOTE_IDS, st.booleans()),
    "build": (CHANGES, st.booleans(), CLOCKS, OFTEN, TAGGED),
    "ship": (CLOCKS, OFTEN, TAGGED, st.booleans()),
    "edit_and_ship": (CHANGES, CLOCKS, OFTEN, TAGGED, st.booleans()),
    "go_back": (st.integers(0, 3), BACK),
    "switch_branch": (),
    "merge": (SIDES, SIDES, st.booleans(), CLOCKS),
    "lose_the_lock_and_adopt": (st.booleans(),),
}
STEP = st.one_of([st.tuples(st.just(name), *arguments) for name, arguments in STEPS.items()])


def play(steps: Sequence[tuple[Any, ...]], ends_with_draft: bool) -> History:
    """Play a history from its first step to the last import."""
    history = History()
    try:
        history.begin()
        for name, *arguments in steps:
            getattr(history, name)(*arguments)
        history.end(ends_with_draft)
        history.learn()
    finally:
        shutil.rmtree(history.folder)
    return history


@pytest.mark.slow
@pytest.mark.usefixtures("templates_are_read_once")
@pytest.mark.parametrize("part", range(4))  # which several processes share
def test_the_last_text_arrives_and_no_review_is_lost(pytestconfig: pytest.Config, part: int) -> None:
    @settings(max_examples=max(1, pytestconfig.getoption("--histories") // 4))
    @given(steps=st.lists(STEP, min_size=4, max_size=12), ends_with_draft=st.booleans())
    def holds(steps: Sequence[tuple[Any, ...]], ends_with_draft: bool) -> None:
        play(steps, ends_with_draft)

    holds()
