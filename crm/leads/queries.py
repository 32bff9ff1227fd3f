"""Reads of leads: the list by heat, one lead's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, literal, or_, select, tuple_

from crm.accounts.queries import EVERY, MINE, PAGE, TEAM, Filters, first_phone
from crm.database import Id, Instant, db
from crm.leads.models import Heat, Lead, LeadStatus
from crm.leads.score_book import read_book
from crm.leads.scoring import Score, score
from crm.leads.touches import facts_of, signs_of
from crm.tags.models import Tagging
from crm.users.ownership import get, may_see
from crm.users.viewer import Viewer

OPEN = (LeadStatus.NEW.value, LeadStatus.WORKING.value)
#: What the list can be narrowed to: a name in the address → the statuses.
GROUPS = {
    "open": OPEN,
    "later": (LeadStatus.LATER.value,),
    "closed": (LeadStatus.CONVERTED.value, LeadStatus.DISQUALIFIED.value),
}
_rank = case((Lead.heat == Heat.HOT.value, 0), (Lead.heat == Heat.WARM.value, 1), else_=2)


def list_leads(
    viewer: Viewer,
    filters: Filters = EVERY,
    group: str = "open",
    after: str | None = None,
    limit: int = PAGE,
) -> Sequence[Any]:
    """Return leads, hot ones first, then the newest: id, name, company, job_title, phone, heat,
    status, created_at. `after` is the id of the last one shown."""
    rows = select(
        Lead.id,
        Lead.name,
        Lead.company,
        Lead.job_title,
        first_phone(Lead),
        Lead.heat,
        Lead.status,
        Lead.created_at,
    ).where(_whose(viewer, filters.whose))
    if filters.archived:
        rows = rows.where(Lead.archived_at.is_not(None))
    else:
        rows = rows.where(Lead.archived_at.is_(None), Lead.status.in_(GROUPS[group]))
    if filters.tag_id:
        tagged = select(Tagging.record_id).where(Tagging.tag_id == filters.tag_id)
        rows = rows.where(Lead.id.in_(tagged))
    last = _place(viewer, after)
    if last is not None:
        older = tuple_(Lead.created_at, Lead.id) < tuple_(
            literal(last.created_at, Instant()), literal(after, Id())
        )
        rows = rows.where(or_(_rank > last.rank, (_rank == last.rank) & older))
    order = (_rank, Lead.created_at.desc(), Lead.id.desc())
    return db.session.execute(rows.order_by(*order).limit(limit)).all()


def _whose(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    if whose == MINE:
        return Lead.owner_id == viewer.id
    if whose == TEAM:
        return Lead.team_id.in_(viewer.team_ids)
    return may_see(Lead, viewer)


def _place(viewer: Viewer, lead_id: str | None) -> Row[Any] | None:
    if not lead_id:
        return None
    return db.session.execute(
        select(_rank.label("rank"), Lead.created_at).where(
            Lead.id == lead_id, may_see(Lead, viewer)
        )
    ).first()


def get_lead(viewer: Viewer, lead_id: str) -> Lead:
    """Return a lead, archived ones too. Raises NotFound."""
    return get(viewer, Lead, lead_id)


def heats_of(ids: Sequence[str]) -> dict[str, str]:
    """Return the heat by id; the caller has found the leads visible."""
    if not ids:
        return {}
    rows = db.session.execute(select(Lead.id, Lead.heat).where(Lead.id.in_(ids)))
    return {row.id: row.heat for row in rows}


def scores_of(leads: Sequence[Any], now: datetime) -> dict[str, Score]:
    """Return the scores by id as they are now; the caller has found the leads visible.

    A lead needs its id, and job_title, employees, city and industry.
    """
    if not leads:
        return {}
    book, signs = read_book(), signs_of([lead.id for lead in leads])
    return {
        lead.id: score(book.rules, signs.get(lead.id, ()), facts_of(lead), now) for lead in leads
    }


def leads_of(viewer: Viewer, *, limit: int = 10, **record_id: str) -> Sequence[Any]:
    """Return the visible leads that became this record, the newest first.

    Name it by account_id, contact_id or deal_id.
    """
    ((name, value),) = record_id.items()
    return db.session.execute(
        select(
            Lead.id,
            Lead.name,
            Lead.status,
            Lead.heat,
            Lead.score,
            Lead.conversion,
            Lead.source,
            Lead.first_touch,
            Lead.last_touch,
            Lead.created_at,
        )
        .where(getattr(Lead, name) == value, may_see(Lead, viewer), Lead.archived_at.is_(None))
        .order_by(Lead.created_at.desc())
        .limit(limit)
    ).all()
