"""Chromium as a phone or a desk sees us, and the app served to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from threading import Condition, Event, Thread
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from crm.database import db
from crm.users.models import User
from crm.users.viewer import Viewer

#: The fixture `new_page`: opens a device of its own for a person.
NewPage = Callable[..., Page]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    # The address bar's suggestions: two pages of the browser's own behind each of ours, unseen.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
BROWSER_LOCALES = {"en": "en-GB", "fa": "fa-IR"}


def chromium_path() -> str | None:
    """Return Debian's Chromium; Playwright brings none of its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A browser for the time of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app's address, served by threads of this process: the test's clock is its clock.

    What is being answered at the end is answered, and what comes later is not: the next test takes
    the database away.
    """
    running, changed, over = [0], Condition(), Event()

    def counted(environ: Any, start: Any) -> Any:
        with changed:
            # Taken by a thread before the end, read by it only now.
            if over.is_set():
                raise ConnectionAbortedError
            running[0] += 1
        try:
            # Whole, at once: where a page leaves in the middle, werkzeug forgets to close the file.
            answer = app(environ, start)
            with closing(answer) if hasattr(answer, "close") else nullcontext():
                return [b"".join(answer)]
        finally:
            with changed:
                running[0] -= 1
                changed.notify_all()

    server = make_server("127.0.0.1", 0, counted, threaded=True)
    server.daemon_threads = True
    server.log = lambda *_args: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    with changed:
        over.set()
        changed.wait_for(lambda: not running[0], timeout=10)
    server.server_close()


def speak(person: Viewer, language: str, **more: Any) -> None:
    """Set the person's language, the calendar that goes with it, and whatever else."""
    user = db.session.get_one(User, person.id)
    user.language = language
    user.calendar = "jalali" if language == "fa" else "gregorian"
    for name, value in more.items():
        setattr(user, name, value)
    db.session.commit()
