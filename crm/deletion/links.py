"""What hangs on a record: what goes with it, and what stays with its link emptied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from crm import errors
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.mail.models import MailMessage
from crm.tags.models import Tagging
from crm.timeline.models import TimelineEntry
from crm.users.ownership import get
from crm.users.viewer import Viewer

MODELS: dict[str, Any] = {"account": Account, "contact": Contact, "lead": Lead, "deal": Deal}
#: Who keeps an activity or entry when one of its records goes. A meeting with a person at an
#: account is the person's; on a deal it is the deal's too.
_KEEPERS = {
    "account": ("contact_id", "deal_id", "lead_id"),
    "contact": ("deal_id", "lead_id"),
    "lead": ("deal_id", "contact_id", "account_id"),
    # What hangs on a deal is seen by who sees the deal: without it, everyone would see it.
    "deal": (),
}
#: The columns elsewhere that point to a kind of record.
LINKS: dict[str, tuple[Any, ...]] = {
    "account": (Contact.account_id, Deal.account_id, Lead.account_id, Account.parent_id),
    "contact": (Deal.contact_id, Lead.contact_id),
    "lead": (),
    "deal": (Lead.deal_id,),
}
HISTORY: tuple[Any, ...] = (Activity, TimelineEntry, MailMessage)


def model_of(kind: str) -> Any:
    """Return the model of a kind. Raises NotFound for a kind that cannot be deleted."""
    if kind not in MODELS:
        raise errors.NotFound
    return MODELS[kind]


def only_about(rows: Any, kind: str, record_id: str) -> list[ColumnElement[bool]]:
    """Return the conditions of activities or entries that are about this record alone."""
    others = [getattr(rows, name).is_(None) for name in _KEEPERS[kind]]
    return [getattr(rows, f"{kind}_id") == record_id, *others]


@dataclass(frozen=True)
class Preview:
    """What a deletion would take along, and what it would only cut loose; by table name."""

    record: Any
    gone: dict[str, int]
    kept: dict[str, int]


def preview(viewer: Viewer, kind: str, record_id: str) -> Preview:
    """Return what deleting the record would do. Raises NotFound for all but admins."""
    if not viewer.is_admin:
        raise errors.NotFound
    record = get(viewer, model_of(kind), record_id)
    gone = {
        rows.__tablename__: _count(rows, *only_about(rows, kind, record_id)) for rows in HISTORY
    }
    gone["tagging"] = _count(Tagging, Tagging.record_id == record_id)
    kept = {
        column.class_.__tablename__: _count(column.class_, column == record_id)
        for column in LINKS[kind]
    }
    linked = _count(Activity, getattr(Activity, f"{kind}_id") == record_id)
    kept["activity"] = linked - gone["activity"]
    return Preview(record, gone, kept)


def _count(rows: Any, *wanted: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows).where(*wanted)) or 0
