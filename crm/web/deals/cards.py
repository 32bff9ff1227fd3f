"""A deal as lists and threads show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm import clock
from crm.activities.queries import next_steps
from crm.deals.models import LOST_REASONS
from crm.deals.stages import Track
from crm.i18n import _, formatting
from crm.web.rendering import viewer
from crm.web.today import first_phone, step_subject


@dataclass
class Step:
    """A deal's next step as its tag and its row show it."""

    id: str
    kind: str
    subject: str
    due_at: datetime
    has_time: bool
    is_late: bool
    version: int


def step_of(row: Any, now: datetime) -> Step | None:
    """Return the step that a planned activity is."""
    if row is None:
        return None
    today, day = formatting.local(now).date(), formatting.local(row.due_at).date()
    late = row.due_at < now if row.has_time else day < today
    return Step(row.id, row.kind, step_subject(row), row.due_at, row.has_time, late, row.version)


@dataclass
class Card:
    """A deal in the list."""

    id: str
    name: str
    account_name: str | None
    amount: int | None
    currency: str
    status: str
    stage_id: str
    stage_entered_at: datetime
    days_in_stage: int
    version: int
    lost_reason_label: str
    phone: str | None
    next_step: Step | None


def lost_label(reason: str | None) -> str:
    """Return a lost reason in words."""
    return _(LOST_REASONS[reason]) if reason in LOST_REASONS else (reason or "")


def cards_of(rows: Any) -> list[Card]:
    """Return the cards of these rows with their next steps, in one more query."""
    now = clock.now()
    steps = next_steps(viewer(), (row.id for row in rows if row.status == "open"))
    return [
        Card(
            r.id,
            r.name,
            r.account_name,
            r.amount,
            r.currency,
            r.status,
            r.stage_id,
            r.stage_entered_at,
            (now - r.stage_entered_at).days,
            r.version,
            lost_label(r.lost_reason),
            first_phone(r.contact_phones, r.account_phones),
            step_of(steps.get(r.id), now),
        )
        for r in rows
    ]


def thread_of(track: Track) -> dict[str, Any]:
    return {
        "stages": track.open,
        "won_id": track.won.id,
        "lost_id": track.lost.id,
        "lost_reasons": [(key, _(label)) for key, label in LOST_REASONS.items()],
    }
