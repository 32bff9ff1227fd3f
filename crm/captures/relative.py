"""Spells out what a sheet says without a server: «tomorrow», «won», an account by its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm import errors
from crm.accounts.naming import account_named
from crm.activities.next_steps import NEXT_STEPS, at_ten, due_on, follow_up
from crm.captures.envelopes import Call
from crm.deals.models import Deal
from crm.deals.stages import get_pipeline, track_of
from crm.i18n import _
from crm.users.ownership import find
from crm.users.viewer import Viewer

Body = dict[str, Any]
CLOSED = ("won", "lost", "closed")


def spell_out_log(actor: Viewer, body: Mapping[str, Any], call: Call) -> Body:
    """Return a meeting's body with its times, its stage and its accounts in full, inside a
    command."""
    full = dict(body)
    for part, spell in (("next_step", _step), ("deal", _deal), ("new_contact", _person)):
        if isinstance(full.get(part), dict):
            full[part] = spell(actor, full[part], call, full.get("outcome"))
    return full


def spell_out_plan(actor: Viewer, body: Mapping[str, Any], call: Call) -> Body:
    """Return a promise's body with its time in full, inside a command."""
    full = _due(actor, dict(body), call, "when")
    full.setdefault("kind", "call")
    return full


def spell_out_account(actor: Viewer, body: Mapping[str, Any]) -> Body:
    """Return the body with `account_id` for an account that it names, inside a command: the visible
    one of that name, else a new one with the id that the phone gave it."""
    full = dict(body)
    new = full.pop("new_account", None)
    if full.get("account_id") or not new:
        return full
    if not isinstance(new, dict) or not isinstance(new.get("name"), str) or not new["name"].strip():
        raise errors.ValidationError({"new_account": [_("This cannot be read.")]})
    full.pop("account_name", None)
    more = {"id": new["id"]} if new.get("id") else {}
    full["account_id"] = account_named(actor, new["name"], **more)
    return full


def stage_meant(actor: Viewer, deal_id: Any, to: Any, outcome: Any = None) -> Any:
    """Return the stage that «won», «lost» or «closed» means for this deal, inside a command; None
    if the deal is out of sight, which the command itself says."""
    if to not in CLOSED:
        return to
    deal = find(actor, Deal, deal_id)
    if deal is None:
        return None
    track = track_of(get_pipeline(deal.pipeline_id))
    is_lost = to == "lost" or (to == "closed" and outcome == "lost")
    return track.lost.id if is_lost else track.won.id


def _deal(actor: Viewer, deal: Body, _call: Call, outcome: Any) -> Body:
    full = dict(deal)
    if "from" in full:
        full["from_stage_id"] = full.pop("from")
    if "to" in full:
        to = full.pop("to")
        full["to_stage_id"] = stage_meant(actor, full.get("id"), to, outcome)
    if full.get("to_stage_id") and full["to_stage_id"] == full.get("from_stage_id"):
        # The sheet shows a stage even where nobody chose another: that is no wish to move.
        return {"id": full.get("id")}
    return full


def _person(actor: Viewer, person: Body, _call: Call, _outcome: Any) -> Body:
    full = dict(person)
    if name := full.pop("account_name", None):
        full["new_account"] = full.get("new_account") or {"name": name}
    return spell_out_account(actor, full)


def _step(actor: Viewer, step: Body, call: Call, outcome: Any) -> Body:
    if "when" not in step:
        return step
    usual = follow_up(outcome if isinstance(outcome, str) else None)
    said = {k: v for k, v in step.items() if v is not None}
    return _due(actor, {**usual, **said}, call, "next_step.when")


def _due(actor: Viewer, full: Body, call: Call, name: str) -> Body:
    """Put the moment in place of `when`, from the day of the capture where its author was."""
    if "when" not in full:
        return full
    when = full.pop("when")
    try:
        if when in NEXT_STEPS:
            day = due_on(when, call.captured_at.astimezone(actor.locale.tz).date(), actor.locale)
        else:
            day = date.fromisoformat(when)
        return {**full, "due_at": at_ten(day, actor.locale).isoformat()}
    except (TypeError, ValueError, OverflowError):
        raise errors.ValidationError({name: [_("Choose a date.")]}) from None
