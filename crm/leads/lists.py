"""The list of leads, hot ones first: each page is read in its order from an index, not sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, literal, select, true, tuple_, union_all

from crm.accounts.queries import MINE, PAGE, TEAM, Filters, first_phone
from crm.database import Id, Instant, db
from crm.leads.models import Heat, Lead, LeadStatus
from crm.tags.models import Tagging
from crm.users.models import User
from crm.users.ownership import may_see, seen_parts
from crm.users.viewer import Viewer

NOBODY = "nobody"
#: What the list can be narrowed to: a name in the address → the statuses.
GROUPS = {
    "open": (LeadStatus.NEW.value, LeadStatus.WORKING.value),
    "later": (LeadStatus.LATER.value,),
    "closed": (LeadStatus.CONVERTED.value, LeadStatus.DISQUALIFIED.value),
}
#: In the order of the list.
HEATS = (Heat.HOT.value, Heat.WARM.value, Heat.COLD.value)
#: Among how many of the first leads a source is looked for, to be offered.
SOURCES_OF = 60


@dataclass(frozen=True)
class LeadFilters(Filters):
    """Which leads a list shows; `whose` may also be NOBODY or a person's id."""

    group: str = "open"
    heat: str | None = None
    #: Came from `since` (included) to `until` (excluded).
    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None


EVERY_LEAD = LeadFilters()


def list_leads(
    viewer: Viewer,
    filters: LeadFilters = EVERY_LEAD,
    after: str | None = None,
    limit: int = PAGE,
) -> Sequence[Any]:
    """Return leads, hot ones first, then the newest: id, name, company, job_title, phone, heat,
    status, created_at, source, card_at, owner_id, owner_name, and what a score asks for. `after`
    is the id of the last one shown."""
    last = _place(viewer, after)
    found: list[Any] = []
    for heat in heats_after(filters, last):
        if len(found) < limit:
            begin = last if last is not None and last.heat == heat else None
            found += db.session.execute(_rows(viewer, filters, heat, begin, limit - len(found)))
    return found


def heats_after(filters: LeadFilters, last: Any) -> Sequence[str]:
    """Return the heats that are still to be shown, the hottest first."""
    heats = [filters.heat] if filters.heat in HEATS else list(HEATS)
    if last is None:
        return heats
    return [heat for heat in heats if HEATS.index(heat) >= HEATS.index(last.heat)]


def sources_of(viewer: Viewer) -> list[str]:
    """Return the sources of the viewer's first leads, by name: what a list may be narrowed to."""
    ids: list[Any] = [_ids(viewer, EVERY_LEAD, heat, None, SOURCES_OF) for heat in HEATS]
    first = union_all(*(select(page.subquery().c.id) for page in ids))
    named = select(Lead.source).where(Lead.id.in_(first), Lead.source.is_not(None)).distinct()
    return sorted(found for found in db.session.scalars(named) if found)


def _place(viewer: Viewer, lead_id: str | None) -> Row[str, str, datetime] | None:
    if not lead_id:
        return None
    place = select(Lead.id, Lead.heat, Lead.created_at).where(Lead.id == lead_id)
    return db.session.execute(place.where(may_see(Lead, viewer))).first()


def _rows(
    viewer: Viewer, filters: LeadFilters, heat: str, last: Any, limit: int
) -> Select[*tuple[Any, ...]]:
    page = _ids(viewer, filters, heat, last, limit).subquery()
    return (
        select(
            Lead.id,
            Lead.name,
            Lead.company,
            Lead.job_title,
            first_phone(Lead),
            Lead.heat,
            Lead.status,
            Lead.created_at,
            Lead.source,
            Lead.card_at,
            Lead.owner_id,
            User.name.label("owner_name"),
            Lead.employees,
            Lead.city,
            Lead.industry,
        )
        .join(page, page.c.id == Lead.id)
        .outerjoin(User, User.id == Lead.owner_id)
        .order_by(page.c.created_at.desc(), page.c.id.desc())
    )


def _ids(viewer: Viewer, filters: LeadFilters, heat: str, last: Any, limit: int) -> Any:
    """A page of one heat: the first rows of each part, which an index of its own has in order."""
    wanted = [*_wanted(filters), Lead.heat == heat]
    if last is not None:
        shown = tuple_(literal(last.created_at, Instant()), literal(last.id, Id()))
        wanted.append(tuple_(Lead.created_at, Lead.id) < shown)
    statuses: list[Any] = [Lead.status == status for status in GROUPS[filters.group]]
    # Each part has its own end: PostgreSQL sorts all of them otherwise.
    firsts = [
        select(Lead.id, Lead.created_at)
        .where(part, status, *wanted)
        .order_by(Lead.created_at.desc(), Lead.id.desc())
        .limit(limit)
        .subquery()
        for part in _whose(viewer, filters.whose)
        for status in ([true()] if filters.archived else statuses)
    ]
    parts = union_all(*(select(first.c.id, first.c.created_at) for first in firsts))
    columns = parts.selected_columns
    return parts.order_by(columns.created_at.desc(), columns.id.desc()).limit(limit)


def _wanted(filters: LeadFilters) -> list[ColumnElement[bool]]:
    put_away = Lead.archived_at.is_not(None) if filters.archived else Lead.archived_at.is_(None)
    wanted: list[ColumnElement[bool]] = [put_away]
    if filters.since:
        wanted.append(Lead.created_at >= filters.since)
    if filters.until:
        wanted.append(Lead.created_at < filters.until)
    if filters.source:
        wanted.append(Lead.source == filters.source)
    if filters.tag_id:
        tagged = select(Tagging.record_id).where(Tagging.tag_id == filters.tag_id)
        wanted.append(Lead.id.in_(tagged))
    return wanted


def _whose(viewer: Viewer, whose: str) -> list[ColumnElement[bool]]:
    if whose == MINE:
        return [Lead.owner_id == viewer.id]
    if whose == TEAM:
        return [Lead.team_id == team_id for team_id in viewer.team_ids] or [Lead.owner_id == ""]
    if whose == NOBODY:
        return [and_(Lead.owner_id.is_(None), may_see(Lead, viewer))]
    if whose != Filters.whose:
        return [and_(Lead.owner_id == whose, may_see(Lead, viewer))]
    return seen_parts(Lead, viewer)
