"""Customers' days are told at nine, once, on the day and before days off, to whose they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import jdatetime
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm import clock as product_clock
from crm.company.models import Company
from crm.database import db
from crm.reactions.customers_days import tell_customers_days
from crm.reactions.models import Noticed
from crm.users.away import set_away
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once
from tests.reactions.inbox import HAMRAH, PERSIAN, nobody_else, said, told
from tests.web.test_queries_per_page import counted

#: 5 Azar 1405 is Thursday 26 November 2026, a day off; nine on Wednesday in Tehran.
THURSDAY = jdatetime.date(1405, 9, 5).togregorian()
WEDNESDAY_AT_NINE = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)


@pytest.mark.mission(111)
def test_the_tenth_anniversary_is_told_at_nine_in_the_words_of_the_example(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    db.session.execute(
        update(User).where(User.id == sara.id).values(language="fa", calendar="jalali")
    )
    db.session.commit()
    begun = jdatetime.date(1395, 9, 4).togregorian()
    account = factories.an_account(sara, "البرز", language="fa", customer_since=begun)
    clock.set(WEDNESDAY_AT_NINE - timedelta(seconds=1))
    assert tell_customers_days(HAMRAH) == 0
    clock.set(WEDNESDAY_AT_NINE)
    assert tell_customers_days(HAMRAH) == 1
    (alert,) = told(sara)
    assert (alert.kind, alert.url) == ("anniversary", f"/accounts/{account.id}")
    assert alert.expires_at == datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
    (words,) = said(sara, PERSIAN)
    assert "دهمین" in words.title
    assert "البرز" in words.title
    assert tell_customers_days(HAMRAH) == 0
    assert nobody_else(sara)


@pytest.mark.mission(111)
def test_a_day_off_is_told_on_the_working_day_before_too(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    factories.a_contact(sara, "Nima Karimi", birthday=date(1985, 11, 26), language="en")
    clock.set(WEDNESDAY_AT_NINE)
    assert tell_customers_days(HAMRAH) == 1
    (words,) = said(sara)
    assert words.title == "Nima Karimi has a birthday"
    assert words.body.startswith("Tomorrow is Nima Karimi")
    clock.move(days=1)
    assert tell_customers_days(HAMRAH) == 1
    assert said(sara)[-1].body.startswith("Today is Nima Karimi")
    clock.move(days=1)
    assert tell_customers_days(HAMRAH) == 0


@pytest.mark.mission(111)
def test_before_an_official_holiday_it_is_told_too(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    db.session.execute(update(Company).values(has_official_holidays=True))
    db.session.commit()
    # 1 Farvardin 1406 is a Sunday; the Saturday and the two days before are off as well.
    republic = jdatetime.date(1406, 1, 1).togregorian()
    factories.an_account(sara, "Nowruz Ltd", contract_ends_on=republic)
    clock.set(datetime(2027, 3, 17, 5, 30, tzinfo=UTC))
    found = tell_customers_days(HAMRAH)
    before = product_clock.now().date()
    assert (found, republic - before) == (1, timedelta(days=4))


def test_whom_it_reaches_after_eight_in_the_evening_it_reaches_no_more(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    factories.a_contact(sara, birthday=date(1985, 11, 25), language="en")
    clock.set(WEDNESDAY_AT_NINE + timedelta(hours=11))
    assert tell_customers_days(HAMRAH) == 1
    assert (told(sara), tell_customers_days(HAMRAH)) == ([], 0)


def test_his_cover_writes_while_he_is_away(
    app: Flask, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    set_away(sara, sara.id, {"away_from": "2026-11-24", "cover_id": omid.id})
    factories.a_contact(sara, "Nima", birthday=date(1985, 11, 25), language="en")
    clock.set(WEDNESDAY_AT_NINE)
    tell_customers_days(HAMRAH)
    assert said(omid)[0].body.endswith("for Sara Ahmadi, who is away")
    assert nobody_else(omid)


def test_many_days_are_told_in_turns_by_several_workers_each_once_in_few_statements(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    for n in range(45):
        factories.a_contact(sara, f"Person {n}", birthday=date(1985, 11, 25), language="en")
    clock.set(WEDNESDAY_AT_NINE)
    at_once(app, [lambda: tell_customers_days(HAMRAH, 10)] * 3)
    while tell_customers_days(HAMRAH, 10):
        pass
    assert len(told(sara)) == len({alert.contact_id for alert in told(sara)}) == 45
    assert db.session.scalar(select(func.count()).select_from(Noticed)) == 45
    db.session.rollback()
    with counted() as sent:
        assert tell_customers_days(HAMRAH) == 0
    assert len(sent) < 12
