"""Seals of e-mail: passwords for the database, and the addresses that stand in a letter."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from crm import clock, installation
from crm.database import is_id

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

#: Longer than any that we make.
MOST = 1000
PREVIEW_SECONDS = 3600


class Leaver(NamedTuple):
    """Who wants no more e-mail, and which letter made him say so."""

    message_id: str
    address: str


def seal_password(password: str) -> str:
    """Return a password as it may lie in the database: a copy of that opens no mailbox."""
    return _fernet("passwords").encrypt(password.encode()).decode()


def open_password(sealed: str | None) -> str | None:
    """Return the password; None where there is none, or another installation sealed it."""
    return _open("passwords", sealed or "")


def seal_leaver(message_id: str, address: str) -> str:
    """Return the end of an unsubscribe address.

    The e-mail address itself lies in it, so that it holds when the letter's row is long gone; and
    unreadable, so that it stands in nobody's log.
    """
    said = json.dumps([message_id, address], ensure_ascii=False)
    return _fernet("unsubscribe").encrypt(said.encode()).decode().rstrip("=")


def open_leaver(token: str) -> Leaver | None:
    """Return who it is; None for what we did not seal."""
    padded = token + "=" * (-len(token) % 4)
    said = _open("unsubscribe", padded) if len(token) <= MOST else None
    return Leaver(*json.loads(said)) if said else None


def seal_message(message_id: str) -> str:
    """Return what stands for a letter in the addresses of its picture and its links."""
    return str(_signer().dumps(message_id))


def open_message(token: str) -> str | None:
    """Return the letter's id; None for what we did not seal."""
    try:
        message_id = _signer().loads(token) if len(token) <= MOST else None
    except (BadSignature, ValueError, TypeError):
        return None
    return str(message_id) if is_id(message_id) else None


def seal_preview(key: str, viewer_id: str) -> str:
    """Return what shows that somebody saw now what an automation would do."""
    return str(_signer().dumps([key, viewer_id, int(clock.now().timestamp())]))


def is_preview(seal: str, key: str, viewer_id: str) -> bool:
    """Whether this person saw it in the last hour."""
    try:
        of_key, seen_by, at = _signer().loads(seal) if len(seal) <= MOST else ("", "", 0)
    except (BadSignature, ValueError, TypeError):
        return False
    fresh = isinstance(at, int) and clock.now().timestamp() - at <= PREVIEW_SECONDS
    return bool(fresh and of_key == key and seen_by == viewer_id)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(installation.secret(), salt="mail")


def _fernet(purpose: str) -> Fernet:
    from cryptography.fernet import Fernet

    key = hmac.digest(installation.secret().encode(), f"hamrah mail: {purpose}".encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(key))


def _open(purpose: str, sealed: str) -> str | None:
    from cryptography.fernet import InvalidToken

    try:
        return _fernet(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
