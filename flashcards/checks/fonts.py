"""Letters that the printed sheets have no font for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flashcards.collection.model import Collection
from flashcards.collection.texts import Text, texts_of
from flashcards.diagnostics import Diagnostic
from flashcards.languages.scripts import Script, letters_without_font

_RULE = "print-fonts"


def letters_of_no_font(collection: Collection) -> Iterator[Diagnostic]:
    """Print shows boxes where no font has a letter: once for each script and deck, unless the collection has
    fonts of its own, of which the build says what they lack."""
    if collection.has_fonts:
        return
    for deck in collection.decks:
        first: dict[Script, tuple[Text, int]] = {}
        for note in deck.notes:
            for text in texts_of(note) if note.retired is None else ():
                for at, script in letters_without_font(text.source):
                    first.setdefault(script, (text, at))
        for script, (text, at) in first.items():
            message = f"print has no font of its own for {script.name} and shows boxes"
            hint = (
                "put one into `fonts/` beside the decks, or name one that is installed in collection.yaml: "
                f"`fonts: {{system: [{script.font}]}}`; Anki needs none"
            )
            yield text.warning(_RULE, message, at, at + 1, hint)


def once_a_script(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return findings without those of a deck about letters of which one about another deck has told."""
    seen: set[str] = set()
    kept = []
    for finding in findings:
        if finding.rule != _RULE or finding.message not in seen:
            kept.append(finding)
        if finding.rule == _RULE:
            seen.add(finding.message)
    return kept
