"""`make screenshots`: every screen in both languages and both themes, into docs/screenshots."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from playwright.sync_api import Browser, Page, Route
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import update

from crm import clock as product_clock
from crm.database import db
from crm.setup.commands import setup_token
from crm.users.models import UserSession
from tests import people
from tests.browser.devices import (
    BROWSER_LOCALES,
    PHONE,
    WIDE,
    chromium,
    chromium_path,
    served,
    speak,
)
from tests.browser.world import Day, a_working_day
from tests.clock import MovableClock
from tests.databases import COMPANY, EMPTY, Sqlite

#: The looks are judged in a phone's face. A build machine has none: the Latin of Vazirmatn, which
#: is Roboto's, stands in for it; and Persian waits for its font, as on a second visit.
FACE = """
@font-face { font-family: Shown; src: url("../fonts/Vazirmatn-33.0.3-subset.woff2");
  font-weight: 400 800; font-display: block; }
:root:root:root { --face: Shown; }
"""
DEVICE = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
FOLDER = Path(
    os.environ.get("SCREENSHOTS") or Path(__file__).resolve().parents[2] / "docs" / "screenshots"
)
SARA, LEILA, ADMIN = (people.PEOPLE[name] for name in ("sara", "leila", "admin"))


@dataclass(frozen=True)
class Screen:
    """A picture: whose, where, and what is done there before it is taken."""

    name: str
    path: Callable[[Day], str]
    who: str = "sara"
    act: Callable[[Page, Day], None] | None = None
    wide: bool = False
    whole: bool = False


def _move(page: Page, _day: Day) -> None:
    card = page.locator(".deal").first
    card.locator(".deal__link").click()
    page.locator(".deal--open .thread__stage").nth(2).wait_for()
    page.locator(".deal--open .thread__stage").nth(1).click()
    page.locator(".toast").wait_for()


def _sheet(page: Page, _day: Day) -> None:
    page.locator(".hero__chip").nth(1).click()
    page.locator(".sheet__dialog form").wait_for()
    page.evaluate(
        "Promise.all(document.querySelector('.sheet__dialog').getAnimations({subtree: true})"
        ".map((each) => each.finished))"
    )


def _pane(page: Page, _day: Day) -> None:
    page.locator("[data-pane]").first.click()
    page.locator("#detail .record").wait_for()


def at(path: str) -> Callable[[Day], str]:
    """Return the path of a day's record, as `{lead}` in it names it."""
    return lambda day: path.format(**vars(day))


SCREENS = [
    Screen("today", at("/today"), wide=True),
    Screen("today-pane", at("/today"), act=_pane, wide=True),
    Screen("pipeline", at("/pipeline"), wide=True),
    Screen("pipeline-moved", lambda day: "/pipeline?stage=" + day.stage, act=_move),
    Screen("capture", at("/today"), act=_sheet),
    Screen("capture-page", at("/capture?contact_id={contact}"), whole=True),
    Screen("deal", at("/deals/{deal}"), wide=True, whole=True),
    Screen("deal-edit", at("/deals/{deal}/edit"), whole=True),
    Screen("deal-new", at("/deals/new"), whole=True),
    Screen("lead", at("/leads/{lead}"), wide=True, whole=True),
    Screen("lead-new", at("/leads/new"), whole=True),
    Screen("account", at("/accounts/{account}"), wide=True, whole=True),
    Screen("contact", at("/contacts/{contact}"), wide=True, whole=True),
    Screen("contact-new", at("/contacts/new"), whole=True),
    Screen("people", at("/people"), wide=True),
    Screen("people-leads", at("/people?tab=leads")),
    Screen("people-none", at("/people?q=zzzz")),
    Screen("activity", at("/activities/{logged}")),
    Screen("activity-new", at("/activities/new?deal_id={deal}"), whole=True),
    Screen("activity-correct", at("/activities/{logged}/edit"), whole=True),
    Screen("more", at("/more"), whole=True),
    Screen("settings", at("/settings"), whole=True),
    Screen("devices", at("/settings/devices")),
    Screen("team", at("/team"), who="leila", whole=True, wide=True),
    Screen("team-person", at("/team/" + SARA.id), who="leila"),
    Screen("administration", at("/administration"), who="admin", whole=True),
    Screen("company", at("/administration/company"), who="admin", whole=True),
    Screen("users", at("/administration/users"), who="admin"),
    Screen("user", at("/administration/users/" + SARA.id), who="admin", whole=True),
    Screen("user-new", at("/administration/users/new"), who="admin", whole=True),
    Screen("handover", at(f"/administration/users/{SARA.id}/handover"), who="admin", whole=True),
    Screen("teams", at("/administration/teams"), who="admin"),
    Screen("pipelines", at("/administration/pipelines"), who="admin"),
    Screen(
        "stages", lambda day: "/administration/pipelines/" + day.pipeline, who="admin", whole=True
    ),
    Screen("stage-removal", lambda day: f"/administration/stages/{day.stage}/removal", who="admin"),
    Screen("imports", at("/imports"), who="leila"),
    Screen("error", at("/deals/01930000-0000-7000-8000-00000000dead")),
    Screen("sign-in", at("/sign-in"), who=""),
]
EMPTY_SCREENS = [
    Screen("empty-today", at("/today"), who="nika"),
    Screen("empty-pipeline", at("/pipeline"), who="nika"),
    Screen("empty-people", at("/people"), who="nika"),
]


def _with_face(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + FACE)


class Studio:
    """One app and one browser; a picture is a fresh device in front of them."""

    def __init__(self, database: Sqlite, browser: Browser, folder: Path) -> None:
        self.database, self.browser, self.folder = database, browser, folder
        self.wrong: list[str] = []
        self.cookies: dict[str, dict[str, str]] = {}

    def take(self, language: str, only: list[str]) -> None:
        """Take every picture in one language."""
        with self._world(COMPANY, language) as (address, day):
            for screen in SCREENS + EMPTY_SCREENS:
                self._shots(address, screen, day, language, only)
        with self._world(EMPTY, language) as (address, day):
            token = setup_token(self.database.app.config["DATA_DIR"], "only for tests")
            setup = Screen("setup", at(f"/setup?token={token}&language={language}"), "", whole=True)
            self._shots(address, setup, day, language, only)

    @contextmanager
    def _world(self, start: str, language: str) -> Iterator[tuple[str, Day]]:
        self.database.reset(start)
        self.cookies.clear()
        app: Flask = self.database.app
        with app.app_context():
            day = Day()
            if start == COMPANY:
                day = a_working_day(SARA, language)
                for person in people.PEOPLE.values():
                    speak(person, language)
            with served(app) as address:
                yield address, day
            db.session.remove()

    def _cookie(self, who: str) -> dict[str, str]:
        """Return the cookie of the person's one device: many would fill the list of devices."""
        if who not in self.cookies:
            name, token = people.session_cookie(people.PEOPLE[who])
            db.session.execute(update(UserSession).values(device=DEVICE))
            db.session.commit()
            self.cookies[who] = {"name": name, "value": token}
        return self.cookies[who]

    def _shots(
        self, address: str, screen: Screen, day: Day, language: str, only: list[str]
    ) -> None:
        if only and screen.name not in only:
            return
        for dark in (False, True):
            for wide in (False, True) if screen.wide else (False,):
                if screen.name == "today-pane" and not wide:
                    continue
                self._shot(address, screen, day, language, dark, wide)

    def _shot(
        self, address: str, screen: Screen, day: Day, language: str, dark: bool, wide: bool
    ) -> None:
        theme = "dark" if dark else "light"
        context = self.browser.new_context(
            base_url=address,
            locale=BROWSER_LOCALES[language],
            timezone_id="Asia/Tehran",
            color_scheme=theme,
            device_scale_factor=1.5 if wide else 2,
            reduced_motion="reduce",
            **(WIDE if wide else PHONE),
        )
        if screen.who:
            context.add_cookies([{**self._cookie(screen.who), "url": address}])
        page = context.new_page()
        page.set_default_timeout(8000)
        page.route("**/css/app.css", _with_face)
        said = page.goto(screen.path(day), wait_until="networkidle")
        try:
            if screen.act:
                screen.act(page, day)
            if screen.name != "error" and said and said.status != 200:
                self.wrong.append(f"{screen.name}-{language}: {said.status}")
        except PlaywrightTimeout:
            self.wrong.append(f"{screen.name}-{language}: could not be brought about")
        page.evaluate("document.fonts.ready")
        size = "-wide" if wide else ""
        target = self.folder / f"{screen.name}{size}-{language}{'-dark' if dark else ''}.png"
        if screen.whole and not wide:
            # A taller phone, not a longer picture: what stands at the bottom stays there.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": 390, "height": max(height, 844)})
        page.screenshot(path=target)
        context.close()


def main(only: list[str]) -> None:
    """Take the pictures named, or all."""
    path = chromium_path()
    if path is None:
        raise SystemExit("no Chromium here: apt install chromium")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    FOLDER.mkdir(parents=True, exist_ok=True)
    clock = MovableClock()
    with TemporaryDirectory() as data, product_clock.using_clock(clock), chromium(path) as browser:
        database = Sqlite(Path(data), clock, people.settle)
        studio = Studio(database, browser, FOLDER)
        for language in ("en", "fa"):
            studio.take(language, only)
        database.close()
    if studio.wrong:
        raise SystemExit("\n".join(studio.wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
