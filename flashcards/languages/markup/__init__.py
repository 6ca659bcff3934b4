"""Field text (Markdown, maths, clozes, pictures) → a tree → safe HTML for Anki and Typst for print.

The only place where an author's text becomes markup. Text is hostile until it has been through here: raw HTML
is shown as text, links lead to the web or to mail only, Anki's own bracket commands are defused, and Typst
sees string literals."""

from flashcards.languages.markup.as_html import to_html
from flashcards.languages.markup.as_typst import (
    MAX_BLOCKS,
    Typst,
    blanked,
    breakable,
    plain_typst,
    to_typst,
    typst_string,
)
from flashcards.languages.markup.doubts import may_have_doubts
from flashcards.languages.markup.parsing import is_plain, is_telling, may_hold, parse
from flashcards.languages.markup.simple import Simple, simple
from flashcards.languages.markup.tree import ANKI_COMMAND, SOUND, Document, Element, Problem, defused_end

__all__ = [
    "ANKI_COMMAND",
    "MAX_BLOCKS",
    "SOUND",
    "Document",
    "Element",
    "Problem",
    "Simple",
    "Typst",
    "blanked",
    "breakable",
    "defused_end",
    "is_plain",
    "is_telling",
    "may_have_doubts",
    "may_hold",
    "parse",
    "plain_typst",
    "simple",
    "to_html",
    "to_typst",
    "typst_string",
]
