"""Reads of phones: what waits on each, and which of them is to clear itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from crm import clock
from crm.database import db
from crm.devices.models import Device
from crm.users.models import User, UserSession
from crm.users.ownership import my_people
from crm.users.sessions import IDLE, hash_token
from crm.users.viewer import Viewer, require_admin


@dataclass(frozen=True)
class Standing:
    """When one of a person's phones was last heard, and what waits on all of them."""

    last_seen_at: datetime
    waiting: int
    parked: int
    oldest_waiting_at: datetime | None


def standings(viewer: Viewer, user_ids: Iterable[str]) -> dict[str, Standing]:
    """Return how the phones of these people stand, as far as they are the viewer's people.

    One that was not heard for as long as a session lasts is given up: nobody can ask it any more.
    """
    rows = db.session.execute(
        select(
            Device.user_id,
            func.max(Device.last_seen_at),
            func.sum(Device.waiting),
            func.sum(Device.parked),
            func.min(Device.oldest_waiting_at),
        )
        .join(User, User.id == Device.user_id)
        .where(
            Device.user_id.in_(list(user_ids)),
            Device.last_seen_at > clock.now() - IDLE,
            my_people(viewer),
        )
        .group_by(Device.user_id)
    )
    return {
        user_id: Standing(seen, int(waiting), int(parked), oldest)
        for user_id, seen, waiting, parked, oldest in rows
    }


def phones_by_session(viewer: Viewer, user_id: str | None = None) -> dict[str, Device]:
    """Return what each signed-in phone said last, by session: one's own, or for an admin
    anyone's."""
    if user_id is not None and user_id != viewer.id:
        require_admin(viewer)
    rows = db.session.scalars(
        select(Device)
        .where(Device.user_id == (user_id or viewer.id), Device.session_id.is_not(None))
        .order_by(Device.last_seen_at)
    )
    return {str(device.session_id): device for device in rows}


def is_to_be_wiped(token: str | None) -> bool:
    """Tell whether this token was a lost phone's; asked only where it lets nobody in any more."""
    if not token or len(token) > 100:
        return False
    wanted = select(UserSession.wipe_requested_at).where(
        UserSession.token_hash == hash_token(token)
    )
    return db.session.scalar(wanted) is not None
