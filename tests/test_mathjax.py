"""Formulas as Anki's own MathJax sets them: the one in the package `aqt`, in a browser without a window."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from browser import browser, missing  # noqa: F401  # a fixture

import flashcards
from flashcards.collection.texts import markdown_texts
from flashcards.languages import maths
from flashcards.languages.maths import mathjax
from flashcards.resources import bundled

WEB = "_aqt/data/web/"
PAGE = '<script src="/_anki/js/mathjax.js"></script><script src="/_anki/js/vendor/mathjax/tex-chtml-full.js"></script>'
# For each formula what MathJax finds wrong with it, a command that it shows in red included
ERRORS = """async formulas => {
  const errors = [];
  for (const [latex, display] of formulas) {
    MathJax.texReset();
    const tree = new DOMParser().parseFromString(await MathJax.tex2mmlPromise(latex, {display}), "text/xml");
    const error = tree.querySelector("merror, [mathcolor=red]");
    errors.push(error ? error.getAttribute("data-mjx-error") || error.textContent : null);
  }
  return errors;
}"""
Errors = Callable[[list[tuple[str, bool]]], list[str | None]]


def wheel() -> Path:
    """Return the wheel of `aqt` of the same version as `anki`, downloaded once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flashcards-tests"
    name = f"aqt-{version('anki')}-py3-none-any.whl"
    if not (cache / name).exists():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"aqt=={version('anki')}"]
        done = subprocess.run([*command, "-d", cache], capture_output=True, check=False, text=True)
        if done.returncode or not (cache / name).exists():
            missing(f"Anki's MathJax cannot be downloaded: {' '.join(command[2:])}")
    return cache / name


@pytest.fixture(scope="module")
def errors(browser: Any) -> Iterator[Errors]:  # the fixture
    """`errors([(latex, display), …])` is what Anki's MathJax finds wrong with each formula; None if
    nothing."""
    with zipfile.ZipFile(wheel()) as archive:

        def serve(route: Any) -> None:
            path = re.sub(r"^https?://[^/]*/(?:_anki/)?", "", route.request.url)
            if not path:
                route.fulfill(body=PAGE, content_type="text/html")
            elif f"{WEB}{path}" in archive.namelist():
                route.fulfill(body=archive.read(f"{WEB}{path}"))
            else:
                route.abort()

        page = browser.new_page()
        page.route("**/*", serve)
        page.goto("http://anki.invalid/")
        page.evaluate("MathJax.startup.promise.then(() => null)")
        yield lambda formulas: page.evaluate(ERRORS, [list(formula) for formula in formulas])


def wrong(errors: Errors, formulas: list[tuple[str, bool]]) -> dict[str, str]:
    """Return the formulas that MathJax finds fault with, as they are written for Anki."""
    written = [(maths.for_anki(latex), display) for latex, display in formulas]
    return {latex: error for (latex, _), error in zip(written, errors(written), strict=True) if error}


def test_all_shipped_formulas_are_set(errors: Errors) -> None:
    texts = markdown_texts(flashcards.load(bundled("decks")).raise_for_errors())
    elements = [element for text in texts for element in text.elements("maths")]
    formulas = sorted({(element.text, element.attrs["display"]) for element in elements})
    assert len(formulas) > 200
    assert wrong(errors, formulas) == {}


@pytest.mark.parametrize(
    "latex", ["5 €", r"\frac€2 + \mathrm{₽}", r"\text{5 € and $₩$}", "/ˈə/", "x^␀", "\U0001fa00"]
)
def test_signs_that_stop_mathjax_are_put_into_text(errors: Errors, latex: str) -> None:
    assert wrong(errors, [(latex, False)]) == {}


# Commands that only math-core knows and that take an argument
WITH_ARGUMENT = {
    "bm", "bold", "emph", "underbar", "widecheck", "utilde", "overgroup", "undergroup", "Overrightarrow",
    "overleftharpoon", "overrightharpoon", "operatornamewithlimits",
}  # fmt: skip


def test_what_only_print_knows_is_translated(errors: Errors) -> None:
    formulas = [
        rf"a \{name}{{x}} b" if name in WITH_ARGUMENT else rf"a \{name} b \{name}_c"
        for name in mathjax._TRANSLATIONS
    ]
    assert [latex for latex in formulas if maths.mistake(latex, True)] == []
    assert wrong(errors, [(latex, True) for latex in formulas]) == {}
    assert None not in errors([(latex, True) for latex in formulas])  # else nothing has to be translated


# How those commands stand in a formula that MathJax knows and print does not; the others without an argument
IN_USE = {
    **dict.fromkeys(
        "mathbfcal mathbffrak mathbfit mathbfscr mathbfsf mathbfsfit mathbfsfup mathbfup mathnormal mathsfit mathsfup "
        "mathup symbb symbfcal symbffrak symbfit symbfscr symbfsf symbfsfit symbfsfup symbfup symcal symfrak symit "
        "symnormal symrm symscr symsf symsfit symsfup symtt symup bbox clap llap rlap crampedclap crampedllap "
        "crampedrlap mathclap mathllap mathrlap mathmbox textclap textllap textrlap hbox mbox framebox textnormal textup "
        "smash vcenter crampedsubstack pu ref refeq tag centerOver ordinal mathmakebox displaylines",
        "{x}",
    ),
    **dict.fromkeys(["array", "matrix", "pmatrix", "cases", "eqalign", "eqalignno", "leqalignno"], r"{a & b \cr c & d}"),
    "ce": "{2H2 + O2 -> 2H2O}", "pu": "{1.2e3 kJ//mol}", "cancelto": "{0}{x}", "colorbox": "{red}{x}", "fcolorbox": "{red}{blue}{x}",
    "enclose": "{circle}{x}", "overunderset": "{a}{b}{c}", "splitfrac": "{a}{b}", "splitdfrac": "{a}{b}", "stackbin": "{a}{b}",
    "ketbra": "{a}{b}", "Ketbra": "{a}{b}", "centernot": r"\to", "centerOver": "{a}{b}", "underunionbracket": "{a}",
    **dict.fromkeys(["xLeftrightharpoons", "xRightleftharpoons", "longLeftrightharpoons"], "{x}"),
    "fCenter": None, "nonscript": None, "thickapprox": "",
    **dict.fromkeys(
        ["cr", "AxiomC", "UnaryInfC", "BinaryInfC", "TrinaryInfC", "QuaternaryInfC", "QuinaryInfC", "LeftLabel", "RightLabel",
         "noLine", "singleLine", "doubleLine", "dashedLine", "rootAtTop", "rootAtBottom"]
    ),
}  # fmt: skip
IN_USE = {key: value for keys, value in IN_USE.items() for key in keys.split()}


def test_what_only_mathjax_knows_is_no_error(errors: Errors) -> None:
    names = sorted(name for name in mathjax._ANKI_ONLY if IN_USE.get(name, "") is not None)
    assert len(names) > 240
    formulas = [rf"a \{name}{IN_USE.get(name, '')} b" for name in names]
    found = {latex: maths.mistake(latex, True) for latex in formulas}
    assert [latex for latex, mistake in found.items() if mistake and not mistake.is_of_print] == []
    assert wrong(errors, [(latex, True) for latex in formulas]) == {}


@pytest.mark.parametrize(
    ("latex", "print_knows"),
    [
        (r"\ce{2H2 + O2 -> 2H2O}", False),
        (r"\pu{1.2e3 kJ//mol}", False),
        (r"|x| = \begin{cases} x & \text{if $x \ge 0$} \\ -x & \text{otherwise} \end{cases}", True),
        (r"\text{batch_size} = \text{50\% of R\&D, 20% of $x_{i}$}", True),
        (r"\text{a\ b\,c~d \AA ngstr\"om}".replace(r"\"o", "ö"), True),
        (r"E = mc^2 \tag{1}", False),
        (r"\varlimsup_{n} a_n + \cancelto{0}{x}", False),
        (r"\mbox{for } i \hbox{and} j", True),
        (r"\begin{alignat}{2} a &= b & c &= d \end{alignat}", True),
        (r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}", True),
        (r"\begin{pmatrix*}[r] 1 & 2 \\ -3 & 4 \end{pmatrix*}", False),
        (r"\begin{CD} A @>a>> B \end{CD}", False),
        (r"\begin{prooftree} \AxiomC{A} \UnaryInfC{B} \end{prooftree}", False),
        (r"\bm{x}^\top \bm{w} \colonequals \argmax_y p(y)", True),
        (r"\llbracket x \rrbracket", True),
    ],
)
def test_formulas_in_use(errors: Errors, latex: str, print_knows: bool) -> None:
    found = maths.mistake(latex, True)
    assert (found is None) == print_knows
    assert found is None or found.is_of_print
    assert wrong(errors, [(latex, True)]) == {}
