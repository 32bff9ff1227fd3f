"""The outbox: deliveries are claimed for a while, sent by the worker, and settled with what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from crm import clock
from crm.alerts.models import Alert, Delivery
from crm.database import command, db
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
    _actor: Viewer,
    delivery_id: str,
    status: str,
    *,
    reason: str | None = None,
    after: float | None = None,
) -> None:
    """Note what came of a claimed delivery: `sent`, `given_up` with its reason, or `waiting`.

    What waits is tried again after `after` seconds, else after twice the time before, until it has
    run out.
    """
    delivery = db.session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status == "waiting")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if delivery is None:
        return
    now = clock.now()
    delivery.reason = reason
    if status == "sent":
        delivery.status, delivery.sent_at = status, now
        return
    wait = min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 20), LONGEST_WAIT)
    if after is not None:
        wait = timedelta(seconds=min(max(after, 1), 86400))
    delivery.next_at = now + wait
    if status == "given_up" or delivery.next_at >= delivery.expires_at:
        delivery.status = "given_up"


def give_up_device(subscription_id: str, reason: str) -> None:
    """Give up what waits for a device that is no more, inside a command."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.subscription_id == subscription_id, Delivery.status == "waiting")
        .values(status="given_up", reason=reason)
        .execution_options(synchronize_session=False)
    )
