"""Where a list goes on: «instant~id» in an address, which anybody may write."""

from __future__ import annotations

from datetime import datetime

from crm.database import is_id

_LONGEST = 40
#: At the two ends of the calendar an instant with a zone has no UTC.
_YEARS = range(2, 9999)


def read_moment(text: str) -> tuple[datetime, str] | None:
    """Return (instant, id) of the last row shown, or None for what cannot be one."""
    at, _mark, last = text.partition("~")
    if len(at) > _LONGEST or not is_id(last):
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, last) if moment.tzinfo and moment.year in _YEARS else None
