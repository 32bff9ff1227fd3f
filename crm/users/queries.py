"""Reads of people, teams and devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import aliased

from crm import clock, errors
from crm.database import db
from crm.users.models import Team, User, UserSession
from crm.users.viewer import Viewer, require_admin


def _alive() -> Any:
    return and_(UserSession.revoked_at.is_(None), UserSession.expires_at > clock.now())


def visible_users(viewer: Viewer) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return everyone for an admin, active ones first: .User, .team_name, .seen_at (may be None).

    Raises NotFound for anyone else.
    """
    require_admin(viewer)
    seen = (
        select(func.max(UserSession.seen_at))
        .where(UserSession.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    return db.session.execute(
        select(User, Team.name.label("team_name"), seen.label("seen_at"))
        .outerjoin(Team, Team.id == User.team_id)
        .order_by(User.is_active.desc(), User.name, User.id)
    ).all()


def get_user(viewer: Viewer, user_id: str) -> User:
    """Return a person to an admin. Raises NotFound."""
    require_admin(viewer)
    user = db.session.get(User, user_id)
    if user is None:
        raise errors.NotFound
    return user


def get_profile(viewer: Viewer) -> User:
    """Return the viewer's own row."""
    return db.session.get_one(User, viewer.id)


def active_users(viewer: Viewer, *, but: str | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return (id, name, role) of all active people by name, for an admin's choice."""
    require_admin(viewer)
    people = select(User.id, User.name, User.role).where(User.is_active)
    if but:
        people = people.where(User.id != but)
    return db.session.execute(people.order_by(User.name, User.id)).all()


def _teams() -> Select[*tuple[Any, ...]]:
    manager, member = aliased(User), aliased(User)
    members = (
        select(func.count())
        .select_from(member)
        .where(member.team_id == Team.id, member.is_active)
        .correlate(Team)
        .scalar_subquery()
    )
    return (
        select(Team, manager.name.label("manager_name"), members.label("members"))
        .outerjoin(manager, manager.id == Team.manager_id)
        .order_by(Team.archived_at.is_not(None), Team.name, Team.id)
    )


def all_teams(viewer: Viewer) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return every team to an admin, archived ones last: .Team, .manager_name, .members."""
    require_admin(viewer)
    return db.session.execute(_teams()).all()


def team_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Return (id, name) of the teams in use, for an admin's choice."""
    require_admin(viewer)
    rows = db.session.execute(
        select(Team.id, Team.name).where(Team.archived_at.is_(None)).order_by(Team.name, Team.id)
    )
    return [(row.id, row.name) for row in rows]


def get_team(viewer: Viewer, team_id: str) -> Team:
    """Return a team to an admin. Raises NotFound."""
    require_admin(viewer)
    team = db.session.get(Team, team_id)
    if team is None:
        raise errors.NotFound
    return team


def devices_of(viewer: Viewer, user_id: str | None = None) -> list[UserSession]:
    """Return the signed-in devices, the last used first: one's own, or for an admin anyone's."""
    if user_id is not None and user_id != viewer.id:
        require_admin(viewer)
    return list(
        db.session.scalars(
            select(UserSession)
            .where(UserSession.user_id == (user_id or viewer.id), _alive())
            .order_by(UserSession.seen_at.desc(), UserSession.id)
        )
    )


def get_session(viewer: Viewer, session_id: str, user_id: str | None = None) -> UserSession:
    """Return one signed-in device: one's own, or for an admin anyone's. Raises NotFound."""
    for device in devices_of(viewer, user_id):
        if device.id == session_id:
            return device
    raise errors.NotFound


def find_login(login: str) -> User | None:
    """Return who signs in with this e-mail address or phone, as `login_name` gives it."""
    column = User.email if "@" in login else User.phone
    return db.session.scalars(select(User).where(column == login)).first()
