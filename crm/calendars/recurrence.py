"""The days of a series (RFC 5545 RRULE), at a cost that no hostile rule can raise.

Days are reckoned a week, month or year at a time from near the days asked for. A rule with a COUNT
has to be counted from its beginning; the budget ends that.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
)
_TIMES = {"BYHOUR": "hour", "BYMINUTE": "minute", "BYSECOND": "second"}
_LAST_YEAR = 9998


class Unknown(ValueError):
    """A rule that cannot be followed: only its first event is taken."""


@dataclass(frozen=True)
class Rule:
    """A rule, read. `by_day`: pairs of which one in its month or year (0: each) and the weekday."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0


def read_rule(text: str, start: datetime) -> Rule:
    """Return the rule of a series that starts then. Raises Unknown."""
    try:
        parts = dict(part.split("=", 1) for part in text.upper().strip().strip(";").split(";"))
        for name in [name for name in _TIMES if name in parts]:
            if int(parts.pop(name)) != getattr(start, _TIMES[name]):
                raise Unknown(name)
        if set(parts) - _KNOWN or len(text) > 1000:
            raise Unknown(text[:100])
        rule = Rule(
            freq=parts["FREQ"],
            interval=int(parts.get("INTERVAL", 1)),
            count=int(parts["COUNT"]) if "COUNT" in parts else None,
            until=parts.get("UNTIL"),
            by_day=tuple(_weekday(one) for one in _listed(parts, "BYDAY")),
            by_month_day=_numbers(parts, "BYMONTHDAY", 31),
            by_month=_numbers(parts, "BYMONTH", 12),
            by_set_pos=_numbers(parts, "BYSETPOS", 366),
            week_start=DAYS.index(parts.get("WKST", "MO")),
        )
    except (KeyError, ValueError) as error:
        raise Unknown(text[:100]) from error
    if rule.freq not in _WALKS or not 1 <= rule.interval <= 10_000:
        raise Unknown(text[:100])
    return rule


def _listed(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _numbers(parts: dict[str, str], name: str, most: int) -> tuple[int, ...]:
    found = tuple(int(one) for one in _listed(parts, name))
    if any(not 1 <= abs(one) <= most for one in found):
        raise Unknown(name)
    return found


def _weekday(text: str) -> tuple[int, int]:
    which = int(text[:-2] or 0)
    if abs(which) > 53:
        raise Unknown(text[:10])
    return which, DAYS.index(text[-2:])


def days_of(
    rule: Rule, start: date, first: date, last: date, spend: Callable[[], None]
) -> list[date]:
    """Return the days of the series from `first` to `last`. UNTIL is the caller's: it has a zone.

    `spend` is called for each period looked at, and may raise.
    """
    found: list[date] = []
    counted = 0
    for days in _periods(rule, start, first, last):
        spend()
        for day in _picked(rule, days):
            if day < start:
                continue
            counted += 1
            if day > last or (rule.count is not None and counted > rule.count):
                return found
            if day >= first:
                found.append(day)
    return found


def _picked(rule: Rule, days: list[date]) -> list[date]:
    days = sorted(set(days))
    if not rule.by_set_pos:
        return days
    places = {pos - 1 if pos > 0 else len(days) + pos for pos in rule.by_set_pos}
    return [day for place, day in enumerate(days) if place in places]


def _periods(rule: Rule, start: date, first: date, last: date) -> Iterator[list[date]]:
    """Yield the days of each period; without a COUNT those long before `first` are leapt over."""
    number = 0
    if rule.count is None and first > start:
        passed = (first - start).days // _LONGEST[rule.freq] // rule.interval
        number = max(0, passed - 1)
    while True:
        period = _WALKS[rule.freq](rule, start, number * rule.interval)
        if period is None or period[0] > last:
            return
        yield period[1]
        number += 1


#: A period's first day, and those of its days that the rule names; None after the last year.
Period = tuple[date, list[date]] | None


def _day(rule: Rule, start: date, number: int) -> Period:
    if start.year + number // 366 > _LAST_YEAR:
        return None
    day = start + timedelta(days=number)
    return day, [day] if _fits(rule, day) else []


def _fits(rule: Rule, day: date) -> bool:
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day:
        length = calendar.monthrange(day.year, day.month)[1]
        if day.day not in rule.by_month_day and day.day - length - 1 not in rule.by_month_day:
            return False
    return not rule.by_day or day.weekday() in {weekday for _which, weekday in rule.by_day}


def _week(rule: Rule, start: date, number: int) -> Period:
    if start.year + number // 52 > _LAST_YEAR:
        return None
    monday = (
        start - timedelta(days=(start.weekday() - rule.week_start) % 7) + timedelta(weeks=number)
    )
    wanted = {weekday for _which, weekday in rule.by_day} or {start.weekday()}
    days = [monday + timedelta(days=n) for n in range(7)]
    months = rule.by_month
    return monday, [d for d in days if d.weekday() in wanted and (not months or d.month in months)]


def _month(rule: Rule, start: date, number: int) -> Period:
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    if year > _LAST_YEAR:
        return None
    begins = date(year, month + 1, 1)
    if rule.by_month and month + 1 not in rule.by_month:
        return begins, []
    return begins, _in_month(rule, start, begins)


def _in_month(rule: Rule, start: date, begins: date) -> list[date]:
    length = calendar.monthrange(begins.year, begins.month)[1]
    if rule.by_month_day:
        numbers = {n if n > 0 else length + 1 + n for n in rule.by_month_day}
        days = [begins.replace(day=n) for n in numbers if 1 <= n <= length]
        weekdays = {weekday for _which, weekday in rule.by_day}
        return [day for day in days if not weekdays or day.weekday() in weekdays]
    if rule.by_day:
        return _by_day(rule, [begins + timedelta(days=n) for n in range(length)])
    return [begins.replace(day=start.day)] if start.day <= length else []


def _by_day(rule: Rule, days: list[date]) -> list[date]:
    found = []
    for which, weekday in rule.by_day:
        same = [day for day in days if day.weekday() == weekday]
        if which == 0:
            found += same
        elif abs(which) <= len(same):
            found.append(same[which - 1 if which > 0 else which])
    return found


def _year(rule: Rule, start: date, number: int) -> Period:
    year = start.year + number
    if year > _LAST_YEAR:
        return None
    begins = date(year, 1, 1)
    if rule.by_day and not rule.by_month and not rule.by_month_day:
        length = 366 if calendar.isleap(year) else 365
        return begins, _by_day(rule, [begins + timedelta(days=n) for n in range(length)])
    months = rule.by_month or (range(1, 13) if rule.by_month_day else (start.month,))
    return begins, [d for month in months for d in _in_month(rule, start, date(year, month, 1))]


_WALKS: dict[str, Callable[[Rule, date, int], Period]] = {
    "DAILY": _day,
    "WEEKLY": _week,
    "MONTHLY": _month,
    "YEARLY": _year,
}
#: In days, so that never too many periods are leapt over.
_LONGEST = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
