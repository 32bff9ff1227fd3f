"""Leads: their page, their form, and what becomes of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import clock, errors
from crm.accounts.queries import around, find_alike
from crm.company.queries import get_company
from crm.i18n import _, form_code, formatting
from crm.leads import commands, queries
from crm.leads.models import HEAT_NAMES, LeadStatus
from crm.leads.routes import claim_lead
from crm.tags.queries import tags_of
from crm.users.away import away_of
from crm.users.viewer import Viewer
from crm.web.away import away_words
from crm.web.lead_clock import clock_of
from crm.web.overview import completeness, next_step, today, ways_of
from crm.web.record_choices import language_label
from crm.web.record_forms import (
    Family,
    archive_from,
    create_from,
    edit_page,
    new_page,
    update_from,
)
from crm.web.rendering import back_or, go, is_partial, render, viewer
from crm.web.scores import reasons_of
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
)


def status_label(status: str) -> str:
    """Return what a lead's status is called."""
    return {
        "new": _("New"),
        "working": _("In progress"),
        "later": _("Later"),
        "converted": _("Converted"),
        "disqualified": _("Disqualified"),
    }.get(status, status)


def _wanted() -> list[tuple[str, str, str]]:
    return [
        ("phones", _("Phone"), "phone"),
        ("emails", _("E-mail"), "email"),
        ("company", _("Company"), "company"),
        ("job_title", _("Job"), "job_title"),
        ("needs", _("Needs"), "needs"),
        ("source", _("Source"), "source"),
        ("amount", _("Amount"), "amount"),
        ("city", _("City"), "city"),
    ]


@blueprint.get("/leads/new")
def new() -> Response:
    """The form for a new lead."""
    return new_page(LEADS)


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
    return render("leads/show.html", **_page(me, lead), **timeline_of(me, lead_id=lead_id))


def _page(me: Viewer, lead: Any) -> dict[str, Any]:
    names = around(me, lead)
    return {
        "lead": lead,
        "around": names,
        "ways": ways_of(lead),
        "facts": _facts(lead, names),
        "step": next_step(me, "lead_id", lead.id),
        "tags": tags_of(lead.id),
        "heats": heats(),
        "state": status_label(lead.status),
        "complete": completeness(lead, _wanted()),
        "reason": _reasons().get(lead.disqualified_reason or "", ""),
        "clock": clock_of(lead),
        "may_claim": may_claim(me, lead),
        **_score(lead),
    }


def may_claim(me: Viewer, lead: Any) -> bool:
    """Whether one tap takes it: it is nobody's, or it was given to one who has not said yes."""
    is_given = lead.owner_id == me.id and lead.pass_at is not None
    return bool(lead.is_open and (lead.owner_id is None or is_given))


def _score(lead: Any) -> dict[str, Any]:
    """Return the score as it is this minute: a row keeps it as it was when something happened."""
    found = queries.scores_of([lead], clock.now())[lead.id]
    company = get_company()
    return {
        "points": found.points,
        "reasons": reasons_of(found.lines),
        "hot_from": company.hot_from,
    }


def _reasons() -> dict[str, str]:
    return {key: _(label) for key, label in commands.DISQUALIFIED_REASONS.items()}


def _facts(lead: Any, names: Any) -> list[tuple[str, str]]:
    came = formatting.local(lead.created_at).date()
    amount = (
        formatting.money(lead.amount, lead.currency or viewer().currency)
        if lead.amount is not None
        else ""
    )
    return [
        (_("Source"), lead.source or ""),
        (_("Worth about"), amount),
        (_("Came in"), formatting.date(came, today=today(), weekday=False)),
        (_("City"), lead.city or ""),
        (_("Language"), language_label(lead.language)),
        (_("Owner"), _owner(lead, names)),
        (_("Team"), names.team or ""),
    ]


def _owner(lead: Any, names: Any) -> str:
    if not names.owner:
        return _("Nobody yet")
    away = away_words(away_of(lead.owner_id))
    return " · ".join(part for part in (names.owner, away) if part)


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
    said = request.form.get("heat") or None
    commands.update_lead(viewer(), lead_id, {"heat_by_hand": said})
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
        commands.reopen_lead(me, lead_id)
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
    return render("leads/disqualify.html", lead=lead, why=_reasons(), errors={})


@blueprint.post("/leads/<id:lead_id>/disqualification")
def disqualify(lead_id: str) -> Response:
    """Say that nothing will come of it."""
    me = viewer()
    try:
        commands.disqualify_lead(me, lead_id, {"reason": request.form.get("reason")})
    except errors.ValidationError as error:
        return render(
            "leads/disqualify.html",
            status=422,
            lead=queries.get_lead(me, lead_id),
            why=_reasons(),
            errors=error.fields,
        )
    undo = {"action": f"/leads/{lead_id}/status", "fields": {"status": "working"}}
    return go(f"/leads/{lead_id}", _("Disqualified"), undo)


@blueprint.get("/leads/<id:lead_id>/conversion")
def ask_conversion(lead_id: str) -> Response:
    """The form that makes an account, a contact and a deal of a lead."""
    me = viewer()
    lead = queries.get_lead(me, lead_id)
    shown = (
        formatting.money(lead.amount, lead.currency or me.currency, bare=True)
        if lead.amount
        else ""
    )
    return _conversion(
        lead,
        {
            "account_name": lead.company or "",
            "contact_name": lead.name,
            "deal_name": (lead.needs or "").split("\n")[0][:80],
            "amount": shown,
            "currency": form_code(lead.currency or me.currency, me.locale.money_unit),
        },
    )


def _conversion(lead: Any, values: Any, status: int = 200, **more: Any) -> Response:
    me = viewer()
    known = find_alike(me, lead.company or "", types=("account",)) if lead.company else []
    return render(
        "leads/convert.html",
        status=status,
        lead=lead,
        values=values,
        known=known,
        errors=more.get("errors", {}),
    )


@blueprint.post("/leads/<id:lead_id>/conversion")
def convert(lead_id: str) -> Response:
    """Make an account, a contact and a deal of it; twice is once."""
    me, form = viewer(), request.form
    fields = ("account_id", "account_name", "contact_name", "deal_name", "amount", "currency")
    try:
        made = commands.convert_lead(me, lead_id, {n: form.get(n) for n in fields if n in form})
    except errors.ValidationError as error:
        return _conversion(queries.get_lead(me, lead_id), form, 422, errors=error.fields)
    target = f"/deals/{made['deal_id']}" if made["deal_id"] else f"/contacts/{made['contact_id']}"
    return go(target, _("A customer now"))
