"""What can come of sending one message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """DELIVERED to the push service, not to the phone; GONE: forget the device; RETRY: later;
    REFUSED: never this message, but keep the device."""

    DELIVERED = "delivered"
    GONE = "gone"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """`reason` is for the log and `flask doctor`; `after` are the seconds the service asked for."""

    kind: OutcomeKind
    reason: str = ""
    after: float | None = None
