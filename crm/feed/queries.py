"""The timeline on a record's page, as far as the viewer may see it.

It stands above the records, because what hangs on a deal is shown to who may see that deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select, true, tuple_

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
    entries = (
        select(*_COLUMNS)
        .outerjoin(User, User.id == TimelineEntry.actor_id)
        .outerjoin(Activity, Activity.id == TimelineEntry.activity_id)
        .outerjoin(Contact, Contact.id == TimelineEntry.contact_id)
        .where(getattr(TimelineEntry, name) == value, *_seen(viewer, name))
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    if not viewer.is_admin and name != "deal_id":
        entries = entries.outerjoin(Deal, Deal.id == TimelineEntry.deal_id).outerjoin(
            Lead, Lead.id == TimelineEntry.lead_id
        )
    if before is not None:
        entries = entries.where(tuple_(TimelineEntry.at, TimelineEntry.id) < before)
    return db.session.execute(entries).all()


def _seen(viewer: Viewer, name: str) -> list[Any]:
    """A record's page may show what happened on it, but not what hangs on others' deals."""
    if viewer.is_admin or name == "deal_id":
        return [true()]
    rules = [
        or_(TimelineEntry.deal_id.is_(None), and_(Deal.id.is_not(None), may_see(Deal, viewer)))
    ]
    if name != "lead_id":
        rules.append(
            or_(TimelineEntry.lead_id.is_(None), and_(Lead.id.is_not(None), may_see(Lead, viewer)))
        )
    if name == "account_id":
        rules.append(
            or_(TimelineEntry.contact_id.is_(None), Contact.id.is_(None), may_see(Contact, viewer))
        )
    return rules
