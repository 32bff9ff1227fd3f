"""From an alert to a phone: what is decrypted there, and what becomes of it on any way."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.alerts.commands import see_alerts
from crm.alerts.deciding import decide_alerts
from crm.alerts.kinds import AlertKind
from crm.alerts.sending import LEASE, claim_deliveries
from crm.database import db
from crm.push.models import PushSubscription
from crm.users.viewer import Viewer
from crm.worker.pushes import messages_of, send_pushes
from tests.alerts.inbox import HAMRAH, deliveries, device, told
from tests.clock import MovableClock
from tests.push.service import Phone, PushService, push_service
from tests.web.test_queries_per_page import counted


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as made:
        yield made


def phone_of(person: Viewer, service: PushService, name: str = "phone", **more: bool) -> Phone:
    """A phone of somebody's, subscribed at the service."""
    phone = service.phone(name)
    row = device(person, name)
    row.endpoint, row.p256dh, row.auth = phone.endpoint, phone.p256dh, phone.auth
    row.shows_names = more.get("shows_names", False)
    db.session.commit()
    return phone


def ring(person: Viewer, kind: AlertKind = AlertKind.HOT_LEAD, cause: str = "why") -> str:
    data = {"name": "Maryam Sadr", "line": "+30 Asked for a quote"}
    one = told(person, cause, kind, tag="lead:1", data=data, lead_id=person.id)
    decide_alerts(HAMRAH)
    return str(one)


def statuses() -> Counter[tuple[str, str | None]]:
    return Counter((row.status, row.reason) for row in deliveries())


@pytest.mark.mission(111)
def test_the_phone_decrypts_what_is_said_and_the_service_learns_only_how_urgent_it_is(
    app: Flask, sara: Viewer, service: PushService
) -> None:
    phone = phone_of(sara, service, shows_names=True)
    one = ring(sara)
    assert send_pushes(HAMRAH, 10) == 1
    (received,) = service.received
    said = phone.reads(received)
    shown = said["notification"]
    assert said["web_push"] == 8030
    assert shown["title"] == "Hot lead: Maryam Sadr"
    assert shown["body"] == "+30 Asked for a quote"
    assert shown["navigate"] == f"/today?alert={one}"
    assert [act["action"] for act in shown["actions"]] == ["call", "interested", "snooze"]
    assert shown["data"]["alert"] == one
    assert shown["app_badge"] == 1
    assert (received.headers["ttl"], received.headers["urgency"]) == (str(4 * 3600), "high")
    assert len(received.headers["topic"]) == 32
    assert statuses() == {("sent", None): 1}


def test_no_name_leaves_for_a_phone_that_did_not_choose_it(
    app: Flask, sara: Viewer, service: PushService
) -> None:
    phone = phone_of(sara, service)
    ring(sara)
    send_pushes(HAMRAH, 10)
    said = phone.decrypts(service.received[0]).decode()
    assert "Maryam" not in said
    assert "quote" not in said
    assert "Hot lead" in said


def test_a_repeat_stands_under_the_same_tag_and_topic(
    app: Flask, sara: Viewer, service: PushService
) -> None:
    phone = phone_of(sara, service)
    for cause in ("one", "two"):
        ring(sara, cause=cause)
        send_pushes(HAMRAH, 10)
    tags = {phone.reads(one)["notification"]["tag"] for one in service.received}
    assert len(tags) == 1
    assert len({one.headers["topic"] for one in service.received}) == 1


@pytest.mark.mission(112)
def test_whatever_the_service_answers_each_message_ends_sent_or_given_up(
    app: Flask, sara: Viewer, service: PushService, clock: MovableClock
) -> None:
    answers = {"gone": 410, "never": 404, "refused": 403, "too-big": 413, "redirect": 302}
    for name, status in answers.items():
        service.answer(phone_of(sara, service, name), status, Location="http://127.0.0.1/")
    service.answer(phone_of(sara, service, "later"), 429, Retry_After="60")
    broken = phone_of(sara, service, "broken")
    service.answer(broken, 503)
    phone_of(sara, service, "fine")
    ring(sara)
    send_pushes(HAMRAH, 20)
    assert Counter(row.status for row in deliveries()) == {"given_up": 5, "waiting": 2, "sent": 1}
    names = set(db.session.scalars(select(PushSubscription.name)))
    assert {"gone", "never"} & names == set(), "who is gone is forgotten"
    assert {"refused", "later", "broken"} <= names, "and nobody else"
    clock.move(seconds=15)
    send_pushes(HAMRAH, 20)
    assert Counter(one.path for one in service.received)["/push/later"] == 1, (
        "it asked for a minute"
    )
    service.answer(broken, 201)
    clock.move(seconds=60)
    service.answer(service.phone("later"), 201)
    send_pushes(HAMRAH, 20)
    assert Counter(row.status for row in deliveries()) == {"given_up": 5, "sent": 3}


def test_a_service_that_never_recovers_is_given_up_when_it_is_over(
    app: Flask, sara: Viewer, service: PushService, clock: MovableClock
) -> None:
    service.answer(phone_of(sara, service), 500)
    ring(sara)
    for _ in range(40):
        send_pushes(HAMRAH, 10)
        clock.move(minutes=10)
    assert statuses() == {("given_up", "500"): 1} or statuses() == {("given_up", "expired"): 1}


def test_who_signed_out_meanwhile_hears_nothing_more(
    app: Flask, sara: Viewer, omid: Viewer, service: PushService
) -> None:
    phone_of(sara, service)
    ring(sara)
    row = db.session.scalars(select(PushSubscription)).one()
    row.user_id = omid.id
    db.session.commit()
    send_pushes(HAMRAH, 10)
    assert service.received == []
    assert statuses() == {("given_up", "no device"): 1}


def test_what_was_seen_in_the_app_does_not_ring_any_more(
    app: Flask, sara: Viewer, service: PushService, clock: MovableClock
) -> None:
    phone_of(sara, service)
    ring(sara)
    see_alerts(sara, clock.now())
    send_pushes(HAMRAH, 10)
    assert service.received == []


def test_twenty_messages_to_several_people_ask_the_database_no_more_often_than_one(
    app: Flask, sara: Viewer, omid: Viewer, leila: Viewer, service: PushService
) -> None:
    for person in (sara, omid, leila):
        phone_of(person, service, person.name)
    ring(sara)
    with counted() as for_one:
        ((_, message),) = messages_of(claim_deliveries(HAMRAH, "push"))
    assert message is not None
    for number in range(20):
        told((sara, omid, leila)[number % 3], f"cause {number}", AlertKind.HOT_LEAD)
    decide_alerts(HAMRAH)
    with counted() as for_many:
        messages = messages_of(claim_deliveries(HAMRAH, "push"))
    badges = [json.loads(m.payload)["notification"]["app_badge"] for _, m in messages if m]
    assert Counter(badges) == {8: 7, 7: 7, 6: 6}
    # The one more: which teams a manager leads.
    assert len(for_many) == len(for_one) + 1


@pytest.mark.mission(112)
def test_a_worker_killed_between_claim_and_send_loses_and_doubles_nothing(
    app: Flask, sara: Viewer, service: PushService, clock: MovableClock
) -> None:
    phone_of(sara, service)
    rng = random.Random(7)  # which worker dies is no secret
    killed = 0
    for number in range(60):
        told(
            sara, f"cause {number}", AlertKind.HOT_LEAD, expires_at=clock.now() + timedelta(days=9)
        )
    while decide_alerts(HAMRAH):
        pass
    while killed < 50:
        killed += len(claim_deliveries(HAMRAH, "push", rng.randint(1, 3))) > 0
        if rng.random() < 0.3:
            clock.move(seconds=LEASE.total_seconds())
        if rng.random() < 0.3:
            send_pushes(HAMRAH, 2)
        if not any(row.status == "waiting" for row in deliveries()):
            told(sara, f"more {killed}", AlertKind.HOT_LEAD)
            decide_alerts(HAMRAH)
    clock.move(seconds=LEASE.total_seconds())
    while send_pushes(HAMRAH, 40):
        pass
    assert set(statuses()) == {("sent", None)}
    assert len(service.received) == sum(statuses().values()), "none twice"


def test_two_workers_at_once_send_each_message_once(
    app: Flask, sara: Viewer, service: PushService
) -> None:
    phone_of(sara, service)
    for number in range(30):
        told(sara, f"cause {number}", AlertKind.HOT_LEAD)
    decide_alerts(HAMRAH)

    def work(_n: int) -> None:
        with app.app_context():
            while send_pushes(HAMRAH, 4):
                pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert len(service.received) == 30
    assert statuses() == {("sent", None): 30}
