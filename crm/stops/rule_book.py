"""The rules that stop automation: set by an admin, with whom each would stop now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from sqlalchemy import func, select

from crm import clock, errors
from crm.company.queries import get_company
from crm.database import command, connection, db, new_id
from crm.deals.models import Deal, Pipeline
from crm.i18n import _
from crm.leads.models import Lead
from crm.schema import Flag, Key, OneOf, Priced, Schema, Whole, load
from crm.stops.fields import FIELDS, Comparison
from crm.stops.meeting import RULES, as_columns, crossing_deals, crossing_leads
from crm.stops.models import SHIPPED, SHIPPED_VALUE, StopRule
from crm.stops.noticing import write_stops
from crm.tags.models import Tag
from crm.timeline.record import record
from crm.users.models import User
from crm.users.viewer import Viewer, require_admin

MOST_NAMES = 5


def all_stop_rules(viewer: Viewer) -> Sequence[StopRule]:
    """Return the rules, the oldest first; admins alone."""
    require_admin(viewer)
    rules = select(StopRule).where(StopRule.archived_at.is_(None))
    return db.session.scalars(rules.order_by(StopRule.created_at, StopRule.id)).all()


def get_stop_rule(viewer: Viewer, rule_id: str) -> StopRule:
    """Return a rule that is not removed; admins alone. Raises NotFound."""
    require_admin(viewer)
    rule = db.session.get(StopRule, rule_id)
    if rule is None or rule.archived_at is not None:
        raise errors.NotFound
    return rule


def ship_stop_rule() -> None:
    """Add the rule that ships, inside a command: in use where the company counts in rials."""
    company = get_company()
    db.session.add(
        StopRule(
            id=SHIPPED,
            field="amount",
            comparison=Comparison.AT_LEAST,
            value=SHIPPED_VALUE,
            currency="IRR",
            is_active=company.currency == "IRR",
            created_at=clock.now(),
        )
    )


class StopRuleSchema(Schema):
    field = OneOf(FIELDS, required=True)
    comparison = OneOf(Comparison, required=True)
    #: Money as people say it, with its `currency`; else a whole number.
    value = ma.fields.Raw(required=True)
    currency = ma.fields.Raw(allow_none=True)
    pipeline_id = Key()
    tag_id = Key()
    user_id = Key()
    is_active = Flag(load_default=False)


class _Number(Schema):
    value = Whole(0, 100, required=True)


_CHOSEN: tuple[tuple[str, Any], ...] = (
    ("pipeline_id", Pipeline),
    ("tag_id", Tag),
    ("user_id", User),
)


def _read(payload: Mapping[str, Any]) -> dict[str, Any]:
    data = load(StopRuleSchema(), payload)
    data |= _value(data)
    for name, model in _CHOSEN:
        data.setdefault(name, None)
        if data[name] and db.session.get(model, data[name]) is None:
            raise errors.ValidationError({name: [_("Choose one of those offered.")]})
    if FIELDS[data["field"]].of != "deal":
        data["pipeline_id"] = None
    return data


def _value(data: Mapping[str, Any]) -> dict[str, Any]:
    if not FIELDS[data["field"]].is_money:
        return {**load(_Number(), {"value": data["value"]}), "currency": None}
    try:
        priced = load(Priced(), {"amount": data["value"], "currency": data.get("currency")})
    except errors.ValidationError as error:
        named = {"value" if name == "amount" else name: said for name, said in error.fields.items()}
        raise errors.ValidationError(named) from None
    if priced["amount"] is None:
        raise errors.ValidationError({"value": [_("This is needed.")]})
    return {"value": priced["amount"], "currency": priced["currency"]}


@dataclass(frozen=True)
class WouldStop:
    """How many a rule would stop at this moment, and the largest of them by name."""

    count: int
    names: list[str]


def would_stop(viewer: Viewer, payload: Mapping[str, Any], rule_id: str | None = None) -> WouldStop:
    """Return what saving a rule in use would stop now; admins alone. Raises ValidationError."""
    require_admin(viewer)
    values = {**_read(payload), "id": rule_id or new_id(), "is_active": True, "archived_at": None}
    return _count(as_columns(values))


def _count(rule: Any) -> WouldStop:
    count, names = 0, list[str]()
    for crossing in (
        crossing_deals(rule, ~Deal.is_sample),
        crossing_leads(rule, ~Lead.is_sample),
    ):
        found = crossing.subquery().c
        count += db.session.scalar(select(func.count()).select_from(found.name.table)) or 0
        largest = select(found.name).order_by(found.actual.desc(), found.name).limit(MOST_NAMES)
        names += db.session.scalars(largest)
    return WouldStop(count, names[:MOST_NAMES])


@command
def create_stop_rule(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Add a rule and return its id; what it is about is stopped at once. Raises ValidationError."""
    require_admin(actor)
    rule = StopRule(id=new_id(), created_at=clock.now(), **_read(payload))
    db.session.add(rule)
    record("stop_rule.changed", actor.id, data={"rule": _said(rule)})
    _stop_at_once(actor, rule)
    return rule.id


@command
def change_stop_rule(actor: Viewer, rule_id: str, payload: Mapping[str, Any]) -> None:
    """Change a rule; what it stopped before stays until somebody called. Raises ValidationError."""
    rule = _lock(actor, rule_id)
    data = _read(payload)
    changed = {k: [getattr(rule, k), v] for k, v in data.items() if getattr(rule, k) != v}
    for name, (_before, after) in changed.items():
        setattr(rule, name, after)
    if changed:
        record("stop_rule.changed", actor.id, data={"rule": _said(rule), "changed": changed})
        _stop_at_once(actor, rule)


@command
def switch_stop_rule(actor: Viewer, rule_id: str, *, is_active: bool) -> None:
    """Put a rule in use, or out of it; twice is once. Raises NotFound."""
    rule = _lock(actor, rule_id)
    if rule.is_active != is_active:
        rule.is_active = is_active
        record("stop_rule.changed", actor.id, data={"rule": _said(rule), "is_active": is_active})
        _stop_at_once(actor, rule)


@command
def remove_stop_rule(actor: Viewer, rule_id: str) -> None:
    """Take a rule away; what it stopped stays until somebody called, or an admin lifts it."""
    rule = _lock(actor, rule_id)
    if rule.archived_at is None:
        rule.archived_at = clock.now()
        record("stop_rule.changed", actor.id, data={"rule": _said(rule), "removed": True})


@command
def bring_back_stop_rule(actor: Viewer, rule_id: str) -> None:
    """Bring a removed rule back, as it was."""
    rule = _lock(actor, rule_id)
    if rule.archived_at is not None:
        rule.archived_at = None
        record("stop_rule.changed", actor.id, data={"rule": _said(rule), "removed": False})
        _stop_at_once(actor, rule)


def _lock(actor: Viewer, rule_id: str) -> StopRule:
    require_admin(actor)
    held = select(StopRule).where(StopRule.id == rule_id).with_for_update()
    rule = db.session.scalars(held.execution_options(populate_existing=True)).first()
    if rule is None:
        raise errors.NotFound
    return rule


def _stop_at_once(actor: Viewer, rule: StopRule) -> None:
    db.session.flush()
    this = RULES.id == rule.id
    found = list(connection().execute(crossing_deals(RULES, this, ~Deal.is_sample)))
    found += connection().execute(crossing_leads(RULES, this, ~Lead.is_sample))
    write_stops(actor.id, found)


def _said(rule: StopRule) -> dict[str, Any]:
    return {
        name: getattr(rule, name) for name in ("id", "field", "comparison", "value", "currency")
    }
