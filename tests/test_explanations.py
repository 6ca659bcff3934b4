"""The pages behind `flashcards explain`: one for each rule in the source, all of one form, with examples that
are true."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, Folder

import flashcards
from flashcards.actions import building, explaining
from flashcards.checks.plugin_checks import is_ours
from flashcards.cli import main
from flashcards.collection.content_rules import CONTENT_RULES, FORMER_NAMES

PACKAGE = Path(flashcards.__file__).parent
RULE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")

# Their cause is outside of any deck: a command line, the bytes or the names of files, a lock that cannot be
# read, a template, an installed package
WITHOUT_YAML = {
    "bad-lock", "broken-plugin", "broken-template", "large-media", "lost-lock", "media-name-clash", "no-collection", "no-such-path", "not-utf8", "several-collections",
    "unreadable-file", "unreadable-media", "unsafe-template",
}  # fmt: skip
# What the last release forbids: the right example is released before the wrong one takes its place
AFTER_A_RELEASE = {
    "card-vanished", "cloze-renumbered", "collection-id-changed", "deck-renamed", "deck-vanished", "kind-changed",
    "note-moved", "note-type-frozen", "vanished-note",
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------------ rules


def rules_in_source() -> set[str]:
    """Return every rule that can be emitted: what is passed as `rule` to any function or class of ours that
    takes one."""
    nodes = [
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    positions: dict[str, set[int]] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg != "self"]
        elif isinstance(node, ast.ClassDef):
            fields = [line.target for line in node.body if isinstance(line, ast.AnnAssign)]
            names = [field.id for field in fields if isinstance(field, ast.Name)]
        else:
            continue
        if "rule" in names:
            positions.setdefault(node.name, set()).add(names.index("rule"))

    passed: list[ast.expr] = []
    for node in nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            passed += [node.args[at] for at in positions.get(name, ()) if at < len(node.args)]
            passed += [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
    # errors that become findings say their rule in their class
    passed += [
        line.value
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "rule"
    ]
    constants = [part.value for value in passed for part in ast.walk(value) if isinstance(part, ast.Constant)]
    return {value for value in constants if isinstance(value, str) and RULE.fullmatch(value)}


def test_the_scan_sees_every_way_in_which_rules_are_emitted() -> None:
    # error(), warning(), report() of three classes, Text.error(), Problem(), Diagnostic(), one of two rules
    # by condition
    some = {
        "no-such-path",
        "missing-id",
        "unknown-field",
        "duplicate-key",
        "cloze-zero",
        "unsafe-link",
        "print-accessibility",
    }
    assert some | {"bad-note-type", "missing-field"} <= rules_in_source()
    assert len(rules_in_source()) > 50


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert set(explaining.rules()) == rules_in_source()


# ------------------------------------------------------------------------------------------------------------------- form


class Example(NamedTuple):
    """The fenced blocks of a `Wrong` or `Right` section: (language, text)."""

    blocks: list[tuple[str, str]]

    @property
    def is_yaml(self) -> bool:
        return {language for language, _ in self.blocks} == {"yaml"}

    def write(self, folder: Folder) -> None:
        """Put the blocks into a collection: each is a deck's notes, or a file whose name its first line
        gives."""
        for _, text in self.blocks:
            named = re.match(r"# (\S+\.yaml)\n", text)
            if named is None:
                folder.deck(text)
                continue
            path = folder.write(named[1], text)
            if path.name == "notetype.yaml":
                folder.write(f"{path.parent.relative_to(folder.path)}/front.html", "{{Says}}\n")
                folder.write(f"{path.parent.relative_to(folder.path)}/back.html", "{{FrontSide}}\n")


class Page(NamedTuple):
    rule: str
    severity: str
    why: str
    wrong: Example
    right: Example


FORM = re.compile(
    r"""# (?P<rule>[a-z0-9-]+)

(?P<says>[A-Z`][^\n]{10,120}\.)

(?P<severity>An error|A warning)(?:; [^\n]+)?\.

## Why it matters

(?P<why>.+?)

## Wrong

(?P<wrong>.+?)

## Right

(?P<right>.+)""",
    re.DOTALL,
)
BLOCK = re.compile(r"```(yaml|sh|text)\n(.*?)```(?:\n\n)?", re.DOTALL)


def page(rule: str) -> Page:
    match = FORM.fullmatch(explaining.page(rule))
    assert match, f"{rule}.md has another form than the other pages"
    examples = []
    for section in ("wrong", "right"):
        assert BLOCK.sub("", match[section]) == "", f"{rule}.md: only fenced blocks stand below {section}"
        examples.append(Example(BLOCK.findall(match[section])))
    return Page(match["rule"], match["severity"].split()[1], match["why"], *examples)


@pytest.mark.parametrize("rule", explaining.rules())
def test_page_has_the_form_of_all_pages(rule: str) -> None:
    found = page(rule)
    assert found.rule == rule
    sentences = re.findall(r"[.!?](?=\s|\Z)", found.why)
    assert 2 <= len(sentences) <= 4
    assert found.wrong != found.right
    assert max(map(len, explaining.page(rule).splitlines())) <= 100
    assert (rule in WITHOUT_YAML) == (not found.wrong.is_yaml)


@pytest.mark.parametrize("rule", explaining.rules())
def test_summary_is_the_sentence_under_the_title(rule: str) -> None:
    assert explaining.page(rule).splitlines()[2] == explaining.summary(rule)


@pytest.mark.parametrize("rule", sorted(CONTENT_RULES))
def test_page_of_a_content_rule_says_how_to_switch_it_on(rule: str) -> None:
    line = explaining.page(rule).splitlines()[4]
    limit, english = CONTENT_RULES[rule]
    assert f"; on where `checks:` has `{rule}: {limit or 'on'}`" in line
    assert line.endswith("; reads English.") == english


def test_former_names_of_rules_lead_to_pages() -> None:
    assert FORMER_NAMES.keys().isdisjoint(explaining.rules())
    assert set(FORMER_NAMES.values()) <= set(explaining.rules())
    assert all(map(is_ours, FORMER_NAMES))  # so that no plug-in's check takes one


# --------------------------------------------------------------------------------------------------------------- examples


@pytest.fixture
def collection(folder: Folder, rule: str) -> Folder:
    """A collection in which a page's own rule is on, with a picture if the page shows one."""
    if rule in CONTENT_RULES:
        folder.write("collection.yaml", f"{COLLECTION}checks: {{{rule}: on}}\n")
    if "funnel.png" in explaining.page(rule):
        picture = Path(__file__).parent / "diagnostics/media/media/funnel.png"
        folder.write("media/funnel.png", picture.read_bytes())
    return folder


def findings(folder: Folder, rule: str) -> dict[str, str]:
    """Return what is found in a collection: rule → severity."""
    loaded = folder.check()
    found = list(loaded.diagnostics)
    if rule in ("print-accessibility", "print-overflow"):
        found = building.build(
            loaded, Path("out"), now=1_800_000_000, to=["cheat-sheets", "cards"]
        ).diagnostics
    return {d.rule: d.severity.value for d in found}


WITH_YAML = [rule for rule in explaining.rules() if rule not in WITHOUT_YAML]


@pytest.mark.parametrize("rule", WITH_YAML)
def test_right_example_has_nothing_to_report(collection: Folder, rule: str) -> None:
    page(rule).right.write(collection)
    assert findings(collection, rule) == {}


@pytest.mark.parametrize("rule", WITH_YAML)
def test_wrong_example_is_found_by_this_rule_alone(collection: Folder, rule: str) -> None:
    if rule in AFTER_A_RELEASE:
        page(rule).right.write(collection)
        assert CliRunner().invoke(main, ["release", "decks", "--yes"]).exit_code == 0
        for path in collection.path.glob("0*.yaml"):
            path.unlink()
        shutil.rmtree(collection.path / "templates", ignore_errors=True)
    page(rule).wrong.write(collection)
    assert findings(collection, rule) == {rule: page(rule).severity}
