"""Reads an iCalendar file: the meetings of the days ahead, whatever a hostile file may hold."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from typing import Any

from crm.calendars.recurrence import Rule, Unknown, days_of, read_rule
from crm.calendars.zones import Zones

#: Where an event's own text is cut before phones are looked for in it.
MOST_TEXT = 2_000
MOST_EVENTS = 5_000
MOST_MEETINGS = 1_000
MOST_ATTENDEES = 30
SECONDS = 5.0
#: Our own feed's: what comes back from there was planned here.
OUR_UID = "@plan.hamrah"
#: The hour that a whole day is due at, as for a promise without a time.
HOUR = clock_time(10)
#: How long a meeting is that does not say so, or says nonsense.
LASTS = timedelta(hours=1)
MOST_LASTS = timedelta(days=14)
_LONGEST_LINE = 20_000
_WANTED = frozenset(
    (
        *("UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"),
        *("RECURRENCE-ID", "STATUS", "CLASS", "TRANSP", "ATTENDEE", "ORGANIZER", "LOCATION"),
        *("DESCRIPTION", "BEGIN", "END"),
    )
)
_NAME = re.compile(r"[A-Za-z-]{1,40}")
_TIME = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
_MAIL = re.compile(r"(?i)mailto:([^\s;,\"'<>]{3,200})")


class TooBig(ValueError):
    """More events, or more work, than a person's calendar can be."""


class NotACalendar(ValueError):
    """Something else than an iCalendar file, or half of one."""


@dataclass(frozen=True)
class Span:
    """The days that are read, from `start` up to `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Meeting:
    """One meeting: when it is, and all by which somebody may be known."""

    uid: str
    occurrence: str
    starts: datetime
    ends: datetime | None
    has_time: bool
    summary: str
    emails: tuple[str, ...] = ()
    text: str = ""


@dataclass
class Contents:
    """The meetings of a file within the span, and the events that could not be read."""

    meetings: dict[tuple[str, str], Meeting] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _When:
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

    def on(self, day: date) -> _When:
        return _When(datetime.combine(day, self.wall.time()), self.zone, self.has_time)


@dataclass
class _Event:
    """What an event says, by property; `unfit` is set for what is no meeting of ours."""

    uid: str = ""
    start: _When | None = None
    ends_after: timedelta | None = None
    said: dict[str, str] = field(default_factory=dict)
    emails: list[str] = field(default_factory=list)
    declined: set[str] = field(default_factory=set)
    recurrence: _When | None = None
    more: list[_When] = field(default_factory=list)
    without: set[str] = field(default_factory=set)


class _Budget:
    """The time that one file may take."""

    def __init__(self) -> None:
        self._end = time.monotonic() + SECONDS

    def spend(self) -> None:
        if time.monotonic() > self._end:
            raise TooBig("time")


def read_calendar(
    texts: Iterable[str], span: Span, own_zone: tzinfo, own_emails: Iterable[str] = ()
) -> Contents:
    """Return the meetings of these files within the span. Raises NotACalendar, TooBig.

    Left out: what is cancelled, what the owner (`own_emails`) declined, what is private, what does
    not take his time (birthdays, holidays), and what came from our own feed.
    """
    found, budget, mine = Contents(), _Budget(), {email.casefold() for email in own_emails}
    events: dict[str, list[_Event]] = {}
    count = 0
    for text in texts:
        zones = Zones(text, own_zone)
        for block in _blocks(text):
            budget.spend()
            count += 1
            if count > MOST_EVENTS:
                raise TooBig("events")
            event = _Event()
            try:
                _read_event(event, block, zones)
            except (ValueError, OverflowError, AssertionError):
                found.unread.add(event.uid)
                continue
            if event.start and not event.uid.endswith(OUR_UID):
                events.setdefault(event.uid, []).append(event)
    for uid, same in events.items():
        _gather(found, uid, same, span, mine, budget)
    return found


def _blocks(text: str) -> Iterable[list[str]]:
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


def _read_event(event: _Event, lines: list[str], zones: Zones) -> None:
    from icalendar.parser import Contentline
    from icalendar.prop import vDuration

    ends: _When | None = None
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


def _when(value: str, params: Mapping[str, Any], zones: Zones) -> _When:
    # Of a period (RDATE) only its beginning counts.
    match = _TIME.fullmatch(value.strip().partition("/")[0])
    if match is None:
        raise ValueError(value[:40])
    if not "1900" <= match[1][:4] <= "2200":
        raise ValueError(match[1])
    if match[2] is None:
        return _When(datetime.strptime(match[1], "%Y%m%d"), zones.own, False)  # noqa: DTZ007
    seconds = match[2][:4] + ("59" if match[2][4:] == "60" else match[2][4:])
    wall = datetime.strptime(match[1] + seconds, "%Y%m%d%H%M%S")  # noqa: DTZ007
    zone = UTC if match[3] else zones.find(params.get("TZID"))
    return _When(wall, zone, True)


def _read_person(event: _Event, value: str, params: Mapping[str, Any]) -> None:
    match = _MAIL.search(value) or _MAIL.search(f"mailto:{params.get('EMAIL') or ''}")
    if match is None or len(event.emails) >= MOST_ATTENDEES:
        return
    email = match[1].casefold()
    event.emails.append(email)
    if str(params.get("PARTSTAT") or "").upper() == "DECLINED":
        event.declined.add(email)


def _gather(
    found: Contents, uid: str, same: list[_Event], span: Span, mine: set[str], budget: _Budget
) -> None:
    """Put the meetings of one id into `found`: the series, and what differs on single days."""
    apart = {event.recurrence.key: event for event in same if event.recurrence}
    for event in same:
        whens = [(event.recurrence.key, event.start)] if event.recurrence else None
        for key, start in whens or _series(event, span, budget):
            if start is None or (whens is None and key in apart) or not _fits(event, mine):
                continue
            meeting = _meeting(uid, key, event, start)
            if span.start <= meeting.starts < span.end:
                found.meetings.setdefault((uid, key), meeting)
        if len(found.meetings) > MOST_MEETINGS:
            raise TooBig("meetings")


def _fits(event: _Event, mine: set[str]) -> bool:
    said = {name: value.strip().upper() for name, value in event.said.items() if len(value) < 40}
    return (
        said.get("STATUS") != "CANCELLED"
        and said.get("CLASS", "PUBLIC") == "PUBLIC"
        and said.get("TRANSP") != "TRANSPARENT"
        and not event.declined & mine
    )


def _series(event: _Event, span: Span, budget: _Budget) -> Iterable[tuple[str, _When]]:
    """Yield (occurrence, when) of an event that stands for itself or for its series."""
    start = event.start
    if start is None:
        return
    if not (event.said.get("RRULE") or event.more):
        yield "", start
        return
    whens = {when.key: when for when in [*_repeated(event, start, span, budget), *event.more]}
    for key, when in whens.items():
        # An EXDATE may name the whole day.
        if not {key, when.wall.strftime("%Y%m%d")} & event.without:
            yield key, when


def _repeated(event: _Event, start: _When, span: Span, budget: _Budget) -> list[_When]:
    if not event.said.get("RRULE"):
        return [start]
    try:
        rule = read_rule(event.said["RRULE"], start.wall)
    except Unknown:
        return [start]
    # A day more on each side: the span is in UTC, the days are those of the event's zone.
    first, last = (at.date() + timedelta(days=n) for at, n in ((span.start, -1), (span.end, 1)))
    whens = [start.on(day) for day in days_of(rule, start.wall.date(), first, last, budget.spend)]
    return [when for when in whens if _is_until(rule, when)]


def _is_until(rule: Rule, when: _When) -> bool:
    match = _TIME.fullmatch(rule.until) if rule.until else None
    if match is None:
        return True
    if match[2] is None or not when.has_time:
        return when.wall.strftime("%Y%m%d") <= match[1]
    at = when.instant if match[3] else when.wall
    return at.strftime("%Y%m%dT%H%M%S") <= f"{match[1]}T{match[2]}"


def _meeting(uid: str, key: str, event: _Event, start: _When) -> Meeting:
    starts = start.instant
    ends = None
    if start.has_time:
        lasts = event.ends_after or LASTS
        ends = starts + (lasts if timedelta(0) < lasts <= MOST_LASTS else LASTS)
    else:
        wall = datetime.combine(start.wall.date(), HOUR, start.zone)
        starts = wall.astimezone(UTC)
    said = event.said
    text = "\n".join(
        said.get(name, "")[:MOST_TEXT] for name in ("SUMMARY", "LOCATION", "DESCRIPTION")
    )
    return Meeting(
        uid,
        key,
        starts,
        ends,
        start.has_time,
        said.get("SUMMARY", "").strip()[:200],
        tuple(dict.fromkeys(event.emails)),
        text,
    )
