"""A push service on this machine, and keys to sign with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm.push import keys
from crm.push.keys import VapidKeys
from tests.push.service import PushService, push_service

SUBJECT = "mailto:ada@company.ir"


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as made:
        yield made


@pytest.fixture
def vapid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VapidKeys:
    """Keys of an installation of their own."""
    monkeypatch.setattr(keys._Current, "place", None)
    keys.configure(tmp_path, SUBJECT, "")
    return keys.find_keys()
