"""The seal of a page with a form: when it was handed out, and the id of what is sent from it."""

from __future__ import annotations

from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from crm import clock
from crm.database import is_id, new_id

#: Nobody types his name and taps a button in less.
LEAST_SECONDS = 2
MOST_SECONDS = 24 * 3600
_SALT = "web form"


class Seal(NamedTuple):
    """The id that a second tap has as well (None: none known), and what is wrong, if anything."""

    submission_id: str | None
    fault: str = ""


def make_seal(secret: str, form_id: str) -> str:
    """Return the seal of a page that is handed out now."""
    return str(_signer(secret).dumps([form_id, new_id(), int(clock.now().timestamp())]))


def read_seal(secret: str, form_id: str, text: str) -> Seal:
    """Return what a seal says; its fault is a key of crm.forms.rules.REASONS, or ""."""
    try:
        of_form, submission_id, made = _signer(secret).loads(text)
    except (BadSignature, ValueError, TypeError):
        return Seal(None, "forged")
    if of_form != form_id or not is_id(submission_id):
        return Seal(None, "forged")
    age = clock.now().timestamp() - made
    if age < LEAST_SECONDS:
        return Seal(submission_id, "too_quick")
    return Seal(submission_id, "stale" if age > MOST_SECONDS else "")


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)
