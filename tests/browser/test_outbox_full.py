"""The phone's disk is full: room is made, or the capture goes straight out, or it is said aloud."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select

from crm.activities.models import Activity
from crm.database import db
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.outbox import counted, meeting, outbox_phone, saved

SAVE = """capture => outbox.put(capture).then(({state}) => state,
  error => error instanceof outbox.Full ? 'full' : String(error))"""


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, sqlite_app: Flask) -> Page:
    return outbox_phone(new_page(sara), sqlite_app, sara)


def room(page: Page, size: int | None) -> None:
    """Leave the origin `size` bytes in all; None is as before."""
    asked: dict[str, Any] = {"origin": page.evaluate("location.origin")}
    if size is not None:
        asked["quotaSize"] = size
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", asked)


def activities() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Activity)) or 0


@pytest.mark.mission(116)
def test_a_full_phone_without_a_line_says_that_nothing_was_saved(phone: Page) -> None:
    first, second = meeting(), meeting("x" * 5000)
    saved(phone, first)
    room(phone, 1)
    phone.context.set_offline(True)
    assert phone.evaluate(SAVE, second) == "full"
    room(phone, None)
    assert phone.evaluate(SAVE, second) == "queued"
    assert counted(phone)["waiting"] == 2


@pytest.mark.mission(116)
def test_a_full_phone_with_a_line_sends_at_once(phone: Page) -> None:
    saved(phone, meeting())
    room(phone, 1)
    assert phone.evaluate(SAVE, meeting("y" * 5000)) == "sent"
    assert activities() == 2


@pytest.mark.mission(116)
def test_pages_kept_for_reading_make_room_for_a_capture(phone: Page) -> None:
    phone.evaluate("""() => caches.open('hamrah-pages-sara').then(cache =>
      cache.put('/today', new Response(new Uint8Array(3_000_000))))""")
    saved(phone, meeting())
    room(phone, 2_000_000)
    phone.context.set_offline(True)
    assert phone.evaluate(SAVE, meeting("z" * 5000)) == "queued"
    assert phone.evaluate("caches.match('/today').then(found => !found)")
