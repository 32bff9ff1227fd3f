"""A page that is renewed by itself: what somebody is in the middle of there stays."""

from __future__ import annotations

from playwright.sync_api import Page, Response, expect

from tests.browser.keeping import choose, open_sheet, visit
from tests.browser.world import Day

#: Twice drawn: whatever follows an answer has been done.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def log_a_meeting_over(page: Page, path: str) -> None:
    """Log a meeting in the sheet, and wait until the page beneath was asked for anew."""

    def is_renewal(answer: Response) -> bool:
        return answer.url.endswith(path) and answer.request.resource_type == "fetch"

    open_sheet(page)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    with page.expect_response(is_renewal) as answer:
        page.locator(".sheet .btn--save").tap()
    answer.value.finished()
    page.evaluate(DRAWN)


def test_what_is_typed_in_a_form_beneath_the_sheet_is_not_lost_with_the_next_meeting(
    page: Page, day: Day
) -> None:
    visit(page, "/settings")
    page.get_by_label("Name", exact=True).fill("Sara, renamed")
    page.locator(".chip", has_text="Dark").tap()
    log_a_meeting_over(page, "/settings")
    expect(page.locator("main [name=name]")).to_have_value("Sara, renamed")
    expect(page.locator("main").get_by_role("radio", name="Dark")).to_be_checked()


def test_a_form_in_which_nothing_is_typed_is_renewed(page: Page, day: Day) -> None:
    visit(page, "/settings")
    page.evaluate("document.querySelector('main form').dataset.old = '1'")
    log_a_meeting_over(page, "/settings")
    expect(page.locator("main form[data-old]")).to_have_count(0)
