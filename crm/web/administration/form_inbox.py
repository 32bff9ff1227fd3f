"""What visitors sent and looked suspicious: a person lets it in or drops it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from crm import errors
from crm.forms import queries
from crm.forms.models import FIELD_NAMES
from crm.forms.rules import REASONS
from crm.forms.taking import accept_submission, drop_submission, put_back_submission
from crm.i18n import _
from crm.web.origins import origin_facts
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("form_inbox", __name__, url_prefix="/forms/inbox")
_HERE = "/administration/forms/inbox"


@blueprint.get("")
@needs_role("manager", "admin")
def index() -> Any:
    """All that waits, with why."""
    me = viewer()
    rows = [_shown(row.FormSubmission, row.title) for row in queries.waiting(me)]
    return render("administration/forms/inbox.html", rows=rows, count=queries.count_waiting(me))


def _shown(sent: Any, title: str) -> dict[str, Any]:
    return {
        "id": sent.id,
        "at": sent.at,
        "form": title,
        "name": sent.fields.get("name", ""),
        "facts": [
            (_(label), sent.fields[name])
            for name, label in FIELD_NAMES.items()
            if name != "name" and name in sent.fields
        ],
        "origin": origin_facts(sent.origin),
        "reasons": [_(REASONS[reason]) for reason in sent.reasons if reason in REASONS],
    }


@blueprint.post("/<id:submission_id>/acceptance")
@needs_role("manager", "admin")
def accept(submission_id: str) -> Any:
    """Make a lead of it."""
    try:
        accept_submission(viewer(), submission_id)
    except errors.Conflict as error:
        return go(_HERE, str(error))
    return go(_HERE, _("It is a lead now"))


@blueprint.post("/<id:submission_id>/drop")
@needs_role("manager", "admin")
def drop(submission_id: str) -> Any:
    """Say that it is none."""
    try:
        drop_submission(viewer(), submission_id)
    except errors.Conflict as error:
        return go(_HERE, str(error))
    return go(_HERE, _("Dropped"), {"action": f"{_HERE}/{submission_id}/return", "fields": {}})


@blueprint.post("/<id:submission_id>/return")
@needs_role("manager", "admin")
def put_back(submission_id: str) -> Any:
    """Let it wait again."""
    put_back_submission(viewer(), submission_id)
    return go(_HERE, _("Brought back"))
