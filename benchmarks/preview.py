"""How long it takes from the save of a deck file until a browser shows the card.

    python benchmarks/preview.py [--picture docs/preview.png]

A copy of the shipped decks is served by `flashcards preview`, and Chromium looks at it. Each time one note gets another
word, in another deck; the clock runs from before the file is written until the page's own event `card-shown`, which it
sends after the frame with the new card was loaded and painted. `--picture` takes the picture of the README instead."""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from flashcards.resources import bundled

TIMES = 20
CHECKED = "async () => (await (await fetch('/state.json')).json()).checked"
FRONT = re.compile(r"^    front: (?=[A-Za-z])", re.MULTILINE)
# Remembers when a card was shown that has a word
LISTEN = """() => {
  window.seen = {};
  document.addEventListener("card-shown", event => {
    for (const frame of document.querySelectorAll("iframe"))
      for (const word of frame.contentDocument.body.innerText.match(/seen\\d+/g) ?? []) window.seen[word] ??= event.detail.time;
  });
}"""


def save_to_seen(page: Page, decks: Path) -> list[float]:
    """Return the seconds of each save."""
    page.evaluate(LISTEN)
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(decks.glob("[0-9]*.yaml"))}
    files = [path for path, text in texts.items() if FRONT.search(text)]
    found = []
    for number in range(TIMES):
        path = files[number % len(files)]
        new = FRONT.sub(f"    front: seen{number} ", texts[path], count=1)
        start = time.time()
        path.write_text(new, encoding="utf-8")
        page.wait_for_function("word => window.seen[word]", arg=f"seen{number}", timeout=10_000)
        found.append(page.evaluate("word => window.seen[word]", f"seen{number}") / 1000 - start)
        page.wait_for_function(CHECKED, timeout=20_000)  # an author's next save is later
    return found


def picture(page: Page, path: Path) -> None:
    """Take the picture of the README: a formula's card, light and on a phone at night."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator("#list [data-id=FR11]").click()
    page.keyboard.press("n")
    page.keyboard.press("Space")
    page.wait_for_timeout(1500)
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        decks = Path(folder) / "decks"
        shutil.copytree(bundled("decks"), decks)
        command = [sys.executable, "-m", "flashcards", "preview", "decks", "--no-open", "--port", "0"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            playwright: Any
            try:
                address = process.stdout.readline().strip()
                with (
                    sync_playwright() as playwright,
                    playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
                ):
                    page = browser.new_page()
                    page.goto(address)
                    page.locator("#list button").first.wait_for()
                    page.wait_for_timeout(3000)  # the first checks
                    if options.picture:
                        picture(page, options.picture)
                        return
                    found = save_to_seen(page, decks)
            finally:
                process.send_signal(signal.SIGINT)
        median, worst = statistics.median(found), max(found)
        print(f"save to seen, {len(found)} times: median {median:.3f} s, worst {worst:.3f} s")
        print(" ".join(f"{seconds:.3f}" for seconds in found))


if __name__ == "__main__":
    main()
