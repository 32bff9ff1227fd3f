"""A lead becomes a customer on one screen, filled in beforehand; and is a lead again by one tap."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.conversions import commands
from crm.conversions.matches import Match, Matches, find_matches
from crm.deals.models import StageKind
from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import _, form_code, formatting, ngettext
from crm.leads.models import Lead, LeadStatus
from crm.leads.queries import get_lead
from crm.web.rendering import checked, go, render, viewer

blueprint = Blueprint("conversions", __name__)
FIELDS = (
    "account_id",
    "account_name",
    "contact_id",
    "contact_name",
    "deal_name",
    "stage_id",
    "amount",
    "currency",
)


def why_alike(match: Match) -> str:
    """Return in words why a record may be the lead's own firm or the lead himself."""
    return {
        "name": _("same name"),
        "phone": _("same phone"),
        "email": _("same e-mail"),
        "website": _("same website"),
        "domain": _("same e-mail domain"),
        "person": _("known there"),
    }[match.why]


@blueprint.get("/leads/<id:lead_id>/conversion")
def new(lead_id: str) -> Response:
    """The form that makes an account, a contact and a deal of a lead."""
    me = viewer()
    lead = get_lead(me, lead_id)
    if lead.status == LeadStatus.CONVERTED:
        return go(f"/leads/{lead_id}")
    matches = find_matches(me, lead)
    code = lead.currency or me.currency
    values = {
        "account_id": _likely_account(matches),
        "account_name": lead.company or "",
        "contact_id": matches.persons[0].record_id if matches.persons else "",
        "contact_name": lead.name,
        "deal_name": (lead.needs or "").split("\n")[0][:80],
        "amount": formatting.money(lead.amount, code, bare=True) if lead.amount else "",
        "currency": form_code(code, me.locale.money_unit),
    }
    return _form(lead, matches, values)


def _likely_account(matches: Matches) -> str:
    """Return where the person is known already, else the nearest firm."""
    known = {match.record_id for match in matches.accounts}
    at = [one.account_id for one in matches.persons if one.account_id in known]
    return at[0] or "" if at else matches.accounts[0].record_id if matches.accounts else ""


def _form(
    lead: Lead, matches: Matches, values: Any, status: int = 200, wrong: Any = None
) -> Response:
    stages = [s for s in stages_of(default_pipeline().id) if s.kind == StageKind.OPEN]
    accounts = [
        (one.record_id, " · ".join(part for part in (one.name, one.sub, why_alike(one)) if part))
        for one in matches.accounts
    ]
    persons = [
        (one.record_id, _("This is %(name)s already", name=one.name)) for one in matches.persons
    ]
    return render(
        "leads/convert.html",
        status=status,
        lead=lead,
        values=values,
        accounts=[*accounts, ("", _("A new account"))] if accounts else [],
        persons=[*persons, ("", _("A new contact"))] if persons else [],
        stages=[(stage.id, stage.label) for stage in stages],
        along=_along(lead),
        errors=wrong or {},
    )


def _along(lead: Lead) -> str:
    """Return what a new account gets of the lead beside its name."""
    facts = [lead.industry, lead.city, lead.website]
    if lead.employees:
        facts.append(ngettext("%(num)s employee", "%(num)s employees", lead.employees))
    return " · ".join(fact for fact in facts if fact)


@blueprint.post("/leads/<id:lead_id>/conversion")
def create(lead_id: str) -> Response:
    """Make an account, a contact and a deal of it; twice is once."""
    me, form = viewer(), request.form
    wanted = {name: form.get(name) for name in FIELDS if name in form}
    get_lead(me, lead_id)
    try:
        if answer := checked(commands.ConvertSchema, wanted):
            return answer
        made = commands.convert_lead(me, lead_id, wanted)
    except errors.ValidationError as error:
        lead = get_lead(me, lead_id)
        return _form(lead, find_matches(me, lead), form, 422, error.fields)
    target = f"/deals/{made['deal_id']}" if made["deal_id"] else f"/contacts/{made['contact_id']}"
    undo = {"action": f"/leads/{lead_id}/conversion/undo", "fields": {}}
    return go(target, _("A customer now"), undo)


@blueprint.post("/leads/<id:lead_id>/conversion/undo")
def undo(lead_id: str) -> Response:
    """Make an open lead of it again, and say what stays of the conversion."""
    stays = commands.undo_conversion(viewer(), lead_id)
    return go(f"/leads/{lead_id}", " ".join([_("A lead again, as before."), *said_of(stays)]))


def said_of(stays: dict[str, str]) -> list[str]:
    """Return a sentence for each record that an undone conversion made and that stays."""
    names = {"deal": _("The deal"), "contact": _("The contact"), "account": _("The account")}
    why = {
        "changed": _("%(what)s stays: something happened to it since."),
        "used": _("%(what)s stays: what stays belongs to it."),
        "unseen": _("%(what)s stays: it is no longer yours."),
    }
    return [why[reason] % {"what": names[kind]} for kind, reason in stays.items()]
