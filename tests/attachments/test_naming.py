"""A capture names its photos, before or after they come; what none names is taken away."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm import clock
from crm.attachments.commands import expect_blobs
from crm.attachments.models import Attachment
from crm.attachments.rules import LARGEST
from crm.captures.orphans import sweep_blobs
from crm.database import command, db, new_id
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met, send
from tests.attachments.uploads import CHUNK, JPEG, put, state

NewClient = Callable[..., FlaskClient]


@command
def bind(actor: Viewer, activity_id: str, blobs: list[dict[str, Any]]) -> None:
    """What a capture's command does with the blobs that it names."""
    expect_blobs(actor, blobs, activity_id=activity_id)


def named(blob_id: str, **more: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(JPEG).hexdigest()
    said = {"id": blob_id, "kind": "photo", "type": "image/jpeg", "size": len(JPEG)}
    return said | {"sha256": sha256} | more


@pytest.mark.parametrize("capture_first", [True, False])
def test_a_photo_and_its_capture_come_in_either_order(
    new_client: NewClient,
    sara: Viewer,
    omid: Viewer,
    nika: Viewer,
    folder: Path,
    capture_first: bool,
) -> None:
    activity = factories.an_activity(sara).id
    phone, blob_id = new_client(sara), new_id()
    if capture_first:
        bind(sara, activity, [named(blob_id)])
        assert state(phone, blob_id) == (0, False)
    put(phone, blob_id, last=CHUNK - 1)
    if not capture_first:
        bind(sara, activity, [named(blob_id)])
    assert put(phone, blob_id, first=CHUNK).json["complete"]
    bind(sara, activity, [named(blob_id)])
    row = db.session.query(Attachment).one()
    assert (row.activity_id, row.state, row.kind) == (activity, "complete", "photo")
    assert new_client(omid).get(f"/attachments/{blob_id}").data == JPEG
    assert new_client(nika).get(f"/attachments/{blob_id}").status_code == 404


def test_a_photo_that_nobody_named_yet_is_its_makers_alone(
    new_client: NewClient, sara: Viewer, leila: Viewer, admin: Viewer, folder: Path
) -> None:
    blob_id = new_id()
    put(new_client(sara), blob_id)
    assert new_client(sara).get(f"/attachments/{blob_id}").status_code == 200
    for other in (leila, admin):
        assert new_client(other).get(f"/attachments/{blob_id}").status_code == 404


def test_no_capture_takes_anothers_photo_or_one_that_is_bound(
    new_client: NewClient, sara: Viewer, nika: Viewer, folder: Path
) -> None:
    first, second = factories.an_activity(sara).id, factories.an_activity(sara).id
    blob_id = new_id()
    put(new_client(sara), blob_id)
    theirs = factories.an_activity(nika).id
    bind(nika, theirs, [named(blob_id)])
    bind(sara, first, [named(blob_id)])
    bind(sara, second, [named(blob_id)])
    assert db.session.query(Attachment.activity_id).scalar() == first


def test_a_type_that_is_not_kept_holds_no_meeting_up(sara: Viewer, app: Flask) -> None:
    activity = factories.an_activity(sara).id
    bind(sara, activity, [named(new_id(), type="image/svg+xml")])
    assert not db.session.query(Attachment).count()


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_a_size_that_is_not_kept_is_not_waited_for(sara: Viewer, app: Flask, size: int) -> None:
    bind(sara, factories.an_activity(sara).id, [named(new_id(), size=size)])
    assert not db.session.query(Attachment).count()


def test_a_hash_may_be_written_in_capitals(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    blob_id, sha256 = new_id(), hashlib.sha256(JPEG).hexdigest().upper()
    bind(sara, factories.an_activity(sara).id, [named(blob_id, sha256=sha256)])
    assert put(new_client(sara), blob_id).json["complete"]


@pytest.mark.parametrize("odd", ["x", 5, {"id": "x"}, [5, "x", {"id": "x"}], [{}] * 30])
def test_photos_that_cannot_be_read_hold_no_meeting_up(
    new_client: NewClient, sara: Viewer, odd: Any
) -> None:
    contact = factories.a_contact(sara)
    (said,) = send(new_client(sara), sara, capture(met(contact.id, blobs=odd)))
    assert said["verdict"] == "applied"
    assert not db.session.query(Attachment).count()


def test_of_too_many_photos_the_first_ten_are_bound(new_client: NewClient, sara: Viewer) -> None:
    contact = factories.a_contact(sara)
    plain = {"kind": None, "name": "IMG_1.jpg"}
    blobs = [{}, *(named(new_id(), **plain) for _ in range(12))]
    (said,) = send(new_client(sara), sara, capture(met(contact.id, blobs=blobs)))
    assert said["verdict"] == "applied"
    bound = {row.id for row in db.session.query(Attachment)}
    assert bound == {blob["id"] for blob in blobs[1:11]}


def age(folder: Path, days: int) -> None:
    at = (clock.now() - timedelta(days=days)).timestamp()
    for path in folder.rglob("*"):
        os.utime(path, (at, at))


def test_an_upload_that_no_capture_named_in_thirty_days_is_taken_away(
    new_client: NewClient, sara: Viewer, folder: Path, clock: Any
) -> None:
    phone, lonely, bound, refused = new_client(sara), new_id(), new_id(), new_id()
    for blob_id in (lonely, bound, refused):
        put(phone, blob_id)
    bind(sara, factories.an_activity(sara).id, [named(bound)])
    send(phone, sara, capture({"kind": "dance", "blobs": [named(refused)]}))
    for days, left in ((29, 3), (2, 2)):
        clock.move(days=days)
        age(folder, days=31)
        sweep_blobs(sara, folder)
        assert db.session.query(Attachment).count() == left
    assert {row.id for row in db.session.query(Attachment)} == {bound, refused}
    assert {path.name for path in folder.glob("??/*")} == {bound, refused}


def test_a_file_that_no_row_knows_is_taken_away_after_thirty_days(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    activity, gone = factories.an_activity(sara), new_id()
    put(new_client(sara), gone)
    bind(sara, activity.id, [named(gone)])
    db.session.delete(activity)
    db.session.commit()
    assert not db.session.query(Attachment).count()
    age(folder, days=29)
    sweep_blobs(sara, folder)
    assert len(list(folder.glob("??/*"))) == 1, "a phone may send again what names it"
    age(folder, days=31)
    sweep_blobs(sara, folder)
    assert not list(folder.glob("??/*"))
