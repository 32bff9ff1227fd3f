"""The outbox in a real browser against the real server: stored twice, sent, kept, shown."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select

from crm.activities.models import Activity
from crm.database import db
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.keeping import sent
from tests.browser.outbox import (
    counted,
    in_outbox,
    meeting,
    open_outbox,
    outbox_phone,
    saved,
)


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, sqlite_app: Flask) -> Page:
    return outbox_phone(new_page(sara), sqlite_app, sara)


def activities() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Activity)) or 0


@pytest.mark.mission(115, 116)
def test_a_meeting_saved_offline_stands_twice_on_the_phone_and_arrives_once(phone: Page) -> None:
    phone.context.set_offline(True)
    made = saved(phone, meeting("Wants 50 seats"))
    assert in_outbox(phone) == ({made}, {made})
    assert phone.evaluate("outbox.drain('save')") == {"state": "offline", "waiting": 1}
    assert activities() == 0
    phone.context.set_offline(False)
    # The page hears of the line too, and may be sending already.
    assert phone.evaluate("outbox.drain('tap')")["state"] in ("sent", "idle", "busy-elsewhere")
    sent(phone)
    assert (activities(), counted(phone)) == (1, {"waiting": 0, "parked": 0, "oldest_at": None})
    [row] = phone.evaluate("outbox.list()")
    assert (row["state"], row["verdict"], row["label"]) == ("sent", "applied", "Wants 50 seats")
    assert in_outbox(phone) == ({made}, set())


def test_a_double_tap_saves_one_meeting(phone: Page) -> None:
    capture = meeting()
    phone.evaluate("c => Promise.all([outbox.put(c), outbox.put(c)])", capture)
    phone.evaluate("c => outbox.put(c)", capture)
    assert counted(phone)["waiting"] == 1
    phone.evaluate("Promise.all([outbox.drain('save'), outbox.drain('save')])")
    assert phone.evaluate("c => outbox.put(c)", capture)["state"] == "sent"
    assert activities() == 1


def test_what_is_refused_is_kept_said_and_can_be_mended(phone: Page) -> None:
    refused = saved(phone, meeting() | {"body": {"kind": "dance"}})
    after = saved(phone, meeting("behind it"))
    phone.evaluate("outbox.drain('save')")
    rows = {row["id"]: row for row in phone.evaluate("outbox.list()")}
    assert (rows[refused]["state"], rows[after]["state"]) == ("parked", "sent")
    assert rows[refused]["said"] == {"errors": {"kind": ["Choose one of those offered."]}}
    phone.evaluate("([id, body]) => outbox.supersede(id, body)", [refused, meeting()["body"]])
    assert counted(phone) | {"oldest_at": None} == {"waiting": 1, "parked": 0, "oldest_at": None}
    assert phone.evaluate("outbox.drain('save')")["state"] == "sent"
    assert activities() == 2


def test_what_was_never_sent_can_be_taken_back_and_what_was_sent_cannot(phone: Page) -> None:
    first = saved(phone, meeting())
    assert phone.evaluate("id => outbox.archive(id)", first) is True
    second = saved(phone, meeting())
    phone.evaluate("outbox.drain('save')")
    assert phone.evaluate("id => outbox.archive(id)", second) is False
    assert activities() == 1


@pytest.mark.rival("unsynced changes lost when a cache is cleared")
def test_one_copy_lost_is_written_again_from_the_other(phone: Page, sqlite_app: Flask) -> None:
    one, two = saved(phone, meeting()), saved(phone, meeting())
    phone.evaluate(
        "id => caches.open('hamrah-journal').then(c => c.delete(`/outbox-journal/captures/${id}`))",
        one,
    )
    open_outbox(phone, sqlite_app)
    assert counted(phone)["waiting"] == 2
    assert in_outbox(phone) == ({one, two}, {one, two})
    phone.evaluate("new Promise(done => indexedDB.deleteDatabase('hamrah').onsuccess = done)")
    open_outbox(phone, sqlite_app)
    phone.evaluate("outbox.counts()")
    assert in_outbox(phone) == ({one, two}, {one, two})


def test_a_draft_becomes_a_capture_in_one_step(phone: Page) -> None:
    phone.evaluate("outbox.drafts.save('capture', {note: 'half a'})")
    assert phone.evaluate("outbox.drafts.load('capture')") == {"note": "half a"}
    capture = meeting()
    phone.evaluate("c => outbox.drafts.toOutbox('capture', c)", capture)
    assert phone.evaluate("outbox.drafts.load('capture')") is None
    assert in_outbox(phone)[0] == {capture["id"]}


def test_one_is_asked_for_as_it_stands_in_the_list_and_a_listener_can_be_let_go(
    phone: Page,
) -> None:
    put_away, kept = saved(phone, meeting("not this")), saved(phone, meeting("this one"))
    phone.evaluate("id => outbox.archive(id)", put_away)
    assert [phone.evaluate("id => outbox.one(id)", kept)] == phone.evaluate("outbox.list()")
    assert phone.evaluate("id => outbox.one(id)", put_away) is None
    assert phone.evaluate("outbox.one(outbox.id())") is None
    phone.evaluate("self.heard = 0; self.quiet = outbox.onchange(() => (self.heard += 1)); null")
    phone.evaluate("c => outbox.put(c)", meeting())
    heard = phone.evaluate("self.heard")
    assert heard > 0
    phone.evaluate("self.quiet()")
    phone.evaluate("c => outbox.put(c)", meeting())
    assert phone.evaluate("self.heard") == heard
