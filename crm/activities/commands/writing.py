"""The rows that every one of these commands writes: an activity and its timeline entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from crm import clock, errors
from crm.activities.models import Activity
from crm.database import connection, new_id
from crm.i18n import _
from crm.timeline.record import record
from crm.users.viewer import Viewer

_TABLE: Any = Activity.__table__
_INSERT = insert(_TABLE)
_EMPTY: dict[str, Any] = dict.fromkeys(_TABLE.c.keys()) | {
    "has_time": True,
    "is_sample": False,
    "version": 1,
}
_KNOWN = (
    "id",
    "kind",
    "subject",
    "note",
    "outcome",
    "due_at",
    "done_at",
    "owner_id",
    "contact_id",
    "account_id",
    "deal_id",
    "lead_id",
    "stage_entry_id",
)
_BY_ID = select(*(_TABLE.c[name] for name in _KNOWN)).where(_TABLE.c.id == bindparam("of"))


def new_row(owner: Viewer, values: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a new activity, the owner's unless `values` say otherwise."""
    now = clock.now()
    row = {
        **_EMPTY,
        "owner_id": owner.id,
        "team_id": owner.team_id,
        "created_at": now,
        "updated_at": now,
        **values,
    }
    row["id"] = row["id"] or new_id()
    return row


def insert_row(row: dict[str, Any]) -> None:
    """Write it, past the ORM: every capture waits for this statement."""
    connection().execute(_INSERT, row)


def find_known(viewer: Viewer, activity_id: str | None) -> Any:
    """Return the viewer's own activity with this client-made id, if there is one.

    Raises ValidationError where the id is another's: nothing is said about that record.
    """
    if not activity_id:
        return None
    row = connection().execute(_BY_ID, {"of": activity_id}).first()
    if row is not None and row.owner_id != viewer.id:
        raise used_before()
    return row


def used_before() -> errors.ValidationError:
    """Return the refusal of an id that came with something else before."""
    return errors.ValidationError({"id": [_("This id was used for something else.")]})


def entry(
    kind: str,
    actor: Viewer,
    activity: Activity | dict[str, Any],
    at: datetime | None = None,
    **more: Any,
) -> str:
    """Append an activity's timeline entry; `activity` is the record, or its row."""
    row = activity if isinstance(activity, dict) else {n: getattr(activity, n) for n in _KNOWN}
    data = {
        "kind": row["kind"],
        "outcome": row["outcome"],
        "note": row["note"],
        "subject": row["subject"],
        "due_at": row["due_at"] and row["due_at"].isoformat(),
        **more,
    }
    return record(
        kind,
        actor.id,
        at=at,
        data={k: v for k, v in data.items() if v is not None},
        deal_id=row["deal_id"],
        contact_id=row["contact_id"],
        lead_id=row["lead_id"],
        account_id=row["account_id"],
        activity_id=row["id"],
    )
