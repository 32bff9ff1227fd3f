"""What the outbox's stories say to a page: save, look into both of its stores, sign in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page

from crm import clock
from crm.company.queries import get_company
from crm.database import new_id
from crm.users.viewer import Viewer

#: A key as the server gives it: base64 of 32 bytes, other ones for each person.
KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
IN_INDEXED_DB = """async () => {
  if (!(await indexedDB.databases()).some(({name}) => name === 'hamrah')) return [];
  const request = indexedDB.open('hamrah');
  await new Promise((done, fail) => {
    request.onsuccess = done;
    request.onerror = () => fail(request.error);
  });
  const all = request.result.transaction('captures').objectStore('captures').getAll();
  await new Promise(done => all.onsuccess = done);
  request.result.close();
  return all.result.map(row => row.id);
}"""
IN_JOURNAL = """async () => (await (await caches.open('hamrah-journal')).keys())
  .map(({url}) => url).filter(url => url.includes('/captures/'))
  .map(url => url.split('/').pop())"""


def open_outbox(page: Page, app: Flask, address: str = "") -> None:
    """A page without the product's own scripts, with the outbox alone."""
    page.goto(f"{address}/healthz")
    page.add_script_tag(url=app.jinja_env.globals["static"]("js/outbox.js"))


def sign_in(page: Page, person: Viewer, **more: Any) -> None:
    """Tell the outbox who is signed in, as the heartbeat's answer does."""
    key = KEYS[int(person.id[-2:])] * 42 + "A="
    said = {"user_id": person.id, "key": key, "epoch": get_company().epoch}
    page.evaluate("said => outbox.signedIn(said)", said | more)


def outbox_phone(page: Page, app: Flask, person: Viewer) -> Page:
    """The person's phone with the outbox alone. Its clock stands still: it sends when the story
    says so, and not when a pause of the outbox is over as well."""
    now = datetime.now(UTC)
    # Only forwards, so the clock begins where no slow machine reaches the pause before us.
    page.clock.install(time=now - timedelta(hours=1))
    page.clock.pause_at(now)
    open_outbox(page, app)
    sign_in(page, person)
    return page


def meeting(note: str = "") -> dict[str, Any]:
    """Return a capture of a meeting with nobody in particular, as a sheet hands it over."""
    body = {"id": new_id(), "kind": "meeting", "outcome": "interested", "note": note}
    captured_at = clock.now().isoformat()
    return {
        "id": new_id(),
        "kind": "activity.log",
        "body": body,
        "captured_at": captured_at,
        "label": note,
    }


def saved(page: Page, capture: dict[str, Any]) -> str:
    """Save it and return its id."""
    assert page.evaluate("c => outbox.put(c)", capture)["state"] == "queued"
    return str(capture["id"])


def in_outbox(page: Page) -> tuple[set[str], set[str]]:
    """Return the ids in IndexedDB and those in the journal."""
    return set(page.evaluate(IN_INDEXED_DB)), set(page.evaluate(IN_JOURNAL))


def counted(page: Page) -> dict[str, Any]:
    """Return what the pill counts."""
    counts: dict[str, Any] = page.evaluate("outbox.counts()")
    return counts
