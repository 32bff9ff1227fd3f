"""Who may be given a record."""

from __future__ import annotations

from sqlalchemy import or_, select

from crm.database import db, is_id
from crm.users.models import User
from crm.users.viewer import Viewer


def assignable(viewer: Viewer, owner_id: str | None = None) -> list[tuple[str, str]]:
    """Return (id, name) of the people whom the viewer may make an owner, himself first.

    The one who owns the record now is among them, also when he could not be chosen: a form would
    give it to somebody else by being saved.
    """
    people = select(User.id, User.name).where(User.is_active).order_by(User.name).limit(500)
    if not viewer.is_admin:
        people = people.where(or_(User.id == viewer.id, User.team_id.in_(viewer.team_ids)))
    found = [(row.id, row.name) for row in db.session.execute(people)]
    if is_id(owner_id) and all(known != owner_id for known, _name in found):
        now = db.session.execute(select(User.id, User.name).where(User.id == owner_id)).first()
        found += [(now.id, now.name)] if now else []
    return sorted(found, key=lambda pair: pair[0] != viewer.id)
