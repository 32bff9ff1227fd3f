"""Seals of e-mail: passwords for the database, and the addresses that stand in a letter."""

from __future__ import annotations

import json
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from crm import clock, installation, sealed
from crm.database import is_id

PASSWORDS, LEAVERS = "passwords of mail", "who wants no more mail"
#: Longer than any that we make.
MOST = 1000
PREVIEW_SECONDS = 3600


class Leaver(NamedTuple):
    """Who wants no more e-mail, and which letter made him say so."""

    message_id: str
    address: str


def seal_password(password: str) -> str:
    """Return a password as it may lie in the database: a copy of that opens no mailbox."""
    return sealed.seal(password, PASSWORDS)


def open_password(kept: str | None) -> str | None:
    """Return the password; None where there is none, or another installation sealed it."""
    return sealed.unseal(kept or "", PASSWORDS)


def seal_leaver(message_id: str, address: str) -> str:
    """Return the end of an unsubscribe address.

    The e-mail address itself lies in it, so that it holds when the letter's row is long gone; and
    unreadable, so that it stands in nobody's log.
    """
    said = json.dumps([message_id, address], ensure_ascii=False)
    return sealed.seal(said, LEAVERS).rstrip("=")


def open_leaver(token: str) -> Leaver | None:
    """Return who it is; None for what we did not seal."""
    padded = token + "=" * (-len(token) % 4)
    said = sealed.unseal(padded, LEAVERS) if len(token) <= MOST else None
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
