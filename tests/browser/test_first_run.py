"""The first page of all, and the form that outlives its session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, select

from crm.accounts.models import Contact
from crm.company.models import Company
from crm.database import db
from crm.setup.commands import setup_token
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import BROWSER_LOCALES, PHONE, NewPage, served, speak
from tests.browser.faults import Faults, watch
from tests.browser.keeping import sent, visit
from tests.databases import EMPTY


@pytest.fixture
def empty_server(database_of: Callable[[str], object]) -> Iterator[tuple[str, Flask]]:
    database = database_of("sqlite")
    database.reset(EMPTY)  # type: ignore[attr-defined]
    app: Flask = database.app  # type: ignore[attr-defined]
    with app.app_context(), served(app) as address:
        yield address, app
        db.session.remove()


@pytest.mark.mission(148)
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_two_minutes_from_the_link_to_today(
    browser: Browser,
    empty_server: tuple[str, Flask],
    faults: Faults,
    language: str,
    javascript: bool,
) -> None:
    address, app = empty_server
    context = browser.new_context(
        base_url=address, locale=BROWSER_LOCALES[language], java_script_enabled=javascript, **PHONE
    )
    watch(context, urlsplit(address).netloc, faults)
    page = context.new_page()
    token = setup_token(app.config["DATA_DIR"], app.config["SECRET_KEY"])
    page.goto(f"/setup?token={token}&language={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    for name, value in (
        ("company", "پخش البرز"),
        ("name", "سارا رضایی"),
        ("login", "sara@example.com"),
        ("password", "a fairly long sentence"),
    ):
        page.locator(f'[name="{name}"]').fill(value)
    if page.locator('[name="with_sample"]').is_checked():
        page.locator('.check:has([name="with_sample"])').tap()
    with page.expect_navigation(url=re.compile("/today$")):
        page.locator("main form .btn--main").tap()
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "fa" else "ltr")
    db.session.rollback()
    company = db.session.scalars(select(Company)).one()
    assert company.language == language
    assert company.calendar == ("jalali" if language == "fa" else "gregorian")
    context.close()


def sign_in(page: Page, person: Viewer) -> None:
    page.locator('[name="name"]').fill(people.email(person))
    page.locator('[name="password"]').fill(people.PASSWORD)
    with page.expect_navigation():
        page.locator(".form .btn--main").tap()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_session_that_ends_under_a_form_gives_it_back(
    new_page: NewPage, sara: Viewer, language: str, javascript: bool
) -> None:
    speak(sara, language)
    page = new_page(language=language, javascript=javascript)
    page.goto("/sign-in")
    sign_in(page, sara)
    if javascript:
        visit(page, "/contacts/new")
    else:
        page.goto("/contacts/new")
    page.locator('[name="name"]').fill("Hanna Berg")
    page.locator('textarea[name="needs"]').fill("long words, long thought about")
    db.session.execute(delete(UserSession))
    db.session.commit()
    with page.expect_navigation():
        page.locator(".form .btn--main").tap()
    if javascript:  # it is on the phone already, and goes by itself
        expect(page).to_have_url(re.compile("/sign-in"))
        sign_in(page, sara)
        sent(page)
    else:
        expect(page.locator(".notice")).to_be_visible()
        sign_in(page, sara)
        expect(page.locator("body")).to_contain_text("long words, long thought about")
        with page.expect_navigation():
            page.locator(".btn--main").tap()
    db.session.rollback()
    saved = db.session.scalars(select(Contact).where(Contact.name == "Hanna Berg")).one()
    assert saved.needs == "long words, long thought about"
