"""Keys of notes that a collection declares in `keys:`, and those that version 0.9 knew without a declaration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner
from conftest import COLLECTION, Folder
from hypothesis import given
from hypothesis import strategies as st

from flashcards import reporting
from flashcards.actions import adding
from flashcards.cli import main
from flashcards.collection import loader
from flashcards.collection.content_rules import CONTENT_RULES
from flashcards.collection.declarations import declaration, read_keys
from flashcards.collection.keys import FORMER_KEYS, NOTE_KEYS, Allowed, Key, note_keys
from flashcards.diagnostics import Source
from flashcards.languages import yaml


def read(text: str) -> tuple[dict[str, Key], list[str]]:
    """Return the keys that a `keys:` block declares, and the mistakes in it, each with the text under the
    caret."""
    source = Source("collection.yaml", text)
    node, problems = yaml.parse(source)
    assert not problems
    assert node is not None
    keys, mistakes = read_keys(source, node)
    assert {mistake.rule for mistake in mistakes} <= {"bad-key"}
    return keys, [f"{m.message} <{m.span.text if m.span else ''}>" for m in mistakes]


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


# --------------------------------------------------------------------------------------------------- declarations


def test_a_declaration_says_all_that_rules_need() -> None:
    keys, mistakes = read("""
        origin:
          values:
            read: {needs: sources}
            tried: {tag: own}
            heard:
          required: true
          help: how the author knows it
        moods: {shape: words, values: [calm, bold], covers: true, help: how it sounds}
        sure: {shape: flag, exempts: [list-all, pitfall-shape], help: somebody else has checked it}
        remark: {help: what to do about it}
    """)
    assert mistakes == []
    assert list(keys.values()) == [
        Key(
            "origin", "text", "how the author knows it", "read",
            values={"read": Allowed(needs="sources"), "tried": Allowed(tag="own"), "heard": Allowed()},
            required=True,
        ),
        Key(
            "moods", "words", "how it sounds", "calm", True,
            values={"calm": Allowed(), "bold": Allowed()}, covers=True,
        ),
        Key(
            "sure", "flag", "somebody else has checked it", "true", exempts=("list-all", "note-shape"),
        ),
        Key("remark", "text", "what to do about it", "…"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("[quoted]", ["`keys` holds a list; expected a key with its properties on each line <[quoted]>"]),
        ("quoted", ["`keys` holds text; expected a key with its properties on each line <quoted>"]),
        ("tags: {help: h}", ["every note has `tags` already <tags>"]),
        ("level: {help: h}", ["every note has `level` already <level>"]),
        ("kind: {help: h}", ["every note has `kind` already <kind>"]),
        ("deck: {help: h}", ["`deck` is an option of `flashcards add` <deck>"]),
        ("help: {help: h}", ["`help` is an option of `flashcards add` <help>"]),
        ("right: {help: h}", ["`right` is an option of `flashcards add` <right>"]),
        ("Mood: {help: h}", ["`Mood` cannot be a key <Mood>"]),
        ("a-b: {help: h}", ["`a-b` cannot be a key <a-b>"]),
        ("mood: calm", ["`mood` needs its properties <mood>"]),
        ("mood: [calm]", ["`mood` needs its properties <mood>"]),
        ("mood:", ["`mood` needs its properties <mood>"]),
        ("mood: {shape: text}", ["`mood` has no `help` <mood>"]),
        ("mood: {help: }", ["`mood` has no `help` <mood>"]),
        ("mood: {hlep: h, help: h}", ["unknown property `hlep` <hlep>"]),
        ("mood: {shape: list, help: h}", ["unknown shape `list` <list>"]),
        ("mood: {shape: [text], help: h}", ["`shape` holds a list; expected text <[text]>"]),
        ("mood: {required: yes, help: h}", ["`yes` is neither `true` nor `false` <yes>"]),
        ("mood: {covers: coverage.yaml, help: h}", ["`coverage.yaml` is neither `true` nor `false` <coverage.yaml>"]),
        ("mood: {values: {calm: {need: why}}, help: h}", ["unknown property `need` <need>"]),
        ("mood: {values: {calm: quiet}, help: h}", ["`calm` needs its properties in braces <quiet>"]),
        ("mood: {values: [[calm]], help: h}", ["`values` has a list; expected texts <[calm]>"]),
        ("mood: {values: {calm: {needs: mood}}, help: h}", ["`mood` is no key that a note can need <mood>"]),
        ("mood: {values: {calm: {needs: why}}, help: h}", ["`why` is no key that a note can need <why>"]),
        ("mood: {values: {calm: {needs: seed_refs}}, help: h}", ["`seed_refs` is no key that a note can need <seed_refs>"]),
        ("mood: {values: {calm: {tag: two words}}, help: h}", ["`two words` cannot be a tag <two words>"]),
        ("mood: {shape: flag, values: [a], help: h}", ["a flag has no `values`: it is `true` or `false` <values>"]),
        ("mood: {shape: flag, covers: true, help: h}", ["a flag has no `covers`: it is `true` or `false` <covers>"]),
        ("mood: {exempts: [list-all], help: h}", ["only a flag can exempt a note from rules <exempts>"]),
        ("mood: {shape: flag, exempts: [duplicate-front], help: h}", ["`duplicate-front` is no rule that can be switched <duplicate-front>"]),
        ("mood: {shape: flag, exempts: list-al, help: h}", ["`list-al` is no rule that can be switched <list-al>"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_declaration_is_an_error_at_its_place(text: str, mistakes: list[str]) -> None:
    assert read(text)[1] == mistakes


def test_a_declared_key_must_not_be_a_field(folder: Folder) -> None:
    folder.write("collection.yaml", f"{COLLECTION}keys: {{front: {{help: h}}, quote: {{help: h}}}}\n")
    folder.write(
        "templates/notetypes/said/notetype.yaml",
        """\
        label: Said
        fields:
          - {key: quote, name: Quote, id: 101, required: true}
        cards:
          - {name: Said, id: 201, front: front.html, back: back.html}
        """,
    )
    for side in ("front", "back"):
        folder.write(f"templates/notetypes/said/{side}.html", "{{Quote}}")
    found = folder.check().diagnostics
    assert [(d.rule, d.message, d.span.text if d.span else "") for d in found] == [
        ("bad-key", "`front` is a field of notes of kind `basic`", "front"),
        ("bad-key", "`quote` is a field of notes of kind `said`", "quote"),
    ]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).filter(
    lambda text: text == text.strip() and text.isprintable()
)
WORDS = st.from_regex("[a-z][a-z0-9_]{0,8}", fullmatch=True)


@given(
    TEXTS,
    st.dictionaries(TEXTS, st.builds(Allowed, needs=st.sampled_from(["", "sources", "level"]), tag=WORDS), max_size=3),
    st.sampled_from(["text", "words", "flag"]),
    st.booleans(),
    st.lists(st.sampled_from(sorted(CONTENT_RULES)), unique=True),
)  # fmt: skip
def test_a_declaration_is_read_back_as_it_was_written(
    purpose: str, values: dict[str, Allowed], shape: str, flag: bool, exempts: list[str]
) -> None:
    is_flag = shape == "flag"
    key = Key(
        "mood", shape, purpose,  # type: ignore[arg-type]
        is_list=shape == "words", values={} if is_flag else values, required=flag,
        exempts=tuple(exempts) if is_flag else (), covers=flag and not is_flag,
    )  # fmt: skip
    keys, mistakes = read(declaration(key))
    normal = yaml.parse(Source("", f"a: {declaration(key)[6:]}"))  # NFC, as all texts are
    assert normal[1] == []
    assert mistakes == []
    assert replace(keys["mood"], example="") == replace(
        key, help=keys["mood"].help, values=keys["mood"].values
    )
    assert list(keys["mood"].values.values()) == list(key.values.values())


@pytest.mark.parametrize("key", FORMER_KEYS.values(), ids=lambda key: key.name)
def test_the_offered_lines_declare_what_version_0_9_knew(key: Key) -> None:
    lines = "\n".join(declaration(former) for former in FORMER_KEYS.values())
    keys, mistakes = read(lines)
    assert mistakes == []
    assert replace(keys[key.name], example="") == key


# ------------------------------------------------------------------------------------------ collections of version 0.9

NOTES = """
    - {id: A1, front: How much?, back: It is 0.9985., quoted: true}
    - {id: A2, front: What are the four types?, back: "a, b, c, d", set_anchor: true}
    - {id: A3, front: Which?, back: This., provenance: wherever, seed_refs: [S1]}
    - {id: A4, front: When?, back: Now., quoted: false}
"""


def test_undeclared_keys_of_version_0_9_still_work_and_are_named_once(folder: Folder) -> None:
    rules = "checks: {number-not-recomputed: on, list-all: 3}\n"
    folder.write("collection.yaml", COLLECTION + rules)
    folder.deck(NOTES)
    loaded = folder.check()
    assert loaded.errors == []
    assert [(d.rule, d.message) for d in loaded.diagnostics] == [
        ("undeclared-key", f"the collection does not declare `{name}`")
        for name in ("quoted", "set_anchor", "provenance", "seed_refs")
    ]
    labels = [note.labels for _, note in loaded.raise_for_errors().notes()]
    assert labels[2] == {"provenance": ("wherever",), "seed_refs": ("S1",)}


def test_the_rule_that_required_provenance_still_does(folder: Folder) -> None:
    folder.write("collection.yaml", f"{COLLECTION}checks: {{missing-provenance: on}}\n")
    folder.deck("- {id: A1, front: What?, back: That.}")
    found = folder.check().diagnostics
    assert [(d.rule, d.message, d.span.text if d.span else "") for d in found] == [
        ("not-as-declared", "this note has no `provenance`", "What?"),
        ("undeclared-key", "the collection does not declare `provenance`", "missing-provenance"),
        ("undeclared-key", "the collection does not declare `seed_refs`", "missing-provenance"),
    ]


def test_the_rule_that_required_provenance_still_does_where_it_is_declared(folder: Folder) -> None:
    declared = "keys: {provenance: {values: [read, tried], help: h}}\n"
    for switch, expected in (("on", ["this note has no `provenance`"]), ("off", [])):
        folder.write("collection.yaml", f"{COLLECTION}{declared}checks: {{missing-provenance: {switch}}}\n")
        folder.deck(
            "- {id: A1, front: What?, back: That.}\n- {id: A2, front: Why?, back: So., provenance: read}"
        )
        assert [d.message for d in folder.check().diagnostics] == expected


def test_undeclared_keys_are_not_offered(folder: Folder) -> None:
    folder.deck("- {id: A1, front: What?, back: That., qouted: true, quoted: true}")
    (error,) = folder.check().errors
    assert (error.rule, error.hint) == ("unknown-field", None)
    assert "quoted" not in run("explain", "keys") + run("explain") + run("schema")
    assert "No such option '--quoted'" in run(
        "add", "decks/01-deck.yaml", "--front", "q", "--back", "a", "--quoted", "true", code=2
    )


def test_a_field_of_an_own_kind_may_have_the_name_of_a_former_key(folder: Folder) -> None:
    folder.write(
        "templates/notetypes/said/notetype.yaml",
        """\
        label: Said
        fields:
          - {key: quoted, name: Quoted, id: 101, required: true}
        cards:
          - {name: Said, id: 201, front: front.html, back: back.html}
        """,
    )
    for side in ("front", "back"):
        folder.write(f"templates/notetypes/said/{side}.html", "{{Quoted}}")
    folder.deck("- {id: A1, kind: said, quoted: Veni.}")
    assert folder.check().diagnostics == ()


# ------------------------------------------------------------------------------------------------------------- fix

QUOTED = "quoted: {shape: flag, exempts: [number-not-recomputed], help: a source measured its numbers}"
ANCHOR = "set_anchor: {shape: flag, exempts: [list-all], help: the whole set is the point}"
SETTINGS = "id: test\ntitle: Test\nshort_title: Test\nroot: Test\ncreated: 2026-01-01\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SETTINGS, f"{SETTINGS[:-1]}\n\nkeys:\n  {QUOTED}\n  {ANCHOR}\n"),
        (SETTINGS[:-1], f"{SETTINGS[:-1]}\n\nkeys:\n  {QUOTED}\n  {ANCHOR}"),
        (f"{SETTINGS}# the end\n", f"{SETTINGS[:-1]}\n\nkeys:\n  {QUOTED}\n  {ANCHOR}\n# the end\n"),
        (
            f"{SETTINGS}description: |\n  Lines\n  of text.\n",
            f"{SETTINGS}description: |\n  Lines\n  of text.\n\nkeys:\n  {QUOTED}\n  {ANCHOR}\n",
        ),
        (
            f"keys:\n    mood: {{help: how}}  # a key\n\n{SETTINGS}",
            f"keys:\n    mood: {{help: how}}  # a key\n    {QUOTED}\n    {ANCHOR}\n\n{SETTINGS}",
        ),
        (
            f"keys:\n  mood:\n    help: how\n{SETTINGS}",
            f"keys:\n  mood:\n    help: how\n  {QUOTED}\n  {ANCHOR}\n{SETTINGS}",
        ),
        (f"keys:\n  {ANCHOR}\n{SETTINGS}", f"keys:\n  {ANCHOR}\n  {QUOTED}\n{SETTINGS}"),
        (f"keys:  # none yet\n{SETTINGS}", f"keys:  # none yet\n  {QUOTED}\n  {ANCHOR}\n{SETTINGS}"),
        (f"keys: {{}}\n{SETTINGS}", f"keys: {{{QUOTED}, {ANCHOR}}}\n{SETTINGS}"),
        (
            f"keys: {{mood: {{help: how}} , }}\n{SETTINGS}",
            f"keys: {{mood: {{help: how}}, {QUOTED}, {ANCHOR} , }}\n{SETTINGS}",
        ),
        (
            "{id: test, title: T, short_title: T, root: T, created: 2026-01-01}\n",
            f"{{id: test, title: T, short_title: T, root: T, created: 2026-01-01, keys: {{{QUOTED}, {ANCHOR}}}}}\n",
        ),
        (
            SETTINGS.replace("\n", "\r\n"),
            f"{SETTINGS[:-1]}\n\nkeys:\n  {QUOTED}\n  {ANCHOR}\n".replace("\n", "\r\n"),
        ),
        (f"\ufeff{SETTINGS}", f"\ufeff{SETTINGS[:-1]}\n\nkeys:\n  {QUOTED}\n  {ANCHOR}\n"),
    ],
)
def test_fix_declares_keys_and_changes_no_other_byte(folder: Folder, before: str, after: str) -> None:
    path = folder.write("collection.yaml", before.encode())
    deck = folder.deck(
        "- {id: A1, front: q, back: a, quoted: true}\n- {id: A2, front: r, back: a, set_anchor: true}"
    ).read_bytes()
    names = "set_anchor, quoted" if ANCHOR in before else "quoted, set_anchor"
    names = "quoted" if ANCHOR in before else names
    assert run("fix") == f"decks/collection.yaml: {names}\n"
    assert path.read_bytes().decode() == after
    assert folder.check().diagnostics == ()
    assert run("fix") == "every note has its id, and every key is declared\n"
    assert path.read_bytes().decode() == after
    assert (folder.path / "01-deck.yaml").read_bytes() == deck


def test_fix_declares_all_that_version_0_9_required(folder: Folder) -> None:
    path = folder.write("collection.yaml", f"{SETTINGS}checks: {{missing-provenance: on}}\n".encode())
    folder.deck("- {id: A1, front: q, back: a, provenance: literature}")
    before = [(d.rule, d.message) for d in folder.check().diagnostics if d.rule != "undeclared-key"]
    assert run("fix") == "decks/collection.yaml: provenance, seed_refs\n"
    # its `seed` needs a key that no note uses yet
    assert "  seed_refs: " in path.read_text()
    assert [(d.rule, d.message) for d in folder.check().diagnostics] == before == []


@pytest.mark.parametrize("rule", ["on", "off"])
def test_after_fix_all_other_findings_are_the_same(folder: Folder, rule: str) -> None:
    rules = f"checks: {{missing-provenance: {rule}, number-not-recomputed: on, list-all: 3}}\n"
    folder.write("collection.yaml", COLLECTION + rules)
    folder.deck(NOTES)
    before = [d for d in folder.check().diagnostics if d.rule != "undeclared-key"]
    run("fix")
    after = folder.check().diagnostics
    assert [(d.rule, d.message, d.note) for d in after] == [(d.rule, d.message, d.note) for d in before]
    assert len(after) == (4 if rule == "on" else 0)


def test_fix_declares_only_what_the_given_decks_use(folder: Folder) -> None:
    folder.deck("- {id: A1, front: q, back: a, quoted: true}", "01-one.yaml")
    folder.deck("title: Two\nnotes:\n- {id: B1, front: r, back: a, set_anchor: true}\n", "02-two.yaml")
    assert run("fix", "decks/02-two.yaml") == "decks/collection.yaml: set_anchor\n"


def test_fix_says_what_to_write_where_it_finds_no_place(folder: Folder) -> None:
    path = folder.write("collection.yaml", f"{SETTINGS}keys: ''\n".encode())
    before = path.read_bytes()
    folder.deck("- {id: A1, front: q, back: a, quoted: true}")
    assert f"Write this into the file yourself:\n  {QUOTED}" in run("fix", code=1)
    assert path.read_bytes() == before


# ------------------------------------------------------------------------------------------------- add and explain

DECLARED = """\
keys:
  origin: {values: {read: {needs: sources}, tried: {tag: own}}, required: true, help: how the author knows it}
  moods: {shape: words, help: how it sounds}
  sure: {shape: flag, exempts: [list-all], help: somebody else has checked it}
  teaches: {covers: true, help: what it is good for}
"""


def test_add_takes_declared_keys_as_options(folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + DECLARED)
    deck = folder.deck("- {id: A1, front: q, back: a, origin: tried, tags: [own]}")
    run(
        "add", "decks/01-deck.yaml", "--front", "r", "--back", "a", "--tags", "own", "--moods", "calm", "--moods", "bold",
        "--origin", "tried", "--sure", "true",
    )  # fmt: skip
    assert deck.read_text().endswith(
        "- id: A2\n    front: r\n    back: a\n    origin: tried\n    moods: [calm, bold]\n    sure: true\n    tags: [own]"
    )
    assert folder.check().diagnostics == ()
    assert "--origin may be given once" in run(
        "add", "decks/01-deck.yaml", "--front", "s", "--back", "a", "--origin", "a", "--origin", "b", code=2
    )


def test_the_options_of_add_are_the_keys_of_the_table(folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + DECLARED)
    context, _ = loader.read_context(folder.path)
    offered = adding.offered_keys(context.note_types["basic"], note_keys(context.settings.keys.values()))
    assert offered.keys() == {
        "front", "back", "origin", "moods", "sure", "teaches", *NOTE_KEYS,
    } - {"kind", "check", "ignore"}  # fmt: skip


def test_the_examples_of_the_table_are_understood(folder: Folder) -> None:
    """`explain` and the README show them."""
    folder.write("sources.yaml", "rules-ml: {title: Rules of Machine Learning}\n")
    folder.deck("""
        - {id: EV01, front: First?, back: a}
        - {id: EV02, front: Second?, back: a}
    """)
    values = {key.name: key.example for key in NOTE_KEYS.values() if key.name not in ("id", "kind", "ignore")}
    lines = "".join(f"    {name}: {example}\n" for name, example in values.items())
    folder.write("02-all.yaml", f"title: All\nnotes:\n  - id: EV07\n    front: q\n    back: a\n{lines}")
    folder.write(
        "03-kind.yaml",
        f"title: Kind\nnotes:\n  - {{id: A1, kind: {NOTE_KEYS['kind'].example}, cloze: '{{{{c1::a}}}} b'}}\n",
    )
    loaded = folder.check()
    assert reporting.full(loaded.diagnostics) == ""
    (note,) = loaded.collection.decks[1].notes
    assert (len(note.citations), len(note.sums)) == (2, 1)
    assert set(note.tags) == {
        "area::data",
        "core",
        "level::mid",
        "level::senior",
        "p1",
        "q::fraud",
        "track::applied",
    }


def test_explain_has_a_page_of_each_declared_key(folder: Folder) -> None:
    folder.write("collection.yaml", COLLECTION + DECLARED)
    assert (
        run("explain", "origin")
        == """\
origin: how the author knows it

It holds text; one of read (needs `sources`), tried (has the tag `own`); required. It serves checks and statistics alone.

    origin: read
"""
    )
    assert (
        run("explain", "sure")
        == """\
sure: somebody else has checked it

It holds true or false; exempts from list-all. It serves checks and statistics alone.

    sure: true
"""
    )
    page = run("explain", "keys")
    assert page.endswith("""
Declared by this collection, in `keys:` of collection.yaml:
  origin      text            how the author knows it; one of read (needs `sources`), tried (has the tag `own`); required
  moods       a list of texts how it sounds
  sure        true or false   somebody else has checked it; exempts from list-all
  teaches     text            what it is good for; names items of coverage.yaml
""")
