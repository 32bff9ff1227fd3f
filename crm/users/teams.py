"""Writes of teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from crm import clock, errors
from crm.database import command, db, new_id
from crm.i18n import _, ngettext
from crm.schema import Flag, Key, Schema, Str, load
from crm.timeline.record import record, set_fields
from crm.users.models import Role, Team, User
from crm.users.viewer import Viewer, require_admin


class TeamSchema(Schema):
    name = Str(80, required=True)
    manager_id = Key()
    is_shared = Flag(load_default=False)


def _read(payload: Mapping[str, Any]) -> dict[str, Any]:
    data = load(TeamSchema(), payload)
    manager = db.session.get(User, data["manager_id"]) if data.get("manager_id") else None
    if data.get("manager_id") and (
        manager is None or not manager.is_active or manager.role == Role.REP
    ):
        raise errors.ValidationError({"manager_id": [_("Choose a manager.")]})
    return {"manager_id": None, **data}


def _lock(actor: Viewer, team_id: str) -> Team:
    require_admin(actor)
    team = db.session.scalars(select(Team).where(Team.id == team_id).with_for_update()).first()
    if team is None:
        raise errors.NotFound
    return team


@command
def create_team(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Add a team and return its id."""
    require_admin(actor)
    team = Team(id=new_id(), **_read(payload))
    db.session.add(team)
    record("team.created", actor.id, data={"team_id": team.id, "name": team.name})
    return team.id


@command
def update_team(actor: Viewer, team_id: str, payload: Mapping[str, Any]) -> None:
    """Change a team's name, its manager, and whether its reps see each other's records."""
    team = _lock(actor, team_id)
    data = _read(payload)
    changed = set_fields(team, data)
    if changed:
        record("team.changed", actor.id, data={"team_id": team.id, "changed": changed})


@command
def archive_team(actor: Viewer, team_id: str) -> None:
    """Put a team away. Raises Conflict while somebody active is in it."""
    team = _lock(actor, team_id)
    members = db.session.scalar(
        select(func.count()).select_from(User).where(User.team_id == team_id, User.is_active)
    )
    if members:
        raise errors.Conflict(
            ngettext(
                "%(num)s person is still in this team. Move them first.",
                "%(num)s people are still in this team. Move them first.",
                members,
            )
        )
    if team.archived_at is None:
        team.archived_at = clock.now()
        record("team.archived", actor.id, data={"team_id": team.id})


@command
def restore_team(actor: Viewer, team_id: str) -> None:
    """Bring a team back."""
    team = _lock(actor, team_id)
    if team.archived_at is not None:
        team.archived_at = None
        record("team.restored", actor.id, data={"team_id": team.id})
