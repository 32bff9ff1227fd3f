"""One Content-Security-Policy, on every response there is."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.users.viewer import Viewer
from tests.house_rules.source import ROOT


def hash_of_the_one_inline_script() -> str:
    text = (ROOT / "templates/_boot.js").read_text().removesuffix("\n")
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY = {
    "default-src 'none'",
    f"script-src 'self' 'sha256-{hash_of_the_one_inline_script()}'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def policy(response: object) -> set[str]:
    headers = response.headers.getlist("Content-Security-Policy")  # type: ignore[attr-defined]
    assert len(headers) == 1, "exactly one policy"
    return {part.strip() for part in headers[0].split(";") if part.strip()}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/today"),
        ("GET", "/nothing-here"),
        ("GET", "/api/v1/nothing-here"),
        ("DELETE", "/today"),
        ("POST", "/today"),
        ("GET", "/static/nothing-here.css"),
        ("GET", "/sw.js"),
        ("GET", "/%00"),
        ("GET", "/?q=%ed%a0%80"),
    ],
)
def test_every_answer_carries_the_policy(client: FlaskClient, method: str, path: str) -> None:
    assert policy(client.open(path, method=method)) == POLICY


def test_every_page_and_error_carries_the_policy(
    app: Flask, new_client: Callable[..., FlaskClient], admin: Viewer
) -> None:
    """Walks the routes: those without arguments as they are, the others with an id of nobody's."""
    client = new_client(admin)
    unknown = "01930000-0000-7000-8000-00000000dead"
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            values = {name: _value(rule, name, unknown) for name in rule.arguments}
            _domain, path = rule.build(values, append_unknown=False) or ("", None)
            if path:
                assert policy(client.get(path)) == POLICY, path


def _value(rule: Any, name: str, unknown: str) -> str:
    """One of the words that a rule offers, or else an id."""
    offered = getattr(rule._converters[name], "items", None)
    return sorted(offered)[0] if offered else unknown


def test_a_static_file_carries_the_policy(app: Flask, client: FlaskClient) -> None:
    with client.get(app.jinja_env.globals["static"]("css/app.css")) as answer:
        assert answer.status_code == 200
        assert policy(answer) == POLICY


def test_a_fault_of_ours_carries_the_policy(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_values: object) -> str:
        raise ZeroDivisionError

    broken.is_public = True  # type: ignore[attr-defined]
    rule = next(r for r in app.url_map.iter_rules() if r.rule == "/sign-in" and "GET" in r.methods)
    monkeypatch.setitem(app.view_functions, rule.endpoint, broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get("/sign-in")
    assert answer.status_code == 500
    assert policy(answer) == POLICY
