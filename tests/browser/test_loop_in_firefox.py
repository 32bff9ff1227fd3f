"""The whole loop with nothing lent: Firefox subscribes, its maker rings, a tap leads there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.activities.models import Activity
from crm.company.models import Company
from crm.database import db
from crm.leads.models import Lead
from crm.leads.route_book import create_rule
from crm.push.models import PushSubscription
from crm.users.viewer import Viewer
from tests import factories, people
from tests.browser.desktop import Desktop, Shown, a_desktop
from tests.browser.devices import NewPage
from tests.browser.firefox import Firefox, a_firefox, awaited
from tests.browser.maker import Maker, a_maker
from tests.browser.test_alert_loop import SECONDS, at_work
from tests.clock import MovableClock

pytestmark = pytest.mark.seldom
SHOWN = """navigator.serviceWorker.ready.then((here) => here.getNotifications()).then((all) =>
  all.length && all.map((one) => [one.title, one.body, one.lang, one.dir]))"""


@dataclass
class Rung:
    """A phone on whose screen a hot lead stands."""

    phone: Firefox
    desktop: Desktop
    maker: Maker
    screen: Shown
    lead_id: str
    seconds: float


def _subscription() -> PushSubscription | None:
    db.session.rollback()
    return db.session.scalars(select(PushSubscription)).first()


def _turned_on(phone: Firefox, live_server: str, person: Viewer) -> None:
    phone.keep_cookie(*people.session_cookie(person))
    phone.goto(f"{live_server}/settings/alerts")
    phone.until("navigator.serviceWorker.controller?.state === 'activated'", "no worker")
    phone.click("[data-when=ask] [data-turn-on]")
    row = awaited(_subscription, "it did not subscribe")
    row.shows_names = True
    db.session.commit()


@pytest.fixture
def submit(
    new_page: NewPage, sara: Viewer, admin: Viewer, clock: MovableClock
) -> Callable[[], None]:
    """A visitor's form, filled: sent, it makes Sara a hot lead."""
    db.session.scalars(select(Company)).one().hot_from = 60
    db.session.commit()
    form = factories.a_form(admin, asks_quote=True)
    create_rule(admin, {"name": "Website", "user_id": sara.id, "is_active": "on"})
    visitor = new_page()
    visitor.goto(f"/f/{form.slug}")
    visitor.locator('[name="name"]').fill("Neda Amiri")
    visitor.locator('[name="phone"]').fill("0912 123 4567")
    visitor.locator('[name="needs"]').fill("Forty seats")
    clock.move(seconds=20)
    return lambda: visitor.locator("button").tap()


@pytest.fixture
def rung(
    sqlite_app: Flask, live_server: str, sara: Viewer, submit: Callable[[], None], tmp_path: Path
) -> Iterator[Rung]:
    with ExitStack() as held:
        desktop, bus = held.enter_context(a_desktop())
        maker, lines = held.enter_context(a_maker())
        place = os.environ | {"DBUS_SESSION_BUS_ADDRESS": bus}
        settings = {"dom.push.serverURL": lines}
        phone = held.enter_context(a_firefox(tmp_path, place, **settings))
        _turned_on(phone, live_server, sara)
        held.enter_context(at_work(sqlite_app))
        began = time.monotonic()
        submit()
        ((title, body, language, direction),) = phone.until(SHOWN, "nothing is shown", SECONDS)
        took = time.monotonic() - began
        assert (title, language, direction) == ("Hot lead: Neda Amiri", "en", "ltr")
        assert "Asked for a quote" in body
        (screen,) = awaited(lambda: desktop.shown, "it is not on the screen")
        awaited(lambda: maker.acknowledged, "the browser does not say that it has it")
        lead_id = db.session.scalars(select(Lead.id)).one()
        yield Rung(phone, desktop, maker, screen, lead_id, took)


@pytest.mark.mission(24, 34, 111)
def test_a_form_rings_and_a_tap_opens_the_lead(rung: Rung) -> None:
    (received,) = rung.maker.received
    said = received.headers
    assert (int(said["ttl"]) <= 4 * 3600, said["urgency"]) == (True, "high")
    assert 0 < len(said["topic"]) <= 32
    assert rung.screen.title == "Hot lead: Neda Amiri"
    began = time.monotonic()
    rung.desktop.tap(rung.screen)
    shown = f"location.pathname === '/leads/{rung.lead_id}' && document.readyState !== 'loading'"
    rung.phone.until(shown, "the lead is not opened", SECONDS)
    print(f"shown after {rung.seconds:.2f} s, opened after {time.monotonic() - began:.3f} s")


@pytest.mark.mission(111)
def test_a_button_of_the_alert_is_one_capture(rung: Rung) -> None:
    rung.desktop.tap(rung.screen, "Interested")

    def logged() -> list[Activity]:
        db.session.rollback()
        return list(db.session.scalars(select(Activity)))

    (call,) = awaited(logged, "nothing is logged", SECONDS)
    assert (call.kind, call.outcome, call.lead_id) == ("call", "interested", rung.lead_id)
