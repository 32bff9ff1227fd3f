"""The rules by which new leads find their people, and when the company works: set by an admin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy import func, select

from crm import errors
from crm.company.queries import get_company
from crm.database import command, db, new_id
from crm.i18n import _
from crm.leads.models import Heat, RoutingRule
from crm.leads.routing import Way
from crm.schema import WHOLE_DAY, ClockTime, Flag, Key, OneOf, Schema, Str, Whole, Words, load
from crm.timeline.record import record
from crm.users.models import Team, User
from crm.users.viewer import Viewer, require_admin

WORDS = ("source_words", "city_words", "product_words")


def all_rules(viewer: Viewer) -> Sequence[RoutingRule]:
    """Return every rule in the order in which they are asked; admins alone."""
    require_admin(viewer)
    return db.session.scalars(
        select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id)
    ).all()


def get_rule(viewer: Viewer, rule_id: str) -> RoutingRule:
    """Return a rule; admins alone. Raises NotFound."""
    require_admin(viewer)
    rule = db.session.get(RoutingRule, rule_id)
    if rule is None:
        raise errors.NotFound
    return rule


class RouteSchema(Schema):
    name = Str(80, required=True)
    source_words = Words()
    city_words = Words()
    product_words = Words()
    min_heat = OneOf(Heat, load_default=Heat.COLD.value)
    team_id = Key()
    user_id = Key()
    way = OneOf((Way.ROUND_ROBIN, Way.LEAST_LOAD), load_default=Way.ROUND_ROBIN.value)
    is_active = Flag(load_default=False)


def _read(payload: Mapping[str, Any]) -> dict[str, Any]:
    data = {"team_id": None, "user_id": None, **load(RouteSchema(), payload)}
    data |= {name: data.get(name) or [] for name in WORDS}
    if bool(data["team_id"]) == bool(data["user_id"]):
        raise errors.ValidationError({"team_id": [_("Choose a team or a person, one of them.")]})
    if data["team_id"]:
        team = db.session.get(Team, data["team_id"])
        if team is None or team.archived_at is not None:
            raise errors.ValidationError({"team_id": [_("Choose one of those offered.")]})
        return data
    user = db.session.get(User, data["user_id"])
    if user is None or not user.is_active:
        raise errors.ValidationError({"user_id": [_("Choose one of those offered.")]})
    return data | {"way": Way.FIXED.value}


@command
def create_rule(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Add a rule after the others and return its id."""
    require_admin(actor)
    last = db.session.scalar(select(func.max(RoutingRule.position)))
    rule = RoutingRule(id=new_id(), position=(last or 0) + 1, **_read(payload))
    db.session.add(rule)
    record("routing.changed", actor.id, data={"rule": rule.name})
    return rule.id


def _lock(actor: Viewer, rule_id: str) -> RoutingRule:
    require_admin(actor)
    held = select(RoutingRule).where(RoutingRule.id == rule_id).with_for_update()
    rule = db.session.scalars(held.execution_options(populate_existing=True)).first()
    if rule is None:
        raise errors.NotFound
    return rule


@command
def change_rule(actor: Viewer, rule_id: str, payload: Mapping[str, Any]) -> None:
    """Change what a rule is about, and who gets its leads from now on."""
    rule = _lock(actor, rule_id)
    data = _read(payload)
    changed = {k: [getattr(rule, k), v] for k, v in data.items() if getattr(rule, k) != v}
    for name, (_before, after) in changed.items():
        setattr(rule, name, after)
    if changed:
        record("routing.changed", actor.id, data={"rule": rule.name, "changed": changed})


@command
def raise_rule(actor: Viewer, rule_id: str) -> None:
    """Ask a rule before the one that stood above it."""
    rule = _lock(actor, rule_id)
    rules = list(all_rules(actor))
    place = rules.index(rule)
    if place == 0:
        return
    rules[place - 1 : place + 1] = [rule, rules[place - 1]]
    for position, one in enumerate(rules, start=1):
        one.position = position
    record("routing.changed", actor.id, data={"rule": rule.name})


@command
def delete_rule(actor: Viewer, rule_id: str) -> None:
    """Take a rule away; whose leads are by it stay whose they are."""
    rule = _lock(actor, rule_id)
    record("routing.changed", actor.id, data={"rule": rule.name, "deleted": True})
    db.session.delete(rule)


class HoursSchema(Schema):
    reply_within_minutes = Whole(least=1, most=7 * WHOLE_DAY, required=True)
    work_from = ClockTime(10, required=True)
    work_until = ClockTime(10, required=True)
    work_days = ma.fields.List(ma.fields.Raw(), load_default=list)


@command
def change_hours(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change when the company works and how soon it answers. Raises ValidationError."""
    require_admin(actor)
    data = load(HoursSchema(), payload)
    days = [str(day) for day in data["work_days"] if str(day) in "0123456" and str(day)]
    if not days:
        raise errors.ValidationError({"work_days": [_("Choose a day at least.")]})
    if data["work_until"] <= data["work_from"]:
        raise errors.ValidationError({"work_until": [_("Work ends after it begins.")]})
    data["work_days"] = ",".join(sorted(set(days)))
    company = get_company()
    changed = {k: [getattr(company, k), v] for k, v in data.items() if getattr(company, k) != v}
    for name, (_before, after) in changed.items():
        setattr(company, name, after)
    if changed:
        record("company.changed", actor.id, data={"changed": changed})
