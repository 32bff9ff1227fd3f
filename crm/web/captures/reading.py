"""From the sheet's form to the body of a capture."""

from __future__ import annotations

from datetime import date
from typing import Any

from crm import clock, errors
from crm.activities.models import ActivityKind
from crm.activities.next_steps import NEXT_STEPS
from crm.i18n import _, formatting, parse_date
from crm.users.viewer import Viewer
from crm.web.captures.sheet import by_ref


def by_field(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Name the sheet's fields as its form does."""
    names = {
        "contact_id": "who",
        "deal_id": "who",
        "deal.id": "who",
        "lead_id": "who",
        "account_id": "who",
        "new_contact.name": "new_name",
        "new_contact.phone": "new_phone",
        "next_step.due_at": "next_step_on",
        "next_step.when": "next_step_on",
        "new_contact.phones": "new_phone",
    }
    return {names.get(name, name): said for name, said in fields.items()}


def body_of(me: Viewer, form: Any) -> dict[str, Any]:
    """Return what the form says as a phone would say it: stages and days are meant by the
    capture's own reading, the same for both. Raises ValidationError."""
    kind = form.get("kind") if form.get("kind") in set(ActivityKind) else "meeting"
    body: dict[str, Any] = {
        "id": form.get("capture_id"),
        "kind": kind,
        "outcome": form.get("outcome"),
        "note": form.get("note"),
        "planned_id": form.get("activity_id"),
    }
    _put_whom(me, form, body)
    deal_id = form.get("deal_id")
    if deal_id and form.get("deal_for", "") in ("", form.get("who", "")):
        body["deal"] = _deal_move(deal_id, form)
    body["next_step"] = _next_step(form)
    if not any(body.get(k) for k in ("contact_id", "lead_id", "account_id", "new_contact", "deal")):
        raise errors.ValidationError({"who": [_("Choose who it was with.")]})
    return {k: v for k, v in body.items() if v}


def _put_whom(me: Viewer, form: Any, body: dict[str, Any]) -> None:
    who = form.get("who", "")
    if who == "new" or (not who and form.get("new_name")):
        body["new_contact"] = {
            "id": form.get("new_id"),
            "name": form.get("new_name"),
            "phone": form.get("new_phone"),
        }
        return
    found = by_ref(me, who)
    if found is not None:
        body[f"{found[0]}_id"] = found[1].id
    elif who not in ("", "search"):
        raise errors.ValidationError({"who": [_("This is not a known record.")]})


def _deal_move(deal_id: str, form: Any) -> dict[str, Any]:
    move: dict[str, Any] = {"id": deal_id}
    wanted = form.get("stage_id")
    if form.get("outcome") == "lost":
        wanted = "lost"
        move["lost_reason"] = form.get("lost_reason")
    # Also where it stands there: by the second tap it does, and must read as the first one did.
    if wanted:
        move |= {"to": wanted, "base_version": form.get("version")}
    return move


def _next_step(form: Any) -> dict[str, Any] | None:
    step = form.get("next_step")
    if step == "date":
        today = formatting.local(clock.now()).date()
        step = _day(form.get("next_step_on"), today).isoformat()
    elif step not in NEXT_STEPS:
        return None
    return {"id": form.get("step_id"), "when": step}


def _day(text: str | None, today: date) -> date:
    if not (text or "").strip():
        raise errors.ValidationError({"next_step_on": [_("Choose a date.")]})
    try:
        return parse_date(str(text), today=today)
    except ValueError as error:
        raise errors.ValidationError({"next_step_on": [str(error)]}) from None
