"""Stop for a human: the banner on a customer’s pages, what lifts it, and its history in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.stops.lifting import lift_stop
from crm.stops.queries import get_stop, my_stops, stops_on
from crm.stops.wording import reason_words
from crm.users.viewer import Viewer
from crm.web.history import Words
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("stops", __name__)


@dataclass
class Banner:
    """One open stop as templates/stops/_banner.html takes it."""

    reason: str
    told: str
    name: str
    url: str
    lift_url: str


def banners_of(me: Viewer, **record_id: str) -> list[Banner]:
    """Return what stands at the top of a customer's page; the caller has found it visible."""
    return [_banner(me, row) for row in stops_on(me, **record_id)]


def calls_of(me: Viewer) -> list[Banner]:
    """Return the stops that wait for a call of the viewer's, as far as he sees what they are of."""
    return [banner for banner in (_banner(me, row) for row in my_stops(me)) if banner.url]


def _banner(me: Viewer, row: Any) -> Banner:
    stop, name = row.Stop, row.deal_name or row.lead_name or ""
    return Banner(
        # How large a deal is, is read by who sees the deal.
        reason=reason_words(stop.reason) if name else "",
        told=_("It is your call.") if stop.told_user_id == me.id else _told(row.told),
        name=name,
        url=_url(stop) if name else "",
        lift_url=f"/stops/{stop.id}/lifting" if me.is_admin else "",
    )


def _told(name: str | None) -> str:
    return _("%(name)s was told.", name=name) if name else ""


def _url(stop: Any) -> str:
    return f"/deals/{stop.deal_id}" if stop.deal_id else f"/leads/{stop.lead_id}"


def _form(stop_id: str, status: int = 200, said: Any = None) -> Response:
    row = get_stop(viewer(), stop_id)
    return render(
        "stops/lift.html",
        status=status,
        stop=row.Stop,
        url=_url(row.Stop),
        name=row.deal_name or row.lead_name,
        reason=reason_words(row.Stop.reason),
        values=request.form,
        errors=said or {},
    )


@blueprint.get("/stops/<id:stop_id>/lifting")
@needs_role("admin")
def new_lifting(stop_id: str) -> Any:
    """Ask an admin why automation may go on without a call."""
    return _form(stop_id)


@blueprint.post("/stops/<id:stop_id>/lifting")
@needs_role("admin")
def lift(stop_id: str) -> Any:
    """Let automation go on."""
    stop = get_stop(viewer(), stop_id).Stop
    try:
        lift_stop(viewer(), stop_id, request.form.to_dict())
    except errors.ValidationError as error:
        return _form(stop_id, 422, error.fields)
    return go(_url(stop), _("Automation goes on"))


def _stopped(row: Any, _stages: Any) -> Words:
    again = row.data.get("again")
    title = _("Automation stopped again: there was no call") if again else _("Automation stopped")
    return title, "lock", "late"


def _resumed(row: Any, _stages: Any) -> Words:
    if row.data.get("why"):
        return _("Automation goes on: %(why)s", why=row.data["why"]), "check", "good"
    return _("Automation goes on after a call"), "check", "good"


def _why_stopped(row: Any) -> str:
    told = _told(row.data.get("told"))
    return " · ".join(part for part in (reason_words(row.data["reason"]), told) if part)


STOP_WORDS: dict[str, Callable[[Any, dict[str, str]], Words]] = {
    f"{of}.automation_{what}": words
    for of in ("deal", "lead")
    for what, words in (("stopped", _stopped), ("resumed", _resumed))
}
STOP_NOTES: dict[str, Callable[[Any], str]] = {
    "deal.automation_stopped": _why_stopped,
    "lead.automation_stopped": _why_stopped,
}
