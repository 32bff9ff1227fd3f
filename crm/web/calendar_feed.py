"""The plan on its secret address, as calendars of phones and offices ask for it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from crm import errors
from crm.calendars.feed import write_plan
from crm.calendars.feeds import find_feed
from crm.forms.limits import Buckets
from crm.i18n import _, use_locale
from crm.tracking.beacons import cut_net
from crm.users.sessions import hash_token
from crm.web.security import public

blueprint = Blueprint("calendar_feed", __name__, url_prefix="/calendar")
#: Calendars ask once an hour; a person who sets one up a few times a minute.
_feeds = Buckets(20, 6)
#: An office's phones share a network; who guesses has one too.
_networks = Buckets(200, 60)


def address() -> str:
    """Return under which address people reach us."""
    return str(current_app.config["BASE_URL"] or request.host_url).rstrip("/")


@blueprint.get("/<feed_token>.ics")
@public
def show(feed_token: str) -> Response:
    """What its owner planned. The secret in the address is the proof."""
    _refuse_flood(feed_token)
    owner = find_feed(feed_token)
    with use_locale(owner.locale):
        answer = Response(write_plan(owner, address()), mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["Content-Disposition"] = 'inline; filename="hamrah.ics"'
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _refuse_flood(feed_token: str) -> None:
    # The network first: who guesses must not use up what a plan's owner has.
    if not (_networks.take(cut_net(request.remote_addr)) and _feeds.take(hash_token(feed_token))):
        raise errors.TooMany(_("Too many at once. Try again in a minute."), 60)
