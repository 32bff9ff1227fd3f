"""What one tap did to a lead is taken back by another; where it cannot be, no Undo is shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from crm.database import db
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.keeping import says, sent, until, visit
from tests.browser.world import a_working_day
from tests.factories import a_lead

CAPTURES = "**/api/v1/captures"
UNDO = ".toast .btn"


@pytest.fixture
def page(new_page: NewPage, sara: Viewer) -> Page:
    return new_page(sara, language="fa")


@pytest.fixture
def lead_id(live_server: str, sara: Viewer) -> str:
    a_working_day(sara, "fa")
    return a_lead(None, "کاوه نیک‌پی", heat="hot").id


def kept(lead_id: str) -> Lead:
    db.session.rollback()
    return db.session.get_one(Lead, lead_id)


def claim(page: Page, lead_id: str) -> None:
    page.locator(f"form[action='/leads/{lead_id}/claim'] button").tap()


def arrived(page: Page) -> None:
    page.locator(".toast[data-state=sent]").wait_for()


def take_back(page: Page) -> None:
    page.locator(UNDO).tap()
    says(page, "پس گرفته شد")


@pytest.mark.mission(26, 31)
def test_what_was_claimed_from_the_hot_card_offers_no_undo_once_it_is_sent(
    page: Page, lead_id: str, sara: Viewer
) -> None:
    visit(page)
    claim(page, lead_id)
    arrived(page)
    says(page, "حالا مال شماست")
    expect(page.locator(UNDO)).to_have_count(0)
    assert kept(lead_id).owner_id == sara.id


@pytest.mark.mission(26, 31, 117)
def test_a_claim_that_waits_here_is_taken_back(page: Page, lead_id: str) -> None:
    visit(page)
    page.context.set_offline(True)
    claim(page, lead_id)
    take_back(page)
    expect(page.locator(f"form[action='/leads/{lead_id}/claim'] button")).to_be_enabled()
    page.context.set_offline(False)
    sent(page)
    assert kept(lead_id).owner_id is None


def test_undo_of_a_claim_that_may_be_there_already_says_that_it_cannot(
    page: Page, lead_id: str, sara: Viewer
) -> None:
    visit(page)
    page.route(CAPTURES, lambda route: route.abort())
    claim(page, lead_id)
    until(page, "(await outbox.list())[0]?.tries")
    page.locator(UNDO).tap()
    says(page, "شبکه نیست")
    page.unroute(CAPTURES)
    until(page, "(await outbox.drain('tap')).waiting === 0")
    assert kept(lead_id).owner_id == sara.id


@pytest.mark.mission(31)
@pytest.mark.parametrize("line", ["with signal", "waiting here", "sent, then no signal"])
def test_a_new_lead_that_was_kept_for_later_is_new_again(
    page: Page, lead_id: str, line: str
) -> None:
    visit(page, f"/leads/{lead_id}")
    page.context.set_offline(line == "waiting here")
    page.locator(".menu summary").tap()
    page.locator("[data-capture='lead.defer'] button").tap()
    says(page, "ماند برای بعد")
    if line != "waiting here":
        arrived(page)
        assert kept(lead_id).status == "later"
    if line == "sent, then no signal":
        page.context.set_offline(True)
    take_back(page)
    page.context.set_offline(False)
    sent(page)
    assert kept(lead_id).status == "new"


@pytest.mark.mission(31)
@pytest.mark.parametrize("was", ["new", "later"])
def test_a_disqualified_lead_is_again_what_it_was(page: Page, lead_id: str, was: str) -> None:
    kept(lead_id).status = was
    db.session.commit()
    visit(page, f"/leads/{lead_id}/disqualification")
    page.locator(".chip[value=no_budget]").tap()
    page.wait_for_url(f"**/leads/{lead_id}")
    arrived(page)
    assert kept(lead_id).status == "disqualified"
    with page.expect_navigation():
        page.locator(UNDO).tap()
    says(page, "دوباره پیگیری شد")
    lead = kept(lead_id)
    assert (lead.status, lead.disqualified_reason) == (was, None)


@pytest.mark.mission(31, 117)
def test_without_signal_a_disqualification_is_taken_back_or_it_says_that_it_cannot(
    page: Page, lead_id: str
) -> None:
    visit(page, f"/leads/{lead_id}/disqualification")
    page.context.set_offline(True)
    page.locator(".chip[value=no_budget]").tap()
    take_back(page)
    page.context.set_offline(False)
    sent(page)
    assert kept(lead_id).status == "new"
    visit(page, f"/leads/{lead_id}/disqualification")
    page.locator(".chip[value=other]").tap()
    page.wait_for_url(f"**/leads/{lead_id}")
    arrived(page)
    page.context.set_offline(True)
    page.locator(UNDO).tap()
    says(page, "شبکه نیست")
    assert kept(lead_id).status == "disqualified"
