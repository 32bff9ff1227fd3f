"""POST /api/v1/captures/missing: which of the captures a phone sent are not in the ledger."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from marshmallow import fields

from crm.api.errors import TooBig, WrongUser
from crm.api.requests import read_object, viewer
from crm.captures.reconcile import missing_captures
from crm.company.queries import get_company
from crm.i18n import _
from crm.schema import Key, Schema, load

blueprint = Blueprint("api_missing", __name__, url_prefix="/api/v1")
MOST = 1000


class MissingSchema(Schema):
    """Up to 1,000 ids of captures that this phone has seen answered."""

    user_id = Key(required=True)
    ids = fields.List(Key(required=True), required=True)


@blueprint.post("/captures/missing")
def create() -> Response:
    """Name those that have to be sent again."""
    body = read_object()
    if isinstance(body.get("ids"), list) and len(body["ids"]) > MOST:
        raise TooBig(_("At most %(most)s at a time.", most=MOST))
    asked = load(MissingSchema, body)
    if asked["user_id"] != viewer().id:
        raise WrongUser(_("These belong to another person. They stay on this phone."))
    return jsonify(epoch=get_company().epoch, missing=missing_captures(viewer(), asked["ids"]))
