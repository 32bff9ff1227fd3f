"""A deal stands in one stage; its history says how it came there, and an undo leads back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm import clock, errors
from crm.database import db
from crm.deals.commands import create_deal, move_deal, undo_move, update_deal
from crm.deals.models import Deal, Stage
from crm.timeline.models import TimelineEntry
from tests import factories
from tests.clock import MovableClock

STAGES = ("lead", "qualified", "proposal", "won", "lost")


def to(key: str, **more: Any) -> dict[str, Any]:
    return {"stage_id": factories.stage(key).id, **more}


def moves(deal_id: str) -> list[TimelineEntry]:
    return list(
        db.session.scalars(
            select(TimelineEntry)
            .where(TimelineEntry.deal_id == deal_id, TimelineEntry.kind == "deal.stage_changed")
            .order_by(TimelineEntry.at, TimelineEntry.id)
        )
    )


def kept(deal_id: str) -> Deal:
    deal = db.session.get(Deal, deal_id)
    assert deal is not None
    return deal


def test_a_move_says_from_where_to_where_and_how_long_it_stood(app, sara, clock) -> None:
    deal = factories.a_deal(sara)
    clock.move(hours=1)
    entry = move_deal(sara, deal.id, to("qualified"))
    (said,) = moves(deal.id)
    assert said.id == entry
    assert said.data["from_stage_id"] == factories.stage("lead").id
    assert said.data["to_stage_id"] == factories.stage("qualified").id
    assert said.data["seconds"] == 3600
    assert (kept(deal.id).stage_entered_at, kept(deal.id).version) == (clock.now(), 2)


def test_to_where_it_stands_is_no_move(app, sara) -> None:
    deal = factories.a_deal(sara)
    assert move_deal(sara, deal.id, to("lead")) is None
    assert (moves(deal.id), kept(deal.id).version) == ([], 1)


def test_a_closed_deal_has_its_day_and_its_reason_and_an_open_one_neither(app, sara) -> None:
    deal = factories.a_deal(sara)
    move_deal(sara, deal.id, to("lost", lost_reason="price"))
    assert (kept(deal.id).closed_at, kept(deal.id).lost_reason) == (clock.now(), "price")
    move_deal(sara, deal.id, to("won"))
    assert (kept(deal.id).status, kept(deal.id).lost_reason) == ("won", None)
    move_deal(sara, deal.id, to("proposal"))
    assert (kept(deal.id).status, kept(deal.id).closed_at) == ("open", None)
    move_deal(sara, deal.id, to("lost"))
    assert kept(deal.id).lost_reason == "other"


def test_an_open_deal_takes_no_reason_for_a_loss(app, sara) -> None:
    deal = factories.a_deal(sara)
    update_deal(sara, deal.id, {"lost_reason": "price"})
    assert kept(deal.id).lost_reason is None


@pytest.mark.parametrize(
    ("seen", "is_conflict"),
    [
        ({"version": 1}, True),
        ({"version": 2}, False),
        ({"from_stage_id": "lead"}, True),
        ({"from_stage_id": "qualified"}, False),
        ({"version": 1, "from_stage_id": "qualified"}, False),
        ({"version": 1, "from_stage_id": "lead"}, True),
        ({}, False),
    ],
)
def test_a_move_is_refused_when_the_rep_saw_the_deal_elsewhere(
    app, sara, omid, seen: dict[str, Any], is_conflict: bool
) -> None:
    deal = factories.a_deal(sara)
    move_deal(omid, deal.id, to("qualified"))
    if "from_stage_id" in seen:
        seen = seen | {"from_stage_id": factories.stage(seen["from_stage_id"]).id}
    if is_conflict:
        with pytest.raises(errors.Conflict):
            move_deal(sara, deal.id, to("proposal", **seen))
        assert move_deal(sara, deal.id, to("qualified", **seen)) is None, "it is there already"
    else:
        assert move_deal(sara, deal.id, to("proposal", **seen))


def test_an_undo_puts_everything_back_and_twice_is_once(app, sara, clock) -> None:
    deal = factories.a_deal(sara, "50 seats", "lost", lost_reason="price")
    before = (deal.stage_id, deal.status, deal.closed_at, deal.stage_entered_at, deal.lost_reason)
    clock.move(days=1)
    entry = move_deal(sara, deal.id, to("proposal"))
    clock.move(seconds=9)
    for _ in range(2):
        undo_move(sara, deal.id, entry)
        now = kept(deal.id)
        after = (now.stage_id, now.status, now.closed_at, now.stage_entered_at, now.lost_reason)
        assert after == before
    assert [m.data.get("undo_of") for m in moves(deal.id)] == [None, entry]


def test_only_the_move_by_which_it_stands_there_is_undone(app, sara, clock) -> None:
    deal = factories.a_deal(sara)
    entries = []
    for key in ("qualified", "proposal", "qualified"):
        clock.move(minutes=1)
        entries.append(move_deal(sara, deal.id, to(key)))
    with pytest.raises(errors.Conflict):
        undo_move(sara, deal.id, entries[0])
    for entry in reversed(entries):
        clock.move(minutes=1)
        undo_move(sara, deal.id, entry)
    assert kept(deal.id).stage_id == factories.stage("lead").id


def test_an_undo_into_a_stage_that_is_gone_is_refused(app, sara) -> None:
    deal = factories.a_deal(sara, "50 seats", "qualified")
    entry = move_deal(sara, deal.id, to("proposal"))
    db.session.get(Stage, factories.stage("qualified").id).archived_at = clock.now()
    db.session.commit()
    with pytest.raises(errors.Conflict):
        undo_move(sara, deal.id, entry)


@pytest.mark.parametrize("what", ["another deal's", "no move", "unknown"])
def test_what_is_no_move_of_this_deal_is_not_found(app, sara, what: str) -> None:
    deal, other = factories.a_deal(sara), create_deal(sara, {"name": "Other"})
    created = db.session.scalars(select(TimelineEntry.id)).first()
    entry = {
        "another deal's": move_deal(sara, other, to("won")),
        "no move": created,
        "unknown": deal.id,
    }[what]
    with pytest.raises(errors.NotFound):
        undo_move(sara, deal.id, entry)


def test_strangers_neither_move_nor_undo(app, sara, nika) -> None:
    deal = factories.a_deal(sara)
    entry = move_deal(sara, deal.id, to("won"))
    for attempt in (
        lambda: move_deal(nika, deal.id, to("lost")),
        lambda: undo_move(nika, deal.id, entry),
    ):
        with pytest.raises(errors.NotFound):
            attempt()


STEP = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(STAGES)),
    st.tuples(st.just("undo"), st.integers(0, 30)),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=14))
def test_any_moves_and_undos_keep_one_stage_and_a_history_without_gaps(
    app, sara, clock: MovableClock, steps: list[tuple[str, Any]]
) -> None:
    deal_id, start = factories.a_deal(sara).id, factories.stage("lead").id
    for what, which in steps:
        clock.move(seconds=1)
        if what == "move":
            move_deal(sara, deal_id, to(which))
        else:
            undo_any(sara, deal_id, which)
        assert_whole(deal_id, start)


def undo_any(person: Any, deal_id: str, number: int) -> None:
    entries = moves(deal_id)
    if entries:
        with suppress(errors.Conflict):
            undo_move(person, deal_id, entries[number % len(entries)].id)


def assert_whole(deal_id: str, start: str) -> None:
    deal, stands = kept(deal_id), start
    for entry in moves(deal_id):
        assert entry.data["from_stage_id"] == stands, "from of each is to of the one before"
        stands = entry.data["to_stage_id"]
        assert entry.data["seconds"] >= 0
    assert deal.stage_id == stands
    stage = db.session.get(Stage, stands)
    assert (deal.status, deal.pipeline_id) == (stage.kind, stage.pipeline_id)
    assert (deal.closed_at is None) == (stage.kind == "open")
    assert (deal.lost_reason is not None) == (stage.kind == "lost")
    assert deal.version == 1 + len(moves(deal_id))


def test_the_first_deal_won_makes_a_customer_and_its_undo_none(app, sara, clock) -> None:
    firm, person = factories.an_account(sara), factories.a_contact(sara)
    first = factories.a_deal(sara, account_id=firm.id, contact_id=person.id)
    entry = move_deal(sara, first.id, to("won"))
    won_on = clock.now().date()
    assert (firm.customer_since, firm.version, person.customer_since) == (won_on, 2, None)
    undo_move(sara, first.id, entry)
    assert firm.customer_since is None
    move_deal(sara, first.id, to("won"))
    clock.move(days=400)
    second = factories.a_deal(sara, account_id=firm.id)
    entry = move_deal(sara, second.id, to("won"))
    assert firm.customer_since == won_on, "the first one counts"
    undo_move(sara, second.id, entry)
    assert firm.customer_since == won_on


def test_without_a_firm_the_person_is_the_customer(app, sara, clock) -> None:
    person = factories.a_contact(sara)
    won = {"name": "Seats", "contact_id": person.id, "stage_id": factories.stage("won").id}
    create_deal(sara, won)
    assert person.customer_since == clock.now().date()
