"""Collections whose author means harm: every key and every file of a collection, with every kind of attack.

Whatever such a collection holds, `check` ends and raises nothing, each error has a place, and what is built holds
nothing from outside, writes nothing outside, and puts nothing live on a card of the real engine. `pytest -m ""
tests/test_hostile_decks.py --all-hostile` tries every attack at every key; without it each key meets some, in turn."""

from __future__ import annotations

import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from anki.collection import Collection  # first: anki imports in circles
from click.testing import CliRunner
from conftest import Folder
from live_markup import live, rendered
from people import Learner

import flashcards
from flashcards import reporting
from flashcards.cli import main
from flashcards.collection.keys import COLLECTION_KEYS, DECK_KEYS, REFERENCE_KEYS, note_keys
from flashcards.collection.notetypes import RECALL
from flashcards.diagnostics import FlashcardsError, Severity

assert Collection
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes, nor free links")
SECRET = "what-is-private-4711"  # stands in files beside the collection, and must never be in what is written
HERE = "@@here@@"  # in a base file: where the attack goes
NOW = 1_800_000_000
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)

# ----------------------------------------------------------------------------------------------------------------- attacks

TEXTS = (
    "<svg/onload=alert(1)>[sound:a.mp3]",  # every key meets this one
    "<script>alert(1)</script>", "<svg/onload=alert(1)>", "<img src=x onerror=alert(1)>", "&lt;svg onload=alert(1)&gt;", "[sound:secret.mp3]", "[anki:play:q:0]",
    "[latex]\\input{secret.txt}[/latex]", "[$]x[/$]", "[[type:Says]]", "{{Says}} {{#Says}}", "{{c1::a}} }} ::", "{{c1::" * 12, "[sound:", "$\\href{javascript:alert(1)}{x}$",
    "\\(\\def\\x{\\x\\x}\\x\\)", "$" + "{" * 400 + "$", "[a](javascript:alert(1)) <javascript:alert(1)>", "![a](https://evil.example/a.png)",
    "![a](../secret.png)", "![a](secret.png)", "![a](@@outside@@/secret.png)", "![a](link.png)", "[a](file:///etc/passwd)", "../../secret.txt", "@@outside@@/secret.txt",
    "[[ cycler.__init__.__globals__.os.popen('touch ran') ]]", "[% include '../../../secret.txt' %]", "<< read(\"secret.txt\") >>", "<% include 'secret.txt' %>",
    "#read(\"/secret.txt\")", "\"#eval(\"1\")#panic()", "]#panic()[", "*/ #panic() /*", "\\u{22}#panic()", "#import \"@preview/a:0.1.0\": *", "${HOME} $(touch ran) `touch ran`",
    "\x1b]0;title\x07\x1b[31m", "a\x00b", "a\x08\x7f\x9bb", "\u202eevil\u2066\u2069", "\ufeff\u200b\u200d\u2028", "\ud800", "\ue000#panic()\ue001", "`a\u200b`", "```python\nx = 1\u200b\n```",
    "> " * 17 + "a", "".join(f"{'  ' * n}- a\n" for n in range(40)), "> - " * 200 + "a", "|a|\n|-|\n|`b`|", "*" * 2000, "a" * 100_000, "\U0001f3f3\ufe0f\u200d\U0001f308" * 200,
    "1e999", "9" * 400, "-1", "0", "nan", "0x1f", "2026-13-40", "pt-BR", "zz-zzzz-zzzz", "../en", "my kind", "CON", ".", "..", "a/b", "a\\b", "a::b", "::", " ", "", "\n", "e\u0301",
    "%s {0} %n", "~", "on", "{{", "]]", "&#60;b> &colon;", "--help", "'", "\"",
)  # fmt: skip
RAW = (
    "!!python/object/apply:os.system ['touch ran']", "!t x", "!!binary AA==", "&a [*a]", "&a {x: *a}", "*a", "{<<: {a: b}}", "[]", "{}", "[[]]", "[{}]", "{a: [b, {c: d}]}", "[a, [b]]", "null", "true",
    "1e999", ".nan", "1_000", "[" * 3000, "[" * 3000 + "]" * 3000, "{a: " * 3000 + "}" * 3000, "[&a [x,x], &b [*a,*a], &c [*b,*b], &d [*c,*c]]", "\"\\x00\"", "\"\\ud800\"", "\"\\UFFFFFFFF\"", "\"open", "'", "{", "]", "? a", "%TAG",
    "|", ">9", "@a", "`a`", "- a", "a: b: c", "\t", "\n---\na: b\n...\n",
)  # fmt: skip
BYTES = (
    b"\xe9",
    b"\x00",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1b]0;a\x07",
    "\u202e".encode(),
    "\u2028".encode(),
)


def attacks(outside: Path) -> list[bytes]:
    """Return what is written where a value stands in YAML."""
    texts = [json.dumps(text.replace("@@outside@@", str(outside))).encode() for text in TEXTS]
    return [*texts, *(text.encode() for text in RAW), *BYTES]


# --------------------------------------------------------------------------------------------------------------- where to

SHIPPED = flashcards.note_types()
TYPE: Any = {
    "label": "Own", "render": 1, "cards": [{"name": "Card", "id": 201, "front": "front.html", "back": "back.html"}],
    "fields": [{"key": "says", "name": "Says", "id": 101, "kind": "markdown", "required": True, "answer": True, "right_of": "", "help": "what"}],
    "recall": {},
}  # fmt: skip
SETTINGS = {
    "id": "hostile",
    "title": "Hostile",
    "short_title": "Hostile",
    "root": "Hostile",
    "created": "2026-01-01",
}
STAMP = {"hash": "0" * 64, "time": 1_700_000_000}
LOCK: Any = {
    "version": 1, "collection": "hostile", "decks": {"01-deck": "Hostile::01 Deck"},
    "note_types": {"own": {**STAMP, "fields": [101, 901, 902, 903, 904, 905, 906, 907, 908], "cards": [201], "cloze": False}},
    "notes": {"N1": {"kind": "own", **STAMP, "cards": [0], "answers": [""], "deck": "01-deck"}},
}  # fmt: skip
DRAFTS = {
    "notes": {"N1": ["0" * 64, 1_700_000_000]},
    "types": {"own": ["0" * 64, 1_700_000_000]},
    "collection": "hostile",
}
NOTE: dict[str, Any] = {"id": "N1", "kind": "own", "says": "What is said", "sources": ["book p. 1"]}
OWN = "templates/notetypes/own"
FILES: dict[str, Any] = {
    "collection.yaml": SETTINGS,
    "01-deck.yaml": {"title": "Deck", "notes": [NOTE]},
    "sources.yaml": {"book": {"title": "A book"}},
    "coverage.yaml": {"S1": {"class": "E", "text": "a"}},
    "flashcards.lock": LOCK,
    ".flashcards/drafts.json": DRAFTS,
    f"{OWN}/notetype.yaml": TYPE,
    f"{OWN}/front.html": "{{Says}} {{Tags}} {{Type}} {{Deck}} {{Subdeck}} {{Card}} {{hint:Hint}} ",
    f"{OWN}/back.html": "{{FrontSide}} {{Why}} {{Sources}} ",
    f"{OWN}/card.css": "p { color: red }\n",
    f"{OWN}/print.typ": "#let front(n) = n.says\n#let back(n) = n.why\n#let entry(n) = n.says\n",
    "templates/notetypes/_layout/below.html": "",
    "templates/print/own.typ": "<# Own #>\n",
    "media/picture.png": PNG,
}  # fmt: skip


def changed(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a value in which `new` stands at `path`; a last part `+` makes `new` a key."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, list):
        assert isinstance(key, int)
        return [changed(item, tuple(rest), new) if i == key else item for i, item in enumerate(value)]
    if key == "+":
        return {**value, HERE: new}
    return {**value, key: changed(value.get(key, {}), tuple(rest), new)}


def places() -> Iterator[tuple[str, str, Any]]:
    """Yield every place of an attack: its name, the file, and what the file holds with `HERE` in it."""

    def at(file: str, *path: str | int, new: Any = HERE) -> tuple[str, str, Any]:
        return f"{file}:{'.'.join(map(str, path))}", file, changed(FILES[file], path, new)

    for key in COLLECTION_KEYS:
        yield at("collection.yaml", key)
    yield at("collection.yaml", "+", new="a")
    yield at("collection.yaml", "keys", "+", new={"help": "a"})
    for key in ("shape", "values", "required", "exempts", "covers", "help", "+"):
        yield at("collection.yaml", "keys", "mood", key)
    yield at("collection.yaml", "keys", "mood", "values", "+", new={})
    yield at("collection.yaml", "keys", "mood", "values", "calm", "needs")
    yield at("collection.yaml", "keys", "mood", "values", "calm", "tag")
    yield at("collection.yaml", "vocabularies", "+", new=["a"])
    yield at("collection.yaml", "vocabularies", "level", new=[HERE])
    yield at("collection.yaml", "checks", "+", new="on")
    yield at("collection.yaml", "checks", "front-length")
    yield at("sources.yaml", "+", new={"title": "a"})
    for key in REFERENCE_KEYS:
        yield at("sources.yaml", "book", key)
    for key in (*DECK_KEYS, "+"):
        yield at("01-deck.yaml", key)
    for key in ("tags", "level", "kind", "why", "+"):
        yield at("01-deck.yaml", "defaults", key)
    yield at("01-deck.yaml", "notes", 0)
    for key in (*note_keys(), "says", "+"):
        yield at("01-deck.yaml", "notes", 0, key)
    yield at("01-deck.yaml", "notes", 0, "ignore", "+", new="a reason")
    yield at("01-deck.yaml", "notes", 0, "ignore", "list-all")
    yield at("01-deck.yaml", "notes", 0, "check", "expression")
    yield at("01-deck.yaml", "notes", 0, "check", new={"expression": "1 + 1", "value": HERE})
    for kind, note_type in SHIPPED.items():
        for field in note_type.written_fields:
            note: dict[str, object] = {"id": "N1", "kind": kind, "sources": ["book p. 1"]}
            note |= {
                each.key: _plain(each.kind, each.key == note_type.cloze_field)
                for each in note_type.written_fields
            }
            for value in _with_attack(field.kind):
                deck = {"title": "Deck", "notes": [{**note, field.key: value}]}
                yield f"01-deck.yaml:{kind}.{field.key}", "01-deck.yaml", deck
    for key in ("label", "render", "fields", "cards", "recall", "+"):
        yield at(f"{OWN}/notetype.yaml", key)
    for key in TYPE["fields"][0]:
        yield at(f"{OWN}/notetype.yaml", "fields", 0, key)
    for key in TYPE["cards"][0]:
        yield at(f"{OWN}/notetype.yaml", "cards", 0, key)
    for key in (*RECALL, "+"):
        yield at(f"{OWN}/notetype.yaml", "recall", key)
    for key in ("version", "collection", "decks", "note_types", "notes"):
        yield at("flashcards.lock", key)
    for block in ("decks", "note_types", "notes"):
        yield at("flashcards.lock", block, "+", new=next(iter(LOCK[block].values())))
    for key in LOCK["note_types"]["own"]:
        yield at("flashcards.lock", "note_types", "own", key)
    for key in LOCK["notes"]["N1"]:
        yield at("flashcards.lock", "notes", "N1", key)
    yield at("flashcards.lock", "decks", "01-deck")
    for block in ("notes", "types"):
        yield at(".flashcards/drafts.json", block)
        yield at(".flashcards/drafts.json", block, "+", new=["0" * 64, 1])
        yield at(".flashcards/drafts.json", block, next(iter(DRAFTS[block])), 1)
    yield at(".flashcards/drafts.json", "collection")
    for file, text in FILES.items():
        if isinstance(text, str):
            yield f"{file}:end", file, text + HERE
        yield f"{file}:all", file, HERE


def _plain(kind: str, is_cloze: bool) -> object:
    return {
        "list": ["a", "b"], "choices": [{"right": "a"}, "b", "c"], "table": [{"a": "b", "c": "d"}, {"a": "e", "c": "f"}],
    }.get(kind, "{{c1::a}}" if is_cloze else "What?")  # fmt: skip


def _with_attack(kind: str) -> list[object]:
    inside = {"list": [HERE, "b"], "choices": [{"right": HERE}, "b", "c"], "table": [{"a": HERE, HERE: "d"}]}
    return [HERE, inside[kind]] if kind in inside else [HERE]


PLACES = list(places())


# ----------------------------------------------------------------------------------------------------------------- trials


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    """Nothing may wait for ever."""

    def ring(*arguments: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 600)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a private text and a private picture; the collection lies in a folder of it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret.txt").write_text(SECRET)
    (home / "secret.png").write_bytes(PNG + SECRET.encode())
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    return home


class Trials:
    """Writes hostile collections one after another, and holds what is done with each to the promises."""

    def __init__(self, home: Path):
        self.home = home
        self.folder = Folder(home / "decks")
        self.written = {name: _bytes(content) for name, content in FILES.items() if name not in LEDGER}
        for name, content in self.written.items():
            self.folder.write(name, content)
        (self.folder.path / "media/link.png").symlink_to(home / "secret.png")
        self.packages: list[Path] = []
        self.number = 0

    def check(self, files: dict[str, bytes], *, is_printed: bool) -> None:
        """Write these files over those of the base, check, and build what has no error."""
        for name, content in files.items():
            self.folder.write(name, content)
        try:
            self.hold(("apkg", "cheat-sheets", "cards", "own") if is_printed else ("apkg",), files)
        finally:
            for name in files:
                if name in self.written:
                    self.folder.write(name, self.written[name])
                else:
                    (self.folder.path / name).unlink()
            (self.folder.path / ".flashcards/drafts.json").unlink(missing_ok=True)

    def hold(self, to: tuple[str, ...], attacked: dict[str, bytes]) -> None:
        before = self.files()
        loaded = flashcards.check(Path("decks"))
        self._has_places(loaded.diagnostics)
        self.number += 1
        out = self.home / f"out{self.number}"
        try:
            built = flashcards.build(loaded, out, now=NOW, to=to)
        except FlashcardsError as problem:
            assert not out.exists()
            assert SECRET not in str(problem)
            return
        self._has_places(built.diagnostics)
        if not any(name.endswith(".typ") for name in attacked):  # whose faults only Typst finds
            assert built.failures == []
        assert any(written.path.suffix == ".apkg" for written in built.written)
        assert self.files() - before <= {self.folder.path / ".flashcards/drafts.json"}
        for written in built.written:
            assert written.path.is_relative_to(out)
            assert SECRET.encode() not in _content(written.path), written.path
        self.packages += [written.path for written in built.written if written.path.suffix == ".apkg"]

    def files(self) -> set[Path]:
        return {
            path
            for path in self.home.rglob("*")
            if path.is_file() and not path.relative_to(self.home).parts[0].startswith("out")
        }

    def _has_places(self, diagnostics: Any) -> None:
        for finding in diagnostics:
            assert finding.severity is not Severity.ERROR or finding.span is not None, finding
        for form in reporting.FORMATS.values():
            text = form(diagnostics, lambda text, role: text)
            assert SECRET not in text
            assert not [
                c for c in text if (c < " " and c != "\n") or "\x7f" <= c < "\xa0" or c in "\u202e\u2066"
            ], text
            text.encode()  # no half of a pair


LEDGER = ("flashcards.lock", ".flashcards/drafts.json", "coverage.yaml")


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def _content(path: Path) -> bytes:
    """Return what an output holds, without compression."""
    if path.suffix == ".pdf":
        document = pdfium.PdfDocument(path)
        pages = [page.get_textpage().get_text_range() for page in document]
        return "".join(pages).encode(errors="replace") + path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("file", dict.fromkeys(file for _, file, _ in PLACES))
def test_every_key(outside: Path, pytestconfig: pytest.Config, file: str) -> None:
    trials, (first, *every) = Trials(outside), attacks(outside)
    step = max(len(every) // pytestconfig.getoption("hostile"), 1)
    for number, (name, _, content) in enumerate(PLACES):
        if not name.startswith(f"{file}:"):
            continue
        for i, attack in enumerate([first, *every[number % step :: step]]):
            if isinstance(content, dict):
                data = _bytes(content).replace(json.dumps(HERE).encode(), attack)
            else:
                is_text = not file.endswith((".yaml", ".lock", ".json"))
                data = _bytes(content).replace(HERE.encode(), _unquoted(attack) if is_text else attack)
            files = {file: data}
            if file == "flashcards.lock":
                files["collection.yaml"] = _bytes({**SETTINGS, "released": "true"})
            try:
                trials.check(files, is_printed=i == 1 and number % 8 == 0)
            except Exception as problem:
                raise AssertionError(f"{name}: {attack[:200]!r}") from problem
    hold_cards(trials, outside)


def _unquoted(attack: bytes) -> bytes:
    try:
        text: str = json.loads(attack)
        return text.encode(errors="surrogatepass")
    except (ValueError, AttributeError, RecursionError):
        return attack


def hold_cards(trials: Trials, home: Path) -> None:
    learner = Learner(home)
    try:
        for package in trials.packages:
            learner.imports(package)
            assert {note_id: found for note_id, html in rendered(learner) for found in live(html)} == {}, (
                package
            )
            learner.col.remove_notes(learner.col.find_notes(""))
        described = [deck["desc"] for deck in learner.col.decks.all()]
        assert [found for html in described for found in live(html)] == []
    finally:
        learner.close()


# ------------------------------------------------------------------------------------------------- files and folders


DAMAGE: dict[str, Callable[[Path, Path], object]] = {
    "pipe": lambda path, _home: os.mkfifo(path),
    "device": lambda path, _home: path.symlink_to("/dev/zero"),
    "link-outside": lambda path, home: path.symlink_to(home / "secret.txt"),
    "link-by-a-way-round": lambda path, home: path.symlink_to(Path(os.path.relpath(home, path.parent)) / "secret.txt"),
    "link-to-itself": lambda path, _home: path.symlink_to(path.name),
    "link-to-nothing": lambda path, _home: path.symlink_to("nothing"),
    "folder": lambda path, _home: path.mkdir(),
    "empty": lambda path, _home: path.write_bytes(b""),
    "nul": lambda path, _home: path.write_bytes(b"\0" * 1000),
    "byte-order-mark": lambda path, _home: path.write_bytes(b"\xef\xbb\xbf" + _bytes(_of(path))),
    "utf-16": lambda path, _home: path.write_bytes(_bytes(_of(path)).decode("latin-1").encode("utf-16")),
    "latin-1": lambda path, _home: path.write_bytes(b"\xe9" + _bytes(_of(path))),
    "carriage-returns": lambda path, _home: path.write_bytes(_bytes(_of(path)).replace(b"\n", b"\r")),
    "large": lambda path, _home: path.write_bytes(b"#" * 10_000_001),
    "no-text": lambda path, _home: path.write_bytes(PNG),
    "brackets": lambda path, _home: path.write_bytes(b"[" * 100_000),
    "half": lambda path, _home: path.write_bytes(_bytes(_of(path))[: len(_bytes(_of(path))) // 2]),
}  # fmt: skip


def _of(path: Path) -> Any:
    return next(content for name, content in FILES.items() if path.as_posix().endswith(name))


@pytest.mark.parametrize("file", FILES)
def test_every_file_replaced(
    outside: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config, file: str
) -> None:
    trials = Trials(outside)
    for name in LEDGER:
        trials.folder.write(name, _bytes(FILES[name]))
    path = trials.folder.path / file
    every, number = list(DAMAGE.values()), list(FILES).index(file)
    step = max(len(every) // pytestconfig.getoption("hostile"), 1)
    for damage in every[number % step :: step]:
        path.unlink()
        damage(path, outside)
        hold_commands(trials, monkeypatch)
        if path.is_dir():
            path.rmdir()
            path.touch()


FOLDERS = (
    "media",
    "templates",
    "templates/notetypes",
    OWN,
    "templates/notetypes/_layout",
    "templates/print",
    ".flashcards",
)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("target", ["private", "/", "pipe", "itself"])
def test_every_folder_a_link(
    outside: Path, monkeypatch: pytest.MonkeyPatch, folder: str, target: str
) -> None:
    trials = Trials(outside)
    path = trials.folder.path / folder
    private = outside / "private"
    if path.exists():
        path.rename(private)
    else:
        private.mkdir()
    for file in private.rglob("*"):
        if file.is_file() and not file.is_symlink():
            file.write_bytes(file.read_bytes() + SECRET.encode())
    (private / "secret.txt").write_text(SECRET)
    if target == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"private": str(private), "itself": path.name}.get(target, target))
    hold_commands(trials, monkeypatch)


def hold_commands(trials: Trials, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold what the command says and writes to the promises, with a cache and without."""
    before = trials.files()
    monkeypatch.setenv("FLASHCARDS_CACHE", str(trials.home / "out-cache"))
    for command in (["check"], ["build", "--out", "out-1", "--to", "apkg"]):
        done = CliRunner().invoke(main, [*command, "decks"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert SECRET not in done.output
        assert "This is a bug" not in done.output, done.output
        assert done.exit_code in (0, 1), done.output
        assert done.exit_code == 0 or "decks/" in done.output, done.output
    assert trials.files() - before <= {trials.folder.path / ".flashcards/drafts.json"}
    for path in (trials.home / "out-1").rglob("*.*"):
        assert SECRET.encode() not in _content(path), path
