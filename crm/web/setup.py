"""The first page of all: language, company, first admin."""

from __future__ import annotations

import hmac
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Blueprint, Response, current_app, request

from crm import errors
from crm.company.queries import find_company
from crm.i18n import current_locale, set_locale
from crm.setup.commands import CURRENCIES, set_up, setup_token
from crm.users.sessions import viewer_of
from crm.web.choices import currency_choices, zone_choices
from crm.web.rendering import go, render
from crm.web.security import public
from crm.web.sessions import sign_in

blueprint = Blueprint("setup", __name__)

GUESSES = {
    "fa": {"timezone": "Asia/Tehran", "calendar": "jalali", "currency": "IRT"},
    "en": {"timezone": "Europe/London", "calendar": "gregorian", "currency": "EUR"},
}
_FIELDS = ("language", "company", "name", "login", "password", "timezone", "calendar", "currency")


def _check_token() -> str:
    """Return the token. Raises NotFound for a wrong one and once there is a company."""
    token = request.args.get("token", "")
    kept = setup_token(current_app.config["DATA_DIR"], current_app.config["SECRET_KEY"])
    right = hmac.compare_digest(token.encode(), kept.encode())
    if not right or find_company() is not None:
        raise errors.NotFound
    return token


def _page(values: dict[str, Any], status: int = 200, said: Any = None) -> Response:
    return render(
        "setup/new.html",
        status=status,
        token=_check_token(),
        values=values,
        errors=said or {},
        zones=zone_choices(values.get("timezone")),
        currencies=currency_choices(CURRENCIES),
    )


@blueprint.get("/setup")
@public
def new() -> Any:
    """The set-up page, behind the one-time link that the server printed."""
    language = current_locale().language
    return _page({"language": language, "with_sample": "on", **GUESSES[language]})


@blueprint.post("/setup")
@public
def create() -> Any:
    """Make the company and its first admin, who is then signed in."""
    _check_token()
    form = request.form.to_dict()
    try:
        admin_id = set_up(None, {name: form.get(name, "") for name in _FIELDS})
    except errors.ValidationError as error:
        return _page(form, 422, error.fields)
    admin = viewer_of(admin_id)
    set_locale(admin.locale)
    if form.get("with_sample") and find_spec("crm.sample.commands"):
        import_module("crm.sample.commands").add_sample(admin)
    return sign_in(admin, go("/today"))
