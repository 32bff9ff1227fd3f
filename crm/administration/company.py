"""The company's own settings; they stand above people, because an admin changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.company.queries import get_company
from crm.database import command
from crm.i18n.locale import CALENDARS, LANGUAGES
from crm.schema import OneOf, Schema, Str, Whole, load
from crm.setup.commands import CURRENCIES, stored_currency
from crm.timeline.record import record, set_fields
from crm.users.profile import Zone
from crm.users.viewer import Viewer, require_admin


class CompanySchema(Schema):
    name = Str(120, required=True)
    language = OneOf(LANGUAGES, required=True)
    calendar = OneOf(CALENDARS, required=True)
    timezone = Zone(60, required=True)
    currency = OneOf(CURRENCIES, required=True)
    quiet_days = Whole(1, 365, required=True)


@command
def update_company(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change what everyone has who has not chosen otherwise. Raises ValidationError."""
    require_admin(actor)
    data = load(CompanySchema(), payload)
    company = get_company()
    data |= stored_currency(data["currency"], company.money_unit)
    changed = set_fields(company, data)
    if changed:
        record("company.changed", actor.id, data={"changed": changed})
