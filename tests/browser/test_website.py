"""A website of the company's, on another origin, with our one line on its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response
from playwright.sync_api import Page, expect

from crm.database import db
from crm.i18n import Locale
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.models import Lead, Touch
from crm.leads.route_book import create_rule
from crm.leads.scoring import Sign
from crm.tracking.commands import join_visitor
from crm.tracking.models import ONLY, Visitor, VisitorTouch, Website
from crm.users.viewer import Viewer, system_viewer
from tests.browser.devices import NewPage, served
from tests.browser.faults import Faults
from tests.clock import MovableClock
from tests.factories import a_form

AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36"
)
HAMRAH = system_viewer(Locale())
STORED = "JSON.stringify(localStorage) + document.cookie"


class Shop:
    """The website: every page has our line, and links; `written` waits for what it told us."""

    def __init__(self, app: Flask, ours: str) -> None:
        self.app, self.ours, self.beacons = app, ours, 0
        website = db.session.get_one(Website, ONLY)
        self.key, self.consent, self.before, self.form = website.site_key, "", "", "contact"

    def page(self, path: str = "") -> Any:
        if path.endswith(".pdf"):
            return Response(b"%PDF-1.4", headers={"Content-Disposition": "attachment"})
        return f"""<!doctype html><title>Shop</title><h1>/{path}</h1>
            <a href="/pricing">Prices</a> <a href="/files/list.pdf">List</a>
            <a id="form" href="{self.ours}/f/{self.form}">Form</a>
            <iframe src="{self.ours}/f/{self.form}?look=small"></iframe>
            <script>{self.before}</script>
            <script defer src="{self.ours}/t.js" data-key="{self.key}" {self.consent}></script>"""

    def written(self) -> None:
        self.app.extensions["tracking"].flush()
        db.session.rollback()
        db.session.expire_all()


@pytest.fixture
def shop(sqlite_app: Flask, live_server: str, faults: Faults) -> Iterator[tuple[Shop, str]]:
    """The shop and its address, which is allowed to tell us of its visitors."""
    sqlite_app.extensions["tracking"].reset()
    made = Shop(sqlite_app, live_server)
    site = Flask("shop")
    site.add_url_rule("/", view_func=made.page)
    site.add_url_rule("/<path:path>", view_func=made.page)
    with served(site) as address:
        db.session.get_one(Website, ONLY).hosts = [address.removeprefix("http://")]
        db.session.commit()
        # The shop is another host, frames of ours wait for the form's own developer, and Chromium
        # asks a site for its icon.
        faults.forgive("another host", "/f/", "favicon", "frame-ancestors", "X-Frame")
        yield made, address
    sqlite_app.extensions["tracking"].reset()


def opened(page: Page, address: str) -> None:
    """Open a page and wait until the beacon of it was answered."""
    with page.expect_response(lambda answer: answer.url.endswith("/t")):
        page.goto(address)


def visitor_page(new_page: NewPage, **more: Any) -> Page:
    return new_page(None, user_agent=AGENT, **more)


def touches(model: Any = VisitorTouch) -> list[tuple[str, str]]:
    rows = db.session.scalars(db.select(model).order_by(model.at, model.id))
    return sorted((row.signal, row.detail) for row in rows)


@pytest.mark.mission(3, 28, 37, 39, 40)
def test_who_agreed_is_followed_over_pages_and_scores_once_his_name_is_known(
    new_page: NewPage, shop: tuple[Shop, str], sara: Viewer, clock: MovableClock
) -> None:
    made, address = shop
    made.consent = "data-consent"
    page = visitor_page(new_page)
    opened(page, f"{address}/?utm_source=mail&utm_campaign=Autumn&private=1")
    visitor = page.evaluate("localStorage.hamrah")
    with page.expect_response(lambda answer: answer.url.endswith("/t")):
        page.get_by_role("link", name="Prices").click()
    expect(page.get_by_role("heading", name="/pricing")).to_be_visible()
    with (
        page.expect_response(lambda answer: answer.url.endswith("/t")),
        page.expect_download(),
    ):
        page.get_by_role("link", name="List").click()
    assert page.evaluate("localStorage.hamrah") == visitor
    assert page.evaluate("document.cookie") == ""
    made.written()
    seen = [
        ("campaign", "Autumn"),
        ("download", "/files/list.pdf"),
        ("key_page", "/pricing"),
        ("page", "/?utm_source=mail&utm_campaign=Autumn"),
    ]
    assert touches() == seen
    assert page.locator("#form").get_attribute("href") == f"{made.ours}/f/contact?v={visitor}"
    frame = page.locator("iframe").get_attribute("src") or ""
    assert frame.endswith(f"/f/contact?look=small&v={visitor}")
    clock.move(minutes=1)
    arrival = Arrival({"name": "Neda", "phones": ["09121234567"]}, (Sign("form", clock.now()),))
    lead_id = receive_lead(HAMRAH, arrival)
    join_visitor(HAMRAH, lead_id, visitor)
    assert touches(Touch) == sorted([*seen, ("form", "")])
    assert db.session.get_one(Lead, lead_id).score == 58


def test_without_consent_nothing_is_stored_and_no_two_pages_are_joined(
    new_page: NewPage, shop: tuple[Shop, str]
) -> None:
    made, address = shop
    page = visitor_page(new_page)
    opened(page, f"{address}/")
    with page.expect_response(lambda answer: answer.url.endswith("/t")):
        page.get_by_role("link", name="Prices").click()
    expect(page.get_by_role("heading", name="/pricing")).to_be_visible()
    assert page.evaluate(STORED) == "{}"
    assert page.context.cookies() == []
    assert page.locator("#form").get_attribute("href") == f"{made.ours}/f/contact"
    made.written()
    visitors = list(db.session.scalars(db.select(Visitor)))
    assert [visitor.count for visitor in visitors] == [1, 1]
    assert not any("referrer" in (visitor.first_touch or {}) for visitor in visitors)


def test_consent_that_is_given_later_counts_this_page_and_can_be_taken_back(
    new_page: NewPage, shop: tuple[Shop, str]
) -> None:
    made, address = shop
    page = visitor_page(new_page)
    opened(page, f"{address}/")
    page.evaluate("hamrah('consent')")
    visitor = page.evaluate("localStorage.hamrah")
    opened(page, f"{address}/about")
    with page.expect_response(lambda answer: answer.url.endswith("/t")):
        page.evaluate("hamrah('consent')")
    made.written()
    assert db.session.get_one(Visitor, visitor).count == 2, "the page he agreed on, and this one"
    form, frame = page.locator("#form"), page.locator("iframe")
    expect(form).to_have_attribute("href", f"{made.ours}/f/contact?v={visitor}")
    page.evaluate("hamrah('forget')")
    assert page.evaluate(STORED) == "{}"
    expect(form).to_have_attribute("href", f"{made.ours}/f/contact")
    expect(frame).to_have_attribute("src", f"{made.ours}/f/contact?look=small")


@pytest.mark.parametrize("said", ["globalPrivacyControl: true", "doNotTrack: '1'"])
def test_a_browser_that_asks_not_to_be_tracked_is_left_alone(
    new_page: NewPage, shop: tuple[Shop, str], said: str
) -> None:
    made, address = shop
    name, _colon, value = said.partition(": ")
    made.before = f"Object.defineProperty(navigator, '{name}', {{value: {value}}})"
    made.consent = "data-consent"
    page = visitor_page(new_page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(f"{address}/pricing", wait_until="load")
    page.evaluate("hamrah('consent')")
    assert page.evaluate(STORED) == "{}"
    assert not [url for url in sent if url.endswith("/t")]
    made.written()
    assert touches() == []


def test_a_link_of_ours_says_who_he_is_on_a_new_phone(
    new_page: NewPage, shop: tuple[Shop, str]
) -> None:
    made, address = shop
    made.before = "window.hamrahConsent = true"
    known = "11111111-2222-4333-8444-555555555555"
    page = visitor_page(new_page)
    opened(page, f"{address}/pricing?v={known}&utm_source=mail")
    assert page.evaluate("localStorage.hamrah") == known
    made.written()
    assert db.session.get_one(Visitor, known).count == 2


def test_what_stands_in_an_address_runs_nowhere(
    new_page: NewPage, shop: tuple[Shop, str], sara: Viewer, faults: Faults
) -> None:
    from crm.leads.commands import capture_lead

    made, address = shop
    made.consent = "data-consent"
    page = visitor_page(new_page)
    evil = "%3Cimg%20src=x%20onerror=document.title='ran'%3E"
    opened(page, f"{address}/pricing/{evil}?utm_source={evil}&utm_campaign={evil}")
    lead_id = capture_lead(sara, {"name": "Neda"})
    join_visitor(sara, lead_id, page.evaluate("localStorage.hamrah"))
    made.written()
    phone = new_page(sara)
    for path in (f"/leads/{lead_id}", "/today", "/people?tab=leads"):
        phone.goto(path)
        assert phone.title() != "ran"
        assert phone.locator("img[src='x']").count() == 0
    phone.goto(f"/leads/{lead_id}")
    expect(phone.get_by_text("<img src=x").first).to_be_visible()


@pytest.mark.mission(2, 3, 27, 28, 37, 39)
def test_a_visitor_who_sends_the_form_stands_hot_on_the_owners_today_with_all_he_did(
    new_page: NewPage, shop: tuple[Shop, str], admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    made, address = shop
    made.consent, made.form = "data-consent", a_form(admin, asks_quote=True).slug
    create_rule(admin, {"name": "Website", "user_id": sara.id, "is_active": "on"})
    page, rep = visitor_page(new_page), new_page(sara)
    opened(page, f"{address}/?utm_source=mail&utm_campaign=Autumn")
    with page.expect_response(lambda answer: answer.url.endswith("/t")):
        page.get_by_role("link", name="Prices").click()
    expect(page.get_by_role("heading", name="/pricing")).to_be_visible()
    # Our line adds who he is to the links to our forms.
    expect(page.locator("#form")).to_have_attribute("href", re.compile(r"\?v="))
    page.locator("#form").click()
    page.locator('[name="name"]').fill("Neda Amiri")
    page.locator('[name="phone"]').fill("0912 123 4567")
    clock.move(seconds=20)
    page.locator("button").click()
    expect(page.locator("h1")).to_have_text("Thank you")
    made.written()  # what the buffer still has of him becomes his as well
    rep.goto("/today")
    card = rep.locator(".hot", has_text="Neda Amiri")
    expect(card).to_contain_text("Asked for a quote")
    card.locator("a.row__link").click()
    for said in ("Viewed a key page", "/pricing", "Autumn", "Given to Sara Ahmadi"):
        expect(rep.locator("main")).to_contain_text(said)
