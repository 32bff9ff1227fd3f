"""What a person does with an alert: looks at it, opens it, puts it off, acts on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import marshmallow as ma
from sqlalchemy import select, update

from crm import clock, errors
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert
from crm.alerts.telling import tell
from crm.database import command, db, new_id
from crm.push.commands import note_receipt
from crm.schema import Key, Moment, OneOf, Schema, load
from crm.users.viewer import Viewer

OUTCOMES = ("called", "done", "interested", "claimed", "snoozed", "dismissed")
SNOOZES = {"1h": timedelta(hours=1), "3h": timedelta(hours=3)}
#: What the app notes when the record is seen to; what the person says he did says more.
_BY_ITSELF = (None, "done", "taken_back")
#: A receipt may come late, from a phone without signal; it cannot come from next week.
SKEW = timedelta(minutes=5)


class ReceiptSchema(Schema):
    """What the phone saw: an alert was shown there by itself, or opened by its person."""

    class Meta:
        unknown = ma.EXCLUDE

    alert = Key(required=True)
    kind = OneOf(("shown", "opened"), required=True)
    at = Moment()
    subscription = Key()


@command
def note_receipts(actor: Viewer, payloads: Iterable[Mapping[str, Any]]) -> int:
    """Keep what the actor's phone saw of his alerts; unknown ones are passed over.

    Returns how many were known. The first of each kind counts; `shown` proves nobody looked.
    Raises ValidationError.
    """
    receipts = [load(ReceiptSchema(), one) for one in payloads]
    wanted = [receipt["alert"] for receipt in receipts]
    mine = select(Alert).where(Alert.user_id == actor.id, Alert.id.in_(wanted))
    alerts = {a.id: a for a in db.session.scalars(mine.with_for_update().order_by(Alert.id))}
    known = 0
    for receipt in receipts:
        alert = alerts.get(receipt["alert"])
        if alert is None:
            continue
        known += 1
        at = min(receipt.get("at") or clock.now(), clock.now() + SKEW)
        _note(alert, receipt["kind"], at)
        if device := receipt.get("subscription"):
            note_receipt(actor.id, device, receipt["kind"], at)
    return known


def _note(alert: Alert, kind: str, at: datetime) -> None:
    if alert.shown_at is None:
        alert.shown_at = at
    if kind == "opened":
        alert.opened_at = alert.opened_at or at
        alert.seen_at = alert.seen_at or at
        alert.escalate_at = None


@command
def see_alerts(actor: Viewer, until: datetime) -> None:
    """Count as seen what stood in the actor's inbox when he looked at it; the badge is empty."""
    db.session.execute(
        update(Alert)
        .where(Alert.user_id == actor.id, Alert.seen_at.is_(None), Alert.at <= until)
        .values(seen_at=clock.now(), awaits_digest=False)
        .execution_options(synchronize_session=False)
    )


@command
def act_on_alert(actor: Viewer, alert_id: str, outcome: str) -> None:
    """Note what the actor did about an alert of his; the first word stands. Raises NotFound."""
    if outcome not in OUTCOMES:
        raise errors.NotFound
    alert = _mine(actor, alert_id)
    now = clock.now()
    alert.seen_at = alert.seen_at or now
    alert.opened_at = alert.opened_at or now
    alert.escalate_at = None
    if alert.outcome in _BY_ITSELF:
        alert.outcome, alert.outcome_at = outcome, now


@command
def snooze_alert(actor: Viewer, alert_id: str, how_long: str = "1h") -> datetime:
    """Tell an alert again later; returns when. Raises NotFound."""
    if how_long not in SNOOZES:
        raise errors.NotFound
    alert = _mine(actor, alert_id)
    now = clock.now()
    again = now + SNOOZES[how_long]
    alert.decide_at, alert.outcome, alert.outcome_at = again, None, None
    alert.seen_at = alert.opened_at = alert.escalate_at = None
    alert.expires_at = max(alert.expires_at, again + timedelta(hours=1))
    alert.data = {**alert.data, "round": int(alert.data.get("round", 1)) + 1, "snoozed": True}
    return again


@command
def send_test_alert(actor: Viewer) -> str | None:
    """Tell the actor that he can be told, by the way that every alert goes."""
    return tell(
        actor.id, AlertKind.TEST, f"test:{new_id()}", url="/settings/devices", tag="test", data={}
    )


def _mine(actor: Viewer, alert_id: str) -> Alert:
    found = db.session.scalars(
        select(Alert)
        .where(Alert.id == alert_id, Alert.user_id == actor.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise errors.NotFound
    return found
