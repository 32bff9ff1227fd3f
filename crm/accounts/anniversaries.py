"""Whose day it is: birthdays and years as a customer, in the reader's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, select

from crm.accounts.models import Account, Contact
from crm.database import db
from crm.i18n.jalali import add_years, to_jalali
from crm.users.viewer import Viewer

_LONGEST_YEARS = 110


@lru_cache(maxsize=64)
def begun_on(day: date, calendar: str) -> tuple[date, ...]:
    """Return the dates whose anniversary falls on `day` in this calendar, the latest first.

    30 Esfand falls on 29 Esfand in a common year, 29 February on the 28th: so a day at such a
    month's end stands for the day after it too.
    """
    found: list[date] = []
    for years in range(1, _LONGEST_YEARS):
        for extra in (0, 1):
            start = add_years(day, -years, calendar) + timedelta(days=extra)
            if start not in found and add_years(start, years, calendar) == day:
                found.append(start)
    return tuple(found)


def years_between(since: date, day: date, calendar: str) -> int:
    """Return how many years `day` is the anniversary of, in this calendar."""
    if calendar == "jalali":
        return to_jalali(day)[0] - to_jalali(since)[0]
    return day.year - since.year


def anniversaries(
    viewer: Viewer, days: Sequence[date], limit: int = 10
) -> list[tuple[str, date, Row[Any]]]:
    """Return (kind, day, row) of the viewer's own contacts and accounts whose day is in `days`.

    Kinds: birthday (contacts), customer_since (contacts and accounts).
    """
    found: list[tuple[str, date, Row[Any]]] = []
    for day in days:
        starts = begun_on(day, viewer.locale.calendar)
        for model, column, kind in (
            (Contact, Contact.birthday, "birthday"),
            (Account, Account.customer_since, "customer_since"),
        ):
            rows = db.session.execute(
                select(model.id, model.name, model.phones, column.label("since"))
                .where(model.owner_id == viewer.id, column.in_(starts), model.archived_at.is_(None))
                .limit(limit)
            )
            found += [(kind, day, row) for row in rows]
    return found[:limit]
