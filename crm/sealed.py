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


def seal(text: str, purpose: str) -> str:
    """Return the text as it may lie in the database; what one purpose seals no other opens."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str | None:
    """Return the text; None where another installation sealed it, or nobody."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet(purpose: str) -> Fernet:
    from cryptography.fernet import Fernet

    if not installation.secret():
        raise RuntimeError("nobody has said what this installation's secret is")
    key = hmac.digest(installation.secret().encode(), f"hamrah: {purpose}".encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
