"""Seals what others trusted us with (passwords, secret addresses) before it lies in the database.

Whoever has a copy of the database alone can read none of it.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from crm import installation

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class SealBroken(ValueError):
    """It was sealed by another installation, or by nobody."""


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

    key = hmac.digest(installation.secret().encode(), b"hamrah: sealed", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
