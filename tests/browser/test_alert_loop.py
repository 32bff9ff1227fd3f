"""The whole loop: a visitor's form makes a lead hot, and the rep's phone rings and leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.company.models import Company
from crm.database import db
from crm.leads.models import Lead
from crm.leads.route_book import create_rule
from crm.users.viewer import Viewer
from crm.worker import JOBS, PUSHES, Worker
from tests import factories
from tests.alerts.inbox import device
from tests.browser.devices import NewPage
from tests.browser.keeping import awaited, until
from tests.browser.pushing import SHOWN, Pushes
from tests.clock import MovableClock
from tests.push.service import Phone, push_service

SECONDS = 5


@contextmanager
def at_work(app: Flask) -> Iterator[None]:
    """The worker's threads, as the server runs them."""
    workers = [Worker(app.app_context, jobs) for jobs in (JOBS, PUSHES)]
    for worker in workers:
        worker.start()
    yield
    for worker in workers:
        worker.stop()


def subscribed(person: Viewer, phone: Phone) -> None:
    row = device(person)
    row.endpoint, row.p256dh, row.auth = phone.endpoint, phone.p256dh, phone.auth
    row.shows_names = True
    db.session.commit()


@pytest.mark.mission(24, 34, 111)
def test_a_form_that_makes_a_lead_hot_rings_and_the_tap_leads_to_it(
    phone: Page,
    new_page: NewPage,
    sqlite_app: Flask,
    sara: Viewer,
    admin: Viewer,
    clock: MovableClock,
) -> None:
    db.session.scalars(select(Company)).one().hot_from = 60
    db.session.commit()
    form = factories.a_form(admin, asks_quote=True)
    create_rule(admin, {"name": "Website", "user_id": sara.id, "is_active": "on"})
    pushes, visitor = Pushes(phone), new_page()
    visitor.goto(f"/f/{form.slug}")
    visitor.locator('[name="name"]').fill("Neda Amiri")
    visitor.locator('[name="phone"]').fill("0912 123 4567")
    visitor.locator('[name="needs"]').fill("Forty seats")
    clock.move(seconds=20)
    with push_service() as service, at_work(sqlite_app):
        maker = service.phone()
        subscribed(sara, maker)
        visitor.locator("button").tap()
        awaited(visitor, lambda: service.received, "nothing was sent", SECONDS)
        (received,) = service.received
        pushes.deliver(maker.decrypts(received).decode())
        until(phone, f"({SHOWN}).length === 1", said="not shown")
    (shown,) = pushes.shown()
    assert shown["title"] == "Hot lead: Neda Amiri"
    assert "Asked for a quote" in shown["body"]
    said = {name: received.headers[name] for name in ("ttl", "urgency")}
    assert (int(said["ttl"]) <= 4 * 3600, said["urgency"]) == (True, "high")
    pushes.click(shown["tag"])
    lead_id = db.session.scalars(select(Lead.id)).one()
    phone.wait_for_url(f"**/leads/{lead_id}")
    expect(phone.locator("main")).to_contain_text("Neda Amiri")
