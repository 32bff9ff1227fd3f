"""A lead of which there is only a photo of the card: kept, marked, and typed later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm import clock, errors
from crm.attachments.models import Attachment
from crm.database import db, new_id
from crm.deletion.commands import delete_record
from crm.leads.commands import capture_lead, update_lead
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.api.phone import capture, send
from tests.attachments.conftest import folder
from tests.attachments.test_naming import named
from tests.attachments.uploads import JPEG, put

NewClient = Callable[..., FlaskClient]
__all__ = ["folder"]


def photographed(phone: FlaskClient, person: Viewer, **more: Any) -> tuple[str, str]:
    """Send a lead with the photo of its card, which follows; return both ids."""
    lead_id, blob_id = new_id(), new_id()
    body = {"id": lead_id, "blobs": [named(blob_id)], **more}
    (said,) = send(phone, person, capture(body, "lead.capture"))
    assert said["verdict"] == "applied", said
    put(phone, blob_id)
    return lead_id, blob_id


def test_without_a_name_or_a_card_there_is_no_lead(app: Flask, sara: Viewer) -> None:
    for given in ({}, {"name": " "}, {"phones": ["09121234567"]}, {"card_at": ""}):
        with pytest.raises(errors.ValidationError) as wrong:
            capture_lead(sara, given)
        assert "name" in wrong.value.fields


def test_a_card_stands_for_the_name_until_it_is_typed(app: Flask, sara: Viewer) -> None:
    lead_id = capture_lead(sara, {"card_at": "2026-11-24T10:35:00+00:00"})
    lead = db.session.get_one(Lead, lead_id)
    assert lead.name == "Card, Tue 24 Nov, 10:35"
    assert lead.card_at is not None
    update_lead(sara, lead_id, {"company": "Acme"})
    assert db.session.get_one(Lead, lead_id).card_at is not None
    update_lead(sara, lead_id, {"name": "Neda Amiri"})
    assert db.session.get_one(Lead, lead_id).card_at is None


def test_who_was_typed_at_once_is_not_to_be_typed(app: Flask, sara: Viewer) -> None:
    given = {"name": "Neda", "card_at": clock.now().isoformat()}
    assert db.session.get_one(Lead, capture_lead(sara, given)).card_at is None


@pytest.mark.mission(32)
def test_a_photo_of_a_card_is_a_lead_to_type_and_whoever_sees_the_lead_sees_it(
    new_client: NewClient, sara: Viewer, omid: Viewer, nika: Viewer, folder: Path
) -> None:
    phone = new_client(sara)
    lead_id, blob_id = photographed(phone, sara)
    row = db.session.query(Attachment).one()
    assert (row.lead_id, row.activity_id, row.state) == (lead_id, None, "complete")
    assert new_client(omid).get(f"/attachments/{blob_id}").data == JPEG
    assert new_client(nika).get(f"/attachments/{blob_id}").status_code == 404
    for path in (f"/leads/{lead_id}", f"/leads/{lead_id}/edit"):
        assert f'src="/attachments/{blob_id}"' in phone.get(path).text, path
    assert f'href="/leads/{lead_id}/edit"' in phone.get("/today").text
    assert "To type" in phone.get("/people?tab=leads").text
    assert "To type" in phone.get(f"/leads/{lead_id}").text
    assert "Cards to type" not in new_client(omid).get("/today").text
    phone.post(f"/leads/{lead_id}", data={"name": "Neda Amiri"})
    assert "Cards to type" not in phone.get("/today").text
    assert "To type" not in phone.get("/people?tab=leads").text
    page = phone.get(f"/leads/{lead_id}").text
    assert "To type" not in page
    assert f'src="/attachments/{blob_id}"' in page, "the card stays with the lead"


@pytest.mark.mission(32)
def test_a_card_beside_a_typed_name_is_kept_and_nothing_is_left_to_type(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    lead_id, blob_id = photographed(new_client(sara), sara, name="Neda Amiri")
    lead = db.session.get_one(Lead, lead_id)
    assert (lead.name, lead.card_at) == ("Neda Amiri", None)
    assert db.session.query(Attachment.lead_id).scalar() == lead_id
    assert blob_id in new_client(sara).get(f"/leads/{lead_id}").text


def test_a_phone_cannot_say_that_there_was_a_card(new_client: NewClient, sara: Viewer) -> None:
    body = {"id": new_id(), "card_at": clock.now().isoformat()}
    (said,) = send(new_client(sara), sara, capture(body, "lead.capture"))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["name"])


def test_a_deleted_leads_card_goes_along(
    new_client: NewClient, sara: Viewer, admin: Viewer, folder: Path
) -> None:
    lead_id, blob_id = photographed(new_client(sara), sara)
    assert delete_record(admin, "lead", lead_id) == [blob_id]
    assert not db.session.query(Attachment).count()
