"""Writes about phones: what one says of itself, and telling a lost one to clear itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from sqlalchemy import delete, select, update

from crm import clock
from crm.database import command, db
from crm.devices.models import Device
from crm.schema import Flag, Moment, Schema, Str, Whole, load
from crm.timeline.record import record
from crm.users.models import User, UserSession, new_outbox_key
from crm.users.sessions import hash_token, revoke_session
from crm.users.viewer import Viewer

#: More than a phone can hold; a number that is no number of captures is refused.
MOST_WAITING = 1_000_000


class BeatSchema(Schema):
    """What a phone says of itself. A newer app may say more: that is no reason to be deaf."""

    class Meta:
        unknown = ma.EXCLUDE

    device_id = Str(60, required=True)
    device_name = Str(120)
    app = Str(60, required=True)
    waiting = Whole(0, MOST_WAITING, required=True)
    parked = Whole(0, MOST_WAITING, load_default=0)
    oldest_at = Moment()
    installed = Flag(load_default=False)
    persisted = Flag(load_default=False)


@command
def beat(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Keep what a phone says of itself and return the key of the actor's outbox, in base64.

    It is no part of the timeline: it would be every other line of it.
    """
    data = load(BeatSchema, payload)
    device = db.session.scalars(
        select(Device).where(Device.user_id == actor.id, Device.device_id == data["device_id"])
    ).first()
    if device is None or device.session_id != actor.session_id:
        _forget_others(actor, data["device_id"])
    if device is None:
        device = Device(user_id=actor.id, device_id=data["device_id"])
        db.session.add(device)
    now = clock.now()
    device.session_id, device.last_seen_at = actor.session_id, now
    device.name, device.app = data.get("device_name"), data["app"]
    device.waiting, device.parked = data["waiting"], data["parked"] or 0
    oldest = data.get("oldest_at")
    device.oldest_waiting_at = min(oldest, now) if oldest and device.waiting else None
    device.installed, device.persisted = data["installed"], data["persisted"]
    return _key_of(actor.id)


def _forget_others(actor: Viewer, device_id: str) -> None:
    """One session is one browser: what called itself otherwise there lost its storage."""
    db.session.execute(
        delete(Device).where(
            Device.user_id == actor.id,
            Device.session_id == actor.session_id,
            Device.device_id != device_id,
        )
    )


def _key_of(user_id: str) -> str:
    """Return the user's key; who is older than keys are gets his here, and only one."""
    wanted = select(User.outbox_key).where(User.id == user_id)
    if key := db.session.scalar(wanted):
        return key
    db.session.execute(
        update(User)
        .where(User.id == user_id, User.outbox_key.is_(None))
        .values(outbox_key=new_outbox_key())
        .execution_options(synchronize_session=False)
    )
    return str(db.session.scalar(wanted))


@command
def wipe_device(actor: Viewer, user_id: str, session_id: str) -> None:
    """Sign a lost phone out, and let its next request be told to clear itself.

    What waited on it is given up here, for it may never be heard again. One's own, or for an admin
    anyone's. Raises NotFound, also for one that was signed out before.
    """
    revoke_session(actor, session_id, user_id, wipe_requested_at=clock.now())
    db.session.execute(delete(Device).where(Device.session_id == session_id))
    record("user.device_wiped", actor.id, user_id=user_id)


@command
def note_wiped(_actor: None, token: str) -> None:
    """Note that a lost phone was told to clear itself: nothing waits on it any more."""
    session = db.session.scalars(
        select(UserSession).where(UserSession.token_hash == hash_token(token))
    ).first()
    if session is None or session.wipe_requested_at is None or session.wiped_at:
        return
    session.wiped_at = clock.now()
    db.session.execute(delete(Device).where(Device.session_id == session.id))
    record("user.device_cleared", session.user_id, user_id=session.user_id)
