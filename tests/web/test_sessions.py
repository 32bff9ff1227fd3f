"""Signing in and out, and the form that a lost session gives back."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from crm import clock as product_clock
from crm.database import db
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from crm.web.security import safe_path
from tests.people import COOKIE, PASSWORD, email

NewClient = Callable[..., FlaskClient]


def credentials(person: Viewer, **more: str) -> dict[str, str]:
    return {"name": email(person), "password": PASSWORD, **more}


def token_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def end_sessions() -> None:
    db.session.execute(update(UserSession).values(revoked_at=product_clock.now()))
    db.session.commit()


def kept_in(page: str) -> str:
    return unescape(re.search(r'name="kept" value="([^"]*)"', page)[1])  # type: ignore[index]


def test_a_page_without_a_session_leads_to_sign_in_and_back(
    client: FlaskClient, sara: Viewer
) -> None:
    answer = client.get("/settings?q=سارا")
    assert answer.status_code == 303
    assert (
        answer.location == "/sign-in?next=/settings%3Fq%3D%25D8%25B3%25D8%25A7%25D8%25B1%25D8%25A7"
    )
    page = client.get(answer.location).text
    target = unescape(re.search(r'name="next" value="([^"]*)"', page)[1])  # type: ignore[index]
    answer = client.post("/sign-in", data=credentials(sara, next=target))
    assert (answer.status_code, answer.location) == (303, target)
    assert client.get("/settings").status_code == 200


def test_whoever_is_unknown_or_wrong_hears_the_same(client: FlaskClient, sara: Viewer) -> None:
    pages = set()
    for name, password in ((email(sara), "wrong"), ("nobody@example.com", PASSWORD)):
        answer = client.post("/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 422
        assert password not in answer.text
        assert f'value="{name}"' in answer.text
        pages.add(answer.text.replace(name, ""))
    assert len(pages) == 1


def test_guessing_is_stopped_for_a_while_and_said_on_the_page(
    client: FlaskClient, sara: Viewer, clock: object
) -> None:
    for _try in range(10):
        assert (
            client.post("/sign-in", data=credentials(sara) | {"password": "x"}).status_code == 422
        )
    answer = client.post("/sign-in", data=credentials(sara))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "<form" in answer.text
    clock.move(minutes=15, seconds=1)  # type: ignore[attr-defined]
    assert client.post("/sign-in", data=credentials(sara)).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/ok\n//evil",
        " /today",
        "\\/evil.example",
        "/%09/evil.example\x00",
    ],
)
def test_next_leads_nowhere_else(client: FlaskClient, sara: Viewer, target: str) -> None:
    assert safe_path(target) == "/today"
    if "\x00" not in target:
        answer = client.post("/sign-in", data=credentials(sara, next=target))
        assert answer.location == "/today"


def test_a_session_from_before_signing_in_or_after_signing_out_is_worth_nothing(
    client: FlaskClient, new_client: NewClient, sara: Viewer
) -> None:
    client.post("/sign-in", data=credentials(sara))
    first = token_of(client)
    client.post("/sign-in", data=credentials(sara))
    second = token_of(client)
    assert first != second
    answer = client.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    for token in (first, second):
        replay = new_client()
        replay.set_cookie(COOKIE, token)
        assert replay.get("/settings").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    client: FlaskClient, sara: Viewer
) -> None:
    answer = client.post("/sign-in", data=credentials(sara))
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    secure = client.post("/sign-in", data=credentials(sara), base_url="https://localhost")
    assert any(
        cookie.startswith("__Host-session=") and "Secure" in cookie and "Path=/" in cookie
        for cookie in secure.headers.getlist("Set-Cookie")
    )


def test_htmx_without_a_session_is_sent_to_sign_in(client: FlaskClient) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "Referer": "http://localhost/people?tab=leads",
    }
    for method in ("GET", "POST"):
        answer = client.open("/settings", method=method, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == "/sign-in?next=/people%3Ftab%3Dleads"


def test_a_lost_form_is_given_back_to_who_wrote_it(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    end_sessions()
    typed = {"name": 'Sara <b>"A"</b>', "note": "خط یک\nline two", "language": "fa"}
    lost = phone.post("/settings?from=home", data=typed)
    assert lost.status_code == 401
    page = phone.post("/sign-in", data=credentials(sara, kept=kept_in(lost.text)))
    assert page.status_code == 200
    assert 'action="/settings?from=home"' in page.text
    assert "<b>" not in page.text.replace("<b>Sara", "")
    for name, value in typed.items():
        hidden = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', page.text)
        assert hidden is not None
        assert unescape(hidden[1]) == value
    assert phone.get("/settings").status_code == 200


def test_a_lost_form_is_shown_to_nobody_else(
    new_client: NewClient, sara: Viewer, omid: Viewer
) -> None:
    phone = new_client(sara)
    end_sessions()
    lost = phone.post("/settings", data={"name": "CANARY"})
    page = phone.post("/sign-in", data=credentials(omid, kept=kept_in(lost.text)))
    assert "CANARY" not in page.text
    assert "Somebody else was writing here" in page.text
    assert 'action="/settings"' not in page.text


def test_a_form_lost_after_signing_out_still_knows_its_writer(
    client: FlaskClient, sara: Viewer
) -> None:
    client.post("/sign-in", data=credentials(sara))
    client.post("/sign-out")
    lost = client.post("/settings", data={"name": "Typed before"})
    page = client.post("/sign-in", data=credentials(sara, kept=kept_in(lost.text)))
    assert 'value="Typed before"' in page.text


@pytest.mark.parametrize(
    "data", [{"old_password": "secret words", "password": "x"}, {"token": "secret words"}, {}]
)
def test_secrets_are_never_kept(new_client: NewClient, sara: Viewer, data: dict[str, str]) -> None:
    phone = new_client(sara)
    end_sessions()
    lost = phone.post("/settings/password", data=data)
    assert lost.status_code == 401
    assert 'name="kept"' not in lost.text
    assert "secret words" not in lost.text


def test_nobodys_form_is_not_kept(client: FlaskClient) -> None:
    assert 'name="kept"' not in client.post("/settings", data={"name": "x"}).text


@pytest.mark.parametrize("kept", ["rubbish", '{"action": "//evil", "fields": []}', "a.b.c"])
def test_a_kept_form_that_is_not_ours_is_dropped(
    client: FlaskClient, sara: Viewer, kept: str
) -> None:
    answer = client.post("/sign-in", data=credentials(sara, kept=kept))
    assert (answer.status_code, answer.location) == (303, "/today")


def test_a_write_keeps_the_session_alive_and_a_read_writes_nothing(
    app: Flask, new_client: NewClient, sara: Viewer, clock: object
) -> None:
    phone = new_client(sara)
    before = db.session.query(UserSession.expires_at).scalar()
    clock.move(hours=2)  # type: ignore[attr-defined]
    phone.get("/settings")
    assert db.session.query(UserSession.expires_at).scalar() == before
    phone.post("/settings/devices/sign-out")
    assert db.session.query(UserSession.expires_at).scalar() > before


def test_the_sign_in_page_speaks_the_language_asked_for(client: FlaskClient) -> None:
    assert '<html lang="fa" dir="rtl"' in client.get("/sign-in?language=fa").text
    assert '<html lang="en"' in client.get("/sign-in?language=de").text
