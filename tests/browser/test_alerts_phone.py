"""Alerts on the phone: each push is shown, said to the server, and its buttons do one capture."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.activities.models import Activity
from crm.alerts.models import Alert
from crm.database import db
from crm.users.viewer import Viewer
from tests import factories
from tests.browser.keeping import awaited, sent, until, visit
from tests.browser.pushing import SHOWN, Pushes, message
from tests.browser.worker import entries, in_front_of
from tests.browser.world import Day


@pytest.fixture
def pushes(phone: Page) -> Pushes:
    return Pushes(phone)


def fresh(alert_id: str) -> Alert:
    db.session.rollback()
    return db.session.get_one(Alert, alert_id)


def stands(page: Page, title: str) -> dict[str, Any]:
    """Wait until a notification stands there; return it."""
    until(page, f"({SHOWN}).some((one) => one.title === given)", title, said="not shown")
    (found,) = [one for one in Pushes(page).shown() if one["title"] == title]
    return found


@pytest.mark.mission(47)
def test_a_push_is_shown_and_said_to_the_server(
    phone: Page, pushes: Pushes, sara: Viewer, day: Day
) -> None:
    alert = factories.an_alert(sara).id
    buttons = [{"action": "call", "title": "Call", "navigate": f"/leads/{day.lead}"}]
    pushes.deliver(message(alert, navigate=f"/leads/{day.lead}?alert={alert}", actions=buttons))
    shown = stands(phone, "Hot lead: Daniel Okafor")
    assert (shown["body"], shown["tag"]) == ("+30 Asked for a quote", alert)
    assert (shown["lang"], shown["dir"]) == ("en", "ltr")
    assert shown["actions"] == [["call", "Call"]]
    awaited(phone, lambda: fresh(alert).shown_at, "no receipt")
    assert fresh(alert).opened_at is None
    awaited(phone, lambda: f"/leads/{day.lead}" in entries(phone), "the page is not here")
    assert not [path for path in entries(phone) if "alert=" in path]
    expect(phone.locator("[data-bell] .badge")).to_have_text("1")


BROKEN = ["", "no JSON", "[]", "{}", '{"notification": 5}', '{"notification": {"dir": "up"}}']


def test_a_push_that_nobody_can_read_is_shown_all_the_same(phone: Page, pushes: Pushes) -> None:
    for broken in BROKEN:
        pushes.deliver(broken)
        until(phone, f"({SHOWN}).length === 1", said=f"not shown: {broken}")
        (shown,) = pushes.shown()
        assert shown["title"] in ("You have something new", "undefined"), broken
        pushes.clear()


def test_a_second_one_about_the_same_takes_the_place_of_the_first(
    phone: Page, pushes: Pushes, sara: Viewer
) -> None:
    first, second = factories.an_alert(sara).id, factories.an_alert(sara).id
    pushes.deliver(message(first, tag="lead-1"))
    stands(phone, "Hot lead: Daniel Okafor")
    pushes.deliver(message(second, tag="lead-1", title="Hot lead: Daniel Okafor · 2 times"))
    stands(phone, "Hot lead: Daniel Okafor · 2 times")
    assert len(pushes.shown()) == 1


def test_a_receipt_without_a_line_is_told_when_there_is_one(
    phone: Page, pushes: Pushes, sara: Viewer
) -> None:
    alert = factories.an_alert(sara).id
    phone.context.set_offline(True)
    pushes.deliver(message(alert))
    stands(phone, "Hot lead: Daniel Okafor")
    until(phone, "(await (await caches.match('/state')).json()).told?.length === 1")
    assert fresh(alert).shown_at is None
    phone.context.set_offline(False)
    visit(phone)
    awaited(phone, lambda: fresh(alert).shown_at, "the receipt never came")
    until(phone, "(await (await caches.match('/state')).json()).told?.length === 0")


def test_a_portals_answer_is_not_the_servers(
    phone: Page, pushes: Pushes, sara: Viewer, sqlite_app: Flask
) -> None:
    alert, asked = factories.an_alert(sara).id, []

    def portal(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<h1>Sign in to this network</h1>"]

    with in_front_of(sqlite_app, "/api/v1/receipts", portal):
        pushes.deliver(message(alert))
        stands(phone, "Hot lead: Daniel Okafor")
        awaited(phone, lambda: asked, "not tried")
    visit(phone)
    awaited(phone, lambda: fresh(alert).shown_at, "the portal kept the receipt")


def test_a_tap_opens_the_page_in_the_window_that_is_there(
    phone: Page, pushes: Pushes, sara: Viewer, day: Day
) -> None:
    alert = factories.an_alert(sara).id
    pushes.deliver(message(alert, navigate=f"/deals/{day.deal}?alert={alert}"))
    stands(phone, "Hot lead: Daniel Okafor")
    pushes.click(alert)
    phone.wait_for_url(f"**/deals/{day.deal}")
    awaited(phone, lambda: fresh(alert).opened_at, "not said")
    assert pushes.shown() == []


ELSEWHERE = ["https://evil.example/x", "//evil.example", "javascript:alert(1)", "blob:x"]


def test_a_tap_leads_nowhere_but_to_us(phone: Page, pushes: Pushes, sara: Viewer) -> None:
    for elsewhere in ELSEWHERE:
        visit(phone, "/more")
        db.session.rollback()  # what was read before the page wrote is old
        alert = factories.an_alert(sara).id
        pushes.deliver(message(alert, title=elsewhere, navigate=elsewhere))
        stands(phone, elsewhere)
        pushes.click(alert)
        phone.wait_for_url("**/today")


@pytest.mark.mission(54)
@pytest.mark.parametrize("has_line", [True, False], ids=["with a line", "without"])
def test_done_is_one_capture_and_is_confirmed_in_its_place(
    phone: Page, pushes: Pushes, sara: Viewer, has_line: bool
) -> None:
    promise = factories.an_activity(sara, subject="Call", done_at=None).id
    alert = factories.an_alert(sara, "promise_due", activity_id=promise).id
    data = {"kind": "promise_due", "activity_id": promise}
    pushes.deliver(message(alert, title="Call", data=data))
    stands(phone, "Call")
    awaited(phone, lambda: fresh(alert).shown_at, "no receipt")
    phone.context.set_offline(not has_line)
    pushes.click(alert, "done")
    until(phone, f"({SHOWN})[0]?.body === 'Done. Saved on this phone.'", said="not confirmed")
    assert pushes.shown()[0]["silent"]
    if not has_line:
        assert phone.evaluate("async () => (await outbox.counts()).waiting") == 1
        phone.context.set_offline(False)
        visit(phone)
    sent(phone)
    awaited(phone, lambda: fresh(alert).outcome == "done", "not said")
    assert db.session.get_one(Activity, promise).done_at


def test_interested_logs_a_call_with_that_outcome(
    phone: Page, pushes: Pushes, sara: Viewer, day: Day
) -> None:
    alert = factories.an_alert(sara, lead_id=day.lead).id
    pushes.deliver(message(alert, data={"kind": "hot_lead", "lead_id": day.lead}))
    stands(phone, "Hot lead: Daniel Okafor")
    pushes.click(alert, "interested")
    awaited(phone, lambda: fresh(alert).outcome == "interested", "not said")
    sent(phone)
    db.session.rollback()
    found = select(Activity).where(Activity.lead_id == day.lead, Activity.outcome == "interested")
    assert db.session.scalars(found).one().kind == "call"


def test_put_off_without_a_line_is_told_later(phone: Page, pushes: Pushes, sara: Viewer) -> None:
    alert = factories.an_alert(sara).id
    pushes.deliver(message(alert))
    stands(phone, "Hot lead: Daniel Okafor")
    awaited(phone, lambda: fresh(alert).shown_at, "no receipt")
    phone.context.set_offline(True)
    pushes.click(alert, "snooze")
    until(phone, f"({SHOWN})[0]?.body === 'Comes again in an hour.'", said="not confirmed")
    phone.context.set_offline(False)
    visit(phone)
    awaited(phone, lambda: fresh(alert).decide_at, "never put off")


def test_who_signs_out_leaves_nothing_on_the_screen(
    phone: Page, pushes: Pushes, sara: Viewer
) -> None:
    pushes.deliver(message(factories.an_alert(sara).id))
    stands(phone, "Hot lead: Daniel Okafor")
    visit(phone, "/more")
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/sign-in**")
    until(phone, f"({SHOWN}).length === 0", said="it still stands there", seconds=5)


def test_a_page_opened_from_an_alert_says_so_and_forgets_it(
    phone: Page, sara: Viewer, day: Day
) -> None:
    alert = factories.an_alert(sara).id
    visit(phone, f"/deals/{day.deal}?alert={alert}")
    awaited(phone, lambda: fresh(alert).opened_at, "not said")
    assert phone.url.endswith(f"/deals/{day.deal}")
    assert not [path for path in entries(phone) if "alert=" in path]


def test_looking_at_the_inbox_empties_the_badge(phone: Page, sara: Viewer) -> None:
    alert = factories.an_alert(sara).id
    phone.evaluate("localStorage.removeItem('alerts')")
    visit(phone)
    expect(phone.locator("[data-bell] .badge")).to_have_text("1")
    expect(phone.locator("[data-bell]")).to_have_accessible_name("Alerts, new: 1")
    visit(phone, "/alerts")
    awaited(phone, lambda: fresh(alert).seen_at, "not seen")
    expect(phone.get_by_role("button", name="Mark all as seen")).to_have_count(0)
    visit(phone)
    expect(phone.locator("[data-bell] .badge")).to_have_count(0)


def test_done_in_the_inbox_is_the_same_capture(phone: Page, sara: Viewer) -> None:
    promise = factories.an_activity(sara, subject="Call", done_at=None).id
    told: dict[str, Any] = {"activity_id": promise, "data": {"subject": "Call"}}
    alert = factories.an_alert(sara, "promise_due", **told).id
    visit(phone, "/alerts")
    phone.context.set_offline(True)
    phone.locator("[data-alert-acts] [value=done]").tap()
    expect(phone.locator("[data-became]")).to_contain_text("Done. Saved on this phone.")
    phone.context.set_offline(False)
    visit(phone)
    sent(phone)
    awaited(phone, lambda: fresh(alert).outcome == "done", "not said")
    assert db.session.get_one(Activity, promise).done_at
