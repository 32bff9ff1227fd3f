"""Tells somebody something: a row in his inbox, written with what it follows from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from crm import clock
from crm.alerts.kinds import KINDS, AlertKind, Channel
from crm.alerts.models import Alert
from crm.alerts.settings import channel_of, find_settings
from crm.database import connection, dialect_insert, new_id

_ALERT: Any = Alert.__table__
RECORDS = ("account_id", "contact_id", "deal_id", "lead_id", "activity_id")


def tell(
    user_id: str,
    kind: AlertKind,
    cause: str,
    *,
    url: str,
    tag: str,
    data: dict[str, Any],
    expires_at: datetime | None = None,
    escalate_at: datetime | None = None,
    **records: str | None,
) -> str | None:
    """Put one alert into a person's inbox, inside a command; the worker decides how he is told.

    The same `cause` tells a person once, whoever comes first. What he was told about the same `tag`
    and has not seen is replaced and counted. `data` is in his own language. Returns the alert's id,
    or None where he was told before, or wants none of this kind.
    """
    channel = channel_of(find_settings(user_id), kind)
    if channel == Channel.OFF:
        return None
    now, lasts = clock.now(), KINDS[kind].lasts
    row = {
        **dict.fromkeys(RECORDS),
        "id": new_id(),
        "user_id": user_id,
        "kind": kind.value,
        "cause": cause,
        "tag": tag,
        "at": now,
        "url": url,
        "data": data,
        "count": 1,
        "expires_at": expires_at or now + (lasts or timedelta(days=1)),
        "decide_at": now,
        "awaits_digest": False,
        "escalate_at": escalate_at,
        **records,
    }
    written = connection().execute(
        dialect_insert(_ALERT)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["user_id", "cause"])
    )
    if not written.rowcount:
        return None
    _replace(row)
    return str(row["id"])


def _replace(row: dict[str, Any]) -> None:
    """Let a new alert stand for the unseen ones about the same."""
    before = (
        _ALERT.c.user_id == row["user_id"],
        _ALERT.c.tag == row["tag"],
        _ALERT.c.seen_at.is_(None),
        _ALERT.c.replaced_by_id.is_(None),
        _ALERT.c.id != row["id"],
    )
    counted = connection().execute(select(_ALERT.c.count).where(*before)).scalars().all()
    if not counted:
        return
    settled = {"replaced_by_id": row["id"], "decide_at": None, "awaits_digest": False}
    connection().execute(update(_ALERT).where(*before).values(**settled))
    one_more = update(_ALERT).where(_ALERT.c.id == row["id"])
    connection().execute(one_more.values(count=1 + sum(counted)))


def take_back(cause: str) -> None:
    """Take back what was told for a cause that no longer holds, inside a command."""
    gone = update(_ALERT).where(_ALERT.c.cause == cause, _ALERT.c.outcome.is_(None))
    settled = {"decide_at": None, "awaits_digest": False, "escalate_at": None}
    connection().execute(gone.values(**settled, outcome="taken_back", outcome_at=clock.now()))
