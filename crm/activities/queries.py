"""Reads of activities: what is promised, what ended unlogged, what slips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity, ActivityKind
from crm.database import db
from crm.deals.models import Deal, StageKind
from crm.leads.models import Heat, Lead, LeadStatus
from crm.users.ownership import get, may_see, with_visible
from crm.users.viewer import Viewer

#: How long after its end a meeting asks to be logged in the card; then it is a row.
FRESH = timedelta(minutes=90)
_PLANNED = (Activity.done_at.is_(None), Activity.archived_at.is_(None))
#: The models that an activity may be about, each with its column.
ABOUT: tuple[tuple[Any, Any], ...] = (
    (Contact, Activity.contact_id),
    (Account, Activity.account_id),
    (Lead, Activity.lead_id),
    (Deal, Activity.deal_id),
)
_ROW = (
    Activity.id,
    Activity.kind,
    Activity.subject,
    Activity.due_at,
    Activity.ends_at,
    Activity.has_time,
    Activity.updated_at,
    Activity.version,
    Activity.done_at,
    Deal.id.label("deal_id"),
    Lead.id.label("lead_id"),
    Contact.id.label("contact_id"),
    Account.id.label("account_id"),
    Activity.note,
    Contact.name.label("contact_name"),
    Contact.phones.label("contact_phones"),
    Account.name.label("account_name"),
    Lead.name.label("lead_name"),
    Lead.phones.label("lead_phones"),
    Lead.company.label("lead_company"),
    Deal.name.label("deal_name"),
    Deal.amount,
    Deal.currency,
)


def _rows(viewer: Viewer) -> Select[Any]:
    """Activities with what they are about; a record that the viewer may not see is left out."""
    return with_visible(select(*_ROW).select_from(Activity), viewer, *ABOUT)


def promises(viewer: Viewer, until: datetime, limit: int = 100) -> Sequence[Row[Any]]:
    """Return the viewer's own planned activities due before `until`, the oldest first."""
    return db.session.execute(
        _rows(viewer)
        .where(Activity.owner_id == viewer.id, *_PLANNED, Activity.due_at < until)
        .order_by(Activity.due_at)
        .limit(limit)
    ).all()


def planned_between(
    viewer: Viewer, start: datetime, end: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Return the viewer's own planned activities due from `start` until `end`, in order."""
    return db.session.execute(
        _rows(viewer)
        .where(Activity.owner_id == viewer.id, *_PLANNED)
        .where(Activity.due_at >= start, Activity.due_at < end)
        .order_by(Activity.due_at, Activity.id)
        .limit(limit)
    ).all()


def first_after(viewer: Viewer, after: datetime) -> Row[Any] | None:
    """Return the viewer's first planned activity from `after` on."""
    return db.session.execute(
        _rows(viewer)
        .where(Activity.owner_id == viewer.id, *_PLANNED, Activity.due_at >= after)
        .order_by(Activity.due_at)
        .limit(1)
    ).first()


def is_unlogged(row: Any, now: datetime) -> bool:
    """Whether this planned meeting is over and nobody has said how it went."""
    return (
        row.kind in (ActivityKind.MEETING, ActivityKind.VISIT)
        and row.ends_at is not None
        and row.ends_at <= now
    )


def get_activity(viewer: Viewer, activity_id: str) -> Activity:
    """Return an activity. Raises NotFound."""
    return get(viewer, Activity, activity_id)


def get_row(viewer: Viewer, activity_id: str) -> Row[Any]:
    """Return an activity with the names around it. Raises NotFound."""
    get(viewer, Activity, activity_id)
    return db.session.execute(_rows(viewer).where(Activity.id == activity_id)).one()


def next_steps(viewer: Viewer, deal_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Return each deal's earliest planned activity; the caller has found the deals visible."""
    return _earliest(viewer, Activity.deal_id, list(deal_ids))


def next_step_of(viewer: Viewer, column: str, record_id: str) -> Row[Any] | None:
    """Return the earliest planned activity of one visible record, by deal_id, contact_id …

    As in its timeline, what hangs on a deal that the viewer may not see is left out.
    """
    return _earliest(viewer, getattr(Activity, column), [record_id]).get(record_id)


def _earliest(viewer: Viewer, column: Any, ids: list[str]) -> dict[str, Row[Any]]:
    if not ids:
        return {}
    seen = or_(Activity.deal_id.is_(None), Deal.id.is_not(None))
    rows = db.session.execute(
        _rows(viewer)
        .where(column.in_(ids), *_PLANNED, seen)
        .order_by(Activity.due_at.desc())
        .limit(2000)
    )
    return {getattr(row, column.key): row for row in rows}


def quiet_deals(viewer: Viewer, now: datetime, limit: int = 5) -> Sequence[Any]:
    """Return the viewer's open deals that nobody touched for `quiet_days` and that have no next
    step, the largest first. `quiet_since` is when something last happened."""
    since = func.coalesce(Deal.last_activity_at, Deal.stage_entered_at)
    planned = select(Activity.id).where(Activity.deal_id == Deal.id, *_PLANNED).exists()
    return db.session.execute(
        select(
            Deal.id,
            Deal.name,
            Deal.amount,
            Deal.currency,
            since.label("quiet_since"),
            Account.name.label("account_name"),
        )
        .outerjoin(Account, and_(Account.id == Deal.account_id, may_see(Account, viewer)))
        .where(
            Deal.owner_id == viewer.id,
            Deal.status == StageKind.OPEN.value,
            Deal.archived_at.is_(None),
            since < now - timedelta(days=viewer.quiet_days),
            ~planned,
        )
        .order_by(func.coalesce(Deal.amount, 0).desc(), Deal.id)
        .limit(limit)
    ).all()


def hot_leads(viewer: Viewer, limit: int = 5) -> Sequence[Row[Any]]:
    """Return the viewer's hot leads that wait for him, and those that are nobody's; money first."""
    return db.session.execute(
        select(
            Lead.id,
            Lead.name,
            Lead.company,
            Lead.phones,
            Lead.source,
            Lead.created_at,
            Lead.amount,
            Lead.currency,
            Lead.status,
            Lead.last_activity_at,
            Lead.owner_id,
            Lead.pass_at,
            Lead.needs,
            Lead.job_title,
            Lead.employees,
            Lead.city,
            Lead.industry,
        )
        .where(
            or_(Lead.owner_id == viewer.id, Lead.owner_id.is_(None) & may_see(Lead, viewer)),
            Lead.heat == Heat.HOT.value,
            Lead.status.in_((LeadStatus.NEW.value, LeadStatus.WORKING.value)),
            Lead.archived_at.is_(None),
        )
        .order_by(Lead.status, func.coalesce(Lead.amount, 0).desc(), Lead.created_at.desc())
        .limit(limit)
    ).all()


def recent_people(viewer: Viewer, limit: int = 3) -> Sequence[Row[Any]]:
    """Return the contacts that the viewer last logged something with, the latest first."""
    done = (
        select(Activity.contact_id, Activity.done_at)
        .where(Activity.owner_id == viewer.id, Activity.done_at.is_not(None))
        .order_by(Activity.done_at.desc())
        .limit(60)
        .subquery()
    )
    return db.session.execute(
        select(Contact.id, Contact.name, func.max(done.c.done_at).label("at"))
        .join(done, done.c.contact_id == Contact.id)
        .where(Contact.archived_at.is_(None), may_see(Contact, viewer))
        .group_by(Contact.id, Contact.name)
        .order_by(func.max(done.c.done_at).desc())
        .limit(limit)
    ).all()


def support_of(viewer: Viewer, column: str, record_id: str, limit: int = 5) -> Sequence[Row[Any]]:
    """Return the support history of a record (contact_id or account_id), as far as the viewer may
    see it: what waits first, then the newest."""
    return db.session.execute(
        _rows(viewer)
        .where(
            may_see(Activity, viewer),
            getattr(Activity, column) == record_id,
            Activity.kind == ActivityKind.SUPPORT.value,
            Activity.archived_at.is_(None),
            Activity.withdrawn_at.is_(None),
            Activity.superseded_by_id.is_(None),
        )
        .order_by(
            Activity.done_at.is_not(None), func.coalesce(Activity.done_at, Activity.due_at).desc()
        )
        .limit(limit)
    ).all()


def written_to(viewer: Viewer, since: datetime) -> dict[str, datetime]:
    """Return whom the viewer wrote to since then: contacts, and accounts themselves, with when."""
    rows = db.session.execute(
        select(Activity.contact_id, Activity.account_id, Activity.done_at)
        .where(
            Activity.owner_id == viewer.id,
            Activity.done_at >= since,
            Activity.kind == ActivityKind.MESSAGE.value,
            Activity.withdrawn_at.is_(None),
            Activity.superseded_by_id.is_(None),
        )
        .order_by(Activity.done_at)
    )
    return {row.contact_id or row.account_id: row.done_at for row in rows}
