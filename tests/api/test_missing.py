"""Which captures the ledger lacks: a server restored from a backup is healed by the phones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import create_app
from crm.activities.models import Activity
from crm.backup.make import make_backup
from crm.backup.restore import restore
from crm.database import db, new_id
from crm.users.viewer import Viewer
from tests import databases, factories, people
from tests.api.phone import capture, met, send, verdicts
from tests.clock import MovableClock
from tests.conftest import Client

MISSING = "/api/v1/captures/missing"


def asked(phone: FlaskClient, person: Viewer, ids: list[str]) -> Any:
    answer = phone.post(MISSING, json={"user_id": person.id, "ids": ids})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_the_ledger_lacks_is_named_in_the_order_asked(new_client, sara) -> None:
    contact, phone = factories.a_contact(sara), new_client(sara)
    sent = [capture(met(contact.id)) for _ in range(2)]
    refused = capture({"kind": "dance"})
    send(phone, sara, *sent, refused)
    unknown = [new_id(), new_id()]
    ids = [unknown[1], sent[0]["capture_id"], refused["capture_id"], unknown[0], unknown[1]]
    assert asked(phone, sara, ids)["missing"] == [unknown[1], unknown[0]]


def test_the_epoch_is_the_one_that_me_names(new_client, sara) -> None:
    phone = new_client(sara)
    assert asked(phone, sara, [])["epoch"] == phone.get("/api/v1/me").json["epoch"]


def test_nothing_is_said_about_anothers_captures(new_client, sara, omid) -> None:
    meeting = capture(met(factories.a_contact(sara).id))
    send(new_client(sara), sara, meeting)
    ids = [meeting["capture_id"]]
    assert asked(new_client(omid), omid, ids)["missing"] == ids
    answer = new_client(omid).post(MISSING, json={"user_id": sara.id, "ids": ids})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "wrong_user")


def test_at_most_a_thousand_are_asked_at_a_time(new_client, sara) -> None:
    phone, ids = new_client(sara), [new_id() for _ in range(1001)]
    body = {"user_id": sara.id, "ids": ids}
    assert phone.post(MISSING, json=body).status_code == 413
    assert asked(phone, sara, ids[:1000])["missing"] == ids[:1000]


@pytest.mark.parametrize("ids", [["x"], "x", [None], [3]])
def test_what_is_no_id_is_refused(new_client, sara, ids: Any) -> None:
    answer = new_client(sara).post(MISSING, json={"user_id": sara.id, "ids": ids})
    assert answer.status_code == 422


def restored(app: Flask, folder: Path, clock: MovableClock) -> Flask:
    """Return an app on what the backup of the app's file brings back, after a night's work."""
    file = Path(str(db.engine.url.database))
    made = make_backup(file, folder / "backups", folder / "blobs")
    restore(made.path, folder / "restored")
    again = create_app(databases.settings(folder / "restored", clock))
    again.test_client_class = Client
    return again


@pytest.mark.mission(2, 117)
@pytest.mark.parametrize("turn", range(3))
def test_after_a_restore_the_phones_heal_the_server(
    sqlite_app: Flask, tmp_path: Path, sara: Viewer, clock: MovableClock, turn: int
) -> None:
    """T12: what was answered after the backup is gone, named as missing, and sent again."""
    sqlite_app.test_client_class = Client
    phone = sqlite_app.test_client()
    people.sign_in(phone, sara)
    contact = factories.a_contact(sara).id
    kept = [capture(met(contact)) for _ in range(turn + 1)]
    send(phone, sara, *kept)
    again = restored(sqlite_app, tmp_path, clock)
    lost = [
        capture({"id": (person := new_id()), "name": "Nima"}, "contact.create"),
        capture(met(person)),
        *(capture(met(contact)) for _ in range(turn)),
    ]
    assert verdicts(send(phone, sara, *lost)) == ["applied"] * len(lost)
    before = asked(phone, sara, [])["epoch"]
    ids = [c["capture_id"] for c in (*kept, *lost)]

    with again.app_context():
        healed = again.test_client()
        cookie = phone.get_cookie(people.COOKIE)
        assert cookie is not None
        healed.set_cookie(people.COOKIE, cookie.value)
        said = asked(healed, sara, ids)
        assert said["epoch"] != before, "a new epoch is what makes phones ask"
        assert said["missing"] == [c["capture_id"] for c in lost]
        assert verdicts(send(healed, sara, *lost)) == ["applied"] * len(lost)
        assert verdicts(send(healed, sara, *kept, *lost)) == ["duplicate"] * len(ids)
        assert asked(healed, sara, ids)["missing"] == []
        counted = db.session.scalar(select(func.count()).select_from(Activity))
        assert counted == len(ids) - 1  # one of them was a contact
        db.session.remove()
        db.engine.dispose()
