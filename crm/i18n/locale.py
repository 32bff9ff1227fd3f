"""Who is being spoken to: language, calendar, time zone and money unit of the reader at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

LANGUAGES = ("en", "fa")
CALENDARS = ("gregorian", "jalali")
MONEY_UNITS = ("toman", "rial")

MONDAY, SATURDAY = 0, 5


@dataclass(frozen=True)
class Locale:
    """How one person reads and writes: everything that formatting and parsing ask."""

    language: str = "en"
    calendar: str = "gregorian"
    timezone: str = "UTC"
    money_unit: str = "toman"
    region: str = "IR"

    def __post_init__(self) -> None:
        # The language names a folder of catalogues: nothing but a known one may pass.
        if self.language not in LANGUAGES:
            raise ValueError(f"unknown language {self.language!r}")
        if self.calendar not in CALENDARS:
            raise ValueError(f"unknown calendar {self.calendar!r}")
        if self.money_unit not in MONEY_UNITS:
            raise ValueError(f"unknown money unit {self.money_unit!r}")

    @property
    def direction(self) -> Literal["rtl", "ltr"]:
        return "rtl" if self.language == "fa" else "ltr"

    @property
    def digits(self) -> Literal["fa", "en"]:
        return "fa" if self.language == "fa" else "en"

    @property
    def week_start(self) -> int:
        """The first day of the week, as `date.weekday()` counts (Monday 0 … Saturday 5)."""
        return SATURDAY if self.calendar == "jalali" or self.language == "fa" else MONDAY

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


_DEFAULT = Locale()
_current: ContextVar[Locale] = ContextVar("locale", default=_DEFAULT)


def current_locale() -> Locale:
    """Return the locale in use: English, Gregorian, UTC until someone is known."""
    return _current.get()


def set_locale(locale: Locale) -> Token[Locale]:
    """Use this locale from here on; give the token back to `reset_locale`."""
    return _current.set(locale)


def reset_locale(token: Token[Locale]) -> None:
    _current.reset(token)


@contextmanager
def use_locale(locale: Locale) -> Iterator[Locale]:
    """Use this locale inside the `with` block."""
    token = set_locale(locale)
    try:
        yield locale
    finally:
        reset_locale(token)
