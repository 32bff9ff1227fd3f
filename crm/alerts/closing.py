"""Ends the alerts about a record that needs nobody any more, in the command that saw to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from crm import clock
from crm.alerts.models import Alert
from crm.database import connection

_ALERT: Any = Alert.__table__
TAKEN_BACK = "taken_back"


def close_alerts(
    *, outcome: str = TAKEN_BACK, by: str | None = None, **record_id: str | None
) -> None:
    """End what people were told of a record (activity_id=… or lead_id=…), inside a command.

    No phone rings for it any more and nobody else is told. Who did it `by` himself has `outcome`,
    the others that it was taken back.
    """
    ((column, value),) = record_id.items()
    about = update(_ALERT).where(_ALERT.c[column] == value, _ALERT.c.outcome.is_(None))
    if column != "activity_id":
        # What somebody promised about it still holds.
        about = about.where(_ALERT.c.activity_id.is_(None))
    ended = {"decide_at": None, "awaits_digest": False, "escalate_at": None}
    now = clock.now()
    if by is not None:
        his = about.where(_ALERT.c.user_id == by)
        connection().execute(his.values(**ended, outcome=outcome, outcome_at=now, seen_at=now))
    connection().execute(about.values(**ended, outcome=TAKEN_BACK, outcome_at=now))
