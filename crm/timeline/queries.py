"""The feed on a record's page, as far as the viewer may see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, column, or_, select, table, true, tuple_

from crm.database import Id, Instant, db
from crm.timeline.models import TimelineEntry
from crm.users.models import User
from crm.users.ownership import may_see
from crm.users.viewer import Viewer



def _owned(name: str) -> Any:
    """The spine stands below what hangs on it, so it knows these tables by name only."""
    return table(name, column("id", Id), column("owner_id", Id), column("team_id", Id))


_DEAL, _CONTACT, _LEAD = _owned("deal"), _owned("contact"), _owned("lead")
_ACTIVITY = table(
    "activity", column("id", Id), column("superseded_by_id", Id), column("withdrawn_at", Instant)
)
_RECORDS = ("deal_id", "contact_id", "account_id", "lead_id", "user_id")
_COLUMNS = (
    TimelineEntry.id, TimelineEntry.kind, TimelineEntry.at, TimelineEntry.actor_id,
    TimelineEntry.deal_id, TimelineEntry.contact_id, TimelineEntry.account_id,
    TimelineEntry.lead_id, TimelineEntry.activity_id, TimelineEntry.data,
    User.name.label("actor_name"),
    _ACTIVITY.c.superseded_by_id, _ACTIVITY.c.withdrawn_at,
    _CONTACT.c.id.label("seen_contact_id"),
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
        .outerjoin(_ACTIVITY, _ACTIVITY.c.id == TimelineEntry.activity_id)
        .outerjoin(_CONTACT, _CONTACT.c.id == TimelineEntry.contact_id)
        .where(getattr(TimelineEntry, name) == value, *_seen(viewer, name))
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    if not viewer.is_admin and name not in ("deal_id",):
        entries = entries.outerjoin(_DEAL, _DEAL.c.id == TimelineEntry.deal_id).outerjoin(
            _LEAD, _LEAD.c.id == TimelineEntry.lead_id
        )
    if before is not None:
        entries = entries.where(tuple_(TimelineEntry.at, TimelineEntry.id) < before)
    return db.session.execute(entries).all()


def _seen(viewer: Viewer, name: str) -> list[Any]:
    """A record's page may show what happened on it, but not what hangs on others' deals."""
    if viewer.is_admin or name == "deal_id":
        return [true()]
    rules = [or_(TimelineEntry.deal_id.is_(None), and_(_DEAL.c.id.is_not(None),
                                                       may_see(_DEAL.c, viewer)))]
    if name != "lead_id":
        rules.append(or_(TimelineEntry.lead_id.is_(None), and_(_LEAD.c.id.is_not(None),
                                                               may_see(_LEAD.c, viewer))))
    if name == "account_id":
        rules.append(or_(TimelineEntry.contact_id.is_(None), _CONTACT.c.id.is_(None),
                         may_see(_CONTACT.c, viewer)))
    return rules


