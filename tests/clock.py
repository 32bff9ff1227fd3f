"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: Tuesday 24 November 2026 (3 Azar 1405), 10:45 in Tehran: the morning of the pictures.
START = datetime(2026, 11, 24, 7, 15, tzinfo=UTC)


class MovableClock:
    """Stands at START; `move` goes on from there, `set` jumps."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def move(self, **step: float) -> datetime:
        """Go on by a timedelta's own words: `clock.move(hours=2)`."""
        self._now += timedelta(**step)
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump to an aware instant."""
        self._now = moment.astimezone(UTC)

    def reset(self) -> None:
        """Go back to START."""
        self._now = START
