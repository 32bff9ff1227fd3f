"""◆ «Today is the 10th anniversary of customer X with us: send a handwritten personal message.»"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import jdatetime
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.activities.models import Activity
from crm.administration.holidays import add_holiday
from crm.database import db
from crm.users.models import User
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_contact, an_account, labelled

NewClient = Callable[..., FlaskClient]
CARD = re.compile(r'<article class="card day.*?</article>', re.DOTALL)
SENTENCE = (
    "Today is the 10th anniversary of customer Alborz with us: send a handwritten personal message."
)
PERSIAN = "امروز دهمین سالگرد حضور مشتری البرز با ما است، یک پیام شخصی دست‌نویس ارسال کنید"


def jalali(year: int, month: int, day: int) -> date:
    found: date = jdatetime.date(year, month, day).togregorian()
    return found


def morning(clock: MovableClock, day: date) -> None:
    clock.set(datetime(day.year, day.month, day.day, 6, tzinfo=UTC))


def cards(page: str) -> list[str]:
    """Return what is said on the cards, as one reads it."""
    return [said(card) for card in CARD.findall(page)]


def said(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def persian(user: Viewer) -> None:
    row = db.session.get_one(User, user.id)
    row.language, row.calendar = "fa", "jalali"
    db.session.commit()


def form_of(page: str) -> dict[str, str]:
    card = CARD.findall(page)[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', card))
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", card, re.DOTALL)
    assert text is not None
    return fields | {"note": unescape(text[1])}


@pytest.mark.mission(111)
@pytest.mark.parametrize("page", ["/today", "/accounts/{account}"])
def test_the_tenth_anniversary_is_told_in_persian_and_the_message_logged(
    app: Flask, new_client: NewClient, sara: Viewer, clock: MovableClock, page: str
) -> None:
    persian(sara)
    morning(clock, jalali(1405, 9, 1))
    begun = jalali(1395, 9, 1)
    account = an_account(sara, "البرز", customer_since=begun, language="fa")
    phone, where = new_client(sara), page.format(account=account.id)
    shown = phone.get(where).text
    assert PERSIAN in cards(shown)[0]
    form = form_of(shown)
    assert "۱۰ سال" in form["note"]
    form["note"] = "سلام، ده سال کنار هم! سپاس از شما. سارا"
    assert phone.post("/captures", data=form).status_code == 303
    row = db.session.scalars(select(Activity)).one()
    assert (row.kind, row.account_id, row.note) == ("message", account.id, form["note"])
    done = phone.get(where).text
    assert not cards(done)
    assert form["note"] in phone.get(f"/accounts/{account.id}").text, "in the timeline"
    phone.post(f"/activities/{row.id}/withdrawal")
    assert PERSIAN in cards(phone.get(where).text)[0], "undone it waits again"


@pytest.mark.mission(111)
def test_the_same_in_english_and_twice_sent_is_one_message(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    an_account(sara, "Alborz", customer_since=date(2016, 11, 24), language="en")
    phone = new_client(sara)
    shown = phone.get("/today").text
    assert SENTENCE in cards(shown)[0]
    form = form_of(shown)
    assert "10 years" in form["note"]
    assert form["note"].endswith("Sara Ahmadi")
    for _tap in range(2):
        assert phone.post("/captures", data=form).status_code == 303
    assert len(db.session.scalars(select(Activity)).all()) == 1


@pytest.mark.mission(111)
@pytest.mark.parametrize(("begun", "today", "language", "nth"), [
    # 30 Esfand falls on the 29th in a common year, and on itself in a leap year.
    (jalali(1399, 12, 30), jalali(1404, 12, 29), "fa", "پنجمین"),
    (jalali(1403, 12, 30), jalali(1408, 12, 30), "fa", "پنجمین"),
    (jalali(1399, 12, 30), jalali(1409, 12, 29), "fa", "دهمین"),
    # 29 February falls on the 28th in a common year, and on itself in a leap year.
    (date(2016, 2, 29), date(2026, 2, 28), "en", "دهمین"),
    (date(2008, 2, 29), date(2028, 2, 29), "en", "بیستمین"),
])  # fmt: skip
def test_a_leap_day_has_its_day_each_year(
    new_client: NewClient, sara: Viewer, clock: MovableClock,
    begun: date, today: date, language: str, nth: str,
) -> None:  # fmt: skip
    persian(sara)
    an_account(sara, "البرز", customer_since=begun, language=language)
    told = []
    for off in (-1, 0, 1):
        morning(clock, today + timedelta(days=off))
        page = new_client(sara).get("/today").text
        sentence = f"امروز {nth} سالگرد حضور مشتری البرز"
        told.append([card for card in cards(page) if sentence in card])
    assert [len(found) for found in told] == [0, 1, 0]


def test_the_text_is_in_the_customers_language_whoever_reads(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    morning(clock, jalali(1405, 9, 1))
    contact = a_contact(
        sara, "مینا", birthday=jalali(1360, 9, 1), language="fa", phones=labelled("+989121112233")
    )
    page = new_client(sara).get(f"/contacts/{contact.id}").text
    assert "Today is مینا’s birthday: send a personal message." in cards(page)[0]
    assert "تولد" in form_of(page)["note"]
    assert 'lang="fa"' in CARD.findall(page)[0]
    assert "sms:+989121112233" in page


def test_the_working_day_before_a_day_off_tells_it_too_and_once_done_it_is_done(
    new_client: NewClient, sara: Viewer, admin: Viewer, clock: MovableClock
) -> None:
    # The company works Saturday to Wednesday: Thursday's day is told on Wednesday too.
    an_account(sara, "Alborz", customer_since=date(2016, 11, 26), language="en")
    add_holiday(admin, {"day": "2026-11-25", "name": "Snow"})
    phone = new_client(sara)
    shown = phone.get("/today").text
    assert "Thu 26 Nov is the 10th anniversary of customer Alborz" in cards(shown)[0]
    phone.post("/captures", data=form_of(shown))
    for _day in range(3):
        assert not cards(phone.get("/today").text)
        clock.move(days=1)


def test_a_contract_is_told_on_its_day_and_a_month_before(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    ends = clock.now().date() + timedelta(days=30)
    account = an_account(sara, "Alborz", contract_ends_on=ends)
    phone = new_client(sara)
    assert "ends on Thu 24 Dec: call and talk it over." in cards(phone.get("/today").text)[0]
    clock.move(days=1)
    assert not cards(phone.get("/today").text)
    clock.move(days=29)
    phone = new_client(sara)
    assert "The contract of customer Alborz ends today" in cards(phone.get("/today").text)[0]
    form = {"name": "Alborz", "contract_ends_on": "2027-12-24", "version": "1"}
    assert phone.post(f"/accounts/{account.id}", data=form).status_code == 303
    page = phone.get(f"/accounts/{account.id}").text
    assert "Contract until" in page
    assert not cards(page)


def test_another_message_to_another_leaves_the_card(
    new_client: NewClient, sara: Viewer, omid: Viewer
) -> None:
    account = an_account(sara, "Alborz", customer_since=date(2016, 11, 24), language="en")
    other = an_account(sara, "Caspian")
    for who, kind in ((other, "message"), (account, "call")):
        data = {"who": f"account:{who.id}", "kind": kind}
        assert new_client(sara).post("/captures", data=data).status_code == 303
    assert len(cards(new_client(sara).get("/today").text)) == 1
    assert not cards(new_client(omid).get("/today").text)
