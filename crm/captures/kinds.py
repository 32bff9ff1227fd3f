"""What a phone may send, and the command that each kind runs inside the ledger's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.accounts.commands import (
    AccountSchema,
    ContactSchema,
    create_account,
    create_contact,
)
from crm.activities.commands import (
    LogSchema,
    PlanSchema,
    complete_activity,
    log_activity,
    plan_activity,
)
from crm.deals.commands import DealSchema, create_deal, move_deal
from crm.leads.commands import LeadSchema, capture_lead
from crm.schema import Key, Schema, Str, Whole, load
from crm.users.viewer import Viewer

Result = dict[str, Any]
Body = Mapping[str, Any]


@dataclass(frozen=True)
class When:
    """When it was captured, by our clock, and how far the phone's clock is to be moved for that."""

    captured_at: datetime
    shift: timedelta


class CompleteSchema(Schema):
    activity_id = Key(required=True)
    note = Str(10_000)


class MoveSchema(Schema):
    deal_id = Key(required=True)
    stage_id = Key(required=True)
    from_stage_id = Key()
    base_version = Whole()
    lost_reason = Str(200)


def _log(actor: Viewer, body: Body, when: When) -> Result:
    happened_at = when.captured_at
    if body.get("happened_at"):
        try:
            happened_at = datetime.fromisoformat(body["happened_at"]) + when.shift
        except (TypeError, ValueError, OverflowError):
            return log_activity.inside(actor, body)  # which says what is wrong with it
    return log_activity.inside(actor, {**body, "happened_at": happened_at.isoformat()})


def _plan(actor: Viewer, body: Body, _when: When) -> Result:
    return {"activity_id": plan_activity.inside(actor, body)}


def _complete(actor: Viewer, body: Body, when: When) -> Result:
    data = load(CompleteSchema, body)
    complete_activity.inside(actor, data["activity_id"], data.get("note"), when.captured_at)
    return {"activity_id": data["activity_id"]}


def _move(actor: Viewer, body: Body, _when: When) -> Result:
    data = load(MoveSchema, body)
    entry = move_deal.inside(
        actor,
        data["deal_id"],
        {
            "stage_id": data["stage_id"],
            "version": data.get("base_version"),
            "from_stage_id": data.get("from_stage_id"),
            "lost_reason": data.get("lost_reason"),
        },
    )
    return {"deal_id": data["deal_id"], "stage_entry_id": entry}


def _create_deal(actor: Viewer, body: Body, _when: When) -> Result:
    return {"deal_id": create_deal.inside(actor, body)}


def _capture_lead(actor: Viewer, body: Body, _when: When) -> Result:
    return {"lead_id": capture_lead.inside(actor, body)}


def _create_contact(actor: Viewer, body: Body, _when: When) -> Result:
    return {"contact_id": create_contact.inside(actor, body)}


def _create_account(actor: Viewer, body: Body, _when: When) -> Result:
    return {"account_id": create_account.inside(actor, body)}


#: What each kind does, inside a command.
KINDS: dict[str, Callable[[Viewer, Body, When], Result]] = {
    "activity.log": _log,
    "activity.plan": _plan,
    "followup.complete": _complete,
    "deal.move": _move,
    "deal.create": _create_deal,
    "lead.capture": _capture_lead,
    "contact.create": _create_contact,
    "account.create": _create_account,
}
#: The schema of each kind's body.
BODIES: dict[str, type[Schema]] = {
    "activity.log": LogSchema,
    "activity.plan": PlanSchema,
    "followup.complete": CompleteSchema,
    "deal.move": MoveSchema,
    "deal.create": DealSchema,
    "lead.capture": LeadSchema,
    "contact.create": ContactSchema,
    "account.create": AccountSchema,
}
