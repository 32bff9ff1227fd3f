"""Two tabs of one phone, and another person signs in on one of them."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.accounts.models import Contact
from crm.database import db
from crm.users.viewer import Viewer
from tests import people
from tests.browser.keeping import visit


def test_what_one_person_wrote_is_not_saved_in_the_name_of_the_next(
    page: Page, omid: Viewer, live_server: str
) -> None:
    visit(page, "/contacts/new")
    page.get_by_label("Name", exact=True).fill("Known to Sara alone")
    name, token = people.session_cookie(omid)
    page.context.add_cookies([{"name": name, "value": token, "url": live_server}])
    other = page.context.new_page()
    visit(other)
    assert other.evaluate("outbox.user().then((found) => found.user_id)") == omid.id
    page.locator("main form .btn--save").tap()
    expect(page.locator("main form .notice")).to_contain_text("Sign in to send")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Known to Sara alone")
    db.session.rollback()
    wanted = select(Contact).where(Contact.name == "Known to Sara alone")
    assert db.session.scalars(wanted).all() == []
