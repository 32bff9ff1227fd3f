"""What a phone says of alerts: shown, opened, acted upon; and how many nobody has looked at."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from marshmallow import fields

from crm.alerts.commands import (
    OUTCOMES,
    SNOOZES,
    ReceiptSchema,
    act_on_alert,
    note_receipts,
    see_alerts,
    snooze_alert,
)
from crm.alerts.queries import unseen_count
from crm.api.errors import TooBig
from crm.api.requests import read_object, viewer
from crm.i18n import _
from crm.schema import Moment, OneOf, Schema, load

blueprint = Blueprint("api_receipts", __name__, url_prefix="/api/v1")
MOST = 100


class ReceiptsSchema(Schema):
    """Up to 100 receipts, the oldest first."""

    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)


class OutcomeSchema(Schema):
    """What the person did about it."""

    outcome = OneOf(OUTCOMES, required=True)


class SnoozeSchema(Schema):
    """How long it is put off: an hour, where nothing is said."""

    how_long = OneOf(SNOOZES)


class SeenSchema(Schema):
    """When the newest alert came of those that were looked at."""

    until = Moment(required=True)


@blueprint.post("/receipts")
def create() -> Response:
    """Keep what a phone saw of one's alerts; unknown ones are passed over."""
    body = read_object()
    if isinstance(body.get("receipts"), list) and len(body["receipts"]) > MOST:
        raise TooBig(_("At most %(most)s at a time.", most=MOST))
    load(ReceiptsSchema, body)
    return jsonify(known=note_receipts(viewer(), body["receipts"]))


@blueprint.get("/alerts")
def index() -> Response:
    """Return how many of one's alerts nobody has looked at, for the badge."""
    return jsonify(unseen=unseen_count(viewer().id))


@blueprint.post("/alerts/seen")
def see() -> tuple[str, int]:
    """Count as seen what stood in the inbox when it was looked at."""
    see_alerts(viewer(), load(SeenSchema, read_object())["until"])
    return "", 204


@blueprint.post("/alerts/<id:alert_id>/outcome")
def set_outcome(alert_id: str) -> tuple[str, int]:
    """Note what was done about one; the first word stands."""
    act_on_alert(viewer(), alert_id, load(OutcomeSchema, read_object())["outcome"])
    return "", 204


@blueprint.post("/alerts/<id:alert_id>/snooze")
def snooze(alert_id: str) -> Response:
    """Tell one again later."""
    asked = load(SnoozeSchema, read_object())
    again = snooze_alert(viewer(), alert_id, asked.get("how_long") or "1h")
    return jsonify(again_at=again.isoformat())
