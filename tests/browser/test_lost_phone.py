"""A lost phone that reaches Hamrah once more has nothing of it left, within a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page
from sqlalchemy import select

from crm.database import db
from crm.devices.commands import wipe_device
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests.browser.worker import installed, settle

NewPage = Callable[..., Page]
LEFT = """async () => ({
  databases: (await indexedDB.databases()).map(({ name }) => name),
  caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  storage: { ...localStorage },
})"""
EMPTY = {"databases": [], "caches": [], "workers": 0, "storage": {}}
WRITE = """async () => {
  localStorage.setItem("CANARY", "1");
  await new Promise((done, fail) => {
    const asked = indexedDB.open("CANARY");
    asked.onsuccess = () => { asked.result.close(); done(); };
    asked.onerror = fail;
  });
}"""


def sessions(person: Viewer) -> list[str]:
    return list(db.session.scalars(select(UserSession.id).where(UserSession.user_id == person.id)))


def test_one_request_of_a_lost_phone_empties_it(
    new_page: NewPage, sara: Viewer, admin: Viewer, faults: list[str]
) -> None:
    page = new_page(sara, service_workers="allow")
    page.goto("/today")
    installed(page)
    settle(page)
    page.evaluate(WRITE)
    before = page.evaluate(LEFT)
    assert before["caches"]
    assert "CANARY" in before["databases"]
    (session_id,) = sessions(sara)
    wipe_device(admin, sara.id, session_id)
    begun = time.perf_counter()
    status = page.evaluate("async () => (await fetch('/api/v1/me')).status")
    took = time.perf_counter() - begun
    assert status == 401
    left = page.evaluate(LEFT)
    assert left == EMPTY
    assert not page.context.cookies()
    assert took < 1
    faults.clear()


def test_a_phone_whose_session_was_ended_keeps_what_waits_on_it(
    new_page: NewPage, sara: Viewer, faults: list[str]
) -> None:
    page = new_page(sara, service_workers="allow")
    page.goto("/today")
    installed(page)
    settle(page)
    page.evaluate(WRITE)
    for session in db.session.scalars(select(UserSession)):
        session.revoked_at = session.seen_at
    db.session.commit()
    assert page.evaluate("async () => (await fetch('/api/v1/me')).status") == 401
    left = page.evaluate(LEFT)
    assert "CANARY" in left["databases"]
    assert left["storage"]["CANARY"] == "1"
    faults.clear()
