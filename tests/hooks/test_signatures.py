"""Only who knows the secret is heard, only now, and only once."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.database import db
from crm.hooks.commands import add_secret, retire_secret, switch_hook
from crm.hooks.models import Hook, HookDelivery, HookSecret
from crm.hooks.queries import secrets_of
from crm.leads.models import Lead, Touch
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.hooks.senders import Sender, a_sender, safe

NewClient = Callable[..., FlaskClient]
NEDA = {"name": "Neda Amiri", "phones": ["09121234567"], "signals": [{"signal": "quote"}]}
SIGNED = ("own", "meta", "woocommerce", "shopify", "klaviyo")


def rows() -> list[int]:
    """Return how many rows there are of everything that a message may write."""
    db.session.rollback()
    tables = (Lead, Touch, HookDelivery, TimelineEntry)
    return [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]


@pytest.mark.mission(2, 3)
def test_what_is_rightly_signed_is_a_lead(client: FlaskClient) -> None:
    answer = a_sender().send(client, NEDA)
    assert (answer.status_code, answer.json["verdict"]) == (200, "taken")
    lead = db.session.get_one(Lead, answer.json["results"][0]["lead_id"])
    assert (lead.name, lead.source, lead.owner_id) == ("Neda Amiri", "A own", None)
    assert lead.score == 30


@pytest.mark.parametrize("preset", SIGNED)
@pytest.mark.parametrize("fault", ["none", "other", "changed", "written anew", "not ASCII"])
def test_a_forged_message_changes_nothing_but_a_count(
    client: FlaskClient, preset: str, fault: str
) -> None:
    sender = a_sender(preset)
    before, body = rows(), json.dumps(NEDA).encode()
    headers = sender.headers(body)
    if fault == "none":
        headers = {}
    elif fault == "other":
        headers = Sender(preset, "", "", "another secret").headers(body)
    elif fault == "changed":
        body = body.replace(b"Neda", b"Nada")
    elif fault == "written anew":
        body = json.dumps(json.loads(body), separators=(",", ":")).encode()
    else:
        headers = {name: value + "é" for name, value in headers.items()}
    headers["Content-Type"] = "application/json"
    answer = client.post(sender.address, data=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "bad_signature")
    assert rows() == before
    assert db.session.get_one(Hook, sender.hook_id).forged == 1


@pytest.mark.parametrize("preset", ["own", "klaviyo"])
@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
def test_an_old_message_and_one_from_the_future_are_refused(
    client: FlaskClient, preset: str, seconds: int, status: int
) -> None:
    assert a_sender(preset).send(client, NEDA, seconds=seconds).status_code == status


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "٠" * 10, "9" * 12, "-5", "2026-13-01"])
def test_a_time_that_cannot_be_read_is_no_time(client: FlaskClient, stamp: str) -> None:
    answer = a_sender().send(client, NEDA, headers={"X-Hamrah-Timestamp": stamp})
    assert answer.status_code == 401


def test_klaviyo_may_write_its_time_as_a_date(client: FlaskClient) -> None:
    sender = a_sender("klaviyo")
    for stamp in ("2026-11-24T07:15:30+00:00", "Tue, 24 Nov 2026 07:15:30 GMT"):
        mac = hmac.digest(sender.secret.encode(), b"{}" + stamp.encode(), "sha256").hex()
        headers = {"Klaviyo-Timestamp": stamp, "Klaviyo-Signature": mac}
        assert sender.send(client, b"{}", headers=headers).status_code == 200


@pytest.mark.parametrize("preset", SIGNED)
def test_a_message_that_comes_again_changes_nothing_whatever_its_id(
    client: FlaskClient, preset: str
) -> None:
    """The id beside the message is not signed: who replays it may write another one there."""
    sender = a_sender(preset)
    sender.send(client, NEDA, event="first")
    before = rows()
    for event in ("first", "second", ""):
        answer = sender.send(client, NEDA, event=event)
        assert (answer.status_code, answer.json["verdict"]) == (200, "duplicate")
    assert rows() == before


def test_one_id_is_one_message_also_when_it_is_signed_later(
    client: FlaskClient, clock: MovableClock
) -> None:
    sender = a_sender()
    sender.send(client, NEDA, event="order-1")
    before = rows()
    clock.move(days=400)
    again = sender.send(client, {"name": "Somebody else"}, event="order-1")
    assert again.json == {"verdict": "duplicate", "results": [{"verdict": "duplicate"}]}
    assert rows() == before


def test_what_klaviyo_sends_once_more_with_the_time_of_now_counts_once(
    client: FlaskClient, clock: MovableClock
) -> None:
    sender = a_sender("klaviyo")
    said = {"type": "profile", "attributes": {"email": "neda@example.com"}}
    assert sender.send(client, said).json["verdict"] == "taken"
    before = rows()
    for minutes in (1, 60):
        clock.move(minutes=minutes)
        assert sender.send(client, said).json["verdict"] == "duplicate"
    assert rows() == before


def test_one_id_at_two_hooks_is_two_messages(client: FlaskClient) -> None:
    answers = [a_sender().send(client, NEDA, event="1").json["verdict"] for _time in range(2)]
    assert answers == ["taken", "taken"]


def test_a_hundred_replays_at_once_are_one_row(app: Flask, new_client: NewClient) -> None:
    sender, body = a_sender(), json.dumps(NEDA).encode()
    headers = sender.headers(body, "one") | {"Content-Type": "application/json"}
    clients = [new_client() for _each in range(100)]

    def send(one: FlaskClient) -> Any:
        with app.app_context():
            return one.post(sender.address, data=body, headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, clients))
    said = [answer.json["verdict"] for answer in answers if answer.status_code == 200]
    assert sorted(said) == ["duplicate"] * 99 + ["taken"]
    assert rows()[:3] == [1, 1, 1]


def test_a_hundred_messages_about_one_order_at_once_are_one_purchase(
    app: Flask, new_client: NewClient
) -> None:
    sender = a_sender("woocommerce")
    order = {"id": 7, "number": "7", "order_key": "x", "billing": {"email": "a@example.com"}}
    clients = [new_client() for _each in range(20)]

    def send(n: int) -> Any:
        with app.app_context():
            return sender.send(clients[n], order | {"note": n})

    with ThreadPoolExecutor(10) as pool:
        said = [answer.json["verdict"] for answer in pool.map(send, range(20))]
    assert said == ["taken"] * 20
    assert rows()[:3] == [1, 1, 20]


def test_two_secrets_are_good_until_the_old_one_is_retired(
    client: FlaskClient, admin: Viewer
) -> None:
    old = a_sender()
    new = Sender("own", old.hook_id, old.slug, add_secret(admin, old.hook_id, {}, safe()))
    assert [one.send(client, NEDA).status_code for one in (old, new)] == [200, 200]
    retire_secret(admin, old.hook_id, secrets_of(admin, old.hook_id)[0].id)
    assert [one.send(client, NEDA).status_code for one in (old, new)] == [401, 200]


def test_a_secret_lies_sealed_in_the_database_and_goes_when_it_is_retired(
    app: Flask, admin: Viewer
) -> None:
    sender = a_sender()
    kept = db.session.scalars(select(HookSecret)).one()
    assert sender.secret not in kept.sealed
    assert kept.last4 == sender.secret[-4:]
    assert safe().open(kept.sealed) == sender.secret
    add_secret(admin, sender.hook_id, {}, safe())
    retire_secret(admin, sender.hook_id, kept.id)
    assert db.session.get_one(HookSecret, kept.id).sealed == ""


def test_an_address_alone_and_one_that_is_off_are_nothing(
    client: FlaskClient, admin: Viewer
) -> None:
    sender = a_sender()
    assert client.post("/hooks/nobody", json=NEDA).status_code == 404
    switch_hook(admin, sender.hook_id, is_active=False)
    assert sender.send(client, NEDA).status_code == 404
    switch_hook(admin, sender.hook_id, is_active=True)
    assert sender.send(client, NEDA).status_code == 200


def test_a_flood_is_told_to_wait_and_costs_no_write(
    client: FlaskClient, clock: MovableClock
) -> None:
    sender = a_sender()
    said = [client.post(sender.address, json={}).status_code for _each in range(70)]
    assert said == [401] * 60 + [429] * 10
    assert db.session.get_one(Hook, sender.hook_id).forged == 60
    assert sender.send(client, NEDA).status_code == 200, "who signs rightly is not held up by it"
    clock.move(minutes=1)
    assert client.post(sender.address, json={}).status_code == 401


def test_who_signs_rightly_may_not_flood_either(client: FlaskClient) -> None:
    sender = a_sender()
    body = json.dumps(NEDA).encode()
    headers = sender.headers(body, "one") | {"Content-Type": "application/json"}
    said = [client.post(sender.address, data=body, headers=headers) for _each in range(601)]
    assert [answer.status_code for answer in said[-2:]] == [200, 429]
    assert said[-1].headers["Retry-After"] == "60"


def test_more_than_256_kilobytes_are_not_read(client: FlaskClient) -> None:
    sender = a_sender()
    for kind in ("application/json", "text/plain"):
        headers = {"Content-Type": kind}
        answer = sender.send(client, b" " * (256 * 1024 + 1), headers=headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_big")
