"""Calendars of others, on loopback: a file on a web server, and a small CalDAV server."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from crm import outgoing

USER, PASSWORD = "sara@office.example", "app-password-1"
_DAV = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'


@dataclass
class Shelf:
    """What the server has, and what it was asked."""

    address: str = ""
    #: By path: the text of a calendar file, or a status.
    files: dict[str, str | int] = field(default_factory=dict)
    #: The events in the CalDAV calendar /dav/sara/work/.
    events: list[str] = field(default_factory=list)
    #: What a PROPFIND or REPORT gets instead of a right answer.
    xml: bytes | None = None
    #: Where a path has moved to.
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def methods(self) -> list[str]:
        return [method for method, _path, _headers in self.asked]

    def forget(self) -> None:
        self.asked.clear()


class _Handler(BaseHTTPRequestHandler):
    shelf: Shelf

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def _note(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.shelf.asked.append((self.command, self.path, headers))
        self.body = self.rfile.read(int(headers.get("content-length", 0))).decode()

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _moves(self) -> bool:
        if to := self.shelf.moved.get(self.path):
            self._answer(302, Location=to)
        return bool(to)

    def do_GET(self) -> None:
        self._note()
        if self._moves():
            return
        text = self.shelf.files.get(self.path, 404)
        if isinstance(text, int):
            self._answer(text)
            return
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, ETag=etag)
        else:
            self._answer(200, text.encode(), ETag=etag, Content_Type="text/calendar")

    def _is_known(self) -> bool:
        right = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {right}":
            return True
        self._answer(401)
        return False

    def do_PROPFIND(self) -> None:
        self._note()
        if self._moves() or not self._is_known():
            return
        props = {
            "/dav/": "<d:current-user-principal><d:href>/dav/me/</d:href>"
            "</d:current-user-principal>",
            "/dav/me/": "<c:calendar-home-set><d:href>/dav/sara/</d:href></c:calendar-home-set>",
            "/dav/sara/work/": "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>",
            "/dav/sara/tasks/": "<d:resourcetype><c:calendar/></d:resourcetype>"
            '<c:supported-calendar-component-set><c:comp name="VTODO"/>'
            "</c:supported-calendar-component-set>",
        }
        shown = [self.path]
        if self.path == "/dav/sara/" and self.headers.get("Depth") == "1":
            shown += ["/dav/sara/work/", "/dav/sara/tasks/"]
        self._multistatus([(path, props.get(path, "")) for path in shown])

    def do_REPORT(self) -> None:
        self._note()
        if not self._is_known():
            return
        found = self.shelf.events if self.path == "/dav/sara/work/" else []
        data = [f"<c:calendar-data>{escape(text)}</c:calendar-data>" for text in found]
        self._multistatus([(f"{self.path}{n}.ics", one) for n, one in enumerate(data)])

    def _multistatus(self, responses: list[tuple[str, str]]) -> None:
        inside = "".join(
            f"<d:response><d:href>{path}</d:href><d:propstat><d:prop>{props}</d:prop>"
            "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            for path, props in responses
        )
        xml = f'<?xml version="1.0"?><d:multistatus {_DAV}>{inside}</d:multistatus>'
        self._answer(207, self.shelf.xml or xml.encode(), Content_Type="application/xml")


@contextmanager
def serving() -> Iterator[Shelf]:
    """Serve a shelf on loopback, which alone the guarded door lets through."""
    shelf = Shelf()
    handler = type("Handler", (_Handler,), {"shelf": shelf})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # closing it waits until each has closed its socket
    place = f"127.0.0.1:{server.server_port}"
    shelf.address = f"http://{place}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    outgoing.configure(loopback=[place])
    try:
        yield shelf
    finally:
        outgoing.configure()
        server.shutdown()
        thread.join()
        server.server_close()
