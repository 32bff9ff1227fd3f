"""One event as a calendar file writes it: its lines, its times, its people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from crm.calendars.zones import Zones

MOST_ATTENDEES = 30
_LONGEST_LINE = 20_000
_WANTED = frozenset(
    (
        *("UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"),
        *("RECURRENCE-ID", "STATUS", "CLASS", "TRANSP", "ATTENDEE", "ORGANIZER", "LOCATION"),
        *("DESCRIPTION", "BEGIN", "END"),
    )
)
_NAME = re.compile(r"[A-Za-z-]{1,40}")
TIME = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
#: The day of a time; a zone's name has no colon before eight digits.
_DAY = re.compile(r":([0-9]{8})(?![0-9])")
_MAIL = re.compile(r"(?i)mailto:([^\s;,\"'<>]{3,200})")


class NotACalendar(ValueError):
    """Something else than an iCalendar file, or half of one."""


@dataclass(frozen=True)
class When:
    """A time as it is written: a whole day, or a time on somebody's wall."""

    wall: datetime
    zone: tzinfo
    has_time: bool

    @property
    def instant(self) -> datetime:
        return self.wall.replace(tzinfo=self.zone).astimezone(UTC)

    @property
    def key(self) -> str:
        at = self.instant if self.has_time else self.wall
        return at.strftime("%Y%m%dT%H%M%SZ" if self.has_time else "%Y%m%d")

    def on(self, day: date) -> When:
        return When(datetime.combine(day, self.wall.time()), self.zone, self.has_time)


@dataclass
class Event:
    """What an event says; in `said` by property what is looked at as text."""

    uid: str = ""
    start: When | None = None
    ends_after: timedelta | None = None
    said: dict[str, str] = field(default_factory=dict)
    emails: list[str] = field(default_factory=list)
    declined: set[str] = field(default_factory=set)
    recurrence: When | None = None
    more: list[When] = field(default_factory=list)
    without: set[str] = field(default_factory=set)


def read_blocks(text: str) -> Iterable[list[str]]:
    """Yield the lines of each event; what is nested in it (alarms) is left out."""
    if "BEGIN:VCALENDAR" not in text or "END:VCALENDAR" not in text:
        raise NotACalendar
    unfolded = re.sub(r"\r?\n[ \t]", "", text).replace("\r", "")
    for part in re.split(r"(?m)^BEGIN:VEVENT[ \t]*$", unfolded)[1:]:
        depth, lines = 0, []
        for line in part.split("\n"):
            name = _NAME.match(line)
            word = name[0].upper() if name else ""
            if word == "END" and depth == 0:
                break
            depth += {"BEGIN": 1, "END": -1}.get(word, 0)
            if depth == 0 and word in _WANTED and word != "END":
                lines.append(line[:_LONGEST_LINE])
        yield lines


def may_matter(lines: Iterable[str], first: date, last: date) -> bool:
    """Whether an event may lie in these days. Most of a calendar is long past, and is not read."""
    days = []
    for line in lines:
        match _NAME.findall(line)[0].upper():
            case "RRULE" | "RDATE":
                return True
            case "DTSTART" | "RECURRENCE-ID":
                days += _DAY.findall(line)
    return not days or any(f"{first:%Y%m%d}" <= day <= f"{last:%Y%m%d}" for day in days)


def read_event(event: Event, lines: list[str], zones: Zones) -> None:
    """Read an event's lines into `event`, so far as they can be. Raises ValueError and its kind."""
    from icalendar.parser import Contentline
    from icalendar.prop import vDuration

    ends: When | None = None
    # The id first: what is wrong further on is known by it.
    for line in sorted(lines, key=lambda line: not line.upper().startswith("UID")):
        name, params, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
        match name.upper():
            case "UID":
                event.uid = value.strip()[:1000]
            case "DTSTART":
                event.start = _when(value, params, zones)
            case "DTEND":
                ends = _when(value, params, zones)
            case "DURATION":
                event.ends_after = vDuration.from_ical(value.strip())  # type: ignore[no-untyped-call]
            case "RECURRENCE-ID":
                event.recurrence = _when(value, params, zones)
            case "RDATE":
                event.more += [_when(one, params, zones) for one in value.split(",")[:1000]]
            case "EXDATE":
                event.without |= {_when(one, params, zones).key for one in value.split(",")}
            case "ATTENDEE" | "ORGANIZER":
                _read_person(event, value, params)
            case other:
                event.said[other] = value
    if not event.uid or event.start is None:
        raise ValueError("no id, or no time")
    if ends is not None:
        event.ends_after = ends.instant - event.start.instant


def _when(value: str, params: Mapping[str, Any], zones: Zones) -> When:
    # Of a period (RDATE) only its beginning counts.
    match = TIME.fullmatch(value.strip().partition("/")[0])
    if match is None:
        raise ValueError(value[:40])
    if not "1900" <= match[1][:4] <= "2200":
        raise ValueError(match[1])
    if match[2] is None:
        return When(datetime.strptime(match[1], "%Y%m%d"), zones.own, False)  # noqa: DTZ007
    seconds = match[2][:4] + ("59" if match[2][4:] == "60" else match[2][4:])
    wall = datetime.strptime(match[1] + seconds, "%Y%m%d%H%M%S")  # noqa: DTZ007
    zone = UTC if match[3] else zones.find(params.get("TZID"))
    return When(wall, zone, True)


def _read_person(event: Event, value: str, params: Mapping[str, Any]) -> None:
    match = _MAIL.search(value) or _MAIL.search(f"mailto:{params.get('EMAIL') or ''}")
    if match is None or len(event.emails) >= MOST_ATTENDEES:
        return
    email = match[1].casefold()
    event.emails.append(email)
    if str(params.get("PARTSTAT") or "").upper() == "DECLINED":
        event.declined.add(email)
