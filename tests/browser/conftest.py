"""A phone with Chromium in front of a live server; whatever goes wrong on a page fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    sync_playwright,
)
from playwright.sync_api import Request as PageRequest
from werkzeug.serving import make_server

from crm.database import db
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import people

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WIDE = {"viewport": {"width": 1280, "height": 800}}
BROWSER_LOCALES = {"en": "en-GB", "fa": "fa-IR"}
#: Says a violation of the policy aloud, where the console alone would be silent.
REPORT = """
addEventListener('securitypolicyviolation', e =>
  console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright brings none of its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def live_server(sqlite_app: Flask) -> Iterator[str]:
    """The address of the app, served by threads of this process: the test's clock is its clock."""
    server = make_server("127.0.0.1", 0, sqlite_app, threaded=True)
    server.daemon_threads = True
    server.log = lambda *_args: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What went wrong on any page. A test that provokes a fault looks at it, then clears it."""
    said: list[str] = []
    yield said
    assert not said, "on the page:\n" + "\n".join(said)


def watch(context: BrowserContext, host: str, faults: list[str]) -> None:
    """Collect errors, policy violations, failed parts and requests to other hosts."""

    def on_console(message: ConsoleMessage) -> None:
        # Failed loads are judged by `on_response`; offline they are part of the story.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"console: {message.text}")

    def on_request(request: PageRequest) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            faults.append(f"another host: {request.url}")

    def on_response(response: Response) -> None:
        answers = response.request.resource_type in ("document", "fetch", "xhr")
        if response.status >= (500 if answers else 400):
            faults.append(f"{response.status}: {response.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
    context.on("request", on_request)
    context.on("response", on_response)
    context.add_init_script(REPORT)


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, live_server: str, faults: list[str]) -> Iterator[NewPage]:
    """`new_page(sara, language="fa", dark=True, wide=True, javascript=False)`: a device of her own.

    Paths are relative to the server: `page.goto("/today")`. More keywords go to Playwright's
    `new_context`.
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
            **(WIDE if wide else PHONE),  # type: ignore[arg-type]
            **more,
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


def speak(person: Viewer, language: str) -> None:
    """Set the person's language, and the calendar that goes with it."""
    user = db.session.get_one(User, person.id)
    user.language = language
    user.calendar = "jalali" if language == "fa" else "gregorian"
    db.session.commit()


@pytest.fixture(params=["en", "fa"])
def language(request: pytest.FixtureRequest) -> str:
    """A test that uses it runs once a language."""
    return str(request.param)


@pytest.fixture
def page(new_page: NewPage, sara: Viewer, request: pytest.FixtureRequest) -> Page:
    """Sara's phone, in the test's `language` if it uses one."""
    uses = "language" in request.fixturenames
    return new_page(sara, language=request.getfixturevalue("language") if uses else "en")


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)`: fails with what the accessibility checker finds on the page as it stands."""

    def check(page: Page) -> None:
        results = Axe().run(page)
        assert not results.violations_count, f"{page.url}\n{results.generate_report()}"

    return check
