"""A page whose phone keeps what is saved on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error, Page, expect

KEEPS = "() => document.documentElement.dataset.keeps === '1'"
#: Half a second of looks inside the page. A task's delay goes on where the page's clock is stopped.
LOOKS = """async (given) => {
  for (let look = 0; look < 25; look += 1) {
    if (TRUE) return true;
    await scheduler.postTask(() => null, {delay: 20});
  }
  return false;
}"""
SENT = "self.outbox && (await outbox.user()) && (await outbox.counts()).waiting === 0"


def visit(page: Page, path: str = "/today") -> Page:
    """Open a page and wait until its scripts are there and the phone keeps captures."""
    page.goto(path)
    return kept(page)


def kept(page: Page) -> Page:
    """Wait until the scripts of the page that is open are there and the phone keeps captures."""
    page.wait_for_function(KEEPS)
    return page


def until(
    page: Page, true: str, given: Any = None, *, said: str = "never", seconds: float = 30
) -> None:
    """Wait until the JavaScript expression `true`, which may await, holds; `given` is in it.

    The page may be on its way to another one meanwhile. In the end it fails with the words `said`.
    """
    give_up, error = time.monotonic() + seconds, ""
    while True:
        try:
            if page.evaluate(LOOKS.replace("TRUE", true), given):
                return
        except Error as leaving:
            error = str(leaving)
        assert time.monotonic() < give_up, f"{said}: {true}, on {page.url} {error}"
        page.wait_for_timeout(20)


def awaited(page: Page, there: Callable[[], object], said: str, seconds: float = 30) -> None:
    """Let the page go on until `there` says so; in the end fail with the words `said`."""
    give_up = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < give_up, said
        page.wait_for_timeout(20)


def choose(page: Page, name: str, value: str = "") -> None:
    """Tap a chip of the sheet: the first of its name, or the one of this value."""
    which = f'[value="{value}"]' if value else ""
    page.locator(f'.sheet .chip:has(input[name="{name}"]{which})').first.tap()


def open_sheet(page: Page) -> None:
    page.locator(".nav__add").tap()
    page.locator(".sheet__dialog form").wait_for()
    # The draft's memory is looked at once, then the sheet is the rep's own.
    page.wait_for_function("() => document.querySelector('#capture').dataset.draftKept === '1'")
    # A finger would wait too until it stands still.
    page.wait_for_function("() => !document.querySelector('.sheet__dialog').getAnimations().length")


def says(page: Page, words: str) -> None:
    """The toast says so."""
    expect(page.locator(".toast")).to_contain_text(words)


def waits(page: Page, count: int) -> None:
    """The pill says how many captures wait here."""
    expect(page.locator(".pill")).to_contain_text(f"On this phone: {count}")


def sent(page: Page) -> None:
    """Wait until nothing waits here any more: the outbox is asked, not what the page shows."""
    until(page, SENT, said="captures still wait on this phone")
