"""Leads: their page, their form, and what becomes of them."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.leads import commands, queries
from crm.leads.models import HEAT_NAMES, LeadStatus
from crm.leads.routes import claim_lead
from crm.vcards import MOST_BYTES, read_card
from crm.web.attached import photos_of_card
from crm.web.lead_page import page_of, reason_choices
from crm.web.record_forms import (
    Family,
    archive_from,
    create_from,
    edit_page,
    filled_page,
    new_page,
    update_from,
)
from crm.web.rendering import back_or, go, is_partial, render, viewer
from crm.web.timeline import timeline_of

blueprint = Blueprint("leads", __name__)


def heats() -> list[tuple[str, str]]:
    """Return how warm a lead may be by hand, in words; the empty one leaves it to the score."""
    return [("", _("By the score")), *((heat.value, _(name)) for heat, name in HEAT_NAMES.items())]


LEADS = Family(
    kind="lead",
    path="/leads",
    fields=(
        "name",
        "company",
        "job_title",
        "heat_by_hand",
        "amount",
        "currency",
        "needs",
        "interests",
        "source",
        "industry",
        "employees",
        "city",
        "address",
        "country",
        "website",
        "language",
        "tags",
        "owner_id",
        "description",
    ),
    schema=commands.LeadSchema,
    get=queries.get_lead,
    create=commands.capture_lead,
    update=commands.update_lead,
    archive=commands.archive_lead,
    restore=commands.restore_lead,
    added=lambda: _("Lead added"),
    extras=lambda: {"heats": heats()},
    beside=lambda lead: {"photos": photos_of_card(viewer(), lead.id)},
)


@blueprint.get("/leads/new")
def new() -> Response:
    """The form for a new lead."""
    return new_page(LEADS)


@blueprint.post("/leads/card")
def read_contact() -> Response:
    """The form for a new lead, filled in from a contact that a phone handed on: a file or text."""
    file, text = request.files.get("file"), request.form.get("text", "")
    content = text.encode()
    if file is not None and file.filename:
        with file.stream as stream:
            content = stream.read(MOST_BYTES + 1)
    found = read_card(content) if len(content) <= MOST_BYTES else {}
    if found:
        return filled_page(LEADS, found)
    wrong = {"text": [_("No contact can be read from this.")]}
    return filled_page(LEADS, {"text": text}, 422, wrong=wrong)


@blueprint.post("/leads")
def create() -> Response:
    """Save a new lead."""
    return create_from(LEADS, request.form)


@blueprint.get("/leads/<id:lead_id>")
def show(lead_id: str) -> Response:
    """The lead's page; an older part of its timeline for htmx."""
    me = viewer()
    lead = queries.get_lead(me, lead_id)
    if is_partial() and request.args.get("before"):
        return render(
            "timeline/_entries.html", "timeline/_lines.html", **timeline_of(me, lead_id=lead_id)
        )
    return render(
        "leads/show.html", **page_of(me, lead, heats()), **timeline_of(me, lead_id=lead_id)
    )


@blueprint.get("/leads/<id:lead_id>/edit")
def edit(lead_id: str) -> Response:
    """The form for a lead's facts."""
    return edit_page(LEADS, lead_id)


@blueprint.post("/leads/<id:lead_id>")
def update(lead_id: str) -> Response:
    """Save a lead's facts."""
    return update_from(LEADS, lead_id, request.form)


@blueprint.post("/leads/<id:lead_id>/archive")
def archive(lead_id: str) -> Response:
    """Put a lead away, or bring it back."""
    return archive_from(LEADS, lead_id, request.form, "/people?tab=leads")


@blueprint.post("/leads/<id:lead_id>/heat")
def change_heat(lead_id: str) -> Response:
    """Say by hand how warm a lead is."""
    me, said = viewer(), request.form.get("heat") or None
    if not queries.get_lead(me, lead_id).is_open:
        raise errors.Conflict(_("This lead is closed already."))
    commands.update_lead(me, lead_id, {"heat_by_hand": said})
    return go(f"/leads/{lead_id}", _("Saved"))


@blueprint.post("/leads/<id:lead_id>/claim")
def claim(lead_id: str) -> Response:
    """Take a lead: it is one's own from then on."""
    claim_lead(viewer(), lead_id)
    return go(back_or(f"/leads/{lead_id}"), _("Yours now"))


@blueprint.post("/leads/<id:lead_id>/status")
def change_status(lead_id: str) -> Response:
    """Keep an open lead for later, or take it up again; the answer offers the way back."""
    me, status = viewer(), request.form.get("status")
    lead = queries.get_lead(me, lead_id)
    if lead.status == LeadStatus.DISQUALIFIED:
        commands.reopen_lead(me, lead_id, status or LeadStatus.WORKING)
        return go(f"/leads/{lead_id}", _("Taken up again"))
    if not lead.is_open:
        raise errors.Conflict(_("This lead is a customer already."))
    before = lead.status
    commands.update_lead(me, lead_id, {"status": status})
    undo = {"action": f"/leads/{lead_id}/status", "fields": {"status": before}}
    said = _("Kept for later") if status == LeadStatus.LATER else _("Taken up again")
    return go(f"/leads/{lead_id}", said, undo)


@blueprint.get("/leads/<id:lead_id>/disqualification")
def ask_why(lead_id: str) -> Response:
    """Why nothing will come of it: one tap."""
    lead = queries.get_lead(viewer(), lead_id)
    return render("leads/disqualify.html", lead=lead, why=reason_choices(), errors={})


@blueprint.post("/leads/<id:lead_id>/disqualification")
def disqualify(lead_id: str) -> Response:
    """Say that nothing will come of it."""
    me = viewer()
    lead = queries.get_lead(me, lead_id)
    before = lead.status if lead.is_open else LeadStatus.WORKING
    try:
        commands.disqualify_lead(me, lead_id, {"reason": request.form.get("reason")})
    except errors.ValidationError as error:
        return render(
            "leads/disqualify.html",
            status=422,
            lead=lead,
            why=reason_choices(),
            errors=error.fields,
        )
    undo = {"action": f"/leads/{lead_id}/status", "fields": {"status": before}}
    return go(f"/leads/{lead_id}", _("Disqualified"), undo)
