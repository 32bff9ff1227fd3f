"""The doctor signs in to the mail server, as sending would, and says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from crm import installation
from crm.cli.doctor_mail import mail
from crm.mail.settings import update_settings
from crm.users.viewer import Viewer
from tests.mail import servers
from tests.mail.conftest import settings_for


@pytest.fixture
def address() -> Iterator[None]:
    secret = installation.secret()
    installation.configure(secret, "https://crm.example.com")
    yield
    installation.configure(secret, "")


def said() -> list[tuple[bool, str]]:
    return [(finding.is_well, finding.said) for finding in mail({})]


def test_it_says_whether_letters_can_go_out(app: Flask, admin: Viewer, address: None) -> None:
    assert said() == [(True, "No mail server is set: Hamrah sends no e-mail")]
    with servers.post_office() as post:
        update_settings(admin, settings_for(post.port))
        assert said() == [(True, f"The mail server 127.0.0.1:{post.port} answers and knows us")]
        wrong = settings_for(post.port, smtp_user="x", smtp_password="wrong")
        update_settings(admin, wrong)
        ((is_well, words),) = said()
        assert not is_well
        assert "did not take the user and the password" in words


def test_letters_wait_where_nobody_said_the_address(app: Flask, admin: Viewer) -> None:
    with servers.post_office() as post:
        update_settings(admin, settings_for(post.port))
        assert said()[0] == (False, "E-mail waits: set BASE_URL, which stands in every letter")
