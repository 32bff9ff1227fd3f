"""The outbox: deliveries are claimed for a while, sent, and settled with what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.alerts.models import Alert, Delivery
from crm.database import command, db
from crm.push.commands import note_outcome
from crm.push.outcomes import Outcome, OutcomeKind
from crm.users.viewer import Viewer

#: Longer than the longest sending takes: who is still at it then is dead.
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Claimed:
    """A delivery that is this worker's until its lease ends."""

    id: str
    alert: Any
    user_id: str
    subscription_id: str
    expires_at: datetime
    attempts: int


@command
def claim_deliveries(_actor: Viewer, channel: str, most: int = 50) -> list[Claimed]:
    """Take deliveries of a channel that are due; each is this worker's until its lease ends.

    A worker that dies in between leaves them to the next one when the lease is over. What has run
    out is given up here. Rows that another one holds are passed over.
    """
    now = clock.now()
    due = db.session.scalars(
        select(Delivery)
        .where(Delivery.channel == channel, Delivery.status == "waiting")
        .where(Delivery.next_at <= now)
        .order_by(Delivery.next_at, Delivery.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    rows = db.session.execute(select(Alert.__table__).where(Alert.id.in_(d.alert_id for d in due)))
    alerts = {row.id: row for row in rows}
    claimed = []
    for delivery in due:
        alert = alerts[delivery.alert_id]
        if reason := _is_moot(alert, delivery, now):
            delivery.status, delivery.reason = "given_up", reason
            continue
        delivery.attempts += 1
        delivery.next_at = now + LEASE
        claimed.append(
            Claimed(
                delivery.id, alert, delivery.user_id, delivery.subscription_id,
                delivery.expires_at, delivery.attempts,
            )
        )  # fmt: skip
    return claimed


def _is_moot(alert: Any, delivery: Delivery, now: datetime) -> str | None:
    """Return why nobody need be told any more, if so."""
    if now >= delivery.expires_at:
        return "expired"
    if alert.replaced_by_id is not None:
        return "replaced"
    if alert.seen_at is not None or alert.outcome is not None:
        return "seen"
    return None


@command
def settle_delivery(
    actor: Viewer,
    delivery_id: str,
    outcome: Outcome,
) -> None:
    """Note what came of a claimed delivery: it was sent, or given up, or is tried again.

    What is tried again waits as long as the service asked for, else twice as long as before, until
    it has run out.
    """
    delivery = db.session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status == "waiting")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if delivery is None:
        return
    if delivery.channel == "push":
        note_outcome(actor.id, delivery.subscription_id, outcome)
    delivery.reason = outcome.reason or None
    if outcome.kind is OutcomeKind.DELIVERED:
        delivery.status, delivery.sent_at = "sent", clock.now()
        return
    delivery.next_at = clock.now() + _pause(delivery.attempts, outcome.after)
    if outcome.kind is not OutcomeKind.RETRY or delivery.next_at >= delivery.expires_at:
        delivery.status = "given_up"


def _pause(attempts: int, asked: float | None) -> timedelta:
    if asked is not None:
        return timedelta(seconds=min(max(asked, 1), 86_400))
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT)
