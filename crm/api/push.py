"""GET /api/v1/push/key, and the subscriptions of phones that want to be told."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from crm.api.requests import read_object, viewer
from crm.push.commands import forget_subscription, subscribe
from crm.push.queries import vapid_keys

blueprint = Blueprint("api_push", __name__, url_prefix="/api/v1/push")


@blueprint.get("/key")
def key() -> Response:
    """Return the key that a browser subscribes to."""
    return jsonify(key=vapid_keys().public)


@blueprint.post("/subscriptions")
def create() -> tuple[Response, int]:
    """Keep the subscription of the phone at hand: 201 for a new one, 200 for one that is here."""
    found = subscribe(viewer(), read_object())
    answer = jsonify(id=found.id, shows_names=found.shows_names)
    return answer, 201 if found.is_new else 200


@blueprint.delete("/subscriptions/<id:subscription_id>")
def destroy(subscription_id: str) -> tuple[str, int]:
    """Forget one of one's own; the phone undoes it in the browser."""
    forget_subscription(viewer(), subscription_id)
    return "", 204
