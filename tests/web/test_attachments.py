"""Photos and voice notes on the page: at their line of the timeline, for who sees the activity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.attachments.models import Attachment
from crm.database import db, new_id
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met, send
from tests.attachments.test_naming import named
from tests.attachments.uploads import JPEG, put

NewClient = Callable[..., FlaskClient]


@pytest.fixture
def folder(app: Flask) -> Path:
    return Path(app.config["DATA_DIR"]) / "blobs"


def log(phone: FlaskClient, owner: Viewer, *blobs: dict[str, Any]) -> tuple[str, str]:
    """Send a meeting with these blobs; return the contact's page and the activity's."""
    contact = factories.a_contact(owner)
    meeting = capture(met(contact.id, blobs=list(blobs)))
    assert send(phone, owner, meeting)[0]["verdict"] == "applied"
    return f"/contacts/{contact.id}", f"/activities/{meeting['body']['id']}"


def test_a_meetings_photo_and_voice_note_stand_at_its_line(
    new_client: NewClient, sara: Viewer
) -> None:
    phone, photo, voice = new_client(sara), new_id(), new_id()
    said = named(voice, kind="voice", type="audio/mp4")
    pages = log(phone, sara, named(photo), said)
    for path in pages:
        page = phone.get(path).text
        assert "A photo is on its way from the phone." in page
        assert "A voice note is on its way from the phone." in page
    assert put(phone, photo).json["complete"]
    row = db.session.get_one(Attachment, voice)
    row.state = "complete"
    db.session.commit()
    for path in pages:
        page = phone.get(path).text
        assert f'<img src="/attachments/{photo}" alt="Photo" loading="lazy">' in page
        assert f'<audio controls preload="none" src="/attachments/{voice}"' in page


def test_a_photo_that_browsers_do_not_show_is_a_link(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    phone = new_client(sara)
    page, activity = log(phone, sara)
    photo = factories.a_photo(sara, folder, activity.removeprefix("/activities/"))
    photo.type = "image/heic"
    db.session.commit()
    shown = phone.get(page).text
    assert f'href="/attachments/{photo.id}"' in shown
    assert "<img" not in shown


def test_who_sees_the_record_but_not_the_activity_sees_no_photo(
    new_client: NewClient, sara: Viewer, nika: Viewer, folder: Path
) -> None:
    shared = factories.a_contact(None, "Everybody's")
    links = {"contact_id": shared.id}
    activity = factories.an_activity(sara, **links)
    photo = factories.a_photo(sara, folder, activity.id)
    phone = new_client(nika)
    assert photo.id not in phone.get(f"/contacts/{shared.id}").text
    assert phone.get(f"/attachments/{photo.id}").status_code == 404


def test_what_is_deleted_takes_its_photos_along(
    new_client: NewClient, sara: Viewer, admin: Viewer, folder: Path
) -> None:
    phone, blob_id = new_client(sara), new_id()
    page, _activity = log(phone, sara, named(blob_id))
    put(phone, blob_id)
    (file,) = folder.glob(f"*/{blob_id}")
    assert file.read_bytes() == JPEG
    assert new_client(admin).post(f"{page}/deletion").status_code == 303
    assert not file.exists()
    assert db.session.get(Attachment, blob_id) is None
    assert phone.get(f"/attachments/{blob_id}").status_code == 404


def test_a_photo_whose_file_is_missing_is_a_404_and_is_wanted_again(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    phone, blob_id = new_client(sara), new_id()
    log(phone, sara, named(blob_id))
    put(phone, blob_id)
    next(folder.glob(f"*/{blob_id}")).unlink()
    assert phone.get(f"/attachments/{blob_id}").status_code == 404
    assert phone.get(f"/api/v1/blobs/{blob_id}").json == {"received": 0, "complete": False}
    assert put(phone, blob_id).json["complete"]
    assert phone.get(f"/attachments/{blob_id}").data == JPEG
