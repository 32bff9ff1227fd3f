"""What a phone says of itself, and what it learns: whose it is, the key, the epoch."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from crm import clock
from crm.company.models import Company
from crm.database import db
from crm.devices.models import Device
from crm.users.models import User
from tests.alerts.inbox import told

HEARTBEAT = "/api/v1/heartbeat"


def said(**more: Any) -> dict[str, Any]:
    return {
        "device_id": "phone",
        "waiting": 0,
        "parked": 0,
        "oldest_at": None,
        "app": "test",
        "installed": False,
        "persisted": True,
    } | more


def devices() -> list[Device]:
    return list(db.session.scalars(select(Device).order_by(Device.device_id)))


def test_a_phone_learns_whose_it_is_and_the_key_of_his_outbox(app, new_client, sara) -> None:
    answer = new_client(sara).post(HEARTBEAT, json=said()).json
    assert (answer["user_id"], answer["name"]) == (sara.id, sara.name)
    assert answer["epoch"] == db.session.scalar(select(Company.epoch))
    assert len(base64.b64decode(answer["key"])) == 32
    assert answer["build"] == app.config["BUILD"]
    assert answer["server_time"] == clock.now().isoformat()


def test_it_brings_along_how_many_alerts_nobody_looked_at(new_client, sara, omid) -> None:
    for cause in ("one", "two"):
        told(sara, cause)
    assert new_client(sara).post(HEARTBEAT, json=said()).json["unseen"] == 2
    assert new_client(omid).post(HEARTBEAT, json=said()).json["unseen"] == 0


def test_the_key_is_each_ones_own_and_stays(new_client, sara, omid) -> None:
    phone, other = new_client(sara), new_client(sara)
    key = phone.post(HEARTBEAT, json=said()).json["key"]
    assert other.post(HEARTBEAT, json=said(device_id="other")).json["key"] == key
    assert new_client(omid).post(HEARTBEAT, json=said()).json["key"] != key


def test_who_is_older_than_keys_gets_one_at_the_first_need(new_client, sara) -> None:
    db.session.execute(update(User).values(outbox_key=None))
    db.session.commit()
    phone = new_client(sara)
    key = phone.post(HEARTBEAT, json=said()).json["key"]
    assert len(base64.b64decode(key)) == 32
    assert phone.post(HEARTBEAT, json=said()).json["key"] == key


def test_what_waits_is_kept_by_phone_and_person(new_client, sara, omid) -> None:
    since = clock.now() - timedelta(hours=1)
    new_client(sara).post(
        HEARTBEAT, json=said(waiting=3, parked=1, oldest_at=since.isoformat(), device_name="Pixel")
    )
    new_client(omid).post(HEARTBEAT, json=said())
    mine, his = sorted(devices(), key=lambda d: d.user_id != sara.id)
    assert (mine.waiting, mine.parked, mine.oldest_waiting_at) == (3, 1, since)
    assert (mine.name, mine.persisted, mine.last_seen_at) == ("Pixel", True, clock.now())
    assert (his.device_id, his.waiting, his.oldest_waiting_at) == ("phone", 0, None)


def test_the_next_beat_replaces_the_last(new_client, sara) -> None:
    phone = new_client(sara)
    phone.post(HEARTBEAT, json=said(waiting=3, oldest_at=clock.now().isoformat()))
    phone.post(HEARTBEAT, json=said())
    assert [(d.waiting, d.oldest_waiting_at) for d in devices()] == [(0, None)]


def test_a_phone_that_lost_its_storage_is_not_counted_twice(new_client, sara) -> None:
    phone = new_client(sara)
    phone.post(HEARTBEAT, json=said(waiting=3))
    phone.post(HEARTBEAT, json=said(device_id="reborn"))
    tablet = new_client(sara)
    tablet.post(HEARTBEAT, json=said(device_id="tablet"))
    assert [d.device_id for d in devices()] == ["reborn", "tablet"]
    tablet.post(HEARTBEAT, json=said(device_id="reborn"))
    assert [d.device_id for d in devices()] == ["reborn"]


def test_a_newer_app_may_say_more(new_client, sara) -> None:
    assert new_client(sara).post(HEARTBEAT, json=said(battery=0.4)).status_code == 200


@pytest.mark.parametrize("wrong", [{"waiting": -1}, {"waiting": "many"}, {"device_id": ""}])
def test_what_cannot_be_is_refused(new_client, sara, wrong: dict[str, Any]) -> None:
    answer = new_client(sara).post(HEARTBEAT, json=said(**wrong))
    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, list(wrong))


def test_without_a_session_no_key_is_given(new_client) -> None:
    answer = new_client().post(HEARTBEAT, json=said())
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "no_session")


def test_the_key_stands_nowhere_but_in_the_answer(new_client, sara, admin, caplog) -> None:
    key = new_client(sara).post(HEARTBEAT, json=said()).json["key"]
    hers, theirs = ("/settings", "/phone", "/today"), (f"/administration/users/{sara.id}",)
    for person, paths in ((sara, hers), (admin, theirs)):
        for path in paths:
            page = new_client(person).get(path)
            assert page.status_code == 200, path
            assert key not in page.text, path
    assert key not in caplog.text
