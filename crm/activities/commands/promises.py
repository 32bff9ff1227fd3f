"""Promise what is next, keep the promise, take that back, or move it to another day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm import clock, errors
from crm.activities.commands.links import MODELS, Links, find_links
from crm.activities.commands.schemas import PlanSchema, RescheduleSchema
from crm.activities.commands.signals import take_back, tell_lead
from crm.activities.commands.writing import entry, find_known, insert_row, new_row
from crm.activities.models import Activity
from crm.alerts.closing import close_alerts
from crm.database import command, db
from crm.i18n import _
from crm.schema import load
from crm.users.ownership import get
from crm.users.viewer import Viewer


@command
def plan_activity(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Promise something for later (a next step, a meeting, a task) and return its id.

    An id that exists already is answered with itself.
    """
    data = load(PlanSchema, payload)
    if known := find_known(actor, data.get("id")):
        return str(known.id)
    links = find_links(actor, data)
    names = ("id", "kind", "subject", "note", "due_at", "ends_at", "has_time")
    row = new_row(actor, {**{n: data.get(n) for n in names}, **links.ids()})
    row["has_time"] = bool(row["has_time"])
    insert_row(row)
    entry("activity.planned", actor, row)
    return str(row["id"])


@command
def complete_activity(
    actor: Viewer, activity_id: str, note: str | None = None, at: datetime | None = None
) -> None:
    """Keep a promise: it is done, now or `at` an earlier time. Doing it twice changes nothing.

    Raises Conflict for one that was taken back.
    """
    activity = get(actor, Activity, activity_id, lock=True)
    if not activity.is_planned:
        return
    _refuse_withdrawn(activity)
    activity.done_at = min(at or clock.now(), clock.now())
    activity.note = note or activity.note
    activity.touch()
    db.session.flush()
    links = Links(**{field: getattr(activity, field) for field in MODELS})
    links.touch(activity.done_at)
    close_alerts(activity_id=activity.id, outcome="done", by=actor.id)
    entry("activity.completed", actor, activity)
    tell_lead(actor, activity)


@command
def reopen_activity(actor: Viewer, activity_id: str) -> None:
    """Take back that a promise was kept."""
    activity = get(actor, Activity, activity_id, lock=True)
    if activity.is_planned or activity.due_at is None:
        return
    _refuse_withdrawn(activity)
    activity.done_at = None
    activity.touch()
    entry("activity.reopened", actor, activity)
    take_back(actor, activity.id, activity.lead_id)


@command
def reschedule_activity(actor: Viewer, activity_id: str, payload: Mapping[str, Any]) -> None:
    """Promise it for another time. Raises Conflict for what is done or was taken back."""
    data = load(RescheduleSchema, payload)
    activity = get(actor, Activity, activity_id, lock=True)
    if not activity.is_planned:
        raise errors.Conflict(_("This is done already."))
    _refuse_withdrawn(activity)
    if activity.ends_at and activity.due_at:
        activity.ends_at = data["due_at"] + (activity.ends_at - activity.due_at)
    activity.due_at, activity.has_time = data["due_at"], bool(data["has_time"])
    activity.touch()
    close_alerts(activity_id=activity.id)
    entry("activity.rescheduled", actor, activity)


def _refuse_withdrawn(activity: Activity) -> None:
    if activity.withdrawn_at or activity.superseded_by_id:
        raise errors.Conflict(_("This was taken back."))
