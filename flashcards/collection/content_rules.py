"""The rules of content that `checks:` of collection.yaml switches on: one row for each.

They are off unless named: what makes a good card is a matter of taste and of subject, unlike what makes a
broken one."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import NamedTuple


class ContentRule(NamedTuple):
    """A rule that can be switched: what `on` stands for, and whether it reads English."""

    limit: int | None = None  # what it counts is said on the rule's page; None: the rule is on or off
    english: bool = False  # looks for English words and endings: silent in a collection of another language


CONTENT_RULES: Mapping[str, ContentRule] = {
    "front-length": ContentRule(28),
    "answer-length": ContentRule(30),
    "too-many-items": ContentRule(4),
    "cloze-size": ContentRule(4),
    "cloze-context": ContentRule(6),
    "yes-no-question": ContentRule(english=True),
    "list-all": ContentRule(3, english=True),  # a set of three is still recalled whole
    "answer-leak": ContentRule(english=True),
    "near-duplicate-front": ContentRule(80, english=True),  # 50 finds siblings that a word tells apart
    "not-a-question": ContentRule(english=True),
    "missing-source": ContentRule(),
    "number-not-recomputed": ContentRule(),
    "stale-fact": ContentRule(english=True),
    "choice-position-bias": ContentRule(40),  # with four options and few notes, a third happens by chance
    "choice-length-cue": ContentRule(150),
    "choice-without-reason": ContentRule(),
    "compare-shape": ContentRule(),
    "note-shape": ContentRule(),
    "prereq-cycle": ContentRule(),
}

# Names of version 0.9, and which rule they mean now: `checks:` and `ignore:` still take them. Each of the
# `-shape` names was about one note type and still switches the rule on for that one alone;
# `missing-provenance` is on wherever `keys:` declares a key that is required.
FORMER_NAMES: Mapping[str, str] = {
    "missing-provenance": "not-as-declared",
    "pitfall-shape": "note-shape",
    "rubric-shape": "note-shape",
    "scenario-shape": "note-shape",
}


def present_name(rule: str) -> str:
    """Return what a rule is called now, for a name that it has or had."""
    return FORMER_NAMES.get(rule, rule)


def is_switched_on(rule: str, switched: Container[str], language: str) -> bool:
    """Tell whether a content rule runs in a collection of this language in which `checks:` switches these
    rules on."""
    if CONTENT_RULES[rule].english and not is_english(language):
        return False
    return rule in switched or any(now == rule and former in switched for former, now in FORMER_NAMES.items())


def is_english(language: str) -> bool:
    """Tell whether `language:` of a collection is English: `en`, `en-GB` and so on."""
    return re.match(r"en(?![^\W_])", language, re.IGNORECASE) is not None
