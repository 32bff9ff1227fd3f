"""Alerts and devices for tests, as plain functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert, AlertSettings, Delivery
from crm.alerts.telling import tell
from crm.database import command, db, new_id
from crm.push.models import PushSubscription
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests.people import TEHRAN

HAMRAH = Viewer("00000000-0000-7000-8000-000000000000", "Hamrah", "admin", None, (), TEHRAN)


@command
def _tell(_actor: Viewer, *args: Any, **kwargs: Any) -> str | None:
    return tell(*args, **kwargs)


def told(
    person: Viewer,
    cause: str = "a cause",
    kind: AlertKind = AlertKind.PROMISE_DUE,
    *,
    tag: str | None = None,
    expires_at: datetime | None = None,
    **more: Any,
) -> str | None:
    """Tell somebody something, in a transaction of its own; return the alert's id."""
    data = more.pop("data", {"name": "Maryam Sadr"})
    return _tell(
        HAMRAH, person.id, kind, cause,
        url="/today", tag=tag or cause, data=data, expires_at=expires_at, **more,
    )  # fmt: skip


def device(person: Viewer, name: str = "Galaxy A54") -> PushSubscription:
    """A device of somebody's that can be reached."""
    session = UserSession(
        user_id=person.id, token_hash=new_id(), device=name, created_at=clock.now(),
        seen_at=clock.now(), expires_at=clock.now() + timedelta(days=30),
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    row = PushSubscription(
        id=new_id(), user_id=person.id, session_id=session.id, name=name, p256dh="p", auth="a",
        endpoint=f"https://fcm.googleapis.com/fcm/send/{new_id()}", created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def alert(alert_id: str | None) -> Alert:
    db.session.rollback()
    return db.session.get_one(Alert, alert_id)


def deliveries() -> list[Delivery]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery).order_by(Delivery.id)))


def prefers(person: Viewer, **settings: Any) -> None:
    """Let somebody want to be told otherwise."""
    db.session.merge(AlertSettings(user_id=person.id, **{"channels": {}, **settings}))
    db.session.commit()
