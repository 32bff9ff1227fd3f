"""The screen on which a lead becomes a customer, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.database import db
from crm.deals.commands import move_deal
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.commands import disqualify_lead
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests import factories

NewClient = Callable[..., FlaskClient]
FORM = {"account_name": "Kestrel", "contact_name": "Daniel Okafor", "deal_name": "Fifty seats"}


@pytest.fixture
def lead_id(app: object, sara: Viewer) -> str:
    payload = {
        "name": "Daniel Okafor",
        "company": "Kestrel",
        "emails": ["daniel@kestrel.example"],
        "industry": "Logistics",
        "employees": "400",
        "source": "Web form",
        "owner_id": sara.id,
    }
    origin = {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "spring"}
    return receive_lead(sara, Arrival(payload, origin=origin))


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def is_open(lead_id: str) -> bool:
    db.session.rollback()
    return db.session.get_one(Lead, lead_id).is_open


def test_the_screen_is_filled_in_and_offers_whom_we_know(
    new_client: NewClient, sara: Viewer, nika: Viewer, lead_id: str
) -> None:
    account = factories.an_account(sara, "Kestrel")
    mails = factories.labelled("daniel@kestrel.example")
    person = factories.a_contact(sara, "Dan Okafor", account, emails=mails)
    factories.a_contact(nika, "Hidden One", emails=mails)
    body = text(new_client(sara), f"/leads/{lead_id}/conversion")
    assert f'name="account_id" value="{account.id}" checked' in body
    assert f'name="contact_id" value="{person.id}" checked' in body
    for said in ("Kestrel · same name", "This is Dan Okafor already", "A new contact", "Logistics"):
        assert said in body
    assert "Hidden One" not in body


def test_nobody_alike_means_no_chips_and_a_name_is_needed(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    body = text(new_client(sara), f"/leads/{lead_id}/conversion")
    assert 'name="account_id"' not in body
    assert 'name="contact_id"' not in body
    assert 'value="Daniel Okafor"' in body


def test_a_wrong_form_keeps_who_was_chosen(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    account = factories.an_account(sara, "Kestrel")
    data = FORM | {"account_id": "", "amount": "much", "currency": "EUR"}
    answer = new_client(sara).post(f"/leads/{lead_id}/conversion", data=data)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'value="{account.id}" checked' not in body
    assert 'name="account_id" value="" checked' in body
    assert 'id="f-amount-error"' in body


@pytest.mark.mission(36)
def test_the_toast_and_the_leads_page_offer_the_way_back(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    client = new_client(sara)
    made = client.post(f"/leads/{lead_id}/conversion", data=FORM)
    undo = f'action="/leads/{lead_id}/conversion/undo"'
    assert undo in text(client, made.location)
    assert undo not in text(client, made.location)
    body = text(client, f"/leads/{lead_id}")
    assert undo in body
    assert "Possible until Thu 24 Dec" in body
    assert client.get(f"/leads/{lead_id}/conversion").location == f"/leads/{lead_id}"
    answer = client.post(f"/leads/{lead_id}/conversion/undo")
    assert (answer.status_code, answer.location) == (303, f"/leads/{lead_id}")
    body = text(client, f"/leads/{lead_id}")
    assert "A lead again" in body
    assert f"/leads/{lead_id}/conversion" in body
    assert is_open(lead_id)


def test_after_thirty_days_the_button_is_gone_and_a_press_is_refused_in_words(
    new_client: NewClient, sara: Viewer, lead_id: str, clock: Any
) -> None:
    client = new_client(sara)
    client.post(f"/leads/{lead_id}/conversion", data=FORM)
    clock.move(days=31)
    client = new_client(sara)
    assert "conversion/undo" not in text(client, f"/leads/{lead_id}")
    answer = client.post(f"/leads/{lead_id}/conversion/undo")
    assert answer.status_code == 409
    assert "for 30 days" in answer.get_data(as_text=True)


def test_what_stays_is_said_with_its_reason(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    client = new_client(sara)
    made = client.post(f"/leads/{lead_id}/conversion", data=FORM)
    deal_id = made.location.rpartition("/")[2]
    move_deal(sara, deal_id, {"stage_id": factories.stage("proposal").id})
    client.post(f"/leads/{lead_id}/conversion/undo")
    said = "The deal stays: something happened to it since."
    assert text(client, f"/leads/{lead_id}").count(said) == 2, "in the toast and in the timeline"


@pytest.mark.mission(17)
def test_the_contacts_page_says_where_it_came_from(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    client = new_client(sara)
    client.post(f"/leads/{lead_id}/conversion", data=FORM)
    contact_id = db.session.get_one(Lead, lead_id).contact_id
    body = text(client, f"/contacts/{contact_id}")
    assert "Came as a lead" in body
    assert f'href="/leads/{lead_id}"' in body
    for said in ("score 12", "Web form", "spring · google / cpc", "24 Nov"):
        assert f"<bdi>{said}</bdi>" in body
    assert "Lead captured" in body, "the history from before"


@pytest.mark.mission(8)
def test_the_leads_page_names_who_may_be_of_the_same_firm_and_what_was_asked_for(
    new_client: NewClient, sara: Viewer, nika: Viewer, lead_id: str
) -> None:
    client = new_client(sara)
    assert "Perhaps the same firm" not in text(client, f"/leads/{lead_id}")
    for n in range(9):
        mails = factories.labelled(f"person{n}@kestrel.example")
        factories.a_contact(sara, f"Person {n} " + "of a long name " * 8, emails=mails)
    factories.an_account(nika, "Kestrel", city="Hidden")
    support = {"kind": "support", "lead_id": lead_id, "subject": "Cannot sign in"}
    factories.an_activity(sara, **support)
    body = text(client, f"/leads/{lead_id}")
    assert "Perhaps the same firm" in body
    assert body.count("same e-mail domain") == 4
    assert "Hidden" not in body
    assert "Cannot sign in" in body
    assert "Where from" in body
    assert "spring" in body
    assert "facts known" in body


@pytest.mark.parametrize("end", ["converted", "disqualified"])
def test_a_lead_that_is_closed_is_only_read(
    new_client: NewClient, sara: Viewer, lead_id: str, end: str
) -> None:
    client = new_client(sara)
    if end == "converted":
        client.post(f"/leads/{lead_id}/conversion", data=FORM)
        client.get("/today")
    else:
        disqualify_lead(sara, lead_id, {"reason": "other"})
    body = text(client, f"/leads/{lead_id}")
    for offer in ("/edit", "/capture?lead_id", "/capture?kind=support", "/heat", 'conversion"'):
        assert offer not in body.replace('/capture?lead_id="', ""), offer
