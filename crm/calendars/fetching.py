"""Fetches one calendar over the guarded door; knows no database, so it can run beside others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from crm import outgoing
from crm.calendars.caldav import MOST_BYTES, Failed, check_status, read_caldav
from crm.calendars.events import NotACalendar
from crm.calendars.models import SourceKind
from crm.calendars.reading import Span, TooBig

SECONDS = 10.0
_REDIRECTS = 3
_REFUSED = {"inside": "inside"}
_UNREACHED = {"too_big": "too_big", "tls": "tls"}


@dataclass(frozen=True)
class Errand:
    """One calendar to fetch, its secrets open: never logged, never kept."""

    source_id: str
    claim: str
    user_id: str
    kind: str
    address: str
    username: str
    password: str
    #: What it was when last read; "" to have it in any case.
    etag: str
    last_modified: str
    allows_inside: bool

    def __repr__(self) -> str:
        return f"<Errand {self.source_id}>"


@dataclass(frozen=True)
class Fetched:
    """What came: iCalendar texts, None where nothing changed; or why nothing came."""

    texts: list[str] | None = None
    etag: str | None = None
    last_modified: str | None = None
    #: A key of crm.calendars.models.FAILURES.
    failure: str | None = None


def fetch(errand: Errand, span: Span) -> Fetched:
    """Fetch it. What goes wrong is in what is returned."""
    schemes = ("https", "http") if errand.allows_inside else ("https",)
    send = partial(outgoing.send, inside=errand.allows_inside, schemes=schemes)
    try:
        if errand.kind == SourceKind.CALDAV:
            texts = read_caldav(send, errand.address, errand.username, errand.password, span)
            return Fetched(texts)
        return _fetch_file(send, errand)
    except Failed as failed:
        return Fetched(failure=failed.reason)
    except outgoing.Refused as refused:
        return Fetched(failure=_REFUSED.get(refused.reason, "address"))
    except outgoing.Unreachable as error:
        return Fetched(failure=_UNREACHED.get(error.reason, "unreachable"))
    except (TooBig, NotACalendar) as error:
        return Fetched(failure="too_big" if isinstance(error, TooBig) else "not_calendar")


def _fetch_file(send: partial[outgoing.Answer], errand: Errand) -> Fetched:
    headers = {"Accept": "text/calendar, */*;q=0.1"} | _conditions(errand)
    answer = send(
        "GET",
        errand.address,
        headers=headers,
        timeout=SECONDS,
        max_bytes=MOST_BYTES,
        redirects=_REDIRECTS,
    )
    if answer.status == 304:
        return Fetched()
    check_status(answer.status)
    text = answer.body.decode("utf-8-sig", errors="replace").replace("\0", "")
    said = [answer.headers.get(name, "")[:300] for name in ("etag", "last-modified")]
    return Fetched([text], said[0] or None, said[1] or None)


def _conditions(errand: Errand) -> dict[str, str]:
    said = {"If-None-Match": errand.etag, "If-Modified-Since": errand.last_modified}
    return {name: value for name, value in said.items() if value}
