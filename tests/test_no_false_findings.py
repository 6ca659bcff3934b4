"""Decks as people write them: a hundred notes each on words, maths, code, places and chemistry, full of the signs of their
subject, in which check has nothing to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from conftest import COLLECTION, Folder

Note = dict[str, str]

NOUNS = "Hund Katze Baum Haus Straße Löffel Gabel Messer Vogel Fisch Blume Garten Fenster Tür Tisch Stuhl Lampe Buch Zeitung Brief"
TOWNS = "Oslo Bern Rom Wien Prag Riga Kyiv Lima Quito Cairo Accra Tunis Doha Delhi Seoul Tokyo Hanoi Perth Suva Apia"
ELEMENTS = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca"
OPERATORS = ("==", "!=", "<=", ">=", "&&", "^", "<<", ">>", "->", "=>")


def vocabulary() -> Iterator[Note]:
    for i, noun in enumerate(NOUNS.split()):
        article, small = ("der", "die", "das")[i % 3], noun.lower()
        yield {
            "kind": "reversed",
            "front": f"{article} **{noun}**, -e",
            "back": f"the thing no. {i} (*n.*), a/an …",
        }
        yield {
            "front": f"to see {noun}: ich sehe ___ {noun}?",
            "back": f"ich sehe *{article}n* **{noun}** — he/she/it + acc.",
        }
        yield {"front": f"¿Cómo se dice «{noun}»?", "back": f"el/la {small}o; pl. {small}o**s**, f*a*m. ~{i}"}
        yield {"cloze": f"Je {{{{c1::vois::verbe}}}} le {small} [vwa] ~ « {noun} » !"}
        yield {
            "front": f"{noun}: IPA?",
            "back": f"/ˈ{small}ə/ [ˈ{small}ʰ]\n\n> Der {noun} ist da.\n\n- v*o*kal: lang\n- Pl.: ~e\n- 2 Silben",
        }


def mathematics() -> Iterator[Note]:
    for i in range(1, 21):
        yield {"front": rf"What is $\frac{{d}}{{dx}} x^{{{i}}}$?", "back": f"${i} x^{{{i - 1}}}$"}
        yield {
            "front": rf"For which $n$ is $n \geq {i}$ and $n^2 < {i * i + 1}$?",
            "back": rf"$n = {i}$, since $|n| \le \sqrt{{{i * i + 1}}}$.",
        }
        yield {
            "front": f"State theorem {i}.",
            "back": f"Let $f: A \\to B$. Then\n\n$$\n\\int_0^{{{i}}} f(x) \\, dx\n= F({i}) - F(0)\n$$\n\n1. if $f$ is continuous,\n2. if $F' = f$.",
        }
        yield {
            "cloze": f"The {i}-th root: {{{{c1::$\\sqrt[{i}]{{x}}$}}}} for $x > 0$, i.e. {{{{c2::$x^{{1/{i}}}$}}}}."
        }
        yield {
            "front": f"2 * {i} + 3 * {i} = ?",
            "back": f"5 * {i} = {5 * i}; 2^{i}, 2**{i}; {i} < {i + 1} > {i - 1}; {i}! and -{i}; {i}% of a_{i}*b",
        }


def programming() -> Iterator[Note]:
    for i in range(20):
        operator = OPERATORS[i % len(OPERATORS)]
        yield {"front": f"What does `x{i} *= 2` do?", "back": f"It doubles `x{i}`: `x{i} = x{i} * 2`."}
        yield {
            "front": f"What does this print? ({i})",
            "back": f"```python\nfor i in range({i}):\n    # a comment\n    print(i, **kwargs)  # __init__\n```\n\nIt prints {i} lines.",
        }
        yield {
            "front": f"How do you call f with *args and **kwargs, version {i}?",
            "back": f"f(*args, **kwargs) or `f(**{{'a': {i}}})`",
        }
        yield {
            "front": f"Which is operator {operator} number {i}?",
            "back": f"| op | meaning |\n|----|:-------:|\n| `+` | add |\n| `{operator}` | {i} |",
        }
        yield {
            "front": f"What is List<String> in src/**/*.py or ~/bin/tool_{i}.sh, $PATH?",
            "back": rf"A generic; snake_case_name_{i}, C#, C++, a->b, std::vector<int>, `C:\new`, `\d+\.`, [1, 2], {{a: {i}}}, 100 % & more <T>.",
        }


def geography() -> Iterator[Note]:
    for i, town in enumerate(TOWNS.split()):
        yield {
            "kind": "reversed",
            "front": f"Capital no. {i}: {town}?",
            "back": f"Country {i} (pop. ~{i}.{i} million, {i}° N, +{i} h)",
        }
        yield {
            "front": f"How high is the mountain near {town}?",
            "back": f"{1000 + i * 7} m (≈ {3000 + i} ft) – since 19{i + 10}",
        }
        yield {
            "front": f"Which rivers flow through {town}?",
            "back": f"- the A{i}\n- the B{i} (left bank)\n- St. {town} & co.",
        }
        yield {
            "cloze": f"{town} lies on the {{{{c1::river {i}}}}}, {{{{c2::{i} km}}}} from the sea (see [map](https://example.org/{town}?z={i}))."
        }
        yield {
            "front": f"What borders {town}?",
            "back": f"North: X{i}.\\\nSouth: Y{i}.\\\nEast: Z{i}, the “{town}er Land”.",
        }


def chemistry() -> Iterator[Note]:
    for i, element in enumerate(ELEMENTS.split()):
        yield {
            "front": f"What is the symbol of element {i + 1}?",
            "back": f"{element} (Z = {i + 1}; *{element}*)",
        }
        yield {
            "front": f"What is $\\mathrm{{{element}_2O}}$?",
            "back": f"An oxide: $\\text{{{element}}}_2\\text{{O}}$, M ≈ {i * 3}.{i} g/mol, `{element}2O`",
        }
        yield {
            "front": f"Which ions does {element} form?",
            "back": f"{element}⁺, {element}²⁻ or [{element}(H₂O)₆]²⁺; pH > {i % 7}, T ≥ {i * 20} °C; ~{i} %",
        }
        yield {"cloze": f"{element} + 2 HCl → {{{{c1::{element}Cl₂ + H₂↑}}}} (1 mol/L; {i}–{i + 2} kJ)"}
        yield {
            "front": f"How is {element} made, in steps?",
            "back": f"1. Heat to {i * 100} °C.\n2. Cool.\n   - slowly: 1 K/min\n   - quickly\n3. Filter; wash with H₂O.",
        }


@pytest.mark.parametrize("subject", [vocabulary, mathematics, programming, geography, chemistry])
@pytest.mark.parametrize("way", ["in quotes", "below a bar"])
def test_check_has_nothing_to_say(folder: Folder, subject: Callable[[], Iterator[Note]], way: str) -> None:
    language = "de" if subject is vocabulary else "en"
    folder.write("collection.yaml", f"{COLLECTION}language: {language}\n")
    lines = []
    for number, note in enumerate(subject()):
        lines.append(f"- id: N{number}\n")
        for key, value in note.items():
            below = "|\n      " + value.replace("\n", "\n      ")
            lines.append(
                f"  {key}: {value if key == 'kind' else json.dumps(value, ensure_ascii=False) if way == 'in quotes' else below}\n"
            )
    folder.deck("".join(lines))
    loaded = folder.check()
    assert len(list(loaded.collection.notes())) == 100
    assert [(finding.rule, finding.message, finding.note) for finding in loaded.diagnostics] == []
