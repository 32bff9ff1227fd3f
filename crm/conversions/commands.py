"""A lead becomes an account, a contact and a deal; for thirty days it can become a lead again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from crm import clock, errors, records
from crm.accounts.commands import (
    archive_account,
    archive_contact,
    create_account,
    create_contact,
)
from crm.accounts.models import Account, Contact
from crm.alerts.closing import close_alerts
from crm.conversions.filling import along, fill, put_back
from crm.conversions.memory import MODELS, Memory, entries_about, undo_until
from crm.conversions.promises import hand_promises_on, hold_promises, take_promises_back
from crm.database import command
from crm.deals.commands import archive_deal, create_deal
from crm.i18n import _
from crm.leads.capturing import index_lead
from crm.leads.models import Lead, LeadStatus
from crm.leads.queries import scores_of
from crm.leads.routes import take
from crm.schema import Key, Priced, Str, load
from crm.tags.queries import tags_of
from crm.timeline.record import record
from crm.users.ownership import find, get
from crm.users.viewer import Viewer

_ARCHIVE: dict[str, Any] = {
    "deal": archive_deal,
    "contact": archive_contact,
    "account": archive_account,
}


class ConvertSchema(Priced):
    #: An account and a contact that are there already; else new ones of these names.
    account_id = Key()
    account_name = Str(200)
    contact_id = Key()
    contact_name = Str(200)
    #: Without a name there is no deal yet.
    deal_name = Str(200)
    stage_id = Key()

    @ma.validates_schema(skip_on_field_errors=False)
    def _somebody(self, data: Any, **_kwargs: Any) -> None:
        if not data.get("contact_id") and not data.get("contact_name"):
            raise ma.ValidationError(_("This is needed."), "contact_name")


@command
def convert_lead(actor: Viewer, lead_id: str, payload: Mapping[str, Any]) -> dict[str, str | None]:
    """Make an account (or use one), a contact (or use one) and, if it has a name, a deal.

    Returns their ids; twice is once. What was there already gets what it lacks, and no more.
    """
    data = load(ConvertSchema, payload)
    hold_promises(lead_id)
    lead = get(actor, Lead, lead_id, lock=True)
    if lead.status == LeadStatus.CONVERTED:
        return _became(lead)
    account = _known(actor, Account, data, "account_id")
    contact = _known(actor, Contact, data, "contact_id")
    score = scores_of([lead], clock.now())[lead.id].points
    memory = Memory(lead.status, score=score)
    _take(actor, lead, memory)
    shared = {"owner_id": records.owner_along(lead, actor), "source": lead.source}
    lead.account_id = _account_of(actor, lead, data, account, contact, shared, memory)
    lead.contact_id = _contact_of(actor, lead, data, contact, shared, memory)
    lead.deal_id = _deal_of(actor, lead, data, shared, memory)
    memory.activities = hand_promises_on(lead.id, **_became(lead))
    lead.status, lead.converted_at = LeadStatus.CONVERTED, clock.now()
    lead.touch()
    index_lead(lead)
    close_alerts(lead_id=lead.id, outcome="done", by=actor.id)
    _tell("lead.converted", actor, lead, {"score": memory.score})
    lead.conversion = memory.close()
    return _became(lead)


def _take(actor: Viewer, lead: Lead, memory: Memory) -> None:
    """Make a lead that is nobody's the actor's: else everybody could undo what he made of it."""
    if lead.owner_id is not None:
        return
    memory.taker_id, memory.team_id = actor.id, lead.team_id
    take(actor, lead)


def _give_back(lead: Lead, memory: Memory) -> None:
    """Make it nobody's again, unless somebody gave it to another since."""
    if memory.taker_id and lead.owner_id == memory.taker_id:
        lead.owner_id = lead.claimed_at = lead.given_at = None
        lead.team_id = memory.team_id


def _became(lead: Lead) -> dict[str, str | None]:
    return {
        "account_id": lead.account_id,
        "contact_id": lead.contact_id,
        "deal_id": lead.deal_id,
    }


def _tell(kind: str, actor: Viewer, lead: Lead, data: dict[str, Any]) -> None:
    record(
        kind,
        actor.id,
        lead_id=lead.id,
        account_id=lead.account_id,
        contact_id=lead.contact_id,
        deal_id=lead.deal_id,
        data=data,
    )


def _known(actor: Viewer, model: Any, data: dict[str, Any], field: str) -> Any:
    if not data.get(field):
        return None
    found = find(actor, model, data[field], lock=True)
    if found is None or found.archived_at is not None:
        raise errors.ValidationError({field: [_("This is not a known record.")]})
    return found


def _account_of(
    actor: Viewer,
    lead: Lead,
    data: dict[str, Any],
    account: Account | None,
    contact: Contact | None,
    shared: dict[str, Any],
    memory: Memory,
) -> str | None:
    if account is not None:
        changed = fill(actor, "account", account, lead)
        memory.filled["account"] = {"id": account.id, "changed": changed}
        return account.id
    if not data.get("account_name"):
        own = find(actor, Account, contact.account_id) if contact else None
        return own.id if own else None
    new = {**shared, **along(lead, "account"), "name": data["account_name"]}
    made = create_account.inside(actor, new)
    memory.made["account"] = {"id": made}
    return made


def _contact_of(
    actor: Viewer,
    lead: Lead,
    data: dict[str, Any],
    contact: Contact | None,
    shared: dict[str, Any],
    memory: Memory,
) -> str:
    if contact is not None:
        changed = fill(actor, "contact", contact, lead, account_id=lead.account_id)
        memory.filled["contact"] = {"id": contact.id, "changed": changed}
        return contact.id
    new = {
        **along(lead, "contact"),
        **shared,
        "name": data["contact_name"],
        "account_id": lead.account_id,
        "tags": tags_of(lead.id),
    }
    made = create_contact.inside(actor, new)
    memory.made["contact"] = {"id": made}
    return made


def _deal_of(
    actor: Viewer, lead: Lead, data: dict[str, Any], shared: dict[str, Any], memory: Memory
) -> str | None:
    if not data.get("deal_name"):
        return None
    asked = {name: data.get(name) for name in ("amount", "currency", "stage_id")}
    links = {"account_id": lead.account_id, "contact_id": lead.contact_id}
    new = {**shared, **asked, **links, "name": data["deal_name"], "needs": lead.needs}
    made = create_deal.inside(actor, new)
    memory.made["deal"] = {"id": made}
    return made


@command
def undo_conversion(actor: Viewer, lead_id: str) -> dict[str, str]:
    """Make an open lead of it again, as before; what the conversion made is archived.

    Returns what was made and stays, by kind, with the reason: "changed" (something happened to it
    since), "used" (by what stays) or "unseen" (the actor may not see it). Twice is once. Raises
    Conflict after thirty days.
    """
    hold_promises(lead_id)
    lead = get(actor, Lead, lead_id, lock=True)
    if lead.status != LeadStatus.CONVERTED:
        return {}
    if undo_until(lead) is None:
        raise errors.Conflict(_("This conversion can no longer be undone: that is for 30 days."))
    memory = Memory(**(lead.conversion or {}))
    stays = _what_stays(actor, memory)
    take_promises_back(lead.id, memory.activities, _let_go(memory, stays))
    for kind, one in memory.filled.items():
        if known := find(actor, MODELS[kind], one["id"], lock=True):
            changed = dict(one["changed"])
            if "account" in stays:
                changed.pop("account_id", None)
            put_back(actor, kind, known, changed)
    for kind, one in memory.made.items():
        if kind not in stays:
            _ARCHIVE[kind].inside(actor, one["id"])
    _tell("lead.conversion_undone", actor, lead, {"stays": stays} if stays else {})
    lead.status, lead.converted_at, lead.conversion = memory.status, None, None
    lead.account_id = lead.contact_id = lead.deal_id = None
    _give_back(lead, memory)
    lead.touch()
    index_lead(lead)
    return stays


def _let_go(memory: Memory, stays: Mapping[str, str]) -> list[str]:
    """Return the kinds of which the steps lose the record: what is put away, else all of them."""
    return [kind for kind in memory.made if kind not in stays] if stays else list(MODELS)


def _what_stays(actor: Viewer, memory: Memory) -> dict[str, str]:
    """Look at all of them before anything is written: each archiving is an entry on the others."""
    stays: dict[str, str] = {}
    for kind, model in MODELS.items():
        if one := memory.made.get(kind):
            record_ = find(actor, model, one["id"], lock=True)
            if record_ is None:
                stays[kind] = "unseen"
            elif (record_.version, entries_about(kind, one["id"])) != (
                one["version"],
                one["entries"],
            ):
                stays[kind] = "changed"
            elif stays:
                stays[kind] = "used"
    return stays
