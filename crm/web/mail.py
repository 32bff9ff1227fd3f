"""What a letter leads to: its picture, its links, and the page where one asks for no more."""

from __future__ import annotations

import base64

from flask import Blueprint, Response, redirect, request

from crm import errors
from crm.company.queries import get_company
from crm.forms.limits import Buckets
from crm.i18n import Locale, _, set_locale
from crm.mail.optouts import is_out, unsubscribe
from crm.mail.reading import find_link, language_of, may_count, note_reading
from crm.mail.seals import Leaver, open_leaver, open_message
from crm.tracking.beacons import cut_net, is_robot
from crm.users.viewer import Viewer, system_viewer
from crm.web.input_guard import at_most
from crm.web.rendering import go, render
from crm.web.security import public, takes_other_sites

blueprint = Blueprint("mail", __name__)
PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MOST_BYTES = 4 * 1024
#: What programs say that fetch a page before anybody asked for it.
_AHEAD = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
#: From one network: an office may open a letter to all of it at once.
_readings, _leavings = Buckets(60, 60), Buckets(20, 10)


def _hamrah() -> Viewer:
    company = get_company()
    locale = Locale(company.language, company.calendar, company.timezone, region=company.region)
    return system_viewer(locale, company.currency)


@blueprint.get("/m/<letter_token>.gif")
@public
def picture(letter_token: str) -> Response:
    """The picture of one dot that says a letter was opened; always the same answer."""
    message_id = open_message(letter_token)
    if message_id is not None:
        _count(message_id, "opened")
    answer = Response(PICTURE, mimetype="image/gif")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@blueprint.get("/m/<letter_token>/<number>")
@public
def follow(letter_token: str, number: str) -> Response:
    """On to an address that stands in this very letter, and to no other."""
    message_id = open_message(letter_token)
    target = find_link(message_id, number) if message_id is not None else None
    if message_id is None or target is None:
        raise errors.NotFound
    _count(message_id, "clicked")
    return redirect(target, 302)  # type: ignore[return-value]


def _count(message_id: str, what: str) -> None:
    """Write it down, unless a program looked or it is known."""
    ahead = any("prefetch" in request.headers.get(name, "").lower() for name in _AHEAD)
    if request.method == "HEAD" or ahead or is_robot(request.headers.get("User-Agent", "")):
        return
    if may_count(message_id, what) and _readings.take(cut_net(request.remote_addr)):
        note_reading(_hamrah(), message_id, what)


def _leaver(token: str) -> Leaver:
    leaver = open_leaver(token)
    if leaver is None:
        raise errors.NotFound
    company = get_company()
    language = language_of(leaver.message_id) or company.language
    set_locale(Locale(language, company.calendar, company.timezone))
    return leaver


def _page(leaver: Leaver, status: int = 200, said: str = "") -> Response:
    return render(
        "mail/unsubscribe.html",
        status=status,
        company=get_company().name,
        address=leaver.address,
        path=request.path,
        is_out=is_out(leaver.address),
        said=said,
    )


@blueprint.get("/unsubscribe/<leaver_token>")
@public
def leave(leaver_token: str) -> Response:
    """The button, or that it is done: to look alone changes nothing, programs look too."""
    return _page(_leaver(leaver_token))


@blueprint.post("/unsubscribe/<leaver_token>")
@public
@takes_other_sites
@at_most(MOST_BYTES)
def unsubscribed(leaver_token: str) -> Response:
    """Send no more: from the button here, or at once from the reader's mail program (RFC 8058),
    which sends from nowhere and must not be sent on."""
    leaver = _leaver(leaver_token)
    if not _leavings.take(cut_net(request.remote_addr)):
        said = _("Too many at once. Wait a minute, then send it again.")
        answer = _page(leaver, 429, said)
        answer.headers["Retry-After"] = "60"
        return answer
    unsubscribe(_hamrah(), leaver)
    if request.form.get("List-Unsubscribe") == "One-Click":
        return _page(leaver)
    return go(f"/unsubscribe/{leaver_token}")
