"""The company's holidays: Iran's official ones, and what an admin adds to them or takes away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm import errors
from crm.company.holidays import official_holidays
from crm.company.models import Holiday
from crm.company.queries import get_company
from crm.database import command, db
from crm.schema import Day, Flag, Schema, Str, load
from crm.timeline.record import record
from crm.users.viewer import Viewer, require_admin


class HolidaySchema(Schema):
    day = Day(required=True)
    name = Str(120, required=True)


class RemovalSchema(Schema):
    day = Day(required=True)
    is_removed = Flag(load_default=False)


class OfficialSchema(Schema):
    has_official_holidays = Flag(load_default=False)


@command
def add_holiday(actor: Viewer, payload: Mapping[str, Any]) -> date:
    """Make a day a holiday, or give one another name; return the day. Raises ValidationError."""
    require_admin(actor)
    data = load(HolidaySchema(), payload)
    held = db.session.get(Holiday, data["day"], with_for_update=True)
    holiday = held or Holiday(day=data["day"])
    holiday.name, holiday.is_removed = data["name"], False
    db.session.add(holiday)
    _tell(actor, holiday.day, name=data["name"])
    return holiday.day


@command
def remove_holiday(actor: Viewer, payload: Mapping[str, Any]) -> date:
    """Make a holiday a day of work, or without `is_removed` a holiday again; return the day.

    Raises NotFound for a day that was never a holiday.
    """
    require_admin(actor)
    data = load(RemovalSchema(), payload)
    day: date = data["day"]
    is_removed = data["is_removed"]
    holiday = db.session.get(Holiday, day, with_for_update=True)
    if holiday is None:
        if not get_company().has_official_holidays or day not in official_holidays():
            raise errors.NotFound
        holiday = Holiday(day=day, is_removed=False)
        db.session.add(holiday)
    if holiday.is_removed != is_removed:
        holiday.is_removed = is_removed
        _tell(actor, day, removed=is_removed)
    return day


@command
def choose_official_holidays(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Say whether Iran's official holidays are the company's."""
    require_admin(actor)
    data = load(OfficialSchema(), payload)
    company, wanted = get_company(), data["has_official_holidays"]
    if company.has_official_holidays != wanted:
        company.has_official_holidays = wanted
        record(
            "company.changed",
            actor.id,
            data={"changed": {"has_official_holidays": [not wanted, wanted]}},
        )


def _tell(actor: Viewer, day: date, **what: Any) -> None:
    record("holiday.changed", actor.id, data={"day": day.isoformat(), **what})
