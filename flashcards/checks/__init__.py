"""What structure cannot say: one function a rule, listed once.

A check looks at the whole collection, a text check at one text of one note; both yield diagnostics. A content
check is off unless the collection switches it on. Most checks find the same in a collection as in its decks
one by one; those that compare decks, or look at what all decks share, are listed by themselves.

Most texts are quickly seen to hold nothing that a text check could find, and only the others are parsed for
them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from flashcards.checks import (
    clozes,
    declared_keys,
    evidence,
    fonts,
    markup,
    maths,
    media,
    notes,
    numbers,
    plugin_checks,
    shapes,
    wording,
    yaml_traps,
)
from flashcards.checks.clean import is_surely_clean
from flashcards.collection.content_rules import CONTENT_RULES, FORMER_NAMES, is_switched_on, present_name
from flashcards.collection.model import Collection
from flashcards.collection.texts import Text, texts_of_all
from flashcards.diagnostics import Diagnostic, Severity, did_you_mean, warning

Check = Callable[[Collection], Iterable[Diagnostic]]
TextCheck = Callable[[Text], Iterable[Diagnostic]]

DECK_CHECKS: tuple[Check, ...] = (
    yaml_traps.text_cut_off_whole,
    numbers.recomputed,
    declared_keys.not_as_declared,
    fonts.letters_of_no_font,
)
COLLECTION_CHECKS: tuple[Check, ...] = (  # of what decks share; they look at no note
    media.media_names,
    media.media_folder,
    notes.borrowed_id,
)
CHECKS: tuple[Check, ...] = (*DECK_CHECKS, *COLLECTION_CHECKS, notes.duplicate_fronts)
TEXT_CHECKS: tuple[TextCheck, ...] = (
    markup.markup_problems,
    markup.doubts,
    clozes.cloze_without_deletion,
    clozes.cloze_numbers,
    clozes.cloze_hint,
    maths.unreadable_maths,
    maths.unclosed_maths,
    maths.dollar_as_text,
    maths.environment_outside_maths,
    maths.maths_in_table,
    maths.code_in_table,
)
# About how a text stands in its file, which its own letters do not tell
PLACE_CHECKS: tuple[TextCheck, ...] = (
    markup.nested_too_deep,
    yaml_traps.text_cut_off,
    yaml_traps.folded_markup,
)

# By rule: run only where `checks:` of collection.yaml names it. `Collection.rules` then has the limit.
CONTENT_CHECKS: Mapping[str, Check] = {
    "front-length": wording.front_length,
    "answer-length": wording.answer_length,
    "too-many-items": wording.too_many_items,
    "cloze-size": wording.cloze_size,
    "cloze-context": wording.cloze_context,
    "yes-no-question": wording.yes_no_question,
    "list-all": wording.list_all,
    "not-a-question": wording.not_a_question,
    "answer-leak": wording.answer_leak,
    "near-duplicate-front": wording.near_duplicate_front,
    "missing-source": evidence.missing_source,
    "number-not-recomputed": evidence.number_not_recomputed,
    "stale-fact": evidence.stale_fact,
    "prereq-cycle": evidence.prereq_cycle,
    "choice-position-bias": shapes.choice_position_bias,
    "choice-length-cue": shapes.choice_length_cue,
    "choice-without-reason": shapes.choice_without_reason,
    "compare-shape": shapes.compare_shape,
    "note-shape": shapes.note_shape,
}

# The content checks that compare notes of several decks
ACROSS_DECKS = frozenset({"near-duplicate-front", "prereq-cycle"})


def run(collection: Collection, others: Iterable[Diagnostic] = ()) -> list[Diagnostic]:
    """Run every check that is on, and leave out what notes ignore, also of `others`, which were found
    elsewhere. The findings come in the order of the rules; sort by `Diagnostic.order` to show them."""
    return _run(collection, (*CHECKS, plugin_checks.run), CONTENT_CHECKS, others)


def run_on_deck(collection: Collection) -> list[Diagnostic]:
    """Run the checks that need no other deck, on a collection of which one deck is there."""
    content = {rule: check for rule, check in CONTENT_CHECKS.items() if rule not in ACROSS_DECKS}
    return _run(collection, DECK_CHECKS, content)


def _run(
    collection: Collection,
    checks: Iterable[Check],
    content_checks: Mapping[str, Check],
    others: Iterable[Diagnostic] = (),
) -> list[Diagnostic]:
    findings = [*others, *(finding for check in checks for finding in check(collection))]
    for text in texts_of_all(collection):
        for place_check in PLACE_CHECKS:
            findings += place_check(text)
        if text.field.kind != "text" and not is_surely_clean(text):
            for text_check in TEXT_CHECKS:
                findings += text_check(text)
            findings += media.media_files(text, collection)
    for rule, check in content_checks.items():
        if is_switched_on(rule, collection.rules, collection.language):
            findings += check(collection)
    return list(_heeded(collection, findings))


def _heeded(collection: Collection, findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the findings without the warnings from which a declared flag exempts their notes or which their
    notes `ignore:`, and one for each `ignore:` that silences nothing."""
    exempt = declared_keys.exempt(collection)
    ignored = {(note.id, present_name(rule)) for _, note in collection.notes() for rule in note.ignore}
    used, errors = set(), set()
    for finding in findings:
        at = (finding.note or "", finding.rule)
        if finding.severity is Severity.ERROR:
            errors.add(at)
        if finding.severity is Severity.WARNING and at in ignored:
            used.add(at)
        elif at not in exempt:
            yield finding
    for _, note in collection.notes():
        for rule in note.ignore:
            if (note.id, present_name(rule)) not in used:
                known = rule in CONTENT_RULES or rule in FORMER_NAMES
                hint = None if known else did_you_mean(rule, CONTENT_RULES)
                message = f"`{rule}` has no warning to silence here"
                if (note.id, present_name(rule)) in errors:
                    message = f"`{rule}` is an error, and only warnings can be ignored"
                    hint = "mend what it says, and delete this"
                yield warning(
                    "unused-ignore",
                    message,
                    note.span("ignore"),
                    hint=hint or "delete it",
                    note=note.id,
                )
