"""When a lead that came by itself was answered: by the earliest that still counts, however told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from crm import clock as product_clock
from crm.activities.commands import (
    complete_activity,
    correct_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    withdraw_activity,
)
from crm.database import db
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.leads.test_routing import arrive

FIRST, SECOND = 20, 40


@pytest.fixture
def lead_id(app: Flask, clock: MovableClock) -> str:
    lead_id = arrive().id
    clock.move(minutes=60)
    return lead_id


def after(minutes: int) -> datetime:
    """Return when so many minutes of the hour since the lead came had passed."""
    return product_clock.now() - timedelta(minutes=60 - minutes)


def logged(person: Viewer, lead_id: str, minutes: int, **more: Any) -> str:
    said = {"kind": "call", "lead_id": lead_id, "happened_at": after(minutes).isoformat()}
    return str(log_activity(person, said | more)["activity_id"])


def answered(lead_id: str) -> datetime | None:
    db.session.rollback()
    return db.session.get_one(Lead, lead_id).answered_at


def score_of(lead_id: str) -> int:
    db.session.rollback()
    return db.session.get_one(Lead, lead_id).score


@pytest.mark.mission(34)
def test_an_earlier_call_that_a_phone_tells_later_is_the_answer(
    lead_id: str, sara: Viewer, omid: Viewer
) -> None:
    logged(sara, lead_id, SECOND)
    assert answered(lead_id) == after(SECOND)
    logged(omid, lead_id, FIRST)
    assert answered(lead_id) == after(FIRST)


@pytest.mark.mission(34)
def test_a_call_that_was_withdrawn_is_no_answer(lead_id: str, sara: Viewer) -> None:
    first, second = logged(sara, lead_id, FIRST), logged(sara, lead_id, SECOND, kind="message")
    logged(sara, lead_id, SECOND - 1, kind="note")
    withdraw_activity(sara, first)
    assert answered(lead_id) == after(SECOND)
    withdraw_activity(sara, second)
    assert answered(lead_id) is None


def test_a_call_that_was_a_note_is_no_answer_and_at_another_time_is_one_then(
    lead_id: str, sara: Viewer
) -> None:
    then = {"kind": "meeting", "happened_at": after(SECOND).isoformat()}
    right = correct_activity(sara, logged(sara, lead_id, FIRST), then)
    assert answered(lead_id) == after(SECOND)
    correct_activity(sara, right, {"kind": "note", "note": "Only wrote it down"})
    assert answered(lead_id) is None


@pytest.mark.mission(34, 40)
@pytest.mark.parametrize("kind", ["call", "meeting", "visit"])
def test_a_promise_that_is_ticked_off_is_an_answer_and_a_signal_until_it_is_open_again(
    lead_id: str, sara: Viewer, kind: str
) -> None:
    due = {"due_at": product_clock.now().isoformat(), "lead_id": lead_id}
    step = plan_activity(sara, {"kind": kind, **due})
    before = score_of(lead_id)
    for _ in range(2):
        complete_activity(sara, step, at=after(FIRST))
        complete_activity(sara, step)
        assert answered(lead_id) == after(FIRST)
        assert score_of(lead_id) > before
        reopen_activity(sara, step)
        assert (answered(lead_id), score_of(lead_id)) == (None, before)


def test_a_task_that_is_ticked_off_says_nothing_of_the_lead(lead_id: str, sara: Viewer) -> None:
    due = {"due_at": product_clock.now().isoformat(), "lead_id": lead_id}
    before = score_of(lead_id)
    complete_activity(sara, plan_activity(sara, {"kind": "task", "subject": "Post", **due}))
    assert (answered(lead_id), score_of(lead_id)) == (None, before)
