"""Every answer of 400 and more below /api has one shape."""

from __future__ import annotations

import pytest
from flask import Flask

from crm import errors
from crm.database import is_transient
from tests.api.phone import CAPTURES


def is_problem(answer: object, status: int, code: str) -> None:
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert answer.mimetype == "application/json"  # type: ignore[attr-defined]
    said = answer.json  # type: ignore[attr-defined]
    assert set(said) == {"error"}
    assert set(said["error"]) == {"code", "message", "fields"}
    assert said["error"]["code"] == code
    assert said["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing-here", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("DELETE", CAPTURES, 405, "method_not_allowed"),
        ("GET", "/api/v1/me?x=%ed%a0%80", 400, "malformed"),
        ("GET", "/api/v1/contacts?limit=many", 422, "invalid"),
        ("GET", "/api/v1/contacts?colour=red", 422, "invalid"),
        ("POST", CAPTURES, 415, "not_json"),
    ],
)
def test_what_goes_wrong_is_said_in_one_shape(
    new_client, sara, method: str, path: str, status: int, code: str
) -> None:
    is_problem(new_client(sara).open(path, method=method), status, code)


def test_without_a_session_it_says_so(new_client) -> None:
    is_problem(new_client().get("/api/v1/me"), 401, "no_session")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError(), 500, "failed"),
        (errors.Busy(), 503, "busy"),
        (errors.TooMany("Slowly.", 7), 429, "too_many"),
        (errors.Conflict("Changed."), 409, "conflict"),
        (errors.NotFound(), 404, "not_found"),
    ],
)
def test_a_fault_of_ours_has_that_shape_too(
    app: Flask, new_client, sara, monkeypatch, error: Exception, status: int, code: str
) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setitem(app.view_functions, "api_lookups.me", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = new_client(sara).get("/api/v1/me")
    is_problem(answer, status, code)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert is_transient(error) == (status == 503)


def test_it_speaks_the_readers_language(app: Flask, new_client, sara) -> None:
    from crm.database import db
    from crm.users.models import User

    db.session.get(User, sara.id).language = "fa"
    db.session.commit()
    said = new_client(sara).get("/api/v1/nothing-here").json["error"]["message"]
    assert not said.isascii()
