"""The manager's team page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from crm import clock
from crm.users.viewer import Viewer
from tests.factories import a_contact, a_deal, an_activity

NewClient = Callable[..., FlaskClient]


def test_a_manager_sees_who_logged_what_and_what_slips(
    new_client: NewClient, leila: Viewer, sara: Viewer, nika: Viewer
) -> None:
    an_activity(sara, "meeting")
    an_activity(sara, "call", due_at=clock.now() - timedelta(hours=3))
    a_deal(sara, stage_entered_at=clock.now() - timedelta(days=30))
    page = new_client(leila).get("/team").text
    assert "1 logged today" in page
    assert "1 promise late" in page
    assert "1 quiet deal" in page
    assert "200m" in page
    assert nika.name not in page


def test_a_tap_on_a_person_opens_his_week(
    new_client: NewClient, leila: Viewer, sara: Viewer, nika: Viewer
) -> None:
    contact = a_contact(sara, "Behnam Rad")
    for number in range(35):
        an_activity(
            sara,
            note=f"note-{number:02}",
            contact_id=contact.id,
            done_at=clock.now() - timedelta(minutes=number),
        )
    an_activity(sara, note="long ago", done_at=clock.now() - timedelta(days=8))
    desk = new_client(leila)
    page = desk.get(f"/team/{sara.id}").text
    assert "Behnam Rad" in page
    assert "note-29" in page
    assert "note-30" not in page
    more = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    rest = desk.get(more, headers={"HX-Request-Type": "partial"}).text
    assert "note-34" in rest
    assert "<html" not in rest
    earlier = desk.get(f"/team/{sara.id}?week={(clock.now() - timedelta(days=7)).date()}").text
    assert "long ago" in earlier
    assert desk.get(f"/team/{nika.id}").status_code == 404
    assert desk.get(f"/team/{sara.id}?week=rubbish&before=x~y").status_code == 200
