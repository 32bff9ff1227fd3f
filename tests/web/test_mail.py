"""The admin's pages of e-mail: settings that keep secrets, a test in plain words, previews."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from crm import installation
from crm.database import db
from crm.mail.models import MailAutomation, MailSettings
from crm.mail.seals import open_password
from crm.mail.settings import read_settings
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_lead, a_letter, labelled
from tests.mail import servers
from tests.mail.conftest import settings_for

NewClient = Callable[..., FlaskClient]
HOME = "/administration/mail"


@pytest.fixture
def phone(new_client: NewClient, admin: Viewer) -> FlaskClient:
    return new_client(admin)


@pytest.fixture
def post() -> Iterator[servers.Post]:
    with servers.post_office() as desk:
        yield desk


def settings() -> MailSettings:
    db.session.expire_all()
    return read_settings()


def test_a_password_is_kept_sealed_and_never_shown(phone: FlaskClient) -> None:
    typed = settings_for(25, smtp_user="sales", smtp_password="open sesame")
    assert phone.post(HOME, data=typed).status_code == 303
    page = phone.get(HOME).text
    assert 'value="sales"' in page
    assert "open sesame" not in page
    kept = settings().smtp_password or ""
    assert "sesame" not in kept
    assert open_password(kept) == "open sesame"
    changed = text("SELECT data FROM timeline_entry WHERE kind = 'mail.settings_changed'")
    assert "sesame" not in str(db.session.execute(changed).all())
    before = installation.secret()
    installation.configure("another installation", "")
    try:
        assert open_password(kept) is None
    finally:
        installation.configure(before, "")


def test_an_empty_password_keeps_the_old_one_but_not_for_another_server(phone: FlaskClient) -> None:
    typed = settings_for(25, smtp_user="sales", smtp_password="open sesame")
    phone.post(HOME, data=typed)
    assert phone.post(HOME, data=typed | {"smtp_password": ""}).status_code == 303
    assert open_password(settings().smtp_password) == "open sesame"
    stolen = typed | {"smtp_password": "", "smtp_host": "evil.example"}
    answer = phone.post(HOME, data=stolen)
    assert answer.status_code == 422
    assert "Type the password again" in answer.text
    assert settings().smtp_host == servers.HOST


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"is_inside": "off"}, "smtp_tls"),
        ({"smtp_host": "http://mail.example.com"}, "smtp_host"),
        ({"smtp_host": "mail.example.com evil"}, "smtp_host"),
        ({"smtp_port": "70000"}, "smtp_port"),
        ({"from_address": ""}, "from_address"),
        ({"from_address": "a@b.example\r\nBcc: c@d.example"}, "from_address"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"rate_per_minute": "0"}, "rate_per_minute"),
        ({"imap_host": "mail.example.com", "imap_user": ""}, "imap_user"),
    ],
)
def test_bad_settings_are_said_at_their_field_and_kept_as_typed(
    phone: FlaskClient, typed: dict[str, str], field: str
) -> None:
    answer = phone.post(HOME, data=settings_for(25) | {"from_name": "As typed"} | typed)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert "As typed" in answer.text
    assert settings().smtp_host is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"smtp_user": "x", "smtp_password": "wrong"}, "did not take the user and the password"),
        ({"smtp_port": "1"}, "takes nothing on port 1"),
        ({"smtp_tls": "starttls"}, "does not speak this kind of encryption"),
        ({"smtp_host": "nowhere.invalid"}, "No server is called nowhere.invalid"),
        ({"is_inside": "off", "smtp_tls": "tls"}, "stands in no public network"),
    ],
)
def test_a_test_says_in_plain_words_what_is_wrong(
    phone: FlaskClient, post: servers.Post, change: dict[str, str], said: str
) -> None:
    assert phone.post(HOME, data=settings_for(post.port) | change).status_code == 303
    answer = phone.post(f"{HOME}/test", data={"to": "ada@example.com"})
    if said:
        assert answer.status_code == 422
        assert said in answer.text.replace("&#39;", "'")
        assert 'value="ada@example.com"' in answer.text
        assert post.letters == []
    else:
        assert answer.status_code == 303
        assert post.envelopes == [("sales@example.com", "ada@example.com")]


def test_a_certificate_that_nobody_vouches_for_is_told(
    phone: FlaskClient, tmp_path: object, app: Flask
) -> None:
    file = servers.certificate(tmp_path)  # type: ignore[arg-type]
    with servers.post_office(certificate=file, is_tls=True) as post:
        phone.post(HOME, data=settings_for(post.port, smtp_tls="tls"))
        answer = phone.post(f"{HOME}/test", data={"to": "ada@example.com"})
        assert "The certificate of 127.0.0.1 is not valid" in answer.text
        assert post.letters == []


def test_the_page_says_what_is_wrong_with_the_server_now(phone: FlaskClient) -> None:
    assert "BASE_URL" in phone.get(HOME).text
    phone.post(HOME, data=settings_for(25))
    row, row_at = settings(), a_letter().created_at
    row.last_error, row.last_error_at, row.last_error_detail = "password", row_at, "535 <b>no"
    db.session.commit()
    page = phone.get(HOME).text
    assert "did not take the user and the password" in page
    assert "535 &lt;b&gt;no" in page


def test_the_outbox_says_what_became_of_each_letter(phone: FlaskClient) -> None:
    assert "Nothing was sent yet" in phone.get(f"{HOME}/outbox").text
    a_letter(status="bounced", reason="bounced", detail="550 <i>no", to_name="<b>Reza")
    page = phone.get(f"{HOME}/outbox").text
    for said in ("Came back", "E-mail to this address came back.", "550 &lt;i&gt;no", "&lt;b&gt;R"):
        assert said in page


def test_a_template_with_an_unknown_field_is_refused_at_its_field(phone: FlaskClient) -> None:
    at = f"{HOME}/templates/welcome"
    assert "Thank you for your message" in phone.get(at).text
    words = {"subject_en": "Hi", "body_en": "Hi {nmae}", "subject_fa": "سلام", "body_fa": "سلام"}
    answer = phone.post(at, data=words)
    assert answer.status_code == 422
    assert "There is no field {nmae}." in answer.text
    assert 'id="f-body_en-error"' in answer.text
    assert phone.post(at, data=words | {"body_en": "Hi {name}"}).status_code == 303
    assert "Back to the words that ship" in phone.get(at).text
    assert phone.post(f"{at}/restoration").status_code == 303
    assert "Thank you for your message" in phone.get(at).text
    assert phone.get(f"{HOME}/templates/other").status_code == 404


def test_an_automation_is_switched_on_from_the_page_that_showed_real_records(
    phone: FlaskClient, sara: Viewer, clock: MovableClock
) -> None:
    at = "/administration/automations/welcome"
    page = phone.get(at).text
    assert "Nobody yet that it is about" in page
    assert 'name="seal"' not in page
    assert phone.post(f"{at}/on").status_code == 422
    a_lead(sara, "<b>Reza", emails=labelled("reza@example.com"), consent_at=clock.now())
    page = phone.get(at).text
    assert "&lt;b&gt;Reza" in page
    assert "reza@example.com" in page
    seal = page.partition('name="seal" value="')[2].partition('"')[0]
    assert phone.post(f"{at}/on", data={"seal": seal}).status_code == 303
    assert db.session.scalars(select(MailAutomation)).one().is_on
    assert "On since" in phone.get(at).text
    assert phone.post(f"{at}/off").status_code == 303
    db.session.expire_all()
    assert not db.session.scalars(select(MailAutomation)).one().is_on
