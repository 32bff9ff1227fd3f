"""A lead's page, its heat by hand, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from crm.accounts.models import Account, Contact
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.leads.commands import capture_lead
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.factories import a_lead, an_account

NewClient = Callable[..., FlaskClient]


@pytest.fixture
def lead_id(app: object, sara: Viewer) -> str:
    return capture_lead(
        sara,
        {
            "name": "Daniel Okafor",
            "company": "Kestrel",
            "phones": ["09123454567"],
            "amount": "48000",
            "currency": "EUR",
            "needs": "Fifty seats",
            "source": "Website",
            "tags": "expo",
        },
    )


@pytest.mark.mission(26, 29)
def test_the_page_says_who_what_and_where_from(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    body = new_client(sara).get(f"/leads/{lead_id}").get_data(as_text=True)
    for said in (
        "Daniel Okafor",
        "Kestrel",
        "Warm lead",
        "€48,000",
        "Fifty seats",
        "Website",
        "tel:+989123454567",
        "expo",
        f"/leads/{lead_id}/conversion",
    ):
        assert said in body, said
    assert "Why 45?" in body
    assert "Entered by one of us" in body


@pytest.mark.mission(30)
def test_heat_is_set_by_hand(new_client: NewClient, sara: Viewer, lead_id: str) -> None:
    client = new_client(sara)
    assert client.post(f"/leads/{lead_id}/heat", data={"heat": "hot"}).status_code == 303
    assert "Hot lead" in client.get(f"/leads/{lead_id}").get_data(as_text=True)
    assert client.post(f"/leads/{lead_id}/heat", data={"heat": "boiling"}).status_code == 422


@pytest.mark.parametrize("end", ["converted", "disqualified"])
def test_the_heat_of_a_closed_lead_stays_as_it_was(
    new_client: NewClient, sara: Viewer, end: str
) -> None:
    lead_id = a_lead(sara, status=end, heat="cold").id
    client = new_client(sara)
    answer = client.post(f"/leads/{lead_id}/heat", data={"heat": "hot"})
    assert answer.status_code == 409
    assert "This lead is closed already." in answer.get_data(as_text=True)
    db.session.rollback()
    assert db.session.get_one(Lead, lead_id).heat == "cold"


@pytest.mark.parametrize("was", ["new", "working", "later"])
def test_undo_of_a_disqualification_gives_back_what_it_was(
    new_client: NewClient, sara: Viewer, was: str
) -> None:
    lead_id = a_lead(sara, status=was).id
    client = new_client(sara)
    client.post(f"/leads/{lead_id}/disqualification", data={"reason": "no_budget"})
    body = client.get(f"/leads/{lead_id}").get_data(as_text=True)
    assert f'<input type="hidden" name="status" value="{was}">' in body
    wrong = client.post(f"/leads/{lead_id}/status", data={"status": "converted"})
    assert wrong.status_code == 422
    client.post(f"/leads/{lead_id}/status", data={"status": was})
    db.session.rollback()
    assert db.session.get_one(Lead, lead_id).status == was


@pytest.mark.mission(26, 49)
def test_converting_makes_account_contact_and_deal_once(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    client = new_client(sara)
    form = client.get(f"/leads/{lead_id}/conversion").get_data(as_text=True)
    assert 'value="Kestrel"' in form
    assert 'value="€48,000"' in form
    data = {
        "account_name": "Kestrel",
        "contact_name": "Daniel Okafor",
        "deal_name": "Fifty seats",
        "amount": "€48,000",
        "currency": "EUR",
    }
    first = client.post(f"/leads/{lead_id}/conversion", data=data)
    again = client.post(f"/leads/{lead_id}/conversion", data=data)
    assert first.status_code == 303
    assert first.location == again.location
    deal = db.session.get_one(Deal, first.location.rpartition("/")[2])
    assert (deal.name, deal.amount, deal.currency) == ("Fifty seats", 4_800_000, "EUR")
    assert db.session.get_one(Contact, deal.contact_id).phone == "+989123454567"
    body = client.get(f"/leads/{lead_id}").get_data(as_text=True)
    assert f'href="/accounts/{deal.account_id}"' in body


def test_a_known_account_is_offered_and_used(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    account = an_account(sara, "KESTREL")
    client = new_client(sara)
    form = client.get(f"/leads/{lead_id}/conversion").get_data(as_text=True)
    assert f'name="account_id" value="{account.id}" checked' in form
    client.post(
        f"/leads/{lead_id}/conversion",
        data={"account_id": account.id, "account_name": "x", "contact_name": "Daniel"},
    )
    assert db.session.get_one(Lead, lead_id).account_id == account.id
    assert db.session.query(Account).count() == 1


def test_a_conversion_that_is_wrong_keeps_what_was_typed(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    answer = new_client(sara).post(
        f"/leads/{lead_id}/conversion",
        data={
            "contact_name": "",
            "deal_name": "Seats",
            "amount": "much",
            "currency": "EUR",
        },
    )
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="much"' in body
    assert 'id="f-contact_name-error"' in body


@pytest.mark.mission(31)
def test_a_lead_is_kept_for_later_given_up_and_taken_up_again(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    client = new_client(sara)

    def status() -> str:
        db.session.rollback()
        return db.session.get_one(Lead, lead_id).status

    client.post(f"/leads/{lead_id}/status", data={"status": "later"})
    assert status() == "later"
    client.post(f"/leads/{lead_id}/status", data={"status": "working"})
    assert status() == "working"
    assert "No budget" in client.get(f"/leads/{lead_id}/disqualification").get_data(as_text=True)
    assert client.post(f"/leads/{lead_id}/disqualification").status_code == 422
    answer = client.post(f"/leads/{lead_id}/disqualification", data={"reason": "no_budget"})
    assert answer.status_code == 303
    assert status() == "disqualified"
    body = client.get(f"/leads/{lead_id}").get_data(as_text=True)
    assert "No budget" in body
    client.post(f"/leads/{lead_id}/status", data={"status": "working"})
    assert status() == "working"


def test_a_converted_lead_has_no_other_end(
    new_client: NewClient, sara: Viewer, lead_id: str
) -> None:
    client = new_client(sara)
    client.post(f"/leads/{lead_id}/conversion", data={"contact_name": "Daniel"})
    assert client.post(f"/leads/{lead_id}/status", data={"status": "later"}).status_code == 409
    answer = client.post(f"/leads/{lead_id}/disqualification", data={"reason": "other"})
    assert answer.status_code == 409


def test_a_form_makes_a_lead_and_nobody_may_keep_it(
    new_client: NewClient, leila: Viewer, sara: Viewer
) -> None:
    client, made = new_client(leila), new_id()
    form = {
        "id": made,
        "name": "Web visitor",
        "heat_by_hand": "hot",
        "amount": "200m",
        "currency": "IRT",
        "owner_id": "",
    }
    assert client.post("/leads", data=form).status_code == 303
    lead = db.session.get_one(Lead, made)
    assert (lead.heat, lead.amount, lead.currency, lead.owner_id) == (
        "hot",
        2_000_000_000,
        "IRR",
        None,
    )
    body = client.get(f"/leads/{made}/edit").get_data(as_text=True)
    assert "Nobody yet" in body
    client.post(f"/leads/{made}", data={"name": "Web visitor", "owner_id": sara.id})
    db.session.rollback()
    assert db.session.get_one(Lead, made).owner_id == sara.id


def test_leads_stand_by_heat_in_people(new_client: NewClient, sara: Viewer) -> None:
    a_lead(sara, "Cold one", heat="cold")
    a_lead(sara, "Hot one", heat="hot")
    body = new_client(sara).get("/people?tab=leads").get_data(as_text=True)
    assert body.index("Hot one") < body.index("Cold one")
