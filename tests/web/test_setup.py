"""The first page, the way in by a one-time link, and `flask users`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.database import db
from crm.setup.commands import setup_token
from crm.users.links import make_link
from crm.users.models import User
from crm.users.viewer import Viewer
from tests.conftest import Client
from tests.people import email

NewClient = Callable[..., FlaskClient]
FORM = {
    "language": "fa",
    "company": "بازرگانی نمونه",
    "name": "آدا",
    "login": "ada@example.com",
    "password": "a good long one",
    "timezone": "Asia/Tehran",
    "calendar": "jalali",
    "currency": "IRT",
}
CHOSEN = {"password": "a good long one", "language": "en"}


@pytest.fixture
def nobody(empty_app: Flask) -> FlaskClient:
    """A phone before set-up."""
    empty_app.test_client_class = Client
    return empty_app.test_client()


def address(app: Flask, **more: str) -> str:
    query = {"token": setup_token(app.config["DATA_DIR"], app.config["SECRET_KEY"]), **more}
    return "/setup?" + "&".join(f"{k}={v}" for k, v in query.items())


@pytest.mark.mission(147, 148)
def test_one_form_brings_the_admin_to_his_own_day(empty_app: Flask, nobody: FlaskClient) -> None:
    page = nobody.get(address(empty_app, language="fa")).text
    assert '<html lang="fa" dir="rtl"' in page
    assert '<option value="Asia/Tehran" selected>' in page
    assert '<option value="IRT" selected>' in page
    answer = nobody.post(address(empty_app, language="fa"), data=FORM)
    assert (answer.status_code, answer.location) == (303, "/today")
    assert nobody.get("/administration").status_code == 200
    assert nobody.get(address(empty_app)).status_code == 404, "once there is a company"
    assert nobody.post(address(empty_app), data=FORM).status_code == 404


def test_sample_data_comes_with_a_tick(empty_app: Flask, nobody: FlaskClient) -> None:
    pytest.importorskip("crm.sample.commands")
    nobody.post(address(empty_app), data=FORM | {"with_sample": "on"})
    assert db.session.query(User).filter(User.is_sample).count() > 0


def test_without_the_servers_link_there_is_no_set_up(nobody: FlaskClient) -> None:
    for wrong in ("/setup", "/setup?token=", "/setup?token=" + "0" * 32, "/setup?token=é"):
        assert nobody.get(wrong).status_code == 404
        assert nobody.post(wrong, data=FORM).status_code == 404
    assert "not set up yet" in nobody.get("/sign-in").text


def test_what_was_typed_stays_and_the_language_too(empty_app: Flask, nobody: FlaskClient) -> None:
    answer = nobody.post(address(empty_app, language="fa"), data=FORM | {"password": "tooshor"})
    assert answer.status_code == 422
    assert '<html lang="fa"' in answer.text
    assert "بازرگانی نمونه" in answer.text
    assert 'aria-describedby="f-password-hint f-password-error"' in answer.text
    assert "tooshor" not in answer.text


def test_an_invited_person_joins_in_one_form_and_once(
    new_client: NewClient, client: FlaskClient, admin: Viewer
) -> None:
    desk = new_client(admin)
    form = {"name": "Mina Sadri", "login": "mina@example.com", "role": "rep", "team_id": ""}
    answer = desk.post("/administration/users", data=form)
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    link = page.split('readonly value="')[1].split('"')[0]
    assert link.startswith("http://localhost/join/")
    assert "/join/" not in desk.get(answer.location).text, "shown once"
    path = urlsplit(link).path
    assert "mina@example.com" in client.get(path).text
    assert client.post(path, data=CHOSEN | {"password": "short"}).status_code == 422
    assert client.post(path, data=CHOSEN).location == "/today"
    assert client.get("/settings").status_code == 200
    for method in ("GET", "POST"):
        assert new_client().open(path, method=method, data=CHOSEN).status_code == 410


def test_a_made_up_link_is_not_there(client: FlaskClient) -> None:
    assert client.get("/join/" + "x" * 43).status_code == 404
    assert client.post("/join/x", data=CHOSEN).status_code == 404


def test_links_are_built_from_the_address_that_was_configured(
    app: Flask, new_client: NewClient, admin: Viewer, sara: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BASE_URL", "https://crm.example.com/")
    desk = new_client(admin)
    page = desk.get(desk.post(f"/administration/users/{sara.id}/link").location).text
    assert 'value="https://crm.example.com/join/' in page
    assert "localhost" not in page


def test_another_host_name_is_refused_where_the_own_ones_are_known(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["localhost"])
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/sign-in").status_code == 200


def test_a_reset_signs_every_other_device_out(
    new_client: NewClient, client: FlaskClient, admin: Viewer, sara: Viewer
) -> None:
    phone = new_client(sara)
    _purpose, token = make_link(admin, sara.id)
    assert client.post(f"/join/{token}", data=CHOSEN).status_code == 303
    assert phone.get("/settings").status_code == 303


def test_flask_users_helps_a_locked_out_admin(
    app: Flask, client: FlaskClient, sara: Viewer
) -> None:
    run = app.test_cli_runner().invoke
    listed = run(args=["users", "list"]).output
    assert f"Sara Ahmadi\t{email(sara)}\trep\tNorth\tactive" in listed
    assert "is an admin now" in run(args=["users", "make-admin", email(sara)]).output
    link = run(args=["users", "reset", email(sara)]).output.splitlines()[0]
    assert client.post(urlsplit(link).path, data=CHOSEN).status_code == 303
    assert client.get("/administration").status_code == 200
    invited = run(args=["users", "invite", "Mina", "mina@example.com", "--role", "manager"])
    assert "/join/" in invited.output
    assert "can sign in again" in run(args=["users", "activate", email(sara)]).output


@pytest.mark.parametrize(
    "arguments",
    [
        ["reset", "nobody@example.com"],
        ["invite", "X", "sara@example.com"],
        ["invite", "X", "not-an-address"],
    ],
)
def test_flask_users_says_in_a_line_what_is_wrong(app: Flask, arguments: list[str]) -> None:
    result = app.test_cli_runner().invoke(args=["users", *arguments])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")


def test_flask_users_needs_a_company(empty_app: Flask) -> None:
    result = empty_app.test_cli_runner().invoke(args=["users", "list"])
    assert "not set up yet" in result.output
