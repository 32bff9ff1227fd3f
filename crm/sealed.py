"""Seals what others trusted us with (passwords, secret addresses) before it lies in the database.

Whoever has a copy of the database alone can read none of it.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class SealBroken(ValueError):
    """It was sealed by another installation, or by nobody."""


class _Installation:
    secret = b""


def configure(secret_key: str) -> None:
    """Seal with a key that comes from this installation's secret."""
    _Installation.secret = secret_key.encode()


def seal(text: str) -> str:
    """Return the text as it may lie in the database."""
    return _fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text. Raises SealBroken."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def _fernet() -> Fernet:
    from cryptography.fernet import Fernet

    if not _Installation.secret:
        raise RuntimeError("crm.sealed was not configured")
    key = hmac.digest(_Installation.secret, b"hamrah: sealed", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
