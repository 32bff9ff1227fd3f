"""To whom a letter is handed: a server whose certificate holds, in a network that may be asked."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from flask import Flask

from crm.database import db
from crm.mail.models import MailMessage
from crm.mail.sending import send_waiting
from crm.mail.settings import read_settings, update_settings
from crm.users.viewer import Viewer
from tests.factories import a_letter
from tests.mail import servers
from tests.mail.conftest import settings_for


def trouble() -> str | None:
    db.session.expire_all()
    return read_settings().last_error


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    app: Flask, admin: Viewer, hamrah: Viewer, address: str, tmp_path: Path, tls: str
) -> None:
    file = servers.certificate(tmp_path)
    with servers.post_office(certificate=file, is_tls=tls == "tls") as post:
        update_settings(admin, settings_for(post.port, smtp_tls=tls))
        sent = a_letter()
        send_waiting(hamrah)
        assert (trouble(), post.letters) == ("certificate", [])
        update_settings(admin, settings_for(post.port, smtp_tls=tls))
        context = ssl.create_default_context(cafile=file)
        db.session.get_one(MailMessage, sent.id).next_at = sent.created_at
        db.session.commit()
        assert send_waiting(hamrah, context=context) == 1


def test_a_certificate_for_another_name_is_refused(
    app: Flask, admin: Viewer, hamrah: Viewer, address: str, tmp_path: Path
) -> None:
    file = servers.certificate(tmp_path, "other.example")
    context = ssl.create_default_context(cafile=file)
    with servers.post_office(certificate=file) as post:
        update_settings(admin, settings_for(post.port, smtp_tls="starttls"))
        a_letter()
        send_waiting(hamrah, context=context)
        assert (trouble(), post.letters) == ("certificate", [])


def test_a_server_that_offers_no_encryption_gets_no_letter(
    mail: servers.Post, admin: Viewer, hamrah: Viewer
) -> None:
    update_settings(admin, settings_for(mail.port, smtp_tls="starttls"))
    a_letter()
    send_waiting(hamrah)
    assert (trouble(), mail.letters) == ("encryption", [])


def test_a_loopback_server_is_spoken_to_only_when_an_admin_says_it_is_inside(
    mail: servers.Post, admin: Viewer, hamrah: Viewer
) -> None:
    update_settings(admin, settings_for(mail.port, smtp_tls="starttls") | {"is_inside": "off"})
    a_letter()
    send_waiting(hamrah)
    assert (trouble(), mail.calls) == ("not_public", 0)
