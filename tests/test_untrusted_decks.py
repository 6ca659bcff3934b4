"""Collections that somebody else wrote, each with one thing in it that no honest author writes: whatever it is, it
is checked and built as data. There is a finding at its place or an output, never a traceback; nothing is written
but the output, nothing is read from outside the collection, no program runs, and nothing goes to the network.

`pytest tests/test_untrusted_decks.py --bad-values 100` tries every value at every place."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pdf
import pytest

import flashcards
from flashcards import reporting
from flashcards.collection.keys import COLLECTION_KEYS, DECK_KEYS, REFERENCE_KEYS, note_keys
from flashcards.diagnostics import FlashcardsError

pytestmark = pytest.mark.slow  # `test_hostile_decks` tries fewer values at more places
SECRET = "zqsecretzq"
NOW = 1_800_000_000
DEEP = 2_000
Tree = dict[str, Any]
Put = Callable[[Tree, Any], None]

# ---------------------------------------------------------------------------------------------- an honest collection


def honest() -> Tree:
    """Return the files of a collection with every key, in which nothing is wrong."""
    return {
        "collection.yaml": {
            "id": "test", "title": "Test", "short_title": "Test", "root": "Test", "description": "About this",
            "created": "2026-01-01", "language": "en",
            "keys": {"depth": {"values": {"deep": {"tag": "deep"}}, "help": "how deep"}},
            "vocabularies": {"level": ["mid", "senior"]}, "checks": {"front-length": 60},
        },
        "sources.yaml": {"book": {"title": "A Book", "short": "Book", "authors": "A. Uthor", "year": "2020",
                                  "url": "https://example.org"}},
        "coverage.yaml": {},
        "01-deck.yaml": {
            "title": "Deck", "description": "About this deck", "tags": ["area::data"], "defaults": {"level": "mid"},
            "notes": [
                {"id": "N1", "kind": "basic", "front": "What is it?", "back": "A thing", "why": "Because",
                 "hint": "A hint", "extra": "More", "sources": ["book p. 1"], "tags": ["core"], "group": "Group"},
                {"id": "N2", "cloze": "It is {{c1::this}} one, ![a picture](p.png)"},
                {"id": "N3", "kind": "choice", "front": "Which one?", "options": ["a", {"right": "b"}, "c"], "reason": "So"},
                {"id": "N4", "kind": "compare", "front": "A or B?", "table": [{"a": "b", "c": "d"}, {"a": "e", "c": "f"}]},
                {"id": "N5", "kind": "own", "says": "What is said"},
            ],
        },
        "media/p.png": b"\x89PNG\r\n\x1a\n" + bytes.fromhex(
            "0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"),
        "templates/notetypes/own/notetype.yaml": {
            "label": "Own", "fields": [{"key": "says", "name": "Says", "id": 101, "required": True, "help": "what"}],
            "cards": [{"name": "Card", "id": 201, "front": "front.html", "back": "back.html"}],
        },
        "templates/notetypes/own/front.html": "{{Says}}",
        "templates/notetypes/own/back.html": "{{FrontSide}} {{Extra}}",
        "templates/notetypes/own/print.typ": "#let front(n) = n.says\n#let back(n) = n.why\n#let entry(n) = n.says\n",
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------- bad values


@dataclass(frozen=True)
class Yaml:
    """A value as it stands in a file, where others are written as quoted texts, numbers, lists and mappings."""

    text: str


SECRET_FILE = "../outside/secret.txt"
TEXTS = {
    "tag": "<svg/onload=alert(1)><script>alert(1)</script>",
    "entity": "&lt;img src=x onerror=alert(1)&gt;",
    "sound": "[sound:../outside/secret.txt]",
    "latex": r"[latex]\input{../outside/secret.txt}[/latex] [$]x[/$]",
    "type": "[[type:Front]]",
    "template": "{{Back}} {{#Front}} {{c1::a}} {{FrontSide}}",
    "jinja": "[[ cycler.__init__.__globals__.os.popen('id').read() ]] {{ 7 * 7 }} [% include '../outside/secret.txt' %]",
    "typst": '"#read("/secret.txt")#eval("1")" << 1 >> #import "@preview/a:0.1.0"',
    "maths": r"$\href{javascript:alert(1)}{x}$ $\input{../outside/secret.txt}$ \(",
    "link": "[a](javascript:alert(1)) [b](file:///etc/passwd) <data:text/html,x>",
    "picture above": f"![a]({SECRET_FILE})",
    "picture at": "![a](/etc/hostname)",
    "picture far": "![a](https://evil.example/a.png)",
    "path": SECRET_FILE,
    "windows path": "..\\..\\outside\\secret.txt",
    "controls": "a\x01\x08\x1b[2J\x7f\x9bb",
    "nul": "a\0b",
    "bidi": "a\u202eb\u2066c\u2069\u200f",
    "bidi in code": "`a\u202eb` and\n\n```python\nx = 1\u2066\u200b\n```",
    "invisible": "\u200b\ufeff\u2060\u00ad\u3164",
    "surrogate": "a\ud800b",
    "private": "a\ue000b\ue001\ue002\ue003",
    "noncharacter": "a\uffffb\U0010ffff",
    "combining": "a" + "\u0301" * 500,
    "blank": "   ",
    "empty": "",
    "lines": "a\n\nb\r\nc\u2028d",
    "long": "a" * 20_000,
    "long words": "ab " * 5_000,
    "quotes": "> " * 16 + "deep",
    "deep quotes": "> " * 200 + "deep",
    "deep list": "".join("  " * i + "- a\n" for i in range(40)),
    "deep emphasis": "*a **b " * 200,
    "deep clozes": "{{c1::" * 300 + "a" + "}}" * 300,
    "deep maths": "$" + "{" * 400 + "x" + "}" * 400 + "$",
    "wide table": "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n|" + "b|" * 300,
    "number text": "1e999",
    "kind with a blank": "my kind",
    "language": "pt-BR",
    "odd language": "x-" + "a" * 50,
    "device": "con",
    "dots": "..",
    "slash": "a/../../b",
    "option": "--help",
    "shell": "$(touch zqran); `touch zqran` | touch zqran",
    "format": "{0.__class__} %s %(a)s {x!r}",
}  # fmt: skip
VALUES: dict[str, Any] = {
    **TEXTS,
    "none": None,
    "true": True,
    "zero": 0,
    "negative": -1,
    "huge": 10**400,
    "infinite": Yaml("1e999"),
    "nan": Yaml(".nan"),
    "date": Yaml("2026-13-45"),
    "list": ["a", ["b", {"c": "d"}]],
    "empty list": [],
    "map": {"a": {"b": "c"}},
    "empty map": {},
    "map of numbers": Yaml("{1: 2, true: false, ~: null}"),
    "text key": {"<svg/onload=a>": "a", "\x1b[2J": "b"},
    "deep list in YAML": Yaml("[" * DEEP + "]" * DEEP),
    "deep map in YAML": Yaml("{a: " * DEEP + "b" + "}" * DEEP),
    "tag of Python": Yaml("!!python/object/apply:os.system ['touch zqran']"),
    "tag of Python, a name": Yaml("!!python/name:os.system"),
    "tag of ours": Yaml("!include ../outside/secret.txt"),
    "binary": Yaml("!!binary aGk="),
    "alias": Yaml("*a"),
    "alias chain": Yaml("[&a [x, x], &b [*a, *a], &c [*b, *b], &d [*c, *c], [*d, *d]]"),
    "alias to itself": Yaml("&a [*a]"),
    "merge": Yaml("{<<: {a: b}, a: c}"),
    "same key": Yaml("{a: b, a: c}"),
    "complex key": Yaml("{? [a, b] : c}"),
    "unclosed": Yaml('"a'),
    "unclosed list": Yaml("[a, [b"),
    "escape": Yaml('"\\ud800 \\x00 \\U00110000"'),
    "raw bidi": Yaml("a\u202eb"),
    "raw control": Yaml("a\x07b"),
    "raw mark": Yaml("a\ufeffb"),
    "directive": Yaml("a\n%TAG ! tag:x,2000:\n---\nb: c"),
}


def dumped(value: Any) -> str:
    """Return a value in YAML: in JSON, but for what is YAML already."""
    found: list[str] = []

    def default(raw: object) -> str:
        assert isinstance(raw, Yaml)
        found.append(raw.text)
        return f"zqyaml{len(found) - 1}zq"

    text = json.dumps(value, default=default)
    for number, raw in enumerate(found):
        text = text.replace(f'"zqyaml{number}zq"', raw)
    return text


# ----------------------------------------------------------------------------------------------------------- places


def at(*path: str | int) -> Put:
    """Return a function that puts a value at a place: the file's name, then keys and numbers of items."""

    def put(tree: Tree, value: Any) -> None:
        inner: Any = tree
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return put


def as_key(*path: str | int) -> Put:
    """Return a function that takes a text for a key of a mapping, in the place of its first key."""

    def put(tree: Tree, value: Any) -> None:
        inner: Any = tree
        for key in path:
            inner = inner[key]
        name, kept = next(iter(inner.items()))
        del inner[name]
        inner[value if isinstance(value, str) else "a"] = kept

    return put


DECK, COLLECTION, SOURCES = "01-deck.yaml", "collection.yaml", "sources.yaml"
OWN = "templates/notetypes/own/notetype.yaml"
PLACES: dict[str, Put] = {
    **{f"collection {key}": at(COLLECTION, key) for key in COLLECTION_KEYS},
    "collection key": as_key(COLLECTION),
    "keys name": as_key(COLLECTION, "keys"),
    **{f"keys {key}": at(COLLECTION, "keys", "depth", key) for key in ("values", "help", "shape", "exempts", "covers", "tag")},
    "keys value": as_key(COLLECTION, "keys", "depth", "values"),
    "vocabularies name": as_key(COLLECTION, "vocabularies"),
    "vocabularies word": at(COLLECTION, "vocabularies", "level"),
    "checks name": as_key(COLLECTION, "checks"),
    "checks limit": at(COLLECTION, "checks", "front-length"),
    "source name": as_key(SOURCES),
    **{f"source {key}": at(SOURCES, "book", key) for key in REFERENCE_KEYS},
    **{f"deck {key}": at(DECK, key) for key in DECK_KEYS},
    "defaults level": at(DECK, "defaults", "level"),
    **{f"note {key}": at(DECK, "notes", 0, key) for key in note_keys()},
    "note depth": at(DECK, "notes", 0, "depth"),
    "note front": at(DECK, "notes", 0, "front"),
    "note back": at(DECK, "notes", 0, "back"),
    "note key": as_key(DECK, "notes", 0),
    "note in check": at(DECK, "notes", 0, "check", ),
    "note cloze": at(DECK, "notes", 1, "cloze"),
        "note option": at(DECK, "notes", 2, "options", 0),
    "note right option": at(DECK, "notes", 2, "options", 1, "right"),
    "note table": at(DECK, "notes", 3, "table"),
    "note table head": as_key(DECK, "notes", 3, "table", 0),
    "note table cell": at(DECK, "notes", 3, "table", 0, "c"),
    "note says": at(DECK, "notes", 4, "says"),
    "whole note": at(DECK, "notes", 0),
    **{f"notetype {key}": at(OWN, key) for key in ("label", "render", "fields", "cards", "cloze", "recall")},
    **{f"notetype field {key}": at(OWN, "fields", 0, key) for key in ("key", "name", "id", "kind", "required", "help", "right_of")},
    **{f"notetype card {key}": at(OWN, "cards", 0, key) for key in ("name", "id", "front", "back")},
    "coverage item": at("coverage.yaml", "S1"),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- watch


@dataclass
class Watch:
    """What this process does to files, programs and the network while it is on."""

    on: bool = False
    allowed: tuple[str, ...] = ()  # folders that may be written to
    seen: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if writes and isinstance(path, str | bytes):
                self.write(os.path.realpath(os.fsdecode(path)))
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod"):
            if isinstance(arguments[0], str | bytes | os.PathLike) and arguments[-1] in (-1, None):
                self.write(
                    os.fsdecode(arguments[0])
                )  # what is relative to a folder is in one that was made here
        elif event in ("os.rename", "os.link", "os.symlink"):
            self.write(os.fsdecode(arguments[1]))
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
            self.seen.append(f"{event} {arguments[0]!r}")
        elif event in ("socket.connect", "socket.getaddrinfo"):
            self.seen.append(f"{event} {arguments!r}")

    def write(self, path: str) -> None:
        real = str(Path(path).parent.resolve() / Path(path).name)
        if not real.startswith(self.allowed) and not real.endswith(".pyc") and "__pycache__" not in real:
            self.seen.append(f"writes {real}")


WATCH = Watch()
sys.addaudithook(WATCH)  # there is no way to take one off again


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a private file beside the collection, and a watch over what happens."""
    (tmp_path / "outside").mkdir()
    for name in ("secret.txt", "secret.typ", "secret.png", "secret.yaml"):
        (tmp_path / "outside" / name).write_text(f"title: {SECRET}\nnotes: []\n")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path)
    WATCH.allowed = tuple(
        os.path.realpath(tmp_path / name) + os.sep for name in ("out", "temporary", "c/.flashcards")
    )
    WATCH.allowed += tuple(folder.rstrip(os.sep) for folder in WATCH.allowed)
    WATCH.seen.clear()
    yield tmp_path
    WATCH.on = False


def write(folder: Path, tree: Tree) -> None:
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else dumped(content)
            path.write_bytes(text.encode(errors="surrogatepass"))


def tried(place: Path, tree: Tree, to: tuple[str, ...] = ("apkg",)) -> list[str]:
    """Write a collection, check it, build what can be built, and return what went wrong."""
    remove(place / "c")
    remove(place / "out")
    write(place / "c", tree)
    before = names(place / "c")
    WATCH.on = True
    try:
        faults = list(outcome(place, to))
    finally:
        WATCH.on = False
    faults += WATCH.seen
    WATCH.seen.clear()
    faults += [
        f"new in the collection: {name}" for name in names(place / "c") - before if ".flashcards" not in name
    ]
    if (place / "zqran").exists():
        faults.append("a program ran")
    return faults


def outcome(place: Path, to: tuple[str, ...]) -> Iterator[str]:
    loaded = flashcards.check(place / "c")
    for finding in loaded.diagnostics:
        if finding.span is None and finding.rule != "no-collection":
            yield f"no place: {finding.message}"
    for form in reporting.FORMATS.values():
        text = form(loaded.diagnostics, lambda text, role: text)
        if SECRET in text:
            yield f"a finding tells what is in another file: {text}"
    if loaded.errors:
        return
    try:
        built = flashcards.build(loaded, place / "out", now=NOW, to=to)
    except (FlashcardsError, OSError) as problem:
        if not str(problem).strip():
            yield "an error without words"
        return
    for output, failure in built.failures:
        yield f"{output}: {failure!r}"
    for path in (place / "out").rglob("*"):
        if path.suffix == ".pdf" and SECRET in pdf.read(path).text:
            yield f"{path.name} holds a file from outside"
        elif path.suffix == ".apkg":
            with zipfile.ZipFile(path) as package:
                if any(SECRET.encode() in package.read(name) for name in package.namelist()):
                    yield f"{path.name} holds a file from outside"


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# ------------------------------------------------------------------------------------------------------------- tests

ALL = ("apkg", "cheat-sheets", "cards", "calibration")


def test_the_honest_collection_has_no_finding(place: Path) -> None:
    write(place / "c", honest())
    loaded = flashcards.check(place / "c")
    assert reporting.full(loaded.diagnostics) == ""
    assert tried(place, honest(), ALL) == []


def without_own_kind(tree: Tree) -> Tree:
    """Leave out what takes long to read."""
    del tree[DECK]["notes"][-1]
    return {name: content for name, content in tree.items() if not name.startswith("templates/")}


@pytest.mark.parametrize("name", PLACES)
def test_a_bad_value(place: Path, name: str, pytestconfig: pytest.Config) -> None:
    how_many = min(pytestconfig.getoption("bad_values"), len(VALUES))
    faults = {}
    for kind in random.Random(name).sample(list(VALUES), how_many):
        tree = honest() if "notetype" in name or name == "note says" else without_own_kind(honest())
        PLACES[name](tree, VALUES[kind])
        faults[kind] = tried(place, tree)
    assert {kind: found for kind, found in faults.items() if found} == {}


@pytest.mark.slow
@pytest.mark.parametrize("key", ["field", "deck"])
def test_texts_on_paper(place: Path, key: str) -> None:
    """All that is no error is printed, each as the text of a note, or as the title of a deck."""
    tree = without_own_kind(honest())
    notes: list[object] = []
    for number, text in enumerate(TEXTS.values()):
        attempt = without_own_kind(honest())
        note = {"id": f"n{number}", "front": f"{number}?", "back": "a"}
        if key == "field":
            note |= {"back": text, "why": text, "hint": text}
        else:
            attempt[DECK] |= {"title": text, "description": text}
        attempt[DECK]["notes"] = [note]
        remove(place / "c")
        write(place / "c", attempt)
        if flashcards.check(place / "c").errors:
            continue
        notes.append(note)
        if key == "deck":
            tree[f"{number + 10}-deck.yaml"] = attempt[DECK]
    assert len(notes) > len(TEXTS) / 3
    if key == "field":
        tree[DECK]["notes"] = notes
    assert tried(place, tree, ALL) == []


LOCK: dict[str, Any] = {
    "version": 1, "collection": "test", "decks": {"01-deck": "Test::01 Deck"},
    "note_types": {"basic": {"hash": "0" * 16, "time": 1_700_000_000, "fields": [101], "cards": [201], "cloze": False}},
    "notes": {"N1": {"kind": "basic", "hash": "0" * 16, "time": 1_700_000_000, "cards": [0], "deck": "01-deck"}},
}  # fmt: skip
LOCK_PLACES = {
    **{f"lock {key}": at("flashcards.lock", key) for key in LOCK},
    **{f"lock note {key}": at("flashcards.lock", "notes", "N1", key) for key in LOCK["notes"]["N1"]},
    **{f"lock type {key}": at("flashcards.lock", "note_types", "basic", key) for key in LOCK["note_types"]["basic"]},
    "lock note id": as_key("flashcards.lock", "notes"),
    "lock deck name": as_key("flashcards.lock", "decks"),
    "drafts notes": at(".flashcards/drafts.json", "notes"),
    "drafts stamp": at(".flashcards/drafts.json", "notes", "N1"),
    "drafts time": at(".flashcards/drafts.json", "notes", "N1", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", LOCK_PLACES)
def test_a_bad_value_in_the_ledger(place: Path, name: str, pytestconfig: pytest.Config) -> None:
    how_many = min(pytestconfig.getoption("bad_values"), len(VALUES))
    faults = {}
    for kind in {"infinite": 0, **dict.fromkeys(random.Random(name).sample(list(VALUES), how_many))}:
        tree = without_own_kind(honest())
        tree |= {"flashcards.lock": json.loads(json.dumps(LOCK))}
        tree |= {
            ".flashcards/drafts.json": {"notes": {"N1": ["0" * 16, 1]}, "types": {}, "collection": "test"}
        }
        LOCK_PLACES[name](tree, VALUES[kind])
        faults[kind] = tried(place, tree)
    assert {kind: found for kind, found in faults.items() if found} == {}


def linked(target: str) -> Callable[[Path], None]:
    """Return a function that makes a path a link to a place as seen from the collection's own folder."""
    return lambda path: path.symlink_to(Path("c", target).resolve())


FORMS: dict[str, object] = {
    "link out": linked("../outside/secret.txt"),
    "link to a device": linked("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "empty": b"",
    "Latin-1": b"title: Caf\xe9 {{Says}} // \xe9\n",
    "UTF-16": "title: a\n".encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbftitle: a\n",
    "NUL": b"title: a\0b\n",
    "half of a pair": b"title: \xed\xa0\x80\n",
    "deep": b"[" * 50_000,
    "long line": b"a" * 200_000,
}
NAMES = (
    *honest(), "flashcards.lock", ".flashcards/drafts.json", "verified.yaml", "02-deck.yaml", "\x1b[2J.yaml", "\u202eb.yaml", "--help.yaml",
    "templates/notetypes/my kind/notetype.yaml", "templates/notetypes/_layout/card.css", "templates/print/sheet.typ",
    "media", "templates", "templates/notetypes/own", ".flashcards",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_bad_file(place: Path, name: str) -> None:
    """In the place of each file and folder, or beside the others."""
    faults = {}
    for form in FORMS:
        tree = {path: text for path, text in honest().items() if not path.startswith(f"{name}/")}
        faults[form] = tried(place, {**tree, name: FORMS[form]})
    assert {form: found for form, found in faults.items() if found} == {}
