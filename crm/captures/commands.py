"""Applies a capture exactly once: the ledger row and its effect are one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import fields
from sqlalchemy import bindparam, insert, select

from crm import clock, errors
from crm.captures.kinds import BODIES, KINDS, Result, When
from crm.captures.models import Capture
from crm.database import command, connection, db
from crm.i18n import _
from crm.schema import Key, Moment, Schema, Str, Whole, load
from crm.users.viewer import Viewer

__all__ = [
    "BODIES",
    "KINDS",
    "NO_SKEW",
    "VERDICTS",
    "EnvelopeSchema",
    "Result",
    "V",
    "answer_capture",
    "apply_capture",
    "receive_capture",
    "reject_capture",
    "skew_of",
]

V = 1
APPLIED, DUPLICATE, REJECTED = "applied", "duplicate", "rejected"
VERDICTS = (APPLIED, DUPLICATE, REJECTED)
#: A phone's clock may be this far off before the times it says are moved to ours.
CLOCK_SLACK = timedelta(minutes=2)
NO_SKEW = timedelta(0)


class EnvelopeSchema(Schema):
    capture_id = Key(required=True)
    v = Whole(1, 1000, required=True)
    kind = Str(60, required=True)
    captured_at = Moment(required=True)
    supersedes = Key()
    body = fields.Dict(required=True)


class FingerprintMismatch(errors.ValidationError):
    """A capture id came again with other content: a client's bug, never applied."""


class NewerThanServer(errors.DomainError):
    """The phone's app is newer than this server: it keeps the capture and tries again later."""

    status = 426


def fingerprint(kind: str, v: int, body: Mapping[str, Any]) -> str:
    """Return SHA-256 of the canonical JSON of what was captured."""
    text = json.dumps([kind, v, body], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def skew_of(sent_at: datetime | None) -> timedelta:
    """Return how far the phone's clock is behind ours."""
    return clock.now() - sent_at if sent_at else NO_SKEW


def receive_capture(
    actor: Viewer,
    envelope: Mapping[str, Any],
    *,
    device_id: str | None = None,
    skew: timedelta = NO_SKEW,
) -> Result:
    """Read an envelope and answer it (see `answer_capture`); never inside a command."""
    return answer_capture(actor, load(EnvelopeSchema, envelope), device_id=device_id, skew=skew)


def answer_capture(
    actor: Viewer,
    data: dict[str, Any],
    *,
    device_id: str | None = None,
    skew: timedelta = NO_SKEW,
) -> Result:
    """Apply one capture, or answer a resend with its first result.

    `data` is a loaded envelope. Returns {"capture_id", "verdict": applied | duplicate | rejected,
    "result" or "errors"}. A rejected one is kept, with its body, in the ledger; the queue goes on.
    Raises what the ledger keeps no answer for: Busy, NewerThanServer and FingerprintMismatch.
    """
    try:
        return apply_capture(actor, data, device_id, skew)
    except (FingerprintMismatch, NewerThanServer):
        raise
    except errors.ValidationError as error:
        said = error.fields
    except (errors.NotFound, errors.Conflict, errors.NotAllowed) as error:
        said = {"": [str(error) or _("This is not a known record.")]}
    return reject_capture(actor, data, said, device_id, skew)


@command
def apply_capture(
    actor: Viewer, data: dict[str, Any], device_id: str | None, skew: timedelta
) -> Result:
    """Write the effect and the ledger row, and return the answer: applied or duplicate.

    Raises what the command raises, and ValidationError again for a capture that was refused before.
    """
    if data["v"] > V:
        raise NewerThanServer(_("This app is newer than the server. What you saved is kept."))
    mark = fingerprint(data["kind"], data["v"], data["body"])
    first = _first_answer(actor, data, mark)
    if first is not None and first["verdict"] == REJECTED:
        raise errors.ValidationError(first["errors"])
    if first is not None:
        return first
    apply = KINDS.get(data["kind"])
    if apply is None:
        raise errors.ValidationError({"kind": [_("The server does not know this kind.")]})
    shift = skew if abs(skew) > CLOCK_SLACK else NO_SKEW
    result = apply(actor, data["body"], When(data["captured_at"] + shift, shift))
    db.session.flush()
    _enter(actor, data, device_id, skew, mark, APPLIED, result)
    return {"capture_id": data["capture_id"], "verdict": APPLIED, "result": result}


@command
def reject_capture(
    actor: Viewer,
    data: dict[str, Any],
    said: dict[str, list[str]],
    device_id: str | None,
    skew: timedelta,
) -> Result:
    """Keep what could not be applied, with its reasons, so that nothing a rep sent is lost."""
    mark = fingerprint(data["kind"], data["v"], data["body"])
    first = _first_answer(actor, data, mark)
    if first is not None:
        return first
    _enter(actor, data, device_id, skew, mark, REJECTED, {"errors": said}, data["body"])
    return {"capture_id": data["capture_id"], "verdict": REJECTED, "errors": said}


_LEDGER = Capture.__table__
_INSERT = insert(_LEDGER)  # type: ignore[arg-type]
_FIRST = select(
    _LEDGER.c.user_id, _LEDGER.c.fingerprint, _LEDGER.c.verdict, _LEDGER.c.result
).where(_LEDGER.c.id == bindparam("of"))


def _first_answer(actor: Viewer, data: dict[str, Any], mark: str) -> Result | None:
    """Return what this id was answered with before, or None if it is new."""
    before = connection().execute(_FIRST, {"of": data["capture_id"]}).first()
    if before is None:
        return None
    if before.user_id != actor.id or before.fingerprint != mark:
        raise FingerprintMismatch({"capture_id": [_("This id was used for something else.")]})
    if before.verdict == REJECTED:
        return {"capture_id": data["capture_id"], "verdict": REJECTED, **before.result}
    return {"capture_id": data["capture_id"], "verdict": DUPLICATE, "result": before.result}


def _enter(
    actor: Viewer,
    data: dict[str, Any],
    device_id: str | None,
    skew: timedelta,
    mark: str,
    verdict: str,
    result: Result,
    body: dict[str, Any] | None = None,
) -> None:
    """Write the ledger row, last: with the effect it is committed, or not at all.

    Where the same id came twice at once, the second one waits here for the first, breaks on its
    row, is rolled back whole, and finds the first answer when `@command` runs it again.
    """
    row = {
        "id": data["capture_id"],
        "user_id": actor.id,
        "device_id": device_id,
        "kind": data["kind"],
        "v": data["v"],
        "fingerprint": mark,
        "verdict": verdict,
        "result": result,
        "body": body,
        "supersedes_id": data.get("supersedes"),
        "captured_at": data["captured_at"],
        "received_at": clock.now(),
        "skew_ms": int(skew.total_seconds() * 1000),
    }
    connection().execute(_INSERT, row)
