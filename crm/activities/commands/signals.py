"""What an activity says of the lead that it was with: a signal that counts in its score."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from crm.activities.models import Activity, ActivityKind
from crm.alerts.closing import close_alerts
from crm.database import connection, db
from crm.leads.models import Lead
from crm.leads.scoring import Sign
from crm.leads.touches import forget_touches, keep_touches, settle
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer

_BY_OUTCOME = {"no_answer": "no_answer", "not_now": "not_now", "lost": "not_now", "quote": "quote"}
_BY_KIND = {
    ActivityKind.MEETING: "meeting",
    ActivityKind.VISIT: "meeting",
    ActivityKind.CALL: "call",
    ActivityKind.MESSAGE: "reply",
}

#: What is an answer to a lead that came by itself, whoever speaks; the earliest counts,
#: also where the phone that knows of it comes last.
_ANSWERS = {ActivityKind.CALL, ActivityKind.MESSAGE, ActivityKind.MEETING, ActivityKind.VISIT}
#: What is read of an activity.
_TOLD = ("id", "kind", "outcome", "lead_id", "done_at")
_LEAD: Any = Lead.__table__
_ANSWERED = (
    update(_LEAD)
    .where(_LEAD.c.id == bindparam("lead"), _LEAD.c.received_at.is_not(None))
    .where(or_(_LEAD.c.answered_at.is_(None), _LEAD.c.answered_at > bindparam("answered")))
    .values(answered_at=bindparam("answered"), pass_at=None)
)
#: Found by the lead's history: it has an index for that, what was done with a lead has none.
_ANSWERED_STILL = (
    select(func.min(Activity.done_at))
    .join(TimelineEntry, TimelineEntry.activity_id == Activity.id)
    .where(TimelineEntry.lead_id == bindparam("lead"), Activity.lead_id == bindparam("lead"))
    .where(Activity.kind.in_([kind.value for kind in _ANSWERS]), Activity.done_at.is_not(None))
    .where(Activity.withdrawn_at.is_(None), Activity.superseded_by_id.is_(None))
    .scalar_subquery()
)
_ANSWERED_ANEW = (
    update(_LEAD)
    .where(_LEAD.c.id == bindparam("lead"), _LEAD.c.answered_at.is_not(None))
    .values(answered_at=_ANSWERED_STILL)
)


def tell_lead(actor: Viewer, activity: Activity | dict[str, Any]) -> None:
    """Keep the signal of what was done, inside a command; `activity` is the record, or its row."""
    row = activity if isinstance(activity, dict) else {n: getattr(activity, n) for n in _TOLD}
    if row["lead_id"] and row["kind"] in _ANSWERS:
        at = row["done_at"]
        connection().execute(_ANSWERED, {"lead": row["lead_id"], "answered": at})
        close_alerts(lead_id=row["lead_id"], outcome="done", by=actor.id)
    # A message that nobody said anything of is one that we sent.
    is_ours = row["kind"] == ActivityKind.MESSAGE and not row["outcome"]
    signal = _BY_OUTCOME.get(row["outcome"]) or _BY_KIND.get(row["kind"])
    if not row["lead_id"] or signal is None or is_ours:
        return
    keep_touches(row["lead_id"], [Sign(signal, row["done_at"])], row["id"])
    settle([row["lead_id"]], actor.id)


def take_back(actor: Viewer, activity_id: str, lead_id: str | None) -> None:
    """Forget the signal and the answer of an activity that was wrong, inside a command.

    Call it when the activity itself says that it does not count.
    """
    if not lead_id:
        return
    db.session.flush()
    connection().execute(_ANSWERED_ANEW, {"lead": lead_id})
    if forget_touches(activity_id):
        settle([lead_id], actor.id)
