"""Thirty rounds of what happens to a phone in a day: a real Chromium, the real server."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.database import db
from crm.users.viewer import Viewer
from tests import people
from tests.browser.killable import Killable
from tests.browser.outbox import meeting, open_outbox, sign_in

PARTS, ROUNDS = 3, 10
#: A tap of Save: two captures one after the other, each told when it is saved, then the drain.
TAP = """captures => {
  const save = async () => {
    for (const capture of captures) {
      await outbox.put(capture);
      __saved(capture.id);
    }
    await outbox.drain('save');
  };
  save();
}"""


WORKER = """navigator.serviceWorker.register('/sw.js')
  .then(() => navigator.serviceWorker.ready).then(() => null)"""
ASK_WORKER = """navigator.serviceWorker.ready
  .then(({sync}) => sync.register('outbox'))"""


class Phone:
    """Sara's phone: its browser can be killed, it loses its line, it has two tabs."""

    def __init__(self, killable: Killable, app: Flask, person: Viewer, dice: random.Random) -> None:
        self.killable, self.app, self.person, self.dice = killable, app, person, dice
        self.saved: set[str] = set()
        self.cookie: Any = people.session_cookie(person)
        self.pages: list[Page] = []

    def open(self) -> Page:
        page = self.killable.page()
        name, token = self.cookie
        page.context.set_offline(False)
        page.context.add_cookies([{"name": name, "value": token, "url": self.killable.address}])
        page.expose_function("__saved", lambda made: self.saved.add(made))  # noqa: PLW0108
        self.pages.append(page)
        self.load(page).evaluate(WORKER)
        return page

    def load(self, page: Page) -> Page:
        open_outbox(page, self.app, self.killable.address)
        sign_in(page, self.person)
        return page

    def page(self) -> Page:
        return self.dice.choice(self.pages) if self.pages else self.open()

    # ---- what happens
    def taps_save(self) -> None:
        self.page().evaluate(TAP, [meeting("one"), meeting("two")])

    def taps_twice(self) -> None:
        page, captures = self.page(), [meeting("twice")]
        page.evaluate(TAP, captures)
        self.page().evaluate(TAP, captures)

    def loses_the_line(self) -> None:
        self.page().context.set_offline(True)
        self.taps_save()

    def finds_the_line(self) -> None:
        self.page().context.set_offline(False)

    def reloads(self) -> None:
        self.taps_save()
        page = self.page()
        page.context.set_offline(False)
        self.load(page)

    def opens_a_tab(self) -> None:
        page = self.open() if len(self.pages) < 2 else self.page()
        page.evaluate("void outbox.drain('online')")
        self.taps_save()

    def closes_a_tab(self) -> None:
        self.taps_save()
        page = self.pages.pop(0)
        page.close()

    def stops_the_worker(self) -> None:
        page = self.page()
        session = page.context.new_cdp_session(page)
        session.send("ServiceWorker.enable")
        self.taps_save()
        page.evaluate(ASK_WORKER)
        session.send("ServiceWorker.stopAllWorkers")

    def is_killed(self) -> None:
        self.taps_save()
        if self.dice.random() < 0.5:
            self.page().wait_for_timeout(self.dice.uniform(0, 60))
        self.killable.kill()
        self.pages = []

    def is_well(self) -> None:
        """The line is back and everything is sent."""
        page = self.page()
        page.context.set_offline(False)
        self.load(page)
        for _try in range(100):
            end = page.evaluate("outbox.drain('tap')")
            if end["state"] in ("sent", "idle") and not end["waiting"]:
                return
            page.wait_for_timeout(50)
        pytest.fail(f"the outbox does not get empty: {end}")


EVENTS = [
    Phone.taps_save,
    Phone.taps_twice,
    Phone.loses_the_line,
    Phone.finds_the_line,
    Phone.reloads,
    Phone.opens_a_tab,
    Phone.closes_a_tab,
    Phone.stops_the_worker,
]


def server() -> tuple[set[str], Counter[str], int]:
    """Return the captures known, how often each meeting stands there, and what was refused."""
    db.session.rollback()
    rows = db.session.scalars(select(Capture)).all()
    meetings = Counter(db.session.scalars(select(Activity.id)))
    return {row.id for row in rows}, meetings, sum(row.verdict != "applied" for row in rows)


@pytest.mark.mission(115, 116, 117)
@pytest.mark.parametrize("part", range(PARTS))
def test_after_a_day_of_trouble_every_meeting_is_there_once(
    browser: Browser, tmp_path: Path, live_server: str, sqlite_app: Flask, sara: Viewer, part: int
) -> None:
    dice = random.Random(20261124 + part)
    with Killable(browser, tmp_path / "profile", live_server) as killable:
        phone = Phone(killable, sqlite_app, sara, dice)
        for number in range(ROUNDS):
            for event in dice.choices(EVENTS, k=3):
                if phone.pages or event is not Phone.closes_a_tab:
                    event(phone)
            if number % 5 == 4:
                phone.is_killed()
            phone.is_well()
            known, meetings, refused = server()
            assert phone.saved <= known, f"lost in round {number}"
            assert (len(meetings), refused) == (len(known), 0), f"round {number}"
    assert len(phone.saved) > ROUNDS // 2, "the rounds were not idle"
