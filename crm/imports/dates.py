"""The one date layout of a file, found by looking at all of its dates, and reading by it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from crm import clock
from crm.i18n import N_, Locale, jalali, parse_date, to_ascii_digits, use_locale

#: Whether a year is Jalali shows in the year itself, so the order of the parts is all to know.
LAYOUTS = {
    "ymd": N_("Year first: 2026-11-24 or 1405/09/03"),
    "dmy": N_("Day first: 24/11/2026"),
    "mdy": N_("Month first: 11/24/2026"),
    "excel": N_("Excel day numbers: 45631"),
}
_PARTS = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[T\s,]+(.+))?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:\d{2})?Z?)?")
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?m?\.?\s*(z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_MONTH_FIRST_WORD = re.compile(r"([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_EXCEL_START = dt.date(1899, 12, 30)
_EXCEL = range(10_000, 80_000)
_JALALI_YEARS, _YEARS = range(1200, 1600), range(1800, 2300)
_NOON = dt.time(12)
_HALF_DAY = 12


@dataclass(frozen=True)
class Found:
    """The layout of a file; `is_ambiguous` when month first and day first read it alike."""

    layout: str
    is_ambiguous: bool = False


@dataclass(frozen=True)
class Moment:
    """A date with its time of day, if it was written."""

    day: dt.date
    time: dt.time | None = None

    def instant(self, locale: Locale) -> dt.datetime:
        """Return the instant, at noon where there is no time, never later than that day in UTC."""
        moment = dt.datetime.combine(self.day, self.time or _NOON)
        return moment.replace(tzinfo=moment.tzinfo or locale.tz).astimezone(dt.UTC)

    def past(self, locale: Locale) -> dt.datetime:
        """Return the instant, or now where that is still to come."""
        return min(self.instant(locale), clock.now())


def detect(texts: Iterable[str], locale: Locale) -> Found:
    """Return the layout that reads the most of these dates; whole columns are looked at."""
    values = {text for text in texts if text}
    read = {name: sum(_can(text, name, locale) for text in values) for name in LAYOUTS}
    most = max(read.values(), default=0)
    best = [name for name in LAYOUTS if read[name] == most]
    if not values or best[0] not in ("dmy", "mdy"):
        return Found(best[0] if values else "ymd")
    return Found(best[0], {"dmy", "mdy"} <= set(best))


def _can(text: str, layout: str, locale: Locale) -> bool:
    try:
        read_moment(text, layout, locale)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=8192)
def read_moment(text: str, layout: str, locale: Locale) -> Moment:
    """Return the date (and time, if any) written in this layout. Raises ValueError."""
    text = to_ascii_digits(" ".join(text.split()))
    if layout == "excel":
        return _from_excel(text)
    if match := _COMPACT.fullmatch(text):
        parts = [int(part or 0) for part in match.groups()]
        return Moment(
            _build("ymd", match[1], match[2], match[3], locale),
            dt.time(parts[3], parts[4]) if match[4] else None,
        )
    if match := _PARTS.fullmatch(text):
        first, second, third, rest = match.groups()
        return Moment(_build(layout, first, second, third, locale), _time(rest) if rest else None)
    if match := _MONTH_FIRST_WORD.match(text):
        text = f"{match[2]} {match[1]} {match[3]}"
    with use_locale(locale):
        return Moment(parse_date(text, locale))


def _build(layout: str, first: str, second: str, third: str, locale: Locale) -> dt.date:
    if len(first) == 4:
        if layout != "ymd":
            raise ValueError
        year, month, day = first, int(second), int(third)
    elif layout == "ymd":
        if len(third) == 4 or locale.calendar != "jalali":
            raise ValueError
        year, month, day = first, int(second), int(third)
    else:
        month, day = int(first), int(second)
        if layout == "dmy":
            month, day = day, month
        year = third
    full = _full_year(year, layout, locale)
    if full in _JALALI_YEARS:
        return jalali.from_jalali(full, month, day)
    if full not in _YEARS:
        raise ValueError
    return dt.date(full, month, day)


def _full_year(text: str, layout: str, locale: Locale) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        raise ValueError
    if locale.calendar == "jalali" and layout == "ymd":
        return int(text) + (1400 if int(text) <= 29 else 1300)
    return int(text) + (2000 if int(text) <= 49 else 1900)


def _time(text: str) -> dt.time:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError
    hour = int(match[1])
    if match[4]:
        hour = hour % _HALF_DAY + (_HALF_DAY if match[4].lower() == "p" else 0)
    return dt.time(hour, int(match[2]), int(match[3] or 0), tzinfo=_zone(match[5]))


def _zone(text: str | None) -> dt.tzinfo | None:
    if text is None:
        return None
    if text.lower() == "z":
        return dt.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return dt.timezone(dt.timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _from_excel(text: str) -> Moment:
    whole = text.partition(".")[0]
    if not whole.isdigit() or int(whole) not in _EXCEL:
        raise ValueError
    return Moment(_EXCEL_START + dt.timedelta(days=int(whole)))
