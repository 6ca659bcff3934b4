"""The rules that `checks:` of collection.yaml switches on: what each finds, and what only looks much like
it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent

import pytest
from conftest import COLLECTION, Folder
from hypothesis import example, given
from hypothesis import strategies as st

from flashcards import checks, reporting
from flashcards.checks import evidence, wording
from flashcards.collection import content_rules

Found = Callable[..., list[str]]

KEYS = """\
keys:
  quoted: {shape: flag, exempts: [number-not-recomputed], help: a source measured its numbers}
  set_anchor: {shape: flag, exempts: [list-all], help: the whole set is the point}
"""


@pytest.fixture
def found(folder: Folder, request: pytest.FixtureRequest) -> Found:
    """`found(text, limit)` checks a deck with the one rule that the test's name gives and returns `note:
    message`."""
    name = request.function.__name__.removeprefix("test_").removesuffix("_passes_over")
    rule = name.replace("_", "-")

    def check(text: str, limit: int | str = "on") -> list[str]:
        folder.write("collection.yaml", f"{COLLECTION}{KEYS}checks: {{{rule}: {limit}}}\n")
        folder.deck(text)
        diagnostics = folder.check().diagnostics
        assert {d.rule for d in diagnostics} <= {rule}, reporting.full(diagnostics)
        return [f"{d.note}: {d.message}" if d.note else d.message for d in diagnostics]

    return check


def test_every_rule_has_its_check_and_is_tested_both_ways() -> None:
    assert checks.CONTENT_CHECKS.keys() == content_rules.CONTENT_RULES.keys()
    for rule, check in checks.CONTENT_CHECKS.items():
        assert check.__name__ == rule.replace("-", "_")
        assert f"test_{check.__name__}" in globals(), rule
        assert f"test_{check.__name__}_passes_over" in globals(), rule


# ----------------------------------------------------------------------------------------------------------------- switches


def test_without_checks_no_rule_of_content_is_on(report: Callable[[str], str]) -> None:
    assert not report("- {id: A1, front: Recall, back: The share of positives that were found.}")


@pytest.mark.parametrize("setting", ["off", "on", 2, 9])
def test_a_rule_is_off_or_on_or_has_a_limit_of_its_own(folder: Folder, setting: str | int) -> None:
    folder.write("collection.yaml", f"{COLLECTION}checks: {{front-length: {setting}}}\n")
    folder.deck("- {id: A1, front: What does recall measure?, back: The share of positives that were found.}")
    assert [d.rule for d in folder.check().diagnostics] == (["front-length"] if setting == 2 else [])


def test_rules_pass_over_what_a_note_lacks(folder: Folder) -> None:
    rules = ", ".join(f"{rule}: on" for rule in content_rules.CONTENT_RULES)
    folder.write("collection.yaml", f"{COLLECTION}checks: {{{rules}}}\n")
    types = folder.check().collection.note_types
    notes = [
        f"- {{id: {kind}, kind: {kind}, {t.fields[0].key}: List all three.}}" for kind, t in types.items()
    ]
    folder.deck("\n".join(notes))
    assert {"missing-field"} == {found.rule for found in folder.check().errors} - {"cloze-without-deletion"}


def test_a_finding_says_where_and_how_much(folder: Folder) -> None:
    folder.write("collection.yaml", f"{COLLECTION}checks: {{answer-length: 4}}\n")
    folder.deck("""
        - id: A1
          front: What does recall measure?
          back: The share of positives that were found.
    """)
    assert (
        reporting.full(folder.check().diagnostics)
        == dedent("""\
        answer-length: the answer has 7 words; the limit is 4
         --> decks/01-deck.yaml:5:11 (note A1)
          |
        5 |     back: The share of positives that were found.
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: split the note, or move what need not be recalled to `why` or `extra`
    """).strip()
    )


def test_retired_notes_are_left_alone(folder: Folder) -> None:
    everything = "".join(f"  {rule}: on\n" for rule in content_rules.CONTENT_RULES)
    folder.write("collection.yaml", f"{COLLECTION}checks:\n{everything}")
    folder.deck("- {id: A1, front: Recall, back: 0.123, retired: replaced by A2}")
    assert folder.check().diagnostics == ()


def test_an_ignore_silences_its_rule_on_its_note_alone(folder: Folder) -> None:
    folder.write("collection.yaml", f"{COLLECTION}checks: {{not-a-question: on, missing-source: on}}\n")
    folder.deck("""
        - {id: A1, front: Recall, back: The share of positives that were found., ignore: {not-a-question: a term}}
        - {id: A2, front: Precision, back: The share of alarms that are right.}
    """)
    assert [(d.note, d.rule) for d in folder.check().diagnostics] == [
        ("A1", "missing-source"), ("A2", "missing-source"), ("A2", "not-a-question"),
    ]  # fmt: skip


def test_an_ignore_that_silences_nothing_is_reported(report: Callable[[str], str]) -> None:
    assert (
        report("""
        - id: A1
          front: What does recall measure?
          back: The share of positives that were found.
          ignore: {yesno-question: it is none}
    """)
        == dedent("""\
        unused-ignore: `yesno-question` has no warning to silence here
         --> decks/01-deck.yaml:6:13 (note A1)
          |
        6 |     ignore: {yesno-question: it is none}
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: did you mean `yes-no-question`?
    """).strip()
    )


def test_no_ignore_silences_an_error(deck: Callable[..., object]) -> None:
    loaded = deck("""
        - {id: A1, front: What does recall measure?, back: The share of positives that were found.}
        - {id: A2, front: What does recall measure?, back: Hits., ignore: {duplicate-front: on purpose}}
    """)
    assert [d.rule for d in loaded.diagnostics] == ["duplicate-front", "unused-ignore"]  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------------------------ wording


def test_front_length(found: Found) -> None:
    text = """
        - {id: A1, front: "What, in a *word* or two, is $a + b$ here?", back: a sum}
        - {id: A2, kind: scenario, setting: A call in the evening., probe: “Why should it fail so often?”, checkpoints: [a]}
    """
    assert found(text, 7) == [
        "A1: the front has 9 words; the limit is 7",
        "A2: the front has 11 words; the limit is 10",
    ]


def test_front_length_passes_over(found: Found) -> None:
    # a cloze note's text is its answer too; scenarios, pitfalls and choices may have 10 words for 7
    assert not found("""
        - {id: A1, front: "What is $a + b + c$ in a word?", back: a sum}
        - {id: A2, kind: scenario, setting: A call at night., probe: “Why should it fail so often?”, checkpoints: [a]}
        - {id: A3, cloze: "One two three four five six seven eight {{c1::nine}} ten."}
    """, 7)  # fmt: skip


def test_answer_length(found: Found) -> None:
    text = """
        - {id: A1, front: What is recall?, back: The share of all positives.}
        - {id: A2, kind: pitfall, says: “We use accuracy.”, fault: It counts the easy majority., fix: Use recall}
        - id: A3
          kind: compare
          front: What differs?
          table: [{Of: a b c, This: one two three, That: four five six}, {Of: x, This: seven, That: eight nine}]
    """
    assert found(text, 4) == [
        "A1: the answer has 5 words; the limit is 4",
        "A2: the answer has 7 words; the limit is 6",
        "A3: the answer has 9 words; the limit is 8",
    ]


def test_answer_length_passes_over(found: Found) -> None:
    # a reason and what is more need not be recalled; nor do a table's criteria and the wrong options
    assert not found("""
        - {id: A1, front: What is recall?, back: Found over all., why: A long reason is no answer., extra: More words follow.}
        - {id: A2, front: What is $a$?, back: "$$a = b + c + d + e$$"}
        - {id: A3, kind: choice, front: Which?, options: [one two three four five, right: six, seven, eight], reason: r}
        - {id: A4, kind: compare, front: Q?, table: [{Of: one two three four five, This: six seven, That: eight nine}]}
    """, 4)  # fmt: skip


def test_too_many_items(found: Found) -> None:
    text = """
        - {id: A1, kind: scenario, probe: “Why?”, checkpoints: [a, b, c]}
        - id: A2
          front: Which three?
          back: |
            These:

            - a
            - b
            - c
        - id: A3
          kind: compare
          front: What differs?
          table: [{Of: a, This: b}, {Of: c, This: d}, {Of: e, This: f}, {Of: g, This: h}]
    """
    assert found(text, 2) == [
        "A1: `checkpoints` has 3 items; the limit is 2",
        "A2: `back` has 3 items; the limit is 2",
        "A3: `table` has 3 items; the limit is 2",
    ]


def test_too_many_items_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, kind: scenario, probe: “Why?”, checkpoints: [a, b]}
        - {id: A2, front: Which two?, back: "- a\\n- b", extra: "- a\\n- b\\n- c"}
        - {id: A3, kind: compare, front: What?, table: [{Of: a, This: b}, {Of: c, This: d}, {Of: e, This: f}]}
        - {id: A4, kind: choice, front: Which?, options: [a, b, right: c, d], reason: r}
        - {id: A5, kind: formula, front: Which?, formula: $a$, symbols: [a, b, c]}
    """, 2)  # fmt: skip


def test_cloze_size(found: Found) -> None:
    text = "- {id: A1, cloze: 'It is {{c1::a fact}} that {{c2::one *two* three $x^2$ five}} and {{c3::one two three four}}.'}"
    assert found(text, 3) == ["A1: `one two three x^2 five` has 5 words; the limit of a deletion is 3"]


def test_cloze_size_passes_over(found: Found) -> None:
    text = "- {id: A1, cloze: '{{c1::one two three::a hint of many more words}} and {{c2::$a + b + c + d$}}'}"
    assert not found(text, 3)


def test_cloze_context(found: Found) -> None:
    text = "- {id: A1, cloze: '{{c1::One two}} three {{c2::four}} five {{c1::six}}.'}"
    assert found(text, 4) == ["A1: with `c1` hidden, 3 words can be read; 4 are the least"]


def test_cloze_context_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, cloze: "{{c1::One two}} three {{c2::four}} five six."}
        - {id: A2, front: Short?, back: Yes.}
    """, 4)  # fmt: skip


def test_yes_no_question(found: Found) -> None:
    text = """
        - {id: A1, front: Is accuracy enough?, back: It counts the majority.}
        - {id: A2, front: "Fraud is rare: 0.1 %. Should you report accuracy?", back: It counts the majority.}
    """
    assert found(text) == ["A1: yes or no answers this", "A2: yes or no answers this"]


def test_yes_no_question_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, front: Is recall or precision the one to fix first?, back: Recall.}
        - {id: A2, front: "Is accuracy enough, and why?", back: It counts the majority.}
        - {id: A3, kind: scenario, probe: “Is it done?”, checkpoints: [a]}
        - {id: A4, front: Which is enough? It is one of two., back: Recall.}
        - {id: A5, front: Island hopping means what?, back: A tour.}
    """)


def test_list_all(found: Found) -> None:
    text = """
        - {id: A1, front: What are the four types?, back: "a, b, c and more, d"}
        - {id: A2, front: Name all baselines., back: "- a\\n- b\\n- c\\n- d"}
    """
    assert found(text, 3) == [
        "A1: this asks for a list of about 4; the limit is 3",
        "A2: this asks for a list of about 4; the limit is 3",
    ]


def test_list_all_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, front: Name all baselines., back: "a, b, c"}
        - {id: A2, front: What are the four types?, back: "a, b, c, d", set_anchor: true}
        - {id: A3, front: Name the reason., back: "It is cheap, quick, known, simple."}
        - {id: A4, cloze: "Name all four: {{c1::a}}, b, c, d"}
    """, 3)  # fmt: skip


def test_not_a_question(found: Found) -> None:
    text = """
        - {id: A1, front: Recall, back: Found over all.}
        - {id: A2, kind: formula, front: The formula of recall., formula: $a$}
    """
    assert found(text) == ["A1: the front asks nothing", "A2: the front asks nothing"]


def test_not_a_question_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, front: What is recall?, back: Found over all.}
        - {id: A2, front: "Say it aloud: “we use recall.” Explain it.", back: Found over all.}
        - {id: A3, kind: reversed, front: Recall, back: Found over all.}
        - {id: A6, front: Distinguish recall from precision., back: Misses and false alarms.}
        - {id: A4, kind: pitfall, says: “We use recall.”, fault: f, fix: g}
        - {id: A5, cloze: "{{c1::Recall}} is the share found."}
    """)


def test_answer_leak(found: Found) -> None:
    text = "- {id: A1, front: What do precision–recall curves show as curves?, back: A *precision–recall* curve.}"
    assert found(text) == ["A1: the front has words of the answer: precision recall"]


def test_answer_leak_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, front: Why is a recall curve steep?, back: A curve of recall is steep where few are found.}
        - id: A2
          front: Why does a feature store exist?
          back: |
            Because training rows and serving requests must see equal values: a feature store computes each definition
            exactly once, keeps history for joins, and answers lookups within milliseconds under heavy load.
        - {id: A3, front: Which is it?, back: Which it is.}
        - {id: A4, front: What is a loss function?, back: A loss function measures how wrong predictions are.}
    """)


def test_near_duplicate_front(found: Found) -> None:
    text = """
        - {id: A1, front: You raise the threshold of a fraud classifier. What suffers?, back: a}
        - {id: A2, front: You raise thresholds of fraud classifiers. What else is suffering?, back: b}
    """
    assert found(text, 60) == ["A2: this is nearly the question of `A1`"]


def test_near_duplicate_front_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, front: You raise the threshold of a fraud classifier. What suffers?, back: a}
        - {id: A2, front: You lower the budget of a fraud investigation. What suffers?, back: b}
        - {id: A3, front: Why recall?, back: c}
        - {id: A4, front: When recall?, back: d}
        - {id: A5, kind: reversed, front: You raise the threshold of a fraud classifier. What suffers?, back: e}
    """, 60)  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------- evidence


def compared_with_all(fronts: list[tuple[str, frozenset[str]]], limit: int) -> Iterator[tuple[int, int]]:
    """Yield what `near_duplicates` yields, comparing each front with all before it."""
    for later, (kind, own) in enumerate(fronts):
        for earlier, (other_kind, theirs) in enumerate(fronts[:later]):
            comparable = kind == other_kind and min(len(own), len(theirs)) >= 4
            if comparable and 100 * len(own & theirs) >= limit * len(own | theirs):
                yield later, earlier
                break


# of which many are nearly equal
stem_sets = st.builds(
    lambda base, change: base ^ change,
    st.sampled_from([frozenset("abcd"), frozenset("abcdefgh"), frozenset("efghijklmn"), frozenset()]),
    st.frozensets(st.sampled_from("abcdefghijklmn"), max_size=4),
)


@pytest.mark.parametrize("many", [0, 6, 30])
@given(fronts=st.lists(st.tuples(st.sampled_from("bc"), stem_sets), max_size=25), limit=st.integers(1, 150))
@example(fronts=[("b", frozenset("abcd")), ("b", frozenset("abef"))], limit=30)
@example(fronts=[("b", frozenset("abcd")), ("b", frozenset("abcef"))], limit=50)
def test_near_duplicates_are_those_of_comparing_all_with_all(
    many: int, fronts: list[tuple[str, frozenset[str]]], limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "_MANY_STEMS", many)
        found = list(wording.near_duplicates(fronts, limit))
    assert found == list(compared_with_all(fronts, limit))


def test_missing_source(found: Found) -> None:
    assert found("- {id: A1, front: What?, back: That.}") == ["A1: this note names no source"]


def test_missing_source_passes_over(found: Found, folder: Folder) -> None:
    folder.write("sources.yaml", "rules-ml: {title: Rules}\n")
    assert not found("""
        title: Deck
        defaults: {sources: [rules-ml]}
        notes:
          - {id: A1, front: What?, back: That.}
    """)


def test_number_not_recomputed(found: Found) -> None:
    text = """
        - {id: A1, front: How much?, back: It is 0.9985.}
        - {id: A2, front: How many?, back: "12 * 34 = 408"}
        - {id: A3, front: Why so much?, back: It grows., why: By 37% a year.}
        - {id: A4, kind: estimate, front: How large?, steps: [a day has hours], result: a few}
    """
    assert found(text) == [
        "A1: nothing recomputes `0.9985`",
        "A2: nothing recomputes `= 408`",
        "A3: nothing recomputes `37%`",
        "A4: nothing recomputes the result",
    ]


def test_number_not_recomputed_passes_over(found: Found) -> None:
    # checked, quoted, given, conventional or whole
    assert not found("""
        - {id: A1, front: How much?, back: "0.9985", check: {expression: 1 - 0.0015, value: 0.9985}}
        - {id: A2, front: Which share?, back: 37%, quoted: true}
        - {id: A3, front: What says an AUC of 0.83?, back: "A pair is ordered rightly with probability 0.83, in 83% of cases."}
        - {id: A4, front: Which limits?, back: "p below 0.05, 95% intervals, 10% of the traffic, 99.9% of requests, 0.5"}
        - {id: A5, front: How many?, back: "Some 11,600 a second, 45 of them in v1.2.3"}
    """)


def test_stale_fact(found: Found) -> None:
    text = """
        - {id: A1, front: What is currently usual?, back: That.}
        - {id: A2, front: What did YouTube's 2016 ranker do?, back: That.}
        - {id: A3, front: Which accelerator?, back: An H100.}
        - {id: A4, front: What did a 2022 benchmark find?, back: That.}
    """
    assert found(text) == [
        "A1: `currently` ages",
        "A2: `'s 2016` ages",
        "A3: `H100` ages",
        "A4: `2022 benchmark` ages",
    ]


def test_stale_fact_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, front: What is currently usual?, back: That., as_of: 2026-11}
        - {id: A2, front: Wide & Deep (2016), back: Two halves.}
        - {id: A3, front: Which rows leak?, back: "Those as of today, after the latest split"}
        - {id: A4, front: How many?, back: 2016 rows}
    """)


@given(st.from_regex(evidence._AGES))
def test_nothing_stale_is_without_a_sign_of_age(text: str) -> None:
    assert any(sign in text for sign in evidence._SIGNS_OF_AGE)


def test_prereq_cycle(found: Found) -> None:
    text = """
        - {id: A1, front: One?, back: 1, prereq: [A2]}
        - {id: A2, front: Two?, back: 2, prereq: [A1]}
        - {id: A3, front: Three?, back: 3, prereq: [A1, A9, A8]}
        - {id: A4, front: Four?, back: 4, prereq: [A4]}
    """
    assert found(text) == [
        "A1: `A2` comes later in study order",
        "A3: there is no note `A9`",
        "A4: `A4` comes later in study order",
    ]


def test_prereq_cycle_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A2, front: Two?, back: 2}
        - {id: A1, front: One?, back: 1, prereq: [A2]}
    """)


# ------------------------------------------------------------------------------------------------------------------- shapes


def choices(places: list[int]) -> str:
    """Return a deck of choice notes with the right options at these places."""
    notes = []
    for number, place in enumerate(places):
        options = ["a", "b", "c"]
        options.insert(place, "right: d")
        notes.append(
            f"- {{id: A{number}, kind: choice, front: Number {number}?, options: [{', '.join(options)}], reason: r}}"
        )
    return "\n".join(notes)


def test_choice_position_bias(found: Found) -> None:
    assert found(choices([0, 1, 1, 1, 1, 2, 3, 0])) == ["in 4 of 8 notes the right option is number 2"]


def test_choice_position_bias_passes_over(found: Found) -> None:
    assert not found(choices([0, 1, 1, 1, 2, 2, 3, 0]))
    assert not found(choices([1, 1, 1, 1, 1, 1, 1]))  # too few to tell


def test_choice_length_cue(found: Found) -> None:
    text = "- {id: A1, kind: choice, front: Which?, options: [one two, right: one two three four, one, one two], reason: r}"
    assert found(text) == ["A1: the right option has 4 words, the others 2 on average"]


def test_choice_length_cue_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, kind: choice, front: Which?, options: [one, right: one two, one, one], reason: r}
        - {id: A2, kind: choice, front: What?, options: [one, right: one two three, one, one two three], reason: r}
        - {id: A3, kind: choice, front: When?, options: [one two three four five six, right: one, one, one], reason: r}
    """)


def test_choice_without_reason(found: Found) -> None:
    text = """
        - {id: A1, kind: choice, front: Which?, options: [a, right: b, c], reason: It is the only one that fits here.}
        - {id: A2, kind: choice, front: What?, options: [a, right: b, c, all of these], reason: It is one that fits here.}
        - {id: A3, kind: choice, front: When?, options: [a, right: b, c, d], reason: It just fits.}
    """
    assert found(text) == [
        "A1: 3 options; four are usual",
        "A2: `all of these` is about the other options",
        "A3: the reason is too short to say why",
    ]


def test_choice_without_reason_passes_over(found: Found) -> None:
    text = "- {id: A1, kind: choice, front: Which?, options: [a, right: b, c, above all], reason: It is one that fits here.}"
    assert not found(text)


def test_compare_shape(found: Found) -> None:
    text = """
        - {id: A1, kind: compare, front: One?, table: [{Of: a, This: b, That: ""}, {Of: c, This: d, That: e}]}
        - {id: A2, kind: compare, front: Two?, table: [{Of: a, This: b, That: c}]}
        - {id: A3, kind: compare, front: Three?, table: [{A: a, B: b, C: c, D: d, E: e}, {A: a, B: b, C: c, D: d, E: e}]}
    """
    assert found(text) == [
        "A1: the table has an empty cell",
        "A2: the table is 1 by 3",
        "A3: the table is 2 by 5",
    ]


def test_compare_shape_passes_over(found: Found) -> None:
    # two columns pair things with each other, as a comparison of one thing's parts
    assert not found("""
        - {id: A1, kind: compare, front: One?, table: [{Of: a, This: b}, {Of: c, This: d}]}
        - {id: A2, kind: compare, front: Two?, table: [{A: a, B: b, C: c, D: d}, {A: a, B: b, C: c, D: d}]}
    """)


def test_note_shape(found: Found) -> None:
    text = """
        - {id: A1, kind: pitfall, says: We use recall., fault: "**Rare class.** f", fix: g}
        - {id: A2, kind: pitfall, says: “We use accuracy.”, fault: It misleads., fix: g}
        - {id: A3, kind: pitfall, says: “We have leaking labels.”, fault: "**Label leakage.** f", fix: g}
        - {id: A4, kind: scenario, probe: Why?, checkpoints: [a because b, c because d]}
        - {id: A5, kind: scenario, probe: “Why not?”, checkpoints: [a because b]}
        - {id: A6, kind: scenario, probe: “And then?”, checkpoints: [a because b, Uses recall.]}
        - {id: A7, kind: rubric, front: What counts?, area: data, signal: A good understanding of the goal.}
    """
    assert found(text) == [
        "A1: `says` is no quotation",
        "A2: `fault` does not begin with a name",
        "A3: `says` has the words of the name, `Label leakage.`",
        "A4: `probe` is no quotation",
        "A5: `checkpoints` needs 2 to 4 points and has 1",
        "A6: no reason in `Uses recall.`",
        "A7: `signal` does not begin with a verb",
    ]


def test_note_shape_passes_over(found: Found) -> None:
    assert not found("""
        - {id: A1, kind: pitfall, says: “One feature more.”, fault: "**Pair feature in a separable model.** f", fix: g}
        - {id: A2, kind: pitfall, says: « Oui. », fault: "**Yes.** f", fix: g}
        - {id: A3, kind: scenario, probe: 'Then she asks: "Why?"', checkpoints: [a since b, "Recall: misses cost most"]}
        - {id: A4, kind: rubric, front: What counts?, area: data, signal: '**States** it.', red_flag: Nothing}
        - {id: A5, front: What is recall?, back: Found over all.}
    """)


# ------------------------------------------------------------------------------------------------------- names of version 0.9

ALL_SHAPES = """
    - {id: A1, kind: pitfall, says: We use recall., fault: "**Rare class.** f", fix: g}
    - {id: A2, kind: rubric, front: What counts?, area: data, signal: A good understanding of the goal.}
    - {id: A3, kind: scenario, probe: Why?, checkpoints: [a because b, c because d]}
"""


@pytest.mark.parametrize(
    ("switches", "notes"),
    [
        ("pitfall-shape: on", ["A1"]),
        ("rubric-shape: on", ["A2"]),
        ("scenario-shape: on, pitfall-shape: on", ["A1", "A3"]),
        ("scenario-shape: off", []),
        ("note-shape: on, scenario-shape: off", ["A1", "A2", "A3"]),
    ],
)
def test_a_former_name_switches_the_rule_on_for_its_kind(
    folder: Folder, switches: str, notes: list[str]
) -> None:
    folder.write("collection.yaml", f"{COLLECTION}checks: {{{switches}}}\n")
    folder.deck(ALL_SHAPES)
    found = folder.check().diagnostics
    assert [(d.note, d.rule) for d in found] == [(note, "note-shape") for note in notes]


def test_an_ignore_may_use_a_former_name(folder: Folder) -> None:
    folder.write("collection.yaml", f"{COLLECTION}checks: {{note-shape: on}}\n")
    folder.deck("""
        - {id: A1, kind: rubric, front: What?, area: data, signal: A goal., ignore: {rubric-shape: a term}}
        - {id: A2, kind: rubric, front: Why?, area: data, signal: States it., ignore: {rubric-shape: a term}}
    """)
    assert [(d.note, d.rule, d.message) for d in folder.check().diagnostics] == [
        ("A2", "unused-ignore", "`rubric-shape` has no warning to silence here")
    ]


# ----------------------------------------------------------------------------------------------------------------- languages

GERMAN = """
    - {id: A1, front: Is das gut?, back: Nein.}
    - {id: A2, front: Recall, back: Recall}
    - {id: A3, kind: choice, front: Was?, options: [a, right: b, c, all of these], reason: Weil es so ist und bleibt.}
    - {id: A4, kind: pitfall, says: „Ein Leck.“, fault: "**Leck.** f", fix: g}
    - {id: A5, kind: rubric, front: Was zählt?, area: data, signal: Nennt das Ziel.}
    - {id: A6, kind: scenario, probe: »Warum?«, checkpoints: [Lehnt ab., Schlägt vor.]}
    - {id: A7, kind: pitfall, says: Ein Leck., fault: "**Leck.** f", fix: g}
    - {id: A8, kind: scenario, probe: „Warum?“, checkpoints: [Lehnt ab.]}
"""


def german(folder: Folder, language: str) -> list[tuple[str | None, str]]:
    """Return what all rules find in a German deck: note and rule."""
    rules = "".join(f"  {rule}: on\n" for rule in content_rules.CONTENT_RULES if rule != "missing-source")
    folder.write("collection.yaml", f"{COLLECTION}language: {language}\nchecks:\n{rules}")
    folder.deck(GERMAN)
    return sorted({(d.note or "", d.rule) for d in folder.check().diagnostics})


def test_rules_that_read_english_are_silent_in_another_language(folder: Folder) -> None:
    assert german(folder, "de") == [("", "english-only"), ("A7", "note-shape"), ("A8", "note-shape")]
    for english in ("en", "en-GB", "EN"):
        assert [note for note, rule in german(folder, english) if rule not in ("english-only", "note-shape")]
        assert ("A5", "note-shape") in german(folder, english)  # no English verb ends like `Nennt`


def test_a_rule_that_reads_english_is_named_where_it_is_switched_on(folder: Folder) -> None:
    folder.write("collection.yaml", f"{COLLECTION}language: de\nchecks:\n  front-length: 28\n  list-all: 3\n")
    folder.deck("- {id: A1, front: Was ist das?, back: Das.}")
    assert (
        reporting.full(folder.check().diagnostics)
        == dedent("""\
        english-only: `list-all` reads English and is off here: the language is `de`
         --> decks/collection.yaml:9:3
          |
        9 |   list-all: 3
          |   ^^^^^^^^
          = help: delete the line; `language: en` is English
    """).strip()
    )
