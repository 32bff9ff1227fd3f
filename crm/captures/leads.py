"""What a phone decided about a lead: take it, keep it for later, let it go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm import errors
from crm.captures.bodies import DisqualifiedLeadSchema, TakenLeadSchema
from crm.captures.envelopes import Call
from crm.i18n import _
from crm.leads.commands import disqualify_lead, update_lead
from crm.leads.models import Lead, LeadStatus
from crm.leads.routes import claim_lead, has_it
from crm.schema import load
from crm.users.ownership import find
from crm.users.viewer import Viewer

Result = dict[str, Any]
Body = Mapping[str, Any]


def claim(actor: Viewer, body: Body, _call: Call) -> Result:
    """Take it, inside a command; who came too late is told who has it."""
    lead_id = load(TakenLeadSchema, body)["lead_id"]
    try:
        claim_lead.inside(actor, lead_id)
    except errors.NotFound:
        raise _out_of_sight() from None
    return {"lead_id": lead_id}


def defer(actor: Viewer, body: Body, call: Call) -> Result:
    """Keep it for later, inside a command; with what it `was`, for an undo."""
    lead_id = load(TakenLeadSchema, body)["lead_id"]
    lead = _in_hand(actor, lead_id, call)
    if not lead.is_open:
        raise errors.Conflict(_("This lead is closed already."))
    was = lead.status
    update_lead.inside(actor, lead_id, {"status": LeadStatus.LATER.value})
    return {"lead_id": lead_id, "was": was}


def disqualify(actor: Viewer, body: Body, call: Call) -> Result:
    """Say that nothing will come of it, and why, inside a command; with what it `was`."""
    data = load(DisqualifiedLeadSchema, body)
    lead_id = data.pop("lead_id")
    lead = _in_hand(actor, lead_id, call)
    was = lead.status if lead.is_open else LeadStatus.WORKING.value
    disqualify_lead.inside(actor, lead_id, data)
    return {"lead_id": lead_id, "was": was}


def _in_hand(actor: Viewer, lead_id: str, call: Call) -> Lead:
    """Return the lead, unless another took it after this phone decided."""
    lead = find(actor, Lead, lead_id, lock=True)
    if lead is None:
        raise _out_of_sight()
    is_taken = lead.claimed_at is not None and lead.claimed_at > call.captured_at
    if is_taken and lead.owner_id != actor.id:
        raise has_it(lead.owner_id)
    return lead


def _out_of_sight() -> errors.OutOfSight:
    return errors.OutOfSight({"lead_id": [_("This is not a known record.")]})
