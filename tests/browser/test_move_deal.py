"""A deal moves by taps, never by scrolling; every move can be put back; a refused one says why."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from crm.database import db
from crm.deals.commands import move_deal
from crm.deals.models import Deal
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests import factories
from tests.browser.devices import NewPage
from tests.browser.keeping import sent, visit
from tests.browser.taps import Taps, drag
from tests.browser.world import Day, a_working_day, many_deals

SWIPES = 100
#: Counts scrolls, and keeps the browser from its own gesture for Back: where a page goes in the
#: middle of a touch, the touch is never answered.
WATCHED = """scrolled = 0;
addEventListener("scroll", () => scrolled += 1, true);
const still = new CSSStyleSheet();
still.replaceSync("html { overscroll-behavior-x: none }");
document.adoptedStyleSheets = [still];"""


@pytest.fixture
def day(language: str, day: Day) -> Day:
    """Every story with a day runs once a language."""
    return day


def stage_of(deal_id: str) -> str:
    db.session.rollback()
    deal = db.session.get_one(Deal, deal_id)
    return next(
        key
        for key in ("lead", "qualified", "proposal", "won", "lost")
        if factories.stage(key).id == deal.stage_id
    )


def opened(page: Page, day: Day) -> str:
    """Open the first card of the proposals; return its deal's id."""
    visit(page, f"/pipeline?stage={day.stage}")
    page.locator(".deal__link").first.tap()
    card = page.locator(".deal--open")
    card.wait_for()
    return (card.get_attribute("id") or "").removeprefix("card-")


@pytest.mark.mission(43, 44)
@pytest.mark.rival("no deals on the phone at all")
def test_on_the_pipeline_two_taps_move_a_deal_and_the_toast_takes_it_back(
    page: Page, day: Day
) -> None:
    taps = Taps(page)
    deal_id = opened(page, day)
    page.locator(".deal--open .thread__stage").nth(1).tap()
    expect(page.locator(".toast[data-state=sent] .btn")).to_be_visible()
    assert taps.count <= 2
    assert stage_of(deal_id) == "qualified"
    with page.expect_navigation():
        page.locator(".toast .btn").tap()
    assert stage_of(deal_id) == "proposal"
    assert f"stage={day.stage}" in page.url, "one is still among the proposals"
    expect(page.locator(f"#card-{deal_id}")).to_be_visible()


def test_on_the_deals_page_one_tap_moves_it_and_the_history_puts_it_back(
    page: Page, day: Day
) -> None:
    taps = Taps(page)
    visit(page, f"/deals/{day.deal}")
    page.locator(".thread__stage").nth(2).tap()
    expect(page.locator(".toast[data-state=sent]")).to_be_visible()
    assert taps.count <= 1
    assert stage_of(day.deal) == "proposal"
    page.reload()
    with page.expect_navigation():
        page.locator(".timeline__entry form button").first.tap()
    assert stage_of(day.deal) == "qualified"
    expect(page.locator(".timeline__entry--corrected")).to_have_count(1)


def test_lost_takes_its_reason_in_one_more_tap(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, f"/deals/{day.deal}")
    page.locator(".thread__stage").nth(3).tap()
    page.locator('.closing [name="lost_reason"]').first.tap()
    expect(page.locator(".thread--lost")).to_be_visible()
    expect(page.locator(".toast[data-state=sent]")).to_be_visible()
    assert taps.count <= 2
    assert stage_of(day.deal) == "lost"
    assert db.session.get_one(Deal, day.deal).lost_reason


@pytest.mark.parametrize("view", ["pipeline", "deal"])
def test_a_move_that_comes_too_late_says_why_and_shows_how_it_stands(
    page: Page, day: Day, omid: Viewer, view: str
) -> None:
    if view == "pipeline":
        deal_id = opened(page, day)
    else:
        deal_id = day.deal
        visit(page, f"/deals/{deal_id}")
    version = db.session.get_one(Deal, deal_id).version
    db.session.rollback()
    move_deal(omid, deal_id, {"stage_id": factories.stage("lead").id, "version": version})
    page.locator(".thread__stage").nth(2 if view == "deal" else 1).tap()
    expect(page.locator(".thread ~ .error")).to_be_visible()
    assert stage_of(deal_id) == "lead"
    expect(page.locator(".thread__cell").first).to_have_class("thread__cell is-now")


def test_without_a_script_a_deal_moves_and_comes_back(
    new_page: NewPage, day: Day, sara: Viewer, language: str
) -> None:
    page = new_page(sara, language=language, javascript=False)
    page.goto(f"/pipeline?stage={day.stage}")
    page.locator(".deal__link").first.tap()
    page.locator(".deal--open").wait_for()
    deal_id = (page.locator(".deal--open").get_attribute("id") or "").removeprefix("card-")
    with page.expect_navigation():
        page.locator(".deal--open .thread__stage").nth(1).tap()
    assert stage_of(deal_id) == "qualified"
    with page.expect_navigation():
        page.locator(".toast .btn").tap()
    assert stage_of(deal_id) == "proposal"


def moves() -> int:
    db.session.rollback()
    return (
        db.session.scalar(select(func.count()).where(TimelineEntry.kind == "deal.stage_changed"))
        or 0
    )


def swipes(seed: random.Random) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Start and end of random swipes: sideways, up and down, aslant; none so short that it taps."""
    while True:
        x, y = seed.uniform(20, 370), seed.uniform(100, 740)
        across, down = seed.choice(((1, 0), (0, 1), (1, 1)))
        end = (
            min(max(x + across * seed.uniform(-300, 300), 1), 389),
            min(max(y + down * seed.uniform(-400, 400), 1), 843),
        )
        if abs(end[0] - x) + abs(end[1] - y) >= 40:
            yield (x, y), end


def shown(page: Page, day: Day, view: str) -> str:
    if view == "pipeline":
        opened(page, day)
    else:
        visit(page, f"/deals/{day.deal}")
    return page.url


@pytest.mark.rival("a touch near a card starts a drag")
def test_a_hundred_swipes_move_no_deal(new_page: NewPage, sara: Viewer) -> None:
    """Over the board with an opened card, and over a deal's thread."""
    day = a_working_day(sara)
    many_deals(sara, 12, "proposal")
    before = {deal.id: deal.stage_id for deal in db.session.scalars(select(Deal))}
    moved = moves()
    page = new_page(sara)
    page.add_init_script(WATCHED)
    session = page.context.new_cdp_session(page)
    every = swipes(random.Random(20261124))
    for view in ("pipeline", "deal"):
        here = shown(page, day, view)
        for _swipe in range(SWIPES // 2):
            drag(session, *next(every))
        assert page.url == here
        assert page.evaluate("scrolled") > 0, "the swipes arrived"
    sent(page)
    db.session.rollback()
    assert {deal.id: deal.stage_id for deal in db.session.scalars(select(Deal))} == before
    assert moves() == moved
