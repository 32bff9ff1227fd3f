"""Everybody at once, for work about many people: who is here, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from crm.company.models import Company
from crm.database import db
from crm.users.away import is_away
from crm.users.models import Team, User
from crm.users.ownership import sees
from crm.users.sessions import VIEWER_COLUMNS, viewer_from
from crm.users.viewer import Viewer


@dataclass(frozen=True)
class Member:
    """One active person, and when somebody else is told in his place."""

    viewer: Viewer
    away_from: date | None
    away_until: date | None
    cover_id: str | None

    def is_here(self, now: datetime) -> bool:
        """Whether he is not away on his own day."""
        today = now.astimezone(self.viewer.locale.tz).date()
        return not is_away(self.away_from, self.away_until, today)


@dataclass(frozen=True)
class Reached:
    """Who is told; `stands_for` is the name of the one who is away."""

    viewer: Viewer
    stands_for: str = ""


class Crew:
    """The active people and who leads which team."""

    def __init__(self, members: dict[str, Member], managers: dict[str, str]) -> None:
        self._members, self._managers = members, managers

    def find(self, user_id: str | None) -> Member | None:
        """Return an active person."""
        return self._members.get(user_id or "")

    def manager_of(self, team_id: str | None) -> Member | None:
        """Return who leads a team."""
        return self.find(self._managers.get(team_id or ""))

    def reach(self, user_id: str | None, record: Any, now: datetime) -> Reached | None:
        """Return who is told what somebody is to know of a record (.owner_id, .team_id).

        He himself; while he is away who covers for him, else his manager, as far as they see the
        record, and he after all where none of them is here. None for who is no longer active.
        """
        member = self.find(user_id)
        if member is None or not sees(member.viewer, record):
            return None
        if member.is_here(now):
            return Reached(member.viewer)
        for other in (self.find(member.cover_id), self.manager_of(member.viewer.team_id)):
            if other and other is not member and other.is_here(now) and sees(other.viewer, record):
                return Reached(other.viewer, stands_for=member.viewer.name)
        return Reached(member.viewer)

    def leaders(self, team_id: str | None, now: datetime) -> Iterator[Reached]:
        """Yield who decides about what is nobody's: the team's manager, else the admins."""
        manager = self.manager_of(team_id)
        if manager and manager.is_here(now):
            yield Reached(manager.viewer)
            return
        for member in self._members.values():
            if member.viewer.is_admin and member.is_here(now):
                yield Reached(member.viewer)


def read_crew() -> Crew:
    """Return everybody who is active, in two statements."""
    teams = db.session.execute(select(Team.id, Team.manager_id)).all()
    managers = {team.id: team.manager_id for team in teams if team.manager_id}
    rows = db.session.execute(
        select(*VIEWER_COLUMNS, User.away_from, User.away_until, User.cover_id)
        .select_from(User)
        .outerjoin(Team, Team.id == User.team_id)
        .join(Company, Company.id.is_not(None))
        .where(User.is_active)
        .order_by(User.id)
    )
    members = {}
    for row in rows:
        leads = [team for team, manager in managers.items() if manager == row.id]
        viewer = viewer_from(row, leads if row.role == "manager" else ())
        members[row.id] = Member(viewer, row.away_from, row.away_until, row.cover_id)
    return Crew(members, managers)
