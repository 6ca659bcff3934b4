"""What authors see: each broken input in `diagnostics/` names beforehand what must be found, and its whole
report is kept.

A case is a deck (`<name>.yaml`), or a collection's folder, or is made here where no file can hold it. Lines
of the form `# expect: rule under "text"` (the text as a JSON string; `nothing` for no finding at all) stand
in the deck, in the folder's `expect.txt` or beside the function. `<name>.txt` is what `flashcards check`
prints."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, PNG
from test_explanations import rules_in_source

import flashcards
from flashcards.cli import main
from flashcards.diagnostics import did_you_mean

CASES = Path(__file__).parent / "diagnostics"
EXPECT = re.compile(
    r'^\ufeff?# expect: (?:nothing|(?P<rule>[a-z0-9-]+)(?: under (?P<text>".*"))?)\r?$', re.MULTILINE
)

Finding = tuple[str, str]  # rule, text under the caret
Made = Callable[[Path], None]  # writes what `flashcards check decks` reads, in an empty folder

DECK = "title: Deck\nnotes:\n  - id: XX01\n    front: What is recall?\n    back: TP / (TP + FN) ![a funnel](funnel.png)\n"


def deck(root: Path, text: str = "", name: str = "01-deck.yaml") -> None:
    (root / "decks").mkdir(exist_ok=True)
    (root / "decks/collection.yaml").write_text(COLLECTION, encoding="utf-8")
    (root / "decks" / name).write_text(text, encoding="utf-8")


def empty(root: Path) -> None:
    deck(root)


def too_large(root: Path) -> None:
    deck(root, DECK + "# " + "x" * 12_000_000)


def a_folder_named_like_a_deck(root: Path) -> None:
    deck(root, "title: Deck\nnotes: []\n")
    (root / "decks/02-more.yaml").mkdir()


def nested_3000_deep(root: Path) -> None:
    deck(root, "title: Deck\nnotes: " + "[" * 3000 + "]" * 3000 + "\n")


def no_such_path(root: Path) -> None:
    pass


def several_collections(root: Path) -> None:
    deck(root, "title: Deck\nnotes: []\n")
    shutil.copytree(root / "decks", root / "more")


def media_name_clash(root: Path) -> None:
    deck(root, DECK)
    (root / "decks/media").mkdir()
    for name in ("funnel.png", "Funnel.png"):
        (root / "decks/media" / name).write_bytes(PNG)
    if len(list((root / "decks/media").iterdir())) < 2:
        pytest.skip("this file system takes the two names for one")


def large_media(root: Path) -> None:
    deck(root, DECK)
    (root / "decks/media").mkdir()
    (root / "decks/media/funnel.png").write_bytes(PNG + bytes(1_200_000))


def media_through_a_link(root: Path) -> None:
    deck(root, DECK)
    (root / "decks/media").mkdir()
    (root / "secret.png").write_bytes(PNG)
    (root / "decks/media/funnel.png").symlink_to(root / "secret.png")


def media_folder_through_a_link(root: Path) -> None:
    deck(root, "title: Deck\nnotes: []\n")
    (root / "keys").mkdir()
    (root / "decks/media").symlink_to(root / "keys")


def pipe_named_like_a_deck(root: Path) -> None:
    deck(root, "title: Deck\nnotes: []\n")
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    os.mkfifo(root / "decks/02-more.yaml")


def link_out_of_the_collection(root: Path) -> None:
    deck(root, "title: Deck\nnotes: []\n")
    (root / "secret.yaml").write_text("title: Secret\nnotes: []\n")
    (root / "decks/02-more.yaml").symlink_to(root / "secret.yaml")


def names_that_command_a_terminal(root: Path) -> None:
    deck(root, "title: Deck\nnoets: []\n", "01-\x1b[2J\x1b[31m\u202edeck.yaml")


def plugin_with_a_name_of_ours(root: Path) -> None:
    """Lies where packages are installed: `place` puts the folder onto `sys.path`."""
    deck(root, "title: Deck\nnotes: []\n")
    info = root / "flashcards_spelling-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: flashcards-spelling\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[flashcards.checks]\nunknown-field = flashcards_spelling:check\n")


PICTURE = "![a funnel](funnel.png)"
MADE: dict[str, tuple[Made, list[Finding]]] = {
    "empty": (empty, [("wrong-shape", "")]),
    "too-large": (too_large, [("unreadable-file", "")]),
    "folder-named-like-a-deck": (a_folder_named_like_a_deck, [("unreadable-file", "")]),
    "nested-3000-deep": (nested_3000_deep, [("unsupported-yaml", "[")]),
    "no-such-path": (no_such_path, [("no-such-path", "")]),
    "several-collections": (several_collections, [("several-collections", "")]),
    "plugin-with-a-name-of-ours": (plugin_with_a_name_of_ours, [("broken-plugin", "")]),
    "media-name-clash": (media_name_clash, [("media-name-clash", "")]),
    "large-media": (large_media, [("large-media", PICTURE)]),
    "media-folder-through-a-link": (media_folder_through_a_link, [("media-outside", "")]),
    "pipe-named-like-a-deck": (pipe_named_like_a_deck, [("unreadable-file", "")]),
    "link-out-of-the-collection": (link_out_of_the_collection, [("unreadable-file", "")]),
    "names-that-command-a-terminal": (
        names_that_command_a_terminal,
        [("unknown-field", "noets")],
    ),
    "media-through-a-link": (media_through_a_link, [("media-outside", PICTURE)]),
}
ARGUMENTS = {"several-collections": ["decks", "more"]}
FOLDERS = sorted(path.parent.name for path in CASES.glob("*/expect.txt"))
FILES = sorted(path.stem for path in CASES.glob("*.yaml"))
NAMES = [*FILES, *FOLDERS, *MADE]


def expected(name: str) -> list[Finding]:
    if name in MADE:
        return sorted(MADE[name][1])
    path = CASES / name / "expect.txt" if name in FOLDERS else CASES / f"{name}.yaml"
    data = path.read_bytes()
    lines = list(
        EXPECT.finditer(data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8", "replace"))
    )
    assert lines, f"{name} does not say what it expects"
    return sorted((line["rule"], json.loads(line["text"] or '""')) for line in lines if line["rule"])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Put a case into an empty working directory; returns the arguments for `flashcards check`."""
    monkeypatch.chdir(tmp_path)

    def put(name: str) -> list[str]:
        if name in MADE:
            MADE[name][0](tmp_path)
            monkeypatch.syspath_prepend(tmp_path)
        elif name in FOLDERS:
            shutil.copytree(CASES / name, tmp_path / "decks", ignore=shutil.ignore_patterns("expect.txt"))
        else:
            deck(tmp_path, "")
            (tmp_path / "decks/01-deck.yaml").unlink()
            shutil.copyfile(CASES / f"{name}.yaml", tmp_path / f"decks/{name}.yaml")
        return ARGUMENTS.get(name, ["decks"])

    return put


@pytest.mark.parametrize("name", NAMES)
def test_finds_what_it_says(name: str, place: Callable[[str], list[str]]) -> None:
    found = flashcards.check(*place(name)).diagnostics
    assert sorted((d.rule, d.span.text if d.span else "") for d in found) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_prints(name: str, place: Callable[[str], list[str]], pytestconfig: pytest.Config) -> None:
    result = CliRunner().invoke(main, ["check", *place(name)])
    assert result.exit_code < 2, result.output
    golden = CASES / f"{name}.txt"
    if pytestconfig.getoption("update_golden"):
        golden.write_text(result.output, encoding="utf-8", newline="")
    assert result.output == golden.read_text(encoding="utf-8")


def test_every_rule_occurs_in_a_case() -> None:
    printing = {"print-accessibility", "print-overflow"}  # only a PDF that was made can fall short of these
    assert {rule for name in NAMES for rule, _ in expected(name)} == rules_in_source() - printing


def test_every_report_belongs_to_a_case() -> None:
    assert sorted(path.stem for path in CASES.glob("*.txt")) == sorted(NAMES)


def test_the_nearest_of_many_names() -> None:
    names = [f"picture-{number}-of-many.png" for number in range(500)]
    assert did_you_mean("picture-77-off-many.png", names) == "did you mean `picture-77-of-many.png`?"
    assert did_you_mean("Pictur-412-of-many.png", names) == "did you mean `picture-412-of-many.png`?"
    assert did_you_mean("nothing like them", names) is None
