"""What people sign in with: an e-mail address or a mobile, and a password worth the name."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from sqlalchemy import select

from crm import errors
from crm.database import db
from crm.i18n import _, fold, parse_phone
from crm.schema import Str
from crm.users.models import User
from crm.users.sign_in import login_name

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# No question mark: what follows one in a mailto link is headers.
_EMAIL = re.compile(r"[^@\s,;<>?]+@[^@\s,;<>?]+\.[^@\s,;<>?.]{2,}")
#: What is tried first by everyone who guesses.
_COMMON = {
    "password",
    "password1",
    "passw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "11111111",
    "00000000",
    "87654321",
    "qwertyui",
    "qwerty123",
    "qwertyuiop",
    "1q2w3e4r",
    "abcd1234",
    "iloveyou",
    "asdfghjkl",
    "admin123",
    "letmein1",
    "welcome1",
    "changeme",
    "hamrah123",
}


class Password(Str):
    """A new password, kept to the letter: sign-in compares what was typed, spaces too."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) < SHORTEST_PASSWORD:
            raise ma.ValidationError(_("A password has at least 8 characters."))
        if len(value) > LONGEST_PASSWORD:
            raise ma.ValidationError(_("A password has at most 128 characters."))
        if fold(value) in _COMMON or len(set(value)) == 1:
            raise ma.ValidationError(_("Everyone guesses this one first. Choose another."))
        return value


def split_login(text: str, region: str, field: str = "login") -> tuple[str | None, str | None]:
    """Return (email, phone), of which one is None. Raises ValidationError on `field`."""
    name = login_name(text, region)
    if _EMAIL.fullmatch(name):
        return name, None
    if _E164.fullmatch(name):
        return None, name
    said = _("Write an e-mail address or a mobile number.")
    if "@" in name:
        said = _("An e-mail address looks like name@firm.com.")
    raise errors.ValidationError({field: [said]})


def read_logins(email: str | None, phone: str | None, region: str) -> dict[str, str | None]:
    """Return both as they are kept. Raises ValidationError beside the one that is wrong."""
    if not email and not phone:
        raise errors.ValidationError({"email": [_("Keep an e-mail address or a mobile number.")]})
    kept_email = split_login(email, region, "email")[0] if email else None
    if email and kept_email is None:
        raise errors.ValidationError({"email": [_("An e-mail address looks like name@firm.com.")]})
    try:
        kept_phone = parse_phone(phone, region) if phone else None
    except ValueError as error:
        raise errors.ValidationError({"phone": [str(error)]}) from None
    return {"email": kept_email, "phone": kept_phone}


def refuse_taken(logins: dict[str, str | None], user_id: str | None, field: str = "") -> None:
    """Raise ValidationError when somebody else signs in with one of these."""
    for name, value in logins.items():
        if value is None:
            continue
        owner = db.session.scalar(select(User.id).where(getattr(User, name) == value))
        if owner is not None and owner != user_id:
            raise errors.ValidationError(
                {field or name: [_("Somebody signs in with this already.")]}
            )
