"""Chromium is killed while it writes: what was said to be saved is in one of its two stores."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from crm.users.viewer import Viewer
from tests.browser.keeping import awaited
from tests.browser.killable import Killable
from tests.browser.outbox import in_outbox, meeting, open_outbox, sign_in

KILLS = 10
#: Saves without end, four at a time, and tells each that is saved.
WRITE = """async capture => {
  const photo = new Blob([new Uint8Array(50_000)], {type: 'image/jpeg'});
  const save = async () => {
    for (;;) {
      const id = outbox.id();
      await outbox.put({...capture, id}, Math.random() < 0.1 ? [{kind: 'photo', blob: photo}] : []);
      __saved(id);
    }
  };
  for (let writer = 0; writer < 4; writer++) save();
}"""


def start(killable: Killable, app: Flask, person: Viewer, saved: set[str]) -> Page:
    """Return a page that tells what it saved; what was said before is there, before any repair."""
    page = killable.page()
    page.expose_function("__saved", lambda made: saved.add(made))  # noqa: PLW0108
    page.goto(f"{killable.address}/healthz")
    rows, noted = in_outbox(page)
    assert saved <= rows | noted
    open_outbox(page, app, killable.address)
    sign_in(page, person)
    return page


@pytest.mark.mission(116)
def test_what_is_saved_outlives_the_killing_of_chromium(
    browser: Browser, tmp_path: Path, live_server: str, sqlite_app: Flask, sara: Viewer
) -> None:
    dice, saved = random.Random(7), set[str]()
    with Killable(browser, tmp_path / "profile", live_server) as killable:
        for _kill in range(KILLS):
            page = start(killable, sqlite_app, sara, saved)
            before = len(saved)
            page.evaluate(WRITE, meeting("before the power went"))
            awaited(page, lambda: len(saved) > before, "nothing was saved")  # noqa: B023
            page.wait_for_timeout(dice.uniform(0, 400))
            killable.kill()
        page = start(killable, sqlite_app, sara, saved)
        page.evaluate("outbox.counts()")
        rows, noted = in_outbox(page)
        assert saved <= rows
        assert saved <= noted
