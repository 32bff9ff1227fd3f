"""Automation stops when a deal crosses a rule, and goes on when a person called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm import clock as product_clock
from crm import errors
from crm.accounts.models import Account
from crm.activities.commands import (
    complete_activity,
    correct_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    withdraw_activity,
)
from crm.alerts.models import Alert
from crm.alerts.wording import words
from crm.conversions.commands import convert_lead
from crm.database import command, db
from crm.deals.commands import create_deal, move_deal, undo_move, update_deal
from crm.deals.models import Deal, DealContact
from crm.i18n import Locale, use_locale
from crm.stops.lifting import lift_rule, lift_stop
from crm.stops.models import Stop, StopRule
from crm.stops.noticing import notice_crossings
from crm.stops.queries import is_stopped, my_stops, stopped_by, stops_on
from crm.stops.rule_book import (
    bring_back_stop_rule,
    change_stop_rule,
    create_stop_rule,
    remove_stop_rule,
    switch_stop_rule,
    would_stop,
)
from crm.timeline.models import TimelineEntry
from crm.timeline.record import record
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests import factories
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once

#: In rials: 500 million toman, and one rial less.
LIMIT = 5_000_000_000
BELOW = LIMIT - 1
BIG = {
    "field": "amount",
    "comparison": "at_least",
    "value": "500 million",
    "currency": "IRT",
    "is_active": "on",
}


@pytest.fixture
def rule(app: Flask, admin: Viewer) -> str:
    return create_stop_rule(admin, BIG)


@pytest.fixture
def acme(app: Flask, sara: Viewer) -> Account:
    return factories.an_account(sara, "Acme")


@pytest.fixture
def deal(rule: str, sara: Viewer, acme: Account) -> Deal:
    person = factories.a_contact(sara, "Daniel Okafor", acme)
    return factories.a_deal(sara, account_id=acme.id, contact_id=person.id, amount=BELOW)


def opened(**wanted: Any) -> list[Stop]:
    db.session.expire_all()
    rows = select(Stop).where(Stop.lifted_at.is_(None)).order_by(Stop.at, Stop.id)
    return list(db.session.scalars(rows.filter_by(**wanted)))


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def kinds(**record_id: str) -> list[str]:
    found = select(TimelineEntry.kind).filter_by(**record_id).order_by(TimelineEntry.id)
    return [kind for kind in db.session.scalars(found) if "automation" in kind]


def grow(actor: Viewer, deal: Deal, amount: int = LIMIT) -> None:
    update_deal(actor, deal.id, {"amount": amount, "currency": "IRR"})


def call(actor: Viewer, outcome: str | None = "interested", **about: Any) -> str:
    payload = {"kind": "call", "outcome": outcome, **about}
    return str(log_activity(actor, payload)["activity_id"])


@pytest.mark.mission(112)
def test_a_deal_that_reaches_the_limit_is_stopped_once(deal: Deal, sara: Viewer) -> None:
    assert not is_stopped(deal.account_id)
    grow(sara, deal)
    (stop,) = opened()
    assert (stop.deal_id, stop.account_id) == (deal.id, deal.account_id)
    assert stop.reason == {
        "field": "amount",
        "comparison": "at_least",
        "value": LIMIT,
        "currency": "IRR",
        "actual": LIMIT,
    }
    grow(sara, deal, 2 * LIMIT)
    assert len(opened()) == 1
    assert kinds(deal_id=deal.id) == ["deal.automation_stopped"]
    assert kinds(account_id=deal.account_id) == ["deal.automation_stopped"]


@pytest.mark.mission(112)
def test_the_whole_customer_is_stopped_and_nobody_else(
    deal: Deal, sara: Viewer, acme: Account
) -> None:
    other_contact = factories.a_contact(sara, "Mina Rad", acme)
    guest = factories.a_contact(sara, "Omar Said", factories.an_account(sara, "Guests"))
    db.session.add(DealContact(deal_id=deal.id, contact_id=guest.id))
    lead = factories.a_lead(sara, account_id=acme.id)
    stranger = factories.an_account(sara, "Other")
    grow(sara, deal)
    stop = opened()[0].id
    for who in (
        {"account_id": acme.id},
        {"contact_id": deal.contact_id},
        {"contact_id": other_contact.id},
        {"contact_id": guest.id},
        {"lead_id": lead.id},
    ):
        found = stopped_by(**who)
        assert found is not None, who
        assert found.stop_id == stop
    assert stopped_by(account_id=stranger.id) is None
    assert stopped_by(account_id=guest.account_id) is None
    assert stopped_by(contact_id=factories.a_contact(sara, "Nobody").id) is None
    assert stopped_by(lead_id=factories.a_lead(sara).id) is None
    assert stopped_by() is None


def test_a_deal_that_changes_hands_leaves_neither_customer_free(
    deal: Deal, sara: Viewer, acme: Account
) -> None:
    before = acme.id
    grow(sara, deal)
    other = factories.an_account(sara, "Other")
    update_deal(sara, deal.id, {"account_id": other.id})
    assert is_stopped(before)
    assert is_stopped(other.id)


def by_change(sara: Viewer, deal: Deal) -> None:
    grow(sara, deal)


def by_birth(sara: Viewer, deal: Deal) -> None:
    payload = {"name": "More", "account_id": deal.account_id, "amount": LIMIT, "currency": "IRR"}
    create_deal(sara, payload)


def by_move(sara: Viewer, deal: Deal) -> None:
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    move_deal(sara, deal.id, {"stage_id": factories.stage("proposal").id})


def by_log(sara: Viewer, deal: Deal) -> None:
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    to = factories.stage("proposal").id
    log_activity(sara, {"kind": "meeting", "deal": {"id": deal.id, "to_stage_id": to}})


def by_undo(sara: Viewer, deal: Deal) -> None:
    entry = move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    undo_move(sara, deal.id, str(entry))


def by_conversion(sara: Viewer, deal: Deal) -> None:
    lead = factories.a_lead(sara, account_id=deal.account_id)
    payload = {"account_id": deal.account_id, "deal_name": "Seats"}
    person = {"contact_id": deal.contact_id, "amount": LIMIT, "currency": "IRR"}
    convert_lead(sara, lead.id, {**payload, **person})


WAYS: dict[str, Callable[[Viewer, Deal], None]] = {
    "change": by_change,
    "birth": by_birth,
    "move": by_move,
    "log": by_log,
    "undo": by_undo,
    "conversion": by_conversion,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_crossing_is_noticed_with_what_caused_it(way: str, deal: Deal, sara: Viewer) -> None:
    account_id = deal.account_id
    WAYS[way](sara, deal)
    assert len(opened()) == 1
    assert is_stopped(account_id)


def test_what_nobody_noticed_yet_blocks_all_the_same(
    deal: Deal, sara: Viewer, admin: Viewer
) -> None:
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    found = stopped_by(account_id=deal.account_id)
    assert found is not None
    assert (found.stop_id, found.deal_id) == (None, deal.id)
    system = system_viewer(Locale())
    assert notice_crossings(system, 100) == 1
    assert notice_crossings(system, 100) == 0
    found = stopped_by(account_id=deal.account_id)
    assert found is not None
    assert found.stop_id == opened()[0].id
    assert db.session.scalars(select(Alert.user_id)).all() == [opened()[0].told_user_id]


def test_one_below_another_currency_and_what_is_closed_stop_nothing(
    rule: str, sara: Viewer, acme: Account
) -> None:
    factories.a_deal(sara, account_id=acme.id, amount=BELOW)
    factories.a_deal(sara, account_id=acme.id, amount=LIMIT, currency="EUR")
    factories.a_deal(sara, account_id=acme.id, amount=None)
    factories.a_deal(sara, account_id=acme.id, amount=LIMIT, stage_key="won")
    factories.a_deal(sara, account_id=acme.id, amount=LIMIT, archived_at=product_clock.now())
    assert not is_stopped(acme.id)
    assert notice_crossings(system_viewer(Locale()), 100) == 0


@pytest.mark.mission(111, 112)
def test_a_logged_call_lets_automation_go_on(
    deal: Deal, sara: Viewer, leila: Viewer, clock: MovableClock
) -> None:
    grow(sara, deal)
    clock.move(minutes=5)
    activity_id = call(leila, deal={"id": deal.id})
    assert opened() == []
    assert not is_stopped(deal.account_id)
    stop = db.session.scalars(select(Stop)).one()
    assert (stop.lifted_by_id, stop.lifted_activity_id) == (leila.id, activity_id)
    both = ["deal.automation_stopped", "deal.automation_resumed"]
    assert kinds(deal_id=deal.id) == kinds(account_id=deal.account_id) == both
    alert = db.session.scalars(select(Alert)).one()
    assert alert.outcome == "taken_back"


@pytest.mark.parametrize(
    "about", ["deal", "account", "contact"], ids=lambda about: f"a call about the {about}"
)
def test_a_call_to_any_part_of_the_customer_counts(about: str, deal: Deal, sara: Viewer) -> None:
    grow(sara, deal)
    ids = {"account": deal.account_id, "contact": deal.contact_id}
    named = {"deal": {"id": deal.id}} if about == "deal" else {f"{about}_id": ids[about]}
    call(sara, **named)
    assert opened() == []


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "call", "outcome": "no_answer"},
        {"kind": "meeting"},
        {"kind": "message", "outcome": "interested"},
        {"kind": "note"},
        {"kind": "call", "import_key": "from a file"},
        {"kind": "call", "happened_at": "2026-11-24T06:00:00+00:00"},
    ],
    ids=["nobody answered", "meeting", "message", "note", "imported", "a call of before"],
)
def test_nothing_but_a_call_since_that_reached_somebody_lifts(
    said: dict[str, Any], deal: Deal, sara: Viewer
) -> None:
    grow(sara, deal)
    log_activity(sara, {**said, "deal": {"id": deal.id}})
    assert len(opened()) == 1


def by_itself(activity_id: str, deal_id: str) -> None:
    """A call that a program noted, in the name of a person."""

    @command
    def note(actor: Viewer) -> None:
        about = {"deal_id": deal_id, "activity_id": activity_id}
        record("activity.logged", actor.id, data={"kind": "call"}, **about)

    note(system_viewer(Locale()))


def test_neither_a_call_that_is_only_promised_nor_the_system_lifts(
    deal: Deal, sara: Viewer
) -> None:
    grow(sara, deal)
    due = (product_clock.now() + timedelta(hours=1)).isoformat()
    promised = plan_activity(sara, {"kind": "call", "due_at": due, "deal_id": deal.id})
    assert len(opened()) == 1
    complete_activity(sara, promised)
    assert opened() == []
    reopen_activity(sara, promised)
    assert len(opened()) == 1
    by_itself(factories.an_activity(sara, "call", deal_id=deal.id).id, deal.id)
    assert len(opened()) == 1


def test_a_call_to_another_customer_lifts_nothing(deal: Deal, sara: Viewer) -> None:
    grow(sara, deal)
    call(sara, account_id=factories.an_account(sara, "Other").id)
    assert len(opened()) == 1


def test_a_withdrawn_call_puts_the_stop_back_and_tells_again(
    deal: Deal, sara: Viewer, leila: Viewer
) -> None:
    grow(sara, deal)
    first = opened()[0].id
    activity_id = call(sara, deal={"id": deal.id})
    withdraw_activity(sara, activity_id)
    (stop,) = opened()
    assert (stop.id, stop.lifted_by_id, stop.lifted_activity_id) == (first, None, None)
    assert is_stopped(deal.account_id)
    told = db.session.scalars(select(Alert).order_by(Alert.id)).all()
    assert [(alert.user_id, alert.outcome) for alert in told] == [
        (leila.id, "taken_back"),
        (leila.id, None),
    ]
    call(leila, deal={"id": deal.id})
    assert opened() == []
    db.session.expire_all()
    assert {alert.outcome for alert in db.session.scalars(select(Alert))} == {"taken_back"}


def test_a_call_corrected_to_no_answer_puts_the_stop_back_and_the_other_way_round(
    deal: Deal, sara: Viewer
) -> None:
    grow(sara, deal)
    wrong = call(sara, deal={"id": deal.id})
    right = correct_activity(sara, wrong, {"kind": "call", "outcome": "no_answer"})
    assert len(opened()) == 1
    again = correct_activity(sara, right, {"kind": "call", "outcome": "quote"})
    assert opened() == []
    last = correct_activity(sara, again, {"kind": "call", "outcome": "follow_up"})
    stop = db.session.scalars(select(Stop)).one()
    assert (stop.lifted_activity_id, stop.lifted_at is None) == (last, False)


def test_a_second_call_holds_when_the_first_is_taken_back(deal: Deal, sara: Viewer) -> None:
    grow(sara, deal)
    first = call(sara, deal={"id": deal.id})
    second = call(sara, contact_id=deal.contact_id)
    withdraw_activity(sara, first)
    assert opened() == []
    assert db.session.scalars(select(Stop.lifted_activity_id)).one() == second


def test_below_and_across_again_after_a_call_is_another_crossing(deal: Deal, sara: Viewer) -> None:
    grow(sara, deal)
    grow(sara, deal, BELOW)
    assert len(opened()) == 1, "getting smaller is no call"
    grow(sara, deal)
    call(sara, deal={"id": deal.id})
    grow(sara, deal, 3 * LIMIT)
    assert opened() == [], "it did not cross again"
    grow(sara, deal, BELOW)
    grow(sara, deal)
    assert len(opened()) == 1
    assert count(Stop) == 2


def test_who_calls_while_the_deal_is_small_again_is_asked_anew_at_the_next_crossing(
    deal: Deal, sara: Viewer
) -> None:
    grow(sara, deal)
    grow(sara, deal, BELOW)
    call(sara, deal={"id": deal.id})
    grow(sara, deal)
    assert len(opened()) == 1


def test_a_won_deal_that_is_opened_again_after_the_call_is_no_new_crossing(
    deal: Deal, sara: Viewer
) -> None:
    grow(sara, deal)
    call(sara, deal={"id": deal.id})
    entry = move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    undo_move(sara, deal.id, str(entry))
    assert opened() == []
    assert not is_stopped(deal.account_id)


def test_winning_or_losing_the_deal_is_no_call(deal: Deal, sara: Viewer) -> None:
    grow(sara, deal)
    move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    assert is_stopped(deal.account_id)


def test_an_admin_lifts_with_a_reason_and_nobody_else(
    deal: Deal, sara: Viewer, leila: Viewer, admin: Viewer
) -> None:
    grow(sara, deal)
    stop_id = opened()[0].id
    for person in (sara, leila):
        with pytest.raises(errors.NotFound):
            lift_stop(person, stop_id, {"reason": "I say so"})
    with pytest.raises(errors.ValidationError):
        lift_stop(admin, stop_id, {"reason": " "})
    lift_stop(admin, stop_id, {"reason": "Met him at the fair"})
    lift_stop(admin, stop_id, {"reason": "Twice"})
    stop = db.session.scalars(select(Stop)).one()
    assert (stop.lifted_by_id, stop.lifted_why) == (admin.id, "Met him at the fair")
    resumed = TimelineEntry.kind == "deal.automation_resumed"
    entry = db.session.scalars(select(TimelineEntry).where(resumed)).one()
    assert entry.data["why"] == "Met him at the fair"


def test_an_admin_lifts_all_of_one_rule(rule: str, sara: Viewer, admin: Viewer) -> None:
    for n in range(3):
        factories.a_deal(sara, f"Deal {n}", amount=LIMIT)
    notice_crossings(system_viewer(Locale()), 100)
    assert lift_rule(admin, rule, {"reason": "Wrong limit"}) == 3
    assert opened() == []


@pytest.mark.mission(112)
def test_the_manager_of_the_owners_team_is_told_by_default(
    deal: Deal, sara: Viewer, leila: Viewer
) -> None:
    grow(sara, deal)
    (stop,) = opened()
    assert stop.told_user_id == leila.id
    alert = db.session.scalars(select(Alert)).one()
    assert (alert.user_id, alert.kind, alert.cause) == (leila.id, "deal_stopped", stop.id)
    assert (alert.url, alert.deal_id) == (f"/deals/{deal.id}", deal.id)
    said = words(alert)
    assert said.title == "Call 50 seats · Acme yourself"
    assert "500m toman" in said.body
    assert [row.Stop.id for row in my_stops(leila)] == [stop.id]


def test_whom_the_rule_names_is_told_if_he_is_here_and_sees_the_deal(
    app: Flask, deal: Deal, sara: Viewer, reza: Viewer, leila: Viewer, admin: Viewer, rule: str
) -> None:
    def told_when(name: Viewer, **away: Any) -> str | None:
        db.session.execute(update(User).values(away_from=None, away_until=None))
        if away:
            db.session.execute(update(User).where(User.id == name.id).values(**away))
        db.session.commit()
        change_stop_rule(admin, rule, {**BIG, "user_id": name.id})
        grow(sara, deal, BELOW)
        grow(sara, deal)
        told = opened()[0].told_user_id
        call(sara, deal={"id": deal.id})
        return told

    today = product_clock.now().date()
    assert told_when(admin) == admin.id
    assert told_when(reza) == leila.id, "he could not open it"
    assert told_when(leila, away_from=today) == admin.id
    assert told_when(admin, away_from=today) == leila.id


def test_who_caused_it_himself_is_not_alerted_but_it_is_his_call(deal: Deal, leila: Viewer) -> None:
    grow(leila, deal)
    assert opened()[0].told_user_id == leila.id
    assert count(Alert) == 0


def test_many_at_once_are_one_alert_that_counts(rule: str, sara: Viewer, leila: Viewer) -> None:
    for n in range(5):
        factories.a_deal(sara, f"Deal {n}", amount=LIMIT + n)
    assert notice_crossings(system_viewer(Locale()), 100) == 5
    alert = db.session.scalars(select(Alert)).one()
    assert alert.data["name"] == "Deal 4"
    assert alert.data["line"].endswith("and 4 others")


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


def test_who_does_not_see_the_deal_reads_only_that_somebody_must_call(
    deal: Deal, sara: Viewer, nika: Viewer
) -> None:
    grow(sara, deal)
    assert [row.deal_name for row in stops_on(sara, account_id=deal.account_id)] == ["50 seats"]
    assert [row.deal_name for row in stops_on(nika, account_id=deal.account_id)] == [None]


def test_what_is_undone_stopped_nothing(deal: Deal, sara: Viewer) -> None:
    @command
    def fail(actor: Viewer) -> None:
        update_deal.inside(actor, deal.id, {"amount": LIMIT, "currency": "IRR"})
        raise errors.Conflict("no")

    with pytest.raises(errors.Conflict):
        fail(sara)
    assert count(Stop) == count(Alert) == 0


@pytest.mark.mission(112)
def test_eight_at_once_make_one_stop(app: Flask, deal: Deal, sara: Viewer) -> None:
    deal_id, account_id = deal.id, deal.account_id
    system = system_viewer(Locale())

    def grow_it(n: int) -> None:
        update_deal(sara, deal_id, {"amount": LIMIT + n, "currency": "IRR"})

    for _round in range(5):
        calls = [lambda n=n: grow_it(n) for n in range(7)]
        at_once(app, [*calls, lambda: notice_crossings(system, 100)])
        assert len(opened()) == 1
        assert count(Alert) == count(Stop)
        at_once(app, [lambda: call(sara, deal={"id": deal_id}) for _n in range(8)])
        assert opened() == []
        assert not is_stopped(account_id)
        update_deal(sara, deal_id, {"amount": BELOW, "currency": "IRR"})
    resumed = [kind for kind in kinds(deal_id=deal_id) if kind == "deal.automation_resumed"]
    assert len(resumed) == count(Stop) == 5


PERSIAN = Locale("fa", "jalali", "Asia/Tehran")


@pytest.mark.mission(111, 112)
def test_the_missions_example_in_persian_with_toman(
    app: Flask, admin: Viewer, sara: Viewer, leila: Viewer
) -> None:
    """A deal reaching 500,000,000 toman stops automation and the sales director calls."""
    db.session.execute(update(User).values(language="fa", money_unit="toman"))
    db.session.commit()
    with use_locale(PERSIAN):
        create_stop_rule(
            admin, {**BIG, "value": "۵۰۰٬۰۰۰٬۰۰۰", "currency": "IRT", "user_id": leila.id}
        )
        account = factories.an_account(sara, "پارس پلاست")
        payload = {"name": "قرارداد سالانه", "account_id": account.id, "currency": "IRT"}
        deal_id = create_deal(sara, {**payload, "amount": "۴۹۹٬۹۹۹٬۹۹۹"})
        assert not is_stopped(account.id)
        update_deal(sara, deal_id, {"amount": "۵۰۰ میلیون", "currency": "IRT"})
    assert is_stopped(account.id)
    alert = db.session.scalars(select(Alert)).one()
    assert alert.user_id == leila.id
    assert "۵۰۰ میلیون تومان" in alert.data["line"]
    call(leila, account_id=account.id)
    assert not is_stopped(account.id)
