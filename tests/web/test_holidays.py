"""The page of the company's holidays: year by year, undone rather than confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.company.holidays import days_off
from crm.company.queries import get_company
from crm.database import db
from crm.users.models import User
from crm.users.viewer import Viewer

NewClient = Callable[..., FlaskClient]
HOME = "/administration/holidays"


@pytest.fixture
def desk(new_client: NewClient, admin: Viewer) -> FlaskClient:
    return new_client(admin)


def persian(admin: Viewer) -> None:
    user = db.session.get_one(User, admin.id)
    user.language, user.calendar = "fa", "jalali"
    db.session.commit()


def test_a_company_without_takes_irans_and_does_without_again(desk: FlaskClient) -> None:
    assert "No holidays this year" in desk.get(HOME).text
    assert desk.post(f"{HOME}/official", data={"has_official_holidays": "1"}).status_code == 303
    page = desk.get(HOME).text
    assert re.search("Thursday 25 June</div>.*?Ashura", page)
    assert desk.post(f"{HOME}/official", data={"has_official_holidays": "0"}).status_code == 303
    assert "Ashura" not in desk.get(HOME).text


def test_a_day_is_removed_and_brought_back_by_undo(desk: FlaskClient, app: Flask) -> None:
    desk.post(f"{HOME}/official", data={"has_official_holidays": "1"})
    ashura = {"day": "2026-06-25"}
    assert desk.post(f"{HOME}/removal", data=ashura | {"is_removed": "1"}).status_code == 303
    page = desk.get(HOME).text
    assert "Working day" in page
    assert "Undo" in page
    assert len(days_off(get_company())) > 0
    assert desk.post(f"{HOME}/removal", data=ashura | {"is_removed": "0"}).status_code == 303
    assert "Working day" not in desk.get(HOME).text
    assert desk.post(f"{HOME}/removal", data={"day": "2026-11-24"}).status_code == 404


def test_one_adds_in_the_calendar_one_reads(desk: FlaskClient, admin: Viewer) -> None:
    persian(admin)
    added = desk.post(HOME, data={"day": "۱۴۰۵/۰۹/۰۵", "name": "تعطیلی برف"})
    assert (added.status_code, added.location) == (303, f"{HOME}?year=1405")
    page = desk.get(f"{HOME}?year=1405").text
    assert "تعطیلی برف" in page
    assert "پنجشنبه ۵ آذر" in page.replace("\u200c", "")
    assert "۱۴۰۵" in page
    assert "تعطیلی برف" not in desk.get(f"{HOME}?year=1406").text


@pytest.mark.parametrize("wrong", [{"day": "soon"}, {"name": ""}])
def test_what_is_wrong_is_said_at_its_field_and_the_rest_kept(
    desk: FlaskClient, wrong: dict[str, str]
) -> None:
    answer = desk.post(HOME, data={"day": "2026-12-01", "name": "Kept name", **wrong})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert ("Kept name" if "day" in wrong else "2026-12-01") in answer.text


@pytest.mark.parametrize("year", ["1", "0000", "9999", "x", "١٤٠٥", "1405"])
def test_a_year_that_makes_no_sense_is_this_one(desk: FlaskClient, year: str) -> None:
    assert desk.get(f"{HOME}?year={year}").status_code == 200
