"""Score, heat and history follow what a lead does: at once, once, and when time passes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from crm import clock as product_clock
from crm.activities.commands import correct_activity, log_activity, withdraw_activity
from crm.company.models import Company
from crm.database import db, new_id
from crm.leads.commands import capture_lead, update_lead
from crm.leads.models import Lead, Touch
from crm.leads.queries import scores_of
from crm.leads.score_book import change_bands, change_rule, still_due
from crm.leads.scoring import Sign
from crm.leads.touches import add_touches, settle_due
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from crm.worker import Worker
from tests import factories
from tests.clock import MovableClock
from tests.leads.rules import rule_id

HEATS = ("lead.became_hot", "lead.became_warm", "lead.became_cold")


def lead_of(lead_id: str) -> Lead:
    db.session.rollback()
    return db.session.get_one(Lead, lead_id)


def turns(lead_id: str) -> list[str]:
    """Return how the lead's heat went, in the order of its history."""
    kinds = select(TimelineEntry.kind).where(
        TimelineEntry.lead_id == lead_id, TimelineEntry.kind.in_(HEATS)
    )
    told = db.session.scalars(kinds.order_by(TimelineEntry.id))
    return [kind.rpartition("_")[2] for kind in told]


@pytest.fixture
def lead_id(app: Flask, sara: Viewer) -> str:
    lead = factories.a_lead(sara)
    return lead.id


@pytest.mark.mission(33, 34, 35, 36)
def test_a_lead_gets_warm_and_hot_as_it_acts_and_the_history_says_why(
    lead_id: str, sara: Viewer
) -> None:
    now = product_clock.now()
    add_touches(sara, lead_id, [Sign("form", now), Sign("download", now, "/prices.pdf")])
    lead = lead_of(lead_id)
    assert (lead.score, lead.heat, lead.mql_at, lead.sql_at) == (42, "warm", now, None)
    add_touches(sara, lead_id, [Sign("quote", now)])
    lead = lead_of(lead_id)
    assert (lead.score, lead.heat, lead.sql_at) == (72, "hot", now)
    entry = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "lead.became_hot")
    ).one()
    assert entry.data == {
        "score": 72,
        "from": "warm",
        "reasons": [
            {"signal": "quote", "points": 30, "times": 1},
            {"signal": "form", "points": 30, "times": 1},
        ],
    }


def test_it_cools_by_itself_and_no_row_is_written_before(
    lead_id: str, sara: Viewer, clock: MovableClock
) -> None:
    add_touches(
        sara, lead_id, [Sign("form", product_clock.now()), Sign("quote", product_clock.now())]
    )
    before = lead_of(lead_id)
    falls = before.cools_at
    assert falls is not None
    clock.set(falls - timedelta(hours=2))
    assert settle_due(sara) == 0
    clock.set(falls)
    assert settle_due(sara) == 1
    assert turns(lead_id) == ["warm", "cold"]
    assert lead_of(lead_id).cools_at is None
    assert settle_due(sara) == 0


def test_by_hand_stands_above_the_score_and_can_be_taken_back(lead_id: str, sara: Viewer) -> None:
    update_lead(sara, lead_id, {"heat_by_hand": "hot"})
    add_touches(
        sara, lead_id, [Sign("form", product_clock.now()), Sign("campaign", product_clock.now())]
    )
    assert (lead_of(lead_id).heat, lead_of(lead_id).score) == ("hot", 36)
    update_lead(sara, lead_id, {"heat_by_hand": None})
    assert lead_of(lead_id).heat == "cold"


@pytest.mark.mission(40)
def test_what_we_log_counts_and_what_is_taken_back_does_not(lead_id: str, sara: Viewer) -> None:
    def log(**more: str) -> str:
        said = {"kind": "call", "lead_id": lead_id, **more}
        return str(log_activity(sara, said)["activity_id"])

    log(kind="meeting", outcome="interested")
    wrong = log(outcome="quote")
    assert lead_of(lead_id).score == 55
    correct_activity(sara, wrong, {"kind": "call", "outcome": "no_answer"})
    assert lead_of(lead_id).score == 20
    withdraw_activity(sara, log(outcome="quote"))
    assert lead_of(lead_id).score == 20
    log(kind="message")
    assert lead_of(lead_id).score == 20, "what we sent says nothing of him"


def test_eight_at_once_make_one_turn_and_the_whole_sum(
    app: Flask, lead_id: str, sara: Viewer
) -> None:
    signals = ["form", "quote", "meeting", "key_page", "download", "call", "page", "campaign"]
    now = product_clock.now()

    def act(signal: str) -> None:
        with app.app_context():
            add_touches(sara, lead_id, [Sign(signal, now)])
            db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, signals))
    lead = lead_of(lead_id)
    assert lead.score == 100
    assert lead.score == scores_of([lead], now)[lead_id].points
    assert turns(lead_id) in (["warm", "hot"], ["hot"])


SIGNALS = ("form", "quote", "meeting", "key_page", "download", "call", "page", "campaign")
BATCHES = st.lists(st.lists(st.sampled_from(SIGNALS), min_size=1, max_size=4), max_size=6)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES)
def test_in_any_batches_the_sum_holds_and_each_line_is_crossed_once(
    app: Flask, sara: Viewer, batches: list[list[str]]
) -> None:
    lead_id = factories.a_lead(sara, name=f"Lead {new_id()}").id
    for batch in batches:
        add_touches(sara, lead_id, [Sign(signal, product_clock.now()) for signal in batch])
    lead = lead_of(lead_id)
    found = scores_of([lead], product_clock.now())[lead_id]
    assert lead.score == found.points == sum(line.points for line in found.lines)
    assert 0 <= lead.score <= 100
    way = turns(lead_id)
    assert way in ([], ["warm"], ["hot"], ["warm", "hot"])
    assert (way[-1] if way else "cold") == lead.heat


@pytest.mark.mission(33)
def test_a_changed_rule_scores_everybody_anew_in_small_batches(
    lead_id: str, sara: Viewer, admin: Viewer
) -> None:
    add_touches(sara, lead_id, [Sign("form", product_clock.now())])
    others = [factories.a_lead(sara, name=f"Lead {n}").id for n in range(5)]
    while settle_due(admin):
        pass
    change_rule(admin, rule_id("form"), {"points": "75", "cap": "80", "is_active": "on"})
    assert still_due(admin) == (6, 6)
    assert settle_due(admin, most=4) == 4
    assert settle_due(admin, most=4) == 2
    assert still_due(admin) == (0, 6)
    assert lead_of(lead_id).heat == "hot"
    assert [lead_of(other).heat for other in others] == ["cold"] * 5


def test_the_worker_does_what_is_due_and_survives_what_goes_wrong(
    app: Flask, lead_id: str, sara: Viewer, admin: Viewer
) -> None:
    add_touches(sara, lead_id, [Sign("form", product_clock.now())])
    change_bands(admin, {"warm_from": "20", "hot_from": "30"})
    worker = Worker(app.app_context)
    assert worker.run_due() == 1
    assert lead_of(lead_id).heat == "hot"
    db.session.execute(update(Company).values(calendar="mayan"))
    db.session.commit()
    assert worker.run_due() == 0


def test_the_touches_of_a_lead_that_is_deleted_go_with_it(lead_id: str, sara: Viewer) -> None:
    add_touches(sara, lead_id, [Sign("form", product_clock.now())])
    db.session.delete(lead_of(lead_id))
    db.session.commit()
    assert db.session.scalar(select(func.count(Touch.id))) == 0


def test_a_lead_from_a_file_is_scored_by_what_it_is(app: Flask, sara: Viewer) -> None:
    lead_id = capture_lead(sara, {"name": "Omid", "job_title": "مدیر خرید", "employees": "۱۲۰"})
    found = lead_of(lead_id)
    assert found.score == 45 + 18 + 12


def test_a_job_that_fails_keeps_no_other_from_its_turn(app: Flask, lead_id: str) -> None:
    done = []

    def fails(_actor: Viewer, _most: int) -> int:
        raise RuntimeError

    def works(_actor: Viewer, _most: int) -> int:
        done.append("once")
        return 0

    worker = Worker(app.app_context, ((fails, 10), (works, 60)))
    worker.run_due()
    worker.run_due()
    assert done == ["once"]
