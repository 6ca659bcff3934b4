"""Which cards a note makes and how they look: a note type's card templates and CSS as Anki gets them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from flashcards.cards import anki_templates
from flashcards.collection.model import Collection
from flashcards.collection.notetypes import NoteType
from flashcards.languages import cloze
from flashcards.resources import template_folders
from flashcards.templating import BrokenTemplateError, Templates, UnsafeTemplateError


class RenderedTemplate(NamedTuple):
    """A card template as Anki gets it: both sides with `{{Field}}` in them."""

    name: str
    id: int
    front: str
    back: str


class Look(NamedTuple):
    """A note type's card templates and CSS as Anki gets them."""

    cards: tuple[RenderedTemplate, ...]
    css: str


def render_looks(
    note_types: Mapping[str, NoteType], kinds: Iterable[str], folders: Sequence[Path]
) -> dict[str, Look]:
    """Render the card templates and CSS of these kinds of notes; `folders` are where templates are looked
    for.

    Templates may extend and include files of `_layout/`; `[[ ]]`, `[% %]` and `[## ##]` are Jinja's, `{{ }}`
    stays Anki's. Raises `BrokenTemplateError` if a template is wrong."""
    templates = Templates([folder / "notetypes" for folder in folders], "[]", finalize=_plain)
    return {kind: _render_look(note_types[kind], templates) for kind in sorted(kinds)}


def looks_of(collection: Collection) -> dict[str, Look]:
    """Render the looks of the note types that the collection's notes use. Raises as `render_looks` does."""
    used = {note.type.kind for _, note in collection.notes()}
    return render_looks(collection.note_types, used, template_folders(collection.path))


_WORK = 1_000_000  # that rendering one file may do; the largest shipped one takes 10,000


def _plain(value: object) -> str:
    """Return what `[[ … ]]` emits. Raises TypeError for what is neither text nor a number."""
    if not isinstance(value, str | int | float):
        raise TypeError(f"{type(value).__name__} is neither text nor a number")
    return str(value)


def _render_look(note_type: NoteType, templates: Templates) -> Look:
    from flashcards.cards import safety  # most builds remember the looks, and need no patterns

    variables: Mapping[str, Any] = {"type": note_type, "fields": note_type.fields}

    def css(name: str, before: str = "") -> str:
        """Return a style sheet behind another, searched as they are joined: each may be harmless alone."""
        own = templates.render(name, variables, work=_WORK)
        text = f"{before}{own.strip()}\n" if before else own
        if "</" in text:  # Anki puts it between `<style>` and `</style>`
            raise UnsafeTemplateError("`</` in a style sheet", *templates.place(name, "</"))
        for fault in safety.css_faults(text):
            raise UnsafeTemplateError(fault.message, *templates.place(name, fault.words))
        return text

    def side(name: str) -> str:
        file = f"{note_type.kind}/{name}"
        text = templates.render(file, variables, work=_WORK).strip() + "\n"
        if mistake := anki_templates.mistake(text, {field.name for field in note_type.all_fields}):
            raise BrokenTemplateError(mistake.message, *templates.place(file, mistake.words))
        for fault in safety.html_faults(text):
            raise UnsafeTemplateError(fault.message, *templates.place(file, fault.words))
        return text

    style = css("_layout/card.css")
    if (note_type.folder / "card.css").is_file():
        style = css(f"{note_type.kind}/card.css", style)
    cards = (RenderedTemplate(c.name, c.id, side(c.front), side(c.back)) for c in note_type.cards)
    return Look(tuple(cards), style)


def card_ordinals(note_type: NoteType, look: Look, fields: Mapping[str, str]) -> list[int]:
    """Return the ordinals (from 0) of the cards that Anki would make of a note; `fields` by Anki name, as
    HTML.

    A cloze note makes a card for each number; any other note makes one for each template whose front shows a
    field that is not empty, and so do all special ones but `Tags`, which is taken for empty, and `FrontSide`.
    Source: Anki's `rslib/src/template.rs`, `field_is_empty` and `template_is_empty`."""
    if note_type.cloze_field is not None:
        name = next(field.name for field in note_type.fields if field.key == note_type.cloze_field)
        return cloze.ordinals(fields[name])
    filled = anki_templates.filled(fields) | anki_templates.SPECIAL
    return [i for i, card in enumerate(look.cards) if _shows_a_field(card.front, filled)]


@lru_cache(1_000)  # most notes of a kind fill the same fields
def _shows_a_field(template: str, filled: AbstractSet[str]) -> bool:
    hidden: list[bool] = []
    for mark, name, _ in anki_templates.tokens(template):
        if mark in ("#", "^"):
            hidden.append((name in filled) == (mark == "^"))
        elif mark == "/":
            hidden.pop()
        elif mark == "field" and not any(hidden) and name in filled:
            return True
    return False
