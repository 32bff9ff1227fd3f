"""The worker's turn: alerts within a second, jobs at their own pace, next to nothing when idle."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import worker
from crm.alerts.deciding import decide_alerts
from crm.database import db
from crm.leads.models import Lead
from crm.reactions.entries import follow_entries
from crm.users.crew import read_crew
from crm.users.ownership import may_see, sees
from crm.users.viewer import Viewer
from crm.worker import JOBS, Worker
from tests import factories
from tests.alerts.inbox import device
from tests.people import PEOPLE
from tests.reactions.inbox import told
from tests.reactions.test_entries import heat
from tests.web.test_queries_per_page import counted


def test_one_turn_tells_and_decides(app: Flask, sara: Viewer) -> None:
    device(sara)
    heat(factories.a_lead(sara))
    Worker(app.app_context).run_due()
    assert told(sara)[0].fate == "ring"


def test_what_must_be_quick_has_its_turn_each_second(app: Flask) -> None:
    paces = dict(JOBS)
    assert worker.TICK_SECONDS == paces[follow_entries] == paces[decide_alerts] == 1.0
    assert min(paces.values()) == 1


def test_a_second_in_which_nothing_happens_costs_two_looks(app: Flask) -> None:
    turn = Worker(app.app_context)
    turn.run_due()
    turn._next |= {follow_entries: 0.0, decide_alerts: 0.0}
    with counted() as sent:
        assert turn.run_due() == 0
    # Each job asks for the company, in whose name it acts, and for its own rows.
    assert len(sent) == 4, sent
    assert sum("awaited_reaction" in one or "FROM alert" in one for one in sent) == 2


@pytest.mark.parametrize("name", PEOPLE)
def test_who_sees_a_record_at_hand_is_who_sees_it_in_a_query(app: Flask, name: str) -> None:
    owners = [None, *PEOPLE.values()]
    leads = [factories.a_lead(owner, team_id=team) for owner in owners for team in teams()]
    member = read_crew().find(PEOPLE[name].id)
    assert member is not None
    assert member.viewer.team_ids == PEOPLE[name].team_ids
    rows = set(db.session.scalars(select(Lead.id).where(may_see(Lead, member.viewer))))
    assert rows == {lead.id for lead in leads if sees(member.viewer, lead)}


def teams() -> list[str | None]:
    return [None, PEOPLE["sara"].team_id, PEOPLE["nika"].team_id]
