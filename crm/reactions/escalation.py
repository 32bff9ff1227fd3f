"""A hot lead that nobody opened in five minutes is told to somebody else, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert
from crm.database import command, db
from crm.leads.models import Heat
from crm.leads.reasons import told
from crm.leads.routes import next_candidates
from crm.reactions.entries import PATIENCE
from crm.reactions.news import News, language_of, send
from crm.reactions.scene import lead_words, open_leads, reasons_of
from crm.timeline.record import entry_row, record_all
from crm.users.crew import Crew, Reached, read_crew
from crm.users.ownership import sees
from crm.users.viewer import Viewer


@command
def escalate(actor: Viewer, most: int = 50) -> int:
    """Tell the next rep, or the manager, of hot leads that waited too long; return how many.

    Whose lead it is stays as it is. That a phone has *shown* it proves nobody. Rows that another
    one holds are passed over.
    """
    now = clock.now()
    due = db.session.scalars(
        select(Alert)
        .where(Alert.escalate_at <= now)
        .order_by(Alert.escalate_at, Alert.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if not due:
        return 0
    leads = open_leads({alert.lead_id for alert in due if alert.lead_id})
    waiting = [alert for alert in due if _waits(alert, leads.get(alert.lead_id or ""), now)]
    if waiting:
        _pass_on(actor, waiting, leads, now)
    return len(due)


def _waits(alert: Alert, lead: Any, now: datetime) -> bool:
    """Whether a lead still waits for the one who was told; his time begins when his phone rang."""
    if alert.decide_at is not None and alert.decide_at > now:
        alert.escalate_at = alert.decide_at + PATIENCE
        return False
    alert.escalate_at = None
    if lead is None or lead.heat != Heat.HOT or alert.opened_at or alert.outcome:
        return False
    done = (lead.claimed_at, lead.answered_at, lead.last_activity_at)
    return not any(at is not None and at >= alert.at for at in done)


def _pass_on(actor: Viewer, alerts: Sequence[Alert], leads: dict[str, Any], now: datetime) -> None:
    crew, by_lead = read_crew(), {alert.lead_id or "": alert for alert in alerts}
    reasons, nexts = reasons_of(list(by_lead)), next_candidates([leads[i] for i in by_lead])
    entries = []
    for lead_id, alert in by_lead.items():
        told_before = {other.user_id for other in alerts if other.lead_id == lead_id}
        reached = _next(crew, leads[lead_id], nexts[lead_id], told_before, now)
        for to in reached:
            send(_news(alert, leads[lead_id], reasons.get(lead_id), to))
        if reached:
            names = ", ".join(to.viewer.name for to in reached)
            data = {"to": names, "to_ids": [to.viewer.id for to in reached]}
            entries.append(entry_row("lead.escalated", actor.id, lead_id=lead_id, data=data))
    record_all(entries)


def _next(
    crew: Crew, lead: Any, candidates: Sequence[str], told_before: set[str], now: datetime
) -> list[Reached]:
    """Return who is told now: the rule's next rep who is here, else who leads; none twice."""
    but = told_before | {lead.owner_id}

    def free(people: Iterator[Reached]) -> list[Reached]:
        return [to for to in people if to.viewer.id not in but and sees(to.viewer, lead)]

    members = (crew.find(user_id) for user_id in candidates)
    reps = free(Reached(one.viewer) for one in members if one and one.is_here(now))
    return reps[:1] or free(crew.leaders(lead.team_id, now)) or free(crew.leaders(None, now))


def _news(alert: Alert, lead: Any, why: Any, to: Reached) -> News:
    with language_of(to.viewer):
        line = told(why.data) if why else ""
    data = {
        **lead_words(lead),
        "line": line or lead.needs,
        "passed_on": True,
    }
    return News(
        to,
        AlertKind.HOT_LEAD,
        f"escalated:{alert.cause}",
        alert.url,
        f"lead:{lead.id}",
        data,
        records={"lead_id": lead.id},
    )
