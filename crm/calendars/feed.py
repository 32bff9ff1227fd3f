"""Writes what somebody planned as an iCalendar file (RFC 5545), in his own language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm import clock
from crm.activities.models import KIND_NAMES, ActivityKind
from crm.activities.queries import planned_between
from crm.calendars.models import CalendarMeeting
from crm.calendars.reading import LASTS, OUR_UID
from crm.database import db
from crm.i18n import _
from crm.users.viewer import Viewer

if TYPE_CHECKING:
    from icalendar import Event

BEHIND, AHEAD = timedelta(days=7), timedelta(days=90)
MOST = 1_000
#: How long a call or a task takes that does not say so.
SHORT = timedelta(minutes=30)
KINDS = frozenset((ActivityKind.MEETING, ActivityKind.CALL, ActivityKind.VISIT, ActivityKind.TASK))


def write_plan(viewer: Viewer, address: str) -> bytes:
    """Return the viewer's planned activities. `address` is ours, for the way back to each.

    What came from his own calendar stands there already, and is left out.
    """
    from icalendar import Calendar

    now = clock.now()
    plan = Calendar()
    plan.add("prodid", "-//Hamrah//Plan//EN")
    plan.add("version", "2.0")
    plan.add("method", "PUBLISH")
    plan.add("x-wr-calname", _("Hamrah"))
    plan.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    plan.add("x-published-ttl", "PT1H")
    rows = planned_between(viewer, now - BEHIND, now + AHEAD, MOST)
    echoes = _from_calendars([row.id for row in rows])
    for row in rows:
        if row.kind in KINDS and row.id not in echoes:
            plan.add_component(_event(viewer, row, address))
    return bytes(plan.to_ical())


def _from_calendars(ids: list[str]) -> set[str]:
    rows = select(CalendarMeeting.activity_id).where(CalendarMeeting.activity_id.in_(ids))
    return set(db.session.scalars(rows)) if ids else set()


def _event(viewer: Viewer, row: Any, address: str) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{row.id}{OUR_UID}")
    # When it was last changed, not when it is written: the same plan is the same file.
    event.add("dtstamp", row.updated_at)
    event.add("last-modified", row.updated_at)
    event.add("sequence", row.version)
    event.add("summary", _summary(row))
    event.add("categories", [_(KIND_NAMES[ActivityKind(row.kind)])])
    event.add("url", f"{address}/activities/{row.id}")
    if row.has_time:
        lasts = LASTS if row.kind in (ActivityKind.MEETING, ActivityKind.VISIT) else SHORT
        event.add("dtstart", row.due_at)
        event.add("dtend", row.ends_at or row.due_at + lasts)
    else:
        day = row.due_at.astimezone(viewer.locale.tz).date()
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    return event


def _summary(row: Any) -> str:
    what = row.subject or _(KIND_NAMES[ActivityKind(row.kind)])
    who = [row.contact_name or row.lead_name, row.account_name or row.lead_company]
    return " · ".join(dict.fromkeys(part for part in (what, *who) if part))
