from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anki.collection import Collection
from anki.decks import DeckId
from anki.models import NotetypeId
from conftest import Folder
from hypothesis import given, settings
from hypothesis import strategies as st

from flashcards import reporting
from flashcards.cards.templates import Look, RenderedTemplate, card_ordinals, render_looks
from flashcards.collection import loader, notetypes
from flashcards.collection.notetypes import RECALL, NoteType, Points, Recall
from flashcards.resources import bundled, template_folders
from flashcards.templating import BrokenTemplateError

KINDS = [
    "basic",
    "choice",
    "cloze",
    "compare",
    "estimate",
    "formula",
    "pitfall",
    "reversed",
    "rubric",
    "scenario",
]


def shipped() -> dict[str, NoteType]:
    types, problems = notetypes.load(template_folders(None))
    assert problems == []
    return types


# --------------------------------------------------------------------------------------------------------------- shipped


BASIC = shipped()["basic"]


def test_the_shipped_note_types_load() -> None:
    types = shipped()
    assert sorted(types) == KINDS
    assert {kind: [field.key for field in note_type.fields] for kind, note_type in types.items()} == {
        "basic": ["front", "back"],
        "choice": ["front", "options", "answer", "reason"],
        "cloze": ["cloze"],
        "compare": ["front", "table"],
        "estimate": ["front", "steps", "result"],
        "formula": ["front", "formula", "symbols", "caveat"],
        "pitfall": ["says", "fault", "fix"],
        "reversed": ["front", "back"],
        "rubric": ["front", "area", "signal", "red_flag"],
        "scenario": ["probe", "setting", "checkpoints"],
    }
    assert {kind: len(note_type.cards) for kind, note_type in types.items() if len(note_type.cards) > 1} == {
        "reversed": 2
    }
    assert {kind: note_type.cloze_field for kind, note_type in types.items() if note_type.cloze_field} == {
        "cloze": "cloze"
    }


def test_the_fields_that_every_note_has_come_last() -> None:
    basic = shipped()["basic"]
    names = ["Front", "Back", "Why", "Hint", "Example", "Extra", "Sources", "Id", "Spare 1", "Spare 2"]
    assert [field.name for field in basic.all_fields] == names
    assert [field.id for field in basic.all_fields] == [101, 102, 901, 902, 903, 904, 905, 906, 907, 908]
    assert basic.name("MLSD") == "MLSD Basic"


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_templates_show_every_field_of_their_own_and_no_script(kind: str) -> None:
    note_type = shipped()[kind]
    look = render_looks({note_type.kind: note_type}, [note_type.kind], template_folders(None))[note_type.kind]
    sides = "".join(card.front + card.back for card in look.cards)
    assert [field.name for field in note_type.written_fields if f"{field.name}}}}}" not in sides] == []
    assert "<script" not in sides + look.css
    assert "[[" not in sides
    assert "[%" not in sides


# ------------------------------------------------------------------------------------------------------------------- own

NOTE_TYPE = """\
label: Quote
fields:
  - {key: quote, name: Quote, id: 101, required: true}
  - {key: by, name: By, id: 102, kind: text, answer: true, help: who said it}
cards:
  - {name: Quote, id: 201, front: front.html, back: back.html}
"""


@pytest.fixture
def own(folder: Folder) -> Callable[[str], Folder]:
    """`own(text)` gives the collection a note type `quote` with this `notetype.yaml`."""

    def write(text: str) -> Folder:
        folder.write("templates/notetypes/quote/notetype.yaml", text)
        folder.write("templates/notetypes/quote/front.html", "{{Quote}}")
        folder.write("templates/notetypes/quote/back.html", "{{FrontSide}} {{By}}")
        return folder

    return write


def test_a_folder_is_a_note_type(own: Callable[[str], Folder]) -> None:
    own(NOTE_TYPE).deck("- {id: A, kind: quote, quote: q, by: b}\n")
    collection = loader.load("decks").raise_for_errors()
    ((_, note),) = collection.notes()
    assert (note.type.kind, note.type.label, note.type.revision, note.fields) == (
        "quote",
        "Quote",
        1,
        {"quote": "q", "by": "b"},
    )
    first, second = note.type.fields
    assert (first.kind, first.required, first.answer, first.help) == ("markdown", True, False, "")
    assert (second.kind, second.required, second.answer, second.help) == ("text", False, True, "who said it")


def test_a_collections_own_note_type_comes_first(folder: Folder) -> None:
    folder.write("templates/notetypes/basic/notetype.yaml", NOTE_TYPE)
    for side in ("front", "back"):
        folder.write(f"templates/notetypes/basic/{side}.html", "{{Quote}}")
    types, problems = notetypes.load(template_folders(folder.path))
    assert (types["basic"].label, problems) == ("Quote", [])
    assert types["cloze"] == shipped()["cloze"]


def change(old: str, new: str) -> str:
    assert NOTE_TYPE.count(old) == 1
    return NOTE_TYPE.replace(old, new)


BAD = [
    ("", "1:1 expected `key: value` lines here"),
    ("- label\n", "1:1 expected `key: value` lines here"),
    (change("label: Quote\n", ""), "1:1 `label` is missing"),
    (change("label: Quote\n", "label: ''\n"), "1:8 `label` is empty: the name in Anki ends with it"),
    (change("label: Quote\n", "label: [Quote]\n"), "1:8 `label` holds a list; expected text"),
    (change("label", "lable"), "1:1 unknown key `lable`", "1:1 `label` is missing"),
    (change("fields:", "render: 0\nfields:"), "2:9 `render` is a whole number above 0, not `0`"),
    (change("fields:", "render: one\nfields:"), "2:9 `render` is a whole number above 0, not `one`"),
    (change("cards:", "cloze: text\ncards:"), "5:8 `cloze` must name one of the fields"),
    (
        change("cards:", "cloze: quote\ncards:\n  - {name: B, id: 202, front: front.html, back: back.html}"),
        "7:3 a note type with `cloze` has one card template: Anki makes a card of it for each number",
    ),
    (
        change("  - {name: Quote, id: 201, front: front.html, back: back.html}\n", ""),
        "5:7 `cards` holds text; expected a list",
    ),
    # fields
    (
        change("required: true", "required: false"),
        "1:1 the first field must be `required: true`: Anki knows a note by it",
    ),
    (
        change("required: true", "required: yes"),
        "1:1 the first field must be `required: true`: Anki knows a note by it",
        "3:50 `yes` is neither `true` nor `false`",
    ),
    (change("key: by, ", ""), "4:5 `key` is missing", "4:5 `` cannot be a field's key"),
    (change("key: by", "key: By"), "4:5 `By` cannot be a field's key"),
    (change("key: by", "key: quote"), "4:5 `quote` cannot be a field's key"),
    *(
        (change("key: by", f"key: {key}"), f"4:5 `{key}` cannot be a field's key")
        for key in ("id", "why", "sources", "kind", "tags")
    ),
    *(
        (change("name: By", f"name: '{name}'"), f"4:5 `{name}` cannot be a field's name in Anki")
        for name in (
            "",
            "quote",
            "Why",
            "Tags",
            "FrontSide",
            "a:b",
            'a"b',
            "a{b",
            "#a",
            "^a",
            "/a",
            " a",
            "a ",
        )
    ),
    (change("id: 102", "id: 101"), "4:5 id 101 is taken"),
    (change("id: 102", "id: 901"), "4:5 id 901 is taken"),
    (
        change("id: 102", f"id: {9**400}"),
        f"4:29 `id` is a whole number above 0 of at most 15 digits, not `{9**400}`",
    ),
    (change("id: 102", "id: x"), "4:29 `id` is a whole number above 0, not `x`"),
    (change("kind: text", "kind: number"), "4:5 unknown field kind `number`"),
    (change("kind: text", "right_of: quote"), "3:3 `right_of: quote` must name a field of kind `choices`"),
    # cards
    (change("front: front.html", "front: nowhere.html"), "6:5 no file `nowhere.html` in this folder"),
    (
        change("back: back.html", "back: ../quote/back.html"),
        "6:5 no file `../quote/back.html` in this folder",
    ),
    (change(", back: back.html", ""), "6:5 `back` is missing"),
    (
        change("back.html}", "back.html}\n  - {name: Quote, id: 202, front: front.html, back: back.html}"),
        "7:5 a card's name and id must be there and differ from the others'",
    ),
    (
        change("back.html}", "back.html}\n  - {name: B, id: 201, front: front.html, back: back.html}"),
        "7:5 a card's name and id must be there and differ from the others'",
    ),
]


def recall(*lines: str) -> str:
    """Return the note type with these lines in its `recall:`, from line 7 on."""
    steps = "  - {key: steps, name: Steps, id: 103, kind: list}\n"
    block = "".join(f"  {line}\n" for line in lines)
    return change("cards:", f"{steps}recall:\n{block}cards:")


BAD += [
    (change("cards:", "recall: asks\ncards:"), "5:9 expected `key: value` lines here"),
    (change("cards:", "recall:\ncards:"), "5:8 expected `key: value` lines here"),
    (recall("aks: true"), "7:3 unknown key `aks`"),
    (recall("asks: yes"), "7:9 `yes` is neither `true` nor `false`"),
    (recall("asks: true", "tells_apart: [a]"), "8:16 `tells_apart` holds a list; expected text"),
    *(
        (recall(f"front_words: {number}"), f"7:16 `front_words` is a number such as 1.5, not `{number}`")
        for number in ("0", "-1", "1,5", "100", "1.23456", "nan", "a half")
    ),
    (recall("quoted: quotes"), "7:11 `quoted` must name a field of kind `text` or `markdown`"),
    (recall("named: steps"), "7:10 `named` must name a field of kind `text` or `markdown`"),
    (
        recall("starts_with_verb: ''"),
        "7:21 `starts_with_verb` must name a field of kind `text` or `markdown`",
    ),
    (recall("reason: why"), "7:11 `reason` must name a field of kind `text` or `markdown`"),
    (recall("points: steps"), "7:11 expected `key: value` lines here"),
    (recall("points: {least: 2}"), "7:11 `field` is missing"),
    (recall("points: {field: quote}"), "7:19 `field` must name a field of kind `list`"),
    (recall("points: {field: steps, leest: 2}"), "7:26 unknown key `leest`"),
    (recall("points: {field: steps, most: 0}"), "7:32 `most` is a whole number above 0, not `0`"),
    (recall("points: {field: steps, least: 4, most: 2}"), "7:11 `least: 4` is more than `most: 2`"),
    (recall("points: {field: steps, reasons: both}"), "7:35 `both` is neither `true` nor `false`"),
]


@pytest.mark.parametrize(("text", "mistakes"), [(text, mistakes) for text, *mistakes in BAD])
def test_bad_note_types(own: Callable[[str], Folder], text: str, mistakes: list[str]) -> None:
    own(text)
    types, problems = notetypes.load(template_folders(Path("decks")))
    assert "quote" not in types
    found = reporting.concise(sorted(problems, key=lambda problem: problem.order)).splitlines()
    prefix = "decks/templates/notetypes/quote/notetype.yaml:"
    assert found == [prefix + mistake.replace(" ", ": bad-note-type: ", 1) for mistake in mistakes]


def test_recall_says_what_rules_know_of_a_kind(own: Callable[[str], Folder]) -> None:
    own(
        recall(
            "asks: true",
            "computed: false",
            "front_words: 1.5",
            "quoted: quote",
            "points: {field: steps, least: 2, reasons: true}",
        )
    )
    types, problems = notetypes.load(template_folders(Path("decks")))
    assert problems == []
    assert types["quote"].recall == Recall(
        asks=True, front_words=1.5, quoted="quote", points=Points("steps", 2, 99, True)
    )
    assert types["cloze"].recall == Recall()


def test_every_part_of_recall_is_described() -> None:
    assert [field.name for field in dataclasses.fields(Recall)] == list(RECALL)


def test_a_note_type_that_is_no_yaml_is_told_once(own: Callable[[str], Folder]) -> None:
    folder = own("label: a: b\n")
    folder.write("templates/notetypes/other/notetype.yaml", b"label: \xff\n")
    folder.deck("- {id: A, kind: quote, quote: q}\n")
    assert reporting.concise(loader.load("decks").diagnostics).splitlines() == [
        "decks/01-deck.yaml:3:19: unknown-kind: unknown kind `quote`",
        "decks/templates/notetypes/other/notetype.yaml:1:8: not-utf8: the file is not UTF-8 from here on",
        "decks/templates/notetypes/quote/notetype.yaml:1:9: syntax-error: `: ` inside a value",
    ]


# ------------------------------------------------------------------------------------------------------------- templates


def look() -> Look:
    folders = template_folders(Path("decks"))
    types, problems = notetypes.load(folders)
    assert problems == []
    return render_looks(types, ["quote"], folders)["quote"]


def test_templates_are_rendered_with_their_own_brackets(own: Callable[[str], Folder]) -> None:
    folder = own(NOTE_TYPE)
    folder.write(
        "templates/notetypes/quote/front.html",
        """\
        [## a remark ##]
        {{#Quote}}<b>[[ type.kind ]]</b>{{Quote}}{{/Quote}}
        [% for field in fields %]
        {{[[ field.name ]]}}
        [% endfor %]
        """,
    )
    folder.write("templates/notetypes/quote/card.css", "b { color: red }\n")
    rendered = look()
    assert rendered.cards == (
        RenderedTemplate(
            "Quote",
            201,
            "{{#Quote}}<b>quote</b>{{Quote}}{{/Quote}}\n{{Quote}}\n{{By}}\n",
            "{{FrontSide}} {{By}}\n",
        ),
    )
    layout = (bundled("templates") / "notetypes/_layout/card.css").read_text(encoding="utf-8")
    assert rendered.css.startswith(layout[:40])
    assert rendered.css.endswith("b { color: red }\n")


@pytest.mark.parametrize(
    ("template", "mistake"),
    [
        ("{{Quotes}}", "decks/templates/notetypes/quote/front.html:1: there is no field `Quotes`"),
        (
            "{{#Bye}}{{Quote}}{{/Bye}}",
            "decks/templates/notetypes/quote/front.html:1: there is no field `Bye`",
        ),
        ("{{hint:Bye}}", "decks/templates/notetypes/quote/front.html:1: there is no field `Bye`"),
        ("{{Quote}}{{/By}}", "decks/templates/notetypes/quote/front.html:1: `{{/By}}` closes nothing"),
        (
            "{{#By}}{{Quote}}{{/Quote}}",
            "decks/templates/notetypes/quote/front.html:1: `{{/Quote}}` closes nothing",
        ),
        (
            "{{#By}}{{Quote}}",
            "decks/templates/notetypes/quote/front.html:1: `By` is not closed: `{{/By}}` is missing",
        ),
        ("{{}}{{Quote}}", "decks/templates/notetypes/quote/front.html:1: there is no field ``"),
        ("[[ nothing ]]", "decks/templates/notetypes/quote/front.html:1: 'nothing' is undefined"),
        (
            "a\n[% if %]",
            "decks/templates/notetypes/quote/front.html:2: Expected an expression, got 'end of statement block'",
        ),
        (
            "a\n[% include 'nowhere.html' %]",
            "decks/templates/notetypes/quote/front.html:2: there is no template `nowhere.html`",
        ),
    ],
)
def test_broken_templates(own: Callable[[str], Folder], template: str, mistake: str) -> None:
    folder = own(NOTE_TYPE)
    folder.write("templates/notetypes/quote/front.html", template)
    with pytest.raises(BrokenTemplateError) as caught:
        look()
    assert str(caught.value) == mistake


# ----------------------------------------------------------------------------------------------------------------- cards

Makes = Callable[[str, dict[str, str]], bool]


@pytest.fixture(scope="module")
def anki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Makes]:
    """`anki(front, fields)` tells whether a real Anki makes a card of a template for a note with these
    fields."""
    collection = Collection(str(tmp_path_factory.mktemp("anki") / "collection.anki2"))
    ids: dict[tuple[str, ...], int] = {}

    def makes(front: str, fields: dict[str, str]) -> bool:
        models = collection.models
        key = (front, *fields)
        if key not in ids:
            model = models.new(front)
            for name in (*fields, "Always"):
                models.add_field(model, models.new_field(name))
            for name, side in (
                ("A", front),
                ("B", "{{Always}}"),
            ):  # a note without any card would still get the first one
                template = models.new_template(name)
                template.update(qfmt=side, afmt=side)
                models.add_template(model, template)
            ids[key] = models.add_dict(model).id
        note = collection.new_note(models.get(NotetypeId(ids[key])))
        for name, html in {**fields, "Always": "x"}.items():
            note[name] = html
        collection.add_note(note, DeckId(1))
        made = 0 in [card.ord for card in note.cards()]
        collection.remove_notes([note.id])
        return made

    yield makes
    collection.close()


def makes(front: str, fields: dict[str, str]) -> bool:
    return card_ordinals(BASIC, Look((RenderedTemplate("A", 1, front, ""),), ""), fields) == [0]


EMPTY = ["", " ", "\n\t\r ", "<br>", "<br/><BR />", "<div></div>", "<div><br></div> ", "</div>"]
FILLED = [
    "x", "<div>x</div>", "<br  />", "<div class=x></div>", "<p></p>", "<b></b>", "&nbsp;", "\u00a0", "\u2003", "\u200b",
    "<img src=x>", "<!-- x -->", "<hr>",
]  # fmt: skip


@pytest.mark.parametrize(
    ("html", "filled"), [*((html, False) for html in EMPTY), *((html, True) for html in FILLED)]
)
def test_what_anki_takes_for_an_empty_field(anki: Makes, html: str, filled: bool) -> None:
    assert (makes("{{A}}", {"A": html}), anki("{{A}}", {"A": html})) == (filled, filled)


@pytest.mark.parametrize(
    ("front", "card"),
    [
        ("{{A}}", True),
        ("{{B}}", False),
        ("x {{B}} y", False),
        ("{{ A }}", True),
        ("{{{A}}}", True),
        ("{{hint:A}}", True),
        ("{{hint:B}}", False),
        ("{{tts en_US:text:A}}", True),
        ("{{#A}}x{{/A}}{{B}}", False),
        ("{{#A}}{{C}}{{/A}}", True),
        ("{{#A}}{{B}}{{/A}}", False),
        ("{{#B}}{{A}}{{/B}}", False),
        ("{{^B}}{{A}}{{/B}}", True),
        ("{{^A}}{{C}}{{/A}}", False),
        ("{{^A}}{{#C}}{{A}}{{/C}}{{/A}}", False),
        ("{{#A}}{{^B}}{{C}}{{/B}}{{/A}}", True),
        ("{{#A}}{{#B}}{{C}}{{/B}}{{B}}{{/A}}", False),
        ("{{#B}}{{A}}{{/B}}{{A}}", True),
        ("{{# A }}{{ C }}{{/ A }}", True),
        ("<!-- {{A}} -->{{B}}", False),
        ("{{#B}}<!-- {{/B}} -->{{A}}{{/B}}", False),
        ("<!-- {{#B}} -->{{A}}", True),
        ("{{Subdeck}}{{B}}", True),
        ("{{#Deck}}{{B}}{{/Deck}}", False),
        ("{{^Type}}{{A}}{{/Type}}", False),
        ("{{Tags}}{{B}}", False),
    ],
)
def test_which_templates_make_a_card(anki: Makes, front: str, card: bool) -> None:
    fields = {"A": "a", "B": "", "C": "c"}
    assert (makes(front, fields), anki(front, fields)) == (card, card)


FRONTS = st.recursive(
    st.sampled_from(["{{A}}", "{{B}}", "{{hint:A}}", "x", "<!-- {{A}} -->", "{{B}}{{A}}"]),
    lambda inner: st.tuples(st.sampled_from("#^"), st.sampled_from("AB"), st.lists(inner, max_size=3)).map(
        lambda parts: f"{{{{{parts[0]}{parts[1]}}}}}{''.join(parts[2])}{{{{/{parts[1]}}}}}"
    ),
    max_leaves=6,
).map(lambda front: front + "{{C}}")  # Anki refuses a front without any field


@given(front=FRONTS, a=st.sampled_from(["a", ""]), b=st.sampled_from(["b", "<br>", "&nbsp;"]))
@settings(max_examples=60)
def test_any_template_makes_a_card_where_the_real_anki_makes_one(
    anki: Makes, front: str, a: str, b: str
) -> None:
    fields = {"A": a, "B": b, "C": ""}
    assert makes(front, fields) == anki(front, fields)


def test_cards_of_the_shipped_note_types() -> None:
    types, folders = shipped(), template_folders(None)

    def ordinals(kind: str, **fields: str) -> list[int]:
        look = render_looks(types, [kind], folders)[kind]
        return card_ordinals(types[kind], look, {field.name: "" for field in types[kind].all_fields} | fields)

    assert ordinals("basic", Front="q", Back="a") == [0]
    assert ordinals("reversed", Front="q", Back="a") == [0, 1]
    assert ordinals("cloze", Text="{{c2::a}} {{c5,1::b}}") == [0, 1, 4]
    assert ordinals("cloze", Text="no deletion") == []


def test_texts_on_cards_run_in_their_own_direction() -> None:
    """What holds an author's text takes its direction from it; a name of ours before it does not count."""
    looks = render_looks(shipped(), KINDS, template_folders(None))
    for kind, look in looks.items():
        for card in look.cards:
            for html in (card.front, card.back):
                for tag in re.findall(r"<(?:section|header|footer|aside)\b[^>]*>", html):
                    assert ' dir="auto"' in tag, (kind, tag)
                for tag in re.findall(r'<div class="(?:label|task)"[^>]*>', html):
                    assert ' dir="ltr"' in tag, (kind, tag)
        sides = re.findall(r"(?:padding|margin|border)-(?:left|right)|text-align: left", look.css)
        assert sides == ["text-align: left"], kind  # code
