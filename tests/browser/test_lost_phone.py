"""A lost phone that reaches Hamrah once more has nothing of it left, with its answer."""

from __future__ import annotations

from playwright.sync_api import Page
from sqlalchemy import select

from crm.database import db
from crm.devices.commands import wipe_device
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests.browser.outbox import counted, in_outbox, meeting, saved

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

ASK = "async () => (await fetch('/api/v1/me')).status"


def sessions(person: Viewer) -> list[str]:
    return list(db.session.scalars(select(UserSession.id).where(UserSession.user_id == person.id)))


def test_one_request_of_a_lost_phone_empties_it(phone: Page, sara: Viewer, admin: Viewer) -> None:
    phone.evaluate(WRITE)
    before = phone.evaluate(LEFT)
    assert before["caches"]
    assert "CANARY" in before["databases"]
    (session_id,) = sessions(sara)
    wipe_device(admin, sara.id, session_id)
    assert phone.evaluate(ASK) == 401
    assert phone.evaluate(LEFT) == EMPTY
    assert not phone.context.cookies()


def test_a_phone_whose_session_was_ended_keeps_what_waits_on_it(phone: Page) -> None:
    phone.evaluate(WRITE)
    phone.context.set_offline(True)
    waiting = saved(phone, meeting("said in the lift"))
    for session in db.session.scalars(select(UserSession)):
        session.revoked_at = session.seen_at
    db.session.commit()
    phone.context.set_offline(False)
    assert phone.evaluate(ASK) == 401
    left = phone.evaluate(LEFT)
    assert "CANARY" in left["databases"]
    assert left["storage"]["CANARY"] == "1"
    assert in_outbox(phone) == ({waiting}, {waiting})
    assert counted(phone)["waiting"] == 1
