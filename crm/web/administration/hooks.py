"""Incoming leads: who may send them, with which secret, and what came of what was sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request, session, url_for

from crm import errors
from crm.hooks import queries
from crm.hooks.commands import add_secret as put_secret
from crm.hooks.commands import create_hook, switch_hook, update_hook
from crm.hooks.commands import retire_secret as drop_secret
from crm.hooks.messages import REASONS
from crm.hooks.models import Hook, Verdict
from crm.hooks.presets import META, PRESETS
from crm.i18n import N_, _
from crm.records import field_label
from crm.web.administration.hook_steps import STEPS
from crm.web.hooks import safe
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
_HELD = "hook_secret"
VERDICTS = {
    Verdict.TAKEN: (N_("Taken"), "good"),
    Verdict.REFUSED: (N_("Refused"), "late"),
    Verdict.IGNORED: (N_("Passed over"), ""),
}


def _page(hook_id: str) -> str:
    return url_for("administration.hooks.show", hook_id=hook_id)


def _hold(hook_id: str, secret: str) -> None:
    """Carry the secret to the next page, which shows it once."""
    session[_HELD] = {"hook_id": hook_id, "secret": secret}


def _held(hook: Hook) -> str | None:
    if session.get(_HELD, {}).get("hook_id") != hook.id:
        return None
    secret = str(session.pop(_HELD)["secret"])
    # Who gave it has it.
    return None if PRESETS[hook.preset].is_secret_theirs else secret


def _address(hook: Hook, secret: str | None) -> str:
    base = str(current_app.config["BASE_URL"] or request.host_url).rstrip("/")
    address = f"{base}/hooks/{hook.slug}"
    if not PRESETS[hook.preset].is_secret_in_address:
        return address
    return f"{address}/{secret}" if secret else f"{address}/…"


def reason_label(delivery: Any) -> str:
    """Return why something was not taken: our word for it, and the fields or the sender's id."""
    said = _(REASONS[delivery.reason]) if delivery.reason in REASONS else delivery.reason
    names = [field_label(name) for name in delivery.detail.split(", ") if name]
    return _("%(what)s: %(details)s", what=said, details=_(", ").join(names)) if names else said


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """All hooks, with what came lately."""
    return render(
        "administration/hooks/index.html",
        hooks=queries.all_hooks(viewer()),
        presets=PRESETS,
        verdicts=VERDICTS,
    )


def _form(values: Any, hook: Hook | None = None, status: int = 200, said: Any = None) -> Response:
    preset = PRESETS[hook.preset if hook else values["preset"]]
    return render(
        "administration/hooks/edit.html",
        status=status,
        values=values,
        hook=hook,
        preset=preset,
        errors=said or {},
    )


@blueprint.get("/new")
@needs_role("admin")
def new() -> Any:
    """Who is it that sends? Then the form."""
    preset = request.args.get("preset", "")
    if preset not in PRESETS:
        return render("administration/hooks/new.html", presets=PRESETS)
    return _form({"preset": preset, "name": _(PRESETS[preset].name)})


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Make it; its page shows the secret once."""
    form = request.form.to_dict()
    if form.get("preset") not in PRESETS:
        return render("administration/hooks/new.html", status=422, presets=PRESETS)
    try:
        hook_id, secret = create_hook(viewer(), form, safe())
    except errors.ValidationError as error:
        return _form(form, None, 422, error.fields)
    _hold(hook_id, secret)
    return go(_page(hook_id))


def _show(hook_id: str, status: int = 200, said: Any = None) -> Response:
    hook = queries.get_hook(viewer(), hook_id)
    held = _held(hook)
    return render(
        "administration/hooks/show.html",
        status=status,
        hook=hook,
        preset=PRESETS[hook.preset],
        address=_address(hook, held),
        held=held,
        verify_token=safe().token(hook.slug) if hook.preset == META else None,
        steps=[_(step) for step in STEPS[hook.preset]],
        secrets=queries.secrets_of(viewer(), hook_id),
        tally=queries.tally_of(viewer(), hook_id),
        deliveries=queries.deliveries_of(viewer(), hook_id),
        reason_label=reason_label,
        verdicts=VERDICTS,
        errors=said or {},
    )


@blueprint.get("/<id:hook_id>")
@needs_role("admin")
def show(hook_id: str) -> Any:
    """One of them: its address, how to sign, its secrets, what came."""
    return _show(hook_id)


@blueprint.get("/<id:hook_id>/edit")
@needs_role("admin")
def edit(hook_id: str) -> Any:
    """The form for its name and source."""
    hook = queries.get_hook(viewer(), hook_id)
    return _form(hook, hook)


@blueprint.post("/<id:hook_id>")
@needs_role("admin")
def update(hook_id: str) -> Any:
    """Change them."""
    hook, form = queries.get_hook(viewer(), hook_id), request.form.to_dict()
    try:
        update_hook(viewer(), hook_id, form)
    except errors.ValidationError as error:
        return _form(form, hook, 422, error.fields)
    return go(_page(hook_id), _("Saved"))


@blueprint.post("/<id:hook_id>/secrets")
@needs_role("admin")
def add_secret(hook_id: str) -> Any:
    """Put a new secret beside the old one."""
    try:
        secret = put_secret(viewer(), hook_id, request.form.to_dict(), safe())
    except errors.ValidationError as error:
        return _show(hook_id, 422, error.fields)
    except errors.Conflict as error:
        return _show(hook_id, 409, {"": [str(error)]})
    _hold(hook_id, secret)
    return go(_page(hook_id), _("Both secrets are good until you retire the old one."))


@blueprint.post("/<id:hook_id>/secrets/<id:secret_id>/retirement")
@needs_role("admin")
def retire_secret(hook_id: str, secret_id: str) -> Any:
    """Take a secret out of use."""
    try:
        drop_secret(viewer(), hook_id, secret_id)
    except errors.Conflict as error:
        return _show(hook_id, 409, {"": [str(error)]})
    return go(_page(hook_id), _("Retired"))


@blueprint.post("/<id:hook_id>/deactivation")
@needs_role("admin")
def switch_off(hook_id: str) -> Any:
    """Take nothing any more."""
    switch_hook(viewer(), hook_id, is_active=False)
    undo = {"action": f"{_page(hook_id)}/activation", "fields": {}}
    return go(_page(hook_id), _("Switched off"), undo)


@blueprint.post("/<id:hook_id>/activation")
@needs_role("admin")
def switch_on(hook_id: str) -> Any:
    """Take messages again."""
    switch_hook(viewer(), hook_id, is_active=True)
    return go(_page(hook_id), _("Switched on"))
