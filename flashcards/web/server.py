"""The server of the preview: on this machine alone, and for one browser that knows its token.

Cards may be a stranger's, and every page that is open in the browser can send requests to 127.0.0.1. So each
request needs the token (from the printed address, afterwards a cookie), must be addressed to us by our own
name, and must not come from another origin."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flashcards.actions.previewing import Part, Preview
from flashcards.collection import media
from flashcards.diagnostics import FlashcardsError
from flashcards.web.pages import card_page

PORT = 8947

OpenEditor = Callable[[Path, int], str]  # opens a file at a line; returns what to say about it

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_CARD_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self' data:; base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
)
_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_OWN_FILES = {
    "/preview.css": "text/css; charset=utf-8",
    "/preview.js": "text/javascript; charset=utf-8",
    "/preview.svg": "image/svg+xml",
}
_MEDIA_TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".webp": "image/webp", ".svg": "image/svg+xml", ".avif": "image/avif", ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav",
    ".m4a": "audio/mp4", ".flac": "audio/flac", ".mp4": "video/mp4", ".webm": "video/webm",
}  # fmt: skip
_BETWEEN_SIGNS_OF_LIFE = 15.0  # seconds


class PreviewServer(ThreadingHTTPServer):
    """Serves a preview on 127.0.0.1. Raises OSError if the port is taken; port 0 is any that is free."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows it would let two programs share a port

    def __init__(self, preview: Preview, port: int, open_editor: OpenEditor):
        self.preview = preview
        self.open_editor = open_editor
        self.token = secrets.token_urlsafe(24)
        super().__init__(("127.0.0.1", port), _Handler)
        self.hosts = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}
        self.cookie = f"flashcards-preview-{self.server_port}"  # cookies do not know of ports

    @property
    def address(self) -> str:
        """The address that a browser is to open, with the token in it."""
        return f"http://127.0.0.1:{self.server_port}/?token={self.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away."""
        import sys

        if not isinstance(
            sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], ConnectionError
        ):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: PreviewServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server_version = "flashcards"
    sys_version = ""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Print nothing."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if not self._is_addressed_to_us() or self._is_foreign():
            self._refuse(403, "not for you")
        elif url.path == "/" and "token" in query:
            self._welcome(query["token"])
        elif not self._has_cookie():
            self._refuse(403, "open the address that `flashcards preview` printed")
        else:
            self._answer(url.path, query)

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        origin = self.headers.get("Origin", "")
        if not self._is_addressed_to_us() or origin != f"http://{self.headers['Host']}" or self._is_foreign():
            self._refuse(403, "not for you")
        elif not self._has_cookie():
            self._refuse(403, "open the address that `flashcards preview` printed")
        elif url.path != "/open":
            self._refuse(404, "nothing is here")
        else:
            place = self.server.preview.place(parse_qs(url.query).get("note", [""])[0])
            if place is None:
                self._refuse(404, "there is no such note")
            else:
                self._send_json({"said": self.server.open_editor(*place)})

    # Who asks

    def _is_addressed_to_us(self) -> bool:
        """Another name for this machine would be that of a page which had its own name changed to it."""
        return self.headers.get("Host", "") in self.server.hosts

    def _is_foreign(self) -> bool:
        """Pages of other ports of this machine are foreign too, though the cookie goes with what they ask."""
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        origin = self.headers.get("Origin")
        return site not in ("same-origin", "none") or (
            origin is not None and origin != f"http://{self.headers['Host']}"
        )

    def _has_cookie(self) -> bool:
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(self.server.cookie)
        except CookieError:
            return False
        return cookie is not None and self._is_token(cookie.value)

    def _is_token(self, word: str) -> bool:
        return secrets.compare_digest(word.encode(), self.server.token.encode())

    # What is answered

    def _welcome(self, token: str) -> None:
        if not self._is_token(token):
            self._refuse(403, "open the address that `flashcards preview` printed")
            return
        cookie = f"{self.server.cookie}={token}; HttpOnly; SameSite=Strict; Path=/"
        self._send(303, b"", "text/plain", {"Location": "/", "Set-Cookie": cookie})

    def _answer(self, path: str, query: Mapping[str, str]) -> None:
        preview = self.server.preview
        if path == "/":
            self._send(
                200,
                _own_file("/preview.html"),
                "text/html; charset=utf-8",
                {"Content-Security-Policy": _PAGE_POLICY},
            )
        elif path in _OWN_FILES:
            self._send(200, _own_file(path), _OWN_FILES[path])
        elif path == "/state.json":
            self._send_json(preview.state())
        elif path == "/card":
            self._send_card(query)
        elif path.startswith("/media/"):
            self._send_media(path.removeprefix("/media/"))
        elif path == "/paper":
            self._send_paper(query)
        elif path == "/events":
            self._send_events(query)
        else:
            self._refuse(404, "nothing is here")

    def _send_card(self, query: Mapping[str, str]) -> None:
        number, side = query.get("card", "0"), query.get("side")
        shown = None
        if re.fullmatch(r"[0-9]{1,4}", number):
            shown = self.server.preview.card(query.get("note", ""), int(number))
        if shown is None:
            self._refuse(404, "there is no such card")
            return
        page = card_page(
            shown.sides,
            "answer" if side == "answer" else "question",
            ordinal=int(number),
            fields=shown.fields,
            language=shown.language,
            night=query.get("night") == "1",
        )
        self._send(200, page.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": _CARD_POLICY})

    def _send_media(self, name: str) -> None:
        path = self.server.preview.media_file(name)
        try:
            data = media.read(path) if path is not None else None
        except OSError:
            data = None
        if path is None or data is None:
            self._refuse(404, "nothing is here")
        else:
            kind = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
            self._send(200, data, kind, {"Content-Security-Policy": _FILE_POLICY})

    def _send_paper(self, query: Mapping[str, str]) -> None:
        part: Part = "card" if query.get("part") == "card" else "sheet"
        try:
            svg = self.server.preview.paper(query.get("note", ""), part)
        except (FlashcardsError, OSError) as problem:
            self._refuse(500, str(problem))
            return
        if svg is None:
            self._refuse(404, "there is no such note in study")
        else:
            self._send(200, svg, "image/svg+xml", {"Content-Security-Policy": _FILE_POLICY})

    def _send_events(self, query: Mapping[str, str]) -> None:
        preview = self.server.preview
        seen = self.headers.get("Last-Event-ID") or query.get("after", "")
        version = int(seen) if re.fullmatch(r"[0-9]{1,9}", seen) else preview.version
        self.close_connection = True
        self._head(200, "text/event-stream", {"Connection": "close"})
        self.wfile.write(b"retry: 500\n\n")
        while not preview.is_stopped:
            news = preview.wait(version, _BETWEEN_SIGNS_OF_LIFE)
            if news is None:
                self.wfile.write(b": here\n\n")
            else:
                version = news["version"]
                self.wfile.write(f"id: {version}\ndata: {json.dumps(news)}\n\n".encode())

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True  # what else was sent is not read
        self._send(status, why.encode(), "text/plain; charset=utf-8", {"Connection": "close"})

    def _send_json(self, data: object) -> None:
        self._send(200, json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), "application/json")

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self._head(status, kind, {**(headers or {}), "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        all_headers = {
            "Content-Type": kind,
            "Content-Security-Policy": "default-src 'none'",
            **_HEADERS,
            **headers,
        }
        for name, value in all_headers.items():
            self.send_header(name, value)
        self.end_headers()


def _own_file(path: str) -> bytes:
    return (files("flashcards.web") / path.removeprefix("/")).read_bytes()
