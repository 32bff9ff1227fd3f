"""A phone asks for the key, subscribes at each start, and is forgotten."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.database import db
from crm.push.models import PushSubscription
from tests.push.service import Phone

KEY, SUBSCRIPTIONS = "/api/v1/push/key", "/api/v1/push/subscriptions"
PHONE = Phone("https://fcm.googleapis.com/fcm/send/abc:def")


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(PushSubscription)) or 0


def test_the_key_is_a_point_that_browsers_take(new_client, sara, omid) -> None:
    key = new_client(sara).get(KEY).json["key"]
    assert base64.urlsafe_b64decode(key + "=")[0] == 4
    assert new_client(omid).get(KEY).json == {"key": key}


def test_a_new_subscription_is_a_201_and_the_same_again_a_200(new_client, sara) -> None:
    client = new_client(sara)
    first, again = (client.post(SUBSCRIPTIONS, json=PHONE.says()) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["shows_names"] is False
    assert db.session.get(PushSubscription, first.json["id"]) is not None


def test_an_address_that_is_no_push_service_is_a_422_at_its_field(new_client, sara) -> None:
    said = {**PHONE.says(), "endpoint": "https://169.254.169.254/latest"}
    answer = new_client(sara).post(SUBSCRIPTIONS, json=said)
    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, ["endpoint"])
    assert count() == 0


@pytest.mark.parametrize("said", [{}, {"keys": "none"}, {"endpoint": 7, "keys": []}])
def test_what_is_no_subscription_is_a_422(new_client, sara, said: dict[str, Any]) -> None:
    assert new_client(sara).post(SUBSCRIPTIONS, json=said).status_code == 422


def test_only_json_from_our_own_pages_is_taken(new_client, sara) -> None:
    client = new_client(sara)
    assert client.post(SUBSCRIPTIONS, data=PHONE.says()).status_code == 415
    crossing = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(SUBSCRIPTIONS, json=PHONE.says(), headers=crossing).status_code == 403
    assert new_client().post(SUBSCRIPTIONS, json=PHONE.says()).status_code == 401
    assert count() == 0


def test_one_forgets_ones_own_and_no_other(new_client, sara, omid, admin) -> None:
    made = new_client(sara).post(SUBSCRIPTIONS, json=PHONE.says()).json["id"]
    for person in (omid, admin):
        assert new_client(person).delete(f"{SUBSCRIPTIONS}/{made}").status_code == 404
    assert count() == 1
    assert new_client(sara).delete(f"{SUBSCRIPTIONS}/{made}").status_code == 204
    assert new_client(sara).delete(f"{SUBSCRIPTIONS}/{made}").status_code == 404
    assert count() == 0


def test_signing_out_ends_it(new_client, sara) -> None:
    from crm.push.queries import reachable_devices

    client = new_client(sara)
    client.post(SUBSCRIPTIONS, json=PHONE.says())
    assert reachable_devices([sara.id])
    client.post("/sign-out")
    assert reachable_devices([sara.id]) == {}
