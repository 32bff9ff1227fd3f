"""A rep without signal: what is saved stays on the phone, is said to be there, and arrives once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests import factories
from tests.browser.keeping import visit
from tests.browser.world import Day, a_working_day

NewPage = Callable[..., Page]


@pytest.fixture
def day(live_server: str, sara: Viewer) -> Day:
    return a_working_day(sara, "en")


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, day: Day) -> Page:
    """Sara's phone with the worker at work, as in daily life."""
    page = new_page(sara, service_workers="allow")
    visit(page)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function(
        "() => caches.keys().then(k => k.some(n => n.startsWith('hamrah-shell')))"
    )
    return page


def logged() -> list[Activity]:
    db.session.rollback()
    return list(db.session.scalars(select(Activity).where(Activity.outcome == "follow_up")))


def captures() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Capture.id))) or 0


def choose(page: Page, name: str, value: str = "") -> None:
    which = f'[value="{value}"]' if value else ""
    page.locator(f'.chip:has(input[name="{name}"]{which})').first.tap()


def open_sheet(page: Page) -> None:
    page.locator(".nav__add").tap()
    page.locator(".sheet__dialog form").wait_for()


def says(page: Page, words: str) -> None:
    expect(page.locator(".toast")).to_contain_text(words)


def waits(page: Page, count: int) -> None:
    if count:
        expect(page.locator(".pill")).to_contain_text(f"On this phone: {count}")
    else:
        expect(page.locator(".pill")).to_be_hidden()


def test_a_promise_ticked_offline_is_done_when_the_line_is_back(page: Page, day: Day) -> None:
    visit(page)
    page.context.set_offline(True)
    row = page.locator(f"#promise-{day.promise}")
    row.locator(".tick").tap()
    expect(row).to_have_class("row row--done")
    waits(page, 1)
    page.context.set_offline(False)
    waits(page, 0)
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
    waits(page, 0)
    page.context.set_offline(False)
    page.evaluate("() => outbox.drain('tap')")
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
    waits(page, 0)
    db.session.rollback()
    assert db.session.get_one(Deal, day.deal).stage_id == factories.stage("proposal").id


def test_a_new_lead_saved_offline_is_there_once(phone: Page, day: Day) -> None:
    page = phone
    visit(page, "/leads/new")
    page.context.set_offline(True)
    page.locator('[name="name"]').fill("Hanna Berg")
    page.locator('[name="phone"]').first.fill("+49 30 901820")
    page.locator(".btn--save").dblclick()
    waits(page, 1)
    page.context.set_offline(False)
    waits(page, 0)
    db.session.rollback()
    assert len(db.session.scalars(select(Lead).where(Lead.name == "Hanna Berg")).all()) == 1
