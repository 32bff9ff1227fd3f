"""The secret address under which somebody's own calendar reads what he planned here."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select

from crm import clock, errors
from crm.calendars.models import CalendarFeed
from crm.database import command, db
from crm.timeline.record import record
from crm.users.models import User
from crm.users.sessions import hash_token, viewer_of
from crm.users.viewer import Viewer


@command
def renew_feed(actor: Viewer) -> str:
    """Give the actor's plan a new address and return its secret; one before it is worthless."""
    token = secrets.token_urlsafe(32)
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == actor.id))
    db.session.add(
        CalendarFeed(user_id=actor.id, token_hash=hash_token(token), created_at=clock.now())
    )
    record("calendar.feed_made", actor.id, user_id=actor.id)
    return token


@command
def revoke_feed(actor: Viewer) -> None:
    """Make the address of the actor's plan worthless. Doing it twice changes nothing."""
    done = db.session.execute(
        delete(CalendarFeed).where(CalendarFeed.user_id == actor.id).returning(CalendarFeed.user_id)
    )
    if done.first() is not None:
        record("calendar.feed_revoked", actor.id, user_id=actor.id)


def find_feed(token: str) -> Viewer:
    """Return whose plan this secret opens. Raises NotFound, also where he was deactivated."""
    user_id = db.session.scalar(
        select(CalendarFeed.user_id)
        .join(User, User.id == CalendarFeed.user_id)
        .where(CalendarFeed.token_hash == hash_token(token[:100]), User.is_active)
    )
    if user_id is None:
        raise errors.NotFound
    return viewer_of(user_id)
