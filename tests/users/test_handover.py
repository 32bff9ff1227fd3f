"""Someone leaves: one step gives his work to another, his name stays on what he did."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import clock, errors
from crm.activities.models import Activity
from crm.administration.handover import count_handover, hand_over
from crm.database import db
from crm.deals.models import Deal
from crm.search.models import SearchEntry
from crm.timeline.models import TimelineEntry
from crm.users.models import Team, User
from crm.users.sessions import find_viewer, open_session
from crm.users.viewer import Viewer
from tests import factories
from tests.people import NORTH, SOUTH

GIVEN = {"accounts": 1, "contacts": 1, "leads": 1, "deals": 1, "activities": 1}


@pytest.fixture
def work(app: Flask, sara: Viewer) -> dict[str, str]:
    """What Sara has: some of it open, some of it done."""
    return {
        "account": factories.an_account(sara).id,
        "contact": factories.a_contact(sara).id,
        "lead": factories.a_lead(sara).id,
        "open": factories.a_deal(sara, "Open one").id,
        "won": factories.a_deal(sara, "Won one", "won").id,
        "planned": factories.an_activity(sara, due_at=clock.now()).id,
        "done": factories.an_activity(sara).id,
    }


def owner(model: type[Deal] | type[Activity], record_id: str) -> tuple[str | None, str | None]:
    row = db.session.get_one(model, record_id)
    return row.owner_id, row.team_id


def test_open_work_goes_and_what_was_done_stays(
    work: dict[str, str], admin: Viewer, sara: Viewer, nika: Viewer
) -> None:
    assert count_handover(admin, sara.id) == GIVEN
    assert hand_over(admin, sara.id, {"to_user_id": nika.id}) == GIVEN
    assert owner(Deal, work["open"]) == (nika.id, SOUTH)
    assert owner(Deal, work["won"]) == (sara.id, NORTH)
    assert owner(Activity, work["planned"]) == (nika.id, SOUTH)
    assert owner(Activity, work["done"]) == (sara.id, NORTH)
    entry = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "user.handed_over")
    ).one()
    assert (entry.user_id, entry.data["counts"]) == (sara.id, GIVEN)
    assert db.session.get_one(User, sara.id).is_active


def test_search_follows_each_record_to_who_may_see_it(
    work: dict[str, str], admin: Viewer, sara: Viewer, nika: Viewer
) -> None:
    hand_over(admin, sara.id, {"to_user_id": nika.id})
    rows = db.session.execute(select(SearchEntry.record_id, SearchEntry.owner_id)).all()
    owners = {row.record_id: row.owner_id for row in rows}
    assert owners[work["won"]] == sara.id
    assert {owners[work[k]] for k in ("account", "contact", "lead", "open")} == {nika.id}


def test_he_can_be_stopped_in_the_same_step(
    work: dict[str, str], admin: Viewer, sara: Viewer, omid: Viewer
) -> None:
    token = open_session(sara, "A phone")
    hand_over(admin, sara.id, {"to_user_id": omid.id, "deactivate": "on"})
    assert not db.session.get_one(User, sara.id).is_active
    assert find_viewer(token) is None
    assert db.session.get_one(User, sara.id).name == sara.name


def test_a_leaving_managers_team_goes_to_a_manager(
    app: Flask, admin: Viewer, leila: Viewer, reza: Viewer, omid: Viewer
) -> None:
    hand_over(admin, leila.id, {"to_user_id": omid.id})
    assert db.session.get_one(Team, NORTH).manager_id == leila.id
    hand_over(admin, leila.id, {"to_user_id": reza.id})
    assert db.session.get_one(Team, NORTH).manager_id == reza.id


def test_nothing_goes_when_the_admin_would_stop_himself(
    app: Flask, admin: Viewer, omid: Viewer
) -> None:
    deal = factories.a_deal(admin)
    with pytest.raises(errors.Conflict):
        hand_over(admin, admin.id, {"to_user_id": omid.id, "deactivate": "on"})
    db.session.refresh(deal)
    assert deal.owner_id == admin.id


def test_it_goes_to_someone_else_who_is_active(app: Flask, admin: Viewer, sara: Viewer) -> None:
    with pytest.raises(errors.ValidationError):
        hand_over(admin, sara.id, {"to_user_id": sara.id})


def test_only_an_admin_hands_over(app: Flask, leila: Viewer, sara: Viewer, omid: Viewer) -> None:
    with pytest.raises(errors.NotFound):
        hand_over(leila, sara.id, {"to_user_id": omid.id})
