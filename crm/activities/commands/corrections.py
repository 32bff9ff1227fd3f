"""Correct or withdraw what was logged: the wrong one stays in the timeline, struck through."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from crm import clock, errors, records
from crm.activities.commands.links import MODELS
from crm.activities.commands.schemas import CorrectSchema
from crm.activities.commands.signals import take_back, tell_lead
from crm.activities.commands.writing import entry, find_known, insert_row, new_row, used_before
from crm.activities.models import Activity
from crm.alerts.closing import close_alerts
from crm.database import command
from crm.deals.commands import put_back
from crm.deals.models import Deal
from crm.i18n import _
from crm.schema import load
from crm.users.ownership import find, get
from crm.users.viewer import Viewer


def may_correct(actor: Viewer, activity: Activity) -> bool:
    """Whether it is the actor's own, or his team's and he is the manager."""
    managed = actor.is_admin or (actor.is_manager and activity.team_id in actor.team_ids)
    return activity.owner_id == actor.id or managed


def _check_correctable(actor: Viewer, activity: Activity) -> None:
    if not may_correct(actor, activity):
        raise errors.NotAllowed(_("Only who wrote it, or the manager, can change it."))
    if activity.superseded_by_id or activity.withdrawn_at:
        raise errors.Conflict(_("This was corrected already."))


@command
def correct_activity(actor: Viewer, activity_id: str, payload: Mapping[str, Any]) -> str:
    """Write the right activity beside a wrong one and return its id.

    The right one keeps what the wrong one did: its records and the stage move. Raises Conflict for
    what has not happened yet or was corrected by something else.
    """
    data = load(CorrectSchema, payload)
    wrong = get(actor, Activity, activity_id, lock=True)
    if data.get("id") and wrong.superseded_by_id == data["id"]:
        return str(data["id"])
    _check_correctable(actor, wrong)
    if wrong.is_planned:
        raise errors.Conflict(_("This has not happened yet."))
    if find_known(actor, data.get("id")):
        raise used_before()
    at = min(data.get("happened_at") or wrong.done_at or clock.now(), clock.now())
    kept = ("subject", "owner_id", "team_id", "stage_entry_id", *MODELS)
    right = new_row(
        actor,
        {
            **{n: getattr(wrong, n) for n in kept},
            "done_at": at,
            **{n: data.get(n) for n in ("id", "kind", "outcome", "note")},
        },
    )
    insert_row(right)
    wrong.superseded_by_id = right["id"]
    wrong.touch()
    take_back(actor, wrong.id, wrong.lead_id)
    tell_lead(actor, right)
    entry("activity.corrected", actor, right, at=at, corrects=wrong.id)
    return str(right["id"])


@command
def withdraw_activity(actor: Viewer, activity_id: str) -> None:
    """Take a wrong activity back, and the stage move logged with it if the deal still stands there.

    Doing it twice changes nothing.
    """
    activity = get(actor, Activity, activity_id, lock=True)
    if activity.withdrawn_at and may_correct(actor, activity):
        return
    _check_correctable(actor, activity)
    activity.withdrawn_at = clock.now()
    if activity.is_planned:
        records.archive(activity)
        close_alerts(activity_id=activity.id)
    activity.touch()
    deal = find(actor, Deal, activity.deal_id, lock=True) if activity.stage_entry_id else None
    if deal is not None and activity.stage_entry_id:
        # The deal may have moved on since: then only the meeting is taken back.
        with suppress(errors.Conflict):
            put_back(actor, deal, activity.stage_entry_id)
    take_back(actor, activity.id, activity.lead_id)
    entry("activity.withdrawn", actor, activity)
