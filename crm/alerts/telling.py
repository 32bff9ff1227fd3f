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
_NEW = {**dict.fromkeys(RECORDS), "count": 1, "awaits_digest": False}


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
    if channel_of(find_settings(user_id), kind) == Channel.OFF:
        return None
    now = clock.now()
    row = {
        **_NEW,
        "id": new_id(),
        "user_id": user_id,
        "kind": kind.value,
        "cause": cause,
        "tag": tag,
        "at": now,
        "url": url,
        "data": data,
        "expires_at": expires_at or now + (KINDS[kind].lasts or timedelta(days=1)),
        "decide_at": now,
        "escalate_at": escalate_at,
        **records,
    }
    if not _is_new(row):
        return None
    _replace(row)
    return str(row["id"])


def _is_new(row: dict[str, Any]) -> bool:
    written = connection().scalar(
        dialect_insert(_ALERT)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["user_id", "cause"])
        .returning(_ALERT.c.id)
    )
    return written is not None


def _replace(row: dict[str, Any]) -> None:
    """Let a new alert stand for the unseen ones about the same."""
    before = (
        _ALERT.c.user_id == row["user_id"],
        _ALERT.c.tag == row["tag"],
        _ALERT.c.seen_at.is_(None),
        _ALERT.c.replaced_by_id.is_(None),
        _ALERT.c.id != row["id"],
    )
    rows = (
        connection()
        .execute(select(_ALERT.c.kind, _ALERT.c.count.label("times")).where(*before))
        .all()
    )
    if not rows:
        return
    # A meeting that is over is not a second time the one that was ahead.
    often = 1 + sum(earlier.times for earlier in rows if earlier.kind == row["kind"])
    settled = {"replaced_by_id": row["id"], "decide_at": None, "awaits_digest": False}
    connection().execute(update(_ALERT).where(*before).values(**settled))
    this = update(_ALERT).where(_ALERT.c.id == row["id"])
    connection().execute(this.values(count=often))


def take_back(user_id: str, cause: str) -> None:
    """Take back what a person was told for a cause that no longer holds, inside a command."""
    his = (_ALERT.c.user_id == user_id, _ALERT.c.cause == cause)
    gone = update(_ALERT).where(*his, _ALERT.c.outcome.is_(None))
    settled = {"decide_at": None, "awaits_digest": False, "escalate_at": None}
    connection().execute(gone.values(**settled, outcome="taken_back", outcome_at=clock.now()))
