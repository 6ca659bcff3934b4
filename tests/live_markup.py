"""What on a card, as the real engine renders it, is neither one of our tags nor text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from people import Learner

TAGS = frozenset(
    [
        "main",
        "header",
        "footer",
        "section",
        "aside",
        "div",
        "p",
        "span",
        "strong",
        "em",
        "s",
        "br",
        "hr",
        "b",
        "i",
        "a",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "pre",
        "code",
        "blockquote",
        "style",
    ]
)


# What Anki itself writes for `{{hint:…}}`
HINT = re.compile(
    r"this\.style\.display='none';\s*document\.getElementById\('hint[0-9a-f]+'\)\.style\.display='block';\s*return false;"
)


class Seen(HTMLParser):
    """Collects what on a card is neither one of our tags nor text."""

    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            hint = name == "onclick" and HINT.fullmatch(value or "")
            safe = hint or name in (
                "class",
                "dir",
                "id",
                "style",
                "start",
                "alt",
                "draggable",
                "data-ordinal",
                "data-cloze",
            )
            link = (tag, name) == ("a", "href") and re.match(r"https?://|mailto:|#", value or "")
            if not safe and not link:
                self.live.append(f"<{tag} {name}={value!r}>")
        if tag not in TAGS:
            self.live.append(f"<{tag}>")


def live(html: str) -> list[str]:
    """Return what would be live on a rendered card."""
    seen = Seen()
    seen.feed(re.sub(r"(?s)^\s*<style>.*?</style>", "", html, count=1))
    commands = re.findall(r"(?i)\[sound:|\[anki:|\[/?latex\]|\[/?\$\$?\]|\[\[type:", html)
    maths = re.findall(r"(?s)\\\(.*?\\\)|\\\[.*?\\\]", html)
    return (
        seen.live
        + commands
        + re.findall(r"\\(?:href|style|class|cssId|require)", re.sub("<[^>]*>", "", "".join(maths)))
    )


def rendered(learner: Learner) -> Iterator[tuple[str, str]]:
    """Yield each card's note id and all of its HTML."""
    for card_id in learner.col.db.list("select id from cards"):
        card = learner.col.get_card(card_id)
        output = card.render_output()
        sounds = [str(tag) for tag in (*output.question_av_tags, *output.answer_av_tags)]
        assert not sounds, (card.note()["Id"], sounds)
        yield card.note()["Id"], output.question_and_style() + output.answer_text
