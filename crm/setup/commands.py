"""The first start: the company, its first admin and its pipeline, in one transaction."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, validates

from crm import clock, errors
from crm.company.models import Company
from crm.company.queries import find_company
from crm.database import command, db, new_id
from crm.deals.stages import add_default_pipeline
from crm.i18n import _
from crm.schema import OneOf, Schema, Str, load
from crm.timeline.record import record
from crm.users.models import Role, User
from crm.users.passwords import hash_password
from crm.users.sign_in import login_name

SHORTEST_PASSWORD = 8


class SetupSchema(Schema):
    language = OneOf(("en", "fa"), required=True)
    company = Str(120, required=True)
    name = Str(120, required=True)
    login = Str(254, required=True)
    password = Str(128, required=True)
    timezone = Str(60, required=True)
    calendar = OneOf(("jalali", "gregorian"), required=True)
    currency = OneOf(("IRT", "IRR", "EUR", "USD", "GBP", "AED", "TRY"), required=True)

    @validates("timezone")
    def _known_zone(self, value: str, **_kwargs: Any) -> None:
        if value not in available_timezones():
            raise ValidationError(_("Choose a time zone from the list."))

    @validates("password")
    def _long_enough(self, value: str, **_kwargs: Any) -> None:
        if len(value) < SHORTEST_PASSWORD:
            raise ValidationError(_("A password has at least 8 characters."))

    @validates("login")
    def _reachable(self, value: str, **_kwargs: Any) -> None:
        name = login_name(value, "IR")
        if "@" not in name and not name.startswith("+"):
            raise ValidationError(_("Write an e-mail address or a mobile number."))


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
    db.session.add(Company(
        name=data["company"], language=data["language"], calendar=data["calendar"],
        timezone=data["timezone"], currency="IRR" if data["currency"] == "IRT" else data["currency"],
        money_unit="rial" if data["currency"] == "IRR" else "toman", region=region,
        epoch=new_id(), created_at=now,
    ))
    login = login_name(data["login"], region)
    admin = User(
        id=new_id(), name=data["name"], role=Role.ADMIN, created_at=now,
        email=login if "@" in login else None, phone=None if "@" in login else login,
        password_hash=hash_password(data["password"]),
    )
    db.session.add(admin)
    add_default_pipeline()
    record("company.set_up", admin.id, user_id=admin.id)
    return admin.id


def setup_token(data_dir: str, secret: str) -> str:
    """Return the one-time token of the set-up link; it dies with the first user."""
    seed = f"setup:{Path(data_dir).resolve()}".encode()
    return hmac.new(secret.encode(), seed, hashlib.sha256).hexdigest()[:32]
