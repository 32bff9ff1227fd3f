"""How one wants to be told: by kind, when not, how often; and on which devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.alerts.commands import send_test_alert
from crm.alerts.kinds import CHOSEN, MAY_CROSS, Channel
from crm.alerts.models import AlertSettings
from crm.alerts.settings import channel_of, find_settings, update_alert_settings
from crm.alerts.wording import kind_label
from crm.i18n import _
from crm.push.commands import choose_names, forget_subscription
from crm.web.choices import clock_time, digits_as_written, week_days
from crm.web.rendering import go, render, viewer

blueprint = Blueprint("alert_settings", __name__, url_prefix="/settings/alerts")
_HOME, _DEVICES = "/settings/alerts", "/settings/devices"


def _ways() -> list[tuple[str, str]]:
    return [
        (Channel.PUSH, _("On my phone")),
        (Channel.INBOX, _("Only here")),
        (Channel.EMAIL, _("By e-mail")),
        (Channel.OFF, _("Not at all")),
    ]


def _page(values: Mapping[str, Any], status: int = 200, said: Any = None) -> Response:
    return render(
        "settings/alerts.html",
        status=status,
        values=values,
        errors=said or {},
        kinds=[(kind.value, kind_label(kind)) for kind in CHOSEN],
        ways=_ways(),
        crossing=[(kind.value, kind_label(kind)) for kind in MAY_CROSS],
        days=week_days(),
    )


def _values(settings: AlertSettings) -> dict[str, Any]:
    return {
        "quiet_from": clock_time(settings.quiet_from),
        "quiet_until": clock_time(settings.quiet_until),
        "digest_at": clock_time(settings.digest_at),
        "budget": digits_as_written(str(settings.budget)),
        "work_days": settings.work_days.split(","),
        "crosses": settings.crosses_quiet.split(","),
        **{f"channel_{kind}": channel_of(settings, kind).value for kind in CHOSEN},
    }


@blueprint.get("")
def show() -> Response:
    """The settings as they stand."""
    return _page(_values(find_settings(viewer().id)))


@blueprint.post("")
def update() -> Response:
    """Change them."""
    form: dict[str, Any] = request.form.to_dict()
    for name in ("work_days", "crosses"):
        form[name] = request.form.getlist(name)
    wanted = {name: value for name, value in form.items() if not name.startswith("channel_")}
    channels = {kind: form[f"channel_{kind}"] for kind in CHOSEN if f"channel_{kind}" in form}
    try:
        update_alert_settings(viewer(), wanted | {"channels": channels})
    except errors.ValidationError as error:
        return _page(form, 422, error.fields)
    return go(_HOME, _("Saved"))


@blueprint.post("/test")
def send_test() -> Response:
    """Send a test to all of one's devices, the way that every alert goes."""
    send_test_alert(viewer())
    return go(_DEVICES, _("A test is on its way to your devices."))


@blueprint.post("/devices/<id:subscription_id>/names")
def change_names(subscription_id: str) -> Response:
    """Say whether names may stand on a device's lock screen."""
    choose_names(viewer(), subscription_id, {"shows_names": request.form.get("shows_names")})
    return go(_DEVICES, _("Saved"))


@blueprint.post("/devices/<id:subscription_id>/removal")
def remove_device(subscription_id: str) -> Response:
    """Tell a device nothing any more."""
    forget_subscription(viewer(), subscription_id)
    return go(_DEVICES, _("No more alerts there."))
