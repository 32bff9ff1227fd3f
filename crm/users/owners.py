"""Who may be given a record."""

from __future__ import annotations

from sqlalchemy import or_, select

from crm.database import db
from crm.users.models import User
from crm.users.viewer import Viewer


def assignable(viewer: Viewer) -> list[tuple[str, str]]:
    """Return (id, name) of the people whom the viewer may make an owner, himself first."""
    people = select(User.id, User.name).where(User.is_active).order_by(User.name).limit(500)
    if not viewer.is_admin:
        people = people.where(or_(User.id == viewer.id, User.team_id.in_(viewer.team_ids)))
    found = [(row.id, row.name) for row in db.session.execute(people)]
    return sorted(found, key=lambda pair: pair[0] != viewer.id)
