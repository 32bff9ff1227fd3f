"""Without signal one tap takes a lead; it is the rep's once the phone has its line again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from crm.database import db
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.browser.keeping import sent, visit
from tests.browser.world import Day
from tests.factories import a_lead


@pytest.mark.mission(26, 31, 117)
def test_a_lead_is_taken_without_signal(page: Page, day: Day, sara: Viewer) -> None:
    lead_id = a_lead(None, "Daniel Okafor", heat="hot").id
    visit(page, f"/leads/{lead_id}")
    page.context.set_offline(True)
    page.get_by_role("button", name="I take it").tap()
    expect(page.locator(".toast")).to_contain_text("Yours now")
    page.context.set_offline(False)
    sent(page)
    db.session.rollback()
    assert db.session.get_one(Lead, lead_id).owner_id == sara.id
    visit(page, f"/leads/{lead_id}")
    expect(page.get_by_role("button", name="I take it")).to_have_count(0)


@pytest.mark.mission(26, 31)
def test_with_a_line_the_page_shows_at_once_what_was_tapped(
    page: Page, day: Day, sara: Viewer
) -> None:
    lead_id = a_lead(None, "Daniel Okafor", heat="hot").id
    visit(page, f"/leads/{lead_id}")
    page.get_by_role("button", name="I take it").tap()
    expect(page.get_by_role("button", name="I take it")).to_have_count(0)
    visit(page, f"/leads/{lead_id}/disqualification")
    page.get_by_role("button", name="No budget").tap()
    page.wait_for_url(f"**/leads/{lead_id}")
    expect(page.locator(".notice--late")).to_contain_text("No budget")
    db.session.rollback()
    lead = db.session.get_one(Lead, lead_id)
    assert (lead.owner_id, lead.status) == (sara.id, "disqualified")
