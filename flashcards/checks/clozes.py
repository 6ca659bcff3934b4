"""Checks of cloze deletions: what Anki would show otherwise than the author meant, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from flashcards.collection.texts import Text
from flashcards.diagnostics import Diagnostic


def cloze_without_deletion(text: Text) -> Iterator[Diagnostic]:
    """A cloze note without a deletion makes no card, and Anki would say so only on import."""
    if (
        text.is_cloze
        and not text.elements("cloze")
        and not any(p.rule == "cloze-unbalanced" for p in text.problems)
    ):
        hint = "mark what the learner must recall: `{{c1::answer}}`"
        end = len(text.source)
        yield text.error(
            "cloze-without-deletion", "this cloze note has no deletion, so no card", 0, end, hint
        )


def cloze_numbers(text: Text) -> Iterator[Diagnostic]:
    """Numbers begin at 1 and leave none out: Anki makes no card of `c0`, and a gap is most often a slip."""
    found = {number: element for element in text.elements("cloze") for number in element.attrs["numbers"]}
    if (zero := found.get(0)) is not None:
        yield text.error(
            "cloze-zero", "Anki makes no card of `c0`", zero.start, zero.start + 4, "number deletions from 1"
        )
    numbers = sorted(number for number in found if number > 0)
    for before, number in zip([0, *numbers], numbers, strict=False):
        if number > before + 1:
            element = found[number]
            missing = f"c{before + 1}" if number == before + 2 else f"c{before + 1} to c{number - 1}"
            hint = (
                "number them without a gap; after a release leave it: learners' cards hang on these numbers"
            )
            yield text.warning(
                "cloze-gap", f"`c{number}` is here, but no {missing}", element.start, element.start + 4, hint
            )
            break


def cloze_hint(text: Text) -> Iterator[Diagnostic]:
    """The first `::` behind an answer begins the hint; with a second one, the author may have meant
    another."""
    found = [
        (element, element.attrs["hint"])
        for element in text.elements("cloze")
        if element.attrs["hint"] is not None and ("::" in element.attrs["hint"] or element.text == "std")
    ]
    in_code = _in_code(text) if found else set()
    for element, hint in found:
        answer = element.text
        at = text.source.find(f"::{hint}", element.start + 4)
        way_out = "put text that holds `::` between backticks: `` {{c1::`std::vector`}} ``"
        if id(element) in in_code:
            mark = text.source[element.start : at].partition("::")[0]
            both = "::".join(f"{mark}::{part}}}}}" for part in (answer, *hint.split("::")))
            way_out = f"if all of it is the answer, delete the parts: `{both}`"
        message = f"Anki asks for `{answer}` and shows `{hint}` as the hint"
        yield text.warning("cloze-ambiguous", message, at, at + 2, way_out)


def _in_code(text: Text) -> set[int]:
    """Return the ids of what lies in code, where backticks would be text."""
    around = [each for each in text.document.root.walk() if each.name in ("code", "code_block")]
    return {id(part) for each in around for part in each.walk()}
