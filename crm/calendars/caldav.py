"""Asks a CalDAV server (RFC 4791) for what is planned: finds the calendars, then their events."""

from __future__ import annotations

import base64
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import urljoin, urlsplit

from crm import outgoing
from crm.calendars.events import NotACalendar
from crm.calendars.reading import Span, TooBig

MOST_BYTES = 5_000_000
MOST_CALENDARS = 10
SECONDS = 20.0
_REDIRECTS = 3
_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_PROPFIND = b"""<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:resourcetype/>
<d:current-user-principal/><c:calendar-home-set/><c:supported-calendar-component-set/></d:prop>
</d:propfind>"""
_REPORT = """<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop>
<c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">
<c:time-range start="{start}" end="{end}"/></c:comp-filter></c:comp-filter></c:filter>
</c:calendar-query>"""
#: `outgoing.send`, told already which addresses are allowed.
Send = Callable[..., outgoing.Answer]


class Failed(Exception):
    """It cannot be read; `reason` is a key of crm.calendars.models.FAILURES."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_status(status: int) -> None:
    """Raise Failed unless the server gave what it was asked for."""
    if status in (401, 403):
        raise Failed("password")
    if status in (404, 410):
        raise Failed("not_found")
    if not 200 <= status < 300:
        raise Failed("server")


@dataclass
class _Server:
    """A server, who asks it, and until when."""

    send: Send
    username: str
    password: str
    end: float

    def ask(self, method: str, url: str, body: bytes, depth: str) -> tuple[str, ET.Element]:
        """Return the answer and where it came from. Raises Failed."""
        for _turn in range(_REDIRECTS + 1):
            answer = self._once(method, url, body, depth)
            to = answer.headers.get("location")
            if answer.status not in (301, 302, 307, 308) or not to:
                break
            # Followed here: the password goes along on this server, and to no other.
            before, url = url, urljoin(url, to)
            if urlsplit(url)[:2] != urlsplit(before)[:2]:
                raise Failed("address")
        check_status(answer.status)
        return url, _read_xml(answer.body)

    def _once(self, method: str, url: str, body: bytes, depth: str) -> outgoing.Answer:
        left = self.end - time.monotonic()
        if left <= 0:
            raise Failed("unreachable")
        token = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        headers = {
            "Authorization": f"Basic {token}",
            "Content-Type": "application/xml; charset=utf-8",
            "Depth": depth,
        }
        return self.send(
            method, url, headers=headers, body=body, timeout=min(left, 10.0), max_bytes=MOST_BYTES
        )


def read_caldav(send: Send, url: str, username: str, password: str, span: Span) -> list[str]:
    """Return what stands in the calendars at or behind this address, as iCalendar texts.

    Raises Failed; what `send` raises; TooBig.
    """
    server = _Server(send, username, password, time.monotonic() + SECONDS)
    times = {
        "start": span.start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
        "end": span.end.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
    }
    texts: list[str] = []
    for calendar in _find_calendars(server, url):
        _url, answer = server.ask("REPORT", calendar, _REPORT.format(**times).encode(), "1")
        texts += [data.text for data in answer.iter(f"{_CAL}calendar-data") if data.text]
        if sum(map(len, texts)) > MOST_BYTES:
            raise TooBig("bytes")
    return texts


def _find_calendars(server: _Server, url: str) -> list[str]:
    """Return the addresses of the calendars: this one, or those in the home of whose it is."""
    url, answer = server.ask("PROPFIND", url, _PROPFIND, "0")
    if _calendars(url, answer):
        return [url]
    home = _link(url, answer, f"{_CAL}calendar-home-set")
    principal = _link(url, answer, f"{_DAV}current-user-principal")
    if home is None and principal is not None:
        principal, answer = server.ask("PROPFIND", principal, _PROPFIND, "0")
        home = _link(principal, answer, f"{_CAL}calendar-home-set")
    url, answer = server.ask("PROPFIND", home or url, _PROPFIND, "1")
    found = list(dict.fromkeys(_calendars(url, answer)))
    if not found:
        raise NotACalendar
    return found[:MOST_CALENDARS]


def _calendars(base: str, answer: ET.Element) -> list[str]:
    return [
        _join(base, href.text)
        for response in answer.iter(f"{_DAV}response")
        if response.find(f".//{_DAV}resourcetype/{_CAL}calendar") is not None
        and _holds_events(response)
        and (href := response.find(f"{_DAV}href")) is not None
        and href.text
    ]


def _holds_events(response: ET.Element) -> bool:
    parts = [part.get("name") for part in response.iter(f"{_CAL}comp")]
    return not parts or "VEVENT" in parts


def _link(base: str, answer: ET.Element, name: str) -> str | None:
    found: Iterator[str | None] = (
        href.text for place in answer.iter(name) for href in place.iter(f"{_DAV}href")
    )
    text = next((one for one in found if one), None)
    return _join(base, text) if text else None


def _join(base: str, href: str) -> str:
    """Return the whole address; one in clear is never gone to from one that is not."""
    try:
        url = urljoin(base, href.strip())
        if urlsplit(base).scheme != urlsplit(url).scheme:
            raise Failed("address")
    except ValueError:
        raise Failed("address") from None
    return url


def _read_xml(body: bytes) -> ET.Element:
    """Read an answer that declares nothing of its own: entities could make it grow without end."""
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text.upper():
            raise NotACalendar
        return ET.fromstring(text)  # noqa: S314
    except (UnicodeDecodeError, ValueError, ET.ParseError) as error:
        raise NotACalendar from error
