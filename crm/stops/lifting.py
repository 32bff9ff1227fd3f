"""Lets automation go on: after a call that a person logged, or by an admin's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, exists, or_, select, update

from crm import clock, errors
from crm.activities.models import Activity, ActivityKind
from crm.alerts.telling import take_back
from crm.database import command, connection, is_id
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.schema import Schema, Str, load
from crm.stops.customers import CUSTOMER, named
from crm.stops.meeting import RULES, deal_left, lead_left
from crm.stops.models import Stop
from crm.stops.telling import cause_of, note, note_stop, tell_all
from crm.timeline.record import record_all
from crm.users.viewer import SYSTEM_ID, Viewer, require_admin

_STOP: Any = Stop.__table__
#: A call that reached nobody is no word with the customer.
REACHED_NOBODY = ("no_answer",)


def _is_call() -> Any:
    """Return the condition that an activity is a person's call that reached somebody."""
    return (
        (Activity.kind == ActivityKind.CALL)
        & Activity.done_at.is_not(None)
        & or_(Activity.outcome.is_(None), Activity.outcome.not_in(REACHED_NOBODY))
        & Activity.withdrawn_at.is_(None)
        & Activity.superseded_by_id.is_(None)
        # A file tells of calls of before, and of whatever else somebody wrote into it.
        & Activity.import_key.is_(None)
        & (Activity.owner_id != SYSTEM_ID)
    )


_RECORDS = ("deal_id", "lead_id", "account_id", "contact_id")
#: Built once: every capture of a call asks them.
_CALLS = select(
    Activity.id, Activity.done_at, *(getattr(Activity, name) for name in _RECORDS)
).where(Activity.id.in_(bindparam("ids", expanding=True)), _is_call())
_HELD = select(_STOP).order_by(_STOP.c.id).with_for_update(of=_STOP)
_OPEN = _HELD.where(_STOP.c.lifted_at.is_(None), _STOP.c.at < bindparam("before"), CUSTOMER.stops())
_STANDING = select(_STOP.c.id).where(_STOP.c.lifted_at.is_(None), CUSTOMER.stops()).limit(1)
_LIFTED_BY = _HELD.where(_STOP.c.lifted_activity_id.in_(bindparam("ids", expanding=True)))


def lift_by_calls(actor_id: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Lift what these calls answer, and put back what none does any more, inside a command."""
    if actor_id == SYSTEM_ID:
        return
    entries = [entry for entry in entries if not _changes_nothing(entry)]
    ids = {entry["activity_id"] for entry in entries}
    ids |= {entry["data"]["corrects"] for entry in entries if entry["data"].get("corrects")}
    calls = connection().execute(_CALLS, {"ids": sorted(ids)}).all() if ids else ()
    for call in calls:
        before = _next_minute(call.done_at)
        for stop in _held(_OPEN, before=before, **_named_by(call)):
            _lift(stop, actor_id, activity_id=call.id)
    untrue = sorted(ids - {call.id for call in calls})
    for stop in _held(_LIFTED_BY, ids=untrue) if untrue else ():
        _put_back(stop, actor_id)


def _named_by(row: Any) -> dict[str, str | None]:
    return named(**{name: getattr(row, name) for name in _RECORDS})


def _changes_nothing(entry: Mapping[str, Any]) -> bool:
    """Whether it is a new call to a customer whom no rule stands against: nearly every one."""
    whom = named(**{name: entry[name] for name in _RECORDS})
    return entry["kind"] == "activity.logged" and connection().scalar(_STANDING, whom) is None


def _next_minute(at: Any) -> Any:
    # By the minute: a time that somebody chose has no seconds.
    return at.replace(second=59, microsecond=999_999)


def _held(wanted: Any, **given: Any) -> Sequence[Row[Any]]:
    return connection().execute(wanted, given).all()


def _lift(stop: Any, actor_id: str, why: str | None = None, activity_id: str | None = None) -> None:
    now = clock.now()
    values = {
        "lifted_at": now,
        "lifted_by_id": actor_id,
        "lifted_why": why,
        "lifted_activity_id": activity_id,
        # Got smaller while nobody called: what comes next is another crossing.
        "over_at": now if _left(stop) else None,
    }
    connection().execute(update(_STOP).where(_STOP.c.id == stop.id).values(**values))
    row = stop._mapping
    if stop.told_user_id is not None:
        take_back(stop.told_user_id, cause_of(row))
    data = {"why": why, "activity_id": activity_id}
    record_all([note(row, "resumed", actor_id, **{k: v for k, v in data.items() if v})])


def _left(stop: Any) -> bool:
    model, left = (Deal, deal_left) if stop.deal_id else (Lead, lead_left)
    found = select(RULES.id).join_from(RULES.id.table, model, left(RULES, model))
    of = (RULES.id == stop.rule_id, model.id == (stop.deal_id or stop.lead_id))
    return connection().execute(found.where(*of)).first() is not None


def _put_back(stop: Any, actor_id: str) -> None:
    """Stop again what a call lifted that was none, unless another call was made since."""
    if other := _other_call(stop):
        changed = {"lifted_activity_id": other}
        connection().execute(update(_STOP).where(_STOP.c.id == stop.id).values(**changed))
        return
    newer = _STOP.alias()
    same = newer.c.deal_id == stop.deal_id if stop.deal_id else newer.c.lead_id == stop.lead_id
    standing = (newer.c.rule_id == stop.rule_id, newer.c.over_at.is_(None), newer.c.id != stop.id)
    if connection().scalar(select(exists(select(newer.c.id).where(same, *standing)))):
        return
    lifted = ("lifted_at", "lifted_by_id", "lifted_why", "lifted_activity_id", "over_at")
    values = {**dict.fromkeys(lifted), "round": stop.round + 1}
    connection().execute(update(_STOP).where(_STOP.c.id == stop.id).values(**values))
    row = {**stop._mapping, **values}
    record_all([note_stop(row, actor_id, again=True)])
    tell_all(actor_id, [row])


def _other_call(stop: Any) -> str | None:
    since = stop.at.replace(second=0, microsecond=0)
    same = or_(
        Activity.deal_id.in_(select(CUSTOMER.deals)),
        Activity.lead_id.in_(select(CUSTOMER.leads)),
        Activity.account_id.in_(select(CUSTOMER.accounts)),
        Activity.contact_id.in_(select(CUSTOMER.contacts)),
    )
    calls = select(Activity.id).where(_is_call(), Activity.done_at >= since, same)
    first = calls.order_by(Activity.done_at).limit(1)
    return connection().scalars(first, _named_by(stop)).first()


class LiftSchema(Schema):
    reason = Str(300, required=True)


@command
def lift_stop(actor: Viewer, stop_id: str, payload: Mapping[str, Any]) -> None:
    """Let automation go on without a call, for a reason that stands in the timeline; admins alone.

    One that is lifted already stays as it was lifted. Raises NotFound.
    """
    require_admin(actor)
    reason = load(LiftSchema(), payload)["reason"]
    found = _held(_HELD.where(_STOP.c.id == stop_id)) if is_id(stop_id) else ()
    if not found:
        raise errors.NotFound
    if found[0].lifted_at is None:
        _lift(found[0], actor.id, why=reason)


@command
def lift_rule(actor: Viewer, rule_id: str, payload: Mapping[str, Any]) -> int:
    """Lift all that one rule stopped, for a reason; admins alone. Returns how many."""
    require_admin(actor)
    reason = load(LiftSchema(), payload)["reason"]
    found = _held(_HELD.where(_STOP.c.rule_id == rule_id, _STOP.c.lifted_at.is_(None)))
    for stop in found:
        _lift(stop, actor.id, why=reason)
    return len(found)
