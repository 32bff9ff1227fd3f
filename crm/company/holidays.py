"""Days off: Iran's official holidays as shipped, and what an admin added to them or took away."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import select

from crm.company.models import Company, Holiday
from crm.database import db
from crm.i18n import current_locale
from crm.i18n.jalali import from_jalali

_FILE = Path(__file__).with_name("holidays_iran.txt")
#: The Jalali years for which the holidays of every year are reckoned.
_YEARS = range(1400, 1451)
#: Longer than any run of days off: Nowruz with what lies around it is thirteen.
_LONGEST_REST = 60
_DAY = timedelta(days=1)


@cache
def official_holidays() -> Mapping[date, dict[str, str]]:
    """Return Iran's official holidays as shipped, each with its name by language."""
    found: dict[date, dict[str, str]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        when, english, persian = line.split("|")
        for day in _days(when):
            names = found.setdefault(day, {})
            for language, name in (("en", english), ("fa", persian)):
                names[language] = f"{names[language]} · {name}" if language in names else name
    return found


def _days(when: str) -> list[date]:
    """Return the day that a line is about, or for `*-12-30` that of each year that has it."""
    year, month, number = when.split("-")
    if year != "*":
        return [from_jalali(int(year), int(month), int(number))]
    days = []
    for every in _YEARS:
        try:
            days.append(from_jalali(every, int(month), int(number)))
        except ValueError:  # 30 Esfand of a common year
            continue
    return days


def days_off(company: Company) -> frozenset[date]:
    """Return the company's holidays, in one query; its weekly days off are not among them."""
    own = {row.day: row.is_removed for row in db.session.execute(_OWN)}
    shipped = official_holidays() if company.has_official_holidays else {}
    added = {day for day, is_removed in own.items() if not is_removed}
    return frozenset((shipped.keys() - own.keys()) | added)


_OWN = select(Holiday.day, Holiday.is_removed)


@dataclass(frozen=True)
class ListedHoliday:
    """A holiday as the admin's list shows it; a removed one stays there to be brought back."""

    day: date
    name: str
    is_official: bool
    is_removed: bool


def holidays_between(company: Company, first: date, following: date) -> list[ListedHoliday]:
    """Return the holidays from `first` to before `following`, removed ones too, in order."""
    language = current_locale().language
    inside = (Holiday.day >= first, Holiday.day < following)
    own = {row.day: row for row in db.session.scalars(select(Holiday).where(*inside))}
    shipped = official_holidays() if company.has_official_holidays else {}
    names = {day: said[language] for day, said in shipped.items() if first <= day < following}
    listed = []
    for day in sorted(names.keys() | own.keys()):
        row = own.get(day)
        name = (row.name if row else None) or names.get(day, "")
        listed.append(ListedHoliday(day, name, day in names, bool(row and row.is_removed)))
    return listed


def is_working_day(work_days: Collection[int], holidays: Container[date], day: date) -> bool:
    """Whether work is done on this day: by weekdays as `date.weekday()` counts, but no holiday."""
    return day.weekday() in work_days and day not in holidays


def previous_working_day(
    work_days: Collection[int], holidays: Container[date], day: date
) -> date | None:
    """Return the last working day before this one; None where there is none in two months."""
    before = (day - n * _DAY for n in range(1, _LONGEST_REST))
    return next((d for d in before if is_working_day(work_days, holidays, d)), None)


def told_on(work_days: Collection[int], holidays: Container[date], day: date) -> tuple[date, ...]:
    """Return the days of which one hears on `day`: itself, and on a working day all days off that
    follow it, because who is off then should know before."""
    days = [day]
    if is_working_day(work_days, holidays, day):
        for n in range(1, _LONGEST_REST):
            if is_working_day(work_days, holidays, day + n * _DAY):
                break
            days.append(day + n * _DAY)
    return tuple(days)
