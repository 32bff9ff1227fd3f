"""One message on its way: encrypted for one phone, signed by us, and every answer understood."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import http_ece
import pytest

from crm import clock, outgoing
from crm.push import payloads, sender
from crm.push.keys import VapidKeys
from crm.push.outcomes import Outcome, OutcomeKind
from tests.clock import MovableClock
from tests.push.service import Phone, PushService, ticket

MESSAGE = payloads.build(
    "سرنخ داغ", "برای دیدن بزنید", language="fa", navigate="/leads/1", tag="lead-1"
)


def send(phone: Phone, keys: VapidKeys, **more: Any) -> Outcome:
    said: dict[str, Any] = {"ttl": 14_400, "urgency": "high", "topic": "lead-1"} | more
    return sender.send(phone.device(), said.pop("payload", MESSAGE), keys=keys, **said)


@pytest.mark.mission(111)
def test_only_the_phone_can_read_it_and_the_service_learns_how_urgent_it_is(
    service: PushService, vapid: VapidKeys
) -> None:
    phone = service.phone()
    assert send(phone, vapid) == Outcome(OutcomeKind.DELIVERED)
    (received,) = service.received
    assert phone.reads(received)["notification"]["title"] == "سرنخ داغ"
    with pytest.raises(http_ece.ECEException):
        service.phone("another").reads(received)
    assert "سرنخ داغ".encode() not in received.body
    said = {name: received.headers.get(name) for name in ("ttl", "urgency", "topic")}
    assert said == {"ttl": "14400", "urgency": "high", "topic": "lead-1"}
    assert received.headers["content-encoding"] == "aes128gcm"


def test_without_a_topic_none_is_said(service: PushService, vapid: VapidKeys) -> None:
    send(service.phone(), vapid, topic=None, ttl=10**9, urgency="low")
    (received,) = service.received
    assert "topic" not in received.headers
    assert (received.headers["ttl"], received.headers["urgency"]) == ("2419200", "low")


def test_the_ticket_is_ours_for_this_service_with_its_port(
    service: PushService, vapid: VapidKeys
) -> None:
    send(service.phone(), vapid)
    claims, key = ticket(service.received[0])
    assert (claims["aud"], claims["sub"]) == (service.origin, "mailto:ada@company.ir")
    assert key == vapid.public


def test_an_https_subject_stays_one(service: PushService, vapid: VapidKeys) -> None:
    send(service.phone(), replace(vapid, subject="https://crm.company.ir"))
    assert ticket(service.received[0])[0]["sub"] == "https://crm.company.ir"


def test_a_ticket_is_made_once_a_service_and_renewed_before_it_runs_out(
    service: PushService, vapid: VapidKeys, clock: MovableClock
) -> None:
    def shown() -> str:
        send(service.phone(), vapid)
        return service.received[-1].headers["authorization"]

    first = shown()
    clock.move(hours=9)
    assert shown() == first
    clock.move(hours=2)
    second = shown()
    assert second != first
    assert ticket(service.received[-1])[0]["exp"] == int(clock.now().timestamp()) + 12 * 3600
    clock.move(days=-30)
    assert shown() not in (first, second)


def test_a_ticket_that_was_not_taken_is_not_shown_again(
    service: PushService, vapid: VapidKeys
) -> None:
    phone = service.phone()
    service.answer(phone, 403, b'{"reason": "ExpiredJwtToken"}')
    assert send(phone, vapid) == Outcome(OutcomeKind.REFUSED, "403 ExpiredJwtToken")
    send(phone, vapid)
    tickets = [received.headers["authorization"] for received in service.received]
    assert tickets[0] != tickets[1]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, OutcomeKind.DELIVERED) for status in (200, 201, 202, 204)),
        *((status, OutcomeKind.GONE) for status in (404, 410)),
        *((status, OutcomeKind.RETRY) for status in (429, 500, 502, 503)),
        *((status, OutcomeKind.REFUSED) for status in (400, 401, 403, 413, 302, 307, 418)),
    ],
)
def test_each_answer_has_its_meaning(
    service: PushService, vapid: VapidKeys, status: int, kind: OutcomeKind
) -> None:
    phone = service.phone()
    service.answer(phone, status, Location=f"{service.origin}/elsewhere")
    outcome = send(phone, vapid)
    assert (outcome.kind, outcome.after) == (kind, None)
    assert outcome.reason == ("" if kind is OutcomeKind.DELIVERED else str(status))
    assert [received.path for received in service.received] == ["/push/phone"]


def test_how_long_to_wait_is_what_the_service_says(service: PushService, vapid: VapidKeys) -> None:
    phone, soon = service.phone(), clock.now() + timedelta(minutes=2)
    said = {
        "120": 120.0,
        " 7 ": 7.0,
        format_datetime(soon, usegmt=True): 120.0,
        "Wed, 21 Oct 2015 07:28:00 GMT": 0.0,
        "soon": None,
        "-5": None,
        "": None,
    }
    for words, seconds in said.items():
        service.answer(phone, 429, Retry_After=words)
        assert send(phone, vapid) == Outcome(OutcomeKind.RETRY, "429", seconds), words


@pytest.mark.parametrize(
    "body", [b"<html>", b"[" * 5000, b'{"reason": ["x"]}', b'{"reason": "<b>x"}', b"x" * 100_000]
)
def test_a_reason_is_a_plain_word_or_none(
    service: PushService, vapid: VapidKeys, body: bytes
) -> None:
    phone = service.phone()
    service.answer(phone, 400, body)
    assert send(phone, vapid).reason == "400"


def test_a_service_that_hangs_is_tried_again(
    service: PushService, vapid: VapidKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TIMEOUT_SECONDS", 0.2)
    service.hangs.add("/push/phone")
    assert send(service.phone(), vapid) == Outcome(OutcomeKind.RETRY, "timeout")


def test_a_service_that_is_away_is_tried_again(vapid: VapidKeys) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{nobody.getsockname()[1]}"
        outgoing.configure(loopback=[place])
        outcome = send(Phone(f"http://{place}/push"), vapid)
    outgoing.configure()
    assert outcome == Outcome(OutcomeKind.RETRY, "connection")


def test_who_is_no_push_service_gets_nothing(
    service: PushService, vapid: VapidKeys, caplog: pytest.LogCaptureFixture
) -> None:
    outgoing.configure()
    refused = send(service.phone(), vapid)
    assert (refused, service.received) == (Outcome(OutcomeKind.REFUSED, "scheme"), [])
    assert "a push message was refused: scheme by 127.0.0.1" in caplog.text
    assert "/push/phone" not in caplog.text


def test_what_cannot_go_out_is_refused_before_anybody_is_asked(
    service: PushService, vapid: VapidKeys
) -> None:
    phone = service.phone()
    assert send(phone, replace(vapid, subject=None)).reason == "no_subject"
    assert send(phone, vapid, payload=b"x" * 3994).reason == "too_big"
    broken = replace(phone.device(), p256dh="BAAA")
    outcome = sender.send(broken, MESSAGE, ttl=1, urgency="low", topic=None, keys=vapid)
    assert outcome == Outcome(OutcomeKind.REFUSED, "bad_keys")
    assert service.received == []


def test_the_largest_message_arrives_whole(service: PushService, vapid: VapidKeys) -> None:
    phone, payload = service.phone(), os.urandom(3993)
    send(phone, vapid, payload=payload)
    assert len(service.received[0].body) == 4096
    assert phone.decrypts(service.received[0]) == payload


@pytest.mark.parametrize("wrong", [{"topic": "a" * 33}, {"topic": "a b"}, {"urgency": "urgent"}])
def test_what_no_service_takes_is_our_own_mistake(
    service: PushService, vapid: VapidKeys, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="no such"):
        send(service.phone(), vapid, **wrong)


def test_many_threads_mix_nothing_up(service: PushService, vapid: VapidKeys) -> None:
    """webpush writes what it is told per call onto itself: here each call has its own."""
    phones = [service.phone(f"phone-{number}") for number in range(60)]

    def one(number: int) -> Outcome:
        payload = payloads.build(
            f"number {number}", "", language="en", navigate="/", tag=str(number)
        )
        return send(phones[number], vapid, payload=payload, ttl=number, topic=f"topic-{number}")

    with ThreadPoolExecutor(16) as pool:
        outcomes = set(pool.map(one, range(60)))
    assert outcomes == {Outcome(OutcomeKind.DELIVERED)}
    for received in service.received:
        number = received.path.rpartition("-")[2]
        message = phones[int(number)].reads(received)["notification"]
        said = (message["title"], received.headers["ttl"], received.headers["topic"])
        assert said == (f"number {number}", number, f"topic-{number}")
    assert len({received.headers["authorization"] for received in service.received}) == 1
