"""Changing a person's role or team; his records follow him to the team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from crm.administration.handover import OWNED
from crm.database import command, db
from crm.schema import Key, OneOf, Schema, Str, load
from crm.search import index
from crm.timeline.record import record, set_fields
from crm.users.commands import check_team, lead_team, lock_user, refuse_last_admin
from crm.users.credentials import read_logins, refuse_taken
from crm.users.models import Role, Team, User
from crm.users.viewer import Viewer


class UserSchema(Schema):
    name = Str(120, required=True)
    email = Str(254)
    phone = Str(40)
    role = OneOf(Role, required=True)
    team_id = Key()


@command
def update_user(actor: Viewer, user_id: str, payload: Mapping[str, Any]) -> None:
    """Change a person's name, sign-in, role and team; it holds from his next request on.

    Raises ValidationError, and Conflict for the last admin's role.
    """
    user = lock_user(actor, user_id)
    data = {"team_id": None, **load(UserSchema(), payload)}
    data |= read_logins(data.get("email"), data.get("phone"), actor.locale.region)
    refuse_taken({"email": data["email"], "phone": data["phone"]}, user.id)
    if data["team_id"] != user.team_id:
        check_team(data["team_id"])
    if data["role"] != Role.ADMIN:
        refuse_last_admin(user)
    changed = set_fields(user, data)
    db.session.flush()
    if "team_id" in changed:
        _take_records_along(user)
    if "role" in changed and user.role == Role.REP:
        db.session.execute(update(Team).where(Team.manager_id == user.id).values(manager_id=None))
    lead_team(user)
    if changed:
        record("user.changed", actor.id, user_id=user.id, data={"changed": changed})


def _take_records_along(user: User) -> None:
    for model in OWNED:
        db.session.execute(
            update(model)
            .where(model.owner_id == user.id)
            .values(team_id=user.team_id)
            .execution_options(synchronize_session=False)
        )
    index.hand_over(user.id, user.id, user.team_id)
