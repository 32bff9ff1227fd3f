"""Reads of leads: one lead's page, and what other pages say of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm.database import db
from crm.leads.models import OPEN_STATUSES, Lead
from crm.leads.score_book import read_book
from crm.leads.scoring import Score, score
from crm.leads.touches import facts_of, signs_of
from crm.users.ownership import get, may_see
from crm.users.viewer import Viewer


def get_lead(viewer: Viewer, lead_id: str) -> Lead:
    """Return a lead, archived ones too. Raises NotFound."""
    return get(viewer, Lead, lead_id)


def cards_to_type(viewer: Viewer, limit: int = 10) -> Sequence[Any]:
    """Return the viewer's own leads of which there is only a photo of the card, oldest first."""
    own = select(Lead.id, Lead.name, Lead.card_at).where(
        Lead.owner_id == viewer.id, Lead.card_at.is_not(None)
    )
    still = own.where(Lead.archived_at.is_(None), Lead.status.in_(OPEN_STATUSES))
    return db.session.execute(still.order_by(Lead.card_at).limit(limit)).all()


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
