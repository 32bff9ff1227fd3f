"""The foundations that the mission names, each shown in the product's own words."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from crm.accounts.commands import update_contact
from crm.database import db, new_id
from crm.deals.commands import create_deal, move_deal
from crm.leads.models import Lead
from crm.timeline.models import TimelineEntry
from tests import factories


@pytest.mark.mission(26)
@pytest.mark.mission(29)
@pytest.mark.mission(30)
def test_a_lead_is_taken_in_with_what_matters_sorted_and_made_a_customer(new_client, sara) -> None:
    phone, lead_id = new_client(sara), new_id()
    form = phone.get("/leads/new").text
    asked = ("name", "company", "job_title", "source", "needs", "interests", "city", "heat_by_hand")
    assert all(f'name="{field}"' in form for field in asked)
    phone.post(
        "/leads",
        data={
            "id": lead_id,
            "name": "Daniel Okafor",
            "company": "Kestrel Logistics",
            "source": "Web form",
            "needs": "40 seats before year end",
            "heat_by_hand": "hot",
            "tags": "fair",
        },
    )
    page = unescape(phone.get(f"/leads/{lead_id}").text)
    assert all(t in page for t in ("Kestrel Logistics", "Web form", "40 seats", "Hot lead"))
    phone.post(
        f"/leads/{lead_id}/conversion",
        data={"contact_name": "Daniel Okafor", "account_name": "Kestrel Logistics"},
    )
    db.session.expire_all()
    assert db.session.get_one(Lead, lead_id).status == "converted"


@pytest.mark.mission(118)
@pytest.mark.mission(148)
def test_every_place_of_the_bar_opens_by_its_address_without_a_script(new_client, sara) -> None:
    bar = new_client(sara).get("/today").text
    places = re.findall(r'class="nav__(?:item|add)" href="([^"]+)"', bar)
    assert places == ["/today", "/pipeline", "/capture", "/people", "/more"]
    for place in places:
        answer = new_client(sara).get(place)
        assert answer.status_code == 200
        assert "<h1" in answer.text


@pytest.mark.mission(133)
def test_who_changed_what_is_kept_and_only_admins_delete(new_client, sara, omid, admin) -> None:
    contact = factories.a_contact(sara, "Sara Nouri")
    update_contact(omid, contact.id, {"city": "Shiraz"})
    entry = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "contact.changed")
    ).one()
    assert (entry.actor_id, entry.data["changed"]["city"]) == (omid.id, [None, "Shiraz"])
    assert new_client(sara).get(f"/contacts/{contact.id}/deletion").status_code == 404
    assert new_client(admin).get(f"/contacts/{contact.id}/deletion").status_code == 200


@pytest.mark.mission(146)
def test_the_pipeline_takes_the_companys_own_words_and_steps(new_client, sara, admin) -> None:
    office, pipeline_id = new_client(admin), factories.stage("lead").pipeline_id
    office.post(
        f"/administration/pipelines/{pipeline_id}/stages",
        data={"name": "Trial running", "probability": "45"},
    )
    text = unescape(new_client(sara).get("/pipeline").text)
    assert "Trial running" in text


@pytest.mark.mission(149)
def test_the_same_work_is_done_on_sqlite_and_on_postgresql(app, sara) -> None:
    deal_id = create_deal(sara, {"name": "Seats", "amount": "200m", "currency": "IRT"})
    assert move_deal(sara, deal_id, {"stage_id": factories.stage("won").id})
    kinds = db.session.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id)).all()
    assert list(kinds) == ["deal.created", "deal.stage_changed"]


@pytest.mark.mission(151)
def test_saving_a_meeting_asks_for_nothing_typed(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    sheet = new_client(sara).get(f"/capture?contact_id={contact.id}").text
    assert " required" not in sheet.split('class="sheet"')[1]
    answer = new_client(sara).post(
        "/captures", data={"capture_id": new_id(), "who": f"contact:{contact.id}"}
    )
    assert answer.status_code == 303
