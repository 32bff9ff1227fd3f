"""Decides, for each alert whose time has come, whether a phone rings, a mail goes, or it waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from crm import clock
from crm.alerts.kinds import KINDS, AlertKind
from crm.alerts.models import Alert, AlertSettings, Delivery
from crm.alerts.settings import channel_of, habits_of
from crm.alerts.telling import tell
from crm.alerts.timing import Fate, Habits, Verdict, day_begins, day_ends, decide, digest_is_due
from crm.database import command, connection, db, new_id
from crm.push.queries import reachable_devices
from crm.users.models import User
from crm.users.viewer import Viewer

_DELIVERY: Any = Delivery.__table__
#: Outside the day's budget: what is urgent, what its person asked for, and the list of the rest.
UNCOUNTED = [
    kind.value
    for kind, spec in KINDS.items()
    if spec.is_urgent or spec.is_asked_for or kind == AlertKind.DIGEST
]


@command
def decide_alerts(_actor: Viewer, most: int = 100) -> int:
    """Settle how the alerts whose time has come are told; return how many it were.

    What is to ring gets a delivery for each of the person's devices, in this very transaction.
    Rows that another one holds are passed over.
    """
    now = clock.now()
    due = db.session.scalars(
        select(Alert)
        .where(Alert.decide_at <= now)
        .order_by(Alert.decide_at, Alert.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if not due:
        return 0
    people = sorted({alert.user_id for alert in due})
    # Held: two workers that count the same day's pushes would both find room for one more.
    _hold(people)
    habits = habits_of(people)
    rung, devices = _rung_today(people, habits, now), reachable_devices(people)
    deliveries: list[dict[str, Any]] = []
    for alert in due:
        mine, settings = habits[alert.user_id]
        kind, way = AlertKind(alert.kind), channel_of(settings, alert.kind)
        verdict = decide(kind, way, mine, now, alert.expires_at, rung[alert.user_id])
        if alert.seen_at is not None or alert.outcome is not None:
            verdict = Verdict(Fate.INBOX)
        _settle(alert, verdict, now)
        if verdict.fate is Fate.RING and alert.kind not in UNCOUNTED:
            rung[alert.user_id] += 1
        deliveries += _deliveries(alert, verdict, devices.get(alert.user_id, ()), now)
    if deliveries:
        connection().execute(insert(_DELIVERY), deliveries)
    return len(due)


def _hold(people: Sequence[str]) -> None:
    held = select(User.id).where(User.id.in_(people)).order_by(User.id)
    db.session.execute(held.with_for_update(key_share=True)).all()


def _settle(alert: Alert, verdict: Verdict, now: datetime) -> None:
    alert.fate = verdict.fate.value
    alert.decide_at = verdict.at
    alert.awaits_digest = verdict.fate is Fate.DIGEST
    if verdict.fate is Fate.RING:
        alert.pushed_at = now


def _rung_today(
    people: Collection[str], habits: dict[str, tuple[Habits, AlertSettings]], now: datetime
) -> dict[str, int]:
    """Return how many pushes of the day's budget each has had since his midnight."""
    counts: dict[str, int] = defaultdict(int)
    since = {user_id: day_begins(habits[user_id][0], now) for user_id in people}
    rows = db.session.execute(
        select(Alert.user_id, Alert.pushed_at)
        .where(Alert.user_id.in_(people), Alert.pushed_at >= min(since.values()))
        .where(Alert.kind.not_in(UNCOUNTED))
    )
    for user_id, pushed_at in rows:
        counts[user_id] += pushed_at is not None and pushed_at >= since[user_id]
    return counts


def _deliveries(
    alert: Alert, verdict: Verdict, devices: Sequence[str], now: datetime
) -> list[dict[str, Any]]:
    if verdict.fate not in (Fate.RING, Fate.MAIL):
        return []
    ways = [("push", device) for device in devices]
    if verdict.fate is Fate.MAIL:
        ways = [("email", alert.user_id)]
    rounds = int(alert.data.get("round", 1))
    return [
        {
            "id": new_id(),
            "alert_id": alert.id,
            "user_id": alert.user_id,
            "channel": channel,
            "round": rounds,
            "subscription_id": target,
            "status": "waiting",
            "attempts": 0,
            "next_at": now,
            "expires_at": alert.expires_at,
            "created_at": now,
        }
        for channel, target in ways
    ]


@command
def make_digests(_actor: Viewer, most: int = 100) -> int:
    """Put what waited for the morning into one digest a person, at his hour; return how many."""
    now = clock.now()
    waiting = select(Alert.user_id).where(Alert.awaits_digest).distinct().limit(10 * most)
    people = sorted(db.session.scalars(waiting))
    if not people:
        return 0
    habits = habits_of(people)
    due = [
        user_id
        for user_id, (mine, settings) in habits.items()
        if digest_is_due(mine, now, _day(settings.digest_on))
    ][:most]
    return sum(_digest(user_id, habits[user_id][0], now) for user_id in due)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _digest(user_id: str, habits: Habits, now: datetime) -> int:
    today = now.astimezone(habits.zone).date().isoformat()
    _hold([user_id])
    counts = select(Alert.kind, func.count()).where(Alert.user_id == user_id, Alert.awaits_digest)
    kinds = {row[0]: row[1] for row in db.session.execute(counts.group_by(Alert.kind))}
    settings = db.session.get(AlertSettings, user_id, populate_existing=True)
    if not kinds or (settings and settings.digest_on == today):
        return 0
    if settings is None:
        settings = AlertSettings(user_id=user_id, channels={})
        db.session.add(settings)
    settings.digest_on = today
    db.session.execute(
        update(Alert)
        .where(Alert.user_id == user_id, Alert.awaits_digest)
        .values(awaits_digest=False)
        .execution_options(synchronize_session=False)
    )
    tell(
        user_id,
        AlertKind.DIGEST,
        f"digest:{today}",
        url="/alerts",
        tag="digest",
        data={"kinds": kinds},
        expires_at=day_ends(habits.zone, now),
    )
    return 1
