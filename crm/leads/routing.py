"""Whose a new lead is, and until when it is answered: rules and hours, without a database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from crm.company.holidays import is_working_day
from crm.i18n import fold
from crm.leads.models import Heat
from crm.leads.scoring import has_word

_RANK = {Heat.COLD.value: 0, Heat.WARM.value: 1, Heat.HOT.value: 2}
DAY = timedelta(days=1)


class Way(StrEnum):
    ROUND_ROBIN = "round_robin"
    LEAST_LOAD = "least_load"
    FIXED = "fixed"


@dataclass(frozen=True)
class Hours:
    """When the company works: days as `date.weekday()` counts, minutes of its day, no holiday."""

    days: frozenset[int]
    begins: int
    ends: int
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def windows(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the times of work from a day on, without end."""
        day = first
        while True:
            if is_working_day(self.days, self.holidays, day):
                yield self._at(day, self.begins), self._at(day, self.ends)
            day += DAY

    def _at(self, day: date, minutes: int) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight + timedelta(minutes=minutes)).astimezone(UTC)


def starts(hours: Hours, at: datetime) -> datetime:
    """Return the first working minute at `at` or after it: from then on the clock runs."""
    return next(max(at, begin) for begin, end in _from(hours, at) if end > at)


def deadline(hours: Hours, at: datetime, minutes: int) -> datetime:
    """Return when so many minutes of work have passed since `at`."""
    left = timedelta(minutes=minutes)
    for opens, end in _from(hours, at):
        begin = max(opens, at)
        if begin < end and left <= end - begin:
            return begin + left
        left -= max(end - begin, timedelta(0))
    raise AssertionError("there are always more windows")


def _from(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    if not hours.days or hours.begins >= hours.ends:
        return iter([(at, at + 3650 * DAY)])
    return hours.windows(at.astimezone(hours.zone).date())


@dataclass(frozen=True)
class Candidate:
    """Somebody whom a rule may give a lead to."""

    id: str
    name: str
    team_id: str | None
    #: How many open leads he has, and the number of the rule's last turn that was his.
    load: int = 0
    turn: int = 0


def fits(rule: Any, lead: Mapping[str, Any]) -> bool:
    """Whether a rule is about a lead: each of its conditions holds, and one without words does."""
    if _RANK.get(lead["heat"], 0) < _RANK[rule.min_heat]:
        return False
    wants = " ".join(str(lead[name] or "") for name in ("interests", "needs"))
    return (
        _says(lead["source"], rule.source_words)
        and _says(lead["city"], rule.city_words)
        and _says(wants, rule.product_words)
    )


def _says(text: Any, words: Iterable[str]) -> bool:
    folded = [word for word in (fold(one) for one in words) if word]
    return not folded or has_word(str(text or ""), folded)


def choose(
    way: str, candidates: Sequence[Candidate], offered: Collection[str] = ()
) -> Candidate | None:
    """Return whose turn it is among those whom the lead was not offered to yet.

    In turn: who has waited longest, so that n leads over k people differ by one at most. By load:
    who has fewest open leads, of those alike who has waited longest.
    """
    free = [one for one in candidates if one.id not in offered]
    if way == Way.LEAST_LOAD:
        return min(free, key=lambda one: (one.load, one.turn, one.id), default=None)
    return min(free, key=lambda one: (one.turn, one.id), default=None)
