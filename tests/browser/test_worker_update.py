"""The next build and the one before it, over an outbox that is full; the worker that ends all."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.faults import Faults
from tests.browser.keeping import kept, until, visit
from tests.browser.worker import deployed, entries, in_front_of, kept_pages
from tests.browser.world import Day

ROUNDS = 4
PUT = """async (contact) => {
  for (let n = 0; n < 5; n += 1) {
    const id = outbox.id();
    const body = {id, kind: "meeting", contact_id: contact, note: `Meeting ${n}`};
    const captured_at = new Date().toISOString();
    await outbox.put({id, kind: "activity.log", body, captured_at, label: `Meeting ${n}`});
  }
}"""
WAITING = (
    "outbox.list().then((all) => all.filter((one) => one.state === 'queued').map((one) => one.id))"
)
JOURNAL = "caches.open('hamrah-journal').then((cache) => cache.keys()).then((all) => all.length)"
LOOK = "navigator.serviceWorker.getRegistration().then((one) => one.update())"
GONE = "!(await navigator.serviceWorker.getRegistration())"
NOTHING_LEFT = "(await caches.keys()).every((name) => name === 'hamrah-journal')"
#: What the page does every now and then, from here on.
TICKS = """() => {
  const { setInterval } = self;
  self.ticks = [];
  self.setInterval = (act, span) => (ticks.push(act), setInterval(act, span));
}"""
#: What is said of the answer of `busy`.
BUSY = "503: "
SHELLS = "caches.keys().then((all) => all.filter((name) => name.startsWith('hamrah-shell')))"


def busy(_environ: dict[str, Any], start: Any) -> Any:
    start("503 SERVICE UNAVAILABLE", [("Content-Type", "application/json"), ("Retry-After", "60")])
    return [b"{}"]


def take_update(page: Page, build: str) -> None:
    """Tap «Update» and wait until the page stands on this build."""
    page.evaluate(LOOK)
    toast = page.locator("#toast .toast--stays")
    expect(toast).to_contain_text("Update ready")
    with page.expect_navigation():
        toast.get_by_role("button", name="Update").click()
    kept(page)
    assert page.evaluate(SHELLS) == [f"hamrah-shell-{build}"]
    assert (
        page.locator("script[data-src]").get_attribute("data-src") == f"/static/{build}/js/boot.js"
    )


def test_updates_and_roll_backs_lose_nothing_that_waits(
    phone: Page, sqlite_app: Flask, day: Day, tmp_path: Path, faults: Faults
) -> None:
    faults.forgive(BUSY)
    first = str(sqlite_app.config["BUILD"])
    with in_front_of(sqlite_app, "/api/v1/captures", busy):
        phone.evaluate(PUT, day.contact)
        waiting, journal = phone.evaluate(WAITING), phone.evaluate(JOURNAL)
        assert len(waiting) == 5
        for n in range(ROUNDS):
            with (
                deployed(sqlite_app, tmp_path, f"next-{n}") as build,
                in_front_of(sqlite_app, "/api/v1/captures", busy),
            ):
                take_update(phone, build)
                assert phone.evaluate(WAITING) == waiting
            take_update(phone, first)
            assert phone.evaluate(WAITING) == waiting
            assert phone.evaluate(JOURNAL) == journal
        assert f"/deals/{day.deal}" in kept_pages(phone)


def test_a_page_kept_from_the_build_before_is_dressed_by_this_one(
    phone: Page, sqlite_app: Flask, day: Day, tmp_path: Path
) -> None:
    with deployed(sqlite_app, tmp_path, "next") as build:
        take_update(phone, build)
        phone.context.set_offline(True)
        phone.goto(f"/deals/{day.deal}")
        colour = "getComputedStyle(document.body).backgroundColor"
        assert phone.evaluate(colour) == "rgb(246, 242, 245)"
        assert build in (phone.locator("link[rel=stylesheet]").get_attribute("href") or "")
        phone.context.set_offline(False)


def test_an_update_waits_for_the_sheet_to_be_closed(
    phone: Page, sqlite_app: Flask, tmp_path: Path
) -> None:
    with deployed(sqlite_app, tmp_path, "next") as build:
        phone.locator(".nav__add").click()
        expect(phone.locator("bottom-sheet form")).to_be_visible()
        phone.evaluate(TICKS)
        phone.evaluate(LOOK)
        until(phone, "self.ticks.length", said="the page did not hear of it")
        phone.evaluate("ticks.forEach((tick) => tick())")
        assert phone.locator("#toast .toast--stays").count() == 0
        phone.keyboard.press("Escape")
        expect(phone.locator("#toast .toast--stays")).to_be_visible()
        assert len(phone.evaluate(SHELLS)) == 2
        take_update(phone, build)


#: A build that is found while the page is on its way, before it could listen.
MEANWHILE = """
const { register } = ServiceWorkerContainer.prototype;
ServiceWorkerContainer.prototype.register = async function (...said) {
  const found = await register.apply(this, said);
  const begun = new Promise((done) => found.addEventListener("updatefound", done, { once: true }));
  found.update().catch(() => {});
  if (!found.installing) await begun;
  self.begun = true;
  return found;
};
"""


def test_a_build_that_came_while_the_page_was_on_its_way_is_offered(
    phone: Page, sqlite_app: Flask, tmp_path: Path
) -> None:
    come = Event()

    def slow(environ: dict[str, Any], start: Any) -> Any:
        come.wait(20)
        return now(environ, start)

    phone.add_init_script(MEANWHILE)
    with deployed(sqlite_app, tmp_path, "next") as build:
        now = sqlite_app.wsgi_app
        with in_front_of(sqlite_app, f"/static/{build}/css", slow):
            visit(phone)
            until(phone, "self.begun", said="no build was found")
            assert phone.locator("#toast .toast--stays").count() == 0
            come.set()
            expect(phone.locator("#toast .toast--stays")).to_be_visible()


def test_without_a_tap_the_old_build_stays_whole(
    phone: Page, sqlite_app: Flask, tmp_path: Path
) -> None:
    first = str(sqlite_app.config["BUILD"])
    with deployed(sqlite_app, tmp_path, "next"):
        phone.evaluate(LOOK)
        expect(phone.locator("#toast .toast--stays")).to_be_visible()
        assert f"/static/{first}/js/boot.js" in entries(phone)


def test_the_kill_switch_takes_the_worker_away_and_leaves_the_captures(
    phone: Page,
    sqlite_app: Flask,
    day: Day,
    monkeypatch: pytest.MonkeyPatch,
    faults: Faults,
) -> None:
    faults.forgive(BUSY)
    with in_front_of(sqlite_app, "/api/v1/captures", busy):
        phone.evaluate(PUT, day.contact)
        monkeypatch.setitem(sqlite_app.config, "KILL_WORKER", True)
        phone.evaluate(LOOK)
        until(phone, GONE, said="the worker is still there")
        # What the worker before, which this page still had, kept meanwhile goes with the next look.
        phone.goto("/today")
        until(phone, "self.outbox && (await outbox.user())", said="the outbox is not there")
        until(phone, NOTHING_LEFT, said="something is left")
        assert phone.evaluate("navigator.serviceWorker.controller") is None
        assert len(phone.evaluate(WAITING)) == 5
        assert phone.evaluate(JOURNAL) == 5
