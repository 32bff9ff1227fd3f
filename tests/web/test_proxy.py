"""Behind a proxy that ends TLS: its word is taken, and nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, request

from crm.web import proxy
from tests.people import PASSWORD, email

SAID = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
ROOT = Path(__file__).resolve().parents[2]


def seen(config: dict[str, Any], address: str, **headers: str) -> dict[str, Any]:
    """Return what an app behind the guard takes a request for."""
    app = Flask(__name__)
    app.config.update({"BASE_URL": "", "TRUSTED_PROXIES": [], **config})
    app.add_url_rule(
        "/",
        view_func=lambda: jsonify(
            secure=request.is_secure, client=request.remote_addr, host=request.host
        ),
    )
    proxy.init_app(app)
    answer = app.test_client().get(
        "/", environ_base={"REMOTE_ADDR": address}, headers=SAID | headers
    )
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("config", "address"),
    [
        ({"TRUSTED_PROXIES": ["10.0.0.5"]}, "10.0.0.5"),
        ({"BASE_URL": "https://crm.example.com"}, "127.0.0.1"),
        ({"BASE_URL": "https://crm.example.com"}, "::1"),
    ],
)
def test_the_proxy_says_who_asks_and_that_it_was_by_https(
    config: dict[str, Any], address: str
) -> None:
    found = seen(config, address, **{"X-Forwarded-Host": "evil.example"})
    assert found == {"secure": True, "client": "203.0.113.7", "host": "localhost"}


@pytest.mark.parametrize(
    ("config", "address"),
    [
        ({}, "127.0.0.1"),
        ({"BASE_URL": "http://192.168.1.2:8000"}, "127.0.0.1"),
        ({"BASE_URL": "https://crm.example.com"}, "203.0.113.9"),
        ({"TRUSTED_PROXIES": ["10.0.0.5"], "BASE_URL": "https://crm.example.com"}, "127.0.0.1"),
    ],
)
def test_a_stranger_is_not_believed(config: dict[str, Any], address: str) -> None:
    found = seen(config, address)
    assert found == {"secure": False, "client": address, "host": "localhost"}


def test_the_deployment_shown_trusts_its_own_caddy() -> None:
    assert "reverse_proxy 127.0.0.1:8000" in (ROOT / "deploy/Caddyfile").read_text()
    assert "TRUSTED_PROXIES=127.0.0.1" in (ROOT / "deploy/README.md").read_text()


def test_over_https_the_cookies_are_bound_to_the_host(client: Any, sara: Any) -> None:
    answer = client.post(
        "/sign-in",
        data={"name": email(sara), "password": PASSWORD},
        base_url="https://crm.example.com",
    )
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if "__Host-session" in c)
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]
