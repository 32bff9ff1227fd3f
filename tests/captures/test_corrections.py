"""What hangs on a meeting goes along when it is corrected: photos, and what it left to decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.activities.commands import withdraw_activity
from crm.attachments.models import Attachment
from crm.captures.commands import receive_capture
from crm.captures.decisions import open_decisions
from crm.captures.models import Decision
from crm.database import db, new_id
from crm.deals.commands import move_deal
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met
from tests.attachments.test_naming import named
from tests.attachments.uploads import put

NewClient = Callable[..., FlaskClient]


def contested_with_a_photo(sara: Viewer, omid: Viewer) -> tuple[str, str]:
    """Return the ids of a meeting that left something to decide, and of its photo."""
    deal, photo = factories.a_deal(sara), new_id()
    wish = {"id": deal.id, "to": "won", "base_version": 1}
    meeting = capture(met(deal=wish, blobs=[named(photo)]))
    move_deal(omid, deal.id, {"stage_id": factories.stage("lost").id})
    assert receive_capture(sara, meeting)["verdict"] == "conflict"
    return meeting["body"]["id"], photo


def correct(way: str, phone: FlaskClient, sara: Viewer, wrong: str) -> str:
    right: dict[str, Any] = {"id": new_id(), "kind": "call", "note": "By phone"}
    if way == "form":
        assert phone.post(f"/activities/{wrong}/correction", data=right).status_code == 303
    else:
        sent = capture({"activity_id": wrong, **right}, "activity.correct")
        assert receive_capture(sara, sent)["verdict"] == "applied"
    return str(right["id"])


@pytest.mark.parametrize("way", ["form", "phone"])
def test_what_hangs_on_a_meeting_goes_along_when_it_is_corrected(
    new_client: NewClient, sara: Viewer, omid: Viewer, way: str
) -> None:
    wrong, photo = contested_with_a_photo(sara, omid)
    phone = new_client(sara)
    right = correct(way, phone, sara, wrong)
    assert put(phone, photo).json["complete"], "it came after the correction"
    db.session.expire_all()
    assert db.session.get_one(Attachment, photo).activity_id == right
    assert f"/attachments/{photo}" in phone.get(f"/activities/{right}").text
    assert db.session.query(Decision).one().activity_id == right
    withdraw_activity(sara, right)
    assert not open_decisions(sara), "what was taken back asks nothing"
