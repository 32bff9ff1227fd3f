"""Whose day it is among all customers: what the worker asks for everybody, and one for himself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import jdatetime
import pytest
from flask import Flask
from sqlalchemy import event, insert, text

from crm import clock, errors
from crm.accounts.anniversaries import DayKind, days_of, days_of_mine, due_days
from crm.accounts.models import Account, Contact
from crm.database import db, new_id
from crm.i18n import Locale
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests.factories import a_contact, an_account

HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
#: 1 Azar 1405, and ten years before.
DAY = jdatetime.date(1405, 9, 1).togregorian()
BEGUN = jdatetime.date(1395, 9, 1).togregorian()


def told(*days: date) -> set[tuple[str, str, str, int]]:
    return {(one.user_id, one.kind.value, one.name, one.years) for one in due_days(HAMRAH, *days)}


@pytest.mark.mission(111)
def test_everybody_s_customers_are_found_with_who_is_told(
    app: Flask, sara: Viewer, nika: Viewer
) -> None:
    an_account(sara, "Alborz", customer_since=BEGUN, language="fa")
    a_contact(nika, "Mina", birthday=jdatetime.date(1360, 9, 1).togregorian(), language="fa")
    a_contact(nika, "Kian", customer_since=BEGUN, language="fa")
    an_account(sara, "Caspian", contract_ends_on=DAY)
    an_account(sara, "Damavand", contract_ends_on=DAY + timedelta(days=30))
    an_account(sara, "Ever", contract_ends_on=DAY + timedelta(days=29))
    assert told(DAY) == {
        (sara.id, "customer_since", "Alborz", 10),
        (nika.id, "birthday", "Mina", 45),
        (nika.id, "customer_since", "Kian", 10),
        (sara.id, "contract_ends_on", "Caspian", 0),
        (sara.id, "contract_ends_on", "Damavand", 0),
    }


@pytest.mark.parametrize(("calendar", "language", "since", "found"), [
    ("jalali", None, BEGUN, True),
    ("gregorian", None, BEGUN, False),
    ("gregorian", "fa", BEGUN, True),
    ("jalali", "en", BEGUN, False),
    ("jalali", "en", date(2016, 11, 22), True),
    ("gregorian", None, date(2016, 11, 22), True),
])  # fmt: skip
def test_the_customers_own_calendar_decides_else_his_salespersons(
    app: Flask, sara: Viewer, calendar: str, language: str | None, since: date, found: bool
) -> None:
    # Ten Jalali years end on 22 November here, a day after they began by the Gregorian count.
    assert date(2026, 11, 22) == DAY
    assert date(2016, 11, 21) == BEGUN
    db.session.get_one(User, sara.id).calendar = calendar
    an_account(sara, "Alborz", customer_since=since, language=language)
    assert bool(told(DAY)) is found


def test_nobodys_archived_or_left_ones_and_no_milestone_are_not_told(
    app: Flask, sara: Viewer, omid: Viewer
) -> None:
    an_account(None, "Nobody's", customer_since=BEGUN, language="fa")
    an_account(sara, "Away", customer_since=BEGUN, language="fa", archived_at=clock.now())
    an_account(sara, "Four", customer_since=jdatetime.date(1401, 9, 1).togregorian(), language="fa")
    an_account(sara, "New", customer_since=DAY, language="fa")
    an_account(omid, "Left", customer_since=BEGUN, language="fa")
    db.session.get_one(User, omid.id).is_active = False
    db.session.commit()
    assert told(DAY) == set()


def test_who_came_with_his_firm_is_not_told_beside_it(app: Flask, sara: Viewer) -> None:
    firm = an_account(sara, "Alborz", customer_since=BEGUN, language="fa")
    a_contact(sara, "Mina", firm, customer_since=BEGUN, language="fa")
    assert [one.record for one in due_days(HAMRAH, DAY)] == ["account"]


@pytest.mark.parametrize("who", ["sara", "leila"])
def test_only_the_system_and_admins_ask_for_everybody(
    app: Flask, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(errors.NotFound):
        due_days(request.getfixturevalue(who), DAY)


def test_one_finds_his_own_by_the_same_rules(app: Flask, sara: Viewer, omid: Viewer) -> None:
    tomorrow = DAY + timedelta(days=1)
    mine = an_account(sara, "Alborz", customer_since=BEGUN, language="fa")
    a_contact(sara, "Zhaleh", birthday=jdatetime.date(1360, 9, 2).togregorian(), language="fa")
    an_account(omid, "His", customer_since=BEGUN, language="fa")
    found = days_of_mine(sara, (tomorrow, DAY))
    assert [(one.name, one.day) for one in found] == [("Alborz", DAY), ("Zhaleh", tomorrow)]
    assert days_of_mine(sara, (tomorrow, DAY), limit=1) == found[:1]
    assert days_of(mine, (tomorrow, DAY), "gregorian") == found[:1]
    assert found[0].kind == DayKind.CUSTOMER_SINCE


#: So many that reading all of them is dearer: PostgreSQL reckons, SQLite takes the index anyway.
MANY = {"sqlite": 2_000, "postgresql": 30_000}
SLOW = ("SCAN account", "SCAN contact", "Seq Scan on account", "Seq Scan on contact")


def test_the_day_is_looked_up_in_an_index_of_its_own(app: Flask, sara: Viewer) -> None:
    """However many customers: the statements as they are sent, explained by the database."""
    _pour(sara)
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, _many: bool) -> None:
        sent.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", note)
    due_days(HAMRAH, DAY)
    days_of_mine(sara, (DAY,))
    event.remove(db.engine, "before_cursor_execute", note)
    asked = [one for one in sent if "birthday" in one[0] or "customer_since" in one[0]]
    assert len(asked) == 2
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    for statement, given in asked:
        plan = db.session.connection().exec_driver_sql(explain + statement, given)
        words = " ".join(str(part) for row in plan for part in row)
        for index in (
            "ix_contact_birthday",
            "ix_contact_customer_since",
            "ix_account_customer_since",
        ):
            assert index in words, words
        assert not any(slow in words for slow in SLOW), words


def _pour(owner: Viewer) -> None:
    """Enough customers that a database would not rather read them all."""
    common = {
        "owner_id": owner.id, "created_at": clock.now(), "updated_at": clock.now(), "version": 1,
        "is_sample": False, "phones": [], "emails": [], "name": "Any", "name_folded": "any",
    }  # fmt: skip
    for model, columns in (
        (Contact, ("birthday", "customer_since")),
        (Account, ("customer_since",)),
    ):
        rows = [
            {**common, "id": new_id()}
            | dict.fromkeys(columns, date(1935, 1, 1) + timedelta(days=number))
            for number in range(MANY[db.engine.dialect.name])
        ]
        db.session.execute(insert(model), rows)
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()
