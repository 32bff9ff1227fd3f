"""Every kind of alert: how urgent, how long it is worth telling, how it is told by default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class AlertKind(StrEnum):
    HOT_LEAD = "hot_lead"
    LEAD_ASSIGNED = "lead_assigned"
    LEAD_WAITING = "lead_waiting"
    MEETING_SOON = "meeting_soon"
    MEETING_ENDED = "meeting_ended"
    PROMISE_DUE = "promise_due"
    PROMISE_OVERDUE = "promise_overdue"
    DEAL_QUIET = "deal_quiet"
    DEAL_WON = "deal_won"
    DEAL_STOPPED = "deal_stopped"
    ANNIVERSARY = "anniversary"
    BIRTHDAY = "birthday"
    CONTRACT_ENDS = "contract_ends"
    DIGEST = "digest"


class Channel(StrEnum):
    PUSH = "push"
    INBOX = "inbox"
    EMAIL = "email"
    OFF = "off"


class Urgency(StrEnum):
    """As RFC 8030 §5.3 has it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True)
class Kind:
    """`lasts`: how long it is worth telling; None: until the teller says."""

    urgency: Urgency
    lasts: timedelta | None = None
    channel: Channel = Channel.PUSH
    #: Outside the daily budget, and may cross quiet hours where the person said so.
    is_urgent: bool = False
    #: The person chose the hour himself: a day off does not hold it back.
    has_own_hour: bool = False
    #: What an Android phone or a desk offers under it, in this order.
    actions: tuple[str, ...] = ()


_DAY = timedelta(days=1)
KINDS: dict[AlertKind, Kind] = {
    AlertKind.HOT_LEAD: Kind(
        Urgency.HIGH, timedelta(hours=4), is_urgent=True, actions=("call", "interested", "snooze")
    ),
    AlertKind.LEAD_ASSIGNED: Kind(Urgency.HIGH, timedelta(hours=4), actions=("call", "snooze")),
    AlertKind.LEAD_WAITING: Kind(Urgency.HIGH, timedelta(hours=4), actions=("call",)),
    AlertKind.MEETING_SOON: Kind(Urgency.HIGH, has_own_hour=True, actions=("call",)),
    AlertKind.MEETING_ENDED: Kind(
        Urgency.NORMAL, has_own_hour=True, actions=("interested", "snooze")
    ),
    AlertKind.PROMISE_DUE: Kind(
        Urgency.NORMAL, has_own_hour=True, actions=("call", "done", "snooze")
    ),
    AlertKind.PROMISE_OVERDUE: Kind(Urgency.NORMAL, _DAY, actions=("call", "done", "snooze")),
    AlertKind.DEAL_QUIET: Kind(Urgency.LOW, _DAY, actions=("call", "snooze")),
    AlertKind.DEAL_WON: Kind(Urgency.NORMAL, _DAY),
    AlertKind.DEAL_STOPPED: Kind(Urgency.HIGH, _DAY, is_urgent=True, actions=("call", "snooze")),
    AlertKind.ANNIVERSARY: Kind(Urgency.LOW, actions=("call", "done")),
    AlertKind.BIRTHDAY: Kind(Urgency.LOW, actions=("call", "done")),
    AlertKind.CONTRACT_ENDS: Kind(Urgency.LOW, actions=("call",)),
    AlertKind.DIGEST: Kind(Urgency.LOW, _DAY),
}
#: What a person may let ring in his quiet hours.
MAY_CROSS = tuple(kind for kind, spec in KINDS.items() if spec.is_urgent)
#: What the settings list; the digest is the rest of the others.
CHOSEN = tuple(kind for kind in AlertKind if kind != AlertKind.DIGEST)
