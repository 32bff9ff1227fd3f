"""A manager's view of his people: who logged what, what is open, what slips."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from crm import clock, errors
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal, StageKind
from crm.i18n import formatting
from crm.users.models import Team, User
from crm.users.ownership import may_see, my_people
from crm.users.viewer import Viewer

_COUNTED = (
    Activity.done_at.is_not(None),
    Activity.archived_at.is_(None),
    Activity.withdrawn_at.is_(None),
    Activity.superseded_by_id.is_(None),
)
_PLANNED = (Activity.done_at.is_(None), Activity.archived_at.is_(None))
_OPEN = (Deal.status == StageKind.OPEN.value, Deal.archived_at.is_(None))


@dataclass
class Member:
    """A person of the team and his figures."""

    id: str
    name: str
    role: str
    team_label: str
    last_logged_at: datetime | None
    away_from: date | None = None
    away_until: date | None = None
    today: int = 0
    week: int = 0
    week_by_kind: dict[str, int] = field(default_factory=dict)
    open_deals: int = 0
    open_sums: list[tuple[str, int]] = field(default_factory=list)
    quiet_deals: int = 0
    overdue: int = 0


def of_my_teams(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition for the viewer's people. Raises NotFound for a rep."""
    if not viewer.is_manager:
        raise errors.NotFound
    return and_(User.is_active, my_people(viewer))


def team_members(viewer: Viewer) -> list[Member]:
    """Return the active people of a manager's teams, or of all for an admin, with their figures.

    Five statements, however many people there are. Raises NotFound for a rep.
    """
    members = {row.id: _member(row) for row in db.session.execute(_people(viewer))}
    ids = list(members)
    for row in db.session.execute(_logged(viewer, ids)):
        member = members[row.owner_id]
        member.today += int(row.today)
        member.week += row.week
        member.week_by_kind[row.kind] = row.week
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.session.execute(_open_deals(viewer, ids)):
        members[row.owner_id].open_deals += row.deals
        sums[row.owner_id][row.currency] = int(row.amount or 0)
    for owner_id, by_currency in sums.items():
        members[owner_id].open_sums = sorted(by_currency.items(), key=lambda sum_: -sum_[1])
    for row in db.session.execute(_quiet_deals(viewer, ids)):
        members[row.owner_id].quiet_deals = row.deals
    for row in db.session.execute(_overdue(viewer, ids)):
        members[row.owner_id].overdue = row.promises
    return list(members.values())


def _people(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    last = (
        select(Activity.done_at)
        .where(Activity.owner_id == User.id, *_COUNTED)
        .order_by(Activity.done_at.desc())
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    return (
        select(
            User.id,
            User.name,
            User.role,
            User.away_from,
            User.away_until,
            Team.name.label("team_name"),
            last.label("last"),
        )
        .outerjoin(Team, Team.id == User.team_id)
        .where(of_my_teams(viewer))
        .order_by(Team.name.is_(None), Team.name, User.name, User.id)
    )


def _member(row: Any) -> Member:
    return Member(
        row.id,
        row.name,
        row.role,
        row.team_name or "",
        row.last,
        row.away_from,
        row.away_until,
    )


def _logged(viewer: Viewer, ids: list[str]) -> Select[*tuple[Any, ...]]:
    today = formatting.local(clock.now(), locale=viewer.locale).date()
    day_starts, _ends = formatting.day_bounds(today, viewer.locale.tz)
    week_starts, week_ends = formatting.week_bounds(today, locale=viewer.locale)
    of_today = func.sum(case((Activity.done_at >= day_starts, 1), else_=0))
    return (
        select(
            Activity.owner_id, Activity.kind, func.count().label("week"), of_today.label("today")
        )
        .where(
            Activity.owner_id.in_(ids),
            Activity.done_at >= week_starts,
            Activity.done_at < week_ends,
            *_COUNTED,
            may_see(Activity, viewer),
        )
        .group_by(Activity.owner_id, Activity.kind)
    )


def _open_deals(viewer: Viewer, ids: list[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Deal.owner_id,
            Deal.currency,
            func.count().label("deals"),
            func.sum(Deal.amount).label("amount"),
        )
        .where(Deal.owner_id.in_(ids), *_OPEN, may_see(Deal, viewer))
        .group_by(Deal.owner_id, Deal.currency)
    )


def _quiet_deals(viewer: Viewer, ids: list[str]) -> Select[*tuple[Any, ...]]:
    since = func.coalesce(Deal.last_activity_at, Deal.stage_entered_at)
    planned = select(Activity.id).where(Activity.deal_id == Deal.id, *_PLANNED).exists()
    return (
        select(Deal.owner_id, func.count().label("deals"))
        .where(
            Deal.owner_id.in_(ids),
            *_OPEN,
            may_see(Deal, viewer),
            ~planned,
            since < clock.now() - timedelta(days=viewer.quiet_days),
        )
        .group_by(Deal.owner_id)
    )


def _overdue(viewer: Viewer, ids: list[str]) -> Select[*tuple[Any, ...]]:
    now = clock.now()
    day_starts, _ends = formatting.day_bounds(
        formatting.local(now, locale=viewer.locale).date(), viewer.locale.tz
    )
    late = or_(
        and_(Activity.has_time, Activity.due_at < now),
        and_(~Activity.has_time, Activity.due_at < day_starts),
    )
    return (
        select(Activity.owner_id, func.count().label("promises"))
        .where(Activity.owner_id.in_(ids), *_PLANNED, late, may_see(Activity, viewer))
        .group_by(Activity.owner_id)
    )
