"""POST /api/v1/captures: what a phone kept, in order, each answered by name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify
from marshmallow import fields

from crm.api.errors import TooBig, WrongUser
from crm.api.requests import read_object, viewer
from crm.captures.commands import (
    RETRY,
    Answer,
    EnvelopeSchema,
    answer_capture,
    answer_together,
    skew_of,
)
from crm.database import is_transient
from crm.errors import Busy, DomainError
from crm.i18n import _
from crm.schema import Key, Moment, Schema, Str, load

blueprint = Blueprint("api_captures", __name__, url_prefix="/api/v1")
log = logging.getLogger(__name__)
MOST = 20


class MessageSchema(Schema):
    """What a phone sends: up to 20 captures, the oldest first."""

    sent_at = Moment(required=True)
    app = Str(60, required=True)
    device_id = Str(60)
    user_id = Key(required=True)
    captures = fields.List(fields.Nested(EnvelopeSchema), required=True)


@blueprint.post("/captures")
def create() -> Response:
    """Apply the captures in order, each exactly once."""
    body = read_object()
    if isinstance(body.get("captures"), list) and len(body["captures"]) > MOST:
        raise TooBig(_("At most %(most)s at a time.", most=MOST))
    message = load(MessageSchema, body)
    if message["user_id"] != viewer().id:
        raise WrongUser(_("These belong to another person. They stay on this phone."))
    return jsonify(results=_answers(message))


def _answers(message: dict[str, Any]) -> Sequence[Answer]:
    """Answer a prefix of the batch: the first that cannot be answered now ends it.

    Later ones must not overtake it. What was answered is said, and «retry» of that one; with
    nothing to say the error is.
    """
    me, skew = viewer(), skew_of(message["sent_at"])
    device_id = message.get("device_id")
    if len(message["captures"]) > 1:
        together = answer_together(me, message["captures"], device_id=device_id, skew=skew)
        if together is not None:
            return together
    results: list[Answer] = []
    for envelope in message["captures"]:
        try:
            results.append(answer_capture(me, envelope, device_id=device_id, skew=skew))
        except Exception as error:
            if not results:
                raise
            if not isinstance(error, DomainError) and not is_transient(error):
                log.exception("unexpected in a batch after %d captures", len(results))
            elif is_transient(error):
                again = {"capture_id": envelope["capture_id"], "verdict": RETRY}
                results.append(again | {"after": Busy.retry_after})
            break
    return results
