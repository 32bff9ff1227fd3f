"""When somebody is away, and who covers: set by himself or by who answers for him."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from crm import errors
from crm.database import command, db
from crm.i18n import _
from crm.schema import Day, Key, Schema, load
from crm.timeline.record import record
from crm.users.models import User
from crm.users.owners import assignable
from crm.users.ownership import my_people
from crm.users.viewer import Viewer


def is_away(away_from: date | None, away_until: date | None, today: date) -> bool:
    """Whether somebody is away on a day; the last day counts, no last day is without end."""
    if away_from is None or today < away_from:
        return False
    return away_until is None or today <= away_until


def away_of(user_id: str) -> Row[date | None, date | None]:
    """Return (away_from, away_until) of somebody whose name the viewer reads."""
    return db.session.execute(
        select(User.away_from, User.away_until).where(User.id == user_id)
    ).one()


class AwaySchema(Schema):
    away_from = Day()
    #: The last day; none: until he is back.
    away_until = Day()
    #: Who is told in his place; nobody: his manager.
    cover_id = Key()


def cover_choices(viewer: Viewer, user_id: str) -> list[tuple[str, str]]:
    """Return (id, name) of those who may cover for somebody: whom the viewer may give records."""
    return [choice for choice in assignable(viewer) if choice[0] != user_id]


@command
def set_away(actor: Viewer, user_id: str, payload: Mapping[str, Any]) -> None:
    """Say from when to when somebody is away, or with no first day that he is here.

    Raises NotFound for who is none of the actor's people.
    """
    data = {"away_from": None, "away_until": None, **load(AwaySchema(), payload)}
    if data.get("cover_id") and data["cover_id"] not in dict(cover_choices(actor, user_id)):
        raise errors.ValidationError({"cover_id": [_("Choose someone from your team.")]})
    if data["away_until"] and not data["away_from"]:
        raise errors.ValidationError({"away_from": [_("From which day?")]})
    if data["away_until"] and data["away_until"] < data["away_from"]:
        raise errors.ValidationError({"away_until": [_("This is before the first day.")]})
    held = select(User).where(User.id == user_id, my_people(actor)).with_for_update()
    user = db.session.scalars(held.execution_options(populate_existing=True)).first()
    if user is None:
        raise errors.NotFound
    changed = [name for name, value in data.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, data[name])
    if changed:
        record("user.changed", actor.id, user_id=user.id, data={"changed": changed})
