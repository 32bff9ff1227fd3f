"""A new lead finds its person by the rules, in turn, never somebody away; unclaimed it goes on."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import clock as product_clock
from crm import errors
from crm.activities.commands import log_activity
from crm.administration.holidays import add_holiday
from crm.database import db
from crm.i18n import Locale
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.commands import capture_lead, update_lead
from crm.leads.models import Lead
from crm.leads.route_book import change_hours, create_rule
from crm.leads.routes import claim_lead, pass_on_unclaimed
from crm.timeline.models import TimelineEntry
from crm.users.away import set_away
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once
from tests.leads.test_turns import at
from tests.people import NORTH, SOUTH

HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))


def rule(admin: Viewer, **more: Any) -> str:
    given = {"name": "North", "team_id": NORTH, "is_active": "on", **more}
    return create_rule(admin, {name: value for name, value in given.items() if value})


def arrive(number: int = 0, **payload: Any) -> Lead:
    person = {"name": f"Lead {number}", "phones": [f"0912{number:07}"], **payload}
    return db.session.get_one(Lead, receive_lead(HAMRAH, Arrival(person)))


def entries(lead: Lead) -> list[str]:
    kinds = select(TimelineEntry.kind).where(TimelineEntry.lead_id == lead.id)
    return list(db.session.scalars(kinds.order_by(TimelineEntry.id)))


@pytest.mark.mission(34)
def test_without_rules_a_lead_stays_nobodys_and_its_clock_runs(app: Flask) -> None:
    lead = arrive()
    assert (lead.owner_id, lead.team_id, entries(lead)) == (None, None, ["lead.captured"])
    assert lead.received_at == lead.created_at
    assert lead.reply_by == lead.created_at + timedelta(hours=1)


@pytest.mark.mission(34)
def test_a_team_gets_its_leads_in_turn_and_the_timeline_says_why(
    app: Flask, admin: Viewer, sara: Viewer, omid: Viewer
) -> None:
    rule(admin)
    leads = [arrive(n) for n in range(5)]
    assert Counter(lead.owner_id for lead in leads) == {sara.id: 3, omid.id: 2}
    assert leads[0].team_id == NORTH
    assert entries(leads[0]) == ["lead.captured", "lead.assigned"]
    assigned = (TimelineEntry.lead_id == leads[0].id, TimelineEntry.kind == "lead.assigned")
    told = db.session.scalars(select(TimelineEntry.data).where(*assigned)).one()
    assert told == {
        "owner_id": sara.id, "owner": sara.name, "rule": "North", "why": "round_robin",
    }  # fmt: skip


def test_the_first_rule_that_is_about_a_lead_and_has_somebody_wins(
    app: Flask, admin: Viewer, sara: Viewer, nika: Viewer
) -> None:
    rule(admin, name="Fair", team_id=None, user_id=nika.id, source_words="fair, نمایشگاه")
    rule(admin, name="Hot", team_id=SOUTH, min_heat="hot")
    rule(admin, name="Tehran", team_id=None, user_id=sara.id, city_words="تهران")
    assert arrive(1, source="نمايشگاه الکامپ").owner_id == nika.id
    assert arrive(2, heat="hot").owner_id == nika.id
    assert arrive(3, city="تهران").owner_id == sara.id
    assert arrive(4, city="Shiraz").owner_id is None
    set_away(nika, nika.id, {"away_from": "2026-11-24"})
    assert arrive(5, heat="hot", city="تهران").owner_id == sara.id
    assert arrive(6, source="Fair").owner_id is None


@pytest.mark.mission(34)
def test_nobody_away_or_gone_gets_a_lead(
    app: Flask, admin: Viewer, leila: Viewer, sara: Viewer, omid: Viewer
) -> None:
    rule(admin)
    set_away(leila, sara.id, {"away_from": "2026-11-23", "away_until": "2026-11-24"})
    assert {arrive(n).owner_id for n in range(3)} == {omid.id}
    db.session.get_one(User, omid.id).is_active = False
    db.session.commit()
    assert arrive(9).owner_id is None


def test_away_is_said_by_oneself_or_by_who_answers_for_him(
    app: Flask, omid: Viewer, reza: Viewer, sara: Viewer
) -> None:
    for stranger in (omid, reza):
        with pytest.raises(errors.NotFound):
            set_away(stranger, sara.id, {"away_from": "2026-11-24"})
    for wrong in (
        {"away_from": "2026-11-24", "away_until": "2026-11-20"},
        {"away_until": "2026-11-20"},
    ):
        with pytest.raises(errors.ValidationError):
            set_away(sara, sara.id, wrong)


def test_many_at_once_are_still_shared_in_turn(
    app: Flask, admin: Viewer, sara: Viewer, omid: Viewer
) -> None:
    rule(admin)
    owners: Counter[str | None] = Counter()
    for turn in range(4):
        numbers = range(8 * turn, 8 * turn + 8)
        calls = [lambda number=number: arrive(number).owner_id for number in numbers]
        owners.update(at_once(app, calls))
    assert owners == {sara.id: 16, omid.id: 16}


@pytest.mark.mission(31)
def test_of_those_who_claim_at_once_one_gets_it(
    app: Flask, sara: Viewer, omid: Viewer, leila: Viewer, nika: Viewer
) -> None:
    def claim(person: Viewer, lead_id: str) -> str:
        try:
            claim_lead(person, lead_id)
        except errors.Conflict as error:
            return str(error)
        return person.name

    for number in range(5):
        lead_id = arrive(number).id
        people = (sara, omid, leila, nika)
        said = at_once(app, [lambda one=one, i=lead_id: claim(one, i) for one in people])
        winner = db.session.get_one(Lead, lead_id).owner_id
        (name,) = [one.name for one in people if one.id == winner]
        assert sorted(said) == sorted([name, *[f"{name} has this lead already."] * 3])


@pytest.mark.mission(34)
def test_an_unclaimed_lead_passes_each_once_and_then_is_nobodys(
    app: Flask, admin: Viewer, clock: MovableClock
) -> None:
    rule(admin)
    lead_id = arrive().id
    owners = []
    for _turn in range(4):
        assert pass_on_unclaimed(HAMRAH) == 0
        owners.append(db.session.get_one(Lead, lead_id).owner_id)
        clock.move(minutes=60)
        pass_on_unclaimed(HAMRAH)
    lead = db.session.get_one(Lead, lead_id)
    assert len(set(owners[:2])) == 2
    assert owners[2:] == [None, None]
    assert entries(lead) == ["lead.captured", "lead.assigned", "lead.assigned", "lead.unclaimed"]
    assert lead.reply_by == lead.created_at + timedelta(hours=1), "it runs from the first second"


@pytest.mark.parametrize("touched", ["claimed", "called", "later", "given"])
def test_what_somebody_has_in_hand_does_not_pass_on(
    app: Flask, admin: Viewer, leila: Viewer, sara: Viewer, omid: Viewer,
    clock: MovableClock, touched: str,
) -> None:  # fmt: skip
    rule(admin)
    lead = arrive()
    assert lead.owner_id == sara.id
    if touched == "claimed":
        claim_lead(sara, lead.id)
    elif touched == "called":
        log_activity(sara, {"kind": "call", "lead_id": lead.id, "outcome": "no_answer"})
    elif touched == "later":
        update_lead(sara, lead.id, {"status": "later"})
    else:
        update_lead(leila, lead.id, {"owner_id": leila.id})
    owner = leila.id if touched == "given" else sara.id
    clock.move(days=3)
    pass_on_unclaimed(HAMRAH)
    assert db.session.get_one(Lead, lead.id).owner_id == owner
    assert pass_on_unclaimed(HAMRAH) == 0, "it is not looked at for ever"


@pytest.mark.mission(31)
def test_of_two_who_claim_one_gets_it_and_the_other_reads_who(
    app: Flask, sara: Viewer, omid: Viewer, nika: Viewer
) -> None:
    lead_id = arrive().id
    claim_lead(sara, lead_id)
    claim_lead(sara, lead_id)
    for other in (omid, nika):
        with pytest.raises(errors.Conflict, match="Sara Ahmadi"):
            claim_lead(other, lead_id)
    lead = db.session.get_one(Lead, lead_id)
    assert (lead.owner_id, lead.team_id) == (sara.id, NORTH)
    assert lead.claimed_at == product_clock.now()
    assert entries(lead).count("lead.claimed") == 1


def test_a_strangers_lead_cannot_be_claimed_nor_is_it_said_whose_it_is(
    app: Flask, sara: Viewer, omid: Viewer, nika: Viewer, clock: MovableClock
) -> None:
    mine = capture_lead(sara, {"name": "Mine"})
    with pytest.raises(errors.NotFound):
        claim_lead(nika, mine)
    taken = arrive().id
    claim_lead(sara, taken)
    clock.move(days=2)
    with pytest.raises(errors.NotFound):
        claim_lead(nika, taken)


@pytest.mark.mission(34)
def test_the_first_call_is_the_answer_and_no_later_one(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    lead_id = arrive().id
    clock.move(minutes=20)
    log_activity(sara, {"kind": "note", "lead_id": lead_id, "note": "Looks good"})
    assert db.session.get_one(Lead, lead_id).answered_at is None
    first = product_clock.now()
    log_activity(sara, {"kind": "call", "lead_id": lead_id})
    clock.move(minutes=20)
    log_activity(sara, {"kind": "message", "lead_id": lead_id})
    assert db.session.get_one(Lead, lead_id).answered_at == first
    mine = capture_lead(sara, {"name": "Met at a fair"})
    log_activity(sara, {"kind": "call", "lead_id": mine})
    assert db.session.get_one(Lead, mine).answered_at is None


def test_the_companys_hours_move_the_clock(app: Flask, admin: Viewer) -> None:
    hours = {"reply_within_minutes": "30", "work_from": "۱۲:۰۰", "work_until": "16:00"}
    change_hours(admin, {**hours, "work_days": ["0", "1"]})
    # It is Tuesday, 10:45.
    assert arrive().reply_by == at(24, 12, 30)
    for wrong in (
        {"work_until": "9:00"}, {"work_days": []}, {"work_from": "x"}, {"work_from": "25:00"},
        {"reply_within_minutes": "0"},
    ):  # fmt: skip
        with pytest.raises(errors.ValidationError):
            change_hours(admin, {**hours, "work_days": ["0"], **wrong})


def test_nobody_answers_or_passes_on_over_a_holiday(
    app: Flask, admin: Viewer, clock: MovableClock
) -> None:
    # It is Tuesday, 10:45; work ends at 17:00, and Wednesday is a holiday before the weekend.
    add_holiday(admin, {"day": "2026-11-25", "name": "Snow"})
    rule(admin)
    clock.move(hours=6)
    lead = arrive()
    assert (lead.reply_by, lead.pass_at) == (at(28, 9, 45), at(28, 9, 45))
