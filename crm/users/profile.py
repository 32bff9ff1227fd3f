"""What a person sets for himself: how he is called and reached, how he reads, his password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

import marshmallow as ma

from crm import errors
from crm.database import command, db
from crm.i18n import _
from crm.i18n.locale import CALENDARS, LANGUAGES, MONEY_UNITS
from crm.schema import OneOf, Schema, Str, load
from crm.timeline.record import record
from crm.users.credentials import Password, read_logins, refuse_taken
from crm.users.models import User
from crm.users.passwords import hash_password
from crm.users.sessions import end_sessions_but
from crm.users.sign_in import confirm_password
from crm.users.viewer import Viewer

THEMES = ("auto", "light", "dark")


class Zone(Str):
    """The name of a time zone, as in Asia/Tehran."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str | None:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name is not None and name not in available_timezones():
            raise ma.ValidationError(_("Choose a time zone from the list."))
        return name


class ProfileSchema(Schema):
    name = Str(120, required=True)
    email = Str(254)
    phone = Str(40)
    language = OneOf(LANGUAGES, required=True)
    calendar = OneOf(CALENDARS, required=True)
    timezone = Zone(60, required=True)
    money_unit = OneOf(MONEY_UNITS, required=True)
    theme = OneOf(THEMES, required=True)


class PasswordSchema(Schema):
    old_password = Str(200, required=True)
    password = Password(required=True)


@command
def update_profile(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change the actor's own settings. Raises ValidationError."""
    data = load(ProfileSchema(), payload)
    data |= read_logins(data.get("email"), data.get("phone"), actor.locale.region)
    refuse_taken({"email": data["email"], "phone": data["phone"]}, actor.id)
    user = db.session.get_one(User, actor.id)
    changed = [name for name, value in data.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, data[name])
    if changed:
        record("user.changed", actor.id, user_id=actor.id, data={"changed": changed})


def change_password(viewer: Viewer, payload: Mapping[str, Any]) -> None:
    """Set a new password for who gives the old one; all his other devices are signed out.

    Raises ValidationError, and TooMany when the old one is being guessed.
    """
    data = load(PasswordSchema(), payload)
    if not confirm_password(viewer, str(payload["old_password"])):
        raise errors.ValidationError({"old_password": [_("This is not your password.")]})
    _set_password(viewer, hash_password(data["password"]))


@command
def _set_password(actor: Viewer, password_hash: str) -> None:
    db.session.get_one(User, actor.id).password_hash = password_hash
    end_sessions_but(actor.id, actor.session_id)
    record("user.password_changed", actor.id, user_id=actor.id)
