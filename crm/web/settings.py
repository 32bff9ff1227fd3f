"""One's own settings: how Hamrah reads, the password, the devices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.devices.commands import wipe_device as wipe
from crm.devices.queries import phones_by_session
from crm.i18n import _, set_locale
from crm.push.queries import subscriptions_of
from crm.users.away import set_away
from crm.users.devices import device_name
from crm.users.models import User
from crm.users.profile import change_password, update_profile
from crm.users.queries import devices_of, get_profile
from crm.users.sessions import end_other_sessions, end_session, viewer_of
from crm.web import choices
from crm.web.away import covers_for
from crm.web.phones import phone_page, phone_words, told_words
from crm.web.rendering import go, render, viewer

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


def _values(user: User) -> dict[str, Any]:
    locale = viewer().locale
    return {
        "name": user.name,
        "email": user.email,
        "phone": user.phone,
        "theme": user.theme,
        "language": locale.language,
        "calendar": locale.calendar,
        "timezone": locale.timezone,
        "money_unit": locale.money_unit,
    }


def _page(
    values: dict[str, Any], status: int = 200, said: Any = None, away: Any = None, wrong: Any = None
) -> Response:
    return render(
        "settings/show.html",
        status=status,
        values=values,
        errors=said or {},
        away_values=away or get_profile(viewer()),
        away_errors=wrong or {},
        covers=covers_for(viewer().id),
        languages=choices.language_choices(),
        calendars=choices.calendar_choices(),
        units=choices.unit_choices(),
        themes=choices.theme_choices(),
        zones=choices.zone_choices(values.get("timezone")),
    )


@blueprint.get("")
def show() -> Any:
    """The settings as they stand."""
    return _page(_values(get_profile(viewer())))


@blueprint.post("")
def update() -> Any:
    """Change them."""
    form = request.form.to_dict()
    try:
        update_profile(viewer(), form)
    except errors.ValidationError as error:
        return _page(form, 422, error.fields)
    set_locale(viewer_of(viewer().id).locale)  # said in the language just chosen
    return go("/settings", _("Saved"))


@blueprint.post("/away")
def change_away() -> Any:
    """Say from when to when one is away, so that no new lead comes."""
    form = request.form.to_dict()
    try:
        set_away(viewer(), viewer().id, form)
    except errors.ValidationError as error:
        return _page(_values(get_profile(viewer())), 422, away=form, wrong=error.fields)
    return go("/settings", _("Saved"))


@blueprint.get("/password")
def password() -> Any:
    """The form for a new password."""
    return render("settings/password.html", errors={})


@blueprint.post("/password")
def update_password() -> Any:
    """Set it; the other devices are signed out."""
    try:
        change_password(viewer(), request.form.to_dict())
    except errors.ValidationError as error:
        return render("settings/password.html", status=422, errors=error.fields)
    return go("/settings", _("Password changed. Your other devices are signed out."))


@blueprint.get("/devices")
def devices() -> Any:
    """Where one is signed in, this device first."""
    mine = sorted(devices_of(viewer()), key=lambda device: device.id != viewer().session_id)
    return render(
        "settings/devices.html",
        devices=mine,
        device_name=device_name,
        phones=phones_by_session(viewer()),
        phone_words=phone_words,
        told=subscriptions_of(viewer()),
        told_words=told_words,
    )


@blueprint.get("/devices/<id:session_id>")
def device(session_id: str) -> Any:
    """One of them: sign it out, or clear it if it is lost."""
    return phone_page(session_id, "/settings/devices", f"/settings/devices/{session_id}")


@blueprint.post("/devices/<id:session_id>/wipe")
def wipe_device(session_id: str) -> Any:
    """Sign a lost phone out and have it clear itself."""
    wipe(viewer(), viewer().id, session_id)
    return go("/settings/devices", _("Signed out. It clears itself when it next reaches Hamrah."))


@blueprint.post("/devices/<id:session_id>/sign-out")
def sign_out_device(session_id: str) -> Any:
    """Sign one device out."""
    end_session(viewer(), session_id)
    return go("/settings/devices", _("That device is signed out."))


@blueprint.post("/devices/sign-out")
def sign_out_others() -> Any:
    """Sign all devices out but this one."""
    end_other_sessions(viewer())
    return go("/settings/devices", _("Your other devices are signed out."))
