"""Checks of what is written inside fields: markup that cannot work, clozes without deletions, pictures that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from flashcards import markup
from flashcards.diagnostics import Diagnostic, Severity, did_you_mean, error
from flashcards.model import Collection


def markup_problems(collection: Collection) -> Iterator[Diagnostic]:
    """Problems that the parser of field text found, at their place in the file."""
    for deck, note in collection.notes():
        for field, text, scalar in note.texts():
            if field.kind != "text":
                for problem in markup.parse(text, clozes=field.key == note.type.cloze_field).problems:
                    span = scalar.locate(deck.source, problem.start, problem.end)
                    yield Diagnostic(problem.rule, problem.severity, problem.message, span, problem.hint, note.id)


def cloze_deletions(collection: Collection) -> Iterator[Diagnostic]:
    """A cloze note without a deletion makes no card, and Anki would say so only on import."""
    for _, note in collection.notes():
        key = note.type.cloze_field
        if key is not None and note.text(key) and not any(e.name == "cloze" for e in markup.parse(note.text(key), clozes=True).root.walk()):
            hint = "mark what the learner must recall: `{{c1::answer}}`"
            yield error("cloze-without-deletion", "this cloze note has no deletion, so no card", note.origin.span(key), hint=hint, note=note.id)


def media_files(collection: Collection) -> Iterator[Diagnostic]:
    """Every picture and sound must be a file in the collection's `media/` folder."""
    for deck, note in collection.notes():
        for _, text, scalar in note.texts():
            if "![" not in text:
                continue
            for element in markup.parse(text).root.walk():
                if element.name != "image":
                    continue
                name = element.attrs["url"]
                span = scalar.locate(deck.source, element.start, element.end)
                if "://" in name or name.startswith(("//", "data:")):
                    yield error("remote-media", f"`{name}` is not a local file", span, hint="save it in `media/` and write its file name: a card must work offline", note=note.id)
                elif "/" in name or "\\" in name:
                    yield error("missing-media", f"`{name}` is not a plain file name", span, hint="put the file in `media/` and write its name alone", note=note.id)
                elif name not in collection.media:
                    hint = did_you_mean(name, collection.media) or f"put it in `{collection.path / 'media'}`"
                    yield error("missing-media", f"no file `{name}` in `media/`", span, hint=hint, note=note.id)
                elif not element.text.strip():
                    hint = "say in the square brackets what it shows: `![a funnel of three stages](funnel.png)`"
                    yield Diagnostic("no-alt-text", Severity.WARNING, f"`{name}` has no alternative text", span, hint, note.id)


