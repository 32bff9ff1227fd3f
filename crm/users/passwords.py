"""Passwords as argon2id hashes, one at a time so that a login storm cannot starve captures."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_one_at_a_time = threading.Semaphore(1)


class _Hasher:
    current = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    dummy: str | None = None


def configure(memory_kib: int, time_cost: int) -> None:
    """Set the cost; tests use the least that argon2 allows."""
    _Hasher.current = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
    _Hasher.dummy = None


def hash_password(password: str) -> str:
    """Return the argon2id hash to keep."""
    with _one_at_a_time:
        return _Hasher.current.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Tell whether `password` fits `kept`; takes as long for a person who is not there."""
    with _one_at_a_time:
        if _Hasher.dummy is None:
            _Hasher.dummy = _Hasher.current.hash("nobody")
        try:
            return _Hasher.current.verify(kept or _Hasher.dummy, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False
