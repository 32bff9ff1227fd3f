"""Writes an entry, inside the command that caused it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from crm import clock
from crm.database import connection, new_id
from crm.timeline.models import TimelineEntry

_INSERT = insert(TimelineEntry.__table__)  # type: ignore[arg-type]
RECORDS = ("account_id", "contact_id", "deal_id", "lead_id", "user_id", "activity_id")


def record(
    kind: str,
    actor_id: str,
    *,
    at: datetime | None = None,
    data: dict[str, Any] | None = None,
    **records: str | None,
) -> str:
    """Append one entry and return its id; `records` are the ids of what it concerns.

    Call it inside a command: it is written in the command's own transaction. `at` defaults to now.
    """
    row = entry_row(kind, actor_id, at=at, data=data, **records)
    record_all([row])
    return str(row["id"])


def entry_row(
    kind: str,
    actor_id: str,
    *,
    at: datetime | None = None,
    data: dict[str, Any] | None = None,
    **records: str | None,
) -> dict[str, Any]:
    """Return an entry for `record_all`."""
    return {
        **dict.fromkeys(RECORDS),
        "id": new_id(),
        "kind": kind,
        "at": at or clock.now(),
        "actor_id": actor_id,
        "data": data or {},
        **records,
    }


def set_fields(row: Any, data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set a row's fields and return {field: [before, after]} of those that changed, as an entry's
    `changed` says it."""
    changed = {k: [getattr(row, k), v] for k, v in data.items() if getattr(row, k) != v}
    for name, (_before, after) in changed.items():
        setattr(row, name, after)
    return changed


def record_all(rows: list[dict[str, Any]]) -> None:
    """Append many entries in one statement, inside a command."""
    if rows:
        connection().execute(_INSERT, rows if len(rows) > 1 else rows[0])
