"""The pages around new leads: rules and hours, the clock of a lead, who is away, who is fast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock as product_clock
from crm.activities.commands import log_activity
from crm.database import db
from crm.i18n import Locale
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.models import Lead, RoutingRule
from crm.leads.route_book import create_rule
from crm.leads.routes import pass_on_unclaimed
from crm.leads.scoring import Sign
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests.clock import MovableClock
from tests.factories import a_lead
from tests.people import NORTH

NewClient = Callable[..., FlaskClient]
HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))


def arrive(number: int = 0, **payload: Any) -> str:
    person = {"name": f"Lead {number}", "phones": [f"0912{number:07}"], **payload}
    now = product_clock.now()
    signs = tuple(Sign(signal, now) for signal in ("quote", "form", "key_page", "campaign"))
    return receive_lead(HAMRAH, Arrival(person, signs))


@pytest.mark.mission(34)
def test_an_admin_makes_orders_changes_and_removes_rules(
    new_client: NewClient, admin: Viewer
) -> None:
    client, home = new_client(admin), "/administration/routing"
    assert "No rule yet" in client.get(home).text
    rule = {"name": "Fair", "source_words": "fair، نمایشگاه", "team_id": NORTH, "is_active": "on"}
    assert client.post(home, data=rule).status_code == 303
    assert client.post(home, data={**rule, "name": "All", "source_words": ""}).status_code == 303

    def names() -> list[str]:
        ordered = select(RoutingRule.name).order_by(RoutingRule.position)
        return list(db.session.scalars(ordered))

    last = db.session.scalars(select(RoutingRule.id).where(RoutingRule.name == "All")).one()
    assert names() == ["Fair", "All"]
    assert client.post(f"{home}/{last}/position").status_code == 303
    assert names() == ["All", "Fair"]
    page = client.get(home).text
    assert "Source: fair, نمایشگاه" in page
    assert "Every lead" in page
    assert 'value="All"' in client.get(f"{home}/{last}").text
    client.post(f"{home}/{last}", data={**rule, "name": "Hot", "min_heat": "hot"})
    assert names() == ["Hot", "Fair"]
    assert client.post(f"{home}/{last}/deletion").status_code == 303
    assert names() == ["Fair"]


@pytest.mark.parametrize(("wrong", "field"), [
    ({"name": ""}, "name"), ({"team_id": ""}, "team_id"), ({"user_id": "{sara}"}, "team_id"),
    ({"min_heat": "boiling"}, "min_heat"),
])  # fmt: skip
def test_a_rule_that_is_wrong_keeps_what_was_typed(
    new_client: NewClient, admin: Viewer, sara: Viewer, wrong: dict[str, str], field: str
) -> None:
    form = {"name": "Fair", "source_words": "kept words", "team_id": NORTH}
    form |= {name: value.format(sara=sara.id) for name, value in wrong.items()}
    answer = new_client(admin).post("/administration/routing", data=form)
    assert answer.status_code == 422
    assert "kept words" in answer.text
    assert 'class="error"' in answer.text, field


def test_the_hours_are_the_readers_week_and_keep_what_was_typed(
    new_client: NewClient, admin: Viewer
) -> None:
    client = new_client(admin)
    page = client.get("/administration/routing").text
    assert 'name="work_days" value="5" checked' in page
    good = {"reply_within_minutes": "۳۰", "work_from": "8:30", "work_until": "16:00"}
    days = {"work_days": ["0", "1"]}
    path = "/administration/routing/hours"
    assert client.post(path, data=good | days).status_code == 303
    assert 'value="8:30"' in client.get("/administration/routing").text
    wrong = client.post(path, data=good | {"work_from": "soon"} | days)
    assert wrong.status_code == 422
    assert 'value="soon"' in wrong.text
    assert "Write a time such as 9:00." in wrong.text


@pytest.mark.mission(34)
def test_the_leads_page_says_how_long_is_left_and_one_tap_takes_it(
    new_client: NewClient, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    client, lead_id = new_client(sara), arrive()
    clock.move(minutes=20)
    page = client.get(f"/leads/{lead_id}").text
    assert "Call within 40 minutes" in page
    assert "Team rule: reply within the hour" in page
    assert "I take it" in page
    assert f'action="/leads/{lead_id}/claim"' in client.get("/today").text
    assert client.post(f"/leads/{lead_id}/claim").status_code == 303
    assert db.session.get_one(Lead, lead_id).owner_id == sara.id
    late = new_client(omid).post(f"/leads/{lead_id}/claim")
    assert late.status_code == 409
    assert "Sara Ahmadi has this lead already." in late.text
    clock.move(minutes=50)
    page = client.get(f"/leads/{lead_id}").text
    assert "10 minutes late: call now" in page
    assert "I take it" not in page
    log_activity(sara, {"kind": "call", "lead_id": lead_id})
    assert "call now" not in client.get(f"/leads/{lead_id}").text


def test_no_clock_runs_for_cold_leads_nor_for_those_met_by_hand(
    new_client: NewClient, sara: Viewer
) -> None:
    client = new_client(sara)
    for lead_id in (a_lead(sara, heat="hot").id, receive_lead(HAMRAH, Arrival({"name": "Cold"}))):
        assert "Team rule" not in client.get(f"/leads/{lead_id}").text


@pytest.mark.mission(34)
def test_the_timeline_says_who_got_it_and_why(
    new_client: NewClient, app: Flask, admin: Viewer, sara: Viewer
) -> None:
    create_rule(admin, {"name": "Website leads", "team_id": NORTH, "is_active": "on"})
    page = new_client(sara).get(f"/leads/{arrive()}").text
    assert "Given to Sara Ahmadi: Website leads · in turn" in page
    assert "I take it" in page


@pytest.mark.mission(34)
def test_who_is_away_is_said_beside_his_name(
    new_client: NewClient, sara: Viewer, leila: Viewer, reza: Viewer, omid: Viewer
) -> None:
    mine = new_client(sara)
    wrong = mine.post("/settings/away", data={"away_from": "2026-11-24", "away_until": "x y"})
    assert wrong.status_code == 422
    assert 'value="x y"' in wrong.text
    dates = {"away_from": "2026-11-24", "away_until": "2026-11-26"}
    assert mine.post("/settings/away", data=dates).status_code == 303
    boss = new_client(leila)
    for path in ("/team", f"/team/{sara.id}", f"/leads/{a_lead(sara).id}"):
        assert "Away until" in boss.get(path).text, path
    assert new_client(reza).post(f"/team/{sara.id}/away", data=dates).status_code == 404
    assert boss.post(f"/team/{sara.id}/away", data={"away_until": "2026-11-26"}).status_code == 422
    assert boss.post(f"/team/{sara.id}/away", data={}).status_code == 303
    assert db.session.get_one(User, sara.id).away_from is None


@pytest.mark.mission(34)
def test_the_team_page_says_how_fast_each_one_answers(
    new_client: NewClient, sara: Viewer, leila: Viewer, clock: MovableClock
) -> None:
    for number, minutes in enumerate((10, 20, 90)):
        lead_id = arrive(number, owner_id=None)
        mine = db.session.get_one(Lead, lead_id)
        mine.owner_id, mine.team_id = sara.id, sara.team_id
        mine.answered_at = mine.received_at + timedelta(minutes=minutes)
        db.session.commit()
    clock.move(minutes=100)
    page = new_client(leila).get("/team").text
    assert "Answers in 20 minutes · 67% in time" in page
    clock.move(days=31)
    assert "Answers in" not in new_client(leila).get("/team").text


@pytest.mark.mission(34)
def test_the_page_says_what_the_customer_was_promised_and_what_its_second_owner_has(
    new_client: NewClient, admin: Viewer, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    create_rule(admin, {"name": "North", "team_id": NORTH, "is_active": "on"})
    lead_id = arrive(1)
    page = new_client(sara).get(f"/leads/{lead_id}").text
    assert "Call within 60 minutes" in page
    assert "Its owner got it" not in page
    clock.move(minutes=65)
    pass_on_unclaimed(HAMRAH)
    clock.move(minutes=5)
    page = new_client(omid).get(f"/leads/{lead_id}").text
    assert "10 minutes late: call now" in page
    assert "Its owner got it 5 min ago: for them by" in page
