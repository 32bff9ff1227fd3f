"""Planned activities that are due, with what is around them, and what is told of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.activities.naming import subject_of
from crm.alerts.kinds import AlertKind
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.reactions.news import Named, News, language_of, named_for, part_of, send
from crm.reactions.noticing import notice, unnoticed
from crm.users.crew import Reached, read_crew

_AROUND: tuple[tuple[Any, Any], ...] = (
    (Contact, Activity.contact_id),
    (Account, Activity.account_id),
    (Lead, Activity.lead_id),
    (Deal, Activity.deal_id),
)
_LINKS = ("contact_id", "account_id", "lead_id", "deal_id")
_ROWS = select(
    Activity.id,
    Activity.kind,
    Activity.subject,
    Activity.due_at,
    Activity.ends_at,
    Activity.has_time,
    Activity.owner_id,
    Activity.team_id,
    Activity.contact_id,
    Activity.account_id,
    Activity.lead_id,
    Activity.deal_id,
    Contact.birthday,
    Lead.company.label("lead_company"),
    *(
        getattr(model, column).label(f"{model.__tablename__}_{column}")
        for model, _key in _AROUND
        for column in ("name", "owner_id", "team_id")
    ),
    *(
        model.phones.label(f"{model.__tablename__}_phones")
        for model, _key in _AROUND
        if model is not Deal
    ),
)


def due(kind: str, most: int, *where: Any) -> Sequence[Any]:
    """Return planned activities that no pass of this kind has dealt with, the earliest first."""
    rows: Any = _ROWS.select_from(Activity)
    for model, key in _AROUND:
        rows = rows.outerjoin(model, model.id == key)
    return db.session.execute(
        rows.where(
            Activity.done_at.is_(None),
            Activity.archived_at.is_(None),
            *where,
            unnoticed(kind, Activity.id, Activity.due_at),
        )
        .order_by(Activity.due_at, Activity.id)
        .limit(most)
        # Held, so that who finishes it now waits, and then takes back what is told here.
        .with_for_update(of=Activity, skip_locked=True, key_share=True)
    ).all()


#: What is told of one: to whom, with whom around it; None: nothing after all.
Words = Callable[[Any, Reached, Named], "dict[str, Any] | None"]


def tell_of(
    kind: AlertKind,
    name: str,
    rows: Sequence[Any],
    expires_at: Callable[[Any, Reached], datetime],
    words: Words,
    url: str = "/activities/{}",
) -> int:
    """Tell the owners of planned activities, inside a command; return how many were looked at.

    What has run out meanwhile is dealt with and not told.
    """
    if not rows:
        return 0
    mine, now = notice(name, ((row.id, row.due_at) for row in rows)), clock.now()
    crew = read_crew()
    for row in rows:
        to = crew.reach(row.owner_id, row, now) if row.id in mine else None
        if to is None or (ends := expires_at(row, to)) <= now:
            continue
        with language_of(to.viewer):
            around = _around(row, to)
            said = words(row, to, around)
        if said is None:
            continue
        data = {"name": around.name, "company": around.company, "phone": around.phone, **said}
        send(
            News(
                to,
                kind,
                f"{name}:{row.id}:{row.due_at.isoformat()}",
                url.format(row.id),
                f"activity:{row.id}",
                data,
                expires_at=ends,
                records={"activity_id": row.id, **{link: getattr(row, link) for link in _LINKS}},
            )
        )
    return len(rows)


def _around(row: Any, to: Reached) -> Named:
    lead = part_of(row, "lead")
    found = named_for(to.viewer, part_of(row, "contact"), lead, company=part_of(row, "account"))
    if found.company or lead is None or found.name != lead.name:
        return found
    return Named(found.name, row.lead_company or "", found.phone)


def subject_for(row: Any, around: Named) -> str:
    """Return what is promised, in the reader's words."""
    return subject_of(row.kind, row.subject, around.name or None)
