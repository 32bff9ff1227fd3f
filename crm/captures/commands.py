"""Applies a capture exactly once: the ledger row and its effect are one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crm import errors
from crm.attachments.commands import expect_blobs
from crm.captures.bodies import BODIES
from crm.captures.envelopes import (
    NO_SKEW,
    Call,
    EnvelopeSchema,
    NewerThanServer,
    V,
    fingerprint,
    open_envelope,
    skew_of,
)
from crm.captures.kinds import KINDS
from crm.captures.ledger import (
    APPLIED,
    CONFLICT,
    FORBIDDEN,
    MERGED,
    REFUSALS,
    REJECTED,
    RETRY,
    VERDICTS,
    Answer,
    FingerprintMismatch,
    enter,
    first_answer,
)
from crm.database import command, db
from crm.i18n import _
from crm.schema import load
from crm.users.viewer import Viewer

__all__ = [
    "BODIES",
    "KINDS",
    "NO_SKEW",
    "RETRY",
    "VERDICTS",
    "Answer",
    "EnvelopeSchema",
    "FingerprintMismatch",
    "NewerThanServer",
    "V",
    "answer_capture",
    "apply_capture",
    "fingerprint",
    "receive_capture",
    "refuse_capture",
    "skew_of",
]

#: What still says something when its deal is left out.
WITHOUT_A_DEAL = ("activity.log", "activity.plan")


def receive_capture(
    actor: Viewer,
    envelope: Mapping[str, Any],
    *,
    device_id: str | None = None,
    skew: timedelta = NO_SKEW,
) -> Answer:
    """Read an envelope and answer it (see `answer_capture`); never inside a command."""
    return answer_capture(actor, load(EnvelopeSchema, envelope), device_id=device_id, skew=skew)


def answer_capture(
    actor: Viewer,
    data: dict[str, Any],
    *,
    device_id: str | None = None,
    skew: timedelta = NO_SKEW,
) -> Answer:
    """Apply one capture, or answer a resend with its first result; never inside a command.

    `data` is a loaded envelope. Returns {"capture_id", "verdict", …} as docs/api.md says. One that
    is refused is kept, with its body, in the ledger; the queue goes on. Raises what the ledger
    keeps no answer for: Busy, NewerThanServer and FingerprintMismatch.
    """
    try:
        return apply_capture(actor, data, device_id, skew)
    except (FingerprintMismatch, NewerThanServer):
        raise
    except errors.OutOfSight as error:
        verdict, said = FORBIDDEN, _out_of_sight(data["kind"], error)
    except errors.ValidationError as error:
        verdict, said = REJECTED, {"errors": error.fields}
    except (errors.NotFound, errors.Conflict, errors.NotAllowed) as error:
        reason = str(error) or _("This is not a known record.")
        verdict, said = REJECTED, {"errors": {"": [reason]}}
    return refuse_capture(actor, data, verdict, said, device_id, skew)


def _out_of_sight(kind: str, error: errors.OutOfSight) -> Answer:
    """Return why it may not be written, and what may be left out so that the rest can be."""
    only_the_deal = kind in WITHOUT_A_DEAL and set(error.fields) == {"deal_id"}
    reason = (
        _("You can no longer see this deal. What you wrote can be saved without it.")
        if only_the_deal
        else _("You can no longer see this record. What you wrote is kept.")
    )
    can_drop = "deal" if only_the_deal else None
    return {"reason": reason, "can_drop": can_drop, "errors": error.fields}


@command
def apply_capture(
    actor: Viewer, data: dict[str, Any], device_id: str | None, skew: timedelta
) -> Answer:
    """Write the effect and the ledger row, and return the answer.

    Raises what the command raises, and the same again for a capture that was refused before.
    """
    mark = fingerprint(data["kind"], data["v"], data["body"])
    first = first_answer(actor, data["capture_id"], mark)
    if first is not None:
        if first["verdict"] in REFUSALS:
            again = errors.OutOfSight if first["verdict"] == FORBIDDEN else errors.ValidationError
            raise again(first["errors"])
        return first
    body, call = open_envelope(data, skew)
    apply = KINDS.get(data["kind"])
    if apply is None:
        raise errors.ValidationError({"kind": [_("The server does not know this kind.")]})
    result = apply(actor, body, call)
    db.session.flush()
    if call.blobs and result.get("activity_id"):
        expect_blobs(actor, result["activity_id"], call.blobs)
    verdict, details = _verdict(call)
    enter(
        actor,
        data,
        mark=mark,
        verdict=verdict,
        result=result,
        details=details,
        call=call,
        device_id=device_id,
        skew=skew,
    )
    said = {"capture_id": data["capture_id"], "verdict": verdict, "result": result}
    return said | (details or {})


def _verdict(call: Call) -> tuple[str, Answer | None]:
    if call.changes:
        return MERGED, {"changes": call.changes}
    if call.decisions:
        return CONFLICT, {"decision": call.decisions[0], "decisions": call.decisions}
    return APPLIED, None


@command
def refuse_capture(
    actor: Viewer,
    data: dict[str, Any],
    verdict: str,
    said: Answer,
    device_id: str | None,
    skew: timedelta,
) -> Answer:
    """Keep what could not be applied, with its reasons, so that nothing a rep sent is lost."""
    mark = fingerprint(data["kind"], data["v"], data["body"])
    first = first_answer(actor, data["capture_id"], mark)
    if first is not None:
        return first
    enter(
        actor,
        data,
        mark=mark,
        verdict=verdict,
        result=said,
        body=data["body"],
        device_id=device_id,
        skew=skew,
    )
    return {"capture_id": data["capture_id"], "verdict": verdict, **said}
