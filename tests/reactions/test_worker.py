"""The worker's turn: alerts within a second, jobs at their own pace, next to nothing when idle."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from crm import worker
from crm.alerts.deciding import decide_alerts
from crm.database import db, is_sqlite
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
    assert paces[follow_entries] == paces[decide_alerts] == min(paces.values()) == 1


QUICK = ((follow_entries, 1.0), (decide_alerts, 1.0))


@pytest.fixture
def turn(app: Flask) -> Iterator[Worker]:
    """The two that must be quick, after they found nothing to do."""
    made = Worker(app.app_context, QUICK)
    made.run_due()
    db.session.rollback()
    yield made
    made._changes.close()


def looks(turn: Worker) -> int:
    """How often a second's turn looked for work."""
    turn._next = dict.fromkeys(turn._next, 0.0)
    with counted() as sent:
        assert turn.run_due() == 0
    looked = [one for one in sent if "awaited_reaction" in one or "FROM alert" in one]
    # Beside its own rows it asks, once, for the company in whose name it acts.
    assert len(sent) == len(looked) + bool(looked)
    return len(looked)


def test_a_second_in_which_nobody_wrote_costs_no_look_where_one_process_writes(
    turn: Worker, sara: Viewer
) -> None:
    assert looks(turn) == looks(turn) == (0 if is_sqlite() else 2)
    factories.an_account(sara)
    db.session.commit()
    assert looks(turn) == 2
    assert looks(turn) == (0 if is_sqlite() else 2)


def test_what_the_clock_alone_makes_due_is_looked_for_all_the_same(
    turn: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.monotonic() + worker.IDLE_SECONDS
    monkeypatch.setattr("crm.worker.time.monotonic", lambda: later)
    assert looks(turn) == 2


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
