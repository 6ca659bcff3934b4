"""What the authors' commands do to files: the asked change and not one other byte, and every text read back
as it was given."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from conftest import Folder
from hypothesis import given
from hypothesis import strategies as st

from flashcards.actions import adding, fixing
from flashcards.collection import editing, loader
from flashcards.collection.editing import EditError
from flashcards.collection.model import Choice, Collection, Deck, Table

BOM = b"\xef\xbb\xbf"


def load(folder: Folder) -> Collection:
    return loader.load(folder.path).collection


def one_deck(folder: Folder) -> Deck:
    (deck,) = load(folder).decks
    return deck


def fix(folder: Folder, *reserved: str) -> list[list[str]]:
    collection = load(folder)
    return [ids for _, ids in fixing.add_missing_ids(collection, collection.decks, reserved)]


# ------------------------------------------------------------------------------------------------------ missing ids


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- front: q\n  back: a\n", "- id: DE01\n  front: q\n  back: a\n"),
        ("-   front: q\n    back: a\n", "-   id: DE01\n    front: q\n    back: a\n"),
        ("-\n  front: q\n  back: a\n", "-\n  id: DE01\n  front: q\n  back: a\n"),
        ("- # why\n  front: q\n  back: a\n", "- # why\n  id: DE01\n  front: q\n  back: a\n"),
        ("- {front: q, back: a}\n", "- {id: DE01, front: q, back: a}\n"),
        ("- {\n    front: q, back: a}\n", "- {id: DE01, \n    front: q, back: a}\n"),
        ("- front: q  # id\n  back: a\n", "- id: DE01\n  front: q  # id\n  back: a\n"),
        ("- front: q\n  id:\n  back: a\n", "- front: q\n  id: DE01\n  back: a\n"),
        ("- front: q\n  back: a\n  id:", "- front: q\n  back: a\n  id: DE01"),
        ("- id:  # later\n  front: q\n  back: a\n", "- id: DE01  # later\n  front: q\n  back: a\n"),
        ("- id : \n  front: q\n  back: a\n", "- id : DE01 \n  front: q\n  back: a\n"),
        ('- "id":\n  front: q\n  back: a\n', '- "id": DE01\n  front: q\n  back: a\n'),
        ('- id: ""\n  front: q\n  back: a\n', '- id: "DE01"\n  front: q\n  back: a\n'),
        ("- id: ''\n  front: q\n  back: a\n", "- id: 'DE01'\n  front: q\n  back: a\n"),
        ("- id: |\n  front: q\n  back: a\n", "- id: |\n    DE01\n  front: q\n  back: a\n"),
        ("- {id: , front: q, back: a}\n", "- {id: DE01 , front: q, back: a}\n"),
        ("- {id, front: q, back: a}\n", "- {id: DE01, front: q, back: a}\n"),
        ("- {front: q, back: a, id}\n", "- {front: q, back: a, id: DE01}\n"),
        ("- ? front\n  : q\n  back: a\n", "- id: DE01\n  ? front\n  : q\n  back: a\n"),
    ],
)
def test_an_id_is_written_where_it_belongs(folder: Folder, before: str, after: str) -> None:
    head = "# a deck\ntitle: Deck\nnotes:\n"
    path = folder.write("01-deck.yaml", (head + before).encode())
    assert fix(folder) == [["DE01"]]
    assert path.read_bytes().decode() == head + after
    assert one_deck(folder).notes[0].id == "DE01"
    assert fix(folder) == []
    assert path.read_bytes().decode() == head + after


def test_notes_in_brackets(folder: Folder) -> None:
    path = folder.write("01-deck.yaml", b"{title: Deck, notes: [{front: q, back: a}, {front: r, back: a}]}")
    assert fix(folder) == [["DE01", "DE02"]]
    assert (
        path.read_text()
        == "{title: Deck, notes: [{id: DE01, front: q, back: a}, {id: DE02, front: r, back: a}]}"
    )


# How a note may be written: `@` stands where its id goes, `=` for a line end
NOTES = st.sampled_from([
    ("  - @front: q{0}={1}=    back: a", "id: {}=    "),
    ("  -   @front: q{0}={1}=      back: a", "id: {}=      "),
    ("  -={1}=    @front: q{0}=    back: a", "id: {}=    "),
    ("  - @front: |=      q{0}=={1}=    back: a", "id: {}=    "),
    ("  - {{@front: q{0}, back: 'a ü😀'}}", "id: {}, "),
    ("  - {{front: q{0},={1}=    back: \"a\", id:@ }}", " {}"),
    ("  - front: q{0}={1}=    id:@  # q{0}=    back: a", " {}"),
    ("  - front: q{0}=    id:@={1}=    back: a   ", " {}"),
    ("  - id: XY{0}=    front: q{0}={1}=    back: a", ""),
])  # fmt: skip
LINES = st.sampled_from(["", "  # a comment", "# id: DE01", "   "])


@given(
    st.lists(st.tuples(NOTES, LINES, LINES), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([b"", BOM]),
    st.sampled_from(["", "=", "===# the end", "=..."]),
)
def test_no_other_byte_changes(
    folder: Folder, notes: list[tuple[tuple[str, str], str, str]], newline: str, mark: bytes, end: str
) -> None:
    written = [
        form.format(number, inner) + "=" + outer for number, ((form, _), inner, outer) in enumerate(notes)
    ]
    text = "=".join(["title: Deck", "notes:", *written]) + end
    path = folder.write("01-deck.yaml", mark + text.replace("@", "").replace("=", newline).encode())
    ids = [note_id for of_deck in fix(folder) for note_id in of_deck]
    inserted = [form for (_, form), _, _ in notes if form]
    for note_id, form in zip(ids, inserted, strict=True):
        text = text.replace("@", form.format(note_id), 1)
    assert path.read_bytes() == mark + text.replace("=", newline).encode()
    assert not any(note.derived_id for note in one_deck(folder).notes)
    assert loader.load(folder.path).errors == []


@pytest.mark.parametrize(
    ("title", "ids", "new"),
    [
        ("Pitfalls", ["PF02", "PF41", ""], "PF42"),
        ("Pitfalls", ["PF41", "PF02", ""], "PF42"),  # in learning order, not in that of their numbers
        ("Pitfalls", ["PF1", "PF9", ""], "PF10"),
        ("Pitfalls", ["pf-007", ""], "pf-008"),
        ("Pitfalls", ["A1", "Q01", ""], "Q02"),
        ("Pitfalls", ["2024", ""], "2025"),
        ("Pitfalls", ["what-is-recall", ""], "PI01"),
        ("Pitfalls", [""], "PI01"),
        ("First deck", [""], "FD01"),
        ("The art of asking", [""], "TAO01"),
        ("3D vision 2", [""], "DV01"),
        ("Größe", [""], "GR01"),
        ("日本語", [""], "NO01"),
        ("Type 2", ["", ""], "TY01 TY02"),
    ],
)
def test_ids_are_in_the_manner_of_the_deck(folder: Folder, title: str, ids: list[str], new: str) -> None:
    notes = [
        f"  - {{front: q{i}, back: a{f', id: {note_id}' if note_id else ''}}}"
        for i, note_id in enumerate(ids)
    ]
    folder.deck(f"title: {title}\nnotes:\n" + "\n".join(notes))
    assert fix(folder) == [new.split()]


def test_ids_are_unique_in_the_collection(folder: Folder) -> None:
    folder.deck("title: First deck\nnotes:\n- {front: q, back: a}\n- {front: r, back: a}", "01-one.yaml")
    folder.deck("title: Foreign data\nnotes:\n- {front: s, back: a}", "02-two.yaml")
    folder.deck(
        "- {id: xy07, front: t, back: a}\n- {id: XY01, front: u, back: a}\n- {front: v, back: a}",
        "03-three.yaml",
    )
    folder.deck("- {id: XY08, kind: unknown}\n- {id: XY05, front: w}", "04-four.yaml")
    assert fix(folder, "FD04") == [["FD-01", "FD-02"], ["FD-03"], ["XY09"]]
    assert {problem.rule for problem in folder.check().errors} == {"unknown-kind", "missing-field"}


def test_numbers_only_grow(folder: Folder) -> None:
    folder.deck("- {id: XY01, front: t, back: a}\n- {front: v, back: a}")
    assert fix(folder, "XY11") == [["XY12"]]


def test_only_the_chosen_decks_get_ids(folder: Folder) -> None:
    one = folder.deck("- {front: q, back: a}", "01-one.yaml")
    two = folder.deck("- {front: r, back: a}", "02-two.yaml")
    collection = load(folder)
    fixing.add_missing_ids(collection, collection.decks[1:])
    assert "id:" not in one.read_text()
    assert "id: DE01" in two.read_text()


def test_a_file_that_changed_in_the_meantime_is_left_alone(folder: Folder) -> None:
    path = folder.deck("- {front: q, back: a}")
    collection = load(folder)
    path.write_text(path.read_text() + "# saved by the editor\n")
    before = path.read_bytes()
    with pytest.raises(EditError, match=r"01-deck.yaml has changed in the meantime; nothing was written"):
        fixing.add_missing_ids(collection, collection.decks)
    assert path.read_bytes() == before


def test_what_would_not_be_yaml_is_not_written(folder: Folder) -> None:
    path = folder.deck("- {front: q, back: a}")
    deck, before = one_deck(folder), path.read_bytes()
    with pytest.raises(
        EditError, match=r"there is no place for it. Write this into the file yourself:\nwhy: x"
    ):
        _, origin = deck.file
        editing.insert(path, origin.source, [(origin.source.text.index(", back"), "\nwhy: x")])
    assert path.read_bytes() == before


# -------------------------------------------------------------------------------------------------------- new notes


# Where a note comes to stand: at `@`
PLACES = [
    "notes:@\n",
    "notes:@",
    "notes:   # to come@\n# the end\n",
    "notes:@\ntags: [t]\n",
    "notes:\n  - a: q\n@\n",
    "notes:\n  - a: q\n@",
    "notes:\n  - a: q\n@\n\n\n",
    "notes:\n  - a: q\n@\ntags: [t]\n",
    "notes:\n  - a: q\n  - a: r@\n",
    "notes:\n  -\n    a: q\n  -\n    a: r@\n",
    "notes:\n  - a: q\n\n  - a: r\n@\n",
    "notes:\n  - a: |\n      q\n\n      r\n  - a: r@\n",
    "notes:\n  - a: q\n  # own\n\n  - a: r\n@\n",
    "notes:\n  - {a: q,\n  b: r}  # own\n@\n\n# the end\n",
    "notes:\n  - a: q\n    # own\n     # own\n@\n  # of the list\n# the end\n",
    "notes:\n  - a: |\n      q\n      # text\n@\n\n  # the end\n",
    "notes:\n  - a: q\n    b:\n@\n\n...\n",
]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("mark", [b"", BOM], ids=["plain", "BOM"])
@pytest.mark.parametrize("place", PLACES)
def test_a_note_is_written_behind_the_last_one(folder: Folder, place: str, mark: bytes, newline: str) -> None:
    def file(note: str) -> bytes:
        text = "title: Deck\n" + place.replace("\n@" if not note else "@", note)
        return mark + text.replace("@", "").replace("\n", newline).encode()

    path = folder.write("01-deck.yaml", file(""))
    adding.append_note(one_deck(folder), {"id": "N1", "front": "x"})
    assert path.read_bytes() == file("\n  - id: N1\n    front: x")
    assert one_deck(folder).notes[-1].id == "N1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("notes:\n- a: q\n", "notes:\n- a: q\n\n- id: N1\n  front: x\n"),
        (
            "notes:\n    -   a: q\n        b: r\n",
            "notes:\n    -   a: q\n        b: r\n\n    - id: N1\n      front: x\n",
        ),
        ("  notes:\n  - a: q\n", "  notes:\n  - a: q\n\n  - id: N1\n    front: x\n"),
        ("  notes:\n", "  notes:\n  - id: N1\n    front: x\n"),
    ],
)
def test_a_note_is_as_deep_as_the_others(folder: Folder, before: str, after: str) -> None:
    head = f"{before[: len(before) - len(before.lstrip())]}title: Deck\n"
    path = folder.write("01-deck.yaml", (head + before).encode())
    adding.append_note(one_deck(folder), {"id": "N1", "front": "x"})
    assert path.read_text() == head + after


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title: Deck\nnotes: []\n", "01-deck.yaml:2"),
        ("title: Deck\n\nnotes: [\n  {front: q, back: a}]\n", "01-deck.yaml:3"),
        ("{title: Deck, notes: }\n", "01-deck.yaml"),
        ("title: Deck\nnotes: {a: b}\n", "01-deck.yaml:2"),
        ("title: Deck\nnotes: ''\n", "01-deck.yaml:2"),
        ("title: Deck\nnotes: ~\n", "01-deck.yaml:2"),
        ("title: Deck\nnotes: |\n", "01-deck.yaml:2"),
        ("title: Deck\n", "01-deck.yaml"),
    ],
)
def test_a_list_in_brackets_is_refused(folder: Folder, text: str, place: str) -> None:
    path = folder.write("01-deck.yaml", text)
    with pytest.raises(EditError) as refused:
        adding.append_note(one_deck(folder), {"id": "N1", "front": "x"})
    reason = "`notes:` is not a list with one note below the other; write it so, then add again"
    assert str(refused.value) == f"{folder.path / place}: {reason}"
    assert path.read_text() == text


def test_what_yaml_cannot_hold_is_refused(folder: Folder) -> None:
    path = folder.deck("- {front: q, back: a}")
    before = path.read_bytes()
    with pytest.raises(EditError, match=r"this cannot be written as YAML: control character U\+0007"):
        adding.append_note(one_deck(folder), {"id": "N1", "front": "ring \a"})
    assert path.read_bytes() == before


def test_how_values_are_written() -> None:
    values = {
        "id": "A1",
        "front": "What is it?",
        "back": "# no comment: text",
        "why": "Two paragraphs.\n\n    code\n",
        "tags": ["core", "area::meta"],
        "sources": ["rules-ml rule 33", "hg"],
        "options": ["yes", {"right": "no: it is\nnot"}],
        "table": [{"Criterion": "speed", "A: b": "fast", "C": ""}],
    }
    assert (
        editing.note_yaml(values)
        == """\
  - id: A1
    front: What is it?
    back: |
      # no comment: text
    why: "Two paragraphs.\\n\\n    code\\n"
    tags: [core, "area::meta"]
    sources:
      - rules-ml rule 33
      - hg
    options:
      - yes
      - right: |
          no: it is
          not
    table:
      - Criterion: speed
        "A: b": fast
        C: ""
""".rstrip("\n").replace('"area::meta"', "area::meta")
    )


HOSTILE = st.sampled_from([
    "no", "0777", "12:30", "3.10", "~", "null", "<<", "=", "---", "--- a", "...", "- a", "-", "?", "? a", ": a", "a: b", "a:",
    "a #b", "#a", "'a'", '"a"', '"', "'", "\\", "{a}", "[a", "]", "&a", "*a", "!a", "|", "|-", ">", "%a", "@a", "`a`", ",a",
    " a", "a ", "\ta", "a\t", "a\tb", "\n", "\n\na", "a\n", "a\n b\n\n  c", "a\n\tb", "a\n   \nb", "a\n---\nb", "a\n# b\nc",
    "a\r\nb", "a\rb", "key: |\n  x", "{{c1::a}}", "\u00a0a", "a\u3000", "é", "e\u0301", "😀", "👩\u200d💻", "\u200b",
    "a" * 200, "a " * 100, "\U000e0001",
])  # fmt: skip
CHARACTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Co"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"
)
TEXT = HOSTILE | st.lists(HOSTILE | st.text(CHARACTERS), max_size=4).map("".join)
FILLED = TEXT.filter(str.strip)


def read(text: str) -> str:
    return normalize("NFC", text)


LISTS = st.lists(FILLED, min_size=2, max_size=4, unique_by=read)


@given(FILLED, FILLED, LISTS, LISTS, st.sampled_from([b"\n", b"\r\n"]))
def test_every_text_is_read_back_as_it_was_given(
    folder: Folder, front: str, other: str, items: list[str], columns: list[str], newline: bytes
) -> None:
    path = folder.write("01-deck.yaml", b"title: Deck\nnotes:\n".replace(b"\n", newline))
    rows = [dict.fromkeys(columns, other), dict.fromkeys(columns, front)]
    written: list[dict[str, object]] = [
        {"id": "A1", "front": front, "back": other, "why": front},
        {
            "id": "A2",
            "kind": "choice",
            "front": other,
            "options": [*items, {"right": front}],
            "reason": other,
        },
        {"id": "A3", "kind": "scenario", "probe": front, "checkpoints": items, "setting": other},
        {"id": "A4", "kind": "compare", "front": front, "table": rows},
    ]
    for number, values in enumerate(written, 1):
        adding.append_note(one_deck(folder), values)
        assert len(one_deck(folder).notes) == number
    front, other, items, columns = read(front), read(other), list(map(read, items)), list(map(read, columns))
    basic, choice, scenario, compare = (note.fields for note in one_deck(folder).notes)
    assert basic == {"front": front, "back": other, "why": front}
    assert choice["options"] == (*map(Choice, items), Choice(front, right=True))
    assert (scenario["checkpoints"], scenario["setting"]) == (tuple(items), other)
    assert compare["table"] == Table(tuple(columns), ((other,) * len(columns), (front,) * len(columns)))
    assert newline == b"\n" or b"\n" not in path.read_bytes().replace(b"\r\n", b"")
