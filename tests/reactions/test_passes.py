"""Many due things, several workers: each is told once, in few statements, and rings in measure."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm.alerts.deciding import decide_alerts, make_digests
from crm.alerts.models import Alert, AlertSettings, Delivery
from crm.database import db, is_sqlite
from crm.reactions.due import tell_meetings_ahead, tell_meetings_over, tell_promises
from crm.reactions.models import Noticed
from crm.reactions.mornings import tell_days_promises
from crm.reactions.noticing import forget_noticed
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories
from tests.alerts.inbox import device
from tests.clock import START, MovableClock
from tests.faults.test_at_once import at_once
from tests.leads.test_lists import plan
from tests.reactions.inbox import HAMRAH, kinds, nobody_else, told
from tests.reactions.test_due import NINE, meeting, promise
from tests.web.test_queries_per_page import counted


def test_who_wants_none_of_it_and_who_left_hold_up_nobody(
    app: Flask, sara: Viewer, omid: Viewer, nika: Viewer
) -> None:
    db.session.add(AlertSettings(user_id=sara.id, channels={"meeting_soon": "off"}))
    db.session.execute(update(User).where(User.id == omid.id).values(is_active=False))
    db.session.commit()
    for owner in (sara, omid, nika):
        meeting(owner)
    assert [tell_meetings_ahead(HAMRAH, 1) for _ in range(4)] == [1, 1, 1, 0]
    assert nobody_else(nika)


@pytest.mark.mission(53)
def test_fifty_at_once_ring_six_times_at_most_and_the_rest_is_one_digest(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    for n in range(50):
        promise(sara, START, subject=f"Promise {n}")
    assert tell_promises(HAMRAH) == 50
    assert decide_alerts(HAMRAH) == 50
    rings = select(func.count()).select_from(Delivery).where(Delivery.channel == "push")
    assert db.session.scalar(rings) == 6
    clock.set(NINE)
    assert make_digests(HAMRAH) == 1
    decide_alerts(HAMRAH)
    assert db.session.scalar(rings) == 7
    assert make_digests(HAMRAH) == 0
    assert kinds(sara).count("digest") == 1


def test_two_workers_at_once_tell_each_thing_once(app: Flask, sara: Viewer) -> None:
    for n in range(40):
        promise(sara, START, subject=f"Promise {n}")
    at_once(app, [lambda: tell_promises(HAMRAH, 15)] * 4)
    while tell_promises(HAMRAH, 15):
        pass
    assert len(told(sara)) == 40


@pytest.mark.parametrize("job", [tell_meetings_ahead, tell_promises, tell_days_promises])
def test_fifty_due_things_are_read_in_as_many_statements_as_one(
    app: Flask, sara: Viewer, omid: Viewer, job: Any
) -> None:
    def due(count: int) -> int:
        for n in range(count):
            owner = (sara, omid)[n % 2]
            contact = factories.a_contact(owner, f"Person {n}")
            about = {"contact_id": contact.id}
            meeting(owner, **about)
            promise(owner, START, **about)
            promise(owner, START, has_time=False, **about)
        db.session.rollback()
        with counted() as sent:
            assert job(HAMRAH) == count
        # What is written of each person's inbox is one's own.
        return len([one for one in sent if "alert" not in one.split("WHERE")[0]])

    assert due(2) == due(50)


@pytest.mark.parametrize("job", [tell_meetings_ahead, tell_meetings_over, tell_promises])
def test_looking_for_what_is_due_walks_an_index(sqlite_app: Flask, job: Any) -> None:
    steps = plan(lambda: job(HAMRAH))
    assert any("ix_activity_due_at" in step for _above, step in steps), steps
    assert not any(step.startswith("SCAN") for _above, step in steps), steps


def test_what_was_noticed_is_forgotten_in_time(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    promise(sara, START)
    tell_promises(HAMRAH)
    clock.move(days=89)
    forget_noticed(HAMRAH)
    assert db.session.scalar(select(func.count()).select_from(Noticed)) == 1
    clock.move(days=2)
    forget_noticed(HAMRAH)
    assert db.session.scalar(select(func.count()).select_from(Noticed)) == 0
    assert is_sqlite() or db.session.scalar(select(func.count()).select_from(Alert)) == 1
