"""Whoever is fast or slow is so by the leads that asked for an answer."""

from __future__ import annotations

import pytest
from flask import Flask

from crm import clock as product_clock
from crm.activities.commands import log_activity
from crm.conversions.commands import convert_lead
from crm.database import db
from crm.leads.commands import archive_lead, disqualify_lead
from crm.leads.models import Lead
from crm.leads.routes import claim_lead
from crm.leads.speed import Speed, speeds
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.leads.test_routing import arrive


def taken(person: Viewer, number: int) -> str:
    lead_id: str = arrive(number).id
    claim_lead(person, lead_id)
    return lead_id


def speed_of(person: Viewer) -> Speed:
    db.session.rollback()
    return speeds(person, [person.id], product_clock.now())[person.id]


@pytest.mark.mission(34)
@pytest.mark.parametrize("closed", ["disqualified", "archived", "converted"])
def test_a_lead_that_was_closed_unanswered_is_not_missed(
    app: Flask, sara: Viewer, clock: MovableClock, closed: str
) -> None:
    waits, other = taken(sara, 1), taken(sara, 2)
    clock.move(hours=2)
    assert speed_of(sara) == Speed(due=2, in_time=0, minutes=None)
    if closed == "disqualified":
        disqualify_lead(sara, other, {"reason": "not_a_lead"})
    elif closed == "archived":
        archive_lead(sara, other)
    else:
        convert_lead(sara, other, {"contact_name": "Mina"})
    assert speed_of(sara) == Speed(due=1, in_time=0, minutes=None)
    assert db.session.get_one(Lead, waits).answered_at is None


def test_a_lead_that_was_answered_and_closed_counts(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    lead_id = taken(sara, 1)
    clock.move(minutes=10)
    log_activity(sara, {"kind": "call", "lead_id": lead_id})
    disqualify_lead(sara, lead_id, {"reason": "no_need"})
    archive_lead(sara, lead_id)
    clock.move(hours=2)
    assert speed_of(sara) == Speed(due=1, in_time=1, minutes=10)
