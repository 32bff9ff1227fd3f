"""A page whose phone keeps what is saved on it."""

from __future__ import annotations

from playwright.sync_api import Page

KEEPS = "() => document.documentElement.dataset.keeps === '1'"


def visit(page: Page, path: str) -> Page:
    """Open a page and wait until its scripts are there and the phone keeps captures."""
    page.goto(path)
    page.wait_for_function(KEEPS)
    return page
