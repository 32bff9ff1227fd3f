"""What the stories about the worker ask of a phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page

from crm.web import assets, security
from tests.browser.keeping import until, visit

#: Every cached address with when it was kept; journal and state are not pages.
ENTRIES = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    if (!/^hamrah-(shell|pages)/.test(name)) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const url = new URL(request.url);
      const answer = await cache.match(request, {ignoreVary: true});
      found[url.pathname + url.search] = Number(answer.headers.get("X-Kept-At"));
    }
  }
  return found;
}"""


#: The same of pages alone: the shell stands when a worker does.
KEPT = ENTRIES.replace("(shell|pages)", "pages")
INSTALLED = "navigator.serviceWorker.controller?.state === 'activated'"
#: The book and all of its pages are on the phone.
BOOKED = """await (async () => {
  const state = await (await caches.open("hamrah-worker")).match("/state");
  const {book} = await state?.json() ?? {};
  return book && !book.left.length;
})()"""
#: Until what is kept stays the same for a while.
SETTLED = f"""async () => {{
  const look = async () => JSON.stringify(await ({KEPT})());
  for (let before = "", same = 0, n = 0; n < 600; n += 1) {{
    const now = await look();
    same = now === before ? same + 1 : 0;
    if (same === 4) return;
    before = now;
    await new Promise((done) => setTimeout(done, 50));
  }}
  throw new Error("what is kept goes on changing");
}}"""


def moved_in(page: Page) -> Page:
    """Let Hamrah be at home on this phone, as after a first day: scripts, worker and the book."""
    visit(page)
    installed(page)
    booked(page)
    settle(page)
    return page


def installed(page: Page) -> None:
    """Wait until a worker that is done with its start stands behind this page."""
    until(page, INSTALLED, said="no worker")


def booked(page: Page) -> None:
    """Wait until what the person knows is on the phone."""
    page.evaluate("navigator.serviceWorker.controller.postMessage({type: 'prefetch'})")
    until(page, BOOKED, said="no book", seconds=60)


def settle(page: Page) -> None:
    """Wait until the worker has read ahead, and kept what it was asked for behind a page."""
    for worker in page.context.service_workers:
        worker.evaluate("reading")
    page.evaluate(SETTLED)


def entries(page: Page) -> dict[str, Any]:
    """Return what shell and pages hold, by address."""
    return dict(page.evaluate(ENTRIES))


def kept_pages(page: Page) -> dict[str, float]:
    """Return the kept pages with when each was asked for."""
    return {path: at for path, at in entries(page).items() if at}


@contextmanager
def in_front_of(app: Flask, start: str, answer: Callable[..., Any]) -> Iterator[None]:
    """Let `answer` (WSGI) speak for the app below the path `start`."""
    behind = app.wsgi_app

    def between(environ: dict[str, Any], begin: Any) -> Any:
        lies = environ["PATH_INFO"].startswith(start)
        return (answer if lies else behind)(environ, begin)

    app.wsgi_app = between  # type: ignore[method-assign]
    try:
        yield
    finally:
        app.wsgi_app = behind  # type: ignore[method-assign]


@contextmanager
def deployed(app: Flask, folder: Path, name: str) -> Iterator[str]:
    """Let the app be another build for the time of the block; afterwards it is rolled back."""
    before = app.wsgi_app, dict(app.config), dict(app.jinja_env.globals)
    source = folder / name
    if not source.exists():
        shutil.copytree(Path(app.root_path) / "static", source)
        (source / "icons" / f"{name}.txt").write_text(name)
    assets.init_app(app, source, security.HEADERS)
    gone, now = f"/static/{before[1]['BUILD']}/", app.wsgi_app

    def without_the_old(environ: dict[str, Any], start: Any) -> Any:
        if environ["PATH_INFO"].startswith(gone):
            environ["PATH_INFO"] = "/gone"
        return now(environ, start)

    app.wsgi_app = without_the_old  # type: ignore[method-assign]
    try:
        yield str(app.config["BUILD"])
    finally:
        app.wsgi_app = before[0]  # type: ignore[method-assign]
        app.config.update(before[1])
        app.jinja_env.globals.update(before[2])
