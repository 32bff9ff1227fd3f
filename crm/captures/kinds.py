"""What each kind of capture does: the command that it runs inside the ledger's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from crm import errors
from crm.accounts.commands import create_account, create_contact
from crm.activities.commands import (
    complete_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    withdraw_activity,
)
from crm.activities.models import Activity
from crm.captures import leads
from crm.captures.bodies import (
    CompleteSchema,
    ConvertBody,
    DecideSchema,
    MoveSchema,
    WithdrawSchema,
)
from crm.captures.contests import contest_move, contest_reason
from crm.captures.corrections import correct_activity
from crm.captures.decisions import resolve_decision
from crm.captures.edits import edit_record
from crm.captures.envelopes import Call
from crm.captures.relative import (
    spell_out_account,
    spell_out_log,
    spell_out_plan,
    stage_meant,
)
from crm.conversions.commands import convert_lead
from crm.database import is_id
from crm.deals.commands import Overtaken, create_deal, move_deal
from crm.deals.models import Deal
from crm.i18n import _
from crm.leads.commands import capture_lead
from crm.leads.models import Lead
from crm.schema import load
from crm.users.ownership import find
from crm.users.viewer import Viewer

Result = dict[str, Any]
Body = Mapping[str, Any]


def _log(actor: Viewer, body: Body, call: Call) -> Result:
    full = spell_out_log(actor, body, call)
    full["happened_at"] = _happened_at(body.get("happened_at"), call)
    overtaken: list[Overtaken] = []
    result = log_activity.inside(actor, full, overtaken)
    for rival in overtaken:
        contest_move(actor, call, rival, result["activity_id"])
    if not overtaken and not result["stage_entry_id"]:
        contest_reason(actor, call, full.get("deal") or {}, result["activity_id"])
    return result


def _happened_at(said: Any, call: Call) -> Any:
    """Return when it was, by our clock; what cannot be read is left for the command to refuse."""
    if not said:
        return call.captured_at.isoformat()
    try:
        return (datetime.fromisoformat(said) + call.shift).isoformat()
    except (TypeError, ValueError, OverflowError):
        return said


def _plan(actor: Viewer, body: Body, call: Call) -> Result:
    return {"activity_id": plan_activity.inside(actor, spell_out_plan(actor, body, call))}


def _complete(actor: Viewer, body: Body, call: Call) -> Result:
    data = load(CompleteSchema, body)
    _must_see(actor, Activity, data, "activity_id")
    if data["done"]:
        complete_activity.inside(actor, data["activity_id"], data.get("note"), call.captured_at)
    else:
        reopen_activity.inside(actor, data["activity_id"])
    return {"activity_id": data["activity_id"]}


def _withdraw(actor: Viewer, body: Body, _call: Call) -> Result:
    data = load(WithdrawSchema, body)
    _must_see(actor, Activity, data, "activity_id")
    withdraw_activity.inside(actor, data["activity_id"])
    return {"activity_id": data["activity_id"]}


def _correct(actor: Viewer, body: Body, call: Call) -> Result:
    data = dict(body)
    wrong = data.pop("activity_id", None)
    _must_see(actor, Activity, {"activity_id": wrong}, "activity_id")
    if data.get("happened_at"):
        data["happened_at"] = _happened_at(data["happened_at"], call)
    return {"activity_id": correct_activity.inside(actor, str(wrong), data)}


def _move(actor: Viewer, body: Body, call: Call) -> Result:
    full = dict(body)
    if "to" in full:
        full["stage_id"] = stage_meant(actor, full.get("deal_id"), full.pop("to"))
    if "from" in full:
        full["from_stage_id"] = full.pop("from")
    if is_id(full.get("deal_id")):
        _must_see(actor, Deal, full, "deal_id")
    data = load(MoveSchema, full)
    deal_id, version = data.pop("deal_id"), data.pop("base_version", None)
    wanted = {**data, "version": version}
    entry = None
    try:
        entry = move_deal.inside(
            actor, deal_id, {**wanted, "chosen_at": call.captured_at.isoformat()}
        )
        if entry is None:
            contest_reason(actor, call, {**wanted, "id": deal_id, "to_stage_id": data["stage_id"]})
    except Overtaken as rival:
        contest_move(actor, call, rival)
    except errors.NotFound:
        raise errors.ValidationError({"stage_id": [_("That stage is no longer there.")]}) from None
    return {"deal_id": deal_id, "stage_entry_id": entry}


def _create_deal(actor: Viewer, body: Body, _call: Call) -> Result:
    return {"deal_id": create_deal.inside(actor, spell_out_account(actor, body))}


def _capture_lead(actor: Viewer, body: Body, call: Call) -> Result:
    """A lead has no account yet: the one that was named is its company. The photo of its card may
    stand for its name."""
    full = dict(body)
    new = full.pop("new_account", None)
    name = full.pop("account_name", None) or (new.get("name") if isinstance(new, dict) else None)
    full["company"] = full.get("company") or name
    full["card_at"] = call.captured_at.isoformat() if call.blobs else None
    return {"lead_id": capture_lead.inside(actor, full)}


def _convert_lead(actor: Viewer, body: Body, _call: Call) -> Result:
    data = load(ConvertBody, body)
    lead_id = data.pop("lead_id")
    _must_see(actor, Lead, {"lead_id": lead_id}, "lead_id")
    wanted = {name: value for name, value in body.items() if name != "lead_id"}
    return {"lead_id": lead_id, **convert_lead.inside(actor, lead_id, wanted)}


def _create_contact(actor: Viewer, body: Body, _call: Call) -> Result:
    return {"contact_id": create_contact.inside(actor, spell_out_account(actor, body))}


def _create_account(actor: Viewer, body: Body, _call: Call) -> Result:
    return {"account_id": create_account.inside(actor, body)}


def _decide(actor: Viewer, body: Body, _call: Call) -> Result:
    data = load(DecideSchema, body)
    resolve_decision.inside(actor, data["decision_id"], data["keep"])
    return {"decision_id": data["decision_id"]}


def _must_see(actor: Viewer, model: Any, data: Body, field: str) -> None:
    if find(actor, model, data.get(field)) is None:
        raise errors.OutOfSight({field: [_("This is not a known record.")]})


#: What each kind does, inside a command. `bodies.BODIES` says what it takes.
KINDS: dict[str, Callable[[Viewer, Body, Call], Result]] = {
    "activity.log": _log,
    "activity.plan": _plan,
    "activity.correct": _correct,
    "activity.withdraw": _withdraw,
    "followup.complete": _complete,
    "deal.move": _move,
    "deal.create": _create_deal,
    "lead.capture": _capture_lead,
    "lead.convert": _convert_lead,
    "lead.claim": leads.claim,
    "lead.defer": leads.defer,
    "lead.disqualify": leads.disqualify,
    "contact.create": _create_contact,
    "account.create": _create_account,
    "record.edit": edit_record,
    "decision.resolve": _decide,
}
