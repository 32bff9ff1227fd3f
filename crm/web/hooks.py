"""Where other systems send their leads: signed, from any site, answered in JSON."""

from __future__ import annotations

import hmac
import re

from flask import Blueprint, Response, current_app, jsonify, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge

from crm import errors
from crm.hooks.messages import Message
from crm.hooks.models import Verdict
from crm.hooks.presets import META, OWN, PRESETS, WOOCOMMERCE
from crm.hooks.receiving import check, find_source, receive, verdict_on
from crm.hooks.safe import Safe
from crm.web.security import public, takes_other_sites

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
MOST = 256 * 1024
#: What WooCommerce sends when a webhook is saved there: unsigned, and a 200 is all it wants.
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)


def safe() -> Safe:
    """Return what seals secrets in this installation."""
    return Safe(str(current_app.config["SECRET_KEY"]))


@blueprint.post("/<slug>")
@public
@takes_other_sites
def take(slug: str) -> Response:
    """Take what was sent, once. Its signature is its proof."""
    return _take(slug)


@blueprint.post("/<list_slug>/<secret>")
@public
@takes_other_sites
def take_unsigned(list_slug: str, secret: str) -> Response:
    """Take what a sender sends who signs nothing: its secret stands in the address."""
    return _take(list_slug, secret)


def _take(slug: str, secret: str = "") -> Response:
    source, body = find_source(slug), request.get_data()
    if len(body) > MOST:
        raise RequestEntityTooLarge
    if source.preset == WOOCOMMERCE and _PING.fullmatch(body):
        return jsonify(verdict=Verdict.IGNORED, reason="ping")
    headers = {name.lower(): value for name, value in request.headers.items()}
    message = Message(body, headers, secret)
    check(source, message, safe())
    answers = receive(source, message)
    verdict = verdict_on(answers)
    answer = jsonify(verdict=verdict, results=answers)
    # A vendor would send what is refused again and again; our own programs should hear of it.
    if source.preset == OWN and verdict == Verdict.REFUSED:
        answer.status_code = 422
    return answer


@blueprint.get("/<slug>")
@public
def show(slug: str) -> Response:
    """Say that somebody is here; to Meta, that it was we who gave it this address."""
    source = find_source(slug)
    if source.preset == META and request.args.get("hub.mode") == "subscribe":
        return _challenge(slug)
    return jsonify(ready=True)


@blueprint.get("/<list_slug>/<secret>")
@public
def show_unsigned(list_slug: str, secret: str) -> Response:
    """Say that somebody is here: Mailchimp asks before it sends. The secret is not looked at."""
    if not PRESETS[find_source(list_slug).preset].is_secret_in_address:
        raise errors.NotFound
    return jsonify(ready=True)


def _challenge(slug: str) -> Response:
    said, challenge = (
        request.args.get("hub.verify_token", ""),
        request.args.get("hub.challenge", ""),
    )
    right = safe().token(slug)
    if not hmac.compare_digest(said.encode(), right.encode()) or not _CHALLENGE.fullmatch(
        challenge
    ):
        raise errors.NotAllowed
    answer = make_response(challenge)
    answer.mimetype = "text/plain"
    return answer
