"""Alerts are turned on by a tap, stay on by themselves, and say so where they are off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.database import db
from crm.push.models import PushSubscription
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.faults import Faults
from tests.browser.keeping import awaited, until, visit
from tests.browser.test_install_hint import IPHONE
from tests.browser.worker import installed
from tests.push.service import Phone

#: Chromium cannot subscribe without its maker's servers: what they would give is given here, and
#: kept over pages as a browser does.
MAKER = """([says, isRefused]) => {
  const made = () => {
    const endpoint = localStorage.getItem("made");
    const one = endpoint && Object.create(PushSubscription.prototype, {
      endpoint: {value: endpoint},
      toJSON: {value: () => ({...says, endpoint})},
      unsubscribe: {value: async () => { localStorage.removeItem("made"); return true; }},
    });
    return one || null;
  };
  PushManager.prototype.getSubscription = async () => made();
  PushManager.prototype.subscribe = async (options) => {
    if (isRefused) throw new DOMException("no push service", "AbortError");
    if (!options.userVisibleOnly || !options.applicationServerKey) throw new Error("how?");
    localStorage.setItem("made", says.endpoint);
    return made();
  };
  Notification.requestPermission = async () => {
    window.askedIn = navigator.userActivation.isActive;
    return Notification.permission;
  };
}"""
KEPT = "JSON.parse(localStorage.getItem('alerts') ?? '{}')"


@pytest.fixture
def a_phone(new_page: NewPage, sqlite_app: Flask, sara: Viewer) -> Callable[..., Page]:
    """`a_phone(allowed=False, endpoint=…)`: Sara's, whose browser can be told things."""

    def new(allowed: bool = True, refused: bool = False, **more: Any) -> Page:
        host = more.pop("host", "updates.push.services.mozilla.com")
        page = new_page(sara, service_workers="allow", **more)
        if allowed:
            page.context.grant_permissions(["notifications"])
        says = Phone(f"https://{host}/wpush/v2/sara").says()
        page.add_init_script(f"({MAKER})({json.dumps([says, refused])})")
        visit(page)
        installed(page)
        return page

    return new


def subscriptions() -> list[PushSubscription]:
    db.session.rollback()
    return list(db.session.scalars(select(PushSubscription)))


def turn_on(page: Page) -> None:
    visit(page, "/settings/alerts")
    page.locator("[data-when=ask] [data-turn-on]").tap()


@pytest.mark.mission(48)
def test_a_tap_turns_them_on_and_nothing_is_asked_before(a_phone: Callable[..., Page]) -> None:
    page = a_phone()
    visit(page, "/settings/alerts")
    assert page.evaluate("window.askedIn") is None
    assert not subscriptions()
    turn_on(page)
    expect(page.locator("[data-when=on]")).to_be_visible()
    assert page.evaluate("window.askedIn") is True
    (made,) = subscriptions()
    assert not made.shows_names
    visit(page, "/settings/devices")
    expect(page.locator(f"[data-told='{made.id}']")).to_be_visible()


def test_a_phone_that_lost_its_subscription_makes_a_new_one_by_itself(
    a_phone: Callable[..., Page],
) -> None:
    page = a_phone()
    turn_on(page)
    expect(page.locator("[data-when=on]")).to_be_visible()
    page.evaluate("localStorage.removeItem('made')")
    visit(page)
    until(page, "localStorage.getItem('made')", said="not made anew")
    page.evaluate("localStorage.setItem('made', localStorage.getItem('made') + '2')")
    visit(page)
    awaited(page, lambda: any(s.endpoint.endswith("2") for s in subscriptions()), "not told")


def test_what_the_server_refuses_is_undone_in_the_browser(
    a_phone: Callable[..., Page], faults: Faults
) -> None:
    page = a_phone(host="push.example.com")
    turn_on(page)
    expect(page.locator("[data-when=failed]")).to_be_visible()
    assert page.evaluate("localStorage.getItem('made')") is None
    assert not subscriptions()
    faults.forgive("422: ")


def test_a_browser_that_does_not_reach_its_service_says_so(a_phone: Callable[..., Page]) -> None:
    page = a_phone(refused=True)
    turn_on(page)
    expect(page.locator("[data-when=failed]")).to_be_visible()


def test_where_they_are_not_allowed_the_cure_is_said(a_phone: Callable[..., Page]) -> None:
    page = a_phone(allowed=False)
    page.add_init_script("Object.defineProperty(Notification, 'permission', {get: () => 'denied'})")
    visit(page, "/alerts")
    expect(page.locator("[data-when=denied]")).to_be_visible()
    assert page.locator("[data-when=denied] [data-for]:visible").count() == 1


def test_an_iphone_in_the_browser_is_told_the_three_steps(
    new_page: NewPage, sqlite_app: Flask, sara: Viewer
) -> None:
    page = new_page(sara, service_workers="allow", user_agent=IPHONE)
    page.add_init_script("delete window.PushManager")
    visit(page)
    installed(page)
    visit(page, "/settings/alerts")
    expect(page.locator("[data-when=install] li")).to_have_count(3)
    expect(page.locator("[data-when=install]")).to_be_visible()


@pytest.mark.mission(48)
def test_after_the_second_capture_today_offers_them_once(a_phone: Callable[..., Page]) -> None:
    page = a_phone()
    card = page.locator("[data-alert-card] [data-turn-on]")
    save = """() => outbox.put({id: outbox.id(), kind: "activity.log", body: {kind: "note"}})"""
    page.evaluate(save)
    visit(page)
    until(page, f"{KEPT}.looked_at", said="not started")
    expect(card).to_have_count(0)
    page.evaluate(save)
    visit(page)
    expect(card).to_be_visible()
    page.locator("[data-alert-card] [data-dismiss]").tap()
    visit(page)
    page.wait_for_function("document.querySelector('[data-bell]')")
    assert page.evaluate(f"{KEPT}.said_at") > 0
    expect(card).to_have_count(0)


def test_when_they_went_off_today_says_so(a_phone: Callable[..., Page]) -> None:
    page = a_phone()
    turn_on(page)
    expect(page.locator("[data-when=on]")).to_be_visible()
    page.add_init_script("Object.defineProperty(Notification, 'permission', {get: () => 'denied'})")
    visit(page)
    expect(page.get_by_role("link", name="How to turn them on")).to_be_visible()
    awaited(page, lambda: not subscriptions(), "the server still sends there")


def test_removed_by_hand_it_stays_off(a_phone: Callable[..., Page]) -> None:
    page = a_phone()
    turn_on(page)
    expect(page.locator("[data-when=on]")).to_be_visible()
    visit(page, "/settings/devices")
    page.get_by_role("button", name="Remove").tap()
    page.wait_for_url("**/settings/devices")
    awaited(page, lambda: not subscriptions(), "not removed")
    visit(page)
    until(page, f"{KEPT}.wanted === false")
    assert not subscriptions()
