"""The brief before a meeting, kept on the phone; and who covers, chosen on the form of holidays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from crm.activities.commands import log_activity
from crm.database import db
from crm.timeline.models import TimelineEntry
from crm.timeline.record import entry_row
from crm.users.models import User
from crm.users.viewer import SYSTEM_ID, Viewer
from tests import factories
from tests.clock import START, MovableClock

NewClient = Callable[..., FlaskClient]
SOON = {"due_at": START + timedelta(hours=1), "ends_at": START + timedelta(hours=2)}


@pytest.mark.mission(53)
def test_a_meeting_ahead_says_what_to_know_before(
    new_client: NewClient, sara: Viewer, nika: Viewer, clock: MovableClock
) -> None:
    contact = factories.a_contact(None, "Nima Karimi", birthday=date(1985, 11, 28))
    about = {"contact_id": contact.id}
    for number in range(4):
        log_activity(sara, {"kind": "call", "outcome": "quote", "note": f"Note {number}", **about})
        clock.move(minutes=1)
    log_activity(nika, {"kind": "call", "subject": "Secret", **about})
    factories.an_activity(nika, "call", subject="Secret", due_at=START, **about)
    promise = factories.an_activity(
        sara, "task", subject="Send the offer", due_at=START + timedelta(days=1), **about
    )
    meeting = factories.an_activity(sara, **SOON, **about)
    page = new_client(sara).get(f"/activities/{meeting.id}").text
    assert [n for n in range(4) if f"Note {n}" in page] == [1, 2, 3]
    assert "Call: Wants quote, 1 min ago" in page
    assert f"/activities/{promise.id}" in page
    assert "Birthday on Sat 28 Nov" in page
    assert "Secret" not in page
    done = factories.an_activity(sara, **about)
    assert "Last contacts" not in new_client(sara).get(f"/activities/{done.id}").text


def test_it_opens_without_a_line(new_client: NewClient, sara: Viewer, omid: Viewer) -> None:
    mine = factories.an_activity(sara, **SOON)
    factories.an_activity(omid, **SOON)
    factories.an_activity(sara, due_at=START + timedelta(days=3))
    factories.an_activity(sara, "call", due_at=START + timedelta(hours=1))
    pages = new_client(sara).get("/api/v1/book").json["pages"]
    assert [page for page in pages if page.startswith("/activities/")] == [
        "/activities/new", f"/activities/{mine.id}",
    ]  # fmt: skip


def test_who_covers_is_chosen_from_the_team_and_kept(
    new_client: NewClient, sara: Viewer, omid: Viewer, nika: Viewer, leila: Viewer
) -> None:
    mine = new_client(sara)
    page = mine.get("/settings").text
    assert "Who is told instead" in page
    assert f'value="{omid.id}"' in page
    assert f'value="{nika.id}"' not in page
    assert f'value="{sara.id}"' not in page
    dates = {"away_from": "2026-11-24", "away_until": "2026-11-26"}
    for wrong in (nika.id, sara.id):
        said = mine.post("/settings/away", data=dates | {"cover_id": wrong})
        assert (said.status_code, "Choose someone from your team." in said.text) == (422, True)
        assert 'value="2026-11-24"' in said.text
    assert mine.post("/settings/away", data=dates | {"cover_id": omid.id}).status_code == 303
    assert db.session.get_one(User, sara.id).cover_id == omid.id
    boss = new_client(leila)
    page = boss.get(f"/team/{sara.id}").text
    assert f'<option value="{omid.id}" selected>' in page
    assert boss.post(f"/team/{sara.id}/away", data=dates | {"cover_id": ""}).status_code == 303
    assert db.session.get_one(User, sara.id).cover_id is None


def test_the_history_says_who_was_told_of_a_lead_that_nobody_opened(
    new_client: NewClient, sara: Viewer
) -> None:
    lead = factories.a_lead(sara)
    told = entry_row("lead.escalated", SYSTEM_ID, lead_id=lead.id, data={"to": "Omid"})
    db.session.add(TimelineEntry(**told))
    db.session.commit()
    assert "Nobody had opened it: Omid was told" in new_client(sara).get(f"/leads/{lead.id}").text
