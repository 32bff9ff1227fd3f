"""A post office on loopback, and an installation that knows its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from crm import installation
from crm.i18n import Locale
from crm.mail.settings import update_settings
from crm.users.viewer import Viewer, system_viewer
from tests.mail import servers

HERE = "https://crm.example.com"


@pytest.fixture
def hamrah() -> Viewer:
    """Who acts where nobody does."""
    return system_viewer(Locale())


@pytest.fixture
def address() -> Iterator[str]:
    """Hamrah knows its own address."""
    secret, before = installation.secret(), installation.address()
    installation.configure(secret, HERE)
    yield HERE
    installation.configure(secret, before)


@pytest.fixture
def post() -> Iterator[servers.Post]:
    """A server that takes letters."""
    with servers.post_office() as desk:
        yield desk


def settings_for(port: int, **more: Any) -> dict[str, Any]:
    """Return what an admin types for a server on loopback; he says that it is inside."""
    return {
        "smtp_host": servers.HOST,
        "smtp_port": str(port),
        "smtp_tls": "none",
        "is_inside": "on",
        "from_name": "Example Trading",
        "from_address": "sales@example.com",
        "rate_per_minute": "60",
        **more,
    }


@pytest.fixture
def mail(app: Flask, admin: Viewer, post: servers.Post, address: str) -> servers.Post:
    """The post office, set as the server that sends."""
    update_settings(admin, settings_for(post.port))
    return post
