"""Writes of leads: capture, change, defer, disqualify, archive; crm/conversions converts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm import clock, errors, records
from crm.accounts.commands import ReachableSchema
from crm.alerts.closing import close_alerts
from crm.database import command, db
from crm.i18n import N_, _, formatting
from crm.leads.capturing import index_lead, save
from crm.leads.models import Heat, Lead, LeadStatus
from crm.leads.scoring import FIT, Sign
from crm.leads.touches import keep_touches, settle
from crm.schema import Moment, OneOf, Priced, Schema, Str, Whole, load
from crm.search import index
from crm.timeline.record import record
from crm.users.ownership import get
from crm.users.viewer import SYSTEM_ID, Viewer

DISQUALIFIED_REASONS = {
    "no_need": N_("No need"),
    "no_budget": N_("No budget"),
    "competitor": N_("Bought elsewhere"),
    "unreachable": N_("Cannot be reached"),
    "not_a_lead": N_("Not a real lead"),
    "other": N_("Other"),
}


class LeadSchema(ReachableSchema, Priced):
    company = Str(200)
    job_title = Str(100)
    #: How warm it is by one's own judgement; None: as the score says. `heat` is the same.
    heat_by_hand = OneOf(Heat, allow_none=True)
    heat = OneOf(Heat, allow_none=True)
    employees = Whole(least=1, most=10_000_000)
    industry = Str(100)
    status = OneOf((LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.LATER))


class NewLeadSchema(LeadSchema):
    name = Str(200)
    #: When its card was photographed: then the name may wait until somebody types it.
    card_at = Moment()


#: What a score, or the heat, is made of.
SCORED = {"heat_by_hand", *FIT.values()}


def _is_entered_by_hand(actor: Viewer, lead: Lead) -> bool:
    """Whether one of us met the lead: neither a machine nor a file brought it."""
    return actor.id != SYSTEM_ID and lead.import_key is None


@command
def capture_lead(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Create a lead and return its id. An id that exists already is answered with itself."""
    data = _named(load(NewLeadSchema(), payload))
    if data.get("id") and db.session.get(Lead, data["id"]) is not None:
        return get(actor, Lead, data["id"]).id
    lead = Lead(name=data["name"], name_folded="", id=data.pop("id", None))
    records.start(lead, actor, data)
    db.session.add(lead)
    save(lead, data, None)
    lead.version = 1
    index_lead(lead)
    record(
        "lead.captured",
        actor.id,
        lead_id=lead.id,
        data={"source": lead.source} if lead.source else {},
    )
    if _is_entered_by_hand(actor, lead):
        keep_touches(lead.id, [Sign("hand", lead.created_at)])
    settle([lead.id], actor.id, is_new=True)
    return lead.id


def _named(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with a name: where it was not typed, the card is called by its time."""
    if data.get("name"):
        return {**data, "card_at": None}
    if not data.get("card_at"):
        raise errors.ValidationError({"name": [_("This is needed.")]})
    when = formatting.datetime(data["card_at"], today=formatting.local(data["card_at"]).date())
    return {**data, "name": _("Card, %(when)s", when=when)}


@command
def update_lead(
    actor: Viewer, lead_id: str, payload: Mapping[str, Any], version: int | None = None
) -> None:
    """Change a lead. Raises Conflict when it moved on since `version`."""
    lead = get(actor, Lead, lead_id, lock=True)
    data = load(LeadSchema(exclude=("id",)), payload, partial=True)
    if "status" in data and not lead.is_open:
        raise errors.Conflict(_("This lead is closed already."))
    owner = records.take_owner(data)
    changed = save(lead, data, version) | records.reassign(lead, actor, owner)
    if "name" in changed:
        lead.card_at = None
    if "owner_id" in changed:
        lead.given_at = clock.now() if lead.owner_id else None
    index_lead(lead)
    if SCORED.intersection(changed):
        settle([lead.id], actor.id)
    if "status" in changed and lead.status == LeadStatus.LATER:
        close_alerts(lead_id=lead.id, outcome="done", by=actor.id)
    if changed:
        record("lead.changed", actor.id, lead_id=lead.id, data={"changed": changed})


class DisqualifySchema(Schema):
    reason = OneOf(DISQUALIFIED_REASONS, required=True)


@command
def disqualify_lead(actor: Viewer, lead_id: str, payload: Mapping[str, Any]) -> None:
    """Say that nothing will come of it, and why."""
    data = load(DisqualifySchema(), payload)
    lead = get(actor, Lead, lead_id, lock=True)
    if lead.status == LeadStatus.CONVERTED:
        raise errors.Conflict(_("This lead is a customer already."))
    lead.status, lead.disqualified_reason = LeadStatus.DISQUALIFIED, data["reason"]
    lead.touch()
    close_alerts(lead_id=lead.id, outcome="done", by=actor.id)
    record("lead.disqualified", actor.id, lead_id=lead.id, data={"reason": data["reason"]})


@command
def reopen_lead(actor: Viewer, lead_id: str, status: str = LeadStatus.WORKING) -> None:
    """Follow a disqualified lead up again; an undo says the `status` that it had before."""
    data = load(LeadSchema(only=("status",)), {"status": status}, partial=True)
    lead = get(actor, Lead, lead_id, lock=True)
    if lead.status == LeadStatus.DISQUALIFIED:
        lead.status, lead.disqualified_reason = data["status"], None
        lead.touch()
        record("lead.reopened", actor.id, lead_id=lead.id)


@command
def archive_lead(actor: Viewer, lead_id: str) -> None:
    """Put a lead away."""
    lead = get(actor, Lead, lead_id, lock=True)
    records.archive(lead)
    index.forget(lead.id)
    close_alerts(lead_id=lead.id, outcome="done", by=actor.id)
    record("lead.archived", actor.id, lead_id=lead.id)


@command
def restore_lead(actor: Viewer, lead_id: str) -> None:
    """Bring an archived lead back."""
    lead = get(actor, Lead, lead_id, lock=True)
    records.restore(lead)
    index_lead(lead)
    record("lead.restored", actor.id, lead_id=lead.id)
