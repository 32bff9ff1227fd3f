"""Writes of activities: log what happened, promise what is next, keep, correct or withdraw it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import fields
from sqlalchemy import update

from crm import clock, errors, records
from crm.accounts.commands import create_contact
from crm.accounts.models import Account, Contact
from crm.activities.models import OUTCOMES, Activity, ActivityKind
from crm.database import command, db, new_id
from crm.deals.commands import move, put_back
from crm.deals.models import Deal
from crm.deals.stages import get_stage
from crm.i18n import _
from crm.leads.models import Lead, LeadStatus
from crm.schema import Flag, Key, Moment, OneOf, Schema, Str, Whole, load
from crm.timeline.record import record
from crm.users.ownership import find, get
from crm.users.viewer import Viewer


class NewContactSchema(Schema):
    """A person met for the first time, named in the sheet itself."""

    id = Key()
    name = Str(200, required=True)
    phone = Str(40)
    account_id = Key()


class DealMoveSchema(Schema):
    id = Key(required=True)
    to_stage_id = Key()
    base_version = Whole()
    lost_reason = Str(200)


class NextStepSchema(Schema):
    id = Key()
    kind = OneOf(ActivityKind)
    subject = Str(200)
    due_at = Moment(required=True)
    has_time = Flag(load_default=True)


class LogSchema(Schema):
    """A meeting as the capture sheet sends it (capture.md, «Message and answers»)."""

    id = Key()
    kind = OneOf(ActivityKind, required=True)
    subject = Str(200)
    note = Str(10_000)
    outcome = OneOf(OUTCOMES)
    happened_at = Moment()
    planned_id = Key()
    contact_id = Key()
    new_contact = fields.Nested(NewContactSchema, allow_none=True)
    account_id = Key()
    lead_id = Key()
    deal = fields.Nested(DealMoveSchema, allow_none=True)
    next_step = fields.Nested(NextStepSchema, allow_none=True)
    import_key = Str(200)


class PlanSchema(NextStepSchema):
    kind = OneOf(ActivityKind, required=True)
    note = Str(10_000)
    ends_at = Moment()
    contact_id = Key()
    account_id = Key()
    lead_id = Key()
    deal_id = Key()


class _Links:
    """The records an activity is about, each looked up as the actor sees it."""

    def __init__(self, actor: Viewer, data: Mapping[str, Any], *, lock: bool = False) -> None:
        self.deal = self._one(actor, Deal, data.get("deal_id"), lock)
        self.contact = self._one(actor, Contact, data.get("contact_id"), False)
        self.lead = self._one(actor, Lead, data.get("lead_id"), lock)
        self.account = self._one(actor, Account, data.get("account_id"), False)
        self.contact_id = self.contact.id if self.contact else (
            self.deal.contact_id if self.deal else None
        )
        self.account_id = next(
            (a for a in (
                self.account.id if self.account else None,
                self.deal.account_id if self.deal else None,
                self.contact.account_id if self.contact else None,
            ) if a), None,
        )

    def _one(self, actor: Viewer, model: Any, record_id: str | None, lock: bool) -> Any:
        if record_id is None:
            return None
        found = find(actor, model, record_id, lock=lock)
        if found is None:
            field = f"{model.__tablename__}_id"
            raise errors.ValidationError({field: [_("This is not a known record.")]})
        return found

    def ids(self) -> dict[str, str | None]:
        return {
            "deal_id": self.deal.id if self.deal else None,
            "contact_id": self.contact_id,
            "account_id": self.account_id,
            "lead_id": self.lead.id if self.lead else None,
        }

    def touch(self, at: datetime) -> None:
        """Note on each record that something was done; it is no change of the record itself."""
        for row in (self.deal, self.contact, self.lead, self.account):
            if row is not None and (row.last_activity_at is None or row.last_activity_at < at):
                row.last_activity_at = at
        if self.account is None and self.account_id:
            db.session.execute(
                update(Account).where(Account.id == self.account_id).values(last_activity_at=at)
            )
        if self.lead is not None and self.lead.status == LeadStatus.NEW:
            self.lead.status = LeadStatus.WORKING


def _existing(actor: Viewer, activity_id: str | None) -> str | None:
    if activity_id and db.session.get(Activity, activity_id) is not None:
        return get(actor, Activity, activity_id).id
    return None


def _new(actor: Viewer, links: _Links, **values: Any) -> Activity:
    now = clock.now()
    activity = Activity(
        owner_id=actor.id, team_id=actor.team_id, created_at=now, updated_at=now, version=1,
        **links.ids(), **values,
    )
    db.session.add(activity)
    return activity


@command
def log_activity(actor: Viewer, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Write what happened, move the deal and set the next step: all of it or nothing.

    `happened_at` defaults to now; `planned_id` names the planned activity that this one fulfils.
    Returns the ids: activity_id, contact_id, stage_entry_id, next_step_id. An activity id that
    exists already is answered with itself.
    """
    data = load(LogSchema(), payload)
    if known := _existing(actor, data.get("id")):
        return {"activity_id": known}
    deal_move = data.get("deal") or {}
    if data.get("new_contact"):
        data["contact_id"] = _meet(actor, data["new_contact"])
    links = _Links(actor, {**data, "deal_id": deal_move.get("id")}, lock=True)
    at = min(data.get("happened_at") or clock.now(), clock.now())
    planned = find(actor, Activity, data.get("planned_id"), lock=True)
    if planned is not None and planned.is_planned:
        activity = planned
        activity.kind, activity.done_at = data["kind"], at
        activity.outcome = data.get("outcome")
        activity.note = data.get("note") or activity.note
        activity.touch()
    else:
        activity = _new(
            actor, links, id=data.get("id") or new_id(), kind=data["kind"], done_at=at,
            subject=data.get("subject"), note=data.get("note"), outcome=data.get("outcome"),
            import_key=data.get("import_key"),
        )
    links.touch(at)
    _entry("activity.logged", actor, activity, at=at)
    activity.stage_entry_id = _move_along(actor, links.deal, deal_move)
    step_id = _next_step(actor, links, data.get("next_step"))
    return {
        "activity_id": activity.id, "contact_id": links.contact_id,
        "stage_entry_id": activity.stage_entry_id, "next_step_id": step_id,
    }


def _meet(actor: Viewer, person: Mapping[str, Any]) -> str:
    phones = [person["phone"]] if person.get("phone") else []
    return create_contact.inside(
        actor, {"id": person.get("id"), "name": person["name"], "phones": phones,
                "account_id": person.get("account_id")},
    )


def _entry(kind: str, actor: Viewer, activity: Activity, at: datetime | None = None) -> str:
    data = {
        "kind": activity.kind, "outcome": activity.outcome, "note": activity.note,
        "subject": activity.subject,
        "due_at": activity.due_at.isoformat() if activity.due_at else None,
    }
    return record(
        kind, actor.id, at=at, data={k: v for k, v in data.items() if v is not None},
        deal_id=activity.deal_id, contact_id=activity.contact_id, lead_id=activity.lead_id,
        account_id=activity.account_id, activity_id=activity.id,
    )


def _move_along(actor: Viewer, deal: Deal | None, wanted: Mapping[str, Any]) -> str | None:
    if deal is None or not wanted.get("to_stage_id"):
        return None
    stage = get_stage(wanted["to_stage_id"])
    base = wanted.get("base_version")
    if base is not None and base != deal.version and deal.stage_id != stage.id:
        raise errors.Conflict(_("Someone else moved this deal. Here is how it stands now."))
    return move(actor, deal, stage, wanted.get("lost_reason"))


def _next_step(actor: Viewer, links: _Links, step: Mapping[str, Any] | None) -> str | None:
    if not step or _existing(actor, step.get("id")):
        return step.get("id") if step else None
    planned = _new(
        actor, links, id=step.get("id") or new_id(), kind=step.get("kind") or ActivityKind.CALL,
        subject=step.get("subject"), due_at=step["due_at"], has_time=step["has_time"],
    )
    _entry("activity.planned", actor, planned)
    return planned.id


@command
def plan_activity(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Promise something for later (a next step, a meeting, a task) and return its id."""
    data = load(PlanSchema(), payload)
    if known := _existing(actor, data.get("id")):
        return known
    links = _Links(actor, data)
    planned = _new(
        actor, links, id=data.get("id") or new_id(),
        **{k: data.get(k) for k in ("kind", "subject", "note", "due_at", "ends_at", "has_time")},
    )
    _entry("activity.planned", actor, planned)
    return planned.id


@command
def complete_activity(actor: Viewer, activity_id: str, note: str | None = None) -> None:
    """Keep a promise: it is done now. Doing it twice changes nothing."""
    activity = get(actor, Activity, activity_id, lock=True)
    if not activity.is_planned:
        return
    activity.done_at = clock.now()
    activity.note = note or activity.note
    activity.touch()
    links = _Links(actor, {"deal_id": activity.deal_id}) if activity.deal_id else None
    if links:
        links.touch(activity.done_at)
    _entry("activity.completed", actor, activity)


@command
def reopen_activity(actor: Viewer, activity_id: str) -> None:
    """Take back that a promise was kept."""
    activity = get(actor, Activity, activity_id, lock=True)
    if activity.is_planned or activity.due_at is None:
        return
    activity.done_at = None
    activity.touch()
    _entry("activity.reopened", actor, activity)


class RescheduleSchema(Schema):
    due_at = Moment(required=True)
    has_time = Flag(load_default=True)


@command
def reschedule_activity(actor: Viewer, activity_id: str, payload: Mapping[str, Any]) -> None:
    """Promise it for another time."""
    data = load(RescheduleSchema(), payload)
    activity = get(actor, Activity, activity_id, lock=True)
    if not activity.is_planned:
        raise errors.Conflict(_("This is done already."))
    if activity.ends_at and activity.due_at:
        activity.ends_at = data["due_at"] + (activity.ends_at - activity.due_at)
    activity.due_at, activity.has_time = data["due_at"], data["has_time"]
    activity.touch()
    _entry("activity.rescheduled", actor, activity)


def may_correct(actor: Viewer, activity: Activity) -> bool:
    """Whether it is the actor's own, or his team's and he is the manager."""
    managed = actor.is_admin or (actor.is_manager and activity.team_id in actor.team_ids)
    return activity.owner_id == actor.id or managed


def _check_correctable(actor: Viewer, activity: Activity) -> None:
    if not may_correct(actor, activity):
        raise errors.NotAllowed(_("Only who wrote it, or the manager, can change it."))
    if activity.superseded_by_id or activity.withdrawn_at:
        raise errors.Conflict(_("This was corrected already."))


class CorrectSchema(Schema):
    id = Key()
    kind = OneOf(ActivityKind, required=True)
    outcome = OneOf(OUTCOMES)
    note = Str(10_000)
    happened_at = Moment()


@command
def correct_activity(actor: Viewer, activity_id: str, payload: Mapping[str, Any]) -> str:
    """Write the right activity beside a wrong one, which stays, struck through; return its id."""
    data = load(CorrectSchema(), payload)
    wrong = get(actor, Activity, activity_id, lock=True)
    _check_correctable(actor, wrong)
    if wrong.is_planned:
        raise errors.Conflict(_("This has not happened yet."))
    right = Activity(
        id=data.get("id") or new_id(), kind=data["kind"], outcome=data.get("outcome"),
        note=data.get("note"), done_at=data.get("happened_at") or wrong.done_at,
        subject=wrong.subject, owner_id=wrong.owner_id, team_id=wrong.team_id,
        deal_id=wrong.deal_id, contact_id=wrong.contact_id, account_id=wrong.account_id,
        lead_id=wrong.lead_id, stage_entry_id=wrong.stage_entry_id, version=1,
        created_at=clock.now(), updated_at=clock.now(),
    )
    db.session.add(right)
    wrong.superseded_by_id = right.id
    wrong.touch()
    _entry("activity.corrected", actor, right, at=right.done_at)
    return right.id


@command
def withdraw_activity(actor: Viewer, activity_id: str) -> None:
    """Take a wrong activity back, and the stage move logged with it, if the deal still stands there.

    It stays in the timeline, struck through.
    """
    activity = get(actor, Activity, activity_id, lock=True)
    _check_correctable(actor, activity)
    activity.withdrawn_at = clock.now()
    if activity.is_planned:
        records.archive(activity)
    activity.touch()
    if activity.stage_entry_id and activity.deal_id:
        deal = find(actor, Deal, activity.deal_id, lock=True)
        if deal is not None:
            try:
                put_back(actor, deal, activity.stage_entry_id)
            except errors.Conflict:
                pass  # the deal moved on since: only the meeting is taken back
    _entry("activity.withdrawn", actor, activity)
