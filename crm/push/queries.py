"""Reads of subscriptions: whose devices can be reached, and how those of one person do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, exists, select

from crm import clock
from crm.database import db
from crm.push import keys
from crm.push.keys import VapidKeys
from crm.push.models import PushSubscription
from crm.users.models import Role, User, UserSession
from crm.users.viewer import Viewer, require_admin

FAILURES_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Device:
    """What it takes to tell one device something."""

    id: str
    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    shows_names: bool


def is_signed_in() -> ColumnElement[bool]:
    """Return the condition that a subscription's session is open and its person active."""
    return exists().where(
        UserSession.id == PushSubscription.session_id,
        UserSession.user_id == PushSubscription.user_id,
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > clock.now(),
        User.id == UserSession.user_id,
        User.is_active,
    )


def reachable_devices(user_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the ids of the subscriptions by which these people can be told something now."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = select(PushSubscription.user_id, PushSubscription.id).where(
        PushSubscription.user_id.in_(list(user_ids)), is_signed_in()
    )
    for user_id, subscription_id in db.session.execute(rows.order_by(PushSubscription.id)):
        found[user_id].append(subscription_id)
    return dict(found)


def find_devices(subscription_ids: Collection[str]) -> dict[str, Device]:
    """Return by id how to reach these devices; what is forgotten or signed out is left out."""
    columns = [getattr(PushSubscription, name) for name in Device.__dataclass_fields__]
    wanted = select(*columns).where(PushSubscription.id.in_(list(subscription_ids)), is_signed_in())
    return {row.id: Device(*row) for row in db.session.execute(wanted)}


def subscriptions_of(viewer: Viewer, user_id: str | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return one's own devices that are told things, or for an admin anyone's, the newest first:
    .PushSubscription, and .seen_at of its session."""
    if user_id is not None and user_id != viewer.id:
        require_admin(viewer)
    return db.session.execute(
        select(PushSubscription, UserSession.seen_at)
        .join(UserSession, UserSession.id == PushSubscription.session_id)
        .where(PushSubscription.user_id == (user_id or viewer.id), is_signed_in())
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id)
    ).all()


def vapid_keys() -> VapidKeys:
    """Return this installation's keys, with whom a push service may write to."""
    return keys.find_keys(_first_admin() if keys.needs_admin() else None)


def _first_admin() -> str | None:
    return db.session.scalar(
        select(User.email)
        .where(User.role == Role.ADMIN, User.is_active, User.email.is_not(None))
        .order_by(User.created_at, User.id)
        .limit(1)
    )


def count_failures() -> list[tuple[str, str, int]]:
    """Return (host, reason, devices) of what went wrong last, in seven days, the most first."""
    rows = db.session.execute(
        select(PushSubscription.endpoint, PushSubscription.failure).where(
            PushSubscription.failed_at > clock.now() - FAILURES_FOR
        )
    )
    counts: Counter[tuple[str, str]] = Counter(
        (urlsplit(endpoint).hostname or "?", failure or "?") for endpoint, failure in rows
    )
    return [(host, reason, number) for (host, reason), number in counts.most_common()]


def has_subscriptions() -> bool:
    """Tell whether there is any device to tell something."""
    found: Any = db.session.scalar(select(PushSubscription.id).limit(1))
    return found is not None
