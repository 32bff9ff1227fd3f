"""The 360 of a customer: each part that the mission names stands on the page."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from crm import clock
from crm.activities.commands import log_activity
from tests import factories


@pytest.fixture
def customer(app, sara) -> dict[str, Any]:
    account = factories.an_account(sara, "Alborz Distribution", city="Tehran")
    contact = factories.a_contact(
        sara,
        "Sara Rezaei",
        account,
        job_title="Head of purchasing",
        city="Karaj",
        birthday=clock.now().date().replace(year=1985),
        interests="Cold chain",
        needs="Less paper in the warehouse",
        language="fa",
        phones=factories.labelled("+989123456789"),
    )
    product = factories.a_product("GTX Pro")
    links = {"account_id": account.id, "contact_id": contact.id, "product_id": product.id}
    for days in (10, 70, 130):
        closed = clock.now() - timedelta(days=days)
        factories.a_deal(sara, f"Bought {days}", "won", closed_at=closed, **links)
    deal = factories.a_deal(sara, "Renewal", "qualified", **links)
    return {"account": account, "contact": contact, "deal": deal}


def _page(new_client, sara, customer) -> str:
    return unescape(new_client(sara).get(f"/contacts/{customer['contact'].id}").text)


@pytest.mark.mission(8)
@pytest.mark.mission(9)
def test_the_360_holds_the_sales_record(new_client, sara, customer) -> None:
    text = _page(new_client, sara, customer)
    assert "3 deals won" in text
    assert "1 deal open" in text
    assert "Renewal" in text
    assert "Last bought" in text


@pytest.mark.mission(10)
def test_the_360_holds_the_support_history(new_client, sara, customer) -> None:
    assert "Nobody has asked for help yet." in _page(new_client, sara, customer)
    log_activity(
        sara,
        {"kind": "support", "contact_id": customer["contact"].id, "subject": "Label printer stuck"},
    )
    text = _page(new_client, sara, customer)
    assert "Label printer stuck" in text
    account = new_client(sara).get(f"/accounts/{customer['account'].id}").text
    assert "Label printer stuck" in account


@pytest.mark.mission(12)
@pytest.mark.mission(14)
@pytest.mark.mission(15)
def test_the_360_holds_who_he_is_what_he_likes_and_what_he_needs(
    new_client, sara, customer
) -> None:
    text = _page(new_client, sara, customer)
    for said in ("Head of purchasing", "Karaj", "41", "Cold chain", "Less paper in the warehouse"):
        assert said in text


@pytest.mark.mission(13)
def test_the_360_holds_where_he_stands_in_the_funnel(new_client, sara, customer) -> None:
    assert "In the funnel: Qualified" in _page(new_client, sara, customer)


@pytest.mark.mission(16)
def test_the_360_holds_how_he_buys(new_client, sara, customer) -> None:
    text = _page(new_client, sara, customer)
    assert "GTX Pro" in text
    assert "×3" in text
    assert "usually every 60 days" in text


@pytest.mark.mission(17)
@pytest.mark.mission(18)
@pytest.mark.mission(19)
def test_sales_and_service_read_the_same_record(new_client, sara, omid, customer) -> None:
    deal, contact = customer["deal"], customer["contact"]
    log_activity(sara, {"kind": "meeting", "deal": {"id": deal.id}, "note": "Agreed on the price"})
    log_activity(omid, {"kind": "support", "contact_id": contact.id, "note": "Printer repaired"})
    for person in (sara, omid):
        text = new_client(person).get(f"/contacts/{contact.id}").text
        assert "Agreed on the price" in text
        assert "Printer repaired" in text
