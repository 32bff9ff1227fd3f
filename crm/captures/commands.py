"""Applies a capture exactly once: the ledger row and its effect are one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
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
    fingerprint_of,
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
    Row,
    enter,
    first_answer,
    first_answers,
    new_row,
    strike,
)
from crm.database import command, db, is_sqlite
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
    "answer_together",
    "apply_capture",
    "apply_captures",
    "fingerprint",
    "receive_capture",
    "refuse_capture",
    "skew_of",
]

log = logging.getLogger(__name__)
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
    mark = fingerprint_of(data)
    first = first_answer(actor, data["capture_id"], mark)
    if first is not None:
        if first["verdict"] in REFUSALS:
            again = errors.OutOfSight if first["verdict"] == FORBIDDEN else errors.ValidationError
            raise again(first["errors"])
        return first
    answer, row = _apply_new(actor, data, mark, device_id, skew)
    enter(row)
    return answer


@command
def apply_captures(
    actor: Viewer, batch: Sequence[dict[str, Any]], device_id: str | None, skew: timedelta
) -> list[Answer]:
    """Write the effects and the ledger rows of a whole batch, or nothing, and return the answers.

    Raises what the first that cannot be applied raises.
    """
    marks = {data["capture_id"]: fingerprint_of(data) for data in batch}
    known = first_answers(actor, marks)
    answers, rows = [], []
    for data in batch:
        name = data["capture_id"]
        if name not in known:
            known[name], row = _apply_new(actor, data, marks[name], device_id, skew)
            rows.append(row)
            # The statements of the next one go past the ORM, and it must see what they wrote.
            db.session.expire_all()
        answers.append(known[name])
    if rows:
        enter(rows)
    return answers


def answer_together(
    actor: Viewer,
    batch: Sequence[dict[str, Any]],
    *,
    device_id: str | None = None,
    skew: timedelta = NO_SKEW,
) -> list[Answer] | None:
    """Answer a batch in one transaction: a phone back from a tunnel costs one commit, not twenty.

    None where one of them cannot simply be applied: then nothing was done, and each is to be
    answered by itself. Raises Busy; never inside a command.
    """
    ids = {data["capture_id"] for data in batch}
    # Whose words replace those of another of them collides with its row, which is written last.
    if len(ids) < len(batch) or ids & {data.get("supersedes") for data in batch}:
        return None
    try:
        return apply_captures(actor, batch, device_id, skew)
    except errors.Busy:
        if is_sqlite():
            raise
        return None  # two batches may have waited for each other: one by one they do not
    except errors.DomainError:  # it will be said of the one that it is about
        return None
    except Exception:
        log.exception("a batch of %d could not be answered together", len(batch))
        return None


def _apply_new(
    actor: Viewer, data: dict[str, Any], mark: str, device_id: str | None, skew: timedelta
) -> tuple[Answer, Row]:
    """Write the effect of a capture that is new; return its answer and its ledger row."""
    body, call = open_envelope(data, skew)
    apply = KINDS.get(data["kind"])
    if apply is None:
        raise errors.ValidationError({"kind": [_("The server does not know this kind.")]})
    if data.get("supersedes"):
        strike(actor, data, device_id, skew)
    result = apply(actor, body, call)
    db.session.flush()
    if call.blobs:
        _expect(actor, call.blobs, result)
    verdict, details = _verdict(call)
    row = new_row(
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
    return said | (details or {}), row


def _expect(actor: Viewer, blobs: list[dict[str, Any]], result: Answer) -> None:
    """Hang what was named on what was made: an activity, else a lead."""
    made = next((name for name in ("activity_id", "lead_id") if result.get(name)), None)
    if made:
        expect_blobs(actor, blobs, **{made: result[made]})


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
    mark = fingerprint_of(data)
    first = first_answer(actor, data["capture_id"], mark)
    if first is not None:
        return first
    row = new_row(
        actor,
        data,
        mark=mark,
        verdict=verdict,
        result=said,
        body=data["body"],
        device_id=device_id,
        skew=skew,
    )
    enter(row)
    return {"capture_id": data["capture_id"], "verdict": verdict, **said}
