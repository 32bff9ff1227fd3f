"""When the app offers to come onto the home screen, and when it keeps quiet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.keeping import visit
from tests.browser.worker import installed

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
#: What Android's Chrome says when it would install the app.
OFFER = """() => {
  const offer = new Event("beforeinstallprompt", {cancelable: true});
  offer.prompt = async () => (window.asked = true);
  offer.userChoice = Promise.resolve({outcome: "accepted"});
  dispatchEvent(offer);
  return offer.defaultPrevented;
}"""
#: Until the app has made up its mind whether to offer anything.
CONSIDERED = """async () => {
  const { src } = document.querySelector("[data-src]").dataset;
  const { consider } = await import(src.replace("boot.js", "install.js"));
  await consider();
}"""
YESTERDAY = "localStorage.setItem('install', JSON.stringify({first: Date.now() - 86400000}))"
ASKED = "JSON.parse(localStorage.getItem('install') ?? '{}')"


def opened(page: Page) -> None:
    visit(page)
    installed(page)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_on_the_second_day_android_is_asked_once(
    new_page: NewPage,
    sqlite_app: Flask,
    sara: Viewer,
    axe: Callable[[Page], None],
    language: str,
) -> None:
    page = new_page(sara, language=language, service_workers="allow")
    opened(page)
    hint = page.locator("#toast [data-install]")
    assert page.evaluate(OFFER)
    page.evaluate(CONSIDERED)
    assert hint.count() == 0
    page.evaluate(YESTERDAY)
    opened(page)
    page.evaluate(OFFER)
    expect(hint).to_be_visible()
    axe(page)
    hint.click()
    expect(hint).to_have_count(0)
    assert page.evaluate("window.asked")
    opened(page)
    page.evaluate(OFFER)
    page.evaluate(CONSIDERED)
    assert hint.count() == 0


@pytest.mark.parametrize("language", ["en", "fa"])
def test_an_iphone_is_told_the_three_steps_and_not_again_within_a_month(
    new_page: NewPage,
    sqlite_app: Flask,
    sara: Viewer,
    axe: Callable[[Page], None],
    language: str,
) -> None:
    page = new_page(sara, language=language, service_workers="allow", user_agent=IPHONE)
    opened(page)
    page.evaluate(YESTERDAY)
    opened(page)
    steps = page.locator("#toast .steps li")
    expect(steps).to_have_count(3)
    axe(page)
    page.locator("#toast [data-dismiss]").click()
    expect(steps).to_have_count(0)
    said = page.evaluate(ASKED)["said"]
    opened(page)
    page.evaluate(CONSIDERED)
    assert steps.count() == 0
    page.evaluate(
        "(said) => localStorage.setItem('install', JSON.stringify({first: 0, said}))",
        said - 31 * 86_400_000,
    )
    opened(page)
    expect(steps).to_have_count(3)
