"""What is due at its minute: a meeting ahead, one that ended unlogged, a promise with a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm import clock
from crm.activities.models import Activity, ActivityKind
from crm.alerts.kinds import AlertKind
from crm.alerts.timing import day_ends
from crm.database import command
from crm.i18n import formatting
from crm.reactions.briefs import brief_lines
from crm.reactions.news import Named
from crm.reactions.planned import due, subject_for, tell_of
from crm.users.crew import Reached
from crm.users.viewer import Viewer

BEFORE, AFTER = timedelta(minutes=15), timedelta(minutes=5)
DAY = timedelta(days=1)
MEETINGS = (ActivityKind.MEETING.value, ActivityKind.VISIT.value)


@command
def tell_meetings_ahead(_actor: Viewer, most: int = 100) -> int:
    """Tell of meetings in a quarter of an hour, with what to know before; return how many."""
    now = clock.now()
    rows = due(
        "soon",
        most,
        Activity.due_at > now,
        Activity.due_at <= now + BEFORE,
        Activity.kind.in_(MEETINGS),
        Activity.has_time,
    )
    lines = brief_lines(rows)

    def words(row: Any, to: Reached, _around: Named) -> dict[str, Any]:
        return {"time": formatting.time(row.due_at), "line": lines(row, to.viewer)}

    return tell_of(AlertKind.MEETING_SOON, "soon", rows, _when_it_starts, words)


def _when_it_starts(row: Any, _to: Reached) -> datetime:
    return row.due_at  # type: ignore[no-any-return]


@command
def tell_meetings_over(_actor: Viewer, most: int = 100) -> int:
    """Ask how meetings went that ended and are not logged; return how many."""
    now = clock.now()
    rows = due(
        "ended",
        most,
        # Found by when they began: that has an index.
        Activity.due_at > now - 2 * DAY,
        Activity.due_at <= now - AFTER,
        Activity.ends_at <= now - AFTER,
        Activity.kind.in_(MEETINGS),
    )

    def midnight(row: Any, to: Reached) -> datetime:
        return day_ends(to.viewer.locale.tz, row.ends_at)

    def words(row: Any, _to: Reached, around: Named) -> dict[str, Any]:
        return {
            "name": around.name or (row.subject if not around.company else ""),
            "line": row.subject,
        }

    url = "/capture?activity_id={}"
    return tell_of(AlertKind.MEETING_ENDED, "ended", rows, midnight, words, url)


@command
def tell_promises(_actor: Viewer, most: int = 100) -> int:
    """Tell of promises and follow-ups at their time; return how many."""
    now = clock.now()
    rows = due(
        "promise",
        most,
        Activity.due_at > now - DAY,
        Activity.due_at <= now,
        Activity.has_time,
        Activity.kind.not_in(MEETINGS),
    )
    return tell_of(AlertKind.PROMISE_DUE, "promise", rows, until_midnight, promised)


def until_midnight(row: Any, to: Reached) -> datetime:
    """Return the end of the day on which it was promised, where the reader is."""
    return day_ends(to.viewer.locale.tz, row.due_at)


def promised(row: Any, to: Reached, around: Named) -> dict[str, Any]:
    """Return the words of a promise: what, with whom and when."""
    subject = subject_for(row, around)
    who = around.name if around.name and around.name not in subject else ""
    when = formatting.due(row.due_at, clock.now(), row.has_time)
    return {"subject": subject, "line": " · ".join(p for p in (who, around.company, when) if p)}
