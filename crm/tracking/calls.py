"""A key page that a known lead looks at makes its owner's task for today."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, time

from sqlalchemy import select

from crm import clock
from crm.activities.commands import plan_activity
from crm.activities.models import Activity, ActivityKind
from crm.database import db
from crm.i18n import _, formatting, use_locale
from crm.leads.models import OPEN_STATUSES, Lead
from crm.users.sessions import viewer_of

#: As those that a rep sets to a day without a time.
_HOUR = time(10)
_LONGEST = 80


def plan_calls(pages: Mapping[str, str]) -> None:
    """Plan a call with each lead, by what its key page is called; inside a command.

    The id says lead and day: however often it looks today, and in whichever process that is
    noticed, there is one. A lead without an owner has nobody to call it yet.
    """
    leads = select(Lead.id, Lead.name, Lead.owner_id).where(
        Lead.id.in_(list(pages)),
        Lead.owner_id.is_not(None),
        Lead.status.in_(OPEN_STATUSES),
        Lead.archived_at.is_(None),
    )
    for lead in db.session.execute(leads.order_by(Lead.id)).all():
        _plan(lead.id, lead.name, lead.owner_id, pages[lead.id])


def _plan(lead_id: str, name: str, owner_id: str, page: str) -> None:
    owner = viewer_of(owner_id)
    with use_locale(owner.locale):
        today = formatting.local(clock.now()).date()
        planned_id = str(uuid.uuid5(uuid.UUID(lead_id), f"key page {today}"))
        if db.session.get(Activity, planned_id) is not None:
            return
        subject = _("Call %(name)s: viewed %(page)s", name=name[:_LONGEST], page=page[:_LONGEST])
        due = datetime.combine(today, _HOUR, owner.locale.tz).astimezone(UTC)
        plan_activity.inside(
            owner,
            {
                "id": planned_id,
                "kind": ActivityKind.TASK.value,
                "subject": subject,
                "due_at": due.isoformat(),
                "has_time": False,
                "lead_id": lead_id,
            },
        )
