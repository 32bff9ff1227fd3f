"""What usually follows an outcome, and when «in 3 days» is: rules without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from crm.activities.models import ActivityKind
from crm.i18n import N_, Locale, _

#: The chips of the sheet and how many days ahead each is.
NEXT_STEPS = {
    "tomorrow": (N_("Tomorrow"), 1),
    "3_days": (N_("3 days"), 3),
    "next_week": (N_("Next week"), 7),
}
HOUR = time(10)


@dataclass(frozen=True)
class Follow:
    """What an outcome suggests: the chip, what to do, and whether the deal steps forward."""

    step: str | None
    kind: str = ActivityKind.CALL
    subject: str | None = None
    moves_on: bool = False


FOLLOWS = {
    "interested": Follow("3_days", moves_on=True),
    "quote": Follow("3_days", ActivityKind.TASK, N_("Send the quote"), moves_on=True),
    "follow_up": Follow("3_days"),
    "no_answer": Follow("tomorrow"),
    "not_now": Follow("next_week"),
    "lost": Follow(None),
}


def working_day(day: date, locale: Locale) -> date:
    """Return `day`, or the next day on which people work: not Friday in Iran, not a weekend."""
    weekend = {4} if locale.week_start == 5 else {5, 6}  # Saturday
    while day.weekday() in weekend:
        day += timedelta(days=1)
    return day


def due_on(step: str, today: date, locale: Locale) -> date:
    """Return the working day that a chip means."""
    return working_day(today + timedelta(days=NEXT_STEPS[step][1]), locale)


def at_ten(day: date, locale: Locale) -> datetime:
    """Return ten in the morning of that day where the reader is, in UTC."""
    return datetime.combine(day, HOUR, locale.tz).astimezone(UTC)


def follow_up(outcome: str | None) -> dict[str, Any]:
    """Return the kind and the subject of what usually follows an outcome."""
    follow = FOLLOWS.get(outcome or "")
    if follow is None:
        return {"kind": ActivityKind.CALL}
    subject = {"subject": _(follow.subject)} if follow.subject else {}
    return {"kind": follow.kind, **subject}
