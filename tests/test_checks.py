"""Each check of `flashcards.checks`: what it finds, and what looks much like it and is nothing to find."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest
from conftest import COLLECTION, PNG, Folder

from flashcards import checks, reporting
from flashcards.checks import media
from flashcards.resources import bundled

Report = Callable[[str], str]


def shown(text: str) -> str:
    return dedent(text).strip("\n")


def test_every_check_is_tested_both_ways() -> None:
    for check in (*checks.CHECKS, *checks.TEXT_CHECKS, *checks.PLACE_CHECKS, media.media_files):
        assert f"test_{check.__name__}" in globals(), check.__name__
        assert f"test_{check.__name__}_passes_over" in globals(), check.__name__


# ----------------------------------------------------------------------------------------------------------------- doubts


def test_doubts(report: Report) -> None:
    assert report("""
        - id: A1
          front: Which line makes a rule in Markdown?
          back: '---'
        - id: A2
          front: When is it fever?
          back: "> 38 °C"
    """) == shown("""
        text-lost: Markdown draws a line here, and the text shows nothing else
         --> decks/01-deck.yaml:5:12 (note A1)
          |
        5 |     back: '---'
          |            ^^^
          = help: put it between backticks, or write `\\---`

        text-lost: Markdown takes this `>` for a quotation, and does not show it
         --> decks/01-deck.yaml:8:12 (note A2)
          |
        8 |     back: "> 38 °C"
          |            ^
          = help: write `\\\\>`
    """)


def test_doubts_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          front: A *front* with `#`
          back: |
            # Title

            - a list
            - of [two][x]

            > a quotation

            ---

            1. &copy; \\*

            [x]: https://example.org
    """)


# ------------------------------------------------------------------------------------------------------------- yaml_traps


def test_text_cut_off(report: Report) -> None:
    assert report("""
        - id: A1
          front: What is rule #4?
          back: Keep the first model simple.
    """) == shown("""
        text-cut-off: YAML takes this for a comment: it is not on the card
         --> decks/01-deck.yaml:4:25 (note A1)
          |
        4 |     front: What is rule #4?
          |                         ^^^
          = help: quote the value, or write `|` after the key and put the text below; put a comment on a line of its own
    """)


def test_text_cut_off_whole(report: Report) -> None:
    assert report("""
        - id: A1
          front: q
          back: a
          why: # the infrastructure is what matters
    """) == shown("""
        text-cut-off: YAML takes this for a comment: it is not on the card
         --> decks/01-deck.yaml:6:10 (note A1)
          |
        6 |     why: # the infrastructure is what matters
          |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: quote the value, or write `|` after the key and put the text below; put a comment on a line of its own
    """)


def test_text_cut_off_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1  # an id, not a text
          # a line of its own
          front: What is C#, and what is F#?
          back: "Rule #4"  # behind the quotes
          why: |  # behind the mark
            Rule #5
          tags: [core]  # tags are no text
          sources:  # none yet
    """)


def test_text_cut_off_whole_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          front: q
          back: a
          why:
          # a line of its own
          hint: ""  # behind the quotes
          sources:  # none yet
    """)


def test_folded_markup(report: Report) -> None:
    assert report("""
        - id: A1
          front: Which two numbers make recall?
          back: >
            - true positives
            - false negatives
        - id: A2
          front: How is recall computed?
          back: "In code:
            ```
            tp / (tp + fn)
            ```"
        - id: A3
          front: Which of these is recall?
            a) tp / (tp + fn)
            b) tp / (tp + fp)
          back: a)
    """) == shown("""
        folded-markup: YAML joins this line to the one above
         --> decks/01-deck.yaml:7:7 (note A1)
          |
        7 |       - false negatives
          |       ^^
          = help: write `|` after the key and put the text below, indented: it keeps lines as they are

        folded-markup: YAML joins this line to the one above
          --> decks/01-deck.yaml:11:7 (note A2)
           |
        11 |       ```
           |       ^^^
           = help: write `|` after the key and put the text below, indented: it keeps lines as they are

        folded-markup: YAML joins this line to the one above
          --> decks/01-deck.yaml:16:7 (note A3)
           |
        16 |       a) tp / (tp + fn)
           |       ^^^
           = help: write `|` after the key and put the text below, indented: it keeps lines as they are
    """)


def test_folded_markup_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          front: Which two numbers
            make recall, and since
            1979. Why?
          back: >
            Two of them:

              - true positives
              - false negatives

            - and, apart from
              these, none
          why: |
            - true positives
            - false negatives
    """)
    # as PyYAML writes lists
    assert not report(r"""
        - id: A1
          front: Quotes with blank lines?
          back: '* one

            * don''t'
          why: "* one

            * \"two\""
        - id: A2
          front: Escaped line ends?
          back: "* one\n\
            * two\n\n\
            * \u0033"
    """)


def test_nested_too_deep(folder: Folder) -> None:
    folder.deck(f"""
        - id: A1
          front: What does a quotation of a quotation say?
          back: "{"> " * 16}The same."
    """)
    assert [finding.rule for finding in folder.check().diagnostics] == ["nested-too-deep"]


def test_nested_too_deep_passes_over(folder: Folder) -> None:
    folder.deck(f"""
        - id: A1
          front: What does a quotation of a quotation say?
          back: "{"> " * 6}The same."
        - id: A2
          front: How is an arrow of many signs written?
          back: "`{"> " * 40}` is code."
    """)
    assert folder.check().diagnostics == ()


# ------------------------------------------------------------------------------------------------------------------ media


def test_media_names(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    names = ["Funnel.png", "funnel.png"], ["re\u0301sume\u0301.png", "r\u00e9sum\u00e9.png"]
    for first, second in names:
        folder.write(f"media/{first}", PNG)
        folder.write(f"media/{second}", PNG)
    if len(list((folder.path / "media").iterdir())) < 4:
        pytest.skip("this file system takes two names for one")
    assert reporting.full(folder.check().diagnostics) == shown("""
        media-name-clash: `funnel.png` and `Funnel.png` are one file to Windows and macOS
         --> decks/media/funnel.png:1:1
         = help: rename one of them

        media-name-clash: `r\u00e9sum\u00e9.png` and `re\u0301sume\u0301.png` are one file to Windows and macOS
         --> decks/media/r\u00e9sum\u00e9.png:1:1
         = help: rename one of them
    """)


def test_media_names_passes_over(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    for name in ("funnel.png", "funnel.jpg", "funnel-2.png", "r\u00e9sum\u00e9.png", "resume.png"):
        folder.write(f"media/{name}", PNG)
    assert [finding.rule for finding in folder.check().diagnostics] == ["unused-media"]


def test_unused_media(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    for name in ("a.png", "b.png", "c.png", "d.mp3", "e.txt"):
        folder.write(f"media/{name}", PNG)
    assert reporting.full(folder.check().diagnostics) == shown("""
        unused-media: no note uses `a.png`, `b.png`, `c.png` and 1 more
         --> decks/media:1:1
         = help: show them in notes, or take them out of `media/`: they are in no output
    """)


def test_unused_media_is_not_said_where_a_name_is_wrong(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: '![a](fnnel.png)'}")
    folder.write("media/funnel.png", PNG)
    assert [finding.rule for finding in folder.check().diagnostics] == ["missing-media"]


def test_media_files(folder: Folder) -> None:
    folder.write("media/funnel.png", PNG)
    folder.write("secret.png", PNG)
    (folder.path / "media/link.png").symlink_to(folder.path / "secret.png")
    folder.deck("""
        - id: A1
          front: What is ![](funnel.png) and ![a funnel](funel.png)?
          back: ' ![a funnel](../secret.png) ![a funnel](link.png)'
          why: On ![a funnel](//example.org/funnel.png) it is.
    """)
    assert reporting.full(folder.check().diagnostics) == shown("""
        no-alt-text: `funnel.png` has no alternative text
         --> decks/01-deck.yaml:4:20 (note A1)
          |
        4 |     front: What is ![](funnel.png) and ![a funnel](funel.png)?
          |                    ^^^^^^^^^^^^^^^
          = help: say in the square brackets what it shows: `![a funnel of three stages](funnel.png)`

        missing-media: no file `funel.png` in `media/`
         --> decks/01-deck.yaml:4:40 (note A1)
          |
        4 |     front: What is ![](funnel.png) and ![a funnel](funel.png)?
          |                                        ^^^^^^^^^^^^^^^^^^^^^^
          = help: did you mean `funnel.png`?

        media-outside: `../secret.png` does not lie in `media/` itself
         --> decks/01-deck.yaml:5:13 (note A1)
          |
        5 |     back: ' ![a funnel](../secret.png) ![a funnel](link.png)'
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: put a copy of the file there and write its name alone

        media-outside: `link.png` does not lie in `media/` itself
         --> decks/01-deck.yaml:5:40 (note A1)
          |
        5 |     back: ' ![a funnel](../secret.png) ![a funnel](link.png)'
          |                                        ^^^^^^^^^^^^^^^^^^^^^
          = help: put a copy of the file there and write its name alone

        remote-media: `//example.org/funnel.png` is not a local file
         --> decks/01-deck.yaml:6:13 (note A1)
          |
        6 |     why: On ![a funnel](//example.org/funnel.png) it is.
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: save it in `media/` and write its file name: a card must work offline
    """)


def test_media_files_passes_over(folder: Folder) -> None:
    folder.write("media/funnel.png", PNG)
    folder.write("media/funnel.mp3", b"a sound")
    (folder.path / "media/link.png").symlink_to(folder.path / "media/funnel.png")
    folder.deck("""
        - id: A1
          front: What is ![a shape that narrows](funnel.png)? ![](funnel.mp3)
          back: It is ![the same shape](link.png)
          why: "`![](nothing.png)` is code, and [funnel.png](https://example.org/funnel.png) a link."
    """)
    assert folder.check().diagnostics == ()


def test_media_folder(folder: Folder) -> None:
    private = folder.path.parent / "private"
    private.mkdir()
    (private / "funnel.png").write_bytes(PNG)
    (folder.path / "media").symlink_to(private)
    folder.deck("""
        - id: A1
          front: What is ![a shape that narrows](funnel.png)?
          back: It is a funnel.
    """)
    rules = [finding.rule for finding in folder.check().diagnostics]
    assert rules == ["missing-media", "media-outside"]


def test_media_folder_passes_over(folder: Folder) -> None:
    folder.write("pictures/funnel.png", PNG)
    (folder.path / "media").symlink_to(folder.path / "pictures")
    folder.deck("""
        - id: A1
          front: What is ![a shape that narrows](funnel.png)?
          back: It is a funnel.
    """)
    assert folder.check().diagnostics == ()


# ------------------------------------------------------------------------------------------------------------------ notes


def test_duplicate_fronts(report: Report) -> None:
    assert report("""
        - {id: A1, front: "What is recall?", back: TP / (TP + FN)}
        - {id: A2, front: what is  **Recall**, back: The share of positives found}
    """) == shown("""
        duplicate-front: `A1` asks the same
         --> decks/01-deck.yaml:4:21 (note A2)
          |
        4 |   - {id: A2, front: what is  **Recall**, back: The share of positives found}
          |                     ^^^^^^^^^^^^^^^^^^^
          = help: say on each what tells them apart; the other is `A1` at decks/01-deck.yaml:3
    """)


def test_duplicate_fronts_passes_over(report: Report) -> None:
    assert not report("""
        - {id: A1, front: "What is C?", back: A language}
        - {id: A2, front: "What is C++?", back: Another}
        - {id: A3, front: "What is C#?", back: A third}
        - {id: A4, kind: reversed, front: "What is C?", back: a kind of its own}
        - {id: A5, front: "What is C?", back: no longer asked, retired: asked by A1}
    """)


def settings(text: str) -> str:
    return COLLECTION.replace("id: test\ntitle: Test Collection\n", dedent(text).lstrip("\n"))


def test_borrowed_id(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    folder.write("collection.yaml", settings("title: Organic Chemistry\nid: mlsd\n"))
    assert reporting.full(folder.check().diagnostics) == shown("""
        borrowed-id: `mlsd` is the id of the decks that come with flashcards
         --> decks/collection.yaml:2:5
          |
        2 | id: mlsd
          |     ^^^^
          = help: take an id of your own; only a fork that means to replace those decks keeps theirs
    """)


def test_borrowed_id_passes_over(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a}")
    assert "id: mlsd\ntitle: ML System Design\n" in (bundled("decks") / "collection.yaml").read_text(
        encoding="utf-8"
    )
    for text in ("id: mlsd\ntitle: ML System Design\n", "id: mlsd-2\ntitle: Organic Chemistry\n"):
        folder.write("collection.yaml", settings(text))
        assert folder.check().diagnostics == ()


# ---------------------------------------------------------------------------------------------------------------- numbers


def test_recomputed(report: Report) -> None:
    assert report("""
        - id: A1
          front: What do 7 billion parameters take at 2 bytes each?
          back: 28 GB
          check:
            - {expression: 7e9 * 2, value: 28e9}
            - expression: 7e9 * 2 bytes
              value: 14 GB
    """) == shown("""
        wrong-number: `7e9 * 2` is 1.4e+10, not 28e9
         --> decks/01-deck.yaml:7:38 (note A1)
          |
        7 |       - {expression: 7e9 * 2, value: 28e9}
          |                                      ^^^^
          = help: mend the number here and on the card, or the expression

        bad-expression: `7e9 * 2 bytes` cannot be computed: unexpected `bytes`
         --> decks/01-deck.yaml:8:29 (note A1)
          |
        8 |       - expression: 7e9 * 2 bytes
          |                             ^
          = help: numbers, `+ - * / ** %`, parentheses and functions, no units; the result goes into `value`

        bad-expression: `14 GB` cannot be computed: unexpected `GB`
         --> decks/01-deck.yaml:9:19 (note A1)
          |
        9 |         value: 14 GB
          |                   ^
          = help: numbers, `+ - * / ** %`, parentheses and functions, no units; the result goes into `value`
    """)


def test_recomputed_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          front: What is the share of frauds among alarms?
          back: 8 %
          check:
            - {expression: "0.001*0.9 / (0.001*0.9 + 0.999*0.01)", value: 0.083}
            - {expression: 2 ** 10, value: "1_000 + 24"}
    """)


# ----------------------------------------------------------------------------------------------------------------- markup


def test_markup_problems(report: Report) -> None:
    assert report("""
        - id: A1
          cloze: |
            {{c1::Recall}} is the
            {{c2::share and [its page](file:///recall) says so.
    """) == shown("""
        cloze-unbalanced: this cloze deletion is never closed
         --> decks/01-deck.yaml:6:7 (note A1)
          |
        6 |       {{c2::share and [its page](file:///recall) says so.
          |       ^^^^^^
          = help: end it with `}}`

        unsafe-link: a link to `file:///recall`
         --> decks/01-deck.yaml:6:23 (note A1)
          |
        6 |       {{c2::share and [its page](file:///recall) says so.
          |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: links go to http://, https:// or mailto: addresses
    """)


def test_markup_problems_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          front: What do {{ and }} mean in [a template](https://example.org/#braces)?
          back: A value is put in; `{{c1::x}}` is a deletion, [mail](mailto:a@example.org) a link.
        - id: A2
          cloze: "{{c1::**Recall** is {{c2::a share}}}} of `}}` in $x^{y^{2}}$."
    """)


# ----------------------------------------------------------------------------------------------------------------- clozes


def test_cloze_without_deletion(report: Report) -> None:
    assert report("""
        - id: A1
          cloze: Recall is {c1::TP / (TP + FN)}.
    """) == shown("""
        cloze-without-deletion: this cloze note has no deletion, so no card
         --> decks/01-deck.yaml:4:12 (note A1)
          |
        4 |     cloze: Recall is {c1::TP / (TP + FN)}.
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: mark what the learner must recall: `{{c1::answer}}`
    """)


def test_cloze_without_deletion_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          cloze: Recall is `{{c1::TP / (TP + FN)}}`.
          why: A text of a cloze note that is not the cloze needs none.
        - {id: A2, front: Recall?, back: TP / (TP + FN)}
    """)


def test_cloze_numbers(report: Report) -> None:
    assert report("""
        - id: A1
          cloze: "{{c0::Recall}} is {{c2::TP}} / ({{c5::TP}} + FN)."
    """) == shown("""
        cloze-zero: Anki makes no card of `c0`
         --> decks/01-deck.yaml:4:13 (note A1)
          |
        4 |     cloze: "{{c0::Recall}} is {{c2::TP}} / ({{c5::TP}} + FN)."
          |             ^^^^
          = help: number deletions from 1

        cloze-gap: `c2` is here, but no c1
         --> decks/01-deck.yaml:4:31 (note A1)
          |
        4 |     cloze: "{{c0::Recall}} is {{c2::TP}} / ({{c5::TP}} + FN)."
          |                               ^^^^
          = help: number them without a gap; after a release leave it: learners' cards hang on these numbers
    """)


def test_cloze_numbers_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          cloze: "{{c2::Recall}} is {{c3,1::TP}} / ({{c1::TP}} + {{c2::FN}})."
    """)


def test_cloze_hint(report: Report) -> None:
    assert report("""
        - id: A1
          cloze: In C++ it is {{c1::std::vector}}, of {{c2::ns::type::which one}}.
    """) == shown("""
        cloze-ambiguous: Anki asks for `std` and shows `vector` as the hint
         --> decks/01-deck.yaml:4:34 (note A1)
          |
        4 |     cloze: In C++ it is {{c1::std::vector}}, of {{c2::ns::type::which one}}.
          |                                  ^^
          = help: put text that holds `::` between backticks: `` {{c1::`std::vector`}} ``

        cloze-ambiguous: Anki asks for `ns` and shows `type::which one` as the hint
         --> decks/01-deck.yaml:4:57 (note A1)
          |
        4 |     cloze: In C++ it is {{c1::std::vector}}, of {{c2::ns::type::which one}}.
          |                                                         ^^
          = help: put text that holds `::` between backticks: `` {{c1::`std::vector`}} ``
    """)


def test_cloze_hint_passes_over(report: Report) -> None:
    assert not report("""
        - id: A1
          cloze: In C++ it is {{c1::`std::vector`::a container}}, and std::array is {{c2::fixed::in size}}.
    """)


# ------------------------------------------------------------------------------------------------------------------ maths


def test_unreadable_maths(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: What is 𝔸 $\frca{TP}{P}$?
          back: |
            Recall, which is

            $$\frac{TP}{P} + \oops$$
    """) == shown(r"""
        unreadable-maths: this maths cannot be read: unknown command `\frca`
         --> decks/01-deck.yaml:4:23 (note A1)
          |
        4 |     front: What is 𝔸 $\frca{TP}{P}$?
          |                       ^

        unreadable-maths: this maths cannot be read: unknown command `\oops`
         --> decks/01-deck.yaml:8:24 (note A1)
          |
        8 |       $$\frac{TP}{P} + \oops$$
          |                        ^
    """)


def test_unreadable_maths_passes_over(report: Report) -> None:
    assert not report(r"""
        - id: A1
          front: What is $\frac{TP}{P}$, at \(P > 0\)?
          back: |
            \[\begin{cases} \text{recall} & P > 0 \\ 0 & \text{else} \end{cases}\]
          why: "`$\\frca$` is code, $5-$10 is money, \\$\\frca is text."
    """)


def test_unclosed_maths(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: What is $x_i, in words?
          back: An item of \(x.
          why: Indices count, $\sum_{i}} x_i$ too.
          extra: And $ \alpha $ is a letter.
    """) == shown(r"""
        unclosed-maths: `$` is never closed
         --> decks/01-deck.yaml:4:20 (note A1)
          |
        4 |     front: What is $x_i, in words?
          |                    ^
          = help: close it with `$`; no blank may stand just inside either; put what is meant as text between backticks

        unclosed-maths: `\(` is never closed
         --> decks/01-deck.yaml:5:22 (note A1)
          |
        5 |     back: An item of \(x.
          |                      ^^
          = help: close it with `\)`; put what is meant as text between backticks

        unreadable-maths: this maths cannot be read: its braces do not balance
         --> decks/01-deck.yaml:6:25 (note A1)
          |
        6 |     why: Indices count, $\sum_{i}} x_i$ too.
          |                         ^

        unclosed-maths: a `$` with a blank behind it begins no maths
         --> decks/01-deck.yaml:7:16 (note A1)
          |
        7 |     extra: And $ \alpha $ is a letter.
          |                ^
          = help: close it with `$`; no blank may stand just inside either; put what is meant as text between backticks
    """)


def test_unclosed_maths_passes_over(report: Report) -> None:
    assert not report(r"""
        - id: A1
          front: What costs $5, $1_000 or $5-$10, and what is in $HOME?
          back: |
            `$x_i` is code, \$x_i and \\$y$ are not maths that is left open.

                $x_i = 3
          why: An item is $x_i$, all are \(x\), $2^n$ of them.
    """)


def test_dollar_as_text(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: Is 2$x_1$ more than $y$z?
          back: For all $x$.
    """) == shown(r"""
        dollar-as-text: this is no maths: `2` stands right before its `$`
         --> decks/01-deck.yaml:4:16 (note A1)
          |
        4 |     front: Is 2$x_1$ more than $y$z?
          |                ^^^^^
          = help: take the `2` into the formula, or put a blank between; put code between backticks

        dollar-as-text: this is no maths: `z` stands right behind its `$`
         --> decks/01-deck.yaml:4:32 (note A1)
          |
        4 |     front: Is 2$x_1$ more than $y$z?
          |                                ^^^
          = help: take the `z` into the formula, or put a blank between; put code between backticks
    """)


def test_dollar_as_text_finds_a_formula_over_lines(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: What is the rate?
          back: |
            It is $rate = a
            - b$ for all.
          why: |
            It is $\mathrm{rate} = a
            - b$, or `$rate = a`
            - `b$`.
    """) == shown(r"""
        dollar-as-text: this is no maths: a line of it begins with a sign of Markdown's, and words are in it
         --> decks/01-deck.yaml:6:13 (note A1)
          |
        6 |       It is $rate = a
          |             ^
          = help: put the formula into one line, or its words into `\text{…}` or `\mathrm{…}`
    """)


def test_dollar_as_text_passes_over(report: Report) -> None:
    assert not report(r"""
        - id: A1
          front: What costs US$5, A$6 or R$7/kg, $5-$10, 5$ or 10$, and US$a million?
          back: =SUM($A$1:$B$2), $A1+B$2, A$1*B$2, /proc/$PID/fd/$FD, ${HOME}:${PATH}, $HOME/bin:$PATH, "$@" and "$*"
          why: |
            `2$x$`, 2\$x\$ and

                $a$b
          extra: The $n$th, $k$NN, $x$s and $2x$; фи$x$фи; $5 \cdot **$x$**.
    """)


def test_environment_outside_maths(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: What is recall?
          back: |
            \begin{align}
            a &= b \\
            \end{align}
    """) == shown(r"""
        environment-outside-maths: `\begin{align}` stands outside maths, where it is text
         --> decks/01-deck.yaml:6:7 (note A1)
          |
        6 |       \begin{align}
          |       ^^^^^^^^^^^^^
          = help: put `$$` before it and behind `\end{align}`; text goes between backticks
    """)


def test_environment_outside_maths_passes_over(report: Report) -> None:
    assert not report(r"""
        - id: A1
          front: What does \begin{align} begin?
          back: |
            $$
            \begin{align}
            a &= b
            \end{align}
            $$
            `\begin{cases}\end{cases}`
    """)


def test_code_in_table(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: Which operators are there?
          back: |
            | code | meaning |
            | --- | --- |
            | `a || b` | or |
    """) == shown(r"""
        code-in-table: this `|` ends the table's cell inside the code
         --> decks/01-deck.yaml:8:12 (note A1)
          |
        8 |       | `a || b` | or |
          |            ^
          = help: write `\|`: in the code of a table it is a `|`
    """)


def test_code_in_table_passes_over(report: Report) -> None:
    assert not report(r"""
        - id: A1
          front: Which operators are there?
          back: |
            | code | meaning | sign |
            | --- | --- | --- |
            | `a \|\| b` | or, `or` | `` ` `` |
            | `` ` `` | `` ` `` | $\|w\|$ |

            Not `a || b`.
    """)


def test_maths_in_table(report: Report) -> None:
    assert report(r"""
        - id: A1
          front: What do the bars mean?
          back: |
            | sign     | meaning |
            | -------- | ------- |
            | $x$ `$`  | a name  |
            | $|x|$    | a value |
    """) == shown(r"""
        maths-in-table: this `|` ends the table's cell inside the maths
         --> decks/01-deck.yaml:9:10 (note A1)
          |
        9 |       | $|x|$    | a value |
          |          ^
          = help: write `\vert`, or `\lvert … \rvert`
    """)


def test_maths_in_table_passes_over(report: Report) -> None:
    assert not report(r"""
        - id: A1
          front: What is $|x|$?
          back: |
            The value $|x|$ of

            | $x$|$y$|costs |`$a`|`$b`|
            | --- | --- | --- | --- | --- |
            | $\lvert x \rvert$ | $a \vert b$ | $5|$10 | $a \| b$ | b |
    """)


# ------------------------------------------------------------------------------------------------------- declared keys

KEYS = """\
keys:
  origin: {values: {read: {needs: sources}, tried: {tag: own}}, required: true, help: how the author knows it}
  sure: {shape: flag, exempts: [missing-source], help: somebody else has checked it}
"""


def test_not_as_declared(report: Report, folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + KEYS)
    assert report("""
        - {id: A1, front: What?, back: That.}
        - {id: A2, front: Which?, back: This., origin: tired}
        - {id: A3, front: When?, back: Now., origin: read}
        - {id: A4, front: Where?, back: Here., origin: tried, sure: perhaps}
    """) == shown("""
        not-as-declared: this note has no `origin`
         --> decks/01-deck.yaml:3:21 (note A1)
          |
        3 |   - {id: A1, front: What?, back: That.}
          |                     ^^^^^
          = help: how the author knows it: one of read, tried

        not-as-declared: `tired` is no value of `origin`
         --> decks/01-deck.yaml:4:50 (note A2)
          |
        4 |   - {id: A2, front: Which?, back: This., origin: tired}
          |                                                  ^^^^^
          = help: did you mean `tried`?

        not-as-declared: `origin: read` without `sources`
         --> decks/01-deck.yaml:5:48 (note A3)
          |
        5 |   - {id: A3, front: When?, back: Now., origin: read}
          |                                                ^^^^
          = help: add `sources`, or take another value

        not-as-declared: the tag `own` and `origin` disagree
         --> decks/01-deck.yaml:6:50 (note A4)
          |
        6 |   - {id: A4, front: Where?, back: Here., origin: tried, sure: perhaps}
          |                                                  ^^^^^
          = help: a note with `origin: tried` has the tag `own`, and no other note has it

        not-as-declared: `perhaps` is neither `true` nor `false`
         --> decks/01-deck.yaml:6:63 (note A4)
          |
        6 |   - {id: A4, front: Where?, back: Here., origin: tried, sure: perhaps}
          |                                                               ^^^^^^^
          = help: somebody else has checked it
    """)


def test_not_as_declared_passes_over(report: Report, folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + KEYS)
    folder.write("sources.yaml", "book: {title: A Book}")
    assert not report("""
        - {id: A1, front: What?, back: That., origin: tried, tags: [own]}
        - {id: A2, front: Which?, back: This., origin: read, sources: [book], sure: false}
        - {id: A3, front: When?, back: Now., origin: [tried], tags: [own::view], sure: true}
        - {id: A4, front: Where?, back: Here., retired: replaced by A1}
    """)


def test_a_declared_flag_exempts_from_the_rules_that_it_names(folder: Folder) -> None:
    declared = "keys: {common: {shape: flag, exempts: [missing-source], help: everybody knows it}}\n"
    folder.write(
        "collection.yaml", f"{COLLECTION}{declared}checks: {{missing-source: on, front-length: 2}}\n"
    )
    folder.deck("""
        - {id: A1, front: What is recall?, back: A share., common: true}
        - {id: A2, front: What?, back: That., common: false}
        - {id: A3, front: Which?, back: This.}
    """)
    found = [(finding.note, finding.rule) for finding in folder.check().diagnostics]
    assert found == [("A1", "front-length"), ("A2", "missing-source"), ("A3", "missing-source")]


@pytest.mark.parametrize(
    "declared", ["", "keys: {fixed: {shape: flag, exempts: [list-all], help: all or none}}\n"]
)
def test_a_hint_offers_the_flag_only_where_it_is_declared(folder: Folder, declared: str) -> None:
    folder.write("collection.yaml", f"{COLLECTION}{declared}checks: {{list-all: 3}}\n")
    folder.deck("- {id: A1, front: Name all baselines., back: 'a, b, c, d'}")
    (finding,) = folder.check().diagnostics
    offered = ", or write `fixed: true` (all or none)" if declared else ""
    assert finding.hint == f"make it a cloze note{offered}"


def test_letters_of_no_font(report: Report) -> None:
    assert report("""
        - {id: A1, front: Which word is 水 or 火?, back: Water or fire.}
        - {id: A2, front: Which word is 木?, back: A tree.}
    """) == shown("""
        print-fonts: print has no font of its own for Chinese and Japanese and shows boxes
         --> decks/01-deck.yaml:3:35 (note A1)
          |
        3 |   - {id: A1, front: Which word is 水 or 火?, back: Water or fire.}
          |                                   ^^
          = help: put one into `fonts/` beside the decks, or name one that is installed in collection.yaml: `fonts: {system: [Noto Serif CJK SC]}`; Anki needs none
    """)


def test_letters_of_no_font_passes_over(report: Report, folder: Folder) -> None:
    note = "- {id: A1, front: Which word is 水?, back: 'ελληνικά, кириллица, עברית, العربية, ✓ → ☐'}"
    folder.write("collection.yaml", COLLECTION + "fonts: {system: [Noto Serif CJK JP]}\n")
    assert not report(note)
    folder.write("collection.yaml", COLLECTION)
    assert not report(note.replace("水", "water"))
    assert not report(note.replace("back", "retired: an old one, back"))
