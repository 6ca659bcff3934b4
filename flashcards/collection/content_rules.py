"""The rules of content that `checks:` of collection.yaml switches on, each with the limit that `on` stands
for.

They are off unless named: what makes a good card is a matter of taste and of subject, unlike what makes a
broken one."""

from __future__ import annotations

from collections.abc import Mapping

# What a limit counts is said on the rule's page. None: a rule without one, on or off.
DEFAULT_LIMITS: Mapping[str, int | None] = {
    "front-length": 28,
    "answer-length": 30,
    "too-many-items": 4,
    "cloze-size": 4,
    "cloze-context": 6,
    "yes-no-question": None,
    "list-all": 3,  # a set of three is still recalled whole
    "answer-leak": None,
    "near-duplicate-front": 80,  # at 50, siblings are found that one telling word keeps apart
    "not-a-question": None,
    "missing-source": None,
    "missing-provenance": None,
    "number-not-recomputed": None,
    "stale-fact": None,
    "choice-position-bias": 40,  # with four options and few notes, a third happens by chance
    "choice-length-cue": 150,
    "choice-without-reason": None,
    "compare-shape": None,
    "rubric-shape": None,
    "scenario-shape": None,
    "pitfall-shape": None,
    "prereq-cycle": None,
}
