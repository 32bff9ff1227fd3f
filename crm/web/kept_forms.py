"""What a form had in it when its session ended, given back after signing in."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.urls import iri_to_uri

from crm.records import field_label
from crm.users.sessions import owner_of
from crm.web.security import safe_path

#: Who was last signed in on this browser; says it still after the session is gone.
WHOSE = "whose"
_NEVER_KEPT = ("password", "token", "secret")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_CODE = re.compile(r"(\w+:)?[0-9a-f-]{36}|\d?_?[a-z_]+|[A-Z]{3}|\d|[A-Z]\w+/\w+|/\S*")
_LONGEST_SECONDS = 12 * 3600


def here() -> str:
    """Return this request's own path and query, as an address can be sent."""
    return safe_path(iri_to_uri(request.full_path.rstrip("?")))


def keep_form(token: str | None) -> str:
    """Return the posted form, signed, to travel through the sign-in page; "" if it cannot.

    Files and whatever is secret are left out, and so is a form whose writer nobody knows: the next
    person on a shared phone must not see it.
    """
    owner = owner_of(token) or request.cookies.get(WHOSE)
    if request.mimetype not in _FORMS or not owner or not request.form:
        return ""
    fields = [[name, value] for name, value in request.form.items(multi=True)]
    if any(secret in name.lower() for name, _value in fields for secret in _NEVER_KEPT):
        return ""
    kept = {"owner": owner, "action": here(), "fields": fields}
    return str(_signer().dumps(kept))


def open_form(kept: str) -> dict[str, Any] | None:
    """Return {"owner", "action", "fields"} of what `keep_form` gave, or None if it is not ours."""
    try:
        form = _signer().loads(kept, max_age=_LONGEST_SECONDS)
    except BadSignature:
        return None
    return {**form, "action": safe_path(form["action"])}


def typed_words(fields: list[list[str]]) -> list[tuple[str, str]]:
    """Return (label, value) of what a person typed; ids and the codes of choices go unshown."""
    return [
        (label if (label := field_label(name)) != name else "", value)
        for name, value in fields
        if value.strip() and not _CODE.fullmatch(value)
    ]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="kept form")
