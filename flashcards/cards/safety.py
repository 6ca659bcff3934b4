"""What a card template must not hold: whatever would run on a learner's machine or reach the network.

Card templates are HTML on purpose, but a collection may be a stranger's. A learner's Anki is a browser: to be
sure of what it will see, the HTML of a template is written in a strict form, tags with quoted attributes and
nothing else that begins with `<`, and then each part is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from flashcards.cards import anki_templates

_TAG = re.compile(
    r"""<(?:
        !--(?!-?>)(?:[^-]|-(?!-))*+-->
        | /?(?P<name>[a-zA-Z][\w-]*+)
          (?P<attributes>(?:\s++[\w:.-]++(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>=`{}]++))?+)*+)\s*+/?>
    )""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([\w:.-]++)(?:\s*+=\s*+("[^"<]*+"|'[^'<]*+'|[^\s"'<>=`{}]++))?+""")
# Elements that run code, load other pages or send something
_ELEMENTS = frozenset(
    {"animate", "applet", "base", "embed", "foreignobject", "form", "frame", "frameset", "iframe", "link",
     "meta", "noscript", "object", "plaintext", "portal", "script", "set", "template", "textarea", "title",
     "use", "xmp"}
)  # fmt: skip
# Attributes that lead nowhere
_TEXTS = frozenset({"alt", "aria-label", "class", "dir", "id", "lang", "placeholder", "style", "title"})
_COMMAND = re.compile(r"(?i)\[(?:sound:|anki:|/?latex\]|/?\$\$?\]|\[type:)")
# A field behind one of these beginnings could complete a command
_COMMAND_BEGUN = re.compile(r"(?i)\[[a-z/$:]{0,6}{{")
_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]*:")
_PICTURE = re.compile(r"(?i)data:image/[a-z0-9.+-]+[;,]")
_ADDRESS = re.compile(
    r"(?i)(?<![a-z])(?:https?|ftp|file|wss?|javascript|vbscript|about|blob):|[\"'(=,\s]//|^//|@import"
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_NAMESPACE = re.compile(r"http://www\.w3\.org/(?:1999/xlink|1999/xhtml|2000/svg|1998/Math/MathML)")


class Fault(NamedTuple):
    """What a template must not hold: what is wrong with it, and the words themselves."""

    message: str
    words: str


def html_faults(html: str) -> Iterator[Fault]:
    """Yield what a card template as Anki gets it must not hold, in the order in which it is found."""
    yield from _filter_faults(html)
    # Anki leaves the marks of sections out: what stands on both sides of one comes together
    text = "".join(
        token.name if token.mark == "text" else f"{{{{{token.name}}}}}"
        for token in anki_templates.tokens(html)
        if token.mark in ("text", "field")
    )
    if command := _COMMAND.search(text):
        yield Fault(f"`{command.group()}` is a command to Anki", command.group())
    elif command := _COMMAND_BEGUN.search(text):
        words = command.group()
        yield Fault(f"`{words}` may become a command to Anki: write `&#91;` for this `[`", words)
    at = 0
    while (at := text.find("<", at)) >= 0:
        tag = _TAG.match(text, at)
        if tag is None:
            words = text[at : at + 40].partition("\n")[0]
            message = f"`{_shown(words)}` is no plain tag: write `&lt;` for a `<`, and values in quotes"
            yield Fault(message, words)
            return
        if tag["name"] is not None:
            yield from _tag_faults(tag["name"], tag["attributes"])
        at = tag.end()
    yield from css_faults(_NAMESPACE.sub("", text))
    for style in re.findall(r"(?is)<style.*?(?:</style|\Z)", text):
        if "{{" in style:
            yield Fault("a field inside `<style>`", "<style")


def _filter_faults(html: str) -> Iterator[Fault]:
    """Yield fields that Anki would show with their text as HTML: its filter `text` makes `<` of `&lt;`."""
    for token in anki_templates.tokens(html):
        if "text" in token.filters and not token.filters[-1].startswith("tts "):
            words = f"{':'.join(reversed(token.filters))}:{token.name}"
            yield Fault(f"`{words}`: the filter `text` makes tags of a field's text", words)


def _tag_faults(name: str, attributes: str) -> Iterator[Fault]:
    if name.lower() in _ELEMENTS:
        yield Fault(f"`<{name}` is not for cards", f"<{name}")
    for found in _ATTRIBUTE.finditer(attributes):
        attribute, words = found[1].lower(), found.group()
        value = unescape((found[2] or "").strip("\"'"))
        # browsers leave out tabs and line ends, and take `\` for `/`
        address = re.sub(r"[\x00-\x20]+", "", value).replace("\\", "/")
        if attribute.startswith("on"):
            yield Fault(f"`{attribute}=` would run code", words)
        elif attribute == "srcdoc":
            yield Fault("`srcdoc=` holds a page of its own", words)
        elif "{{" in value:
            yield Fault(f"a field inside a tag: `{_shown(words)}`", words)
        elif attribute in _TEXTS:
            yield from css_faults(value)
        elif attribute.startswith("xmlns") and _NAMESPACE.fullmatch(address):
            continue
        elif (attribute, name.lower()) == ("src", "img") and _PICTURE.match(address):
            continue  # as a picture it runs nothing
        elif "//" in address or any(
            map(_SCHEME.match, address.split(",") if "srcset" in attribute else [address])
        ):
            yield Fault(f"`{_shown(words)}` leads out of the package", words)


def css_faults(css: str) -> Iterator[Fault]:
    """Yield what the CSS of a card must not hold. Comments count: what is one depends on what is before
    it."""
    if command := _COMMAND.search(css):
        yield Fault(f"`{command.group()}` is a command to Anki", command.group())
    for text in dict.fromkeys((css, _CSS_ESCAPE.sub(_unescaped, css))):
        if found := _ADDRESS.search(text.replace("\\", "/")):
            words = text[found.start() : found.start() + 40].strip().partition("\n")[0]
            yield Fault(f"`{_shown(words)}` leads out of the package", words)
            return


def _unescaped(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else 0
    return chr(number) if 0 < number < 0xD800 else match[2] or ""


def _shown(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")
