"""Seals secrets for the database: who has a copy of it cannot sign with them."""

from __future__ import annotations

import hmac

from crm import sealed

PURPOSE = "secrets of hooks"


class Safe:
    """Seals with a key that comes from the installation's own; under another key nothing opens."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()

    def seal(self, secret: str) -> str:
        """Return the secret as it may lie in the database."""
        return sealed.seal(secret, PURPOSE)

    def open(self, kept: str) -> str | None:
        """Return the secret; None where another installation sealed it, or nobody."""
        return sealed.unseal(kept, PURPOSE)

    def token(self, slug: str) -> str:
        """Return what a sender says back to show that it was we who gave it this address."""
        return hmac.digest(self._key, f"hamrah: hook {slug}".encode(), "sha256").hex()[:32]
