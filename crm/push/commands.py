"""Writes of subscriptions: a device can be reached, may show names, is reached no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields
from sqlalchemy import or_, select, update

from crm import clock, errors
from crm.database import command, db
from crm.push.endpoints import LONGEST, Endpoint, KeysSchema
from crm.push.models import PushSubscription
from crm.push.outcomes import Outcome, OutcomeKind
from crm.push.queries import is_signed_in
from crm.schema import Flag, Schema, load
from crm.timeline.record import record
from crm.users.devices import device_name
from crm.users.models import User, UserSession
from crm.users.viewer import Viewer, require_admin

MOST_A_USER = 10
FAILURE = 200
SHOWN, OPENED = "shown", "opened"
_RECEIPTS = {SHOWN: "last_shown_at", OPENED: "last_opened_at"}


class SubscriptionSchema(Schema):
    """What a browser says of its subscription; `expirationTime` and whatever comes are ignored."""

    class Meta:
        unknown = ma.EXCLUDE

    endpoint = Endpoint(LONGEST, required=True)
    keys = fields.Nested(KeysSchema(unknown=ma.EXCLUDE), required=True)


class NamesSchema(Schema):
    shows_names = Flag(load_default=False)


@dataclass(frozen=True)
class Subscribed:
    """The subscription, and whether it is new."""

    id: str
    shows_names: bool
    is_new: bool


@command
def subscribe(actor: Viewer, payload: Mapping[str, Any]) -> Subscribed:
    """Let the actor be told on the device in his hand; sent again at each start, it is one.

    A device that was another's is his from now on, and what waited for the other is not sent
    there. Beyond ten devices the oldest goes.
    """
    data = load(SubscriptionSchema, payload)
    # Held: ten is ten, also of two devices at once.
    held = select(User.id).where(User.id == actor.id).with_for_update(key_share=True)
    db.session.execute(held)
    known = _find(data["endpoint"])
    if known is not None and known.user_id != actor.id:
        _remove([known], actor.id, "changed_hands")
        known = None
    name = _device_of(actor)
    found = known or _new(actor, data["endpoint"])
    found.p256dh, found.auth = data["keys"]["p256dh"], data["keys"]["auth"]
    found.session_id, found.name = actor.session_id, name
    db.session.add(found)
    db.session.flush()
    return Subscribed(found.id, found.shows_names, known is None)


def _find(endpoint: str) -> PushSubscription | None:
    return db.session.scalars(
        select(PushSubscription)
        .where(PushSubscription.endpoint == endpoint)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _new(actor: Viewer, endpoint: str) -> PushSubscription:
    newest = select(PushSubscription).where(PushSubscription.user_id == actor.id)
    rows = db.session.scalars(
        newest.order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
    ).all()
    _remove(rows[MOST_A_USER - 1 :], actor.id, "too_many")
    record("user.device_subscribed", actor.id, user_id=actor.id)
    return PushSubscription(
        user_id=actor.id, endpoint=endpoint, shows_names=False, created_at=clock.now()
    )


def _device_of(actor: Viewer) -> str:
    session = db.session.get(UserSession, actor.session_id) if actor.session_id else None
    return device_name(session.device if session else "")


def _remove(rows: Any, actor_id: str, why: str) -> None:
    for row in rows:
        told = {"device": row.name, "why": why}
        record("user.device_unsubscribed", actor_id, user_id=row.user_id, data=told)
        db.session.delete(row)
    # At once: the row that takes the place of one of these has its address.
    db.session.flush()


@command
def forget_subscription(actor: Viewer, subscription_id: str, user_id: str | None = None) -> None:
    """Tell a device nothing any more: one's own, or for an admin anyone's. Raises NotFound."""
    _remove([_get(actor, subscription_id, user_id)], actor.id, "by_hand")


@command
def choose_names(actor: Viewer, subscription_id: str, payload: Mapping[str, Any]) -> None:
    """Say whether names may stand on the lock screen of one of the actor's own devices."""
    data = load(NamesSchema, payload)
    _get(actor, subscription_id).shows_names = data["shows_names"]


def _get(actor: Viewer, subscription_id: str, user_id: str | None = None) -> PushSubscription:
    if user_id is not None and user_id != actor.id:
        require_admin(actor)
    found = db.session.scalars(
        select(PushSubscription).where(
            PushSubscription.id == subscription_id,
            PushSubscription.user_id == (user_id or actor.id),
        )
    ).first()
    if found is None:
        raise errors.NotFound
    return found


@command
def forget_gone(actor: Viewer, subscription_id: str) -> None:
    """Drop a device whose push service knows it no more."""
    drop(actor.id, subscription_id, "gone")


def drop(actor_id: str, subscription_id: str, why: str) -> None:
    """Drop a device for a reason, inside a command; one that is gone already is no matter."""
    found = db.session.get(PushSubscription, subscription_id)
    if found is not None:
        _remove([found], actor_id, why)


@command
def forget_ended(actor: Viewer, most: int = 100) -> int:
    """Drop devices whose session has ended, however it did; return how many.

    Nothing is sent to them from that moment on: `is_signed_in` is asked each time.
    """
    ended = select(PushSubscription).where(~is_signed_in()).order_by(PushSubscription.id)
    rows = db.session.scalars(ended.limit(most).with_for_update(skip_locked=True)).all()
    _remove(rows, actor.id, "signed_out")
    return len(rows)


def note_outcome(actor_id: str, subscription_id: str, outcome: Outcome) -> None:
    """Keep what came of a message to a device, inside a command; one that is gone is dropped."""
    if outcome.kind is OutcomeKind.GONE:
        drop(actor_id, subscription_id, "gone")
        return
    now = clock.now()
    delivered = {"last_sent_at": now, "failed_at": None, "failure": None}
    failed = {"failed_at": now, "failure": outcome.reason[:FAILURE]}
    _set(subscription_id, delivered if outcome.kind is OutcomeKind.DELIVERED else failed)


def note_receipt(user_id: str, subscription_id: str, kind: str, at: datetime) -> None:
    """Keep that the person's device showed or opened something, inside a command.

    A receipt that comes late does not make an earlier one of a later one.
    """
    column: Any = getattr(PushSubscription, _RECEIPTS[kind])
    _set(
        subscription_id,
        {column.key: at},
        PushSubscription.user_id == user_id,
        or_(column.is_(None), column < at),
    )


def _set(subscription_id: str, values: Mapping[str, Any], *also: Any) -> None:
    db.session.execute(
        update(PushSubscription)
        .where(PushSubscription.id == subscription_id, *also)
        .values(dict(values))
        .execution_options(synchronize_session=False)
    )
