"""A page whose phone keeps what is saved on it."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Error, Page, expect

COUNT = "async () => self.outbox ? (await outbox.counts()).waiting : -1"
KEEPS = "() => document.documentElement.dataset.keeps === '1'"


def visit(page: Page, path: str = "/today") -> Page:
    """Open a page and wait until its scripts are there and the phone keeps captures."""
    page.goto(path)
    page.wait_for_function(KEEPS)
    return page


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
    """The pill says how many captures wait here; with none it is gone."""
    if count:
        expect(page.locator(".pill")).to_contain_text(f"On this phone: {count}")
    else:
        # A page that has only just come shows no pill yet, whatever waits: the outbox is asked.
        for _look in range(300):
            with suppress(Error):  # it may be going to another page
                if page.evaluate(COUNT) == 0:
                    break
            page.wait_for_timeout(50)
        expect(page.locator(".pill")).to_be_hidden(timeout=15_000)
