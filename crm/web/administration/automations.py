"""What happens by itself: switched on only by who has just seen what it would do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.mail.automations import get_state, preview, states, switch_off, switch_on
from crm.mail.faults import tell
from crm.mail.seals import seal_preview
from crm.mail.settings import get_settings
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("automations", __name__, url_prefix="/automations")
_LIST = "/administration/automations"


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """Every one of them, and whether it is on."""
    return render("administration/automations/index.html", states=states(viewer()))


def _page(key: str, status: int = 200, said: Any = None) -> Response:
    me = viewer()
    state = get_state(me, key)
    shown = preview(me, key)
    return render(
        "administration/automations/show.html",
        status=status,
        state=state,
        shown=shown,
        errors=said or {},
        tell=tell,
        # Nothing was seen where there was nothing to show.
        seal=seal_preview(key, me.id) if shown else "",
        has_server=bool(get_settings(me).smtp_host),
    )


@blueprint.get("/<key>")
@needs_role("admin")
def show(key: str) -> Any:
    """What it would do about real records; from here it is switched on."""
    return _page(key)


@blueprint.post("/<key>/on")
@needs_role("admin")
def turn_on(key: str) -> Any:
    """Switch it on, from now."""
    try:
        switch_on(viewer(), key, request.form.get("seal", ""))
    except errors.ValidationError as error:
        return _page(key, 422, error.fields)
    return go(_LIST, _("Switched on"))


@blueprint.post("/<key>/off")
@needs_role("admin")
def turn_off(key: str) -> Any:
    """Switch it off."""
    switch_off(viewer(), key)
    return go(_LIST, _("Switched off"))
