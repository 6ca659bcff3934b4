"""Cards that we render are those that Anki renders: on every shipped card, and on random templates and fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anki.collection import Collection  # first: anki imports in circles
from hypothesis import given, settings
from hypothesis import strategies as st
from people import Learner

import flashcards
from flashcards.cards import anki_templates
from flashcards.cards.fields import field_html
from flashcards.cards.rendering import Speech, render
from flashcards.cards.sides import sides
from flashcards.cards.templates import looks_of
from flashcards.resources import bundled

assert Collection
# Named differences. Anki's question holds in `data-cloze` what is hidden; ours leaves it out.
DATA_CLOZE = re.compile(r' data-cloze="[^"]*"')
# Anki opens a hint by a script; ours opens without one. What is in it must be the same.
HINT = re.compile(
    r'\n<a class=hint href="#".*?\n([^\n]*)</a>\n<div id="hint[0-9a-f]+" class=hint style="display: none">(.*?)</div>\n',
    re.DOTALL,
)
DETAILS = re.compile(
    r"<details class=hint id=hint[0-9a-f]+><summary>(.*?)</summary>(.*?)</details>", re.DOTALL
)


def normal(html: str) -> str:
    return DETAILS.sub(r"«\1: \2»", HINT.sub(r"«\1: \2»", DATA_CLOZE.sub("", html)))


def sounds(tags: Any) -> list[str]:
    return [tag.filename if hasattr(tag, "filename") else tag.field_text for tag in tags]


def test_every_shipped_card(tmp_path: Path) -> None:
    loaded = flashcards.load(bundled("decks"))
    collection = loaded.raise_for_errors()
    (package,) = flashcards.build(loaded, tmp_path, to="apkg").written
    learner = Learner(tmp_path)
    learner.imports(package.path)
    looks = looks_of(collection)
    cards = 0
    for _, note in collection.notes():
        if note.retired is not None:
            continue
        for card in learner.note(note.id, collection.id).cards():
            engine = card.render_output()
            ours = sides(note, card.ord, looks[note.type.kind], field_html(note, {}), collection)
            assert normal(ours.question.html) == normal(engine.question_text), note.id
            assert normal(ours.answer.html) == normal(engine.answer_text), note.id
            assert ours.css == engine.css
            cards += 1
    assert cards == learner.col.card_count() > 600


# ------------------------------------------------------------------------------------------------------------- random cards


PIECES = (
    "a", "b c", " ", "\n", "<b>", "</b>", "<br>", "<div>", "</div>", "&nbsp;", "&lt;i&gt;", "&amp;", "&", "&x;", "&#65;", "&#x42;", "\xa0", "é", "日本[にほん]", " 語[ご]", "x[sound:a.mp3]",
    "[sound:b c.ogg]", "[sound:]", "{{c1::", "{{c2::", "{{c1,3::", "{{c12::", "{{c0::", "{{c,::", "{{C1::", "}}", "}}}", "::", "hint", "\\(", "\\)", "\\[",
    "\\]", "{", "}", "{{", "<!-- q -->", "<style>p{}</style>", "<script>z</script>", '"', "'", "[[type:A]]", "[anki:play:q:0]", "<a title=\"x>y\">",
)  # fmt: skip
html = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
names = st.sampled_from(["A", "B", "Empty", "Tags", "Type", "Deck", "Subdeck", "Card", "CardFlag"])
filters = st.lists(
    st.sampled_from(["", "text", "furigana", "kanji", "kana", "cloze", "cloze-only"]), max_size=2
)
speech = st.sampled_from(["", "tts en_US:", "tts ja_JP speed=0.8:"])
fields = st.one_of(
    st.builds(
        lambda last, inner, name: "{{" + last + "".join(f"{f}:" for f in inner) + name + "}}",
        speech,
        filters,
        names,
    ),
    # a hint comes last: what other filters make of Anki's link is not ours
    st.builds(lambda inner, name: "{{hint:" + "".join(f"{f}:" for f in inner) + name + "}}", filters, names),
)
typed = st.sampled_from(
    [
        "{{type:A}}",
        "{{type:cloze:A}}",
        "{{type:nc:B}}",
        "{{ A }}",
        "{{{B}}}",
        "{{FrontSide}}",
        "{{text:FrontSide}}",
        "<!-- {{A}} -->",
        "{{x",
    ]
)
literal = st.sampled_from(["text", "<hr id=answer>", "\n", "[sound:t.mp3]", " ", "}}", "<!--", "{"])
sections = st.sampled_from(["A", "B", "Empty", "Tags", "Deck", "CardFlag", "c1", "c2", "c3", "c02"])
template = st.recursive(
    st.lists(st.one_of(fields, typed, literal), max_size=5).map("".join),
    lambda inner: st.builds(
        lambda mark, name, body, rest: f"{{{{{mark}{name}}}}}{body}{{{{/{name}}}}}{rest}",
        st.sampled_from("#^"),
        sections,
        inner,
        inner,
    ),
    max_leaves=5,
)


class Engine:
    """A collection with one note of each kind, whose templates and fields are changed for each example."""

    def __init__(self, path: Path):
        self.col = Collection(str(path / "collection.anki2"))
        self.notes = {cloze: self._note(cloze) for cloze in (False, True)}

    def _note(self, cloze: bool) -> Any:
        models = self.col.models
        kind = models.new("Own cloze" if cloze else "Own plain")
        kind["type"] = int(cloze)
        for name in ("A", "B", "Empty"):
            models.add_field(kind, models.new_field(name))
        card = models.new_template("Card")
        card["qfmt"] = card["afmt"] = "{{cloze:A}}" if cloze else "{{A}}"
        models.add_template(kind, card)
        models.add(kind)
        note = self.col.new_note(models.by_name(kind["name"]))
        note["A"] = "{{c1::x}} {{c2::y}} {{c3::z}}"
        note.tags = ["b::c", "tag"]
        self.col.add_note(note, self.col.decks.id("Top::Deck"))
        return note

    def render(
        self, cloze: bool, front: str, back: str, values: dict[str, str], ordinal: int
    ) -> tuple[str, str, list[str], list[str]]:
        note = self.notes[cloze]
        kind = note.note_type()
        for name, value in values.items():
            note[name] = value
        # rendered without being saved: saving would refuse templates that are sound but odd
        shown = {**kind["tmpls"][0], "qfmt": front, "afmt": back}
        card = note.ephemeral_card(ord=ordinal, custom_template=shown)
        card.did = self.col.decks.id("Top::Deck")
        output = card.render_output()
        return (
            output.question_text,
            output.answer_text,
            sounds(output.question_av_tags),
            sounds(output.answer_av_tags),
        )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = Engine(tmp_path_factory.mktemp("engine"))
    yield made
    made.col.close()


@given(cloze=st.booleans(), front=template, back=template, a=html, b=html, ordinal=st.integers(0, 2))
@settings(max_examples=400)
def test_random_cards(
    engine: Engine, cloze: bool, front: str, back: str, a: str, b: str, ordinal: int
) -> None:
    values = {"A": a, "B": b, "Empty": ""}
    ordinal = ordinal if cloze else 0
    if any(anki_templates.mistake(side, set(values)) for side in (front, back)):
        return
    expected = engine.render(cloze, front, back, values, ordinal)
    if "docs.ankiweb.net" in expected[0]:
        return  # the question is blank: there is no such card
    special = {
        "Tags": "b::c tag", "Type": "Own cloze" if cloze else "Own plain", "Deck": "Top::Deck", "Subdeck": "Deck", "Card": "Card", "CardFlag": "flag0", "CardID": "0",
    }  # fmt: skip
    question, answer = render(front, back, {**special, **values}, ordinal)
    assert (normal(question.html), normal(answer.html)) == (normal(expected[0]), normal(expected[1]))
    spoken = [[s.text if isinstance(s, Speech) else s for s in side.sounds] for side in (question, answer)]
    assert spoken == [expected[2], expected[3]]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{A}}{{Nope}}", "there is no field `Nope`"),
        ("{{A}}{{text: A}}", "there is no field ` A`: no blank may stand before it"),
        ("{{A}}{{}}", "there is no field ``"),
        ("{{A}}{{#A}}x", "`A` is not closed: `{{/A}}` is missing"),
        ("{{A}}{{/A}}", "`{{/A}}` closes nothing"),
        ("{{#A}}{{#B}}{{A}}{{/A}}{{/B}}", "`{{/A}}` closes nothing"),
        ("{{A}}{{#FrontSide}}x{{/FrontSide}}", "there is no field `FrontSide`"),
        ("{{A}}{{#c}}x{{/c}}", "there is no field `c`"),
    ],
)
def test_what_anki_cannot_read_is_a_mistake(engine: Engine, template: str, message: str) -> None:
    found = anki_templates.mistake(template, {"A", "B"})
    assert found is not None
    assert found.message == message
    assert "has a problem" in engine.render(False, template, "{{A}}", {"A": "a", "B": "b"}, 0)[0]


def test_a_filter_that_anki_does_not_know_is_a_mistake(engine: Engine) -> None:
    """Anki shows the field as if it were not there; an add-on may know it, and learners may not have that."""
    found = anki_templates.mistake("{{A}}{{nope:B}}", {"A", "B"})
    assert found == ("Anki has no filter `nope`", "nope:")
    assert engine.render(False, "{{A}}{{nope:B}}", "", {"A": "a", "B": "b"}, 0)[0] == "ab"
    assert anki_templates.mistake("{{A}}{{nc:B}}", {"A", "B"}) is not None
    assert anki_templates.mistake("{{A}}{{type:nc:B}}{{tts en_US:B}}{{#c12}}{{/c12}}", {"A", "B"}) is None


def test_a_card_that_the_note_does_not_make() -> None:
    basic = flashcards.note_types()["basic"]
    note = flashcards.Note("EV01", basic, {"front": "What is recall?", "back": "TP / (TP + FN)"})
    assert "What is recall?" in flashcards.render_card(note).question.html
    with pytest.raises(flashcards.FlashcardsError, match="`EV01` makes no card 1; it has 1 card: 0"):
        flashcards.render_card(note, 1)
