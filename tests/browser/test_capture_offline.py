"""A rep without signal: what is saved stays on the phone, is said to be there, and arrives once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from tests import factories
from tests.browser.keeping import choose, open_sheet, says, sent, until, visit, waits
from tests.browser.world import Day


def logged(outcome: str = "follow_up") -> list[Activity]:
    """Return what was logged with this outcome in the story; the day itself has one follow-up."""
    db.session.rollback()
    asked = select(Activity).where(Activity.outcome == outcome, Activity.withdrawn_at.is_(None))
    return [a for a in db.session.scalars(asked) if a.note != "Asked about the hosting"]


def captures() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Capture.id))) or 0


def fill_sheet(page: Page, note: str = "") -> None:
    open_sheet(page)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    if note:
        page.locator(".sheet textarea").fill(note)


def save(page: Page) -> None:
    page.locator(".sheet .btn--save").tap()


def drained(page: Page) -> None:
    """Send what there is, or find that there is nothing: until no other drain is at it."""
    until(page, "(await outbox.drain('tap')).state === 'idle'", said="the outbox is not at rest")


@pytest.mark.mission(12)
def test_a_meeting_logged_offline_arrives_once_when_the_line_is_back(phone: Page, day: Day) -> None:
    phone.context.set_offline(True)
    fill_sheet(phone, "in the basement")
    save(phone)
    says(phone, "Saved on this phone")
    waits(phone, 1)
    assert captures() == 0
    phone.context.set_offline(False)
    sent(phone)
    expect(phone.locator(".pill")).to_be_hidden(timeout=15_000)
    assert [each.note for each in logged()] == ["in the basement"]
    assert captures() == 1


def test_two_taps_on_save_are_one_meeting(page: Page, day: Day) -> None:
    visit(page, "/people")
    fill_sheet(page)
    page.locator(".sheet .btn--save").dblclick()
    page.locator(".toast[data-state=sent]").wait_for()
    sent(page)
    assert len(logged()) == 1
    assert captures() == 1


def the_id(page: Page) -> str:
    return page.locator('[name="capture_id"]').input_value()


#: On the phone's disk, and no longer in the field alone.
HALF_A_SENTENCE = (
    "/half a sentence/.test(JSON.stringify(await outbox.drafts.load('activity.log ')))"
)


@pytest.mark.rival("unsynced changes lost when a page is hard-reloaded")
def test_back_and_reload_keep_what_was_typed_and_the_id_it_will_be_saved_under(
    page: Page, day: Day
) -> None:
    visit(page, "/people")
    fill_sheet(page, "half a sentence")
    first = the_id(page)
    until(page, HALF_A_SENTENCE)
    page.go_back()
    expect(page.locator("bottom-sheet")).to_have_count(0)
    page.reload()
    visit(page, "/today")
    open_sheet(page)
    expect(page.locator(".sheet textarea")).to_have_value("half a sentence")
    expect(page.locator('[name="outcome"][value="follow_up"]')).to_be_checked()
    assert the_id(page) == first
    save(page)
    page.locator(".toast[data-state=sent]").wait_for()
    assert db.session.get(Capture, first) is not None
    open_sheet(page)
    expect(page.locator(".sheet textarea")).to_have_value("")
    assert the_id(page) != first


def test_what_was_saved_and_sent_is_taken_back(page: Page, day: Day) -> None:
    visit(page, "/people")
    fill_sheet(page)
    save(page)
    page.locator(".toast[data-state=sent]").wait_for()
    page.locator(".toast .btn").tap()
    says(page, "Taken back")
    sent(page)
    assert logged() == []


def test_what_still_waits_is_taken_back_without_ever_being_sent(page: Page, day: Day) -> None:
    visit(page, "/people")
    open_sheet(page)
    page.context.set_offline(True)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    save(page)
    waits(page, 1)
    page.locator(".toast .btn").tap()
    sent(page)
    page.context.set_offline(False)
    drained(page)
    assert captures() == 0


def test_a_refusal_opens_the_sheet_again_with_the_reason_at_its_field(page: Page, day: Day) -> None:
    visit(page, "/people")
    fill_sheet(page, "something to keep")
    choose(page, "next_step", "date")
    page.locator('[name="next_step_on"]').fill("the day after never")
    save(page)
    expect(page.locator(".sheet .field:has([name=next_step_on]) .error")).to_be_visible()
    expect(page.locator(".sheet textarea")).to_have_value("something to keep")
    choose(page, "next_step", "tomorrow")
    save(page)
    page.locator(".toast[data-state=sent]").wait_for()
    assert len(logged()) == 1
    sent(page)


def test_a_promise_ticked_offline_is_done_when_the_line_is_back(page: Page, day: Day) -> None:
    visit(page)
    page.context.set_offline(True)
    row = page.locator(f"#promise-{day.promise}")
    row.locator(".tick").tap()
    expect(row).to_have_class("row row--done")
    waits(page, 1)
    page.context.set_offline(False)
    sent(page)
    db.session.rollback()
    assert db.session.get_one(Activity, day.promise).done_at


def test_a_tick_taken_back_offline_never_leaves_the_phone(page: Page, day: Day) -> None:
    visit(page)
    page.context.set_offline(True)
    row = page.locator(f"#promise-{day.promise}")
    row.locator(".tick").tap()
    waits(page, 1)
    page.locator(".toast .btn").tap()
    expect(row).to_have_class("row")
    sent(page)
    page.context.set_offline(False)
    drained(page)
    db.session.rollback()
    assert db.session.get_one(Activity, day.promise).done_at is None
    assert captures() == 0


def test_a_deal_moved_offline_moves_when_the_line_is_back(page: Page, day: Day) -> None:
    visit(page, f"/deals/{day.deal}")
    page.context.set_offline(True)
    page.locator(".thread__stage").nth(2).tap()
    expect(page.locator(".thread__cell").nth(2)).to_have_class("thread__cell is-now")
    says(page, "moved to Proposal · Saved on this phone")
    page.context.set_offline(False)
    sent(page)
    db.session.rollback()
    assert db.session.get_one(Deal, day.deal).stage_id == factories.stage("proposal").id


@pytest.mark.rival("its kind must have been created before")
def test_a_new_lead_saved_offline_is_there_once(phone: Page) -> None:
    visit(phone, "/leads/new")
    phone.context.set_offline(True)
    phone.locator('[name="name"]').fill("Hanna Berg")
    phone.locator('[name="phone"]').first.fill("+49 30 901820")
    phone.locator(".btn--save").dblclick()
    waits(phone, 1)
    phone.context.set_offline(False)
    sent(phone)
    db.session.rollback()
    assert len(db.session.scalars(select(Lead).where(Lead.name == "Hanna Berg")).all()) == 1


def test_with_a_line_a_new_contact_opens_its_page_and_a_wrong_one_says_why(
    page: Page, day: Day
) -> None:
    visit(page, "/contacts/new")
    page.locator('[name="name"]').fill("Hanna Berg")
    page.locator('[name="phone"]').first.fill("12")
    page.locator(".btn--save").tap()
    expect(page.locator("#f-phone-error")).to_be_visible()
    page.locator('[name="phone"]').first.fill("+49 30 901820")
    page.locator(".btn--save").tap()
    page.wait_for_url("**/contacts/*-*")
    expect(page.locator("h2").first).to_contain_text("Hanna Berg")


def test_a_record_edited_offline_changes_only_what_was_changed(page: Page, day: Day) -> None:
    visit(page, f"/contacts/{day.contact}/edit")
    page.context.set_offline(True)
    page.locator('[name="job_title"]').fill("Head of sales")
    page.locator(".btn--save").tap()
    waits(page, 1)
    db.session.get_one(Contact, day.contact).city = "Shiraz"
    db.session.commit()
    page.context.set_offline(False)
    sent(page)
    db.session.rollback()
    contact = db.session.get_one(Contact, day.contact)
    assert (contact.job_title, contact.city) == ("Head of sales", "Shiraz")


def test_the_call_that_was_tapped_is_asked_about_on_the_way_back(page: Page, day: Day) -> None:
    visit(page, f"/contacts/{day.contact}")
    # The dialler takes the screen, then gives it back.
    page.evaluate(
        """() => {
          const link = document.querySelector('.actionbar a[href^="tel:"]');
          link.addEventListener('click', event => event.preventDefault());
          link.click();
        }"""
    )
    until(page, "await outbox.drafts.load('called')")
    page.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')) }")
    sheet = page.locator(".sheet__dialog form")
    expect(sheet).to_contain_text("You just called")
    expect(sheet.locator('[name="kind"]')).to_have_value("call")
    expect(sheet.locator(f'[name="who"][value="contact:{day.contact}"]')).to_be_checked()


PUT = """([contact_id, note]) => outbox.put({id: outbox.id(), kind: 'activity.log', label: 'Call',
  body: {kind: 'call', outcome: 'follow_up', contact_id, note}})"""


def test_a_page_that_came_before_the_sending_shows_what_was_sent(phone: Page, day: Day) -> None:
    visit(phone, f"/contacts/{day.contact}")
    phone.context.set_offline(True)
    phone.evaluate(PUT, [day.contact, "Said in the basement"])
    visit(phone, f"/contacts/{day.contact}")
    waits(phone, 1)
    assert "Said in the basement" not in phone.locator("#main").inner_text()
    phone.context.set_offline(False)
    expect(phone.locator("#main")).to_contain_text("Said in the basement")
