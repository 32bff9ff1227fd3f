"""A customer's day: the text is written on Today and logged with one tap, which can be undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm import clock
from crm.activities.models import Activity
from crm.database import db
from crm.i18n.jalali import add_years
from crm.users.viewer import Viewer
from tests.browser.keeping import visit
from tests.factories import an_account

SENTENCES = {
    "en": "Today is the 10th anniversary of customer Alborz with us: "
    "send a handwritten personal message.",
    "fa": "امروز دهمین سالگرد حضور مشتری Alborz با ما است، یک پیام شخصی دست‌نویس ارسال کنید",
}


def messages() -> list[tuple[str, str | None]]:
    db.session.rollback()
    live = select(Activity.kind, Activity.note).where(Activity.withdrawn_at.is_(None))
    return [(row.kind, row.note) for row in db.session.execute(live)]


@pytest.mark.mission(111)
def test_the_card_is_written_done_and_undone(page: Page, sara: Viewer, language: str) -> None:
    calendar = "jalali" if language == "fa" else "gregorian"
    since = add_years(clock.now().date(), -10, calendar)
    an_account(sara, "Alborz", customer_since=since, language=language)
    visit(page, "/today")
    card = page.locator("article:has(.day__why)")
    expect(card.locator(".day__why")).to_have_text(SENTENCES[language])
    card.locator("summary").tap()
    card.locator("textarea").fill("Ten years! Thank you. Sara")
    card.locator(".btn--main").tap()
    page.locator(".toast[data-state=sent]").wait_for()
    expect(page.locator("article:has(.day__why)")).to_have_count(0)
    assert messages() == [("message", "Ten years! Thank you. Sara")]
    page.locator(".toast .btn").tap()
    expect(page.locator("article:has(.day__why)")).to_have_count(1)
    assert messages() == []
