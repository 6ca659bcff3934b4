"""`new`: makes a collection with a commented first deck."""

from __future__ import annotations

from pathlib import Path

from flashcards.collection.editing import EditError, scalar
from flashcards.collection.location import COLLECTION_FILE
from flashcards.collection.names import deck_name_fault, type_name_fault
from flashcards.diagnostics import Source
from flashcards.files import write_atomically
from flashcards.languages import yaml

_COLLECTION = """\
# What all decks of this collection share.
id: {id}  # part of every note's identity: never change it
title: {title}
short_title: {short_title}  # begins the note types' names in Anki
root: {title}  # Anki's deck above all of these
created: {created}

# Words that `priority:`, `level:`, `tags:` … may use; leave a line out and any word will do.
vocabularies:
  priority: [P1, P2, P3]
"""


_SOURCES = """\
# The bibliography: what a note's `sources:` may name.
ebbinghaus1885:
  title: "Memory: A Contribution to Experimental Psychology"
  short: Ebbinghaus 1885
  authors: Hermann Ebbinghaus
  year: 1885
"""


_DECK = """\
# yaml-language-server: $schema=deck.schema.json
title: First deck  # in Anki: {title}::01 First deck
description: What is in this deck, and for whom.

notes:
  # A question and its answer. The text is Markdown; `$…$` is maths.
  - id: FD01  # for ever: reviews hang on it, not on the text
    front: Why does testing yourself beat reading again?
    back: |
      Recalling is what strengthens memory; reading only *feels* like it.
    why: Effort at recall tells the brain what to keep.
    sources: [ebbinghaus1885]

  # A text with gaps: each number makes a card.
  - id: FD02
    cloze: |
      Anki's four ease buttons are {{{{c1::Again}}}}, {{{{c2::Hard}}}}, {{{{c3::Good}}}} and {{{{c4::Easy}}}}.

  # Other kinds: `flashcards explain`. Add one: `flashcards add 01-first-deck.yaml`.
"""


def new_collection(folder: Path, title: str, collection_id: str, created: str, schema: str) -> list[Path]:
    """Make a collection with a commented first deck. Returns the files, all new.

    Raises `EditError`, having written nothing, if one of them is there already or Anki would give the deck
    another name."""
    short_title = title.replace('"', "").strip()  # Anki drops quotes from the names of note types
    fault = deck_name_fault(title) or type_name_fault(short_title)
    if fault is not None or not short_title:
        message, hint = fault or (f"Anki would rename a deck called `{title}`", "use letters")
        raise EditError(f"{message}: give another title ({hint})")
    texts = {
        COLLECTION_FILE: _COLLECTION.format(
            id=collection_id, title=scalar(title), short_title=scalar(short_title), created=created
        ),
        "sources.yaml": _SOURCES,
        "01-first-deck.yaml": _DECK.format(title=title),
        "deck.schema.json": schema,
        ".gitignore": ".flashcards/\nout/\n",
        ".gitattributes": "media/** -text\n*.lock text eol=lf\n",
    }
    if problems := yaml.parse(Source(COLLECTION_FILE, texts[COLLECTION_FILE]))[1]:
        raise EditError(f"the title cannot be written: {problems[0].message}")
    files = {folder / name: text for name, text in texts.items()}
    for path in files:
        if path.exists():
            raise EditError(f"`{path}` is there already; nothing was written")
    for path, text in files.items():
        write_atomically(path, text.encode())
    return list(files)
