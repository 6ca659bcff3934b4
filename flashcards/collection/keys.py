"""What a note may say: one row for each key. The loader, the JSON Schema, `add`, the shell's completion, the
README's table and `explain` follow from these rows, and from those that a collection declares in `keys:`.

Also the keys of a collection, of a deck and of a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
    "fonts",
    "released",
    "keys",
    "vocabularies",
    "checks",
)
DECK_KEYS = ("title", "name", "description", "tags", "defaults", "notes")
REFERENCE_KEYS = ("title", "short", "authors", "year", "url")

# A text as it is | Markdown | one or several words, each a text | `true` or `false` | expressions with their
# values | a reason for each rule
Shape = Literal["text", "markdown", "words", "flag", "sums", "reasons"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """One of the values that a declared key may have, and what a note with this value must also have."""

    needs: str = ""  # another key
    tag: str = ""  # notes with this value have the tag, and no others have it


@dataclass(frozen=True, slots=True)
class Key:
    """One key that a note may have: what it holds, what it is for, and who meets what it says."""

    name: str
    shape: Shape
    help: str
    example: str = ""  # a value, in YAML
    is_list: bool = False  # of words: several are usual
    tag: str | None = None  # begins the tags that its words become; with an empty one, words in small letters
    for_learners: bool = False  # it reaches the package or the paper; the others serve checks and statistics
    # What only a declaration in `keys:` of collection.yaml says
    values: Mapping[str, Allowed] = field(default_factory=dict)  # empty: any
    required: bool = False
    exempts: tuple[str, ...] = ()  # rules that pass over a note where this flag is `true`
    covers: bool = False  # its words name items of coverage.yaml
    undeclared: bool = False  # version 0.9 knew it, and this collection does not declare it

    def tag_of(self, word: str) -> str | None:
        """Return the tag that one of its words becomes, None if it becomes none."""
        if self.tag is None:
            return None
        return self.tag + word if self.tag else word.lower()


_HEAD = (
    Key("id", "text", "for ever: learners' reviews hang on it", "EV01", for_learners=True),
    Key(
        "kind",
        "text",
        "the note type; `basic` if left out, `cloze` where there is `cloze:`",
        "cloze",
        for_learners=True,
    ),
    Key("why", "markdown", "the reason that lets a learner rebuild the answer", "…", for_learners=True),
    Key("hint", "markdown", "shown on the front when the learner asks for it", "…", for_learners=True),
    Key("example", "markdown", "left to the learner; shipped empty", "…", for_learners=True),
    Key("extra", "markdown", "more, below the answer", "…", for_learners=True),
)
# Kept in `Note.labels` as words
LABELS = (
    Key("priority", "words", "how much it matters: a tag", "P1", False, "", True),
    Key("level", "words", "whom it is for: tags `level::…`", "[mid, senior]", True, "level::", True),
    Key("track", "words", "the course it is for: tags `track::…`", "[applied]", True, "track::", True),
    Key("area", "words", "what it is about: tags `area::…`", "[data]", True, "area::", True),
    Key("question", "words", "the question it belongs to: tags `q::…`", "[fraud]", True, "q::", True),
    Key("group", "words", "the section on the cheat sheet", "Metrics", for_learners=True),
    Key("prereq", "words", "ids of notes to learn before", "[EV01, EV02]", True),
    Key("as_of", "words", "year and month, for a fact that ages", "2026-11"),
)
_TAIL = (
    Key("check", "sums", "numbers to recompute", "{expression: 0.9 / (0.9 + 9.99), value: 0.0826}"),
    Key(
        "sources",
        "words",
        "keys of sources.yaml, each with a place in the source if you like",
        "[rules-ml, rules-ml rule 33]",
        True,
        for_learners=True,
    ),
    Key("tags", "words", "tags in Anki", "[core]", True, for_learners=True),
    Key(
        "retired",
        "text",
        "why the note is out of study; `flashcards retire` writes it",
        "replaced by EV07",
        for_learners=True,
    ),
    Key("ignore", "reasons", "a reason for each rule whose warning is wrong here", "{list-all: it is a set}"),
)


def note_keys(declared: Iterable[Key] = ()) -> dict[str, Key]:
    """Return the keys that authors are offered for notes of any kind, by name, in the order in which a note
    reads well: those of every note, and those that the collection declares."""
    own = (key for key in declared if not key.undeclared)
    return {key.name: key for key in (*_HEAD, *LABELS, *own, *_TAIL)}


NOTE_KEYS: Mapping[str, Key] = note_keys()

# No note type may have a field of this name: it would have two meanings. A label may be a field too: then it
# is on the card and makes a tag.
NO_FIELDS = NOTE_KEYS.keys() - {key.name for key in LABELS}

# Other words for keys of ours, of other programs or of everyday speech
OTHER_WORDS: Mapping[str, str] = {
    "cards": "notes", "flashcards": "notes", "items": "notes", "questions": "notes",
    "question": "front", "q": "front", "prompt": "front", "term": "front",
    "answer": "back", "a": "back", "definition": "back", "response": "back",
    "type": "kind", "text": "cloze", "reason": "why", "refs": "sources", "references": "sources",
}  # fmt: skip

# What `add` calls something else on its command line
RESERVED = frozenset({"deck", "help", "right"})

# Version 0.9 knew these in every collection; a collection that uses one without declaring it is told to
FORMER_KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key(
            "provenance",
            "text",
            "where the statement comes from",
            values={
                "seed": Allowed(needs="seed_refs"),
                "literature": Allowed(),
                "synthesis": Allowed(tag="synthesis"),
            },
            required=True,
        ),
        Key("seed_refs", "words", "items of the coverage list that it teaches", is_list=True, covers=True),
        Key("quoted", "flag", "a source measured its numbers", exempts=("number-not-recomputed",)),
        Key("set_anchor", "flag", "the whole set is the point", exempts=("list-all",)),
    )
}
