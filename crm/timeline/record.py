"""Writes an entry, inside the command that caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from crm import clock
from crm.database import at_the_end, connection, new_id
from crm.timeline.models import AwaitedReaction, TimelineEntry

_INSERT = insert(TimelineEntry.__table__)  # type: ignore[arg-type]
_AWAIT = insert(AwaitedReaction.__table__)  # type: ignore[arg-type]
#: The kinds that crm/reactions follows; it looks at nothing else.
AWAITED = frozenset(
    {"lead.became_hot", "lead.assigned", "lead.changed", "lead.unclaimed", "deal.stage_changed"}
)
#: Called with the entries of these kinds before their command commits.
Follower = Callable[[list[dict[str, Any]]], None]
_followers: dict[str, Follower] = {}
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
    if awaited := [row for row in rows if row["kind"] in AWAITED and _was_done(row["data"])]:
        connection().execute(
            _AWAIT, [{"id": row["id"], "kind": row["kind"], "at": row["at"]} for row in awaited]
        )
    show_followers(rows)


def _was_done(data: Mapping[str, Any]) -> bool:
    """Whether somebody did it: it came from no file and no sample, and no rule was changed."""
    return not (data.get("imported") or data.get("because"))


def follow(kinds: Iterable[str], follower: Follower) -> None:
    """Call `follower` with the entries of these kinds, in the transaction that writes them.

    For a step above that must not be late: it is called once at the end of the command, when all
    that belongs to the entries is written. `create_app` says who follows.
    """
    _followers.update(dict.fromkeys(kinds, follower))


def show_followers(rows: Iterable[dict[str, Any]]) -> None:
    """Hand entries that were written in bulk to who follows them, inside a command."""
    for row in rows:
        if follower := _followers.get(row["kind"]):
            at_the_end(follower, row)
