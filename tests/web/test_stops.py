"""The pages of a stop: rules on the phone, the banner with its Call button, the admin's word."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from crm.database import db
from crm.deals.commands import update_deal
from crm.setup.commands import set_up
from crm.stops.models import SHIPPED, Stop, StopRule
from crm.stops.rule_book import create_stop_rule
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories

NewClient = Callable[..., FlaskClient]
HOME = "/administration/stops"
BIG = {
    "field": "amount",
    "comparison": "at_least",
    "value": "500 million",
    "currency": "IRT",
    "is_active": "on",
}
LIMIT = 5_000_000_000


@pytest.fixture
def world(app: Flask, sara: Viewer, admin: Viewer) -> dict[str, str]:
    """Sara's deal, stopped."""
    create_stop_rule(admin, BIG)
    account = factories.an_account(sara, "Acme", phones=factories.labelled("+982188776655"))
    contact = factories.a_contact(
        sara, "Daniel Okafor", account, phones=factories.labelled("+989123454567")
    )
    deal = factories.a_deal(
        sara, "Fifty seats", account_id=account.id, contact_id=contact.id, amount=5
    )
    lead = factories.a_lead(sara, account_id=account.id)
    update_deal(sara, deal.id, {"amount": LIMIT, "currency": "IRR"})
    ids = {"deals": deal.id, "accounts": account.id, "contacts": contact.id, "leads": lead.id}
    return ids | {"stop": db.session.scalars(select(Stop.id)).one()}


@pytest.mark.mission(111, 112)
@pytest.mark.parametrize("kind", ["deals", "accounts", "contacts", "leads"])
def test_every_page_of_the_customer_says_that_somebody_must_call(
    kind: str, new_client: NewClient, sara: Viewer, world: dict[str, str]
) -> None:
    page = new_client(sara).get(f"/{kind}/{world[kind]}").text
    assert "Automation stopped: a person must call" in page
    assert "Deal amount 500m toman · the limit is 500m toman or more" in page
    assert "Leila Rahimi was told." in page
    assert f"/capture?kind=call&amp;{kind[:-1]}_id={world[kind]}" in page
    assert "/lifting" not in page


def test_the_call_button_rings_the_customer(
    new_client: NewClient, leila: Viewer, world: dict[str, str]
) -> None:
    page = new_client(leila).get(f"/deals/{world['deals']}").text
    banner = re.search(r'<section class="card stopped".*?</section>', page, re.DOTALL)
    assert banner
    assert 'href="tel:+989123454567"' in banner[0]
    assert "It is your call." in banner[0]


def test_after_the_call_the_banner_is_gone_and_the_timeline_says_so(
    new_client: NewClient, sara: Viewer, world: dict[str, str]
) -> None:
    phone = new_client(sara)
    said = {"kind": "call", "outcome": "interested", "deal_id": world["deals"]}
    assert phone.post("/captures", data=said).status_code in (200, 302, 303)
    for kind in ("deals", "accounts"):
        page = phone.get(f"/{kind}/{world[kind]}").text
        assert "a person must call" not in page
        assert "Automation stopped" in page
        assert "Automation goes on after a call" in page


def test_who_does_not_see_the_deal_is_not_told_how_large_it_is(
    new_client: NewClient, admin: Viewer, nika: Viewer, sara: Viewer, world: dict[str, str]
) -> None:
    theirs = factories.a_contact(
        nika, "Nika's contact", db.session.get_one(factories.Account, world["accounts"])
    )
    page = new_client(nika).get(f"/contacts/{theirs.id}").text
    assert "Automation stopped: a person must call" in page
    assert "500m" not in page
    assert "Fifty seats" not in page


def test_an_admin_lifts_it_with_a_reason(
    new_client: NewClient, admin: Viewer, world: dict[str, str]
) -> None:
    phone = new_client(admin)
    address = f"/stops/{world['stop']}/lifting"
    assert address in phone.get(f"/deals/{world['deals']}").text
    assert "Fifty seats" in phone.get(address).text
    refused = phone.post(address, data={"reason": ""})
    assert refused.status_code == 422
    assert "This is needed." in refused.text
    lifted = phone.post(address, data={"reason": "Met him at the fair"})
    assert (lifted.status_code, lifted.location) == (303, f"/deals/{world['deals']}")
    page = phone.get(f"/deals/{world['deals']}").text
    assert "a person must call" not in page
    assert "Automation goes on: Met him at the fair" in page
    assert phone.get(address).status_code == 404


def rules() -> list[StopRule]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(StopRule).where(StopRule.archived_at.is_(None)).order_by(StopRule.id)
        )
    )


@pytest.mark.mission(112)
def test_an_admin_makes_changes_switches_removes_and_brings_back_rules(
    new_client: NewClient, admin: Viewer, leila: Viewer
) -> None:
    phone = new_client(admin)
    assert "No rule yet" in phone.get(HOME).text
    assert phone.get(f"{HOME}/new").status_code == 200
    assert phone.post(HOME, data={**BIG, "user_id": leila.id}).status_code == 303
    (rule,) = rules()
    assert (rule.value, rule.currency, rule.user_id) == (LIMIT, "IRR", leila.id)
    page = phone.get(HOME).text
    assert "Deal amount: 500m toman or more" in page
    assert leila.name in page
    here = f"{HOME}/{rule.id}"
    form = phone.get(here).text
    assert 'value="500m"' in form
    assert phone.post(here, data={**BIG, "value": "1bn"}).status_code == 303
    assert rules()[0].value == 2 * LIMIT
    phone.post(f"{here}/active", data={"is_active": ""})
    assert not rules()[0].is_active
    assert "Switched off" in phone.get(HOME).text
    phone.post(f"{here}/removal")
    assert rules() == []
    assert f"{here}/restoration" in phone.get(HOME).text, "to undo it"
    assert phone.get(here).status_code == 404
    phone.post(f"{here}/restoration")
    assert len(rules()) == 1


def test_before_saving_it_says_whom_it_would_stop_and_keeps_what_was_typed(
    new_client: NewClient, admin: Viewer, sara: Viewer
) -> None:
    factories.a_deal(sara, "Fifty seats", amount=LIMIT)
    phone = new_client(admin)
    looked = phone.post(HOME, data={**BIG, "look": "1"})
    assert looked.status_code == 200
    assert "Saved in use, it stops 1 at once:" in looked.text
    assert "Fifty seats" in looked.text
    assert 'value="500 million"' in looked.text
    assert rules() == []
    nobody = phone.post(HOME, data={**BIG, "value": "900 bn", "look": "1"})
    assert "It would stop nobody now." in nobody.text
    assert phone.post(HOME, data={**BIG, "value": "", "look": "1"}).status_code == 422


def test_what_a_rule_holds_up_is_lifted_together(
    new_client: NewClient, admin: Viewer, world: dict[str, str]
) -> None:
    phone, here = new_client(admin), f"{HOME}/{rules()[0].id}"
    assert "1 waits for a call" in phone.get(HOME).text
    assert "1 customer is stopped by this rule." in phone.get(here).text
    assert phone.post(f"{here}/lifting", data={"reason": " "}).status_code == 422
    assert phone.post(f"{here}/lifting", data={"reason": "Wrong limit"}).status_code == 303
    assert "a person must call" not in phone.get(f"/accounts/{world['accounts']}").text


@pytest.mark.parametrize(
    ("wrong", "field"), [({"value": "many"}, "value"), ({"field": "tickets"}, "field")]
)
def test_what_cannot_be_read_is_said_at_its_field(
    wrong: dict[str, str], field: str, new_client: NewClient, admin: Viewer
) -> None:
    answer = new_client(admin).post(HOME, data={**BIG, **wrong})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert rules() == []


def test_in_persian_the_rule_is_read_as_the_mission_says_it(
    new_client: NewClient, admin: Viewer
) -> None:
    db.session.execute(update(User).values(language="fa", money_unit="toman"))
    db.session.commit()
    phone = new_client(admin)
    phone.post(HOME, data={**BIG, "value": "۵۰۰٬۰۰۰٬۰۰۰"})
    assert rules()[0].value == LIMIT
    assert "۵۰۰ میلیون تومان" in phone.get(HOME).text


@pytest.mark.mission(112)
@pytest.mark.parametrize(("currency", "in_use"), [("IRT", True), ("IRR", True), ("EUR", False)])
def test_the_missions_rule_ships_in_use_where_the_company_counts_in_rials(
    currency: str, in_use: bool, empty_app: Flask
) -> None:
    company: dict[str, Any] = {
        "language": "fa",
        "company": "پارس",
        "name": "Ada",
        "login": "ada@example.com",
        "password": "correct horse battery",
        "timezone": "Asia/Tehran",
        "calendar": "jalali",
        "currency": currency,
    }
    set_up(None, company)
    rule = db.session.get_one(StopRule, SHIPPED)
    assert (rule.field, rule.comparison) == ("amount", "at_least")
    assert (rule.value, rule.currency, rule.is_active) == (LIMIT, "IRR", in_use)
