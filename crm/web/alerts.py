"""The inbox: everything one was told, what became of it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from crm import clock, errors
from crm.activities.callees import first_phones
from crm.activities.commands import complete_activity, log_activity
from crm.alerts.commands import OUTCOMES, act_on_alert, see_alerts, snooze_alert
from crm.alerts.kinds import KINDS, AlertKind
from crm.alerts.queries import get_alert, my_alerts
from crm.alerts.wording import Words, words
from crm.i18n import _, formatting
from crm.web.cursors import read_moment
from crm.web.rendering import back_or, go, render, viewer, with_query

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")
PAGE = 30
LOOKS = {
    AlertKind.HOT_LEAD: ("flame", "heat"),
    AlertKind.LEAD_ASSIGNED: ("person", "plum"),
    AlertKind.LEAD_WAITING: ("clock", "heat"),
    AlertKind.MEETING_SOON: ("calendar", "plum"),
    AlertKind.MEETING_ENDED: ("people", "heat"),
    AlertKind.PROMISE_DUE: ("task", "plum"),
    AlertKind.PROMISE_OVERDUE: ("task", "late"),
    AlertKind.DEAL_QUIET: ("moon", ""),
    AlertKind.DEAL_WON: ("check", "good"),
    AlertKind.DEAL_STOPPED: ("flag", "late"),
    AlertKind.ANNIVERSARY: ("gift", "good"),
    AlertKind.BIRTHDAY: ("gift", "good"),
    AlertKind.CONTRACT_ENDS: ("calendar", "heat"),
    AlertKind.DIGEST: ("sun", ""),
    AlertKind.TEST: ("bell", ""),
}


@dataclass
class Row:
    """One alert as the inbox shows it; `about` is what a button's capture is made of."""

    alert: Any
    said: Words
    icon: str
    tone: str
    when: str
    became: str
    phone: str | None
    actions: Sequence[str]
    about: dict[str, str]


@blueprint.get("")
def index() -> Response:
    """The inbox, the latest first."""
    before = read_moment(request.args.get("before", ""))
    found = my_alerts(viewer(), before, PAGE + 1)
    rows = _rows(found[:PAGE])
    more = None
    if len(found) > PAGE:
        last = found[PAGE - 1]
        more = with_query(before=f"{last.at.isoformat()}~{last.id}")
    today = formatting.local(clock.now()).date()
    new = [row for row in rows if formatting.local(row.alert.at).date() == today]
    groups = ((_("Today"), new), (_("Earlier"), rows[len(new) :]))
    return render(
        "alerts/index.html",
        "alerts/_rows.html",
        rows=rows,
        groups=[(title, some) for title, some in groups if some],
        more_url=more,
        # What came meanwhile was not looked at.
        until=found[0].at.isoformat() if found and before is None else None,
        any_unseen=any(row.alert.seen_at is None for row in rows),
    )


@blueprint.post("/seen")
def see() -> Response:
    """Count as seen what came until then."""
    until = read_moment(f"{request.form.get('until', '')}~{viewer().id}")
    if until is None:
        raise errors.NotFound
    see_alerts(viewer(), until[0])
    return go("/alerts", _("All seen"))


@blueprint.post("/<id:alert_id>")
def act(alert_id: str) -> Response:
    """Do what a row's button says, where no script does it: «done» ticks the promise too."""
    me, action = viewer(), request.form.get("act")
    alert = get_alert(me, alert_id)
    if action == "snooze":
        again = snooze_alert(me, alert_id)
        return go(back_or("/alerts"), _("Comes again at %(time)s", time=formatting.time(again)))
    if action not in OUTCOMES:
        raise errors.NotFound
    if action == "done":
        _do(alert)
    act_on_alert(me, alert_id, action)
    return go(back_or("/alerts"), _("Done"))


def _do(alert: Any) -> None:
    """Tick the promise; what is no promise was a message sent."""
    about = {name: getattr(alert, name) for name in ("contact_id", "account_id", "lead_id")}
    if alert.activity_id:
        complete_activity(viewer(), alert.activity_id)
    elif any(about.values()):
        log_activity(viewer(), {"kind": "message", **about})


def _rows(found: Sequence[Any]) -> list[Row]:
    phones = first_phones(
        viewer(),
        lead_ids=(alert.lead_id for alert in found),
        contact_ids=(alert.contact_id for alert in found),
    )
    return [_row(alert, phones) for alert in found]


def _row(alert: Any, phones: dict[str, str]) -> Row:
    kind = AlertKind(alert.kind)
    icon, tone = LOOKS[kind]
    names = ("lead_id", "contact_id", "account_id", "deal_id", "activity_id")
    records = {name: getattr(alert, name) for name in names}
    return Row(
        alert=alert,
        said=words(alert),
        icon=icon,
        tone=tone,
        when=formatting.timeline_time(alert.at, clock.now()),
        became=_became(alert),
        phone=phones.get(alert.lead_id) or phones.get(alert.contact_id),
        actions=() if alert.outcome else [a for a in KINDS[kind].actions if a != "interested"],
        about={"alert": alert.id, "kind": kind.value, **{k: v for k, v in records.items() if v}},
    )


def _became(alert: Any) -> str:
    """Return what became of an alert, in a word or two."""
    if alert.outcome:
        return _outcomes().get(alert.outcome, "")
    if alert.opened_at:
        return _("Opened")
    if alert.decide_at and alert.data.get("snoozed"):
        return _("Put off until %(time)s", time=formatting.time(alert.decide_at))
    if alert.shown_at:
        return _("Shown on your phone")
    return _fates().get(alert.fate, "")


def _outcomes() -> dict[str, str]:
    return {
        "called": _("Called"),
        "done": _("Done"),
        "interested": _("Interested"),
        "claimed": _("Taken"),
        "snoozed": _("Put off"),
        "dismissed": _("Put aside"),
        "taken_back": _("No longer so"),
        "escalated": _("Passed on"),
    }


def _fates() -> dict[str | None, str]:
    return {
        "ring": _("Sent to your phone"),
        "mail": _("Sent by e-mail"),
        "later": _("Waits for the end of your quiet hours"),
        "digest": _("In the morning’s list"),
        "expired": _("Came too late to ring"),
    }
