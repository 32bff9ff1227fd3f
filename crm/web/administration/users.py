"""People: invite, change, stop, give a link, hand over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request, session, url_for

from crm import errors
from crm.administration.handover import count_handover, hand_over
from crm.administration.users import update_user
from crm.devices.commands import wipe_device as wipe
from crm.devices.queries import phones_by_session
from crm.i18n import _
from crm.users import queries
from crm.users.commands import deactivate_user, invite_user, reactivate_user, sign_user_out
from crm.users.devices import device_name
from crm.users.links import INVITATION, make_link
from crm.users.sessions import end_session
from crm.web import choices
from crm.web.phones import phone_page, phone_words
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role
from crm.web.timeline import timeline_of

blueprint = Blueprint("users", __name__, url_prefix="/users")
_LINK = "link"


def _address(user_id: str) -> str:
    return url_for("administration.users.show", user_id=user_id)


def _hold(user_id: str, purpose: str, token: str) -> None:
    """Carry the link to the next page, which shows it once."""
    session[_LINK] = {"user_id": user_id, "purpose": purpose, "token": token}


def _held(user_id: str) -> dict[str, str] | None:
    if session.get(_LINK, {}).get("user_id") != user_id:
        return None
    held = session.pop(_LINK)
    base = str(current_app.config["BASE_URL"] or request.host_url).rstrip("/")
    return {"purpose": held["purpose"], "url": f"{base}/join/{held['token']}"}


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """Everyone."""
    return render(
        "administration/users/index.html",
        users=queries.visible_users(viewer()),
        role_label=choices.role_label,
    )


def _form(page: str, values: Any, status: int = 200, said: Any = None, **more: Any) -> Response:
    return render(
        f"administration/users/{page}.html",
        status=status,
        values=values,
        errors=said or {},
        roles=choices.role_choices(),
        teams=[("", _("No team")), *queries.team_choices(viewer())],
        **more,
    )


@blueprint.get("/new")
@needs_role("admin")
def new() -> Any:
    """The form for an invitation."""
    return _form("new", {"role": "rep"})


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Invite someone; his page shows the link to hand over."""
    form = request.form.to_dict()
    try:
        user_id, token = invite_user(viewer(), form)
    except errors.ValidationError as error:
        return _form("new", form, 422, error.fields)
    _hold(user_id, INVITATION, token)
    return go(_address(user_id))


@blueprint.get("/<id:user_id>")
@needs_role("admin")
def show(user_id: str) -> Any:
    """One person: his link if it was just made, his devices, what happened to his sign-in."""
    me, user = viewer(), queries.get_user(viewer(), user_id)
    return render(
        "administration/users/show.html",
        user=user,
        link=_held(user_id),
        devices=queries.devices_of(me, user_id),
        device_name=device_name,
        phones=phones_by_session(me, user_id),
        phone_words=phone_words,
        team=dict(queries.team_choices(me)).get(user.team_id or ""),
        role=choices.role_label(user.role),
        **timeline_of(me, user_id=user_id),
    )


@blueprint.get("/<id:user_id>/edit")
@needs_role("admin")
def edit(user_id: str) -> Any:
    """The form for what he is."""
    user = queries.get_user(viewer(), user_id)
    return _form("edit", user, user=user)


@blueprint.post("/<id:user_id>")
@needs_role("admin")
def update(user_id: str) -> Any:
    """Change it."""
    user, form = queries.get_user(viewer(), user_id), request.form.to_dict()
    try:
        update_user(viewer(), user_id, form)
    except errors.ValidationError as error:
        return _form("edit", form, 422, error.fields, user=user)
    except errors.Conflict as error:
        return _form("edit", form, 409, {"role": [str(error)]}, user=user)
    return go(_address(user_id), _("Saved"))


@blueprint.post("/<id:user_id>/link")
@needs_role("admin")
def create_link(user_id: str) -> Any:
    """Make a fresh one-time link."""
    purpose, token = make_link(viewer(), user_id)
    _hold(user_id, purpose, token)
    return go(_address(user_id))


@blueprint.post("/<id:user_id>/sign-out")
@needs_role("admin")
def sign_out(user_id: str) -> Any:
    """Sign all his devices out."""
    sign_user_out(viewer(), user_id)
    return go(_address(user_id), _("All devices are signed out."))


@blueprint.get("/<id:user_id>/devices/<id:session_id>")
@needs_role("admin")
def device(user_id: str, session_id: str) -> Any:
    """One of his devices: sign it out, or clear it if it is lost."""
    home = f"{_address(user_id)}/devices/{session_id}"
    return phone_page(session_id, _address(user_id), home, user_id)


@blueprint.post("/<id:user_id>/devices/<id:session_id>/sign-out")
@needs_role("admin")
def sign_out_device(user_id: str, session_id: str) -> Any:
    """Sign one of his devices out."""
    end_session(viewer(), session_id, user_id)
    return go(_address(user_id), _("That device is signed out."))


@blueprint.post("/<id:user_id>/devices/<id:session_id>/wipe")
@needs_role("admin")
def wipe_device(user_id: str, session_id: str) -> Any:
    """Sign his lost phone out and have it clear itself."""
    wipe(viewer(), user_id, session_id)
    return go(_address(user_id), _("Signed out. It clears itself when it next reaches Hamrah."))


@blueprint.post("/<id:user_id>/deactivation")
@needs_role("admin")
def deactivate(user_id: str) -> Any:
    """Stop him."""
    deactivate_user(viewer(), user_id)
    return go(
        _address(user_id),
        _("Deactivated and signed out."),
        {"action": f"{_address(user_id)}/activation", "fields": {}},
    )


@blueprint.post("/<id:user_id>/activation")
@needs_role("admin")
def activate(user_id: str) -> Any:
    """Let him in again."""
    reactivate_user(viewer(), user_id)
    return go(_address(user_id), _("Active again"))


def _handover(user_id: str, values: Any, status: int = 200, said: Any = None) -> Response:
    me = viewer()
    heirs = [(row.id, row.name) for row in queries.active_users(me, but=user_id)]
    return render(
        "administration/users/handover.html",
        status=status,
        errors=said or {},
        user=queries.get_user(me, user_id),
        counts=count_handover(me, user_id),
        heirs=[("", _("Choose someone")), *heirs],
        values=values,
    )


@blueprint.get("/<id:user_id>/handover")
@needs_role("admin")
def new_handover(user_id: str) -> Any:
    """What would go along, and to whom."""
    return _handover(user_id, {})


@blueprint.post("/<id:user_id>/handover")
@needs_role("admin")
def create_handover(user_id: str) -> Any:
    """Hand it over."""
    form = request.form.to_dict()
    try:
        hand_over(viewer(), user_id, form)
    except errors.ValidationError as error:
        return _handover(user_id, form, 422, error.fields)
    except errors.Conflict as error:
        return _handover(user_id, form, 409, {"": [str(error)]})
    return go(_address(user_id), _("Handed over"))
