"""Today: what to do now, sorted by urgency and money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import clock
from tests import factories


def test_a_new_rep_is_told_what_comes_next(new_client, sara) -> None:
    page = new_client(sara).get("/today")
    assert page.status_code == 200
    assert "Nothing left for today" in page.text


@pytest.mark.mission(116)
def test_a_meeting_that_just_ended_asks_to_be_logged(new_client, sara) -> None:
    account = factories.an_account(sara, "Alborz Distribution")
    contact = factories.a_contact(sara, "Sara Rezaei", account)
    factories.an_activity(
        sara,
        "meeting",
        due_at=clock.now() - timedelta(minutes=50),
        ends_at=clock.now() - timedelta(minutes=5),
        contact_id=contact.id,
        account_id=account.id,
    )
    text = new_client(sara).get("/today").text
    assert "Ended 5 min ago" in text
    assert "Meeting with Sara Rezaei" in text
    assert "Alborz Distribution" in text


def test_after_ninety_minutes_an_unlogged_meeting_is_a_row(new_client, sara) -> None:
    contact = factories.a_contact(sara, "Sara Rezaei")
    factories.an_activity(
        sara,
        "meeting",
        due_at=clock.now() - timedelta(hours=3),
        ends_at=clock.now() - timedelta(minutes=91),
        contact_id=contact.id,
    )
    text = new_client(sara).get("/today").text
    assert "Over, not logged yet" in text
    assert "log it while" not in text


@pytest.mark.mission(53)
@pytest.mark.mission(47)
def test_late_promises_stand_first_and_the_larger_deal_before_the_smaller(new_client, sara) -> None:
    small = factories.a_deal(sara, "Small", amount=1)
    large = factories.a_deal(sara, "Large", amount=10**9)
    due = clock.now() - timedelta(days=2)
    factories.an_activity(
        sara, "task", subject="Due later today", due_at=clock.now() + timedelta(hours=2)
    )
    factories.an_activity(sara, "task", subject="Late and small", due_at=due, deal_id=small.id)
    factories.an_activity(sara, "task", subject="Late and large", due_at=due, deal_id=large.id)
    text = new_client(sara).get("/today").text
    order = [text.index(t) for t in ("Late and large", "Late and small", "Due later today")]
    assert order == sorted(order)
    assert "2 days late" in text


def test_a_quiet_deal_without_a_next_step_stands_under_dont_let_slip(new_client, sara) -> None:
    factories.a_deal(sara, "Clinic edition", stage_entered_at=clock.now() - timedelta(days=12))
    text = new_client(sara).get("/today").text
    assert "Quiet for 12 days, no next step" in text


def test_a_deal_with_a_next_step_is_not_quiet(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Clinic", stage_entered_at=clock.now() - timedelta(days=12))
    factories.an_activity(sara, "call", due_at=clock.now() + timedelta(days=3), deal_id=deal.id)
    assert "Quiet for" not in new_client(sara).get("/today").text


def test_years_as_a_customer_and_birthdays_are_told_the_day_before(new_client, sara) -> None:
    today = clock.now().date()
    factories.an_account(
        sara, "Moss and Pine", customer_since=today.replace(year=today.year - 3) + timedelta(days=1)
    )
    factories.a_contact(sara, "Ali Moradi", birthday=today.replace(year=1980))
    text = new_client(sara).get("/today").text
    assert "Tomorrow: 3 years as a customer" in text
    assert "Today is <bdi>Ali Moradi</bdi>’s birthday" in text


def test_others_work_is_not_on_my_today(new_client, sara, omid) -> None:
    factories.an_activity(omid, "task", subject="His promise", due_at=clock.now())
    assert "His promise" not in new_client(sara).get("/today").text


def test_a_hot_lead_says_why(new_client, sara) -> None:
    factories.a_lead(
        sara,
        "Daniel Okafor",
        heat="hot",
        source="Web form",
        company="Kestrel",
        created_at=clock.now() - timedelta(minutes=20),
    )
    text = new_client(sara).get("/today").text
    assert "Daniel Okafor" in text
    assert "Web form, 20 min ago" in text
    assert "Nobody has called yet" in text


def test_ticking_a_promise_keeps_it_and_undo_takes_it_back(new_client, sara) -> None:
    promise = factories.an_activity(sara, "task", subject="Send it", due_at=clock.now())
    phone = new_client(sara)
    answer = phone.post(f"/activities/{promise.id}/completion", data={"done": "1"})
    assert answer.status_code == 303
    page = phone.get("/today").text
    assert "Send it" not in page
    assert "Undo" in page
    phone.post(f"/activities/{promise.id}/completion", data={"done": ""})
    assert "Send it" in phone.get("/today").text


def test_htmx_gets_the_row_alone(new_client, sara) -> None:
    promise = factories.an_activity(sara, "task", subject="Send it", due_at=clock.now())
    answer = new_client(sara).post(
        f"/activities/{promise.id}/completion",
        data={"done": "1"},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert answer.status_code == 200
    assert answer.text.strip().startswith("<li")
    assert "row--done" in answer.text
    assert "HX-Request-Type" in answer.headers["Vary"]


def test_whatever_watches_over_the_server_is_answered_without_signing_in(client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_rule_that_compiles_late_still_builds_its_address(app) -> None:
    with app.test_request_context():
        deal_id = "01930000-0000-7000-8000-000000000001"
        assert app.url_for("deals.show", deal_id=deal_id) == f"/deals/{deal_id}"
        assert app.url_for("today.show", part="all") == "/today?part=all"
