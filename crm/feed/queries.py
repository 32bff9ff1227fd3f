"""The timeline on a record's page, as far as the viewer may see it.

It stands above the records, because what hangs on a deal is shown to who may see that deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, desc, or_, select, tuple_, union_all

from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.timeline.models import TimelineEntry
from crm.users.models import User
from crm.users.ownership import may_see
from crm.users.viewer import Viewer

_RECORDS = ("deal_id", "contact_id", "account_id", "lead_id", "user_id")
#: What a lead becomes; its page shows what happened before as well.
_BECAME = ("deal_id", "contact_id", "account_id")
_COLUMNS = (
    TimelineEntry.id,
    TimelineEntry.kind,
    TimelineEntry.at,
    TimelineEntry.actor_id,
    TimelineEntry.deal_id,
    TimelineEntry.contact_id,
    TimelineEntry.account_id,
    TimelineEntry.lead_id,
    TimelineEntry.activity_id,
    TimelineEntry.data,
    User.name.label("actor_name"),
    Activity.superseded_by_id,
    Activity.withdrawn_at,
)


def entries_of(
    viewer: Viewer, *, before: tuple[datetime, str] | None = None, limit: int = 20, **record_id: str
) -> Sequence[Row[Any]]:
    """Return the newest entries of one record, which the caller has found visible.

    Name the record by one of deal_id, contact_id, account_id, lead_id, user_id. Entries of a deal
    or person that the viewer may not see are left out. `before` is (at, id) of the last one shown.
    """
    ((name, value),) = record_id.items()
    if name not in _RECORDS:
        raise ValueError(name)
    here = _part(viewer, name).where(getattr(TimelineEntry, name) == value)
    parts = [here]
    if name in _BECAME:
        # What happened while it was a lead. Each part walks an index of its own in the order of
        # the page; one OR over both would read and sort everything first.
        column = getattr(TimelineEntry, name)
        parts.append(
            _part(viewer, name, was_lead=True).where(
                getattr(Lead, name) == value, column.is_distinct_from(value)
            )
        )
    if before is not None:
        older = tuple_(TimelineEntry.at, TimelineEntry.id) < before
        parts = [part.where(older) for part in parts]
    every: Any = union_all(*parts)
    newest = every.order_by(desc("at"), desc("id")).limit(limit).subquery()
    entries = (
        select(*_COLUMNS)
        .join(newest, newest.c.id == TimelineEntry.id)
        .outerjoin(User, User.id == TimelineEntry.actor_id)
        .outerjoin(Activity, Activity.id == TimelineEntry.activity_id)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
    )
    return db.session.execute(entries).all()


def _part(viewer: Viewer, name: str, *, was_lead: bool = False) -> Any:
    """Return the entries that the viewer may read on a page of this kind."""
    part: Any = select(TimelineEntry.id, TimelineEntry.at)
    if was_lead:
        part = part.join(Lead, Lead.id == TimelineEntry.lead_id).where(may_see(Lead, viewer))
    if viewer.is_admin or (name == "deal_id" and not was_lead):
        return part
    if not was_lead:
        part = part.outerjoin(Lead, Lead.id == TimelineEntry.lead_id)
    return (
        part.outerjoin(Deal, Deal.id == TimelineEntry.deal_id)
        .outerjoin(Contact, Contact.id == TimelineEntry.contact_id)
        .where(*_seen(viewer, name))
    )


def _seen(viewer: Viewer, name: str) -> list[Any]:
    """A record's page may show what happened on it, but not what hangs on others' deals."""
    rules = [
        or_(TimelineEntry.deal_id.is_(None), and_(Deal.id.is_not(None), may_see(Deal, viewer)))
    ]
    if name != "lead_id":
        rules.append(
            or_(TimelineEntry.lead_id.is_(None), and_(Lead.id.is_not(None), may_see(Lead, viewer)))
        )
    if name in ("account_id", "deal_id"):
        rules.append(
            or_(TimelineEntry.contact_id.is_(None), Contact.id.is_(None), may_see(Contact, viewer))
        )
    return rules
