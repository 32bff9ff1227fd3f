"""Notices that a deal or lead crossed a rule, and that one of before is under it again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import aliased

from crm import clock
from crm.database import command, connection, dialect_insert, new_id
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.stops.meeting import RULES, crossing_deals, crossing_leads, deal_left, lead_left
from crm.stops.models import Stop
from crm.stops.telling import note_stop, people_to_tell, tell_all
from crm.timeline.record import record_all
from crm.users.viewer import SYSTEM_ID, Viewer

_STOP: Any = Stop.__table__
_REASON = ("field", "comparison", "value", "currency", "actual")
_TAKEN = ("rule_id", "deal_id", "lead_id", "account_id", "contact_id")


def notice(
    actor_id: str,
    deal_ids: Collection[str] = (),
    lead_ids: Collection[str] = (),
    changed: Collection[str] = (),
) -> None:
    """Stop automation for those of these deals and leads that crossed a rule, inside a command.

    An invented deal only when somebody `changed` it: nothing is ever sent to the sample's people,
    and whoever tries it out sees what happens to the one that he made large.
    """
    found: list[Any] = []
    if deal_ids:
        end_left(Deal, Deal.id.in_(deal_ids))
        tried = or_(~Deal.is_sample, Deal.id.in_(changed))
        found += connection().execute(crossing_deals(RULES, Deal.id.in_(deal_ids), tried))
    if lead_ids:
        end_left(Lead, Lead.id.in_(lead_ids))
        found += connection().execute(crossing_leads(RULES, Lead.id.in_(lead_ids), ~Lead.is_sample))
    write_stops(actor_id, found)


def end_left(model: Any, *wanted: Any) -> None:
    """End the lifted stops of what no longer meets its rule, inside a command: the next crossing is
    another. One that is open stays as it is: nobody called by its getting smaller."""
    standing = select(_STOP.c.id).join(model, model.id == _of(model))
    # Held before it is looked at: who lifts one at this moment sees the deal as it was.
    held = standing.where(_STOP.c.over_at.is_(None), *wanted).order_by(_STOP.c.id)
    ids = connection().scalars(held.with_for_update(of=_STOP)).all()
    if ids:
        lifted = (_STOP.c.id.in_(ids), _STOP.c.lifted_at.is_not(None))
        ended = update(_STOP).where(*lifted, _has_left(model))
        connection().execute(ended.values(over_at=clock.now()))


def _of(model: Any) -> Any:
    return _STOP.c.deal_id if model is Deal else _STOP.c.lead_id


def _has_left(model: Any) -> Any:
    """Return the condition that the record of a stop no longer meets its rule."""
    record = aliased(model)
    left = deal_left(RULES, record) if model is Deal else lead_left(RULES, record)
    found = select(1).select_from(RULES.id.table).join(record, left)
    return exists(found.where(RULES.id == _STOP.c.rule_id, record.id == _of(model)))


def write_stops(actor_id: str, crossings: Iterable[Any]) -> int:
    """Write a stop for each crossing, note and tell it, inside a command; return how many.

    Of two who notice one crossing at the same moment one writes it.
    """
    found = [one._mapping for one in crossings]
    if not found:
        return 0
    told = people_to_tell(_whose(one) for one in found)
    rows = [_row(one, told[_whose(one)]) for one in found]
    written = [row for row in rows if _insert(row)]
    record_all([note_stop(row, actor_id) for row in written])
    tell_all(actor_id, written)
    return len(written)


def _whose(one: Any) -> tuple[str | None, str | None, str | None]:
    return one["user_id"], one["owner_id"], one["team_id"]


def _row(one: Any, told_user_id: str | None) -> dict[str, Any]:
    return {
        **dict.fromkeys(_STOP.c.keys()),
        **{name: one.get(name) for name in _TAKEN},
        "id": new_id(),
        "reason": {name: one[name] for name in _REASON},
        "at": clock.now(),
        "round": 1,
        "told_user_id": told_user_id,
    }


def _insert(row: dict[str, Any]) -> bool:
    statement = dialect_insert(_STOP).values(**row).on_conflict_do_nothing().returning(_STOP.c.id)
    return connection().execute(statement).first() is not None


@command
def notice_crossings(_actor: Viewer, most: int = 100) -> int:
    """Look at all deals and leads for what no entry told of (a score that rises by the hour, a
    stage's chance, a tag on the account); return how many stops it made.

    The gate does not wait for this: it looks at the live data itself.
    """
    if connection().scalar(select(RULES.id).limit(1)) is None:
        return 0
    for model in (Deal, Lead):
        end_left(model, _STOP.c.lifted_at.is_not(None), _has_left(model))
    deals = crossing_deals(RULES, ~Deal.is_sample).order_by(Deal.id).limit(most)
    found = list(connection().execute(deals))
    if len(found) < most:
        leads = crossing_leads(RULES, ~Lead.is_sample).order_by(Lead.id)
        found += connection().execute(leads.limit(most - len(found)))
    return write_stops(SYSTEM_ID, found)
