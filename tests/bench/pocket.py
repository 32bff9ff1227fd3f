"""What the app on a slow phone takes: to stand there, to say «saved», to find, to be emptied."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, expect

from crm.database import db
from crm.devices.commands import wipe_device
from crm.users.sessions import find_viewer
from tests.bench.figures import Figures
from tests.bench.places import Place
from tests.browser.book import with_book
from tests.browser.devices import PHONE, chromium, chromium_path, served
from tests.browser.keeping import choose, open_sheet, sent, visit
from tests.browser.worker import in_front_of, moved_in

OFFLINE, SLOW_LINE, SAVED, FOUND, WIPED = 250, 500, 100, 100, 1000
SAVES, PEOPLE = 20, 5000
#: The line of Lighthouse's slow phone: seconds until an answer begins, bytes a second.
LATENCY, THROUGHPUT = 0.5625, 184_320
LCP = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true});
  setTimeout(done, 3000, null);
})"""
SAID = """() => {
  const shown = new Promise(done => new MutationObserver((_, watching) => {
    if (!document.querySelector('.toast')) return;
    watching.disconnect();
    requestAnimationFrame(() => done(performance.now()));
  }).observe(document.getElementById('toast'), {childList: true}));
  const start = performance.now();
  document.querySelector('.sheet .btn--save').click();
  return shown.then(at => at - start);
}"""
SEARCHED = """async () => {
  const {people} = await lookup.book();
  const spans = {search: 0, alike: 0};
  const time = (name, act) => {
    const start = performance.now();
    act();
    spans[name] = Math.max(spans[name], performance.now() - start);
  };
  const texts = ["4567", "m", "me", "mehdi k", "رضایی", "علی مر", "دیجی کالا", "zzzz", "س"];
  for (const text of [...texts, ...texts]) time("search", () => people.find(text, 25));
  for (const name of ["Mehdi Kazemi", "Sara", "zzzz zzzz", "Mehdi Kazemi"])
    time("alike", () => people.alike(name, ["0912 123 4567"]));
  return spans;
}"""
KEY_TO_ROW = """async () => {
  const input = document.querySelector("main input[type=search]");
  const list = document.querySelector("[data-found]");
  const type = (text) => {
    input.value = text;
    input.dispatchEvent(new Event("input", {bubbles: true}));
  };
  type("");
  await new Promise(requestAnimationFrame);
  const start = performance.now();
  type("4567");
  while (!list.textContent.includes("Mehdi") && performance.now() < start + 5000)
    await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
ASK = "async () => (await fetch('/api/v1/me')).status"


def measure(figures: Figures, place: Place, rounds: int) -> None:
    """Print the figures, each of several rounds, on a phone with a quarter of this CPU."""
    path = chromium_path()
    if path is None:
        figures.note("no Chromium: what the app takes on the phone is not measured")
        return
    # Else a line for each request stands between the figures.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = place.app()
    with served(app) as address, chromium(path) as browser:
        for name in ("today", "pipeline"):
            with _phone(browser, address, place.cookies["rep"]) as page:
                page.context.set_offline(True)
                _tell(figures, f"offline.{name}.lcp", _paints(page, f"/{name}", rounds), OFFLINE)
        with (
            _phone(browser, address, place.cookies["rep"]) as page,
            in_front_of(app, "/", _late(app)),
        ):
            _tell(figures, "slow_line.today.lcp", _paints(page, "/today", rounds), SLOW_LINE)
        with _phone(browser, address, place.cookies["rep"]) as page:
            _tell(figures, "saved.p95", [_saves(page) for _ in range(rounds)], SAVED)
        with _phone(browser, address, place.cookies["rep"]) as page:
            _look_up(figures, page, place.ids["rep"], rounds)
        emptied = [_emptied(browser, address, place, app) for _ in range(rounds)]
        _tell(figures, "emptied", emptied, WIPED)
    with app.app_context():
        db.engine.dispose()


def _tell(figures: Figures, name: str, found: list[float], most: float) -> None:
    """Print the median, which is judged, and the best: what else runs here only makes it longer."""
    if not found:
        figures.note(f"pocket.{name}: nothing was seen")
        return
    figures.add(f"pocket.{name}.best", min(found), unit="ms")
    figures.add(f"pocket.{name}", statistics.median(found), unit="ms", most=most)


@contextmanager
def _phone(browser: Browser, address: str, cookie: str) -> Iterator[Page]:
    """A phone on which the app has been for a day, with a quarter of this machine's CPU."""
    context = browser.new_context(base_url=address, **PHONE)
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": address}])
    page = moved_in(context.new_page())
    _slow(page)
    yield page
    context.close()


def _slow(page: Page, rate: int = 4) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def _late(app: Flask) -> Any:
    """The app at the end of a slow line: also what the worker fetches comes late."""
    behind = app.wsgi_app

    def late(environ: dict[str, Any], start: Any) -> Any:
        time.sleep(LATENCY)
        answer = b"".join(behind(environ, start))
        time.sleep(len(answer) / THROUGHPUT)
        return [answer]

    return late


def _paints(page: Page, path: str, rounds: int) -> list[float]:
    """Return when the largest thing of the page stood there, as often as a paint was seen."""
    found = []
    for _ in range(rounds * 2 + 1):
        page.goto("about:blank")
        page.goto(path)
        found.append(page.evaluate(LCP))
    return [one for one in found if one is not None]


def _saves(page: Page) -> float:
    """Return the p95 of saving a meeting until «saved» was painted, every other one offline."""
    visit(page, "/people")
    took = []
    for number in range(SAVES):
        page.evaluate("() => document.getElementById('toast').replaceChildren()")
        open_sheet(page)
        choose(page, "who")
        choose(page, "outcome", "follow_up")
        page.context.set_offline(number % 2 == 1)
        took.append(page.evaluate(SAID))
        expect(page.locator("bottom-sheet")).to_have_count(0)
        page.context.set_offline(False)
        sent(page)
    return sorted(took)[int(SAVES * 0.95) - 1]


def _look_up(figures: Figures, page: Page, user_id: str, rounds: int) -> None:
    with_book(page, user_id, PEOPLE)
    _slow(page)
    page.context.set_offline(True)
    spans = [page.evaluate(SEARCHED) for _ in range(rounds)]
    for name in ("search", "alike"):
        _tell(figures, f"{name}.longest", [each[name] for each in spans], FOUND)
    _tell(figures, "key_to_row", [page.evaluate(KEY_TO_ROW) for _ in range(rounds)], FOUND)


def _emptied(browser: Browser, address: str, place: Place, app: Flask) -> float:
    """Return how long the request of a lost phone takes that empties it."""
    with app.app_context():
        place.sign_in("lost", place.ids["rep"])
        db.session.commit()
    with _phone(browser, address, place.cookies["lost"]) as page:
        with app.app_context():
            lost = find_viewer(place.cookies["lost"].partition("=")[2])
            assert lost
            assert lost.session_id
            wipe_device(lost, lost.id, lost.session_id)
        begun = time.perf_counter()
        assert page.evaluate(ASK) == 401
        return (time.perf_counter() - begun) * 1000
