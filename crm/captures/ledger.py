"""Reads and writes the ledger's rows: what a capture id was answered with, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select

from crm import clock, errors
from crm.captures.envelopes import Call
from crm.captures.models import Capture
from crm.database import connection
from crm.i18n import _
from crm.users.viewer import Viewer

Answer = dict[str, Any]
APPLIED, MERGED, CONFLICT = "applied", "merged", "conflict"
DUPLICATE, REJECTED, FORBIDDEN, RETRY = "duplicate", "rejected", "forbidden", "retry"
VERDICTS = (APPLIED, DUPLICATE, MERGED, CONFLICT, REJECTED, FORBIDDEN, RETRY)
REFUSALS = (REJECTED, FORBIDDEN)

_LEDGER = Capture.__table__
_INSERT = insert(_LEDGER)  # type: ignore[arg-type]
_ANSWERS = select(
    _LEDGER.c.id,
    _LEDGER.c.user_id,
    _LEDGER.c.fingerprint,
    _LEDGER.c.verdict,
    _LEDGER.c.result,
    _LEDGER.c.details,
)
_FIRST = _ANSWERS.where(_LEDGER.c.id == bindparam("of"))
_ALL = _ANSWERS.where(_LEDGER.c.id.in_(bindparam("ids", expanding=True)))
Row = dict[str, Any]


class FingerprintMismatch(errors.ValidationError):
    """A capture id came again with other content: a client's bug, never applied."""


def first_answer(actor: Viewer, capture_id: str, mark: str) -> Answer | None:
    """Return what this id was answered with before, inside a command; None if it is new."""
    before = connection().execute(_FIRST, {"of": capture_id}).first()
    return None if before is None else _again(actor, capture_id, mark, before)


def first_answers(actor: Viewer, marks: Mapping[str, str]) -> dict[str, Answer]:
    """Return the answers there are already, by id, inside a command; `marks`: fingerprints."""
    rows = connection().execute(_ALL, {"ids": list(marks)}).all()
    return {row.id: _again(actor, row.id, marks[row.id], row) for row in rows}


def _again(actor: Viewer, capture_id: str, mark: str, before: Any) -> Answer:
    """Return the first answer as it is said to a resend."""
    if before.user_id != actor.id or before.fingerprint != mark:
        raise FingerprintMismatch({"capture_id": [_("This id was used for something else.")]})
    if before.verdict in REFUSALS:
        return {"capture_id": capture_id, "verdict": before.verdict, **before.result}
    answer = {"capture_id": capture_id, "verdict": DUPLICATE, "result": before.result}
    # What was left to decide the first time is said again: the first answer may be lost.
    return answer | ({"was": before.verdict, **before.details} if before.details else {})


def new_row(
    actor: Viewer,
    data: dict[str, Any],
    *,
    mark: str,
    verdict: str,
    result: Answer,
    details: Answer | None = None,
    body: dict[str, Any] | None = None,
    call: Call | None = None,
    device_id: str | None = None,
    skew: timedelta,
) -> Row:
    """Return the ledger row of a capture that was looked at just now, inside a command."""
    return {
        "id": data["capture_id"],
        "user_id": actor.id,
        "device_id": device_id,
        "kind": data["kind"],
        "v": data["v"],
        "fingerprint": mark,
        "verdict": verdict,
        "result": result,
        "details": details,
        "body": body,
        "supersedes_id": data.get("supersedes"),
        "captured_at": data["captured_at"],
        "received_at": clock.now(),
        "skew_ms": int(skew.total_seconds() * 1000),
        "measures": call.measures if call else None,
        "blobs": (call.blobs or None) if call else None,
    }


def enter(rows: Row | list[Row]) -> None:
    """Write ledger rows, last, inside a command: with the effect they are committed, or not at all.

    Where the same id came twice at once, the second one waits here for the first, breaks on its
    row, is rolled back whole, and finds the first answer when `@command` runs it again.
    """
    connection().execute(_INSERT, rows)


def strike(actor: Viewer, data: dict[str, Any], device_id: str | None, skew: timedelta) -> None:
    """Close the id that this capture supersedes, inside a command: one of the two is saved.

    What arrives under it later (a line may deliver late) is refused. Raises ValidationError where
    it was saved already.
    """
    before = connection().execute(_FIRST, {"of": data["supersedes"]}).first()
    if before is not None:
        if before.user_id != actor.id or before.verdict not in REFUSALS:
            raise errors.ValidationError({"supersedes": [_("The first one was saved after all.")]})
        return
    said = {"errors": {"": [_("It was sent again with other words.")]}}
    closed = data | {"capture_id": data["supersedes"], "supersedes": None}
    enter(
        new_row(
            actor,
            closed,
            mark="",
            verdict=REJECTED,
            result=said,
            device_id=device_id,
            skew=skew,
        )
    )
