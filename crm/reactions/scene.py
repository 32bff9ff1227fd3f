"""What entries are about, and everybody whom it may concern: read once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.accounts.models import Account
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import OPEN_STATUSES, Heat, Lead
from crm.timeline.models import TimelineEntry
from crm.users.crew import Crew, read_crew

#: What an alert of a lead needs of it.
LEAD = (
    Lead.id,
    Lead.name,
    Lead.company,
    Lead.phones,
    Lead.needs,
    Lead.source,
    Lead.heat,
    Lead.owner_id,
    Lead.team_id,
    Lead.offered_to,
)
_DEAL = (
    Deal.id,
    Deal.name,
    Deal.amount,
    Deal.currency,
    Deal.status,
    Deal.owner_id,
    Deal.team_id,
    Deal.account_id,
    Account.name.label("account_name"),
    Account.owner_id.label("account_owner_id"),
    Account.team_id.label("account_team_id"),
    Account.phones.label("account_phones"),
)


@dataclass(frozen=True)
class Scene:
    """Open leads and present deals by their id; by lead the entry that says why it is hot."""

    crew: Crew
    leads: dict[str, Any]
    deals: dict[str, Any]
    became_hot: dict[str, Any]


def look_at(entries: Sequence[Any]) -> Scene:
    """Return all that entries need, in a handful of statements however many they are."""
    leads = open_leads({entry.lead_id for entry in entries if entry.lead_id})
    return Scene(
        read_crew(),
        leads,
        _deals({entry.deal_id for entry in entries if entry.deal_id}),
        reasons_of([lead.id for lead in leads.values() if lead.heat == Heat.HOT]),
    )


def lead_words(lead: Any) -> dict[str, Any]:
    """Return who a lead is, for the words of an alert."""
    phone = lead.phones[0]["value"] if lead.phones else ""
    return {"name": lead.name, "company": lead.company, "phone": phone}


def open_leads(ids: Iterable[str]) -> dict[str, Any]:
    """Return the leads that somebody should still follow up."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(*LEAD, Lead.claimed_at, Lead.answered_at, Lead.last_activity_at)
        .add_columns(Lead.routing_rule_id)
        .where(Lead.id.in_(wanted), Lead.archived_at.is_(None))
        .where(Lead.status.in_(OPEN_STATUSES))
    )
    return {row.id: row for row in rows}


def reasons_of(lead_ids: Sequence[str]) -> dict[str, Any]:
    """Return by lead the last entry that says why it is hot."""
    if not lead_ids:
        return {}
    rows = db.session.execute(
        select(TimelineEntry.__table__)
        .where(TimelineEntry.lead_id.in_(lead_ids), TimelineEntry.kind == "lead.became_hot")
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )
    return {row.lead_id: row for row in rows}


def _deals(ids: set[str]) -> dict[str, Any]:
    if not ids:
        return {}
    rows = db.session.execute(
        select(*_DEAL)
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(Deal.id.in_(ids), Deal.archived_at.is_(None))
    )
    return {row.id: row for row in rows}
