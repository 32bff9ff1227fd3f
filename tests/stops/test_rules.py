"""What an admin sets: field, comparison, value, pipeline, tag; and whom it would stop now."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import errors
from crm.accounts.models import Account
from crm.database import db
from crm.deals.commands import move_deal, update_deal
from crm.deals.models import Deal
from crm.i18n import Locale
from crm.stops.models import Stop, StopRule
from crm.stops.noticing import notice_crossings
from crm.stops.queries import is_stopped
from crm.stops.rule_book import (
    bring_back_stop_rule,
    create_stop_rule,
    remove_stop_rule,
    switch_stop_rule,
    would_stop,
)
from crm.users.viewer import Viewer, system_viewer
from tests import factories
from tests.stops.cases import BIG, LIMIT, call, count, grow, kinds, opened


def test_a_rule_in_use_stops_at_once_whom_it_said_it_would(
    app: Flask, sara: Viewer, admin: Viewer, acme: Account
) -> None:
    factories.a_deal(sara, "Large", account_id=acme.id, amount=LIMIT)
    factories.a_deal(sara, "Larger", account_id=acme.id, amount=2 * LIMIT)
    would = would_stop(admin, BIG)
    assert (would.count, would.names) == (2, ["Larger", "Large"])
    assert count(StopRule) == count(Stop) == 0
    rule_id = create_stop_rule(admin, {**BIG, "is_active": "0"})
    assert opened() == []
    assert not is_stopped(acme.id)
    switch_stop_rule(admin, rule_id, is_active=True)
    assert len(opened()) == 2
    assert would_stop(admin, BIG, rule_id).count == 0


def test_a_removed_rule_stops_no_more_and_leaves_who_was_not_called(
    deal: Deal, sara: Viewer, admin: Viewer, rule: str
) -> None:
    grow(sara, deal)
    remove_stop_rule(admin, rule)
    assert is_stopped(deal.account_id)
    other = factories.a_deal(sara, "Later", amount=LIMIT)
    assert notice_crossings(system_viewer(Locale()), 100) == 0
    bring_back_stop_rule(admin, rule)
    assert [stop.deal_id for stop in opened()] == [deal.id, other.id]


@pytest.mark.parametrize(
    ("changed", "value", "stops"),
    [
        ({"comparison": "at_most", "value": "1000", "currency": "IRR"}, 1000, True),
        ({"comparison": "at_most", "value": "1000", "currency": "IRR"}, 1001, False),
        ({"comparison": "equals", "value": "1000", "currency": "IRR"}, 1000, True),
        ({"comparison": "equals", "value": "1000", "currency": "IRR"}, 999, False),
        ({"value": "۵۰۰ میلیون", "currency": "IRT"}, LIMIT, True),
        ({"value": "500m", "currency": "IRR"}, LIMIT // 10, True),
    ],
)
def test_each_comparison_and_unit_is_taken_at_its_word(
    app: Flask, sara: Viewer, admin: Viewer, changed: dict[str, str], value: int, stops: bool
) -> None:
    create_stop_rule(admin, {**BIG, **changed})
    deal = factories.a_deal(sara, amount=5)
    grow(sara, deal, value)
    assert bool(opened(deal_id=deal.id)) is stops


def test_a_rule_holds_for_a_pipeline_a_tag_a_chance_or_a_score(
    app: Flask, sara: Viewer, admin: Viewer, acme: Account
) -> None:
    update_deal(sara, factories.a_deal(sara, "VIP").id, {"tags": "VIP"})
    tag_id = db.session.execute(select(factories.Base.metadata.tables["tag"].c.id)).scalar()
    pipeline = factories.stage("lead").pipeline_id
    chance = {"field": "probability", "comparison": "at_least", "value": "60", "is_active": "on"}
    create_stop_rule(admin, {**chance, "tag_id": tag_id, "pipeline_id": pipeline})
    tagged = db.session.scalars(select(Deal).where(Deal.name == "VIP")).one().id
    plain = factories.a_deal(sara, "Plain").id
    for deal_id in (tagged, plain):
        move_deal(sara, deal_id, {"stage_id": factories.stage("proposal").id})
    assert [stop.deal_id for stop in opened()] == [tagged]
    create_stop_rule(admin, {**chance, "field": "score", "value": "70"})
    lead = factories.a_lead(sara, score=80)
    assert is_stopped(lead_id=lead.id)
    notice_crossings(system_viewer(Locale()), 100)
    assert [stop.lead_id for stop in opened(deal_id=None)] == [lead.id]
    call(sara, lead_id=lead.id)
    assert not is_stopped(lead_id=lead.id)
    assert kinds(lead_id=lead.id) == ["lead.automation_stopped", "lead.automation_resumed"]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"value": ""}, "value"),
        ({"value": "many"}, "value"),
        ({"value": "-5"}, "value"),
        ({"field": "score", "value": "101"}, "value"),
        ({"field": "tickets"}, "field"),
        ({"comparison": "like"}, "comparison"),
        ({"pipeline_id": "01930000-0000-7000-8000-000000000999"}, "pipeline_id"),
        ({"user_id": "01930000-0000-7000-8000-000000000999"}, "user_id"),
    ],
)
def test_a_rule_that_says_nothing_sound_is_refused_at_its_field(
    app: Flask, admin: Viewer, payload: dict[str, str], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        create_stop_rule(admin, {**BIG, **payload})
    assert field in refused.value.fields


def test_only_admins_make_rules(app: Flask, leila: Viewer, admin: Viewer) -> None:
    with pytest.raises(errors.NotFound):
        create_stop_rule(leila, BIG)
    with pytest.raises(errors.NotFound):
        would_stop(leila, BIG)
