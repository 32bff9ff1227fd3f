"""Reads an iCalendar file: the meetings of the days ahead, whatever a hostile file may hold."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time

from crm.calendars.events import TIME, Event, When, may_matter, read_blocks, read_event
from crm.calendars.recurrence import Rule, Unknown, days_of, read_rule
from crm.calendars.zones import Zones

#: Where an event's own text is cut before phones are looked for in it.
MOST_TEXT = 2_000
MOST_EVENTS = 5_000
MOST_MEETINGS = 1_000
SECONDS = 5.0
#: Our own feed's: what comes back from there was planned here.
OUR_UID = "@plan.hamrah"
#: The hour that a whole day is due at, as for a promise without a time.
HOUR = clock_time(10)
#: How long a meeting is that does not say so, or says nonsense.
LASTS = timedelta(hours=1)
MOST_LASTS = timedelta(days=14)


class TooBig(ValueError):
    """More events, or more work, than a person's calendar can be."""


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
    events: dict[str, list[Event]] = {}
    count = 0
    for text in texts:
        zones = Zones(text, own_zone)
        for block in read_blocks(text):
            budget.spend()
            if not may_matter(block, *_days(span)):
                continue
            count += 1
            if count > MOST_EVENTS:
                raise TooBig("events")
            event = Event()
            try:
                read_event(event, block, zones)
            except (ValueError, OverflowError, AssertionError):
                found.unread.add(event.uid)
                continue
            if event.start and not event.uid.endswith(OUR_UID):
                events.setdefault(event.uid, []).append(event)
    for uid, same in events.items():
        _gather(found, uid, same, span, mine, budget)
    return found


def _days(span: Span) -> tuple[date, date]:
    """Return the first and the last day of the span in any zone: it is in UTC itself."""
    return span.start.date() - timedelta(days=1), span.end.date() + timedelta(days=1)


def _gather(
    found: Contents, uid: str, same: list[Event], span: Span, mine: set[str], budget: _Budget
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


def _fits(event: Event, mine: set[str]) -> bool:
    said = {name: value.strip().upper() for name, value in event.said.items() if len(value) < 40}
    return (
        said.get("STATUS") != "CANCELLED"
        and said.get("CLASS", "PUBLIC") == "PUBLIC"
        and said.get("TRANSP") != "TRANSPARENT"
        and not event.declined & mine
    )


def _series(event: Event, span: Span, budget: _Budget) -> Iterable[tuple[str, When]]:
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


def _repeated(event: Event, start: When, span: Span, budget: _Budget) -> list[When]:
    if not event.said.get("RRULE"):
        return [start]
    try:
        rule = read_rule(event.said["RRULE"], start.wall)
    except Unknown:
        return [start]
    days = days_of(rule, start.wall.date(), *_days(span), budget.spend)
    whens = [start.on(day) for day in days]
    return [when for when in whens if _is_until(rule, when)]


def _is_until(rule: Rule, when: When) -> bool:
    match = TIME.fullmatch(rule.until) if rule.until else None
    if match is None:
        return True
    if match[2] is None or not when.has_time:
        return when.wall.strftime("%Y%m%d") <= match[1]
    at = when.instant if match[3] else when.wall
    return at.strftime("%Y%m%dT%H%M%S") <= f"{match[1]}T{match[2]}"


def _meeting(uid: str, key: str, event: Event, start: When) -> Meeting:
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
