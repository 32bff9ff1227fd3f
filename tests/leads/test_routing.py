"""A new lead finds its person by the rules, in turn, never somebody away; unclaimed it goes on."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm import clock as product_clock
from crm import errors
from crm.activities.commands import log_activity
from crm.database import db
from crm.i18n import Locale
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.commands import capture_lead, update_lead
from crm.leads.models import Lead
from crm.leads.route_book import change_hours, create_rule
from crm.leads.routes import claim_lead, pass_on_unclaimed
from crm.leads.routing import Candidate, Hours, Way, choose, deadline, starts
from crm.timeline.models import TimelineEntry
from crm.users.away import is_away, set_away
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests.clock import MovableClock
from tests.people import NORTH, SOUTH

HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
TEHRAN = ZoneInfo("Asia/Tehran")
WEEK = Hours(frozenset({5, 6, 0, 1, 2}), 9 * 60, 17 * 60, TEHRAN)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026 in Tehran; the 24th is a Tuesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN).astimezone(UTC)


@pytest.mark.parametrize(("came", "minutes", "due"), [
    (at(24, 10), 60, at(24, 11)),
    (at(24, 16, 30), 60, at(25, 9, 30)),
    (at(24, 20), 60, at(25, 10)),
    # Wednesday evening: Thursday and Friday are free, Saturday is the 28th.
    (at(25, 18), 60, at(28, 10)),
    (at(26, 12), 600, at(29, 11)),
])  # fmt: skip
def test_the_clock_runs_in_minutes_of_work(came: datetime, minutes: int, due: datetime) -> None:
    assert deadline(WEEK, came, minutes) == due


def test_the_clock_starts_at_the_next_working_minute() -> None:
    assert starts(WEEK, at(24, 10, 7)) == at(24, 10, 7)
    assert starts(WEEK, at(25, 17)) == at(28, 9)


@given(
    ahead=st.timedeltas(timedelta(0), timedelta(days=365)),
    minutes=st.integers(1, 3000),
    more=st.integers(1, 3000),
)
def test_a_longer_time_ends_later_and_within_work(
    ahead: timedelta, minutes: int, more: int
) -> None:
    moment = at(1, 0) + ahead
    first, later = deadline(WEEK, moment, minutes), deadline(WEEK, moment, minutes + more)
    assert moment < first < later
    there = first.astimezone(TEHRAN)
    assert there.weekday() in WEEK.days
    assert timedelta(hours=9) <= first - at_midnight(first) <= timedelta(hours=17)
    # No two moments of work are lost: what is left after the first part is the rest.
    assert deadline(WEEK, first, more) == later


def at_midnight(moment: datetime) -> datetime:
    there = moment.astimezone(TEHRAN)
    return there.replace(hour=0, minute=0, second=0, microsecond=0)


def test_away_counts_its_first_and_its_last_day() -> None:
    first, last = date(2026, 11, 24), date(2026, 11, 26)
    days = [first + timedelta(days=n) for n in range(-1, 4)]
    assert [is_away(first, last, day) for day in days] == [False, True, True, True, False]
    assert is_away(first, None, date(2030, 1, 1))
    assert not is_away(None, None, first)


@given(people=st.integers(1, 6), leads=st.integers(0, 40))
def test_in_turn_nobody_gets_two_more_than_another(people: int, leads: int) -> None:
    turns = dict.fromkeys((str(n) for n in range(people)), 0)
    got: Counter[str] = Counter(dict.fromkeys(turns, 0))
    for turn in range(1, leads + 1):
        chosen = choose(Way.ROUND_ROBIN, [Candidate(i, i, None, 0, t) for i, t in turns.items()])
        assert chosen is not None
        turns[chosen.id] = turn
        got[chosen.id] += 1
    assert max(got.values()) - min(got.values()) <= 1


def test_by_load_the_least_loaded_gets_it_and_nobody_twice() -> None:
    people = [Candidate("a", "A", None, 3, 0), Candidate("b", "B", None, 1, 5)]
    assert [choose(Way.LEAST_LOAD, people, offered) for offered in ((), ("b",), ("a", "b"))] == [
        people[1],
        people[0],
        None,
    ]


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
    told = db.session.scalars(
        select(TimelineEntry.data).where(TimelineEntry.kind == "lead.assigned")
    ).first()
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
    db.session.remove()

    def one(number: int) -> str | None:
        with app.app_context():
            try:
                return arrive(number).owner_id
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as threads:
        owners = Counter(threads.map(one, range(12)))
    assert owners == {sara.id: 6, omid.id: 6}


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
    assert pass_on_unclaimed(HAMRAH) == 0
    assert db.session.get_one(Lead, lead.id).owner_id == owner


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
