"""What this installation is, for parts that know no app: its secret, and its address outside."""

from __future__ import annotations


class _Current:
    secret = ""
    address = ""


def configure(secret: str, address: str) -> None:
    """Say it, once, when the app is made."""
    _Current.secret, _Current.address = secret, address.rstrip("/")


def secret() -> str:
    """Return what everything of this installation is sealed with."""
    return _Current.secret


def address() -> str:
    """Return under which address people reach it (BASE_URL); "" where nobody said."""
    return _Current.address
