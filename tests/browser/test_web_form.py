"""A visitor fills in a form, and the lead stands on the manager's list; a rep's code is his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.database import db
from crm.forms.models import Form
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.faults import Faults
from tests.clock import MovableClock
from tests.factories import a_form

CAMPAIGN = "?utm_source=instagram&utm_campaign=spring"


def fill(page: Page, clock: MovableClock) -> None:
    page.locator('[name="name"]').fill("Neda Amiri")
    page.locator('[name="phone"]').fill("0912 123 4567")
    page.locator('[name="needs"]').fill("Forty seats")
    clock.move(seconds=20)


@pytest.mark.mission(27, 28)
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "none"])
def test_a_visitor_by_a_campaign_link_is_a_scored_lead_at_once(
    new_page: NewPage,
    admin: Viewer,
    leila: Viewer,
    clock: MovableClock,
    javascript: bool,
) -> None:
    form = a_form(admin, asks_quote=True, consent="You may call me.", source="Website")
    manager = new_page(leila, javascript=javascript)
    visitor = new_page(javascript=javascript)
    visitor.goto(f"/f/{form.slug}{CAMPAIGN}")
    expect(visitor.locator('[name="homepage"]')).not_to_be_in_viewport(ratio=1)
    fill(visitor, clock)
    visitor.locator('[name="consent"]').check()
    visitor.locator("button").tap()
    expect(visitor.locator("h1")).to_have_text("Thank you")
    manager.goto("/people?tab=leads")
    row = manager.locator("#people .row", has_text="Neda Amiri")
    expect(row).to_have_count(1)
    row.locator("a.row__link").tap()
    page = manager.locator("main")
    expect(page.locator(".score__number")).to_have_text("66")
    expect(page).to_contain_text("Asked for a quote")
    expect(page).to_contain_text("Lead captured: Contact us")
    for said in ("instagram", "spring", "You may call me."):
        expect(page).to_contain_text(said)


@pytest.mark.mission(32)
def test_who_scans_a_reps_code_at_a_fair_is_his_lead(
    new_page: NewPage, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    form = a_form(admin, "Fair")
    rep = new_page(sara)
    rep.goto("/more")
    rep.locator('a[href="/qr"]').tap()
    rep.locator(f'a[href="/qr/{form.id}"]').tap()
    expect(rep.get_by_role("img", name="QR code of Fair")).to_be_in_viewport(ratio=1)
    visitor = new_page(language="fa")
    visitor.goto(f"/f/{form.slug}?by={sara.id}")
    fill(visitor, clock)
    visitor.locator("button").tap()
    expect(visitor.locator("h1")).to_have_text("Thank you")
    db.session.rollback()
    assert db.session.scalars(select(Lead.owner_id)).all() == [sara.id]


class Shop(BaseHTTPRequestHandler):
    """A page of another site; a true one, for a browser lets no made-up page into this machine."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop(faults: Faults) -> Iterator[Callable[[str], str]]:
    """`shop(html)`: the address of a page of another site that has this in it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_port}/"
    faults.forgive(at)

    def serve(html: str) -> str:
        head = '<!doctype html><title>Shop</title><link rel="icon" href="data:,">'
        Shop.body = f"{head}{html}".encode()
        return at

    yield serve
    server.shutdown()
    server.server_close()


def leads() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Lead.name)))


def snippet(new_page: NewPage, admin: Viewer, form: Form, label: str) -> str:
    """What an admin copies from the page about the form."""
    desk = new_page(admin)
    desk.goto(f"/administration/forms/{form.id}")
    return desk.get_by_role("textbox", name=label).input_value()


def test_it_works_in_a_frame_of_another_site(
    new_page: NewPage, shop: Callable[[str], str], admin: Viewer, clock: MovableClock
) -> None:
    frame = snippet(new_page, admin, a_form(admin), "In a page of yours")
    page = new_page()
    page.goto(shop(frame))
    inside = page.frame_locator("iframe")
    inside.locator('[name="name"]').fill("Neda Amiri")
    inside.locator('[name="phone"]').fill("0912 123 4567")
    clock.move(seconds=20)
    inside.locator("button").tap()
    expect(inside.locator("h1")).to_have_text("Thank you")
    assert leads() == ["Neda Amiri"]


def test_it_works_pasted_into_a_page_of_another_site(
    new_page: NewPage, shop: Callable[[str], str], admin: Viewer
) -> None:
    form = a_form(admin, consent="You may call me.")
    page = new_page()
    page.goto(shop(snippet(new_page, admin, form, "As plain HTML")))
    page.locator('[name="name"]').fill("Neda Amiri")
    page.locator('[name="phone"]').fill("0912 123 4567")
    page.locator('[name="consent"]').check()
    page.locator("button").tap()
    expect(page.locator("h1")).to_have_text("Thank you")
    assert leads() == ["Neda Amiri"]
