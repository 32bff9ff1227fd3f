"""A phone with Chromium in front of a live server; whatever goes wrong on a page fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import (
    BROWSER_LOCALES,
    PHONE,
    WIDE,
    NewPage,
    chromium,
    chromium_path,
    served,
    speak,
)
from tests.browser.faults import Faults, watch
from tests.browser.worker import moved_in
from tests.browser.world import Day, a_working_day


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright brings none of its own."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium here: apt install chromium")
    with chromium(path) as started:
        yield started


@pytest.fixture
def live_server(sqlite_app: Flask) -> Iterator[str]:
    """The address of the app with its company."""
    with served(sqlite_app) as address:
        yield address


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What went wrong on any page. A story forgives what it provokes, and nothing else."""
    said = Faults()
    yield said
    assert not said, "on the page:\n" + "\n".join(said)


@pytest.fixture
def new_page(browser: Browser, live_server: str, faults: Faults) -> Iterator[NewPage]:
    """`new_page(sara, language="fa", dark=True, wide=True, javascript=False)`: a device of her own.

    Paths are relative to the server: `page.goto("/today")`. More keywords go to Playwright's
    `new_context`. Without `service_workers="allow"` every page comes from the server: most stories
    change what it knows behind the browser's back.
    """
    contexts: list[BrowserContext] = []

    def new(
        person: Viewer | None = None,
        *,
        language: str = "en",
        dark: bool = False,
        wide: bool = False,
        javascript: bool = True,
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server,
            locale=BROWSER_LOCALES[language],
            timezone_id="Asia/Tehran",
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            **{"service_workers": "block", **(WIDE if wide else PHONE), **more},
        )
        contexts.append(context)
        watch(context, urlsplit(live_server).netloc, faults)
        if person:
            speak(person, language)
            name, token = people.session_cookie(person)
            context.add_cookies([{"name": name, "value": token, "url": live_server}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield new
    for context in contexts:
        context.close()


@pytest.fixture(params=["en", "fa"])
def language(request: pytest.FixtureRequest) -> str:
    """A test that uses it runs once a language."""
    return str(request.param)


@pytest.fixture
def page(new_page: NewPage, sara: Viewer, request: pytest.FixtureRequest) -> Page:
    """Sara's phone, in the test's `language` if it uses one."""
    uses = "language" in request.fixturenames
    return new_page(sara, language=request.getfixturevalue("language") if uses else "en")


@pytest.fixture
def day(live_server: str, sara: Viewer, request: pytest.FixtureRequest) -> Day:
    """A working day of Sara's, in the test's `language` if it uses one."""
    uses = "language" in request.fixturenames
    return a_working_day(sara, request.getfixturevalue("language") if uses else "en")


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, request: pytest.FixtureRequest) -> Page:
    """Sara's phone with the worker at work and her book read, her `day` in it if there is one."""
    if "day" in request.fixturenames:
        request.getfixturevalue("day")
    return moved_in(new_page(sara, service_workers="allow"))


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)`: fails with what the accessibility checker finds on the page as it stands."""

    def check(page: Page) -> None:
        results = Axe().run(page)
        assert not results.violations_count, f"{page.url}\n{results.generate_report()}"

    return check
