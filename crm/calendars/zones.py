"""Which zone a calendar means by a name: IANA's, Windows', a path, or one with its own offset."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_LINE = re.compile(r"^(TZID|X-LIC-LOCATION|TZOFFSETTO|BEGIN)(?:;[^:\n]*)?:(.*?)\s*$", re.MULTILINE)
_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})(?:[0-9]{2})?")
_MOST_BLOCKS = 100


class Zones:
    """The zones that one file speaks of; what nobody knows is the reader's own."""

    def __init__(self, text: str, own: tzinfo) -> None:
        self.own = own
        self._described = dict(_read(text))

    def find(self, name: str | None) -> tzinfo:
        """Return the zone of this TZID."""
        if not name:
            return self.own
        return _known(name) or self._described.get(name) or self.own


@lru_cache(maxsize=512)
def _known(name: str) -> tzinfo | None:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    name = name.strip()[:200]
    parts = name.split("/")
    # «/freeassociation.sourceforge.net/Europe/Berlin», «/mozilla.org/20050126_1/Asia/Tehran»
    tails = ["/".join(parts[-n:]) for n in (1, 2, 3) if len(parts) >= n]
    for candidate in (name, WINDOWS_TO_OLSON.get(name, ""), *reversed(tails)):
        if candidate in _available():
            return ZoneInfo(candidate)
    return None


@lru_cache(maxsize=1)
def _available() -> frozenset[str]:
    return frozenset(available_timezones())


def _read(text: str) -> list[tuple[str, tzinfo]]:
    """What a file says of zones that have names of its own: a known place, or one fixed offset.

    Its rules of summer time are not followed: zones that have them have known names.
    """
    found: list[tuple[str, tzinfo]] = []
    for block in text.split("BEGIN:VTIMEZONE", _MOST_BLOCKS + 1)[1 : _MOST_BLOCKS + 1]:
        said: list[tuple[str, str]] = _LINE.findall(block[:20_000].partition("END:VTIMEZONE")[0])
        names = dict(reversed(said))
        place = _known(names.get("X-LIC-LOCATION", ""))
        offsets = [value for name, value in said if name == "TZOFFSETTO"]
        zone = place or (_offset(offsets[-1]) if len(set(offsets)) == 1 else None)
        if zone and names.get("TZID"):
            found.append((names["TZID"], zone))
    return found


def _offset(text: str) -> tzinfo | None:
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
