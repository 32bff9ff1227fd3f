"""Applies a capture exactly once: the ledger row and its effect are one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import fields
from sqlalchemy.dialects import postgresql, sqlite

from crm import clock, errors
from crm.accounts.commands import create_account, create_contact
from crm.activities.commands import complete_activity, log_activity, plan_activity
from crm.captures.models import Capture
from crm.database import command, db, is_sqlite
from crm.deals.commands import create_deal, move_deal
from crm.i18n import _
from crm.leads.commands import capture_lead
from crm.schema import Key, Moment, Schema, Str, Whole, load
from crm.users.viewer import Viewer

V = 1
Result = dict[str, Any]


class EnvelopeSchema(Schema):
    capture_id = Key(required=True)
    v = Whole(1, 1000, required=True)
    kind = Str(60, required=True)
    captured_at = Moment(required=True)
    supersedes = Key()
    body = fields.Dict(keys=fields.String(), required=True)


def _log(actor: Viewer, body: Mapping[str, Any]) -> Result:
    return log_activity.inside(actor, body)


def _plan(actor: Viewer, body: Mapping[str, Any]) -> Result:
    return {"activity_id": plan_activity.inside(actor, body)}


def _complete(actor: Viewer, body: Mapping[str, Any]) -> Result:
    data = load(_CompleteSchema(), body)
    complete_activity.inside(actor, data["activity_id"], data.get("note"))
    return {"activity_id": data["activity_id"]}


class _CompleteSchema(Schema):
    activity_id = Key(required=True)
    note = Str(10_000)


class _MoveSchema(Schema):
    deal_id = Key(required=True)
    stage_id = Key(required=True)
    base_version = Whole()
    lost_reason = Str(200)


def _move(actor: Viewer, body: Mapping[str, Any]) -> Result:
    data = load(_MoveSchema(), body)
    entry = move_deal.inside(actor, data["deal_id"], {
        "stage_id": data["stage_id"], "version": data.get("base_version"),
        "lost_reason": data.get("lost_reason"),
    })
    return {"deal_id": data["deal_id"], "stage_entry_id": entry}


#: What a phone may send, and the command that each kind calls.
KINDS: dict[str, Callable[[Viewer, Mapping[str, Any]], Result]] = {
    "activity.log": _log,
    "activity.plan": _plan,
    "followup.complete": _complete,
    "deal.move": _move,
    "deal.create": lambda actor, body: {"deal_id": create_deal.inside(actor, body)},
    "lead.capture": lambda actor, body: {"lead_id": capture_lead.inside(actor, body)},
    "contact.create": lambda actor, body: {"contact_id": create_contact.inside(actor, body)},
    "account.create": lambda actor, body: {"account_id": create_account.inside(actor, body)},
}


def fingerprint(kind: str, v: int, body: Mapping[str, Any]) -> str:
    """Return SHA-256 of the canonical JSON of what was captured."""
    text = json.dumps([kind, v, body], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def receive_capture(
    actor: Viewer, envelope: Mapping[str, Any], *, device_id: str | None = None,
    skew: timedelta = timedelta(0),
) -> Result:
    """Apply one capture, or answer a resend with its first result.

    Returns {"capture_id", "verdict": applied | duplicate | rejected, "result" or "errors"}.
    A rejected one is kept, with its body, in the ledger; the queue goes on. Raises
    ValidationError when the envelope itself cannot be read, or its id came with other content.
    """
    data = load(EnvelopeSchema(), envelope)
    try:
        return apply_capture(actor, data, device_id, skew)
    except (errors.ValidationError, errors.NotFound, errors.Conflict, errors.NotAllowed) as error:
        if isinstance(error, FingerprintMismatch):
            raise
        said = error.fields if isinstance(error, errors.ValidationError) else {
            "": [str(error) or _("This is not a known record.")]
        }
        return reject_capture(actor, data, said, device_id, skew)


class FingerprintMismatch(errors.ValidationError):
    """A capture id came again with other content: a client's bug, never applied."""


@command
def apply_capture(
    actor: Viewer, data: dict[str, Any], device_id: str | None, skew: timedelta
) -> Result:
    """Write the ledger row and the effect; see `receive_capture`."""
    first = _enter(actor, data, device_id, skew, "applied", {}, None)
    if first is not None:
        return first
    apply = KINDS.get(data["kind"])
    if apply is None:
        raise errors.ValidationError({"kind": [_("This app is newer than the server.")]})
    result = apply(actor, data["body"])
    capture = db.session.get(Capture, data["capture_id"])
    assert capture is not None  # noqa: S101  # written above, in this transaction
    capture.result = result
    return {"capture_id": data["capture_id"], "verdict": "applied", "result": result}


@command
def reject_capture(
    actor: Viewer, data: dict[str, Any], said: dict[str, list[str]], device_id: str | None,
    skew: timedelta,
) -> Result:
    """Keep what could not be applied, with its reasons, so that nothing a rep sent is lost."""
    result = {"errors": said}
    first = _enter(actor, data, device_id, skew, "rejected", result, data["body"])
    if first is not None:
        return first
    return {"capture_id": data["capture_id"], "verdict": "rejected", **result}


def _enter(
    actor: Viewer, data: dict[str, Any], device_id: str | None, skew: timedelta, verdict: str,
    result: Result, body: dict[str, Any] | None,
) -> Result | None:
    """Write the ledger row; return the first answer if this id was answered before."""
    mark = fingerprint(data["kind"], data["v"], data["body"])
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    row = {
        "id": data["capture_id"], "user_id": actor.id, "device_id": device_id,
        "kind": data["kind"], "v": data["v"], "fingerprint": mark, "verdict": verdict,
        "result": result, "body": body, "supersedes_id": data.get("supersedes"),
        "captured_at": data["captured_at"], "received_at": clock.now(),
        "skew_ms": int(skew.total_seconds() * 1000),
    }
    written = db.session.execute(
        insert(Capture.__table__).values(row).on_conflict_do_nothing()  # type: ignore[arg-type]
    )
    if written.rowcount:
        return None
    before = db.session.get(Capture, data["capture_id"])
    if before is None or before.user_id != actor.id or before.fingerprint != mark:
        raise FingerprintMismatch({"capture_id": [_("This id was used for something else.")]})
    if before.verdict == "rejected":
        return {"capture_id": before.id, "verdict": "rejected", **before.result}
    return {"capture_id": before.id, "verdict": "duplicate", "result": before.result}


def skew_of(sent_at: datetime | None) -> timedelta:
    """Return how far the phone's clock is behind ours."""
    return clock.now() - sent_at if sent_at else timedelta(0)
