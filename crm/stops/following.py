"""Follows what happens to deals, leads and activities, in the transaction in which it happens."""

from __future__ import annotations

from typing import Any

from crm.database import db
from crm.stops.lifting import lift_by_calls
from crm.stops.noticing import notice
from crm.timeline.record import follow

DEALS = ("deal.created", "deal.changed", "deal.stage_changed", "deal.restored")
LEADS = (
    "lead.captured",
    "lead.changed",
    "lead.returned",
    "lead.reopened",
    "lead.restored",
    "lead.became_hot",
    "lead.became_warm",
    "lead.became_cold",
)
ACTIVITIES = (
    "activity.logged",
    "activity.completed",
    "activity.corrected",
    "activity.withdrawn",
    "activity.reopened",
)


def start() -> None:
    """Follow from now on; `create_app` calls it."""
    follow(DEALS, _on_deals)
    follow(LEADS, _on_leads)
    follow(ACTIVITIES, _on_activities)


def _on_deals(entries: list[dict[str, Any]]) -> None:
    db.session.flush()
    changed = {entry["deal_id"] for entry in entries if entry["kind"] == "deal.changed"}
    notice(_actor(entries), deal_ids={entry["deal_id"] for entry in entries}, changed=changed)


def _on_leads(entries: list[dict[str, Any]]) -> None:
    db.session.flush()
    notice(_actor(entries), lead_ids={entry["lead_id"] for entry in entries})


def _on_activities(entries: list[dict[str, Any]]) -> None:
    # A meeting lifts nothing; what is corrected or taken back may have been a call.
    calls = [
        entry
        for entry in entries
        if entry["data"].get("kind") == "call"
        or entry["kind"] in ("activity.corrected", "activity.withdrawn", "activity.reopened")
    ]
    if calls:
        db.session.flush()
        lift_by_calls(_actor(calls), calls)


def _actor(entries: list[dict[str, Any]]) -> str:
    return str(entries[-1]["actor_id"])
