"""The capture sheet: what ＋ and Log open, and what Save sends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from crm import clock, errors
from crm.captures.commands import EnvelopeSchema, V, apply_capture
from crm.database import new_id
from crm.i18n import _
from crm.schema import load
from crm.search.queries import search
from crm.web.captures.reading import body_of, by_field
from crm.web.captures.sheet import Person, Start, move_for, sheet, stage_part
from crm.web.rendering import back_or, go, render, viewer

blueprint = Blueprint("captures", __name__)


@blueprint.get("/capture")
def new() -> Response:
    """The sheet: a page, or the form alone for the sheet over the page."""
    return sheet(Start(viewer()))


@blueprint.get("/capture/people")
def people() -> Response:
    """Who is found while one types, as chips."""
    hits = search(viewer(), request.args.get("who_query", ""), ("contact", "lead", "account"), 8)
    found = [Person(f"{h.record_type}:{h.record_id}", h.title, h.subtitle) for h in hits]
    return render("captures/_found.html", found=found, who="")


@blueprint.get("/capture/stage")
def stage() -> Response:
    """The stage thread for the person just chosen."""
    move = move_for(viewer(), request.args.get("who", ""))
    return render("captures/_stage.html", **stage_part(move, "", {}))


@blueprint.post("/captures")
def create() -> Response:
    """Save: one capture, one transaction; a double tap carries the same id."""
    me, form = viewer(), request.form
    start = Start(me)
    if form.get("search"):
        return _found_without_script(start)
    try:
        said = apply_capture(
            me, load_envelope(form.get("capture_id"), body_of(me, form)), None, timedelta(0)
        )
    except (errors.ValidationError, errors.Conflict) as error:
        fields = error.fields if isinstance(error, errors.ValidationError) else {"": [str(error)]}
        return sheet(start, error.status, values=form, errors=by_field(fields))
    activity_id = said["result"]["activity_id"]
    undo = {
        "action": f"/activities/{activity_id}/withdrawal",
        "fields": {"next": back_or("/today")},
    }
    if "decision" in said:
        return go("/today", _("Saved. One thing is for you to decide."), undo)
    return go(back_or("/today"), _("Saved"), undo)


def load_envelope(capture_id: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """Return the envelope of a capture made in the browser just now."""

    return load(
        EnvelopeSchema(),
        {
            "capture_id": capture_id or new_id(),
            "v": V,
            "kind": "activity.log",
            "captured_at": clock.now().isoformat(),
            "body": body,
        },
    )


def _found_without_script(start: Start) -> Response:
    hits = search(start.me, request.form.get("who_query", ""), ("contact", "lead", "account"), 8)
    found = [Person(f"{h.record_type}:{h.record_id}", h.title, h.subtitle) for h in hits]
    return sheet(start, values=request.form, found=found)
