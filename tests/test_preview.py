"""The preview without a browser: who is served, what is shown while files change, and what stays."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import click
import pytest
from click.testing import CliRunner

from flashcards.actions.previewing import Preview
from flashcards.cards.rendering import Side, Speech
from flashcards.cards.sides import CardSides
from flashcards.cli import editor, main
from flashcards.resources import bundled
from flashcards.web import pages
from flashcards.web.server import PreviewServer

COLLECTION = """\
id: preview-test
title: Preview
short_title: Preview
root: Preview
created: 2026-11-01
"""
DECK = """\
title: First
notes:
  - id: A1
    front: What is one?
    back: $1$
  - id: A2
    cloze: "{{c1::Red}} and {{c3::green::a colour}}"
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f"
    "00050001ff89997d1d0000000049454e44ae426082"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "collection.yaml").write_text(COLLECTION)
    (tmp_path / "a.yaml").write_text(DECK)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "dot.png").write_bytes(PNG)
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


@pytest.fixture
def preview(folder: Path) -> Iterator[Preview]:
    made = Preview([folder])
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join()


OPENED: list[tuple[Path, int]] = []


@pytest.fixture
def server(preview: Preview) -> Iterator[PreviewServer]:
    OPENED.clear()

    def open_editor(path: Path, line: int) -> str:
        OPENED.append((path, line))
        return "Opened."

    made = PreviewServer(preview, 0, open_editor)
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    preview.stop()
    made.shutdown()
    thread.join()
    made.server_close()


class Answer:
    """What the server said."""

    def __init__(self, answer: http.client.HTTPResponse):
        self.status = answer.status
        self.headers = answer.headers
        self.text = answer.read().decode("utf-8", "replace")


def ask(
    server: PreviewServer, path: str, headers: Mapping[str, str | None] | None = None, method: str = "GET"
) -> Answer:
    """Ask as our own page does, but for these headers; None leaves one out."""
    ours = {
        "Host": f"127.0.0.1:{server.server_port}",
        "Cookie": f"{server.cookie}={server.token}",
        "Sec-Fetch-Site": "same-origin",
    }
    if method == "POST":
        ours["Origin"] = f"http://127.0.0.1:{server.server_port}"
    wanted = {**ours, **(headers or {})}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in wanted.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders()
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def eventually(found: Callable[[], Any]) -> Any:
    """Return what `found` returns once that is true."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("it never came")


# Who is served


def test_the_printed_address_gives_a_cookie_that_no_script_and_no_other_site_can_use(
    server: PreviewServer,
) -> None:
    path = server.address.removeprefix(f"http://127.0.0.1:{server.server_port}")
    answer = ask(server, path, {"Cookie": None, "Sec-Fetch-Site": "none"})
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    expected = f"{server.cookie}={server.token}; HttpOnly; SameSite=Strict; Path=/"
    assert answer.headers["Set-Cookie"] == expected
    assert ask(server, "/", {"Sec-Fetch-Site": "none"}).status == 200


PATHS = ["/", "/preview.css", "/preview.js", "/state.json", "/card?note=A1&card=0&side=question", "/media/x",
         "/paper?note=A1", "/events", "/nothing"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_served_without_the_token(server: PreviewServer, path: str) -> None:
    for cookie in (None, f"{server.cookie}=", f"{server.cookie}=wrong", f"other={server.token}", "\x01="):
        assert ask(server, path, {"Cookie": cookie}).status == 403
    assert ask(server, "/?token=wrong", {"Cookie": None}).status == 403


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_served_under_another_name_of_this_machine(server: PreviewServer, path: str) -> None:
    for host in (
        "evil.example",
        f"evil.example:{server.server_port}",
        "127.0.0.1",
        f"[::1]:{server.server_port}",
        None,
    ):
        assert ask(server, path, {"Host": host}).status == 403


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_served_to_another_origin(server: PreviewServer, path: str) -> None:
    foreign: list[dict[str, str | None]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},  # another port of this machine, to which the cookie goes too
        {"Sec-Fetch-Site": None, "Origin": "http://evil.example"},
        {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": None, "Origin": "null"},
    ]
    for headers in foreign:
        answer = ask(server, path, headers)
        assert answer.status == 403
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_no_answer_lets_another_origin_read_it(server: PreviewServer) -> None:
    for path in PATHS:
        if path != "/events":
            headers = ask(server, path).headers
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_only_our_own_page_can_open_the_editor(server: PreviewServer, folder: Path) -> None:
    ours = f"http://127.0.0.1:{server.server_port}"
    for headers in (
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": f"https://127.0.0.1:{server.server_port}"},
        {"Origin": ours, "Host": "evil.example"},
        {"Origin": ours, "Cookie": None},
        {"Origin": ours, "Sec-Fetch-Site": "cross-site"},
    ):
        assert ask(server, "/open?note=A2", headers, "POST").status == 403
    assert ask(server, "/open?note=A2").status == 404  # GET does nothing
    assert OPENED == []
    answer = ask(server, "/open?note=A2", method="POST")
    assert (answer.status, json.loads(answer.text)) == (200, {"said": "Opened."})
    assert [((folder / "a.yaml").resolve(), 6)] == OPENED
    assert ask(server, "/open?note=nobody", method="POST").status == 404
    assert ask(server, "/state.json", method="POST").status == 404


def test_it_listens_on_this_machine_alone(server: PreviewServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


# What is served


def test_only_media_of_cards_are_served(server: PreviewServer, folder: Path) -> None:
    (folder / "media" / "unused.png").write_bytes(PNG)
    (folder / "a.yaml").write_text(DECK.replace("What is one?", '"![A dot](dot.png)"'))
    card = eventually(
        lambda: (t := ask(server, "/card?note=A1&card=0&side=question").text) and "<img" in t and t
    )
    name = card.partition('<img src="')[2].partition('"')[0]
    answer = ask(server, f"/media/{name}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert (
        "sandbox" in answer.headers["Content-Security-Policy"]
    )  # a picture that is opened by itself is no page
    for path in ("dot.png", "unused.png", "../secret.txt", "..%2Fsecret.txt", "%2e%2e/a.yaml", "/etc/passwd",
                 quote(str(folder / "secret.txt")), "", f"{name}/../../secret.txt", f"./{name}"):  # fmt: skip
        answer = ask(server, f"/media/{path}")
        assert (answer.status, "secret" in answer.text) == (404, False)


def test_a_card_that_is_not_there_is_not_found(server: PreviewServer) -> None:
    for query in (
        "note=A1&card=1",
        "note=A2&card=1",
        "note=nobody&card=0",
        "note=A1&card=x",
        "note=A1&card=-1",
        "",
    ):
        assert ask(server, f"/card?{query}").status == 404
    assert ask(server, "/card?note=A2&card=2&side=answer").status == 200


def test_a_page_of_a_card_runs_no_script_and_has_anki_s_classes(server: PreviewServer) -> None:
    answer = ask(server, "/card?note=A2&card=2&side=answer&night=1")
    assert '<body class="card card3 nightMode night_mode">' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script" not in policy
    assert '<span class="cloze" data-ordinal="3">green</span>' in answer.text


def test_paper_shows_the_entry_and_the_cut_out_card(server: PreviewServer) -> None:
    for part in ("sheet", "card"):
        answer = ask(server, f"/paper?note=A1&part={part}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/svg+xml")
        assert answer.text.startswith("<svg viewBox=")
    assert ask(server, "/paper?note=nobody").status == 404


# What is shown while files change


def rows(preview: Preview) -> dict[str, Any]:
    return {note["id"]: note for deck in preview.state()["decks"] for note in deck["notes"]}


def question(preview: Preview, note: str, card: int = 0) -> str:
    shown = preview.card(note, card)
    return "" if shown is None else shown.sides.question.html


def test_the_list_tells_of_each_note(preview: Preview, folder: Path) -> None:
    state = preview.state()
    assert (state["title"], state["problems"]) == ("Preview", [])
    assert [(deck["key"], deck["title"]) for deck in state["decks"]] == [("a", "First")]
    row = rows(preview)["A2"]
    assert row["cards"] == [(0, "Cloze 1"), (2, "Cloze 3")]
    assert (row["kind"], row["place"]) == ("cloze", f"{folder / 'a.yaml'}:6")
    assert row["front"] == "Red and green"


def test_a_saved_note_is_shown_and_named_as_edited(preview: Preview, folder: Path) -> None:
    eventually(lambda: preview.state()["checked"])
    version = preview.version
    (folder / "a.yaml").write_text(DECK.replace("green", "blue"))
    eventually(lambda: "blue" in rows(preview)["A2"]["front"])
    eventually(lambda: preview.state()["checked"])
    # who was away meanwhile is told of the edit too, who saw it only that there are findings
    assert preview.wait(version, 10) == {"version": version + 2, "read": True, "edited": "A2"}
    assert preview.wait(version + 1, 10) == {"version": version + 2, "read": False, "edited": None}
    assert preview.wait(version + 2, 0.01) is None
    assert "[a colour]" in question(preview, "A2", 2)


def test_a_deck_with_broken_yaml_keeps_its_notes_and_says_where(preview: Preview, folder: Path) -> None:
    (folder / "a.yaml").write_text(DECK.replace("front: What", "front: 'What"))
    state = eventually(lambda: (s := preview.state())["problems"] and s)
    assert [deck["unreadable"] for deck in state["decks"]] == [True]
    assert "a.yaml:4:12" in state["problems"][0]["text"]
    assert "^" in state["problems"][0]["text"]
    assert "What is one?" in question(preview, "A1")
    (folder / "a.yaml").write_text(DECK.replace("one", "two"))
    eventually(lambda: "What is two?" in question(preview, "A1"))
    assert (preview.state()["problems"], rows(preview)["A1"]["stale"]) == ([], False)


def test_a_note_with_a_mistake_keeps_its_last_good_card(preview: Preview, folder: Path) -> None:
    (folder / "a.yaml").write_text(DECK.replace("back: $1$", "bakc: $2$"))
    row = eventually(lambda: (r := rows(preview)["A1"])["findings"] and r)
    assert row["stale"]
    assert any("unknown-field" in finding["text"] and "^" in finding["text"] for finding in row["findings"])
    shown = preview.card("A1", 0)
    assert shown is not None and r"\(1\)" in shown.sides.answer.html
    assert not rows(preview)["A2"]["stale"]


def test_checks_follow(preview: Preview, folder: Path) -> None:
    (folder / "a.yaml").write_text(DECK.replace("$1$", r"$\nonsense$"))
    row = eventually(lambda: preview.state()["checked"] and (r := rows(preview)["A1"])["findings"] and r)
    assert "unknown command" in row["findings"][0]["text"]
    assert not row["stale"]  # it could be read: the card is the present one


def test_a_collection_that_goes_and_comes_back_is_shown_again(preview: Preview, folder: Path) -> None:
    (folder / "collection.yaml").write_text("id: [\n")
    eventually(lambda: preview.state()["problems"])
    assert "What is one?" in question(preview, "A1")
    (folder / "collection.yaml").write_text(COLLECTION)
    (folder / "b.yaml").write_text(DECK.replace("First", "Second").replace("A1", "B1").replace("A2", "B2"))
    eventually(lambda: "B1" in rows(preview) and not preview.state()["problems"])
    (folder / "b.yaml").unlink()
    eventually(lambda: "B1" not in rows(preview))


def test_a_broken_template_keeps_the_last_good_look(preview: Preview, folder: Path) -> None:
    own = folder / "templates" / "notetypes" / "_layout"
    own.mkdir(parents=True)
    (own / "card.css").write_text(".card { color: red }")
    eventually(lambda: (c := preview.card("A1", 0)) and "color: red" in c.sides.css)
    (own / "card.css").write_text(".card { color: [[ ]]")
    state = eventually(lambda: (s := preview.state())["problems"] and s)
    assert "card.css" in state["problems"][0]["text"]
    shown = preview.card("A1", 0)
    assert shown is not None and "color: red" in shown.sides.css


def test_what_is_new_comes_as_events(server: PreviewServer, folder: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.request("GET", "/events?after=0", headers={"Cookie": f"{server.cookie}={server.token}"})
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "text/event-stream"

    def event() -> dict[str, Any]:
        while True:
            line = answer.readline().decode()
            if line.startswith("data: "):
                found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return found

    first = event()
    (folder / "a.yaml").write_text(DECK.replace("one", "two"))
    found = event()
    while found["edited"] is None:
        found = event()
    assert (found["edited"], found["version"] > first["version"]) == ("A1", True)
    connection.close()


def test_notes_that_changed_since_the_release_are_marked(tmp_path: Path) -> None:
    decks = tmp_path / "decks"
    decks.mkdir()
    for name in ("collection.yaml", "sources.yaml", "flashcards.lock", "06-pitfalls.yaml"):
        shutil.copy(bundled("decks") / name, decks / name)
    path = decks / "06-pitfalls.yaml"
    shown = Preview([decks])
    first = next(iter(rows(shown)))
    assert (shown.state()["released"], rows(shown)[first]["changed"]) == (False, False)  # not told yet
    thread = threading.Thread(target=shown.run)
    thread.start()
    try:
        eventually(lambda: shown.state()["checked"])
        assert shown.state()["released"]
        assert [note for note, row in rows(shown).items() if row["changed"]] == []
        path.write_text(
            path.read_text(encoding="utf-8").replace("    says: |\n      ", "    says: |\n      So. ", 1),
            encoding="utf-8",
        )
        changed = eventually(lambda: [note for note, row in rows(shown).items() if row["changed"]])
        assert len(changed) == 1
    finally:
        shown.stop()
        thread.join()


def test_only_named_decks_are_shown(folder: Path) -> None:
    (folder / "b.yaml").write_text(DECK.replace("First", "Second").replace("A1", "B1").replace("A2", "B2"))
    assert rows(Preview([folder / "b.yaml"])).keys() == {"B1", "B2"}


# The command


def test_the_command_opens_a_browser_and_ends_with_ctrl_c(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def browser(address: str) -> None:
        url = urlsplit(address)
        connection = http.client.HTTPConnection(url.netloc)
        connection.request("GET", f"{url.path}?{url.query}")
        seen.append((url.port, connection.getresponse().status))
        connection.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(click, "launch", browser)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr("flashcards.web.server.PORT", taken)
        done = CliRunner().invoke(main, ["preview", str(folder)])
        assert done.exit_code == 0, done.output
        (port, status), *_ = seen
        assert (port != taken, status) == (True, 303)
        refused = CliRunner().invoke(main, ["preview", str(folder), "--port", str(taken)])
    assert (refused.exit_code, f"port {taken}" in refused.output) == (2, True)
    nowhere = CliRunner().invoke(main, ["preview", str(folder / "nothing")])
    assert (nowhere.exit_code, "no-such-path" in nowhere.output) == (1, True)


# The page of a card


def page(html: str, side: pages.SideName = "question", **fields: str) -> str:
    sounds = ("a b.mp3", Speech("en_US", "1 < 2"))
    shown = CardSides(Side(html, sounds), Side(html, sounds), "")
    whole = pages.card_page(shown, side, ordinal=0, fields=fields)
    return whole.partition('<div id="qa">')[2].partition("</div></body>")[0]


def test_formulas_become_mathml() -> None:
    assert page(r"so \(a&lt;b\).") == "so <math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>."
    assert page(r"\[x\]") == '<math display="block"><mi>x</mi></math>'
    assert page(r"<pre>\(x\)</pre>\<span></span>(y\)\(z") == r"<pre>\(x\)</pre>\<span></span>(y\)\(z"


def test_many_tags_that_are_never_closed_take_linear_time() -> None:
    html = r"<pre>\(x\)" * 100_000 + "<" * 100_000
    assert pages.with_maths(html) == html


def test_a_formula_that_cannot_be_read_is_shown_as_it_is_written() -> None:
    expected = r'<code class="not-maths" title="unknown command `\nonsense`">\nonsense&lt;b&gt;</code>'
    assert page(r"\(\nonsense&lt;b&gt;\)") == expected


def test_a_sound_is_a_player_and_speech_is_written_out() -> None:
    assert page("[anki:play:q:0]") == '<audio controls preload="none" src="/media/a%20b.mp3"></audio>'
    assert page("[anki:play:q:1]") == '<span class="speech-mark">Speaks: 1 &lt; 2</span>'
    assert page("[anki:play:q:7]") == "[anki:play:q:7]"


def test_an_answer_is_typed_into_a_box_and_shown_afterwards() -> None:
    box = '<input id="typeans" type="text" aria-label="Type the answer" autocomplete="off">'
    assert page("[[type:Back]]", Back="<b>R&amp;D</b>") == box
    assert page("[[type:Back]]", "answer", Back="<b>R&amp;D</b>") == '<code id="typeans">R&amp;D</code>'
    assert page("[[type:cloze:T]]", "answer", T="{{c1::R}} {{c2::G}}") == '<code id="typeans">R</code>'
    assert page("[[type:Nothing]]") == "[[type:Nothing]]"


# The editor


@pytest.mark.parametrize(
    ("named", "started"),
    [
        ("code --wait", ["--wait", "-g", "{file}:7"]),
        ("subl", ["{file}:7"]),
        ("gvim", ["+7", "{file}"]),
        ("kate", ["--line", "7", "{file}"]),
    ],
)
def test_an_editor_with_a_window_opens_the_file_at_the_line(
    named: str, started: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / named.split()[0]
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/said.part"\nmv "{tmp_path}/said.part" "{tmp_path}/said"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("VISUAL", named)
    file = tmp_path / "my deck.yaml"
    assert editor.open_at(file, 7) == f"Opened in {program.name}."
    said = eventually(lambda: (p := tmp_path / "said").exists() and p.read_text())
    assert said.splitlines() == [part.format(file=file) for part in started]


def test_an_editor_that_needs_a_terminal_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "vim")
    assert editor.open_at(Path("a.yaml"), 7).endswith("open a.yaml at line 7.")
    for value in ("", "'unclosed"):
        monkeypatch.setenv("VISUAL", value)
        monkeypatch.delenv("EDITOR", raising=False)
        assert editor.open_at(Path("a.yaml"), 7).startswith("Set VISUAL to an editor")
    monkeypatch.setenv("VISUAL", "/nowhere/code")
    assert editor.open_at(Path("a.yaml"), 7) == "There is no program `/nowhere/code`."
