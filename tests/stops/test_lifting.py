"""Automation goes on when a person called and logged it, or when an admin says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm import clock as product_clock
from crm import errors
from crm.activities.commands import (
    complete_activity,
    correct_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    withdraw_activity,
)
from crm.alerts.models import Alert
from crm.database import command, db
from crm.deals.commands import move_deal, undo_move
from crm.deals.models import Deal
from crm.i18n import Locale
from crm.stops.lifting import lift_rule, lift_stop
from crm.stops.models import Stop
from crm.stops.noticing import notice_crossings
from crm.stops.queries import is_stopped
from crm.timeline.models import TimelineEntry
from crm.timeline.record import record
from crm.users.viewer import Viewer, system_viewer
from tests import factories
from tests.clock import MovableClock
from tests.stops.cases import BELOW, LIMIT, call, count, grow, kinds, opened


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
