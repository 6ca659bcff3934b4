"""Tells without parsing that a text holds nothing for the text checks to find: most texts do not."""

from __future__ import annotations

from itertools import starmap

from flashcards.collection.texts import Text
from flashcards.languages import markup, maths


def is_surely_clean(text: Text) -> bool:
    """Tell whether no text check would find anything, as far as that is quickly seen. False says nothing: the
    checks then look closely."""
    if text.is_cloze:
        return False
    source = text.source
    if markup.is_plain(source):
        return True
    if markup.may_have_doubts(source):
        return False
    if not markup.is_telling(source):
        return True
    simple = text.note.documents.simple(source)
    if simple is None or simple.has_other_dollars:
        return False
    return not any(starmap(maths.mistake, simple.formulas))
