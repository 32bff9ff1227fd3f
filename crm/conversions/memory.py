"""What a conversion made and filled, kept on the lead so that it can be undone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from crm import clock
from crm.accounts.models import Account, Contact
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead, LeadStatus
from crm.timeline.models import TimelineEntry

UNDO_FOR = timedelta(days=30)
MODELS: dict[str, Any] = {"deal": Deal, "contact": Contact, "account": Account}


@dataclass
class Memory:
    """One conversion. Records are named by kind: account, contact, deal."""

    #: The lead's status before.
    status: str
    #: Who took it by converting it and the team that it was of, where it was nobody's.
    taker_id: str | None = None
    team_id: str | None = None
    #: What it was worth on that day: its row goes on cooling.
    score: int = 0
    #: {"id", "version", "entries"} of each record that it made, as it left it.
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: {"id", "changed": {field: [before, after]}} of each record that was there already.
    filled: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Promises to the lead that became promises to the customer.
    activities: list[str] = field(default_factory=list)

    def close(self) -> dict[str, Any]:
        """Return it as the lead keeps it, once everything is written."""
        for kind, one in self.made.items():
            record_ = db.session.get_one(MODELS[kind], one["id"])
            one |= {"version": record_.version, "entries": entries_about(kind, record_.id)}
        return asdict(self)


def entries_about(kind: str, record_id: str) -> int:
    """Return how often something happened to a record: whatever was done with it is an entry."""
    column = getattr(TimelineEntry, f"{kind}_id")
    return db.session.scalar(select(func.count()).where(column == record_id)) or 0


def undo_until(lead: Lead) -> datetime | None:
    """Return until when the lead's conversion can be undone; None where it cannot any more."""
    if lead.status != LeadStatus.CONVERTED or lead.converted_at is None or not lead.conversion:
        return None
    until = lead.converted_at + UNDO_FOR
    return until if clock.now() <= until else None
