"""A lead that comes by itself: from a form, another system, a campaign. Known ones are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crm import records
from crm.accounts.queries import find_alike
from crm.database import command, db
from crm.i18n import fold
from crm.leads.capturing import index_lead, save
from crm.leads.commands import LeadSchema
from crm.leads.models import Lead, LeadStatus
from crm.leads.routes import route, start_clock
from crm.leads.scoring import Sign
from crm.leads.touches import keep_touches, settle
from crm.schema import load
from crm.timeline.record import record
from crm.users.viewer import Viewer

#: What is kept of where somebody came from; each as he sent it, cut to this length.
ORIGIN = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "referrer",
    "landing",
)
ORIGIN_LENGTH = 300


@dataclass(frozen=True)
class Arrival:
    """What came: the lead's fields, what it did, and where it came from (names of ORIGIN)."""

    payload: Mapping[str, Any]
    signs: tuple[Sign, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
    #: In the timeline: {"form": "Contact us"}, {"webhook": "shop"} …
    told: Mapping[str, Any] = field(default_factory=dict)


@command
def receive_lead(actor: Viewer, arrival: Arrival) -> str:
    """Make a lead of it, or join it to the open one with its phone or e-mail; return the id.

    A known lead gets what it lacks; nothing that is written there is overwritten. Raises
    ValidationError.
    """
    return take_in(actor, arrival)


def take_in(actor: Viewer, arrival: Arrival) -> str:
    """Do what `receive_lead` does inside a command that writes more than the lead."""
    data = load(LeadSchema(), arrival.payload)
    origin = _origin(arrival.origin)
    lead = _known(actor, data)
    is_new = lead is None
    lead = _add(actor, data) if lead is None else _fill(lead, data)
    lead.first_touch = lead.first_touch or origin or None
    lead.last_touch = origin or lead.last_touch
    db.session.flush()
    kind = "lead.captured" if is_new else "lead.returned"
    source = {"source": lead.source} if lead.source else {}
    record(kind, actor.id, lead_id=lead.id, data={**source, **arrival.told})
    keep_touches(lead.id, arrival.signs)
    settle([lead.id], actor.id, is_new=is_new)
    if is_new:
        start_clock(lead)
        if lead.owner_id is None:
            route(lead, actor.id)
        db.session.flush()
    index_lead(lead)
    return lead.id


def _origin(said: Mapping[str, str]) -> dict[str, str]:
    return {name: str(said[name])[:ORIGIN_LENGTH] for name in ORIGIN if said.get(name)}


def _known(actor: Viewer, data: dict[str, Any]) -> Lead | None:
    phones, emails = _reach(data.get("phones")), _reach(data.get("emails"))
    hits = find_alike(actor, "", phones, emails, ("lead",))
    if not hits:
        return None
    open_ones = (LeadStatus.NEW.value, LeadStatus.WORKING.value, LeadStatus.LATER.value)
    rows = db.session.scalars(
        select(Lead)
        .where(Lead.id.in_([hit.record_id for hit in hits]), Lead.archived_at.is_(None))
        .where(Lead.status.in_(open_ones))
        .order_by(Lead.created_at.desc(), Lead.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    # Search finds a part of an address as well: ali@… is not reza.ali@…
    wanted = {fold(value) for value in phones + emails}
    same = (one for one in rows.all() if not wanted.isdisjoint(map(fold, _reach_of(one))))
    return next(same, None)


def _reach(entries: list[dict[str, str]] | None) -> list[str]:
    return [entry["value"] for entry in entries or ()]


def _reach_of(lead: Lead) -> list[str]:
    return _reach(lead.phones) + _reach(lead.emails)


def _add(actor: Viewer, data: dict[str, Any]) -> Lead:
    lead = Lead(name=data["name"], name_folded="", id=data.pop("id", None))
    records.start(lead, actor, {"owner_id": None} | data)
    data.pop("owner_id", None)
    db.session.add(lead)
    save(lead, data, None)
    lead.version = 1
    return lead


def _fill(lead: Lead, data: dict[str, Any]) -> Lead:
    lacking = {name: value for name, value in data.items() if value and _lacks(lead, name)}
    for name in ("phones", "emails"):
        here = list(getattr(lead, name))
        known = {entry["value"] for entry in here}
        more = [entry for entry in data.get(name) or () if entry["value"] not in known]
        if more:
            lacking[name] = here + more
    lacking.pop("tags", None)
    if lead.status == LeadStatus.LATER:
        lacking["status"] = LeadStatus.WORKING.value
    if lacking:
        save(lead, lacking, None)
    return lead


def _lacks(lead: Lead, name: str) -> bool:
    return name not in ("id", "owner_id", "currency") and getattr(lead, name, "") in (None, [])
