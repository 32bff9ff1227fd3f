"""POST /api/v1/heartbeat: a phone says what waits on it, and learns whose it is and the key."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from crm import clock
from crm.alerts.queries import unseen_count
from crm.api.requests import read_object, viewer
from crm.company.queries import get_company
from crm.devices.commands import beat

blueprint = Blueprint("api_heartbeat", __name__, url_prefix="/api/v1")


@blueprint.post("/heartbeat")
def create() -> Response:
    """Keep what the phone says; answer with what it needs to lock and to reconcile its outbox."""
    key = beat(viewer(), read_object())
    return jsonify(
        user_id=viewer().id,
        name=viewer().name,
        epoch=get_company().epoch,
        key=key,
        build=current_app.config["BUILD"],
        server_time=clock.now().isoformat(),
        unseen=unseen_count(viewer().id),
    )
