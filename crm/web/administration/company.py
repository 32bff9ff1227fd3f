"""The company's settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.administration.company import update_company
from crm.company.queries import get_company
from crm.i18n import _, form_code
from crm.setup.commands import CURRENCIES
from crm.web import choices
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("company", __name__, url_prefix="/company")


def _page(values: dict[str, Any], status: int = 200, said: Any = None) -> Response:
    return render(
        "administration/company.html",
        status=status,
        values=values,
        errors=said or {},
        languages=choices.language_choices(),
        calendars=choices.calendar_choices(),
        zones=choices.zone_choices(values.get("timezone")),
        currencies=choices.currency_choices(CURRENCIES),
    )


@blueprint.get("")
@needs_role("admin")
def show() -> Any:
    """The settings as they stand."""
    company = get_company()
    return _page(
        {
            "name": company.name,
            "language": company.language,
            "calendar": company.calendar,
            "timezone": company.timezone,
            "quiet_days": company.quiet_days,
            "inside_calendars": company.inside_calendars,
            "currency": form_code(company.currency, company.money_unit),
        }
    )


@blueprint.post("")
@needs_role("admin")
def update() -> Any:
    """Change them."""
    form = request.form.to_dict()
    try:
        update_company(viewer(), form)
    except errors.ValidationError as error:
        return _page(form, 422, error.fields)
    return go("/administration", _("Saved"))
