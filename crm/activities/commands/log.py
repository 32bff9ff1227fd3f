"""Log what happened: the activity, the deal's move, the next step and a new person, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm import clock, errors
from crm.accounts.commands import create_contact
from crm.activities.commands.links import MODELS, Links, find_links, is_seen
from crm.activities.commands.schemas import LogSchema
from crm.activities.commands.signals import tell_lead
from crm.activities.commands.writing import entry, find_known, insert_row, new_row, used_before
from crm.activities.models import Activity, ActivityKind
from crm.alerts.closing import close_alerts
from crm.database import command, db
from crm.deals.commands import Overtaken, move, refuse_stale, stage_seen
from crm.deals.models import Deal, Stage
from crm.deals.stages import get_stage
from crm.i18n import _
from crm.schema import load
from crm.users.ownership import find
from crm.users.viewer import Viewer

Data = Mapping[str, Any]


@command
def log_activity(
    actor: Viewer, payload: Mapping[str, Any], overtaken: list[Overtaken] | None = None
) -> dict[str, Any]:
    """Write what happened, move the deal and set the next step: all of it or nothing.

    A caller that hands in the list `overtaken` gets the move that came too late in it, and all the
    rest is written; else that is a Conflict.

    `happened_at` defaults to now; `planned_id` names the planned activity that this one fulfils.
    Returns the ids: activity_id, contact_id, stage_entry_id, next_step_id. An activity id that
    exists already is answered with itself if it says the same; ValidationError if it does not.
    """
    data = load(LogSchema, payload)
    _refuse_one_id_twice(data)
    planned = find(actor, Activity, data.get("planned_id"), lock=True)
    known = _known(actor, data, planned)
    if known is not None:
        return {
            "activity_id": known.id,
            "contact_id": known.contact_id,
            "stage_entry_id": known.stage_entry_id,
            "next_step_id": (data.get("next_step") or {}).get("id"),
        }
    links = _links(actor, data, planned)
    at = min(data.get("happened_at") or clock.now(), clock.now())
    wanted = _wish(data.get("deal") or {}, at)
    stage = _stage_ahead(actor, links.deal, wanted, overtaken)
    write = _add if planned is None or not planned.is_planned else _fulfil
    activity_id, stage_entry_id = write(actor, planned, links, stage, data, at)
    links.touch(at)
    return {
        "activity_id": activity_id,
        "contact_id": links.contact_id,
        "stage_entry_id": stage_entry_id,
        "next_step_id": _next_step(actor, links, data.get("next_step")),
    }


def _refuse_one_id_twice(data: Data) -> None:
    parts = ("next_step", "new_contact")
    ids = [data.get("id"), *((data.get(part) or {}).get("id") for part in parts)]
    given = [i for i in ids if i]
    if len(set(given)) < len(given):
        raise used_before()


def _known(actor: Viewer, data: Data, planned: Activity | None) -> Any:
    """Return the activity that this log wrote before, under another capture's id."""
    if known := find_known(actor, data.get("id")):
        if not _says_the_same(known, data):
            raise used_before()
        return known
    if planned is None or planned.is_planned or planned.done_at != data.get("happened_at"):
        return None
    return planned if _says_the_same(planned, data) else None


def _says_the_same(activity: Any, data: Data) -> bool:
    # A promise that was kept may have had words of its own: no words said is no other words.
    told = ("kind", "outcome") if data.get("note") is None else ("kind", "outcome", "note")
    return all(getattr(activity, name) == data.get(name) for name in told)


def _links(actor: Viewer, data: Data, planned: Activity | None) -> Links:
    deal = data.get("deal") or {}
    named = {field: data.get(field) for field in MODELS} | {"deal_id": deal.get("id")}
    if data.get("new_contact"):
        named["contact_id"] = _meet(actor, data["new_contact"])
    if planned is not None:
        for field in MODELS:
            promised = getattr(planned, field)
            if not named[field] and promised and is_seen(actor, field, promised):
                named[field] = promised
    return find_links(actor, named, lock_deal=bool(deal.get("to_stage_id")))


def _meet(actor: Viewer, person: Data) -> str:
    phones = [person["phone"]] if person.get("phone") else []
    try:
        return create_contact.inside(
            actor,
            {
                "id": person.get("id"),
                "name": person["name"],
                "phones": phones,
                "account_id": person.get("account_id"),
            },
        )
    except errors.ValidationError as error:
        raise errors.ValidationError(
            {f"new_contact.{name}": said for name, said in error.fields.items()}
        ) from error


def _add(
    actor: Viewer,
    _planned: Activity | None,
    links: Links,
    stage: Stage | None,
    data: Data,
    at: datetime,
) -> tuple[str, str | None]:
    names = ("id", "kind", "subject", "note", "outcome", "import_key")
    row = new_row(actor, {**{n: data.get(n) for n in names}, **links.ids(), "done_at": at})
    entry("activity.logged", actor, row, at=at)
    row["stage_entry_id"] = _move_along(actor, links.deal, stage, data, at)
    insert_row(row)
    tell_lead(actor, row)
    return row["id"], row["stage_entry_id"]


def _fulfil(
    actor: Viewer, planned: Any, links: Links, stage: Stage | None, data: Data, at: datetime
) -> tuple[str, str | None]:
    planned.kind, planned.done_at, planned.outcome = data["kind"], at, data.get("outcome")
    planned.note = data.get("note") or planned.note
    for field, record_id in links.ids().items():
        setattr(planned, field, record_id or getattr(planned, field))
    planned.touch()
    close_alerts(activity_id=planned.id, outcome="done", by=actor.id)
    entry("activity.logged", actor, planned, at=at)
    planned.stage_entry_id = _move_along(actor, links.deal, stage, data, at)
    tell_lead(actor, planned)
    return planned.id, planned.stage_entry_id


def _wish(deal: Data, at: datetime) -> dict[str, Any]:
    return {**deal, "version": deal.get("base_version"), "chosen_at": at}


def _stage_ahead(
    actor: Viewer, deal: Deal | None, wanted: Data, overtaken: list[Overtaken] | None
) -> Stage | None:
    if deal is None or not wanted.get("to_stage_id"):
        return None
    to, version = wanted["to_stage_id"], wanted.get("version")
    if not wanted.get("from_stage_id") and to == stage_seen(deal, version):
        return None
    try:
        stage = get_stage(to)
        refuse_stale(actor, deal, stage, wanted)
    except errors.NotFound:
        # A stage is put away, never deleted: the wish for it can still be named and decided on.
        gone = db.session.get(Stage, to)
        if overtaken is None or gone is None:
            raise errors.ValidationError(
                {"deal.to_stage_id": [_("That stage is no longer there.")]}
            ) from None
        overtaken.append(Overtaken(deal, gone, wanted.get("lost_reason")))
        return None
    except Overtaken as rival:
        if overtaken is None:
            raise
        overtaken.append(rival)
        return None
    return stage


def _move_along(
    actor: Viewer, deal: Deal | None, stage: Stage | None, data: Data, at: datetime
) -> str | None:
    if deal is None or stage is None:
        return None
    reason = data["deal"].get("lost_reason")
    return move(actor, deal, stage, reason, chosen_at=at.isoformat())


def _next_step(actor: Viewer, links: Links, step: Data | None) -> str | None:
    if not step:
        return None
    if known := find_known(actor, step.get("id")):
        return str(known.id)
    names = ("id", "kind", "subject", "due_at", "has_time")
    row = new_row(
        actor,
        {
            "kind": ActivityKind.CALL,
            **{n: step[n] for n in names if step.get(n) is not None},
            **links.ids(),
        },
    )
    insert_row(row)
    entry("activity.planned", actor, row)
    return str(row["id"])
