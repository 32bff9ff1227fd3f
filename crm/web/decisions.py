"""Choices between two values of one field: one tap each, on Today and on the phone's own page."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm import errors
from crm.captures.bodies import MINE, THEIRS
from crm.captures.decisions import resolve_decision
from crm.i18n import _
from crm.web.rendering import back_or, go, viewer

blueprint = Blueprint("decisions", __name__)


@blueprint.post("/decisions/<id:decision_id>")
def resolve(decision_id: str) -> Response:
    """Keep mine or theirs; the toast offers the other one."""
    keep = request.form.get("keep", "")
    try:
        said = resolve_decision(viewer(), decision_id, keep)
    except (errors.Conflict, errors.ValidationError) as error:
        return go(back_or("/today"), str(error))
    other = THEIRS if keep == MINE else MINE
    undo = {
        "action": f"/decisions/{decision_id}",
        "fields": {"keep": other, "next": back_or("/today")},
    }
    chosen = said["yours"] if keep == MINE else said["theirs"]
    return go(back_or("/today"), _("Kept: %(what)s", what=chosen), undo)
