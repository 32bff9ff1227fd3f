"""The one place that asks what time it is, so that tests can hand a clock in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the present instant."""

    def now(self) -> datetime:
        """Return an aware UTC datetime."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class _Current:
    clock: Clock = SystemClock()


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _Current.clock.now()


def set_clock(clock: Clock) -> None:
    """Make `clock` the source of `now()` for this process."""
    _Current.clock = clock


@contextmanager
def using_clock(clock: Clock) -> Iterator[Clock]:
    """Use `clock` inside the block and the one before it afterwards."""
    before = _Current.clock
    _Current.clock = clock
    try:
        yield clock
    finally:
        _Current.clock = before
