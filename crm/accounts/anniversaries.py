"""Whose day it is: birthdays, years as a customer and ends of contracts, in his own calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, literal, null, select, type_coerce, union_all

from crm.accounts.models import Account, Contact
from crm.database import Id, db
from crm.i18n.jalali import add_years, to_jalali
from crm.i18n.locale import CALENDARS
from crm.users.models import User
from crm.users.viewer import Viewer, require_admin

_LONGEST_YEARS = 120
#: One hears of a day at this hour of his own clock.
TOLD_AT = time(9)
#: The end of a contract is told on its day, and so long before that something can be done.
NOTICE: Final = timedelta(days=30)


class DayKind(StrEnum):
    BIRTHDAY = "birthday"
    CUSTOMER_SINCE = "customer_since"
    CONTRACT_ENDS = "contract_ends_on"


#: Which date of which record makes which kind of day; each is an index of `models`.
_SOURCES: Final[tuple[tuple[DayKind, Any, str], ...]] = (
    (DayKind.CUSTOMER_SINCE, Account, "account"),
    (DayKind.CUSTOMER_SINCE, Contact, "contact"),
    (DayKind.BIRTHDAY, Contact, "contact"),
    (DayKind.CONTRACT_ENDS, Account, "account"),
)


@dataclass(frozen=True)
class CustomersDay:
    """A day that one customer's date makes: `record` is «account» or «contact»."""

    user_id: str
    kind: DayKind
    record: str
    record_id: str
    name: str
    #: The day to congratulate or to act, and the record's own date that makes it one.
    day: date
    since: date
    #: How many years it is the anniversary of; 0 for a contract.
    years: int
    #: What the customer speaks, and how he is reached.
    language: str | None
    phones: list[dict[str, Any]]

    @property
    def days_left(self) -> int:
        """How many days after `day` a contract ends."""
        return (self.since - self.day).days


@lru_cache(maxsize=256)
def begun_on(day: date, calendar: str) -> tuple[date, ...]:
    """Return the dates whose anniversary falls on `day` in this calendar, the latest first.

    30 Esfand falls on 29 Esfand in a common year, 29 February on the 28th: so a day at such a
    month's end stands for the day after it too.
    """
    found: list[date] = []
    for years in range(1, _LONGEST_YEARS + 1):
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


def is_milestone(years: int) -> bool:
    """Whether so many years as a customer are told: 1, 2, 3, 5, 10, 15 …"""
    return years in (1, 2, 3) or (years > 0 and years % 5 == 0)


def calendar_of(language: str | None, readers: str) -> str:
    """Return the calendar in which a customer counts his years: who speaks Persian in the Jalali
    one, who speaks another language in the Gregorian; the reader's where nobody knows."""
    if not language:
        return readers
    return "jalali" if language == "fa" else "gregorian"


def tell_at(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which somebody in this zone is told of `day`."""
    return datetime.combine(day, TOLD_AT, zone).astimezone(UTC)


def due_days(viewer: Viewer, *days: date) -> list[CustomersDay]:
    """Return every active user's customers' days among `days`: what the worker tells.

    For the system and admins alone. `user_id` is the owner, who is told; records that are
    nobody's or put away are not among them. Customers who have told no language count in their
    owner's calendar. Which `days` one hears of on a day says `crm.company.holidays.told_on`:
    itself, and on the last working day before days off those too; at what time, `tell_at`.
    """
    require_admin(viewer)
    return list(_search(days, viewer.locale.calendar))


def days_of_mine(viewer: Viewer, days: Collection[date], limit: int = 10) -> list[CustomersDay]:
    """Return the days of the viewer's own customers among `days`, the soonest first."""
    found = _search(days, viewer.locale.calendar, viewer.id)
    return sorted(found, key=lambda one: (one.day, one.name))[:limit]


def days_of(record: Any, days: Iterable[date], readers: str) -> list[CustomersDay]:
    """Return the days among `days` that one account's or contact's dates make, without a query."""
    calendar = calendar_of(record.language, readers)
    dates = [
        (kind, name, getattr(record, kind.value))
        for kind, model, name in _SOURCES
        if isinstance(record, model) and getattr(record, kind.value)
    ]
    return [
        _made(kind, name, record, since, day, calendar)
        for day in days
        for kind, name, since in dates
        if falls_on(kind, since, day, calendar)
    ]


def falls_on(kind: DayKind, since: date, day: date, calendar: str) -> bool:
    """Whether a date makes `day` one of this kind: `_starts` asked from the other end."""
    if kind == DayKind.CONTRACT_ENDS:
        return since in (day, day + NOTICE)
    years = years_between(since, day, calendar)
    if years < 1 or (kind == DayKind.CUSTOMER_SINCE and not is_milestone(years)):
        return False
    return add_years(since, years, calendar) == day


@lru_cache(maxsize=256)
def _starts(kind: DayKind, day: date, calendar: str) -> frozenset[date]:
    """Return the dates that make `day` one of this kind."""
    if kind == DayKind.CONTRACT_ENDS:
        return frozenset((day, day + NOTICE))
    starts = begun_on(day, calendar)
    if kind == DayKind.BIRTHDAY:
        return frozenset(starts)
    return frozenset(s for s in starts if is_milestone(years_between(s, day, calendar)))


def _search(
    days: Collection[date], readers: str, owner_id: str | None = None
) -> Iterator[CustomersDay]:
    """Find them in both calendars at once; which one counts is each customer's own."""
    wanted = {
        (kind, calendar): {start: day for day in days for start in _starts(kind, day, calendar)}
        for kind in DayKind
        for calendar in CALENDARS
    }
    parts = []
    for number, (kind, model, _name) in enumerate(_SOURCES):
        starts = set().union(*(wanted[kind, calendar] for calendar in CALENDARS))
        rows = _rows(number, kind, model, starts)
        parts.append(rows.where(model.owner_id == owner_id) if owner_id else rows)
    found = db.session.execute(union_all(*parts)).all()
    firms: set[tuple[str, date]] = set()
    for row in sorted(found, key=lambda row: row.part):
        kind, model, name = _SOURCES[row.part]
        calendar = calendar_of(row.language, row.calendar or readers)
        day = wanted[kind, calendar].get(row.since)
        # Who came to us with his firm is not congratulated beside it.
        if day is None or (kind == DayKind.CUSTOMER_SINCE and (row.account_id, day) in firms):
            continue
        if kind == DayKind.CUSTOMER_SINCE and model is Account:
            firms.add((row.id, day))
        yield _made(kind, name, row, row.since, day, calendar)


def _rows(number: int, kind: DayKind, model: Any, starts: Collection[date]) -> Select[Any]:
    since = getattr(model, kind.value)
    account_id = model.account_id if model is Contact else type_coerce(null(), Id)
    return (
        select(
            literal(number).label("part"),
            model.id,
            model.name,
            model.phones,
            model.language,
            model.owner_id,
            account_id.label("account_id"),
            since.label("since"),
            User.calendar,
        )
        .join(User, User.id == model.owner_id)
        .where(since.in_(starts), model.archived_at.is_(None), User.is_active)
    )


def _made(
    kind: DayKind, record: str, row: Any, since: date, day: date, calendar: str
) -> CustomersDay:
    return CustomersDay(
        user_id=row.owner_id,
        kind=kind,
        record=record,
        record_id=row.id,
        name=row.name,
        day=day,
        since=since,
        years=0 if kind == DayKind.CONTRACT_ENDS else years_between(since, day, calendar),
        language=row.language,
        phones=row.phones,
    )
