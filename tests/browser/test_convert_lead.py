"""A lead becomes a customer on one screen, and is a lead again by the toast."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.accounts.models import Account
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.keeping import until, visit
from tests.browser.world import Day

SENT = "(await outbox.drain('tap')).waiting === 0"


def kept(lead_id: str) -> Lead:
    db.session.rollback()
    return db.session.get_one(Lead, lead_id)


def known_firm(day: Day) -> Account:
    """The account of the very name of the lead's company."""
    named = select(Account).where(Account.name == kept(day.lead).company)
    return db.session.scalars(named).one()


@pytest.mark.mission(36)
@pytest.mark.parametrize("language", ["fa"])
def test_into_an_account_that_is_known_and_back_by_the_toast(
    language: str, page: Page, day: Day
) -> None:
    account = known_firm(day)
    visit(page, f"/leads/{day.lead}")
    page.locator(f"a[href='/leads/{day.lead}/conversion']").tap()
    form = page.locator(f"form[action='/leads/{day.lead}/conversion']")
    form.locator(".chip:has([name=account_id][value=''])").tap()
    form.locator(f".chip:has([name=account_id][value='{account.id}'])").tap()
    with page.expect_navigation(url="**/deals/*"):
        form.locator(".btn--save").tap()
    lead = kept(day.lead)
    assert (lead.status, lead.account_id) == ("converted", account.id)
    assert page.url.endswith(f"/deals/{lead.deal_id}")
    deal_id = lead.deal_id
    expect(page.locator(".toast[data-state=sent]")).to_be_visible()
    with page.expect_navigation(url=f"**/leads/{day.lead}"):
        page.locator(".toast .btn").tap()
    assert kept(day.lead).is_open
    assert db.session.get_one(Deal, deal_id).archived_at is not None
    assert db.session.get_one(Account, account.id).archived_at is None
    expect(page.locator(f"a[href='/leads/{day.lead}/conversion']")).to_be_visible()


def test_without_a_script_it_is_converted_and_taken_back(
    new_page: NewPage, day: Day, sara: Viewer
) -> None:
    account = known_firm(day)
    page = new_page(sara, javascript=False)
    page.goto(f"/leads/{day.lead}/conversion")
    page.locator(".btn--save").tap()
    page.locator(".toast").wait_for()
    assert kept(day.lead).account_id == account.id
    page.locator(".toast .btn").tap()
    page.wait_for_url(f"**/leads/{day.lead}")
    assert kept(day.lead).is_open


@pytest.mark.mission(36)
def test_without_signal_it_is_converted_when_the_signal_is_back(page: Page, day: Day) -> None:
    visit(page, f"/leads/{day.lead}/conversion")
    page.context.set_offline(True)
    page.locator(".btn--save").tap()
    expect(page.locator(".toast")).to_be_visible()
    assert kept(day.lead).is_open
    page.context.set_offline(False)
    until(page, SENT)
    assert kept(day.lead).status == "converted"
