"""The keys that a collection, a deck and a note may have."""

from __future__ import annotations

import re

from flashcards.collection.notetypes import COMMON_FIELDS

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


ID_HINT = "letters, digits, `.`, `_`, `-`; begins with a letter or digit; at most 64"


COLLECTION_KEYS = (
    "id",
    "title",
    "short_title",
    "root",
    "description",
    "created",
    "language",
    "released",
    "vocabularies",
    "checks",
)


DECK_KEYS = ("title", "description", "tags", "defaults", "notes")


REFERENCE_KEYS = ("title", "short", "authors", "year", "url")


WRITTEN_COMMON_FIELDS = tuple(f for f in COMMON_FIELDS if f.key in ("why", "hint", "example", "extra"))


TAG_OF = {"priority": "", "level": "level::", "track": "track::", "area": "area::", "question": "q::"}


LABELS = (
    *TAG_OF, "seed_refs", "provenance", "as_of", "quoted", "prereq", "group", "set_anchor",
)  # fmt: skip


NOTE_KEYS = frozenset(
    {
        "id",
        "kind",
        "sources",
        "tags",
        "check",
        "retired",
        "ignore",
        *LABELS,
        *(f.key for f in WRITTEN_COMMON_FIELDS),
    }
)


LIST_KEYS = frozenset({"sources", "tags", "level", "track", "area", "question", "seed_refs", "prereq"})
