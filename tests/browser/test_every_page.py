"""Every page there is, crawled: what axe finds, what scrolls sideways, forms that need a script."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import PHONE, WIDE, NewPage, speak
from tests.browser.screens import Address, addresses, fill
from tests.browser.world import a_working_day

#: Only this rule can judge one theme otherwise than the other.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
EVERYTHING = {"resultTypes": ["violations"]}
#: Backgrounds change over a few frames when the theme does.
SETTLED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
  Promise.allSettled(document.getAnimations().map(a => a.finished)).then(() => done()))))"""

SMALLEST: Any = {"width": 320, "height": 640}
#: Names what of a form or control asks for a script.
NEEDS_SCRIPT = """() => {
  const found = [];
  const say = (what, e) => found.push(`${what}: ${e.outerHTML.slice(0, 120)}`);
  for (const form of document.forms) {
    for (const name of ['action', 'method'])
      if (!form.getAttribute(name)) say(`no ${name}`, form);
    const sends = 'button:not([type=button]), [type=submit]';
    const button = [...form.elements].some(e => e.matches(sends));
    const searches = form.matches('[role=search]') || form.querySelector('noscript');
    if (!button && !searches) say('no button', form);
  }
  for (const e of document.querySelectorAll('button:not([type=button])'))
    if (!e.form) say('a button of no form', e);
  for (const e of document.querySelectorAll('[hx-post], [hx-get]'))
    if (!e.matches('a[href], form[action], .progress') && !e.closest('form')) say('htmx alone', e);
  for (const e of document.querySelectorAll('a:not([href])')) say('a link to nowhere', e);
  return found;
}"""
#: A phone's window grows with what is too wide, so the width meant is given.
SIDEWAYS = """(width) => {
  const wide = Math.max(document.documentElement.scrollWidth, innerWidth) - width;
  if (wide <= 0) return '';
  const beyond = e => {
    const box = e.getBoundingClientRect();
    return box.width && (box.right > width + 1 || box.left < -1);
  };
  const far = [...document.querySelectorAll('main *')]
    .filter(e => beyond(e) && ![...e.children].some(beyond))
    .filter(e => !e.closest('svg, .visually-hidden, .stages, .scroller, .tabs'))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 110));
  return `${wide} px too wide: ${far.join(' | ')}`;
}"""


@pytest.fixture
def pages(
    live_server: str, sqlite_app: Flask, language: str, sara: Viewer, leila: Viewer
) -> list[Address]:
    day = a_working_day(sara, language)
    for person in people.PEOPLE.values():
        speak(person, language)
    return addresses(sqlite_app, fill(sqlite_app, day, sara, leila))


@pytest.fixture
def visit(new_page: NewPage, pages: list[Address], language: str) -> Callable[..., Iterator[Any]]:
    """`visit(dark=True)`: opens every page in turn on its reader's own device."""

    def each(**device: Any) -> Iterator[tuple[Address, Page]]:
        devices: dict[str, Page] = {}
        for address in pages:
            if address.who not in devices:
                reader = people.PEOPLE.get(address.who)
                devices[address.who] = new_page(
                    reader, language=language, reduced_motion="reduce", **device
                )
            page = devices[address.who]
            answer = page.goto(address.path)
            assert answer is not None
            assert answer.status == (404 if address.endpoint == "error" else 200), address
            if "text/html" in answer.headers["content-type"]:
                yield address, page

    return each


def axe_on(page: Page, options: dict[str, Any]) -> list[str]:
    """Return one line a violation: which rule, and where. The page has axe already."""
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} "
        f"({len(one['nodes'])}×) {one['nodes'][0].get('failureSummary', '')[:200]}"
        for one in found["violations"]
    ]


def axe_finds(page: Page, address: Address, *, dark: bool) -> list[str]:
    """Return what it finds in the light theme and, if `dark`, of the colours in the dark one."""
    found = [f"{address.path} {line}" for line in axe_on(page, EVERYTHING)]
    if dark:
        page.emulate_media(color_scheme="dark")
        page.evaluate(SETTLED)
        found += [f"{address.path} dark {line}" for line in axe_on(page, COLOURS)]
        page.emulate_media(color_scheme="light")
    return found


@pytest.mark.timeout(600)
def test_axe_finds_nothing_nothing_scrolls_sideways_and_forms_need_no_script(
    visit: Callable[..., Any], language: str
) -> None:
    """Each page is opened on the smallest phone, looked at, and grows to the usual one and a desk.

    No colour knows a language: in the dark, the Persian pages stand for the English ones too.
    """
    script, found = Axe().axe_script, []
    dark = language == "fa" or bool(os.environ.get("EVERY"))
    for address, page in visit(viewport=SMALLEST):
        found += [f"{address.path} {line}" for line in page.evaluate(NEEDS_SCRIPT)]
        if line := page.evaluate(SIDEWAYS, SMALLEST["width"]):
            found.append(f"{address.path} at {SMALLEST['width']}: {line}")
        page.evaluate(script)
        for size in (PHONE["viewport"], WIDE["viewport"]):
            page.set_viewport_size(size)
            found += axe_finds(page, address, dark=dark)
        page.set_viewport_size(SMALLEST)
    assert not found, "\n".join(found)
