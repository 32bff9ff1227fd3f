"""What every part of the sample shares: the dice, the calendar, the owners and the rows so far."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from crm.i18n import find_currency
from crm.sample.words import Pair, Words, words_of

T = TypeVar("T")
Row = dict[str, Any]

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
#: Of four records, one is in the other language.
OTHER_LANGUAGE = 0.24
#: How many of a currency's units make a euro, roughly: prices only have to look right.
PER_EURO = {"IRR": 1_000_000, "EUR": 1, "USD": 1.1, "GBP": 0.85, "AED": 4, "TRY": 45}


@dataclass(frozen=True)
class Owner:
    """Somebody whom records may belong to."""

    id: str
    team_id: str | None


class Invention:
    """The sample while it is being made; the same seed and moment give the same sample."""

    def __init__(
        self, seed: int, now: datetime, language: str, timezone: str, calendar: str
    ) -> None:
        self.dice = Random(seed)  # noqa: S311  # to be repeated, not to be secret
        self.now = now
        self.zone = ZoneInfo(timezone)
        self.today = now.astimezone(self.zone).date()
        self.calendar = calendar
        self.days_off = {FRIDAY} if calendar == "jalali" else {SATURDAY, SUNDAY}
        self.words = words_of(language)
        self.other = words_of("en" if language == "fa" else "fa")
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.owners: list[Owner] = []
        self.shares: list[int] = []
        #: Open deals that nobody has touched for longer than the company thinks well.
        self.quiet: set[str] = set()
        #: Leads that the story of the day is about.
        self.hot: set[str] = set()
        self._used: set[str] = set()

    def new_id(self, at: datetime) -> str:
        """Return a UUIDv7 of that moment."""
        raw = bytearray(int(at.timestamp() * 1000).to_bytes(6, "big") + self.dice.randbytes(10))
        raw[6] = raw[6] & 0x0F | 0x70
        raw[8] = raw[8] & 0x3F | 0x80
        return str(uuid.UUID(bytes=bytes(raw)))

    def owner(self) -> Owner:
        """Return one of those who sell, the busy ones more often."""
        return self.dice.choices(self.owners, self.shares)[0]

    def tongue(self) -> Words:
        """Return the company's words, or now and then the other language's."""
        return self.other if self.dice.random() < OTHER_LANGUAGE else self.words

    def maybe(self, chance: float, values: Sequence[T]) -> T | None:
        """Return one of the values, or nothing."""
        return self.dice.choice(values) if self.dice.random() < chance else None

    def person(self, words: Words) -> Pair:
        """Return a name that nobody has yet, and its form in an address."""
        while True:
            weights = [often for often, _first, _last in words.circles]
            _often, firsts, lasts = self.dice.choices(words.circles, weights)[0]
            first, last = self.dice.choice(firsts), self.dice.choice(lasts)
            name = f"{first[0]} {last[0]}"
            if name not in self._used:
                self._used.add(name)
                return name, f"{first[1]}.{last[1]}"

    def firm(self, words: Words) -> tuple[str, str, str]:
        """Return a firm's name that is not taken yet, its industry and its domain."""
        while True:
            trade, firm = self.dice.choice(words.trades), self.dice.choice(words.firms)
            name = trade[0].format(firm[0])
            if name not in self._used:
                self._used.add(name)
                return name, trade[1], f"{firm[1]}-{trade[2]}.example"

    def day_ago(self, least: int, most: int) -> date:
        """Return a working day between so many days ago, the recent ones more often."""
        share = self.dice.random() ** 1.4
        return self.workday(self.today - timedelta(days=least + round(share * (most - least))))

    def workday(self, day: date) -> date:
        """Return the day, or the last working day before it."""
        while day.weekday() in self.days_off:
            day -= timedelta(days=1)
        return day

    def next_workday(self, day: date) -> date:
        """Return the day, or the first working day after it."""
        while day.weekday() in self.days_off:
            day += timedelta(days=1)
        return day

    def moment(self, day: date, first: int = 9, last: int = 17) -> datetime:
        """Return a time of that day between two hours, on five minutes; never in the future if
        the day has begun."""
        minutes = self.dice.randrange(first * 12, last * 12) * 5
        local = datetime.combine(day, time(minutes // 60, minutes % 60), self.zone)
        return local.astimezone(UTC)

    def past(self, day: date) -> datetime:
        """Return a working time of that day that has passed."""
        at = self.moment(day)
        if at < self.now:
            return at
        return self.moment(self.workday(day - timedelta(days=1)))

    def price(self, euros: float, currency: str) -> int:
        """Return a round amount in the currency's smallest unit."""
        units = euros * PER_EURO.get(currency, 1)
        step = 50_000_000 if currency == "IRR" else 500
        return int(max(1, round(units / step)) * step * find_currency(currency).unit)

    def enter(
        self, kind: str, at: datetime, actor_id: str, data: Row | None = None, **about: str | None
    ) -> str:
        """Put an entry into the timeline and return its id."""
        entry_id = self.new_id(at)
        self.rows["timeline_entry"].append(
            {
                "id": entry_id,
                "kind": kind,
                "at": at,
                "actor_id": actor_id,
                "data": data or {},
                **about,
            }
        )
        return entry_id

    def own(self, owner: Owner | None, at: datetime, **values: Any) -> Row:
        """Return the columns that every owned record has, and the values given."""
        return {
            "id": self.new_id(at),
            "owner_id": owner.id if owner else None,
            "team_id": owner.team_id if owner else None,
            "created_at": at,
            "updated_at": at,
            "version": 1,
            "is_sample": True,
            **values,
        }
