"""Times of day as people type them: 10, 10:30, ۱۰:۳۰, 2 pm, ۵ عصر."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from crm.i18n.catalogue import gettext as _
from crm.i18n.fold import fold, to_persian_digits
from crm.i18n.locale import current_locale

NOON: Final = 12
_HOURS, _MINUTES = 24, 60
_MORNING: Final = frozenset({"am", "a.m.", "صبح", "ق.ظ", "ق.ظ.", "بامداد"})
_AFTERNOON: Final = frozenset(
    {"pm", "p.m.", "ظهر", "بعدازظهر", "بعد از ظهر", "عصر", "شب", "ب.ظ", "ب.ظ."}
)
_CLOCK: Final = re.compile(r"(?:ساعت )?(\d{1,2})(?:\s?[:.٫]\s?(\d{2}))?\s*(\D*)")
_FOUR: Final = re.compile(r"(\d{2})(\d{2})")


def parse_time(text: str) -> dt.time:
    """Return the time of day typed; ValueError carries the sentence for the reader."""
    typed = fold(text[:40])
    match = _FOUR.fullmatch(typed) or _CLOCK.fullmatch(typed)
    if match:
        hour, minute = int(match[1]), int(match[2] or 0)
        hour = _of_24(hour, match[3] if match.re is _CLOCK else "")
        if 0 <= hour < _HOURS and minute < _MINUTES:
            return dt.time(hour, minute)
    example = "10:30"
    if current_locale().digits == "fa":
        example = to_persian_digits(example)
    raise ValueError(_("Write the time like %(example)s.", example=example))


def _of_24(hour: int, half: str) -> int:
    """Return the hour of the day, or -1 where the word beside it makes no sense."""
    if not half:
        return hour
    if half in _MORNING:
        return hour % NOON if hour <= NOON else -1
    if half not in _AFTERNOON:
        return -1
    if half == "ظهر":
        # Around noon: 11, 12 or 1 to 3.
        return hour if hour in (NOON - 1, NOON) else hour + NOON if hour < NOON else -1
    if half == "شب" and hour == NOON:
        return 0
    return hour + NOON if hour < NOON else hour
