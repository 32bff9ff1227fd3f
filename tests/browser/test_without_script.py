"""Every kind of form, filled and sent with JavaScript off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import NewPage
from tests.browser.screens import CSV
from tests.browser.world import Day

NAME = "هتل Azadi 🏨"


@pytest.fixture
def day(language: str, day: Day) -> Day:
    """Every story with a day runs once a language."""
    return day


@pytest.fixture
def page(new_page: NewPage, day: Day, sara: Viewer, language: str) -> Page:
    return new_page(sara, language=language, javascript=False)


def send(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f'main [name="{name}"]').first.fill(value)
    with page.expect_navigation():
        page.locator("main form .btn--main").last.tap()


def saved(model: type, name: str) -> object:
    db.session.rollback()
    return db.session.scalars(select(model).where(model.name == name)).one()


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/accounts/new", Account),
        ("/contacts/new", Contact),
        ("/leads/new", Lead),
        ("/deals/new", Deal),
    ],
)
def test_a_record_is_made_and_a_bad_field_keeps_what_was_typed(
    page: Page, path: str, model: type
) -> None:
    page.goto(path)
    page.locator('[name="name"]').fill(NAME)
    bad = "amount" if model in (Deal, Lead) else "customer_since"
    send(page, **{bad: "neither number nor day"})
    expect(page.locator(f'[name="{bad}"]')).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[name="name"]')).to_have_value(NAME)
    send(page, **{bad: ""})
    saved(model, NAME)
    expect(page.locator("main")).to_contain_text(NAME)


def test_a_deal_is_changed_and_its_next_step_promised(page: Page, day: Day) -> None:
    page.goto(f"/deals/{day.deals[4]}/edit")
    send(page, name=NAME)
    assert saved(Deal, NAME)
    page.locator("#next-step a").tap()
    page.locator('.chip:has([value="tomorrow"])').tap()
    send(page, subject="Ask about the rooms")
    db.session.rollback()
    promised = db.session.scalars(select(Activity).where(Activity.subject == "Ask about the rooms"))
    assert promised.one().deal_id == day.deals[4]


def test_a_promise_is_ticked_and_the_tick_taken_back(page: Page, day: Day) -> None:
    page.goto("/today")
    with page.expect_navigation():
        page.locator(f"#promise-{day.promise} .tick").tap()
    db.session.rollback()
    assert db.session.get_one(Activity, day.promise).done_at is not None
    with page.expect_navigation():
        page.locator(".toast .btn").tap()
    db.session.rollback()
    assert db.session.get_one(Activity, day.promise).done_at is None


def test_search_finds_by_the_last_digits(page: Page, day: Day) -> None:
    page.goto("/people")
    page.locator('[name="q"]').fill("6780")
    with page.expect_navigation():
        page.locator('[name="q"]').press("Enter")
    expect(page.locator("#people .row")).to_have_count(1)


def test_settings_are_kept_at_once(page: Page, sara: Viewer) -> None:
    page.goto("/settings")
    page.locator('.chip:has([name="theme"][value="dark"])').tap()
    send(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    db.session.rollback()
    assert db.session.get_one(User, sara.id).theme == "dark"


def test_signing_in_and_out(new_page: NewPage, sara: Viewer, language: str) -> None:
    page = new_page(language=language, javascript=False)
    page.goto("/pipeline")
    page.wait_for_url(re.compile("/sign-in"))
    send(page, name=people.email(sara), password="wrong")
    expect(page.locator(".notice, .error").first).to_be_visible()
    send(page, name=people.email(sara), password=people.PASSWORD)
    page.wait_for_url(re.compile("/pipeline$"))
    page.goto("/more")
    with page.expect_navigation():
        page.locator("form[action='/sign-out'] button").tap()
    page.goto("/today")
    page.wait_for_url(re.compile("/sign-in"))


@pytest.mark.mission(51)
def test_a_file_is_imported(new_page: NewPage, leila: Viewer, language: str) -> None:
    page = new_page(leila, language=language, javascript=False)
    page.goto("/imports")
    page.locator('input[type="file"]').set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    send(page)
    page.wait_for_url(re.compile("/mapping$"))
    send(page)
    for _step in range(6):
        button = page.locator("#import form:not([action$='removal']) .btn")
        if not button.count():
            break
        with page.expect_navigation():
            button.first.tap()
    assert saved(Contact, "Hanna Berg")
