"""The first start: the company, its first admin and its pipeline, in one transaction."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm import clock, errors
from crm.company.models import ONLY, Company
from crm.company.queries import find_company
from crm.database import command, db, new_id
from crm.deals.stages import add_default_pipeline
from crm.i18n.currencies import RIAL, TOMAN
from crm.i18n.locale import CALENDARS, LANGUAGES
from crm.schema import OneOf, Schema, Str, load
from crm.stops.rule_book import ship_stop_rule
from crm.timeline.record import record
from crm.users.credentials import Password, split_login
from crm.users.models import Role, User
from crm.users.passwords import hash_password
from crm.users.profile import Zone

CURRENCIES = ("IRT", "IRR", "EUR", "USD", "GBP", "AED", "TRY")


class SetupSchema(Schema):
    language = OneOf(LANGUAGES, required=True)
    company = Str(120, required=True)
    name = Str(120, required=True)
    login = Str(254, required=True)
    password = Password(required=True)
    timezone = Zone(60, required=True)
    calendar = OneOf(CALENDARS, required=True)
    currency = OneOf(CURRENCIES, required=True)


def stored_currency(chosen: str, money_unit: str) -> dict[str, str]:
    """Return `currency` and `money_unit` for what a form calls a currency: toman and rial are
    one currency in two units. Any other keeps the unit that is in use."""
    if chosen in (TOMAN, RIAL):
        return {"currency": RIAL, "money_unit": "toman" if chosen == TOMAN else "rial"}
    return {"currency": chosen, "money_unit": money_unit}


@command
def set_up(_actor: None, payload: Mapping[str, Any]) -> str:
    """Make the company, the first admin and the pipeline; return the admin's id.

    Raises NotFound once there is a company: the set-up page exists only before.
    """
    if find_company() is not None:
        raise errors.NotFound
    data = load(SetupSchema(), payload)
    now = clock.now()
    region = "IR" if data["currency"] in ("IRT", "IRR") or data["language"] == "fa" else "GB"
    db.session.add(
        Company(
            id=ONLY,
            name=data["company"],
            language=data["language"],
            calendar=data["calendar"],
            timezone=data["timezone"],
            region=region,
            work_days="5,6,0,1,2" if data["calendar"] == "jalali" else "0,1,2,3,4",
            **stored_currency(data["currency"], "toman"),
            epoch=new_id(),
            created_at=now,
        )
    )
    email, phone = split_login(data["login"], region)
    admin = User(
        id=new_id(),
        name=data["name"],
        role=Role.ADMIN,
        created_at=now,
        email=email,
        phone=phone,
        password_hash=hash_password(data["password"]),
        language=data["language"],
    )
    db.session.add(admin)
    add_default_pipeline()
    ship_stop_rule()
    record("company.set_up", admin.id, user_id=admin.id)
    return admin.id


def setup_token(data_dir: str, secret: str) -> str:
    """Return the one-time token of the set-up link; it dies with the first user."""
    seed = f"setup:{Path(data_dir).resolve()}".encode()
    return hmac.new(secret.encode(), seed, hashlib.sha256).hexdigest()[:32]
