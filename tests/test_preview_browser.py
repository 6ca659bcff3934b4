"""The preview in a real browser: the command itself, its page, and cards that change while it looks."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browser  # noqa: F401  # a fixture

COLLECTION = """\
id: preview-browser-test
title: Orchard
short_title: Orchard
root: Orchard
created: 2026-11-01
"""
DECK = r"""title: Apples
notes:
  - id: A1
    front: How many *apples* are in a dozen?
    back: |
      Twelve, and $\frac{12}{4} = 3$ in a quarter.
    hint: More than ten.
    tags: [counting]
  - id: A2
    cloze: |
      An {{c1::apple}} is a {{c2::fruit}}.
"""
PEARS = """title: Pears
notes:
  - id: P1
    front: Is a pear an apple?
    back: No.
"""
# What the browser says when Playwright looks or clicks into a frame without scripts
BY_PLAYWRIGHT = "error: Blocked script execution in"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "collection.yaml").write_text(COLLECTION)
    (tmp_path / "apples.yaml").write_text(DECK)
    (tmp_path / "pears.yaml").write_text(PEARS)
    return tmp_path


class Preview:
    """A preview that runs, and the page that a browser opened of it."""

    def __init__(self, page: Any, address: str, said: list[str]):
        self.page = page
        self.address = address
        self.said = said  # in the console, and by dialogs

    def card(self, view: str = "light") -> Any:
        return self.page.frame_locator(f'figure[data-view="{view}"] iframe').locator("body")

    def sees(self, text: str, view: str = "light", timeout: float = 10_000) -> None:
        """Wait until a card shows a text. Looks from our page into the frame, as Playwright's own code in a
        frame without scripts makes the browser complain."""
        shown = """([view, text]) => document.querySelector(`figure[data-view="${view}"] iframe`)
            ?.contentDocument?.body?.innerText.replace(/\\s+/g, " ").includes(text)"""
        self.page.wait_for_function(shown, arg=[view, text], timeout=timeout)


@pytest.fixture
def preview(folder: Path, browser: Any) -> Iterator[Preview]:
    """The preview of `folder` as its first visitor sees it; nothing may be said in the console."""
    command = [sys.executable, "-m", "flashcards", "preview", str(folder), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            address = process.stdout.readline().strip()
            context = browser.new_context(viewport={"width": 1300, "height": 900})
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda problem: said.append(f"error: {problem}"))
            page.on("dialog", lambda dialog: [said.append(f"dialog: {dialog.message}"), dialog.dismiss()])  # type: ignore[func-returns-value]
            page.goto(address)
            page.locator("#list button").first.wait_for()
            yield Preview(page, address, said)
            context.close()
            assert [words for words in said if not words.startswith(BY_PLAYWRIGHT)] == []
        finally:
            process.send_signal(signal.SIGINT)
            complaints = process.stderr.read()
            assert process.wait(10) == 0
            assert complaints.splitlines()[1:] in ([""], [])  # the one line that it always says


def test_the_first_card_is_shown_and_turned(preview: Preview) -> None:
    page = preview.page
    assert "token" not in page.url
    assert page.title() == "Orchard: preview"
    preview.sees("How many apples are in a dozen?")
    assert preview.card().locator("math").count() == 0
    page.keyboard.press("Space")
    preview.sees("Twelve, and")
    assert preview.card().locator("math mfrac").count() == 1
    preview.card().get_by_text("Twelve, and").click()  # a click turns it too
    preview.card().get_by_text("Twelve, and").wait_for(state="detached")


def test_a_hint_opens_without_a_script(preview: Preview) -> None:
    preview.sees("How many apples")
    hint = preview.card().locator("details")
    assert (hint.get_attribute("open"), hint.bounding_box()["height"] < 60) == (None, True)
    preview.card().locator("summary").click()
    assert (hint.get_attribute("open"), hint.bounding_box()["height"] > 60) == ("", True)
    preview.sees("How many apples")  # which did not turn it


def test_arrows_walk_through_cards_and_notes(preview: Preview) -> None:
    page = preview.page
    preview.sees("How many apples")
    page.keyboard.press("ArrowRight")
    preview.sees("[...] is a fruit.")
    page.keyboard.press("ArrowRight")
    preview.sees("An apple is a")
    assert page.locator("#cards [aria-pressed=true]").inner_text() == "Cloze 2"
    page.keyboard.press("ArrowRight")
    preview.sees("Is a pear an apple?")
    page.keyboard.press("ArrowLeft")
    preview.sees("An apple is a")
    page.keyboard.press("ArrowUp")
    preview.sees("How many apples")
    page.locator("#cards button").first.wait_for(state="hidden")
    page.locator("#list").get_by_text("Is a pear").click()
    preview.sees("Is a pear an apple?")
    page.reload()  # and it keeps its place
    preview.sees("Is a pear an apple?")


def test_search_and_filters_narrow_the_list(preview: Preview) -> None:
    page = preview.page
    listed = page.locator("#list .id")
    preview.sees("How many apples")
    page.keyboard.press("/")
    page.keyboard.type("FRUIT an")
    assert listed.all_text_contents() == ["A2"]
    page.keyboard.press("Escape")
    assert listed.all_text_contents() == ["A1", "A2", "P1"]
    page.locator("#deck").select_option("pears")
    assert listed.all_text_contents() == ["P1"]
    page.locator("#deck").select_option("")
    page.locator("#tag").select_option("counting")
    assert listed.all_text_contents() == ["A1"]
    page.locator("#tag").select_option("")
    page.locator("#kind").select_option("cloze")
    assert listed.all_text_contents() == ["A2"]
    assert page.locator("#number").inner_text() == "1 of 3 notes"


def test_night_and_phone_stand_beside_light(preview: Preview) -> None:
    page = preview.page
    preview.sees("How many apples")
    page.keyboard.press("n")
    page.keyboard.press("p")
    preview.sees("How many apples", "night")
    preview.sees("How many apples", "phone")
    assert "nightMode" in preview.card("night").get_attribute("class")
    assert preview.card("phone").evaluate("() => window.innerWidth") == 360
    colour = "element => getComputedStyle(element).backgroundColor"
    assert preview.card().evaluate(colour) == "rgb(252, 251, 248)"
    assert preview.card("night").evaluate(colour) == "rgb(30, 32, 36)"
    page.keyboard.press("l")
    page.locator('figure[data-view="light"]').wait_for(state="detached")


def test_paper_shows_both_pictures(preview: Preview) -> None:
    preview.sees("How many apples")
    preview.page.keyboard.press("s")
    loaded = "() => [...document.querySelectorAll('img.sheet')].filter(i => i.complete && i.naturalWidth > 100).length === 2"
    preview.page.wait_for_function(loaded)


def test_an_edited_note_is_seen_within_a_second_of_its_save(preview: Preview, folder: Path) -> None:
    preview.sees("How many apples")
    (folder / "pears.yaml").write_text(PEARS.replace("Is a pear an apple?", "Is a quince a pear?"))
    preview.sees("Is a quince a pear?", timeout=1_000)
    assert preview.page.locator("[aria-current] .id").text_content() == "P1"


def test_a_mistake_is_seen_and_mended(preview: Preview, folder: Path) -> None:
    page = preview.page
    preview.sees("How many apples")
    (folder / "apples.yaml").write_text(DECK.replace("back: |", "bakc: |"))  # a wrong word
    block = page.locator("#findings .finding").first
    block.wait_for()
    assert "unknown field `bakc`" in page.locator("#findings").inner_text()
    assert "^^^^" in page.locator("#findings").inner_text()
    assert "as it was before the mistake" in page.locator("#findings").inner_text()
    page.keyboard.press("Space")
    preview.sees("Twelve, and")
    (folder / "apples.yaml").write_text(DECK.replace("front: How", "front: 'How"))  # no YAML
    problem = page.locator("#problems .finding").first
    problem.wait_for()
    assert "^" in problem.inner_text() and "apples.yaml:4:12" in problem.inner_text()
    preview.sees("Twelve, and")
    (folder / "apples.yaml").write_text(DECK.replace("Twelve", "A dozen"))
    preview.sees("A dozen, and")
    page.locator("#problems .finding").wait_for(state="detached")
    assert page.locator("#findings .finding").count() == 0


HOSTILE = r"""title: "</title><script>alert(1)</script>"
notes:
  - id: X1
    front: "<script>alert(2)</script><img src=x onerror=alert(3)> [a](javascript:alert(4)) $\\text{<img src=x onerror=alert(5)>}$"
    back: "</style><iframe srcdoc='<script>parent.alert(6)</script>'></iframe> ![p](p.svg)"
    hint: "<b onclick=alert(7)>"
    tags: ["<img-src=x-onerror=alert(8)>"]
  - id: X2
    cloze: "{{c1::<svg onload=alert(9)>::<img src=x onerror=alert(10)>}}"
"""


def test_text_of_a_stranger_runs_nothing(preview: Preview, folder: Path) -> None:
    (folder / "media").mkdir()
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(11)</script></svg>'
    (folder / "media" / "p.svg").write_text(svg)
    (folder / "x.yaml").write_text(HOSTILE)
    preview.sees("<script>alert(2)</script>")
    preview.page.keyboard.press("Space")
    preview.sees("</style>")
    preview.page.keyboard.press("ArrowRight")
    preview.sees("<img src=x onerror=alert(10)>")
    preview.page.wait_for_timeout(200)
    assert preview.said == []  # no dialog, nothing that was tried and blocked


def test_no_other_page_reaches_it(preview: Preview, browser: Any) -> None:
    """A page of another port of this machine has the same site, so that the cookie goes with what it asks."""
    origin = preview.address.partition("/?")[0]
    page = preview.page.context.new_page()
    page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page.goto("http://127.0.0.1:9/")
    reach = """async origin => {
      const found = [];
      for (const [path, how] of [["/state.json", {}], ["/state.json", {mode: "no-cors"}], ["/open?note=A1", {method: "POST"}]])
        try { found.push((await fetch(origin + path, {credentials: "include", ...how})).status); } catch { found.push("refused"); }
      return found;
    }"""
    assert page.evaluate(reach, origin) == ["refused", "refused", "refused"]
    frame = """async origin => {
      const frame = Object.assign(document.createElement("iframe"), {src: origin + "/"});
      document.body.append(frame);
      await new Promise(done => frame.onload = done);
      try { return frame.contentDocument.title; } catch { return "closed"; }
    }"""
    assert page.evaluate(frame, origin) == "closed" or page.evaluate(frame, origin) is None
    page.close()


def test_axe_finds_nothing_serious(preview: Preview, folder: Path) -> None:
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright")
    (folder / "apples.yaml").write_text(DECK.replace("hint:", "hnit:"))
    preview.page.locator("#findings .finding").first.wait_for()
    for view in ("n", "p"):
        preview.page.keyboard.press(view)
    preview.sees("How many apples", "phone")
    for scheme in ("light", "dark"):
        preview.page.emulate_media(color_scheme=scheme)
        preview.page.wait_for_timeout(100)
        found = axe.Axe().run(preview.page, options={"iframes": False}).response["violations"]
        serious = [
            f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")
        ]
        assert serious == []
