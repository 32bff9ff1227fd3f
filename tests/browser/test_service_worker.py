"""The worker: what opens without signal, what is kept and what never is."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from crm.database import db
from crm.deals.models import Deal
from crm.users.viewer import Viewer
from tests import people
from tests.browser.faults import Faults
from tests.browser.keeping import awaited, kept, sent, until, visit
from tests.browser.worker import ENTRIES, booked, entries, in_front_of, kept_pages, settle
from tests.browser.world import Day

KEPT_SINCE = f"(await ({ENTRIES})())[given[0]] > given[1]"


def renewed(page: Page, path: str, after: float) -> None:
    """Wait until the phone keeps the page as it was asked for later than `after`."""
    until(page, KEPT_SINCE, [path, after], said="not kept anew")


def test_after_the_first_visit_the_app_opens_without_signal(phone: Page, faults: Faults) -> None:
    phone.context.set_offline(True)
    phone.goto("/today")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    assert phone.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 242, 245)"
    answer = phone.goto("/team")
    assert answer is not None
    assert answer.status == 503
    assert answer.headers["hx-reswap"] == "none"
    expect(phone.get_by_role("heading", name="No signal")).to_be_visible()
    faults.forgive("503: ")


def test_a_page_is_shown_from_the_phone_and_renewed_behind_it(phone: Page, day: Day) -> None:
    page = f"/deals/{day.deal}"
    before = kept_pages(phone)[page]
    deal = db.session.get_one(Deal, day.deal)
    deal.name = "Renamed by somebody else"
    db.session.commit()
    phone.goto(page)
    renewed(phone, page, before)
    phone.goto(page)
    expect(phone.get_by_text("Renamed by somebody else").first).to_be_visible()


def test_after_a_write_the_page_comes_from_the_server(phone: Page, day: Day) -> None:
    before = kept_pages(phone)
    visit(phone, f"/contacts/{day.contact}/edit")
    phone.get_by_label("Name", exact=True).fill("Sara Renamed")
    phone.get_by_role("button", name="Save").click()
    phone.wait_for_url(f"**/contacts/{day.contact}")
    sent(phone)
    deal = db.session.get_one(Deal, day.deal)
    deal.name = "Newer than the write"
    db.session.commit()
    answer = phone.goto(f"/deals/{day.deal}")
    assert answer is not None
    assert "Newer than the write" in answer.text(), "not what the phone had, renewed a little later"
    phone.goto("/pipeline")
    renewed(phone, "/pipeline", before["/pipeline"])


def test_a_toast_is_not_said_again_from_the_cache(phone: Page, day: Day) -> None:
    page = f"/contacts/{day.contact}"
    before = kept_pages(phone)[page]
    visit(phone, f"{page}/edit")
    # As the page does where the phone's memory takes nothing: its answer says «saved» once.
    phone.locator("form[data-capture]").evaluate("(form) => (form.dataset.plain = '1')")
    phone.get_by_role("button", name="Save").click()
    phone.wait_for_url(f"**{page}")
    expect(phone.locator("#toast .toast")).to_have_count(1)
    renewed(phone, page, before)
    phone.context.set_offline(True)
    phone.goto(page)
    expect(phone.get_by_text("Sara Rezaei").first).to_be_visible()
    assert phone.locator("#toast .toast").count() == 0


def test_partials_the_api_and_forms_of_a_record_are_never_kept(phone: Page, day: Day) -> None:
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for path, headers in (
        ("/people?q=ali", partial),
        ("/people", partial),
        ("/api/v1/me", {}),
        ("/capture/people?who_query=ali", partial),
    ):
        ask = "([path, headers]) => fetch(path, {headers}).then((answer) => answer.status)"
        assert phone.evaluate(ask, [path, headers]) == 200
    before = kept_pages(phone)["/people"]
    phone.goto(f"/deals/{day.deal}/edit")
    phone.goto("/people?q=ali")
    # What was asked for after them is here: so would they be.
    phone.goto("/people")
    renewed(phone, "/people", before)
    settle(phone)
    kept = entries(phone)
    assert not [path for path in kept if path.startswith("/api") or "q=" in path]
    assert not [path for path in kept if path.endswith("/edit")]
    pieces = phone.evaluate(
        "(path) => caches.match(path, {ignoreVary: true}).then((one) => one?.text())", "/people"
    )
    assert pieces.lstrip().startswith("<!doctype html>")


#: What stands between a phone and us: a portal, a proxy, a server of something else.
LIES = {
    "a captive portal": ("200 OK", "text/html", "<h1>Sign in to this network</h1>"),
    "a fault": ("500 INTERNAL SERVER ERROR", "text/html", "no"),
    "another format": ("200 OK", "application/json", "{}"),
}


def telling(lie: str, asked: list[str]) -> Callable[..., Any]:
    """Return a server that tells it, and notes where."""
    status, kind, body = LIES[lie]

    def lying(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        start(status, [("Content-Type", kind)])
        return [body.encode()]

    return lying


def test_only_a_whole_page_of_ours_is_kept(
    phone: Page, sqlite_app: Flask, day: Day, faults: Faults
) -> None:
    page = f"/deals/{day.deal}"
    before = kept_pages(phone)[page]
    for lie in LIES:
        asked = list[str]()
        with in_front_of(sqlite_app, page, telling(lie, asked)):
            phone.goto(page)
            # Once more by the worker alone, which says when it is done.
            phone.context.service_workers[0].evaluate("(page) => fetchKept(page)", page)
            settle(phone)
        assert len(asked) == 2, lie
        assert kept_pages(phone)[page] == before, lie
    faults.forgive(f"500: {phone.url}")


def test_a_server_that_never_answers_does_not_keep_a_page_waiting(
    phone: Page, sqlite_app: Flask, day: Day, faults: Faults
) -> None:
    released = Event()

    def hung(_environ: dict[str, Any], start: Any) -> Any:
        released.wait(20)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    with in_front_of(sqlite_app, "/", hung):
        for path in (f"/deals/{day.deal}", "/today"):
            answer = phone.goto(path, wait_until="domcontentloaded")
            assert answer is not None
            assert answer.from_service_worker
            expect(phone.get_by_role("heading", level=1).first).to_be_visible()
        released.set()
        phone.goto("about:blank")


def test_a_form_from_the_phone_never_carries_the_same_id_twice(phone: Page) -> None:
    assert "/leads/new" in kept_pages(phone)
    ids = set()
    for _ in range(3):
        answer = phone.goto("/leads/new")
        assert answer is not None
        assert answer.from_service_worker
        ids.add(phone.locator("main form input[name=id]").first.input_value())
    assert len(ids) == 3


def test_who_signs_in_next_sees_nothing_of_the_one_before(
    phone: Page, day: Day, nika: Viewer, faults: Faults
) -> None:
    assert f"/deals/{day.deal}" in kept_pages(phone)
    phone.context.clear_cookies()
    phone.goto("/sign-in")
    phone.locator("input[name=name]").fill(people.email(nika))
    phone.locator("input[name=password]").fill(people.PASSWORD)
    phone.get_by_role("button", name="Sign in").click()
    phone.wait_for_url("**/today")
    kept(phone)
    booked(phone)
    settle(phone)
    assert f"/deals/{day.deal}" not in entries(phone)
    phone.context.set_offline(True)
    phone.goto(f"/deals/{day.deal}")
    expect(phone.get_by_role("heading", name="No signal")).to_be_visible()
    faults.forgive(f"503: {phone.url}")


def test_signing_out_leaves_no_page_behind(phone: Page, sqlite_app: Flask, day: Day) -> None:
    worker, behind = phone.context.service_workers[0], sqlite_app.wsgi_app
    asked, signed_out = Event(), Event()

    def held(environ: dict[str, Any], start: Any) -> Any:
        answer = [b"".join(behind(environ, start))]
        asked.set()
        signed_out.wait(20)
        return answer

    assert kept_pages(phone)
    with in_front_of(sqlite_app, "/deals/", held):
        # In the middle of reading ahead: what was asked for before must not come to rest after.
        worker.evaluate("state().then((all) => (all.book.at -= DAY + 1))")
        worker.evaluate("void prefetch()")
        awaited(phone, asked.is_set, "nothing was read ahead")
        phone.evaluate("fetch('/sign-out', {method: 'POST', redirect: 'manual'}).then(() => null)")
        signed_out.set()
        settle(phone)
    assert kept_pages(phone) == {}


@pytest.mark.rival("a record must have been opened before")
def test_a_deal_of_the_book_opens_without_signal_though_it_never_was_opened(
    phone: Page, day: Day, faults: Faults
) -> None:
    phone.context.set_offline(True)
    for path, words in (
        (f"/deals/{day.deal}", "Warehouse suite, 50 seats"),
        (f"/contacts/{day.contact}", "Sara Rezaei"),
        (f"/accounts/{day.account}", "Alborz Distribution"),
        ("/people", "Sara Rezaei"),
        ("/pipeline", "Shop tills"),
        ("/contacts/new", "New contact"),
    ):
        answer = phone.goto(path)
        assert answer is not None
        assert answer.status == 200
        expect(phone.get_by_text(words).first).to_be_visible()
    phone.goto("/capture?deal_id=" + day.deal)
    expect(phone.locator("form.sheet")).to_be_visible()


def test_the_book_is_fetched_once_a_day(phone: Page, sqlite_app: Flask) -> None:
    asked: list[str] = []
    behind = sqlite_app.wsgi_app

    def counting(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ.get("HTTP_IF_NONE_MATCH", ""))
        return behind(environ, start)

    worker = phone.context.service_workers[0]
    with in_front_of(sqlite_app, "/api/v1/book", counting):
        phone.reload()
        worker.evaluate("prefetch()")
        assert asked == []
        worker.evaluate("state().then((all) => (all.book.at -= DAY + 1)).then(() => prefetch())")
        assert len(asked) == 1
        assert asked[0]


def test_after_a_week_without_contact_nothing_is_left_to_read(
    phone: Page, day: Day, faults: Faults
) -> None:
    assert kept_pages(phone)
    phone.context.service_workers[0].evaluate("remember({contact: Date.now() - FORGET_AFTER - 1})")
    phone.context.set_offline(True)
    phone.goto(f"/deals/{day.deal}")
    expect(phone.get_by_role("heading", name="No signal")).to_be_visible()
    assert kept_pages(phone) == {}
    faults.forgive(f"503: {phone.url}")


def test_on_a_slow_line_no_pages_are_read_ahead(phone: Page, sqlite_app: Flask, day: Day) -> None:
    worker = phone.context.service_workers[0]
    worker.evaluate("forget()")
    worker.evaluate("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    worker.evaluate("prefetch()")
    assert kept_pages(phone) == {}
    assert worker.evaluate("state().then(({book}) => book.left.length)") > 10
