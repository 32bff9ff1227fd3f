"""Back to where one was; two panes and a keyboard on a wide screen; the sheet on top."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from crm.users.viewer import Viewer
from tests import factories
from tests.browser.devices import NewPage
from tests.browser.keeping import kept, visit
from tests.browser.world import Day, many_deals

PLACE = "document.querySelector('.pane').scrollTop || document.scrollingElement.scrollTop"


def load_on(page: Page, rows: str, at_least: int) -> int:
    """Scroll until so many rows are there; return how many."""
    for _turn in range(20):
        count = page.locator(rows).count()
        if count >= at_least:
            return count
        page.locator(rows).nth(count - 1).scroll_into_view_if_needed()
        page.mouse.wheel(0, 2000)
        page.wait_for_function(
            "([rows, n]) => document.querySelectorAll(rows).length > n", arg=[rows, count]
        )
    raise AssertionError(f"only {page.locator(rows).count()} rows came")


def back_stands_where_it_was(page: Page, before: float, rows: str, count: int) -> None:
    page.wait_for_function(
        "([rows, n]) => document.querySelectorAll(rows).length >= n", arg=[rows, count]
    )
    page.wait_for_function(f"(before) => Math.abs(({PLACE}) - before) < 80", arg=before)


@pytest.mark.parametrize("wide", [False, True], ids=["390", "1280"])
def test_back_to_the_pipeline_finds_the_same_place(
    new_page: NewPage, sara: Viewer, wide: bool
) -> None:
    many_deals(sara, 70)
    page = new_page(sara, wide=wide)
    visit(page, "/pipeline")
    count = load_on(page, ".deal", 60)
    card = page.locator(".deal").nth(55)
    card.locator(".deal__link").click()
    opened = page.locator(".deal--open .deal__actions a[href^='/deals/']")
    opened.scroll_into_view_if_needed()
    before = page.evaluate(PLACE)
    assert before > 1000
    opened.click()
    page.wait_for_url(re.compile("/deals/"))
    page.go_back()
    page.wait_for_url(re.compile("/pipeline"))
    back_stands_where_it_was(page, before, ".deal", count)


def test_back_to_people_finds_the_same_place(new_page: NewPage, sara: Viewer) -> None:
    for number in range(120):
        factories.a_contact(sara, f"Person {number:03}")
    page = new_page(sara)
    visit(page, "/people")
    count = load_on(page, "#people .row", 90)
    link = page.locator("#people .row__link").nth(80)
    link.scroll_into_view_if_needed()
    before = page.evaluate(PLACE)
    link.tap()
    page.wait_for_url(re.compile("/contacts/"))
    kept(page)
    page.locator(".pagebar__back").tap()
    page.wait_for_url(re.compile("/people"))
    back_stands_where_it_was(page, before, "#people .row", count)


@pytest.fixture
def day(language: str, day: Day) -> Day:
    """Every story with a day runs once a language."""
    return day


@pytest.fixture
def desk(new_page: NewPage, day: Day, sara: Viewer, language: str) -> Page:
    return new_page(sara, language=language, wide=True)


def test_a_row_opens_beside_the_list(desk: Page) -> None:
    visit(desk, "/people")
    row = desk.locator("#people .row__link").nth(3)
    address = row.get_attribute("href") or ""
    row.click()
    expect(desk.locator("#detail .record")).to_be_visible()
    expect(desk.locator("#people .row").first).to_be_visible()
    expect(row).to_have_attribute("aria-current", "true")
    expect(desk).to_have_url(re.compile(re.escape(address) + "$"))  # the page has its own address
    boxes = [desk.locator(s).bounding_box() or {} for s in (".nav", "#main", "#detail")]
    assert all(box["height"] >= 799 for box in boxes)
    desk.go_back()
    desk.wait_for_url(re.compile("/people$"))
    expect(desk.locator("#people .row").first).to_be_visible()
    desk.goto("/more")
    assert all((desk.locator(s).bounding_box() or {})["height"] >= 799 for s in (".nav", "#main"))


def test_the_keyboard_leads_everywhere(desk: Page) -> None:
    visit(desk, "/people")
    desk.keyboard.press("/")
    expect(desk.locator("#main input[type=search]")).to_be_focused()
    desk.locator("h1").first.click()
    for keys, address in (("gp", "/pipeline"), ("gt", "/today"), ("gc", "/people")):
        for key in keys:
            desk.keyboard.press(key)
        desk.wait_for_url(re.compile(f"{address}$"))
        kept(desk)
    desk.keyboard.press("n")
    expect(desk.locator(".sheet__dialog form")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("bottom-sheet")).to_have_count(0)
    assert desk.url.endswith("/people")


def test_the_focus_is_always_seen(desk: Page, day: Day) -> None:
    visit(desk, f"/deals/{day.deal}")
    unseen = []
    for _step in range(25):
        desk.keyboard.press("Tab")
        unseen.append(
            desk.evaluate("""() => {
          const e = document.activeElement;
          const rings = [e, ...e.closest('label, .row') ? [e.closest('label, .row')] : []];
          const seen = rings.some(r => ['', '::after', '::before'].some(part => {
            const s = getComputedStyle(r, part || null);
            return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
          }));
          return seen || e === document.body ? '' : e.outerHTML.slice(0, 120);
        }""")
        )
    assert not [what for what in unseen if what]


def test_closing_the_sheet_over_a_pane_keeps_the_pane(desk: Page) -> None:
    visit(desk, "/people")
    desk.locator("#people .row__link").nth(3).click()
    desk.locator("#detail .record").wait_for()
    desk.evaluate("window.here = true")
    desk.locator(".nav__add").click()
    desk.locator(".sheet__dialog form").wait_for()
    desk.keyboard.press("Escape")
    expect(desk.locator("bottom-sheet")).to_have_count(0)
    expect(desk.locator("#detail .record")).to_be_visible()
    assert desk.evaluate("window.here") is True, "nothing was loaded anew"


def test_closing_the_sheet_over_an_opened_card_keeps_the_card(
    new_page: NewPage, sara: Viewer
) -> None:
    many_deals(sara, 3)
    page = new_page(sara)
    visit(page, "/pipeline")
    page.locator(".deal__link").nth(1).tap()
    page.locator(".deal--open a[data-sheet]").tap()
    page.locator(".sheet__dialog form").wait_for()
    page.go_back()
    expect(page.locator("bottom-sheet")).to_have_count(0)
    expect(page.locator(".deal--open")).to_be_visible()
