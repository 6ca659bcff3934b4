"""Names, tags and dates as Anki takes them: it keeps them as they are written, or changes them, or obeys
them."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from flashcards.languages.markup import ANKI_COMMAND

# Cards show the names of decks, note types and tags without escaping them: a tag, an entity, maths, a field
_LIVE = re.compile(rf"<|&(?:#|\w+;)|\\[(\[]|{{{{|{ANKI_COMMAND.pattern}|\[/?[a-z$]{{0,5}}\Z", re.IGNORECASE)
LIVE_HINT = "cards show names and tags as they are, so this would be HTML or a command there: say it in words"

DECK_NAME_HINT = "no part between `::` may be empty, or begin or end with a blank or a colon"

_FIRST_YEAR = 1971

TAG_HINT = "one word without blanks, quotes, `*` or `<`; parts between `::` are not empty"


def live_markup(name: str) -> str | None:
    """Return what a card that shows a name or a tag would take for HTML, maths or a command, None if there is
    nothing."""
    found = _LIVE.search(name)
    return name[found.start() :].split("::")[0][:40] if found else None


def anki_renames(deck_name: str) -> bool:
    """Tell whether Anki would change a deck's name: it trims each part, calls an empty one `blank`, and drops
    line ends."""
    parts = deck_name.split("::")
    return bool(re.search(r"[\t\n]", deck_name)) or any(
        not part or part != part.strip().strip(":") for part in parts
    )


def deck_name_fault(name: str) -> tuple[str, str] | None:
    """Return what is wrong with a deck's name and the way out, None if Anki keeps and shows it as it is."""
    if (live := live_markup(name)) is not None:
        return f"`{live}` in a deck's name would be live on its cards", LIVE_HINT
    return (f"Anki would rename `{name}`", DECK_NAME_HINT) if anki_renames(name) else None


def type_name_fault(name: str) -> tuple[str, str] | None:
    """Return what is wrong with the name of a note type or a part of it, and the way out."""
    if (live := live_markup(name)) is not None:
        return f"`{live}` in the name of a note type would be live on its cards", LIVE_HINT
    return (f"Anki would rename `{name}`", 'no `"` in the name of a note type') if '"' in name else None


def created_fault(day: date) -> tuple[str, str] | None:
    """Return what is wrong with the day on which a collection was begun, and the way out.

    The ids of its notes in a package count up from there, in milliseconds since 1970, and Anki crashes where
    it meets an id of 0."""
    if day.year >= _FIRST_YEAR:
        return None
    return (
        f"`created` is {day:%Y-%m-%d}, and Anki takes no notes from before {_FIRST_YEAR}",
        f"any day from {_FIRST_YEAR}-01-01 on; learners' notes stay the same",
    )


@lru_cache(10_000)  # few tags are on many notes
def is_tag(text: str) -> bool:
    """Tell whether Anki would keep a tag as it is, can search for it, and shows it as text."""
    shown = bool(text) and not re.search(r'[\s"*\\]', text) and all(text.split("::"))
    return shown and live_markup(text) is None
