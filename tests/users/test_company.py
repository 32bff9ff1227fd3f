"""Set-up and the company's settings."""

from __future__ import annotations

import pytest
from flask import Flask

from crm import errors
from crm.administration.company import update_company
from crm.company.queries import get_company
from crm.database import db
from crm.deals.stages import default_pipeline, stages_of
from crm.setup.commands import set_up, setup_token
from crm.users.models import User
from crm.users.sessions import viewer_of
from crm.users.sign_in import authenticate
from crm.users.viewer import Viewer

SETUP = {
    "language": "fa",
    "company": "بازرگانی نمونه",
    "name": "آدا",
    "login": "0912 345 6789",
    "password": "a good long one",
    "timezone": "Asia/Tehran",
    "calendar": "jalali",
    "currency": "IRT",
}
COMPANY = {
    "name": "New name",
    "language": "fa",
    "calendar": "jalali",
    "timezone": "Europe/Berlin",
    "currency": "IRR",
    "quiet_days": "۱۴",
}


@pytest.mark.mission(147)
def test_set_up_makes_the_company_its_admin_and_its_pipeline(empty_app: Flask) -> None:
    admin = viewer_of(set_up(None, SETUP))
    assert admin.is_admin
    assert (admin.locale.language, admin.locale.calendar, admin.currency) == ("fa", "jalali", "IRR")
    assert db.session.get_one(User, admin.id).phone == "+989123456789"
    assert len(stages_of(default_pipeline().id)) == 5
    assert authenticate("۰۹۱۲۳۴۵۶۷۸۹", "a good long one", None, "IR").id == admin.id
    with pytest.raises(errors.NotFound):
        set_up(None, SETUP)


@pytest.mark.parametrize("field", SETUP)
def test_set_up_names_the_field_that_is_wrong(empty_app: Flask, field: str) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        set_up(None, SETUP | {field: ""})
    assert list(refused.value.fields) == [field]


def test_the_set_up_token_is_this_installations_own() -> None:
    assert setup_token("/a", "secret") != setup_token("/b", "secret")
    assert setup_token("/a", "secret") != setup_token("/a", "other")


def test_company_settings_hold_for_who_has_not_chosen(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    db.session.get_one(User, sara.id).language = "en"
    db.session.commit()
    update_company(admin, COMPANY)
    seen = viewer_of(sara.id)
    assert (seen.locale.language, seen.locale.calendar) == ("en", "jalali")
    assert (seen.locale.timezone, seen.locale.money_unit) == ("Europe/Berlin", "rial")
    assert seen.quiet_days == 14
    update_company(admin, COMPANY | {"currency": "EUR"})
    assert (get_company().currency, get_company().money_unit) == ("EUR", "rial")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quiet_days": "0"}, "quiet_days"),
        ({"timezone": "x"}, "timezone"),
        ({"epoch": "x"}, "epoch"),
        ({"currency": "BTC"}, "currency"),
    ],
)
def test_company_settings_are_checked(
    app: Flask, admin: Viewer, change: dict[str, str], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        update_company(admin, COMPANY | change)
    assert list(refused.value.fields) == [field]


def test_only_an_admin_changes_them(app: Flask, leila: Viewer) -> None:
    with pytest.raises(errors.NotFound):
        update_company(leila, COMPANY)
