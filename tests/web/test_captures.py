"""The capture sheet and what is done about what was logged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.database import db, new_id
from crm.deals.models import Deal
from tests import factories


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(Activity)) or 0


@pytest.mark.mission(116)
@pytest.mark.mission(115)
def test_one_save_writes_the_meeting_moves_the_deal_and_sets_the_next_step(
    new_client, sara
) -> None:
    account = factories.an_account(sara, "Alborz")
    contact = factories.a_contact(sara, "Sara Rezaei", account)
    deal = factories.a_deal(
        sara, "Suite", "qualified", contact_id=contact.id, account_id=account.id
    )
    phone = new_client(sara)
    sheet = phone.get(f"/capture?deal_id={deal.id}").text
    capture_id = sheet.split('name="capture_id" value="')[1].split('"')[0]
    answer = phone.post(
        "/captures",
        data={
            "capture_id": capture_id,
            "who": f"contact:{contact.id}",
            "outcome": "quote",
            "deal_id": deal.id,
            "deal_for": f"contact:{contact.id}",
            "version": "1",
            "stage_id": factories.stage("proposal").id,
            "next_step": "3_days",
            "kind": "meeting",
            "next": f"/deals/{deal.id}",
        },
    )
    assert answer.status_code == 303, answer.text
    assert answer.location == f"/deals/{deal.id}"
    page = phone.get(f"/deals/{deal.id}").text
    assert "Meeting: Wants quote" in page
    assert "Qualified to Proposal" in page
    assert "Send the quote" in page
    assert _count() == 2


def test_a_double_tap_is_one_meeting(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    form = {
        "capture_id": new_id(),
        "who": f"contact:{contact.id}",
        "outcome": "interested",
        "next_step": "tomorrow",
    }
    phone = new_client(sara)
    assert phone.post("/captures", data=form).status_code == 303
    assert phone.post("/captures", data=form).status_code == 303
    assert _count() == 2  # the meeting and its next step


def test_somebody_new_is_met_and_logged_in_one_save(new_client, sara) -> None:
    answer = new_client(sara).post(
        "/captures",
        data={
            "capture_id": new_id(),
            "who": "new",
            "new_name": "Nader Parsa",
            "new_phone": "۰۹۱۲ ۳۴۵ ۶۷۸۹",
            "outcome": "interested",
        },
    )
    assert answer.status_code == 303, answer.text
    contact = db.session.scalars(select(Contact).where(Contact.name == "Nader Parsa")).one()
    assert contact.phone == "+989123456789"


def test_a_sheet_with_nobody_in_it_says_so_and_keeps_the_words(new_client, sara) -> None:
    answer = new_client(sara).post("/captures", data={"outcome": "interested", "note": "my words"})
    assert answer.status_code == 422
    assert "Choose who it was with." in answer.text
    assert "my words" in answer.text
    assert _count() == 0


def test_logging_a_planned_meeting_fulfils_it(new_client, sara) -> None:
    contact = factories.a_contact(sara, "Sara Rezaei")
    planned = factories.an_activity(
        sara,
        "meeting",
        due_at=clock.now() - timedelta(hours=1),
        ends_at=clock.now() - timedelta(minutes=5),
        contact_id=contact.id,
    )
    phone = new_client(sara)
    sheet = phone.get("/capture").text
    assert planned.id in sheet, "the meeting that just ended is offered"
    phone.post(
        "/captures",
        data={
            "capture_id": new_id(),
            "activity_id": planned.id,
            "who": f"contact:{contact.id}",
            "outcome": "follow_up",
        },
    )
    db.session.expire_all()
    assert db.session.get(Activity, planned.id).done_at is not None
    assert _count() == 1


def test_a_wrong_meeting_is_withdrawn_with_the_move_it_made(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    deal = factories.a_deal(sara, "Suite", "lead", contact_id=contact.id)
    phone = new_client(sara)
    capture_id = new_id()
    phone.post(
        "/captures",
        data={
            "capture_id": capture_id,
            "who": f"contact:{contact.id}",
            "deal_id": deal.id,
            "stage_id": factories.stage("proposal").id,
            "version": "1",
            "outcome": "quote",
        },
    )
    phone.post(f"/activities/{capture_id}/withdrawal")
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).stage_id == factories.stage("lead").id
    page = phone.get(f"/deals/{deal.id}").text
    assert "timeline__entry--corrected" in page


def test_a_wrong_meeting_is_corrected_visibly(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    phone = new_client(sara)
    capture_id = new_id()
    phone.post(
        "/captures",
        data={
            "capture_id": capture_id,
            "who": f"contact:{contact.id}",
            "outcome": "quote",
        },
    )
    assert phone.get(f"/activities/{capture_id}").status_code == 200
    assert phone.get(f"/activities/{capture_id}/edit").status_code == 200
    answer = phone.post(
        f"/activities/{capture_id}/correction",
        data={
            "id": new_id(),
            "kind": "call",
            "outcome": "no_answer",
            "note": "he was away",
        },
    )
    assert answer.status_code == 303
    db.session.expire_all()
    assert db.session.get(Activity, capture_id).superseded_by_id


def test_lost_needs_one_more_tap_for_its_reason(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    deal = factories.a_deal(sara, "Suite", contact_id=contact.id)
    new_client(sara).post(
        "/captures",
        data={
            "capture_id": new_id(),
            "who": f"contact:{contact.id}",
            "deal_id": deal.id,
            "version": "1",
            "stage_id": "closed",
            "outcome": "lost",
            "lost_reason": "competitor",
        },
    )
    db.session.expire_all()
    kept = db.session.get(Deal, deal.id)
    assert (kept.status, kept.lost_reason) == ("lost", "competitor")


@pytest.mark.parametrize("query", ["", "?outcome=quote", "?kind=call", "?outcome=lost"])
def test_the_sheet_opens(new_client, sara, query) -> None:
    contact = factories.a_contact(sara)
    factories.an_activity(sara, "call", contact_id=contact.id)
    phone = new_client(sara)
    page = phone.get(f"/capture{query}")
    assert page.status_code == 200
    assert contact.name in page.text
    part = phone.get("/capture", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.text.strip().startswith("<form")


def test_the_stage_follows_the_person(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    factories.a_deal(sara, "Their deal", "qualified", contact_id=contact.id)
    text = new_client(sara).get(f"/capture/stage?who=contact:{contact.id}").text
    assert "Their deal" in text
    assert new_client(sara).get("/capture/stage?who=nobody").status_code == 200


def test_planning_and_moving_a_next_step(new_client, sara) -> None:
    deal = factories.a_deal(sara)
    phone = new_client(sara)
    assert phone.get(f"/activities/new?deal_id={deal.id}").status_code == 200
    activity_id = new_id()
    answer = phone.post(
        "/activities",
        data={
            "id": activity_id,
            "deal_id": deal.id,
            "kind": "meeting",
            "step": "date",
            "due_on": "2026-12-01",
            "due_time": "14:30",
        },
    )
    assert answer.location == f"/deals/{deal.id}"
    planned = db.session.get(Activity, activity_id)
    assert planned.due_at.isoformat() == "2026-12-01T11:00:00+00:00"  # Tehran is 3:30 ahead
    assert planned.ends_at is not None
    bad = phone.post(f"/activities/{activity_id}/due", data={"step": "date", "due_on": "never"})
    assert bad.status_code == 422
    assert 'value="never"' in bad.text
    good = phone.post(f"/activities/{activity_id}/due", data={"step": "tomorrow"})
    assert good.status_code == 303


def test_two_taps_on_save_are_one_meeting_also_when_the_first_moved_the_deal(
    new_client, sara
) -> None:
    person = factories.a_contact(sara)
    deal = factories.a_deal(sara, contact_id=person.id)
    form = {
        "capture_id": new_id(),
        "kind": "meeting",
        "outcome": "interested",
        "who": f"contact:{person.id}",
        "deal_id": deal.id,
        "version": str(deal.version),
        "stage_id": factories.stage("qualified").id,
        "next_step": "tomorrow",
        "step_id": new_id(),
    }
    phone = new_client(sara)
    assert [phone.post("/captures", data=form).status_code for _tap in range(2)] == [303, 303]
    done = select(func.count()).select_from(Activity).where(Activity.done_at.is_not(None))
    assert db.session.scalar(done) == 1


@pytest.mark.parametrize("whose", ["nika", "nobody"])
def test_a_deal_that_is_not_his_to_see_keeps_what_was_typed(
    new_client, sara, nika, whose: str
) -> None:
    form = {
        "capture_id": new_id(),
        "who": f"contact:{factories.a_contact(sara).id}",
        "deal_id": factories.a_deal(nika).id if whose == "nika" else new_id(),
        "note": "A long talk",
    }
    answer = new_client(sara).post("/captures", data=form)
    assert answer.status_code == 422
    assert "A long talk" in answer.text
    assert "This is not a known record." in answer.text
