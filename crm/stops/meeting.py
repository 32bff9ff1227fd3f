"""Whether a deal or lead meets a rule, as conditions that the database answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)

from crm.deals.models import Deal, Stage, StageKind
from crm.leads.models import OPEN_STATUSES, Lead
from crm.stops.fields import Comparison
from crm.stops.models import Stop, StopRule
from crm.tags.models import Tagging

RULES: Any = StopRule.__table__.c
STOPS: Any = Stop.__table__.c


def as_columns(values: dict[str, Any]) -> Any:
    """Return the columns of a rule that is not saved, to ask with it what a saved one would do."""
    shown = [
        cast(literal(values.get(name), column.type), column.type).label(name)
        for name, column in RULES.items()
    ]
    return select(*shown).subquery("stop_rule").c


def value_of_deal(rule: Any, deal: Any = Deal) -> ColumnElement[Any]:
    """Return what the rule compares of a deal; NULL where its field says nothing of deals."""
    chance = (
        select(func.coalesce(deal.probability, Stage.probability))
        .where(Stage.id == deal.stage_id)
        .correlate(deal)
        .scalar_subquery()
    )
    return case({"amount": deal.amount, "probability": chance}, value=rule.field)


def value_of_lead(rule: Any, lead: Any = Lead) -> ColumnElement[Any]:
    """Return what the rule compares of a lead; NULL where its field says nothing of leads."""
    return case({"score": lead.score}, value=rule.field)


def deal_meets(rule: Any) -> ColumnElement[bool]:
    """Return the condition that an open deal is one for which the rule stops automation."""
    return and_(_is_open_deal(Deal), _deal_compares(rule, Deal))


def lead_meets(rule: Any) -> ColumnElement[bool]:
    """Return the condition that an open lead is one for which the rule stops automation."""
    return and_(_is_open_lead(Lead), _lead_compares(rule, Lead))


def deal_left(rule: Any, deal: Any) -> ColumnElement[bool]:
    """Return the condition that an open deal no longer meets the rule. What is won, lost or put
    away says nothing: it comes back as large as it went."""
    return and_(_is_open_deal(deal), not_(func.coalesce(_deal_compares(rule, deal), false())))


def lead_left(rule: Any, lead: Any) -> ColumnElement[bool]:
    """Return the condition that an open lead no longer meets the rule."""
    return and_(_is_open_lead(lead), not_(func.coalesce(_lead_compares(rule, lead), false())))


def _is_open_deal(deal: Any) -> ColumnElement[bool]:
    return and_(deal.status == StageKind.OPEN, deal.archived_at.is_(None))


def _is_open_lead(lead: Any) -> ColumnElement[bool]:
    return and_(lead.status.in_(OPEN_STATUSES), lead.archived_at.is_(None))


def _deal_compares(rule: Any, deal: Any) -> ColumnElement[bool]:
    return and_(
        _compares(rule, value_of_deal(rule, deal)),
        or_(rule.field != "amount", rule.currency == deal.currency),
        or_(rule.pipeline_id.is_(None), rule.pipeline_id == deal.pipeline_id),
        or_(rule.tag_id.is_(None), _is_tagged(rule, deal.id, deal.account_id)),
    )


def _lead_compares(rule: Any, lead: Any) -> ColumnElement[bool]:
    return and_(
        _compares(rule, value_of_lead(rule, lead)),
        or_(rule.tag_id.is_(None), _is_tagged(rule, lead.id, lead.account_id)),
    )


def _compares(rule: Any, value: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(
        and_(rule.comparison == Comparison.AT_LEAST, value >= rule.value),
        and_(rule.comparison == Comparison.AT_MOST, value <= rule.value),
        and_(rule.comparison == Comparison.EQUALS, value == rule.value),
    )


def _is_tagged(rule: Any, *records: Any) -> ColumnElement[bool]:
    tagged = [Tagging.record_id == record for record in records]
    return exists(select(1).where(Tagging.tag_id == rule.tag_id, or_(*tagged)))


def holds(rule: Any) -> ColumnElement[bool]:
    """Return the condition that a rule is in use."""
    return and_(rule.is_active, rule.archived_at.is_(None))


def stands(rule_id: Any, **record: Any) -> ColumnElement[bool]:
    """Return the condition that a crossing has its stop already, open or lifted."""
    ((name, value),) = record.items()
    of = (STOPS.rule_id == rule_id, STOPS[name] == value, STOPS.over_at.is_(None))
    return exists(select(1).select_from(Stop).where(*of))


def crossing_deals(rule: Any, *wanted: Any) -> Select[Any]:
    """Return the select of the deals that meet a rule and have no stop by it yet."""
    return (
        select(
            rule.id.label("rule_id"),
            *(rule[name].label(name) for name in ("field", "comparison", "value", "currency")),
            rule.user_id.label("user_id"),
            value_of_deal(rule).label("actual"),
            Deal.id.label("deal_id"),
            Deal.account_id,
            Deal.contact_id,
            Deal.owner_id,
            Deal.team_id,
            Deal.name,
        )
        .join_from(Deal, rule.id.table, deal_meets(rule))
        .where(holds(rule), not_(stands(rule.id, deal_id=Deal.id)), *wanted)
    )


def crossing_leads(rule: Any, *wanted: Any) -> Select[Any]:
    """Return the select of the leads that meet a rule and have no stop by it yet."""
    return (
        select(
            rule.id.label("rule_id"),
            *(rule[name].label(name) for name in ("field", "comparison", "value", "currency")),
            rule.user_id.label("user_id"),
            value_of_lead(rule).label("actual"),
            Lead.id.label("lead_id"),
            Lead.account_id,
            Lead.contact_id,
            Lead.owner_id,
            Lead.team_id,
            Lead.name,
        )
        .join_from(Lead, rule.id.table, lead_meets(rule))
        .where(holds(rule), not_(stands(rule.id, lead_id=Lead.id)), *wanted)
    )
