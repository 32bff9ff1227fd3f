"""Reads of a person's own calendars; nobody else's are ever shown, an admin's eyes included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from crm import clock, errors
from crm.activities.models import Activity
from crm.calendars.models import CalendarFeed, CalendarMeeting, CalendarSource, Standing
from crm.database import db, is_id
from crm.users.viewer import Viewer


def my_sources(viewer: Viewer) -> Sequence[CalendarSource]:
    """Return the viewer's calendars, by name."""
    rows = select(CalendarSource).where(CalendarSource.user_id == viewer.id)
    return db.session.scalars(
        rows.order_by(func.lower(CalendarSource.name), CalendarSource.id)
    ).all()


def get_source(viewer: Viewer, source_id: str, *, lock: bool = False) -> CalendarSource:
    """Return one of the viewer's calendars. Raises NotFound."""
    if not is_id(source_id):
        raise errors.NotFound
    wanted = select(CalendarSource).where(
        CalendarSource.id == source_id, CalendarSource.user_id == viewer.id
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    source = db.session.scalars(wanted).first()
    if source is None:
        raise errors.NotFound
    return source


def meetings_ahead(viewer: Viewer, limit: int = 20) -> dict[str, int]:
    """Return how many meetings ahead came from each of the viewer's calendars."""
    rows = db.session.execute(
        select(CalendarMeeting.source_id, func.count())
        .join(CalendarSource, CalendarSource.id == CalendarMeeting.source_id)
        .join(Activity, Activity.id == CalendarMeeting.activity_id)
        .where(
            CalendarSource.user_id == viewer.id,
            CalendarMeeting.standing != Standing.WITHDRAWN.value,
            Activity.done_at.is_(None),
            Activity.archived_at.is_(None),
            Activity.due_at >= clock.now(),
        )
        .group_by(CalendarMeeting.source_id)
        .limit(limit)
    )
    return {row[0]: row[1] for row in rows}


def my_feed(viewer: Viewer) -> Row[Any] | None:
    """Return since when the viewer's plan has an address (created_at), or None."""
    return db.session.execute(
        select(CalendarFeed.created_at).where(CalendarFeed.user_id == viewer.id)
    ).first()
