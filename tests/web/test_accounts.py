"""An account's page and form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from crm.accounts.commands import create_account, create_contact
from crm.accounts.models import Account
from crm.conversions.commands import convert_lead
from crm.database import db, new_id
from crm.deals.commands import create_deal, move_deal
from crm.leads.commands import capture_lead
from crm.users.viewer import Viewer
from tests.factories import a_contact, a_deal, an_account, stage

NewClient = Callable[..., FlaskClient]
SAID = (
    "Cars",
    "1,200",
    "1995",
    "2 years",
    "Nina Karim",
    "Orrin Parts",
    "Early bird",
    "2 deals won",
    "1 deal open",
    "In the funnel: Qualified",
    "tel:+982188880000",
    "https://orrin.example",
)


@pytest.mark.mission(8, 9, 13, 17)
def test_the_page_holds_people_deals_leads_and_sums_by_currency(
    new_client: NewClient, sara: Viewer
) -> None:
    account_id = create_account(
        sara,
        {
            "name": "Orrin Motors",
            "industry": "Cars",
            "employees": "1200",
            "founded": "1995",
            "customer_since": "2024-11-24",
            "phones": ["02188880000"],
            "website": "orrin.example",
        },
    )
    create_account(sara, {"name": "Orrin Parts", "parent_name": "orrin motors"})
    create_contact(sara, {"name": "Nina Karim", "account_id": account_id, "job_title": "Buyer"})
    for name, amount, currency, key in (
        ("Seats", "200m", "IRT", "qualified"),
        ("Parts", "5000", "EUR", "won"),
        ("Older parts", "100m", "IRT", "won"),
    ):
        deal_id = create_deal(
            sara, {"name": name, "account_id": account_id, "amount": amount, "currency": currency}
        )
        move_deal(sara, deal_id, {"stage_id": stage(key).id})
    lead_id = capture_lead(sara, {"name": "Early bird", "source": "Event"})
    convert_lead(sara, lead_id, {"account_id": account_id, "contact_name": "Early bird"})
    body = new_client(sara).get(f"/accounts/{account_id}").get_data(as_text=True)
    for said in SAID:
        assert said in body, said
    assert f"/contacts/new?account_id={account_id}" in body
    assert f"/capture?account_id={account_id}" in body
    assert "€5,000" in body or "€5k" in body


def test_what_another_team_has_there_is_not_shown(
    new_client: NewClient, sara: Viewer, nika: Viewer
) -> None:
    account = an_account(sara, "Shared Ltd")
    a_contact(nika, "Hidden Person", account)
    a_deal(nika, "Hidden deal", account_id=account.id)
    body = new_client(sara).get(f"/accounts/{account.id}").get_data(as_text=True)
    assert "Hidden" not in body
    assert "No deal yet" in body
    assert new_client(nika).get(f"/accounts/{account.id}").status_code == 404


def test_a_form_makes_and_changes_an_account(new_client: NewClient, sara: Viewer) -> None:
    client, account_id = new_client(sara), new_id()
    form = {"id": account_id, "name": "Acme", "employees": "۱۲", "parent_name": "Holding"}
    assert client.post("/accounts", data=form).location == f"/accounts/{account_id}"
    account = db.session.get_one(Account, account_id)
    assert account.employees == 12
    assert account.parent_id
    answer = client.post(f"/accounts/{account_id}", data={"name": "", "employees": "many"})
    assert answer.status_code == 422
    body = answer.get_data(as_text=True)
    assert 'id="f-name-error"' in body
    assert "Write a whole number." in body
    client.post(f"/accounts/{account_id}", data={"name": "Acme", "parent_name": ""})
    db.session.rollback()
    assert db.session.get_one(Account, account_id).parent_id is None


def test_an_account_cannot_belong_to_itself(new_client: NewClient, sara: Viewer) -> None:
    account = an_account(sara, "Acme")
    answer = new_client(sara).post(
        f"/accounts/{account.id}", data={"name": "Acme", "parent_name": "acme"}
    )
    assert answer.status_code == 422
    assert "An account cannot belong to itself." in answer.get_data(as_text=True)
