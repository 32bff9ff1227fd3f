"""The database is brought from one version to the next, and back, whatever it was made by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from crm import create_app
from crm.company.models import Company
from crm.database import db, new_id
from crm.search import index
from crm.search.models import SearchEntry
from crm.stops.models import SHIPPED, SHIPPED_VALUE, StopRule
from tests.clock import MovableClock
from tests.databases import settings

#: The version before `0015_days`.
BEFORE_DAYS = "0010"


@pytest.fixture
def bare_app(database: Any, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The app on a database of its own, in which nothing is yet."""
    cluster = getattr(database, "cluster", None)
    more = {"DATABASE_URL": cluster.create("bare")} if cluster else {}
    app = create_app(settings(tmp_path, clock, **more))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def lines() -> list[str]:
    found = list(db.session.scalars(select(SearchEntry.folded).order_by(SearchEntry.record_id)))
    db.session.rollback()
    return found


def test_whose_a_line_is_stands_in_it_once_however_often_it_is_migrated(bare_app: Flask) -> None:
    upgrade()
    owner, team = new_id(), new_id()
    for whose in ((owner, team), (owner, None), (None, team), (None, None)):
        index.put("contact", new_id(), *whose, "Nima Karimi", "", ["989121234567"])
    db.session.commit()
    whole = lines()
    downgrade(revision="0003")
    assert set(lines()) == {" nima karimi 989121234567 "}
    upgrade()
    assert lines() == whole


def an_older_company(calendar: str, **more: Any) -> None:
    """A row as an older program wrote it: the models of today know columns that are not there."""
    names = ("name", "language", "timezone", "currency", "money_unit", "region")
    company = dict.fromkeys(names, "fa") | {
        "id": new_id(), "epoch": new_id(), "calendar": calendar,
        "created_at": "2026-01-01 00:00:00", "quiet_days": 10,
        "warm_from": 40, "hot_from": 70, "rules_version": 1, "has_sample": False,
    } | more  # fmt: skip
    columns = ", ".join(company)
    values = ", ".join(f":{name}" for name in company)
    db.session.execute(text(f"INSERT INTO company ({columns}) VALUES ({values})"), company)
    db.session.commit()


def test_a_company_that_works_already_gets_the_stop_rule_switched_off(bare_app: Flask) -> None:
    upgrade(revision="0016")
    an_older_company("jalali", currency="IRR", has_official_holidays=False, inside_calendars=False)
    upgrade()
    (rule,) = db.session.scalars(select(StopRule))
    assert (rule.id, rule.value, rule.is_active) == (SHIPPED, SHIPPED_VALUE, False)


def test_an_index_that_the_first_version_made_once_goes(bare_app: Flask) -> None:
    upgrade(revision="0002")
    db.session.execute(text("CREATE INDEX ix_capture_user_id ON capture (user_id)"))
    db.session.commit()
    upgrade()
    names = [found["name"] for found in inspect(db.engine).get_indexes("capture")]
    assert "ix_capture_user_id" not in names


@pytest.mark.parametrize(("calendar", "has_some"), [("jalali", True), ("gregorian", False)])
def test_a_company_of_the_jalali_week_gets_its_official_holidays(
    bare_app: Flask, calendar: str, has_some: bool
) -> None:
    upgrade(revision=BEFORE_DAYS)
    an_older_company(calendar)
    upgrade()
    assert db.session.scalars(select(Company.has_official_holidays)).one() is has_some
    db.session.rollback()
    downgrade(revision=BEFORE_DAYS)
    found = {found["name"]: found for found in inspect(db.engine).get_indexes("contact")}
    assert found["ix_contact_birthday"]["column_names"] == ["owner_id", "birthday"]
