"""Whatever a stranger writes, under whatever key of a collection: on a learner's cards it is text, or an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from anki.collection import Collection  # first: anki imports in circles
from conftest import COLLECTION, Folder
from live_markup import live, rendered
from people import Learner

import flashcards
from flashcards.collection.keys import COLLECTION_KEYS, DECK_KEYS, REFERENCE_KEYS, note_keys
from flashcards.collection.notetypes import Field
from flashcards.diagnostics import Severity

assert Collection
ATTACKS = (
    "<script>alert(1)</script>", "<svg/onload=alert(1)>", "<img src=x onerror=alert(1)>", "<iframe src=//evil.example>", "List<T>", "a<b",
    "&lt;img src=x onerror=alert(1)&gt;", "&#60;b>", "[sound:x.mp3]", "[SOUND:x.mp3]", "[anki:play:q:0]", "[anki:tts lang=en_US]a[/anki:tts]",
    "[latex]\\input{/etc/passwd}[/latex]", "[$]x[/$]", "[$$]x[/$$]", "[[type:Front]]", "{{Back}}", "{{c1::a}}", "{{type:Front}}", "$[sound:x.mp3]$",
    "$[latex]x[/latex]$", "$$sound:x$$", "$$latex]x[/latex$$", "\\(\\href{javascript:alert(1)}{x}\\)", "$\\href{javascript:alert(1)}{x}$",
    "$\\style{background:url(//evil.example)}{x}$", "\\[sound:x\\]", "[a](javascript:alert(1))", "<javascript:alert(1)>", "![a](https://evil.example/a.png)",
    "![a](\"onerror=alert`1`)", "[a](https://a.example/\"onclick=alert`1`)", "`<svg onload=a>`", "```\"><svg onload=a>\n<svg onload=a>\n```",
    "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)", "--><svg onload=a>", "</style><script>", "x\x01y", "\u202ex", "{{c1::[sound:x]::[sound:y]}}",
    "{{c1::<b>::<svg onload=a>}}", "$\\h{{c1::ref}}{javascript:alert(1)}{b}$", "javascript:alert(1)", "https://a.example/?\"><svg/onload=a>", "a::<b>",
)  # fmt: skip


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Learner]:
    person = Learner(tmp_path)
    yield person
    person.close()


def value(field: Field, text: str) -> object:
    if field.kind == "list":
        return [text, "b"]
    if field.kind == "choices":
        return [{"right": text}, "b", "c"]
    if field.kind == "table":
        return (
            [{"a": text, "b": text}, {"a": "d", "b": "e"}]
            if len(text) % 2
            else [{"a": "c", text: "d"}, {"a": "e", text: "f"}]
        )
    return text


def attacked(
    note: dict[str, object], texts: tuple[str, ...], keys: dict[str, object]
) -> Iterator[dict[str, object]]:
    """Yield a note for each key and text: this one with the text there."""
    for key in keys:
        for text in texts:
            make = keys[key]
            yield {**note, key: make(text) if callable(make) else text}


def write(folder: Folder, notes: list[dict[str, object]], **deck: object) -> None:
    folder.write("01-deck.yaml", json.dumps({"title": "Deck", **deck, "notes": notes}))


def without_errors(folder: Folder, notes: list[dict[str, object]]) -> list[dict[str, object]]:
    """Leave the notes out that have an error; return the others."""
    write(folder, notes)
    text = (folder.path / "01-deck.yaml").read_text()
    wrong = [d.span.start for d in folder.check().errors if d.span is not None]
    starts = [found.start() for found in re.finditer(r'{"id"', text)] + [len(text)]
    bad = {next(i for i, end in enumerate(starts[1:]) if at < end) for at in wrong}
    # what is wrong with YAML itself hides the rest
    return without_errors(folder, [note for i, note in enumerate(notes) if i not in bad]) if bad else notes


def kinds() -> list[str]:
    return sorted(flashcards.note_types())


@pytest.mark.parametrize("kind", kinds())
def test_every_key_of_a_note(folder: Folder, learner: Learner, kind: str) -> None:
    note_type = flashcards.note_types()[kind]
    plain = {
        f.key: value(f, "{{c1::a}}" if f.key == note_type.cloze_field else f"{f.key} b")
        for f in note_type.written_fields
    }
    own = {f.key: (lambda text, f=f: value(f, text)) for f in note_type.written_fields}
    common = (
        {key: None for key in note_keys() if key not in ("id", "kind", "check", "ignore")}
        if kind == "basic"
        else {"why": None, "tags": None}
    )
    first = note_type.fields[0].key
    notes: list[dict[str, object]] = []
    for number, found in enumerate(attacked({"kind": kind, **plain}, ATTACKS, {**own, **common})):
        found = {"id": f"n{number}", **found}
        if isinstance(found[first], str) and found[first] == plain[first]:
            found[first] = f"{plain[first]} {number}"
        notes.append(found)
    kept = without_errors(folder, notes)
    assert 0 < len(kept) < len(notes)
    loaded = folder.check()
    learner.imports(flashcards.build(loaded, Path("out"), now=1_800_000_000, to="apkg").written[0].path)
    assert {note_id: found for note_id, html in rendered(learner) for found in live(html)} == {}


OWN_TYPE = {
    "label": "Own", "cards": [{"name": "Card", "id": 201, "front": "front.html", "back": "back.html"}],
    "fields": [{"key": "says", "name": "Says", "id": 101, "required": True, "help": "what"}],
}  # fmt: skip
NAMES = [
    *(("collection.yaml", key) for key in COLLECTION_KEYS),
    *(("01-deck.yaml", key) for key in (*DECK_KEYS, "id", "kind") if key != "notes"),
    *(("sources.yaml", key) for key in ("", *REFERENCE_KEYS)),
    *(("notetype.yaml", key) for key in ("label", "cards.name", "fields.name", "fields.help", "fields.key")),
]  # fmt: skip


FEW = (
    "<svg/onload=alert(1)>",
    "[sound:x.mp3]",
    "[latex]\\input{/etc/passwd}[/latex]",
    "\\(\\href{javascript:alert(1)}{x}\\)",
)


@pytest.mark.parametrize(("file", "key"), NAMES, ids=[f"{file}-{key}" for file, key in NAMES])
def test_every_other_key(folder: Folder, learner: Learner, file: str, key: str) -> None:
    """With few attacks; `test_hostile_decks` has many."""
    for number, text in enumerate(FEW):
        settings = dict(line.split(": ") for line in COLLECTION.splitlines())
        settings["id"] = f"test{number}"
        deck: dict[str, object] = {"title": "Deck"}
        note: dict[str, object] = {"id": f"n{number}", "kind": "own", "says": "b", "sources": ["key"]}
        reference: dict[str, object] = {"title": "Title"}
        name, own = "key", json.loads(json.dumps(OWN_TYPE))
        if file == "collection.yaml":
            settings[key] = text
        elif file == "sources.yaml":
            name, reference = (text, reference) if not key else (name, {**reference, key: text})
            note["sources"] = [f"{name} p. 1"]
        elif file == "notetype.yaml":
            part, _, inner = key.rpartition(".")
            (own[part][0] if part else own)[inner] = text
        elif key in DECK_KEYS:
            deck[key] = text
        else:
            note[key] = text
        folder.write("collection.yaml", json.dumps(settings))
        folder.write("sources.yaml", json.dumps({name: reference}))
        folder.write("templates/notetypes/own/notetype.yaml", json.dumps(own))
        field = own["fields"][0]["name"]
        front = "{{Subdeck}} {{Deck}} {{Type}} {{Card}} {{Tags}} {{hint:" + str(field) + "}} {{Sources}}\n"
        folder.write("templates/notetypes/own/front.html", "{{" + str(field) + "}}" + front)
        folder.write("templates/notetypes/own/back.html", "{{FrontSide}}")
        write(folder, [note], **deck)
        loaded = folder.check()
        if any(finding.severity is Severity.ERROR for finding in loaded.diagnostics):
            continue
        learner.imports(flashcards.build(loaded, Path("out"), now=1_800_000_000, to="apkg").written[0].path)
    assert {note_id: found for note_id, html in rendered(learner) for found in live(html)} == {}
    described = [deck["desc"] for deck in learner.col.decks.all()]
    assert [found for html in described for found in live(html)] == []


COMMANDS = ("[sound:x.mp3]", "[latex]x[/latex]", "[$]x[/$]", "[$$]x[/$$]", "[anki:tts lang=en_US]x[/anki:tts]", "[[type:Kin]]")  # fmt: skip


def test_two_fields_make_no_command_together(folder: Folder, learner: Learner) -> None:
    type_ = json.loads(json.dumps(OWN_TYPE))
    type_["fields"] += [{"key": "kin", "name": "Kin", "id": 102, "help": "more"}]
    folder.write("templates/notetypes/own/notetype.yaml", json.dumps(type_))
    folder.write("templates/notetypes/own/front.html", "{{" + type_["fields"][0]["name"] + "}}{{Kin}}")
    folder.write("templates/notetypes/own/back.html", "{{FrontSide}}")
    halves = [(text[:at], text[at:]) for text in COMMANDS for at in range(1, len(text))]
    notes: list[dict[str, object]] = [
        {"id": f"n{i}", "kind": "own", "says": f"{i} {says}", "kin": kin}
        for i, (says, kin) in enumerate(halves)
    ]
    assert len(without_errors(folder, notes)) > 50  # some have a `$$` that is never closed
    built = flashcards.build(folder.check(), Path("out"), now=1_800_000_000, to="apkg")
    learner.imports(built.written[0].path)
    assert {note_id: found for note_id, html in rendered(learner) for found in live(html)} == {}


def test_a_hint_makes_no_command_in_the_brackets_around_it(folder: Folder, learner: Learner) -> None:
    hints = ("sound:x.mp3", "SOUND:x.mp3", "latex", "/latex", "LaTeX", "$", "/$", "anki:play:q:0", "[type:Text]")  # fmt: skip
    notes: list[dict[str, object]] = [
        {"id": f"n{i}", "cloze": f"It is {{{{c1::a::{hint}}}}} and b {i}"} for i, hint in enumerate(hints)
    ]
    write(folder, [*notes, {"id": "all", "cloze": "{{c1::a::latex}} then b {{c1::c::/latex}} and d"}])
    built = flashcards.build(folder.check(), Path("out"), now=1_800_000_000, to="apkg")
    learner.imports(built.written[0].path)
    cards = dict(rendered(learner))
    assert {note_id: found for note_id, html in cards.items() for found in live(html)} == {}
    assert len(cards) == len(hints) + 1
