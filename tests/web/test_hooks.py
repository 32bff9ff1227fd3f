"""Incoming leads under Administration: made, shown once, renewed, switched off, looked through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.database import db
from crm.hooks.models import Hook
from crm.hooks.presets import PRESETS
from crm.users.viewer import Viewer
from crm.web.administration.hook_steps import STEPS
from tests.authorisation.rules import CROSS_SITE_ALLOWED
from tests.hooks.senders import THEIRS, Sender, a_sender

NewClient = Callable[..., FlaskClient]
HOME = "/administration/hooks"


def shown(answer: Any) -> str:
    """Return the value that the page shows first to be copied."""
    return str(answer.get_data(as_text=True).split('readonly value="')[1].split('"')[0])


@pytest.mark.mission(2)
def test_an_address_is_made_and_its_secret_shown_once(
    new_client: NewClient, client: FlaskClient, admin: Viewer
) -> None:
    phone = new_client(admin)
    assert "Nobody sends leads yet" in phone.get(HOME).text
    assert f"{HOME}/new?preset=own" in phone.get(f"{HOME}/new").text
    made = phone.post(HOME, data={"preset": "own", "name": "Our site", "source": "Website"})
    assert made.status_code == 303
    first = phone.get(made.location)
    hook = db.session.scalars(select(Hook)).one()
    sender = Sender("own", hook.id, hook.slug, shown(first))
    lead = sender.send(client, {"name": "Neda <b>Amiri"}).json["results"][0]["lead_id"]
    sender.send(client, {"name": ""})
    page = phone.get(made.location).get_data(as_text=True)
    assert sender.secret not in page
    assert f"Ends in {sender.secret[-4:]}" in page
    assert f"http://localhost/hooks/{hook.slug}" in page
    assert f"/leads/{lead}" in page
    assert "Neda &lt;b&gt;Amiri" in page
    assert "Not valid: Name" in page
    listed = phone.get(HOME).get_data(as_text=True)
    assert "Our site" in listed
    assert "Taken: 1 · Refused: 1" in listed


@pytest.mark.parametrize("preset", PRESETS)
def test_each_sender_has_three_lines_on_what_to_do_there(
    new_client: NewClient, admin: Viewer, preset: str
) -> None:
    sender = a_sender(preset)
    page = new_client(admin).get(f"{HOME}/{sender.hook_id}").get_data(as_text=True)
    assert len(STEPS[preset]) == 3
    assert STEPS[preset][0] in page
    assert ("Verify token" in page) == (preset == "meta")
    assert sender.secret not in page


def test_a_list_shows_its_whole_address_once(new_client: NewClient, admin: Viewer) -> None:
    phone = new_client(admin)
    made = phone.post(HOME, data={"preset": "mailchimp", "name": "Letter"})
    whole = shown(phone.get(made.location))
    assert phone.get(whole).json == {"ready": True}
    assert shown(phone.get(made.location)) == whole.rpartition("/")[0] + "/…"


def test_a_secret_that_the_sender_made_is_asked_for(new_client: NewClient, admin: Viewer) -> None:
    phone = new_client(admin)
    said = {"preset": "shopify", "name": "Shop"}
    for secret in ({}, {"secret": "short"}):
        answer = phone.post(HOME, data=said | secret)
        assert answer.status_code == 422
        assert "it has 16 characters or more" in answer.text
        assert 'value="Shop"' in answer.text
    made = phone.post(HOME, data=said | {"secret": THEIRS})
    assert THEIRS not in phone.get(made.location).text
    again = phone.post(f"{made.location}/secrets", data={})
    assert again.status_code == 422
    assert phone.post(f"{made.location}/secrets", data={"secret": THEIRS * 2}).status_code == 303


@pytest.mark.parametrize("said", [{}, {"preset": "x"}, {"preset": "own"}])
def test_what_is_missing_is_asked_for(
    new_client: NewClient, admin: Viewer, said: dict[str, str]
) -> None:
    assert new_client(admin).post(HOME, data=said).status_code == 422


def test_a_secret_is_renewed_in_two_taps(
    new_client: NewClient, client: FlaskClient, admin: Viewer
) -> None:
    phone, old = new_client(admin), a_sender()
    page = f"{HOME}/{old.hook_id}"
    phone.post(f"{page}/secrets")
    body = phone.get(page).get_data(as_text=True)
    new = Sender("own", old.hook_id, old.slug, body.split('readonly value="')[1].split('"')[0])
    retire = [part.split('"')[0] for part in body.split('action="')[1:] if "/retirement" in part]
    assert len(retire) == 2
    assert phone.post(f"{page}/secrets").status_code == 409
    assert phone.post(retire[0]).status_code == 303
    sent = [one.send(client, {"name": "A"}).status_code for one in (old, new)]
    assert sent == [401, 200]
    assert phone.post(retire[0]).status_code == 404
    assert phone.post(retire[1]).status_code == 409
    assert "1 message was not signed rightly" in phone.get(page).text


def test_a_source_is_changed_and_switched_off_and_on(
    new_client: NewClient, client: FlaskClient, admin: Viewer
) -> None:
    phone, sender = new_client(admin), a_sender()
    page = f"{HOME}/{sender.hook_id}"
    assert 'value="A own"' in phone.get(f"{page}/edit").text
    assert phone.post(page, data={"name": ""}).status_code == 422
    assert phone.post(page, data={"name": "Site", "source": "Web"}).status_code == 303
    phone.post(f"{page}/deactivation")
    assert "Switch on" in phone.get(page).text
    assert sender.send(client, {"name": "A"}).status_code == 404
    phone.post(f"{page}/activation")
    assert sender.send(client, {"name": "A"}).json["verdict"] == "taken"


def test_writes_from_other_sites_are_those_that_are_named(app: Flask) -> None:
    marked = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, "takes_other_sites", False)
    }
    assert marked == CROSS_SITE_ALLOWED


def test_no_value_of_a_lead_stands_in_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    sender = a_sender()
    with caplog.at_level("DEBUG"):
        sender.send(client, {"name": "Canary", "phones": ["09121234567"], "amount": "Canary"})
        sender.send(client, b"Canary", headers={"Content-Type": "text/plain"})
        client.post(sender.address, json={"name": "Canary"})
    for secret in ("Canary", "9121234567", sender.secret):
        assert secret not in caplog.text
