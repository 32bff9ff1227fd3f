"""The people who sell in the sample: two managers with a team each, six reps."""

from __future__ import annotations

from datetime import timedelta

from crm.sample.invention import Invention, Owner
from crm.users.models import Role
from crm.users.viewer import Viewer

REPS_A_TEAM = 3
HIRED_DAYS_AGO = 400
#: Of a hundred records.
SHARE_OF_A_REP, SHARE_OF_A_MANAGER, SHARE_OF_THE_ADMIN = 12, 5, 14


def hire(made: Invention, actor: Viewer, password_hash: str | None) -> None:
    """Make teams and users; the actor is the third kind of owner."""
    made.owners.append(Owner(actor.id, actor.team_id))
    made.shares.append(SHARE_OF_THE_ADMIN)
    at = made.now - timedelta(days=HIRED_DAYS_AGO)
    for name in made.words.teams:
        team_id = made.new_id(at)
        manager_id = _user(made, Role.MANAGER, team_id, password_hash)
        made.rows["team"].append(
            {
                "id": team_id,
                "name": name,
                "manager_id": manager_id,
                "is_shared": True,
                "is_sample": True,
            }
        )
        for _number in range(REPS_A_TEAM):
            _user(made, Role.REP, team_id, password_hash)


def _user(made: Invention, role: Role, team_id: str, password_hash: str | None) -> str:
    at = made.now - timedelta(days=HIRED_DAYS_AGO)
    name, address = made.person(made.words)
    user_id = made.new_id(at)
    made.rows["user"].append(
        {
            "id": user_id,
            "name": name,
            "email": f"{address}@sample.example",
            "role": str(role),
            "team_id": team_id,
            "password_hash": password_hash,
            "is_active": True,
            "theme": "auto",
            "is_sample": True,
            "created_at": at,
        }
    )
    made.owners.append(Owner(user_id, team_id))
    made.shares.append(SHARE_OF_A_MANAGER if role is Role.MANAGER else SHARE_OF_A_REP)
    return user_id
