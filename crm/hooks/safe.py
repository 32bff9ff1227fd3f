"""Seals secrets for the database: who has a copy of it cannot sign with them."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class Safe:
    """Seals with a key that comes from the installation's own; under another key nothing opens."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet

        key = hmac.digest(self._key, b"hamrah: secrets of hooks", "sha256")
        return Fernet(base64.urlsafe_b64encode(key))

    def seal(self, secret: str) -> str:
        """Return the secret as it may lie in the database."""
        return self._fernet().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """Return the secret; None where another installation sealed it, or nobody."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def token(self, slug: str) -> str:
        """Return what a sender says back to show that it was we who gave it this address."""
        return hmac.digest(self._key, f"hamrah: hook {slug}".encode(), "sha256").hex()[:32]
