"""How a person wants to be told: kinds, quiet hours, working week, budget; read and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from sqlalchemy import select

from crm import errors
from crm.alerts.kinds import CHOSEN, KINDS, MAY_CROSS, AlertKind, Channel
from crm.alerts.models import AlertSettings
from crm.alerts.timing import Habits
from crm.company.models import Company
from crm.database import command, db
from crm.i18n import _
from crm.push.models import PushSubscription
from crm.schema import WHOLE_DAY, ClockTime, Schema, Whole, load
from crm.timeline.record import record
from crm.users.models import User
from crm.users.viewer import Viewer

MOST_A_DAY = 50
_TABLE: Any = AlertSettings.__table__
#: A row that is not kept yet has none of its defaults.
_DEFAULTS = {
    column.name: column.default.arg
    for column in _TABLE.c
    if column.default is not None and column.default.is_scalar
} | {"channels": {}}


class AlertSettingsSchema(Schema):
    """`channel_<kind>` for each kind, `crosses_<kind>` ticks, `work_days` a list of "0" to "6"."""

    quiet_from = ClockTime(10, required=True)
    quiet_until = ClockTime(10, required=True)
    digest_at = ClockTime(10, required=True)
    budget = Whole(0, MOST_A_DAY, required=True)
    work_days = ma.fields.List(ma.fields.Raw(), load_default=list)
    channels = ma.fields.Dict(load_default=dict)
    crosses = ma.fields.List(ma.fields.Raw(), load_default=list)


def find_settings(user_id: str) -> AlertSettings:
    """Return a person's settings, or the defaults in an object that is not kept."""
    found = db.session.get(AlertSettings, user_id)
    return found or AlertSettings(user_id=user_id, **_DEFAULTS)


def channel_of(settings: AlertSettings, kind: str) -> Channel:
    """Return how a person wants to be told of a kind."""
    return Channel(settings.channels.get(kind, KINDS[AlertKind(kind)].channel))


@command
def update_alert_settings(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change how the actor is told. Raises ValidationError."""
    data = load(AlertSettingsSchema(), payload)
    days = sorted({str(day) for day in data["work_days"]})
    if not set(days) <= set("0123456"):
        raise errors.ValidationError({"work_days": [_("Choose from the list.")]})
    channels = {str(kind): str(way) for kind, way in data["channels"].items()}
    if not (set(channels) <= set(CHOSEN) and set(channels.values()) <= set(Channel)):
        raise errors.ValidationError({"channels": [_("Choose from the list.")]})
    crosses = sorted({str(kind) for kind in data["crosses"]} & set(MAY_CROSS))
    row = db.session.get(AlertSettings, actor.id)
    if row is None:
        row = AlertSettings(user_id=actor.id)
        db.session.add(row)
    for name in ("quiet_from", "quiet_until", "digest_at", "budget"):
        setattr(row, name, data[name] % WHOLE_DAY if name != "budget" else data[name])
    row.work_days, row.crosses_quiet = ",".join(days), ",".join(crosses)
    row.channels = {k: way for k, way in channels.items() if way != KINDS[AlertKind(k)].channel}
    record("user.changed", actor.id, user_id=actor.id, data={"changed": ["alerts"]})


def habits_of(
    user_ids: Sequence[str], holidays: frozenset[date] = frozenset()
) -> dict[str, tuple[Habits, AlertSettings]]:
    """Return the habits and settings of people, each with whether a phone of his can ring."""
    company = db.session.scalars(select(Company)).one()
    rows = db.session.scalars(select(AlertSettings).where(AlertSettings.user_id.in_(user_ids)))
    kept = {row.user_id: row for row in rows}
    pushed = set(
        db.session.scalars(
            select(PushSubscription.user_id).where(PushSubscription.user_id.in_(user_ids))
        )
    )
    zones = db.session.execute(select(User.id, User.timezone).where(User.id.in_(user_ids)))
    found = {}
    for user_id, zone in zones:
        settings = kept.get(user_id) or find_settings(user_id)
        days = settings.work_days or company.work_days
        habits = Habits(
            zone=ZoneInfo(zone or company.timezone),
            quiet_from=settings.quiet_from,
            quiet_until=settings.quiet_until,
            work_days=frozenset(int(day) for day in days.split(",") if day),
            holidays=holidays,
            budget=settings.budget,
            digest_at=settings.digest_at,
            crosses=frozenset(settings.crosses_quiet.split(",")),
            has_push=user_id in pushed,
        )
        found[user_id] = (habits, settings)
    return found
