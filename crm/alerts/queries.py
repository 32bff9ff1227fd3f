"""Reads of the inbox: a person's own alerts, and how many he has not looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select

from crm.alerts.models import Alert
from crm.database import db
from crm.errors import NotFound
from crm.users.viewer import Viewer

_TABLE: Any = Alert.__table__
#: As much as a badge can show.
MOST_COUNTED = 100


def my_alerts(viewer: Viewer, after: Sequence[Any] | None = None, limit: int = 50) -> list[Any]:
    """Return the viewer's alerts, the latest first; `after` is (at, id) of the last row before."""
    wanted = select(_TABLE).where(_TABLE.c.user_id == viewer.id, _TABLE.c.replaced_by_id.is_(None))
    if after:
        at, last = after
        wanted = wanted.where(or_(_TABLE.c.at < at, and_(_TABLE.c.at == at, _TABLE.c.id < last)))
    return list(
        db.session.execute(wanted.order_by(_TABLE.c.at.desc(), _TABLE.c.id.desc()).limit(limit))
    )


def get_alert(viewer: Viewer, alert_id: str) -> Any:
    """Return one alert of the viewer's. Raises NotFound."""
    row = db.session.execute(
        select(_TABLE).where(_TABLE.c.id == alert_id, _TABLE.c.user_id == viewer.id)
    ).first()
    if row is None:
        raise NotFound
    return row


_UNSEEN = (_TABLE.c.seen_at.is_(None), _TABLE.c.replaced_by_id.is_(None))


def unseen_count(user_id: str) -> int:
    """Return how many alerts somebody has not looked at, at most a hundred."""
    unseen = select(_TABLE.c.id).where(_TABLE.c.user_id == user_id, *_UNSEEN).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(unseen.subquery())) or 0


def unseen_counts(user_ids: Collection[str]) -> dict[str, int]:
    """Return `unseen_count` of each of these people, asked once."""
    counts = select(_TABLE.c.user_id, func.count()).where(_TABLE.c.user_id.in_(list(user_ids)))
    rows = db.session.execute(counts.where(*_UNSEEN).group_by(_TABLE.c.user_id))
    found = {user_id: min(number, MOST_COUNTED) for user_id, number in rows}
    return {user_id: found.get(user_id, 0) for user_id in user_ids}
